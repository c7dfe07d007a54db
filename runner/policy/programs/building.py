r"""What builders, test runners, checkers and formatters do: `TABLE`, in the notation of `notation.py`.

Rules that live here and nowhere else:

* All of these run code of the workspace: its build files, its tests, its plug-ins, its configuration. What they do is
  what the workspace says, so they execute; that is ordinary work, and never only reading.
* A checker that changes nothing is no exception: it loads the project's configuration and plug-ins.
* A target that publishes or deploys by its name (`mvn deploy`, `gradle publish`) is named as what it is.

Not promised: what a target of a Makefile or a script of a manifest does.
"""

TABLE = r"""
# --- build systems -----------------------------------------------------------------------------------------------
make,gmake,bmake | * -C/ --directory/ -f< --file< --makefile< -I/ --include-dir/ -j[=] --jobs[=] -l[=]
    --load-average[=] -o= --old-file= -W= --what-if= --new-file= --assume-new= -O[=] --output-sync[=] --eval? -E? |
    =... | run (*shell=*)?
    (publish|publish *|* publish|release|* release|deploy|deploy *|* deploy|*-deploy|deploy-*)!deploy
    (install|* install|install *|uninstall|* uninstall)!install-system
cmake | * -S/ -B/ -G= -D= -U= -A= -T= -C< -P{script} --build/ --install/ --target= -t= --config= -j[=] --parallel[=]
    --preset= --prefix= --component= --toolchain< --install-prefix= --graphviz> --log-level= --open/ --find-package |
    =... | run
cmake -E | * -E | = {command} | run options-first
cmake -E rm,remove,remove_directory,cat,copy,copy_directory,make_directory,echo,env,touch,rename,compare_files,md5sum,
    sha256sum,tar,time,true,false,sleep,capabilities,environment,chdir,create_symlink | * -E | <... | run
ctest,cpack,ninja,samu,meson,muon,scons,waf,xmake,premake5,qmake,gn,buck,buck2,pants,please,plz,bazel,bazelisk,blaze,
    tup,redo,ant,earthly,just,jake,invoke,inv,doit,cake,grunt,gulp,autoreconf,autoconf,automake,aclocal,libtool,
    libtoolize,autoheader,pkg-config,pkgconf,ccache,distcc,sccache,bear,compiledb,dh_make,bjam,nx,turbo,lerna,rush,
    lage,wireit,moon,changeset,tox,nox,hatchling,maturin,cython,f2py,swig,bindgen,cbindgen,flex,bison,yacc,lex,gperf,
    ragel,re2c,antlr4,protoc,thrift,capnp,flatc,buf | * -C/ -f< -j= -k= -t= -d= -s= -v --version --help | =... | run
    (publish|publish *|* publish|release|* release|deploy|deploy *|* deploy|*:deploy|deploy:*)!deploy
bazel clean | * | =... | run
bazel,just,invoke,inv deploy,publish,release | * | =... | run !deploy
gradle,gradlew | * -b< --build-file< -c< --settings-file< -p/ --project-dir/ -x= --exclude-task= -D= -P= -I?
    --init-script? --include-build/ -g/ --gradle-user-home/ --console= --tests= --max-workers= -F=
    --write-verification-metadata= --project-cache-dir/ -m:dry --dry-run:dry | =... | run send{packages}
    (publish*|*:publish*|* publish*|uploadarchives*|*deploy*|*release*|*closeandreleaserepository*)!publish
mvn,mvnw,mvnd | * -f< --file< -pl= --projects= -P= --activate-profiles= -D= --define= -s< --settings< -gs< -t= -T=
    --threads= -rf= --resume-from= -l> --log-file> -b= -emp= -ep= --non-recursive | =... | run send{packages}
    no-clusters
    (deploy|* deploy|deploy *|* deploy *|deploy:*|*release:*|*nexus-staging:*|site-deploy|*:deploy*)!publish
sbt,mill,lein,leiningen,boot,bleep,scala-cli,amm | * | =... | run send{packages}
    (publish*|* publish*|*release*|*deploy*)!publish
dotnet | -h --help --info --version --list-sdks --list-runtimes -d --diagnostics --additionalprobingpath/
    --roll-forward= | [{script}] =... | run options-first
dotnet build,run,test,publish,restore,clean,pack,new,add,remove,list,sln,tool,workload,format,watch,store,help,msbuild,
    vstest,build-server,sdk,dev-certs,user-secrets,ef,script,package,reference,nuget,fsi,csi,solution,search,project |
    * -c= --configuration= -f= --framework= -r= --runtime= -o/ --output/ -v= --verbosity=
    --source=(https://api.nuget.org*) --source{url}!traffic -p= -n= --name= --project= --startup-project= --context=
    --filter= --logger= | =... | run send{nuget}
dotnet ef database drop | * -c= --context= --project= | | run !db-destroy
dotnet ef database,dbcontext,migrations update,add,remove,list,script,info,scaffold,optimize,bundle | * -c= --context=
    -p= --project= -s= --startup-project= -o> --output> | =... | run
nuget push,delete,setapikey | * | =... | run send{nuget} !publish
dotnet nuget push,delete | * | =... | run send{nuget} !publish
nuget restore,install,list,pack,search,sources,locals,update,verify,config,help,spec | * | =... | run send{nuget}
msbuild,xbuild,csc,mcs,vbc,fsc,fsharpc,mono,xcodebuild,xcrun,swiftc,codesign,lipo,otool,ibtool,actool,agvtool,altool,
    notarytool | * -version --version | =... | run

# --- compilers ---------------------------------------------------------------------------------------------------
gcc,g++,cc,c++,clang,clang++,cpp,gfortran,g77,tcc,icc,icx,icpx,nvcc,hipcc,emcc,em++,x86_64-linux-gnu-gcc,
    aarch64-linux-gnu-gcc,arm-none-eabi-gcc,arm-linux-gnueabihf-gcc,i686-w64-mingw32-gcc,x86_64-w64-mingw32-gcc,
    musl-gcc,ifort,flang,gdc,gnat,gnatmake,ldc2,dmd,rustc,ghc,ocamlopt,ocamlc,ocamlfind,fpc,nasm,yasm,as,gas,ld,lld,
    gold,mold,ld.lld,javac,kotlinc,scalac,groovyc,ecj,erlc,elixirc,valac,iverilog,verilator,ghdl,yosys,solc,vyper,tsc,
    tsgo,swc,esbuild,rollup,webpack,parcel,vite,babel,sass,lessc,stylus,postcss,uglifyjs,terser,browserify,tsup,ncc,
    wasm-pack,wasm-ld,wat2wasm,wasm2wat,wasm-opt,glslc,glslangvalidator,pdflatex,xelatex,lualatex,latex,tex,pdftex,
    bibtex,biber,latexmk,makeindex,dvips,dvipdf,tectonic,typst,pandoc,asciidoctor,sphinx-build,mkdocs,jekyll,hugo,
    eleventy,gatsby,docusaurus,gitbook,doxygen,javadoc,jsdoc,typedoc,pdoc,pydoc,rst2html,moc,uic,rcc,windres,objcopy,
    strip,ranlib,patchelf,install_name_tool,chrpath,upx,dlltool | * --output> -o> -shell-escape? --shell-escape?
    -write18? -enable-write18? --version -v -wrapper{sh} -Xlinker= -MF> -MT= -D= -I= -L= -l= -x= -include< -std=
    -target= --target= -T< -isystem= -B/ -processor? -processorpath? --processor-path? -cp= -d/ -classpath=
    --crate-type= --edition= -C= --emit= -W= -f= -m= -O= --plugin? -fplugin? --filter{script} -F{script}
    --lua-filter{script} --pdf-engine= --pdf-engine-opt= | <... | run no-clusters
gcc,g++,cc,c++,clang,clang++,rustc,javac,ghc,tsc,nvcc,gfortran | * --version -v -V -version -dumpversion -dumpmachine
    -o> -c -g -p -wrapper{sh} -fplugin? -processor? -processorpath? --processor-path? -MF> -MT= -D= -I= -L= -l= -x=
    -include< -std= -isystem= -B/ -T< -d/ -cp= -classpath= -C= --output> --outDir= --outFile> --project= -Xlinker=
    -target= --target= --crate-type= --edition= --emit= --out-dir/ | <... | run no-clusters
ghc -e | * -e= | =... | run opaque no-clusters
latexmk | * -e=? -r=? -pdflatex=? -latex=? -xelatex=? -lualatex=? -dvips=? -ps2pdf=? -usepretex=? -shell-escape?
    --shell-escape? | <... | run no-clusters
rustc --version,-V,-vV,--explain | --version -V -vV -v --verbose --explain= | | no-clusters
addr2line,c++filt,dwarfdump,llvm-objdump,llvm-readelf,llvm-nm,elfedit,javap |
    -aAbBcCdDeEfgGhHiIlLmMnNopPqrRsStTuUvVwWxXyYzZ --version --help --demangle[=] --disassemble[=] --section= -j=
    --source --headers --all-headers --syms --dynamic-syms --reloc --full-contents --segments --relocs --dynamic
    --notes --symbols --wide --dyn-syms --defined-only --undefined-only --size-sort --numeric-sort --print-size
    --start-address= --stop-address= --line-numbers --no-show-raw-insn --prefix-addresses --dwarf[=] --file-headers
    --section-headers --program-headers --string-dump= --hex-dump= --relocated-dump= --unique --radix= --format=
    --common --inlines --functions --exe= --verbose --unused --data-relocs --function-relocs --architecture= --target=
    --no-addresses --visualize-jumps[=] | <...
elfedit,patchelf,strip,objcopy,upx,chrpath | * -o> --output> --add-section= --remove-section= | <>... | run
valgrind,rr,heaptrack,kcov,lcov,gcov,gcovr,genhtml,llvm-cov,llvm-profdata,ubsan,drmemory,callgrind_annotate | * -o>
    --output> -p!escape --pid!escape -x< -ex? --eval-command? --args -batch | =... | run options-first

# --- tests -------------------------------------------------------------------------------------------------------
pytest,py.test,jest,vitest,mocha,ava,jasmine,karma,cypress,playwright,nightwatch,testcafe,wdio,tap,tape,nyc,c8,
    coverage,nose2,nosetests,behave,robot,lettuce,stestr,green,ward,rspec,cucumber,minitest,phpunit,pest,codecept,
    behat,phpspec,bats,shellspec,shunit2,busted,prove,trial,go-junit-report,ginkgo,artillery,locust,testem,ember,detox,
    maestro,stryker,mutmut,cosmic-ray,roundup,cargo-nextest,storybook,chromatic,percy,backstop,lighthouse,pa11y,newman,
    dredd,schemathesis,inspec,goss,testinfra,ctest3 | * -c< --config< --rootdir/ -k= -m= -p= -n= -x -o= -W= --ignore=
    --deselect= --junitxml> --junit-xml> --cov[=] --cov-report= --cov-config< --tb= --basetemp> --log-file>
    --outputFile> --output> --reporter= --testNamePattern= -t= --testPathPattern= --maxWorkers= --maxfail= --durations=
    --color= --timeout= --seed= | <... | run tame

# --- checkers and formatters -------------------------------------------------------------------------------------
eslint,oxlint,tslint,jshint,jslint,standard,xo,semistandard,stylelint,htmlhint,htmllint,csslint,sass-lint,prettier,
    biome,dprint,rome,ruff,black,blue,yapf,autopep8,isort,autoflake,pyupgrade,docformatter,ufmt,usort,mypy,dmypy,
    pyright,basedpyright,pytype,pyre,ty,flake8,pycodestyle,pyflakes,pydocstyle,pylint,prospector,bandit,vulture,radon,
    xenon,mccabe,interrogate,import-linter,lint-imports,deptry,semgrep,sonar-scanner,rubocop,standardrb,reek,brakeman,
    erb_lint,haml-lint,slim-lint,fasterer,solargraph,sorbet,srb,steep,phpcs,phpcbf,php-cs-fixer,phpstan,psalm,phan,
    phpmd,pint,rector,clang-format,clang-tidy,clang-check,clangd,cppcheck,cpplint,iwyu,include-what-you-use,oclint,
    uncrustify,astyle,indent,rustfmt,ktlint,detekt,google-java-format,checkstyle,pmd,spotbugs,scalafmt,scalafix,
    scalastyle,swiftlint,swiftformat,shellcheck,shfmt,checkbashisms,shellharden,yamllint,yamlfmt,actionlint,jsonlint,
    taplo,tomll,markdownlint,markdownlint-cli2,mdl,remark,vale,proselint,write-good,alex,cspell,codespell,typos,
    misspell,textlint,sqlfluff,sqlfmt,pg_format,sql-lint,squawk,protolint,spectral,redocly,commitlint,gitlint,
    editorconfig-checker,eclint,lizard,cloc,tokei,scc,sloccount,gocyclo,jscpd,knip,depcheck,madge,npm-check,
    npm-check-updates,ncu,license-checker,license-checker-rseidelsohn,vue-tsc,svelte-check,tsd,type-coverage,nixfmt,
    alejandra,statix,deadnix,stylua,luacheck,selene,credo,dialyzer,ormolu,fourmolu,hlint,stylish-haskell,elm-format,
    elm-test,fantomas,csharpier,perltidy,perlcritic,tidy,djlint,curlylint,erblint,ameba,hclfmt,pyroma,check-manifest,
    restructuredtext-lint,doc8,rstcheck,codeclimate,megalinter,gitleaks,trufflehog,detect-secrets,git-secrets,talisman,
    nancy,osv-scanner,dependency-check,retire,cyclonedx-py,lint-staged,pre-commit,prek,lefthook,husky,overcommit | *
    -c< --config< --config-file< --rcfile< -o> --output> --output-file> --outfile> -f= --format= --select= --ignore=
    --exclude= --extend-exclude= --line-length= -l= --target-version= --python-version= --rules= --rule= --ext=
    --parser= --plugin= --plugins= --level= --severity= --max-line-length= --max-warnings= -j= --jobs= --disable=
    --enable= --notes= -m= -p= --module= --package= --stdin-filename= --cache-location> --cache-dir/ --ignore-path<
    --resolve-plugins-relative-to/ --rulesdir/ --rules-dir/ -r= | <... | run tame
shellcheck | -aVxh -C[=] --color[=] -e= --exclude= -f= --format= -i= --include= -o= --enable= -s= --shell= -S=
    --severity= -W= --wiki-link-count= -P= --source-path= --norc --rcfile< --list-optional --version --check-sourced
    --external-sources --extended-analysis= | <...
cloc | --by-file --by-file-by-lang --csv --json --yaml --xml --md --quiet --hide-rate --exclude-dir= --exclude-ext=
    --include-ext= --include-lang= --exclude-lang= --version --help --fullpath --match-f= --not-match-f= --not-match-d=
    --max-file-size= --timeout= --processes= --skip-uniqueness --show-lang --show-ext --out> --report-file> | <... |
    else{.}
tokei | -f --files -C --compact -o= --output= -t= --type= --types= -e= --exclude= -s= --sort= -c= --columns=
    --no-ignore --no-ignore-parent --no-ignore-dot --no-ignore-vcs --hidden -l --languages -n= --num-format= -i=
    --input= -v --verbose -V --version -h --help -r= --rsort= | <... | else{.}
scc | --by-file -a -f= --format= -o> --output> --no-cocomo -s= --sort= -w --wide -M= --not-match= --exclude-dir= -i=
    --include-ext= -x= --exclude-ext= -l --languages --no-complexity --no-duplicates -v --verbose --version -h --help |
    <... | else{.}
sloccount | --wide --details --addlangall --follow --duplicates --crossdups | <... | run
pre-commit,prek run,validate-config,validate-manifest,try-repo,sample-config,help,hook-impl,hazmat | * -c< --config<
    --files= -a --all-files --hook-stage= --from-ref= --to-ref= | =... | run
pre-commit,prek install,install-hooks,uninstall,autoupdate,clean,gc,migrate-config,init-templatedir,update | * -c<
    --config< -t= --hook-type= | =... | run send
lefthook,husky install,uninstall,add,init,set | * | =... | run

# --- running a project -------------------------------------------------------------------------------------------
next,nuxt,nuxi,astro,gatsby,remix,svelte-kit,ng,vue,vue-cli-service,react-scripts,quasar,ionic,cordova,electron,
    electron-builder,electron-forge,tauri,nodemon,ts-node-dev,concurrently,npm-run-all,run-s,run-p,wait-on,pm2,forever,
    http-server,live-server,serve,json-server,browser-sync,tailwindcss,dotenv,flask,django-admin,uvicorn,gunicorn,
    hypercorn,daphne,celery,rq,dramatiq,airflow,dagster,prefect,luigi,dbt,streamlit,gradio,jupyter,jupyter-lab,
    jupyter-notebook,ipython,ipython3,marimo,papermill,scrapy,mlflow,wandb,tensorboard,accelerate,torchrun,deepspeed,
    horovodrun,ray,dask,spark-submit,pyspark,spark-shell,snakemake,nextflow,cwltool,puma,unicorn,thin,rackup,foreman,
    overmind,hivemind,honcho,sidekiq,artisan,wp,drush,jbang,quarkus,mn,grails,jhipster,jar,jdeps,jlink,jpackage,jshell,
    keytool,jarsigner,jmap,jcmd,octave,sage,maxima,matlab,ngspice,godot,blender,cookiecutter,copier,yo,degit,plop,
    hygen,create-react-app,openapi-generator,swagger-codegen,graphql-codegen,watchexec,pdp11 | * -o> --output> -c= -p=
    --port= | =... | run
ffmpeg,sox,lame,flac,oggenc,mencoder,magick,convert,mogrify,composite,montage,inkscape,rsvg-convert,cwebp,dwebp,
    optipng,pngquant,jpegoptim,svgo,gifsicle,ps2pdf,pdftk,qpdf,pdftoppm,pdfunite,pdfseparate,wkhtmltopdf,weasyprint,
    libreoffice,soffice,unoconv,tesseract,ocrmypdf,img2pdf,mutool,mermaid,mmdc,ditaa,openscad,gnuplot,qemu-img,
    plantuml,exiv2 | * -i< -o> --output> -vf= -f= -c= -r= -s= -t= -ss= -to= -b= -resize= -quality= -density= -crop=
    --outdir/ --convert-to= -map= -filter_complex= -codec= -crf= -preset= -ar= -ac= -pix_fmt= -format= -geometry=
    -background= -l= --psm= --oem= | <>... | run single-dash
dot,neato,fdp,sfdp,twopi,circo | * -o> -T= -G= -N= -E= -K= -O:edit -l= -s= | <... | run
gs | * -sOutputFile> -sOutputFile=> -o> -dNOSAFER? -c? | <... | run single-dash
jupyter,jupyter-lab,jupyter-notebook,flask,uvicorn,gunicorn,http-server,live-server,streamlit,tensorboard,json-server,
    serve | * --ip=(0.0.0.0|[*]|::)!expose --ip= --host=(0.0.0.0|::)!expose --host= -h=(0.0.0.0)!expose -h=
    -b=(0.0.0.0*)!expose -b= --bind=(0.0.0.0*)!expose --bind= --bind_all!expose -a=(0.0.0.0)!expose -a= -p= --port= -c=
    | =... | run
identify,ffprobe | -version --version -ver -verbose -format= -ping -v= -i< -show_format -show_streams -of=
    -print_format= -show_entries= -select_streams= -hide_banner -loglevel= | <... | single-dash run
exiftool | * -config? -o> -execute? -if? -@? -stay_open? | <>... | run single-dash
jps,jstat,jinfo,jstack | * | =... | run
pdftotext | -f= -l= -r= -x= -y= -W= -H= -layout -raw -nopgbrk -htmlmeta -tsv -bbox -bbox-layout -enc= -eol= -opw= -upw=
    -q -v -h -listenc -nodiag -fixed= -cropbox -colspacing= | < > | single-dash
pdfinfo,pdffonts,pdfsig | * -f= -l= -opw= -upw= | < | single-dash
pdfimages,pdfdetach | * -f= -l= -o> -list:dry | < {prefix} | single-dash
"""
