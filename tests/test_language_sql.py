import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.languages import sql
from runner.policy.languages.doing import Doing


def does(text: str) -> Doing:
    return sql.read(text, cwd="/w", home="/home/agent")


ASKS = """
SELECT 1
select * from users where name = 'DROP TABLE x'
SELECT "delete" FROM t -- DROP TABLE x
/* DROP TABLE x */ SELECT 1;
EXPLAIN SELECT * FROM users
DESCRIBE users
SHOW TABLES
WITH a AS (SELECT 1) SELECT * FROM a
(SELECT 1) UNION (SELECT 2)
SELECT * FROM dropdown
\\dt
.tables
""".strip().splitlines()


@pytest.mark.parametrize("text", ASKS)
def test_asking_does_nothing(text: str) -> None:
    assert does(text).effects.only_reads


DESTROYS = r"""
DROP TABLE users
drop database x
TRUNCATE TABLE users
DELETE FROM users
DELETE FROM users;
UPDATE users SET a = 1
ALTER TABLE x DROP COLUMN y
SELECT 1; DROP TABLE x
SELECT 1; -- x\nDROP TABLE x
DROP/**/TABLE x
WITH a AS (DELETE FROM b RETURNING *) SELECT * FROM a
EXPLAIN ANALYZE DELETE FROM x
BEGIN; DELETE FROM x; COMMIT
DELETE FROM users -- WHERE id = 1
DELETE FROM users RETURNING 'WHERE'
""".strip().splitlines()


@pytest.mark.parametrize("text", [line.replace("\\n", "\n") for line in DESTROYS])
def test_emptying_and_dropping_is_destroying(text: str) -> None:
    effects = does(text).effects
    assert "db-destroy" in effects.hazards


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO a VALUES (1)",
        "UPDATE a SET b = 1 WHERE c = 2",
        "DELETE FROM a WHERE b = 1",
        "CREATE TABLE a (b int)",
        "SELECT * INTO b FROM a",
        "VACUUM",
    ],
)
def test_changing_rows_executes_and_is_no_destruction(text: str) -> None:
    effects = does(text).effects
    assert effects.executes
    assert not effects.hazards


@pytest.mark.parametrize(
    "text",
    [
        "COPY t TO PROGRAM 'sh'",
        "COPY t FROM '/etc/passwd'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT * FROM t INTO OUTFILE '/x'",
        "SELECT load_extension('x')",
        "SELECT load_file('/etc/passwd')",
        "EXEC xp_cmdshell 'x'",
        "CREATE EXTENSION plpythonu",
        "\\! sh",
        ".shell sh",
        ".system sh",
        ".import a b",
        ".output x",
        ".read x",
        ".load x",
        "SELECT 1\n\\! sh",
        "\\copy t to 'x'",
        "\\i x",
        "\\o |sh",
        "FROBNICATE",
    ],
)
def test_reaching_beyond_the_database_is_opaque(text: str) -> None:
    assert does(text).effects.opaque is not None


def test_accounts_of_the_database_are_named() -> None:
    assert "accounts" in does("GRANT ALL ON t TO u").effects.hazards
    assert "accounts" in does("DROP USER u").effects.hazards


@given(st.text(max_size=100))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(does(text), Doing)


@given(
    st.sampled_from(ASKS[:8]), st.sampled_from([line for line in DESTROYS if "\\n" not in line and "--" not in line])
)
def test_a_statement_behind_another_is_seen(before: str, after: str) -> None:
    assert "db-destroy" in does(f"{before}\n;{after}").effects.hazards
