"""Cal.com's webhook bodies, in their several shapes, to one value.

Three forms are met: the real one `{triggerEvent, createdAt, payload}`, the plan's `{id, type, data}`, and the
real one with a dotted trigger (incidents, section 0.2). Dates come in three spellings.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.calcom.wire import (
    UnreadableReply,
    first_attendee,
    id_from_wire,
    instant_from_wire,
    metadata_from_wire,
    text_from_wire,
)
from app.domain.booking_check import SeenBooking
from app.domain.incoming import IncomingEvent


def event_from_wire(body: object, raw: str, received_at: datetime) -> IncomingEvent:
    """Return the event of a webhook body; raise UnreadableReply when it names no trigger or booking."""
    if not isinstance(body, dict):
        raise UnreadableReply("the body is not an object")
    trigger = body.get("triggerEvent") or body.get("type")
    payload = body.get("payload") or body.get("data")
    if not isinstance(trigger, str) or not isinstance(payload, dict):
        raise UnreadableReply("the body has no trigger or no payload")
    created_at = body.get("createdAt")
    return IncomingEvent(
        trigger=(text_from_wire(trigger) or "").upper().replace(".", "_"),
        booking=_booking(payload),
        happened_at=instant_from_wire(created_at) if created_at else received_at,
        event_id=text_from_wire(str(body["id"])) if body.get("id") else None,
        raw=raw,
    )


def _booking(payload: dict[str, Any]) -> SeenBooking:
    uid = text_from_wire(payload.get("uid") or payload.get("booking_id"))
    if not uid:
        raise UnreadableReply("the payload has no uid")
    attendee = first_attendee(payload)
    status = payload.get("status")
    return SeenBooking(
        uid=uid,
        start=_instant(payload.get("startTime")),
        end=_instant(payload.get("endTime")),
        status=status.lower() if isinstance(status, str) else None,
        created_at=None,
        metadata=metadata_from_wire(payload.get("metadata")),
        attendee_name=text_from_wire(attendee.get("name")),
        attendee_email=text_from_wire(attendee.get("email")),
        booking_id=id_from_wire(payload.get("bookingId") or payload.get("id")),
        event_type_id=id_from_wire(payload.get("eventTypeId")),
        rescheduled_from_uid=text_from_wire(payload.get("rescheduleUid")),
    )


def _instant(text: object) -> datetime | None:
    return None if text is None else instant_from_wire(text)
