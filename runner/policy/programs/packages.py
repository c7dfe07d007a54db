r"""What package managers do: `TABLE`, in the notation of `notation.py`.

Rules that live here and nowhere else:

* Installing talks to a registry and runs code of packages; in a throwaway box that is ordinary work. Installing into
  the system is noted as `install-system`.
* Running a package straight from a registry (`npx`, `uvx`) is `foreign-code`: nothing says what will run.
* Uploading a package is `publish`; removing one there, or changing who owns it, is `publish` or `accounts` too.
* Listing what is installed is reading; asking a registry is sending to it, under the program's name.
* Another index, registry or repository than the configured one is `traffic`: packages come from there afterwards.

Not promised: that a package is harmless. Nobody here has read it.
"""

TABLE = r"""
# --- JavaScript --------------------------------------------------------------------------------------------------
@npm = -C/ --prefix/ --cwd/ --dir/ -w= --workspace= --workspaces -ws -iwr --include-workspace-root --if-present -s
    --silent -q --quiet -d -dd -ddd --verbose --loglevel= --json --long -l --parseable -p --color[=] --no-color
    --registry=(https://registry.npmjs.org*|https://registry.yarnpkg.com*) --registry{url}!traffic --cache/
    --userconfig? --globalconfig? --offline --prefer-offline --prefer-online --no-progress --progress[=] --yes -y
    --force -f --ignore-scripts --foreground-scripts --filter= -F= -r --recursive --frozen-lockfile --immutable
    --network-timeout= --reporter= --stream --parallel --workspace-concurrency= --include= --omit= --only= --production
    --dry-run:dry --otp= --tag= --scope= --access= --auth-type= --timeout= --script-shell? --node-options? --shell?
npm,pnpm,yarn,yarnpkg | @npm -v --version -h --help -b --bun --revision | | run global
npm,pnpm,yarn find-dupes,docs,bugs,home,repo,issues,team,org,hook,profile,edit,explore,ls,list,ll,la,root,prefix,bin,
    explain,why,help,help-search,query,licenses,workspaces,version,versions | @npm * -a --all -g --global --depth= -D
    --dev --prod --long | =... | run
npm ls,list,ll,la,root,prefix,bin,explain,why,query | @npm * -a --all -g --global --depth= -D --dev --prod --long |
    =...
npm,pnpm,yarn outdated,sbom,info,audit,fund,view,show,search,ping,whoami,docs,bugs,home,repo,versions,doctor | @npm *
    -a --all -g --global --depth= --audit-level= --searchlimit= -D | =... | send{registry}
npm,pnpm,yarn audit fix | @npm * -g | =... | run send{registry}
npm,pnpm,yarn config,c get,list,ls | @npm * -g --location= | =... | run
npm config,c get,list,ls | @npm * -g --location= | =...
npm,pnpm,yarn config,c set,delete,rm,edit,fix,unset | @npm * -g --location= | =... | run
    (registry*|*:registry*|*proxy*|strict-ssl*|script-shell*|node-options*|git *|cafile*|*unsafe*)!traffic
    (set *registry*)!traffic
npm set | @npm * | =... | run (registry*|*:registry*|*proxy*|strict-ssl*|script-shell*|node-options*)!traffic
npm,pnpm,yarn install,i,in,ins,add,ci,clean-install,install-clean,install-test,it,install-ci-test,cit,update,up,
    upgrade,upgrade-interactive,uninstall,un,remove,rm,r,unlink,link,ln,dedupe,ddp,prune,rebuild,rb,import,fetch,patch,
    patch-commit,patch-remove,plugin,constraints,unplug,autoclean,generate-lock-entry,set,deploy,approve-builds,
    self-update,shrinkwrap | @npm * -D -O -E -P -S -B -g --global --save-dev --save-exact --save-optional --save
    --no-save --save-prefix= --install-strategy= --os= --cpu= --libc= --engine-strict --legacy-peer-deps --no-audit
    --no-fund --no-package-lock --package-lock-only --lockfile-only | =... | run send{registry} (*://*)!foreign-code
    (*://*|git+*|github:*|gitlab:*|bitbucket:*|gist:*)!foreign-code
npm,pnpm,yarn init,create,innit,c | @npm * -y --yes --react[=] | =... | run send{registry}
npm,pnpm,yarn test,t,tst,start,stop,restart,build,dev,serve,lint,format,check,typecheck,run,run-script,rum,urn,pack,
    version,rebuild,cache,pkg,store,env,setup,doctor,edit,explore,licenses,bundle,watch,preview,clean,prepare,repl,
    completion | @npm * --if-present --watch --coverage --bail --outdir/ --outfile> --target= --external= | =... | run
    options-first
npm pkg get | @npm | =...
npm cache clean,verify,add | @npm | =... | run
pnpm,yarn exec | @npm * -c{sh} --shell-mode | =... | run options-first
@npx = @npm -p= --package= -c{sh} --call{sh} --no-install --no --bun --ignore-existing -v --version -h --help
npm,pnpm,yarn x,dlx | @npx | {command} | run send{registry} options-first !foreign-code
npm exec | @npx | {command} | run send{registry} options-first !foreign-code
npx,pnpx,bunx | @npx | {command} | run send{registry} options-first !foreign-code
npx,pnpx,bunx tsc,eslint,prettier,jest,vitest,mocha,ava,tap,nyc,c8,webpack,vite,rollup,esbuild,parcel,tsup,swc,babel,
    next,nuxt,astro,remix,playwright,cypress,ts-node,tsx,nodemon,stylelint,biome,oxlint,standard,xo,turbo,nx,lerna,
    changeset,husky,lint-staged,concurrently,rimraf,cross-env,tailwindcss,postcss,sass,storybook,ng,vue-cli-service,
    vue-tsc,svelte-check,gulp,grunt,knip,depcheck,madge,typedoc,jsdoc,commitlint,semantic-release,http-server,serve,
    json-server,node-gyp,electron,expo,react-scripts,wrangler,karma,jasmine,size-limit,type-coverage,tsd,eslint_d,
    prettierd,dts-cli,microbundle,unbuild,tsc-watch | * | =... | run options-first
npm,pnpm,yarn publish,unpublish,deprecate,undeprecate,stage,trust | @npm * --access= --tag= | =... | run send{registry}
    !publish
yarn npm,workspaces publish | @npm * | =... | run send{registry} !publish
yarn npm info,audit,whoami | @npm * | =... | send{registry}
yarn workspaces list,info | @npm * | =... | run
yarn,pnpm workspace,workspaces | @npm * | =... | run options-first
npm,pnpm,yarn login,logout,adduser,add-user | @npm * | =... | run send{registry} !accounts
npm owner,dist-tag,dist-tags,team,org,token,access,hook,profile add,rm,remove,set,create,destroy,grant,revoke,update,
    public,restricted,enable-2fa,disable-2fa,edit,invite,2fa-required,2fa-not-required | @npm * | =... | run
    send{registry}
npm owner,access,token add,rm,remove,grant,revoke,create,public,restricted | @npm * | =... | run send{registry}
    !accounts
npm dist-tag,dist-tags add,rm,set | @npm * | =... | run send{registry} !publish
npm star,unstar,stars | @npm * | =... | run send{registry}
corepack | * | =... | run send{registry}
nvm,fnm,n,volta,nodenv,pyenv,rbenv,jenv,goenv,sdk,rustup-init,proto | * -v --version | =... | run send{registry}
nvm,fnm,pyenv,rbenv,jenv,goenv,volta list,ls,current,version,versions,which,root,help,latest,where,info,doctor,
    ls-remote,list-remote,shims,whence,list-all,commands,prefix | * | =... | run

# --- Python ------------------------------------------------------------------------------------------------------
@pip = * -q --quiet -v --verbose --isolated --require-virtualenv --python=? --proxy= --retries= --timeout= --cache-dir/
    --no-cache-dir --no-color --no-input --log> --cert< --client-cert< --trusted-host=!traffic
    --disable-pip-version-check --exists-action= --no-index -i=(https://pypi.org/*|https://download.pytorch.org/*)
    -i{url}!traffic --index-url=(https://pypi.org/*|https://download.pytorch.org/*) --index-url{url}!traffic
    --extra-index-url=(https://pypi.org/*|https://download.pytorch.org/*) --extra-index-url{url}!traffic -f=
    --find-links= --format= --path/ --exclude=
pip#,pipenv | @pip -V --version -h --help | | global
pip# list,show,freeze,check,help,inspect,debug,completion,hash | @pip -o --outdated:send -u --uptodate -e --editable -l
    --local --user --pre --all -r= --requirement= --files | =...
pip# config list,get,debug | @pip --user --global --site --editor? | =...
pip# config set,unset,edit | @pip --user --global --site --editor? | =... | run
    (*index*|*proxy*|*trusted*|*cert*)!traffic
pip# cache dir,info,list,remove,purge | @pip | =... | run
pip# search,index,download,wheel,lock | @pip -r< --requirement< -c< --constraint< -d/ --dest/ -w/ --wheel-dir/ | =... |
    run send{pypi}
pip# install | @pip -r< --requirement< -c< --constraint< -e=(*://*)!foreign-code -e= --editable=(*://*)!foreign-code
    --editable= -t/ --target/ --prefix/ --root/ --src/ -U --upgrade --user --pre --no-deps --dry-run:dry
    --force-reinstall --no-binary= --only-binary= --platform= --abi= --report> --upgrade-strategy= --config-settings=
    --global-option= --no-build-isolation --break-system-packages!install-system --progress-bar= --root-user-action=
    --group= -C= | =... | run send{pypi} (*://*)!foreign-code
pip# uninstall | @pip -r< --requirement< -y --yes --root-user-action= --break-system-packages | =... | run
pipenv install,update,uninstall,lock,sync,upgrade | @pip -r< --dev -d --deploy | =... | run send{pypi}
pipenv graph,check,verify,scripts,requirements | @pip | =... | run
pipenv run,shell | * | {command} | run options-first
pipx | --version -h --help
pipx list,environment,completions,interpreter,pin | * | =... | run
pipx install,upgrade,upgrade-all,uninstall,uninstall-all,inject,uninject,reinstall,reinstall-all,ensurepath,
    install-all,upgrade-shared,unpin | * --python= --pip-args= --suffix= | =... | run send{pypi}
pipx run | * --spec= --python= --pip-args= | =... | run send{pypi} options-first !foreign-code
uvx | * --from= --with= --with-requirements< --python= -p= | =... | run send{pypi} options-first !foreign-code
@uv = * --directory/ --project/ --config-file? -p= --python= --index-url{url}!traffic --default-index{url}!traffic
    --index{url}!traffic --extra-index-url{url}!traffic -i{url}!traffic -f= --find-links= --cache-dir/ --offline -q
    --quiet -v --verbose --no-progress --color= --native-tls --allow-insecure-host=!traffic --dry-run:dry --extra=
    --group= --no-group= --only-group= --package= --with= --with-requirements< --with-editable= --env-file<
    --resolution= --prerelease= -P= --upgrade-package= --exclude-newer= --no-install-package= --branch= --tag= --rev=
    --marker=
uv | @uv -V --version -h --help | | global
uv version,help,tree,export,generate-shell-completion | @uv -o> --output-file> --format= --depth= | =... | run
uv pip list,show,freeze,check,tree | @uv --format= | =... | run
uv pip install,uninstall,sync,compile | @uv -r< --requirement< -c< --constraint< -e= --editable= -t/ --target/
    --prefix/ -o> --output-file> --system!install-system --break-system-packages!install-system | =... | run send{pypi}
uv python list,find,dir | @uv | =... | run send{pypi}
uv python install,uninstall,pin,upgrade,update-shell | @uv | =... | run send{pypi}
uv tool list,dir | @uv | =... | run
uv tool install,uninstall,upgrade,update-shell | @uv | =... | run send{pypi}
uv tool run | @uv --from= | =... | run send{pypi} options-first !foreign-code
uv cache,self | * | =... | run
uv add,remove,sync,lock,init,venv,build,format,auth | @uv -r< --requirements< -o/ --out-dir/ --dev --optional= --name=
    | =... | run send{pypi}
uv run | @uv -m --module -s --script | =... | run send{pypi} options-first
uv publish | * | =... | run send{pypi} !publish
@poetry = * -C/ --directory/ -P/ --project/ -n --no-interaction -q --quiet -v -vv -vvv --dry-run:dry --with= --without=
    --only= -G= --group= -E= --extras= --source= --python= -f= --format= -o> --output>
poetry,pdm,hatch,rye,flit | @poetry -V --version -h --help | | global
poetry,pdm,hatch,rye,flit show,check,search,about,help,list,env,version,config,info,cache,source,status,dep,outdated |
    @poetry --tree -t -l --latest --outdated -T --top-level --local --list -i --path -e | =... | run
poetry,pdm,hatch,rye,flit install,add,remove,update,lock,sync,init,new,build,export,self,use,pin,fetch,make-req,import,
    venv,fix,plugin,python,completion,create,prune,cache,env,dep,clean,fmt,lint,test,tools,toolchain,script | @poetry |
    =... | run send{pypi}
poetry,pdm,hatch,rye run,shell | @poetry | {command} | run options-first
poetry,pdm,hatch,rye,flit publish | @poetry -u= --username= -p= --password= -r= --repository= | =... | run send{pypi}
    !publish
twine check | * | <... | run
twine upload,register | * -r= --repository= --repository-url{url} -u= -p= | <... | run send{pypi} !publish
conda,mamba,micromamba | -V --version -h --help -v
conda,mamba,micromamba list,info,search,help,config,compare,env,doctor,notices,package,repoquery,shell,activate,
    deactivate | * -n= --name= -p/ --prefix/ -e --envs --base --json --show --show-sources --get= -c= | =... | run
conda,mamba,micromamba config | * --add=!traffic --prepend=!traffic --append=!traffic --set=!traffic --remove= --show
    --show-sources --get= --file< --env --system | =... | run
conda,mamba,micromamba install,create,update,upgrade,remove,uninstall,clean,init,rename,self-update,build | * -n=
    --name= -p/ --prefix/ -c= --channel= -f< --file< --dry-run:dry -d:dry --override-channels | =... | run send{conda}
conda,mamba,micromamba env list,export,create,update,remove,config | * -n= --name= -p/ -f< --file< | =... | run
    send{conda}
conda,mamba,micromamba run | * -n= --name= -p/ --prefix/ --cwd/ --no-capture-output --live-stream | {command} | run
    options-first
easy_install,pip-compile,pip-sync,pip-audit,pip-review,pur,pipreqs,pyvenv,safety | * | =... | run send{pypi}
huggingface-cli,hf | --version -h --help
huggingface-cli,hf download,scan-cache,cache,env,version,whoami,models,datasets | * --token= --local-dir/ --include=
    --exclude= --revision= --repo-type= | =... | run send{huggingface}
huggingface-cli,hf upload,upload-large-folder,repo,repo-files,tag,delete-cache,lfs-enable-largefiles,jobs | * --token=
    | =... | run send{huggingface} !publish
huggingface-cli,hf login,logout,auth | * --token= | =... | run send{huggingface} !accounts

# --- Rust, Go, Ruby, PHP and others ------------------------------------------------------------------------------
@cargo = * -C/ --manifest-path= --config? --color= -Z= -q --quiet -v --verbose -vv --locked --offline --frozen -j=
    --jobs= --target= --target-dir/ --profile= --features= -F= -p= --package= --bin= --example= --test= --bench=
    --exclude= --message-format= --edition= --dry-run:dry -n:dry --vers= --version= --rev= --branch= --tag= --git=
    --path/ --index= --registry= --root/
cargo | @cargo -V --list --explain= -h --help | | global
cargo tree,metadata,version,help,locate-project,pkgid,read-manifest,verify-project,search,info,owner,report,audit,deny,
    outdated,machete,udeps,geiger,bloat,expand,asm | @cargo -d --duplicates -e= --edges= -i= --invert= --depth=
    --prefix= --format= --no-deps --format-version= --limit= --list | =... | run send{crates}
cargo build,b,check,c,test,t,run,r,bench,clean,doc,d,fix,fmt,clippy,rustc,rustdoc,nextest,miri,llvm-cov,tarpaulin,
    watch,make,leptos,tauri,wasi,wasm-pack,component,hack,insta,mutants,fuzz,criterion,package,vendor,
    generate-lockfile,config,flamegraph,dylint,careful,public-api,semver-checks,sqlx,shuttle,lambda,ndk,xtask,sort,
    msrv,dist,cross,trunk,generate | @cargo | =... | run options-first
cargo add,remove,rm,update,fetch,new,init,upgrade,edit,set-version,rm-feature | @cargo --lib --bin --name= --vcs=
    --edition= --aggressive --precise= --dev --build --optional --no-default-features --rename= | =... | run
    send{crates}
cargo install,binstall,uninstall,install-update | @cargo --git=!foreign-code --git{url}!foreign-code | =... | run
    send{crates}
cargo publish,yank,owner,release | @cargo -a= --add=!accounts -r= --remove=!accounts -l --list:dry --undo --token=
    --allow-dirty --no-verify | =... | run send{crates} !publish
cargo login,logout | @cargo | =... | run send{crates} !accounts
rustup | -V --version -v -q -h --help
rustup show,which,check,doc,help,man,completions | * --toolchain= | =... | run
rustup toolchain,target,component,override list | * --toolchain= --installed | =... | run
rustup update,upgrade,install,uninstall,default,toolchain,target,component,override,self,set | * --toolchain=
    --profile= -c= | =... | run send{rust}
rustup run | * --install | = {command} | run options-first
go
go version | -m -v | =... | run
go help,env,doc | -json -changed -u:run -w:run -all -c -cmd -short -src -http:run | =... | single-dash run
go list | -f= -json[=] -m -u:send -versions:send -e -deps -test -mod= -modfile= -tags= -find -compiled -export
    -retracted -race -reuse= -C/ | =... | run single-dash
go build,run,test,vet,fmt,generate,clean,fix,install,get,mod,work,tool,telemetry,bug | * -exec{sh} -toolexec{sh}
    -vettool{sh} -o> -C/ -mod= -modfile= -tags= -p= -gcflags= -ldflags= -asmflags= -overlay< -pkgdir/ -coverprofile>
    -cpuprofile> -memprofile> -blockprofile> -mutexprofile> -trace> -outputdir/ -run= -bench= -count= -timeout= -cpu=
    -parallel= -coverpkg= -covermode= -fuzz= -fuzztime= -shuffle= -skip= | =... | run send{go} single-dash
gofmt,goimports,gofumpt,golines | -l -w:edit -d -s -e -r= -cpuprofile> -local= -srcdir= -format-only -v -m= -extra |
    <... | single-dash
golangci-lint,staticcheck,govulncheck,gosec,revive,errcheck,gotestsum,gopls,dlv,gore,air,goreleaser,mage,task,mockgen,
    wire,sqlc,templ,ko,gox,delve | * --version version | =... | run send{go}
goreleaser release,publish | * --snapshot:safe --skip=(*publish*):safe --skip= | =... | run send !publish
gem | -v --version -h --help
gem search,outdated,query,stale,sources,server | * -a --add{url}!traffic -a{url}!traffic --remove= -c --clear-all
    --bind=!expose | =... | run send{rubygems}
gem list,ls,info,environment,env,contents,dependency,which,specification,help | * -a --all -d --details -l --local
    -r:send --remote:send -b:send --both:send -n= -v= --version= --add{url}!traffic -a{url} --remove= -c --clear-all |
    =...
gem install,i,update,uninstall,cleanup,pristine,fetch,unpack,build,cert,check,rebuild,rdoc,lock,mirror,generate_index |
    * -v= --version= -i/ --install-dir/ -n/ --bindir/ -s{url}!traffic --source{url}!traffic --clear-sources -P= -C/ |
    =... | run send{rubygems}
gem open | * -e{sh} --editor{sh} -v= | = | run
gem push,yank,owner | * -k= --key= --host{url} -a= --add=!accounts -r= --remove=!accounts | =... | run send{rubygems}
    !publish
gem signin,signout | * | =... | run send{rubygems} !accounts
bundle,bundler | -v --version -h --help | | run send{rubygems}
bundle,bundler list,show,info,outdated,check,config,env,help,platform,viz,doctor,version,licenses,cache,open,fund | *
    --path --name-only --gemfile< | =... | run
bundle,bundler install,update,add,remove,lock,package,pack,clean,init,gem,binstubs,inject,plugin,pristine,config | *
    --path/ --gemfile< -j= --jobs= --with= --without= --group= | =... | run send{rubygems}
bundle,bundler exec | * --gemfile< | {command} | run options-first
composer | -V --version -h --help -q -v -n -d/ --working-dir/ | | global
composer show,info,list,licenses,outdated,depends,why,prohibits,why-not,validate,check-platform-reqs,status,fund,
    diagnose,audit,browse,home,search,about,help,suggests,archive,completion | * --format= --tree -t -i --installed -D
    --direct | =... | run send{packagist}
composer install,update,require,remove,create-project,dump-autoload,dumpautoload,init,reinstall,upgrade,u,i,r,bump,
    self-update,selfupdate,clear-cache,clearcache,cc,config,global,run-script,run,exec,test,normalize | * --dry-run:dry
    | =... | run send{packagist} options-first
phive,pecl,pear | * | =... | run send{packagist}
luarocks,opam,cabal,stack,mix,rebar3,hex,nimble,zef,dub,shards,vcpkg,conan,spack,cpan,cpanm,cpm,carton,dart,flutter,
    pub,swift,pod,carthage,coursier,cs,cargo-binstall,elm,purs,spago,haxelib,raco,gleam,zig,nim,jpm,quicklisp,ghcup,
    rebar,tlmgr,choosenim,elan,lake,agda,idris2,roc,odin,v,hare | * --version -v -h --help | =... | run send{packages}
luarocks upload | * | =... | run send !publish
cabal upload | * | =... | run send !publish
mix hex.publish,hex.organization,hex.owner | * | =... | run send !publish
mix ecto.drop,ecto.reset,ecto.rollback | * | =... | run !db-destroy
dart,flutter pub publish | * -n:dry --dry-run:dry | =... | run send !publish
pod trunk,repo push | * | =... | run send !publish

# --- systems -----------------------------------------------------------------------------------------------------
@apt = * -q -qq -y --yes --assume-yes -o=? -c? -t= --target-release= --allow-unauthenticated!traffic -s:dry
    --simulate:dry --dry-run:dry --just-print:dry --no-act:dry --recon:dry --print-uris:dry -d --download-only
apt-get,apt,aptitude,nala | -v --version -h --help
apt,apt-get,aptitude,nala list,show,search,policy,depends,rdepends,showsrc,madison,pkgnames,moo,help,check,why,why-not,
    versions,showhold,history,indextargets | @apt --option=? --config-file=? -a --all-versions --installed --upgradable
    -n --names-only | =...
apt-cache,apt-file,apt-mark,apt-config,apt-show-versions,apt-rdepends | * -o=? --option=? --config-file=? -c? -n -f |
    =...
apt-mark hold,unhold,auto,manual,minimize-manual | * | =... | run !install-system
apt-file update | * | | run send{packages}
apt,apt-get,aptitude,nala update,upgrade,full-upgrade,dist-upgrade,safe-upgrade,install,reinstall,download,source,
    build-dep,autoremove,clean,autoclean,satisfy,dselect-upgrade,fetch,markauto,unmarkauto | @apt | =... | run
    send{packages} !install-system
apt,apt-get,aptitude,nala remove,purge,autopurge | @apt | =... | run !system
apt,apt-get edit-sources | * | =... | run !traffic
apt-key,add-apt-repository,apt-add-repository,apt-cdrom | list | =... | run send{packages} !traffic
apt-key add,adv,del,net-update,update | * | =... | run send{packages} !traffic
add-apt-repository,apt-add-repository | * -y -s= -n -r | =... | run send{packages} !traffic
dpkg-query,dpkg-deb,debconf-show,deborphan,debsums,dlocate | -l -L -s -S -W -p -c -I -f= -x? -X? -e? -R? -b? --list
    --listfiles --status --search --show -f --showformat= --admindir/ --contents --info --field --version --help
    -x{path}:run -X{path}:run --extract:run | =...
dpkg | -l --list -L --listfiles -s --status -S --search -p --print-avail --get-selections --print-architecture
    --print-foreign-architectures --compare-versions --audit -C -V --verify -I --info -c --contents -f --field
    --version --help --force-help --assert-support-predepends -i!install-system --install!install-system -r!system
    --remove!system -P!system --purge!system --unpack!install-system --configure!install-system -a --pending -R -G -E
    --force-all? --force-depends --force-confold --force-confnew --force-overwrite --add-architecture:run
    --remove-architecture:run --set-selections:run --clear-selections:run --root=? --instdir=? --admindir/ --no-act:dry
    --dry-run:dry --simulate:dry -x:run --extract:run -X:run | <...
dpkg -i,--install,-r,--remove,-P,--purge,--unpack,--configure | * --no-act:dry --dry-run:dry --simulate:dry
    -i!install-system --install!install-system --unpack!install-system --configure!install-system -r!system
    --remove!system -P!system --purge!system | <... | run
dpkg-reconfigure,dpkg-divert,dpkg-statoverride,update-alternatives,alternatives,debconf-set-selections,tasksel,
    unattended-upgrade,dpkg-trigger,debootstrap,dpkg-buildpackage,debuild,dpkg-architecture | * | =... | run !system
update-alternatives --list,--display,--query,--get-selections | --list --display --query --get-selections | =...
@dnf = * -y --assumeyes -q --quiet -v --verbose -C -c? --config? --enablerepo= --disablerepo= --repo= --repoid= -x=
    --exclude= --releasever= --setopt= --nogpgcheck!traffic --installroot/ --assumeno:dry --downloadonly
yum,dnf,microdnf,tdnf,zypper,rpm-ostree | --version -h --help
yum,dnf,microdnf,tdnf,zypper,rpm-ostree list,info,search,provides,whatprovides,repoquery,repolist,repoinfo,
    check-update,check,deplist,history,updateinfo,group,grouplist,groupinfo,module,help,se,if,lr,lu,repos,packages,
    patches,status,leaves,needs-restarting,db,compare,ls,lp,lt,what-provides,services | @dnf --installed --available
    --upgrades --all --extras --recent --whatrequires= --qf= --queryformat= | =... | run
yum,dnf,microdnf,tdnf,zypper,rpm-ostree install,update,upgrade,downgrade,reinstall,localinstall,groupinstall,
    distro-sync,makecache,clean,autoremove,builddep,download,mark,swap,in,up,dup,ref,refresh,patch,si,update-minimal,
    offline-upgrade,upgrade-minimal | @dnf | =... | run send{packages} !install-system
yum,dnf,microdnf,tdnf,zypper,rpm-ostree remove,erase,rm,groupremove | @dnf | =... | run !system
yum,dnf,microdnf,tdnf,zypper config-manager,copr,addrepo,ar,removerepo,rr,modifyrepo,mr,versionlock | @dnf | =... | run
    !traffic
rpm | -q:dry --query:dry -V:dry --verify:dry -K:dry --checksig:dry --version -h --hash -v -vv -a --all -f --file -p
    --package -i --info -l --list -R --requires --provides --changelog --scripts -c --configfiles -d --docfiles -s
    --state --last --queryformat= --qf= -U -F -e!system --erase!system --nodeps --force --import!traffic --eval? -E?
    --define=? -D=? --install --upgrade --freshen --root=? --dbpath=? --nosignature --nodigest --noscripts --test:dry
    --pipe? --percent --rebuilddb:run --initdb:run --whatrequires --whatprovides --triggers --obsoletes --conflicts
    --suggests --enhances --recommends --supplements | <... | run send{packages} !install-system
rpm2cpio,rpmbuild,rpmspec,rpmlint,createrepo,mock,createrepo_c | * | =... | run
apk | -V --version -h --help -U --update-cache --no-cache -q -v -X{url}!traffic --repository{url}!traffic
    --allow-untrusted!traffic -p/ --root/ | | global
apk info,list,search,policy,stats,version,audit,dot,verify,manifest,query | * | =...
apk add,update,upgrade,fix,fetch,cache,index | * -t= --virtual= -X{url}!traffic --repository{url}!traffic -s:dry
    --simulate:dry --allow-untrusted!traffic | =... | run send{packages} !install-system
apk del | * -s:dry | =... | run !system
pacman,yay,paru,pamac,makepkg,trizen | --version -h --help
pacman,yay,paru -Q,-T,-V,--query,--deptest | * -Q -T -V --query --deptest | =... | run
pacman,yay,paru,pamac -S,-U,-D,-F,--sync,--upgrade,--database,--files | * -S -U -D -F --sync --upgrade --database
    --files | =... | run send{packages} !install-system
pacman,yay,paru,pamac -R,--remove | * -R --remove | =... | run !system
makepkg,trizen | * | =... | run send{packages}
brew | -v --version -h --help
brew list,ls,info,abv,search,deps,uses,outdated,config,doctor,dr,leaves,desc,home,homepage,cat,log,commands,casks,
    formulae,options,missing,analytics,help,tap-info,shellenv,livecheck,readall,audit | * --json[=] --installed --all
    --cask --formula --versions -q -l -1 | =... | run
brew --prefix,--cellar,--cache,--repository,--env,--caskroom | --prefix --cellar --cache --repository --env --caskroom
    --installed | =... | run
brew install,reinstall,upgrade,update,cleanup,link,ln,unlink,pin,unpin,fetch,postinstall,autoremove,bundle,up,tests,
    test,migrate,style,switch,edit,create,extract,bump | * --cask --formula -n:dry --dry-run:dry | =... | run
    send{packages} !install-system
brew uninstall,remove,rm | * --cask --formula --force --zap | =... | run !system
brew tap,untap,developer,tap-new | * | =... | run send{packages} !traffic
brew services list,info | * | =... | run
brew services start,stop,restart,run,cleanup,kill | * | =... | run !service
snap,flatpak | --version version -h --help
snap,flatpak list,info,find,search,changes,tasks,interfaces,connections,services,known,remotes,remote-ls,remote-info,
    history,ps,logs,model,warnings,config,documents | * | =... | run
snap,flatpak install,refresh,update,revert,download,enable,set,unset,alias,save,start,restart | * --classic --channel=
    --dangerous!escape --devmode!escape --jailmode -y --assumeyes --user --system | =... | run send{packages}
    !install-system
snap,flatpak remove,uninstall,disable,stop,unalias,forget,delete,mask | * --purge | =... | run !system
snap,flatpak run | * --command= | =... | run
snap connect,disconnect | * | =... | run !privilege
flatpak override,permission-set,permissions,make-current,remote-add,remote-delete,remote-modify | * | =... | run
    !traffic
nix-env,nix-build,nix-store,nix-instantiate,nix-channel,nix-collect-garbage,home-manager,nixos-rebuild,guix,flox,devenv
    | * --version --help | =... | run send{packages}
nix-env -q,--query | * -q --query | =... | run
nix-store -q,--query | * -q --query | =... | run
nixos-rebuild switch,boot,test,dry-build,dry-activate,build | * | =... | run send{packages} !system
emerge,equery,eix,xbps-install,xbps-query,xbps-remove,pkg,pkg_add,pkg_info,pkgin,port,slackpkg,swupd,eopkg,opkg,ipkg,
    urpmi,cards,kiss,winget,choco,scoop,sbopkg,pkgutil,installer,mas | * --version -h --help | =... | run
    send{packages} !install-system
"""
