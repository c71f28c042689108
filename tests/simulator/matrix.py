"""The cells of the fault matrix: what to ask of each operation, and what each effect shows of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.calcom.effect_specs import EFFECTS
from simulator.control.faults import Phase

KEY = "cal_test_matrix"
HOOK_ID = "0b1f5d0c-9a39-4c6e-8a50-3b8a9a7c4f01"
KIND_HOOK_ID = "0b1f5d0c-9a39-4c6e-8a50-3b8a9a7c4f02"
RESERVATION = "6a0a2f6e-5a0b-4d52-9a4f-0d9f3d3a7c01"
FREE = "2025-10-20T12:00:00Z"
LATER = "2025-10-20T14:00:00Z"
_ERA = {"createdAt", "updatedAt", "cancelledAt", "until", "reservationUntil"}

WORLD: dict[str, Any] = {
    "account": {
        "name": "matrix",
        "key": KEY,
        "user": {"id": 1, "name": "Matrix", "email": "m@example.test", "username": "matrix"},
    },
    "hosts": [{"id": 11, "name": "Jana", "email": "jana@example.test", "username": "jana"}],
    "schedules": [
        {
            "id": identifier,
            "ownerId": owner,
            "name": name,
            "timeZone": "Europe/Berlin",
            "availability": [
                {
                    "days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
                    "startTime": "09:00",
                    "endTime": "18:00",
                }
            ],
        }
        for identifier, owner, name in ((1, 11, "Werktags"), (2, 1, "Frei"), (3, 1, "Zweiter"))
    ],
    "event_types": [
        {
            "id": 100,
            "slug": "schnitt",
            "title": "Schnitt",
            "lengthInMinutes": 30,
            "scheduleId": 1,
            "hostIds": [11],
        },
        {
            "id": 102,
            "slug": "anfrage",
            "title": "Anfrage",
            "lengthInMinutes": 30,
            "scheduleId": 1,
            "hostIds": [11],
            "requiresConfirmation": True,
        },
        {"id": 103, "slug": "weg", "title": "Weg", "lengthInMinutes": 30, "scheduleId": 2, "hostIds": [1]},
    ],
    "bookings": [
        {
            "uid": "accepted1",
            "eventTypeId": 100,
            "start": "2025-10-20T08:00:00Z",
            "attendees": [{"name": "Erika", "email": "erika@example.test", "timeZone": "Europe/Berlin"}],
        },
        {
            "uid": "past1",
            "eventTypeId": 100,
            "start": "2025-10-13T07:00:00Z",
            "attendees": [{"name": "Kim", "email": "kim@example.test", "timeZone": "Europe/Berlin"}],
        },
        {
            "uid": "pending1",
            "eventTypeId": 102,
            "status": "pending",
            "start": "2025-10-21T08:00:00Z",
            "attendees": [{"name": "Hans", "email": "hans@example.test", "timeZone": "Europe/Berlin"}],
        },
    ],
    "reservations": [
        {
            "reservationUid": RESERVATION,
            "eventTypeId": 100,
            "slotStart": "2025-10-22T08:00:00Z",
            "slotEnd": "2025-10-22T08:30:00Z",
            "slotDuration": 30,
            "reservationUntil": "2025-10-13T09:00:00Z",
            "hostIds": [11],
        }
    ],
    "webhooks": [
        {"id": HOOK_ID, "subscriberUrl": "http://nobody.test/hook", "triggers": ["FORM_SUBMITTED"]},
        {
            "id": KIND_HOOK_ID,
            "subscriberUrl": "http://nobody.test/kind",
            "triggers": ["FORM_SUBMITTED"],
            "eventTypeId": 100,
        },
    ],
}


@dataclass(frozen=True)
class Ask:
    """A request that its operation does well when nothing is wrong."""

    method: str
    path: str
    version: str = ""
    body: Mapping[str, Any] | None = None
    query: Mapping[str, Any] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        return self.method != "GET"


_BOOKINGS, _SLOTS, _KINDS, _SCHEDULES = "2024-08-13", "2024-09-04", "2024-06-14", "2024-06-11"
_HOOK = {"subscriberUrl": "http://nobody.test/new", "triggers": ["BOOKING_PAID"], "active": True}
_SCHEDULE = {"name": "Abend", "timeZone": "Europe/Berlin", "isDefault": False}
_WISH = {
    "start": FREE,
    "eventTypeId": 100,
    "attendee": {"name": "Erika", "email": "erika@example.test", "timeZone": "Europe/Berlin"},
    "metadata": {"attempt_id": "attempt_1"},
}
ASKS: Mapping[str, Ask] = {
    "list_slots": Ask(
        "GET", "/slots", _SLOTS, query={"eventTypeId": 100, "start": "2025-10-20", "end": "2025-10-20"}
    ),
    "reserve_slot": Ask("POST", "/slots/reservations", _SLOTS, {"eventTypeId": 100, "slotStart": FREE}),
    "get_reservation": Ask("GET", f"/slots/reservations/{RESERVATION}", _SLOTS),
    "move_reservation": Ask(
        "PATCH", f"/slots/reservations/{RESERVATION}", _SLOTS, {"eventTypeId": 100, "slotStart": LATER}
    ),
    "delete_reservation": Ask("DELETE", f"/slots/reservations/{RESERVATION}", _SLOTS),
    "create_booking": Ask("POST", "/bookings", _BOOKINGS, _WISH),
    "list_bookings": Ask("GET", "/bookings", _BOOKINGS),
    "get_booking": Ask("GET", "/bookings/accepted1", _BOOKINGS),
    "reschedule_booking": Ask("POST", "/bookings/accepted1/reschedule", _BOOKINGS, {"start": FREE}),
    "cancel_booking": Ask("POST", "/bookings/accepted1/cancel", _BOOKINGS, {"cancellationReason": "krank"}),
    "confirm_booking": Ask("POST", "/bookings/pending1/confirm", _BOOKINGS),
    "decline_booking": Ask("POST", "/bookings/pending1/decline", _BOOKINGS, {"reason": "voll"}),
    "mark_absent": Ask("POST", "/bookings/past1/mark-absent", _BOOKINGS, {"host": True}),
    "list_event_types": Ask("GET", "/event-types", _KINDS),
    "create_event_type": Ask(
        "POST", "/event-types", _KINDS, {"title": "Neu", "slug": "neu", "lengthInMinutes": 20}
    ),
    "get_event_type": Ask("GET", "/event-types/100", _KINDS),
    "update_event_type": Ask("PATCH", "/event-types/103", _KINDS, {"title": "Anders"}),
    "delete_event_type": Ask("DELETE", "/event-types/103", _KINDS),
    "get_me": Ask("GET", "/me"),
    "update_me": Ask("PATCH", "/me", body={"name": "Anders"}),
    "list_schedules": Ask("GET", "/schedules", _SCHEDULES),
    "create_schedule": Ask("POST", "/schedules", _SCHEDULES, _SCHEDULE),
    "get_default_schedule": Ask("GET", "/schedules/default", _SCHEDULES),
    "get_schedule": Ask("GET", "/schedules/3", _SCHEDULES),
    "update_schedule": Ask("PATCH", "/schedules/3", _SCHEDULES, {"name": "Anders"}),
    "delete_schedule": Ask("DELETE", "/schedules/3", _SCHEDULES),
    "list_webhooks": Ask("GET", "/webhooks"),
    "create_webhook": Ask("POST", "/webhooks", body=_HOOK),
    "get_webhook": Ask("GET", f"/webhooks/{HOOK_ID}"),
    "update_webhook": Ask("PATCH", f"/webhooks/{HOOK_ID}", body={"active": False}),
    "delete_webhook": Ask("DELETE", f"/webhooks/{HOOK_ID}"),
    "list_event_type_webhooks": Ask("GET", "/event-types/100/webhooks"),
    "create_event_type_webhook": Ask("POST", "/event-types/100/webhooks", body=_HOOK),
    "get_event_type_webhook": Ask("GET", f"/event-types/100/webhooks/{KIND_HOOK_ID}"),
    "update_event_type_webhook": Ask(
        "PATCH", f"/event-types/100/webhooks/{KIND_HOOK_ID}", body={"active": False}
    ),
    "delete_event_type_webhook": Ask("DELETE", f"/event-types/100/webhooks/{KIND_HOOK_ID}"),
}
MAKES_MORE_WHEN_TWICE = {"create_booking", "reschedule_booking", "reserve_slot", "create_schedule"}
PHASES = tuple(phase.value for phase in Phase)
# Name of a cell's effect to its JSON; None is no effect at all, which only some phases allow.
CELLS: Mapping[str, Any] = {
    "nothing": None,
    "latency": {"latency": 3},
    "status": {"status": 503},
    "hang": {"hang": 0.01},
    "rate_limit": {"rate_limit": 7},
    "moved_start": {"moved_start": 60},
    "stale_slots": {"stale_slots": 30},
    "rival": {"rival": True, "start": FREE, "event_type_id": 100},
} | {
    name: name
    for name in EFFECTS
    if name not in ("status", "hang", "rate_limit", "moved_start", "stale_slots", "rival")
}


@dataclass(frozen=True)
class Seen:
    """What the client saw: a status with bytes, or a connection that broke."""

    status: int | None
    data: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    broken: str = ""  # "", reset or short

    def json(self) -> Any:
        try:
            return json.loads(self.data)
        except ValueError:
            return None

    @property
    def content(self) -> Any:
        payload = self.json()
        return payload.get("data") if isinstance(payload, dict) else None


def first_booking(content: Any) -> dict[str, Any]:
    while isinstance(content, list) and content:
        content = content[0]
    return content if isinstance(content, dict) else {}


Shows = Callable[[Seen, Seen], bool]
# What a cell's answer is, beside the answer that the operation gives when nothing is wrong.
SHOWS: Mapping[str, Shows] = {
    "nothing": lambda seen, plain: seen.status == plain.status,
    "latency": lambda seen, plain: seen.status == plain.status,
    "status": lambda seen, _: seen.status == 503,
    "hang": lambda seen, _: seen.status == 504,
    "reset": lambda seen, _: seen.broken == "reset",
    "truncate": lambda seen, _: seen.broken == "short",
    "malformed": lambda seen, plain: seen.status == plain.status and seen.json() is None,
    "html": lambda seen, _: seen.status == 502 and seen.data.startswith(b"<html>"),
    "rate_limit": lambda seen, _: seen.status == 429 and seen.headers["X-RateLimit-Reset-Default"] == "7",
    "thin": lambda seen, _: set(first_booking(seen.content)) == {"id", "uid", "status"},
    "missing_created_at": lambda seen, _: "createdAt" not in first_booking(seen.content),
    "stale_booking": lambda seen, plain: (
        first_booking(seen.content)["uid"] != first_booking(plain.content)["uid"]
    ),
    "foreign_booking": lambda seen, plain: (
        first_booking(seen.content)["uid"] != first_booking(plain.content)["uid"]
    ),
    "known_uid": lambda seen, _: first_booking(seen.content)["uid"] in ("accepted1", "past1", "pending1"),
    "moved_start": lambda seen, _: first_booking(seen.content)["start"] == "2025-10-20T13:00:00.000Z",
    "stale_slots": lambda seen, plain: seen.status == plain.status,
    "empty_slots": lambda seen, _: seen.content == {},
    "outside_slots": lambda seen, _: set(seen.content) == {"2025-10-20", "2025-10-21"},
    "lost_write": lambda seen, plain: seen.status == plain.status,
    "rival": lambda seen, plain: (
        (seen.status == plain.status) is (plain.status == 200) or seen.status in (400, 409, 422)
    ),
}


def is_refused(operation: str, effect: str, phase: str) -> bool:
    """Whether such a rule makes no sense and must not be accepted."""
    spec = EFFECTS.get(effect)
    if spec is not None and spec.operations is not None and operation not in spec.operations:
        return True
    if effect == "nothing":
        return phase in ("refuse", "before", "after")
    if phase == "refuse":
        return spec is None or spec.needs_answer
    return phase == "half" and effect in ("reset", "hang", "truncate")


def is_kept(operation: str, effect: str, phase: str) -> bool:
    """Whether the operation's own write is in the world afterwards."""
    if not ASKS[operation].writes or phase == "refuse" or effect in ("lost_write", "rival"):
        return False
    return phase != "before" or effect in ("nothing", "latency", "moved_start")


def timeless(state: Any) -> Any:
    """A state without the instants at which things were written."""
    if isinstance(state, dict):
        return {name: timeless(value) for name, value in state.items() if name not in _ERA}
    return [timeless(item) for item in state] if isinstance(state, list) else state


def size(state: Mapping[str, Any]) -> int:
    """How many objects a state holds."""
    return sum(len(value) for value in state.values() if isinstance(value, list))
