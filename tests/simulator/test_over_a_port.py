"""The simulator as a process: what only a real socket can show."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import requests

from simulator import create_app
from simulator.__main__ import load_states
from simulator.client import SimulatorClient, SimulatorError
from tests.simulator.conftest import ACCOUNT, NOON, SALON, SteppedClock

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    command = [sys.executable, "-m", "simulator", "--port", "0"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        started = json.loads(line)
        assert started["pid"] == process.pid
        yield started["url"]
        process.terminate()
        process.wait(10)


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {ACCOUNT}"
        session.headers["cal-api-version"] = "2024-08-13"
        yield session


@pytest.fixture
def control(url: str, http: requests.Session) -> SimulatorClient:
    client = SimulatorClient(url, http, ACCOUNT)
    client.put_state(SALON)
    client.reset()
    client.put_state(SALON)
    client.set_clock("2025-10-13T08:00:00Z")
    return client


def wish(start: str = NOON, number: int = 1) -> dict[str, Any]:
    return {
        "start": start,
        "eventTypeId": 100,
        "attendee": {
            "name": f"Erika {number}",
            "email": f"erika{number}@example.test",
            "timeZone": "Europe/Berlin",
        },
        "metadata": {"attempt_id": f"attempt_{number}"},
    }


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"


class TestCuts:
    @pytest.mark.parametrize(("phase", "kept"), [("before", 0), ("after", 1), ("twice", 2)])
    def test_a_reset_is_a_reset_on_the_wire(
        self, url: str, http: requests.Session, control: SimulatorClient, phase: str, kept: int
    ) -> None:
        control.add_fault({"on": "create_booking", "when": phase, "effect": "reset"})
        with pytest.raises(requests.ConnectionError) as failure:
            http.post(f"{url}/v2/bookings", json=wish(), timeout=5)
        assert "Connection reset by peer" in str(failure.value)
        assert len(control.list_bookings()) == kept
        (entry,) = control.list_requests()
        assert (entry["status"], entry["cut"], entry["fault_effect"]) == (None, True, "reset")

    def test_a_truncated_answer_ends_before_its_length(
        self, url: str, http: requests.Session, control: SimulatorClient
    ) -> None:
        control.add_fault({"on": "create_booking", "when": "after", "effect": {"truncate": 0.5}})
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)) as failure:
            http.post(f"{url}/v2/bookings", json=wish(), timeout=5)
        assert "IncompleteRead" in str(failure.value)
        assert len(control.list_bookings()) == 1

    def test_the_server_goes_on_after_a_cut(
        self, url: str, http: requests.Session, control: SimulatorClient
    ) -> None:
        control.add_fault({"on": "create_booking", "effect": "reset", "times": 3})
        for _ in range(3):
            with pytest.raises(requests.ConnectionError):
                http.post(f"{url}/v2/bookings", json=wish(), timeout=5)
        assert http.post(f"{url}/v2/bookings", json=wish(), timeout=5).status_code == 201

    def test_a_hanging_request_times_out_shows_in_flight_and_is_let_go(
        self, url: str, http: requests.Session, control: SimulatorClient
    ) -> None:
        fault = control.add_fault({"on": "create_booking", "effect": "hang"})
        with pytest.raises(requests.ReadTimeout):
            http.post(f"{url}/v2/bookings", json=wish(), timeout=0.3)
        (entry,) = control.list_requests()
        assert (entry["in_flight"], entry["fault"], entry["status"]) == (True, fault, None)
        control.clear_faults(fault)
        eventually(lambda: control.list_requests()[0]["status"] == 504)
        assert http.post(f"{url}/v2/bookings", json=wish(), timeout=5).status_code == 201

    def test_a_late_write_comes_after_the_client_gave_up(
        self, url: str, http: requests.Session, control: SimulatorClient
    ) -> None:
        control.add_fault({"on": "create_booking", "when": "late", "delay": 600})
        with pytest.raises(requests.ReadTimeout):
            http.post(f"{url}/v2/bookings", json=wish(), timeout=0.3)
        assert control.list_bookings() == []
        control.advance_clock(601)
        eventually(lambda: len(control.list_bookings()) == 1)


def post_once(url: str) -> tuple[int, dict[str, Any]]:
    """A booking over a connection of its own."""
    headers = {"Authorization": f"Bearer {ACCOUNT}", "cal-api-version": "2024-08-13"}
    answer = requests.post(f"{url}/v2/bookings", json=wish(), headers=headers, timeout=30)
    return answer.status_code, answer.json()


class TestRace:
    def test_fifty_identical_posts_make_one_booking(self, url: str, control: SimulatorClient) -> None:
        barrier = Barrier(50)

        def post(_: int) -> tuple[int, dict[str, Any]]:
            barrier.wait(20)
            return post_once(url)

        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(post, range(50)))
        losers = [body for status, body in answers if status != 201]
        assert len(losers) == 49
        assert {body.get("message") or body["error"]["message"] for body in losers} <= {
            "booking_conflict_error",
            "User either already has booking at this time or is not available",
        }
        assert len(control.list_bookings()) == 1

    def test_all_who_came_while_the_winner_was_at_work_lose_at_the_write(
        self, url: str, control: SimulatorClient
    ) -> None:
        control.put_state({**SALON, "latency": {"create_booking": 3600}})
        with ThreadPoolExecutor(51) as pool:
            racing = [pool.submit(post_once, url) for _ in range(50)]
            eventually(lambda: len(control.find_requests(operation="create_booking")) == 50)
            control.advance_clock(3601)
            answers = [one.result(20) for one in racing]
            later = pool.submit(post_once, url)
            eventually(lambda: len(control.find_requests(operation="create_booking")) == 51)
            control.advance_clock(3601)
            status, body = later.result(20)
        assert sorted(status for status, _ in answers) == [201] + [409] * 49
        conflict = {"statusCode": 409, "message": "booking_conflict_error"}
        assert [body for status, body in answers if status == 409] == [conflict] * 49
        assert (status, body["error"]["code"]) == (400, "BadRequestException")
        assert len(control.list_bookings()) == 1

    def test_a_sleeping_request_holds_up_no_other(
        self, url: str, http: requests.Session, control: SimulatorClient
    ) -> None:
        control.add_fault({"on": "create_booking", "effect": {"latency": 3600}})
        with ThreadPoolExecutor(1) as pool:
            sleeping = pool.submit(requests.post, f"{url}/v2/bookings", json=wish(), headers=http.headers)
            eventually(lambda: control.find_requests(operation="create_booking"))
            other = http.post(f"{url}/v2/bookings", json=wish("2025-10-20T08:00:00Z", 2), timeout=5)
            assert other.status_code == 201
            assert not sleeping.done()
            control.advance_clock(3601)
            assert sleeping.result(20).status_code == 201


class TestClient:
    def test_it_speaks_all_of_the_control_routes(
        self, url: str, http: requests.Session, control: SimulatorClient
    ) -> None:
        assert control.health()["status"] == "ok"
        assert ACCOUNT in {account["key"] for account in control.list_accounts()}
        control.set_slots(100, ["2025-10-20T14:00:00+02:00", "2025-10-20T15:00:00+02:00"])
        rival = control.take_slot("2025-10-20T15:00:00+02:00", 100)
        assert rival["origin"] == "rival"
        uid = http.post(f"{url}/v2/bookings", json=wish(), timeout=5).json()["data"]["uid"]
        assert [booking["uid"] for booking in control.list_bookings()] == [rival["uid"], uid]
        assert control.get_state()["bookings"] == control.list_bookings()
        fault = control.add_fault({"on": "get_me", "effect": {"status": 500}})
        assert [rule["id"] for rule in control.list_faults()] == [fault]
        control.clear_faults(fault)
        assert len(control.find_requests(operation="create_booking", status=201)) == 1
        assert control.list_requests(after=control.list_requests()[-1]["id"]) == []
        control.clear_requests()
        assert control.list_requests() == []
        control.set_delivery_policy("dropped")
        assert control.list_deliveries() == []
        assert control.emit_webhook("BOOKING_CREATED", uid) == []
        assert control.get_clock()["mode"] == "running"
        assert control.for_account("cal_test_demo").list_bookings() == []

    def test_a_refusal_is_an_error_with_status_code_and_message(self, control: SimulatorClient) -> None:
        with pytest.raises(SimulatorError) as refusal:
            control.add_fault({"on": "nothing"})
        assert (refusal.value.status, refusal.value.code) == (400, "unknown_key")
        control.take_slot(NOON, 100)
        with pytest.raises(SimulatorError) as refusal:
            control.take_slot(NOON, 100)
        assert (refusal.value.status, refusal.value.code) == (409, "slot_taken")
        with pytest.raises(SimulatorError):
            control.redeliver("none")


class TestStateFiles:
    @pytest.mark.parametrize("document", [SALON, [SALON], {ACCOUNT: SALON}], ids=["one", "a list", "by key"])
    def test_one_or_more_accounts_are_put(self, tmp_path: Path, document: Any) -> None:
        path = tmp_path / "state.json"
        path.write_text(json.dumps(document))
        accounts = create_app(clock=SteppedClock()).extensions["simulator"]
        load_states(accounts, path)
        assert set(accounts.get(ACCOUNT).world.event_types) == {100, 101}


class TestCommand:
    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "simulator", "--port", "0", *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)

    def test_a_state_file_that_cannot_be_used_is_named(self, tmp_path: Path) -> None:
        broken = tmp_path / "state.json"
        broken.write_text('{"event_types": [{"lengthInMinute": 30}]}')
        ended = self.run("--state", str(broken))
        assert ended.returncode == 2
        assert "state.json" in ended.stderr
        assert "'lengthInMinutes'" in ended.stderr

    def test_an_address_that_cannot_be_had_is_named(self) -> None:
        ended = self.run("--host", "203.0.113.7")
        assert ended.returncode == 3
        assert "203.0.113.7" in ended.stderr
