"""Cal.com's field names and versions; nothing else in the gateway knows them.

Provider times become aware instants here and nowhere else (incident 0.1: slots in UTC were compared with
Berlin clock times).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from app.domain.booking_check import SeenBooking
from app.domain.incoming import UnreadableMessage
from app.domain.timespan import Span
from app.usecases.ports import BookingRequest

SLOTS_VERSION = "2024-09-04"
BOOKINGS_VERSION = "2024-08-13"
VERSION_HEADER = "cal-api-version"

LARGEST_ID = 2**31 - 1
"""Cal.com's ids are integers of four bytes, and so are our columns."""
METADATA_VALUE_LENGTH = 500
"""Cal.com refuses longer metadata values."""


class UnreadableReply(UnreadableMessage):
    """A reply that is not of the documented shape."""


def instant_from_wire(text: object) -> datetime:
    """Return the aware instant of an ISO string with offset; raise UnreadableReply otherwise."""
    if not isinstance(text, str):
        raise UnreadableReply(f"expected an ISO instant, got {type(text).__name__}")
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise UnreadableReply("an instant has no offset")
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnreadableReply("an instant is not ISO 8601, or out of all calendars") from None


def instant_to_wire(instant: datetime) -> str:
    """Return the instant as Cal.com writes it: UTC with milliseconds and Z."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def data_from_wire(body: object) -> object:
    """Return what stands under `data` of a success envelope."""
    if not isinstance(body, dict) or "data" not in body:
        raise UnreadableReply("the reply has no data")
    return body["data"]


def slots_from_wire(body: object, window: Span) -> tuple[datetime, ...]:
    """Return the listed starts inside `window`, as instants, in order.

    Cal.com keys them by day in the asker's zone and may list days outside the asked range, so keys are
    ignored and instants compared.
    """
    data = data_from_wire(body)
    if not isinstance(data, dict):
        raise UnreadableReply("the slots are not keyed by day")
    if not all(isinstance(slots, list) for slots in data.values()):
        raise UnreadableReply("a day's slots are not a list")
    starts = {
        instant_from_wire(slot.get("start") if isinstance(slot, dict) else slot)
        for slots in data.values()
        for slot in slots
    }
    return tuple(sorted(start for start in starts if window.start <= start < window.end))


def booking_from_wire(data: object) -> SeenBooking:
    """Return a booking; only the uid must be there, all else may be missing (incident 1.32)."""
    if not isinstance(data, dict) or not isinstance(data.get("uid"), str) or not data["uid"]:
        raise UnreadableReply("the booking has no uid")
    attendee = first_attendee(data)
    hosts = data.get("hosts")
    host = hosts[0] if isinstance(hosts, list) and hosts and isinstance(hosts[0], dict) else {}
    return SeenBooking(
        uid=text_from_wire(data["uid"]) or "",
        start=_optional_instant(data.get("start") or data.get("startTime")),
        end=_optional_instant(data.get("end") or data.get("endTime")),
        status=str(data["status"]).lower() if data.get("status") else None,
        created_at=_optional_instant(data.get("createdAt")),
        metadata=metadata_from_wire(data.get("metadata")),
        attendee_name=text_from_wire(attendee.get("name")),
        attendee_email=text_from_wire(attendee.get("email")),
        booking_id=id_from_wire(data.get("id")),
        event_type_id=id_from_wire(data.get("eventTypeId")),
        host_id=id_from_wire(host.get("id")),
        rescheduled_from_uid=text_from_wire(data.get("rescheduledFromUid")),
        rescheduled_to_uid=text_from_wire(data.get("rescheduledToUid")),
    )


def booking_to_wire(request: BookingRequest) -> dict[str, Any]:
    """Return the body of a create request. Metadata values are strings; `attempt_id` finds it again."""
    attendee = {
        "name": request.attendee_name,
        "email": request.attendee_email,
        "timeZone": request.time_zone,
        "language": "de",
    }
    if request.attendee_phone:
        attendee["phoneNumber"] = request.attendee_phone
    metadata = {"attempt_id": request.attempt_id, "service": request.service[:METADATA_VALUE_LENGTH]}
    if request.retell_call_id:
        metadata["call_id"] = request.retell_call_id
    return {
        "eventTypeId": request.event_type_id,
        "start": instant_to_wire(request.start),
        "attendee": attendee,
        "metadata": metadata,
    }


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """Return the instant of the `Date` header, or None without a readable one."""
    try:
        return parsedate_to_datetime(headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def id_from_wire(value: object) -> int | None:
    """Return a numeric id as Cal.com has them, None for anything a column of ids could not hold."""
    is_id = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_ID
    return value if is_id and isinstance(value, int) else None


def text_from_wire(value: object) -> str | None:
    """Return a text that a database can keep: half an emoji, as forms let through, becomes a question mark."""
    return value.encode("utf-8", "replace").decode().replace("\x00", "") if isinstance(value, str) else None


def metadata_from_wire(value: object) -> dict[str, str] | None:
    """Return metadata with every value as text, or None where there is none."""
    if not isinstance(value, dict):
        return None
    return {str(key): text_from_wire(str(entry)) or "" for key, entry in value.items()}


def first_attendee(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one who booked, or an empty object where the booking shows nobody."""
    attendees = data.get("attendees")
    if isinstance(attendees, list) and attendees and isinstance(attendees[0], dict):
        return attendees[0]
    return {}


def _optional_instant(text: object) -> datetime | None:
    return None if text is None else instant_from_wire(text)
