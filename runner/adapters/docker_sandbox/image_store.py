"""An engine's image store: looking up, pulling, importing, building, tagging, removing, copying a program out.

Rules that live here and nowhere else:

* Every wait is bounded by how long the engine may be silent, not by how long the work may take.
* A failure is a `SandboxUnavailable` of one sentence; nothing of a failed build or import stays in the engine.
* Names are checked before they become part of a request's path.
* The tar that an engine hands out is hostile: one regular file of bounded size is taken, nothing is ever unpacked.

Theory of operation: docker-py, whose session is used directly where it has no timeout (pull and import). Progress is
told line by line. What the engine answers is converted to our own closed types at once.

Not promised: anything about which image is wanted; `images` decides that.
"""

import contextlib
import datetime as dt
import functools
import io
import re
import tarfile
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import urllib3.exceptions
from docker import DockerClient
from docker.auth import get_config_header, resolve_repository_name
from docker.errors import APIError, DockerException, NotFound
from docker.utils import parse_repository_tag

from runner.errors import SandboxUnavailable
from runner.ports import Watch

_BUILD_STALL_S = 600  # between two lines of a build or import; unpacking a large package is silent for half a minute
_END_S = 10  # for the engine to notice that nobody listens to a build any more, and to end it; 0.3 s here
_LOG_LINES = 1000

_PART = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_HOST = r"[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?/"
_REFERENCE = re.compile(
    rf"(?:{_HOST})?{_PART}(?:/{_PART})*(?::\w[\w.-]{{0,127}})?(?:@sha256:[0-9a-f]{{64}})?", re.ASCII
)
_ID = re.compile(r"(?:sha256:)?[0-9a-f]{64}", re.ASCII)
_HOUSEKEEPING = ("---> ", "Removing intermediate container ")
_STEP_ID = re.compile(r" ---> ([0-9a-f]{12,64})\n?", re.ASCII)


class BuildFailed(SandboxUnavailable):
    """A Dockerfile did not get through. `lines`: the last the build said."""

    def __init__(self, message: str, *, lines: tuple[str, ...]) -> None:
        """Keep what the build said."""
        super().__init__(message)
        self.lines = lines


