import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.effects import shell_effects
from runner.types import Effects


def does(command: str) -> Effects:
    return shell_effects(command, "/w")


ONLY_READS = """
git status
git status -sb --porcelain=v2 -uall
git log
git log --oneline -10
git log -5
git log -n 5 --graph --all --since=yesterday --author=x --grep=x -S x -G x -p -- src
git log HEAD~1..HEAD@{0}
git show topic --stat
git show --format=%H -s
git diff
git diff --cached --name-only
git diff main...topic -- README.md
git diff --no-index a b
git blame -C README.md
git rev-parse HEAD
git rev-list --count HEAD
git describe --always
git merge-base --is-ancestor main topic
git for-each-ref
git ls-files -o
git ls-tree -r --name-only HEAD
git cat-file -t HEAD
git cat-file --batch-check
git grep -n foo -- '*.ts'
git branch
git branch -v
git branch -a --contains HEAD
git branch --list 'x*'
git branch -l new
git tag
git tag -l v9
git tag --sort=creatordate
git tag --points-at HEAD
git stash list
git stash show -p
git reflog
git remote
git remote -v
git remote get-url origin
git config --get user.name
git config --list --show-origin
git config user.name
git config get core.hooksPath
git shortlog -sn
git worktree list
git submodule status
git bisect log
git var GIT_EDITOR
git --no-pager log
git push --help
git clean -n
git clean -fdn
git rm --dry-run a
""".strip().splitlines()


@pytest.mark.parametrize("command", ONLY_READS)
def test_looking_only_reads(command: str) -> None:
    effects = does(command)
    assert effects.only_reads, effects


OPAQUE = """
git diff --ext-diff
git diff --textconv
git log --textconv
git grep -O line
git grep --open-files-in-pager=vi line
git -c core.pager=x log
git -c core.fsmonitor=./x status
git -c alias.st=!x st
git -c CORE.HOOKSPATH=x commit
git --exec-path=/tmp/x status
git --config-env=core.pager=X log
git --paginate log
git -p log
git ls-remote --upload-pack=x origin
git fetch --upload-pack x
git clone -u x https://h/r
git clone -c core.fsmonitor=x https://h/r
git clone --template=x https://h/r
git clone ext::sh
git archive --remote=x HEAD
git cat-file --filters HEAD:x
git diff --bogus
git log -Z
git flow init
git update-ref --stdin
""".strip().splitlines()


@pytest.mark.parametrize("command", OPAQUE)
def test_options_that_run_something_else_and_unknown_ones_are_opaque(command: str) -> None:
    assert does(command).opaque is not None


ACTS = {
    "history": """
git push -f
git push --force origin main
git push --forc origin main
git push origin +main
git push origin HEAD:+x +y
git push origin :feature
git push --repo=origin +main
git push -d origin feature
git push origin --delete feature
git push --mirror
git push --force-with-lease
git -C repo push -f
git -c foo=bar push -f
git --no-pager push -uf origin x
git filter-branch --env-filter x
git reflog expire --all --expire=now
git reflog delete HEAD@{1}
git update-ref -d refs/heads/x
git gc --prune=now
git prune
env git push -f
""",
    "discard": """
git reset --hard
git reset -q --hard HEAD~1
git -- reset --hard
git -Crepo reset --hard
git checkout -f main
git checkout -qf main
git checkout -- .
git checkout .
git checkout HEAD -- .
git switch -f main
git switch --discard-changes main
git restore .
git restore ./
git clean -fdx
git clean --force
git clean -e --dry-run -f
git stash drop
git stash clear
git worktree remove --force ../x
""",
    "restore": """
git checkout -- a b
git checkout main a
git checkout HEAD -- a
git restore a
git restore --worktree a
git restore -SW a
git restore --staged --worktree a
git branch -D x
git branch -Dv x
""",
    "guard": """
git config core.hooksPath x
git config --global core.fsmonitor ./x
git config alias.x '!sh'
git config diff.external x
git config --add filter.a.clean x
git config set core.pager x
""",
    "remote-repoint": """
git remote add x https://h/r
git remote set-url origin https://h/r
git remote set-url --push origin ssh://h/r
git config remote.origin.url https://h/r
git config url.https://h/.insteadOf https://g/
""",
    "push": "git push\ngit push origin main",
    "persist": "git maintenance start",
    "expose": "git daemon --export-all",
}


@pytest.mark.parametrize(
    ("act", "command"), [(act, line) for act, text in ACTS.items() for line in text.strip().splitlines()]
)
def test_a_dangerous_act_is_named(act: str, command: str) -> None:
    assert act in does(command).hazards


HARMLESS = """
git push --dry-run --force origin main
git clean -nd
git clean --dry-run -fd
git reset HEAD a
git reset --soft HEAD~1
git checkout main
git checkout -b new origin/main
git checkout -bnew
git checkout --conflict=merge main
git switch -c new
git restore --staged .
git restore -S a
git rm --cached -r .
git add -A
git commit -m 'reset --hard && push -f'
git commit -am x
git stash
git stash pop
git merge topic
git rebase main
git cherry-pick x
git branch new
git branch -d merged
git tag v1
git fetch --all
git pull --rebase
git config user.name x
git worktree add ../x
""".strip().splitlines()


@pytest.mark.parametrize("command", HARMLESS)
def test_ordinary_work_has_no_hazard_but_pushing(command: str) -> None:
    effects = does(command)
    assert set(effects.hazards) <= {"push"}, effects
    assert effects.opaque is None, effects


def test_a_dry_run_that_is_taken_back_is_none() -> None:
    assert "history" in does("git push --dry-run --no-dry-run --force origin main").hazards


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("git show HEAD:.env", "/w/.env"),
        ("git show :.env", "/w/.env"),
        ("git cat-file -p HEAD:sub/.env", "/w/sub/.env"),
        ("git diff .env", "/w/.env"),
        ("git log -p -- .env", "/w/.env"),
        ("git blame .env", "/w/.env"),
        ("git grep KEY -- .env", "/w/.env"),
        ("git add .env", "/w/.env"),
        ("git diff --no-index /etc/passwd x", "/etc/passwd"),
        ("git hash-object .env", "/w/.env"),
    ],
)
def test_files_that_are_shown_are_read(command: str, path: str) -> None:
    assert path in does(command).reads


def test_an_output_file_is_written() -> None:
    assert does("git diff --output=/w/x").writes == ("/w/x",)
    assert does("git log --outp x").writes == ("/w/x",)


def test_other_repositories_run_code_because_their_configuration_may() -> None:
    for command in ("git -C src status", "git --git-dir=/srv/x/.git log", "git --work-tree=x status"):
        assert does(command).executes
        assert not does(command).only_reads


def test_what_git_runs_is_judged() -> None:
    assert "/" in does("git submodule foreach 'rm -rf /'").deletes
    assert "/w/x" in does("git bisect run rm -rf /w/x").deletes
    assert "/w/x" in does("git rebase -x 'rm -rf /w/x' main").deletes


def test_whom_it_talks_to_is_told() -> None:
    assert does("git clone https://h/r.git d").sends == ("https://h/r.git",)
    assert does("git push").sends == ("origin",)
    assert does("git ls-remote").sends == ("origin",)


@given(st.lists(st.sampled_from(["-n", "--dry-run", "-v", "-q", "-u", "origin", "main", "HEAD:main"]), max_size=6))
def test_no_order_of_words_hides_a_forced_push(words: list[str]) -> None:
    effects = does("git push " + " ".join([*[word for word in words if word not in {"-n", "--dry-run"}], "-f"]))
    assert "history" in effects.hazards
