from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import responses

from harness.invariants import CalcomBooks, Ledger
from loadtests.books import HEARD, JUMPS, balance, close_books
from loadtests.errors import NotStarted

APPOINTMENT = {
    "id": 1,
    "company_id": 1,
    "service_id": 1,
    "customer_id": 1,
    "starts_at": "2025-10-20T12:00:00Z",
    "ends_at": "2025-10-20T12:30:00Z",
    "status": "confirmed",
    "calcom_booking_uid": "u1",
    "attempt_id": None,
}
BOOKING = {
    "uid": "u1",
    "status": "accepted",
    "start": "2025-10-20T12:00:00Z",
    "end": "2025-10-20T12:30:00Z",
    "hostId": 11,
    "origin": "api",
    "metadata": {},
}


def books(*bookings: dict[str, Any]) -> CalcomBooks:
    return CalcomBooks(bookings={1: tuple(bookings)}, requests={1: ()})


def states(found) -> dict[str, str]:
    return {each["words"]: each["state"] for each in found.invariants}


class TestTheBooks:
    def test_balance_when_callers_gateway_and_cal_com_hold_the_same(self):
        found = balance(Ledger(appointments=(APPOINTMENT,)), books(BOOKING), [], ["u1"])

        assert (found.told, found.ours, found.calcom) == (1, 1, 1)
        assert found.broken == []
        assert states(found)[HEARD] == "holds"

    def test_a_booking_that_only_cal_com_holds_breaks_them(self):
        found = balance(Ledger(), books(BOOKING), [], [])

        assert any("both ledgers agree" in each for each in found.broken)

    @pytest.mark.parametrize(
        ("ledger", "calcom"), [(Ledger(), books(BOOKING)), (Ledger(appointments=(APPOINTMENT,)), books())]
    )
    def test_what_a_caller_heard_must_stand_in_both(self, ledger, calcom):
        assert states(balance(ledger, calcom, [], ["u1"]))[HEARD] == "broken"

    def test_one_booking_told_to_two_callers_breaks_them(self):
        found = balance(Ledger(appointments=(APPOINTMENT,)), books(BOOKING), [], ["u1", "u1"])

        assert states(found)[HEARD] == "broken"


class StandInWorld:
    """A gateway that nobody runs, and a Cal.com that holds nothing."""

    gateway_url = "http://127.0.0.1:9"

    def __init__(self) -> None:
        self.shown = datetime(2025, 10, 13, 8, tzinfo=UTC)
        self.jumps: list[timedelta] = []

    def now(self) -> datetime:
        return self.shown

    def jump(self, now: datetime) -> None:
        self.jumps.append(now - self.shown)
        self.shown = now

    def simulator(self, _account: str) -> Any:
        return self

    def list_bookings(self) -> list[Any]:
        return []

    list_faults = list_bookings


class TestClosingTheBooks:
    @pytest.fixture
    def closed(self):
        """Closes them when the worker needs so many looks until no attempt is open."""

        def close(looks: int) -> StandInWorld:
            world, left = StandInWorld(), [looks]

            def work(_request):
                left[0] -= 1
                return 200, {}, json.dumps({"done": 1})

            def ledger(_request):
                state = "open" if left[0] > 0 else "failed"
                attempt = {"id": 1, "company_id": 1, "retell_call_id": "call_1", "state": state}
                tables = "appointments customers outbox callbacks findings webhook_events sentences log calls"
                tables += " links modifications reservations"
                return 200, {}, json.dumps({**{each: [] for each in tables.split()}, "attempts": [attempt]})

            with responses.RequestsMock() as mock:
                mock.add_callback("POST", f"{world.gateway_url}/test/api/run-worker", work)
                mock.add_callback("GET", f"{world.gateway_url}/test/api/ledger", ledger)
                self.found = close_books(world, requests.Session(), {1: "key"}, [])
            return world

        return close

    def test_no_time_passes_when_no_attempt_is_open(self, closed):
        assert closed(1).jumps == []

    def test_time_passes_until_the_worker_has_finished_them(self, closed):
        assert closed(3).jumps == list(JUMPS[:2])

    def test_that_is_longer_than_the_worker_waits_for_a_late_commit(self):
        assert sum(JUMPS[:-1], timedelta()) > timedelta(minutes=15)

    def test_an_attempt_that_never_closes_is_left_for_the_judgement(self, closed):
        world = closed(99)

        assert world.jumps == list(JUMPS)
        assert any("no attempt open" in each for each in self.found.broken)

    def test_a_gateway_that_does_not_answer_is_named(self):
        with responses.RequestsMock() as mock:
            mock.add("POST", "http://127.0.0.1:9/test/api/run-worker", body=requests.ConnectionError("gone"))
            with pytest.raises(NotStarted, match="run-worker: gone"):
                close_books(StandInWorld(), requests.Session(), {1: "key"}, [])
