"""A folder of `images/`, read: what the engine is sent to build it, and what may be told from it beforehand.

Rules that live here and nowhere else:

* The recipe's digest is that of the exact bytes the engine is sent: every file of the folder but README.md and dot
  files. Names, contents and the executable bit count; owner, time and the order on disk do not.
* packages.txt is the one list of packages: one Debian package a line, what follows a # is a comment.
* A Dockerfile that begins `ARG BASE=debian:<release>` beside a packages.txt can also be built where no registry
  answers (`debian_root`); any other needs its base in the engine or in a registry.

Not promised: that the Dockerfile is right. Only the engine can tell.
"""

import functools
import hashlib
import io
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path

from runner.errors import SandboxUnavailable

REPOSITORY = "agent-runner"
"""The repository prefix of every image built from a folder. No registry has it: such names are never pulled."""

_FOLDER = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}", re.ASCII)
_BASE = re.compile(r"^ARG BASE=(\S+)$", re.MULTILINE | re.ASCII)
_DEBIAN = re.compile(r"(?:docker\.io/)?(?:library/)?debian:([a-z]+)(?:-[0-9]{8})?(?:-slim)?", re.ASCII)
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9.+-]+", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """An image folder. `context` is the tar the engine is sent: the same bytes for the same folder, everywhere."""

    name: str
    dockerfile: str
    packages: tuple[str, ...]
    context: bytes

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 of the context, 64 hex digits."""
        return hashlib.sha256(self.context).hexdigest()

    @property
    def repository(self) -> str:
        """The image's name without a tag."""
        return f"{REPOSITORY}/{self.name}"

    @property
    def tag(self) -> str:
        """The name of exactly this version of the image."""
        return f"{self.repository}:{self.digest[:12]}"

    @property
    def base(self) -> str | None:
        """The image the Dockerfile builds upon unless told otherwise; None if it has no such argument."""
        found = _BASE.search(self.dockerfile)
        return found[1] if found else None

    @property
    def suite(self) -> str | None:
        """The Debian release to make the base of; None if the base is something else or nothing is to be in it."""
        found = _DEBIAN.fullmatch(self.base or "")
        return found[1] if found and self.packages else None


def recipe_names(folder: Path) -> list[str]:
    """Return the names of the image folders in `folder`, sorted."""
    return sorted(path.parent.name for path in folder.glob("*/Dockerfile") if _FOLDER.fullmatch(path.parent.name))


def find_recipe(folder: Path, name: str) -> Recipe | None:
    """Return the recipe called `name` (`base`, `agent-runner/base` or `agent-runner/base:latest`), None if none is.

    Costs a read of each of its files (0.3 ms for `base`).

    Raises:
        SandboxUnavailable: a file of it cannot be read, or its packages.txt is wrong.
    """
    name = name.removeprefix(f"{REPOSITORY}/").removesuffix(":latest")
    if not (_FOLDER.fullmatch(name) and (folder / name / "Dockerfile").is_file()):
        return None
    try:
        return _read(folder / name)
    except (OSError, ValueError) as error:
        raise SandboxUnavailable(f"The image folder {folder / name} cannot be used: {error}.") from error


def read_packages(text: str) -> tuple[str, ...]:
    """Return the packages of a packages.txt.

    Raises:
        ValueError: a line is not the name of a Debian package.
    """
    names = tuple(name for line in text.splitlines() if (name := line.partition("#")[0].strip()))
    for name in names:
        if not _PACKAGE.fullmatch(name):
            raise ValueError(f"packages.txt: {name!r} is not the name of a package")
    return names


def _read(folder: Path) -> Recipe:
    files = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }
    files.pop("README.md", None)
    contents = {name: path.read_bytes() for name, path in files.items()}
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in sorted(contents.items()):
            member = tarfile.TarInfo(name)  # owner 0, time 0
            member.size = len(content)
            member.mode = 0o755 if files[name].stat().st_mode & 0o100 else 0o644
            tar.addfile(member, io.BytesIO(content))
    return Recipe(
        name=folder.name,
        dockerfile=contents["Dockerfile"].decode(),
        packages=read_packages(contents.get("packages.txt", b"").decode()),
        context=context.getvalue(),
    )
