"""The global validation pipe: each property's rules, all broken ones told at once (reference, envelope B).

Unknown properties are dropped silently; a property that is null counts as absent where it is optional.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.calcom.errors import ClassValidation
from simulator.calcom.times import is_zone, parse_instant

Test = Callable[[Any], bool]
_CLOCK_FACE = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a property: its name in the answer, the test, and the text with ``{0}`` for the property."""

    name: str
    test: Test
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """A property: its rules, whether it must be there, and the fields of the objects in it."""

    name: str
    rules: tuple[Rule, ...]
    required: bool = False
    inner: tuple[Field, ...] = ()


def check(body: Mapping[str, Any], fields: Sequence[Field]) -> dict[str, Any]:
    """The known properties of a body, or the refusal that lists all broken rules."""
    errors = _errors(body, fields)
    if errors:
        raise ClassValidation(errors)
    return {field.name: body[field.name] for field in fields if body.get(field.name) is not None}


def _errors(body: Mapping[str, Any], fields: Sequence[Field]) -> list[dict[str, Any]]:
    return [error for field in fields if (error := _error(body, field)) is not None]


def _error(body: Mapping[str, Any], field: Field) -> dict[str, Any] | None:
    value = body.get(field.name)
    if value is None and not field.required:
        return None
    broken = {rule.name: rule.text.format(field.name) for rule in field.rules if not rule.test(value)}
    children: list[dict[str, Any]] = []
    if field.inner and not broken:
        children = _children(value, field.inner)
    if not broken and not children:
        return None
    error: dict[str, Any] = {"target": dict(body), "property": field.name, "children": children}
    if field.name in body:
        error["value"] = value
    if broken:
        error["constraints"] = broken
    return error


def _children(value: Any, fields: Sequence[Field]) -> list[dict[str, Any]]:
    if isinstance(value, Mapping):
        return _errors(value, fields)
    found = []
    for number, item in enumerate(value):
        inner = _errors(item if isinstance(item, Mapping) else {}, fields)
        if inner:
            found.append({"target": value, "value": item, "property": str(number), "children": inner})
    return found


def is_whole(value: object) -> bool:
    """Whether a value is an integer and no truth value."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_instant(value: object) -> bool:
    try:
        parse_instant(str(value))
    except ValueError:
        return False
    return isinstance(value, str)


STRING = Rule("isString", lambda v: isinstance(v, str), "{0} must be a string")
WHOLE = Rule("isInt", is_whole, "{0} must be an integer number")
NUMBER = Rule("isNumber", _is_number, "{0} must be a number conforming to the specified constraints")
BOOLEAN = Rule("isBoolean", lambda v: isinstance(v, bool), "{0} must be a boolean value")
LIST = Rule("isArray", lambda v: isinstance(v, list), "{0} must be an array")
OBJECT = Rule("isObject", lambda v: isinstance(v, Mapping), "{0} must be an object")
FILLED = Rule("isNotEmpty", lambda v: v not in ("", None), "{0} should not be empty")
INSTANT = Rule("isDateString", _is_instant, "{0} must be a valid ISO 8601 date string")
ZONE = Rule("isTimeZone", is_zone, "{0} must be a valid IANA time-zone")
CLOCK_FACE = Rule(
    "matches",
    lambda v: isinstance(v, str) and (_CLOCK_FACE.fullmatch(v) is not None or v == "24:00"),
    "{0} must be a valid time in format HH:MM",
)
DATE = Rule(
    "matches",
    lambda v: isinstance(v, str) and _DATE.fullmatch(v) is not None and _is_instant(v),
    "{0} must be a valid date in format YYYY-MM-DD",
)


def least(number: int) -> Rule:
    """A lower bound."""
    return Rule("min", lambda v: not _is_number(v) or v >= number, f"{{0}} must not be less than {number}")


def one_of(values: Sequence[Any]) -> Rule:
    """One of some values."""
    listed = ", ".join(str(value) for value in values)
    return Rule("isEnum", lambda v: v in values, f"{{0}} must be one of the following values: {listed}")


def each_of(values: Sequence[Any]) -> Rule:
    """A list of some values; what is no list is another rule's business."""
    listed = ", ".join(str(value) for value in values)
    return Rule(
        "isEnum",
        lambda v: isinstance(v, list) and all(one in values for one in v),
        f"each value in {{0}} must be one of the following values: {listed}",
    )
