r"""What the shell's own commands do, and programs that are shells: `TABLE`, in the notation of `notation.py`.

`cd` and its kin are followed by the reader of scripts, which knows the directory of every command; here they only
read it. Builtins that change what later words mean are opaque where the reader does not follow them.
"""

TABLE = r"""
# --- nothing but an answer -------------------------------------------------------------------------------------------
:,true,false | * | =...
echo | * | =...
printf | -v{name} | =... | options-first tame
test,[,[[ | -a -b -c -d -e -f -g -h -k -p -r -s -t -u -w -x -G -L -N -O -S -n -z -o -eq -ne -lt -le -gt -ge -ef -nt -ot
    -v{name} -R{name} ! \( \) | =... | single-dash tame
pwd | -L -P
type | -a -f -P -p -t | =...
hash | -l -t -r -d -p? | =... | opaque
help,compgen | -d -m -s | =...
help | -d -m -s | =...
times,caller,dirs,jobs,history | -l -n -p -r -s -v | [=]
history | -c!guard -d=!guard -w!guard -a!guard -r? -n? -s? -p? | [=]
umask | -p -S | [=]
ulimit | -a -S -H -c -d -e -f -i -l -m -n -p -q -r -s -t -u -v -x -b -k -P -R -T | [=]
wait,fg,bg,disown | * | =...
fg,bg,disown | * | =... | opaque
sleep | --help --version | =...
getopts | | = {name} =...
shift,break,continue | | [=]
return | | [=]
exit,logout | | [=] | run
suspend | * | | opaque

# --- where it stands --------------------------------------------------------------------------------------------------
cd | -L -P -e -@ | [<] | else{~}
pushd,popd | -n | [<] | opaque

# --- variables -------------------------------------------------------------------------------------------------------
export | -n -p -f? | {set}... | bare!private
export -p | -p | | !private
declare,typeset,local | -a -A -g -I -l -u -r -x -t -p -i? -n? -f? -F +* | {set}... | bare!private
declare,typeset -p,-x | -a -A -g -I -l -u -r -x -t -p | {set}... | alone!private
readonly | -a -A -p -f? | {set}...
unset | -f -v -n | {name}...
set | -e -u -v -x -h -n? -E -B -C -H -P -T -b -m -f -k? -a? -p? -t?
    -o=(errexit|pipefail|nounset|xtrace|verbose|noglob|noclobber) -o? +e +u +x +v +E +f +o +h | =... | bare!private
read | -r -s -e -a{name} -d= -i= -n= -N= -p= -t= -u= | {name}...
mapfile,readarray | -t -d= -n= -O= -s= -u= -C? -c= | [{name}]
let | | =... | opaque
shopt | -s -u -p -q -o | =... | (*alias*|*compat*|*login*|*restricted*|*lastpipe*|*source*|*hist*|*prog*)?
bind,complete,compopt,enable | * | =... | opaque
alias,unalias | -a -p -t | =... | opaque
alias | -p

# --- code -------------------------------------------------------------------------------------------------------------
eval | | {sh}... | options-first
source,. | | {script} =...
trap | -l -p -P | {sh} =...
trap -l,-p | -l -p | =...
exec | -c -l -a= | {command}
command | -p | {command} | transparent
command -v,-V | -v -V -p | =...
builtin | | {command} | transparent
noglob | | {command} | transparent
coproc | | {command}

# --- shells -----------------------------------------------------------------------------------------------------------
@shell = -e -u -x -v -f -E -B -C -H -P -T -a -b -h -k -m -p -t -l -i -r -D --login --posix --norc --noprofile
    --noediting --restricted --verbose --rcfile{script} --init-file{script} -O= -o= +O= +* --debugger? --dump-strings -D
sh,bash,dash,ash,ksh,mksh,rbash | @shell | {script} =... | stdin{sh} options-first
sh,bash,dash,ash,ksh,mksh,rbash -s | @shell -s | =... | input{sh} options-first
sh,bash,dash,ash,ksh,mksh,rbash -c | @shell -c -s | {sh} =... | options-first
sh,bash,dash,ash,ksh,mksh,rbash -n | @shell -n | <... | options-first
sh,bash,dash,ash,ksh,mksh,rbash --version,--help | --version --help
zsh | @shell -o= -d | {script} =... | stdin{sh} options-first
zsh -c | @shell -c -s -o= -d | {sh} =... | options-first opaque
zsh --version,--help | --version --help
fish | -i -l -N -P | {script} =... | stdin{sh} options-first opaque
fish -c,--command,-C,--init-command | -c{sh}? --command{sh}? -C{sh}? --init-command{sh}? -i -l -N | =...
fish,tcsh,csh,elvish,nu,pwsh,powershell,xonsh,osh,oil | * | =... | opaque
"""
