"""The fake's calendar as a week of half hours: what is free, taken, ours, a rival's, offered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from simulator.retell.evidence import LIVE_BOOKINGS
from simulator.retell.phrasing import BERLIN, instant, weekday

_HALF_HOUR = timedelta(minutes=30)
_FIRST, _LAST = 18, 36  # half hours of the day: 09:00 to 18:00, more if something lies outside
_WORDS = {
    "free": "frei, nehmen",
    "taken": "belegt",
    "own": "unsere Buchung",
    "rival": "vom Rivalen belegt, freigeben",
    "open": "Versuch offen",
    "offered": "angeboten, nehmen",
    "closed": "geschlossen",
}


@dataclass(frozen=True, slots=True)
class Marks:
    """What a call adds to the week: starts offered to the caller, starts with an open attempt, its id."""

    call_id: str = ""
    offered: tuple[datetime, ...] = ()
    open: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """A half hour; `start` is what a click takes, `uid` what a click frees."""

    start: datetime
    state: str
    word: str = ""
    uid: str = ""

    @property
    def key(self) -> str:
        """Local start for names in the page, `2025-10-20T14:00`."""
        return f"{self.start.astimezone(BERLIN):%Y-%m-%dT%H:%M}"

    @property
    def label(self) -> str:
        """What a screen reader says."""
        local = self.start.astimezone(BERLIN)
        return f"{weekday(local.date())} {local:%d.%m. %H:%M}, {_WORDS[self.state]}"

    @property
    def can_be_clicked(self) -> bool:
        """Whether a click takes or frees it."""
        return self.state in ("free", "offered", "rival")


@dataclass(frozen=True, slots=True)
class Week:
    """A week's grid: `rows` of (label for full hours, cells in the order of `days`)."""

    monday: date
    days: tuple[date, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]

    @property
    def number(self) -> int:
        """ISO number of the week."""
        return self.monday.isocalendar().week


@dataclass(slots=True)
class _Facts:
    free: list[datetime]
    bookings: list[tuple[datetime, datetime, dict[str, Any]]]
    marks: Marks
    open_days: set[date] = field(default_factory=set)


def monday_of(at: datetime | date) -> date:
    """The Monday of a local day's week."""
    day = at.astimezone(BERLIN).date() if isinstance(at, datetime) else at
    return day - timedelta(days=day.weekday())


def bounds(monday: date) -> tuple[datetime, datetime]:
    """A week's first and last instant, in UTC."""
    start = datetime.combine(monday, time(), BERLIN)
    end = datetime.combine(monday + timedelta(days=7), time(), BERLIN)
    return start.astimezone(UTC), end.astimezone(UTC)


def build_week(
    monday: date, *, free: list[datetime], bookings: list[dict[str, Any]], event_type_id: int, marks: Marks
) -> Week:
    """The grid of a week from the free starts and the bookings of one event type."""
    start, end = bounds(monday)
    spans = [
        (begins, ends, booking)
        for booking in bookings
        if booking.get("status") in LIVE_BOOKINGS
        and booking.get("eventTypeId") in (event_type_id, None)
        and (begins := instant(booking.get("start")))
        and (ends := instant(booking.get("end")))
        and begins < end
        and ends > start
    ]
    facts = _Facts([at.astimezone(UTC) for at in free], spans, marks)
    facts.open_days = {_day(at) for at in facts.free} | {_day(begins) for begins, _, _ in spans}
    days = tuple(
        monday + timedelta(days=offset)
        for offset in range(7)
        if offset < 6 or monday + timedelta(days=6) in facts.open_days  # noqa: PLR2004 - Sunday if it is open
    )
    used = [_half_hour(at) for at in (*facts.free, *(begins for begins, _, _ in spans))]
    first, last = min([_FIRST, *used]), max([_LAST, *(half + 1 for half in used)])
    rows = tuple(
        (
            f"{half // 2:02d}:00" if half % 2 == 0 else "",
            tuple(_cell(_at(day, half), day in facts.open_days, facts) for day in days),
        )
        for half in range(first, last)
    )
    return Week(monday, days, rows)


def _cell(start: datetime, is_open_day: bool, facts: _Facts) -> Cell:
    end = start + _HALF_HOUR
    for begins, ends, booking in facts.bookings:
        if begins < end and ends > start:
            return _booked(start, booking, facts.marks)
    if any(start <= at < end for at in facts.marks.open):
        return Cell(start, "open", "offen")
    for place, at in enumerate(facts.marks.offered, start=1):
        if start <= at < end:
            return Cell(at, "offered", f"Alt. {place}")
    free = next((at for at in facts.free if start <= at < end), None)
    if free is not None:
        return Cell(free, "free")
    return Cell(start, "taken", "–") if is_open_day else Cell(start, "closed")


def _booked(start: datetime, booking: dict[str, Any], marks: Marks) -> Cell:
    uid = str(booking.get("uid", ""))
    if booking.get("origin") == "rival":
        return Cell(start, "rival", "Rivale", uid)
    of_call = (booking.get("metadata") or {}).get("call_id")
    if booking.get("origin") == "api" or (of_call and of_call == marks.call_id):
        names = [str(attendee.get("name", "")) for attendee in booking.get("attendees") or []]
        surname = names[0].split()[-1] if names and names[0].split() else "Buchung"
        return Cell(start, "own", surname if len(surname) <= 6 else f"{surname[:5]}.", uid)  # noqa: PLR2004
    return Cell(start, "taken", "–", uid)


def _day(at: datetime) -> date:
    return at.astimezone(BERLIN).date()


def _half_hour(at: datetime) -> int:
    local = at.astimezone(BERLIN)
    return local.hour * 2 + local.minute // 30


def _at(day: date, half: int) -> datetime:
    return datetime.combine(day, time(half // 2, half % 2 * 30), BERLIN).astimezone(UTC)
