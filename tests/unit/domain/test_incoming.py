from __future__ import annotations

from app.domain.incoming import IncomingCall, IncomingEvent
from tests.unit.builders import NOW, seen_booking


def event(trigger="BOOKING_CREATED", event_id=None, happened_at=NOW) -> IncomingEvent:
    return IncomingEvent(trigger, seen_booking(), happened_at, event_id, raw="{secret}")


class TestEventKey:
    def test_the_same_event_twice_has_one_key(self):
        assert event().key == event().key

    def test_a_cancel_is_no_repeat_of_its_create(self):
        assert event().key != event("BOOKING_CANCELLED").key

    def test_the_senders_own_id_wins(self):
        assert event(event_id="evt_1").key == "evt_1"


class TestPersonalData:
    def test_neither_body_nor_number_is_printed(self):
        assert "secret" not in repr(event())
        assert "0171" not in repr(IncomingCall("+4930", "0171 392001", "call_x"))
