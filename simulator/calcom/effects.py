"""What each fault effect makes of an answer.

Effects of the transport (status, html, truncate, ...) fit every operation. Effects of the content tell a
client something untrue about a booking, each in the one way its name says, so that guards can be told apart.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from simulator.calcom.effect_specs import PRETENDING
from simulator.calcom.errors import HttpException
from simulator.calcom.exchange import Answer, Call
from simulator.calcom.limits import limit_headers
from simulator.calcom.serialize import booking_to_wire
from simulator.calcom.times import milliseconds, parse_instant
from simulator.calcom.world import Booking
from simulator.control.errors import ControlError, bad_value
from simulator.control.faults import Effect

STALE_SECONDS = 2100.0  # 35 minutes, as in the first duplicate booking (incident 1.1)
MOVED_MINUTES = 55.0
HANG_SECONDS = 300.0
_OWN_KEYS = ("call_id", "attempt_id")
MAKES_A_BOOKING = frozenset({"create_booking", "reschedule_booking"})


def made_up(effect: Effect, asked_target: str, now: datetime) -> Answer:
    """The answer of an effect that tells nothing of the operation."""
    if effect.name == "status":
        return _status(effect, asked_target, now)
    if effect.name == "rate_limit":
        seconds = int(effect.number("seconds", 60))
        text = "CustomThrottlerGuard - Too many requests. Please try again later."
        body = HttpException(429, text).body(asked_target, now)
        return Answer(429, body, headers=limit_headers(120, 0, seconds))
    code = int(effect.number("code", 502)) if effect.name == "html" else 504
    title = {502: "502 Bad Gateway", 503: "503 Service Unavailable", 504: "504 Gateway Time-out"}.get(
        code, str(code)
    )
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Answer(code, raw=page.encode(), content_type="text/html; charset=utf-8")


def _status(effect: Effect, target: str, now: datetime) -> Answer:
    code = int(effect.number("code", 500))
    headers = {str(name): str(value) for name, value in (effect.options.get("headers") or {}).items()}
    body = effect.options.get("body")
    if isinstance(body, str):
        return Answer(code, raw=body.encode(), content_type="text/plain; charset=utf-8", headers=headers)
    if body is None:
        body = _usual_body(code, target, now)
    return Answer(code, body, headers=headers)


def _usual_body(code: int, target: str, now: datetime) -> Any:
    if code >= 500:  # noqa: PLR2004 (a class of statuses)
        return {"statusCode": code, "message": "Internal server error"}
    try:
        return HttpException(code, "Injected").body(target, now)
    except KeyError:
        return {"statusCode": code, "message": "Injected"}


def shaped(effect: Effect, call: Call, answer: Answer) -> Answer:
    """The answer of an effect that bends what the operation said; refusals stay as they are."""
    if effect.name == "malformed":
        body = answer.encode()
        return replace(answer, payload=None, raw=body[: max(1, len(body) // 2)])
    bend = _BENDERS.get(effect.name or "")
    if answer.status >= 400 or bend is None:  # noqa: PLR2004 (a class of statuses)
        return answer
    payload = json.loads(answer.encode())
    if isinstance(payload, dict):
        payload["data"] = bend(effect, call, payload.get("data"))
    return replace(answer, payload=payload, raw=None)


def prepare(effect: Effect, call: Call) -> None:
    """Tell the operation what the effect wants of it before it runs."""
    if effect.name == "moved_start":
        call.move_minutes = int(effect.number("minutes", MOVED_MINUTES)) or int(MOVED_MINUTES)
        call.commit = True
    if effect.name == "stale_slots":
        call.as_of = _since(effect.options.get("since", 0), call.now)
    if effect.name in PRETENDING:
        call.earlier = tuple(call.world.bookings.values())
    if effect.name == "known_uid" and not call.earlier:
        raise ControlError(
            501, "effect_impossible", "known_uid: the account has no booking whose uid could be known already"
        )


def _since(value: object, now: datetime) -> datetime:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return now - timedelta(seconds=value)
    try:
        return parse_instant(str(value))
    except ValueError as error:
        raise bad_value("effect.since", "must be seconds ago or an ISO instant") from error


def _each(data: Any, change: Callable[[dict[str, Any]], Any]) -> Any:
    """The change on a booking, or on each of a list; what is no booking stays."""
    if isinstance(data, list):
        return [_each(item, change) for item in data]
    return change(data) if isinstance(data, dict) and "uid" in data else data


def _thin(effect: Effect, call: Call, data: Any) -> Any:  # noqa: ARG001 (one signature for all)
    return _each(data, lambda item: {name: item[name] for name in ("id", "uid", "status") if name in item})


def _without_created_at(effect: Effect, call: Call, data: Any) -> Any:  # noqa: ARG001
    return _each(data, lambda item: {name: value for name, value in item.items() if name != "createdAt"})


def _stale(effect: Effect, call: Call, data: Any) -> Any:
    """An earlier booking in place of the new one: the account's own if there is one, else made up.

    ``age`` sets how old it says it is; ``metadata: own`` leaves the asker's ids in, so that only its age
    gives it away.
    """
    return _each(data, lambda item: _aged(effect, call, item))


def _aged(effect: Effect, call: Call, data: dict[str, Any]) -> dict[str, Any]:
    age = effect.options.get("age")
    earlier = _earlier(call, data)
    asked = dict(data.get("metadata") or {})
    if earlier is None:
        data = {
            **data,
            "metadata": _strangers(dict(asked)),
            "uid": _other_uid(data["uid"]),
            "id": data.get("id", 0) + 1,
        }
    else:
        data = booking_to_wire(call.world, earlier)
    if earlier is None or age is not None:
        born = call.now - timedelta(seconds=STALE_SECONDS if age is None else float(age))
        data = {**data, "createdAt": milliseconds(born), "updatedAt": milliseconds(born)}
    if effect.options.get("metadata") == "own":
        data = {**data, "metadata": asked}
    return data


def _foreign(effect: Effect, call: Call, data: Any) -> Any:  # noqa: ARG001
    return _each(
        data,
        lambda item: {
            **item,
            "id": item.get("id", 0) + 1,
            "uid": _other_uid(item["uid"]),
            "metadata": _strangers(dict(item.get("metadata") or {})),
            "createdAt": milliseconds(call.now),
        },
    )


def _known_uid(effect: Effect, call: Call, data: Any) -> Any:  # noqa: ARG001
    """The newest other booking's uid, with everything else as asked."""
    others = [booking for booking in call.earlier if booking.uid != call.params.get("uid")]
    newest = max(others or call.earlier, key=_age_key)
    return _each(data, lambda item: {**item, "id": newest.id, "uid": newest.uid})


