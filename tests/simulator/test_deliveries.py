from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
import requests

from harness.clock import Scheduler, VirtualClock
from simulator import create_app
from tests.simulator.conftest import BEGIN, Mailbox, Salon, SteppedClock

SECRET = "whsec_test"
TRIGGERS = ["BOOKING_CREATED", "BOOKING_CANCELLED", "BOOKING_RESCHEDULED", "BOOKING_REQUESTED"]


@pytest.fixture
def subscribed(salon: Salon, salon_state: dict[str, Any]) -> Salon:
    salon_state["webhooks"] = [
        {
            "id": "0b1f5d0c-9a39-4c6e-8a50-3b8a9a7c4f01",
            "subscriberUrl": "http://gateway.test/api/webhooks/calcom",
            "triggers": TRIGGERS,
            "active": True,
            "secret": SECRET,
        }
    ]
    salon.admin("PUT", "/state", salon_state)
    return salon


def deliveries(salon: Salon) -> list[dict[str, Any]]:
    return salon.admin("GET", "/deliveries").json["deliveries"]


def signature(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class TestTriggers:
    def test_a_booking_tells_of_itself_inside_the_request(self, subscribed: Salon, mailbox: Mailbox) -> None:
        data = subscribed.book().json["data"]
        (body,) = mailbox.bodies()
        payload = body["payload"]
        assert (body["triggerEvent"], body["createdAt"]) == ("BOOKING_CREATED", "2025-10-13T08:00:00.000Z")
        assert (payload["uid"], payload["bookingId"], payload["status"]) == (
            data["uid"],
            data["id"],
            "ACCEPTED",
        )
        assert (payload["startTime"], payload["endTime"]) == ("2025-10-20T12:00:00Z", "2025-10-20T12:30:00Z")
        assert payload["metadata"] == data["metadata"]
        assert payload["attendees"][0]["firstName"] == "Erika"
        assert payload["organizer"]["email"] == "jana@example.test"
        assert payload["responses"]["email"] == {
            "label": "email_address",
            "value": "erika@example.test",
            "isHidden": False,
        }

    def test_a_cancellation_spells_its_times_with_an_offset(
        self, subscribed: Salon, mailbox: Mailbox
    ) -> None:
        uid = subscribed.book().json["data"]["uid"]
        subscribed.call("POST", f"/v2/bookings/{uid}/cancel", json={"cancellationReason": "krank"})
        payload = mailbox.bodies()[-1]["payload"]
        assert payload["startTime"] == "2025-10-20T12:00:00+00:00"
        assert (payload["status"], payload["cancellationReason"]) == ("CANCELLED", "krank")

    def test_a_reschedule_is_one_event_that_names_the_old_booking(
        self, subscribed: Salon, mailbox: Mailbox
    ) -> None:
        old = subscribed.book().json["data"]
        new = subscribed.call(
            "POST", f"/v2/bookings/{old['uid']}/reschedule", json={"start": "2025-10-20T14:00:00Z"}
        ).json["data"]
        assert [body["triggerEvent"] for body in mailbox.bodies()] == [
            "BOOKING_CREATED",
            "BOOKING_RESCHEDULED",
        ]
        payload = mailbox.bodies()[-1]["payload"]
        assert (payload["uid"], payload["rescheduleUid"]) == (new["uid"], old["uid"])
        assert payload["rescheduleStartTime"] == "2025-10-20T12:00:00Z"

    def test_a_pending_booking_is_requested_not_created(
        self, salon: Salon, subscribed: Salon, mailbox: Mailbox, salon_state: dict[str, Any]
    ) -> None:
        salon_state["event_types"][0]["requiresConfirmation"] = True
        salon.admin("PUT", "/state", salon_state)
        salon.book()
        assert [body["triggerEvent"] for body in mailbox.bodies()] == ["BOOKING_REQUESTED"]

    def test_a_rival_is_told_of_too(self, subscribed: Salon, mailbox: Mailbox) -> None:
        subscribed.admin("POST", "/take-slot", {"start": "2025-10-20T12:00:00Z", "event_type_id": 100})
        assert mailbox.bodies()[0]["payload"]["attendees"][0]["name"] == "Rivale"

    def test_a_refused_or_rehearsed_booking_is_not_told_of(self, subscribed: Salon, mailbox: Mailbox) -> None:
        subscribed.book("2025-10-19T12:00:00Z")
        subscribed.fault(on="create_booking", when="before", effect="thin")
        subscribed.book()
        assert mailbox.received == []

    def test_a_lost_answer_is_told_of_all_the_same(self, subscribed: Salon, mailbox: Mailbox) -> None:
        subscribed.fault(on="create_booking", when="after", effect={"status": 504})
        assert subscribed.book().status_code == 504
        assert [body["triggerEvent"] for body in mailbox.bodies()] == ["BOOKING_CREATED"]


class TestSignature:
    def test_it_is_made_over_the_raw_body(self, subscribed: Salon, mailbox: Mailbox) -> None:
        subscribed.book()
        (request,) = mailbox.received
        assert isinstance(request.body, bytes)
        assert request.headers["X-Cal-Signature-256"] == signature(request.body)
        assert request.headers["Content-Type"] == "application/json"

    def test_without_a_secret_upstream_says_so(
        self, salon: Salon, subscribed: Salon, mailbox: Mailbox, salon_state: dict[str, Any]
    ) -> None:
        salon_state["webhooks"][0]["secret"] = None
        salon.admin("PUT", "/state", salon_state)
        salon.book()
        assert mailbox.received[0].headers["X-Cal-Signature-256"] == "no-secret-provided"


class TestDeliveries:
    def test_each_is_listed_with_its_outcome(self, subscribed: Salon) -> None:
        uid = subscribed.book().json["data"]["uid"]
        (delivery,) = deliveries(subscribed)
        assert (delivery["status"], delivery["response_status"], delivery["booking_uid"]) == (
            "delivered",
            200,
            uid,
        )
        assert json.loads(delivery["body"])["triggerEvent"] == delivery["trigger"] == "BOOKING_CREATED"

    def test_a_refusal_is_noted_and_not_repeated(self, subscribed: Salon, mailbox: Mailbox) -> None:
        mailbox.status = 500
        assert subscribed.book().status_code == 201
        assert [(d["status"], d["response_status"]) for d in deliveries(subscribed)] == [("failed", 500)]

    def test_a_receiver_that_is_away_does_not_spoil_the_booking(
        self, subscribed: Salon, mailbox: Mailbox
    ) -> None:
        mailbox.error = requests.ConnectionError("refused")
        assert subscribed.book().status_code == 201
        assert [(d["status"], d["error"]) for d in deliveries(subscribed)] == [("failed", "ConnectionError")]

    def test_one_can_be_sent_again_byte_for_byte(self, subscribed: Salon, mailbox: Mailbox) -> None:
        subscribed.book()
        (first,) = deliveries(subscribed)
        again = subscribed.admin("POST", f"/deliveries/{first['id']}/redeliver").json["delivery"]
        assert again["repeats"] == first["id"]
        assert mailbox.received[0].body == mailbox.received[1].body
        assert len(deliveries(subscribed)) == 2

    def test_an_unknown_one_is_a_404(self, subscribed: Salon) -> None:
        assert subscribed.admin("POST", "/deliveries/none/redeliver").status_code == 404

    def test_an_event_can_be_made_that_never_happened(self, subscribed: Salon, mailbox: Mailbox) -> None:
        uid = subscribed.book().json["data"]["uid"]
        answer = subscribed.admin(
            "POST", "/webhooks/emit", {"trigger": "BOOKING_CANCELLED", "booking_uid": uid}
        )
        assert answer.json["deliveries"][0]["status"] == "delivered"
        assert mailbox.bodies()[-1]["triggerEvent"] == "BOOKING_CANCELLED"
        assert subscribed.bookings()[0]["status"] == "accepted"

    def test_they_may_go_out_after_the_answer(
        self,
        salon: Salon,
        subscribed: Salon,
        mailbox: Mailbox,
        clock: SteppedClock,
        salon_state: dict[str, Any],
    ) -> None:
        salon_state["account"]["webhook_delivery"] = "async"
        salon.admin("PUT", "/state", salon_state)
        salon.book()
        assert mailbox.received == []
        clock.run_spawned()
        assert len(mailbox.received) == 1


class TestPolicy:
    def policy(self, salon: Salon, **policy: Any) -> None:
        assert salon.admin("PUT", "/deliveries/policy", policy).status_code == 200

    def test_twice(self, subscribed: Salon, mailbox: Mailbox) -> None:
        self.policy(subscribed, mode="twice")
        subscribed.book()
        assert len({request.body for request in mailbox.received}) == 1
        assert len(mailbox.received) == 2

    def test_late(self, subscribed: Salon, mailbox: Mailbox, clock: SteppedClock) -> None:
        self.policy(subscribed, mode="late", delay=45)
        subscribed.book()
        assert mailbox.received == []
        assert deliveries(subscribed)[0]["status"] == "pending"
        clock.run_spawned()
        assert (clock.slept, len(mailbox.received)) == ([45], 1)

    def test_dropped(self, subscribed: Salon, mailbox: Mailbox) -> None:
        self.policy(subscribed, mode="dropped")
        subscribed.book()
        assert mailbox.received == []
        assert deliveries(subscribed)[0]["status"] == "dropped"

    def test_wrongly_signed(self, subscribed: Salon, mailbox: Mailbox) -> None:
        self.policy(subscribed, mode="wrongly_signed")
        subscribed.book()
        (request,) = mailbox.received
        assert isinstance(request.body, bytes)
        assert request.headers["X-Cal-Signature-256"] != signature(request.body)

    def test_for_some_triggers_only(self, subscribed: Salon, mailbox: Mailbox) -> None:
        self.policy(subscribed, mode="dropped", triggers=["BOOKING_CREATED"])
        uid = subscribed.book().json["data"]["uid"]
        subscribed.call("POST", f"/v2/bookings/{uid}/cancel", json={"cancellationReason": "r"})
        assert [body["triggerEvent"] for body in mailbox.bodies()] == ["BOOKING_CANCELLED"]

    def test_a_wrong_mode_names_the_nearest(self, subscribed: Salon) -> None:
        answer = subscribed.admin("PUT", "/deliveries/policy", {"mode": "twise"})
        assert answer.status_code == 400
        assert "'twice'" in answer.json["error"]["message"]

    def test_a_reset_ends_it_and_what_was_late_is_not_sent(
        self, subscribed: Salon, mailbox: Mailbox, clock: SteppedClock
    ) -> None:
        self.policy(subscribed, mode="late")
        subscribed.book()
        subscribed.admin("POST", "/reset")
        clock.run_spawned()
        assert mailbox.received == []
        assert subscribed.admin("GET", "/deliveries/policy").json["mode"] == "normal"


class SlowGateway(requests.adapters.BaseAdapter):
    """Takes its time for each webhook, and notes when each one came."""

    def __init__(self, scheduler: Scheduler, seconds: float) -> None:
        super().__init__()
        self.scheduler = scheduler
        self.seconds = seconds
        self.came: list[tuple[str, float]] = []

    def session(self) -> requests.Session:
        session = requests.Session()
        session.mount("http://", self)
        return session

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        self.came.append((str(request.url), self.scheduler.elapsed_seconds))
        self.scheduler.sleep(self.seconds)
        response = requests.Response()
        response.status_code = 200
        response.request = request
        return response

    def close(self) -> None:
        pass


class TestSideBySide:
    @pytest.fixture
    def scheduler(self) -> Any:
        made = Scheduler(seed=1, start=BEGIN)
        yield made
        made.close()

    def book(self, scheduler: Scheduler, state: dict[str, Any], **policy: Any) -> SlowGateway:
        gateway = SlowGateway(scheduler, 5)
        state["webhooks"] = [
            {"subscriberUrl": f"http://{name}.test/", "triggers": TRIGGERS, "active": True}
            for name in ("a", "b", "c")
        ]
        clock = VirtualClock(scheduler)
        salon = Salon(create_app(clock=clock, http=gateway.session).test_client())
        salon.admin("PUT", "/state", state)
        if policy:
            assert salon.admin("PUT", "/deliveries/policy", policy).status_code == 200
        assert salon.book().status_code == 201
        assert {one["status"] for one in deliveries(salon)} == {"delivered"}
        return gateway

    def test_a_slow_subscriber_delays_the_answer_but_no_other_subscriber(
        self, scheduler: Scheduler, salon_state: dict[str, Any]
    ) -> None:
        gateway = self.book(scheduler, salon_state)
        assert sorted(gateway.came) == [(f"http://{name}.test/", 0.0) for name in ("a", "b", "c")]
        assert scheduler.elapsed_seconds == 5

    def test_one_subscribers_own_come_one_after_the_other(
        self, scheduler: Scheduler, salon_state: dict[str, Any]
    ) -> None:
        gateway = self.book(scheduler, salon_state, mode="twice")
        assert sorted(at for url, at in gateway.came if url == "http://b.test/") == [0.0, 5.0]
        assert scheduler.elapsed_seconds == 10
