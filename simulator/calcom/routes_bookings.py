"""Bookings (cal-api-version 2024-08-13): create, read, list, reschedule, cancel, confirm, decline, mark absent."""

from __future__ import annotations

from dataclasses import replace

from simulator.calcom import rules
from simulator.calcom.class_validation import BOOLEAN, FILLED, LIST, STRING, Field, check
from simulator.calcom.exchange import V_BOOKINGS, Answer, Call, Handler, Operation, success
from simulator.calcom.listing import list_bookings
from simulator.calcom.serialize import booking_to_wire, change_to_wire
from simulator.calcom.validation import parse_cancel, parse_create, parse_reschedule
from simulator.calcom.world import Change

_DECLINE = (Field("reason", (STRING,)),)
_ABSENT = (
    Field("host", (BOOLEAN,)),
    Field(
        "attendees",
        (LIST,),
        inner=(
            Field("email", (FILLED, STRING), required=True),
            Field("absent", (BOOLEAN,), required=True),
        ),
    ),
)


def create_booking(call: Call) -> Answer:
    """201 with the new booking or series, or with the old one where upstream gives it back."""
    world = call.world
    wish = parse_create(
        call.json_object(),
        world,
        authenticated=call.authenticated,
        arrived_version=call.arrived_version,
    )
    with world.lock:
        forced = call.forced
        if call.move_minutes is not None:
            moved = rules.next_free_start(world, wish.event_type_id, wish.start, call.move_minutes)
            wish, forced = replace(wish, start=moved), True
        change = rules.decide_booking(
            world, wish, call.now, forced=forced, race_answer=call.account.settings.race_answer
        )
        return _kept(call, change, 201)


def get_booking(call: Call) -> Answer:
    """One booking by its uid; a series by the uid its bookings have in common."""
    world, uid = call.world, call.params["uid"]
    with world.lock:
        series = world.series(uid)
        if series:
            return success([booking_to_wire(world, one, insider=call.authenticated) for one in series])
        return success(booking_to_wire(world, rules.get_booking(world, uid), insider=call.authenticated))


def cancel_booking(call: Call) -> Answer:
    """The cancelled booking, or the series of which some were cancelled."""
    world = call.world
    reason, seat_uid, subsequent = parse_cancel(call.json_object())
    with world.lock:
        change = rules.decide_cancellation(
            world,
            call.params["uid"],
            reason,
            call.now,
            by_host=call.authenticated,
            seat_uid=seat_uid,
            subsequent=subsequent,
        )
        return _kept(call, change)


def reschedule_booking(call: Call) -> Answer:
    """201 with the new booking that replaces the old one."""
    world = call.world
    wish = parse_reschedule(
        call.json_object(),
        call.params["uid"],
        owner_email=world.user.email,
        authenticated=call.authenticated,
    )
    with world.lock:
        forced = call.forced
        if call.move_minutes is not None:
            kind_id = rules.get_booking(world, wish.uid).event_type_id
            moved = rules.next_free_start(world, kind_id, wish.start, call.move_minutes)
            wish, forced = replace(wish, start=moved), True
        return _kept(call, rules.decide_move(world, wish, call.now, forced=forced), 201)


def confirm_booking(call: Call) -> Answer:
    """The accepted booking."""
    with call.world.lock:
        return _kept(call, rules.decide_confirmation(call.world, call.params["uid"], call.now))


def decline_booking(call: Call) -> Answer:
    """The rejected booking."""
    body = check(call.json_object(), _DECLINE)
    with call.world.lock:
        change = rules.decide_refusal(call.world, call.params["uid"], body.get("reason"), call.now)
        return _kept(call, change)


def mark_absent(call: Call) -> Answer:
    """The booking with those marked who did not come."""
    body = check(call.json_object(), _ABSENT)
    people = {one["email"]: one["absent"] for one in body.get("attendees", ())}
    with call.world.lock:
        change = rules.decide_absence(
            call.world, call.params["uid"], call.now, host=body.get("host", False), attendees=people
        )
        return _kept(call, change)


def _kept(call: Call, change: Change, status: int = 200) -> Answer:
    call.keep(change)
    return success(change_to_wire(call.world, change, insider=call.authenticated), status)


def _operation(name: str, method: str, path: str, handler: Handler, auth: str = "optional") -> Operation:
    return Operation(name, method, path, handler, V_BOOKINGS, auth=auth, is_booking=True)


OPERATIONS = (
    _operation("create_booking", "POST", "/bookings", create_booking),
    _operation("list_bookings", "GET", "/bookings", list_bookings, "required"),
    _operation("get_booking", "GET", "/bookings/<uid>", get_booking),
    _operation("reschedule_booking", "POST", "/bookings/<uid>/reschedule", reschedule_booking),
    _operation("cancel_booking", "POST", "/bookings/<uid>/cancel", cancel_booking),
    _operation("confirm_booking", "POST", "/bookings/<uid>/confirm", confirm_booking, "required"),
    _operation("decline_booking", "POST", "/bookings/<uid>/decline", decline_booking, "required"),
    _operation("mark_absent", "POST", "/bookings/<uid>/mark-absent", mark_absent, "required"),
)
