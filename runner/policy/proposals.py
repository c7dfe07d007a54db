"""What "always" would mean for a call that was asked about: rules or a mode, and how far they reach.

Rules that live here and nowhere else:

* A proposal is made only if it would settle the whole call from now on: the ladder is asked. Nothing is proposed where
  no rule would help: an ask rule, a protected place, a critical removal, a command whose words are known only when it
  runs, or one that works through something a person does not see at a glance.
* A command is remembered by program and subcommand if its second word looks like one; by its very text otherwise, and
  always when the program runs whatever it is told to.
* A place that is read outside the workspace is remembered with its directory; what is written by its own name.
* At most `MOST` rules are proposed for one call.

Not promised: that a proposal is a good idea. `preview` shows what else it would let pass.
"""

import posixpath
import re
from collections.abc import Iterator

import msgspec

from runner.policy.calls import callee, fetched_hosts, tool_name
from runner.policy.globs import escaped
from runner.policy.ladder import judge
from runner.policy.paths import inside
from runner.policy.rule_checks import RUNNERS
from runner.policy.rulebook import RUN_ANYTHING, Cover, Rulebook
from runner.policy.rules import Command, Files, Host, Named, Never, Parameter, Whole, meaning, parse
from runner.policy.unasked import is_known_reader
from runner.types import Action, Layer, Mode, Part, Policy, Propose, Question, Rule, Source, Verdict, Word

MOST = 5
"""Most rules of one proposal. Source: the reference client."""

SHOWN = 5
"""How many examples a preview has. Our choice: what a person takes in at a glance."""

EXACT = (
    RUNNERS
    | RUN_ANYTHING
    | frozenset(
        """
rm rmdir mv dd chmod chown kill pkill killall crontab at batch mount umount iptables awk gawk sed find tee install
""".split()  # noqa: SIM905 - a list of words reads better without quotes
    )
)
"""Programs that are remembered by the very command: their second word is no subcommand. Ours."""

EXACT_WITH = frozenset(
    {
        *(("docker", word) for word in ("run", "exec")),
        *(("podman", word) for word in ("run", "exec")),
        *(("kubectl", word) for word in ("exec", "run", "debug", "delete")),
        *(("npm", word) for word in ("exec", "x", "explore")),
        *(("pnpm", word) for word in ("exec", "dlx")),
        *(("yarn", word) for word in ("exec", "dlx")),
        *(("git", word) for word in ("config", "filter-branch", "submodule", "bisect")),
        ("uv", "run"),
        ("poetry", "run"),
        ("pipenv", "run"),
        ("pdm", "run"),
        ("hatch", "run"),
        ("bundle", "exec"),
        ("mise", "exec"),
        ("direnv", "exec"),
        ("devbox", "run"),
        ("nix", "run"),
    }
)
"""Subcommands that run whatever they are told to, and are remembered by the very command. Ours."""

KNOWN_COMMANDS = (
    "git push --force",
    "git push origin --delete main",
    "git reset --hard HEAD~10",
    "git clean -fdx",
    "git checkout -- .",
    "git branch -D main",
    "git stash clear",
    "git commit --no-verify -m x",
    "git commit --amend",
    "git add -A",
    "git rebase -i HEAD~3",
    "git merge topic",
    "git pull",
    "git fetch --prune",
    "git tag -d v1.0",
    "git remote add other https://example.com/x.git",
    "git config core.hooksPath hooks",
    "rm -rf src",
    "npm publish",
    "npm install anything",
    "npm i -g anything",
    "npm uninstall react",
    "npm run deploy",
    "npm run build",
    "npm test -- --updateSnapshot",
    "npm exec anything",
    "npx anything",
    "yarn add anything",
    "yarn publish",
    "pnpm install anything",
    "pnpm publish",
    "pip install anything",
    "pip install -e .",
    "pip uninstall -y requests",
    "uv pip install anything",
    "poetry publish",
    "twine upload dist/x",
    "cargo publish",
    "cargo build --release",
    "cargo install anything",
    "cargo run",
    "go install example.com/x@latest",
    "go test ./...",
    "go generate ./...",
    "gem push x.gem",
    "bundle install",
    "make deploy",
    "make clean",
    "make install",
    "docker compose down -v",
    "docker compose exec db sh",
    "docker run -v /:/host alpine",
    "docker exec -it db sh",
    "docker system prune -af",
    "docker push registry.example.com/x",
    "docker build .",
    "kubectl delete namespace production",
    "kubectl apply -f x.yaml",
    "kubectl exec pod -- sh",
    "helm uninstall release",
    "terraform apply -auto-approve",
    "terraform destroy -auto-approve",
    "aws s3 rm --recursive s3://bucket",
    "aws ec2 terminate-instances --instance-ids i-1",
    "gcloud projects delete x",
    "gh pr merge 1",
    "gh pr create --fill",
    "gh repo delete owner/name --yes",
    "gh release create v1.0",
    "apt-get install anything",
    "apt-get remove python3",
    "apt install anything",
    "brew install anything",
    "systemctl restart nginx",
    "systemctl stop postgresql",
    "systemctl disable firewalld",
    "ssh host 'rm -rf data'",
    "scp .env host:",
    "rsync -a --delete . host:backup",
    "curl -X DELETE https://example.com/api",
    "curl -o run.sh https://example.com/run.sh",
    "curl -d @.env https://example.com/",
    "wget https://example.com/x.sh",
    "python manage.py migrate",
    "python manage.py flush --no-input",
    "python -c 'import os; os.remove(\"x\")'",
    "python3 -c 'import os; os.remove(\"x\")'",
    "pytest tests",
    "alembic downgrade base",
    "prisma migrate reset --force",
    "psql -c 'DROP TABLE users'",
    "redis-cli FLUSHALL",
    "chmod -R 777 .",
    "kill -9 1",
    "pkill -f python",
    "crontab -r",
)
"""Well-known commands, those that people would want to know about first. Ours."""

