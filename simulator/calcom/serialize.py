"""Objects to the JSON that clients see.

Versions: bookings 2024-08-13, slots 2024-09-04, schedules 2024-06-11.
"""

from __future__ import annotations

from typing import Any

from simulator.calcom.serialize_event_types import event_type_to_wire
from simulator.calcom.times import milliseconds
from simulator.calcom.world import Attendee, Booking, Change, Reservation, Schedule, Webhook, World

__all__ = [
    "DAYS",
    "attendee_to_wire",
    "booking_to_wire",
    "change_to_wire",
    "event_type_to_wire",
    "host_to_wire",
    "me_to_wire",
    "reservation_to_wire",
    "schedule_to_wire",
    "webhook_to_wire",
]

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SINGLE_ONLY = ("rescheduledToUid", "rescheduledByEmail")
_NOT_SEATED = ("cancelledByEmail", "reschedulingReason", "guests", "bookingFieldsResponses", "metadata")


def booking_to_wire(world: World, booking: Booking, *, insider: bool = True) -> dict[str, Any]:
    """A booking as the API answers it; fields that are not set are absent, as upstream has it.

    ``insider`` is whether the asker is the owner or a host: others don't see who sits in a seated booking.
    """
    kind = world.event_types.get(booking.event_type_id)
    created, updated = milliseconds(booking.created_at), None
    if booking.updated_at is not None:
        updated = created if booking.updated_at is booking.created_at else milliseconds(booking.updated_at)
    wire: dict[str, Any] = {
        "id": booking.id,
        "uid": booking.uid,
        "title": booking.title,
        "description": booking.description,
        "hosts": [host_to_wire(world, booking.host_id)],
        "status": booking.status.value,
        "cancellationReason": booking.cancellation_reason,
        "cancelledByEmail": "",
        "start": milliseconds(booking.start),
        "end": milliseconds(booking.end),
        "duration": booking.minutes,
        "eventTypeId": booking.event_type_id,
        "eventType": {"id": booking.event_type_id, "slug": kind.slug if kind else ""},
        "meetingUrl": booking.location,
        "location": booking.location,
        "absentHost": booking.absent_host,
        "createdAt": created,
        "updatedAt": updated,
        "rating": None,
        "icsUid": booking.ics_uid,
        "attendees": [attendee_to_wire(attendee) for attendee in booking.attendees],
        "bookingFieldsResponses": dict(booking.responses),
        "metadata": dict(booking.metadata),
    }
    wire["metadata"].pop("videoCallUrl", None)
    if booking.guests:
        wire["guests"] = list(booking.guests)
    _add_links(wire, booking)
    if booking.recurring_uid is not None:
        _make_recurring(wire, booking)
    if booking.seated:
        shown = insider or bool(kind and kind.seats and kind.seats.show_attendees)
        _make_seated(wire, shown=shown)
    return wire


def change_to_wire(world: World, change: Change, *, insider: bool) -> Any:
    """The answer to a change: the booking, the whole series as an array, or the booking with its seat on top."""
    if change.series:
        return [booking_to_wire(world, one, insider=insider) for one in change.series]
    wire = booking_to_wire(world, change.booking, insider=insider)
    return wire if change.seat_uid is None else {**wire, "seatUid": change.seat_uid}


def _add_links(links: dict[str, Any], booking: Booking) -> None:
    if booking.rescheduling_reason is not None:
        links["reschedulingReason"] = booking.rescheduling_reason
    if booking.rescheduled_from_uid is not None:
        links["rescheduledFromUid"] = booking.rescheduled_from_uid
    if booking.rescheduled_to_uid is not None:
        links["rescheduledToUid"] = booking.rescheduled_to_uid
    if booking.rescheduled_from_uid or booking.rescheduled_to_uid:
        links["rescheduledByEmail"] = booking.rescheduled_by_email


def _make_recurring(wire: dict[str, Any], booking: Booking) -> None:
    wire["recurringBookingUid"] = booking.recurring_uid
    for name in _SINGLE_ONLY:
        wire.pop(name, None)
    for attendee in wire["attendees"]:
        attendee.pop("phoneNumber", None)


def _make_seated(wire: dict[str, Any], *, shown: bool) -> None:
    for name in _NOT_SEATED:
        wire.pop(name, None)
    if not shown:
        wire["attendees"] = []


