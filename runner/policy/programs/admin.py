r"""What programs that administer a machine do: `TABLE`, in the notation of `notation.py`.

Rules that live here and nowhere else:

* Showing the state of services, disks and accounts is reading.
* Services that keep the machine on the network stop as `outage`, those that watch it as `guard`, others as `service`;
  what makes one start by itself is `persist`.
* Partitions and file systems are `disk`, kernel modules and mounts `escape`, accounts `users`, rights `privilege`.

Option lists are those of systemd 255, util-linux 2.40, shadow 4.15 and lvm2 2.03.

Not promised: what a service does when it is started.
"""

TABLE = r"""
# --- services ----------------------------------------------------------------------------------------------------
@systemctl = -a --all -l --full -q --quiet -n= --lines= -o= --output= -p= --property= -P= --value -t= --type= --state=
    --no-pager --no-legend --plain --user --system -H{host}!remote --host{host}!remote -M=!remote --machine=!remote
    --failed --show-types --reverse --after --before --recursive --with-dependencies --now -f --force --no-block
    --no-wall --no-ask-password --runtime --global --job-mode= --wait --kill-whom= -s= --signal= --root/ --dry-run:dry
    --message= --check-inhibitors= -i --version -h --help --preset-mode= --what= --legend= --timestamp=
systemctl | @systemctl | | global
systemctl status,show,cat,help,list-units,list-sockets,list-timers,list-dependencies,list-unit-files,list-machines,
    list-jobs,list-automounts,list-paths,is-active,is-failed,is-enabled,is-system-running,get-default,show-environment,
    whoami | @systemctl | =...
systemctl start,stop,restart,reload,try-restart,reload-or-restart,try-reload-or-restart,freeze,thaw,clean,reset-failed,
    bind,mount-image,set-property,service-log-level,service-log-target,disable,unmask,revert,preset,preset-all,cancel |
    @systemctl | =... | run !service
systemctl stop,disable,mask,kill,freeze | @systemctl | =... | run !service
    (*networking*|*networkmanager*|*systemd-networkd*|*systemd-resolved*|*network.*|network)!outage
    (*wpa_supplicant*|*dbus*|*-.mount*)!outage
    (*ufw*|*firewalld*|*iptables*|*nftables*|*auditd*|*rsyslog*|*syslog*|*journald*|*apparmor*|*selinux*)!guard
    (*fail2ban*|*clamav*)!guard
    (*falcon*|*osquery*|*wazuh*|*ossec*|*crowdsec*|*aide*|*tripwire*|*sysmon*|*defender*|*mdatp*|*sentinel*)!guard
    (*auditbeat*)!guard
systemctl enable,reenable,link,edit,add-wants,add-requires,set-default,import-environment,set-environment,
    unset-environment | @systemctl | =... | run !persist
systemctl daemon-reload,daemon-reexec,log-level,log-target,service-watchdogs | @systemctl | =... | run !system
systemctl poweroff,reboot,halt,kexec,exit,switch-root,suspend,hibernate,hybrid-sleep,suspend-then-hibernate,rescue,
    emergency,default,isolate,soft-reboot,sleep | @systemctl | =... | run !outage
service,invoke-rc.d,rc-service | --status-all --full-restart -h --help --version --list -l -e | = [=] =... | run
    !service (networking stop*|network stop*|networkmanager stop*|network-manager stop*|dbus stop*)!outage
    (ufw stop*|auditd stop*|rsyslog stop*|firewalld stop*|iptables stop*|apparmor stop*|fail2ban stop*)!guard
    (syslog stop*)!guard
service --status-all | --status-all | | run
service * status | | =...
update-rc.d,chkconfig,rc-update,insserv,sysv-rc-conf,systemd-sysext,sysrc,rcctl | * --list | =... | run !persist
chkconfig --list | --list | =...
initctl,launchctl,supervisorctl,s6-rc,s6-svc,runsv,sv,dinitctl,monit,svcadm | * -c= | =... | run !service
initctl,launchctl,supervisorctl,s6-rc,sv,dinitctl,monit status,list,print,version,summary,avail,tail,maintail,pid | * |
    =... | run
launchctl load,bootstrap,enable,submit | * -w | =... | run !persist
start-stop-daemon,daemonize,daemon,runit | * | =... | run opaque !service
machinectl,systemd-nspawn,portablectl,systemd-cryptenroll,systemd-creds | * | =... | run !escape
machinectl list,status,show | * | =... | run
systemd-analyze,systemd-cgls,systemd-cgtop,systemd-delta,systemd-path,systemd-escape,systemd-id128,busctl,coredumpctl |
    * | =... | run
busctl call,set-property,emit | * | =... | run !system
systemd-tmpfiles,systemd-sysusers,systemd-firstboot,systemd-machine-id-setup,systemd-notify,systemd-mount,
    systemd-umount | * | =... | run !system
loginctl | -a --all -p= --property= --value --no-pager --no-legend -l --full -n= -o= --version
loginctl list-sessions,list-users,list-seats,session-status,user-status,seat-status,show-session,show-user,show-seat |
    -a --all -p= --property= --value --no-pager --no-legend -l --full -n= -o= | =...
loginctl terminate-session,terminate-user,terminate-seat,kill-session,kill-user,lock-session,lock-sessions | * | =... |
    run !outage
loginctl enable-linger | * | =... | run !persist
loginctl activate,unlock-session,unlock-sessions,disable-linger,attach,flush-devices | * | =... | run !system
crontab | -u= -T< -n= | [<] | run !persist
crontab -l,-V,-T | -l -u= -V -T<
crontab -r,-e,-i | -r -e -i -u= -n= | | run !persist
crontab -s,-c | -s -c | | run !persist
atq | -q= -V
atrm,anacron,cron,crond,fcron,fcrontab,incrontab,cronie | * | =... | run !persist
incrontab -l | -l -u=

# --- stopping the machine ----------------------------------------------------------------------------------------
shutdown | -c:dry --help:dry -k -h -H -P -r --halt --poweroff --reboot --no-wall --show:dry -t= -f -F | =... | run
    !outage
reboot,halt,poweroff,kexec,pm-suspend,pm-hibernate | -f --force -p --poweroff -w --wtmp-only -d --no-wtmp --no-wall
    --no-sync -h --halt -l= -e * --version:dry --help:dry | =... | run !outage
init,telinit | * | =... | run !outage

# --- accounts and rights -----------------------------------------------------------------------------------------
useradd,adduser,userdel,deluser,usermod,groupadd,addgroup,groupdel,delgroup,groupmod,newusers,chpasswd,chgpasswd,
    gpasswd,vipw,vigr,pwconv,pwunconv,grpconv,chage,pw,dscl,dsadd,luseradd,lusermod,sysadminctl,pwd_mkdb,realm,
    smbpasswd,pdbedit | * | =... | run !users
usermod,gpasswd,adduser | * | =... | run !users
    (*sudo*|*wheel*|*docker*|*root*|*admin*|*shadow*|*disk*|*lxd*|*libvirt*)!privilege
pw usershow,groupshow,usernext,groupnext,show | * | =... | run
pw user,group show | * | =... | run
chage -l,--list | -l --list | =...
passwd | -d -e -l -u -n= -x= -w= -i= -k -q --delete --expire --lock --unlock --stdin -r= -R= | [=] | run !users
passwd -S,--status | -S --status -a --all | [=]
chsh,chfn,sg,newgrp,login,newuidmap,newgidmap | * | =... | run !users
chsh -l,--list-shells | -l --list-shells
visudo | * -f<> | =... | run !privilege
visudo -c,--check | -c --check -f< -q -s
getcap,getpcaps,sudoreplay,pkaction,pkcheck | * | =... | run
pkttyagent,polkitd,passwdqc,pwscore,pwmake,mkpasswd,htpasswd,pwgen,apg,xkcdpass,makepasswd | * | =... | run
htpasswd | -n -b -B -m -s -p -d -i -c:run -D:run -v -C= -5 -2 -r= | <> =...

# --- disks and file systems --------------------------------------------------------------------------------------
mkfs,mkfs.ext2,mkfs.ext3,mkfs.ext4,mkfs.xfs,mkfs.btrfs,mkfs.vfat,mkfs.fat,mkfs.msdos,mkfs.exfat,mkfs.ntfs,mkfs.f2fs,
    mkfs.minix,mkfs.cramfs,mkfs.bfs,mkfs.jfs,mkfs.reiserfs,mkfs.nilfs2,mkfs.udf,mkfs.erofs,mke2fs,mkdosfs,mkntfs,
    mkswap,mkexfatfs,newfs,newfs_msdos,wipefs,blkdiscard,fstrim,sfdisk,sgdisk,gdisk,cgdisk,cfdisk,partprobe,partx,
    kpartx,addpart,delpart,resizepart,parted,gparted,fdisk,diskutil,pvcreate,pvremove,pvmove,pvresize,vgcreate,
    vgremove,vgextend,vgreduce,vgchange,vgrename,vgimport,vgexport,lvcreate,lvremove,lvextend,lvreduce,lvresize,
    lvrename,lvchange,lvconvert,dmsetup,cryptsetup,veritysetup,integritysetup,mdadm,mdmon,badblocks,debugfs,e2fsck,
    fsck,fsck.ext4,fsck.ext3,fsck.ext2,fsck.vfat,fsck.xfs,xfs_repair,ntfsfix,tune2fs,resize2fs,xfs_growfs,e2label,
    btrfstune,hdparm,sdparm,nvme,nwipe,scrub,ddrescue,dd_rescue,dcfldd,dc3dd,partclone,grub-install,grub2-install,
    grub-mkconfig,update-grub,efibootmgr,bootctl,lilo,syslinux,extlinux,flashrom,fwupdmgr,zpool,zfs,btrfs,bcachefs,
    mtools,mkinitcpio,update-initramfs,dracut,hpacucli,storcli,megacli,tgtadm,iscsiadm,targetcli,multipath,losetup,
    blockdev,swaplabel,wodim,cdrecord,growisofs,eject,isohybrid | * | =... | run !disk
wipefs -n,--no-act | -n --no-act -a --all -J --json -o= -t= -f | =...
mkfs.ext2,mkfs.ext3,mkfs.ext4,mke2fs -n | -n -v -q -L= -b= -t= -O= -E= -m= -T= | =...
mkfs.xfs -N | -N -f -L= -b= -d= -q | =...
fdisk,parted,gdisk,sfdisk -l,--list | -l --list -o= --output= -u -L[=] -b= -m -s --script -q --bytes | =...
sfdisk -d,--dump,-J,--json,-s,--show-size,-F,--list-free,-V,--verify | -d --dump -J --json -s --show-size -F
    --list-free -V --verify -l | =...
sgdisk -p,--print,-v,--verify | -p --print -v --verify | =...
parted * | * -a= -s | =... | run !disk
parted * print | * -s | =... | run
dmsetup ls,info,status,table,deps,version,targets,report | * | =... | run
cryptsetup luksDump,isLuks,status,benchmark,luksUUID | * | =... | run
mdadm --detail,-D,--examine,-E,--query,-Q | --detail -D --examine -E --query -Q --version --scan | =... | run
tune2fs -l | -l | =
e2fsck,fsck.ext2,fsck.ext3,fsck.ext4,xfs_repair -n | -n -f -v -t | =
fsck -N | -N -A -V -T -t= | =...
hdparm -I,-i,-g | -I -i -g | =...
blockdev --getsize64,--getsz,--getro,--report,--getss,--getbsz | --getsize64 --getsz --getro --report --getss --getbsz
    | =...
losetup -a,--all,-l,--list,-j | -a --all -l --list -j= -O= -n -J | =...
nvme list,id-ctrl,smart-log,list-subsys,version | * | =... | run
zpool list,status,get,history,iostat,events,version | * | =... | run
zfs list,get,diff,holds,version,userspace,groupspace | * | =... | run
btrfs subvolume,filesystem,device,scrub,balance,qgroup,inspect-internal list,show,status,stats,usage,df,du,get-default,
    find-new,dump-tree | * | =... | run
diskutil list,info,apfs,activity | * | =... | run
efibootmgr,bootctl | -v --verbose --version | [=] | run !disk
efibootmgr -v | -v
fwupdmgr get-devices,get-updates,get-history,get-remotes | * | =... | send
pvs,vgs,lvs,pvdisplay,vgdisplay,lvdisplay,pvscan,vgscan,lvscan,blkid,findmnt,smartctl,lsscsi,lshw,hwinfo,inxi,
    dmidecode,biosdecode,lsdev,sensors,acpi,upower,iotop,ioping,sar,dstat,nmon,tuned-adm,cpupower,turbostat,numastat,
    slabtop,dumpe2fs,e2freefrag,filefrag,xfs_info,repquota,quota,showmount,nfsstat,rpcinfo,lsinitramfs,lsinitrd,
    lslogins,lsirq,modinfo,getenforce,sestatus,aa-status,apparmor_status,ausearch,aureport,lynis,rkhunter,chkrootkit,
    bootlog,needrestart,check-support-status,tuptime,neofetch,screenfetch,fastfetch,hostinfo,system_profiler,ioreg | *
    | =... | run
pidstat | * -C= -G= -T= -p= -U[=] -e{command} | =... | run
cpupower,tuned-adm,tuned set,frequency-set,profile,off,active | * | =... | run !system
mount | -l --show-labels -v --verbose -h --help -V --version -t= -o= --options= -r -w --read-only --rw -a!escape
    --all!escape -B --bind -R --rbind -M --move -n -s -f -i -L= -U= --make-shared --make-slave --make-private
    --make-rprivate --mkdir[=] -T= -N= -O= --source= --target= | =!escape...
umount,swapoff,swapon,zramctl,fusermount,fusermount3,mount.nfs,mount.fuse,pivot_root,switch_root,exportfs,udisksctl,
    pmount,quotaon,quotaoff,edquota,setquota,autofs,automount | * -a!outage --all!outage | =... | run !system
swapon -s,--show,--summary | -s --show[=] --summary --bytes --noheadings --raw
mountpoint | -q -d -x --quiet --fs-devno --devno --nofollow | =

# --- the kernel and what guards it -------------------------------------------------------------------------------
modprobe,insmod,rmmod,depmod,kmod,kpatch,bpftool,bpftrace,stap,trace-cmd,dkms | * | =... | run !escape
modprobe -n,--dry-run,-c,--showconfig,-D,--show-depends | -n --dry-run -c --showconfig -D --show-depends -v | =...
dkms,kmod status,list | * | =... | run
setenforce,semanage,setsebool,chcon,restorecon,semodule,load_policy,fixfiles,aa-enforce,aa-complain,aa-disable,
    aa-teardown,apparmor_parser,auditctl,augenrules,auditd,fail2ban-client,rsyslogd,syslogd,logrotate,aide,tripwire,
    samhain,osqueryctl,falconctl,freshclam,clamscan,mdatp,crowdsec,cscli,wazuh-control,ossec-control,spctl,csrutil,
    tccutil,pfctl,socketfilterfw,nvram,pmset | * | =... | run !guard
auditctl -l,-s,-v | -l -s -v
fail2ban-client status,ping,version,get | * | =... | run
logrotate -d,--debug | -d --debug -v -s= | =...
clamscan,aide,tripwire | -r -i --version --check --infected --recursive -l> --log> | <... | run
aa-status,aa-unconfined,aa-logprof,aa-genprof | * | =... | run
update-ca-certificates,certutil,update-crypto-policies,certmgr | * | =... | run !traffic
certbot,acme.sh,lego,dehydrated | * | =... | run send !deploy
certbot certificates,plugins,show_account | * | =... | run
keyctl,tpm2_getrandom,tpm2_unseal,ecryptfs-mount-private | * | =... | run !secrets
update-locale,locale-gen,localedef,update-mime-database,update-desktop-database,gtk-update-icon-cache,fc-cache,mandb,
    updatedb,localectl,setxkbmap,loadkeys,setfont,xset,xrandr,gsettings,dconf,defaults,kbdrate,setterm,tzselect | * |
    =... | run !system
localectl,gsettings,dconf,defaults status,list-locales,list-keymaps,get,list-schemas,list-recursively,list-keys,read,
    list,dump,domains | * | =... | run
locate,mlocate,plocate | * | =... | run
logger,wall,write,mesg,notify-send,zenity,kdialog,dialog,whiptail,yad,xmessage,espeak,aplay,paplay,mpg123,mpv,vlc,
    xdotool,ydotool,wmctrl,scrot,gnome-screenshot,flameshot,maim,slop,xwd,screencapture,v4l2-ctl,arecord,fswebcam,xev,
    xinput,evtest,showkey,logkeys | * | =... | run
xwd,scrot,gnome-screenshot,flameshot,maim,screencapture,arecord,fswebcam,logkeys,xinput,evtest | * | =... | run
    !private
lsattr | -R -V -a -d -l -v -p | <...
"""
