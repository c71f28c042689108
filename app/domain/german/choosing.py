"""Which of the twelve-hour readings of a spoken time are meant: the part of the day decides, then the hours."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from app.domain.german.draft import Draft
from app.domain.german.hours import HALF_DAY, OpenTimes, by_day, halves, in_part
from app.domain.german.items import Clock


class Times(NamedTuple):
    """One reading of the clock times of a wish, in minutes of the day."""

    start: int | None = None
    end: int | None = None
    closed: bool = False
    slip: bool = False
    """The words have a second reading („sechs sechzehn Uhr“)."""


def time_readings(draft: Draft, day: date | None, hours: OpenTimes) -> list[Times]:
    """Return what the clock times of a wish may mean on a day, likeliest first; never an empty list.

    A day on which the branch never opens is judged by the hours of the others: it is closed as a whole.
    """
    if day is not None and not hours.spans(day):
        day = None
    first, last = draft.clock, draft.last_clock
    if first is not None and last is not None:
        return _spans(first, last, draft.part, day, hours, same_day=not (draft.days and draft.last_days))
    if first is not None:
        return _starts(first, draft, day, hours)
    if last is not None:
        return _limits(last, draft.part, day, hours)
    return [Times()]


def _starts(clock: Clock, draft: Draft, day: date | None, hours: OpenTimes) -> list[Times]:
    chosen = [Times(at, closed=not hours.holds(day, at)) for at in _readings(clock, draft.part, day, hours)]
    if clock.other is not None:
        other = Times(clock.other, closed=not hours.holds(day, clock.other))
        both = sorted((*chosen[:1], other), key=lambda times: times.start or 0)
        return [times._replace(closed=False, slip=True) for times in both]
    return chosen


def _readings(clock: Clock, part: str | None, day: date | None, hours: OpenTimes) -> list[int]:
    at = clock.minutes
    if clock.literal:
        return [at]
    if part is not None:
        return [in_part(at, part)]
    if not hours.known:
        return [at if clock.written else by_day(at)]
    both = halves(at)
    if clock.written and (hours.holds(day, at) or not hours.holds(day, (at + HALF_DAY) % (2 * HALF_DAY))):
        return [at]
    inside = [one for one in both if hours.holds(day, one)]
    return inside or [min(both, key=hours.distance)]


def _limits(clock: Clock, part: str | None, day: date | None, hours: OpenTimes) -> list[Times]:
    """„bis drei“: an end may fall on the closing time."""
    at = clock.minutes
    if clock.literal or (clock.written and hours.reaches(day, at)):
        both: tuple[int, ...] = (at,)
    elif part is not None:
        both = (in_part(at, part),)
    elif not hours.known:
        both = (at if clock.written else by_day(at),)
    else:
        both = tuple(one for one in halves(at) if hours.reaches(day, one)) or (
            min(halves(at), key=hours.distance),
        )
    opening = min((opens for opens, _ in hours.spans(day)), default=0)
    return [Times(None, one, closed=hours.known and one <= opening) for one in both]


def _spans(
    first: Clock, last: Clock, part: str | None, day: date | None, hours: OpenTimes, *, same_day: bool
) -> list[Times]:
    """„von fünf bis sieben“: the pairs of readings that run forward, those inside the hours before others."""
    if part is not None or not hours.known:
        start = in_part(first.minutes, part) if part and not first.literal else first.minutes
        end = in_part(last.minutes, part) if part and not last.literal else last.minutes
        if end <= start and not last.literal and same_day:
            end += HALF_DAY
        return [Times(start, end, closed=not hours.holds(day, start))]
    starts = (first.minutes,) if first.literal else halves(first.minutes)
    ends = (last.minutes,) if last.literal else halves(last.minutes)
    pairs = [(start, end) for start in starts for end in ends if start < end or not same_day]
    if not pairs:
        return [Times(first.minutes, last.minutes, closed=not hours.holds(day, first.minutes))]
    inside = [pair for pair in pairs if hours.holds(day, pair[0]) and hours.reaches(day, pair[1])]
    begun = [pair for pair in pairs if hours.holds(day, pair[0])]
    chosen = inside or begun[:1]
    if not chosen:
        overlaps = [pair for pair in pairs if hours.reaches(day, pair[1])]
        return [Times(*(overlaps or pairs)[0], closed=not overlaps)]
    shortest = min(end - start for start, end in chosen)
    return [Times(start, end) for start, end in chosen if end - start == shortest]
