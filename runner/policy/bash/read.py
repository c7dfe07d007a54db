"""The text of a shell command, read as bash reads it: text to `Script`.

Rules that live here and nowhere else:

* What the grammar, as `parser` spells it out, cannot read is opaque.
* A text that is opaque still has its commands listed, as many as can be found: rules that forbid look at them.
* Longer than `TEXT_CHARS`, deeper than `lexer.NESTING`, more commands than `simple.COMMANDS`: opaque.

The way: `unicode` looks at the characters, `parser` (on top of `lexer`) makes the `tree`, `walk` goes through it as the
shell would with a `state`, expanding words (`expansion`, `fields`, `braces`, `parameters`) and applying bash's own
commands (`simple`, `builtins`), and leaves drafts, which become the script.

Why a parser of our own: tree-sitter's trees for bash are made for editors. `rm>o x` gives `x` to the redirection,
backquotes in a here-document are text, `coproc` is a program, and none of it is an error in the tree. And its scanner
is C that a few odd characters crash (tree-sitter-bash 0.25, a brace before a character beyond U+FFFF): a model's words
are not given to such code inside the process that guards the box.

Cost: 0.05 ms for an ordinary command, linear in the length; at most some tenths of a second for any text.
"""

from collections.abc import Iterable, Mapping

from runner.policy.bash.characters import Unreadable
from runner.policy.bash.draft import Draft, Place
from runner.policy.bash.parser import Parser
from runner.policy.bash.salvage import salvaged
from runner.policy.bash.script import Script, Simple
from runner.policy.bash.simple import TooMuch
from runner.policy.bash.state import State, Value
from runner.policy.bash.unicode import hidden
from runner.policy.bash.walk import Walker

TEXT_CHARS = 20_000
"""Longer texts are opaque, which bounds time and memory. Our choice."""


def read(command: str, cwd: str | None, *, home: str = "/home/agent", variables: Mapping[str, str] = {}) -> Script:
    """Return what the shell runs when it is given this text. Never raises.

    Args:
        command: the text; what is behind the first `TEXT_CHARS` characters is not read.
        cwd: absolute directory the shell is in; None when that is uncertain.
        home: the home directory of whom the shell runs as.
        variables: further variables that are certainly set so before the text begins.
    """
    reasons: dict[str, None] = {}
    if len(command) > TEXT_CHARS:
        reasons[f"longer than {TEXT_CHARS:,} characters"] = None
        command = command[:TEXT_CHARS]
    problem = hidden(command)
    if problem:
        reasons[problem] = None
    known = {"HOME": Value(text=home)} | {name: Value(text=text) for name, text in variables.items()}
    walker = Walker()
    state = State(cwd=cwd, variables=known)
    found: Iterable[Simple]
    try:
        parser = Parser(command)
        tree = parser.sequence()
        reasons |= dict.fromkeys(parser.doubts)
        state = walker.sequence(tree, state, Place()).settled
        walker.list_uncalled()
        found = _commands(walker.drafts)
    except (Unreadable, TooMuch) as problem_here:
        reasons[f"cannot be read as bash: {problem_here}"] = None
        state = State(cwd=None)
        found = [*_commands(walker.drafts), *salvaged(command)]
    reasons |= walker.doubts
    return Script(commands=tuple(found), opaque=tuple(reasons), cwd=state.cwd, defines=tuple(walker.defined))


def _commands(drafts: list[Draft]) -> list[Simple]:
    kept = [draft for draft in drafts if draft.kept]
    places = {id(draft): place for place, draft in enumerate(kept)}
    return [
        Simple(
            text=draft.text,
            argv=draft.argv,
            assignments=draft.assignments,
            redirects=draft.redirects,
            cwd=draft.cwd,
            stdin_text=draft.stdin_text,
            fed_by=places.get(id(draft.fed_by)) if draft.fed_by is not None else None,
            background=draft.background,
            inside=draft.inside,
        )
        for draft in kept
    ]
