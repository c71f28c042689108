"""Objects to the JSON that clients see.

Versions: bookings 2024-08-13, event types 2024-06-14, schedules 2024-06-11.
"""

from __future__ import annotations

from typing import Any

from simulator.calcom.times import milliseconds
from simulator.calcom.world import Attendee, Booking, EventType, Person, Schedule, World

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def booking_to_wire(world: World, booking: Booking) -> dict[str, Any]:
    """A booking as the API answers it; fields that are not set are absent, as upstream has it."""
    kind = world.event_types.get(booking.event_type_id)
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
        "createdAt": milliseconds(booking.created_at),
        "updatedAt": milliseconds(booking.updated_at) if booking.updated_at else None,
        "rating": None,
        "icsUid": booking.ics_uid,
        "attendees": [attendee_to_wire(attendee) for attendee in booking.attendees],
        "bookingFieldsResponses": dict(booking.responses),
        "metadata": dict(booking.metadata),
    }
    if booking.guests:
        wire["guests"] = list(booking.guests)
    wire.update(_links(booking))
    return wire


def _links(booking: Booking) -> dict[str, Any]:
    links: dict[str, Any] = {
        "reschedulingReason": booking.rescheduling_reason,
        "rescheduledFromUid": booking.rescheduled_from_uid,
        "rescheduledToUid": booking.rescheduled_to_uid,
    }
    links = {name: value for name, value in links.items() if value is not None}
    if booking.rescheduled_from_uid or booking.rescheduled_to_uid:
        links["rescheduledByEmail"] = booking.rescheduled_by_email
    return links


def attendee_to_wire(attendee: Attendee) -> dict[str, Any]:
    """An attendee; the phone number only if there is one."""
    wire: dict[str, Any] = {
        "name": attendee.name,
        "email": attendee.email,
        "timeZone": attendee.timezone,
        "language": attendee.language,
        "absent": attendee.absent,
    }
    if attendee.phone is not None:
        wire["phoneNumber"] = attendee.phone
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


def event_type_to_wire(world: World, kind: EventType) -> dict[str, Any]:
    """An event type as its owner sees it."""
    wire: dict[str, Any] = {
        "id": kind.id,
        "ownerId": world.user.id,
        "lengthInMinutes": kind.length_minutes,
        "title": kind.title,
        "slug": kind.slug,
        "description": kind.description,
        "locations": [{"type": "integration", "integration": "cal-video"}],
        "bookingFields": [],
        "recurrence": None,
        "metadata": {},
        "price": 0,
        "currency": "usd",
        "slotInterval": kind.slot_interval_minutes,
        "minimumBookingNotice": kind.notice_minutes,
        "beforeEventBuffer": kind.before_buffer_minutes,
        "afterEventBuffer": kind.after_buffer_minutes,
        "seats": {"disabled": True},
        "confirmationPolicy": {"type": "always", "blockUnconfirmedBookingsInBooker": False}
        if kind.requires_confirmation
        else {"disabled": True},
        "bookingWindow": {"disabled": True},
        "scheduleId": kind.schedule_id,
        "hidden": kind.hidden,
        "users": [_user_to_wire(world.hosts[host]) for host in kind.host_ids if host in world.hosts],
    }
    if kind.length_options:
        wire["lengthInMinutesOptions"] = list(kind.length_options)
    return wire


def _user_to_wire(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "username": person.username,
        "avatarUrl": None,
        "weekStart": "Monday",
        "brandColor": None,
        "darkBrandColor": None,
        "metadata": {},
    }


def me_to_wire(world: World) -> dict[str, Any]:
    """The account's owner."""
    default = next((s.id for s in world.schedules.values() if s.is_default), None)
    return {
        "id": world.user.id,
        "email": world.user.email,
        "name": world.user.name,
        "avatarUrl": None,
        "bio": None,
        "timeFormat": 24,
        "defaultScheduleId": default,
        "weekStart": "Monday",
        "timeZone": world.user.timezone,
        "username": world.user.username,
        "organizationId": None,
    }


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
