from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.domain.german.say import say_clock, say_date, say_instant
from tests.unit.builders import BERLIN, WISHED, berlin


class TestSayDate:
    @pytest.mark.parametrize(
        ("day", "words"),
        [
            (date(2025, 10, 20), "Montag, 20. Oktober"),
            (date(2025, 10, 16), "Donnerstag, 16. Oktober"),  # the original said Mittwoch
            (date(2026, 3, 1), "Sonntag, 1. März"),
            (date(2028, 2, 29), "Dienstag, 29. Februar"),
        ],
    )
    def test_the_weekday_is_computed(self, day, words):
        assert say_date(day) == words


class TestSayInstant:
    def test_utc_is_said_as_the_time_of_the_branch(self):
        assert say_instant(WISHED, BERLIN) == "Montag, 20. Oktober um 14:00 Uhr"

    def test_an_instant_past_local_midnight_belongs_to_the_next_day(self):
        late = datetime(2025, 10, 19, 22, 30, tzinfo=UTC)
        assert say_instant(late, BERLIN) == "Montag, 20. Oktober um 00:30 Uhr"

    @pytest.mark.parametrize(
        ("instant", "clock"),
        [
            (datetime(2025, 10, 24, 8, tzinfo=UTC), "10:00 Uhr"),
            (datetime(2025, 10, 27, 9, tzinfo=UTC), "10:00 Uhr"),
            (datetime(2026, 3, 30, 8, tzinfo=UTC), "10:00 Uhr"),
        ],
        ids=["summer time", "after the change to winter time", "after the change to summer time"],
    )
    def test_ten_stays_ten_over_a_clock_change(self, instant, clock):
        assert say_instant(instant, BERLIN).endswith(clock)

    def test_minutes_have_two_digits(self):
        assert say_clock(berlin(2025, 10, 20, 9, 5)) == "09:05 Uhr"
