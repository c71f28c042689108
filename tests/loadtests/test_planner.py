from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest

from loadtests.planner import open_days, share_of, slots_of

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2025, 10, 13, 8, 0, tzinfo=UTC)


@pytest.fixture
def company(bookable):
    return [each for each in bookable if each.company_id == 1]


def first(company, hours, count: int, now: datetime = NOW):
    return list(islice(slots_of(company, hours, now), count))


class TestThePlan:
    @pytest.mark.parametrize("company_id", [1, 2])
    def test_no_two_slots_meet_in_one_calendar(self, bookable, hours, company_id):
        offers = [each for each in bookable if each.company_id == company_id]
        calendars: dict[str, list] = {}
        for slot in first(offers, hours, 1500):
            calendars.setdefault(slot.bookable.calendar, []).append(slot)

        for slots in calendars.values():
            slots.sort(key=lambda slot: slot.start.timestamp())
            assert all(before.end.timestamp() <= after.start.timestamp() for before, after in pairwise(slots))

    def test_every_slot_lies_in_opening_hours(self, company, hours):
        for slot in first(company, hours, 1500):
            local = slot.start.astimezone(BERLIN)
            assert local.isoweekday() in {1, 2, 3, 4, 5}
            assert (local.hour, local.minute) >= (9, 0)
            assert slot.end <= local.replace(hour=18, minute=0)

    def test_starts_fit_the_grid_on_which_services_are_offered(self, company, hours):
        for slot in first(company, hours, 600):
            minutes = slot.start.hour * 60 + slot.start.minute - 9 * 60
            assert minutes % min(slot.bookable.minutes, 30) == 0

    def test_all_branches_services_and_many_days_are_among_the_first_hundred(self, company, hours):
        slots = first(company, hours, 100)

        assert {slot.bookable.number for slot in slots} == {each.number for each in company}
        assert {slot.bookable.service for slot in slots} == {each.service for each in company}
        assert len({slot.start.date() for slot in slots}) == 10

    def test_neighbours_in_the_plan_are_on_other_calendars_or_days(self, company, hours):
        for before, after in pairwise(first(company, hours, 200)):
            assert (before.bookable.calendar, before.start.date()) != (
                after.bookable.calendar,
                after.start.date(),
            )

    def test_processes_share_it_without_meeting_and_without_a_gap(self, company, hours):
        whole = first(company, hours, 90)
        shares = [list(islice(share_of(slots_of(company, hours, NOW), part, 3), 30)) for part in range(3)]

        assert Counter(slot for share in shares for slot in share) == Counter(whole)

    def test_local_times_stay_the_same_over_the_change_of_the_clocks(self, company, hours):
        slots = first(company, hours, 1200)
        offsets = {slot.start.utcoffset() for slot in slots}

        assert offsets == {timedelta(hours=2), timedelta(hours=1)}


class TestOpenDays:
    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            ("2025-10-13T08:00:00+00:00", "2025-10-15"),
            ("2025-10-16T08:00:00+00:00", "2025-10-20"),
            ("2025-10-13T22:30:00+00:00", "2025-10-16"),
        ],
    )
    def test_begin_two_days_from_the_local_day(self, hours, now, expected):
        assert next(open_days(hours, datetime.fromisoformat(now))).isoformat() == expected
