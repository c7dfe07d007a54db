"""`runner`: hand a task to a model and walk away.

    from runner import run

    report = run("The tests fail. Fix the code, not the tests.", checks=["make test"])

Everything a program needs is imported from here; `runner.events` has the kinds of events. A name costs nothing until it
is used: what stands behind it is imported then.
"""

import importlib as _importlib
import sys as _sys
import types as _types

TYPE_CHECKING = False  # true for type checkers, by its name; importing `typing` would cost more than all the rest
if TYPE_CHECKING:
    from runner import events
    from runner.adapters.callback_approver import Allow, Deny, Request
    from runner.client import HookMatcher, Session, resume, run, start
    from runner.errors import RunnerError, UsageError
    from runner.types import Ending, Mode
    from runner.views.report import Report

__version__ = "0.1.0"

__all__ = [
    "Allow",
    "Deny",
    "Ending",
    "HookMatcher",
    "Mode",
    "Report",
    "Request",
    "RunnerError",
    "Session",
    "UsageError",
    "__version__",
    "events",
    "resume",
    "run",
    "start",
]

_HOMES = {
    "Allow": "runner.adapters.callback_approver",
    "Deny": "runner.adapters.callback_approver",
    "Ending": "runner.types",
    "HookMatcher": "runner.client",
    "Mode": "runner.types",
    "Report": "runner.views.report",
    "Request": "runner.adapters.callback_approver",
    "RunnerError": "runner.errors",
    "Session": "runner.client",
    "UsageError": "runner.errors",
    "resume": "runner.client",
    "run": "runner.client",
    "start": "runner.client",
}


class _Package(_types.ModuleType):
    """The package. `run` is a function of it and also a file in it: the function has the name."""

    @property
    def run(self) -> object:
        """The function. Code of ours imports what it needs out of the file: `from runner.run import ...`."""
        return _found("run")

    @run.setter
    def run(self, module: object) -> None:
        """Leave it: the import system would put the file here when it is imported."""


_sys.modules[__name__].__class__ = _Package


def _found(name: str) -> object:
    return getattr(_importlib.import_module(_HOMES[name]), name)


if not TYPE_CHECKING:  # a checker knows the names; with these it would believe in any other, too

    def __getattr__(name: str) -> object:
        if name == "events":
            return _importlib.import_module("runner.events")
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return _found(name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


del TYPE_CHECKING
