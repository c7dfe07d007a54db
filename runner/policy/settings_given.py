"""Layers that are no files: rules that were given one by one, and the permissions of a task file.

Rules that live here and nowhere else:

* A text of rules is cut at blanks and commas that are in no parentheses, as the reference client cuts its lists.
* A task file's front matter is read once, by whoever reads task files; its `permissions` come here as composed there.

Not promised: that what is given are rules; `settings.py` reads them as it reads any layer.
"""

import json
from collections.abc import Iterator, Sequence

import yaml

from runner.policy.settings_text import Key, Keys, tree_of_node
from runner.policy.settings_words import LayerText, LayerTree
from runner.types import Layer


def task_permissions(node: yaml.Node, *, file: str, line_offset: int = 0) -> LayerTree:
    """Return the layer that a task file's `permissions` are.

    Args:
        node: the value of the key, as composed.
        file: how errors call the task file.
        line_offset: lines of the file above the front matter.

    Raises:
        SettingsError: it is out of bounds, or not to be read in one way only.
    """
    line = node.start_mark.line + 1 + line_offset
    value = tree_of_node(node, file=file, line_offset=line_offset)
    permissions = Key(line=line, name="permissions", value=value)
    return LayerTree(layer=Layer.TASK, file=file, tree=Keys(line=line, keys=(permissions,)))


def single_rules(
    *, allow: Sequence[str] = (), ask: Sequence[str] = (), deny: Sequence[str] = (), directories: Sequence[str] = ()
) -> LayerText:
    """Return the layer of rules and directories that were given one by one on the command line.

    A text may hold several rules, with blanks or commas between them.
    """
    lists = {"allow": allow, "ask": ask, "deny": deny}
    permissions: dict[str, list[str]] = {
        name: [rule for text in texts for rule in _split(text)] for name, texts in lists.items()
    }
    permissions["additionalDirectories"] = list(directories)
    return LayerText(layer=Layer.COMMAND_LINE, file="", text=json.dumps({"permissions": permissions}), single=True)


def _split(text: str) -> Iterator[str]:
    """Yield the rules of a text, cut at blanks and commas outside of parentheses."""
    depth, start = 0, 0
    for at, char in enumerate(text):
        depth = max(0, depth + (char == "(") - (char == ")"))
        if depth == 0 and (char.isspace() or char == ","):
            if text[start:at]:
                yield text[start:at]
            start = at + 1
    if text[start:]:
        yield text[start:]
