"""What a jq program does: `read`.

Rules that live here and nowhere else:

* jq computes. It reads no file but its operands, except through `import` and `include`, which are opaque.
* `env` and `$ENV` give the environment, which usually holds secrets.
"""

import re

from runner.policy.languages.doing import Doing
from runner.types import Effects

_MODULES = re.compile(r"\b(?:import|include|modulemeta|get_search_list|input_line_number\s*\()\b")
_ENVIRONMENT = re.compile(r"\$ENV\b|(?<![\w.$\"'])env\b(?!\s*:)")


def read(text: str, *, cwd: str | None, home: str) -> Doing:  # noqa: ARG001 - all readers are called alike
    """Return what a jq program does. Cost: linear in its length."""
    if _MODULES.search(text):
        return Doing(effects=Effects(opaque="a jq program that loads others"))
    if _ENVIRONMENT.search(text):
        return Doing(effects=Effects(hazards=("private",)))
    return Doing()
