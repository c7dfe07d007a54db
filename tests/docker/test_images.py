"""`Images` against the real engine, and a registry that is played by a small HTTP server on the loopback."""

import contextlib
import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import threading
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import APIError
from typing_extensions import override

from runner.adapters.docker_sandbox.image_recipe import find_recipe
from runner.adapters.docker_sandbox.images import COPY_LABEL, Images, images_folder
from runner.errors import SandboxUnavailable

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture
def images(tmp_path: Path, client: docker.DockerClient) -> Images:
    (tmp_path / "images").mkdir()
    return Images(client, folder=tmp_path / "images", cache=tmp_path / "cache", watch=lambda _: None)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, client: docker.DockerClient) -> str:
    cache = tmp_path_factory.mktemp("cache")
    return Images(client, folder=images_folder(), cache=cache, watch=lambda _: None).resolve("base")


@pytest.fixture
def mark(client: docker.DockerClient) -> Iterator[str]:
    """A word to label a test's images with; what has it at the end is removed."""
    word = f"test-{uuid.uuid4().hex}"
    yield word
    for image in client.api.images(filters={"label": word}, quiet=True):
        with contextlib.suppress(APIError):
            client.api.remove_image(image, force=True)


def run(client: docker.DockerClient, image: str, script: str, **options: Any) -> str:
    output: bytes = client.containers.run(image, ["bash", "-c", script], network_mode="none", remove=True, **options)
    return output.decode()


def write_folder(images: Path, name: str, dockerfile: str, **files: str) -> None:
    (images / name).mkdir()
    (images / name / "Dockerfile").write_text(dockerfile)
    for path, text in files.items():
        (images / name / path).write_text(text)


# --- the base image ---------------------------------------------------------------------------------------------------


def test_every_package_is_in_the_base(client: docker.DockerClient, base: str) -> None:
    recipe = find_recipe(images_folder(), "base")
    assert recipe is not None
    states = run(client, base, f"dpkg-query -W -f '${{db:Status-Status}}\\n' {' '.join(recipe.packages)}").split()
    assert states == ["installed"] * len(recipe.packages)


def test_the_usual_programs_work_in_the_base(client: docker.DockerClient, base: str) -> None:
    programs = "bash-static curl diff file find git jq less make patch pip ps py.test-3 python3 rg sed xz"
    script = f"for program in {programs}; do $program --version >/dev/null || echo $program; done; unzip -v >/dev/null"
    assert run(client, base, f"({script}) 2>&1") == ""


def test_the_user_is_nobody_special_and_has_two_directories(client: docker.DockerClient, base: str) -> None:
    script = "id -u; id -g; id -un; id -G; pwd; stat -c %U:%G:%a $HOME /workspace; echo $HOME"
    assert run(client, base, script).split() == [
        *("1000", "1000", "agent", "1000", "/workspace"),
        *("agent:agent:1777", "agent:agent:755", "/home/agent"),
    ]


def test_no_program_of_the_base_lends_its_owner_s_rights(client: docker.DockerClient, base: str) -> None:
    capable = (
        "import os\n"
        "for top, _, files in os.walk('/usr'):\n"
        "    for path in (os.path.join(top, file) for file in files):\n"
        "        if 'security.capability' in os.listxattr(path, follow_symlinks=False): print(path)\n"
    )
    script = f'find / -xdev -type f -perm /6000; python3 -c "{capable}"; type -p sudo su; true'
    assert run(client, base, script, user="0") == "/usr/bin/su\n"


def test_nothing_of_the_machine_that_built_it_is_in_the_base(client: docker.DockerClient, base: str) -> None:
    stream, _ = client.api.get_archive(client.api.create_container(base, ["-"], labels={base: ""})["Id"], "/etc")
    with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as tar:
        for name in ("etc/resolv.conf", "etc/hostname", "etc/machine-id"):
            with contextlib.suppress(KeyError):
                assert tar.getmember(name).size == 0
    for container in client.api.containers(all=True, quiet=True, filters={"label": base}):
        client.api.remove_container(container["Id"])


