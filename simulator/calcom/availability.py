"""Open hours minus bookings: which starts an event type offers, and which hosts are free for one span."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from simulator.calcom.bounds import counts_in_window, reached_limit, schedule_of, window_edges, zone_of
from simulator.calcom.times import from_seconds, local_instant, seconds_of
from simulator.calcom.world import (
    Booking,
    EventType,
    OpenHours,
    Override,
    Schedule,
    Status,
    World,
)

_MARKS = (60, 30, 20, 15, 10, 5)
_ONE_DAY = timedelta(days=1)
_DAY_SECONDS = 86_400
COLLECTIVE = "collective"
ROUND_ROBIN = "roundRobin"
Window = tuple[datetime, datetime]
Spans = list[tuple[int, int]]


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
    day = start.astimezone(zone).date() - _ONE_DAY  # the day before may reach into this one
    last = end.astimezone(zone).date()
    while day <= last:
        for window in _windows_on(schedule, day):
            if window[1] > start and window[0] < end:
                yield window
        day += _ONE_DAY


@lru_cache(maxsize=8192)  # the same days are asked for with every booking
def _windows_on(schedule: Schedule, day: date) -> list[Window]:
    """The windows that begin on a day of the schedule's own zone."""
    zone = ZoneInfo(schedule.timezone)
    hours = _hours_on(schedule.availability, schedule.overrides, day)
    windows = [(local_instant(day, begin, zone), local_instant(day, finish, zone)) for begin, finish in hours]
    return [(opens, closes) for opens, closes in windows if opens < closes]


def _hours_on(
    availability: tuple[OpenHours, ...], overrides: tuple[Override, ...], day: date
) -> list[tuple[int, int]]:
    weekday = day.weekday()
    hours = [(o.start_minutes, o.end_minutes) for o in overrides if o.on == day] if overrides else []
    hours = hours or [(rule.start_minutes, rule.end_minutes) for rule in availability if weekday in rule.days]
    return sorted(hours) if len(hours) > 1 else hours


def list_starts(world: World, kind: EventType, asked: SlotQuestion) -> list[datetime]:
    """The free starts of an event type in order; with several hosts, one free host is enough.

    A collective type needs all of them: the grid is laid over the time they have in common. Seated bookings
    with free places count as free.
    """
    if kind.window is not None and kind.window.rolling and asked.start > asked.now:
        wider = list_starts(world, kind, replace(asked, start=asked.now))  # its days are counted from now
        return [start for start in wider if start >= asked.start]
    minutes = asked.minutes or kind.length_minutes
    length = timedelta(minutes=minutes)
    if kind.starts is not None:
        found = {start for start in kind.starts if _is_open(world, kind, start, length, asked)}
    else:
        found = _from_schedules(world, kind, asked, length)
    if kind.seats is not None:
        found = _with_seats(world, kind, asked, found, length)
    if kind.count_limits or kind.duration_limits:
        found = {s for s in found if not reached_limit(world, kind, s, minutes, ignoring=asked.ignoring)}
    return list(_rolling(world, kind, sorted(found)))


def free_hosts(
    world: World, kind: EventType, start: datetime, end: datetime, *, ignoring: str | None = None
) -> list[int]:
    """The hosts who work and are free for the span."""
    open_at = kind.starts is not None and start in kind.starts
    if kind.starts is not None and not open_at:
        return []
    begin, finish = start.timestamp(), end.timestamp()
    return [
        host_id
        for host_id in kind.host_ids
        if (open_at or _works(world, kind, host_id, begin, finish))
        and is_free(world, kind, host_id, start, end, ignoring=ignoring)
    ]


def find_hosts(
    world: World, kind: EventType, start: datetime, end: datetime, *, ignoring: str | None = None
) -> tuple[int, ...]:
    """Who takes the span, the organizer first; nobody if it can't be taken.

    A collective type needs all hosts. Round robin gives it to the free host whose last booking of this type
    is the oldest; otherwise the first free host takes it.
    """
    free = free_hosts(world, kind, start, end, ignoring=ignoring)
    if kind.scheduling_type == COLLECTIVE:
        return tuple(free) if len(free) == len(kind.host_ids) else ()
    if kind.scheduling_type == ROUND_ROBIN:
        free.sort(key=lambda host_id: world.last_given(kind.id, host_id))
    return tuple(free[:1])


