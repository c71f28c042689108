"""A whole world as JSON, out and in: what is put comes back the same, made-up ids and defaults included."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date
from typing import Any

from simulator.calcom.event_type_json import EXTRAS, TRAITS, traits_from_json, traits_to_json
from simulator.calcom.json_values import (
    Json,
    clock_minutes,
    instant,
    items,
    known,
    maybe_instant,
    number,
    zone,
)
from simulator.calcom.serialize import DAYS, schedule_to_wire
from simulator.calcom.state_bookings import (
    booking_from_json,
    booking_record,
    reservation_from_json,
    reservation_record,
)
from simulator.calcom.times import milliseconds
from simulator.calcom.world import (
    Absence,
    EventType,
    OpenHours,
    Organization,
    Override,
    Person,
    Profile,
    Schedule,
    Team,
    Webhook,
    World,
)
from simulator.control.errors import bad_value, unknown_key

__all__ = [
    "LISTS",
    "about_from_json",
    "about_to_json",
    "booking_from_json",
    "booking_record",
    "person_from_json",
    "person_to_json",
    "schedule_from_json",
    "webhook_to_json",
    "world_from_json",
    "world_to_json",
]

LISTS = (
    "hosts",
    "teams",
    "schedules",
    "event_types",
    "absences",
    "bookings",
    "reservations",
    "webhooks",
)
_PERSON = ("id", "name", "email", "username", "timeZone")
_SCHEDULE = ("id", "ownerId", "name", "timeZone", "availability", "overrides", "isDefault")
_WEBHOOK = (
    "id",
    "subscriberUrl",
    "triggers",
    "active",
    "secret",
    "payloadTemplate",
    "eventTypeId",
    "createdAt",
    "version",
)
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
    "teamId": "team_id",
    "hidden": "hidden",
    "location": "location",
    "bookingRequiresAuthentication": "requires_authentication",
    "requiresBookerEmailVerification": "requires_email_verification",
    "disableCancelling": "disables_cancelling",
    "minimumRescheduleNotice": "reschedule_notice_minutes",
    "namePattern": "name_pattern",
}


def world_to_json(world: World) -> dict[str, Any]:
    """The lists of a state document; the caller holds the lock."""
    return {
        "hosts": [person_to_json(host) for host in world.hosts.values()],
        "teams": [{"id": team.id, "slug": team.slug, "name": team.name} for team in world.teams.values()],
        "schedules": [schedule_to_wire(schedule) for schedule in world.schedules.values()],
        "event_types": [_event_type_to_json(kind) for kind in world.event_types.values()],
        "absences": [_absence_to_json(absence) for absence in world.absences()],
        "bookings": [booking_record(world, booking) for booking in world.bookings.values()],
        "reservations": [reservation_record(one) for one in world.reservations.values()],
        "webhooks": [webhook_to_json(webhook) for webhook in world.webhooks.values()],
    }


def world_from_json(state: Json, user: Person, rng: random.Random, *, first_booking_id: int) -> World:
    """A world from the lists of a state document; raises ControlError naming what is wrong with it."""
    world = World(user, rng, first_booking_id=first_booking_id)
    for item in items(state, "hosts"):
        host = person_from_json(item, fallback_id=len(world.hosts) + user.id)
        world.hosts[host.id] = host
    for item in items(state, "teams"):
        team = _team_from_json(item, world)
        world.teams[team.id] = team
    for item in items(state, "schedules"):
        schedule = schedule_from_json(item, world)
        world.schedules[schedule.id] = schedule
    for item in items(state, "event_types"):
        kind = _event_type_from_json(item, world)
        world.event_types[kind.id] = kind
    for item in items(state, "absences"):
        world.add_absence(_absence_from_json(item, world))
    for item in items(state, "webhooks"):
        webhook = _webhook_from_json(item, world)
        world.webhooks[webhook.id] = webhook
    for item in items(state, "bookings"):
        world.put(booking_from_json(item, world))
    for item in items(state, "reservations"):
        world.reserve(reservation_from_json(item, world))
    return world


def about_to_json(world: World) -> dict[str, Any]:
    """What a state document's account says of the owner beyond the person."""
    profile, organization = world.profile, world.organization
    return {
        "profile": {
            "avatarUrl": profile.avatar_url,
            "bio": profile.bio,
            "timeFormat": profile.time_format,
            "weekStart": profile.week_start,
            "locale": profile.locale,
            "metadata": dict(profile.metadata),
        },
        "organization": {
            "id": organization.id,
            "slug": organization.slug,
            "isPlatform": organization.is_platform,
        }
        if organization
        else None,
    }


def about_from_json(about: Json, world: World) -> None:
    """Set the owner's profile and organization."""
    profile = about.get("profile") or {}
    known("profile", profile, ("avatarUrl", "bio", "timeFormat", "weekStart", "locale", "metadata"))
    world.profile = Profile(
        avatar_url=profile.get("avatarUrl"),
        bio=profile.get("bio"),
        time_format=number("profile.timeFormat", profile.get("timeFormat", 24)),
        week_start=str(profile.get("weekStart", "Monday")),
        locale=str(profile.get("locale", "en")),
        metadata=dict(profile.get("metadata") or {}),
    )
    given = about.get("organization")
    if given:
        known("organization", given, ("id", "slug", "isPlatform"))
        world.organization = Organization(
            number("organization.id", given.get("id", 1)),
            str(given.get("slug", "organization")),
            bool(given.get("isPlatform", False)),
        )


def person_to_json(person: Person) -> dict[str, Any]:
    """A host or owner."""
    return dict(
        zip(_PERSON, (person.id, person.name, person.email, person.username, person.timezone), strict=True)
    )


