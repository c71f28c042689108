"""What the scanner finds: days, clock times, parts of the day, and the words that tie them together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Dated(NamedTuple):
    """„16. Oktober“, „16.10.2025“, „am 15.“: what was said of a date; a missing month or year is None."""

    day: int
    month: int | None
    year: int | None = None
    named: bool = False
    """The month was said by its name."""
    cut: bool = False
    """A written month that may have lost its second digit („15.1“, section 5)."""


class Weekday(NamedTuple):
    """A weekday with „nächsten“ or the like; `weeks_on` for „in einer Woche“."""

    number: int
    which: str | None = None
    weeks_on: int = 0


class InDays(NamedTuple):
    """Days from today; `eight` for „in acht Tagen“, which most likely means a week."""

    amount: int
    eight: bool = False
    offset: bool = False
    """Said as „in N Tagen“ and so able to count from a weekday said before."""


class InMonths(NamedTuple):
    """Calendar months from today."""

    amount: int


class InMinutes(NamedTuple):
    """Elapsed minutes from now: also a clock time."""

    amount: int


class Stretch(NamedTuple):
    """A week, a weekend, a month, or part of one; `offset` counts from the present one."""

    unit: str
    offset: int = 0
    number: int | None = None
    """ISO week or month."""
    year: int | None = None
    edge: str | None = None
    """„Anfang“, „Mitte“ or „Ende“ of it."""
    split: bool = False
    """„nächstes Wochenende“: speakers are split between this one and the one after."""


class NextDays(NamedTuple):
    """„die nächsten drei Tage“."""

    amount: int


class Nth(NamedTuple):
    """„der erste Freitag im Mai“; `weekday` None counts days, 7 weeks; `nth` -1 is the last."""

    nth: int
    weekday: int | None
    month: int
    year: int | None


class Holiday(NamedTuple):
    """A holiday by name."""

    name: str
    year: int | None = None
    number: int = 1


class Vague(NamedTuple):
    """„so bald wie möglich“, „zwischen den Jahren“."""

    name: str


Day = Dated | Weekday | InDays | InMonths | InMinutes | Stretch | NextDays | Nth | Holiday | Vague


class Clock(NamedTuple):
    """A time of day in minutes after midnight, as it was said.

    `literal` holds as it stands; `written` („4:00“) prefers to; otherwise twelve hours later is as likely.
    """

    minutes: int
    literal: bool = False
    written: bool = False
    approximate: bool = False
    regional: bool = False
    late: bool = False
    """„24 Uhr“, „Mitternacht“: the end of the day that was named."""
    other: int | None = None
    """A second reading of the same words („sechs sechzehn Uhr“)."""


INVALID_CLOCK = -1
"""Minutes of a time that no clock shows („25 Uhr“)."""

THIS_TIME = -2
"""Minutes of „um diese Zeit“: what the clock shows now."""


@dataclass(slots=True)
class Lead:
    """What was said right before an item: „nicht“, „ab“, „zwischen“, „so gegen“."""

    prepositions: tuple[str, ...] = ()
    open: str | None = None
    approximate: bool = False
    negated: bool = False
    instead: bool = False
    day: bool = False
    """A day may follow: „am“, „den“, „vom“."""
    dotted_day: bool = False
    """A day may follow if it is written or spoken as an ordinal: „bis 15.“."""
    bare: bool = False
    """A bare number that follows is an hour: „um“, „ab“, „bis“."""
    connects: bool = False
    """„bis“, „-“: what follows may end what came before."""
    between: bool = False
    moves_to: bool = False
    """„auf Dienstag“."""
    owned: bool = False
    """„des 17. Juni“: part of a name, unless a part of the day is before it."""


DAY, CLOCK, PART = "day", "clock", "part"


@dataclass(slots=True)
class Item:
    """One find, or one tie („oder“, „nein“), with the tokens it spans."""

    kind: str
    value: Day | Clock | str | None
    lead: Lead
    first: int
    last: int
    """One after its last token."""


@dataclass(slots=True)
class Found:
    """All that was found in a text, in order."""

    items: list[Item] = field(default_factory=list)
    moves: bool = False
    """Somebody wants to move an appointment: „auf“ names the new time."""
