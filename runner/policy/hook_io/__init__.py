"""What a hook is told and what its answer means, so that hooks written for the Agent SDK work as they are.

    Moment -> a line of JSON on stdin -> the hook -> exit code, stdout, stderr -> Said
    exit 0   a JSON object on stdout is the answer; other text is context at SessionStart and UserPromptSubmit
    exit 2   no, for the reason in its JSON or on stderr
    any other, a signal, no answer in time, an answer that cannot be read: the hook failed, and that is a no

    asking.py    when a hook is asked, for how long, and what it is told
    answers.py   what it says, by exit code and text
    schema.py    what it says, by JSON
    merging.py   what several say together

Rules that live here and nowhere else:

* A hook that fails is a no (`Said.failed`), never silence: who wrote a guard wants it to guard.
* So is an answer that would be lost: a field that is misspelt or in the wrong place, a decision nobody knows, text
  before the JSON, the same key twice. Other fields nobody knows say nothing, as they always did.
* `defer` is a question: the call waits for an answer, and an unattended run is parked with it.
* Rules and modes that a hook sets hold for this run. Nothing writes a settings file.

Not supported: replacing a tool's output (`updatedToolOutput`), which counts as a failure because it may be meant to
hide something; answering later (`async`), which says nothing. Paths in what a hook is told are paths in the box.
"""

from runner.policy.hook_io.answers import OUTPUT_BYTES, answered, answered_text, failure, silent
from runner.policy.hook_io.asking import deadline_s, matcher, told
from runner.policy.hook_io.merging import merged

__all__ = [
    "OUTPUT_BYTES",
    "answered",
    "answered_text",
    "deadline_s",
    "failure",
    "matcher",
    "merged",
    "silent",
    "told",
]
