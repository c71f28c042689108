"""Cal.com API v2 behaviour: versions, authentication, error envelopes, headers, rate limit."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.simulator.conftest import Salon, SteppedClock

SLOTS = "/v2/slots?eventTypeId=100&start=2025-10-20&end=2025-10-20"


class TestVersions:
    """§1: versions."""

    @pytest.mark.parametrize(
        ("path", "version"),
        [
            (SLOTS, "2024-08-13"),
            ("/v2/bookings", "2024-09-04"),
            ("/v2/event-types", "2024-08-13"),
            ("/v2/schedules", "2024-09-04"),
            (SLOTS, "'2024-09-04'"),
            (SLOTS, "2030-01-01"),
        ],
    )
    def test_a_wrong_one_is_a_plain_404_with_method_and_path(
        self, salon: Salon, path: str, version: str
    ) -> None:
        answer = salon.call("GET", path, version=version)
        assert answer.status_code == 404
        assert answer.json == {
            "status": "error",
            "timestamp": "2025-10-13T08:00:00.000Z",
            "path": path,
            "error": {
                "code": "NotFoundException",
                "message": f"Cannot GET {path}",
                "details": {"message": f"Cannot GET {path}", "error": "Not Found", "statusCode": 404},
            },
        }

    def test_none_means_the_oldest(self, salon: Salon) -> None:
        answer = salon.web.get(SLOTS, headers={"Authorization": f"Bearer {salon.key}"})
        assert answer.status_code == 404

    @pytest.mark.parametrize("version", ["2024-06-11", "2024-06-14"])
    def test_schedules_have_two(self, salon: Salon, version: str) -> None:
        assert salon.call("GET", "/v2/schedules", version=version).status_code == 200

    @pytest.mark.parametrize("version", ["2024-04-15", "2024-08-13", "whatever"])
    def test_me_has_any(self, salon: Salon, version: str) -> None:
        assert salon.call("GET", "/v2/me", version=version).json["data"]["username"] == "salon"

    def test_a_leading_api_is_cut_off(self, salon: Salon) -> None:
        answer = salon.call("GET", f"/api{SLOTS}", version="2024-09-04")
        assert answer.status_code == 200


class TestAuthentication:
    """§2: credentials."""

    def test_none_where_it_is_needed_is_a_401(self, salon: Salon) -> None:
        answer = salon.call("GET", "/v2/me", auth=False)
        assert answer.status_code == 401
        assert answer.json["error"]["message"].startswith(
            "ApiAuthStrategy - No authentication method provided."
        )

    def test_the_list_of_bookings_says_403_instead(self, salon: Salon) -> None:
        answer = salon.call("GET", "/v2/bookings", auth=False)
        assert answer.status_code == 403
        assert answer.json["error"]["message"].startswith("PermissionsGuard - no authentication provided.")

    def test_a_bearer_that_is_no_key_is_named_there(self, salon: Salon) -> None:
        answer = salon.call("GET", "/v2/bookings", headers={"Authorization": "Bearer token"})
        assert answer.status_code == 403
        assert answer.json["error"]["message"].endswith("no oAuth client found for access token=token")

    @pytest.mark.parametrize("path", [SLOTS, "/v2/me"])
    def test_an_unknown_key_is_a_401_on_public_endpoints_too(self, salon: Salon, path: str) -> None:
        answer = salon.call(
            "GET", path, version="2024-09-04", headers={"Authorization": "Bearer cal_test_nobody"}
        )
        assert answer.status_code == 401
        assert answer.json["error"]["message"] == "CustomThrottlerGuard - Invalid API Key"

    def test_the_word_bearer_may_be_missing(self, salon: Salon) -> None:
        assert salon.call("GET", "/v2/me", headers={"Authorization": salon.key}).status_code == 200

    def test_another_accounts_objects_are_not_found(self, salon: Salon, second_salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        assert second_salon.call("GET", f"/v2/bookings/{uid}").status_code == 404


class TestHeaders:
    """§1: headers."""

    def test_the_date_is_the_fakes_and_each_answer_has_an_id(self, salon: Salon) -> None:
        first, second = salon.slots(), salon.call("GET", "/v2/nothing")
        assert first.headers["Date"] == "Mon, 13 Oct 2025 08:00:00 GMT"
        ids = {answer.headers["X-Request-Id"] for answer in (first, second)}
        assert len(ids) == 2
        assert all(uuid.UUID(request_id).version == 4 for request_id in ids)

    def test_any_page_may_ask(self, salon: Salon) -> None:
        assert salon.slots().headers["Access-Control-Allow-Origin"] == "*"


class TestRateLimit:
    """§4: one limit."""

    @pytest.fixture
    def limited(self, salon: Salon, salon_state: dict[str, Any]) -> Salon:
        salon_state["account"]["rate_limit"] = {"limit": 2, "window": 60, "block": 30}
        salon.admin("PUT", "/state", salon_state)
        return salon

    def seen(self, answer: Any) -> tuple[int, str, str]:
        names = ("X-RateLimit-Remaining-Default", "X-RateLimit-Reset-Default")
        return (answer.status_code, *(answer.headers[name] for name in names))

    def test_off_unless_set(self, salon: Salon) -> None:
        assert "X-RateLimit-Limit-Default" not in salon.slots().headers

    def test_the_call_above_the_limit_starts_a_block(self, limited: Salon, clock: SteppedClock) -> None:
        assert self.seen(limited.slots()) == (200, "1", "60")
        clock.advance(10)
        assert self.seen(limited.slots()) == (200, "0", "50")
        refused = limited.slots()
        assert self.seen(refused) == (429, "0", "30")
        assert refused.json["error"] == {
            "code": "ThrottlerException",
            "message": "CustomThrottlerGuard - Too many requests. Please try again later.",
            "details": "CustomThrottlerGuard - Too many requests. Please try again later.",
        }
        assert "Retry-After" not in refused.headers

    def test_calls_during_the_block_do_not_lengthen_it(self, limited: Salon, clock: SteppedClock) -> None:
        for _ in range(3):
            limited.slots()
        clock.advance(20)
        assert self.seen(limited.slots()) == (429, "0", "10")
        clock.advance(10)
        assert self.seen(limited.slots()) == (200, "1", "60")


class TestEventTypesAndSchedules:
    """§10: reading event types and schedules."""

    def test_own_event_types(self, salon: Salon) -> None:
        answer = salon.call("GET", "/v2/event-types", version="2024-06-14")
        assert [kind["id"] for kind in answer.json["data"]] == [100, 101]
        assert answer.json["data"][0]["lengthInMinutes"] == 30

    def test_by_slug_it_is_a_list_of_one_or_none(self, salon: Salon) -> None:
        for slug, count in (("farbe", 1), ("nothing", 0)):
            query = {"username": "salon", "eventSlug": slug}
            answer = salon.call("GET", "/v2/event-types", version="2024-06-14", query_string=query)
            assert len(answer.json["data"]) == count

    def test_a_stranger_without_a_question_gets_an_empty_list(self, salon: Salon) -> None:
        answer = salon.call("GET", "/v2/event-types", version="2024-06-14", auth=False)
        assert answer.json == {"status": "success", "data": []}

    def test_one_by_id(self, salon: Salon) -> None:
        found = salon.call("GET", "/v2/event-types/101", version="2024-06-14")
        assert found.json["data"]["slug"] == "farbe"
        missing = salon.call("GET", "/v2/event-types/9", version="2024-06-14")
        assert missing.json["error"]["message"] == "Event type with id 9 not found"

    def test_schedules(self, salon: Salon) -> None:
        listed = salon.call("GET", "/v2/schedules", version="2024-06-11").json["data"]
        assert listed[0]["availability"][0] == {
            "days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
            "startTime": "09:00",
            "endTime": "18:00",
        }
        default = salon.call("GET", "/v2/schedules/default", version="2024-06-11").json["data"]
        one = salon.call("GET", "/v2/schedules/1", version="2024-06-11").json["data"]
        assert listed == [default] == [one]
        missing = salon.call("GET", "/v2/schedules/9", version="2024-06-11")
        assert missing.json["error"]["message"] == "Schedule with ID=9 does not exist."
