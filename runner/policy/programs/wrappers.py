r"""What programs that run another command do: `TABLE`, in the notation of `notation.py`.

`transparent` are those of which the reference says that allow rules see through them: `timeout`, `time`, `nice`,
`nohup`, `stdbuf`, and `xargs` without options. All others are seen through by deny and ask rules only.
"""

TABLE = r"""
timeout,gtimeout | -k= --kill-after= -s= --signal= --foreground --preserve-status -v --verbose | = {command} |
    transparent
nice | -n= --adjustment= -# | {command} | transparent
nohup | | {command} | transparent
stdbuf | -i= -o= -e= --input= --output= --error= | {command} | transparent
env | - -i --ignore-environment -0 --null -u{name} --unset{name} -v --debug --block-signal[=] --default-signal[=]
    --ignore-signal[=] --list-signal-handling -C/ --chdir/ -S{sh} --split-string{sh} -a= --argv0= | {assign}...
    {command} | alone!private
sudo | -A -b -E -e? -H -h= -i? -K -k -l -n -P -p= -s? -S -U= -u= -v -V -g= -C= -D/ --chdir/ -T= -r= -t= -B --user=
    --group= --non-interactive --stdin --preserve-env[=] --login? --shell? --edit? --list --set-home --background
    --prompt= --command-timeout= --host= | {assign}... {command} | root !sudo
sudo -i,-s,--login,--shell | -i -s --login --shell -E -H -n -S -A -u= -g= --user= | {assign}... {command} | root !sudo
doas | -n -s? -u= -C? -L | {command} | root !sudo
su | -l -m -p -P -f -c{sh} --command{sh} --session-command{sh} -s? --shell? -g= -G= -w= --login --preserve-environment |
    [=] =... | root !sudo
runuser | -l -m -p -P -f -c{sh} --command{sh} -u= -g= -G= | {command} | root !sudo
pkexec | --user= --disable-internal-agent | {command} | root !sudo
gosu,su-exec | | = {command} | root !sudo
setpriv | * | {command} | root !sudo
capsh | * | =... | opaque root
chroot | --userspec= --groups= --skip-chdir | / {command} | root
setsid | -c --ctty -f --fork -w --wait | {command}
ionice | -c= --class= -n= --classdata= -p= -P= -u= -t --ignore | {command}
chrt | -b -f -i -o -r -a -d -m -p= -v -R -T= -P= -D= | = {command}
taskset | -a -c -p | = {command}
cpulimit | -l= -p= -e= -z -i | {command}
numactl | * | {command} | opaque
prlimit | * | {command}
unshare | * | {command} | root
nsenter | * -t= | {command} | root !escape
systemd-run | * -p= -u= -E= --unit= --property= --setenv= --on-calendar=!persist --on-boot=!persist --on-active=
    --slice= --description= --working-directory= | {command} | run
systemd-inhibit | * | {command}
dbus-run-session,dbus-launch,xvfb-run | * -n= -s= -e> -f> -w= -a | {command}
watch | -n= --interval= -d[=] --differences[=] -t --no-title -b --beep -e --errexit -g --chgexit -c --color -p --precise
    -q= -r -w | {sh}... | options-first
watch -x,--exec | -x --exec -n= --interval= -d[=] -t -b -e -g -c -p | {command}
flock | -s --shared -x -e --exclusive -u --unlock -n --nb --nonblock -w= --timeout= -o --close -E= -F --no-fork
    --verbose -c{sh} --command{sh} | > {command}
flock -c,--command | -s -x -e -n -w= -o -E= -F -c{sh} --command{sh} | >
script | -a -e -f -q --append --return --flush --quiet -E= -o= -t[=] -T> -I> -O> -B> -m= -c{sh} --command{sh} --log-out>
    --log-in> --log-io> --log-timing> | [>] | writes{typescript} opaque
script -c,--command | -a -e -f -q --append --return --flush --quiet -E= -o= -t[=] -T> -I> -O> -B> -m= -c{sh}
    --command{sh} --log-out> --log-in> --log-io> --log-timing> | [>] | writes{typescript}
xargs | -0 --null -a< --arg-file< -d= --delimiter= -E= -e[=] --eof[=] -I{replace} -i[{replace}] --replace[{replace}] -L=
    -l[=] --max-lines[=] -n= --max-args= -o --open-tty -P= --max-procs= -p --interactive --process-slot-var= -r
    --no-run-if-empty -s= --max-chars= -t --verbose -x --exit --show-limits | {commands} | transparent-bare
parallel | * -j= --jobs= -a< --arg-file< -I{replace} -d= -C= --colsep= -S? --sshlogin? --tmpdir> --joblog> --results>
    --workdir/ --wd/ -N= -n= --timeout= --retries= --halt= | {commands} | opaque
busybox,toybox | | {command}
time | -p -v -a -f= -o> --format= --output> --append --portability --verbose | {command} | transparent
rlwrap,unbuffer,expect_unbuffer,catchsegv,faketime,proxychains,proxychains4,torsocks,torify,tsocks | * | {command}
faketime | -f -m | = {command}
proxychains,proxychains4,torsocks,torify,tsocks | -q -f< | {command} | send
entr | -a -c -d -n -p -r -s? -z | {command}
tmux | -V -2 -u -v -q -L= -S= -f<? -c? -C? | | alone? global
tmux
    ls,list-sessions,list-windows,lsw,list-panes,lsp,list-keys,lsk,list-commands,lscm,list-clients,lsc,list-buffers,lsb,
    show-options,show,show-environment,showenv,display-message,display,info,has-session,has,capture-pane,capturep,
    show-messages,showmsgs,show-buffer,showb,server-info | * -t= -F= -f= -p -S= -E= -b= -J -a -e -l= -q -s -g | =...
tmux new-session,new,new-window,neww,split-window,splitw,respawn-pane,respawnp,respawn-window,respawnw | -d -A -D -E -P
    -X -h -v -b -a -k -S -f= -c/ -e? -F= -n= -s= -t= -x= -y= -l= -p= -I | {sh}... | run options-first
tmux send-keys,send | -t= -l -R -M -X -H -F -K -N= | {sh}... | run opaque
tmux attach-session,attach,a,at,detach-client,detach,switch-client,switchc,select-window,selectw,select-pane,selectp,
    rename-session,rename,rename-window,renamew,resize-pane,resizep,next-window,next,previous-window,prev,last-window,last,
    swap-pane,swapp,swap-window,swapw,move-window,movew,choose-tree,copy-mode,refresh-client,refresh,set-buffer,setb,
    paste-buffer,pasteb,load-buffer,loadb,delete-buffer,deleteb,clear-history,clearhist,resize-window,resizew,wait-for,wait
    | * -t= -s= -c= -n= -x= -y= -b= | =... | run
tmux kill-session,kill-window,killw,kill-pane,killp | -a -t= -C | | run
tmux kill-server | | | run !kill
screen -ls,-list | -ls -list -q | [=] | no-clusters
screen,byobu,zellij,dtach,abduco | * | =... | opaque
direnv,nix-shell,nix,devbox,mise,asdf,rtx | * | =... | opaque
expect,autoexpect | * | =... | opaque
firejail,bwrap,fakeroot,proot | * | {command} | opaque
fakeroot | -l= --lib= -s> -i< -u -b= -h -v | {command}
ssh-agent | * | {command} | opaque
at,batch | * | =... | opaque !persist
"""
