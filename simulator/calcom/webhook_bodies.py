"""Bodies of the webhooks: one envelope, three spellings of instants, and flat bodies for meetings.

Source: Cal.com API v2 behaviour, webhook bodies. Payloads that upstream's code does not show (payments,
recordings, forms) have the fields its documentation names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from simulator.calcom.times import milliseconds, seconds_offset, seconds_z
from simulator.calcom.world import Attendee, Booking, Person, World

MEETING_TRIGGERS = ("MEETING_STARTED", "MEETING_ENDED")
_STATUS = {
    "BOOKING_CREATED": "ACCEPTED",
    "BOOKING_REQUESTED": "PENDING",
    "BOOKING_RESCHEDULED": "ACCEPTED",
    "BOOKING_CANCELLED": "CANCELLED",
    "BOOKING_REJECTED": "REJECTED",
}
# They tell of no booking, so they can be emitted without one.
FREE_TRIGGERS = ("FORM_SUBMITTED", "FORM_SUBMITTED_NO_EVENT", "OOO_CREATED", "DELEGATION_CREDENTIAL_ERROR")
TRIGGERS = (
    "BOOKING_CREATED",
    "BOOKING_PAYMENT_INITIATED",
    "BOOKING_PAID",
    "BOOKING_RESCHEDULED",
    "BOOKING_REQUESTED",
    "BOOKING_CANCELLED",
    "BOOKING_REJECTED",
    "BOOKING_NO_SHOW_UPDATED",
    "FORM_SUBMITTED",
    "MEETING_ENDED",
    "MEETING_STARTED",
    "RECORDING_READY",
    "INSTANT_MEETING",
    "RECORDING_TRANSCRIPTION_GENERATED",
    "OOO_CREATED",
    "AFTER_HOSTS_CAL_VIDEO_NO_SHOW",
    "AFTER_GUESTS_CAL_VIDEO_NO_SHOW",
    "FORM_SUBMITTED_NO_EVENT",
    "DELEGATION_CREDENTIAL_ERROR",
)


def webhook_body(
    world: World,
    trigger: str,
    booking: Booking | None,
    before: Booking | None,
    now: datetime,
    *,
    payload: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The whole body; ``before`` is the booking that a rescheduled one replaces, ``payload`` adds or replaces."""
    if trigger in MEETING_TRIGGERS and booking is not None:
        return {"triggerEvent": trigger, **_row(world, booking), **(payload or {})}
    told = {} if booking is None else _told(world, trigger, booking, before)
    told = told or (_free(world, trigger, now) if booking is None else {})
    return {"triggerEvent": trigger, "createdAt": milliseconds(now), "payload": {**told, **(payload or {})}}


def _told(world: World, trigger: str, booking: Booking, before: Booking | None) -> dict[str, Any]:
    """The payload of an event about a booking."""
    if trigger == "BOOKING_NO_SHOW_UPDATED":
        return _absent(booking, before)
    spelled = _spelling(trigger, booking, before)
    payload = _payload(world, trigger, booking, spelled)
    if trigger == "BOOKING_CANCELLED":
        payload["cancellationReason"] = booking.cancellation_reason
        if before is not None and before.uid == booking.uid:
            payload["attendees"] = _left(before, booking) or payload["attendees"]
    elif trigger == "BOOKING_REJECTED":
        payload["rejectionReason"] = getattr(booking, "rejection_reason", "") or booking.cancellation_reason
    elif before is not None and before.uid != booking.uid:
        payload.update(
            rescheduleId=before.id,
            rescheduleUid=before.uid,
            rescheduleStartTime=spelled(before.start),
            rescheduleEndTime=spelled(before.end),
            rescheduledBy=booking.rescheduled_by_email,
        )
    payload.update(_extra(trigger, booking))
    return payload


def _spelling(trigger: str, booking: Booking, before: Booking | None) -> Callable[[datetime], str]:
    """Offsets in cancellations, milliseconds when a host confirmed, plain seconds everywhere else."""
    if trigger == "BOOKING_CANCELLED":
        return seconds_offset
    was_confirmed = trigger == "BOOKING_CREATED" and before is not None and before.uid == booking.uid
    return milliseconds if was_confirmed else seconds_z


def _left(before: Booking, booking: Booking) -> list[dict[str, Any]]:
    """Only who gave up a seat, where others keep theirs."""
    staying = {attendee.email for attendee in booking.attendees}
    return [_attendee(one, booking.start) for one in before.attendees if one.email not in staying]


def _payload(
    world: World, trigger: str, booking: Booking, spelled: Callable[[datetime], str]
) -> dict[str, Any]:
    kind = world.event_types.get(booking.event_type_id)
    seats = getattr(kind, "seats", None)
    return {
        "type": kind.slug if kind else "",
        "title": booking.title,
        "description": booking.description,
        "additionalNotes": str(booking.responses.get("notes", "")),
        "customInputs": {},
        "eventTitle": kind.title if kind else booking.title,
        "eventDescription": kind.description if kind else "",
        "eventTypeId": booking.event_type_id,
        "length": booking.minutes,
        "price": 0,
        "currency": "usd",
        "requiresConfirmation": bool(kind and kind.requires_confirmation),
        "schedulingType": kind.scheduling_type if kind else None,
        "bookerUrl": "https://cal.example.test",
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
        "seatsPerTimeSlot": seats.per_slot if seats else None,
        "seatsShowAttendees": seats.show_attendees if seats else False,
        "seatsShowAvailabilityCount": seats.show_availability if seats else True,
        "customReplyToEmail": None,
        "disableRescheduling": False,
        "disableCancelling": bool(getattr(kind, "disables_cancelling", False)),
        "organizationId": None,
    }


