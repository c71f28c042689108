"""What was said of a day to the calendar days it may mean. Never clipped: a day no calendar has is invalid."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple, cast

from app.domain.german.holidays import named_day
from app.domain.german.items import (
    Dated,
    Day,
    Holiday,
    InDays,
    InMinutes,
    InMonths,
    NextDays,
    Nth,
    Stretch,
    Vague,
    Weekday,
)
from app.domain.german.understanding import AskKind
from app.domain.german.words import AFTER_NEXT, COMING, LAST, NEXT

SLIP_DAYS_WRITTEN, SLIP_DAYS_NAMED = 60, 14
"""So far back a date without a year is a slip and no date of next year (german rule 5; design, section 5)."""

MEANT_YEARS = range(1900, 2100)
"""Nobody means another century; a year just past is answered as past."""
WEEK = 7
_DECEMBER, _TWO_DIGIT_MONTHS, _MONTHS_AHEAD = 12, 10, 14
_EDGES_OF_WEEK = {"start": (0, 1), "middle": (2, 2), "end": (3, 4)}
_EDGES_OF_MONTH = {"start": (1, 10), "middle": (11, 20), "end": (21, 31)}
_ASAP_DAYS = 14
_YEARS = range(1900, 2200)


class Reading(NamedTuple):
    """Days that were meant, likeliest first; `end` makes a span of the only one."""

    dates: tuple[date, ...] = ()
    end: date | None = None
    kind: AskKind | None = None
    """Why to ask when more than one is left, or although only one is."""
    minutes: int | None = None
    """A clock time that came with it („in zwei Stunden“)."""
    exact: bool = True
    """Not a weekday or a span, which another word may narrow."""


INVALID = Reading()


@dataclass(frozen=True, slots=True)
class Today:
    """Where „heute“ stands: the local wall clock, and how elapsed minutes move it."""

    now: datetime
    """Naive, local."""
    later: Callable[[int], datetime]
    """The naive local time so many elapsed minutes on."""

    @property
    def date(self) -> date:
        """Return the local day."""
        return self.now.date()


def read_days(said: list[Day], today: Today) -> Reading:  # noqa: PLR0911 - one line a combination
    """Return the days that all of what was said allows: „nächste Woche“ and „Dienstag“, weekday and date."""
    if not said:
        return INVALID
    readings = [(day, _READ[type(day)](day, today)) for day in said]
    if any(not reading.dates for _, reading in readings):
        return INVALID
    exact = [reading for _, reading in readings if reading.exact]
    spans = [reading for day, reading in readings if isinstance(day, Stretch | NextDays | Vague)]
    weekdays = [day for day, _ in readings if isinstance(day, Weekday)]
    if len(readings) == 1:
        return readings[0][1]
    if exact:
        return _exactly(exact, weekdays, spans, today)
    if spans and weekdays:
        return _weekday_within(spans[-1], weekdays[-1])
    if len({day.number for day in weekdays}) > 1:
        return Reading(tuple(sorted({r.dates[0] for _, r in readings})), kind=AskKind.CONFLICT)
    return min((reading for _, reading in readings), key=lambda reading: len(reading.dates))


def _exactly(exact: list[Reading], weekdays: list[Weekday], spans: list[Reading], today: Today) -> Reading:
    first = exact[0]
    dates = tuple(day for day in first.dates if all(day in other.dates for other in exact[1:]))
    if not dates:
        meant = sorted({reading.dates[0] for reading in exact})
        return Reading(tuple(meant[:3]), kind=AskKind.CONFLICT)
    bounded = [day for day in dates if all(_within(day, span) for span in spans)]
    fitting = tuple(day for day in bounded if all(day.weekday() == other.number for other in weekdays))
    if fitting:
        minutes = next((reading.minutes for reading in exact if reading.minutes is not None), None)
        return first._replace(dates=fitting, kind=first.kind if len(fitting) > 1 else None, minutes=minutes)
    if spans and not bounded:
        return _dated_within(dates[0], spans[0])
    return Reading(_near(dates[0], weekdays[0].number, today), kind=AskKind.CONFLICT)


def _dated_within(day: date, span: Reading) -> Reading:
    """„im November … am dritten“, „nächsten Monat am 4.“: the same day of the month inside the span."""
    at = span.dates[0]
    while at <= (span.end or at):
        if at.day == day.day:
            return Reading((at,))
        at += timedelta(days=1)
    return Reading(tuple(sorted((day, span.dates[0]))), kind=AskKind.CONFLICT)


def _within(day: date, span: Reading) -> bool:
    return span.dates[0] <= day <= (span.end or span.dates[0])


def _near(day: date, weekday: int, today: Today) -> tuple[date, ...]:
    """Return a date and the nearest such weekday that is not over, in order: one of them was a slip."""
    ahead = (weekday - day.weekday()) % WEEK
    around = (day + timedelta(days=ahead), day + timedelta(days=ahead - WEEK))
    open_days = [other for other in around if other >= today.date] or [around[0]]
    nearest = min(open_days, key=lambda other: abs((other - day).days))
    return tuple(sorted((day, nearest)))


def _weekday_within(span: Reading, day: Weekday) -> Reading:
    at = span.dates[0]
    at += timedelta(days=(day.number - at.weekday()) % WEEK)
    return Reading((at,)) if _within(at, span) else INVALID


# --- one kind of day each


def _dated(said: Dated, today: Today) -> Reading:  # noqa: PLR0911 - one line a case
    if said.month is None:
        return _day_of_month(said.day, today)
    if not (1 <= said.month <= _DECEMBER and 1 <= said.day <= monthrange(2024, said.month)[1]):
        return INVALID
    if said.year is not None:
        found = _date(said.year, said.month, said.day) if said.year in _YEARS else None
        return Reading((found,)) if found else INVALID
    if said.cut and today.date.month >= _TWO_DIGIT_MONTHS and said.day > today.date.day:
        return _cut_month(said, today)
    this = _date(today.date.year, said.month, said.day)
    if this is not None and this >= today.date:
        return Reading((this,))
    coming = _date(today.date.year + 1, said.month, said.day)
    if coming is None:  # 29 February, and no leap year in reach
        return INVALID
    last = this or coming
    if 0 < (today.date - last).days <= (SLIP_DAYS_NAMED if said.named else SLIP_DAYS_WRITTEN):
        return Reading((_month_later(said.day, today), coming), kind=AskKind.SLIP)
    return Reading((coming,))


def _cut_month(said: Dated, today: Today) -> Reading:
    """„15.1“ in October: the 15th of this month with its second digit lost, or of January (section 5)."""
    this = _date(today.date.year, today.date.month, said.day)
    january = date(today.date.year + 1, 1, said.day)
    return Reading((this, january), kind=AskKind.SLIP) if this else Reading((january,))


def _month_later(day: int, today: Today) -> date:
    return _months_with(day, today, at_least=today.date)[0]


def _months_with(day: int, today: Today, *, at_least: date) -> list[date]:
    """Return the coming months' days of that number: months that lack it are passed over."""
    found = []
    for ahead in range(_MONTHS_AHEAD):
        year, month = divmod(today.date.month - 1 + ahead, 12)
        at = _date(today.date.year + year, month + 1, day)
        if at is not None and at >= at_least:
            found.append(at)
    return found


