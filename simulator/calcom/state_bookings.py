"""Bookings and reservations as records of a state document, out and in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from simulator.calcom.json_values import Json, instant, maybe_instant, number
from simulator.calcom.serialize import attendee_to_wire, booking_to_wire, reservation_to_wire
from simulator.calcom.times import milliseconds
from simulator.calcom.world import Attendee, Booking, Origin, Reservation, Status, World
from simulator.control.errors import bad_value


def booking_record(world: World, booking: Booking) -> dict[str, Any]:
    """A booking as the control routes show it: the API's fields, its host, who made it, nothing hidden."""
    plain = booking if not (booking.seated or booking.recurring_uid) else _plain(booking)
    record = booking_to_wire(world, plain)
    record["hostId"] = booking.host_id
    record["origin"] = booking.origin.value
    record["cancelledAt"] = milliseconds(booking.cancelled_at) if booking.cancelled_at else None
    if plain is not booking:
        record["attendees"] = [attendee_to_wire(attendee) for attendee in booking.attendees]
        record["recurringBookingUid"] = booking.recurring_uid
        record["seated"] = booking.seated
    if booking.rejection_reason:
        record["rejectionReason"] = booking.rejection_reason
    return record


def booking_from_json(item: Json, world: World) -> Booking:
    """A booking from its record; only eventTypeId and start are needed."""
    kind = world.event_types.get(number("bookings.eventTypeId", item.get("eventTypeId")))
    if kind is None:
        raise bad_value("bookings.eventTypeId", f"there is no event type {item.get('eventTypeId')}")
    start = instant("bookings.start", item.get("start"))
    minutes = int(item.get("duration", kind.length_minutes))
    end = item.get("end")
    uid = str(item.get("uid") or world.new_uid())
    created_at = instant("bookings.createdAt", item.get("createdAt", "2020-01-01T00:00:00Z"))
    host_id = int(item.get("hostId") or kind.host_ids[0])
    return Booking(
        id=int(item.get("id") or world.new_booking_id()),
        uid=uid,
        event_type_id=kind.id,
        host_id=host_id,
        status=Status(item.get("status", "accepted")),
        start=start,
        end=instant("bookings.end", end) if end else start + timedelta(minutes=minutes),
        title=str(item.get("title", f"{kind.title} between {world.hosts[host_id].name} and a guest")),
        attendees=tuple(_attendee(a) for a in item.get("attendees", ())),
        created_at=created_at,
        updated_at=maybe_instant(item.get("updatedAt", milliseconds(created_at))),
        origin=Origin(item.get("origin", "seed")),
        ics_uid=str(item.get("icsUid") or f"{uid}@Cal.com"),
        metadata=dict(item.get("metadata", {})),
        responses=dict(item.get("bookingFieldsResponses", {})),
        guests=tuple(item.get("guests", ())),
        location=str(item.get("location", kind.location)),
        description=str(item.get("description", "")),
        cancellation_reason=str(item.get("cancellationReason", "")),
        cancelled_at=maybe_instant(item.get("cancelledAt")),
        rejection_reason=str(item.get("rejectionReason", "")),
        rescheduling_reason=item.get("reschedulingReason"),
        rescheduled_from_uid=item.get("rescheduledFromUid"),
        rescheduled_to_uid=item.get("rescheduledToUid"),
        rescheduled_by_email=item.get("rescheduledByEmail"),
        absent_host=bool(item.get("absentHost", False)),
        recurring_uid=item.get("recurringBookingUid"),
        seated=bool(item.get("seated", False)),
    )


def reservation_record(reservation: Reservation) -> dict[str, Any]:
    """A reservation with the hosts whose time it holds."""
    return {
        **reservation_to_wire(reservation, with_duration=True),
        "hostIds": list(reservation.host_ids),
    }


def reservation_from_json(item: Json, world: World) -> Reservation:
    """A reservation from its record; eventTypeId, slotStart and reservationUntil are needed."""
    kind = world.event_types.get(number("reservations.eventTypeId", item.get("eventTypeId")))
    if kind is None:
        raise bad_value("reservations.eventTypeId", f"there is no event type {item.get('eventTypeId')}")
    start = instant("reservations.slotStart", item.get("slotStart"))
    length = timedelta(minutes=int(item.get("slotDuration", kind.length_minutes)))
    return Reservation(
        uid=str(item.get("reservationUid") or world.new_uuid()),
        event_type_id=kind.id,
        start=start,
        end=start + length,
        host_ids=tuple(item.get("hostIds") or kind.host_ids),
        minutes=int(item.get("reservationDuration", 5)),
        until=instant("reservations.reservationUntil", item.get("reservationUntil")),
    )


def _plain(booking: Booking) -> Booking:
    """The booking without what makes its answer differ in shape."""
    return replace(booking, seated=False, recurring_uid=None)


def _attendee(item: Json) -> Attendee:
    return Attendee(
        name=str(item.get("name", "Guest")),
        email=str(item.get("email", "guest@example.test")),
        timezone=str(item.get("timeZone", "Europe/Berlin")),
        language=str(item.get("language", "en")),
        phone=item.get("phoneNumber"),
        absent=bool(item.get("absent", False)),
        seat_uid=item.get("seatUid"),
        responses=dict(item.get("bookingFieldsResponses", {})),
        metadata=dict(item.get("metadata", {})),
    )
