from __future__ import annotations

import json
from datetime import timedelta

import pytest

from app.calcom.events import event_from_wire
from app.calcom.wire import UnreadableReply
from fixtures.payloads import booking_cancelled, booking_created, plain_event
from tests.unit.builders import NOW, WISHED


def read(body):
    return event_from_wire(body, json.dumps(body), NOW)


class TestShapes:
    def test_the_real_one(self):
        event = read(
            booking_created(starts_at=WISHED, at=NOW - timedelta(seconds=3), metadata={"attempt_id": "a"})
        )
        assert event.trigger == "BOOKING_CREATED"
        assert event.happened_at == NOW - timedelta(seconds=3)
        assert event.event_id is None
        seen = event.booking
        assert (seen.uid, seen.start, seen.status) == ("bT1LntHUU8qdQNMMFpWFPm", WISHED, "accepted")
        assert (seen.attendee_name, seen.event_type_id, seen.booking_id) == (
            "Erika Muster",
            2563193,
            11489895,
        )
        assert seen.metadata == {"attempt_id": "a"}

    def test_the_plans(self):
        event = read(plain_event(starts_at=WISHED))
        assert (event.trigger, event.key) == ("BOOKING_CREATED", "evt_1")
        assert event.happened_at == NOW
        assert event.booking.start == WISHED

    def test_the_plans_with_booking_id_for_uid(self):
        event = read({"id": "evt_12345", "type": "booking.created", "data": {"booking_id": "abc123"}})
        assert (event.booking.uid, event.booking.start, event.booking.metadata) == ("abc123", None, None)

    def test_the_dotted_upper_case_one(self):
        body = booking_cancelled(starts_at=WISHED) | {"triggerEvent": "BOOKING.CANCELLED"}
        event = read(body)
        assert event.trigger == "BOOKING_CANCELLED"
        assert event.booking.status == "cancelled"

    @pytest.mark.parametrize(
        "body",
        [
            None,
            [],
            {},
            {"triggerEvent": "PING", "payload": {}},
            {"triggerEvent": "PING", "payload": {"type": "Test"}},
            {"triggerEvent": 7, "payload": {"uid": "u"}},
            {"payload": {"uid": "u"}},
            {"triggerEvent": "BOOKING_CREATED", "payload": {"uid": 7}},
            {"triggerEvent": "BOOKING_CREATED", "createdAt": "gestern", "payload": {"uid": "u"}},
            {"triggerEvent": "BOOKING_CREATED", "payload": {"uid": "u", "startTime": "2025-10-20T12:00:00"}},
        ],
    )
    def test_a_body_of_no_shape_is_unreadable(self, body):
        with pytest.raises(UnreadableReply):
            read(body)


class TestDates:
    @pytest.mark.parametrize(
        "text", ["2025-10-20T12:00:00Z", "2025-10-20T12:00:00.000Z", "2025-10-20T14:00:00+02:00"]
    )
    def test_three_spellings_are_one_instant(self, text):
        event = read(booking_created(startTime=text) | {"createdAt": text})
        assert event.booking.start == WISHED
        assert event.happened_at == WISHED


class TestMissingParts:
    @pytest.mark.parametrize(
        "field", ["attendees", "metadata", "status", "bookingId", "endTime", "eventTypeId"]
    )
    def test_an_optional_one_may_be_left_out(self, field):
        body = booking_created()
        del body["payload"][field]
        assert read(body).booking.uid

    def test_the_body_itself_is_kept_but_never_printed(self):
        event = read(booking_created())
        assert "erika.muster@example.com" in event.raw
        assert "erika.muster@example.com" not in repr(event).replace(repr(event.booking), "")
