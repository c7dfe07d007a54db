"""What one command does, collected while its words are read.

Rules that live here and nowhere else:

* A path is made absolute by the directory the command runs in, by its words alone; links are followed elsewhere.
* A path that is not certain is reported in `unsure`: what is done to it cannot be told.
* The null device, the terminal and the command's own streams are nobody's files; disks are a hazard of their own.
* A deletion whose target is known only when it runs is the hazard `unresolved-delete` where it could be everything:
  an expansion with something behind its end (`$X/*`), or what a substitution happens to print.
"""

import posixpath
import re
from collections.abc import Iterable

from runner.policy.bash.script import Arg
from runner.policy.programs.words import piped, why_unsure
from runner.types import Effects

_FREE = re.compile(r"/dev/(null|full|stdin|stdout|stderr|tty|console|fd/\d+|pts/\d+)|/proc/self/fd/\d+")
_ENDLESS = re.compile(r"/dev/(zero|u?random)")
_DISK = re.compile(
    r"/dev/(sd[a-z]|hd[a-z]|vd[a-z]|xvd|nvme|mmcblk|disk|r?disk\d|md\d|dm-|mapper/|loop\d|sr\d|st\d|nst\d|ram\d|zram|k?mem"
    r"|port|mtd|block/|bus/|raw/|zd\d).*"
)
_EMPTY = re.compile(r"(\$\w+|\$[@*#?!]|\$\{[^}]*\}|\$\(.*\)|`.*`)+", re.DOTALL)
_OUTPUT = re.compile(r"\$\(|`")


class Acts:
    """Collects effects. The order is that in which they were found."""

    def __init__(self, cwd: str | None, home: str) -> None:
        self.cwd = cwd
        self.home = home
        self.reads: list[str] = []
        self.writes: list[str] = []
        self.deletes: list[str] = []
        self.executes: list[str] = []
        self.sends: list[str] = []
        self.privilege: list[str] = []
        self.hazards: list[str] = []
        self.opaque: list[str] = []
        self.unsure: list[str] = []
        self.unread = False

    def effects(self) -> Effects:
        """Everything collected; `opaque` is the first reason."""
        reasons = [*self.opaque, *self.unsure]
        return Effects(
            reads=_once(self.reads),
            writes=_once(self.writes),
            deletes=_once(self.deletes),
            executes=_once(self.executes),
            sends=_once(self.sends),
            privilege=_once(self.privilege),
            hazards=_once(self.hazards),
            opaque=reasons[0] if reasons else None,
            unread=self.unread and bool(reasons),
        )

    def add(self, effects: Effects) -> None:
        """Take over what something inside does."""
        self.reads += effects.reads
        self.writes += effects.writes
        self.deletes += effects.deletes
        self.executes += effects.executes
        self.sends += effects.sends
        self.privilege += effects.privilege
        self.hazards += effects.hazards
        if effects.opaque is not None:
            self.opaque.append(effects.opaque)
        self.unread |= effects.unread

    def path(self, arg: Arg) -> str | None:
        """The absolute path a word names; None, with the reason noted, when that is not certain.

        A pipe to or from commands that are parts themselves is nobody's path.
        """
        if piped(arg):
            return None
        if arg.text is None:
            self.unsure.append(why_unsure(arg))
            return None
        return self.named(arg.text)

    def named(self, text: str) -> str | None:
        """The absolute path of a literal name; `~` is the home."""
        if text == "~" or text.startswith("~/"):
            text = self.home + text[1:]
        if not text.startswith("/"):
            if self.cwd is None:
                self.unsure.append("the directory it runs in is not certain")
                return None
            text = f"{self.cwd}/{text}"
        return "/" + posixpath.normpath(text).lstrip("/")

    def read(self, path: str | None) -> None:
        """It reads the path."""
        if path is not None and not _FREE.fullmatch(path) and not _ENDLESS.fullmatch(path):
            self.reads.append(path)

    def write(self, path: str | None) -> None:
        """It writes the path."""
        if path is None or _FREE.fullmatch(path):
            return
        self.writes.append(path)
        if _DISK.fullmatch(path):
            self.hazards.append("disk")

    def delete(self, path: str | None) -> None:
        """It deletes the path."""
        if path is not None:
            self.deletes.append(path)

    def change(self, path: str | None) -> None:
        """What follows happens in that directory."""
        self.read(path)
        self.cwd = path

    def unresolved(self, arg: Arg, *, tree: bool) -> None:
        """Note the hazard of deleting what only the run will tell, where it could be everything."""
        source = arg.source.replace('"', "")
        if arg.text is not None or ":?" in source:
            return
        match = _EMPTY.match(source.lstrip("/"))
        if match is None:
            return
        behind = source.lstrip("/")[match.end() :]
        if behind[:1] in {"/", "*"} or source.startswith("/") or (tree and _OUTPUT.match(source)):
            self.hazards.append("unresolved-delete")


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
