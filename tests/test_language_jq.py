import pytest

from runner.policy.languages.jq import read
from runner.types import Effects


@pytest.mark.parametrize(
    "text",
    [".", ".a.b[0]", ".env", ".Config.Env[]", '{"env": .x}', "map(. + 1)", '"@sh"', "$__loc__", "input", "{env: 1}"],
)
def test_programs_only_compute(text: str) -> None:
    assert read(text, cwd="/w", home="/h").effects == Effects()


@pytest.mark.parametrize("text", ["env", "$ENV", "env.HOME", "$ENV.AWS_SECRET_ACCESS_KEY", "[env]", '"\\(env)"'])
def test_the_environment_is_private(text: str) -> None:
    assert read(text, cwd="/w", home="/h").effects.hazards


@pytest.mark.parametrize("text", ['import "x" as x; .', 'include "x"; .', 'import  "a" as $a; $a'])
def test_programs_that_load_others_are_opaque(text: str) -> None:
    assert read(text, cwd="/w", home="/h").effects.opaque is not None
