r"""What programs that deal with files and directories do: `TABLE`, in the notation of `notation.py`.

Option lists are those of GNU coreutils 9, findutils 4.9, tar 1.34, gzip 1.12, zip 3, rsync 3.2 and util-linux 2.38.
"""

TABLE = r"""
# --- looking -----------------------------------------------------------------------------------------------------
ls,dir | * -w= --width= -I= --ignore= --hide= --block-size= -T= --tabsize= --time= --time-style= --sort=
    --quoting-style= --indicator-style= --format= --color[=] --hyperlink[=] | <... | lists-names else{.}
tree | * -L= -P= -I= -o> -H= -T= --filelimit= --charset= --sort= --timefmt= --fromfile? --info -R? | <... | else{.}
du | * -d= --max-depth= -t= --threshold= -X< --exclude-from< --exclude= --files0-from< -B= --block-size= --time[=]
    --time-style= | <... | else{.}
df | * -B= --block-size= -t= --type= -x= --exclude-type= --output[=] | {path}...
stat | * -c= --format= --printf= -f -t | <...
file | -b --brief -C? --compile? -c --checking-printout -d --debug -E -e= --exclude= --exclude-quiet= --extension -F=
    --separator= -f<? --files-from<? -h --no-dereference -i --mime --mime-type --mime-encoding -k --keep-going -L
    --dereference -l --list -m<? --magic-file<? -N --no-pad -n --no-buffer -p --preserve-date -P= --parameter= -r --raw
    -S -s --special-files -v --version -z? -Z? --uncompress? --apple --help -0 --print0 | <...
readlink,realpath | * --relative-to= --relative-base= | {path}...
pathchk,namei | * | {path}...
getfacl,getfattr | * | <...
cal,ncal | * -m= | =...
find | -H -L -P -O= -D= -amin= -anewer< -atime= -cmin= -cnewer< -context= -ctime= -daystart -depth -d -empty -executable
    -false -files0-from<? -follow -fstype= -gid=!scouting -group= -help -ignore_readdir_race -ilname= -iname= -inum=
    -ipath= -iregex= -iwholename= -links= -lname= -ls -maxdepth= -mindepth= -mmin= -mount -mtime= -name= -newer<
    -newermt= -newerat= -newerct= -newerBt= -newermm< -newerma< -newercc< -newerca< -newercm< -newermc< -newerac<
    -neweram< -newerBB< -newerBm< -nogroup!scouting -noignore_readdir_race -noleaf -nouser!scouting -path=
    -perm=(-*|/*|+*|*s*|[2-7]???)!scouting -perm= -print -print0 -printf= -prune -quit -readable -regex= -regextype=
    -samefile< -size= -true -type= -uid=!scouting -used= -user= -version -warn -nowarn -wholename= -writable!scouting
    -xdev -xtype= -a -and -o -or -not -O0 -O1 -O2 -O3 --help --version ! \( \) , -exec{found} -execdir{found}:there
    -ok{found} -okdir{found}:there -delete:delete -fprint> -fprint0> -fls> | <... | single-dash lists else{.}
find -fprintf | -fprintf? | <... | single-dash opaque

# --- making, moving, deleting --------------------------------------------------------------------------------------
mkdir | -p --parents -v --verbose -m= --mode= -Z --context[=] --help --version | >...
mkfifo | -m= --mode= | >...
mknod | * -m= | > =... | !system
mktemp | * -p> --tmpdir[=] --suffix= | [=] | writes{/tmp}
mktemp -u,--dry-run | * -u --dry-run -p= --suffix= | [=]
touch | * -d= --date= -t= -r< --reference< --time= | >...
ln | -s --symbolic -f --force -n --no-dereference -r --relative -v --verbose -i --interactive -L --logical -P --physical
    -b --backup[=] -S= --suffix= -T:exact --no-target-directory:exact -t>:last --target-directory>:last | <... >
cp | -a --archive -b --backup[=] -d -f --force -i --interactive -H -l --link -L --dereference -n --no-clobber -P
    --no-dereference -p --preserve[=] --no-preserve= -R -r --recursive --reflink[=] --remove-destination --sparse=
    --strip-trailing-slashes -s --symbolic-link -S= --suffix= -t>:last --target-directory>:last -T:exact
    --no-target-directory:exact -u --update[=] -v --verbose -x --one-file-system -Z --context[=] --attributes-only
    --debug --help --version | <... >
mv | -b --backup[=] -f --force -i --interactive -n --no-clobber --strip-trailing-slashes -S= --suffix= -t>:last
    --target-directory>:last -T:exact --no-target-directory:exact -u --update[=] -v --verbose -Z --context --no-copy
    --debug --exchange? --help --version | {moved}... >
rename,prename,file-rename | * | =... | opaque
install | -b --backup[=] -c -C --compare -g= --group= -m= --mode= -o= --owner= -p --preserve-timestamps -s? --strip?
    --strip-program? -S= --suffix= -t>:last --target-directory>:last -T:exact -v --verbose -D | <... >
install -d,--directory | -d --directory -m= --mode= -g= --group= -o= --owner= -v --verbose -p | >...
rm | -f --force -i -I --interactive[=] --one-file-system --no-preserve-root!mass-delete --preserve-root[=] -d --dir -v
    --verbose -r? -R? --recursive? --help --version | {delete}...
rm -r,-R,--recursive | -f --force -i -I --interactive[=] --one-file-system --no-preserve-root!mass-delete
    --preserve-root[=] -d --dir -v --verbose -r!tree-delete -R!tree-delete --recursive!tree-delete | {tree}...
rmdir | -p --parents -v --verbose --ignore-fail-on-non-empty --help --version | {delete}...
unlink | | {delete}
trash,trash-put,gio | * | =... | opaque
shred | * -n= --iterations= -s= --size= --random-source< | <>... | !shred
srm,wipe | * | {tree}... | !shred
truncate | * -s= --size= -r< --reference< -o -c | >...
fallocate | * -l= --length= -o= --offset= | >
dd | if=< of=> bs== count== skip== seek== ibs== obs== cbs== conv== status== iflag== oflag== iseek== oseek== --help
    --version
sync | -d -f | {path}...
tee | -a --append -i --ignore-interrupts -p --output-error[=] --help --version | >... | filter
split | -a= --suffix-length= -b= --bytes= -C= --line-bytes= -l= --lines= -n= --number= -t= --separator= -d -e -u -x -#
    --additional-suffix= --numeric-suffixes[=] --hex-suffixes[=] --filter{sh} --verbose | [<] [{prefix}] | writes{.}
csplit | * -f{prefix} -b= -n= --prefix{prefix} --suffix-format= | < =... | writes{.}
@chmod = -r:first -w:first -x:first -X:first -c --changes -f --silent --quiet -v --verbose -R --recursive
    --preserve-root --no-preserve-root --reference<:first
@suid = (u+s *|g+s *|+s *|ug+s *|a+s *|u+*xs *|u=*s *|4[0-7][0-7][0-7] *|2[0-7][0-7][0-7] *)!privilege
    (6[0-7][0-7][0-7] *)!privilege
@roots = (* /|* /\\*|* /bin|* /boot|* /dev|* /etc|* /home|* /lib|* /lib64|* /opt|* /proc|* /root)!privilege
    (* /sbin|* /srv|* /sys|* /usr|* /var|* ~|* / *)!privilege
@chown = -c --changes -f --silent --quiet -v --verbose -R --recursive -h --no-dereference --dereference -H -L -P
    --preserve-root --no-preserve-root --from= --reference<:first
chmod | @chmod | = >... | @suid
chmod -R,--recursive | @chmod | = >... | @suid @roots
chown,chgrp | @chown | = >...
chown,chgrp -R,--recursive | @chown | = >... | @roots
chattr | * +* | = >... | !guard
setfacl | * -m= -x= -M< -X< | >...
setfattr | * -n= -v= -x= | >...
setcap | * | = >... | !privilege

# --- archives ----------------------------------------------------------------------------------------------------
@tar = -v --verbose -z --gzip --gunzip --ungzip -j --bzip2 -J --xz --zstd -Z --lzma -a --auto-compress -p
    --preserve-permissions --same-permissions --same-owner --no-same-owner --no-same-permissions -h --dereference
    --exclude= -X< --exclude-from< --strip-components= --transform=? --xform=? -C/ --directory/ --wildcards
    --no-wildcards --numeric-owner --owner= --group= --mode= --mtime= --sort= --totals[=] --null -T<? --files-from<?
    --warning= --no-recursion --one-file-system --anchored --exclude-vcs --exclude-vcs-ignores --exclude-backups
    --checkpoint[=] --checkpoint-action? --to-command? -I? --use-compress-program? --rsh-command? --info-script? -F?
    --new-volume-script? --format= -b= --no-xattrs --xattrs --acls --selinux --ignore-failed-read --keep-old-files -k
    --overwrite --skip-old-files --newer= -N= -m --touch --show-transformed-names -R --block-number -w --full-time --utc
    --force-local --pax-option= --delay-directory-restore
tar,gtar,bsdtar | @tar | =... | opaque old-style
tar,gtar,bsdtar -t,--list | @tar -P --absolute-names -t --list -f<(*:*)? -f< --file<(*:*)? --file< | =... | old-style
tar,gtar,bsdtar -c,--create | @tar -P --absolute-names -c --create -f>(*:*)? -f> --file>(*:*)? --file> --remove-files? |
    <... | old-style
tar,gtar,bsdtar -x,--extract,--get | @tar -P? --absolute-names? -x --extract --get -f<(*:*)? -f< --file<(*:*)? --file<
    -O:dry --to-stdout:dry --one-top-level[=] --unlink-first -U --recursive-unlink? | =... | old-style writes{.}
tar,gtar,bsdtar -r,-u,--append,--update | @tar -r -u --append --update -f<>(*:*)? -f<> --file<>(*:*)? --file<> | <... |
    old-style
tar,gtar,bsdtar -d,--diff,--compare | @tar -d --diff --compare -f<(*:*)? -f< --file< | <... | old-style
gzip,bzip2,xz,zstd,lzma,lz4,pigz,compress | -1 -2 -3 -4 -5 -6 -7 -8 -9 -k --keep -f --force -q --quiet -v --verbose -n
    --no-name -N --name -r --recursive -T= --threads= --fast --best --rsyncable -S= --suffix= -p= --help --version -V -h
    | <>:beside...
gzip,bzip2,xz,zstd,lzma,lz4,pigz -c,--stdout,--to-stdout,-l,--list,-t,--test | -c --stdout --to-stdout -d --decompress
    -k -l --list -t --test -q --quiet -v --verbose -f --force -1 -2 -3 -4 -5 -6 -7 -8 -9 --fast --best -n -T= | <...
gunzip,bunzip2,unxz,unzstd,unlzma,uncompress | -k --keep -f --force -q --quiet -v --verbose -n -N -r -S= --help
    --version -V -h | <>:beside...
gunzip,bunzip2,unxz,unzstd -c,--stdout,-l,-t,--list,--test | -c --stdout -l --list -t --test -q --quiet -v -f -k | <...
gzip,bzip2,xz,zstd,lzma,lz4,pigz -d,--decompress,--uncompress | -d --decompress --uncompress -k --keep -f --force -q
    --quiet -v --verbose -n -N -r --recursive -S= -T= | <>:beside...
zcat,bzcat,xzcat,zstdcat,lz4cat,gzcat | * | <...
zip | -r -q -v -9 -8 -7 -6 -5 -4 -3 -2 -1 -0 -j -u -f -y -X -D -o -l -@ | <>:beside <...
unzip | -o -q -j -n -u -a -b -C -L -U -X -V -K -P= -x= -d> | < =... | writes{.}
unzip -d | -o -q -j -n -u -a -b -C -L -U -X -V -K -P= -d> | < =...
unzip -l,-t,-p,-v,-Z,-z,-c | -l -t -p -v -Z -z -c -q -1 -a -P= -x= | < =...
zipinfo,zipgrep,funzip | * | [<] =...
7z,7za,7zr,p7zip,rar | * | =... | opaque
7z,7za,7zr l | * | < =...
7z,7za,7zr x,e | -y -aoa -aos -o> | < =... | writes{.} no-clusters
unrar l,v,t | * | < =...
ar t | | < =...
ar | * | =... | opaque
cpio | -i? -o? -p? -O? -F? --rsh-command? | =... | opaque
pax | * | =... | opaque

# --- editors that wait for keys, or run programs ---------------------------------------------------------------------
ed,ex,vi,vim,nvim,emacs,nano,pico,micro,joe,helix,hx,kak,code,subl | * | =... | opaque
patch | -p= --strip= -R --reverse -N --forward -s --quiet -f --force -t --batch -E -b --backup -l --ignore-whitespace -u
    -c -n -F= --fuzz= -V= -i< --input< -d/ --directory/ -o> --output> -r> --reject-file> --verbose
    --no-backup-if-mismatch --binary -z= -B= | [<>] [<] | writes{.}
patch --dry-run | --dry-run -p= -R -N -s -f -t -i< -d/ --verbose | [<] [<]
"""
