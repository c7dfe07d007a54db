"""What one layer of settings says: its tree read key by key, before it is joined with the other layers.

Rules that live here and nowhere else:

* What the values of keys may be, and what is said about a key that is misspelt, misplaced, or of the reference client
  but without a meaning here. Nothing is ignored silently.
* A wrong value is an error with its line: a settings file that is partly understood protects partly.
* What tightens is honoured even where it stands askew, with a warning: `Deny` for `deny`, rules at the top level,
  `disableBypassPermissionsMode: true`. What loosens must be written right.

Theory: a reader per key turns a tree into values that know their lines; `settings.py` decides which of them count.

Not promised: that a rule's text is a rule. `rules.py` reads it once it is known where a leading slash points.
"""

import difflib
import math
from collections.abc import Callable, Collection

import msgspec

from runner.errors import UsageError
from runner.policy import hook_io
from runner.policy.settings_text import COMMAND_LINE, Items, Key, Keys, Scalar, Tree, fail, legible
from runner.policy.settings_words import (
    FOREIGN,
    FOREIGN_EVENTS,
    HANDLER_KEYS,
    HANDLER_TRIMMINGS,
    JUDGING,
    MANAGED_HOOKS,
    MANAGED_RULES,
    MODES,
    NO_HOOKS,
    OUTSIDE_READS,
    RESTRICTING,
    RULE_HINT,
    RULE_KEYS,
    RULES,
    SWITCHES,
    TIGHTENING,
    HookConfig,
    RuleText,
    Says,
    SettingsWarning,
    Stated,
)
from runner.types import Layer, Occasion, Order, Source, Verdict

WARNINGS = 50
"""So many things are said about one file. Our choice: whoever has more reads the first ones first."""

NAME_CHARS = 64
"""Longest name that is guessed at. Our choice: twice the longest key there is."""


def says(root: Keys, *, layer: Layer, file: str) -> Says:
    """Return what a layer says.

    Args:
        root: its tree.
        layer: whose it is.
        file: where it stands; empty for the command line.

    Raises:
        SettingsError: a value is wrong.
    """
    reader = _Reader(layer, file)
    reader.top(root)
    return reader.said


