r"""What programs that read text do: `TABLE`, in the notation of `notation.py`.

Option lists are those of GNU coreutils 9, grep 3.8, ripgrep 14, sed 4.9, gawk 5, diffutils 3.8 and jq 1.7. A star means
that every other option only changes what is printed.
"""

TABLE = r"""
# --- whole files and parts of them ---------------------------------------------------------------------------------
cat,tac,nl,rev,paste,fold,fmt,expand,unexpand,od,strings,hexdump,hd,column,colrm,look | * | <... | filter
rev | * | <... | decode
head | * -n= --lines= -c= --bytes= -# | <... | filter
tail | * -n= --lines= -c= --bytes= --pid= -s= --sleep-interval= --max-unchanged-stats= -# +* | <... | filter
wc | * --files0-from< --total= | <...
cut | * -b= --bytes= -c= --characters= -d= --delimiter= -f= --fields= --output-delimiter= | <...
tr | * | = [=] | decode
nl | * -b= -d= -f= -h= -i= -l= -n= -s= -v= -w= --body-numbering= --section-delimiter= --footer-numbering=
    --header-numbering= --line-increment= --join-blank-lines= --number-format= --number-separator=
    --starting-line-number= --number-width= | <...
fold | * -w= --width= | <...
fmt | * -w= --width= -g= --goal= -p= --prefix= | <...
expand,unexpand | * -t= --tabs= | <...
paste | * -d= --delimiters= | <...
pr | * -D= -h= -i[=] -e[=] -l= -n[=] -N= -o= -s[=] -S[=] -w= -W= | <...
column | * -o= --output-separator= -s= --separator= -c= --output-width= --columns= -N= --table-columns= -O= -R= -T= -W=
    -H= -E= -d -n= --table-name= -J -r= -i= -p= --table-order= --table-right= --table-hide= --table-wrap= | <...
od | * -A= --address-radix= -j= --skip-bytes= -N= --read-bytes= -t= --format= -w[=] -S= --strings= | <...
hexdump,hd | * -e= -f< -n= -s= --length= --skip= --format= --format-file< | <...
xxd | -a -autoskip -b -bits -C -capitalize -c= -cols= -d -E -EBCDIC -e -g= -groupsize= -i -include -l= -len= -n= -name=
    -o= -p -ps -postscript -plain -r:decode -revert:decode -s= -seek= -u -upper -R= -v -h -version --version -help
    --help | [<] [>] | no-clusters
strings | * -n= --bytes= -t= --radix= -e= --encoding= -T= --target= -s= --output-separator= | <...
look | * -t= | = [<]
basenc,base32,base64 | * -d:decode -D:decode --decode:decode -w= --wrap= -i< -o> | [<]
md5sum,sha1sum,sha224sum,sha256sum,sha384sum,sha512sum | -b --binary -c --check --tag -t --text -z --zero
    --ignore-missing --quiet --status --strict -w --warn --help --version | <...
sum | * -l= --length= -a= --algorithm= | <...
shasum | * -a= --algorithm= | <...
md5 | * -s= | <...

# --- searching ---------------------------------------------------------------------------------------------------
@grep = * -e=:first --regexp=:first -f<:first --file<:first -m= --max-count= -A= --after-context= -B= --before-context=
    -C= --context= -# -d= --directories= -D= --devices= --include= --exclude= --exclude-from< --exclude-dir= --label=
    --binary-files= --color[=] --colour[=] -l:lists --files-with-matches:lists -L:lists --files-without-match:lists
grep,egrep,fgrep,zgrep,ggrep,pcregrep,pcre2grep | @grep | = <... | filter tame
grep,egrep,fgrep,ggrep,rgrep -r,-R,--recursive,--dereference-recursive | @grep -r -R --recursive --dereference-recursive
    | = <... | else{.} tame
rgrep | @grep | = <... | else{.} tame
rg | -e=:first --regexp=:first -f<:first --file<:first --files:first:lists -A= --after-context= -B= --before-context=
    -C= --context= -E= --encoding= -g= --glob= --iglob= -M= --max-columns= -m= --max-count= -d= --max-depth= --maxdepth=
    --max-filesize= -t= --type= -T= --type-not= --type-add= --type-clear= -r= --replace= -j= --threads= --sort= --sortr=
    --color= --colors= --context-separator= --field-context-separator= --field-match-separator= --path-separator=
    --ignore-file< --engine= --dfa-size-limit= --regex-size-limit= --hyperlink-format= --generate= --pre{sh}?
    --pre-glob= --hostname-bin{sh}? -z? --search-zip? -a --text -b --byte-offset -c --count --count-matches --column
    --crlf --debug -F --fixed-strings -L --follow -l:lists --files-with-matches:lists --files-without-match:lists -H
    --with-filename -h -I --no-filename --heading --no-heading --hidden -. -i --ignore-case --include-zero -v
    --invert-match --json -n --line-number -N --no-line-number -x --line-regexp --line-buffered --block-buffered --mmap
    --no-mmap --max-columns-preview -U --multiline --multiline-dotall --no-config --no-ignore --no-ignore-dot
    --no-ignore-exclude --no-ignore-files --no-ignore-global --no-ignore-messages --no-ignore-parent --no-ignore-vcs
    --no-messages --no-pcre2-unicode --no-unicode --unicode -0 --null --null-data --no-require-git --one-file-system -o
    --only-matching --passthru -P --pcre2 --pcre2-version -p --pretty -q --quiet -S --smart-case -s --case-sensitive
    --stats --stop-on-nonmatch --trace --trim --type-list -u --unrestricted --vimgrep -V --version -w --word-regexp
    --auto-hybrid-regex --no-hidden --ignore-file-case-insensitive --binary --help | = <... | else{.} filter
rg --files | --files:lists -g= --glob= --iglob= -t= --type= -T= --type-not= --hidden -. --no-ignore --no-ignore-vcs -u
    -uu -uuu -d= --max-depth= --sort= --sortr= -0 --null -L --follow -j= --threads= --color= --no-messages
    --ignore-file< | <... | else{.}
rg --type-list,--version,-V | --type-list --version -V
ag,ack | * --pager{sh}? -A= -B= -C= -G= -m= --ignore= --ignore-dir= -p< --path-to-ignore< -W= --depth= --ackrc?
    --output? --type= --ignore-ack-defaults -f -g= | = <... | else{.}
fd,fdfind | -H --hidden -I --no-ignore -u --unrestricted --no-ignore-vcs --no-ignore-parent -s --case-sensitive -i
    --ignore-case -g --glob --regex -F --fixed-strings -a --absolute-path -L --follow -p --full-path -0 --print0 --prune
    --show-errors -q --quiet -1 --strip-cwd-prefix[=] -h --help -V --version -d= --max-depth= --min-depth=
    --exact-depth= -E= --exclude= -t= --type= -e= --extension= -S= --size= --changed-within= --newer= --changed-before=
    --older= -o= --owner= --format= --max-results= -c= --color= -j= --threads= --ignore-file< --base-directory/
    --path-separator= --search-path< --one-file-system --and= --hyperlink[=] -x{found} --exec{found} -X{found}
    --exec-batch{found} -l? --list-details? | = <... | lists-names else{.}
jq | -c --compact-output -n --null-input -r --raw-output -j --join-output -a --ascii-output -s --slurp -S --sort-keys -C
    --color-output -M --monochrome-output -R --raw-input -e --exit-status --stream --stream-errors --seq --tab --indent=
    --unbuffered --raw-output0 --ascii --arg=:pair --argjson=:pair --args --jsonargs --slurpfile=:pair? --rawfile=:pair?
    -f<:first? --from-file<:first? -L? --library-path? -h --help -V --version --build-configuration --binary -b | {jq}
    <...
gron,yq,xq,htmlq,dasel | -h --help -V --version
yq | -i:edit --inplace:edit -r -e --exit-status -P --prettyPrint -o= --output-format= -p= --input-format= -j -y -n
    --null-input -N --no-doc -M -C -I= --indent= --raw-output -s? | = <... | (*load*|*env*|*system*)?
xmllint | --noout --format --nonet --xpath= --recover --huge --html --pretty= --encode= --c14n --debug --schema< -o>
    --output> | <...

# --- sorting and comparing ---------------------------------------------------------------------------------------
sort | -b -d -f -g -i -M -h -n -R -r -V -c -C -m -s -u -z -k= -t= -S= -T= -o> --key= --field-separator= --buffer-size=
    --temporary-directory= --output> --ignore-leading-blanks --dictionary-order --ignore-case --general-numeric-sort
    --ignore-nonprinting --month-sort --human-numeric-sort --numeric-sort --random-sort --random-source< --reverse
    --sort= --version-sort --batch-size= --check[=] --compress-program{sh}? --debug --files0-from< --merge --stable
    --parallel= --unique --zero-terminated --help --version | <... | filter
uniq | * -f= --skip-fields= -s= --skip-chars= -w= --check-chars= --group[=] --all-repeated[=] | [<] [>] | filter
shuf | * -e -i= --input-range= -n= --head-count= -o> --output> --random-source< -r -z | <... | filter
comm | * --output-delimiter= | < <
join | * -a= -e= -1= -2= -j= -o= -t= -v= | < <
tsort | * | [<]
diff | * -x= --exclude= -X< --exclude-from< -U= -C= --unified[=] --context[=] -W= --width= --label= -L= -I=
    --ignore-matching-lines= -F= --show-function-line= -S= --starting-file= --from-file< --to-file< --tabsize= -D=
    --ifdef= --color[=] --palette= --GTYPE-group-format= --line-format= --horizon-lines= -# --to-file< | < < | tame
diff3,colordiff | * -L= --diff-program{sh}? | < < [<]
cmp | * -n= --bytes= -i= --ignore-initial= | < < [=] [=]
vimdiff | * | <... | opaque
diffstat,lsdiff,filterdiff | -p= | <...
wdiff | -n -w= -x= -y= -z= -1 -2 -3 -i -s | < <

# --- editing streams ---------------------------------------------------------------------------------------------
sed,gsed | -n --quiet --silent -E -r --regexp-extended -u --unbuffered -z --null-data -s --separate --posix --debug
    --sandbox --follow-symlinks --binary -b -l= --line-length= -e{sed}:first --expression{sed}:first -f<?:first
    --file<?:first -i[=]:edit --in-place[=]:edit --help --version | {sed} <...
awk,gawk,mawk,nawk | -F= --field-separator= -v= --assign= -f<?:first --file<?:first -e{awk}:first --source{awk}:first -b
    -c -C -g -h -I -k -M -n -N -O -P -r -s -S -t -V -W? --characters-as-bytes --traditional --copyright --help --posix
    --re-interval --sandbox --version --csv --bignum --non-decimal-data --lint[=] -d[=]? -D[=]? -o[=]? -p[=]? -i? -l?
    -L[=] -E? --include? --load? --exec? --dump-variables[=]? --profile[=]? --pretty-print[=]? --debug[=]? | {awk} <...
    | options-first
tr | * | = [=] | decode
iconv | * -f= --from-code= -t= --to-code= -o> --output> | <...
dos2unix,unix2dos | -i -k -q -f -n? | <>...
envsubst | * | [=] | !private
bc | -l -q -s -w -i -h -v -e= -f< --mathlib --quiet --expression= --file< | <...
dc | * | <... | opaque
numfmt | * --format= --from= --to= -d= --field= --suffix= --padding= | =...
seq,expr,factor,yes,basename,dirname | * | =...
basename | * -s= --suffix= | =...
seq | * -f= --format= -s= --separator= | =...
spell,aspell,hunspell | * | <... | opaque
figlet,cowsay,lolcat | -h
less,more,most,pg | * -k? --lesskey-file? -o> -O> --log-file> --LOG-FILE> -T? +*? -p= -P= | <...
bat,batcat | -A -p --plain -l= --language= -n --number -f --style= --color= --theme= -r= --line-range= -H=
    --highlight-line= --wrap= --terminal-width= --tabs= --decorations= --paging=(never) --paging=? --pager? -P
    --list-languages -h --help -V --version | <...
man,apropos,whatis | -k -f -a -w -K -s= -S= -l<? -P? --pager? -H[=]? --html[=]? -C? -M? -X[=]? | =...
"""
