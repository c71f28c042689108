"""Open hours minus bookings: which starts an event type offers, and whether one host is free for one span."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from simulator.calcom.times import from_seconds, local_instant, seconds_of
from simulator.calcom.world import EventType, Schedule, Status, World

_MARKS = (60, 30, 20, 15, 10, 5)
_ONE_DAY = timedelta(days=1)
Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class SlotQuestion:
    """Which starts in ``[start, end]``, how long, on whose clock face, and whose booking counts as free."""

    start: datetime
    end: datetime
    now: datetime
    minutes: int | None = None
    zone: ZoneInfo | None = None
    ignoring: str | None = None
    as_of: datetime | None = None


def open_windows(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Window]:
    """The schedule's windows that reach into ``[start, end)``, as UTC instants; a date's override wins."""
    zone = ZoneInfo(schedule.timezone)
    day = start.astimezone(zone).date() - _ONE_DAY
    last = end.astimezone(zone).date()
    while day <= last:
        hours = [(o.start_minutes, o.end_minutes) for o in schedule.overrides if o.on == day]
        if not hours:
            hours = [
                (rule.start_minutes, rule.end_minutes)
                for rule in schedule.availability
                if day.weekday() in rule.days
            ]
        for begin, finish in sorted(hours):
            opens, closes = local_instant(day, begin, zone), local_instant(day, finish, zone)
            if opens < closes and closes > start and opens < end:
                yield opens, closes
        day += _ONE_DAY


def list_starts(world: World, kind: EventType, asked: SlotQuestion) -> list[datetime]:
    """The free starts of an event type in order; with several hosts, one free host is enough.

    A collective type needs all of them: the grid is laid over the time they have in common.
    """
    length = timedelta(minutes=asked.minutes or kind.length_minutes)
    if kind.starts is not None:
        return [start for start in kind.starts if _is_open(world, kind, start, length, asked)]
    free = [_free_windows(world, kind, host_id, asked) for host_id in kind.host_ids]
    if kind.scheduling_type == "collective" and free:
        common = free[0]
        for windows in free[1:]:
            common = list(_in_common(common, windows))
        free = [common]
    found = {start for windows in free for window in windows for start in _grid(kind, asked, window, length)}
    return sorted(found)


def find_host(
    world: World, kind: EventType, start: datetime, end: datetime, *, ignoring: str | None = None
) -> int | None:
    """The first host who works and is free for the span, or None; a collective type needs all of them."""
    open_at = kind.starts is not None and start in kind.starts
    if kind.starts is not None and not open_at:
        return None
    free = [
        host_id
        for host_id in kind.host_ids
        if (open_at or _works(world, kind, start, end))
        and is_free(world, kind, host_id, start, end, ignoring=ignoring)
    ]
    if kind.scheduling_type == "collective" and len(free) < len(kind.host_ids):
        return None
    return free[0] if free else None


def is_free(
    world: World,
    kind: EventType,
    host_id: int,
    start: datetime,
    end: datetime,
    *,
    ignoring: str | None = None,
) -> bool:
    """Whether no accepted booking of the host shares time with the span, both types' buffers included."""
    before, after = (
        timedelta(minutes=kind.before_buffer_minutes),
        timedelta(minutes=kind.after_buffer_minutes),
    )
    return next(world.conflicts(host_id, start - before, end + after, ignoring=ignoring), None) is None


def _works(world: World, kind: EventType, start: datetime, end: datetime) -> bool:
    schedule = world.schedules.get(kind.schedule_id)
    if schedule is None:
        return False
    return any(opens <= start and end <= closes for opens, closes in open_windows(schedule, start, end))


