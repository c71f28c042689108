"""Cal.com API v2 behaviour, §8: what the list of bookings filters by beyond the usual."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conformance.conftest import Bench, rules_of
from tests.simulator.conformance.test_create_reference import hans, team
from tests.simulator.conftest import Salon


def listed(salon: Salon, **query: Any) -> list[str]:
    answer = salon.call("GET", "/v2/bookings", query_string=query)
    assert answer.status_code == 200, answer.text
    return [booking["uid"] for booking in answer.json["data"]]


class TestStatus:
    """§8 status: what each means."""

    def test_unconfirmed_is_pending_and_not_over(self, bench: Bench) -> None:
        salon = bench.set_up(requiresConfirmation=True)
        waiting = salon.book().json["data"]["uid"]
        done = hans(salon).json["data"]["uid"]
        salon.call("POST", f"/v2/bookings/{done}/confirm")
        assert listed(salon, status="unconfirmed") == [waiting]
        assert set(listed(salon, status="upcoming")) == {waiting, done}
        bench.clock.advance(8 * 86400)
        assert listed(salon, status="unconfirmed") == []

    def test_recurring_is_what_is_left_of_series(self, bench: Bench) -> None:
        salon = bench.set_up(recurrence={"interval": 1, "occurrences": 2, "frequency": "weekly"})
        made = [one["uid"] for one in salon.book().json["data"]]
        salon.book(eventTypeId=101, start="2025-10-21T08:00:00Z")
        assert listed(salon, status="recurring") == made
        bench.clock.advance(8 * 86400)
        assert listed(salon, status="recurring") == made[1:]

    def test_rejected_counts_as_cancelled(self, bench: Bench) -> None:
        salon = bench.set_up(requiresConfirmation=True)
        uid = salon.book().json["data"]["uid"]
        salon.call("POST", f"/v2/bookings/{uid}/decline", json={"reason": "voll"})
        assert listed(salon, status="cancelled") == [uid]
        assert listed(salon, status="upcoming") == []

    def test_pending_occurrences_are_not_upcoming(self, bench: Bench) -> None:
        recurrence = {"interval": 1, "occurrences": 2, "frequency": "weekly"}
        salon = bench.set_up(recurrence=recurrence, requiresConfirmation=True)
        salon.book()
        assert listed(salon, status="upcoming") == []
        assert len(listed(salon)) == 2


class TestFilters:
    """§8 the other filters."""

    def test_by_team(self, bench: Bench) -> None:
        salon = team(bench, "collective")
        uid = salon.book().json["data"]["uid"]
        salon.book("2025-10-21T08:00:00Z", eventTypeId=101)
        assert listed(salon, teamId=7) == listed(salon, teamsIds="7,8") == [uid]

    def test_an_event_type_that_the_caller_cannot_see(self, salon: Salon) -> None:
        answer = salon.call("GET", "/v2/bookings", query_string={"eventTypeIds": "100,999"})
        assert answer.status_code == 400
        assert answer.json["error"] == {
            "code": "TRPCError",
            "message": "Bad request: Please check your request data and try again",
        }

    def test_the_total_ignores_created_and_updated(self, bench: Bench) -> None:
        bench.salon.book()
        bench.clock.advance(60)
        bench.salon.book("2025-10-20T14:00:00Z")
        query = {"afterUpdatedAt": "2025-10-13T08:00:30Z"}
        answer = bench.salon.call("GET", "/v2/bookings", query_string=query)
        page = answer.json["pagination"]
        assert (page["returnedItems"], page["totalItems"]) == (1, 2)

    def test_sorting_by_end(self, salon: Salon) -> None:
        short = salon.book("2025-10-20T12:00:00Z").json["data"]["uid"]
        long = salon.book("2025-10-20T08:00:00Z", eventTypeId=101).json["data"]["uid"]
        assert listed(salon, sortEnd="asc") == [long, short]
        assert listed(salon, sortEnd="desc") == [short, long]

    def test_what_was_updated_last(self, bench: Bench) -> None:
        first = bench.salon.book().json["data"]["uid"]
        second = bench.salon.book("2025-10-20T14:00:00Z").json["data"]["uid"]
        bench.clock.advance(60)
        bench.salon.call("POST", f"/v2/bookings/{first}/cancel", json={"cancellationReason": "r"})
        assert listed(bench.salon, sortUpdatedAt="desc") == [first, second]

    def test_seated_bookings_are_found_by_each_who_sits(self, bench: Bench) -> None:
        salon = bench.set_up(seats={"seatsPerTimeSlot": 2})
        uid = salon.book().json["data"]["uid"]
        hans(salon)
        assert listed(salon, attendeeEmail="hans@example.test") == [uid]


class TestRefusals:
    """§8 validation: all broken properties are told at once."""

    @pytest.mark.parametrize(
        ("query", "broken"),
        [
            ({"skip": "-1"}, {"skip": ["skip must not be less than 0"]}),
            (
                {"take": "many", "beforeEnd": "late"},
                {
                    "beforeEnd": ["toDate must be a valid ISO 8601 date."],
                    "take": ["take must be a number conforming to the specified constraints"],
                },
            ),
            (
                {"teamId": "x"},
                {"teamId": ["teamId must be a number conforming to the specified constraints"]},
            ),
        ],
        ids=["skip", "two properties", "a team"],
    )
    def test_each_with_its_text(
        self, salon: Salon, query: dict[str, str], broken: dict[str, list[str]]
    ) -> None:
        assert rules_of(salon.call("GET", "/v2/bookings", query_string=query)) == broken
