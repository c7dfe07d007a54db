"""Small languages in which a command line can hold a whole program: sed, awk, jq, Python and others.

Rules that live here and nowhere else:

* Every file has one function `read(text, *, cwd, home) -> Doing`: the program text, the absolute directory it works
  in (None: uncertain, then a relative path is opaque) and the home directory. It never raises and does no I/O.
* A reader recognises what only computes, reads or writes named files, or runs named commands. All else is opaque.
"""

from collections.abc import Callable, Mapping

from runner.policy.languages import awk, jq, node, perl, python, ruby, sed, sql
from runner.policy.languages.doing import Doing

READERS: Mapping[str, Callable[..., Doing]] = {
    "awk": awk.read,
    "jq": jq.read,
    "node": node.read,
    "perl": perl.read,
    "python": python.read,
    "ruby": ruby.read,
    "sed": sed.read,
    "sql": sql.read,
}
"""The readers by the names that the tables give to the languages."""
