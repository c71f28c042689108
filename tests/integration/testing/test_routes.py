from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from app.testing import mount_test_api
from fixtures.payloads import function_call
from tests.integration.bench import SALON_KEY, WISHED


@pytest.fixture
def api(bench):
    """A client of a gateway with its test API mounted."""
    mount_test_api(bench.gateway, clock=bench.clock, faults=bench.faults)
    return bench.web


def wish():
    return function_call(
        "collect-appointment",
        {"datum": "2025-10-20", "uhrzeit": "14:00", "name": "Erika Muster", "bestaetigung": True},
    )


class TestLedger:
    def test_an_empty_one_names_every_part(self, api):
        assert set(api.get("/test/api/ledger").json) == {
            "appointments",
            "customers",
            "attempts",
            "outbox",
            "callbacks",
            "findings",
            "webhook_events",
            "sentences",
            "log",
            "calls",
            "links",
            "modifications",
            "reservations",
        }

    def test_a_booking_is_in_it_in_clear_and_in_utc(self, bench, api):
        bench.call_function("collect-appointment", wish())
        ledger = api.get("/test/api/ledger").json
        (appointment,), (customer,), (attempt,) = (
            ledger[part] for part in ("appointments", "customers", "attempts")
        )
        assert appointment["starts_at"] == "2025-10-20T12:00:00Z"
        assert appointment["customer_name"] == customer["name"] == "Erika Muster"
        assert appointment["retell_call_id"] == attempt["retell_call_id"]
        assert customer["phone"] == "+4917139200107"
        assert (attempt["state"], attempt["told"]) == ("booked", "booked")
        (message,) = ledger["outbox"]
        assert message["recipient"] == "termine@salon-morgenrot.example"
        (sentence,) = ledger["sentences"]
        assert (sentence["claim"], sentence["at"]) == ("booked", "2025-10-13T08:00:00Z")
        assert "appointment.settled" in [record["event"] for record in ledger["log"]]

    def test_no_sealed_column_is_in_it(self, bench, api):
        bench.call_function("collect-appointment", wish())
        text = json.dumps(api.get("/test/api/ledger").json)
        assert "gAAAA" not in text
        assert "active_key" not in text


class TestClock:
    def test_it_shows_and_sets_the_time(self, bench, api):
        assert api.get("/test/api/clock").json == {"now": "2025-10-13T08:00:00Z"}
        answer = api.put("/test/api/clock", json={"now": "2025-10-20T14:00:00+02:00"})
        assert datetime.fromisoformat(answer.json["now"]) == WISHED
        assert bench.clock.now() == WISHED

    @pytest.mark.parametrize(
        "body", [None, {}, [], {"now": 7}, {"now": "morgen"}, {"now": "2025-10-20T14:00:00"}]
    )
    def test_a_wrong_one_is_refused_with_the_cure(self, bench, api, body):
        answer = api.put("/test/api/clock", json=body)
        assert (answer.status_code, answer.json["error"]["code"]) == (400, "invalid_clock")
        assert "2025-10-13T08:00:00Z" in answer.json["error"]["message"]
        assert bench.clock.now() == datetime(2025, 10, 13, 8, tzinfo=UTC)


class TestWork:
    def test_the_worker_does_one_batch(self, bench, api):
        bench.book()
        assert api.post("/test/api/run-worker").json == {"done": 1}
        assert api.post("/test/api/run-worker").json == {"done": 0}

    def test_reconciling_counts_what_differs(self, bench, api):
        bench.calendar.add(SALON_KEY, start=WISHED)
        assert api.post("/test/api/reconcile").json == {"findings": 1}


class TestFaults:
    def test_one_is_armed_fires_once_and_is_told(self, bench, api):
        answer = api.post("/test/api/faults", json={"at": "settle", "effect": "db_error"})
        assert answer.status_code == 201
        assert answer.json["armed"] == [{"at": "settle", "effect": "db_error", "times": 1}]
        assert bench.call_function("collect-appointment", wish()).json["status"] == "error"
        assert api.get("/test/api/faults").json == {"armed": [], "fired": [{"at": "settle"}]}

    def test_a_fault_may_fire_several_times(self, bench, api):
        api.post("/test/api/faults", json={"at": "settle", "effect": "db_error", "times": 2})
        for _ in range(2):
            assert bench.call_function("collect-appointment", wish()).json["status"] == "error"
            bench.calendar.accounts[SALON_KEY].free.add(WISHED)
        assert bench.call_function("collect-appointment", wish()).json["status"] == "booked"

    def test_all_are_cleared(self, bench, api):
        api.post("/test/api/faults", json={"at": "settle", "effect": "db_error"})
        assert api.delete("/test/api/faults").json["armed"] == []
        assert bench.call_function("collect-appointment", wish()).json["status"] == "booked"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"effect": "db_error"}, "at"),
            ({"at": 7, "effect": "db_error"}, "at"),
            ({"at": "settle", "effect": "explode"}, "effect"),
            ({"at": "settle"}, "effect"),
            ({"at": "settle", "effect": "crash", "times": 0}, "times"),
            ({"at": "settle", "effect": "crash", "times": "two"}, "times"),
            ([], "object"),
            (None, "object"),
        ],
    )
    def test_a_wrong_one_is_refused_and_named(self, api, body, field):
        answer = api.post("/test/api/faults", json=body)
        assert (answer.status_code, answer.json["error"]["code"]) == (400, "invalid_fault")
        assert field in answer.json["error"]["message"]
        assert api.get("/test/api/faults").json == {"armed": [], "fired": []}
