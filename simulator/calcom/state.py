"""A whole world as JSON, out and in: what is put comes back the same, made-up ids and defaults included."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from simulator.calcom.serialize import DAYS, booking_to_wire, schedule_to_wire
from simulator.calcom.times import is_zone, milliseconds, parse_instant
from simulator.calcom.world import (
    Attendee,
    Booking,
    EventType,
    OpenHours,
    Origin,
    Override,
    Person,
    Schedule,
    Status,
    Webhook,
    World,
)
from simulator.control.errors import bad_value, unknown_key

Json = Mapping[str, Any]

_PERSON = ("id", "name", "email", "username", "timeZone")
_SCHEDULE = ("id", "ownerId", "name", "timeZone", "availability", "overrides", "isDefault")
_WEBHOOK = ("id", "subscriberUrl", "triggers", "active", "secret")
_EVENT_TYPE = {
    "id": "id",
    "slug": "slug",
    "title": "title",
    "description": "description",
    "lengthInMinutes": "length_minutes",
    "slotInterval": "slot_interval_minutes",
    "scheduleId": "schedule_id",
    "minimumBookingNotice": "notice_minutes",
    "beforeEventBuffer": "before_buffer_minutes",
    "afterEventBuffer": "after_buffer_minutes",
    "requiresConfirmation": "requires_confirmation",
    "schedulingType": "scheduling_type",
    "hidden": "hidden",
    "location": "location",
}


def world_to_json(world: World) -> dict[str, Any]:
    """The lists of a state document; the caller holds the lock."""
    return {
        "hosts": [person_to_json(host) for host in world.hosts.values()],
        "schedules": [schedule_to_wire(schedule) for schedule in world.schedules.values()],
        "event_types": [_event_type_to_json(kind) for kind in world.event_types.values()],
        "bookings": [booking_record(world, booking) for booking in world.bookings.values()],
        "webhooks": [webhook_to_json(webhook) for webhook in world.webhooks.values()],
    }


def world_from_json(state: Json, user: Person, rng: random.Random, *, first_booking_id: int) -> World:
    """A world from the lists of a state document; raises ControlError naming what is wrong with it."""
    world = World(user, rng, first_booking_id=first_booking_id)
    for item in _items(state, "hosts"):
        host = person_from_json(item, fallback_id=len(world.hosts) + user.id)
        world.hosts[host.id] = host
    for item in _items(state, "schedules"):
        schedule = _schedule_from_json(item, world)
        world.schedules[schedule.id] = schedule
    for item in _items(state, "event_types"):
        kind = _event_type_from_json(item, world)
        world.event_types[kind.id] = kind
    for item in _items(state, "webhooks"):
        webhook = _webhook_from_json(item, world)
        world.webhooks[webhook.id] = webhook
    for item in _items(state, "bookings"):
        world.put(booking_from_json(item, world))
    return world


def person_to_json(person: Person) -> dict[str, Any]:
    """A host or owner."""
    return dict(
        zip(_PERSON, (person.id, person.name, person.email, person.username, person.timezone), strict=True)
    )


def person_from_json(item: Json, *, fallback_id: int = 1) -> Person:
    """A host or owner; what isn't given is made from the name."""
    _known("person", item, _PERSON)
    name = str(item.get("name", "Owner"))
    username = str(item.get("username") or "".join(c for c in name.lower() if c.isalnum()) or "owner")
    return Person(
        id=_number("id", item.get("id", fallback_id)),
        name=name,
        email=str(item.get("email") or f"{username}@example.test"),
        username=username,
        timezone=_zone(item.get("timeZone", "Europe/Berlin")),
    )


def webhook_to_json(webhook: Webhook) -> dict[str, Any]:
    """A webhook subscription."""
    return {
        "id": webhook.id,
        "subscriberUrl": webhook.subscriber_url,
        "triggers": list(webhook.triggers),
        "active": webhook.active,
        "secret": webhook.secret,
    }


def booking_record(world: World, booking: Booking) -> dict[str, Any]:
    """A booking as the control routes show it: the API's fields, its host and who made it."""
    record = booking_to_wire(world, booking)
    record["hostId"] = booking.host_id
    record["origin"] = booking.origin.value
    record["cancelledAt"] = milliseconds(booking.cancelled_at) if booking.cancelled_at else None
    return record


def booking_from_json(item: Json, world: World) -> Booking:
    """A booking from its record; only eventTypeId and start are needed."""
    kind = world.event_types.get(_number("bookings.eventTypeId", item.get("eventTypeId")))
    if kind is None:
        raise bad_value("bookings.eventTypeId", f"there is no event type {item.get('eventTypeId')}")
    start = _instant("bookings.start", item.get("start"))
    minutes = int(item.get("duration", kind.length_minutes))
    end = item.get("end")
    uid = str(item.get("uid") or world.new_uid())
    created_at = _instant("bookings.createdAt", item.get("createdAt", "2020-01-01T00:00:00Z"))
    host_id = int(item.get("hostId") or kind.host_ids[0])
    attendees = tuple(_attendee(a) for a in item.get("attendees", ()))
    return Booking(
        id=int(item.get("id") or world.new_booking_id()),
        uid=uid,
        event_type_id=kind.id,
        host_id=host_id,
        status=Status(item.get("status", "accepted")),
        start=start,
        end=_instant("bookings.end", end) if end else _plus(start, minutes),
        title=str(item.get("title", f"{kind.title} between {world.hosts[host_id].name} and a guest")),
        attendees=attendees,
        created_at=created_at,
        updated_at=_maybe_instant(item.get("updatedAt", milliseconds(created_at))),
        origin=Origin(item.get("origin", "seed")),
        ics_uid=str(item.get("icsUid") or f"{uid}@Cal.com"),
        metadata=dict(item.get("metadata", {})),
        responses=dict(item.get("bookingFieldsResponses", {})),
        guests=tuple(item.get("guests", ())),
        location=str(item.get("location", kind.location)),
        description=str(item.get("description", "")),
        cancellation_reason=str(item.get("cancellationReason", "")),
        cancelled_at=_maybe_instant(item.get("cancelledAt")),
        rescheduling_reason=item.get("reschedulingReason"),
        rescheduled_from_uid=item.get("rescheduledFromUid"),
        rescheduled_to_uid=item.get("rescheduledToUid"),
        rescheduled_by_email=item.get("rescheduledByEmail"),
        absent_host=bool(item.get("absentHost", False)),
    )


