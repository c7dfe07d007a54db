"""The runs of a state directory: where each lives, found by its id, and read from its journal alone.

Rules that live here and nowhere else:

* Which place on the host is whose (`RunFolder`). A run's folder is private to the user, is never mounted but for its
  `workspace` and `output`, and is all that showing and resuming it need.
* The state directory: given, else from the environment, else the user's own by the system's convention.

Nothing here changes a run.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec
import platformdirs

from runner.adapters.jsonl_journal import is_locked, read_journal
from runner.errors import JournalError, UsageError
from runner.events import Entry
from runner.views.report import Report, report
from runner.views.report_text import summary_line
from runner.views.visible import one_line

STATE_VARIABLE = "AGENT_RUNNER_STATE_DIR"
"""The environment's way to say `--state-dir`. The prefix RUNNER_ belongs to CI systems."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """Where everything of one run lives."""

    root: Path

    @property
    def run_id(self) -> str:
        """The run's id is its folder's name."""
        return self.root.name

    @property
    def journal(self) -> Path:
        """The record."""
        return self.root / "journal.jsonl"

    @property
    def workspace(self) -> Path:
        """The private copy that boxes mount."""
        return self.root / "workspace"

    @property
    def store(self) -> Path:
        """Snapshots."""
        return self.root / "snapshots"

    @property
    def output(self) -> Path:
        """Full texts of outputs that were cut; boxes see it read-only."""
        return self.root / "output"

    @property
    def result(self) -> Path:
        """What is handed over: `patch.diff`, `result.json`, `artifacts/`."""
        return self.root / "result"

    @property
    def patch(self) -> Path:
        """The result as a patch."""
        return self.result / "patch.diff"

    @property
    def report(self) -> Path:
        """The report as JSON, written last."""
        return self.result / "result.json"


def state_dir(given: Path | None) -> Path:
    """Return the absolute directory that holds all runs: given, else from the environment, else the user's own."""
    named = given or (Path(os.environ[STATE_VARIABLE]) if os.environ.get(STATE_VARIABLE) else None)
    return (named or platformdirs.user_state_path("runner")).expanduser().absolute()


def run_folders(state: Path) -> list[RunFolder]:
    """Return all runs of a state directory, oldest first."""
    runs = state / "runs"
    if not runs.is_dir():
        return []
    return [RunFolder(root=path) for path in sorted(runs.iterdir()) if (path / "journal.jsonl").is_file()]


def find_run(state: Path, name: str | None) -> RunFolder:
    """Return the run of that id or unambiguous beginning of one; without a name the newest.

    Raises:
        UsageError: there is none, or several.
    """
    folders = run_folders(state)
    if not folders:
        raise UsageError(f"there are no runs in {state}", hint="Start one with: runner run task.md")
    if name is None:
        return folders[-1]
    found = [folder for folder in folders if folder.run_id.startswith(name)]
    exact = [folder for folder in found if folder.run_id == name]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise UsageError(f"there is no run `{name}`", hint="List them with: runner ls")
    raise UsageError(f"`{name}` could be {', '.join(f.run_id for f in found)}", hint="Give more of its id.")


def read_run(folder: RunFolder) -> tuple[list[Entry], bool]:
    """Return a run's entries and whether a process is working on it now.

    Raises:
        JournalError: its journal cannot be read.
    """
    return read_journal(folder.journal), is_locked(folder.journal)


def summary(folder: RunFolder) -> str:
    """Return a run in one line.

    Raises:
        JournalError: its journal cannot be read.
    """
    made = report_of(folder)
    ending = "running" if is_locked(folder.journal) else summary_line(made)
    return f"{folder.run_id}  {ending}  {one_line(made.task, 60)}"


def report_of(folder: RunFolder) -> Report:
    """Return the report of a run; of one that has handed over, the written one.

    Raises:
        JournalError: the journal or the written report cannot be read.
    """
    entries, running = read_run(folder)
    made = report(entries)
    if running or made.outcome is None or not has_handed_over(folder):
        return made
    try:
        return msgspec.json.decode(folder.report.read_bytes(), type=Report)
    except (OSError, msgspec.MsgspecError) as error:
        raise JournalError(f"the report {folder.report} cannot be read: {error}") from error


def has_handed_over(folder: RunFolder) -> bool:
    """Return whether the run's results are all written: its report is, which is written last."""
    return folder.report.is_file()
