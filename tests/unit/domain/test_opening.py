from __future__ import annotations

from datetime import date, time

import pytest

from app.domain.opening import OpeningHours
from tests.unit.builders import berlin

HOURS = OpeningHours({"1": [["09:00", "12:00"], ["13:00", "18:00"]], "6": []})
MONDAY, SATURDAY, SUNDAY = date(2025, 10, 20), date(2025, 10, 25), date(2025, 10, 26)


class TestOpeningHours:
    def test_the_spans_of_a_day_come_in_order(self):
        assert HOURS.spans_on(MONDAY) == [(time(9), time(12)), (time(13), time(18))]

    @pytest.mark.parametrize("day", [SATURDAY, SUNDAY], ids=["an empty entry", "no entry"])
    def test_a_day_without_spans_is_closed(self, day):
        assert not HOURS.is_open_on(day)

    def test_a_day_with_spans_is_open(self):
        assert HOURS.is_open_on(MONDAY)

    @pytest.mark.parametrize(
        ("start", "end", "holds"),
        [
            ((9, 0), (9, 30), True),
            ((17, 30), (18, 0), True),
            ((8, 59), (9, 30), False),
            ((17, 45), (18, 15), False),
            ((11, 45), (13, 15), False),
            ((12, 0), (12, 30), False),
        ],
    )
    def test_a_visit_lies_wholly_inside_one_span(self, start, end, holds):
        assert HOURS.holds(berlin(2025, 10, 20, *start), berlin(2025, 10, 20, *end)) is holds

    def test_a_visit_over_midnight_is_never_held(self):
        always = OpeningHours({"1": [["00:00", "23:59"]], "2": [["00:00", "23:59"]]})
        assert not always.holds(berlin(2025, 10, 20, 23, 30), berlin(2025, 10, 21, 0, 30))

    def test_a_holiday_is_closed_and_named(self):
        hours = OpeningHours(HOURS.hours, {MONDAY: "Tag der Probe"}.get)
        assert (hours.is_open_on(MONDAY), hours.holiday(MONDAY)) == (False, "Tag der Probe")
        assert hours.weekly_spans(1)

    @pytest.mark.parametrize(
        ("after", "opening"),
        [
            ((20, 8), (20, 9)),
            ((20, 9), (20, 13)),  # later than, not at
            ((20, 12, 30), (20, 13)),
            ((20, 17), (27, 9)),
            ((25, 15), (27, 9)),
        ],
    )
    def test_the_next_opening_is_later_than_the_time_asked_about(self, after, opening):
        assert HOURS.next_opening(berlin(2025, 10, *after)) == berlin(2025, 10, *opening)

    def test_a_holiday_is_no_next_opening(self):
        hours = OpeningHours(HOURS.hours, {date(2025, 10, 27): "Tag der Probe"}.get)
        assert hours.next_opening(berlin(2025, 10, 25, 15)) == berlin(2025, 11, 3, 9)

    def test_a_branch_that_never_opens_has_none(self):
        assert OpeningHours({}).next_opening(berlin(2025, 10, 25, 15)) is None

    @pytest.mark.parametrize(
        ("at", "closes"),
        [((9, 0), time(12)), ((12, 0), None), ((17, 45), time(18)), ((18, 0), None), ((8, 59), None)],
    )
    def test_when_it_closes_next_where_it_is_open(self, at, closes):
        assert HOURS.closes_after(berlin(2025, 10, 20, *at)) == closes
