from __future__ import annotations

import random
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.calcom import intervals
from simulator.calcom.intervals import IntervalIndex, Span

SPANS = st.tuples(st.integers(0, 50), st.integers(1, 20), st.sampled_from("abc")).map(
    lambda drawn: (drawn[0], drawn[0] + drawn[1], drawn[2])
)


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

    @pytest.mark.parametrize("arrival", ["in order", "from behind", "anyhow"])
    def test_it_agrees_with_a_plain_list_however_many_blocks_it_takes(self, arrival: str) -> None:
        rng = random.Random(7)
        spans = [(start, start + rng.randrange(1, 200), str(start)) for start in range(0, 20_000, 5)]
        if arrival == "anyhow":
            rng.shuffle(spans)
        index, plain = IntervalIndex(), list(spans)
        for span in spans if arrival != "from behind" else reversed(spans):
            index.add(span)
        _agree(index, plain, rng)
        for gone in rng.sample(spans, 3_000):
            index.remove(gone)
            plain.remove(gone)
        _agree(index, plain, rng)
        for gone in plain:
            index.remove(gone)
        _agree(index, [], rng)
        index.add((10, 20, "again"))
        assert list(index.starting_from(None)) == [(10, 20, "again")]

    @given(st.lists(st.tuples(st.booleans(), SPANS), max_size=60), SPANS)
    def test_it_agrees_with_a_plain_list_whatever_comes_and_goes(
        self, changes: list[tuple[bool, Span]], window: Span
    ) -> None:
        with patch.object(intervals, "_MOST", 4):  # blocks so small that they part and vanish all the time
            index, plain = IntervalIndex(), list[Span]()
            for comes, span in changes:
                if comes:
                    index.add(span)
                    plain.append(span)
                else:
                    index.remove(span)
                    plain = (
                        plain[: plain.index(span)] + plain[plain.index(span) + 1 :]
                        if span in plain
                        else plain
                    )
        start, end, _ = window
        assert list(index.starting_from(None)) == sorted(plain)
        assert len(index) == len(plain)
        assert list(index.starting_from(start)) == sorted(span for span in plain if span[0] >= start)
        assert index.overlapping(start, end) == sorted(s for s in plain if s[0] < end and s[1] > start)

    def test_starting_from_leaves_earlier_starts_out(self) -> None:
        index = IntervalIndex()
        index.add((10, 100, "early"))
        index.add((20, 30, "late"))
        assert [owner for *_, owner in index.starting_from(20)] == ["late"]
        assert [owner for *_, owner in index.starting_from(None)] == ["early", "late"]


def _agree(index: IntervalIndex, plain: list[Span], rng: random.Random) -> None:
    assert len(index) == len(plain)
    assert list(index.starting_from(None)) == sorted(plain)
    for _ in range(200):
        start = rng.randrange(20_500)
        end = start + rng.randrange(1, 300)
        expected = sorted(span for span in plain if span[0] < end and span[1] > start)
        assert index.overlapping(start, end) == expected
