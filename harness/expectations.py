"""What ``expect:`` can say, and whether it holds: plain values, nested fields, and a few operators.

A mapping asks for each of its fields and ignores the others; a list must match whole. Where operators stand
(``at_most``, ``each_in``, ...) all of them must hold. A text that names a value of the scenario (``free``) is
that value inside ``each_in``, ``one_of`` and ``none_in``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.events import Expectation

MISSING = "(missing)"
_SHOWN_CHARACTERS = 300

Names = Mapping[str, Any]
Operator = Callable[[Any, Any], bool]


def _size(value: Any) -> float:
    if isinstance(value, bool) or value is None:
        return 0
    if isinstance(value, int | float):
        return value
    return len(value) if isinstance(value, str | Sequence | Mapping) else 0


def _elements(value: Any) -> list[Any]:
    items = value if isinstance(value, list) else [value]
    return [each["time"] if isinstance(each, Mapping) and "time" in each else each for each in items]


def _contains(wanted: Any, got: Any) -> bool:
    parts = wanted if isinstance(wanted, list) else [wanted]
    if isinstance(got, str):
        return all(str(part) in got for part in parts)
    if isinstance(got, list):
        return all(any(matches(part, each) for each in got) for part in parts)
    return isinstance(got, Mapping) and all(part in got for part in parts)


OPERATORS: Mapping[str, Operator] = {
    "equals": lambda wanted, got: bool(got == wanted),
    "not": lambda wanted, got: not matches(wanted, got),
    "at_most": lambda wanted, got: got != MISSING and _size(got) <= wanted,
    "at_least": lambda wanted, got: got != MISSING and _size(got) >= wanted,
    "one_of": lambda wanted, got: got in wanted,
    "each_in": lambda wanted, got: isinstance(got, list) and all(each in wanted for each in _elements(got)),
    "none_in": lambda wanted, got: got == MISSING or not any(each in wanted for each in _elements(got)),
    "contains": _contains,
    "lacks": lambda wanted, got: not any(_contains(each, got) for each in _listed(wanted)),
    "matches": lambda wanted, got: isinstance(got, str) and re.search(wanted, got) is not None,
    "exists": lambda wanted, got: (got not in (MISSING, None)) == wanted,
}
"""Name to test of (wanted, got); sizes are those of lists and texts, numbers count as they are."""


def matches(wanted: Any, got: Any) -> bool:
    """Whether a value meets what was wanted, operators and nested fields included."""
    return all(each.held for each in judge(wanted, got))


def judge(wanted: Any, got: Any, names: Names | None = None, path: str = "") -> list[Expectation]:
    """One Expectation for each thing wanted; ``got`` is MISSING where the answer has no such field."""
    if isinstance(wanted, Mapping) and wanted and all(key in OPERATORS for key in wanted):
        return [_operate(key, _resolve(value, names), got, path) for key, value in wanted.items()]
    if isinstance(wanted, Mapping) and not isinstance(got, str | int | float):
        return _fields(wanted, got, names or {}, path)
    held = got == wanted and isinstance(got, bool) == isinstance(wanted, bool)
    return [Expectation(f"{path or 'the answer'} is {show(wanted)}", held, show(wanted), show(got))]


def unknown_operators(wanted: Any) -> list[tuple[str, list[str]]]:
    """Keys that stand beside operators but are none, each with its siblings: a slip of the pen."""
    if not isinstance(wanted, Mapping):
        return []
    keys = list(wanted)
    strange = [key for key in keys if key not in OPERATORS]
    found = [(key, keys) for key in strange] if len(strange) < len(keys) else []
    for value in wanted.values():
        found += unknown_operators(value)
    return found


def show(value: Any) -> str:
    """A value for people, one line, cut where it is long."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + " …"


def _fields(wanted: Mapping[str, Any], got: Any, names: Names, path: str) -> list[Expectation]:
    found: list[Expectation] = []
    for key, value in wanted.items():
        field = f"{path}.{key}" if path else key
        found += judge(value, _field(got, key), names, field)
    return found


def _field(got: Any, key: str) -> Any:
    if isinstance(got, Mapping):
        return got.get(key, MISSING)
    if isinstance(got, list) and str(key).lstrip("-").isdigit():
        index = int(key)
        return got[index] if -len(got) <= index < len(got) else MISSING
    return MISSING


def _operate(name: str, wanted: Any, got: Any, path: str) -> Expectation:
    held = OPERATORS[name](wanted, got)
    words = f"{path or 'the answer'} {name.replace('_', ' ')} {show(wanted)}"
    return Expectation(words, held, f"{name.replace('_', ' ')} {show(wanted)}", show(got))


def _resolve(value: Any, names: Names | None) -> Any:
    return names[value] if names and isinstance(value, str) and value in names else value


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
