"""The images boxes are made of: found, pulled or built, so that `resolve` gives an id the engine really has.

Rules that live here and nowhere else:

* A folder `images/<name>/` with a Dockerfile is an image of ours, up to date while the engine has one that was built
  from exactly these files. `agent-runner/<name>:latest` is the one built last.
* A folder's name comes first, then what the engine has, then the registry. What begins with `agent-runner/` and is
  no folder is never pulled: nobody owns that name out there.
* One Dockerfile for both worlds. Where the registry gives the image of its `ARG BASE=`, that is what is built upon.
  Else the base is made of Debian packages, with everything of packages.txt in it already, imported, and given to the
  same Dockerfile as BASE. Its RUN then finds nothing to install and gets no network, so this way needs neither a
  registry nor a bridge network, and it is quicker than installing inside a build.
* A tag is set only on a finished image.

Theory of operation: `resolve` is one inspect call while nothing has changed. A build holds a lock file in the cache,
so that of two processes one builds and the other finds it built. The tar of packages stays in the cache, for engines
that come and go (CI); its name is a digest of the very command that made it.

Not promised: that an image has the newest packages (`build(force=True)` fetches them), that superseded images are
removed (another checkout may use them), or a build without a registry for another architecture than this machine's.
"""

import contextlib
import datetime as dt
import fcntl
import hashlib
import platform
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from docker import DockerClient

from runner.adapters.docker_sandbox import debian_root
from runner.adapters.docker_sandbox.image_recipe import REPOSITORY, Recipe, find_recipe, recipe_names
from runner.adapters.docker_sandbox.image_store import BuildFailed, Image, ImageStore, is_id, is_reference
from runner.errors import SandboxUnavailable
from runner.ports import Watch
from runner.types import Word

NAME_LABEL = "org.agent-runner.image.name"
DIGEST_LABEL = "org.agent-runner.image.digest"
COPY_LABEL = "org.agent-runner.image.copy"
"""On the container, never started, that `static_shell` copies from; its value is the cache it copies to."""

_PULL_STALL_S = 60  # the engine's own patience with a registry is 15 s an address; this is for an engine that hangs
_TRY_PULL_STALL_S = 10  # ... where there is another way to the base, a silent registry is not waited for
_LOCK_S = 2400  # longer than any build another process may be at
_OLD_S = 3600  # an unnamed image younger than this may be one that another process is about to name
_LOG_LINES = 1000
_SHELL_LIMIT_BYTES = 16 * 1024**2  # Debian's bash-static has 2.3 MB
_SHELLS = ("/usr/bin/bash-static", "/bin/bash-static")


class ImageInfo(Word, frozen=True, kw_only=True):
    """An image of ours. `id`, `size_bytes` and `created` are None while it is not built.

    `up_to_date`: it was built from the folder as it is now.
    """

    name: str
    tag: str
    id: str | None
    size_bytes: int | None
    created: dt.datetime | None
    up_to_date: bool


class ImageFacts(Word, frozen=True, kw_only=True):
    """What an image says of itself.

    Attributes:
        architecture: "amd64", "arm64", ...; empty where it does not say.
        user: whom its programs run as, empty for root.
        path: their PATH, empty where it sets none.
    """

    id: str
    architecture: str
    user: str
    path: str


def images_folder() -> Path:
    """Return the folder of image folders: in the package when installed, beside it in a checkout.

    Raises:
        SandboxUnavailable: neither is there.
    """
    package = Path(__file__).parents[2]
    for folder in (package / "images", package.parent / "images"):
        if folder.is_dir():
            return folder
    raise SandboxUnavailable("This installation of runner has no images folder.", hint="Install agent-runner again.")


