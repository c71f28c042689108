"""What we say is understood as the same: every minute of a day and every day of two years, in every style.

Under three time zones of the machine: none of them may matter, only the branch's does (incident 1.41).
"""

from __future__ import annotations

import time as clock
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.german import UnderstandingStatus, say, understand
from app.domain.german.questions import say_choice
from app.domain.opening import OpeningHours
from app.domain.timespan import is_ambiguous
from tests.unit.builders import BERLIN, NOW

DAY = date(2025, 10, 16)
MINUTES = [time(minute // 60, minute % 60) for minute in range(24 * 60)]
TODAY = NOW.astimezone(BERLIN).date()
TWO_YEARS = [TODAY + timedelta(days=ahead) for ahead in range(1, 731)]
A_YEAR = TWO_YEARS[:350]
OPEN_ALL_WEEK = OpeningHours({str(day): [["07:00", "19:00"]] for day in range(1, 8)})

CLOCKS = {
    "14:15 Uhr": say.say_clock,
    "14 Uhr 15": say.say_spoken_clock,
    "vierzehn Uhr fünfzehn": say.say_clock_in_words,
    "Viertel nach zwei nachmittags": say.say_clock_colloquially,
}
DATES = {
    "Donnerstag, 16. Oktober": say.say_date,
    "Donnerstag, den sechzehnten Oktober": say.say_date_in_words,
    "am sechzehnten zehnten": say.say_date_in_numbers,
    "16.10.": say.say_short_date,
}


@pytest.fixture(params=["America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland"])
def host_zone(request, monkeypatch):
    """The machine stands somewhere else than the branch."""
    monkeypatch.setenv("TZ", request.param)
    clock.tzset()
    yield request.param
    monkeypatch.undo()
    clock.tzset()


def understood(phrase, hours=None, now=NOW):
    return understand(phrase, now, hours, zone=BERLIN)


class TestEveryMinuteOfADay:
    @pytest.mark.parametrize("style", CLOCKS)
    def test_is_understood_as_it_was_said(self, host_zone, style):
        say_it = CLOCKS[style]
        wrong = [
            (phrase, found.time)
            for minute in MINUTES
            if (found := understood(phrase := f"{say.say_date(DAY)} um {say_it(minute)}")).time != minute
            or found.date != DAY
            or found.status is not UnderstandingStatus.RESOLVED
        ]
        assert wrong == []

    @pytest.mark.parametrize("style", CLOCKS)
    def test_is_the_same_inside_opening_hours(self, style):
        open_minutes = [minute for minute in MINUTES if time(7) <= minute < time(19)]
        wrong = [
            (phrase, found.time)
            for minute in open_minutes
            if (found := understood(phrase := f"übermorgen {CLOCKS[style](minute)}", OPEN_ALL_WEEK)).time
            != minute
        ]
        assert wrong == []

    def test_a_spoken_hour_without_its_half_of_the_day_is_the_open_one(self):
        for minute in (minute for minute in MINUTES if time(9) <= minute < time(18)):
            words = say.say_clock_colloquially(minute).rpartition(" ")[0]
            hours = OpeningHours({str(day): [["09:00", "18:00"]] for day in range(1, 8)})
            assert understood(f"übermorgen um {words}", hours).time == minute, words


class TestEveryDayOfTwoYears:
    @pytest.mark.parametrize("style", DATES)
    def test_is_understood_as_it_was_said_when_it_is_the_next_of_its_name(self, host_zone, style):
        wrong = [
            (phrase, found.date)
            for day in (A_YEAR if style != "16.10." else A_YEAR[:300])  # a written date may be a slip
            if (found := understood(phrase := DATES[style](day))).date != day
            or found.status is not UnderstandingStatus.RESOLVED
        ]
        assert wrong == []

    def test_is_understood_with_its_year_where_it_needs_one(self, host_zone):
        wrong = [day for day in TWO_YEARS if understood(say.say_full_date(day, TODAY)).date != day]
        assert wrong == []

    def test_is_understood_written_with_its_year(self):
        for day in TWO_YEARS:
            assert understood(f"{day:%d.%m.%Y}").date == understood(day.isoformat()).date == day

    def test_is_said_with_its_computed_weekday(self):
        for day in TWO_YEARS:
            assert say.say_date(day).split(",")[0] == say.WEEKDAYS[day.weekday()]


class TestLabels:
    @given(st.integers(min_value=1, max_value=730 * 24 * 12))
    def test_an_offered_time_is_understood_as_itself(self, steps):
        instant = NOW + timedelta(minutes=5 * steps)
        found = understood(say.say_instant(instant, BERLIN, NOW))
        if is_ambiguous(instant.astimezone(BERLIN)):
            assert found.status is UnderstandingStatus.ASK
        else:
            assert found.instant == instant

    def test_a_day_of_the_week_after_next_is_offered_by_its_date(self):
        # incident 1.41: on Saturday the 18th, Monday the 27th was offered as „nächste Woche Montag“
        saturday = datetime(2025, 10, 18, 8, tzinfo=UTC)
        offered = datetime(2025, 10, 27, 9, tzinfo=UTC)
        label = say.say_instant(offered, BERLIN, saturday)
        assert label == "Montag, 27. Oktober um 10:00 Uhr"
        assert understood(label, now=saturday).instant == offered

    @given(st.sampled_from(A_YEAR), st.sampled_from(MINUTES))
    def test_a_choice_we_ask_about_can_be_repeated(self, day, minute):
        found = understood(f"{say.WEEKDAYS[day.weekday()]} oder übermorgen um {say.say_clock(minute)}")
        for moment in found.candidates:
            answer = understood(say_choice((moment,)))
            assert (answer.date, answer.time) == (moment.date, moment.time)
