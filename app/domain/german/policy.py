"""Wishes to exactly one status: opening hours, the past, the horizon and both clock changes decide.

Nothing is ever moved to another time to make it fit. What has two readings is asked about.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.domain.german.choosing import Times, time_readings
from app.domain.german.draft import Draft, Drafts
from app.domain.german.hours import PARTS, OpenTimes
from app.domain.german.items import THIS_TIME, Clock
from app.domain.german.questions import ask
from app.domain.german.readings import Reading, Today, end_of, read_days
from app.domain.german.understanding import AskKind, Moment, Understanding, UnderstandingStatus, Window
from app.domain.timespan import exists, is_ambiguous

MOST_CANDIDATES = 3
_KEEPS_ASKING = frozenset({AskKind.CONFLICT, AskKind.SLIP})
"""Two readings of a mistake stay two, although one of them is closed or past."""

_DAY = timedelta(days=1)
_SUNDAY, _CHANGES_END = 6, 4 * 60
"""Clocks change on Sundays before four in the morning; no other time needs the costly look."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a phrase is said."""

    today: Today
    zone: ZoneInfo
    hours: OpenTimes
    horizon: timedelta | None = None


class Option(NamedTuple):
    """One reading of a wish, and what stands against it."""

    day: date | None
    times: Times
    verdict: UnderstandingStatus


def judge(drafts: Drafts, place: Place) -> Understanding:
    """Return the one status of what was said."""
    if not drafts.choices:
        return ask(Understanding(UnderstandingStatus.NOTHING))
    found = [_judge_one(draft, place) for draft in drafts.choices]
    if drafts.rejected:
        rejected = replace(found[0], status=UnderstandingStatus.ASK, kind=AskKind.REJECTED, instant=None)
        return ask(rejected)
    return ask(found[0] if len(found) == 1 else _among(found))


def _among(found: list[Understanding]) -> Understanding:
    """Return the question which of several wishes is meant, or the only one that can be."""
    possible = [one for one in found if one.status in (UnderstandingStatus.RESOLVED, UnderstandingStatus.ASK)]
    if not possible:
        return found[0]
    moments: list[Moment] = []
    for one in possible:
        moments.extend(
            one.candidates if one.status is UnderstandingStatus.ASK else (Moment(one.date, one.time),)
        )
    distinct = sorted(set(moments), key=lambda moment: (moment.date or date.max, moment.time or time.min))
    if len(distinct) <= 1:
        return possible[0]
    return replace(
        possible[0],
        status=UnderstandingStatus.ASK,
        kind=AskKind.OPTIONS,
        date=distinct[0].date,
        time=distinct[0].time,
        candidates=tuple(distinct[:MOST_CANDIDATES]),
        instant=None,
    )


def _judge_one(draft: Draft, place: Place) -> Understanding:
    if draft.clock is not None and draft.clock.minutes == THIS_TIME:
        now = place.today.now
        draft = replace(draft, clock=Clock(now.hour * 60 + now.minute, literal=True))
    base = Understanding(
        UnderstandingStatus.RESOLVED,
        open=draft.open,
        part=draft.part,
        approximate=draft.approximate or any(c.approximate for c in (draft.clock, draft.last_clock) if c),
        regional=any(clock.regional for clock in (draft.clock, draft.last_clock) if clock),
    )
    if any(clock.minutes < 0 for clock in (draft.clock, draft.last_clock) if clock):
        return replace(base, status=UnderstandingStatus.INVALID, field="uhrzeit")
    if not draft.days and not draft.last_days:
        return _without_day(draft, place, base)
    return _with_days(draft, place, base)


# --- no day was said


def _without_day(draft: Draft, place: Place, base: Understanding) -> Understanding:
    times = time_readings(draft, None, place.hours)
    kept = [one for one in times if not one.closed]
    base = _in_times(base, None, None, (kept or times)[0])
    if not kept and base.time is not None:
        return replace(base, status=UnderstandingStatus.OUT_OF_HOURS, candidates=_moments(None, times))
    if len(kept) > 1:
        kind = AskKind.WHICH_CLOCK if draft.clock and draft.clock.other is not None else AskKind.HALF_OF_DAY
        return replace(base, status=UnderstandingStatus.ASK, kind=kind, candidates=_moments(None, kept))
    if base.time is None or base.open:
        return replace(base, field="datum")
    return _today_or_later(base, place)


