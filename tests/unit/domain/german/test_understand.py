from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.german import UnderstandingStatus, understand
from app.domain.timespan import is_ambiguous
from tests.unit.builders import BERLIN, NOW, WISHED

INSTANTS = st.datetimes(datetime(2025, 11, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def understood(datum, uhrzeit="14:00", now=NOW):
    return understand(datum, uhrzeit, now=now, zone=BERLIN)


def status(datum, uhrzeit="14:00", now=NOW):
    return understood(datum, uhrzeit, now).status


class TestForms:
    @pytest.mark.parametrize("datum", ["2025-10-20", "20.10.2025", " 20.10.2025 "])
    @pytest.mark.parametrize(
        "uhrzeit", ["14:00", "14.00", "14:00:00", "14 Uhr", "14:00 Uhr", "14:00 uhr", "14Uhr"]
    )
    def test_both_dates_and_every_clock_name_the_same_instant(self, datum, uhrzeit):
        assert understood(datum, uhrzeit).instant == WISHED

    def test_single_digits_are_fine(self):
        assert understood("3.11.2025", "9:05").instant == datetime(2025, 11, 3, 8, 5, tzinfo=UTC)

    @pytest.mark.parametrize(
        "datum",
        ["morgen", "2025-13-01", "31.02.2025", "2025-10-20T14:00", "20.10.", "20.10.25", "0.0.0000", "٢٠"],
    )
    def test_another_date_is_invalid(self, datum):
        found = understood(datum)
        assert (found.status, found.field) == (UnderstandingStatus.INVALID, "datum")

    @pytest.mark.parametrize("uhrzeit", ["24:00", "14:60", "14", "halb drei", "1400", "14:00:30", "-1:00"])
    def test_another_clock_is_invalid(self, uhrzeit):
        found = understood("2025-10-20", uhrzeit)
        assert (found.status, found.field) == (UnderstandingStatus.INVALID, "uhrzeit")

    @pytest.mark.parametrize("nothing", [None, "", "  "])
    def test_a_missing_part_is_named(self, nothing):
        assert understood(nothing).field == "datum"
        assert understood("2025-10-20", nothing).field == "uhrzeit"
        assert status(nothing) is UnderstandingStatus.NOTHING

    @pytest.mark.parametrize("datum", ["0001-01-01", "1999-12-31", "2100-01-01", "9999-12-31", "31.12.9999"])
    def test_another_century_is_invalid(self, datum):
        assert status(datum, "00:00") is UnderstandingStatus.INVALID


class TestTime:
    def test_a_past_time_stays_past(self):
        found = understood("2025-10-13", "09:00", now=NOW)
        assert found.status is UnderstandingStatus.PAST
        assert found.instant == datetime(2025, 10, 13, 7, tzinfo=UTC)

    def test_now_is_not_past(self):
        assert status("2025-10-13", "10:00", now=NOW) is UnderstandingStatus.RESOLVED
        assert status("2025-10-13", "10:00", now=NOW + timedelta(seconds=1)) is UnderstandingStatus.PAST

    def test_an_hour_that_summer_time_skips_is_invalid(self):
        assert status("2026-03-29", "02:30") is UnderstandingStatus.INVALID

    def test_an_hour_that_winter_time_repeats_is_asked_about(self):
        assert status("2025-10-26", "02:30") is UnderstandingStatus.ASK

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

    @given(st.text(max_size=12), st.text(max_size=12))
    def test_no_text_makes_it_fail(self, datum, uhrzeit):
        assert understood(datum, uhrzeit).status in set(UnderstandingStatus)
