from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from app.retell.signature import is_signed
from app.retell.wire import envelope_from_wire, wish_from_wire
from loadtests.calls import Caller, PhoneCall, call_id_of, judge_booking, judge_check, sign
from loadtests.planner import Slot

NOW = datetime(2025, 10, 13, 8, 0, tzinfo=UTC)


@pytest.fixture
def slot(bookable) -> Slot:
    return Slot(bookable[1], datetime(2025, 10, 20, 14, 0, tzinfo=ZoneInfo("Europe/Berlin")))


@pytest.fixture
def call(slot) -> PhoneCall:
    return PhoneCall(call_id_of("1"), Caller(7, 1), slot)


def answer(**changes) -> str:
    body = {
        "success": True,
        "status": "available",
        "available": True,
        "requested_time": "2025-10-20 14:00",
        "message": "…",
    }
    return json.dumps(body | changes)


def booked(**changes) -> str:
    return answer(**{"status": "booked", "available": False, "appointment_id": "uid1"} | changes)


class TestTheRequest:
    def test_is_signed_as_the_gateway_demands(self, call):
        body = call.collect_body(NOW)

        assert is_signed(body, sign(body, "key", NOW), ["key"], NOW)
        assert not is_signed(body, sign(body, "other", NOW), ["key"], NOW)

    def test_means_to_the_gateway_what_the_caller_wishes(self, call):
        envelope = envelope_from_wire(json.loads(call.collect_body(NOW)), None)
        wish = wish_from_wire(envelope.arguments)

        assert envelope.name == "collect-appointment"
        assert envelope.call.dialled_number == call.slot.bookable.number
        assert envelope.call.retell_call_id == call.call_id
        assert (wish.datum, wish.uhrzeit, wish.confirmed) == ("20.10.2025", "14:00", True)
        assert (wish.name, wish.phone) == (call.caller.name, call.caller.phone)
        assert wish.dienstleistung == call.slot.bookable.service

    def test_a_check_confirms_nothing(self, call):
        envelope = envelope_from_wire(json.loads(call.check_body(NOW)), None)

        assert envelope.name == "check-availability"
        assert not wish_from_wire(envelope.arguments).confirmed


class TestCallers:
    def test_have_names_and_numbers_of_their_own(self):
        people = [Caller(number, 1) for number in range(500)]

        assert len({each.name for each in people}) == len({each.phone for each in people}) == 500

    def test_no_name_begins_with_another_ones(self):
        names = sorted(Caller(number, 1).name for number in range(200))

        assert not any(after.startswith(before) for before, after in pairwise(names))


class TestTheAnswerToACheck:
    def test_meets_the_wish_when_exactly_this_slot_is_free(self, slot):
        assert judge_check(200, answer(), slot).trouble == ""

    @pytest.mark.parametrize(
        ("status", "body", "trouble"),
        [
            (0, "", "no answer"),
            (503, answer(), "HTTP 503"),
            (200, "<html>", "the answer is not JSON"),
            (200, "[]", "the answer is no object"),
            (200, answer(success=False, status="error", reason="check_failed"), "error (check_failed)"),
            (200, answer(available=False, status="unavailable"), "unavailable: not available"),
            (
                200,
                answer(requested_time="2025-10-20 16:00"),
                "another time was understood: 2025-10-20 16:00",
            ),
        ],
    )
    def test_anything_else_is_trouble_whatever_the_status(self, slot, status, body, trouble):
        assert judge_check(status, body, slot).trouble == trouble


class TestTheAnswerToABooking:
    def test_meets_the_wish_when_it_names_a_booking(self, slot):
        verdict = judge_booking(200, booked(), slot)

        assert (verdict.trouble, verdict.uid) == ("", "uid1")

    @pytest.mark.parametrize(
        "body",
        [
            booked(appointment_id=None),
            booked(status="pending"),
            booked(success=False, status="timeout"),
            booked(requested_time="2025-10-20 16:00"),
            answer(),
        ],
    )
    def test_anything_else_is_no_booking(self, slot, body):
        verdict = judge_booking(200, body, slot)

        assert verdict.trouble
        assert verdict.uid is None
