"""Dates and times as the voice agent sends them: ISO or dd.mm.yyyy, and HH:MM.

What callers say in words is not understood here yet; the agent turns it into one of these forms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.domain.timespan import exists, is_ambiguous

_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.]00)?(?:\s*Uhr)?|(\d{1,2})\s*Uhr", re.IGNORECASE)


MEANT_YEARS = range(2000, 2100)
"""Nobody means another century; the calendar's own ends can't be reckoned with."""


class UnderstandingStatus(StrEnum):
    """Exactly one of these comes out of every phrase."""

    RESOLVED = "resolved"
    ASK = "ask"
    PAST = "past"
    INVALID = "invalid"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Understanding:
    """A resolved instant, or why there is none; `field` names what to ask for."""

    status: UnderstandingStatus
    instant: datetime | None = None
    field: str | None = None


def understand(datum: str | None, uhrzeit: str | None, *, now: datetime, zone: ZoneInfo) -> Understanding:
    """Return the instant that a date and a time of the branch's zone name, or what is wrong with them.

    A time that summer time skips is invalid, one that winter time repeats asks; past stays past, it is
    never lifted to a later time (incident 1.36).
    """
    for name, text in (("datum", datum), ("uhrzeit", uhrzeit)):
        if not text or not text.strip():
            return Understanding(UnderstandingStatus.NOTHING, field=name)
    day, clock = _date(datum or ""), _time(uhrzeit or "")
    if day is None or clock is None:
        return Understanding(UnderstandingStatus.INVALID, field="datum" if day is None else "uhrzeit")
    wall = datetime.combine(day, clock, zone)
    if not exists(wall):
        return Understanding(UnderstandingStatus.INVALID, field="uhrzeit")
    if is_ambiguous(wall):
        return Understanding(UnderstandingStatus.ASK, field="uhrzeit")
    instant = wall.astimezone(UTC)
    status = UnderstandingStatus.PAST if instant < now else UnderstandingStatus.RESOLVED
    return Understanding(status, instant)


def _date(text: str) -> date | None:
    text = text.strip()
    if match := _ISO_DATE.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
    elif match := _GERMAN_DATE.fullmatch(text):
        day, month, year = (int(part) for part in match.groups())
    else:
        return None
    try:
        return date(year, month, day) if year in MEANT_YEARS else None
    except ValueError:
        return None


def _time(text: str) -> time | None:
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hour = int(match.group(1) or match.group(3))
    minute = int(match.group(2) or 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None  # noqa: PLR2004 - hours and minutes
