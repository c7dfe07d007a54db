"""Shell commands that hide another one, and random damage to them: what the fuzz tests are fed with."""

import random
from collections.abc import Iterator

HIDDEN = "rm x"
"""The command that a rule forbids."""

AROUND = (
    "{}",
    "ls; {}",
    "ls && {}",
    "ls || {}",
    "false || {}",
    "{} &",
    "echo a | {}",
    "({})",
    "{{ {}; }}",
    "if true; then {}; fi",
    "while {}; do break; done",
    "for i in 1; do {}; done",
    "case a in a) {};; esac",
    "f() {{ {}; }}; f",
    "echo $({})",
    "echo `{}`",
    'echo "$({})"',
    "cat <({})",
    "X=$({})",
    "echo ${{X:-$({})}}",
    "echo $(( $({}) ))",
    "a[$({})]=1",
    "cat <<E\n$({})\nE",
    "eval '{}'",
    "sh -c '{}'",
    "bash -c '{}'",
    "bash <<< '{}'",
    "bash <<E\n{}\nE",
    "echo '{}' | sh",
    "printf '{}' | bash",
    "source <(echo '{}')",
    "trap '{}' EXIT",
    "time {}",
    "! {}",
    "[[ -n $({}) ]]",
    "{} # comment",
    "# comment\n{}",
    "ls\n{}",
    "ls \\\n; {}",
    "true;{}",
)
"""Texts that run what stands in their braces."""

BEFORE = (
    "env {}",
    "env A=1 {}",
    "command {}",
    "exec {}",
    "timeout 5 {}",
    "nice -n 5 {}",
    "nohup {}",
    "echo x | xargs {}",
    "find . -maxdepth 0 -exec {} \\;",
    "sudo -n {}",
    "A=1 {}",
    ">o {}",
    "2>&1 {}",
    "env timeout 5 nice {}",
)
"""The same, for one simple command."""

SPELLED = ("rm x", "'rm' x", "r''m x", "\\rm x", "/bin/rm x", "rm  x", "rm -f x", "rm x y", "$'\\x72m' x", "X=rm; $X x")
CHARACTERS = "'\"\\$`(){}[];|&<>#\n\t =*?~!-_xrm0"
NOISE = (*CHARACTERS, "$(", "${", "<<", "<(", "&&", "||", ";;", "\\\n", "rm x", "ls")


def contained(seed: int, count: int) -> Iterator[str]:
    """Yield commands that certainly hold a spelling of the hidden one, up to three levels deep."""
    chance = random.Random(seed)
    for _ in range(count):
        command = chance.choice(("{}", *BEFORE)).format(chance.choice(SPELLED[:7]))
        for _ in range(chance.randint(1, 3)):
            outer = chance.choice(AROUND)
            if ("'" in command and "'{}'" in outer) or ("`" in command and "`" in outer):
                outer = "ls; {}"
            command = outer.format(command)
        yield command


def damaged(seed: int, count: int) -> Iterator[str]:
    """Yield such commands after one to six random insertions, removals and exchanges."""
    chance = random.Random(seed)
    for _ in range(count):
        text = chance.choice((*AROUND, *BEFORE)).format(chance.choice(SPELLED))
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(text) + 1)
            match chance.randrange(4):
                case 0:
                    text = text[:at] + chance.choice(NOISE) + text[at:]
                case 1:
                    text = text[:at] + text[at + 1 :]
                case 2:
                    other = chance.randrange(len(text) + 1)
                    text = text[: min(at, other)] + text[max(at, other) :] + text[min(at, other) : max(at, other)]
                case _:
                    text = text[:at] + chance.choice(NOISE) + text[at + 1 :]
        yield text
