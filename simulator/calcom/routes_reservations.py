"""Slot reservations (cal-api-version 2024-09-04): make, read, move and give up."""

from __future__ import annotations

from simulator.calcom import reservations
from simulator.calcom.class_validation import INSTANT, WHOLE, Field, check, least
from simulator.calcom.exchange import V_SLOTS, Answer, Call, Operation, success
from simulator.calcom.reservations import ReserveWish
from simulator.calcom.serialize import reservation_to_wire
from simulator.calcom.times import parse_instant

_FIELDS = (
    Field("eventTypeId", (WHOLE,), required=True),
    Field("slotStart", (INSTANT,), required=True),
    Field("slotDuration", (WHOLE, least(1))),
    Field("reservationDuration", (WHOLE, least(1))),
)


def reserve_slot(call: Call) -> Answer:
    """201 with the reservation."""
    wish = _parse(call)
    with call.world.lock:
        made = reservations.decide_reservation(
            call.world, wish, call.now, authenticated=call.authenticated, forced=call.forced
        )
        call.write(lambda: call.world.reserve(made))
    return success(reservation_to_wire(made, with_duration=True), 201)


def get_reservation(call: Call) -> Answer:
    """The reservation, expired or not; null for an unknown one."""
    found = call.world.reservations.get(call.params["reservation_uid"])
    return success(reservation_to_wire(found, with_duration=False) if found else None)


def move_reservation(call: Call) -> Answer:
    """The reservation at its new time."""
    wish = _parse(call)
    uid = call.params["reservation_uid"]
    with call.world.lock:
        moved = reservations.decide_move(call.world, uid, wish, call.now, forced=call.forced)
        call.write(lambda: call.world.reserve(moved))
    return success(reservation_to_wire(moved, with_duration=True))


def delete_reservation(call: Call) -> Answer:
    """Success without data, for an unknown one too."""
    with call.world.lock:
        call.write(lambda: call.world.release(call.params["reservation_uid"]))
    return Answer(200, {"status": "success"})


def _parse(call: Call) -> ReserveWish:
    body = check(call.json_object(), _FIELDS)
    return ReserveWish(
        event_type_id=body["eventTypeId"],
        start=parse_instant(body["slotStart"]),
        length=body.get("slotDuration"),
        duration=body.get("reservationDuration"),
    )


_ONE = "/slots/reservations/<reservation_uid>"
OPERATIONS = (
    Operation("reserve_slot", "POST", "/slots/reservations", reserve_slot, V_SLOTS),
    Operation("get_reservation", "GET", _ONE, get_reservation, V_SLOTS, auth="none"),
    Operation("move_reservation", "PATCH", _ONE, move_reservation, V_SLOTS, auth="none"),
    Operation("delete_reservation", "DELETE", _ONE, delete_reservation, V_SLOTS, auth="none"),
)
