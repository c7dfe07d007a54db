"""What the policy lets run is run, in a box: a command that removes the file although removing is denied is a hole."""

import pytest

from runner.testing.sandbox import Bench
from runner.types import Verdict
from tests.mutations import damaged
from tests.test_policy_fuzz import verdict

pytestmark = [pytest.mark.docker, pytest.mark.slow]

MOST = 6_000
"""So many commands are run. Our choice: half a minute."""

DRIVER = r"""
ulimit -v 400000 && mkdir -p /tmp/d && n=0
while IFS= read -r -d '' command; do
  n=$((n+1)); cd /tmp/d && : > x && : > y
  timeout -s KILL 2 bash -c "$command" < /dev/null > /dev/null 2>&1
  [ -e /tmp/d/x ] || echo "$n"
done < /workspace/commands
"""


@pytest.mark.timeout(600)
def test_no_damaged_command_that_was_allowed_removes_anything(box: Bench) -> None:
    allowed = [command for command in damaged(11, 40_000) if verdict(command) is Verdict.ALLOW]
    allowed = [command for command in dict.fromkeys(allowed) if "\0" not in command][:MOST]
    assert len(allowed) > 1000, "the fuzzer no longer finds anything that may run"
    (box.workspace / "commands").write_bytes(b"".join(command.encode() + b"\0" for command in allowed))
    (box.workspace / "driver").write_text(DRIVER)
    ran = box.run("bash /workspace/driver; echo end", deadline_s=500)
    assert ran.output.endswith("end\n"), ran
    holes = [allowed[int(line) - 1] for line in ran.output.split()[:-1]]
    assert not holes, "\n".join(map(repr, holes[:20]))
