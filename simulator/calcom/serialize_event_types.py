"""Event types to the JSON that clients see (cal-api-version 2024-06-14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.calcom import places
from simulator.calcom.answers import slug_of
from simulator.calcom.event_type_json import (
    policy_to_json,
    recurrence_to_json,
    seats_to_json,
    window_to_json,
)
from simulator.calcom.world import EventType, Person, World

_PLAIN: Mapping[str, Any] = {
    "disableGuests": False,
    "metadata": {},
    "price": 0,
    "currency": "usd",
    "lockTimeZoneToggleOnBookingPage": False,
    "forwardParamsSuccessRedirect": None,
    "successRedirectUrl": None,
    "isInstantEvent": False,
    "onlyShowFirstAvailableSlot": False,
    "offsetStart": 0,
    "hideCalendarNotes": False,
    "hideCalendarEventDetails": False,
    "hideOrganizerEmail": False,
    "useDestinationCalendarEmail": False,
}
_DEFAULT_FIELDS: tuple[Mapping[str, Any], ...] = (
    {"type": "name", "slug": "name", "required": True, "label": "your_name", "placeholder": ""},
    {"type": "email", "slug": "email", "required": True, "label": "email_address", "placeholder": ""},
    {"type": "radioInput", "slug": "location", "required": False, "hidden": False, "label": "location"},
    {
        "type": "text",
        "slug": "title",
        "required": True,
        "hidden": True,
        "label": "what_is_this_meeting_about",
    },
    {"type": "textarea", "slug": "notes", "required": False, "hidden": False, "label": "additional_notes"},
    {
        "type": "multiemail",
        "slug": "guests",
        "required": False,
        "hidden": False,
        "label": "additional_guests",
    },
    {
        "type": "textarea",
        "slug": "rescheduleReason",
        "required": False,
        "hidden": False,
        "label": "reason_for_reschedule",
    },
)
_WITHOUT_PLACEHOLDER = frozenset({"boolean", "checkbox", "multiselect", "radio"})
_PLACEHOLDER = {"title": "", "notes": "", "guests": "", "rescheduleReason": ""}


def event_type_to_wire(world: World, kind: EventType) -> dict[str, Any]:
    """An event type as its owner sees it; one of a team names the team and its hosts instead of users."""
    wire: dict[str, Any] = {
        **_PLAIN,
        "id": kind.id,
        "lengthInMinutes": kind.length_minutes,
        "title": kind.title,
        "slug": kind.slug,
        "description": kind.description,
        "locations": [dict(place) for place in places.offered(kind)],
        "bookingFields": _fields(kind),
        "recurrence": recurrence_to_json(kind.recurrence),
        "slotInterval": kind.slot_interval_minutes,
        "minimumBookingNotice": kind.notice_minutes,
        "beforeEventBuffer": kind.before_buffer_minutes,
        "afterEventBuffer": kind.after_buffer_minutes,
        "seatsPerTimeSlot": kind.seats.per_slot if kind.seats else None,
        "seatsShowAvailabilityCount": kind.seats.show_availability if kind.seats else None,
        "confirmationPolicy": policy_to_json(kind) or {"disabled": True},
        "scheduleId": kind.schedule_id,
        "hidden": kind.hidden,
        "bookingRequiresAuthentication": kind.requires_authentication,
        "requiresBookerEmailVerification": kind.requires_email_verification,
        **kind.extras,
        **_limits(kind),
    }
    if kind.length_options:
        wire["lengthInMinutesOptions"] = list(kind.length_options)
    if kind.seats is not None:
        wire["seats"] = seats_to_json(kind.seats)
    if kind.window is not None:
        wire["bookingWindow"] = [window_to_json(kind.window)]
    wire.update(_team(world, kind) if kind.team_id is not None else _owner(world, kind))
    return wire


def _limits(kind: EventType) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    if kind.count_limits:
        limits["bookingLimitsCount"] = dict(kind.count_limits)
    if kind.duration_limits:
        limits["bookingLimitsDuration"] = dict(kind.duration_limits)
    if kind.active_bookings_limit is not None:
        limits["bookerActiveBookingsLimit"] = {
            "maximumActiveBookings": kind.active_bookings_limit,
            "offerReschedule": kind.offers_reschedule,
        }
    return limits


def _fields(kind: EventType) -> list[dict[str, Any]]:
    """The fields that every event type has, changed by its own, and then those that only it has."""
    own = {slug_of(field): dict(field) for field in kind.booking_fields}
    fields = []
    for usual in _DEFAULT_FIELDS:
        slug = str(usual["slug"])
        field = {**usual, "isDefault": True, **own.pop(slug, {}), "slug": slug, "type": usual["type"]}
        if slug in _PLACEHOLDER:
            field.setdefault("placeholder", _PLACEHOLDER[slug])
        fields.append(field)
    for slug, given in own.items():
        field = {"required": False, "hidden": False, "label": slug, **given, "isDefault": False}
        if field.get("type") not in _WITHOUT_PLACEHOLDER:
            field.setdefault("placeholder", "")
        fields.append(field)
    return fields


def _owner(world: World, kind: EventType) -> dict[str, Any]:
    return {
        "ownerId": world.user.id,
        "users": [_user_to_wire(world.hosts[host]) for host in kind.host_ids if host in world.hosts],
    }


def _team(world: World, kind: EventType) -> dict[str, Any]:
    team = world.teams.get(kind.team_id or 0)
    return {
        "teamId": kind.team_id,
        "ownerId": None,
        "parentEventTypeId": None,
        "schedulingType": kind.scheduling_type,
        "assignAllTeamMembers": False,
        "hosts": [
            {"userId": host, "name": world.hosts[host].name, "mandatory": False, "priority": "medium"}
            for host in kind.host_ids
            if host in world.hosts
        ],
        "team": {
            "id": kind.team_id,
            "slug": team.slug if team else "",
            "name": team.name if team else "",
            "bannerUrl": "",
            "logoUrl": "",
            "weekStart": "Monday",
            "brandColor": "",
            "darkBrandColor": "",
            "theme": "",
        },
    }


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