def _day_of_month(day: int, today: Today) -> Reading:
    found = _months_with(day, today, at_least=today.date)
    return Reading((found[0],)) if found else INVALID


def _weekday(said: Weekday, today: Today) -> Reading:
    here = today.date
    ahead = (said.number - here.weekday()) % WEEK
    this = here + timedelta(days=ahead)
    monday = here - timedelta(days=here.weekday())
    following = monday + timedelta(days=WEEK + said.number)
    if said.which == LAST:
        return Reading((this - timedelta(days=WEEK),), exact=False)
    to_come = said.number > here.weekday()
    if said.which == NEXT:
        return _this_or_next(this if to_come else following, to_come=to_come)
    if said.which == AFTER_NEXT:
        week = timedelta(days=WEEK)
        return _this_or_next((this if to_come else following) + week, to_come=to_come)
    if said.which == COMING:
        return Reading((this if ahead else here + timedelta(days=WEEK),), exact=False)
    on = timedelta(days=WEEK * said.weeks_on)
    if ahead == 0:
        days = (here + on, here + timedelta(days=WEEK) + on)
        return Reading(days, kind=AskKind.TODAY_OR_NEXT_WEEK, exact=False)
    return Reading((this + on,), exact=False)


def _this_or_next(first: date, *, to_come: bool) -> Reading:
    """„nächsten X“ is split between two weeks while X is still to come in this one (german rule 2)."""
    if not to_come:
        return Reading((first,), exact=False)
    return Reading((first, first + timedelta(days=WEEK)), kind=AskKind.WHICH_WEEK, exact=False)


def _in_days(said: InDays, today: Today) -> Reading:
    day = _plus_days(today.date, said.amount)
    if day is None:
        return INVALID
    if said.eight:
        return Reading((day - timedelta(days=1), day), kind=AskKind.EIGHT_DAYS)
    return Reading((day,))


def _plus_days(day: date, amount: int) -> date | None:
    try:
        return day + timedelta(days=amount)
    except OverflowError:
        return None


def _in_months(said: InMonths, today: Today) -> Reading:
    year, month = divmod(today.date.year * 12 + today.date.month - 1 + said.amount, 12)
    if not 1 <= year <= date.max.year:
        return INVALID
    return Reading((date(year, month + 1, min(today.date.day, monthrange(year, month + 1)[1])),))


def _in_minutes(said: InMinutes, today: Today) -> Reading:
    try:
        at = today.later(said.amount)
    except OverflowError:
        return INVALID
    return Reading((at.date(),), minutes=at.hour * 60 + at.minute)


def _next_days(said: NextDays, today: Today) -> Reading:
    end = _plus_days(today.date, said.amount)
    return Reading((today.date + timedelta(days=1),), end, exact=False) if end else INVALID


