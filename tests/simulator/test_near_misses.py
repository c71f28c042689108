"""Requests that no route took: the nearest one, and what differs, in a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conftest import Salon


def missed(salon: Salon) -> dict[str, Any]:
    answer = salon.admin("GET", "/requests/near-misses").json
    assert answer["count"] == 1
    return answer["requests"][0]["near_miss"]


class TestSentences:
    @pytest.mark.parametrize(
        ("route", "version", "differs", "sentence"),
        [
            (
                "GET /v2/slots?eventTypeId=1",
                "2024-08-13",
                "version",
                (
                    "GET /v2/slots wants cal-api-version 2024-09-04; 2024-08-13 was sent, "
                    "and with that Cal.com answers 404."
                ),
            ),
            (
                "POST /v2/bookings/u/cancel",
                "",
                "version",
                (
                    "POST /v2/bookings/<uid>/cancel wants cal-api-version 2024-08-13; none was sent, "
                    "and with that Cal.com answers 404."
                ),
            ),
            ("PUT /v2/me", "2024-08-13", "method", "/v2/me takes GET, PATCH, but PUT was sent."),
            (
                "GET /v2/slot",
                "2024-09-04",
                "path",
                "No route has the path /v2/slot; the nearest is GET /v2/slots.",
            ),
            (
                "POST /v2/bookings/u/cancle",
                "2024-08-13",
                "path",
                "No route has the path /v2/bookings/u/cancle; the nearest is POST /v2/bookings/<uid>/cancel.",
            ),
        ],
    )
    def test_it_says_what_differs(
        self, salon: Salon, route: str, version: str, differs: str, sentence: str
    ) -> None:
        method, path = route.split()
        assert salon.call(method, path, version=version).status_code == 404
        miss = missed(salon)
        assert (miss["differs"], miss["sentence"]) == (differs, sentence)

    def test_an_unknown_version_is_told_as_what_it_is_taken_for(self, salon: Salon) -> None:
        salon.call("GET", "/v2/slots", version="2025-01-01")
        assert "2025-01-01 (unknown, so taken as 2024-04-15)" in missed(salon)["sentence"]

    def test_the_accounts_own_address_makes_no_difference(self, salon: Salon) -> None:
        salon.call("GET", "/a/salon/v2/slots", version="2024-08-13")
        assert missed(salon)["path"] == "/v2/slots"

    def test_a_base_address_without_v2_is_the_most_common_one(self, salon: Salon) -> None:
        answer = salon.call("GET", "/bookings?take=1")
        assert (answer.status_code, answer.json["message"]) == (404, "Cannot GET /bookings?take=1")
        sentence = "No route has the path /bookings; the nearest is GET /v2/bookings."
        assert missed(salon)["sentence"] == sentence

    def test_what_is_asked_of_the_simulator_itself_is_none(self, salon: Salon) -> None:
        for path in ("/__admin/nothing", "/test/nothing"):
            assert salon.call("GET", path).status_code == 404
        assert salon.requests() == []


class TestHits:
    def test_a_request_that_a_route_took_is_none_whatever_its_status(self, salon: Salon) -> None:
        salon.call("GET", "/v2/bookings/unknown")
        salon.call("GET", "/v2/me", auth=False)
        assert salon.admin("GET", "/requests/near-misses").json["count"] == 0
        assert {entry["near_miss"] for entry in salon.requests()} == {None}

    def test_the_journal_can_be_searched_for_them(self, salon: Salon) -> None:
        salon.call("GET", "/v2/nothing")
        salon.slots()
        found = salon.admin("POST", "/requests/find", {"unmatched": True}).json
        assert (found["count"], found["counts"]["by_status"]) == (1, {"404": 1})
