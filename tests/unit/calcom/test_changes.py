"""What Cal.com answers to a move or a cancellation, text by text."""

from __future__ import annotations

import json

import pytest
import requests
import responses

from app.domain.outcomes import Absent, Done, MovedTo, RefusalKind, Refused, Unknown
from app.usecases.ports import SlotQuery
from fixtures.payloads import booking_reply
from tests.unit.builders import WISHED
from tests.unit.calcom.conftest import ACCOUNT, QUERY

UID = "8Fxv4pCqnb1Jva1w9wn5wX"
MOVE = f"http://calcom.test/v2/bookings/{UID}/reschedule"
CANCEL = f"http://calcom.test/v2/bookings/{UID}/cancel"


@pytest.fixture
def api():
    with responses.RequestsMock() as mock:
        yield mock


MOVED_AWAY = "because it has been cancelled and rescheduled already to booking with uid="


def error(message):
    return {"status": "error", "error": {"code": "X", "message": message}}


def move(client):
    return client.reschedule_booking(ACCOUNT, UID, WISHED, "askpro: Wunsch des Kunden", timeout=5)


def cancel(client):
    return client.cancel_booking(ACCOUNT, UID, "askpro: Wunsch des Kunden", timeout=5)


class TestMove:
    def test_the_new_booking_comes_back_with_the_uid_it_replaces(self, api, client):
        reply = booking_reply(starts_at=WISHED)
        reply["data"] |= {"uid": "new", "rescheduledFromUid": UID}
        api.post(MOVE, json=reply, status=201)
        moved = move(client)
        assert isinstance(moved, MovedTo)
        assert (moved.seen.uid, moved.seen.start, moved.seen.rescheduled_from_uid) == ("new", WISHED, UID)

    def test_only_start_and_reason_are_sent(self, api, client):
        api.post(MOVE, json=booking_reply(starts_at=WISHED), status=201)
        move(client)
        assert json.loads(api.calls[0].request.body) == {
            "start": "2025-10-20T12:00:00.000Z",
            "reschedulingReason": "askpro: Wunsch des Kunden",
        }
        assert api.calls[0].request.headers["cal-api-version"] == "2024-08-13"

    @pytest.mark.parametrize(
        ("status", "message", "kind"),
        [
            (400, "User either already has booking at this time or is not available", RefusalKind.SLOT_TAKEN),
            (
                400,
                f"Can't reschedule booking with uid={UID} because it has been cancelled. Please provide uid",
                RefusalKind.CANCELLED,
            ),
            (
                400,
                f"Can't reschedule booking with uid={UID} {MOVED_AWAY}other. You probably want",
                RefusalKind.MOVED_AWAY,
            ),
            (400, f"Booking with uid={UID} is a seated booking which means", RefusalKind.REJECTED),
            (
                403,
                "Rescheduling is not allowed within the minimum notice period before the event",
                RefusalKind.REJECTED,
            ),
            (
                429,
                "CustomThrottlerGuard - Too many requests. Please try again later.",
                RefusalKind.RATE_LIMITED,
            ),
        ],
    )
    def test_a_known_refusal_is_one(self, api, client, status, message, kind):
        api.post(MOVE, json=error(message), status=status)
        outcome = move(client)
        assert isinstance(outcome, Refused)
        assert outcome.kind is kind

    def test_a_booking_that_is_not_there_is_absent(self, api, client):
        api.post(MOVE, json=error(f"Booking with uid={UID} was not found in the database"), status=404)
        assert move(client) == Absent()

    @pytest.mark.parametrize("status", [400, 404, 409, 500, 502, 504])
    def test_every_other_error_leaves_it_unknown(self, api, client, status):
        api.post(MOVE, body="<html>", status=status)
        assert isinstance(move(client), Unknown)

    def test_an_error_of_theirs_is_no_refusal_whatever_it_says(self, api, client):
        api.post(
            MOVE, json=error("User either already has booking at this time or is not available"), status=500
        )
        assert isinstance(move(client), Unknown)

    def test_a_success_nobody_can_read_is_unknown(self, api, client):
        api.post(MOVE, json={"status": "success"}, status=201)
        assert isinstance(move(client), Unknown)

    def test_it_is_asked_once(self, api, client):
        api.post(MOVE, body=requests.ReadTimeout())
        assert move(client) == Unknown("timeout")
        assert len(api.calls) == 1


class TestCancelTwice:
    def test_the_second_time_is_done_and_says_so(self, api, client):
        message = f"Can't cancel booking with uid={UID} because it has been cancelled already."
        api.post(CANCEL, json=error(message), status=400)
        outcome = cancel(client)
        assert isinstance(outcome, Done)
        assert outcome.already

    def test_the_first_time_is_not_already(self, api, client):
        reply = booking_reply(starts_at=WISHED)
        reply["data"]["status"] = "cancelled"
        api.post(CANCEL, json=reply)
        outcome = cancel(client)
        assert isinstance(outcome, Done)
        assert not outcome.already


class TestSlotsForAMove:
    def test_the_booking_to_move_is_named(self, api, client):
        api.get("http://calcom.test/v2/slots", json={"status": "success", "data": {}})
        query = SlotQuery(QUERY.branch_id, QUERY.event_type_id, QUERY.window, moving=UID)
        client.list_slots(ACCOUNT, query, uncached=True, timeout=1)
        assert f"bookingUidToReschedule={UID}" in api.calls[0].request.url

    def test_a_plain_question_names_none(self, api, client):
        api.get("http://calcom.test/v2/slots", json={"status": "success", "data": {}})
        client.list_slots(ACCOUNT, QUERY, uncached=True, timeout=1)
        assert "bookingUidToReschedule" not in api.calls[0].request.url
