"""A date field and a time field, as a model sends them: ISO values and the caller's own words take one way."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.german import AskKind, Moment, UnderstandingStatus, understand, understand_fields
from app.domain.german.words import LEXICON
from app.domain.opening import OpeningHours
from app.domain.timespan import is_ambiguous
from tests.unit.builders import BERLIN, NOW, WISHED

INSTANTS = st.datetimes(datetime(2025, 11, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
MARKS = [
    ".",
    ":",
    ",",
    "-",
    "?",
    "14",
    "3",
    "31",
    "2025",
    "20.10.",
    "2025-10-20",
    "14:30",
    "00",
    "Hausnummer",
]
SPEECH = st.lists(st.sampled_from([*LEXICON, *MARKS]), max_size=8)
WEEKDAYS = OpeningHours({str(day): [["09:00", "18:00"]] for day in range(1, 6)})


def understood(datum, uhrzeit="14:00", now=NOW, hours=None, said=None):
    return understand_fields(datum, uhrzeit, now, hours, zone=BERLIN, said=said)


def status(datum, uhrzeit="14:00", now=NOW):
    return understood(datum, uhrzeit, now).status


class TestForms:
    @pytest.mark.parametrize(
        "datum",
        [
            "2025-10-20",
            "20.10.2025",
            " 20.10.2025 ",
            "20.10.",
            "20.10.25",
            "20/10/2025",
            "20-10-2025",
            "Montag, 20. Oktober",
        ],
    )
    @pytest.mark.parametrize(
        "uhrzeit",
        [
            "14:00",
            "14.00",
            "14:00:00",
            "14 Uhr",
            "14:00 Uhr",
            "14:00 uhr",
            "14Uhr",
            "1400 Uhr",
            "vierzehn",
            "14",
            "zwei",
        ],
    )
    def test_every_date_and_every_clock_names_the_same_instant(self, datum, uhrzeit):
        assert understood(datum, uhrzeit).instant == WISHED

    def test_single_digits_are_fine(self):
        assert understood("3.11.2025", "9:05").instant == datetime(2025, 11, 3, 8, 5, tzinfo=UTC)

    @pytest.mark.parametrize("iso", ["2025-10-20T14:00", "2025-10-20T14:00:00", "2025-10-20T12:00:00Z"])
    def test_an_iso_instant_is_taken_in_the_zone_of_the_branch(self, iso):
        assert understood(iso, None).instant == WISHED

    @pytest.mark.parametrize("field", ["2025-10-20 12:00+00:00", "2025-10-20T15:00:00.000+03:00"])
    def test_an_offset_is_honoured(self, field):
        assert understood(field, "").instant == WISHED

    @pytest.mark.parametrize("datum", ["2025-13-01", "31.02.2025", "30. Februar", "0.0.0000", "am 32. Mai"])
    def test_a_day_no_calendar_has_is_invalid(self, datum):
        found = understood(datum)
        assert (found.status, found.field) == (UnderstandingStatus.INVALID, "datum")

    @pytest.mark.parametrize("uhrzeit", ["25:00", "14:60", "26 Uhr", "24:30"])
    def test_a_time_no_clock_shows_is_invalid(self, uhrzeit):
        found = understood("2025-10-20", uhrzeit)
        assert (found.status, found.field) == (UnderstandingStatus.INVALID, "uhrzeit")

    def test_a_whole_phrase_may_stand_in_either_field(self):
        phrase = "am Montag, den 20. Oktober, um 14 Uhr"
        assert understood(phrase, "").instant == understood("", phrase).instant == WISHED

    def test_both_fields_may_say_the_same(self):
        assert understood("Montag, 20. Oktober um 14 Uhr", "14:00").instant == WISHED

    def test_two_times_are_a_question(self):
        found = understood("20.10.2025 um 15 Uhr", "14:00")
        assert found.status is UnderstandingStatus.ASK
        assert [moment.time for moment in found.candidates] == [time(14), time(15)]

    @pytest.mark.parametrize("nothing", [None, "", "  "])
    def test_a_missing_part_is_named(self, nothing):
        assert understood(nothing).field == "datum"
        assert understood("2025-10-20", nothing).field == "uhrzeit"
        assert understood(nothing, nothing).status is UnderstandingStatus.NOTHING

    def test_words_take_the_reading_inside_the_hours(self):
        assert understood("übermorgen", "halb drei", hours=WEEKDAYS).time == time(14, 30)
        assert understood("übermorgen", "4:00", hours=WEEKDAYS).time == time(16)  # a transcript's „vier Uhr“
        assert understood("übermorgen", "10:00", hours=WEEKDAYS).time == time(10)


class TestAgainstTheCallersWords:
    def test_values_that_agree_are_taken(self):
        found = understood("2025-10-21", "14:00", said="nächste Woche Dienstag um zwei")
        assert found.instant == datetime(2025, 10, 21, 12, tzinfo=UTC)

    def test_another_day_is_asked_about(self):
        # incident 1.35: the model sent a date of two years before for „Dienstag nächste Woche“
        found = understood("2023-06-13", "14:00", said="Dienstag nächste Woche um zwei")
        assert (found.status, found.kind) == (UnderstandingStatus.ASK, AskKind.DISAGREE)
        assert [moment.date for moment in found.candidates] == [date(2025, 10, 21), date(2023, 6, 13)]
        assert found.instant is None

    def test_another_time_is_asked_about(self):
        found = understood("2025-10-21", "14:15", said="am Dienstag um Viertel nach drei", hours=WEEKDAYS)
        assert found.kind is AskKind.CONFLICT or found.kind is AskKind.DISAGREE
        assert {moment.time for moment in found.candidates} == {time(15, 15), time(14, 15)}

    def test_a_reading_the_model_chose_for_the_caller_is_asked_about(self):
        found = understood("2025-10-22", "14:00", said="nächsten Mittwoch um zwei")
        assert (found.status, found.kind) == (UnderstandingStatus.ASK, AskKind.WHICH_WEEK)

    def test_words_without_a_time_change_nothing(self):
        assert understood("2025-10-20", "14:00", said="Ja genau, bitte.").instant == WISHED

    def test_words_alone_are_enough(self):
        assert understood(None, None, said="am 20. Oktober um 14 Uhr").instant == WISHED


class TestTime:
    def test_a_past_time_stays_past(self):
        found = understood("2025-10-13", "09:00", now=NOW)
        assert found.status is UnderstandingStatus.PAST
        assert (found.date, found.time) == (date(2025, 10, 13), time(9))

    def test_now_is_not_past(self):
        assert status("2025-10-13", "10:00", now=NOW) is UnderstandingStatus.RESOLVED
        assert status("2025-10-13", "10:00", now=NOW + timedelta(seconds=1)) is UnderstandingStatus.PAST

    def test_an_hour_that_summer_time_skips_is_invalid(self):
        assert status("2026-03-29", "02:30") is UnderstandingStatus.INVALID
        assert understood("2026-03-29", "02:30", hours=WEEKDAYS).status is UnderstandingStatus.INVALID

    def test_an_hour_that_winter_time_repeats_is_asked_about(self):
        found = understood("2025-10-26", "02:30")
        assert (found.status, found.kind) == (UnderstandingStatus.ASK, AskKind.TWICE)
        assert found.candidates == (Moment(date(2025, 10, 26), time(2, 30)),) * 2

    def test_ten_is_ten_on_both_sides_of_a_clock_change(self):
        friday, monday = understood("2025-10-24", "10:00").instant, understood("2025-10-27", "10:00").instant
        assert (friday.hour, monday.hour) == (8, 9)


class TestRoundTrip:
    @given(INSTANTS)
    def test_what_we_write_is_what_we_understand(self, instant):
        local = instant.replace(second=0, microsecond=0).astimezone(BERLIN)
        for form in ("%Y-%m-%d", "%d.%m.%Y"):
            found = understood(local.strftime(form), f"{local:%H:%M}", now=instant - timedelta(days=1))
            if is_ambiguous(local):
                assert found.status is UnderstandingStatus.ASK
            else:
                assert found.instant == local

    @given(SPEECH, st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
    def test_no_order_of_our_own_words_makes_it_fail(self, words, now):
        found = understand(" ".join(words), now, WEEKDAYS)
        asks = found.status is not UnderstandingStatus.RESOLVED
        assert found.question or not asks
        assert (found.instant is None) or not asks

    @given(st.text(max_size=40), st.text(max_size=40))
    def test_no_text_makes_it_fail(self, datum, uhrzeit):
        assert understood(datum, uhrzeit).status in set(UnderstandingStatus)