def _today_or_later(found: Understanding, place: Place) -> Understanding:
    """A lone time: over today, it is the next open day; still to come, today or the next one (rule 5)."""
    today, at = place.today.date, found.time
    following = Moment(place.hours.next_open_day(today), at)
    last = found.end.time if found.end and found.end.time else at
    over = last is not None and datetime.combine(today, last) < place.today.now
    if not over and place.hours.is_open_day(today):
        return replace(found, field="datum", candidates=(Moment(today, at), following))
    end = found.end._replace(date=following.date) if found.end else None
    return _on_the_clock(replace(found, date=following.date, end=end, assumed_day=True), place)


# --- days were said


def _with_days(draft: Draft, place: Place, base: Understanding) -> Understanding:
    reading = read_days(draft.days, place.today) if draft.days else Reading(dates=())
    last = (
        end_of(draft.last_days, reading.dates[0] if reading.dates else None, place.today)
        if draft.last_days
        else None
    )
    if (draft.days and not reading.dates) or (draft.last_days and last is None):
        return replace(base, status=UnderstandingStatus.INVALID, field="datum")
    if reading.minutes is not None and draft.clock is None:
        draft = replace(draft, clock=Clock(reading.minutes, literal=True))
    if not draft.days:
        return _until(draft, place, base, last)
    options = _options(reading, draft, place, last or reading.end)
    return _choose(options, reading, place, base, last or reading.end)


def _until(draft: Draft, place: Place, base: Understanding, last: date | None) -> Understanding:
    """„bis Freitag (um zwölf)“: a limit, and no day before it."""
    times = time_readings(draft, last, place.hours)[0]
    minutes = times.start if times.end is None else times.end
    found = replace(base, open="before", end=Moment(last, _time(minutes)), field="datum")
    over = last is not None and last < place.today.date
    status = UnderstandingStatus.PAST if over else UnderstandingStatus.RESOLVED
    window = Window(Moment(place.today.date), Moment(last, _time(minutes)))
    return replace(found, status=status, window=window)


def _options(reading: Reading, draft: Draft, place: Place, last: date | None) -> list[Option]:
    return [
        Option(day, times, _verdict(day, times, draft, place, last))
        for day in _days_of(reading, draft)
        for times in time_readings(_as_written(draft, day, place), day, place.hours)
    ]


def _days_of(reading: Reading, draft: Draft) -> tuple[date, ...]:
    """Return the days of a reading; „Donnerstag um 24 Uhr“ is when Friday begins."""
    if draft.clock is not None and draft.clock.late and draft.last_clock is None:
        return tuple(day + _DAY for day in reading.dates)
    return reading.dates


def _as_written(draft: Draft, day: date, place: Place) -> Draft:
    """Take „02:30“ by the letter on a night that skips or repeats it: that is no time to be clever."""
    clock = draft.clock
    if clock is not None and clock.written and _is_odd(day, clock.minutes, place.zone):
        return replace(draft, clock=clock._replace(literal=True))
    return draft


def _is_odd(day: date, minutes: int, zone: ZoneInfo) -> bool:
    if minutes >= _CHANGES_END or day.weekday() != _SUNDAY:
        return False
    wall = datetime.combine(day, _clock(minutes), zone)
    return not exists(wall) or is_ambiguous(wall)


def _verdict(day: date, times: Times, draft: Draft, place: Place, last: date | None) -> UnderstandingStatus:
    today = place.today
    if (last or day) < today.date:
        return UnderstandingStatus.PAST
    if (last or day) == today.date and _is_over(times, draft, today):
        return UnderstandingStatus.PAST
    if times.start is not None and _is_odd(day, times.start, place.zone):
        return UnderstandingStatus.RESOLVED
    if times.closed or not _opens_between(day, last, place.hours):
        return UnderstandingStatus.OUT_OF_HOURS
    return UnderstandingStatus.RESOLVED


def _is_over(times: Times, draft: Draft, today: Today) -> bool:
    if times.start is not None and draft.open != "after":
        return datetime.combine(today.date, _clock(times.start)) < today.now
    now = today.now.hour * 60 + today.now.minute
    if times.end is not None:
        return times.end <= now
    return draft.part is not None and times.start is None and PARTS[draft.part][1] <= now


def _opens_between(day: date, last: date | None, hours: OpenTimes) -> bool:
    if last is None or last <= day:
        return hours.is_open_day(day)
    days = min((last - day).days + 1, 7)
    return any(hours.is_open_day(day + ahead * _DAY) for ahead in range(days))


