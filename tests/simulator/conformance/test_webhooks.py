"""Cal.com API v2 behaviour, §11.1: webhooks of the user and of an event type."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.simulator.conformance.conftest import rules_of, words
from tests.simulator.conftest import Salon

OURS, ITS = "/v2/webhooks", "/v2/event-types/100/webhooks"
URL = "http://gateway.test/hook"


def make(salon: Salon, path: str = OURS, **more: Any) -> Any:
    body = {"subscriberUrl": URL, "triggers": ["BOOKING_CREATED"], "active": True, **more}
    return salon.call("POST", path, json=body)


class TestBoth:
    """§11.1: the same for the user and for each event type."""

    @pytest.fixture(params=[OURS, ITS], ids=["user", "event type"])
    def path(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    def test_made_listed_changed_and_deleted(self, salon: Salon, path: str) -> None:
        made = make(salon, path, secret="s")
        data = made.json["data"]
        assert (made.status_code, data["secret"], data["payloadTemplate"]) == (201, "s", None)
        assert uuid.UUID(data["id"]).version == 4
        assert salon.call("GET", path).json["data"] == [data]
        changed = salon.call("PATCH", f"{path}/{data['id']}", json={"active": False}).json["data"]
        assert changed == {**data, "active": False}
        gone = salon.call("DELETE", f"{path}/{data['id']}")
        assert (gone.status_code, gone.json["data"]) == (200, changed)
        assert salon.call("GET", path).json["data"] == []

    def test_a_single_one_shows_its_row(self, salon: Salon, path: str) -> None:
        made = make(salon, path).json["data"]
        row = salon.call("GET", f"{path}/{made['id']}").json["data"]
        assert (row["version"], row["createdAt"], row["teamId"]) == (
            "2021-10-20",
            "2025-10-13T08:00:00.000Z",
            None,
        )

    def test_one_address_once(self, salon: Salon, path: str) -> None:
        make(salon, path)
        assert make(salon, path).status_code == 409

    def test_an_unknown_one(self, salon: Salon, path: str) -> None:
        answer = salon.call("GET", f"{path}/nobody")
        assert (answer.status_code, words(answer)) == (404, "Webhook (nobody) not found")

    def test_it_needs_credentials(self, salon: Salon, path: str) -> None:
        assert salon.call("GET", path, auth=False).status_code == 401


class TestUser:
    """§11.1 the user's."""

    def test_the_text_of_an_address_that_is_known(self, salon: Salon) -> None:
        make(salon)
        assert words(make(salon)) == "Webhook with this subscriber url already exists for this user"

    def test_one_of_an_event_type_is_not_the_users(self, salon: Salon) -> None:
        webhook_id = make(salon, ITS).json["data"]["id"]
        answer = salon.call("DELETE", f"{OURS}/{webhook_id}")
        assert (answer.status_code, words(answer)) == (
            403,
            f"IsUserWebhookGuard - user with id=(1) is not the owner of webhook with id=({webhook_id})",
        )

    def test_pages(self, salon: Salon) -> None:
        made = [make(salon, subscriberUrl=f"{URL}/{n}").json["data"]["id"] for n in range(3)]
        page = salon.call("GET", OURS, query_string={"take": 1, "skip": 1}).json["data"]
        assert [one["id"] for one in page] == [made[1]]

    def test_a_page_has_its_limits(self, salon: Salon) -> None:
        answer = salon.call("GET", OURS, query_string={"take": 251, "skip": "x"})
        assert rules_of(answer) == {
            "take": ["take must not be greater than 250"],
            "skip": ["skip must be a number conforming to the specified constraints"],
        }

    def test_a_bad_trigger_lists_the_good_ones(self, salon: Salon) -> None:
        (text,) = rules_of(make(salon, triggers=["BOOKING_CONFIRMED"]))["triggers"]
        assert text.startswith(
            "each value in triggers must be one of the following values: BOOKING_CREATED, "
        )
        assert "DELEGATION_CREDENTIAL_ERROR" in text

    def test_three_properties_are_required(self, salon: Salon) -> None:
        answer = salon.call("POST", OURS, json={})
        assert sorted(rules_of(answer)) == ["active", "subscriberUrl", "triggers"]

    def test_unknown_ones_are_dropped(self, salon: Salon) -> None:
        assert "foo" not in make(salon, foo=1).json["data"]

    def test_any_version_will_do(self, salon: Salon) -> None:
        assert salon.call("GET", OURS, version="2024-04-15").status_code == 200


class TestEventType:
    """§11.1 an event type's."""

    def test_of_an_unknown_one(self, salon: Salon) -> None:
        answer = make(salon, "/v2/event-types/999/webhooks")
        assert (answer.status_code, words(answer)) == (404, "Event type with id 999 not found")

    def test_the_users_list_leaves_it_out(self, salon: Salon) -> None:
        make(salon, ITS)
        assert salon.call("GET", OURS).json["data"] == []