def _is_open(world: World, kind: EventType, start: datetime, length: timedelta, asked: SlotQuestion) -> bool:
    """Whether an explicitly opened start can be offered: asked for, not too soon, and hosts free."""
    earliest = max(asked.start, asked.now + timedelta(minutes=kind.notice_minutes))
    if not earliest <= start <= asked.end - length:
        return False
    end = start + length
    free = [
        not _hits(_busy(world, kind, host, asked, near=(start, end)), start, end) for host in kind.host_ids
    ]
    return bool(free) and (all(free) if kind.scheduling_type == "collective" else any(free))


def _free_windows(world: World, kind: EventType, host_id: int, asked: SlotQuestion) -> list[Window]:
    schedule = world.schedules.get(kind.schedule_id)
    if schedule is None:
        return []
    busy = _busy(world, kind, host_id, asked, near=(asked.start, asked.end))
    earliest = max(asked.start, asked.now + timedelta(minutes=kind.notice_minutes))
    return [
        free
        for opens, closes in open_windows(schedule, asked.start, asked.end)
        for free in _minus(max(opens, earliest), min(closes, asked.end), busy)
    ]


def _in_common(ours: list[Window], theirs: list[Window]) -> Iterator[Window]:
    for begin, finish in ours:
        for other_begin, other_finish in theirs:
            window = (max(begin, other_begin), min(finish, other_finish))
            if window[0] < window[1]:
                yield window


def _grid(kind: EventType, asked: SlotQuestion, window: Window, length: timedelta) -> Iterator[datetime]:
    """Starts of one free span: the first on a mark of the asker's clock face, then step by step."""
    step = kind.slot_interval_minutes or asked.minutes or kind.length_minutes
    mark = next((mark for mark in _MARKS if step % mark == 0), 1)
    start = _round_up(window[0], mark, asked.zone)
    while start + length <= window[1]:
        yield start
        start += timedelta(minutes=step)


def _round_up(instant: datetime, mark: int, zone: ZoneInfo | None) -> datetime:
    offset = instant.astimezone(zone).utcoffset() if zone else None
    shift = int(offset.total_seconds()) if offset else 0
    local = seconds_of(instant) + shift
    if instant.microsecond:
        local += 1
    return from_seconds(-(-local // (60 * mark)) * 60 * mark - shift)


def _busy(
    world: World, kind: EventType, host_id: int, asked: SlotQuestion, *, near: Window
) -> list[tuple[int, int]]:
    """Taken spans of a host near a window, widened by what this event type's own buffers need."""
    if asked.as_of is None:
        spans = world.busy_spans(host_id, near[0] - _ONE_DAY, near[1] + _ONE_DAY, ignoring=asked.ignoring)
    else:
        spans = _busy_as_of(world, host_id, asked.as_of)
    before, after = 60 * kind.before_buffer_minutes, 60 * kind.after_buffer_minutes
    return sorted((start - after, end + before) for start, end in spans)


def _busy_as_of(world: World, host_id: int, as_of: datetime) -> Iterator[tuple[int, int]]:
    """The host's calendar as it stood at an earlier instant, for the stale-slots fault."""
    for booking in world.bookings.values():
        gone = booking.cancelled_at is not None and booking.cancelled_at <= as_of
        held = booking.status is Status.ACCEPTED or booking.cancelled_at is not None
        if booking.host_id == host_id and booking.created_at <= as_of and held and not gone:
            yield world.blocked_span(booking)


def _hits(busy: list[tuple[int, int]], start: datetime, end: datetime) -> bool:
    begin, finish = seconds_of(start), seconds_of(end)
    return any(taken_from < finish and taken_to > begin for taken_from, taken_to in busy)


def _minus(start: datetime, end: datetime, busy: list[tuple[int, int]]) -> Iterator[Window]:
    """What the busy spans leave of ``[start, end)``."""
    begin = start
    for taken_from, taken_to in busy:
        if from_seconds(taken_to) <= begin:
            continue
        if from_seconds(taken_from) >= end:
            break
        if begin < from_seconds(taken_from):
            yield begin, from_seconds(taken_from)
        begin = max(begin, from_seconds(taken_to))
    if begin < end:
        yield begin, end
