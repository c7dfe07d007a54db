import pytest

from runner.policy.secrets import Grade, everybody, secret
from runner.types import Policy

POLICY = Policy()


def grade(path: str) -> Grade | None:
    found = secret(path, POLICY)
    return None if found is None else found.grade


@pytest.mark.parametrize(
    "path",
    [
        "/home/agent/.ssh/id_ed25519",
        "/root/.ssh/id_rsa",
        "/home/somebody/.ssh/work_key",
        "/home/*/.ssh/id_rsa",
        "/home/agent/.ss*/id_rsa",
        "/home/agent/.ssh/id_*",
        "/home/agent/.ssh/*",
        "/tmp/copy/id_rsa",
        "/home/agent/.aws/credentials",
        "/root/.aws/sso/cache/abc.json",
        "/home/agent/.config/gcloud/access_tokens.db",
        "/home/agent/.kube/config",
        "/home/agent/.docker/config.json",
        "/home/agent/.npmrc",
        "/home/agent/.pypirc",
        "/home/agent/.netrc",
        "/home/agent/.git-credentials",
        "/home/agent/.gnupg/secring.gpg",
        "/etc/shadow",
        "/etc/shadow-",
        "/etc/gshadow",
        "/etc/shad*",
        "/proc/1/environ",
        "/proc/self/environ",
        "/proc/*/environ",
        "/**/id_rsa",
        "/home/**/.netrc",
        "/run/secrets/kubernetes.io/serviceaccount/token",
    ],
)
def test_what_opens_something_outside_is_a_key(path: str) -> None:
    assert grade(path) is Grade.KEY


@pytest.mark.parametrize(
    "path",
    [
        "/workspace/.env",
        "/workspace/api/.env.local",
        "/workspace/prod.env",
        "/workspace/.e*",
        "/workspace/.env*",
        "/home/agent/.ssh",
        "/home/agent/.ssh/config",
        "/home/agent/.bash_history",
        "/workspace/server.key",
        "/workspace/credentials.json",
        "/workspace/id_rsa",
        "/workspace/.aws/credentials",
        "/etc/sudoers",
    ],
)
def test_what_may_hold_a_secret_of_the_project_or_user_is_guarded(path: str) -> None:
    assert grade(path) is Grade.GUARDED


@pytest.mark.parametrize(
    "path",
    [
        "/workspace",
        "/workspace/*",
        "/workspace/*.json",
        "/**/*.txt",
        "/**/*/gitlab*",
        "/*/*",
        "/**/composer.json",
        "/workspace/**/*",
        "/workspace/.env.example",
        "/workspace/secrets.py",
        "/workspace/src/token.ts",
        "/workspace/environment.yml",
        "/home/agent/.ssh/id_rsa.pub",
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/os-release",
        "/etc/*release",
        "/etc/hosts",
        "/proc/cpuinfo",
        "/proc/self/status",
        "/usr/lib/python3/dist-packages/keyring/credentials.py",
        "/",
        "/home/agent",
    ],
)
def test_what_only_looks_like_a_secret_is_none(path: str) -> None:
    assert grade(path) is None


def test_in_the_workspace_nothing_is_a_key() -> None:
    assert grade("/tmp/.netrc") is Grade.KEY
    assert grade("/workspace/.netrc") is Grade.GUARDED


def test_accounts_and_logs_are_personal() -> None:
    assert grade("/etc/passwd") is Grade.PERSONAL
    assert grade("/var/log/auth.log") is Grade.PERSONAL


def test_a_home_as_a_whole_is_everybodys_business() -> None:
    assert [everybody(path, POLICY) for path in ("/", "/*", "/home", "/home/agent", "/home/eve", "/root")] == [True] * 6
    assert not everybody("/home/agent/project", POLICY)
    assert not everybody("/workspace", POLICY)
