r"""What the command lines of clouds and code forges do: `TABLE`, in the notation of `notation.py`.

Rules that live here and nowhere else:

* All of them talk to their service with the user's rights, so all of them send; reading is that and nothing more.
* These programs name a verb somewhere among their subcommands; the first verb that is known decides, so that a thing
  called `list` does not turn a deletion into a listing.
* What removes something for good is `infra-destroy`; what creates or changes is `deploy`; what shows credentials is
  `private`; changes of who may do what are `accounts`; running something on a machine there is `remote`.
* A verb that is not known makes the command opaque.

Not promised: that a listing holds nothing confidential; nor that a service's verbs mean what they say.
"""

TABLE = r"""
# --- GitHub and GitLab -------------------------------------------------------------------------------------------
@forge = -R= --repo= -w --web --json= -q= --jq= -t= --template= -L= --limit= -s= --state= -a= --assignee= -A= --author=
    -l= --label= -S= --search= -B= --base= -H= --head= -h= --hostname --help
gh,glab | -R= --repo= --version --help -h | | global
gh status,version,help,completion | * -o= --org= -e= --exclude= | =... | send{github}
gh pr,issue,run,workflow,release,repo,gist,label,cache,project,ruleset,org,search,secret,variable,codespace,cs,
    extension,ext,alias,ssh-key,gpg-key,milestone,attestation,agent-task,config list,ls,view,status,diff,checks,watch,
    check,item-list,field-list,logs,verify,trusted-root | @forge * --log --log-failed -c --comments -j= --job= -b=
    --branch= --key= --ref= -O= --order= --owner= --sort= -e= --event= -u= --user= --attempt= -i= --interval= -f=
    --filename= --raw | =... | send{github}
gh search repos,issues,prs,commits,code | * -L= --limit= --sort= --order= --owner= --language= --json= -q= -t= | =... |
    send{github}
gh browse | * -b= --branch= -c[=] --commit[=] | =... | send{github}
gh issue,pr,repo,run,release,gist checkout,co,clone,download,fork,sync,lock,unlock,pin,unpin,develop | * -D/ --dir/ -p=
    --pattern= -O> --output> -A= --archive= -b= --branch= -n= --name= | =... | run send{github}
gh pr,issue,release,repo,gist,label,project,milestone,codespace,cs,secret,variable,ruleset create,new,edit,close,
    reopen,comment,review,ready,transfer,rename,archive,unarchive,upload,set,clone,item-add,item-create,item-edit,
    item-archive,link,unlink,field-create,mark-template,copy,update-branch,set-default,deploy-key,autolink,credits,
    revert,stop,rebuild,ports | * -t= --title= -b= --body= -F< --body-file< -n= --notes= --notes-file< -m= -r= -d= -c=
    -f< --env-file< | =... | run send{github} !deploy
gh pr merge | * -t= --subject= -b= --body= -F< --body-file< --admin!guard | =... | run send{github} !deploy
gh run,workflow,cache,agent-task rerun,cancel,run,enable,disable,create | * -f= -F= -r= --ref= --raw-field= --field= |
    =... | run send{github} !deploy
gh repo,release,gist,issue,label,secret,variable,cache,run,project,codespace,cs,ssh-key,gpg-key,milestone
    delete,remove,delete-asset,item-delete,field-delete | * -e= --env= -o= --org= -u --user -r= --repos= -c= | =... |
    run send{github} !infra-destroy
gh ssh-key,gpg-key add | * -t= --title= --type= | <... | send{github} !accounts
gh auth status | * -h= --hostname= -t!private --show-token!private | | send{github}
gh auth token | * -h= --hostname= -u= --user= | | !private
gh auth login,logout,refresh,setup-git,switch | * -h= --hostname= -s= --scopes= -u= --user= | | run send{github}
    !accounts
gh extension,ext install,upgrade,remove,exec,create,search,browse | * | =... | run send{github} !foreign-code
gh alias set,import,delete | * | =... | run !guard
gh config get,list | -h= --host= | =...
gh config set,clear-cache | -h= --host= | =... | run
gh codespace,cs ssh,cp,code,jupyter | * -c= --codespace= | =... | run send{github} !remote
gh copilot,models,mcp,preview,accessibility | * | =... | run send{github}
gh api | --cache= -f=:send -F=:send --field=!deploy --raw-field=!deploy -f=!deploy -F=!deploy -H= --header= --hostname=
    -i --include --input<!deploy -q= --jq= -X=(delete)!infra-destroy -X=(get|head|options) -X=!deploy
    --method=(delete)!infra-destroy --method=(get|head|options) --method=!deploy --paginate -p= --preview= --silent
    --slurp -t= --template= --verbose | = | send{github}
glab ** list,ls,view,status,diff,trace,show,version,check,lint,help,approvers,issues,search,get | @forge * -F=
    --output= -P= --per-page= -p= --page= -b= --branch= -g= --group= | =... | send{gitlab}
glab ** delete,remove,purge,revoke | * | =... | run send{gitlab} !infra-destroy
glab ** create,new,update,edit,close,reopen,note,merge,approve,revoke-approval,rebase,run,retry,cancel,set,upload,
    subscribe,unsubscribe,archive,transfer,todo,mirror,publish,rotate,import,enable,disable,play | * -t= -d= -l= -m= |
    =... | run send{gitlab} !deploy
glab ** clone,checkout,download,fork,export,artifact | * -b= -t= | =... | run send{gitlab}
glab auth login,logout,configure-docker,docker-helper | * | =... | run send{gitlab} !accounts
glab auth status | * -t!private --show-token!private | =... | send{gitlab}
glab api | * -X=(delete)!infra-destroy -X=(get|head) -X=!deploy --method=(delete)!infra-destroy --method=(get|head)
    --method=!deploy -f=!deploy -F=!deploy --field=!deploy --raw-field=!deploy --input<!deploy -H= --header= | =... |
    send{gitlab}
hub,tea ** list,ls,show,view,status,browse,ci-status,version,help | * | =... | send{forge}
hub,tea ** create,edit,delete,close,merge,fork,push,release,login,comment | * | =... | run send{forge} !deploy

# --- Amazon ------------------------------------------------------------------------------------------------------
@aws = * --region= --profile= --output= --query= --endpoint-url{url} --ca-bundle< --cli-read-timeout= --color=
    --cli-connect-timeout= --cli-input-json= --cli-input-yaml= --page-size= --max-items= --starting-token=
    --dry-run:dry --dryrun:dry --generate-cli-skeleton[=]:dry
aws | @aws --version --help | | global
aws help | | =...
aws * help | | =...
aws * * help | | =...
aws * describe-*,list-*,get-*,head-*,lookup-*,search-*,query,scan,batch-get-*,simulate-*,estimate-*,validate-*,check-*,
    filter-log-events,tail,test-*,preview-*,detect-*,discover-*,view-*,count-*,view,ls,wait,verify-*,transact-get-*,
    generate-query,compare-*,retrieve*,suggest,select-*,presign-*,decode-authorization-message | @aws | =... |
    send{aws}
aws * delete-*,terminate-*,destroy-*,purge-*,deregister-*,remove-*,revoke-*,disassociate-*,detach-*,release-*,cancel-*,
    disable-*,reset-*,schedule-key-deletion,batch-delete-*,reboot-*,empty-*,rb,forget-*,abort-*,reject-*,untag-*,
    decrease-*,drop-*,uninstall-*,leave-* | @aws | =... | run send{aws} !infra-destroy
aws * create-*,put-*,update-*,modify-*,start-*,stop-*,run-*,attach-*,associate-*,authorize-*,add-*,set-*,enable-*,
    tag-*,copy-*,import-*,export-*,register-*,send-*,publish*,invoke*,execute-*,deploy*,restore-*,promote-*,change-*,
    upload-*,batch-*,accept-*,allocate-*,assign-*,apply-*,activate-*,admin-*,initiate-*,complete-*,confirm-*,
    continue-*,rotate-*,replace-*,resume-*,request-*,submit-*,transact-write-*,merge-*,move-*,post-*,notify-*,
    increase-*,failover-*,provision-*,purchase-*,signal-*,rollback-*,split-*,subscribe,unsubscribe,package,mb,mv,
    website,increment-*,retry-*,refresh-*,resend-*,reencrypt,re-encrypt,encrypt,sign*,poll-*,receive-*,rebuild-*,
    respond-*,record-*,download-* | @aws | =... | run send{aws} !deploy
aws * add-user-*,attach-*-policy,put-*-policy,create-access-key,create-login-profile,create-user,add-permission,
    update-assume-role-policy,set-default-policy-version,put-bucket-acl | @aws | =... | run send{aws} !accounts
aws secretsmanager,ssm,sts,iam,ecr,ecr-public,eks,kms,lightsail,codeartifact,cognito-identity,rds,redshift,connect
    get-secret-value,batch-get-secret-value,get-parameter,get-parameters,get-parameters-by-path,get-session-token,
    get-federation-token,assume-role*,get-login-password,get-authorization-token,get-token,decrypt,generate-data-key*,
    get-instance-access-details,get-open-id-token,get-credentials-for-identity,generate-db-auth-token,
    get-cluster-credentials,get-federation-token,create-access-key,update-kubeconfig | @aws | =... | run send{aws}
    !private
aws ssm,ecs,ec2-instance-connect,emr start-session,execute-command,send-command,ssh,send-ssh-public-key,socks | @aws |
    =... | run send{aws} !remote
aws s3 ls,presign | @aws --human-readable --summarize --recursive --request-payer[=] --expires-in= | =... | send{aws}
aws s3 cp,mv,sync | @aws --delete!infra-destroy --exclude= --include= --acl=(public*)!accounts --acl= --storage-class=
    --sse[=] --sse-kms-key-id= --content-type= --cache-control= --metadata= --recursive --grants= --expires= | {from}
    {to} | send{aws}
aws s3 rm | @aws --recursive --exclude= --include= | =... | run send{aws} !infra-destroy
aws s3 rb | @aws --force | =... | run send{aws} !infra-destroy
aws s3 mb,website | @aws | =... | run send{aws} !deploy
aws s3api get-object | @aws --bucket= --key= | [>] | send{aws}
aws configure list,get,list-profiles | @aws | =... | !private
aws configure | @aws | =... | run !accounts
aws configure set,import,sso,add-model | @aws --csv= | =... | run !accounts
aws sso,login,logout login,logout | @aws | =... | run send{aws} !accounts
aws cloudformation deploy,package | @aws | =... | run send{aws} !deploy
aws logs tail | @aws --since= --format= --follow --log-group-name= | =... | send{aws}
sam,cdk,copilot,eb,amplify,sst,chalice,zappa ** list,ls,ps,logs,status,diff,synth,validate,docs,doctor,context,
    metadata,health,events,local,init,build,invoke-local,version | * | =... | run send{aws}
sam,cdk,copilot,eb,amplify,sst,chalice,zappa ** deploy,sync,publish,push,update,create,bootstrap,setenv,deploy-all,
    import,swap,scale,rollback,package | * | =... | run send{aws} !deploy
sam,cdk,copilot,eb,amplify,sst,chalice,zappa ** destroy,delete,remove,terminate,undeploy | * | =... | run send{aws}
    !infra-destroy

# --- Google ------------------------------------------------------------------------------------------------------
@gcloud = * --project= --format= --account= --configuration= --flags-file= --filter= --limit= --region= --regions=
    --zone= --zones= --location= --verbosity= --billing-project= --impersonate-service-account=!accounts
    --access-token-file< --sort-by= --page-size= --uri --cluster= --instance= --keyring= --key= --organization=
    --iam-account= --member= --role= --repository= --package= --service= --version= --delivery-pipeline= --secret=
gcloud | @gcloud -v --version -h --help -q --quiet | | global
gcloud version,info,help,topic,cheat-sheet | @gcloud | =...
gcloud ** list,describe,get-*,ls,read,tail,search*,validate*,list-*,describe-*,preview,check-*,analyze-*,lookup,test-*,
    troubleshoot-*,ancestors,cat,du,hash,stat,show,diagnose,query,wait,detect-*,recognize,explain,simulate | @gcloud |
    =... | send{gcloud}
gcloud ** logs read,tail | @gcloud | =... | send{gcloud}
gcloud builds log | @gcloud --stream | =... | send{gcloud}
gcloud ** delete,destroy,remove-*,delete-*,undeploy,purge,rm,revoke,disable,cancel,abandon-instances,rmdir,unset-*,
    drain,kill,reset,reset-*,clear-*,deprecate,stop,suspend,terminate,release,detach,detach-*,abandon-*,clear | @gcloud
    | =... | run send{gcloud} !infra-destroy
gcloud compute,sql,container,deploy,app,dataflow,dataproc,workstations,alloydb,vmware,notebooks,bigtable,spanner,ai **
    stop,suspend,reset,cancel,deprecate,drain,kill | @gcloud | =... | run send{gcloud} !deploy
gcloud ** create,create-*,update,update-*,patch,set-*,add-*,submit,start,resume,restart,resize,move,copy,enable,apply,
    replace,promote,rollback,rollback-*,call,publish,pull,ack,seek,execute,trigger,insert,upload,attach-*,migrate,
    upgrade,upgrade-*,restore,clone,failover,switchover,approve,reject,retry,rotate,snapshot,simulate-*,advance,
    activate,deactivate,undelete,recreate-*,rolling-action,start-*,stop-*,perform-*,register,unregister,expand,invoke,
    encrypt,sign-*,link,unlink,bind,mirror,configure,build,open-console,initialize,ignore,acknowledge,redrive,
    config-ssh | @gcloud | =... | run send{gcloud} !deploy
gcloud * deploy,import | @gcloud --source= --set-env-vars= --allow-unauthenticated!expose | =... | run send{gcloud}
    !deploy
gcloud alpha,beta * deploy | @gcloud --source= --set-env-vars= --allow-unauthenticated!expose | =... | run send{gcloud}
    !deploy
gcloud ** add-iam-policy-binding,remove-iam-policy-binding,set-iam-policy | @gcloud | =... | run send{gcloud} !accounts
gcloud ** print-*,get-credentials,access,decrypt,get-auth-string,export-* | @gcloud | =... | run send{gcloud} !private
gcloud secrets list | @gcloud | =... | send{gcloud} !private
gcloud secrets versions access | @gcloud | =... | send{gcloud} !private
gcloud auth list | @gcloud | =...
gcloud auth ** login,revoke,configure-docker,activate-service-account,set-quota-project | @gcloud | =... | run
    send{gcloud} !accounts
gcloud config list,get,get-value | @gcloud | =...
gcloud config configurations list,describe | @gcloud | =...
gcloud config ** set,unset,create,activate,delete,rename | @gcloud | =... | run !deploy
gcloud components list | @gcloud | =... | send{gcloud}
gcloud components install,update,remove,reinstall,restore,repositories | @gcloud | =... | run send{gcloud}
gcloud init,interactive,survey,feedback | @gcloud | =... | run send{gcloud}
gcloud alpha,beta ** ssh,scp,start-iap-tunnel,connect-to-serial-port,connect | @gcloud | =... | run send{gcloud}
    !remote
gcloud ** ssh,scp,start-iap-tunnel,connect-to-serial-port,connect,cloud-shell,browse | @gcloud | =... | run
    send{gcloud} !remote
gcloud storage cp,mv,rsync | @gcloud -r -R --recursive --delete-unmatched-destination-objects!infra-destroy -x=
    --exclude= | {from}... {to} | send{gcloud}
gsutil | -m -q -D -DD -h= -o= -i= -u= --version --help | | options-first
gsutil ls,cat,du,stat,hash,version,help | * -o= -p= -e= -r= | =... | send{gcloud}
gsutil rm,rb | * -I | =... | run send{gcloud} !infra-destroy
gsutil cp,mv,rsync | * -d!infra-destroy -x= -a=(public*)!accounts -a= -z= -s= -L> | {from}... {to} | send{gcloud}
gsutil acl,defacl,iam | * | =... | run send{gcloud} !accounts
gsutil mb,setmeta,rewrite,compose,cors,lifecycle,versioning,web,logging,label,notification,retention,rpo,ubla,pap,
    signurl,kms,requesterpays,autoclass,defstorageclass,perfdiag,test,update,config | * | =... | run send{gcloud}
    !deploy
bq | --project_id= --location= --format= --dataset_id= --apilog= -q --quiet --version --help | | global
bq ls,show,head,version,help,info | * -n= --max_results= --filter= -p= --filter= | =... | send{gcloud}
bq query | * --use_legacy_sql[=] --dry_run:dry --max_rows= -n= --destination_table=!deploy --replace!deploy
    --parameter= | {sql}... | send{gcloud} stdin{sql}
bq rm | * | =... | run send{gcloud} !infra-destroy
bq mk,load,insert,cp,update,extract,cancel,truncate,undelete,set-iam-policy,add-iam-policy-binding,partition,wait,init
    | * | =... | run send{gcloud} !deploy
firebase,supabase,appwrite ** list,get,status,logs,log,version,help,diff,list-*,inspect,functions:log,apps:list,
    projects:list,use,emulators:start,serve,start,stop,gen,types,lint,init,new,login:list,hosting:channel:list | *
    --project= -P= --token= --db-url= --project-ref= -o= | =... | run send
firebase,supabase,appwrite ** delete,remove,reset,functions:delete,database:remove,firestore:delete,hosting:disable,
    apps:delete,projects:delete,extensions:uninstall,database:set | * --project= -P= --token= --db-url= | =... | run
    send !infra-destroy
firebase,supabase,appwrite ** deploy,push,create,set,update,link,unlink,restore,hosting:clone,functions:config:set,
    database:push,database:update,auth:import,apps:create,hosting:channel:deploy,enable,disable,apply,up,down,import,
    login,logout,serve,invoke,repair,squash | * --project= -P= --token= --db-url= --only= | =... | run send !deploy

# --- Azure -------------------------------------------------------------------------------------------------------
@az = * --subscription= -o= --output= --query= -g= --resource-group= -n= --name= --only-show-errors --debug --verbose
    -l= --location= --ids= --tags=
az | @az -v --version -h --help | | global
az version,help | @az | =...
az feedback,find | @az | =... | send{azure}
az ** list,show,show-*,list-*,get-*,check-*,exists,validate*,logs,tail,what-if,get,wait,summarize,preview-*,browse |
    @az | =... | send{azure}
az monitor log-analytics query | @az --workspace= -w= --analytics-query= --timespan= -t= | =... | send{azure}
az graph query | @az -q= --graph-query= --first= --skip= | =... | send{azure}
az ** delete,delete-*,purge,remove,remove-*,revoke,destroy,deregister,unregister,terminate,wipe,delete-batch,clear,
    batch-delete,uninstall,disable,detach,dissociate,cancel | @az | =... | run send{azure} !infra-destroy
az ** create,create-*,update,update-*,set,set-*,add,add-*,start,stop,restart,deallocate,resize,deploy,upload,
    upload-batch,upgrade,scale,open-port,activate,deactivate,enable,enable-*,attach,associate,copy,copy-*,move,
    regenerate*,renew,reset,rotate,restore,failover,swap,publish,sync,assign,apply,patch,put,configure,config-zip,
    redeploy,reimage,capture,generalize,convert,init,register,approve,reject,complete,acquire,break,append,
    download-batch,sync-*,start-*,stop-*,up,unlink,grant-*,replace,merge,undelete,recover,invoke-action,batch-upload,
    resume,suspend,pause,test-connectivity,install,dev-spaces,use-dev-spaces,down,rename,clone,perform-*,force-*,
    simulate-*,switch,transfer,submit,trigger,retry,reopen,complete-*,abandon,execute,send,receive,peek | @az | =... |
    run send{azure} !deploy
az * build,run,import | @az | =... | run send{azure} !deploy
az ** get-credentials,get-access-token,list-keys,show-connection-string,list-connection-strings,list-secrets,
    get-access-credentials,list-publishing-credentials,list-publishing-profiles,get-admin-credentials,decrypt,
    generate-sas,keys,credential | @az | =... | run send{azure} !private
az keyvault secret list,show,download | @az --vault-name= | =... | send{azure} !private
az keyvault key,certificate download,backup | @az --vault-name= -f> --file> | =... | send{azure} !private
az webapp,functionapp config appsettings,connection-string list | @az | =... | send{azure} !private
az role,ad,account,policy,lock ** create,delete,update,reset,add,set | @az | =... | run send{azure} !accounts
az role,ad,policy,lock ** delete | @az | =... | run send{azure} !infra-destroy !accounts
az login,logout,configure,init,config,cloud,interactive,extension,upgrade,aks,acr | @az | =... | run send{azure}
    !accounts
az account clear,set | @az | =... | run !accounts
az acr login | @az --expose-token | =... | run send{azure} !private
az extension list,list-available,show | @az | =... | send{azure}
az extension add,remove,update | @az --source= | =... | run send{azure} !foreign-code
az ** ssh,run-command,invoke,exec,attach,tunnel,rdp,console,connect,remote-connection | @az | =... | run send{azure}
    !remote
az storage blob,file download | @az --account-name= --container-name= -c= --file> -f> --share-name= | =... | run
    send{azure}
az rest | @az --method=(delete)!infra-destroy --method=(get|head|options) --method=!deploy -m=(delete)!infra-destroy
    -m=(get|head|options) -m=!deploy --url{url} --uri{url} -u{url} --body=!deploy -b=!deploy --headers=
    --url-parameters= | =... | send{azure}
azd,func ** list,show,version,config,env,monitor,help,logs,start,build,restore,settings,init,new,package | * | =... |
    run send{azure}
azd,func ** up,deploy,provision,publish,auth,login,pipeline,add | * | =... | run send{azure} !deploy
azd,func ** down,delete | * | =... | run send{azure} !infra-destroy
azcopy list,env,jobs,doc | * | =... | send{azure}
azcopy copy,cp,sync,make,set-properties | * --delete-destination=!infra-destroy | {from} {to} | run send{azure}
azcopy remove,rm | * | =... | run send{azure} !infra-destroy
azcopy login,logout | * | =... | run send{azure} !accounts
"""
