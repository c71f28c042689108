"""The booking fields of an event type against what was answered (reference, order of checks, step 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.calcom.errors import HttpException
from simulator.calcom.wishes import BookingWish
from simulator.calcom.world import EventType

_PHONE = "attendeePhoneNumber"
_ANSWERED_ELSEWHERE = frozenset({"name", "email", "location", "guests", "rescheduleReason", _PHONE})
_EXPECTED: Mapping[str, str] = {
    "number": "number",
    "boolean": "boolean",
    "multiselect": "array",
    "checkbox": "array",
    "multiemail": "array",
}
_ONE_OF = frozenset({"select", "radio"})
_SOME_OF = frozenset({"multiselect", "checkbox"})


def check_answers(kind: EventType, wish: BookingWish) -> None:
    """Refuse a wish that leaves a required field open or answers one in a wrong way."""
    for field in kind.booking_fields:
        slug = slug_of(field)
        if slug == _PHONE and field.get("required") and not wish.attendee.phone:
            raise HttpException(
                400,
                "Missing attendee phone number - it is required by the event type. Pass it as "
                '"attendee.phoneNumber" string in the request.',
            )
        if slug in _ANSWERED_ELSEWHERE:
            continue
        answer = wish.responses.get(slug)
        if answer is None or answer == "":
            if field.get("required") and not field.get("hidden"):
                raise _missing(kind, slug)
            continue
        _check_type(field, slug, answer)
        _check_options(field, slug, answer)


def slug_of(field: Mapping[str, Any]) -> str:
    """The name under which a field is answered."""
    return str(field.get("slug") or field.get("type") or "")


def _missing(kind: EventType, slug: str) -> HttpException:
    return HttpException(
        400,
        f"Missing required booking field response: {slug} - it is required by the event type booking fields, "
        "but missing in the bookingFieldsResponses. You can fetch the event type with ID "
        f"{kind.id} to see the required fields.",
    )


def _check_type(field: Mapping[str, Any], slug: str, answer: object) -> None:
    expected = _EXPECTED.get(str(field.get("type")), "string")
    received = _name_of_type(answer)
    if received != expected:
        raise HttpException(
            400,
            f"Invalid type for booking field '{slug}'. Expected type {expected} (compatible with field type "
            f"'{field.get('type')}'), but received {received}.",
        )


def _check_options(field: Mapping[str, Any], slug: str, answer: Any) -> None:
    options = [str(option) for option in field.get("options") or ()]
    allowed = f"Allowed options are: {', '.join(options)}."
    if field.get("type") in _ONE_OF and answer not in options:
        raise HttpException(400, f"Invalid option '{answer}' for booking field '{slug}'. {allowed}")
    if field.get("type") in _SOME_OF and not set(map(str, answer)) <= set(options):
        raise HttpException(400, f"One or more invalid options for booking field '{slug}'. {allowed}")


def _name_of_type(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, list):
        return "array"
    return "string" if isinstance(value, str) else "object"