def _no_slots(effect: Effect, call: Call, data: Any) -> Any:  # noqa: ARG001
    """Nothing is free, though the calendar says otherwise."""
    return {}


def _slots_outside(effect: Effect, call: Call, data: Any) -> Any:  # noqa: ARG001
    """The last day's slots once more, some days after the asked range."""
    if not isinstance(data, dict) or not data:
        return data
    days = timedelta(days=int(effect.number("days", 1)) or 1)
    last = max(data)
    later = (date.fromisoformat(last) + days).isoformat()
    return {**data, later: [_shifted(slot, days) for slot in data[last]]}


def _shifted(slot: Any, days: timedelta) -> Any:
    if not isinstance(slot, dict):
        return slot
    names = ("start", "end")
    moved = {name: _later(slot[name], days) for name in names if isinstance(slot.get(name), str)}
    return {**slot, **moved}


def _later(text: str, days: timedelta) -> str:
    """The same clock time some days later, spelled as before."""
    moved = (date.fromisoformat(text[:10]) + days).isoformat()
    return f"{moved}{text[10:]}"


def _earlier(call: Call, data: Mapping[str, Any]) -> Booking | None:
    """The live booking at the same place in the calendar, else the newest other one."""
    others = [booking for booking in call.earlier if booking.uid != call.params.get("uid")]
    live = [booking for booking in others if not booking.is_cancelled]
    here = [
        b
        for b in live
        if b.event_type_id == data.get("eventTypeId") and milliseconds(b.start) == data.get("start")
    ]
    return max(here or live or others, key=_age_key, default=None)


def _age_key(booking: Booking) -> tuple[datetime, int]:
    return booking.created_at, booking.id


def _strangers(metadata: dict[str, Any]) -> dict[str, Any]:
    for name in _OWN_KEYS:
        if name in metadata or name == _OWN_KEYS[0]:
            metadata[name] = f"{name}_of_somebody_else"
    return metadata


def _other_uid(uid: str) -> str:
    return uid[::-1] if uid[::-1] != uid else f"x{uid[1:]}"


_BENDERS: Mapping[str, Callable[[Effect, Call, Any], Any]] = {
    "thin": _thin,
    "missing_created_at": _without_created_at,
    "stale_booking": _stale,
    "foreign_booking": _foreign,
    "known_uid": _known_uid,
    "empty_slots": _no_slots,
    "outside_slots": _slots_outside,
}