def test_a_python_project_s_tests_run_without_a_network(client: docker.DockerClient, base: str) -> None:
    script = "cd /tree; echo 'def test_it(): assert 1 + 1 == 2' >test_it.py; python3 -m pytest -q; ls"
    said = run(client, base, script, read_only=True, tmpfs={"/tree": "mode=1777", "/tmp": ""})
    assert "1 passed" in said
    assert "__pycache__" not in said  # it would end up in the patch


def test_git_works_on_a_tree_of_another_owner_and_commits(client: docker.DockerClient, base: str) -> None:
    script = (
        "cd /tree && stat -c %U . && git init -q && touch a && git add a && git commit -qm x && git log --format=%an"
    )
    said = run(client, base, script, tmpfs={"/tree": "mode=1777"})
    assert said.split() == ["root", "agent"]


@pytest.mark.parametrize("user", ["1000:1000", "4711:4711"])
def test_the_home_is_writable_for_whoever_works_there(client: docker.DockerClient, base: str, user: str) -> None:
    tmpfs = {"/home/agent": "size=1m,mode=1777"}
    assert run(client, base, "cd /home/agent && touch a && ls", user=user, tmpfs=tmpfs, read_only=True) == "a\n"


def test_a_virtual_environment_can_be_made_without_a_network(client: docker.DockerClient, base: str) -> None:
    assert "pip" in run(client, base, "python3 -m venv /tmp/v && /tmp/v/bin/pip --version")


# --- the static shell -------------------------------------------------------------------------------------------------


def test_the_static_shell_runs_in_an_image_that_has_nothing(
    client: docker.DockerClient, base: str, images: Images, tmp_path: Path
) -> None:
    shell = images.static_shell(base)
    assert shell.stat().st_mode & 0o7777 == 0o755
    empty = io.BytesIO()
    with tarfile.open(fileobj=empty, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("nothing"))
    said = json.loads(client.api.import_image_from_data(empty.getvalue(), changes=["CMD x"]).splitlines()[-1])
    try:
        output = client.containers.run(
            said["status"],
            ["/sh", "-c", "echo $((6 * 7)) $BASH_VERSION"],
            volumes={str(shell): {"bind": "/sh", "mode": "ro"}},
            network_mode="none",
            remove=True,
        )
        assert output.startswith(b"42 5.")
    finally:
        client.api.remove_image(said["status"])
    label = f"{COPY_LABEL}={tmp_path / 'cache'}"
    assert client.api.containers(all=True, quiet=True, filters={"label": label}) == []


def test_an_image_without_a_static_shell_is_said(
    client: docker.DockerClient, base: str, images: Images, tmp_path: Path, mark: str
) -> None:
    write_folder(tmp_path / "images", "bare", f"FROM {base}\nUSER 0\nRUN rm /bin/bash-static\nLABEL {mark}=\n")
    with pytest.raises(SandboxUnavailable, match="has no /usr/bin/bash-static or /bin/bash-static"):
        images.static_shell("bare")


def test_a_link_in_the_static_shell_s_place_leads_nowhere(
    client: docker.DockerClient, base: str, images: Images, tmp_path: Path, mark: str
) -> None:
    dockerfile = f"FROM {base}\nUSER 0\nRUN ln -sf /etc/shadow /usr/bin/bash-static\nLABEL {mark}=\n"
    write_folder(tmp_path / "images", "linked", dockerfile)
    with pytest.raises(SandboxUnavailable, match="not a regular file"):
        images.static_shell("linked")


# --- builds -----------------------------------------------------------------------------------------------------------


def test_a_failed_build_leaves_nothing_in_the_engine(
    client: docker.DockerClient, base: str, images: Images, tmp_path: Path, mark: str
) -> None:
    dockerfile = f"FROM {base}\nLABEL {mark}=\nRUN touch /tmp/{mark}\nRUN echo on purpose; exit 7\n"
    write_folder(tmp_path / "images", "broken", dockerfile)
    with pytest.raises(SandboxUnavailable, match="returned a non-zero code: 7") as it:
        images.resolve("broken")
    assert "on purpose" in (tmp_path / "cache" / "broken.log").read_text()
    assert "broken.log" in it.value.hint
    assert client.api.images(all=True, quiet=True, filters={"label": mark}) == []
    assert client.api.containers(all=True, quiet=True, filters={"label": mark}) == []


