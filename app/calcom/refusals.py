"""The refusals we know by their shape. Whatever is not in this table is an unknown outcome.

Behind an error reply of unknown shape the booking has existed before (incident 1.19), so the texts are
compared as Cal.com API v2 writes them, not guessed from the status code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.outcomes import RefusalKind, Refused


@dataclass(frozen=True, slots=True)
class KnownRefusal:
    """A refusal: its status, how its message begins, what it means."""

    status: int
    begins: str
    kind: RefusalKind


KNOWN_REFUSALS = (
    KnownRefusal(
        400, "User either already has booking at this time or is not available", RefusalKind.SLOT_TAKEN
    ),
    KnownRefusal(
        400,
        "One of the hosts either already has booking at this time or is not available",
        RefusalKind.SLOT_TAKEN,
    ),
    KnownRefusal(409, "booking_conflict_error", RefusalKind.SLOT_TAKEN),
    KnownRefusal(400, "Attempting to book a meeting in the past.", RefusalKind.IN_THE_PAST),
    KnownRefusal(400, 'The event type can\'t be booked at the "start" time provided', RefusalKind.TOO_SOON),
    KnownRefusal(429, "CustomThrottlerGuard - Too many requests", RefusalKind.RATE_LIMITED),
    KnownRefusal(401, "", RefusalKind.REJECTED),
    KnownRefusal(403, "", RefusalKind.REJECTED),
    KnownRefusal(404, "Event type with", RefusalKind.REJECTED),
    KnownRefusal(404, "Cannot POST ", RefusalKind.REJECTED),
    KnownRefusal(400, "Missing required booking field response", RefusalKind.REJECTED),
    KnownRefusal(400, "Missing attendee phone number", RefusalKind.REJECTED),
    KnownRefusal(400, "Booking location with type", RefusalKind.REJECTED),
    KnownRefusal(400, "Can't specify 'lengthInMinutes'", RefusalKind.REJECTED),
    KnownRefusal(400, "responses - ", RefusalKind.REJECTED),
)

VALIDATION_MARK = " property is wrong"
"""Cal.com's hand-made validation joins its texts with this; it runs before anything is written."""


def known_refusal(status: int, body: object) -> Refused | None:
    """Return the refusal that a reply surely is, or None when its shape is not known."""
    message = message_of(body)
    if message is None:
        return None
    if status == 400 and VALIDATION_MARK in message:  # noqa: PLR2004 - an HTTP status
        return Refused(RefusalKind.REJECTED, message)
    for known in KNOWN_REFUSALS:
        if status == known.status and message.startswith(known.begins):
            return Refused(known.kind, message)
    return None


def message_of(body: object) -> str | None:
    """Return an error's text from any of Cal.com's envelopes: `error.message`, failing that `message`."""
    if not isinstance(body, Mapping):
        return None
    error = body.get("error")
    if isinstance(error, Mapping) and isinstance(error.get("message"), str):
        return str(error["message"])
    message = body.get("message")
    return message if isinstance(message, str) else None