def is_free(
    world: World,
    kind: EventType,
    host_id: int,
    start: datetime,
    end: datetime,
    *,
    ignoring: str | None = None,
) -> bool:
    """Whether nothing of the host's shares time with the span, both types' buffers included."""
    begin, finish = seconds_of(start), seconds_of(end)
    before, after = 60 * kind.before_buffer_minutes, 60 * kind.after_buffer_minutes
    if world.is_taken(host_id, begin - before, finish + after, ignoring=ignoring):
        return False
    if world.is_away(host_id, begin, finish):
        return False
    if not kind.requires_confirmation:
        return True
    return next(_pending(world, kind, host_id, (start, end), ignoring), None) is None


def seated_at(world: World, kind: EventType, start: datetime) -> Booking | None:
    """The live booking of a seated event type that begins at exactly this instant."""
    around = world.bookings_of_kind(kind.id, start, start + timedelta(seconds=1))
    return next((booking for booking in around if booking.start == start), None)


def seats_left(world: World, kind: EventType, start: datetime, end: datetime, now: datetime) -> int:
    """Free places at one start: all, minus those taken and those reserved."""
    booking = seated_at(world, kind, start)
    taken = len(booking.attendees) if booking else 0
    held = sum(1 for r in world.reservations_of_kind(kind.id, start, end, now) if r.start == start)
    return (kind.seats.per_slot if kind.seats else 0) - taken - held


def _pending(
    world: World, kind: EventType, host_id: int, near: Window, ignoring: str | None
) -> Iterator[Booking]:
    """Unconfirmed bookings of the same event type, where it says that they block."""
    if not (kind.requires_confirmation and kind.blocks_unconfirmed):
        return
    for booking in world.bookings_of_kind(kind.id, *near):
        if booking.status is Status.PENDING and booking.host_id == host_id and booking.uid != ignoring:
            yield booking


