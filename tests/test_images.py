"""`Images` against an engine that is played by a small HTTP server, so that it may say anything."""

import io
import json
import re
import tarfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import docker
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from runner.adapters.docker_sandbox.image_recipe import find_recipe
from runner.adapters.docker_sandbox.image_store import ImageStore, is_reference, program_in
from runner.adapters.docker_sandbox.images import DIGEST_LABEL, NAME_LABEL, Images
from runner.errors import SandboxUnavailable

ELF = b"\x7fELF" + bytes(range(200))
NAMES = re.compile(r"/v1\.41/(images|containers)/(.+)/(json|tag|archive)")


def an_id(number: int) -> str:
    return f"sha256:{number:064x}"


def an_image(number: int, *names: str, labels: dict[str, str] | None = None, arch: str = "amd64") -> dict[str, Any]:
    return {
        "Id": an_id(number),
        "Size": 1000,
        "Created": "2026-01-02T03:04:05.123456789Z",
        "Architecture": arch,
        "RepoTags": list(names),
        "RepoDigests": [],
        "Config": {"User": "agent", "Env": ["A=b", "PATH=/bin"], "Labels": labels},
    }


class Engine(ThreadingHTTPServer):
    """Answers as told: `images` it has, `registry` it can pull from, `steps` a build says, `archive` it copies out."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.images: list[dict[str, Any]] = []
        self.registry: dict[str, dict[str, Any]] = {}
        self.refusal: tuple[int, str] = (404, "pull access denied")
        self.pull_lines: list[Any] = [{"status": "Pulling from library"}]
        self.steps: list[Any] = []
        self.archive: Callable[[], Iterator[bytes]] = lambda: iter(())
        self.garbage: bytes | None = None
        self.containers: list[str] = []
        self.asked: list[str] = []
        self.silence = threading.Event()

    def find(self, name: str) -> dict[str, Any] | None:
        return next(
            (image for image in self.images if name in (*image["RepoTags"], image["Id"], image["Id"][7:])), None
        )

    def pull(self, name: str) -> list[Any] | None:
        if self.registry.get(name) is None:
            return None
        self.images.append(self.registry[name])
        return [*self.pull_lines, {"status": "Downloaded"}]

    def build(self, labels: dict[str, str]) -> list[Any]:
        if any("error" in step for step in self.steps):
            return self.steps
        self.images.append(an_image(100 + len(self.images), labels=labels))
        return [*self.steps, {"aux": {"ID": self.images[-1]["Id"]}}]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Engine

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, content: Any, status: int = 200) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def stream(self, pieces: Iterator[bytes], **headers: str) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        try:
            for piece in pieces:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True  # the client had enough

    def lines(self, lines: list[Any]) -> None:
        self.stream(json.dumps(line).encode() + b"\r\n" for line in lines)

    def do_GET(self) -> None:
        path, _, _ = urllib.parse.unquote(self.path).partition("?")
        self.server.asked.append(f"GET {path}")
        if path.endswith("/version"):
            self.answer({"Arch": "amd64"})
        elif self.server.garbage is not None:
            self.answer(self.server.garbage)
        elif path == "/v1.41/images/json":
            rows = [
                image
                | {"Created": int(time.time()) + number, "Labels": image["Config"]["Labels"]}
                | {"RepoTags": image["RepoTags"] or ["<none>:<none>"]}
                for number, image in enumerate(self.server.images)
                if NAME_LABEL in (image["Config"]["Labels"] or {})
            ]
            self.answer(rows)
        elif path == "/v1.41/containers/json":
            self.answer([{"Id": name} for name in self.server.containers])
        elif path.endswith("/archive"):
            self.stream(self.server.archive(), X_Docker_Container_Path_Stat="e30=")
        elif (name := NAMES.fullmatch(path)) and (image := self.server.find(name[2])):
            self.answer(image)
        else:
            self.answer({"message": f"no such image: {path}"}, 404)

    def do_POST(self) -> None:
        path, _, _ = urllib.parse.unquote(self.path).partition("?")
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        self.server.asked.append(f"POST {path}")
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        while self.headers.get("Transfer-Encoding") == "chunked" and (size := int(self.rfile.readline(), 16)) + 1:
            self.rfile.read(size + 2)
            if not size:
                break
        if path.endswith("/images/create"):
            if self.server.silence.is_set():
                self.server.silence.clear()
                threading.Event().wait(2)
                self.close_connection = True
                return
            pulled = self.server.pull(f"{asked['fromImage']}:{asked['tag']}")
            if pulled is None:
                self.answer({"message": self.server.refusal[1]}, self.server.refusal[0])
            else:
                self.lines(pulled)
        elif path.endswith("/build"):
            self.lines(self.server.build(json.loads(asked["labels"])))
        elif path.endswith("/containers/create"):
            self.server.containers.append("c1")
            self.answer({"Id": "c1"}, 201)
        elif (name := NAMES.fullmatch(path)) and (image := self.server.find(name[2])):
            tag = f"{asked['repo']}:{asked['tag']}"
            for other in self.server.images:
                other["RepoTags"] = [each for each in other["RepoTags"] if each != tag]
            image["RepoTags"].append(tag)
            self.answer({}, 201)
        else:
            self.answer({"message": "what"}, 400)

    def do_DELETE(self) -> None:
        path, _, _ = urllib.parse.unquote(self.path).partition("?")
        self.server.asked.append(f"DELETE {path}")
        if "/containers/" in path:
            self.server.containers.remove(path.rpartition("/")[2])
        else:
            self.server.images = [image for image in self.server.images if image["Id"] != path.rpartition("/")[2]]
        self.answer([], 200)


@pytest.fixture
def engine() -> Iterator[Engine]:
    server = Engine()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(engine: Engine) -> Iterator[docker.DockerClient]:
    client = docker.DockerClient(base_url=f"tcp://127.0.0.1:{engine.server_port}", version="1.41")
    yield client
    client.close()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def images(tmp_path: Path, client: docker.DockerClient, said: list[str]) -> Images:
    """One folder, `box`, built upon an image that is no Debian."""
    (tmp_path / "images" / "box").mkdir(parents=True)
    (tmp_path / "images" / "box" / "Dockerfile").write_text("ARG BASE=alpine:3\nFROM ${BASE}\n")
    return Images(client, folder=tmp_path / "images", cache=tmp_path / "cache", watch=said.append)


def dockerfile(tmp_path: Path) -> Path:
    return tmp_path / "images" / "box" / "Dockerfile"


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def a_member(name: str = "bash-static", size: int = len(ELF), kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.type, member.linkname = size, kind, "/etc/shadow"
    return member


# --- which image ------------------------------------------------------------------------------------------------------


def test_an_image_that_is_there_costs_one_call(images: Images, engine: Engine) -> None:
    engine.images = [an_image(1, "debian:12")]
    assert images.resolve("debian:12") == an_id(1)
    engine.asked.clear()
    assert images.resolve("debian:12") == an_id(1)
    assert engine.asked == ["GET /v1.41/images/debian:12/json"]


def test_a_folder_is_built_once_and_then_costs_one_call(images: Images, engine: Engine) -> None:
    engine.registry["alpine:3"] = an_image(7, "alpine:3")
    built = images.resolve("box")
    engine.asked.clear()
    assert images.resolve("box") == images.resolve("agent-runner/box") == built
    assert len(engine.asked) == 2


def test_a_changed_folder_is_built_again_and_latest_follows(images: Images, engine: Engine, tmp_path: Path) -> None:
    engine.registry["alpine:3"] = an_image(7, "alpine:3")
    before = images.resolve("box")
    dockerfile(tmp_path).write_text("ARG BASE=alpine:3\nFROM ${BASE}\nUSER 1000\n")
    after = images.resolve("box")
    assert before != after
    recipe = find_recipe(tmp_path / "images", "box")
    assert recipe is not None
    latest = engine.find("agent-runner/box:latest")
    assert latest is not None
    assert latest["Id"] == after
    assert set(latest["RepoTags"]) == {recipe.tag, "agent-runner/box:latest"}
    assert latest["Config"]["Labels"] == {NAME_LABEL: "box", DIGEST_LABEL: recipe.digest}
    assert [(row.id, row.up_to_date) for row in images.ls()] == [(after, True), (before, False)]


def test_a_tag_without_the_right_digest_is_not_believed(images: Images, engine: Engine, tmp_path: Path) -> None:
    recipe = find_recipe(tmp_path / "images", "box")
    assert recipe is not None
    engine.images = [an_image(1, recipe.tag, labels={DIGEST_LABEL: "0" * 64}), an_image(7, "alpine:3")]
    assert images.resolve("box") != an_id(1)


def test_a_folder_comes_before_what_the_engine_calls_the_same(images: Images, engine: Engine) -> None:
    engine.images = [an_image(1, "box"), an_image(7, "alpine:3")]
    assert images.resolve("box") != an_id(1)


def test_force_builds_again_and_removes_what_has_lost_its_name(images: Images, engine: Engine) -> None:
    engine.images = [an_image(7, "alpine:3")]
    before = images.build("box")
    assert images.build("box") == before
    after = images.build("box", force=True)
    assert after.id != before.id
    assert after.tag == before.tag
    assert before.id is not None
    assert engine.find(before.id) is None


def test_an_unbuilt_folder_is_listed(images: Images, engine: Engine) -> None:
    (row,) = images.ls()
    assert (row.name, row.id, row.size_bytes, row.created, row.up_to_date) == ("box", None, None, None, False)


def test_an_image_missing_here_is_pulled_and_its_progress_told(images: Images, engine: Engine, said: list[str]) -> None:
    engine.registry["debian:latest"] = an_image(3, "debian")
    engine.pull_lines = [
        {"status": "Downloading", "id": part, "progressDetail": {"current": 5_000_000, "total": 20_000_000}}
        for part in ("a", "b")
    ]
    assert images.resolve("debian") == an_id(3)
    assert said[-1] == "pulling debian: 10 of 40 MB"


def test_an_image_nobody_has_is_said_in_one_sentence_with_the_reason(images: Images, engine: Engine) -> None:
    with pytest.raises(SandboxUnavailable, match=r"no image bsae, and pulling it failed: pull access denied\.$") as it:
        images.resolve("bsae")
    assert "spelling" in it.value.hint
    assert "box" in it.value.hint


def test_a_failure_in_the_middle_of_a_pull_is_a_failure(images: Images, engine: Engine) -> None:
    engine.registry["debian:latest"] = an_image(3, "other")
    engine.pull_lines = [{"errorDetail": {"message": "x"}, "error": "unexpected EOF\x1b[2J"}]
    with pytest.raises(SandboxUnavailable, match=r"unexpected EOF \[2J\.$"):
        images.resolve("debian")


@pytest.mark.parametrize("name", ["agent-runner/other:latest", "agent-runner/other", an_id(9), an_id(9)[7:]])
def test_our_own_names_and_ids_are_never_pulled(images: Images, engine: Engine, name: str) -> None:
    engine.registry[f"{name}:latest"] = engine.registry[name] = an_image(66, name)
    with pytest.raises(SandboxUnavailable, match="has no image"):
        images.resolve(name)
    assert not any(line.startswith("POST") for line in engine.asked)


@pytest.mark.parametrize(
    "name", ["", " ", "-x", "a b", "../box", "a/../../containers", "a//b", "x?y=1", "a\nb", "Ä", "A/B"]
)
def test_what_is_no_name_never_reaches_the_engine(images: Images, engine: Engine, name: str) -> None:
    with pytest.raises(SandboxUnavailable, match="is not the name of an image"):
        images.resolve(name)
    assert engine.asked == []


@given(st.text(alphabet=st.sampled_from("aZ0./:-_@%?#\\ \n"), max_size=30))
def test_no_name_changes_where_a_request_goes(name: str) -> None:
    if is_reference(name):
        assert not re.search(r"(^|/)\.{0,2}(/|$)|[%?#\\\s]", name)


def test_an_image_for_another_machine_is_refused(images: Images, engine: Engine) -> None:
    engine.images = [an_image(1, "x:1", arch="s390x")]
    with pytest.raises(SandboxUnavailable, match="x:1 is for s390x, but this engine runs amd64"):
        images.resolve("x:1")


def test_what_an_image_says_of_itself(images: Images, engine: Engine) -> None:
    engine.images = [an_image(1, "x:1")]
    facts = images.info("x:1")
    assert (facts.id, facts.architecture, facts.user, facts.path) == (an_id(1), "amd64", "agent", "/bin")


# --- when things go wrong ---------------------------------------------------------------------------------------------


def test_a_failed_build_leaves_nothing_but_its_output(images: Images, engine: Engine, tmp_path: Path) -> None:
    engine.images = [an_image(7, "alpine:3"), an_image(5)]
    engine.steps = [
        {"stream": "Step 1/2 : FROM alpine:3"},
        {"stream": f" ---> {an_id(5)[7:]}\n"},
        {"stream": "Step 2/2 : RUN false\x1b]0;owned\x07\n"},
        {"errorDetail": {"code": 1}, "error": "The command '/bin/sh -c false' returned a non-zero code: 1"},
    ]
    with pytest.raises(SandboxUnavailable, match="returned a non-zero code: 1") as it:
        images.resolve("box")
    log = tmp_path / "cache" / "box.log"
    assert str(log) in it.value.hint
    assert log.read_text() == "Step 1/2 : FROM alpine:3\nStep 2/2 : RUN false ]0;owned\n"
    assert [image["Id"] for image in engine.images] == [an_id(7)]
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["box.lock", "box.log"]


def test_a_base_nobody_has_is_said_before_anything_is_built(images: Images, engine: Engine) -> None:
    engine.refusal = (500, "dial tcp: lookup registry-1.docker.io: no such host")
    with pytest.raises(SandboxUnavailable, match=r"built on alpine:3, .* no such host\.$") as it:
        images.resolve("box")
    assert "docker load" in it.value.hint
    assert not any("/build" in line for line in engine.asked)


def test_a_base_that_is_there_needs_no_registry_even_by_force(images: Images, engine: Engine) -> None:
    engine.images = [an_image(7, "alpine:3")]
    images.build("box", force=True)
    assert "POST /v1.41/images/create" in engine.asked


def test_of_many_who_want_an_image_one_builds_it(images: Images, engine: Engine) -> None:
    engine.images = [an_image(7, "alpine:3")]
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(images.resolve("box"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 4
    assert engine.asked.count("POST /v1.41/build") == 1


def test_a_folder_nobody_made_is_said_with_those_there_are(images: Images) -> None:
    with pytest.raises(SandboxUnavailable, match="no image folder 'bxo'") as it:
        images.build("bxo")
    assert it.value.hint == "Images that runner builds itself: box."


def test_an_engine_that_is_gone_is_one_sentence(tmp_path: Path) -> None:
    client = docker.DockerClient(base_url="tcp://127.0.0.1:1", version="1.41")
    images = Images(client, folder=tmp_path, cache=tmp_path, watch=lambda _: None)
    with pytest.raises(SandboxUnavailable, match="did not answer when asked to look up image debian") as it:
        images.resolve("debian")
    assert it.value.retry
    assert "DOCKER_HOST" in it.value.hint
    client.close()


def test_an_engine_that_falls_silent_in_a_pull_is_given_up(engine: Engine, client: docker.DockerClient) -> None:
    engine.silence.set()
    assert ImageStore(client, watch=lambda _: None).pull("debian", stall_s=0.2) == "nothing came for 0.2 s"


@pytest.mark.parametrize("garbage", [b"", b"[]", b"{}", b"null", b'{"Id": 1}', b"\xff", b"<html>", b'{"Id":"../../x"}'])
def test_an_answer_that_is_none_is_an_error_of_ours(images: Images, engine: Engine, garbage: bytes) -> None:
    engine.garbage = garbage
    with pytest.raises(SandboxUnavailable):
        images.resolve("debian")


def test_an_id_that_is_a_path_is_refused(images: Images, engine: Engine, tmp_path: Path) -> None:
    engine.images = [an_image(1, "x:1") | {"Id": "sha256:../../../../tmp/x"}]
    with pytest.raises(SandboxUnavailable, match="is not an image's id"):
        images.static_shell("x:1")


def test_a_cache_that_cannot_be_written_is_said(images: Images, engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in its place")
    with pytest.raises(SandboxUnavailable, match="cache of images cannot be used"):
        images.resolve("box")


# --- the static shell -------------------------------------------------------------------------------------------------


def test_the_shell_is_copied_once_per_image(images: Images, engine: Engine, tmp_path: Path) -> None:
    engine.images = [an_image(1, "x:1"), an_image(2, "y:1")]
    engine.archive = lambda: iter([archive((a_member(), ELF))])
    engine.containers = ["left"]  # by a process that was killed
    shell = images.static_shell("x:1")
    assert shell.read_bytes() == ELF
    assert shell.stat().st_mode & 0o7777 == 0o755
    assert engine.containers == []
    engine.asked.clear()
    assert images.static_shell("x:1") == shell
    assert len(engine.asked) == 1
    assert images.static_shell("y:1") != shell


@pytest.mark.parametrize(
    "content",
    [
        archive(),
        archive((a_member(kind=tarfile.SYMTYPE, size=0), b"")),
        archive((a_member(kind=tarfile.LNKTYPE, size=0), b"")),
        archive((a_member(kind=tarfile.DIRTYPE, size=0), b"")),
        archive((a_member(kind=tarfile.FIFOTYPE, size=0), b"")),
        archive((a_member(kind=tarfile.BLKTYPE, size=0), b"")),
        archive((a_member(), ELF), (a_member("second"), ELF)),
        archive((a_member(size=0), b"")),
        archive((a_member(size=4), b"#!/x")),
        archive((a_member(), ELF))[:600],
        a_member(size=2**40).tobuf() + ELF,
        a_member(size=2**24 + 1).tobuf() + ELF,
        a_member(kind=tarfile.GNUTYPE_SPARSE).tobuf() + ELF,
        b"\x7fELF but no archive",
        b"",
    ],
)
def test_a_shell_is_taken_from_nothing_but_one_regular_program(
    images: Images, engine: Engine, tmp_path: Path, content: bytes
) -> None:
    engine.images = [an_image(1, "x:1")]
    engine.archive = lambda: iter([content])
    with pytest.raises(SandboxUnavailable):
        images.static_shell("x:1")
    assert engine.containers == []
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["bash-static.lock"]


def test_an_archive_without_end_is_not_read_to_its_end(images: Images, engine: Engine) -> None:
    sent = 0

    def without_end() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(10_000):
            sent += 2**20
            yield bytes(2**20)

    engine.images = [an_image(1, "x:1")]
    engine.archive = without_end
    with pytest.raises(SandboxUnavailable, match="larger than 16777216 bytes"):
        images.static_shell("x:1")
    assert sent < 100 * 2**20


@given(st.binary(max_size=2000), st.integers(0, 600))
def test_no_bytes_make_the_archive_reader_fail_otherwise(content: bytes, at: int) -> None:
    good = archive((a_member(), ELF))
    for hostile in (content, good[:at] + content + good[at + len(content) :]):
        try:
            program = program_in([hostile], limit_bytes=1000)
        except ValueError:
            continue
        assert program.startswith(b"\x7fELF")
        assert len(program) <= 1000
