"""Finds in order become wishes: what belongs together, what replaces what, what ends what, and the choices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from app.domain.german.items import (
    CLOCK,
    DAY,
    PART,
    Clock,
    Dated,
    Day,
    Found,
    InDays,
    InMinutes,
    InMonths,
    Item,
    Stretch,
    Weekday,
)
from app.domain.german.scan import NEGATED
from app.domain.german.words import AND, BREAK, CORRECTION, LAST, OR

_HALF_DAY = 720
_WEEK = 7
_MOST_CHOICES = 8
"""More than these nobody names, and we could not read them back."""


@dataclass(slots=True)
class Draft:
    """One wish: days that all must hold, a clock time or two, a part of the day, and a direction."""

    days: list[Day] = field(default_factory=list)
    last_days: list[Day] = field(default_factory=list)
    clock: Clock | None = None
    last_clock: Clock | None = None
    part: str | None = None
    open: str | None = None
    """Of the clock time, else of the part, else of the day: "after" or "before"."""
    approximate: bool = False
    between: bool = False
    ending: bool = False
    """„bis“ was said: what follows belongs to the end."""
    first: int | None = None
    last: int = 0
    """Tokens it spans."""

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was said."""
        return not (self.days or self.last_days or self.clock or self.last_clock or self.part)


@dataclass(slots=True)
class Drafts:
    """The wishes of a text; more than one for „oder“."""

    choices: list[Draft]
    rejected: bool = False
    """All that was named does not suit."""


def gather(found: Found) -> Drafts:
    """Return the wishes that the finds of a text make up."""
    gatherer = _Gatherer(found.moves)
    for item in found.items:
        gatherer.take(item)
    choices = gatherer.finish()
    if choices or not gatherer.rejected:
        return Drafts(choices)
    again = _Gatherer(found.moves)
    for item in gatherer.rejected:
        item.lead.negated = False
        again.take(item)
    return Drafts(again.finish(), rejected=True)


class _Gatherer:
    def __init__(self, moves: bool) -> None:
        self.drafts = [Draft()]
        self.rejected: list[Item] = []
        self.moves = moves
        self.rejecting = self.new_day = self.new_clock = self.tied = False
        self.previous: Item | None = None

    def take(self, item: Item) -> None:
        """Put one find or tie where it belongs."""
        kind = item.kind
        if kind in (NEGATED, BREAK):
            self.rejecting = kind == NEGATED
        elif kind == CORRECTION:
            if self.drafts[-1].is_empty and len(self.drafts) > 1:
                self.drafts.pop()  # „beziehungsweise nein, lieber …“ was no choice
            self.new_day = self.new_clock = True
        elif kind == OR:
            if not self.drafts[-1].is_empty:
                self.drafts.append(Draft())
        elif kind == AND:
            self.tied = True
            if self.rejecting:
                self.rejected.append(item)
        elif self.rejecting or item.lead.negated:
            self.rejected.append(item)
        else:
            self._find(item)
            self.tied, self.previous = False, item

    def _find(self, item: Item) -> None:
        if item.kind == DAY:
            self._day(item)
        elif item.kind == CLOCK:
            self._clock(item)
        elif item.kind == PART:
            self._part(item)
        draft = self.drafts[-1]
        draft.approximate = draft.approximate or (item.lead.approximate and item.kind != DAY)
        draft.between = draft.between or item.lead.between
        draft.first = item.first if draft.first is None else draft.first
        draft.last = max(draft.last, item.last)

    def _day(self, item: Item) -> None:
        draft, day, lead = self.drafts[-1], cast("Day", item.value), item.lead
        if self.moves and lead.moves_to and not draft.is_empty:
            self.drafts[-1] = Draft(days=[day])
            self.new_clock = True
        elif self.new_day and draft.days:
            draft.days, draft.last_days, draft.ending = [day], [], False
        elif draft.days and not draft.last_days and (lead.connects or (draft.between and self.tied)):
            draft.last_days, draft.ending = [day], True
        elif draft.ending and draft.last_days:
            draft.last_days.append(day)
        elif self.tied and draft.days and self.previous and self.previous.kind in (DAY, PART):
            self.drafts.append(Draft(days=[day]))
        elif lead.open == "before" and not draft.days:
            draft.last_days, draft.open = [day], "before"
        else:
            draft.days.append(day)
            draft.open = draft.open or lead.open
        self.new_day = False

    def _clock(self, item: Item) -> None:
        draft, clock, lead = self.drafts[-1], cast("Clock", item.value), item.lead
        replaces = self.new_clock or (self.moves and lead.moves_to)
        if replaces and (draft.clock or draft.last_clock):
            draft.clock = draft.last_clock = None
            draft.open, draft.ending = None, False
        self.new_clock = False
        ends = lead.connects or draft.ending or (draft.between and self.tied)
        if draft.clock is None:
            self._first_clock(draft, clock, lead.open)
        elif draft.last_clock is None and (ends or (draft.open == "after" and lead.open == "before")):
            draft.last_clock, draft.open, draft.ending = clock, None, True
        elif not _agree(draft.clock, clock):
            self.drafts.append(Draft(clock=clock, open=lead.open))
        elif clock.literal or clock.written:
            draft.clock = clock

    def _first_clock(self, draft: Draft, clock: Clock, opens: str | None) -> None:
        if opens == "before":
            draft.last_clock, draft.open = clock, "before"
        elif draft.last_clock is not None and draft.open == "before" and opens == "after":
            draft.clock, draft.open = clock, None
        else:
            draft.clock = clock
            draft.open = opens or draft.open

    def _part(self, item: Item) -> None:
        draft, part = self.drafts[-1], cast("str", item.value)
        if draft.part is None or self.new_clock:
            draft.part = part
            if draft.clock is None and draft.last_clock is None:
                draft.open = item.lead.open or draft.open

    def finish(self) -> list[Draft]:
        """Let choices share what only one of them names, and complete the ends of spans."""
        choices = [draft for draft in self.drafts if not draft.is_empty][:_MOST_CHOICES]
        for index, draft in enumerate(choices):
            _share(draft, choices[index + 1 :] + choices[:index][::-1])
            _complete(draft)
        return choices


