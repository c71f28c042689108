"""When a fault is on in the fake's own time: windows that open (and come again), and ramps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.control.errors import bad_value, unknown_key
from simulator.control.latency import parse_seconds

_WINDOW_KEYS = ("after", "from", "for", "until", "every")
_RAMP_KEYS = ("from", "to", "over")
FIRST_YEAR, LAST_YEAR = 1900, 9000  # room to add spans and offsets without leaving what datetime can hold


@dataclass(frozen=True, slots=True)
class Window:
    """``begins`` seconds after the rule was set, or at an instant; for ``lasts`` seconds, again ``every`` seconds."""

    begins: float | datetime = 0.0
    lasts: float | datetime | None = None
    every: float | None = None

    def opens_at(self, set_at: datetime) -> datetime:
        """The first instant at which the fault is on."""
        return self.begins if isinstance(self.begins, datetime) else set_at + timedelta(seconds=self.begins)

    def is_open(self, now: datetime, set_at: datetime) -> bool:
        """Whether the fault is on at ``now``."""
        if isinstance(self.lasts, datetime) and now >= self.lasts:
            return False
        passed = (now - self.opens_at(set_at)).total_seconds()
        if passed < 0 or not isinstance(self.lasts, float):
            return passed >= 0
        return (passed % self.every if self.every else passed) < self.lasts


@dataclass(frozen=True, slots=True)
class Ramp:
    """A share that goes from ``start`` to ``end`` in ``over`` seconds and stays there."""

    start: float = 0.0
    end: float = 1.0
    over: float = 60.0

    def share_at(self, seconds: float) -> float:
        """The share so many seconds after the ramp began."""
        part = 1.0 if self.over == 0 else min(max(seconds / self.over, 0.0), 1.0)
        return self.start + (self.end - self.start) * part


def parse_window(raw: object) -> Window | None:
    """A window from its JSON; a bare number is how many seconds it lasts from now."""
    if raw is None:
        return None
    if isinstance(raw, int | float):
        return Window(lasts=parse_seconds("window", raw))
    given = _object("window", raw, _WINDOW_KEYS)
    for one, other in (("after", "from"), ("for", "until"), ("every", "until")):
        if one in given and other in given:
            raise bad_value("window", f"takes '{one}' or '{other}', not both")
    begins = (
        parse_instant("window.from", given["from"])
        if "from" in given
        else parse_seconds("window.after", given.get("after", 0))
    )
    lasts: float | datetime | None = None
    if "until" in given:
        lasts = parse_instant("window.until", given["until"])
    elif "for" in given:
        lasts = parse_seconds("window.for", given["for"])
    every = None if given.get("every") is None else parse_seconds("window.every", given["every"])
    if every is not None and (not isinstance(lasts, float) or not lasts < every):
        raise bad_value("window.every", "needs a shorter 'for' beside it")
    return Window(begins, lasts, every)


def parse_ramp(raw: object) -> Ramp | None:
    """A ramp from its JSON; a bare number is how many seconds it takes from nothing to all."""
    if raw is None:
        return None
    if isinstance(raw, int | float):
        return Ramp(over=parse_seconds("ramp", raw))
    given = _object("ramp", raw, _RAMP_KEYS)
    return Ramp(
        parse_share("ramp.from", given.get("from", 0.0)),
        parse_share("ramp.to", given.get("to", 1.0)),
        parse_seconds("ramp.over", given.get("over", 60.0)),
    )


def parse_share(where: str, value: object) -> float:
    """A number between 0 and 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise bad_value(where, f"must be a number between 0 and 1, not {value!r}")
    return float(value)


def _object(where: str, value: object, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise bad_value(where, f"must be an object with some of {', '.join(known)}, not {value!r}")
    for key in value:
        if key not in known:
            raise unknown_key(f"key of {where}", str(key), known)
    return value


def parse_instant(where: str, value: object) -> datetime:
    """The instant (UTC) of ISO text with an offset."""
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise bad_value(where, f"must be an ISO date-time with offset, not {value!r}") from error
    if instant.tzinfo is None:
        raise bad_value(where, f"needs an offset: {value!r}")
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise bad_value(where, f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}, not {value!r}")
    return instant.astimezone(UTC)
