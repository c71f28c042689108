"""Values of a state document, read strictly: a wrong one is named with the place it stands in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from simulator.calcom.times import is_zone, parse_instant
from simulator.control.errors import bad_value, unknown_key

Json = Mapping[str, Any]


def items(state: Json, name: str) -> Sequence[Json]:
    """A list of objects; none when it is not given."""
    found = [] if state.get(name) is None else state[name]
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise bad_value(name, "must be a list of objects")
    return found


def known(kind: str, item: Json, names: Sequence[str]) -> None:
    """Refuse keys that the kind of object doesn't have."""
    for name in item:
        if name not in names:
            raise unknown_key(f"key of a {kind}", name, names)


def number(field: str, value: object) -> int:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise bad_value(field, f"must be an integer, not {value!r}")
    return value


def instant(field: str, value: object) -> datetime:
    """An ISO instant."""
    try:
        return parse_instant(str(value))
    except ValueError as error:
        raise bad_value(field, str(error)) from error


def maybe_instant(value: object) -> datetime | None:
    """An ISO instant or None."""
    return None if value is None else instant("instant", value)


def clock_minutes(field: str, text: object) -> int:
    """Minutes after midnight from ``HH:MM``."""
    hours, _, minutes = str(text).partition(":")
    if not (hours.isdigit() and minutes[:2].isdigit()):
        raise bad_value(field, f"must be HH:MM, not {text!r}")
    return int(hours) * 60 + int(minutes[:2])


def zone(name: object) -> str:
    """The name of an IANA time zone."""
    if not is_zone(name):
        raise bad_value("timeZone", f"{name!r} is not an IANA time zone")
    return str(name)
