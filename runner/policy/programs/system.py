r"""What programs that show or change the state of the system do: `TABLE`, in the notation of `notation.py`.

Option lists are those of procps 4, util-linux 2.38, iproute2 6, net-tools 2 and coreutils 9. What these programs show
of processes and the network is not a file; it is not listed as read.
"""

TABLE = r"""
# --- the machine, its users, its time --------------------------------------------------------------------------------
uname,nproc,uptime,whoami,logname,who,w,groups,id,tty,free,vmstat,iostat,mpstat,lscpu,lsmem,lsusb,lspci,lsblk | * | =...
arch | *
free | * -s= --seconds= -c= --count= | =...
lsmod,lsipc,lsns,lslocks,getconf,locale,tput,hostid,sw_vers,systemd-detect-virt | * | =...
tput | cols lines colors sgr0 bold | =...
getent shadow,gshadow | * | =... | !secrets
hostname,hostnamectl | -a -A -d -f -i -I -s -y --alias --all-fqdns --all-ip-addresses --domain --fqdn --long
    --ip-address --short --yp --nis -v -V -h --help --version
hostname | -a -A -d -f -i -I -s -y --alias --all-fqdns --all-ip-addresses --domain --fqdn --long --ip-address --short
    -F<? -b? | =!system...
date | -d= --date= -f<? --file<? -I[=] --iso-8601[=] -R --rfc-email --rfc-3339= -r< --reference< -u --utc --universal
    -s!system --set!system --debug --resolution --help --version +* -j | =!system...
hwclock,timedatectl,ntpdate | * | =... | !system run
timedatectl status,show | * | =...
last,lastlog,lastb | * -n= -f< | =...
usleep | | =
stty | -a --all -g | =...
lsof | -i[=] -p= -u= -c= -d= -F[=] -g[=] -o[=] -r[=]? -s[=] -S[=] -T[=] -x[=] -D? -m? -k? +D< +d< +L +f +c +m? +r? -a -n
    -P -t -U -l -R -b -C -M -N -O -V -v -w -X -z | {path}...
fuser | -a -u -v -n= -m -M -s -l -4 -6 -V --verbose --list-signals | {path}...
fuser | -k!kill --kill!kill -a -u -v -n= -m -M -s -w -i -l -4 -6 -V -# -HUP -TERM -KILL -INT | {path}... | no-clusters

# --- processes ---------------------------------------------------------------------------------------------------
ps | -A -a -d -N -e -f -F -j -l -L -m -M -T -w -y -c -H -V -p= -q= -C= -G= -g= -s= -t= -u= -U= --pid= --ppid= --user=
    --User= --Group= --group= --tty= --sid= --quick-pid= --sort= --forest --no-headers --no-heading --headers --cols=
    --columns= --width= --rows= --lines= --context --deselect --info --help[=] --version -# -o= -O= --format= -Z | =...
    | (*e*)!private
ps | -A -a -d -N -e -f -F -j -l -L -m -M -T -w -y -c -H -V -p= -q= -C= -G= -g= -s= -t= -u= -U= --pid= --ppid= --user=
    --User= --Group= --group= --tty= --sid= --quick-pid= --sort= --forest --no-headers --no-heading --headers --cols=
    --columns= --width= --rows= --lines= --context --deselect --info --help[=] --version -# -o= -O= --format= -Z | =...
    | ([aelfjmrstuvwx0-9]*e*)!private
pgrep | -d= -g= -G= -P= -s= -t= -u= -U= -F< -r= -n -o -a -f -l -i -x -v -c -w -L -A --delimiter= --pidfile< --parent=
    --euid= --uid= --group= --session= --terminal= --nslist= --ns= -O= --older= --full --list-name --list-full
    --ignore-case --exact --newest --oldest --inverse --count | =...
pidof | -s -c -q -w -x -z -o= -S= -t | =...
pwdx,pmap | * | =...
top,htop,atop,btop,glances | -b -n= -p= -u= -U= -d= -o= -c -H -i -s -S -w[=] -1 -e= -E= -v -h | | opaque
kill | -l[=] -L -# -s= --signal= -n= -q= -HUP -INT -TERM -KILL -QUIT -STOP -CONT -USR1 -USR2 -SIGHUP -SIGINT -SIGTERM
    -SIGKILL -SIGSTOP -SIGCONT | =... | no-clusters run (* -1|* -1 *|1|* 1|0|* 0)!outage
kill -l,-L | -l -L | =...
kill -0 | -0 | =... | no-clusters
killall,killall5,skill,snice | * -s= -u= -g -o= -y= | =... | run !kill
pkill | * -s= -g= -G= -P= -t= -u= -U= -F< | =... | run !kill
renice | * | =... | run
strace,ltrace,perf,gdb,lldb | * | =... | opaque
strace,ltrace | -f -ff -c -C -q -t -tt -T -v -x -y -i -r -e= -o> -p= -s= -S= -u= -P= -E? | {command} | no-clusters
dmesg | -C!guard -c!guard --clear!guard --read-clear!guard -D!system -E!system -n=!system --console-level=!system
    --console-off!system --console-on!system -P --nopager -V --version -h --help --userspace --decode --json -J -f= -l=
    --facility= --level= -H -k -r -s= -t -T -u -w -x -e -L[=] --color[=] --ctime --human --kernel --raw --follow
    --since= --until=
journalctl | -f -n[=] --lines[=] -u= --unit= -b[=] --boot[=] -k --dmesg -p= --priority= -S= -U= --since= --until= -o=
    --output= -r --reverse -x -e -a --all -q --no-pager --no-tail --follow -t= --identifier= -g= --grep= --disk-usage
    --list-boots --user --system --utc -N --fields -F= --field= -m --merge --vacuum-size=!guard --vacuum-time=!guard
    --vacuum-files=!guard --rotate!guard --flush? --sync -D< --directory< --file< --header -c= --cursor= | =...
sysctl | -a -A -n -e -q -N -b --all --names --values -w!system --write!system -p[=]!system --load[=]!system
    --system!system | =... | (*=*)!system

# --- the network, seen from here -------------------------------------------------------------------------------------
netstat,ss | * -f= --family= -A= --query= --socket= -N= -D>? --diag>? -F<? --filter<? -K!kill --kill!kill -p -W | =...
ping,ping6,traceroute,tracepath | * -c= -i= -w= -W= -s= -t= -I= -m= -p= -q= -f!system | {host}...
host,dig,nslookup,whois | * -f<? -t= -p= -x= | {host} =... | send

# --- where things are ----------------------------------------------------------------------------------------------
which,whereis | -a -s -b -m -l -u --all --skip-alias --skip-functions | =...
ldconfig | -p -v? | | opaque
ldconfig -p,--print-cache | -p --print-cache -N
ldd | * | <... | run
file-roller,xdg-open,open,start,gnome-open | * | =... | opaque
nm,size,readelf | * --plugin? | <...
objdump | * --plugin? -P? -j= -M= -m= --start-address= --stop-address= --section= | <...
xclip,xsel,pbcopy,wl-copy | * | =... | run
pbpaste,wl-paste | * | =...
clear,reset,cls,tset | *

# --- the environment ---------------------------------------------------------------------------------------------
printenv | -0 --null | =... | !private
"""
