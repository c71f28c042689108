from __future__ import annotations

import json

import pytest

from loadtests.metrics import (
    Sample,
    add_samples,
    percentile,
    rate,
    samples_from_wire,
    samples_to_wire,
    summary,
)


class TestPercentile:
    @pytest.mark.parametrize(
        ("share", "expected"), [(50, 50), (95, 95), (99, 99), (99.5, 100), (1, 1), (0.1, 1)]
    )
    def test_is_a_value_that_was_measured(self, share: float, expected: float):
        assert percentile(list(range(100, 0, -1)), share) == expected

    def test_of_one_value_is_that_value(self):
        assert percentile([7.0], 95) == 7.0

    def test_of_nothing_is_an_error(self):
        with pytest.raises(ValueError, match="nothing was measured"):
            percentile([], 95)


class TestRate:
    def test_is_the_share_that_counts(self):
        assert rate([Sample(0, 0), Sample(0, 0), Sample(0, 0), Sample(0, 0, hit=False)]) == 0.75

    def test_of_nothing_is_an_error(self):
        with pytest.raises(ValueError, match="nothing"):
            rate([])


class TestSamples:
    def test_cross_the_border_of_a_process(self):
        found = {"gateway_time": [Sample(1.5, 20.25, hit=False, label="check-availability")]}

        assert samples_from_wire(json.loads(json.dumps(samples_to_wire(found)))) == found

    def test_of_two_processes_add_up(self):
        target = {"a": [Sample(0, 1)]}
        add_samples(target, {"a": [Sample(1, 2)], "b": [Sample(2, 3)]})

        assert [len(target[name]) for name in ("a", "b")] == [2, 1]


class TestSummary:
    def test_of_a_rate(self):
        found = summary("booking_success", [Sample(0, 0), Sample(0, 0, hit=False)])

        assert found == {"count": 2, "rate": 0.5}

    def test_of_a_time(self):
        found = summary("gateway_time", [Sample(0, value) for value in (1.0, 2.0, 6.0)])

        assert (found["count"], found["avg"], found["min"], found["max"]) == (3, 3.0, 1.0, 6.0)

    def test_of_nothing_measures_nothing(self):
        assert summary("gateway_time", [])["p95"] is None
        assert summary("booking_success", []) == {"count": 0, "rate": None}
