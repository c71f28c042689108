"""How soon, how far ahead and how often an event type can be booked (reference, what makes a slot disappear)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulator.calcom.world import BookingWindow, EventType, Schedule, Status, World

_SATURDAY = 5
_ONE_DAY = timedelta(days=1)
RANGE = "range"
BUSINESS_DAYS = "businessDays"


def schedule_of(world: World, kind: EventType, host_id: int) -> Schedule | None:
    """The event type's schedule, else the host's default, else the host's first, else the account's default."""
    if kind.schedule_id is not None:
        return world.schedules.get(kind.schedule_id)
    own = [schedule for schedule in world.schedules.values() if schedule.owner_id == host_id]
    of_all = own or list(world.schedules.values())
    return next((schedule for schedule in of_all if schedule.is_default), next(iter(of_all), None))


def zone_of(world: World, kind: EventType) -> ZoneInfo:
    """The clock face on which an event type's days begin."""
    schedule = schedule_of(world, kind, kind.host_ids[0]) if kind.host_ids else None
    return ZoneInfo(schedule.timezone if schedule else world.user.timezone)


def window_edges(
    window: BookingWindow | None, now: datetime, zone: ZoneInfo
) -> tuple[datetime | None, datetime | None]:
    """The first instant and the one after the last that a booking window leaves; None where it is open.

    A rolling window has no edges: it is counted in days that have slots, and not checked when booking.
    """
    if window is None or (window.rolling and window.kind != RANGE):
        return None, None
    if window.kind == RANGE:
        first = _midnight(window.first, zone) if window.first else None
        return first, _midnight(window.last + _ONE_DAY, zone) if window.last else None
    today = now.astimezone(zone).date()
    last = (
        business_days_ahead(today, window.days)
        if window.kind == BUSINESS_DAYS
        else today + _ONE_DAY * window.days
    )
    return None, _midnight(last + _ONE_DAY, zone)


def business_days_ahead(today: date, days: int) -> date:
    """The date that lies so many weekdays after today."""
    found = today
    while days > 0:
        found += _ONE_DAY
        days -= found.weekday() < _SATURDAY
    return found


def counts_in_window(window: BookingWindow, day: date) -> bool:
    """Whether a day with slots uses up one day of a rolling window."""
    return window.kind != BUSINESS_DAYS or day.weekday() < _SATURDAY


def periods(start: datetime, zone: ZoneInfo) -> Iterator[tuple[str, datetime, datetime]]:
    """Day, week (from Sunday), month and year of an instant, each with its beginning and its end."""
    day = start.astimezone(zone).date()
    week = day - _ONE_DAY * ((day.weekday() + 1) % 7)
    month, year = day.replace(day=1), day.replace(month=1, day=1)
    next_month = (month + 31 * _ONE_DAY).replace(day=1)
    next_year = year.replace(year=year.year + 1)
    for name, first, after in (
        ("day", day, day + _ONE_DAY),
        ("week", week, week + 7 * _ONE_DAY),
        ("month", month, next_month),
        ("year", year, next_year),
    ):
        yield name, _midnight(first, zone), _midnight(after, zone)


def reached_limit(
    world: World, kind: EventType, start: datetime, minutes: int, *, ignoring: str | None = None
) -> str | None:
    """``count`` or ``duration`` when one more booking would break a limit of its period, else None."""
    if not kind.count_limits and not kind.duration_limits:
        return None
    for name, first, after in periods(start, zone_of(world, kind)):
        most, most_minutes = kind.count_limits.get(name), kind.duration_limits.get(name)
        if most is None and most_minutes is None:
            continue
        held = [
            booking
            for booking in world.bookings_of_kind(kind.id, first, after)
            if booking.status is Status.ACCEPTED and booking.uid != ignoring
        ]
        if most is not None and len(held) >= most:
            return "count"
        if most_minutes is not None and sum(b.minutes for b in held) + minutes > most_minutes:
            return "duration"
    return None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone).astimezone(UTC)