def _choose(
    options: list[Option], reading: Reading, place: Place, base: Understanding, last: date | None
) -> Understanding:
    kept = [option for option in options if option.verdict is UnderstandingStatus.RESOLVED]
    if reading.kind in _KEEPS_ASKING and len(reading.dates) > 1:
        kept = _one_a_day(options, kept)
    if not kept:
        closed = [option for option in options if option.verdict is UnderstandingStatus.OUT_OF_HOURS]
        first = (closed or options)[0]
        found = _in_times(base, first.day, last, first.times)
        holiday = place.hours.holiday(first.day) if first.day else None
        return replace(found, status=first.verdict, holiday=holiday)
    found = _in_times(base, kept[0].day, last, kept[0].times)
    kind = reading.kind
    if kind is AskKind.WINDOW:
        window = found.window or Window(Moment(found.date, found.time), found.end or Moment(found.date))
        return replace(
            found, status=UnderstandingStatus.ASK, kind=kind, window=window, candidates=_ends(found)
        )
    if len(kept) == 1:
        return _on_the_clock(found, place)
    if len({option.day for option in kept}) == 1:
        kind = AskKind.WHICH_CLOCK if kept[0].times.slip else AskKind.HALF_OF_DAY
    candidates = tuple(Moment(option.day, _time(option.times.start)) for option in kept[:MOST_CANDIDATES])
    return replace(
        found, status=UnderstandingStatus.ASK, kind=kind or AskKind.CONFLICT, candidates=candidates
    )


def _one_a_day(options: list[Option], kept: list[Option]) -> list[Option]:
    found: dict[date | None, Option] = {}
    for option in (*kept, *options):
        found.setdefault(option.day, option)
    return sorted(found.values(), key=lambda option: option.day or date.max)


def _ends(found: Understanding) -> tuple[Moment, ...]:
    if found.end is None or found.end.date is None or found.end.date == found.date:
        return (Moment(found.date, found.time),)
    return (Moment(found.date, found.time), Moment(found.end.date, found.time))


def _in_times(base: Understanding, day: date | None, last: date | None, times: Times) -> Understanding:
    """Return the understanding of one reading, with its end and the window to search."""
    start, limit = _time(times.start), _time(times.end)
    end = None
    if last is not None or limit is not None:
        end = Moment(last or day, limit)
    return replace(base, date=day, time=start, end=end, window=_window(base, day, last, times))


def _window(base: Understanding, day: date | None, last: date | None, times: Times) -> Window | None:
    if base.part and times.start is None and times.end is None:
        begins, ends = PARTS[base.part]
        return Window(Moment(day, _time(begins)), Moment(last or day, _time(ends)))
    if base.open or times.end is not None or last is not None:
        return Window(Moment(day, _time(times.start)), Moment(last or day, _time(times.end)))
    return None


def _moments(day: date | None, times: list[Times]) -> tuple[Moment, ...]:
    return tuple(Moment(day, _time(one.start)) for one in times[:MOST_CANDIDATES])


# --- the clock of the zone


def _on_the_clock(found: Understanding, place: Place) -> Understanding:
    """Return the understanding with its instant; an hour that is skipped is invalid, a repeated one asks."""
    far = (
        place.horizon is not None and found.date is not None and found.date > place.today.date + place.horizon
    )
    if far:
        return replace(
            found,
            status=UnderstandingStatus.ASK,
            kind=AskKind.HORIZON,
            candidates=(Moment(found.date, found.time),),
        )
    spans_days = found.end is not None and found.end.date is not None and found.end.date != found.date
    if found.date is None or found.time is None or spans_days:
        return replace(found, field="uhrzeit" if found.date and found.time is None else "datum")
    wall = datetime.combine(found.date, found.time, place.zone)
    if not exists(wall):
        return replace(found, status=UnderstandingStatus.INVALID, field="uhrzeit")
    if is_ambiguous(wall):
        both = (Moment(found.date, found.time),) * 2
        return replace(
            found, status=UnderstandingStatus.ASK, kind=AskKind.TWICE, field="uhrzeit", candidates=both
        )
    return replace(found, instant=wall.astimezone(UTC))


def _clock(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


def _time(minutes: int | None) -> time | None:
    return None if minutes is None else _clock(minutes)
