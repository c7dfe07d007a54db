"""What is known of a program text while it is read, for the readers of Python, Perl, Ruby and JavaScript.

Rules that live here and nowhere else:

* A path is absolute by the directory the program is in; a relative one in an uncertain directory is opaque.
* A file whose name is not known is read or written by what the program executes; one that is deleted, a command that
  is run and a place that is talked to, of which the name is not known, are opaque.
* A literal that looks like the name of a file counts as read wherever it stands.
"""

import posixpath
import re
from collections.abc import Iterable

from runner.policy.languages.doing import Doing
from runner.types import Effects

_FREE = re.compile(r"/dev/(?:null|full|stdin|stdout|stderr|tty|fd/\d+|u?random|zero)")
_PLACE = re.compile(
    r"(?:~|\.{1,2})?/[\w.@%+~-][^\s:*?\"<>|{}\\]*|\.[\w-][\w.-]*|[\w@%+~-][\w.@%+~/-]*\.[A-Za-z][A-Za-z0-9]{0,7}"
)
_TOP = re.compile(
    r"/(?:etc|home|root|var|tmp|usr|proc|sys|dev|opt|srv|mnt|media|run|bin|sbin|lib|boot|app|workspace|Users)(?:/|$)"
)
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|local|example)", re.IGNORECASE)
REASON_CHARS = 200
"""A longer reason is cut: names in it are the program's own. Our choice."""

_CHARS = 300
"""A longer literal is no name of a file. Linux allows 255 bytes to a name; our choice."""


def looks_like_path(text: str) -> bool:
    """Whether a literal is likely the name of a file: it has a directory that exists everywhere, a dot, or both."""
    if not text or len(text) > _CHARS or _PLACE.fullmatch(text) is None:
        return False
    return _TOP.match(text) is not None if text.startswith("/") else _HOST.fullmatch(text) is None


class Known:
    """Collects what a program does.

    Args:
        cwd: absolute directory it works in; None when that is uncertain.
        home: absolute directory that `~` names.
        language: how the program is called in what it executes.
    """

    def __init__(self, cwd: str | None, home: str, language: str) -> None:
        self.cwd = cwd
        self.home = home
        self.language = language
        self.commands: list[str] = []
        self._found: dict[str, list[str]] = {
            name: [] for name in ("reads", "writes", "deletes", "executes", "sends", "hazards")
        }
        self._opaque: str | None = None

    def doing(self) -> Doing:
        """All that was collected."""
        found = {name: tuple(dict.fromkeys(values)) for name, values in self._found.items()}
        effects = Effects(
            reads=found["reads"],
            writes=found["writes"],
            deletes=found["deletes"],
            executes=found["executes"],
            sends=found["sends"],
            hazards=found["hazards"],
            opaque=self._opaque,
        )
        return Doing(effects=effects, commands=tuple(dict.fromkeys(self.commands)))

    def opaque(self, reason: str) -> None:
        """Something is not certain; the first reason is kept."""
        self._opaque = self._opaque or reason[:REASON_CHARS]

    def executes(self) -> None:
        """It runs code beyond what can be read."""
        self._found["executes"].append(self.language)

    def hazard(self, name: str) -> None:
        """It is a known dangerous act."""
        self._found["hazards"].append(name)

    def hazards(self, names: Iterable[str]) -> None:
        """It is several known dangerous acts."""
        self._found["hazards"] += names

    def send(self, target: str | None) -> None:
        """It talks to somebody; None: it cannot be told to whom."""
        if target is None:
            self.opaque("whom it talks to is known only when it runs")
        self._found["sends"].append(target or "?")

    def command(self, text: str | None) -> None:
        """It runs shell text; None: that cannot be told."""
        if text is None:
            self.opaque("which command it runs is known only then")
        else:
            self.commands.append(text)

    def named(self, text: str) -> None:
        """A literal names a file."""
        path = self._absolute(text)
        if path is not None:
            self._found["reads"].append(path)

    def path(self, verb: str, text: str | None) -> None:
        """It does something to a file: `read`, `write`, `delete`, `tree` (all below it), `script` (runs it), `cwd`."""
        if verb == "tree":
            self.hazard("tree-delete")
        if text is None:
            self._unknown(verb)
            return
        path = self._absolute(text)
        if verb == "cwd":
            self.cwd = path
        elif path is None:
            self.opaque("the directory it works in is not certain")
        elif verb == "read":
            self._found["reads"].append(path)
        elif verb == "write":
            self._found["writes"].append(path)
        elif verb == "script":
            self._found["reads"].append(path)
            self._found["executes"].append(path)
        else:
            self._found["deletes"].append(path)

    def _unknown(self, verb: str) -> None:
        if verb == "cwd":
            self.cwd = None
        elif verb in {"read", "write"}:
            self.executes()
        else:
            self.opaque(
                "what it deletes is known only when it runs"
                if verb != "script"
                else "which file it runs is known only then"
            )

    def _absolute(self, text: str) -> str | None:
        if text == "~" or text.startswith("~/"):
            text = self.home + text[1:]
        if not text.startswith("/"):
            if self.cwd is None:
                return None
            text = f"{self.cwd}/{text}"
        path = "/" + posixpath.normpath(text).lstrip("/")
        return None if _FREE.fullmatch(path) else path
