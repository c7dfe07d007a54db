r"""What tools for infrastructure, hosting and secrets do: `TABLE`, in the notation of `notation.py`.

Rules that live here and nowhere else:

* A plan is a reading that runs code of the workspace (providers, plug-ins); applying it is `deploy`, and without any
  question (`-auto-approve`) `infra-destroy`: it removes what the plan says to remove, and nobody has looked.
* Dropping something from a state, a workspace or a lock is `infra-destroy` too: what it stood for is lost track of.
* A verb that is not known makes the command opaque.

Not promised: what a playbook, a template or a stack does. They are code of the workspace.
"""

TABLE = r"""
# --- Terraform and its kin; options have one dash ----------------------------------------------------------------
@tf = -chdir=/ -var= -var-file< -no-color -json -input= -lock= -lock-timeout= -parallelism= -refresh= -refresh-only
    -target= -replace= -state< -compact-warnings -help -version -detailed-exitcode -exclude= -concise
terraform,tofu,terragrunt | -chdir=/ -help -version --help --version -h -v --terragrunt-non-interactive
    --terragrunt-working-dir/ --working-dir/ --non-interactive | | single-dash global
terraform,tofu,terragrunt plan | @tf -out> -destroy -generate-config-out> | | run send{providers} single-dash
terraform,tofu,terragrunt show,output,graph,version,providers,metadata | @tf -raw -type= -draw-cycles -module-depth=
    -plan= | =... | single-dash
terraform,tofu,terragrunt providers,metadata schema,lock,mirror,functions | @tf -platform= -fs-mirror= -net-mirror= |
    =... | run send{providers} single-dash
terraform,tofu,terragrunt validate,test | @tf -no-tests -test-directory= -filter= -verbose -cleanup= | =... | run
    single-dash
terraform,tofu,terragrunt fmt | -check:dry -recursive -diff -list= -write=(false):dry -write= -no-color | <>... | run
    single-dash
terraform,tofu,terragrunt init,get,hclfmt,hcl,render-json,graph-dependencies,find,list | @tf -upgrade -reconfigure
    -backend= -backend-config= -migrate-state -force-copy -from-module= -get= -plugin-dir/ -lockfile= -update | =... |
    run send{providers} single-dash
terraform,tofu,terragrunt apply | @tf -auto-approve!infra-destroy -destroy!infra-destroy -backup> -state-out> | =... |
    run send{providers} !deploy single-dash
terraform,tofu,terragrunt destroy | @tf -auto-approve -backup> -state-out> | =... | run send{providers} !infra-destroy
    single-dash
terraform,tofu,terragrunt run-all,run | * | =... | run send{providers} !deploy single-dash
    (destroy|destroy *|* destroy|* destroy *)!infra-destroy
terraform,tofu,terragrunt state | |  | single-dash
terraform,tofu,terragrunt state list,show,pull | @tf -id= | =... | send{providers} single-dash
terraform,tofu,terragrunt state rm,push,mv,replace-provider | @tf -dry-run:dry -force -ignore-remote-version -backup>
    -auto-approve | =... | run send{providers} !infra-destroy single-dash
terraform,tofu,terragrunt import,refresh,untaint | @tf -config/ -allow-missing -backup> -state-out> | =... | run
    send{providers} !deploy single-dash
terraform,tofu,terragrunt taint,force-unlock | @tf -force -allow-missing -backup> | =... | run send{providers}
    !infra-destroy single-dash
terraform,tofu,terragrunt workspace list,show | @tf | =... | send{providers} single-dash
terraform,tofu,terragrunt workspace select,new | @tf -or-create= | =... | run send{providers} single-dash
terraform,tofu,terragrunt workspace delete | @tf -force | =... | run send{providers} !infra-destroy single-dash
terraform,tofu,terragrunt login,logout | * | =... | run send{providers} !accounts single-dash
terraform,tofu,terragrunt console,modules | @tf | | run send{providers} single-dash
terraform-docs,tflint,tfsec,checkov,terrascan,infracost,conftest,kics,cfn-lint,driftctl,terraformer,tfswitch,tfenv | *
    | =... | run send
@pulumi = * -s= --stack= -C/ --cwd/ --color= -v= --config-file<
pulumi | @pulumi --version -h --help | | global
pulumi version,whoami,about,help,gen-completion,console,logs,org | @pulumi | =... | send{pulumi}
pulumi stack,config,plugin,policy,org,state,env,package | @pulumi --show-secrets!private | | send{pulumi}
pulumi stack,config,plugin,policy,org,env ls,output,get,history,graph,tag,list,validate-config,get-default,get-schema,
    export,open,show,refs | @pulumi --show-secrets!private | =... | send{pulumi}
pulumi preview,pre,install,new,convert,watch,schema | @pulumi | =... | run send{pulumi}
pulumi up,update,import,refresh,policy,plugin,package,deployment | @pulumi -y!infra-destroy --yes!infra-destroy | =...
    | run send{pulumi} !deploy
pulumi stack init,select,new,rename,change-secrets-provider,import,tag,unselect | @pulumi | =... | run send{pulumi}
    !deploy
pulumi config set,set-all,cp,refresh,rm,rm-all,env | @pulumi | =... | run send{pulumi} !deploy
pulumi env init,edit,set,rotate,run,version,clone | @pulumi | =... | run send{pulumi} !deploy
pulumi destroy,down,dn,cancel | @pulumi | =... | run send{pulumi} !infra-destroy
pulumi stack,env,plugin,org,state,policy rm,remove,delete,unprotect,disable | @pulumi | =... | run send{pulumi}
    !infra-destroy
pulumi login,logout | @pulumi | =... | run send{pulumi} !accounts
packer version,validate,inspect,fmt,console,init,plugins,hcl2_upgrade | * -var= -var-file< --help -help | =... | run
    single-dash
packer build | * -var= -var-file< -only= -except= | =... | run send !deploy single-dash

# --- Ansible -----------------------------------------------------------------------------------------------------
@ansible = -i= --inventory= --inventory-file= -l= --limit= -e= --extra-vars= -u= --user= -c=(local) -c= --connection=
    -T= --timeout= --private-key= --key-file= -f= --forks= -M/ --module-path/ --vault-id= --vault-password-file< -v -vv
    -vvv -vvvv --verbose --flush-cache --list-hosts:dry --list-tags:dry --list-tasks:dry --syntax-check:dry -C --check
    -D --diff -b --become -K --ask-become-pass -k --ask-pass --become-user= --become-method= -J --ask-vault-pass -t=
    --tags= --skip-tags= --start-at-task= --step --force-handlers --ssh-common-args? --ssh-extra-args?
    --scp-extra-args? --sftp-extra-args? --become-password-file< --connection-password-file< -h:help --help --version
ansible | @ansible -a=(*rm?-rf*|*rm?-fr*|*state=absent*|*mkfs*|*reboot*|*shutdown*)!infra-destroy -a=
    --args=(*rm?-rf*|*rm?-fr*|*state=absent*|*mkfs*|*reboot*|*shutdown*)!infra-destroy --args= -m= --module-name= -o
    --one-line -B= --background= -P= --poll= --task-timeout= -t= --tree= --playbook-dir/ | = | run send !remote
ansible-playbook | @ansible | <... | run send !deploy
ansible-pull | @ansible -U= -d= | <... | run send !foreign-code
ansible-console | @ansible | =... | run send !remote
ansible-inventory | @ansible --list --host= --graph[=] --output> -y --yaml --toml --vars --export --playbook-dir/ |
    =... | run
ansible-doc | * -t= --type= -M/ --playbook-dir/ | =... | run
ansible-config | --version -h --help
ansible-config list,dump,view,validate | * -c< --config< -t= --type= -f= --format= | =... | run
ansible-config init | * -t= | =... | run
ansible-lint | * -c< --config-file< -f= --format= -x= --skip-list= -w= --warn-list= -r/ -R --fix[=] --write[=] -t=
    --tags= --exclude= --enable-list= --offline | <... | run
ansible-galaxy | --version -h --help -v
ansible-galaxy collection,role list,info,search,verify | * -p/ --server= -s= | =... | run send{galaxy}
ansible-galaxy collection,role install,download,init,build,setup | * -r< -p/ --server= -s= -f --force -n | =... | run
    send{galaxy}
ansible-galaxy install,init,list,search,info | * -r< -p/ -s= --server= | =... | run send{galaxy}
ansible-galaxy collection,role publish,import,delete,remove | * --token= --api-key= | =... | run send{galaxy} !publish
ansible-vault | --version -h --help
ansible-vault view,decrypt,edit,rekey | * --vault-id= --vault-password-file< --output> --new-vault-id= | <>... |
    !private
ansible-vault create,encrypt,encrypt_string | * --vault-id= --vault-password-file< --output> -n= --name= | <>... | run
molecule list,matrix,status | * -s= | =... | run
molecule test,converge,create,verify,lint,init,login,prepare,destroy,idempotence,syntax,check,side-effect,cleanup,
    reset,dependency | * -s= -d= | =... | run send
salt,salt-call,salt-run,puppet,chef-client,chef-solo,knife,puppet-agent,bolt,pyinfra,fab,cap | * --version | =... | run
    send !remote

# --- secrets -----------------------------------------------------------------------------------------------------
@vault = -address{url} -namespace= -ns= -format= -field= -ca-cert< -ca-path/ -client-cert< -client-key<
    -tls-server-name= -tls-skip-verify -wrap-ttl= -header= -mfa= -non-interactive -no-print -output-curl-string
    -output-policy -mount= -help -h -version -log-level= -policy-override -unlock-key= -detailed -version=
vault,bao | @vault -v -version -help -h --help --version | | global single-dash
vault,bao status,version,help,path-help,print | @vault | =... | send{vault} single-dash
vault,bao help,path-help | * | =... | single-dash
vault,bao policy,secrets,auth,audit,plugin,namespace,lease,token,operator,kv,version-history list,read,lookup,
    capabilities,fmt,info,members,get-config,key-status | @vault | =... | send{vault} !private single-dash
vault,bao version-history,events,monitor,debug | * | =... | send{vault} single-dash
vault,bao read,list,unwrap,login,agent,proxy,ssh,transit,transform,pki,server | * | =... | run send{vault} !private
    single-dash
vault,bao kv get,list,metadata | @vault -version= -versions= | =... | send{vault} !private single-dash
vault,bao write,patch | * | =... | run send{vault} !deploy single-dash
vault,bao kv put,patch,rollback,undelete,enable-versioning | * | =... | run send{vault} !deploy single-dash
vault,bao kv metadata get | @vault | =... | send{vault} !private single-dash
vault,bao kv metadata put,patch | * | =... | run send{vault} !deploy single-dash
vault,bao kv delete,destroy | * | =... | run send{vault} !infra-destroy single-dash
vault,bao kv metadata delete | * | =... | run send{vault} !infra-destroy single-dash
vault,bao delete | * | =... | run send{vault} !infra-destroy single-dash
vault,bao policy,secrets,auth,audit,plugin,namespace,lease,token,operator,raft write,enable,tune,move,create,register,
    deregister,reload,renew,lock,unlock,patch,init,unseal,rekey,rotate,generate-root,migrate,step-down,diagnose,usage,
    raft,import | * | =... | run send{vault} !deploy single-dash
vault,bao policy,secrets,auth,audit,namespace,lease,token,operator,plugin delete,disable,revoke,seal,remove-peer | * |
    =... | run send{vault} !infra-destroy single-dash
op,bw,pass,gopass,lpass,keepassxc-cli,doppler,infisical,chamber,sops,aws-vault,teller,berglas | * --version -h --help |
    =... | run send !private
age,rage | -d --decrypt -i< --identity< -e --encrypt -r= --recipient= -R< --recipients-file< -p --passphrase -a --armor
    -o> --output> --version -h --help | [<]
age-keygen | -o> -y -pq --version -h --help | [<]
security | * | =... | run !secrets
secret-tool,keyring,kwallet-query,gnome-keyring-daemon | * | =... | run !secrets
consul,nomad | -version --version -h --help | | single-dash
consul,nomad ** members,info,list,get,status,validate,version,inspect,read,logs,monitor,plan,watch,export,nodes,
    datacenters,node-status,alloc-status,eval-status,server-members,ui | * | =... | send{consul} single-dash
consul,nomad ** put,import,run,dispatch,register,join,reload,maint,create,write,update,apply,promote,revert,scale,
    restart,enable,disable,eligibility,configure,set,init,rtt,login,logout,fmt | * | =... | run send{consul} !deploy
    single-dash
consul,nomad ** exec,lock | * | =... | run send{consul} !remote single-dash
consul,nomad ** delete,deregister,leave,force-leave,stop,drain,purge,gc,destroy,remove-peer | * | =... | run
    send{consul} !infra-destroy single-dash

# --- hosting and services ----------------------------------------------------------------------------------------
heroku | -h --help -v --version -a= --app= -r= --remote= | | global
heroku apps,addons,auth:whoami,buildpacks,certs,config,config:get,dashboard,domains,domains:info,drains,features,
    features:info,labs,labs:info,logs,maintenance,members,notifications,orgs,pg,pg:info,pg:backups,pg:diagnose,pg:ps,
    pg:locks,pg:outliers,pg:settings,pipelines,pipelines:info,pipelines:diff,plugins,ps,ps:type,redis,redis:info,
    regions,releases,releases:info,releases:output,reviewapps,sessions,spaces,spaces:info,stack,status,teams,webhooks,
    webhooks:info,access,access:list,addons:info,addons:plans,addons:services,apps:info,apps:stacks,apps:errors,
    authorizations,authorizations:info,buildpacks:info,buildpacks:search,builds,builds:info,builds:output,certs:info,
    ci,ci:info,ci:last,clients,clients:info,container,git:remote,help,info,keys,version,which,autocomplete,commands,
    search | * -a= --app= -r= --remote= -n= --num= -d= --dyno= -s= --source= | =... | send{heroku}
heroku apps:destroy,addons:destroy,clients:destroy,pg:reset,pg:backups:delete,repo:reset,repo:gc,repo:purge_cache,
    destroy,spaces:destroy,pipelines:destroy,domains:remove,domains:clear,certs:remove,drains:remove,buildpacks:remove,
    buildpacks:clear,authorizations:destroy,authorizations:revoke,keys:remove,keys:clear,webhooks:remove,ps:kill,
    pg:killall,pg:kill,pg:unfollow,redis:cli,data:maintenances:run,addons:detach,apps:leave,container:rm,teams:destroy,
    redis:reset | * -a= --app= -r= --remote= -c= --confirm= | =... | run send{heroku} !infra-destroy
heroku run,run:detached,ps:exec,pg:psql,pg:pull,pg:push,pg:copy,console,ps:copy,ps:socks,ps:forward,run:inside,local,
    local:run | * -a= --app= -r= --remote= | =... | run send{heroku} !remote
heroku login,logout,auth:login,auth:logout,auth:token,auth:2fa,access:add,access:remove,access:update,members:add,
    members:remove,members:set,authorizations:create,authorizations:rotate,authorizations:update,clients:create,
    clients:rotate,clients:update,keys:add,apps:transfer,container:login,container:logout | * -a= --app= | =... | run
    send{heroku} !accounts
heroku config:set,config:unset,config:edit,apps:create,create,apps:rename,rename,ps:restart,restart,ps:scale,scale,
    ps:stop,ps:resize,ps:autoscale:enable,ps:autoscale:disable,features:enable,features:disable,labs:enable,
    labs:disable,maintenance:on,maintenance:off,releases:rollback,rollback,releases:retry,pg:promote,
    pg:backups:capture,pg:backups:restore,pg:backups:schedule,pg:upgrade,pg:credentials:rotate,addons:create,
    addons:attach,addons:upgrade,addons:downgrade,addons:rename,buildpacks:add,buildpacks:set,domains:add,
    domains:update,domains:wait,certs:add,certs:update,certs:auto:enable,certs:auto:disable,container:push,
    container:release,drains:add,pipelines:add,pipelines:create,pipelines:promote,pipelines:connect,pipelines:remove,
    pipelines:rename,pipelines:setup,pipelines:transfer,pipelines:update,reviewapps:enable,reviewapps:disable,
    webhooks:add,webhooks:update,builds:create,builds:cancel,builds:cache:purge,apps:stacks:set,stack:set,
    spaces:create,redis:promote,redis:maxmemory,redis:timeout | * -a= --app= -r= --remote= | =... | run send{heroku}
    !deploy
heroku plugins:install,plugins:link,plugins:uninstall,plugins:update,update,plugins:reset | * | =... | run send{heroku}
    !foreign-code
@host = * -t= --token= -S= --scope= -T= --team= -a= --app= -p= --project= -c= --config= -e= --environment= --env= -s=
    --site= -o= --org= --name= --account= --region= --output= --format= --context= -y --yes --json -h --help
vercel,now,netlify,wrangler,railway,render,fly,flyctl,surge,cf,dokku,eas,expo,convex,neonctl,neon,pscale,turso,upstash,
    planetscale,hasura,contentful,sanity,shopify,twilio,ngrok,stripe,sentry-cli,auth0,doctl,linode-cli,hcloud,
    vultr-cli,scw,oci,ibmcloud,civo,exo,openstack,govc,tsh,snyk,datadog-ci,circleci,travis,buildkite-agent,jira,acli,
    linear,codefresh,pagerduty,cloudsmith,jfrog,jf,hcp,rosa,rancher,symfony | @host -v -V --version | | global
vercel,now,netlify,wrangler,railway,render,fly,flyctl,surge,cf,dokku,eas,expo,convex,neonctl,neon,pscale,turso,upstash,
    planetscale,hasura,contentful,sanity,shopify,twilio,stripe,sentry-cli,auth0,doctl,linode-cli,hcloud,vultr-cli,scw,
    oci,ibmcloud,civo,exo,openstack,govc,tsh,datadog-ci,circleci,travis,jira,acli,linear,codefresh,cloudsmith,jfrog,jf,
    hcp,rosa,rancher,symfony ** list,ls,show,view,get,inspect,info,describe,status,logs,tail,whoami,version,help,
    balance,ratelimit,ps,search,me,diff,check,validate,config:list,env:list,sites:list,status:hooks,dev,build,init,
    link,apps:list,count,audit,doctor,lint,generate,types,compile,functions:list,open,completion,list-*,get-*,
    describe-*,describe-all | @host | =... | run send
vercel,now,netlify,wrangler,railway,render,fly,flyctl,surge,cf,dokku,eas,expo,convex,neonctl,neon,pscale,turso,upstash,
    planetscale,hasura,contentful,sanity,shopify,twilio,stripe,sentry-cli,auth0,doctl,linode-cli,hcloud,vultr-cli,scw,
    oci,ibmcloud,civo,exo,openstack,govc,tsh,datadog-ci,circleci,travis,jira,acli,linear,codefresh,cloudsmith,jfrog,jf,
    hcp,rosa,rancher,symfony ** delete,destroy,rm,remove,rmi,rmdir,purge,teardown,terminate,down,wipe,drop,erase,
    revoke,delete-*,remove-*,undeploy,sites:delete,env:unset,unset,reset,uninstall,detach,unlink,cancel,prune,clear,
    shutdown,poweroff | @host | =... | run send !infra-destroy
vercel,now,netlify,wrangler,railway,render,fly,flyctl,surge,cf,dokku,eas,expo,convex,neonctl,neon,pscale,turso,upstash,
    planetscale,hasura,contentful,sanity,shopify,twilio,stripe,sentry-cli,auth0,doctl,linode-cli,hcloud,vultr-cli,scw,
    oci,ibmcloud,civo,exo,openstack,govc,tsh,datadog-ci,circleci,travis,jira,acli,linear,codefresh,cloudsmith,jfrog,jf,
    hcp,rosa,rancher,symfony ** deploy,create,add,set,update,scale,restart,start,stop,enable,disable,push,publish,
    launch,rollback,promote,assign,move,migrate,resize,reboot,rebuild,suspend,resume,attach,up,apply,edit,rename,
    rotate,put,upload,download,pull,trigger,retry,approve,login,logout,connect,switch,use,bind,unbind,register,send,
    patch,clone,fork,copy,redeploy,env:import,sites:create,open-port,install,upgrade,sign,buy,renew,call,finalize,
    upload-*,create-*,update-*,set-*,add-*,start-*,stop-* | @host | =... | run send !deploy
netlify,fly,flyctl,railway,cf,tsh,dokku ** ssh,console,shell,exec,proxy,sftp | @host | =... | run send !remote
vercel,now | @host --prod!deploy -b= --build-env= -m= --meta= -f -V -v --version | =... | run send !deploy
ngrok | version --help --version -h
ngrok http,tcp,tls,start,tunnel,api,service | * | =... | run send !expose
cloudflared tunnel,access,proxy-dns,service,login | * --url= | =... | run send !expose
cloudflared version,update | * | =... | run send
localtunnel,lt,bore,zrok,inlets,frpc,chisel,gost,pagekite,telebit | * | =... | run send !expose
tailscale status,ip,version,netcheck,ping,whois,dns,metrics,licenses,debug | * | =... | send
tailscale up,down,set,login,logout,serve,funnel,ssh,file,cert,exit-node,lock,switch,nc | * | =... | run send !expose
rclone ls,lsd,lsf,lsl,lsjson,size,about,cat,check,cryptcheck,hashsum,md5sum,sha1sum,tree,version,listremotes,help,ncdu
    | * --config< --include= --exclude= --filter= --max-depth= | {from}... | send
rclone copy,copyto,copyurl,sync,move,moveto,bisync | * --config< --include= --exclude= --filter= -n:dry --dry-run:dry |
    {from} {to} | run send
rclone rcat,dedupe,link,mkdir,touch,settier,backend,config,obscure,mount,serve,rcd,cryptdecode,authorize,selfupdate | *
    | =... | run send !deploy
rclone delete,deletefile,purge,rmdir,rmdirs,cleanup | * -n:dry --dry-run:dry | =... | run send !infra-destroy
s3cmd,mc,s5cmd,b2 ls,du,info,la,stat,find,tree,diff,head,cat,version,cb,list,list-file-names,get-account-info | * -c=
    -C= --host= | =... | send
s3cmd,mc,s5cmd,b2 del,rm,rb,expire,mirror,delete-file-version,delete-bucket,undo,ilm,fixbucket | * -c= | =... | run
    send !infra-destroy
s3cmd,mc,s5cmd,b2 put,get,cp,mv,sync,mb,modify,setacl,setpolicy,upload-file,download-file-by-name,alias,admin,
    anonymous,policy,share,pipe,restore,run,accesslog,tag,encrypt,event,legalhold,retention,replicate,watch | * -c= |
    =... | run send !deploy
"""
