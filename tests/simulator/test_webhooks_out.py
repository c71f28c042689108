"""Every trigger, the two body shapes, the three spellings of instants, and the ways a hostile world delivers."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any, ClassVar
from urllib.parse import parse_qs

import pytest
import requests

from simulator.calcom.webhook_bodies import FREE_TRIGGERS, MEETING_TRIGGERS, TRIGGERS
from simulator.calcom.webhook_template import encode_body
from tests.simulator.conftest import NOON, Mailbox, Salon, SteppedClock

HOOK = {
    "id": "0b1f5d0c-9a39-4c6e-8a50-3b8a9a7c4f01",
    "subscriberUrl": "http://gateway.test/api/webhooks/calcom",
    "active": True,
    "secret": "whsec_test",
}
BOOKING_TRIGGERS = [trigger for trigger in TRIGGERS if trigger.startswith("BOOKING_")]


def subscribe(salon: Salon, state: dict[str, Any], triggers: list[str], **more: Any) -> None:
    state["webhooks"] = [{**HOOK, "triggers": triggers, **more}]
    assert salon.admin("PUT", "/state", state).status_code == 200


def deliveries(salon: Salon) -> list[dict[str, Any]]:
    return salon.admin("GET", "/deliveries").json["deliveries"]


def policy(salon: Salon, mode: str, **options: Any) -> None:
    assert salon.admin("PUT", "/deliveries/policy", {"mode": mode, **options}).status_code == 200


class TestEmitting:
    @pytest.mark.parametrize("trigger", TRIGGERS)
    def test_any_event_of_upstream_can_be_made(
        self, salon: Salon, salon_state: dict[str, Any], mailbox: Mailbox, trigger: str
    ) -> None:
        subscribe(salon, salon_state, [trigger])
        uid = salon.book().json["data"]["uid"]
        mailbox.received.clear()
        about = {} if trigger in FREE_TRIGGERS else {"booking_uid": uid}
        answer = salon.admin("POST", "/webhooks/emit", {"trigger": trigger, **about})
        assert answer.status_code == 200, answer.text
        (body,) = mailbox.bodies()
        assert body["triggerEvent"] == trigger
        flat = trigger in MEETING_TRIGGERS
        assert ("payload" in body, "createdAt" in body) == ((False, True) if flat else (True, True))
        told = body if flat else body["payload"]
        if about:
            assert uid in (told.get("uid"), told.get("bookingUid"))

    def test_a_payload_adds_to_what_is_told(
        self, salon: Salon, salon_state: dict[str, Any], mailbox: Mailbox
    ) -> None:
        subscribe(salon, salon_state, ["BOOKING_PAID"])
        uid = salon.book().json["data"]["uid"]
        wish = {"trigger": "BOOKING_PAID", "booking_uid": uid, "payload": {"paymentId": 7}}
        salon.admin("POST", "/webhooks/emit", wish)
        payload = mailbox.bodies()[-1]["payload"]
        assert (payload["paymentId"], payload["uid"]) == (7, uid)

    def test_a_body_of_ones_own_is_sent_as_it_is_and_signed(
        self, salon: Salon, salon_state: dict[str, Any], mailbox: Mailbox
    ) -> None:
        subscribe(salon, salon_state, ["BOOKING_CREATED"])
        odd = {"id": "evt_1", "type": "booking.created", "data": {}}
        salon.admin("POST", "/webhooks/emit", {"trigger": "BOOKING_CREATED", "body": odd})
        (request,) = mailbox.received
        assert json.loads(request.body or b"") == odd
        assert isinstance(request.body, bytes)
        signed = hmac.new(b"whsec_test", request.body, hashlib.sha256).hexdigest()
        assert request.headers["X-Cal-Signature-256"] == signed

    def test_without_a_booking_the_refusal_names_the_field(self, salon: Salon) -> None:
        answer = salon.admin("POST", "/webhooks/emit", {"trigger": "BOOKING_CREATED"})
        assert (answer.status_code, answer.json["error"]["details"]["field"]) == (400, "booking_uid")
        wrong = salon.admin("POST", "/webhooks/emit", {"trigger": "BOOKING_CREATD", "booking_uid": "x"})
        assert "'BOOKING_CREATED'" in wrong.json["error"]["message"]


class TestMeetings:
    def test_they_are_told_at_their_minute_in_a_flat_body(
        self, salon: Salon, salon_state: dict[str, Any], mailbox: Mailbox, clock: SteppedClock
    ) -> None:
        subscribe(salon, salon_state, ["MEETING_STARTED", "MEETING_ENDED"])
        uid = salon.book().json["data"]["uid"]
        assert mailbox.received == []
        clock.run_spawned()
        bodies = mailbox.bodies()
        assert [body["triggerEvent"] for body in bodies] == ["MEETING_STARTED", "MEETING_ENDED"]
        assert {body["uid"] for body in bodies} == {uid}
        assert bodies[0]["startTime"] == "2025-10-20T12:00:00.000Z"
        assert [one["sent_at"] for one in deliveries(salon)] == [
            "2025-10-20T12:00:00.000Z",
            "2025-10-20T12:30:00.000Z",
        ]

    def test_a_cancelled_one_is_not_told(
        self, salon: Salon, salon_state: dict[str, Any], mailbox: Mailbox, clock: SteppedClock
    ) -> None:
        subscribe(salon, salon_state, ["MEETING_STARTED"])
        uid = salon.book().json["data"]["uid"]
        salon.call("POST", f"/v2/bookings/{uid}/cancel", json={"cancellationReason": "r"})
        clock.run_spawned()
        assert mailbox.received == []

    def test_more_than_a_day_late_it_is_dropped(
        self, salon: Salon, salon_state: dict[str, Any], mailbox: Mailbox, clock: SteppedClock
    ) -> None:
        subscribe(salon, salon_state, ["MEETING_STARTED"])
        salon.book()
        clock.advance(9 * 86_400)
        clock.run_spawned()
        assert mailbox.received == []


class TestHostileWorld:
    def test_out_of_order_the_second_overtakes_the_first(
        self, salon: Salon, salon_state: dict[str, Any], mailbox: Mailbox
    ) -> None:
        subscribe(salon, salon_state, BOOKING_TRIGGERS)
        policy(salon, "out_of_order")
        uid = salon.book().json["data"]["uid"]
        assert mailbox.received == []
        salon.call("POST", f"/v2/bookings/{uid}/cancel", json={"cancellationReason": "r"})
        assert [b["triggerEvent"] for b in mailbox.bodies()] == ["BOOKING_CANCELLED", "BOOKING_CREATED"]

    def test_out_of_order_without_a_second_the_first_goes_after_the_delay(
        self, salon: Salon, salon_state: dict[str, Any], mailbox: Mailbox, clock: SteppedClock
    ) -> None:
        subscribe(salon, salon_state, BOOKING_TRIGGERS)
        policy(salon, "out_of_order", delay=12)
        salon.book()
        (held,) = deliveries(salon)
        assert (held["status"], held["due_at"]) == ("pending", "2025-10-13T08:00:12.000Z")
        clock.run_spawned()
        assert len(mailbox.received) == 1
        assert deliveries(salon)[0]["status"] == "delivered"

    def test_retried_until_it_is_taken(
        self, salon: Salon, salon_state: dict[str, Any], mailbox: Mailbox, clock: SteppedClock
    ) -> None:
        subscribe(salon, salon_state, BOOKING_TRIGGERS)
        policy(salon, "retried")
        mailbox.status = 503
        salon.book()
        clock.spawned[0:1], first = [], clock.spawned[0]
        first()
        mailbox.status = 200
        clock.run_spawned()
        assert [(one["attempt"], one["status"]) for one in deliveries(salon)] == [
            (1, "failed"),
            (2, "failed"),
            (3, "delivered"),
        ]
        assert clock.slept == [30.0, 600.0]
        assert len({request.body for request in mailbox.received}) == 1

    def test_retries_end(
        self, salon: Salon, salon_state: dict[str, Any], mailbox: Mailbox, clock: SteppedClock
    ) -> None:
        subscribe(salon, salon_state, BOOKING_TRIGGERS)
        policy(salon, "retried", attempts=2)
        mailbox.error = requests.ConnectionError("away")
        salon.book()
        clock.run_spawned()
        assert len(mailbox.received) == 2

    def test_a_new_policy_lets_go_who_was_held_back(
        self, salon: Salon, salon_state: dict[str, Any], mailbox: Mailbox
    ) -> None:
        subscribe(salon, salon_state, BOOKING_TRIGGERS)
        policy(salon, "out_of_order")
        salon.book()
        policy(salon, "normal")
        assert len(mailbox.received) == 1

    @pytest.mark.parametrize(
        "wrong", [{"mode": "twise"}, {"attempts": 0}, {"triggers": ["X"]}, {"delay": -1}, {"dely": 1}]
    )
    def test_a_wrong_policy_is_refused(self, salon: Salon, wrong: dict[str, Any]) -> None:
        assert salon.admin("PUT", "/deliveries/policy", wrong).status_code == 400


class TestSpellings:
    def test_a_pending_booking_is_requested_without_milliseconds(
        self, salon: Salon, salon_state: dict[str, Any], mailbox: Mailbox
    ) -> None:
        salon_state["event_types"][0]["requiresConfirmation"] = True
        subscribe(salon, salon_state, BOOKING_TRIGGERS)
        uid = salon.book().json["data"]["uid"]
        assert mailbox.bodies()[0]["payload"]["startTime"] == "2025-10-20T12:00:00Z"
        salon.admin("POST", "/webhooks/emit", {"trigger": "BOOKING_CREATED", "booking_uid": uid})
        assert mailbox.bodies()[1]["payload"]["startTime"] == "2025-10-20T12:00:00.000Z"

    def test_a_rejection_names_its_reason(
        self, salon: Salon, salon_state: dict[str, Any], mailbox: Mailbox
    ) -> None:
        subscribe(salon, salon_state, BOOKING_TRIGGERS)
        uid = salon.book(NOON).json["data"]["uid"]
        salon.admin("POST", "/webhooks/emit", {"trigger": "BOOKING_REJECTED", "booking_uid": uid})
        payload = mailbox.bodies()[-1]["payload"]
        assert payload["status"] == "REJECTED"
        assert "rejectionReason" in payload


class TestWhatTheApiDoes:
    def test_a_confirmed_request_is_created_with_milliseconds(
        self, salon: Salon, salon_state: dict[str, Any], mailbox: Mailbox
    ) -> None:
        salon_state["event_types"][0]["requiresConfirmation"] = True
        subscribe(salon, salon_state, BOOKING_TRIGGERS)
        uid = salon.book().json["data"]["uid"]
        salon.call("POST", f"/v2/bookings/{uid}/confirm")
        assert [body["triggerEvent"] for body in mailbox.bodies()] == ["BOOKING_REQUESTED", "BOOKING_CREATED"]
        payload = mailbox.bodies()[1]["payload"]
        assert (payload["status"], payload["startTime"]) == ("ACCEPTED", "2025-10-20T12:00:00.000Z")
        assert "rescheduleUid" not in payload

    def test_a_declined_request_names_its_reason(
        self, salon: Salon, salon_state: dict[str, Any], mailbox: Mailbox
    ) -> None:
        salon_state["event_types"][0]["requiresConfirmation"] = True
        subscribe(salon, salon_state, BOOKING_TRIGGERS)
        uid = salon.book().json["data"]["uid"]
        salon.call("POST", f"/v2/bookings/{uid}/decline", json={"reason": "voll"})
        body = mailbox.bodies()[-1]
        assert (body["triggerEvent"], body["payload"]["rejectionReason"]) == ("BOOKING_REJECTED", "voll")

    def test_who_did_not_come_is_told_in_a_payload_of_its_own(
        self, salon: Salon, salon_state: dict[str, Any], mailbox: Mailbox, clock: SteppedClock
    ) -> None:
        subscribe(salon, salon_state, BOOKING_TRIGGERS)
        data = salon.book().json["data"]
        clock.advance(8 * 86_400)
        absent = {"attendees": [{"email": "erika@example.test", "absent": True}]}
        salon.call("POST", f"/v2/bookings/{data['uid']}/mark-absent", json=absent)
        body = mailbox.bodies()[-1]
        assert body["triggerEvent"] == "BOOKING_NO_SHOW_UPDATED"
        assert body["payload"] == {
            "message": "erika@example.test marked as no-show",
            "attendees": [{"email": "erika@example.test", "noShow": True}],
            "bookingUid": data["uid"],
            "bookingId": data["id"],
        }


class TestTemplates:
    BODY: ClassVar[dict[str, Any]] = {
        "triggerEvent": "X",
        "payload": {"title": 'a "b"', "attendees": [{"name": "Erika"}]},
    }

    def test_values_stand_in_for_their_names(self) -> None:
        body, kind = encode_body(
            self.BODY, '{"t": "{{title}}", "n": "{{attendees.0.name}}", "e": "{{triggerEvent}}"}'
        )
        assert (json.loads(body), kind) == ({"t": 'a "b"', "n": "Erika", "e": "X"}, "application/json")

    def test_what_is_no_json_is_sent_as_a_form(self) -> None:
        body, kind = encode_body(self.BODY, "Hallo {{attendees.0.name}}{{none}}")
        assert kind == "application/x-www-form-urlencoded"
        assert parse_qs(body.decode()) == {"payload": ["Hallo Erika"]}
