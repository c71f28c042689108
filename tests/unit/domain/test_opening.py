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
