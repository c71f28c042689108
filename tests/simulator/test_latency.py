"""How long things take: what a distribution draws, and what makes it longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.control.errors import ControlError
from simulator.control.latency import Latency, parse_latency, unit_hash
from tests.simulator.conftest import Salon, SteppedClock

NOW = datetime(2025, 10, 13, 8, tzinfo=UTC)
UNITS = [(n + 0.5) / 1000 for n in range(1000)]


def made(raw: Any) -> Latency:
    return parse_latency("latency", raw)


def below(latency: Latency, seconds: float) -> float:
    """The share of answers that take less."""
    return sum(latency.draw(unit, NOW) < seconds for unit in UNITS) / len(UNITS)


class TestDistributions:
    @pytest.mark.parametrize("raw", [2, 2.0, {"fixed": 2}])
    def test_fixed(self, raw: Any) -> None:
        assert {made(raw).draw(unit, NOW) for unit in UNITS} == {2.0}

    def test_uniform(self) -> None:
        latency = made({"uniform": [1, 3]})
        assert below(latency, 1) == 0
        assert below(latency, 2) == 0.5
        assert below(latency, 3) == 1

    def test_lognormal_has_its_median_and_a_tail(self) -> None:
        latency = made({"lognormal": {"median": 0.2, "sigma": 0.6}})
        assert below(latency, 0.2) == 0.5
        assert below(latency, 0.2 * 2.718281828**0.6) == pytest.approx(0.841, abs=0.002)
        assert max(latency.draw(unit, NOW) for unit in UNITS) > 1

    def test_percentiles_are_met(self) -> None:
        latency = made({"percentiles": {"p99": 2.0, "p50": 0.2, "p95": 0.6}})
        for share, seconds in ((0.5, 0.2), (0.95, 0.6), (0.99, 2.0)):
            assert below(latency, seconds) == pytest.approx(share, abs=0.001)
        assert latency.draw(0.01, NOW) < 0.2
        assert latency.draw(0.9999, NOW) > 2

    @given(
        st.lists(st.floats(0.001, 100), min_size=3, max_size=3).map(sorted),
        st.floats(0, 1, exclude_max=True),
        st.floats(0, 1, exclude_max=True),
    )
    def test_a_larger_share_never_takes_less(self, points: list[float], one: float, other: float) -> None:
        latency = made({"percentiles": dict(zip(("p50", "p95", "p99"), points, strict=True))})
        low, high = sorted((one, other))
        assert latency.draw(low, NOW) <= latency.draw(high, NOW)


class TestQueue:
    def test_who_comes_while_all_are_busy_waits_for_the_first_that_is_free(self) -> None:
        queue = made({"queue": {"servers": 2, "service": 1.0}})
        assert [queue.draw(0.5, NOW) for _ in range(5)] == [1.0, 1.0, 2.0, 2.0, 3.0]

    def test_who_comes_later_finds_it_empty_again(self) -> None:
        queue = made({"queue": {"servers": 1, "service": 1.0}})
        queue.draw(0.5, NOW)
        assert queue.draw(0.5, NOW + timedelta(seconds=0.25)) == pytest.approx(1.75)
        assert queue.draw(0.5, NOW + timedelta(seconds=60)) == pytest.approx(1.0)


class TestRefusals:
    @pytest.mark.parametrize(
        ("raw", "words"),
        [
            ({"unifrom": [1, 2]}, "'uniform'"),
            ({"uniform": [2, 1]}, "smaller end"),
            ({"uniform": 1}, "least, most"),
            ({"lognormal": {"median": 1, "sigma": -1}}, "sigma"),
            ({"lognormal": {"median": 1, "sgima": 1}}, "'sigma'"),
            ({"percentiles": {"p50": 1}}, "p95"),
            ({"percentiles": {"p50": 1, "p95": 0.5}}, "not fall"),
            ({"percentiles": {"p50": 1, "x": 2}}, "percentile"),
            ({"queue": {"servers": 0, "service": 1}}, "servers"),
            ({"queue": {"service": {"queue": {"service": 1}}}}, "queue itself"),
            (-1, "from 0 up"),
            (float("nan"), "from 0 up"),
            ("2", "a number of seconds"),
        ],
    )
    def test_they_name_the_field_and_the_cure(self, raw: Any, words: str) -> None:
        with pytest.raises(ControlError, match=words):
            made(raw)


class TestOfAnAccount:
    def test_its_pace_is_the_same_for_the_same_request_in_any_order(
        self, salon: Salon, salon_state: dict[str, Any], clock: SteppedClock
    ) -> None:
        salon_state["latency"] = {"list_slots": {"uniform": [1, 2]}, "*": 0.5}

        def paces(days: list[str]) -> dict[str, float]:
            salon.admin("PUT", "/state", salon_state)
            taken = {}
            for day in days:
                clock.slept.clear()
                salon.slots(day, day)
                taken[day] = sum(clock.slept)
            return taken

        days = ["2025-10-20", "2025-10-21", "2025-10-22"]
        first = paces(days)
        assert first == paces(days[::-1])
        assert len(set(first.values())) == 3
        clock.slept.clear()
        salon.call("GET", "/v2/me")
        assert clock.slept == [0.5]

    def test_it_comes_back_with_the_state(self, salon: Salon, salon_state: dict[str, Any]) -> None:
        salon_state["latency"] = {"*": {"percentiles": {"p50": 0.2, "p99": 1}}}
        salon.admin("PUT", "/state", salon_state)
        assert salon.admin("GET", "/state").json["latency"] == salon_state["latency"]


class TestHash:
    def test_it_depends_on_the_parts_alone(self) -> None:
        assert unit_hash(1, "a") == unit_hash("1", "a") != unit_hash(2, "a")
        assert all(0 <= unit_hash(n) < 1 for n in range(100))
