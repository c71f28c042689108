from __future__ import annotations

import random

from simulator.calcom.intervals import IntervalIndex


class TestIntervalIndex:
    def test_spans_are_half_open(self) -> None:
        index = IntervalIndex()
        index.add((10, 20, "a"))
        assert list(index.overlapping(20, 30)) == []
        assert list(index.overlapping(0, 10)) == []
        assert [owner for *_, owner in index.overlapping(19, 20)] == ["a"]

    def test_a_long_span_that_starts_far_before_the_window_is_found(self) -> None:
        index = IntervalIndex()
        index.add((0, 1000, "long"))
        for start in range(10, 900, 10):
            index.add((start, start + 5, f"short-{start}"))
        assert "long" in {owner for *_, owner in index.overlapping(990, 995)}

    def test_a_removed_span_is_gone_and_removing_it_again_is_harmless(self) -> None:
        index = IntervalIndex()
        index.add((10, 20, "a"))
        index.remove((10, 20, "a"))
        index.remove((10, 20, "a"))
        assert len(index) == 0

    def test_it_agrees_with_a_scan_over_random_spans(self) -> None:
        rng = random.Random(7)
        index, spans = IntervalIndex(), []
        for number in range(300):
            start = rng.randrange(5000)
            span = (start, start + rng.randrange(1, 200), str(number))
            index.add(span)
            spans.append(span)
        for gone in rng.sample(spans, 100):
            index.remove(gone)
            spans.remove(gone)
        for _ in range(200):
            start = rng.randrange(5000)
            end = start + rng.randrange(1, 300)
            expected = sorted(span for span in spans if span[0] < end and span[1] > start)
            assert list(index.overlapping(start, end)) == expected

    def test_starting_from_leaves_earlier_starts_out(self) -> None:
        index = IntervalIndex()
        index.add((10, 100, "early"))
        index.add((20, 30, "late"))
        assert [owner for *_, owner in index.starting_from(20)] == ["late"]
        assert [owner for *_, owner in index.starting_from(None)] == ["early", "late"]