def _attendee(item: Json) -> Attendee:
    return Attendee(
        name=str(item.get("name", "Guest")),
        email=str(item.get("email", "guest@example.test")),
        timezone=str(item.get("timeZone", "Europe/Berlin")),
        language=str(item.get("language", "en")),
        phone=item.get("phoneNumber"),
        absent=bool(item.get("absent", False)),
    )


def _schedule_from_json(item: Json, world: World) -> Schedule:
    _known("schedule", item, _SCHEDULE)
    schedule_id = _number("schedules.id", item.get("id", len(world.schedules) + 1))
    overrides = tuple(
        Override(
            date.fromisoformat(o["date"]),
            _minutes("overrides.startTime", o.get("startTime", "00:00")),
            _minutes("overrides.endTime", o.get("endTime", "00:00")),
        )
        for o in item.get("overrides", ())
    )
    return Schedule(
        id=schedule_id,
        owner_id=int(item.get("ownerId", world.user.id)),
        name=str(item.get("name", "Default schedule")),
        timezone=_zone(item.get("timeZone", world.user.timezone)),
        availability=tuple(_open_hours(rule) for rule in item.get("availability", ())),
        overrides=overrides,
        is_default=bool(item.get("isDefault", not world.schedules)),
    )


def _open_hours(rule: Json) -> OpenHours:
    days = rule.get("days", DAYS[:5])
    for day in days:
        if day not in DAYS:
            raise unknown_key("day", str(day), DAYS)
    return OpenHours(
        frozenset(DAYS.index(day) for day in days),
        _minutes("availability.startTime", rule.get("startTime", "09:00")),
        _minutes("availability.endTime", rule.get("endTime", "17:00")),
    )


def _event_type_to_json(kind: EventType) -> dict[str, Any]:
    item: dict[str, Any] = {name: getattr(kind, attribute) for name, attribute in _EVENT_TYPE.items()}
    item["lengthInMinutesOptions"] = list(kind.length_options)
    item["hostIds"] = list(kind.host_ids)
    item["starts"] = None if kind.starts is None else [milliseconds(start) for start in kind.starts]
    return item


def _event_type_from_json(item: Json, world: World) -> EventType:
    _known("event type", item, (*_EVENT_TYPE, "lengthInMinutesOptions", "hostIds", "starts"))
    values = {attribute: item[name] for name, attribute in _EVENT_TYPE.items() if name in item}
    values["id"] = _number("event_types.id", item.get("id", len(world.event_types) + 1))
    values.setdefault("title", f"Event {values['id']}")
    values.setdefault("slug", f"event-{values['id']}")
    values.setdefault("length_minutes", 30)
    values.setdefault("schedule_id", next(iter(world.schedules), 0))
    host_ids = tuple(item.get("hostIds") or (next(iter(world.hosts)),))
    for host_id in host_ids:
        if host_id not in world.hosts:
            raise bad_value("event_types.hostIds", f"there is no host {host_id}")
    starts = item.get("starts")
    return EventType(
        **values,
        host_ids=host_ids,
        length_options=tuple(item.get("lengthInMinutesOptions", ())),
        starts=None
        if starts is None
        else tuple(sorted(_instant("event_types.starts", start) for start in starts)),
    )


def _webhook_from_json(item: Json, world: World) -> Webhook:
    _known("webhook", item, _WEBHOOK)
    if "subscriberUrl" not in item:
        raise bad_value("webhooks.subscriberUrl", "is missing")
    return Webhook(
        id=str(item.get("id") or world.new_uuid()),
        subscriber_url=str(item["subscriberUrl"]),
        triggers=tuple(item.get("triggers", ("BOOKING_CREATED", "BOOKING_CANCELLED", "BOOKING_RESCHEDULED"))),
        active=bool(item.get("active", True)),
        secret=item.get("secret"),
    )


def _items(state: Json, name: str) -> Sequence[Json]:
    items = [] if state.get(name) is None else state[name]
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise bad_value(name, "must be a list of objects")
    return items


def _known(kind: str, item: Json, names: Sequence[str]) -> None:
    for name in item:
        if name not in names:
            raise unknown_key(f"key of a {kind}", name, names)


def _number(field: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise bad_value(field, f"must be an integer, not {value!r}")
    return value


def _instant(field: str, value: object) -> datetime:
    try:
        return parse_instant(str(value))
    except ValueError as error:
        raise bad_value(field, str(error)) from error


def _maybe_instant(value: object) -> datetime | None:
    return None if value is None else _instant("instant", value)


def _plus(start: datetime, minutes: int) -> datetime:
    return start + timedelta(minutes=minutes)


def _minutes(field: str, text: object) -> int:
    hours, _, minutes = str(text).partition(":")
    if not (hours.isdigit() and minutes[:2].isdigit()):
        raise bad_value(field, f"must be HH:MM, not {text!r}")
    return int(hours) * 60 + int(minutes[:2])


def _zone(name: object) -> str:
    if not is_zone(name):
        raise bad_value("timeZone", f"{name!r} is not an IANA time zone")
    return str(name)
