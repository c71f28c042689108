from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from simulator import create_app
from simulator.control.clock import SteeredClock
from tests.simulator.conftest import Salon

NOON = datetime(2025, 10, 13, 12, tzinfo=UTC)
DEADLINE = 10.0


class TestSteeredClock:
    def test_it_runs_on_from_where_it_was_set(self) -> None:
        clock = SteeredClock(NOON)
        first, second = clock.now(), clock.now()
        assert NOON <= first <= second < NOON + timedelta(seconds=5)

    def test_frozen_it_stands_still_until_moved(self) -> None:
        clock = SteeredClock(NOON, mode="frozen")
        assert clock.now() == clock.now()
        at = clock.now()
        clock.advance(90)
        assert clock.now() == at + timedelta(seconds=90)

    def test_it_can_be_let_run_again(self) -> None:
        clock = SteeredClock(mode="frozen")
        clock.set(NOON)
        clock.run()
        assert clock.mode == "running"
        assert NOON <= clock.now() < NOON + timedelta(seconds=5)

    def test_an_instant_without_offset_is_refused(self) -> None:
        with pytest.raises(ValueError, match="offset"):
            SteeredClock().set(datetime(2025, 10, 13, 12))  # noqa: DTZ001

    def test_who_sleeps_wakes_when_the_clock_is_moved_past_the_instant(self) -> None:
        clock = SteeredClock(NOON, mode="frozen")
        woke = threading.Event()

        def sleeper() -> None:
            clock.sleep(3600)
            woke.set()

        clock.spawn(sleeper, name="sleeper")
        clock.advance(1800)
        assert not woke.is_set()
        clock.advance(1801)
        assert woke.wait(DEADLINE)

    def test_a_flag_wakes_its_waiter(self) -> None:
        clock = SteeredClock(NOON, mode="frozen")
        flag = clock.event()
        results: list[bool] = []
        waiter = threading.Thread(target=lambda: results.append(flag.wait(3600)))
        waiter.start()
        flag.set()
        waiter.join(DEADLINE)
        assert results == [True]
        assert flag.wait(0)

    def test_a_flag_that_is_not_raised_in_time_says_so(self) -> None:
        clock = SteeredClock(NOON)
        assert clock.event().wait(0.01) is False


class TestClockRoutes:
    @pytest.fixture
    def steered(self) -> Salon:
        return Salon(create_app(clock=SteeredClock()).test_client(), "cal_test_demo")

    def test_set_freeze_and_advance(self, steered: Salon) -> None:
        steered.admin("PUT", "/clock", {"now": "2025-10-13T10:00:00+02:00", "mode": "frozen"})
        moved = steered.admin("POST", "/clock/advance", {"seconds": 14})
        assert moved.json == {"now": "2025-10-13T08:00:14.000Z", "mode": "frozen"}
        assert steered.admin("GET", "/clock").json == moved.json

    @pytest.mark.parametrize(
        "body", [{"now": "2025-10-13T10:00:00"}, {"now": "soon"}, {"mode": "frosen"}, {"when": 1}]
    )
    def test_what_cannot_be_meant_is_a_400(self, steered: Salon, body: dict[str, str]) -> None:
        assert steered.admin("PUT", "/clock", body).status_code == 400

    @pytest.mark.parametrize("seconds", [-1, "14", None, True])
    def test_time_runs_forward_by_numbers(self, steered: Salon, seconds: object) -> None:
        assert steered.admin("POST", "/clock/advance", {"seconds": seconds}).status_code == 400

    def test_a_clock_without_modes_says_that_it_has_none(self, salon: Salon) -> None:
        assert salon.admin("PUT", "/clock", {"mode": "frozen"}).status_code == 501
