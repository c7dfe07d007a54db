r"""What SQL text does: `read`.

Rules that live here and nowhere else:

* Statements that only ask (`SELECT`, `SHOW`, `EXPLAIN` of one of them) do nothing beyond talking to the database.
* Dropping or emptying a table, a schema or a database, and deleting or updating without a condition, is `db-destroy`.
* A statement that reads or writes files or runs programs on the server or in the client is opaque, and so is what a
  client's own commands do (`\!`, `.shell`), but for those that only show.
* Words in strings and comments are no statements.

Not promised: what a function or procedure of the database does.
"""

import re

from runner.policy.languages.doing import Doing
from runner.types import Effects

_TOKEN = re.compile(
    r"""
      (?P<blank>\s+|--[^\n]*|\#[^\n]*|/\*(?!!).*?\*/)
    | (?P<string>'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|""|\\.)*"|`[^`]*`|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
    | (?P<word>[A-Za-z_][\w$]*)
    | (?P<end>;)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_ASKS = frozenset(["SELECT", "SHOW", "DESCRIBE", "DESC", "VALUES", "TABLE", "HELP", "USE", "PRINT", "GO", "CHECK"])
_EXPLAINS = frozenset(["EXPLAIN", "ANALYZE", "VERBOSE", "QUERY", "PLAN", "FORMAT", "JSON"])
_CHANGES_WORDS = """
INSERT UPDATE DELETE MERGE REPLACE UPSERT CREATE ALTER BEGIN START COMMIT ROLLBACK SAVEPOINT RELEASE END SET RESET
GRANT REVOKE COMMENT ANALYZE VACUUM REINDEX CLUSTER OPTIMIZE REFRESH LOCK UNLOCK DECLARE FETCH CLOSE PRAGMA ATTACH
DETACH ABORT DISCARD LISTEN NOTIFY RENAME IF FLUSH PREPARE DEALLOCATE EXECUTE CALL EXEC DO WITH
"""
_CHANGES = frozenset(_CHANGES_WORDS.split())
_ACCOUNTS = frozenset(["USER", "ROLE", "LOGIN"])
_REACHES_OUT = re.compile(
    r"\b(?:PROGRAM|OUTFILE|DUMPFILE|LOAD_FILE|LOAD_EXTENSION|LOAD\s+DATA|LOAD\s+EXTENSION|XP_\w+|SP_OA\w+|SP_CONFIGURE|OPENROWSET"
    r"|BULK\s+INSERT|PG_READ_\w*FILE|PG_LS_DIR|PG_EXECUTE\w*|LO_IMPORT|LO_EXPORT|DBLINK\w*|SYS_EXEC|SYS_EVAL|UTL_\w+|DBMS_\w+"
    r"|READFILE|WRITEFILE|READ_CSV\w*|READ_TEXT|EDIT|FTS3_TOKENIZER|INTO\s+OUTFILE|COPY|EXTENSION|UDF|SONAME|PG_SLEEP)\b",
    re.IGNORECASE,
)
_SHOWS = re.compile(
    r"(?:\\(?:d\w*\+?|l\+?|z|conninfo|timing|x|pset|encoding|h|\?|q|a|t|echo|set)"
    r"|\.(?:tables|schema|databases|indexes|indices|headers?|mode|width|nullvalue|separator|show|stats|timer|quit|exit|help|bail"
    r"|changes|echo|eqp|explain|fullschema|limit|lint|print|version|dump|dbinfo))\b[^\n]*"
)


def read(text: str, *, cwd: str | None, home: str) -> Doing:  # noqa: ARG001 - all readers are called alike
    """Return what SQL text does to the database. Cost: linear in its length."""
    hazards: list[str] = []
    changes = False
    opaque: str | None = None
    plain: list[str] = []
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith(("\\", ".")):
            if _SHOWS.fullmatch(stripped) is None:
                opaque = f"the client's command `{stripped.split()[0][:40]}` can do anything"
        else:
            plain.append(line)
    for words in _statements("\n".join(plain)):
        kind = _kind(words)
        if kind == "destroys":
            hazards.append("db-destroy")
        elif kind == "accounts":
            hazards.append("accounts")
        elif kind == "unknown":
            opaque = opaque or f"what the statement `{words[0][:40]}` does is not known"
        changes = changes or kind != "asks"
        if _REACHES_OUT.search(" ".join(words)):
            opaque = opaque or "it reaches beyond the database"
    executes = ("sql",) if changes else ()
    return Doing(effects=Effects(executes=executes, hazards=tuple(dict.fromkeys(hazards)), opaque=opaque))


def _statements(text: str) -> list[list[str]]:
    """The words of every statement in upper case; strings, comments and numbers left out."""
    statements: list[list[str]] = [[]]
    for match in _TOKEN.finditer(text):
        if match["word"]:
            statements[-1].append(match["word"].upper())
        elif match["end"]:
            statements.append([])
        elif match["other"] == "(":
            statements[-1].append("(")
    return [words for words in statements if [word for word in words if word != "("]]


def _kind(words: list[str]) -> str:
    """Tell a statement that only asks from one that changes, destroys, or is not known."""
    words = [word for word in words if word != "("] if words[0] == "(" else words
    while words and words[0] in _EXPLAINS:
        words = words[1:]
        if not words:
            return "changes"
    first = words[0] if words else ""
    if first in {"DROP", "TRUNCATE", "DROPDB"} or ("DROP" in words and first == "ALTER"):
        return "accounts" if set(words[1:2]) & _ACCOUNTS else "destroys"
    if first in {"DELETE", "UPDATE"} or (first == "WITH" and {"DELETE", "UPDATE"} & set(words)):
        return "changes" if "WHERE" in words or "LIMIT" in words else "destroys"
    if first == "SHUTDOWN":
        return "destroys"
    if first in {"GRANT", "REVOKE"} or (first in {"CREATE", "ALTER"} and set(words[1:2]) & _ACCOUNTS):
        return "accounts"
    if first in _ASKS:
        return "changes" if "INTO" in words else "asks"
    if first == "WITH":
        return "asks" if not {"INSERT", "MERGE", "UPDATE", "DELETE", "INTO"} & set(words) else "changes"
    return "changes" if first in _CHANGES else "unknown"
