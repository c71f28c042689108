from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from simulator.control.journal import Journal
from tests.simulator.conftest import Salon, SteppedClock


def entry(**more: Any) -> dict[str, Any]:
    return {
        "at": "2025-10-13T08:00:00.000Z",
        "account": "k",
        "method": "GET",
        "path": "/v2/slots",
        "query": "",
        "headers": {},
        "body": "",
        **more,
    }


class TestRing:
    def journal(self, **limits: int) -> Journal:
        numbers = itertools.count(1)
        return Journal(lambda: next(numbers), **limits)

    def test_what_falls_out_is_counted(self) -> None:
        journal = self.journal(max_entries=3)
        for _ in range(5):
            journal.finish(journal.begin(**entry()), status=200)
        assert [found.id for found in journal.list_entries()] == [3, 4, 5]
        assert journal.dropped == 2

    def test_it_is_bounded_in_bytes_too(self) -> None:
        journal = self.journal(max_bytes=5_000)
        for _ in range(20):
            journal.finish(journal.begin(**entry(body="x" * 1000)), status=200)
        assert len(journal.list_entries()) < 5
        assert journal.dropped > 15

    def test_a_request_in_flight_is_listed_without_a_status(self) -> None:
        journal = self.journal()
        hanging = journal.begin(**entry())
        journal.finish(journal.begin(**entry()), status=200)
        assert [(found.id, found.status, found.in_flight) for found in journal.list_entries()] == [
            (hanging, None, True),
            (2, 200, False),
        ]

    def test_clearing_forgets_those_in_flight(self) -> None:
        journal = self.journal()
        hanging = journal.begin(**entry())
        journal.clear()
        journal.finish(hanging, status=200)
        assert journal.list_entries() == []


class TestEntries:
    def test_one_has_all_there_is_to_know(self, salon: Salon, clock: SteppedClock) -> None:
        fault = salon.fault(on="create_booking", effect={"latency": 0.6})
        answer = salon.book()
        (found,) = salon.requests()
        assert json.loads(found["body"]) == salon.wish()
        assert found["response_body"] == answer.text
        assert found["response_headers"]["X-Simulator-Fault"] == fault
        assert found["headers"]["authorization"] == "***"
        assert found["headers"]["cal-api-version"] == "2024-08-13"
        assert {name: found[name] for name in ("operation", "status", "duration_ms", "account", "at")} == {
            "operation": "create_booking",
            "status": 201,
            "duration_ms": 600.0,
            "account": salon.key,
            "at": "2025-10-13T08:00:00.000Z",
        }
        assert (found["fault"], found["fault_effect"], found["cut"]) == (fault, "latency", False)

    def test_only_what_came_after(self, salon: Salon) -> None:
        salon.slots()
        last = salon.requests()[-1]["id"]
        salon.book()
        newer = salon.admin("GET", "/requests", after=last).json["requests"]
        assert [found["operation"] for found in newer] == ["create_booking"]

    def test_a_request_that_no_route_takes_is_an_entry_too(self, salon: Salon) -> None:
        salon.call("GET", "/v2/nothing?x=1")
        (found,) = salon.requests()
        assert (found["path"], found["query"], found["operation"], found["status"]) == (
            "/v2/nothing",
            "x=1",
            None,
            404,
        )

    def test_those_of_nobody_are_seen_over_all_accounts(self, salon: Salon) -> None:
        salon.call("GET", "/v2/me", headers={"Authorization": "Bearer cal_test_nobody"})
        salon.slots()
        assert [found["status"] for found in salon.requests()] == [200]
        everything = salon.admin("GET", "/requests", account="*").json["requests"]
        assert [(found["account"], found["status"]) for found in everything] == [
            (None, 401),
            (salon.key, 200),
        ]

    def test_cleared_it_is_empty(self, salon: Salon) -> None:
        salon.book()
        salon.admin("DELETE", "/requests")
        assert salon.requests() == []


class TestFind:
    @pytest.mark.parametrize(
        ("wanted", "count"),
        [
            ({"operation": "create_booking"}, 2),
            ({"operation": "create_booking", "status": 400}, 1),
            ({"method": "GET"}, 1),
            ({"path_contains": "book"}, 2),
            ({"metadata": {"call_id": "call_1"}}, 2),
            ({"metadata": {"call_id": "call_2"}}, 0),
            ({"event_type_id": 100, "start": "2025-10-20T12:00:00Z"}, 2),
            ({"body_contains": "Erika"}, 2),
        ],
    )
    def test_all_conditions_must_hold(self, salon: Salon, wanted: dict[str, Any], count: int) -> None:
        salon.slots()
        salon.book()
        salon.book()
        found = salon.admin("POST", "/requests/find", wanted).json
        assert (found["count"], len(found["requests"])) == (count, count)

    def test_an_unknown_condition_names_the_nearest(self, salon: Salon) -> None:
        answer = salon.admin("POST", "/requests/find", {"operatoin": "x"})
        assert answer.status_code == 400
        assert "'operation'" in answer.json["error"]["message"]