def _agree(one: Clock, other: Clock) -> bool:
    if one.literal and other.literal:
        return one.minutes == other.minutes
    return one.minutes % _HALF_DAY == other.minutes % _HALF_DAY


def _share(draft: Draft, others: list[Draft]) -> None:
    for other in others:
        if not draft.days and not draft.last_days and other.days:
            draft.days, draft.last_days = list(other.days), list(other.last_days)
        if not draft.clock and not draft.last_clock and not draft.part:
            draft.clock, draft.last_clock, draft.part = other.clock, other.last_clock, other.part
            draft.open = draft.open or other.open
        elif (
            draft.clock
            and not draft.part
            and not draft.clock.literal
            and not (other.clock and other.part is None)
        ):
            draft.part = other.part


def _complete(draft: Draft) -> None:
    """Give „vom 3. bis zum 12. September“ its month twice, and add „in einer Woche“ to the day before it."""
    ends = [day for day in draft.last_days if isinstance(day, Dated)]
    if ends and draft.days and isinstance(start := draft.days[-1], Dated):
        month = start.month if start.month is not None else ends[0].month
        year = start.year if start.year is not None else ends[0].year
        draft.days[-1] = start._replace(month=month, year=year, named=start.named or ends[0].named)
    if len(draft.days) > 1:
        draft.days = _counted_on([day for day in draft.days if not _is_bygone(day)] or draft.days[-1:])


def _is_bygone(day: Day) -> bool:
    """„vor zwei Wochen war ich da“, „ich habe gestern angerufen“: told beside a wish, it is none."""
    if isinstance(day, InDays | InMonths | InMinutes):
        return day.amount < 0
    return isinstance(day, Weekday) and day.which == LAST


def _counted_on(days: list[Day]) -> list[Day]:
    counted = [days[0]]
    for day in days[1:]:
        before = counted[-1]
        if isinstance(day, InDays) and day.offset and day.amount > 0:
            days_on = _WEEK if day.eight else day.amount
            if isinstance(before, InDays) and not before.offset:
                counted[-1] = InDays(before.amount + days_on)
                continue
            if isinstance(before, Weekday) and days_on % _WEEK == 0:
                counted[-1] = before._replace(weeks_on=days_on // _WEEK)
                continue
        if (
            isinstance(before, InDays)
            and before.offset
            and before.amount % _WEEK == 0
            and isinstance(day, Weekday)
        ):
            counted[-1] = Stretch("week", before.amount // _WEEK)
        counted.append(day)
    return counted
