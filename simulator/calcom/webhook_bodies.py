"""Bodies of the webhooks: one envelope, three spellings of instants (reference, webhook bodies)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from simulator.calcom.times import milliseconds, seconds_offset, seconds_z
from simulator.calcom.world import Attendee, Booking, Person, World

_STATUS = {
    "BOOKING_CREATED": "ACCEPTED",
    "BOOKING_REQUESTED": "PENDING",
    "BOOKING_RESCHEDULED": "ACCEPTED",
    "BOOKING_CANCELLED": "CANCELLED",
}
TRIGGERS = tuple(_STATUS)


def webhook_body(
    world: World, trigger: str, booking: Booking, before: Booking | None, now: datetime
) -> dict[str, Any]:
    """The whole body; ``before`` is the booking that a rescheduled one replaces."""
    spelled = seconds_offset if trigger == "BOOKING_CANCELLED" else seconds_z
    payload = _payload(world, trigger, booking, spelled)
    if trigger == "BOOKING_CANCELLED":
        payload["cancellationReason"] = booking.cancellation_reason
    if before is not None:
        payload.update(
            rescheduleId=before.id,
            rescheduleUid=before.uid,
            rescheduleStartTime=spelled(before.start),
            rescheduleEndTime=spelled(before.end),
            rescheduledBy=booking.rescheduled_by_email,
        )
    return {"triggerEvent": trigger, "createdAt": milliseconds(now), "payload": payload}


def _payload(
    world: World, trigger: str, booking: Booking, spelled: Callable[[datetime], str]
) -> dict[str, Any]:
    kind = world.event_types.get(booking.event_type_id)
    title = kind.title if kind else booking.title
    return {
        "type": kind.slug if kind else "",
        "title": booking.title,
        "description": booking.description,
        "additionalNotes": str(booking.responses.get("notes", "")),
        "customInputs": {},
        "eventTitle": title,
        "eventDescription": kind.description if kind else "",
        "eventTypeId": booking.event_type_id,
        "length": booking.minutes,
        "price": 0,
        "currency": "usd",
        "requiresConfirmation": bool(kind and kind.requires_confirmation),
        "schedulingType": kind.scheduling_type if kind else None,
        "startTime": spelled(booking.start),
        "endTime": spelled(booking.end),
        "organizer": _organizer(world.hosts.get(booking.host_id, world.user), booking.start),
        "attendees": [_attendee(attendee, booking.start) for attendee in booking.attendees],
        "responses": _responses(booking),
        "userFieldsResponses": {},
        "uid": booking.uid,
        "bookingId": booking.id,
        "status": _STATUS.get(trigger, booking.status.upper()),
        "location": booking.location,
        "metadata": dict(booking.metadata),
        "iCalUID": booking.ics_uid,
        "iCalSequence": 0,
        "destinationCalendar": None,
        "hideCalendarNotes": False,
        "hideCalendarEventDetails": False,
        "hideOrganizerEmail": False,
        "seatsPerTimeSlot": None,
        "seatsShowAttendees": False,
        "seatsShowAvailabilityCount": True,
        "customReplyToEmail": None,
        "disableRescheduling": False,
        "disableCancelling": False,
        "organizationId": None,
    }


def _organizer(host: Person, at: datetime) -> dict[str, Any]:
    return {
        "id": host.id,
        "name": host.name,
        "email": host.email,
        "username": host.username,
        "timeZone": host.timezone,
        "language": {"locale": "de"},
        "timeFormat": "HH:mm",
        "utcOffset": _offset_minutes(host.timezone, at),
    }


def _attendee(attendee: Attendee, at: datetime) -> dict[str, Any]:
    first, _, last = attendee.name.partition(" ")
    wire: dict[str, Any] = {
        "email": attendee.email,
        "name": attendee.name,
        "firstName": first,
        "lastName": last,
        "timeZone": attendee.timezone,
        "language": {"locale": attendee.language},
        "utcOffset": _offset_minutes(attendee.timezone, at),
    }
    if attendee.phone is not None:
        wire["phoneNumber"] = attendee.phone
    return wire


def _responses(booking: Booking) -> dict[str, Any]:
    labels = {
        "name": "your_name",
        "email": "email_address",
        "location": "location",
        "notes": "additional_notes",
    }
    return {
        slug: {"label": labels.get(slug, slug), "value": value, "isHidden": False}
        for slug, value in booking.responses.items()
    }


def _offset_minutes(zone: str, at: datetime) -> int:
    offset = at.astimezone(ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds()) // 60 if offset else 0