def _nth(said: Nth, today: Today) -> Reading:
    years = (said.year,) if said.year else (today.date.year, today.date.year + 1)
    for year in years:
        found = _nth_in(said, year)
        if found is None:
            return INVALID
        if said.year or found >= today.date:
            end = found + timedelta(days=6) if said.weekday == WEEK else None
            return Reading((found,), end)
    return INVALID


def _nth_in(said: Nth, year: int) -> date | None:
    first, last = date(year, said.month, 1), date(year, said.month, monthrange(year, said.month)[1])
    if said.weekday is None:
        return last if said.nth < 0 else _date(year, said.month, said.nth)
    weekday = 0 if said.weekday == WEEK else said.weekday
    if said.nth < 0:
        return last - timedelta(days=(last.weekday() - weekday) % WEEK)
    found = first + timedelta(days=(weekday - first.weekday()) % WEEK + WEEK * (said.nth - 1))
    return found if found <= last else None


def _holiday(said: Holiday, today: Today) -> Reading:
    if said.year is not None:
        return Reading((named_day(said.name, said.year, said.number),))
    for year in (today.date.year, today.date.year + 1):
        day = named_day(said.name, year, said.number)
        if day >= today.date:
            return Reading((day,))
    return INVALID


def _stretch(said: Stretch, today: Today) -> Reading:
    start, end = _bounds(said, today)
    if start is None or end is None:
        return INVALID
    kind = AskKind.WINDOW if said.edge else None
    this = start - timedelta(days=WEEK)
    if said.split and today.date < this:
        return Reading((this, start), kind=AskKind.WHICH_WEEK, exact=False)
    return Reading((start,), end, kind, exact=False)


def _bounds(said: Stretch, today: Today) -> tuple[date | None, date | None]:
    here = today.date
    monday = here - timedelta(days=here.weekday()) + timedelta(days=WEEK * said.offset)
    if said.unit == "week":
        first, last = _EDGES_OF_WEEK.get(said.edge or "", (0, 6))
        return monday + timedelta(days=first), monday + timedelta(days=last)
    if said.unit == "weekend":
        return monday + timedelta(days=5), monday + timedelta(days=6)
    if said.unit == "iso_week":
        return _iso_week(said.number or 0, here)
    if said.unit == "year":
        year = here.year + said.offset
        return date(year, 1, 1), date(year, _DECEMBER, 31)
    return _month_bounds(said, here)


def _iso_week(number: int, here: date) -> tuple[date | None, date | None]:
    for year in (here.year, here.year + 1):
        try:
            monday = date.fromisocalendar(year, number, 1)
        except ValueError:
            continue
        if monday + timedelta(days=6) >= here:
            return monday, monday + timedelta(days=6)
    return None, None


def _month_bounds(said: Stretch, here: date) -> tuple[date | None, date | None]:
    if said.number is not None:
        year, month = said.year or here.year + (said.number < here.month), said.number
    else:
        year, month = divmod(here.year * 12 + here.month - 1 + said.offset, 12)
        month += 1
    days = monthrange(year, month)[1]
    first, last = _EDGES_OF_MONTH.get(said.edge or "", (1, days))
    return date(year, month, first), date(year, month, min(last, days))


def _vague(said: Vague, today: Today) -> Reading:
    here = today.date
    if said.name == "now":
        return Reading((here,), minutes=today.now.hour * 60 + today.now.minute)
    if said.name == "between_years":
        year = here.year - (here.month == 1 and here.day == 1)
        return Reading(
            (max(date(year, _DECEMBER, 27), here),), date(year, _DECEMBER, 30), AskKind.WINDOW, exact=False
        )
    return Reading((here,), here + timedelta(days=_ASAP_DAYS), AskKind.WINDOW, exact=False)


def _date(year: int, month: int, day: int) -> date | None:
    """Return a day that exists in a year that somebody may mean; the calendar's own ends can't be reckoned with."""
    if year not in MEANT_YEARS:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


_READ = cast(
    "dict[type, Callable[[Day, Today], Reading]]",
    {
        Dated: _dated,
        Weekday: _weekday,
        InDays: _in_days,
        InMonths: _in_months,
        InMinutes: _in_minutes,
        NextDays: _next_days,
        Nth: _nth,
        Holiday: _holiday,
        Stretch: _stretch,
        Vague: _vague,
    },
)


def end_of(said: list[Day], start: date | None, today: Today) -> date | None:
    """Return the last day of a span: the first such day not before its start; None when there is none."""
    reading = read_days(
        said, today if start is None else Today(datetime.combine(start, today.now.time()), today.later)
    )
    if not reading.dates:
        return None
    return reading.end or first_from(reading.dates, start)


def first_from(dates: Iterable[date], start: date | None) -> date | None:
    """Return the first day that is not before `start`, or the first at all."""
    days = list(dates)
    return next((day for day in days if start is None or day >= start), days[0] if days else None)