def person_from_json(item: Json, *, fallback_id: int = 1) -> Person:
    """A host or owner; what isn't given is made from the name."""
    known("person", item, _PERSON)
    name = str(item.get("name", "Owner"))
    username = str(item.get("username") or "".join(c for c in name.lower() if c.isalnum()) or "owner")
    return Person(
        id=number("id", item.get("id", fallback_id)),
        name=name,
        email=str(item.get("email") or f"{username}@example.test"),
        username=username,
        timezone=zone(item.get("timeZone", "Europe/Berlin")),
    )


def webhook_to_json(webhook: Webhook) -> dict[str, Any]:
    """A webhook subscription."""
    return {
        "id": webhook.id,
        "subscriberUrl": webhook.subscriber_url,
        "triggers": list(webhook.triggers),
        "active": webhook.active,
        "secret": webhook.secret,
        "payloadTemplate": webhook.payload_template,
        "eventTypeId": webhook.event_type_id,
        "createdAt": milliseconds(webhook.created_at) if webhook.created_at else None,
        "version": webhook.version,
    }


def schedule_from_json(item: Json, world: World) -> Schedule:
    """A schedule from the API's form of it."""
    known("schedule", item, _SCHEDULE)
    schedule_id = number("schedules.id", item.get("id", len(world.schedules) + 1))
    overrides = tuple(
        Override(
            date.fromisoformat(o["date"]),
            clock_minutes("overrides.startTime", o.get("startTime", "00:00")),
            clock_minutes("overrides.endTime", o.get("endTime", "00:00")),
        )
        for o in item.get("overrides", ())
    )
    return Schedule(
        id=schedule_id,
        owner_id=int(item.get("ownerId", world.user.id)),
        name=str(item.get("name", "Default schedule")),
        timezone=zone(item.get("timeZone", world.user.timezone)),
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
        clock_minutes("availability.startTime", rule.get("startTime", "09:00")),
        clock_minutes("availability.endTime", rule.get("endTime", "17:00")),
    )


def _event_type_to_json(kind: EventType) -> dict[str, Any]:
    item: dict[str, Any] = {name: getattr(kind, attribute) for name, attribute in _EVENT_TYPE.items()}
    item.update(traits_to_json(kind))
    if kind.extras:
        item["extras"] = dict(kind.extras)
    item["lengthInMinutesOptions"] = list(kind.length_options)
    item["hostIds"] = list(kind.host_ids)
    item["starts"] = None if kind.starts is None else [milliseconds(start) for start in kind.starts]
    return item


def _event_type_from_json(item: Json, world: World) -> EventType:
    more = ("lengthInMinutesOptions", "hostIds", "starts", "extras")
    known("event type", item, (*_EVENT_TYPE, *TRAITS, *more))
    values: dict[str, Any] = {
        attribute: item[name] for name, attribute in _EVENT_TYPE.items() if name in item
    }
    values["id"] = number("event_types.id", item.get("id", len(world.event_types) + 1))
    values.setdefault("title", f"Event {values['id']}")
    values.setdefault("slug", f"event-{values['id']}")
    values.setdefault("length_minutes", 30)
    values.setdefault("schedule_id", None)
    values.update(traits_from_json(item))
    host_ids = tuple(item["hostIds"] if item.get("hostIds") is not None else (next(iter(world.hosts)),))
    for host_id in host_ids:
        if host_id not in world.hosts:
            raise bad_value("event_types.hostIds", f"there is no host {host_id}")
    starts = item.get("starts")
    return EventType(
        **values,
        host_ids=host_ids,
        length_options=tuple(item.get("lengthInMinutesOptions", ())),
        extras=_extras(item.get("extras") or {}),
        starts=None
        if starts is None
        else tuple(sorted(instant("event_types.starts", start) for start in starts)),
    )


def _webhook_from_json(item: Json, world: World) -> Webhook:
    known("webhook", item, _WEBHOOK)
    if "subscriberUrl" not in item:
        raise bad_value("webhooks.subscriberUrl", "is missing")
    return Webhook(
        id=str(item.get("id") or world.new_uuid()),
        subscriber_url=str(item["subscriberUrl"]),
        triggers=tuple(item.get("triggers", ("BOOKING_CREATED", "BOOKING_CANCELLED", "BOOKING_RESCHEDULED"))),
        active=bool(item.get("active", True)),
        secret=item.get("secret"),
        payload_template=item.get("payloadTemplate"),
        event_type_id=item.get("eventTypeId"),
        created_at=maybe_instant(item.get("createdAt")),
        version=str(item.get("version", "2021-10-20")),
    )


def _extras(given: Mapping[str, Any]) -> dict[str, Any]:
    known("event type's extras", given, EXTRAS)
    return dict(given)


def _team_from_json(item: Json, world: World) -> Team:
    known("team", item, ("id", "slug", "name"))
    team_id = number("teams.id", item.get("id", len(world.teams) + 1))
    slug = str(item.get("slug", f"team-{team_id}"))
    return Team(team_id, slug, str(item.get("name", slug)))


def _absence_to_json(absence: Absence) -> dict[str, Any]:
    return {
        "hostId": absence.host_id,
        "start": milliseconds(absence.start),
        "end": milliseconds(absence.end),
        "reason": absence.reason,
    }


def _absence_from_json(item: Json, world: World) -> Absence:
    known("absence", item, ("hostId", "start", "end", "reason"))
    host_id = number("absences.hostId", item.get("hostId", world.user.id))
    start, end = instant("absences.start", item.get("start")), instant("absences.end", item.get("end"))
    return Absence(host_id, start, end, str(item.get("reason", "out_of_office")))
