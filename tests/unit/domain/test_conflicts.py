from __future__ import annotations

from app.domain.conflicts import is_free
from app.domain.timespan import span_of
from tests.unit.builders import at


class TestIsFree:
    def test_nothing_taken_is_free(self):
        assert is_free(span_of(at(9), 30), [])

    def test_any_one_span_in_the_way_is_enough(self):
        assert not is_free(span_of(at(9), 30), [span_of(at(7), 30), span_of(at(9, 15), 30)])

    def test_between_two_that_touch_it_is_free(self):
        assert is_free(span_of(at(9), 30), [span_of(at(8, 30), 30), span_of(at(9, 30), 30)])

    def test_the_whole_length_counts_not_only_the_start(self):
        long = span_of(at(10), 135)
        assert not is_free(span_of(at(11, 15), 30), [long])
