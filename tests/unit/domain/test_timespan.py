from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.timespan import CELL, Span, exists, is_ambiguous, local_day, span_of
from tests.unit.builders import BERLIN, at, berlin

INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
MINUTES = st.integers(1, 300)
SPANS = st.builds(span_of, INSTANTS, MINUTES)


class TestSpan:
    def test_back_to_back_shares_no_time(self):
        assert not span_of(at(9), 30).overlaps(span_of(at(9, 30), 30))

    def test_one_shared_minute_is_an_overlap(self):
        assert span_of(at(9), 31).overlaps(span_of(at(9, 30), 30))

    def test_a_span_inside_another_overlaps_it(self):
        assert span_of(at(9), 120).overlaps(span_of(at(9, 30), 15))

    @pytest.mark.parametrize("minutes", [0, -1])
    def test_it_ends_after_its_start(self, minutes):
        with pytest.raises(ValueError, match="must end after its start"):
            span_of(at(9), minutes)

    def test_it_needs_aware_instants(self):
        naive = datetime(2025, 10, 20, 9)  # noqa: DTZ001
        with pytest.raises(ValueError, match="aware"):
            Span(naive, naive + timedelta(minutes=5))

    def test_it_is_kept_in_utc(self):
        assert span_of(berlin(2025, 10, 20, 14), 30).start.tzinfo is UTC

    def test_buffers_widen_both_ends(self):
        widened = span_of(at(9), 30).widened(before_minutes=5, after_minutes=10)
        assert widened == Span(at(8, 55), at(9, 40))

    @given(SPANS, SPANS)
    def test_overlap_is_symmetric(self, one, other):
        assert one.overlaps(other) == other.overlaps(one)

    @given(SPANS)
    def test_it_overlaps_itself(self, span):
        assert span.overlaps(span)


class TestCells:
    def test_half_an_hour_has_six(self):
        assert list(span_of(at(9), 30).cells()) == [at(9, minute) for minute in range(0, 30, 5)]

    def test_a_start_off_the_grain_takes_the_cell_it_lies_in(self):
        assert list(span_of(at(9, 3), 5).cells()) == [at(9), at(9, 5)]

    @given(SPANS)
    def test_they_cover_the_span_without_a_gap(self, span):
        cells = list(span.cells())
        assert cells[0] <= span.start < cells[0] + CELL
        assert cells[-1] < span.end <= cells[-1] + CELL
        assert all(later - earlier == CELL for earlier, later in itertools.pairwise(cells))

    @given(SPANS, SPANS)
    def test_spans_that_overlap_share_a_cell(self, one, other):
        if one.overlaps(other):
            assert set(one.cells()) & set(other.cells())

    @given(INSTANTS, st.integers(1, 12), st.integers(1, 12))
    def test_back_to_back_on_the_grain_shares_none(self, start, first, second):
        start = start.replace(minute=start.minute // 5 * 5, second=0, microsecond=0)
        one = span_of(start, first * 5)
        assert not set(one.cells()) & set(span_of(one.end, second * 5).cells())


class TestLocalDay:
    @pytest.mark.parametrize(
        ("day", "hours"),
        [(date(2025, 10, 20), 24), (date(2025, 10, 26), 25), (date(2026, 3, 29), 23)],
        ids=["plain", "to winter time", "to summer time"],
    )
    def test_it_is_as_long_as_the_clocks_make_it(self, day, hours):
        found = local_day(day, BERLIN)
        assert found.end - found.start == timedelta(hours=hours)

    def test_it_begins_at_local_midnight(self):
        assert local_day(date(2025, 10, 20), BERLIN).start == datetime(2025, 10, 19, 22, tzinfo=UTC)

    @given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.sampled_from(["Europe/Berlin", "Europe/London"]))
    def test_days_follow_each_other_without_a_gap(self, day, zone):
        zone = ZoneInfo(zone)
        assert local_day(day, zone).end == local_day(day + timedelta(days=1), zone).start


class TestClockChanges:
    def test_the_hour_that_summer_time_skips_does_not_exist(self):
        assert not exists(berlin(2026, 3, 29, 2, 30))
        assert exists(berlin(2026, 3, 29, 3, 0))
        assert exists(berlin(2026, 3, 29, 1, 59))

    def test_the_hour_that_winter_time_repeats_is_ambiguous(self):
        assert is_ambiguous(berlin(2025, 10, 26, 2, 30))
        assert exists(berlin(2025, 10, 26, 2, 30))

    @pytest.mark.parametrize("fold", [0, 1])
    def test_either_reading_of_it_is(self, fold):
        assert is_ambiguous(berlin(2025, 10, 26, 2, 0, fold=fold))

    @pytest.mark.parametrize("hour", [1, 3])
    def test_the_hours_beside_it_are_not(self, hour):
        assert not is_ambiguous(berlin(2025, 10, 26, hour, 30))

    def test_a_skipped_hour_is_not_ambiguous(self):
        assert not is_ambiguous(berlin(2026, 3, 29, 2, 30))
