import pytest

from runner.policy.effects import shell_effects
from runner.policy.programs.tables import entry, program_name
from runner.types import Effects


def does(command: str) -> Effects:
    return shell_effects(command, "/w", home="/home/agent")


READERS = """
cat -A a
tac a
nl -b a x
head -5 a
head -n 5 -q a b
head -c100 a
tail +5 a
tail -n +5 a
tail -c 100 a
wc -l a b
cut -d , -f1,2 a
tr a-z A-Z
tr -d '\\n'
paste -sd, a
column -t -s, a
od -An -tx1 a
hexdump -C a
xxd a
xxd -l 16 a
strings -n 8 a
base64 -w0 a
base64 -d a
sha256sum -c sums
md5sum a b
grep -rn --include='*.py' -A 3 x src
grep -E 'a|b' a
grep -ril x .
egrep x a
rg -n -g '*.py' x
rg --files -g '*.py'
rg -A3 -B3 -i x src
ag x
fd -e py x
jq -r '.a[]' a
jq --arg x y '.a' a
sort -k2,2n -t , -u a
sort -rn
uniq -c
uniq -c a
comm -12 a b
join a b
diff -ru a b
cmp a b
sed -n '1,5p' a
sed 's/a/b/g' a
sed -e s/a/b/ -e 1d a
awk -F, '{print $2}' a
awk 'NR>1 {s+=$3} END {print s}' a
seq 1 10
expr 1 + 2
basename /a/b .c
dirname a
printf '%s\\n' a
echo -e 'a\\tb'
less a
man 3 printf
ls -laR src
ls --color=never
tree -L 2 -I node_modules
du -sh src
df -h
stat -c %s a
file a
readlink -f a
realpath a
find . -type f -name '*.py' -newer a -print0
find src \\( -name a -o -name b \\) -size +1M
find . -exec grep -l x {} +
find . -name x -exec wc -l {} \\;
tar tzf a.tgz
tar -tvf a.tar
unzip -l a.zip
zcat a.gz
gzip -dc a.gz
gzip -l a.gz
zipinfo a.zip
uname -a
uptime
whoami
id -u
date +%s
date -d yesterday +%F
date -u -Iseconds
hostname
hostname -f
ps aux
ps -ef
ps -o pid,cmd -p 1
pgrep -fl x
lsof -i :80
netstat -tlnp
ss -ltn
free -m
nproc
which a b
type ls
command -v ls
test -f a -a -d b
[ a = b ]
[[ -n $X ]]
true
cd src
pwd
umask
ulimit -n
set -euo pipefail
unset A
read -r x
wait
sleep 1
kill -l
kill -0 123
env ls
timeout 5 cat a
nice -n 10 cat a
time cat a
nohup cat a
stdbuf -oL cat a
xargs -n1 echo
xargs -I{} cat {}
bash -n a.sh
bash -c 'cat a'
sh -ec 'cat a; ls'
"""


@pytest.mark.parametrize("command", READERS.strip().splitlines())
def test_readers_and_their_harmless_options_only_read(command: str) -> None:
    found = does(command)
    assert found.only_reads, found


MORE_THAN_READERS = """
sort -o a b
sort -ob a
sort --output=a b
sort --ou a b
sort -ro a b
sort --compress-program=x a
sort --compress=x a
uniq a b
xxd a b
xxd -r a b
base64 -o a b
rg --pre x y
rg --hostname-bin x y
rg -z x
ag --pager x y
ack --output='@{[x]}' y
fd -x rm
fd . -X rm
fd x --exec rm {}
jq -f a b
jq 'import "a" as a; .' b
jq --slurpfile a b . c
sed -i s/a/b/ f
sed -ni p f
sed --in-place p f
sed --in-pl p f
sed -n 'w x' f
sed 's/a/b/w x' f
sed 's/a/b/e' f
sed '1e x' f
sed -f a f
sed -s -n -e p -e 'w x' f
awk '{print > "x"}' f
awk 'BEGIN{system("rm x")}' f
awk '{print | "rm x"}' f
awk -f a f
awk -i inplace '{print}' f
awk -W exec=a f
awk -l x '{print}' f
gawk --dump-variables '{print}' f
iconv -o a b
dos2unix a
less -o x a
man -P x ls
man -Hx ls
bat --pager x a
xmllint --output a b
yq -i .a b
yq 'load("x")' b
tree -o a
find . -delete
find . -fprint a
find . -fprintf a b
find . -fls a
find . -exec rm {} +
find . -exec sh -c 'rm x' \\;
find . -ok rm {} \\;
find . -execdir rm {} \\;
find . -name x -o -exec rm {} \\;
find . -print -exec cat {} + -exec rm {} +
file -C -m a
tee a
tee -a a
split a
csplit a 5
dd of=a
dd if=a of=b
truncate -s 0 a
shred a
touch a
mkdir a
rmdir a
rm a
mv a b
cp a b
ln -s a b
install a b
chmod +x a
chmod -x a
chown a b
tar xf a
tar cf a b
tar xf a --to-command=x
tar tf a --checkpoint=1 --checkpoint-action=exec=x
tar tf a -I x
tar tf host:a
tar -tf a --use-compress-program=x
tar --extract --file a
gzip a
gunzip a
unzip a
zip a b
patch -p1 -i a
date -s x
date 01010000
hostname x
hwclock -w
kill 1
pkill x
killall x
fuser -k a
dmesg -C
dmesg -c
sysctl -w a=b
sysctl a=b
ss -K
journalctl --vacuum-time=1s
ldd a
strace rm a
eval rm a
source a
. a
exec rm a
trap 'rm a' EXIT
alias ls=rm
export PATH=.
export LD_PRELOAD=x
declare -x PATH=.
printf -v PATH x
read PATH
unset PATH
hash -p x ls
enable -f x y
shopt -s expand_aliases
history -c
set -o
bash a.sh
bash -c 'rm a'
bash -s
bash -x -c 'rm a'
bash --rcfile a -c ls
bash --init-file a -ic ls
sh
env -S 'rm a'
env PATH=. ls
env -i
env -u PATH ls
printenv
sudo ls
su -c ls
doas ls
chroot a ls
nsenter -t 1 ls
unshare ls
timeout 5 rm a
nice rm a
xargs rm
xargs -I{} rm {}
xargs sh -c x
watch rm a
parallel rm
script -c 'rm a' b
script a
flock a rm b
busybox rm a
at now
tmux send-keys x
"""


@pytest.mark.parametrize("command", MORE_THAN_READERS.strip().splitlines())
def test_what_does_more_than_read_is_never_called_reading(command: str) -> None:
    assert not does(command).only_reads


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("ls", "ls"),
        ("/bin/ls", "ls"),
        ("/usr/local/bin/ls", "ls"),
        ("/usr/bin/../bin/ls", "ls"),
        ("./ls", None),
        ("bin/ls", None),
        ("/tmp/ls", None),
        ("/home/agent/bin/ls", None),
        ("/usr/bin/../../tmp/ls", None),
    ],
)
def test_a_program_is_known_by_its_name_or_in_a_directory_of_the_system(word: str, name: str | None) -> None:
    assert program_name(word) == name


def test_a_name_may_carry_a_version_only_where_the_table_says_so() -> None:
    assert entry("ls") is not None
    assert entry("ls2") is None
    assert entry("python3.12") is entry("python3.12")
    assert entry("python3.12") is not None
    assert entry("nonsense") is None