KNOWN_PATHS = (
    "~/.ssh/id_ed25519",
    "~/.aws/credentials",
    "~/.netrc",
    "~/.bash_history",
    "~/.bashrc",
    "~/.gitconfig",
    "/etc/shadow",
    "/etc/passwd",
    "/etc/hosts",
    "/root/.ssh/id_rsa",
    "/var/log/syslog",
    "/opt/anything",
    "/srv/anything",
    ".env",
    ".git/config",
    ".github/workflows/ci.yml",
    "package.json",
    "pyproject.toml",
    "Makefile",
    "Dockerfile",
    "AGENTS.md",
    "README.md",
    "src/main.py",
    "src/index.ts",
    "tests/test_main.py",
)
"""Well-known paths; those without an anchor lie in the workspace. Ours."""

DEEP = 2
"""So many slashes a directory needs to be proposed for a file in it: `/etc` and `/` hold too much. Our choice."""

_SUBCOMMAND = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_UNREMEMBERED = re.compile(r"[*\0]")
_WILD = re.compile(r"[*?\[\\]")


class Proposal(Word, frozen=True, kw_only=True):
    """What "always" could mean. Exactly one of `rules` and `mode` is given.

    Attributes:
        rules: to be added for the session.
        mode: to go on in.
        preview: what else the rules would let pass.
    """

    rules: tuple[Rule, ...] = ()
    mode: Mode | None = None
    preview: tuple[str, ...] = ()


def propose(action: Action, policy: Policy, mode: Mode) -> tuple[Proposal, ...]:
    """Return what could be remembered so that a call like this one is not asked about again, the narrowest first.

    Args:
        action: a call that was asked about.
        policy: what it was judged by.
        mode: what it was asked in.

    Returns:
        Empty when nothing would help.
    """
    if isinstance(action.operation, Question | Propose):
        return ()
    found = []
    covers = [cover for cover in Rulebook(policy).cover(action) if not _settled(cover)]
    texts = [text for cover in covers for text in _texts(cover, action, policy)]
    if None not in texts and 0 < len(rules := _rules(texts, policy)) <= MOST:
        shown = tuple(dict.fromkeys(line for rule in rules for line in preview(rule, policy)))
        found.append(Proposal(rules=rules, preview=shown[:SHOWN]))
    if mode is Mode.DEFAULT and Mode.ACCEPT_EDITS not in policy.modes_off:
        found.append(Proposal(mode=Mode.ACCEPT_EDITS))
    return tuple(proposal for proposal in found if _settles(proposal, action, policy, mode))


def preview(rule: Rule, policy: Policy) -> tuple[str, ...]:
    """Return up to `SHOWN` well-known commands, paths or hosts that a rule matches, the weightiest first."""
    match meaning(rule, workspace=policy.workspace, home=policy.home):
        case Whole():
            return (f"every call of {rule.tool}", *(KNOWN_COMMANDS[: SHOWN - 1] if rule.tool == "Bash" else ()))
        case Command(text=text):
            return tuple(command for command in KNOWN_COMMANDS if text.matches(command))[:SHOWN]
        case Files(pattern=pattern):
            return tuple(path for path in KNOWN_PATHS if pattern.matches(_absolute(path, policy)))[:SHOWN]
        case Host(pattern=pattern):
            known = ("example.com", "api.example.com", "raw.githubusercontent.com", "pastebin.com")
            return tuple(host for host in known if pattern.matches(host))
        case Named() | Parameter() | Never():
            return ()


