from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from simulator.retell.week import Marks, bounds, build_week, monday_of

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2025, 10, 20)


def at(hour: int, minute: int = 0, day: int = 20) -> datetime:
    return datetime(2025, 10, day, hour, minute, tzinfo=BERLIN)


def booking(start: datetime, minutes: int = 30, **more):
    utc = start.astimezone(UTC)
    span = {"start": utc.isoformat(), "end": (utc + timedelta(minutes=minutes)).isoformat()}
    return {"uid": "bk", "status": "accepted", "eventTypeId": 1, **span, **more}


def cell(hour: int, minute: int = 0, *, day: int = 20, free=(), bookings=(), marks: Marks | None = None):
    week = build_week(
        MONDAY, free=list(free), bookings=list(bookings), event_type_id=1, marks=marks or Marks()
    )
    wanted = at(hour, minute, day).astimezone(UTC)
    return next(cell for _, cells in week.rows for cell in cells if cell.start.astimezone(UTC) == wanted)


class TestCells:
    def test_a_free_start_can_be_taken(self) -> None:
        found = cell(14, free=[at(14)])
        assert (found.state, found.can_be_clicked) == ("free", True)
        assert found.label == "Mo 20.10. 14:00, frei, nehmen"

    def test_other_half_hours_of_an_open_day_are_taken(self) -> None:
        assert cell(10, free=[at(14)]).state == "taken"

    def test_a_day_without_anything_is_closed(self) -> None:
        assert cell(10, day=25, free=[at(14)]).state == "closed"

    def test_a_rival_can_be_sent_away(self) -> None:
        found = cell(14, bookings=[booking(at(14), origin="rival")])
        assert (found.state, found.uid, found.can_be_clicked) == ("rival", "bk", True)

    def test_our_booking_carries_the_surname(self) -> None:
        mine = booking(at(14), minutes=60, origin="api", attendees=[{"name": "Max Mustermann"}])
        assert cell(14, bookings=[mine]).word == "Muste."
        assert cell(14, 30, bookings=[mine]).state == "own"

    def test_a_cancelled_booking_leaves_no_trace(self) -> None:
        assert cell(14, free=[at(14)], bookings=[{**booking(at(14)), "status": "cancelled"}]).state == "free"

    def test_offers_and_open_attempts_are_marked(self) -> None:
        marks = Marks(offered=(at(15), at(16)), open=(at(9).astimezone(UTC),))
        assert cell(16, free=[at(16)], marks=marks).word == "Alt. 2"
        assert cell(9, free=[at(16)], marks=marks).state == "open"


class TestWeek:
    def test_sunday_shows_only_when_it_is_open(self) -> None:
        shut = build_week(MONDAY, free=[at(14)], bookings=[], event_type_id=1, marks=Marks())
        assert len(shut.days) == 6
        sunday = build_week(MONDAY, free=[at(14, day=26)], bookings=[], event_type_id=1, marks=Marks())
        assert len(sunday.days) == 7

    def test_hours_widen_to_what_lies_outside(self) -> None:
        week = build_week(MONDAY, free=[at(7), at(19)], bookings=[], event_type_id=1, marks=Marks())
        assert week.rows[0][0] == "07:00"
        assert len(week.rows) == 25

    def test_begins_on_monday_local_time_also_when_clocks_change(self) -> None:
        assert monday_of(datetime(2025, 10, 26, 23, 30, tzinfo=UTC)) == date(2025, 10, 27)
        start, end = bounds(MONDAY)  # summer time ends on that Sunday
        assert end - start == timedelta(days=7, hours=1)