class _Reader:
    """Reads one layer's keys."""

    def __init__(self, layer: Layer, file: str) -> None:
        self._name = file or COMMAND_LINE
        self.said = Says(layer, file, self._name)
        self._permissions: dict[str, Callable[[Key], None]] = {
            "allow": self._rules,
            "ask": self._rules,
            "deny": self._rules,
            "defaultMode": self._mode,
            "additionalDirectories": self._directories,
            "order": self._order,
            OUTSIDE_READS: self._outside_reads,
            "disableBypassPermissionsMode": self._switch,
            "disableAutoMode": self._switch,
        }
        self._top: dict[str, Callable[[Key], None]] = {
            "permissions": self._inside,
            "hooks": self._events,
            "disableAutoMode": self._switch,
            NO_HOOKS: self._no_hooks,
            MANAGED_RULES: self._managed_rules,
            MANAGED_HOOKS: self._managed_hooks,
        }

    def top(self, root: Keys) -> None:
        """Read the keys of the top level."""
        self._keys(root, self._top, "")

    def _inside(self, key: Key) -> None:
        self._keys(self._mapping(key.value, "permissions"), self._permissions, "permissions.")

    def _keys(self, root: Keys, readers: dict[str, Callable[[Key], None]], inside: str) -> None:
        for key in root.keys:
            name, reader = key.name, readers.get(key.name)
            if reader is None:
                name, reader = self._askew(key, readers, inside)
            if reader is None:
                self._unknown(key, readers, inside)
                continue
            reader(msgspec.structs.replace(key, name=name))

    def _askew(
        self, key: Key, readers: dict[str, Callable[[Key], None]], inside: str
    ) -> tuple[str, Callable[[Key], None] | None]:
        """Return name and reader of a key that tightens but is written in another case or at the top level."""
        lower = key.name.lower()
        section = next((name for name in ("permissions", "hooks") if name == lower and name in readers), None)
        if section is not None:
            fail(self._name, key.line, f"`{inside}{key.name}` is no key", f"Write it `{section}`.")
        name = next((name for name in TIGHTENING if name.lower() == lower), None)
        if name is None:
            return key.name, None
        right = name if name in readers else f"permissions.{name}"
        sentence = f"`{inside}{key.name}` counts, though it should be `{inside if name in readers else ''}{right}`"
        self._warn(key.line, sentence, "Other readers of this file may ignore it.")
        return name, self._permissions[name]

    def _unknown(self, key: Key, readers: dict[str, Callable[[Key], None]], inside: str) -> None:
        if (instead := RESTRICTING.get(key.name)) is not None:
            self.said.unused.append(Stated(inside + key.name, key.line))
            self._warn(key.line, f"`{inside}{key.name}` does nothing in this version: {instead}")
        elif key.name in FOREIGN:
            self.said.unused.append(Stated(inside + key.name, key.line))
            if not self._name.endswith(".json"):
                self._warn(key.line, f"`{inside}{key.name}` does nothing in this version")
        elif not inside and key.name in self._permissions:
            self._warn(key.line, f"`{key.name}` does nothing at the top level", "Move it under `permissions`.")
        else:
            known = (*readers, *RESTRICTING, *FOREIGN) if not inside else tuple(readers)
            self._warn(
                key.line, f"`{inside}{key.name}` is not a known key, and does nothing", self._one_of(key.name, known)
            )

    # --- permissions ---

    def _rules(self, key: Key) -> None:
        path = f"permissions.{key.name}"
        for index, item in enumerate(self._list(key.value, path)):
            self.said.rules.append(self._rule(item, RULES[key.name], f"{path}[{index}]"))

    def _rule(self, item: Tree, verdict: Verdict, path: str) -> RuleText:
        if not isinstance(item, Keys):
            return RuleText(verdict=verdict, text=self._text(item, path, RULE_HINT), line=item.line)
        found = {key.name: key.value for key in item.keys}
        for key in item.keys:
            if key.name not in RULE_KEYS:
                fail(self._name, key.line, f"`{path}.{key.name}` is no key of a rule", RULE_HINT)
        if "rule" not in found:
            fail(self._name, item.line, f"`{path}` needs `rule`, the rule itself", RULE_HINT)
        words = {name: self._text(found[name], f"{path}.{name}") for name in ("why", "instead") if name in found}
        return RuleText(
            verdict=verdict,
            text=self._text(found["rule"], f"{path}.rule"),
            line=found["rule"].line,
            id=self._text(found["id"], f"{path}.id") if "id" in found else None,
            match=self._texts(found["match"], f"{path}.match") if "match" in found else (),
            not_match=self._texts(found["not_match"], f"{path}.not_match") if "not_match" in found else (),
            **words,
        )

    def _mode(self, key: Key) -> None:
        self.said.mode = Stated(MODES[self._one(key, MODES)], key.line)

    def _order(self, key: Key) -> None:
        orders = {order.value: order for order in Order}
        self.said.order = Stated(orders[self._one(key, orders)], key.line)

    def _directories(self, key: Key) -> None:
        items = self._list(key.value, "permissions.additionalDirectories")
        self.said.directories += [Stated(self._text(item, key.name), item.line) for item in items]

    def _outside_reads(self, key: Key) -> None:
        self.said.outside_reads = self._flag(key)

    def _switch(self, key: Key) -> None:
        """Read a key that switches a mode off. Outside managed settings the reference client wants `disable`."""
        value = key.value.value if isinstance(key.value, Scalar) else key.value
        askew = value is True and self.said.layer is not Layer.MANAGED
        if value == "disable" or value is True:
            self.said.modes_off.append(Stated(SWITCHES[key.name], key.line))
        if askew:
            self._warn(key.line, f"`{key.name}: true` counts, though it should be `disable`", "Write `disable`.")
        elif value in {"enable", False}:
            self._warn(key.line, f"`{key.name}` can only be `disable`; this does nothing", "Remove it.")
        elif value not in {"disable", True, None}:
            fail(self._name, key.line, f"`{key.name}` can only be `disable`")

    def _managed_rules(self, key: Key) -> None:
        self.said.managed_rules_only = self._flag(key)

    def _managed_hooks(self, key: Key) -> None:
        self.said.managed_hooks_only = self._flag(key)

    def _no_hooks(self, key: Key) -> None:
        self.said.no_hooks = self._flag(key)

    # --- hooks ---

    def _events(self, key: Key) -> None:
        occasions = {occasion.value: occasion for occasion in Occasion}
        for event in self._mapping(key.value, "hooks").keys:
            path = f"hooks.{event.name}"
            if event.name in FOREIGN_EVENTS:
                self._warn(event.line, f"`{path}` is not called: runs have no such moment")
            elif event.name not in occasions:
                hint = self._one_of(event.name, tuple(occasions))
                self._warn(event.line, f"`{path}` is not a known moment, and is never called", hint)
            else:
                for index, group in enumerate(self._list(event.value, path)):
                    self._group(group, occasions[event.name], f"{path}[{index}]")

    def _group(self, group: Tree, event: Occasion, path: str) -> None:
        found = {key.name: key for key in self._mapping(group, path).keys}
        for key in found.values():
            if key.name not in {"matcher", "hooks"}:
                self._warn(key.line, f"`{path}.{key.name}` is not a known key, and does nothing")
        matcher = ""
        if "matcher" in found and found["matcher"].value != Scalar(line=found["matcher"].value.line, value=""):
            matcher = self._text(found["matcher"].value, f"{path}.matcher")
        if "hooks" not in found:
            fail(self._name, group.line, f"`{path}` needs `hooks`, the list of what is called")
        handlers = self._list(found["hooks"].value, f"{path}.hooks")
        for index, handler in enumerate(handlers):
            self._handler(self._mapping(handler, f"{path}.hooks[{index}]"), event, matcher, f"{path}.hooks[{index}]")

    def _handler(self, handler: Keys, event: Occasion, matcher: str, path: str) -> None:
        found = {key.name: key.value for key in handler.keys}
        kind = self._text(found["type"], f"{path}.type") if "type" in found else "command"
        try:
            hook_io.matcher(matcher, event)
            trouble = "" if kind == "command" else f"its type is `{kind}`, and this version runs commands only"
        except UsageError as error:
            trouble = str(error)
        if trouble:
            self._impossible(event, handler.line, f"`{path}` cannot be called: {trouble}")
            return
        for key in handler.keys:
            if key.name == "async":
                self._warn(key.line, f"`{path}.async` does nothing: hooks are waited for")
            elif key.name not in (*HANDLER_KEYS, *HANDLER_TRIMMINGS):
                hint = self._one_of(key.name, HANDLER_KEYS)
                self._warn(key.line, f"`{path}.{key.name}` is not a known key, and does nothing", hint)
        if "command" not in found:
            fail(self._name, handler.line, f"`{path}` needs `command`")
        self.said.hooks.append(
            HookConfig(
                event=event,
                matcher=matcher,
                command=self._text(found["command"], f"{path}.command"),
                timeout_s=self._seconds(found["timeout"], f"{path}.timeout") if "timeout" in found else None,
                condition=self._text(found["if"], f"{path}.if") if "if" in found else None,
                source=Source(layer=self.said.layer, file=self.said.file, line=handler.line),
            )
        )

    def _impossible(self, event: Occasion, line: int, what: str) -> None:
        if event in JUDGING:
            self.said.impossible.append(Stated(what, line))
        else:
            self._warn(line, what)

    # --- values ---

    def _text(self, value: Tree, path: str, hint: str = "") -> str:
        if not isinstance(value, Scalar) or not isinstance(value.value, str):
            fail(self._name, value.line, f"`{path}` must be a text", hint or "Put quotes around it.")
        if not value.value.strip():
            fail(self._name, value.line, f"`{path}` is empty")
        return value.value

    def _texts(self, value: Tree, path: str) -> tuple[str, ...]:
        items = self._list(value, path) if isinstance(value, Items) else (value,)
        return tuple(self._text(item, path) for item in items)

    def _list(self, value: Tree, path: str) -> tuple[Tree, ...]:
        if isinstance(value, Scalar) and value.value is None:
            return ()
        if not isinstance(value, Items):
            fail(self._name, value.line, f"`{path}` must be a list")
        return value.items

    def _mapping(self, value: Tree, path: str) -> Keys:
        if isinstance(value, Scalar) and value.value is None:
            return Keys(line=value.line)
        if not isinstance(value, Keys):
            fail(self._name, value.line, f"`{path}` must be keys with values")
        return value

    def _flag(self, key: Key) -> Stated[bool]:
        if not isinstance(key.value, Scalar) or not isinstance(key.value.value, bool):
            fail(self._name, key.line, f"`{key.name}` must be true or false, without quotes")
        return Stated(key.value.value, key.line)

    def _one(self, key: Key, names: Collection[str]) -> str:
        """Return the one of these names that is the value."""
        text = self._text(key.value, key.name)
        if text not in names:
            fail(self._name, key.line, f"`{key.name}` cannot be `{text}`", self._one_of(text, tuple(names)))
        return text

    def _seconds(self, value: Tree, path: str) -> float:
        seconds = value.value if isinstance(value, Scalar) else None
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
            fail(self._name, value.line, f"`{path}` must be a number of seconds above zero")
        return float(seconds)

    def _warn(self, line: int, sentence: str, hint: str = "") -> None:
        count = len(self.said.warnings)
        if count == WARNINGS:
            sentence, hint = "more of this kind follows", "Look at the first ones."
        if count <= WARNINGS:
            warning = SettingsWarning(file=self._name, line=line, sentence=legible(sentence), hint=legible(hint))
            self.said.warnings.append(warning)

    def _one_of(self, name: str, known: Collection[str]) -> str:
        """Return a guess what a name should be; empty when there is none, or when many were guessed already."""
        if len(self.said.warnings) >= WARNINGS or len(name) > NAME_CHARS:
            return ""
        lower = {word.lower(): word for word in known}
        close = difflib.get_close_matches(name.lower(), lower, n=2)
        return f"Did you mean {' or '.join(f'`{lower[word]}`' for word in close)}?" if close else ""