class _Config(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    user: str = ""
    env: tuple[str, ...] | None = None
    labels: dict[str, str] | None = None


class Image(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """An image as the engine describes it."""

    id: str
    size: int
    created: dt.datetime
    architecture: str = ""
    repo_tags: tuple[str, ...] | None = None
    repo_digests: tuple[str, ...] | None = None
    config: _Config | None = None

    def __post_init__(self) -> None:
        """Refuse an id that is none: it becomes part of file names."""
        if not is_id(self.id):
            raise ValueError(f"{self.id!r} is not an image's id")

    @property
    def labels(self) -> dict[str, str]:
        """The labels, possibly none."""
        return (self.config and self.config.labels) or {}

    @property
    def user(self) -> str:
        """Whom its programs run as, empty for root."""
        return self.config.user if self.config else ""

    @property
    def path(self) -> str:
        """The PATH of its programs, empty where it sets none."""
        entries = (self.config and self.config.env) or ()
        return next((entry.removeprefix("PATH=") for entry in entries if entry.startswith("PATH=")), "")


class Listed(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A line of the engine's list of images. `created`: seconds since 1970."""

    id: str
    size: int
    created: Annotated[int, msgspec.Meta(ge=0, lt=2**35)]
    repo_tags: tuple[str, ...] | None = None
    labels: dict[str, str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The tags; the list, other than `inspect`, has a word for none."""
        return tuple(tag for tag in self.repo_tags or () if tag != "<none>:<none>")


class _Amount(msgspec.Struct, frozen=True, kw_only=True):
    current: int = 0
    total: int = 0


class _Built(msgspec.Struct, frozen=True, kw_only=True):
    id: str = msgspec.field(name="ID", default="")


class _Progress(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One line of a pull, an import or a build."""

    id: str = ""
    status: str = ""
    stream: str = ""
    error: str = ""
    progress_detail: _Amount | None = None
    aux: _Built | None = None


def is_id(text: str) -> bool:
    """Whether this is the full id of an image."""
    return _ID.fullmatch(text) is not None


def is_reference(text: str) -> bool:
    """Whether this can be the name of an image, with or without registry, tag and digest."""
    return len(text) <= 512 and _REFERENCE.fullmatch(text) is not None  # noqa: PLR2004  twice what engines accept


class ImageStore:
    """The images of one engine. Every method may raise `SandboxUnavailable`."""

    def __init__(self, client: DockerClient, *, watch: Watch) -> None:
        """Nothing is asked of the engine yet."""
        self._api = client.api
        self._watch = watch

    @functools.cached_property
    def architecture(self) -> str:
        """What the engine runs, in the words images use ("amd64", "arm64"). One call (1 ms), then remembered."""
        with _engine_errors("tell its architecture"):
            return str(self._api.version().get("Arch", ""))

    def inspect(self, reference: str) -> Image | None:
        """Return the image of that name or id, None if the engine has none. One call (1-2 ms)."""
        with _engine_errors(f"look up image {reference}"), contextlib.suppress(NotFound):
            return msgspec.convert(self._api.inspect_image(reference), Image)
        return None

    def labelled(self, label: str) -> list[Listed]:
        """Return the images that have this label. One call."""
        with _engine_errors("list its images"):
            return msgspec.convert(self._api.images(filters={"label": label}), list[Listed])

    def tag(self, image_id: str, repository: str, tag: str) -> None:
        """Give an image a name, taking it from the image that had it."""
        with _engine_errors(f"tag an image as {repository}:{tag}"):
            self._api.tag(image_id, repository, tag)

    def discard(self, image_id: str, *, patience_s: float = 0) -> None:
        """Remove an image nobody has a name for, with its unnamed parents. One that stays in use is its user's.

        `patience_s`: how long to wait for a container of it to end.
        """
        deadline = time.monotonic() + patience_s
        while (image := self.inspect(image_id)) and not image.repo_tags and not image.repo_digests:
            with _engine_errors("remove an image"), contextlib.suppress(APIError):
                self._api.remove_image(image.id)
                return
            if time.monotonic() >= deadline:
                return
            time.sleep(0.1)

    def pull(self, reference: str, *, stall_s: float) -> str:
        """Return an empty string when the registry gave the image, else the reason, without a full stop.

        An engine that says nothing for `stall_s` seconds is given up; docker-py's own `pull` would wait without end.
        """
        repository, tag = parse_repository_tag(reference)
        self._watch(f"pulling {reference}")
        layers: dict[str, _Amount] = {}
        try:
            credentials = get_config_header(self._api, resolve_repository_name(repository)[0])
            headers = {"X-Registry-Auth": credentials} if credentials else {}
            params = {"fromImage": repository, "tag": tag or "latest"}
            for event in self._create(params, headers=headers, stall_s=stall_s):
                if event.error:
                    return _one_line(event.error)
                if event.status == "Downloading" and event.progress_detail:
                    layers[event.id] = event.progress_detail
                    done = sum(layer.current for layer in layers.values()) // 10**6
                    total = sum(layer.total for layer in layers.values()) // 10**6
                    self._watch(f"pulling {reference}: {done} of {total} MB")
        except APIError as error:
            return _one_line(str(error.explanation or error))
        except (DockerException, urllib3.exceptions.HTTPError, msgspec.MsgspecError, OSError) as error:
            return f"nothing came for {stall_s:g} s" if "timed out" in str(error) else _one_line(str(error))
        return ""

    def load(self, tar: Path) -> str:
        """Return the id of a new unnamed image whose only layer is that tar. 2 s for 250 MB."""
        self._watch(f"importing {tar.stat().st_size // 10**6} MB")
        status = ""
        with tar.open("rb") as body, _engine_errors("import an image"):
            for event in self._create({"fromSrc": "-"}, body=body, stall_s=_BUILD_STALL_S):
                if event.error:
                    raise SandboxUnavailable(f"The engine could not import {tar}: {_one_line(event.error)}.")
                status = event.status or status
        if not is_id(status):
            raise SandboxUnavailable(f"The engine did not say what it imported {tar} as, but {_one_line(status)!r}.")
        return status

    def build(
        self, name: str, context: bytes, *, base: str | None, network: str | None, fresh: bool, labels: dict[str, str]
    ) -> str:
        """Return the id of the unnamed image that the Dockerfile in `context` makes.

        Args:
            name: what the image is called in messages.
            context: a tar.
            base: the build argument BASE; None leaves the Dockerfile's own.
            network: what its RUN steps get; None is the engine's default network.
            fresh: whether to run every step, whatever the engine remembers.
            labels: set on the image.

        Raises:
            BuildFailed: a step failed. The steps before it are removed again.
        """
        lines: deque[str] = deque(maxlen=_LOG_LINES)
        last_id = image_id = error = ""
        try:
            with _engine_errors(f"build image {name}"):
                for raw in self._api.build(
                    fileobj=io.BytesIO(context),
                    custom_context=True,
                    decode=True,
                    timeout=_BUILD_STALL_S,
                    rm=True,
                    forcerm=True,
                    nocache=fresh,
                    buildargs={"BASE": base} if base else {},
                    network_mode=network,
                    use_config_proxy=network is None,
                    labels=labels,
                ):
                    event = msgspec.convert(raw, _Progress)
                    error = error or _one_line(event.error)
                    image_id = (event.aux and event.aux.id) or image_id
                    if step := _STEP_ID.fullmatch(event.stream):
                        last_id = step[1]
                    elif text := _one_line(event.stream):
                        lines.append(text)
                        if not text.startswith(_HOUSEKEEPING):
                            self._watch(f"building {name}: {text}")
        except BaseException:
            if last_id:
                self.discard(last_id, patience_s=_END_S)
            raise
        if error or not is_id(image_id):
            if last_id:
                self.discard(last_id)
            raise BuildFailed(f"Building image {name} failed: {error or 'no image came of it'}.", lines=tuple(lines))
        return image_id

    def copy_program(self, image_id: str, paths: Iterable[str], *, limit_bytes: int, label: tuple[str, str]) -> bytes:
        """Return the first of these files that the image has, through a container that is never started. 50 ms.

        Args:
            image_id: of the image.
            paths: absolute paths in it.
            limit_bytes: what the file may have at most.
            label: set on the container. Containers that have it already were left by a killed process and are
                removed, so nobody else may be using it at this time.

        Raises:
            SandboxUnavailable: it has none of them, or what it has is no program of that size.
        """
        with _engine_errors("copy a file out of an image"):
            for left in self._api.containers(all=True, quiet=True, filters={"label": "=".join(label)}):
                self._api.remove_container(left["Id"], force=True)
            container = self._api.create_container(image_id, ["-"], labels=dict([label]), network_disabled=True)["Id"]
            try:
                for path in paths:
                    with contextlib.suppress(NotFound):
                        return program_in(self._api.get_archive(container, path)[0], limit_bytes=limit_bytes)
            except ValueError as error:
                raise SandboxUnavailable(
                    f"The program to copy out of image {image_id} is unusable: {error}."
                ) from error
            finally:
                self._api.remove_container(container, force=True)
        raise SandboxUnavailable(f"Image {image_id} has no {' or '.join(paths)}.")

    def _create(
        self,
        params: Mapping[str, str],
        *,
        body: io.BufferedReader | None = None,
        headers: Mapping[str, str] | None = None,
        stall_s: float,
    ) -> Iterator[_Progress]:
        """Yield what the engine says while it makes an image of a name in a registry, or of a tar."""
        url = f"{self._api.base_url}/v{self._api.api_version}/images/create"
        with self._api.post(url, params=params, data=body, headers=headers, stream=True, timeout=stall_s) as response:
            if not response.ok:
                try:
                    said = msgspec.json.decode(response.content, type=dict[str, str]).get("message", "")
                except msgspec.MsgspecError:
                    said = ""
                raise APIError("refused", explanation=said or f"HTTP status {response.status_code}")
            for line in response.iter_lines():
                if line:
                    yield msgspec.json.decode(line, type=_Progress)


def program_in(archive: Iterable[bytes], *, limit_bytes: int) -> bytes:
    """Return the content of the only member of a tar that comes out of an engine.

    Args:
        archive: the tar in pieces. Not read further than the limit and a little.
        limit_bytes: what the program may have at most.

    Raises:
        ValueError: it is no tar, not exactly one regular file, too large, or no Linux program.
    """
    buffer = io.BytesIO()
    for piece in archive:
        buffer.write(piece)
        if buffer.tell() > limit_bytes + 2**16:  # headers, and the padding at the end
            raise ValueError(f"it is larger than {limit_bytes} bytes")
    buffer.seek(0)
    try:
        with tarfile.open(fileobj=buffer, mode="r:") as tar:
            member = tar.next()
            file = tar.extractfile(member) if member and member.isreg() and not member.issparse() else None
            if member is None or file is None:
                raise ValueError("it is not a regular file")
            if member.size > limit_bytes:
                raise ValueError(f"it is larger than {limit_bytes} bytes")
            content = file.read(limit_bytes)
            if len(content) != member.size or tar.next() is not None:
                raise ValueError("it is not exactly one whole file")
    except (tarfile.TarError, OverflowError, EOFError) as error:
        raise ValueError(f"the engine sent no readable archive ({error})") from error
    if not content.startswith(b"\x7fELF"):
        raise ValueError("it is not a Linux program")
    return content


@contextlib.contextmanager
def _engine_errors(task: str) -> Iterator[None]:
    """Turn what the engine, or the way to it, failed at into our own error."""
    try:
        yield
    except APIError as error:
        raise SandboxUnavailable(
            f"The engine refused to {task}: {_one_line(str(error.explanation or error))}."
        ) from error
    except msgspec.MsgspecError as error:
        raise SandboxUnavailable(f"The engine's answer was not understood when asked to {task}: {error}.") from error
    except (DockerException, urllib3.exceptions.HTTPError, OSError) as error:  # what requests raises are OSErrors
        raise SandboxUnavailable(
            f"The container engine did not answer when asked to {task}: {_one_line(str(error))}.",
            hint="Start Docker, or say in DOCKER_HOST where an engine is.",
        ) from error


def _one_line(text: str) -> str:
    """Return text of an engine or a build in a form that a terminal shows as one line and does nothing else with."""
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text[:2000]).split())[:300].rstrip(".")