def attendee_to_wire(attendee: Attendee) -> dict[str, Any]:
    """An attendee; the phone number only if there is one, the last three only with a seat."""
    wire: dict[str, Any] = {
        "name": attendee.name,
        "email": attendee.email,
        "timeZone": attendee.timezone,
        "language": attendee.language,
        "absent": attendee.absent,
    }
    if attendee.phone is not None:
        wire["phoneNumber"] = attendee.phone
    if attendee.seat_uid is not None:
        wire["seatUid"] = attendee.seat_uid
        wire["bookingFieldsResponses"] = dict(attendee.responses)
        wire["metadata"] = dict(attendee.metadata)
    return wire


def host_to_wire(world: World, host_id: int) -> dict[str, Any]:
    """A booking's host."""
    host = world.hosts.get(host_id, world.user)
    return {
        "id": host.id,
        "name": host.name,
        "email": host.email,
        "username": host.username or "unknown",
        "timeZone": host.timezone,
    }


def reservation_to_wire(reservation: Reservation, *, with_duration: bool) -> dict[str, Any]:
    """A reserved slot; reading one doesn't tell for how long it was made."""
    wire: dict[str, Any] = {
        "eventTypeId": reservation.event_type_id,
        "slotStart": milliseconds(reservation.start),
        "slotEnd": milliseconds(reservation.end),
        "slotDuration": int((reservation.end - reservation.start).total_seconds()) // 60,
        "reservationUid": reservation.uid,
        "reservationUntil": milliseconds(reservation.until),
    }
    if with_duration:
        wire["reservationDuration"] = reservation.minutes
    return wire


def me_to_wire(world: World) -> dict[str, Any]:
    """The account's owner."""
    default = next((s.id for s in world.schedules.values() if s.is_default), None)
    wire: dict[str, Any] = {
        "id": world.user.id,
        "email": world.user.email,
        "name": world.user.name,
        "avatarUrl": world.profile.avatar_url,
        "bio": world.profile.bio,
        "timeFormat": world.profile.time_format,
        "defaultScheduleId": default,
        "weekStart": world.profile.week_start,
        "timeZone": world.user.timezone,
        "username": world.user.username,
        "organizationId": world.organization.id if world.organization else None,
    }
    if world.organization is not None:
        wire["organization"] = {
            "id": world.organization.id,
            "isPlatform": world.organization.is_platform,
        }
    return wire


def webhook_to_wire(world: World, webhook: Webhook, *, with_columns: bool = False) -> dict[str, Any]:
    """A subscription; reading a single one shows further columns of its row."""
    wire: dict[str, Any] = {
        "id": webhook.id,
        "payloadTemplate": webhook.payload_template,
        "triggers": list(webhook.triggers),
        "subscriberUrl": webhook.subscriber_url,
        "active": webhook.active,
        "secret": webhook.secret,
    }
    if webhook.event_type_id is None:
        wire["userId"] = world.user.id
    if with_columns or webhook.event_type_id is not None:
        wire["eventTypeId"] = webhook.event_type_id
    if with_columns:
        wire.update(
            userId=None if webhook.event_type_id is not None else world.user.id,
            teamId=None,
            appId=None,
            platform=False,
            platformOAuthClientId=None,
            time=None,
            timeUnit=None,
            version=webhook.version,
            createdAt=milliseconds(webhook.created_at) if webhook.created_at else None,
        )
    return wire


def schedule_to_wire(schedule: Schedule) -> dict[str, Any]:
    """A schedule with its weekly hours and overrides."""
    return {
        "id": schedule.id,
        "ownerId": schedule.owner_id,
        "name": schedule.name,
        "timeZone": schedule.timezone,
        "availability": [
            {
                "days": [DAYS[day] for day in sorted(rule.days)],
                "startTime": clock_face(rule.start_minutes),
                "endTime": clock_face(rule.end_minutes),
            }
            for rule in schedule.availability
        ],
        "isDefault": schedule.is_default,
        "overrides": [
            {
                "date": override.on.isoformat(),
                "startTime": clock_face(override.start_minutes),
                "endTime": clock_face(override.end_minutes),
            }
            for override in schedule.overrides
        ],
    }


def clock_face(minutes: int) -> str:
    """``09:30`` for minutes after midnight."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
