"""The words between bash's grammar and what programs do: a script is a list of simple commands.

Rules that live here and nowhere else:

* A word of a command is what the program would get, if that is certain; otherwise it says why not. Nothing is guessed.
* Every simple command that the text holds anywhere (substitution, function body, branch) is in the list once for
  every certain way it can run; the order is that of the text.
"""

from runner.types import Word


class Arg(Word, frozen=True, kw_only=True):
    """One word of a command after all expansions.

    Attributes:
        text: what the program gets; None when that is known only when it runs. Of a pattern: the pattern, in which
            a quoted `*`, `?` or `[` stands behind a backslash.
        source: as written.
        pattern: it holds an active `*`, `?` or `[...]`, so it stands for any number of names.
        prefix: of an uncertain word: what it certainly begins with.
        why: of an uncertain word: why it is.
        many: it may become several words or none: an expansion that is not quoted.
        number: uncertain, but certainly a number, or several when it is `many`.
    """

    text: str | None
    source: str
    pattern: bool = False
    prefix: str = ""
    why: str = ""
    many: bool = False
    number: bool = False


class Redirect(Word, frozen=True, kw_only=True):
    """A redirection: `fd` (None: the operator's own), operator (`<`, `>`, `>>`, `>|`, `&>`, `&>>`, `<>`), target.

    Duplications (`2>&1`), here-documents and here-strings are none; what those feed is `Simple.stdin_text`.
    """

    operator: str
    target: Arg
    fd: int | None = None


class Simple(Word, frozen=True, kw_only=True):
    """One simple command.

    Attributes:
        text: as written with its assignments, blanks outside quotes folded to one, redirections left out.
        argv: the program first; empty for assignments or redirections alone.
        assignments: variables set for it, or for the shell when `argv` is empty.
        redirects: in their order.
        cwd: absolute directory it runs in; None when a `cd` before it made that uncertain.
        stdin_text: what a here-document, a here-string or a literal `echo`/`printf` before a pipe feeds it; None when
            nothing, or nothing certain.
        fed_by: index in the script of the command whose output it reads through a pipe; None when there is none.
        background: the shell does not wait for it.
        inside: where it stands, outermost first, out of `subshell`, `group`, `substitution`, `process`, `function`,
            `loop`, `branch`, `case`, `negation`; empty at the top.
    """

    text: str
    argv: tuple[Arg, ...]
    assignments: tuple[tuple[str, Arg], ...] = ()
    redirects: tuple[Redirect, ...] = ()
    cwd: str | None = None
    stdin_text: str | None = None
    fed_by: int | None = None
    background: bool = False
    inside: tuple[str, ...] = ()


class Script(Word, frozen=True, kw_only=True):
    """A whole command text.

    Attributes:
        commands: every simple command in it.
        opaque: why something in it could not be read; empty when everything could.
        cwd: directory the shell is in afterwards; None when uncertain.
        defines: names of functions and aliases that the text defines for the shell: later they mean that.
    """

    commands: tuple[Simple, ...] = ()
    opaque: tuple[str, ...] = ()
    cwd: str | None = None
    defines: tuple[str, ...] = ()
