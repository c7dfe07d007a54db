"""The classifier of a run whose mode has none: it says so, which stops the run instead of denying in its name."""

from typing import NoReturn

from runner.errors import ClassifierError
from runner.types import Evidence


class AbsentClassifier:
    """Stands where no classifier is configured."""

    def judge(self, evidence: Evidence) -> NoReturn:  # noqa: ARG002 - the contract's signature
        """Raise `ClassifierError`, always."""
        raise ClassifierError("a call needs a classifier's verdict, and this run has no classifier")
