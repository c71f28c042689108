"""Upstream looks first and writes later: who had come before the winner's write loses at his own (§7.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.clock import Scheduler, VirtualClock
from simulator import create_app
from tests.simulator.conftest import BEGIN, NOON, Salon

CONFLICT = {"statusCode": 409, "message": "booking_conflict_error"}
REDACTED = {"statusCode": 400, "message": "An error occurred while querying the database."}


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    made = Scheduler(seed=1, start=BEGIN)
    yield made
    made.close()


@pytest.fixture
def virtual(scheduler: Scheduler, salon_state: dict[str, Any]) -> Salon:
    """A salon at which a booking takes 0.6 seconds of virtual time."""
    salon = Salon(create_app(clock=VirtualClock(scheduler)).test_client())
    salon.admin("PUT", "/state", {**salon_state, "latency": {"create_booking": 0.6}})
    return salon


def race(scheduler: Scheduler, salon: Salon, *seconds: float, **more: Any) -> list[Any]:
    """The answers to a wish that comes at each of these times."""
    answers: dict[float, Any] = {}

    def come(at: float) -> None:
        scheduler.sleep(at)
        own = Salon(salon.web.application.test_client(), salon.key)
        answers[at] = own.book(NOON, **more)

    for at in seconds:
        scheduler.spawn(lambda at=at: come(at), name=f"at {at}")
    scheduler.drain()
    return [answers[at] for at in seconds]


class TestAtTheUpstreamsPace:
    def test_the_order_of_arrival_decides(self, scheduler: Scheduler, virtual: Salon) -> None:
        first, meanwhile, just_before, after = race(scheduler, virtual, 0.0, 0.1, 0.59, 0.61)
        assert first.status_code == 201
        assert (meanwhile.status_code, meanwhile.json) == (409, CONFLICT)
        assert (just_before.status_code, just_before.json) == (409, CONFLICT)
        assert (after.status_code, after.json["error"]["code"]) == (400, "BadRequestException")
        assert len(virtual.bookings()) == 1

    def test_the_same_in_any_order_of_turns(self, salon_state: dict[str, Any]) -> None:
        for seed in range(5):
            scheduler = Scheduler(seed=seed, start=BEGIN)
            salon = Salon(create_app(clock=VirtualClock(scheduler)).test_client())
            salon.admin("PUT", "/state", {**salon_state, "latency": {"create_booking": 0.6}})
            together = [number / 1_000_000 for number in range(50)]
            answers = race(scheduler, salon, *together)
            assert sorted(answer.status_code for answer in answers) == [201] + [409] * 49
            scheduler.close()

    def test_production_tells_the_loser_less(
        self, scheduler: Scheduler, virtual: Salon, salon_state: dict[str, Any]
    ) -> None:
        salon_state["account"]["race_answer"] = "database_error"
        virtual.admin("PUT", "/state", {**salon_state, "latency": {"create_booking": 0.6}})
        _, loser = race(scheduler, virtual, 0.0, 0.1)
        assert (loser.status_code, loser.json) == (400, REDACTED)


class TestAtOneMoment:
    """A server that answers at once numbers its moments: what it read together had come together."""

    def book(self, salon: Salon, moment: int | None, start: str = NOON) -> Any:
        salon.environ = {} if moment is None else {"simulator.moment": moment}
        return salon.book(start)

    def test_the_second_of_a_moment_has_not_seen_the_first(self, salon: Salon) -> None:
        assert self.book(salon, 7).status_code == 201
        loser = self.book(salon, 7)
        assert (loser.status_code, loser.json) == (409, CONFLICT)

    def test_who_comes_a_moment_later_has(self, salon: Salon) -> None:
        assert self.book(salon, 7).status_code == 201
        assert self.book(salon, 8).json["error"]["code"] == "BadRequestException"

    def test_a_server_without_moments_answers_one_after_the_other(self, salon: Salon) -> None:
        assert self.book(salon, None).status_code == 201
        assert self.book(salon, None).json["error"]["code"] == "BadRequestException"

    def test_what_was_booked_before_the_moment_is_no_race(self, salon: Salon) -> None:
        assert self.book(salon, 7).status_code == 201
        assert self.book(salon, 8, "2025-10-20T13:00:00Z").status_code == 201
        assert self.book(salon, 8).json["error"]["code"] == "BadRequestException"

    def test_each_account_has_its_own(self, salon: Salon, second_salon: Salon) -> None:
        assert self.book(salon, 7).status_code == 201
        assert self.book(second_salon, 7).status_code == 201
        assert self.book(salon, 7).status_code == 409
