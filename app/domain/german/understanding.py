"""What comes out of a phrase: exactly one status, and all that was understood on the way to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import NamedTuple


class UnderstandingStatus(StrEnum):
    """Exactly one of these comes out of every phrase."""

    RESOLVED = "resolved"
    """One reading. Date or time may still be missing: nobody said it."""
    ASK = "ask"
    OUT_OF_HOURS = "out_of_hours"
    PAST = "past"
    INVALID = "invalid"
    """A date or time that no calendar or clock has."""
    NOTHING = "nothing"


class AskKind(StrEnum):
    """Why we ask."""

    WHICH_WEEK = "which_week"
    """„nächsten Mittwoch“: this week's or next week's."""
    TODAY_OR_NEXT_WEEK = "today_or_next_week"
    """A weekday that is today."""
    EIGHT_DAYS = "eight_days"
    """„in acht Tagen“ most likely means a week."""
    SLIP = "slip"
    """A date just past, or a month that may have lost a digit: as said it is hardly meant."""
    CONFLICT = "conflict"
    """Weekday and date disagree, or two dates do."""
    HALF_OF_DAY = "half_of_day"
    WHICH_CLOCK = "which_clock"
    """„sechs sechzehn Uhr“."""
    OPTIONS = "options"
    """The caller named a choice."""
    DISAGREE = "disagree"
    """The model's value is not what the caller said."""
    TWICE = "twice"
    """The hour that winter time repeats."""
    WINDOW = "window"
    """„Ende der Woche“, „so bald wie möglich“: no time, but a span to search."""
    REJECTED = "rejected"
    """Only what does not suit was named."""
    HORIZON = "horizon"
    """Further ahead than anybody books."""


GOES_ON = frozenset({AskKind.WHICH_WEEK, AskKind.TODAY_OR_NEXT_WEEK, AskKind.EIGHT_DAYS})
"""A check may go on with the first candidate and name the other (design, section 5)."""


class Moment(NamedTuple):
    """A local date and time, either of which may be missing."""

    date: date | None = None
    time: time | None = None


class Window(NamedTuple):
    """Where to search for a free time: local, inclusive dates, times of each day."""

    start: Moment
    end: Moment


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a phrase means at a branch, or what to ask."""

    status: UnderstandingStatus
    date: date | None = None
    time: time | None = None
    end: Moment | None = None
    """The last day of a span, or the time something ends or must end by."""
    open: str | None = None
    """"after" or "before"."""
    part: str | None = None
    window: Window | None = None
    candidates: tuple[Moment, ...] = ()
    """Two or three when we ask, nearest first; what a lone time may mean when no day was said."""
    kind: AskKind | None = None
    question: str | None = None
    """German; with every status but `resolved` that is complete."""
    approximate: bool = False
    regional: bool = False
    """„viertel drei“: to be read back as „14 Uhr 15“."""
    assumed_day: bool = False
    """No day was said and the time is over today: it is the next open day, to be confirmed."""
    field: str | None = None
    """What to ask for: "datum" or "uhrzeit"."""
    holiday: str | None = None
    instant: datetime | None = None
    """The UTC instant, when date and time are known and exist once."""
    source: tuple[int, int] | None = None
    """From and to: the characters it was read from."""

    @property
    def goes_on(self) -> bool:
        """Return whether a check may go on with the first candidate."""
        return self.kind in GOES_ON and bool(self.candidates)
