"""Who books which slot: everyone another one, over all branches, services, days and times.

Locust's processes share nothing, so the plan is a fixed sequence for each company, and each process takes every
n-th slot of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from loadtests.brief import Bookable, Hours

DAYS_IN_TURN = 10
"""Open days over which consecutive slots are spread, before the next days come."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A service and the instant (aware, in the branch's zone) that one caller books."""

    bookable: Bookable
    start: datetime

    @property
    def end(self) -> datetime:
        """When the service is over."""
        return self.start + timedelta(minutes=self.bookable.minutes)


def slots_of(bookable: Sequence[Bookable], hours: Hours, now: datetime) -> Iterator[Slot]:
    """All slots of one company without end, from the day after tomorrow; no two overlap in one calendar."""
    calendars: dict[str, list[Bookable]] = {}
    for each in bookable:
        calendars.setdefault(each.calendar, []).append(each)
    days = open_days(hours, now)
    number = 0
    while True:
        turn = [(number + step, day) for step, day in enumerate(islice(days, DAYS_IN_TURN))]
        number += DAYS_IN_TURN
        columns = [
            list(_day(services[index % len(services)], hours, day))
            for index, day in turn
            for services in calendars.values()
        ]
        for row in range(max(len(column) for column in columns)):
            yield from (column[row] for column in columns if row < len(column))


def share_of(slots: Iterator[Slot], process: int, processes: int) -> Iterator[Slot]:
    """Every n-th slot: what one of several processes books."""
    return islice(slots, process, None, processes)


def open_days(hours: Hours, now: datetime) -> Iterator[date]:
    """Open days without end; the first is at least two days ahead, beyond any minimum notice."""
    day = now.astimezone(ZoneInfo(hours.time_zone)).date() + timedelta(days=2)
    while True:
        if day.isoweekday() in hours.days:
            yield day
        day += timedelta(days=1)


def _day(bookable: Bookable, hours: Hours, day: date) -> Iterator[Slot]:
    """The slots of one calendar's day, which offers one service: so they cannot overlap."""
    zone = ZoneInfo(hours.time_zone)
    start = datetime.combine(day, time.fromisoformat(hours.opens), zone)
    closes = datetime.combine(day, time.fromisoformat(hours.closes), zone)
    while (slot := Slot(bookable, start)).end <= closes:
        yield slot
        start = slot.end