def _absolute(path: str, policy: Policy) -> str:
    if path.startswith("~/"):
        return policy.home + path[1:]
    return posixpath.join(policy.workspace, path)


def _settles(proposal: Proposal, action: Action, policy: Policy, mode: Mode) -> bool:
    """Whether the call would be allowed if the proposal held."""
    after = msgspec.structs.replace(policy, rules=(*policy.rules, *proposal.rules))
    return judge(action, policy=after, mode=proposal.mode or mode).verdict is Verdict.ALLOW


def _settled(cover: Cover) -> bool:
    """Whether a part needs no rule: rules cover it, or it is a well-known program that only reads what may be read."""
    part = cover.part
    if part is None or not part.text:
        return cover.complete
    if part.roundabout or cover.uncertain or cover.reads_open:
        return False
    return cover.complete or (part.effects.only_reads and is_known_reader(part))


def _texts(cover: Cover, action: Action, policy: Policy) -> Iterator[str | None]:
    """Yield the rules that a part needs, as text; None where no rule can be written."""
    if cover.part is None and cover.text_open:
        yield _call_text(action)
    elif cover.part is not None and cover.part.text:
        yield from _part_text(cover.part, text_open=cover.text_open)
    for place in cover.reads_open:
        pattern = _reading_pattern(place, shell=cover.part is not None)
        yield None if pattern is None else f"Read({pattern})"
    for place in cover.writes_open:
        wild = cover.part is not None and _WILD.search(place) is not None
        yield None if wild or place == "/" else f"Edit({_anchored(place, policy)})"


def _call_text(action: Action) -> str | None:
    tool = tool_name(action)
    if tool == "Bash":
        return None
    if hosts := fetched_hosts(action):
        return f"WebFetch(domain:{hosts[0]})" if len(hosts) == 1 and not _UNREMEMBERED.search(hosts[0]) else None
    name = callee(action)
    return f"{tool}({name})" if name and not _UNREMEMBERED.search(name) else tool


def _part_text(part: Part, *, text_open: bool) -> Iterator[str | None]:
    """Yield the rule that the text of a command needs, if it needs one."""
    if part.roundabout:
        yield None if _UNREMEMBERED.search(part.text) else f"Bash({part.text})"
    elif text_open and not (part.effects.only_reads and is_known_reader(part)):
        yield _command_text(part)


def _command_text(part: Part) -> str | None:
    """Return the rule for a command: by program and subcommand, or by its very text."""
    text = part.text
    words = text.split(" ")
    program = posixpath.basename(words[0])
    second = words[1] if len(words) > 1 else ""
    by_prefix = program not in EXACT and (program, second) not in EXACT_WITH and _SUBCOMMAND.fullmatch(second)
    if by_prefix and re.fullmatch(r"[\w./+-]+", words[0]):
        return f"Bash({words[0]} {second} *)"
    return None if _UNREMEMBERED.search(text) else f"Bash({text})"


def _reading_pattern(place: str, *, shell: bool) -> str | None:
    """Return the pattern for reading at a place: of a file its directory. None where that would be all there is.

    `shell`: a command names it, so that it may be a shell pattern, or a directory.
    """
    wild = _WILD.search(place) if shell else None
    name = posixpath.basename(place)
    looks_like_file = not shell or "." in name.strip(".")
    whole = posixpath.dirname(place[: wild.start()] + "x") if wild else posixpath.dirname(place)
    if not wild and not looks_like_file:
        whole = place
    if whole.count("/") < DEEP and whole != place and not wild:
        return None if place == "/" else f"/{escaped(place)}"
    return None if whole == "/" else f"/{escaped(whole)}/**"


def _anchored(place: str, policy: Policy) -> str:
    """Return the pattern that means just this place."""
    if inside(place, (policy.workspace,)) and place != policy.workspace:
        return "/" + escaped(posixpath.relpath(place, policy.workspace))
    return f"/{escaped(place)}"


def _rules(texts: list[str | None], policy: Policy) -> tuple[Rule, ...]:
    source = Source(layer=Layer.SESSION, root=policy.workspace)
    return tuple(parse(text, Verdict.ALLOW, source) for text in dict.fromkeys(texts) if text is not None)
