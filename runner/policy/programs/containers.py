r"""What programs for containers and clusters do: `TABLE`, in the notation of `notation.py`.

Rules that live here and nowhere else:

* Asking the local daemon is reading; asking one on another machine (`-H`, `--context`) and every cluster is sending.
* What is run in a container or pod does not touch this box's files: only its dangerous acts count (`{inside}`).
* A container that is given the host (`--privileged`, its root directory, its daemon's socket, its processes) is an
  `escape`; an image that is run is `foreign-code`.
* What is removed from a cluster or with its data is `infra-destroy`; other changes of what runs are `deploy`.

Option lists are those of docker 27, kubectl 1.31 and helm 3.16; other options make the commands that only read opaque.

Not promised: what a compose file, a chart or a manifest asks for. They are code of the workspace.
"""

TABLE = r"""
@docker = --config=? -c=:send!remote --context=:send!remote -D --debug -H{url}!remote --host{url}!remote -l=
    --log-level= --tls --tlscacert< --tlscert< --tlskey< --tlsverify --url{url}!remote --connection=:send!remote
    --identity< --root/ --runroot/ --storage-driver= --cgroup-manager= --namespace= -a= --address=
@run = -a= --attach= --add-host= --annotation= --blkio-weight= --cgroup-parent= --cgroupns=(host)!escape --cgroupns=
    --cap-add=(all|*sys_admin|*sys_ptrace|*sys_module|*sys_rawio|*dac_read_search|*dac_override|*net_admin)!escape
    --cap-add=(*bpf)!escape --cap-add= --cap-drop= --cidfile> --cpu-period= --cpu-quota= --cpu-shares= --cpus=
    --cpuset-cpus= -d --detach --detach-keys=
    --device=(/dev/sd*|/dev/nvme*|/dev/vd*|/dev/mem*|/dev/kmem*|/dev/kvm*|/dev/dm-*|/dev/mapper*)!escape --device=
    --device-cgroup-rule=!escape --disable-content-trust --dns= --dns-option= --dns-search= --domainname= --entrypoint=
    -e= --env= --env-file< --expose= --gpus= --group-add= --health-cmd= --health-interval= --health-retries=
    --health-start-period= --health-timeout= -h= --hostname= --init -i --interactive --ip= --ip6= --ipc=(host)!escape
    --ipc= --isolation= -l= --label= --label-file< --link= --log-driver= --log-opt= --mac-address= -m= --memory=
    --memory-swap= --memory-reservation= --memory-swappiness= --name= --network= --net= --network-alias=
    --mount=(*docker.sock*|*src=/,*|*source=/,*|*src=/|*source=/|*src=/etc*|*source=/etc*|*src=/proc*)!escape
    --mount=(*src=/root*)!escape --mount= --no-healthcheck --oom-kill-disable --oom-score-adj= --pid=(host)!escape
    --pid= --pids-limit= --platform= --privileged[=](false) --privileged[=]!escape -p= --publish= -P --publish-all
    --pull= -q --quiet --read-only --restart= --rm --runtime=
    --security-opt=(*unconfined*|label=disable|label:disable|systempaths*)!escape --security-opt= --shm-size=
    --sig-proxy --stop-signal= --stop-timeout= --storage-opt= --sysctl= --tmpfs= -t --tty --ulimit= -u= --user=
    --userns=(host)!escape --userns= --uts=(host)!escape --uts=
    -v=(/:*|/etc*|/root*|/proc*|/sys*|/dev*|/boot*|/var/run*|/run*|/var/lib*|/usr*|/bin*|/home:*|~:*)!escape -v=
    --volume=(/:*|/etc*|/root*|/proc*|/sys*|/dev*|/boot*|/var/run*|/run*|/var/lib*|/usr*|/bin*|/home:*|~:*)!escape
    --volume= --volume-driver= --volumes-from= -w= --workdir= --replace --pod= --arch= --authfile< --rmi --tz= --umask=
@build = --add-host= --allow=!escape --annotation= --attest= --build-arg= --build-context= --builder= --cache-from=
    --cache-to= --call= --cgroup-parent= --check -f< --file< --iidfile> --label= --load --metadata-file> --network=
    --no-cache --no-cache-filter= -o> --output> --platform= --progress= --provenance= --pull --push!publish -q --quiet
    --sbom= --secret= --shm-size= --ssh= -t= --tag= --target= --ulimit= --rm --force-rm --squash -m= --memory=
    --compress --layers --format= --isolation= --ignorefile< --cpus= --jobs= -v=

docker,podman,nerdctl | @docker -v --version --help | | global options-first
docker,podman,nerdctl ps | * -a --all -f= --filter= --format= -n= --last= -l --latest --no-trunc -q --quiet -s --size
docker,podman,nerdctl container,pod ls,list,ps | -a --all -f= --filter= --format= -n= --last= -l --latest --no-trunc -q
    --quiet -s --size
docker,podman,nerdctl images | * -a --all --digests -f= --filter= --format= --no-trunc -q --quiet --tree | [=]
docker,podman,nerdctl image ls,list | -a --all --digests -f= --filter= --format= --no-trunc -q --quiet --tree | [=]
docker,podman,nerdctl inspect | -f= --format= -s --size --type= -l --latest | =...
docker,podman,nerdctl container,image,network,volume,node,service,plugin,config,secret,context,manifest,pod,swarm
    inspect | -f= --format= -s --size --pretty -v --verbose --insecure | =...
docker,podman,nerdctl logs | --details -f --follow --since= -n= --tail= -t --timestamps --until= -l --latest --names |
    =...
docker,podman,nerdctl container logs | --details -f --follow --since= -n= --tail= -t --timestamps --until= | =...
docker,podman,nerdctl service,stack logs | --details -f --follow --since= -n= --tail= -t --timestamps --no-resolve
    --no-task-ids --no-trunc --raw | =...
docker,podman,nerdctl network,volume,node,service,stack,plugin,config,secret,context,buildx,builder,swarm ls,list,ps |
    -f= --filter= --format= --no-trunc -q --quiet --no-resolve --cluster | =...
docker,podman,nerdctl info,version | -f= --format= --debug
docker,podman,nerdctl system info,df,version,events | -f= --format= --filter= -v --verbose --since= --until=
docker,podman,nerdctl top,port,diff,history,stats,events | -a --all --format= --no-stream --no-trunc -H --human -q
    --quiet -f= --filter= --since= --until= -l --latest | =...
docker,podman,nerdctl healthcheck,mount,umount,unmount,unshare,generate,play,kube,machine,secret,farm,quadlet | * |
    =... | run
docker,podman,nerdctl container top,port,diff,stats,exists,wait | -a --all --format= --no-stream --no-trunc | =...
docker,podman,nerdctl image history,tree,exists | --format= -H --human --no-trunc -q --quiet | =...
docker,podman,nerdctl image search | --format= --limit= --no-trunc -f= --filter= | = | send{registry}
docker,podman,nerdctl context show
docker,podman,nerdctl wait | -i= --interval= --condition= | =...
docker,podman,nerdctl search | -f= --filter= --format= --limit= --no-trunc | = | send{registry}
docker,podman,nerdctl manifest inspect | --insecure -v --verbose | =... | send{registry}
docker,podman,nerdctl buildx version,inspect,du | -f= --filter= --verbose --bootstrap --format= | =...

docker,podman,nerdctl run,create | @run | = {inside} | run send{registry} options-first !foreign-code
docker,podman,nerdctl container run,create | @run | = {inside} | run send{registry} options-first !foreign-code
docker,podman,nerdctl exec | -d --detach --detach-keys= -e= --env= --env-file< -i --interactive --privileged!escape -t
    --tty -u= --user= -w= --workdir= -l --latest | = {inside} | run options-first
docker,podman,nerdctl container exec | -d --detach --detach-keys= -e= --env= --env-file< -i --interactive
    --privileged!escape -t --tty -u= --user= -w= --workdir= | = {inside} | run options-first
docker,podman,nerdctl build | @build | / | run send{registry}
docker,podman,nerdctl image,buildx,builder build,bake | @build --set= --print:dry | / | run send{registry}
docker,podman,nerdctl pull | -a --all-tags --disable-content-trust --platform= -q --quiet --tls-verify= | = | run
    send{registry}
docker,podman,nerdctl image pull | -a --all-tags --platform= -q --quiet | = | run send{registry}
docker,podman,nerdctl push | * --tls-verify= | =... | run send{registry} !publish
docker,podman,nerdctl image,manifest,plugin,compose push | * | =... | run send{registry} !publish
docker,podman,nerdctl start,stop,restart,kill,pause,unpause,rm,rmi,rename,update,untag,init | * -t= --time= -s=
    --signal= --timeout= -v:run --volumes:run | =... | run !deploy
docker,podman,nerdctl container,image,network,pod start,stop,restart,kill,pause,unpause,rm,remove,rename,update,
    connect,disconnect,prune | * -t= -s= --filter= -d= --driver= --subnet= -o= --opt= | =... | run !deploy
docker,podman,nerdctl network,volume,system prune | * -a --all --filter= | =... | run !infra-destroy
docker,podman,nerdctl builder,buildx prune,rm,stop,create,use,imagetools | * --filter= --name= --driver= | =... | run
    !deploy
docker,podman,nerdctl volume rm,remove | * | =... | run !infra-destroy
docker,podman,nerdctl volume create | * -d= --driver= -o=(*device=/*|*o=bind*)!escape
    --opt=(*device=/*|*o=bind*)!escape -o= --opt= --label= | =... | run
docker,podman,nerdctl tag,commit,attach | * | =... | run
docker,podman,nerdctl image,container tag,commit,attach,load,import,save,export,cp | * -i< -o> --output> --input< |
    =... | run
docker,podman,nerdctl load,import | -i< --input< -q --quiet --platform= -c= --change= -m= --message= | [<] [=] | run
docker,podman,nerdctl save,export | -o> --output> --platform= -q --quiet | =... | run
docker,podman,nerdctl cp | -a --archive -L --follow-link -q --quiet | {from} {to} | run
docker,podman,nerdctl login,logout | * | =... | run send{registry} !accounts
docker,podman,nerdctl context create,use,rm,update,export,import | * | =... | run !remote
docker,podman,nerdctl service,stack,node,swarm,config,secret,plugin create,update,scale,deploy,rollback,init,join,
    promote,demote,install,enable,disable,set,upgrade | * | =... | run send{cluster} !deploy
docker,podman,nerdctl service,stack,node,swarm,config,secret,plugin rm,remove,leave,down | * | =... | run send{cluster}
    !infra-destroy
docker,podman,nerdctl system reset | * | | run !infra-destroy

# --- compose -----------------------------------------------------------------------------------------------------
@compose = -f< --file< -p= --project-name= --profile= --env-file< --project-directory/ --ansi= --compatibility
    --parallel= --progress= --dry-run:dry --verbose -H{url} --host{url} --all-resources
docker,podman,nerdctl compose | @compose -v --version | | global
docker-compose,podman-compose | @compose -v --version | | global
docker,podman,nerdctl compose ps,ls,images,top,port,logs,config,convert,version,events,stats,volumes | * -n= --tail=
    --since= --until= --format= --filter= --status= --index= --protocol= -o> --output> --hash= | =...
docker-compose,podman-compose ps,ls,images,top,port,logs,config,convert,version,events | * -n= --tail= --since=
    --until= --format= --filter= --status= --index= --protocol= -o> --output> --hash= | =...
docker,podman,nerdctl compose up,build,create,start,pull,watch,wait | * -t= --timeout= --scale= --build-arg= -m=
    --memory= --pull= --exit-code-from= --attach= --no-attach= --wait-timeout= | =... | run send{registry}
docker-compose,podman-compose up,build,create,start,pull,watch,wait | * -t= --timeout= --scale= --build-arg= -m=
    --memory= --pull= --exit-code-from= --attach= | =... | run send{registry}
docker,podman,nerdctl compose stop,restart,pause,unpause,kill,scale,attach,cp,commit | * -t= --timeout= -s= --signal= |
    =... | run !deploy
docker-compose,podman-compose stop,restart,pause,unpause,kill,scale,attach,cp | * -t= --timeout= -s= | =... | run
    !deploy
docker,podman,nerdctl compose down | * -t= --timeout= --rmi= -v!infra-destroy --volumes!infra-destroy | =... | run
    !deploy
docker-compose,podman-compose down | * -t= --timeout= --rmi= -v!infra-destroy --volumes!infra-destroy | =... | run
    !deploy
docker,podman,nerdctl compose rm | * -f!infra-destroy --force!infra-destroy -v!infra-destroy | =... | run !deploy
docker-compose,podman-compose rm | * -f!infra-destroy --force!infra-destroy -v!infra-destroy | =... | run !deploy
docker,podman,nerdctl compose exec,run | -d --detach -e= --env= --env-from-file< -T --no-tty --index=
    --privileged!escape -u= --user= -w= --workdir= --build --name= --no-deps -p= --publish= --rm -P --service-ports
    --use-aliases -v= --volume= --entrypoint= -i --interactive -l= --label= --pull= --quiet-pull --remove-orphans -q
    --quiet -t --tty | = {inside} | run options-first
docker-compose,podman-compose exec,run | -d --detach -e= --env= -T --index= --privileged!escape -u= --user= -w=
    --workdir= --name= --no-deps -p= --publish= --rm --service-ports --use-aliases -v= --volume= --entrypoint= -l= -t |
    = {inside} | run options-first

buildah | -v --version --help
buildah images,containers,inspect,info,version | * --format= -f= --filter= | =... | run
buildah bud,build,build-using-dockerfile | @build | / | run send{registry}
buildah from,run,config,copy,add,commit,mount,umount,rm,rmi,pull,tag,rename,manifest,prune | * | =... | run
    send{registry}
buildah push | * | =... | run send{registry} !publish
skopeo | -v --version --help
skopeo inspect,list-tags,manifest-digest,standalone-verify | * --format= --authfile< --creds= --tls-verify= | =... |
    send{registry}
skopeo copy,sync | * --src-creds= --dest-creds= --authfile< | =... | run send{registry} !publish
skopeo delete | * | =... | run send{registry} !infra-destroy
skopeo login,logout | * | =... | run send{registry} !accounts
crane | --help
crane manifest,digest,ls,config,catalog,version,validate | * | =... | send{registry}
crane pull,export | * | =... | run send{registry} writes{.}
crane push,copy,cp,tag,append,mutate,rebase,flatten | * | =... | run send{registry} !publish
crane delete | * | =... | run send{registry} !infra-destroy
crictl,ctr ps,pods,images,info,version,inspect,inspecti,inspectp,logs,stats | * | =... | run
crictl,ctr rm,rmi,rmp,stop,stopp,run,runp,create,start,pull,exec,images,containers,tasks | * | =... | run !deploy
hadolint,dockle,dive | * -c< --config< -f= --format= | <... | run
trivy,grype,syft | * | =... | run send
lxc,incus | --version --help
lxc,incus list,info,version | * -c= --columns= -f= --format= | =... | run
lxc,incus image,network,profile,storage,project,remote,cluster,config list,show,info,get | * | =... | run
lxc,incus launch,init,config,start,stop,restart,import,export,copy,move,publish,image,network,profile,storage,remote,
    file,snapshot,restore,pause,rename | * -c=(security.privileged=true*|raw.lxc*)!escape -c=
    --config=(security.privileged=true*|raw.lxc*)!escape --config= -s= -n= -p= -t= | =... | run !deploy
    (*security.privileged=true*|*source=/|*source=/ *|*raw.lxc*)!escape
lxc,incus exec,shell,console | * --env= --user= --group= --cwd= | = {inside} | run
lxc,incus delete | * | =... | run !infra-destroy
lxd,incusd | * | =... | run !privilege

# --- clusters ----------------------------------------------------------------------------------------------------
@kube = -n= --namespace= --context= --cluster= --user= --kubeconfig< -s{url} --server{url} --token= --as= --as-group=
    --as-uid= --cache-dir/ --certificate-authority< --client-certificate< --client-key< --insecure-skip-tls-verify
    --log-flush-frequency= --match-server-version --password= --profile= --profile-output> --request-timeout=
    --tls-server-name= --username= -v= --vmodule= --warnings-as-errors
@kubedo = * -f< --filename< -k/ --kustomize/ -l= --selector= -o= --output= --dry-run[=](none|false)? --dry-run[=]:dry
    --field-manager= --field-selector= --timeout= --template= -R --recursive -c= --container= --type= -p= --patch=
    --patch-file< --replicas= --current-replicas= --image= --grace-period= --for= --raw= --from-file< --from-literal=
    --from-env-file< --env= --port= --target-port= --name= --limits= --requests= --labels= --overrides= --min= --max=
    --cpu-percent= --to-revision= --revision= --resource-version= --duration= --audience= --cert< --key<
    --docker-server= --docker-username= --docker-password= --docker-email= --clusterrole= --role= --serviceaccount=
    --verb= --resource= --resource-name= --group= --schedule= --restart=
kubectl,oc,k | @kube --version --help -h | | global
kubectl,oc,k get | @kubedo -A --all-namespaces --sort-by= -L= --label-columns= --chunk-size= --subresource= | =... |
    send{kubernetes} (secret*|*,secret*|*/secrets/*)!private
kubectl,oc,k describe,logs,top,explain,api-resources,api-versions,cluster-info,version,events,wait,diff,status,whoami,
    projects,project,completion,options,help | @kubedo -A --all-namespaces --since= --since-time= --tail= --sort-by=
    --api-version= --api-group= --categories= --verbs= --output-directory/ --limit-bytes= --max-log-requests=
    --pod-running-timeout= | =... | send{kubernetes}
kubectl,oc,k top,rollout,auth,certificate node,nodes,pod,pods,status,history,can-i,whoami,reconcile | @kubedo | =... |
    send{kubernetes}
kubectl,oc,k config | |  | run
kubectl,oc,k config view,get-contexts,get-clusters,get-users,current-context | --raw!private --flatten!private --minify
    -o= --output= --template= --merge= --no-headers | =...
kubectl,oc,k config use-context,use,set-context,set-cluster,set-credentials,set,unset,rename-context,delete-context,
    delete-cluster,delete-user | * | =... | run !remote
kubectl,oc,k kustomize | * -o> --output> --helm-command? --enable-helm | / | run
kubectl,oc,k delete | @kubedo --all --force --now --cascade= --wait= --ignore-not-found | =... | run send{kubernetes}
    !infra-destroy
kubectl,oc,k drain,cordon,taint | @kubedo --ignore-daemonsets --delete-emptydir-data --force | =... | run
    send{kubernetes} !infra-destroy
kubectl,oc,k uncordon,create,patch,edit,set,label,annotate,autoscale,run,rollout,certificate,process,new-app,
    start-build,tag,import-image,adm,policy,apply | @kubedo --prune!infra-destroy --force | =... | run send{kubernetes}
    !deploy
kubectl,oc,k scale | @kubedo --replicas=(0)!infra-destroy --replicas= | =... | run send{kubernetes} !deploy
kubectl,oc,k replace | @kubedo --force!infra-destroy | =... | run send{kubernetes} !deploy
kubectl,oc,k expose | @kubedo | =... | run send{kubernetes} !deploy !expose
kubectl,oc,k create,serviceaccounts token,get-token | @kubedo | =... | run send{kubernetes} !private
kubectl,oc,k exec,rsh | -c= --container= -i --stdin -t --tty -q --quiet -f< --filename< --pod-running-timeout= --shell=
    | = {inside} | run send{kubernetes} !remote
kubectl,oc,k attach,debug,rsync | * | =... | run send{kubernetes} !remote
kubectl,oc,k cp | -c= --container= --no-preserve --retries= | {from} {to} | run send{kubernetes}
kubectl,oc,k port-forward | * --address=(0.0.0.0*|*,0.0.0.0*|[*])!expose --address= --pod-running-timeout= | =... | run
    send{kubernetes}
kubectl,oc,k proxy | * -p= --port= -w/ --www/ -P= --www-prefix= -u= --unix-socket= --api-prefix= --accept-hosts=!expose
    --accept-paths= --reject-paths= --reject-methods= --address=(0.0.0.0*|::*)!expose --address= | | run
    send{kubernetes}
kubectl,oc,k plugin list | --name-only
oc login,logout | * -u= -p= --token= | =... | run send{kubernetes} !accounts
kubectx,kubens | -c --current -h --help | =:run...
k9s,lens,octant | * | =... | run send{kubernetes} !remote
stern,kail,kubetail | * -n= -c= -l= -s= -o= --context= --tail= --since= | =... | send{kubernetes}
kustomize | version --help
kustomize build | * -o> --output> --enable-helm --enable-exec? --enable-alpha-plugins? | / | run
kustomize edit,create,cfg,fn | * | =... | run
helm | -n= --namespace= --kube-context= --kubeconfig< --kube-apiserver{url} --kube-token= --kube-as-user=
    --kube-as-group= --kube-ca-file< --debug --burst-limit= --qps= --registry-config< --repository-cache/
    --repository-config< --version --help -h --post-renderer? --post-renderer-args= | | global
@helm = * -f< --values< --set= --set-string= --set-file= --set-json= --set-literal= --version= --repo{url} -o=
    --output= --timeout= --max= --revision= --ca-file< --cert-file< --key-file< --keyring< --username= --password=
    --filter= -l= --selector= --time-format= --description= --name-template= --dry-run[=](none|false)? --dry-run[=]:dry
    --history-max=
helm list,ls,history,hist,status,get,version,env,search,completion,help | @helm | =... | send{kubernetes}
helm get all,hooks,manifest,metadata,notes,values | @helm | =... | send{kubernetes}
helm search,repo,plugin,dependency,dep,registry repo,hub,list,ls | @helm --max-col-width= | =... | send{charts}
helm search repo,hub | @helm -l --versions --devel -r --regexp --max-col-width= --list-repo-url --endpoint=
    --fail-on-no-result | =... | send{charts}
helm show,inspect all,chart,crds,readme,values | @helm --jsonpath= | =... | send{charts}
helm template,lint,verify | @helm --output-dir/ -s= --show-only= -a= --api-versions= --kube-version= | =... | run
    send{charts}
helm create,package,dependency,dep,pull,fetch | @helm -d/ --destination/ -p/ --starter= --untardir/ | =... | run
    send{charts}
helm dependency,dep build,update,up | @helm | =... | run send{charts}
helm repo add,update,up,index,remove,rm | @helm --url= --merge= | =... | run send{charts}
helm install,upgrade,rollback,test | @helm | =... | run send{kubernetes} !deploy
helm uninstall,delete,del,un | @helm --cascade= | =... | run send{kubernetes} !infra-destroy
helm push | @helm | =... | run send{charts} !publish
helm registry login,logout | @helm | =... | run send{charts} !accounts
helm plugin install,update,uninstall,remove,rm | @helm | =... | run send !foreign-code
helmfile list,status,lint,template,diff,build,version | * -f< -e= -l= | =... | run send{kubernetes}
helmfile apply,sync,charts,fetch,deps,repos | * -f< -e= -l= | =... | run send{kubernetes} !deploy
helmfile destroy,delete | * -f< -e= -l= | =... | run send{kubernetes} !infra-destroy
argocd,flux,istioctl,linkerd,velero,tkn,kn,kubeadm,eksctl,k3sup,kops ** get,list,ls,logs,show,describe,status,version,
    history,diff,stats,check,tree,analyze,tap,top | * -n= -o= --namespace= --context= --kubeconfig< | =... |
    send{kubernetes}
argocd,flux,istioctl,linkerd,velero,tkn,kn,kubeadm,eksctl,k3sup,kops **
    delete,rm,remove,uninstall,reset,terminate-op,drain,prune | * -n= --namespace= --context= --kubeconfig< -y --yes
    --force | =... | run send{kubernetes} !infra-destroy
argocd,flux,istioctl,linkerd,velero,tkn,kn,kubeadm,eksctl,k3sup,kops ** create,sync,set,update,install,upgrade,apply,
    rollback,start,suspend,resume,reconcile,bootstrap,export,init,join,scale,replace,add,enable,patch,edit,run,promote
    | * -n= --namespace= --context= --kubeconfig< | =... | run send{kubernetes} !deploy
argocd login,logout,account | * | =... | run send{kubernetes} !accounts
minikube,kind,k3d,k3s,microk8s ** status,version,profile,ip,logs,list,get,addons,config,inspect | * -p= --profile=
    --name= | =... | run
minikube,kind,k3d,k3s,microk8s ** start,create,stop,pause,unpause,load,image,node,cache,mount,enable,disable,set,cp,
    import,update-context,service,dashboard,docker-env,export,build | * -p= --profile= --name= | =... | run
minikube,kind,k3d,k3s,microk8s ** delete,reset | * -p= --profile= --name= | =... | run !infra-destroy
minikube,k3s,microk8s kubectl | * | =... | run send{kubernetes} !remote
minikube tunnel | * | =... | run !expose
minikube ssh | * -n= | {inside} | run !remote
vagrant status,global-status,version,port,ssh-config,validate,box,plugin,snapshot | * | =... | run
vagrant up,halt,reload,provision,suspend,resume,init,package,rsync,upload | * | =... | run
vagrant ssh | -c{beyond} --command{beyond} * | =... | run !remote
vagrant destroy | * | =... | run !infra-destroy
"""