def _works(world: World, kind: EventType, host_id: int, begin: float, finish: float) -> bool:
    """Whether one window of the host's takes in a span in seconds."""
    schedule = schedule_of(world, kind, host_id)
    if schedule is None:
        return False
    spans = _spans_on(schedule, int(begin // _DAY_SECONDS))
    return any(opens <= begin and finish <= closes for opens, closes in spans)


@lru_cache(maxsize=8192)  # the same days are asked for with every booking
def _spans_on(schedule: Schedule, number: int) -> Spans:
    """The windows, in seconds, that reach into a day of UTC, counted from 1970."""
    day = from_seconds(number * _DAY_SECONDS)
    windows = open_windows(schedule, day, day + _ONE_DAY)
    return [(seconds_of(opens), seconds_of(closes)) for opens, closes in windows]


def _from_schedules(world: World, kind: EventType, asked: SlotQuestion, length: timedelta) -> set[datetime]:
    free = [_free_windows(world, kind, host_id, asked) for host_id in kind.host_ids]
    if kind.scheduling_type == COLLECTIVE and free:
        common = free[0]
        for windows in free[1:]:
            common = list(_in_common(common, windows))
        free = [common]
    return {start for windows in free for window in windows for start in _grid(kind, asked, window, length)}


def _with_seats(
    world: World, kind: EventType, asked: SlotQuestion, found: set[datetime], length: timedelta
) -> set[datetime]:
    """The starts with free places: those nobody booked yet, and the booked ones that are not full."""
    earliest = max(asked.start, asked.now + timedelta(minutes=kind.notice_minutes))
    booked = {
        booking.start
        for booking in world.bookings_of_kind(kind.id, asked.start, asked.end)
        if booking.start >= earliest
    }
    return {s for s in found | booked if seats_left(world, kind, s, s + length, asked.now) > 0}


def _rolling(world: World, kind: EventType, found: list[datetime]) -> Iterator[datetime]:
    """Only the first days with slots, where the booking window says how many; they roll on as days fill."""
    window = kind.window
    if window is None or not window.rolling:
        yield from found
        return
    zone = zone_of(world, kind)
    days = {start.astimezone(zone).date() for start in found}
    counted = sorted(day for day in days if counts_in_window(window, day))[: window.days]
    for start in found:
        if counted and start.astimezone(zone).date() <= counted[-1]:
            yield start


def _is_open(world: World, kind: EventType, start: datetime, length: timedelta, asked: SlotQuestion) -> bool:
    """Whether an explicitly opened start can be offered: asked for, not too soon, and hosts free."""
    earliest = max(asked.start, asked.now + timedelta(minutes=kind.notice_minutes))
    if not earliest <= start <= asked.end - length:
        return False
    end = start + length
    free = [
        not _hits(_busy(world, kind, host, asked, near=(start, end)), start, end) for host in kind.host_ids
    ]
    return bool(free) and (all(free) if kind.scheduling_type == COLLECTIVE else any(free))


def _free_windows(world: World, kind: EventType, host_id: int, asked: SlotQuestion) -> list[Window]:
    schedule = schedule_of(world, kind, host_id)
    if schedule is None:
        return []
    busy = _busy(world, kind, host_id, asked, near=(asked.start, asked.end))
    earliest = max(asked.start, asked.now + timedelta(minutes=kind.notice_minutes))
    latest = asked.end
    if kind.window is not None:
        first, after = window_edges(kind.window, asked.now, zone_of(world, kind))
        earliest, latest = max(earliest, first or earliest), min(latest, after or latest)
    return [
        free
        for opens, closes in open_windows(schedule, asked.start, asked.end)
        for free in _minus(max(opens, earliest), min(closes, latest), busy)
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
    start, last, pause = _round_up(window[0], mark, asked.zone), window[1] - length, timedelta(minutes=step)
    while start <= last:
        yield start
        start += pause


def _round_up(instant: datetime, mark: int, zone: ZoneInfo | None) -> datetime:
    offset = instant.astimezone(zone).utcoffset() if zone else None
    shift = int(offset.total_seconds()) if offset else 0
    local = seconds_of(instant) + shift
    if instant.microsecond:
        local += 1
    return from_seconds(-(-local // (60 * mark)) * 60 * mark - shift)


def _busy(world: World, kind: EventType, host_id: int, asked: SlotQuestion, *, near: Window) -> Spans:
    """Taken spans of a host near a window: bookings with both types' buffers, absences, reservations."""
    start, end = near[0] - _ONE_DAY, near[1] + _ONE_DAY
    if asked.as_of is None:
        spans: Iterable[tuple[int, int]] = world.busy_spans(host_id, start, end, ignoring=asked.ignoring)
    else:
        spans = _busy_as_of(world, host_id, asked.as_of)
    before, after = 60 * kind.before_buffer_minutes, 60 * kind.after_buffer_minutes
    found = [(taken_from - after, taken_to + before) for taken_from, taken_to in spans]
    found.extend(world.away_spans(host_id, start, end))
    if world.reservations:
        found.extend(_held(world, host_id, start, end, asked.now))
    pending = _pending(world, kind, host_id, (start, end), asked.ignoring)
    found.extend((seconds_of(booking.start), seconds_of(booking.end)) for booking in pending)
    return sorted(found)


def _held(
    world: World, host_id: int, start: datetime, end: datetime, now: datetime
) -> Iterator[tuple[int, int]]:
    """Reserved spans; a reserved seat is no span, it only lowers the free places of its own event type."""
    for reservation in world.held_by(host_id, start, end, now):
        kind = world.event_types.get(reservation.event_type_id)
        if kind is None or kind.seats is None:
            yield seconds_of(reservation.start), seconds_of(reservation.end)


def _busy_as_of(world: World, host_id: int, as_of: datetime) -> Iterator[tuple[int, int]]:
    """The host's calendar as it stood at an earlier instant, for the stale-slots fault."""
    for booking in world.bookings.values():
        gone = booking.cancelled_at is not None and booking.cancelled_at <= as_of
        held = booking.status is Status.ACCEPTED or booking.cancelled_at is not None
        if booking.host_id == host_id and booking.created_at <= as_of and held and not gone:
            yield world.blocked_span(booking)


def _hits(busy: Spans, start: datetime, end: datetime) -> bool:
    begin, finish = seconds_of(start), seconds_of(end)
    return any(taken_from < finish and taken_to > begin for taken_from, taken_to in busy)


def _minus(start: datetime, end: datetime, busy: Spans) -> Iterator[Window]:
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
