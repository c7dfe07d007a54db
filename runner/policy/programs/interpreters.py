r"""What interpreters of programming languages do: `TABLE`, in the notation of `notation.py`.

Rules that live here and nowhere else:

* A program text in the words (`-c`, `-e`) or on standard input is read by its language's reader; a file is executed
  as code of the workspace. Of languages without a reader every text is opaque.
* Words behind a program are the program's own: data here.
* A Python module is judged like the program of its name, where there is one; in any case it is code that runs, for a
  file of that name in the directory comes before the library's.
* What a project's own script is told to do is named where the words say it (`manage.py flush`).

Option lists are those of CPython 3.13, Perl 5.40, Ruby 3.3, Node 22, Deno 1.46, PHP 8.3 and Lua 5.4.

Not promised: that an interpreter's name means that interpreter of an ordinary installation.
"""

TABLE = r"""
# --- Python ------------------------------------------------------------------------------------------------------
@python = -bBdEhIOPqRsSuvx -i -W= -X= --check-hash-based-pycs= --help-env --help-xoptions --help-all -V --version -h
    --help
python#,pypy# | @python | {script} =... | stdin{python} options-first
    (*manage.py flush*|*manage.py sqlflush*|*manage.py reset_db*|*manage.py migrate * zero*|*dropdb*)!db-destroy
    (*manage.py runserver 0*|*manage.py runserver *:*0.0.0*)!expose (*setup.py upload*|*setup.py register*)!publish
python#,pypy# -c | @python -c{python}:end | =...
python#,pypy# -m | @python -m{module} | | run
python#,pypy# -V,--version,-h | @python
json.tool | --sort-keys --no-ensure-ascii --json-lines --indent= --tab --no-indent --compact | [<] [>]
http.server | -b=(127.*|localhost|::1):safe --bind=(127.*|localhost|::1):safe -b= --bind= -d/ --directory/ -p=
    --protocol= --cgi | [=] | run !expose
pip._internal,ensurepip | * | =... | run send{pypi}
venv,virtualenv,doctest,timeit,cProfile,profile,trace,pdb,py_compile,compileall,zipapp,tabnanny,dis,ast,tokenize,
    pickletools,inspect,site,sysconfig,calendar,this,antigravity,turtledemo,idlelib,tkinter,lib2to3,asyncio,build,
    wheel,setuptools,setuptools_scm,nltk.downloader,spacy,ipykernel,pip_audit,piptools | * | =... | run tame
zipfile,tarfile,quopri,uu | -l= -t= -e= -c= -d= -f --metadata-encoding= * | <... | run
ftplib,telnetlib,smtpd,smtplib,poplib,imaplib,nntplib,xmlrpc.server,webbrowser,socketserver,pyftpdlib | * | =... | run
    send{?} !expose
2to3,idle,python-config,python3-config | * | <... | run

# --- Perl --------------------------------------------------------------------------------------------------------
@perl = -acfhlnpsStTuUvVwWX -0123456789 -C[=] -D= -d[=]? -F= -i[=]:edit -I/ -x[=] --help --version
perl# | @perl -M=? -m=? | {script} =... | stdin{perl} options-first
perl# -e,-E | @perl -e{perl} -E{perl}
    -M=(strict|warnings|utf8|feature*|list::util*|data::dumper*|posix*|json::pp*|time::*|file::basename*)
    -M=(scalar::util*|mime::base64*|5.*|v5.*|-strict) -M=? -m=? | <... | options-first
perl# -v,-V,--version | -v -V[=] --version | =...
perl# -c | @perl -c -M=? -m=? | {script} =... | options-first
perldoc,podchecker,pod2text,pod2man,pod2html,pod2usage,corelist,h2xs,xsubpp,perlbug,perlivp,pl2pm,splain,zipdetails | *
    -o> | <... | run
cover,plackup,starman,hypnotoad,morbo,mojo,dancer2,catalyst | * | <... | run

# --- Ruby --------------------------------------------------------------------------------------------------------
@ruby = -acdhlnpsSvwWy -0123456789 -l -C/ -E= -F= -i[=]:edit -I/ -K= -T[=] -U -x[=] -X/ --copyright --debug --disable=
    --enable= --disable-gems --encoding= --external-encoding= --internal-encoding= --help --jit --yjit --verbose
    --version --yydebug --dump= --backtrace-limit= --parser= -W[=]
ruby# | @ruby -r=? | {script} =... | stdin{ruby} options-first
    (*rails db:drop*|*rails db:reset*|*rails db:migrate:reset*|*rails db:truncate*|*rails db:purge*)!db-destroy
ruby# -e | @ruby -e{ruby}
    -r=(json|yaml|set|date|time|csv|pp|digest|erb|ostruct|optparse|bigdecimal|English|securerandom|base64) -r=? | <...
    | options-first
ruby# -v,--version | -v --version
ruby# -c | @ruby -c | <... | options-first
irb,pry,jruby,truffleruby,mruby,crystal,erb | * -e? -r? --version -v | {script} =... | run options-first

# --- JavaScript --------------------------------------------------------------------------------------------------
@node = -i --interactive --input-type= --no-warnings --trace-warnings --trace-deprecation --trace-uncaught
    --enable-source-maps --max-old-space-size= --stack-size= --experimental-vm-modules --experimental-modules
    --experimental-specifier-resolution= --experimental-strip-types --experimental-transform-types --experimental-fetch
    --experimental-json-modules --experimental-test-coverage --no-deprecation --unhandled-rejections= --conditions= -C=
    --preserve-symlinks --preserve-symlinks-main --expose-gc --no-experimental-fetch --test-only --test-name-pattern=
    --test-reporter= --test-reporter-destination> --test-timeout= --test-concurrency= --watch --watch-path= --prof
    --cpu-prof --heap-prof --inspect[=](0.0.0.0*)!expose --inspect[=] --inspect-brk[=] --inspect-port= --env-file<
    --env-file-if-exists< --openssl-legacy-provider --dns-result-order= --permission --allow-fs-read= --allow-fs-write=
    --allow-child-process --no-network-family-autoselection --title= --trace-gc --abort-on-uncaught-exception
    --disable-warning= --icu-data-dir= --force-color --entry-url -r{script} --require{script} --import{script}
    --loader{script} --experimental-loader{script} -v --version -h --help --v8-options
node,nodejs | @node --run= | {script} =... | stdin{node} options-first no-clusters
node,nodejs -e,--eval,-p,--print,-pe,-ep | @node -e{node}:end --eval{node}:end -p{node}:end --print{node}:end
    -pe{node}:end -ep{node}:end | =... | no-clusters
node,nodejs -c,--check | -c --check | <... | no-clusters
node,nodejs -v,--version,-h,--v8-options | -v --version -h --v8-options | | no-clusters
node,nodejs --test | @node --test | <... | run no-clusters
node,nodejs --run | @node --run= | =... | run no-clusters
ts-node,tsx,esno,babel-node,swc-node,sucrase-node,coffee,vite-node,jiti | * -e? --eval? -p? --print? -r{script}
    --require{script} --import{script} -P= --project= --tsconfig= -O= -v --version -h --help | {script} =... |
    options-first alone?
bun | -h --help -v --version --revision --watch --hot --smol -e{node}:end --eval{node}:end -p{node}:end
    --print{node}:end -r{script} --preload{script} --inspect[=] --inspect-brk[=] --cwd/ -c< --config< --env-file<
    --silent -b --bun --port= --no-install --install= -i --prefer-offline --tsconfig-override< --define= -d= --filter=
    -F= --main-fields= --if-present | {script} =... | options-first alone?
bun run | * --cwd/ --filter= -F= --silent --watch --hot --bun -b --env-file< | =... | run options-first
bun test | * --timeout= -t= --preload{script} --coverage --coverage-reporter= --bail[=] -u --only --todo --rerun-each=
    | <... | run
bun build | * --outdir> --outfile> --target= --external= --format= --root/ --entry-naming= --define= --compile --minify
    --sourcemap[=] --splitting --watch --packages= --public-path= | <... | run
bun init,create,c | * | =... | run send{registry}
bun install,i,add,a,remove,rm,update,link,unlink,outdated,audit,patch,patch-commit,upgrade,info,why,feedback | * -g
    --global --cwd/ --registry{url}!traffic --dry-run:dry -D -d --dev --optional -E --exact | =... | run send{registry}
bun pm | * -g -a --all --destination/ --filename> --dry-run:dry --quiet --gzip-level= | =... | run
bun publish | * --access= --tag= --dry-run:dry --otp= | =... | run send{registry} !publish
bun x | * -p= --package= --bun | {command} | run send{registry} options-first !foreign-code
bun repl,exec | * | =... | run opaque
deno | -V:help -v:help --version:help -h:help -A -q --quiet -L= | {script} =... | options-first alone?
deno run,serve,test,bench,check,lint,fmt,compile,bundle,cache,doc,task,info,install,add,remove,outdated,update,init,
    vendor,coverage,repl,uninstall,clean,approve-scripts,types,completions,lsp,jupyter,x,upgrade,audit | * -c<
    --config< --import-map< --lock< -o> --output> -r[=] --reload[=] -L= --log-level= --cert< --filter= --ext= |
    {script} =... | run options-first send{registry}
deno lint,fmt,check,test,bench,doc,info,task,types,coverage | * -c< --config< --filter= --check | <... | run
deno eval | -p --print --ext= -c< -r[=] -T --ts -q | {node} =... | options-first
deno deploy,publish | * --dry-run:dry --token= | =... | run send{registry} !publish

# --- languages whose programs are not read -----------------------------------------------------------------------
php# | -n -c? -d=(memory_limit=*|display_errors=*|error_reporting=*|max_execution_time=*|xdebug.mode=*) -d? -q
    -f{script} -h --help -a? | {script} =... | options-first alone?
    (*artisan migrate:fresh*|*artisan migrate:reset*|*artisan migrate:refresh*|*artisan db:wipe*)!db-destroy
    (*doctrine:database:drop*|*doctrine:schema:drop*)!db-destroy
php# -r,-R,-B,-E | -n -c? -d?
    -r=(*fsockopen*|*stream_socket*|*socket_create*|*socket_connect*|*pfsockopen*)?!reverse-shell
    -r=(*base64_decode*|*gzinflate*|*str_rot13*|*gzuncompress*)?!obfuscated -r? -R? -B? -E? -F? | =... | options-first
php# -S,--server | -S=(localhost*|127.*) -S=!expose --server=(localhost*|127.*) --server=!expose -t/ --docroot/ -n -d?
    -c? | =... | run
php# -l,-w,-s | -l -w -s -n -f< --syntax-check | <... | no-clusters
php# -v,-i,-m,--version,--info,--modules,--ini,--rf,--rc,--re,--ri | -v -i!private -m --version --info --modules --ini
    --rf= --rc= --re= --ri= -n -d? -c?
lua#,luajit,texlua,tarantool,resty | -i -v -W -E -l? -e=(*socket*)?!reverse-shell -e? -b? -j= -O= - | {script} =... |
    options-first alone?
luac | -l -o> -p -s -v - | <... | run
Rscript,R,littler,radian | * -e? --slave --no-save --vanilla --quiet -f{script} --args --version | {script} =... |
    options-first alone?
R CMD | * | =... | run
julia | * -e? --eval? -E? --print? -L{script} --load{script} -p= -t= --threads= --project[=] -J= -C= -O= -H= -i -q
    --version -v -h | {script} =... | options-first alone?
octave-cli,scilab,gp,maple,mathematica,wolframscript,wolfram | * --eval? -c? -r? -f{script} --version | {script} =... |
    run options-first
java | * -cp= -classpath= --class-path= -jar{script} -D= -agentlib? -agentpath? -javaagent? --module-path= -p= -m=
    --module= --add-modules= --source= -version --version -Xmx= | =... | run options-first no-clusters
scala,kotlin,groovy,clojure,clj,bb,nashorn,jjs,jrunscript,jython,beanshell,bsh,frege,ceylon | * -e? -M? -X? --eval?
    -f{script} -cp= -classpath= -version --version | {script} =... | options-first alone? no-clusters
elixir,iex,erl,escript,lfe | * -e? --eval? -eval? -r{script} -S= -pa/ -s= -noshell -version --version | {script} =... |
    options-first alone? no-clusters
ghci,runghc,runhaskell,ocaml,ocamlrun,utop,racket,guile,guile3,mit-scheme,chicken,csi,gosh,chez,petite,scheme,sbcl,
    clisp,ecl,ccl,abcl,gforth,pforth,tclsh,wish,jimsh,osascript,picolisp,newlisp,janet,fennel,raku,perl6,gst,rexx,
    regina,swipl,gprolog,mozart,sml,dotnet-script,smalltalk,squeak,pike,slsh | * -e? --eval? -c? -E? -q -s{script}
    -l{script} --load{script} --script{script} -f{script} --version -v | {script} =... | options-first alone?
"""