def _extra(trigger: str, booking: Booking) -> dict[str, Any]:
    """What some triggers add to the usual payload."""
    video = f"https://cal.example.test/video/{booking.uid}"
    extras: dict[str, dict[str, Any]] = {
        "BOOKING_PAYMENT_INITIATED": {"paymentId": booking.id, "paymentData": {"success": False}},
        "BOOKING_PAID": {"paymentId": booking.id, "paymentData": {"success": True}},
        "RECORDING_READY": {"downloadLink": f"{video}/recording.mp4"},
        "RECORDING_TRANSCRIPTION_GENERATED": {
            "downloadLinks": {"transcription": [f"{video}/transcript.vtt"]}
        },
        "AFTER_HOSTS_CAL_VIDEO_NO_SHOW": {
            "message": "No host joined",
            "webhook": {"time": 5, "timeUnit": "MINUTE"},
        },
        "AFTER_GUESTS_CAL_VIDEO_NO_SHOW": {
            "message": "No guest joined",
            "webhook": {"time": 5, "timeUnit": "MINUTE"},
        },
    }
    return extras.get(trigger, {})


def _absent(booking: Booking, before: Booking | None) -> dict[str, Any]:
    """Only who was marked or unmarked; where nothing tells, all who are absent."""
    earlier = {one.email: one.absent for one in before.attendees} if before is not None else {}
    changed = [one for one in booking.attendees if earlier.get(one.email, False) is not one.absent]
    told = changed or [one for one in booking.attendees if one.absent] or list(booking.attendees)
    names = ", ".join(one.email for one in told)
    verb = "marked" if any(one.absent for one in told) else "unmarked"
    return {
        "message": f"{names} {verb} as no-show",
        "attendees": [{"email": one.email, "noShow": one.absent} for one in told],
        "bookingUid": booking.uid,
        "bookingId": booking.id,
    }


def _free(world: World, trigger: str, now: datetime) -> dict[str, Any]:
    """The payload of an event without a booking."""
    user = {"id": world.user.id, "name": world.user.name, "email": world.user.email}
    payloads: dict[str, dict[str, Any]] = {
        "OOO_CREATED": {
            "oooEntry": {
                "id": 1,
                "start": milliseconds(now),
                "end": milliseconds(now),
                "createdAt": milliseconds(now),
                "updatedAt": milliseconds(now),
                "notes": None,
                "reason": {"emoji": "🏝️", "reason": "Vacation"},
                "reasonId": 1,
                "user": {**user, "username": world.user.username, "timeZone": world.user.timezone},
                "toUser": None,
                "uuid": "00000000-0000-4000-8000-000000000001",
            }
        },
        "DELEGATION_CREDENTIAL_ERROR": {
            "error": {"type": "Unauthorized", "message": "Access was revoked"},
            "user": user,
        },
    }
    form: dict[str, Any] = {
        "formId": "form-1",
        "formName": "Form",
        "teamId": None,
        "redirect": None,
        "responses": {},
    }
    return payloads.get(trigger, form)


def _row(world: World, booking: Booking) -> dict[str, Any]:
    """The booking as its database row, which is what the scheduled job sends, unwrapped."""
    host = world.hosts.get(booking.host_id, world.user)
    return {
        "id": booking.id,
        "uid": booking.uid,
        "userId": booking.host_id,
        "userPrimaryEmail": host.email,
        "eventTypeId": booking.event_type_id,
        "title": booking.title,
        "description": booking.description,
        "customInputs": {},
        "responses": dict(booking.responses),
        "startTime": milliseconds(booking.start),
        "endTime": milliseconds(booking.end),
        "attendees": [
            {
                "id": number,
                "name": one.name,
                "email": one.email,
                "timeZone": one.timezone,
                "locale": one.language,
            }
            for number, one in enumerate(booking.attendees, start=1)
        ],
        "location": booking.location,
        "createdAt": milliseconds(booking.created_at),
        "updatedAt": milliseconds(booking.updated_at) if booking.updated_at else None,
        "status": booking.status.upper(),
        "paid": False,
        "rescheduled": bool(booking.rescheduled_to_uid) or None,
        "fromReschedule": booking.rescheduled_from_uid,
        "metadata": dict(booking.metadata),
        "iCalUID": booking.ics_uid,
        "user": {
            "email": host.email,
            "name": host.name,
            "timeZone": host.timezone,
            "username": host.username,
        },
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
        "guests": "additional_guests",
        "rescheduleReason": "reason_for_reschedule",
        "attendeePhoneNumber": "phone_number",
    }
    return {
        slug: {"label": labels.get(slug, slug), "value": value, "isHidden": False}
        for slug, value in booking.responses.items()
    }


def _offset_minutes(zone: str, at: datetime) -> int:
    offset = at.astimezone(ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds()) // 60 if offset else 0
