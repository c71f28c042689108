"""The typed client: every method against a simulator in process."""

from __future__ import annotations

import inspect
import io
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from flask import Flask

from simulator.client import SimulatorClient, SimulatorError
from tests.simulator.conftest import ACCOUNT, Salon

START = datetime(2025, 10, 20, 12, tzinfo=UTC)


class InProcess(requests.adapters.BaseAdapter):
    """Calls a Flask app for a requests session."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.app = app

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        answer = self.app.test_client().open(
            request.path_url, method=request.method, data=request.body, headers=list(request.headers.items())
        )
        response = requests.Response()
        response.status_code = answer.status_code
        response.raw = io.BytesIO(answer.data)
        response.encoding = "utf-8"
        return response

    def close(self) -> None:
        pass


@pytest.fixture
def client(app: Flask, salon: Salon) -> SimulatorClient:
    session = requests.Session()
    session.mount("http://simulator.test", InProcess(app))
    return SimulatorClient("http://simulator.test", session, ACCOUNT)


class TestWorld:
    def test_a_slot_is_opened_taken_and_freed(self, client: SimulatorClient) -> None:
        client.set_slots(100, [START])
        booking = client.take_slot(START, 100)
        with pytest.raises(SimulatorError) as refusal:
            client.take_slot(START, 100)
        assert (refusal.value.status, refusal.value.code) == (409, "slot_taken")
        assert client.free_slot(booking["uid"])["status"] == "cancelled"
        assert [one["uid"] for one in client.list_bookings()] == [booking["uid"]]

    def test_a_state_goes_out_and_in(self, client: SimulatorClient) -> None:
        state = client.get_state()
        assert client.put_state(state) == state

    def test_accounts(self, client: SimulatorClient) -> None:
        made = client.create_account("third")
        assert made["key"] in [one["key"] for one in client.list_accounts()]
        assert client.for_account(made["key"]).list_bookings() == []
        assert made["key"] in client.reset_all()["reset"]
        client.reset()
        assert client.health()["status"] == "ok"


class TestTraps:
    def test_faults_and_what_never_fired(self, client: SimulatorClient, salon: Salon) -> None:
        fired = client.add_fault({"on": "get_me", "effect": {"status": 500}})
        never = client.add_fault({"on": "get_me", "effect": {"status": 503}})
        salon.call("GET", "/v2/me")
        assert client.never_fired() == [never]
        assert [rule["fired"] for rule in client.clear_faults(fired)] == [1]
        assert [rule["id"] for rule in client.list_faults()] == [never]

    def test_a_preset(self, client: SimulatorClient) -> None:
        answer = client.set_preset("stale-booking", start=START, event_type_id=100)
        assert answer["faults"][0]["match"] == {"start": "2025-10-20T12:00:00+00:00", "event_type_id": 100}
        assert [one["name"] for one in client.list_presets() if one["armed"]] == ["stale-booking"]
        assert [rule["fired"] for rule in client.lift_preset("stale-booking")] == [0]
        with pytest.raises(SimulatorError, match="did you mean 'stale-booking'"):
            client.set_preset("stale-bookings")

    def test_webhooks(self, client: SimulatorClient, salon_state: dict[str, Any]) -> None:
        salon_state["webhooks"] = [{"subscriberUrl": "http://gateway.test/x", "triggers": ["OOO_CREATED"]}]
        client.put_state(salon_state)
        (sent,) = client.emit_webhook("OOO_CREATED", payload={"x": 1})
        assert client.redeliver(sent["id"])["repeats"] == sent["id"]
        assert len(client.list_deliveries()) == 2
        client.set_delivery_policy("late", delay=3)
        assert client.get_delivery_policy()["mode"] == "late"


class TestJournal:
    def test_finding_counting_and_clearing(self, client: SimulatorClient, salon: Salon) -> None:
        salon.slots()
        salon.call("GET", "/v2/nothing")
        assert [entry["operation"] for entry in client.list_requests()] == ["list_slots", None]
        assert client.count_requests(operation="list_slots") == 1
        assert client.find_requests(unmatched=True)[0]["path"] == "/v2/nothing"
        assert client.near_misses()[0]["near_miss"]["differs"] == "path"
        assert client.check_client(patience=3)["patience"] == 3
        assert client.dropped_requests() == 0
        client.clear_requests()
        assert client.list_requests(after=0) == []


class TestClock:
    def test_it_is_set_and_moved(self, client: SimulatorClient) -> None:
        client.set_clock(START)
        assert client.advance_clock(60)["now"] == "2025-10-20T12:01:00.000Z"
        assert client.get_clock()["mode"] == "running"


class TestCompleteness:
    def test_every_control_route_has_a_method(self, client: SimulatorClient) -> None:
        paths = client.openapi()["paths"]
        source = inspect.getsource(SimulatorClient)
        words = {path.removeprefix("/__admin").split("{")[0].rstrip("/") for path in paths}
        assert [word for word in words if f'"{word}' not in source] == []