def test_an_interrupted_build_leaves_nothing_in_the_engine(
    client: docker.DockerClient, base: str, tmp_path: Path, mark: str
) -> None:
    (tmp_path / "images").mkdir()
    dockerfile = f"FROM {base}\nLABEL {mark}=\nRUN touch /tmp/{mark}\nRUN echo begun; sleep 100\n"
    write_folder(tmp_path / "images", "long", dockerfile)

    def interrupt(line: str) -> None:
        if line.endswith(": begun"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Images(client, folder=tmp_path / "images", cache=tmp_path / "cache", watch=interrupt).resolve("long")
    deadline = time.monotonic() + 30  # the engine notices by itself that nobody listens
    while client.api.containers(all=True, quiet=True, filters={"label": mark}) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert client.api.containers(all=True, quiet=True, filters={"label": mark}) == []
    assert client.api.images(all=True, quiet=True, filters={"label": mark}) == []


def test_a_base_with_a_name_outlives_a_build_that_fails_at_once(
    client: docker.DockerClient, base: str, images: Images, tmp_path: Path, mark: str
) -> None:
    client.api.tag(base, mark, "1")
    write_folder(tmp_path / "images", "broken", f"FROM {mark}:1\nCOPY missing /\n")
    with pytest.raises(SandboxUnavailable, match="missing"):
        images.resolve("broken")
    assert client.api.inspect_image(f"{mark}:1")["Id"] == base
    client.api.remove_image(f"{mark}:1", noprune=True)


def test_of_two_processes_one_builds_and_both_get_it(
    client: docker.DockerClient, base: str, tmp_path: Path, mark: str
) -> None:
    name = f"both-{mark[-8:]}"
    (tmp_path / "images").mkdir()
    write_folder(tmp_path / "images", name, f"FROM {base}\nLABEL {mark}=\nRUN date +%N >/tmp/{mark}; sleep 0.5\n")
    script = (
        "import sys, docker, pathlib\n"
        "from runner.adapters.docker_sandbox.images import Images\n"
        "here = pathlib.Path(sys.argv[1])\n"
        "images = Images(docker.from_env(), folder=here / 'images', cache=here / 'cache', watch=lambda _: None)\n"
        "print(images.resolve(sys.argv[2]), images.build(sys.argv[2]).id)\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path), name], stdout=subprocess.PIPE) for _ in range(2)
    ]
    ids = {word for process in processes for word in process.communicate(timeout=100)[0].split()}
    assert len(ids) == 1
    assert [process.returncode for process in processes] == [0, 0]
    assert len(client.api.images(quiet=True, filters={"label": mark})) == 1


@pytest.mark.slow
def test_an_image_is_made_of_debian_packages_where_no_registry_answers(
    client: docker.DockerClient, images: Images, tmp_path: Path, mark: str
) -> None:
    base_folder = images_folder() / "base"
    name = f"made-{mark[-8:]}"
    dockerfile = (base_folder / "Dockerfile").read_text().replace("debian:bookworm-slim", "debian:bookworm")
    packages = "git # the Dockerfile configures it\n"
    write_folder(tmp_path / "images", name, f"{dockerfile}LABEL {mark}=\n", **{"packages.txt": packages})
    with contextlib.suppress(APIError):
        client.api.inspect_image("debian:bookworm")
        pytest.skip("this engine has the public image")
    facts = images.info(name)
    assert facts.user == "agent"
    assert run(client, facts.id, "git --version; cat /etc/hostname | wc -l").startswith("git version")
    (tar,) = (tmp_path / "cache").glob("*.tar")
    before = tar.stat().st_mtime_ns
    client.api.remove_image(facts.id, force=True)
    assert images.resolve(name) != facts.id
    assert tar.stat().st_mtime_ns == before  # made once, imported again


# --- a registry -------------------------------------------------------------------------------------------------------


class Registry(ThreadingHTTPServer):
    """Has one image, `tiny:1`, with one file in it."""

    def __init__(self, architecture: str) -> None:
        super().__init__(("127.0.0.1", 0), RegistryHandler)
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            tar.addfile(tarfile.TarInfo(f"file-{uuid.uuid4().hex}"))
        layer, zipped = buffer.getvalue(), gzip.compress(buffer.getvalue())
        config = json.dumps(
            {
                "architecture": architecture,
                "os": "linux",
                "config": {"Cmd": ["/x"]},
                "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
                "history": [{"created_by": "a test"}],
            }
        ).encode()
        kind = "application/vnd.docker.{}"
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": (manifest_type := kind.format("distribution.manifest.v2+json")),
                "config": a_blob(config, kind.format("container.image.v1+json")),
                "layers": [a_blob(zipped, kind.format("image.rootfs.diff.tar.gzip"))],
            }
        ).encode()
        self.contents = {
            "/v2/": (b"{}", "application/json"),
            "/v2/tiny/manifests/1": (manifest, manifest_type),
            f"/v2/tiny/manifests/{digest(manifest)}": (manifest, manifest_type),
            f"/v2/tiny/blobs/{digest(config)}": (config, "application/octet-stream"),
            f"/v2/tiny/blobs/{digest(zipped)}": (zipped, "application/octet-stream"),
        }

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class RegistryHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Registry

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        missing = b'{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}', "application/json"
        body, kind = self.server.contents.get(self.path, missing)
        self.send_response(200 if self.path in self.server.contents else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Docker-Content-Digest", digest(body))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def a_blob(content: bytes, kind: str) -> dict[str, Any]:
    return {"mediaType": kind, "size": len(content), "digest": digest(content)}


@contextlib.contextmanager
def serve(client: docker.DockerClient, architecture: str) -> Iterator[Registry]:
    registry = Registry(architecture)
    thread = threading.Thread(target=registry.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield registry
    finally:
        registry.shutdown()
        thread.join()
        registry.server_close()
        with contextlib.suppress(APIError):
            client.api.remove_image(f"{registry.address}/tiny:1", force=True)


@pytest.fixture
def registry(client: docker.DockerClient) -> Iterator[Registry]:
    with serve(client, client.api.version()["Arch"]) as registry:
        yield registry


def test_an_image_comes_from_a_registry_once(registry: Registry, images: Images) -> None:
    image_id = images.resolve(f"{registry.address}/tiny:1")
    registry.contents.clear()
    assert images.resolve(f"{registry.address}/tiny:1") == image_id


def test_a_name_the_registry_does_not_know_is_said(registry: Registry, images: Images) -> None:
    with pytest.raises(SandboxUnavailable, match="manifest unknown"):
        images.resolve(f"{registry.address}/tiny:2")


def test_a_registry_that_is_not_there_is_said(images: Images) -> None:
    with pytest.raises(SandboxUnavailable, match=r"pulling it failed: .*refused"):
        images.resolve("127.0.0.1:1/tiny:1")


def test_an_image_for_another_machine_is_refused(client: docker.DockerClient, images: Images) -> None:
    with serve(client, "s390x") as registry, pytest.raises(SandboxUnavailable, match="is for s390x"):
        images.resolve(f"{registry.address}/tiny:1")


def test_a_folder_is_built_upon_what_the_registry_gives(
    client: docker.DockerClient, registry: Registry, images: Images, tmp_path: Path, mark: str
) -> None:
    name = f"on-{mark[-8:]}"
    dockerfile = f"ARG BASE={registry.address}/tiny:1\nFROM ${{BASE}}\nLABEL {mark}=\nCOPY note /note\n"
    write_folder(tmp_path / "images", name, dockerfile, note="words")
    built = images.build(name)
    assert client.api.inspect_image(built.tag)["Config"]["Cmd"] == ["/x"]
    assert images.resolve(name) == built.id
    assert images.build(name, force=True).id != built.id
    assert [row.id for row in images.ls() if row.name == name] == [images.resolve(name)]