class Images:
    """The images of one engine.

    Args:
        client: where the engine is.
        folder: the folder of image folders, see `images_folder`.
        cache: a directory of the user's own; made if missing.
        watch: told what is being done.
    """

    def __init__(self, client: DockerClient, *, folder: Path, cache: Path, watch: Watch) -> None:
        """Nothing is asked of the engine yet."""
        self._store = ImageStore(client, watch=watch)
        self._folder = folder
        self._cache = cache
        self._watch = watch

    def resolve(self, name: str) -> str:
        """Return the id of the image called `name`; it is in the engine and fits its architecture.

        An image that is there costs one call (1-2 ms; one more, once, for the engine's architecture). Else it is
        built (half a minute) or pulled.

        Raises:
            SandboxUnavailable: there is no such image, or it cannot be had.
        """
        return self._resolve(name).id

    def info(self, name: str) -> ImageFacts:
        """Return what the image says of itself. Costs the same as `resolve`, and raises the same."""
        image = self._resolve(name)
        return ImageFacts(id=image.id, architecture=image.architecture, user=image.user, path=image.path)

    def build(self, name: str, *, force: bool = False) -> ImageInfo:
        """Return the image of a folder, built if it was missing, changed, or `force` is given.

        `force` fetches base and packages anew. Seconds where the cache has the base, else about half a minute.

        Raises:
            SandboxUnavailable: no such folder, or the build failed; the engine holds what it held before.
        """
        recipe = find_recipe(self._folder, name)
        if recipe is None:
            raise SandboxUnavailable(f"There is no image folder {name!r} in {self._folder}.", hint=self._known())
        image = self._build(recipe, force=force)
        return ImageInfo(
            name=recipe.name,
            tag=recipe.tag,
            id=image.id,
            size_bytes=image.size,
            created=image.created,
            up_to_date=True,
        )

    def ls(self) -> list[ImageInfo]:
        """Return every image that was built from a folder, and the folders not built yet: by name, newest first.

        Raises:
            SandboxUnavailable: the engine does not answer, or a folder cannot be read.
        """
        recipes = {name: recipe for name in recipe_names(self._folder) if (recipe := find_recipe(self._folder, name))}
        rows = []
        for image in sorted(self._store.labelled(NAME_LABEL), key=lambda image: -image.created):
            labels = image.labels or {}
            recipe = recipes.get(labels.get(NAME_LABEL, ""))
            rows.append(
                ImageInfo(
                    name=labels.get(NAME_LABEL, ""),
                    tag=next((tag for tag in image.names if not tag.endswith(":latest")), ""),
                    id=image.id,
                    size_bytes=image.size,
                    created=dt.datetime.fromtimestamp(image.created, dt.UTC),
                    up_to_date=recipe is not None and labels.get(DIGEST_LABEL) == recipe.digest,
                )
            )
        built = {row.name for row in rows if row.up_to_date}
        rows += [
            ImageInfo(name=name, tag=recipe.tag, id=None, size_bytes=None, created=None, up_to_date=False)
            for name, recipe in recipes.items()
            if name not in built
        ]
        return sorted(rows, key=lambda row: row.name)

    def static_shell(self, name: str) -> Path:
        """Return a host file: the static bash of that image, mode 0755, to be mounted into boxes without a shell.

        Copied once per image (0.2 s), then it costs `resolve` alone. It is never executed on the host.

        Raises:
            SandboxUnavailable: as `resolve`; or the image has no static bash, or it is not a program of sane size.
        """
        image_id = self.resolve(name)
        shell = self._cache / f"bash-static-{image_id.removeprefix('sha256:')}"
        if shell.is_file():
            return shell
        with self._lock("bash-static"), _new_file(shell) as part:
            label = (COPY_LABEL, str(self._cache))
            part.write_bytes(self._store.copy_program(image_id, _SHELLS, limit_bytes=_SHELL_LIMIT_BYTES, label=label))
            part.chmod(0o755)
        return shell

    # --- finding ---

    def _resolve(self, name: str) -> Image:
        if recipe := find_recipe(self._folder, name):
            image = self._built(recipe) or self._build(recipe, force=False)
        else:
            image = self._find(name)
        if image.architecture not in ("", self._store.architecture):
            raise SandboxUnavailable(
                f"Image {name} is for {image.architecture}, but this engine runs {self._store.architecture}.",
                hint=f"Use an image that is made for {self._store.architecture}.",
            )
        return image

    def _built(self, recipe: Recipe) -> Image | None:
        image = self._store.inspect(recipe.tag)
        return image if image and image.labels.get(DIGEST_LABEL) == recipe.digest else None

    def _find(self, name: str) -> Image:
        if not (is_id(name) or is_reference(name)):
            raise SandboxUnavailable(f"{name!r} is not the name of an image.", hint=self._known())
        if image := self._store.inspect(name):
            return image
        if is_id(name) or name.startswith(f"{REPOSITORY}/"):
            raise SandboxUnavailable(f"The engine has no image {name}.", hint=self._known())
        reason = self._store.pull(name, stall_s=_PULL_STALL_S)
        if image := self._store.inspect(name):
            return image
        raise SandboxUnavailable(
            f"The engine has no image {name}, and pulling it failed: {reason or 'it is still not there'}.",
            hint=f"Check the spelling, and whether the engine reaches the registry. {self._known()}",
        )

    def _known(self) -> str:
        return f"Images that runner builds itself: {', '.join(recipe_names(self._folder)) or 'none'}."

    # --- building ---

    def _build(self, recipe: Recipe, *, force: bool) -> Image:
        with self._lock(recipe.name):
            before = self._built(recipe)
            if before and not force:
                return before
            try:
                image_id = self._build_on_public_base(recipe, force=force)
            except SandboxUnavailable as reason:
                if recipe.suite is None:
                    raise
                image_id = self._build_on_packages(recipe, recipe.suite, reason, force=force)
            for tag in (recipe.digest[:12], "latest"):
                self._store.tag(image_id, recipe.repository, tag)
            for other in self._store.labelled(f"{NAME_LABEL}={recipe.name}"):
                if not other.names and ((before and other.id == before.id) or other.created < time.time() - _OLD_S):
                    self._store.discard(other.id)
            image = self._built(recipe)
        if image is None:
            raise SandboxUnavailable(f"Image {recipe.name} was removed from the engine just now.", hint="Try again.")
        return image

    def _build_on_public_base(self, recipe: Recipe, *, force: bool) -> str:
        base = recipe.base
        if base and (force or self._store.inspect(base) is None):
            reason = self._store.pull(base, stall_s=_TRY_PULL_STALL_S if recipe.suite else _PULL_STALL_S)
            if reason and self._store.inspect(base) is None:
                raise SandboxUnavailable(
                    f"Image {recipe.name} is built on {base}, which the registry did not give: {reason}.",
                    hint="Give the engine a way to the registry, or the image itself (docker load).",
                )
        return self._run_dockerfile(recipe, base=None, network=None, fresh=force)

    def _build_on_packages(self, recipe: Recipe, suite: str, reason: SandboxUnavailable, *, force: bool) -> str:
        base_id = self._store.load(self._debian_root(recipe, suite, reason, force=force))
        try:
            return self._run_dockerfile(recipe, base=base_id, network="none", fresh=force)
        except BaseException:
            self._store.discard(base_id)
            raise

    def _run_dockerfile(self, recipe: Recipe, *, base: str | None, network: str | None, fresh: bool) -> str:
        labels = {NAME_LABEL: recipe.name, DIGEST_LABEL: recipe.digest}
        try:
            return self._store.build(
                recipe.name, recipe.context, base=base, network=network, fresh=fresh, labels=labels
            )
        except BuildFailed as error:
            error.hint = self._log_hint(recipe, error.lines)
            raise

    def _debian_root(self, recipe: Recipe, suite: str, reason: SandboxUnavailable, *, force: bool) -> Path:
        """Return a tar of a Debian root with the recipe's packages, from the cache unless `force`."""
        machine = platform.machine()
        if {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine) != self._store.architecture:
            raise SandboxUnavailable(
                f"{reason} It cannot be made of Debian packages either: "
                f"the engine runs {self._store.architecture}, this machine {machine}.",
                hint=reason.hint,
            ) from reason
        command = debian_root.command(suite, recipe.packages)
        key = hashlib.sha256("\0".join((machine, *command)).encode()).hexdigest()[:16]
        tar = self._cache / f"{recipe.name}-{key}.tar"
        if tar.is_file() and not force:
            return tar
        if not debian_root.is_possible():
            raise SandboxUnavailable(
                f"{reason} mmdebstrap, which would make it of Debian packages, is not installed.",
                hint=f"apt-get install mmdebstrap. {reason.hint}",
            ) from reason
        self._watch(f"building {recipe.name} of Debian packages: {reason}")
        for left in self._cache.glob(f".{recipe.name}-*.tar.*"):  # by a process that was killed; the lock is ours
            left.unlink()
        lines: deque[str] = deque(maxlen=_LOG_LINES)
        with _new_file(tar) as part:
            try:
                for line in debian_root.make(command, part):
                    lines.append(line)
                    if not line.startswith("I: running --"):  # our own hooks, long and momentary
                        self._watch(f"building {recipe.name}: {line.removeprefix('I: ')}")
            except debian_root.DebianRootFailed as error:
                raise SandboxUnavailable(
                    f"Making image {recipe.name} of Debian packages failed: {error}.",
                    hint=f"{self._log_hint(recipe, lines)} Does this machine reach a Debian mirror?",
                ) from error
        for old in self._cache.glob(f"{recipe.name}-*.tar"):
            if old != tar:
                old.unlink()
        return tar

    # --- the cache ---

    def _log_hint(self, recipe: Recipe, lines: Iterable[str]) -> str:
        log = self._cache / f"{recipe.name}.log"
        log.write_text("\n".join(lines) + "\n")
        return f"What the build said is in {log}."

    @contextlib.contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        """Hold the cache's lock of that name, and turn what goes wrong with the cache into our own error."""
        try:
            self._cache.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (self._cache / f"{name}.lock").open("w") as file:
                deadline = time.monotonic() + _LOCK_S
                while not _locked(file):
                    if time.monotonic() > deadline:
                        raise SandboxUnavailable(
                            f"Another process has been busy with image {name} for {_LOCK_S // 60} minutes.",
                            hint=f"End the process that holds {file.name}.",
                        )
                    self._watch(f"waiting for another process that is busy with image {name}")
                    time.sleep(0.2)
                yield
        except OSError as error:
            raise SandboxUnavailable(
                f"The cache of images cannot be used: {error}.", hint=f"Make room in, or writable: {self._cache}"
            ) from error


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """Give a temporary file beside `path`; it is there under its name when all went well, and gone otherwise."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        part = Path(file.name)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
