"""The list of event types as upstream's older versions answer it, which clients get that name no version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from simulator.calcom import places
from simulator.calcom.world import EventType, World

# How places were called before 2024-06-14, by today's type.
_OLD_PLACE = {
    "address": "inPerson",
    "attendeeAddress": "attendeeInPerson",
    "attendeePhone": "phone",
    "attendeeDefined": "somewhereElse",
    "phone": "userPhone",
    "organizersDefaultApp": "conferencing",
}


def groups_to_wire(world: World, kinds: Iterable[EventType]) -> dict[str, Any]:
    """The owner's event types in one group, and those of each team in one of their own."""
    of: dict[int | None, list[EventType]] = {}
    for kind in kinds:
        of.setdefault(kind.team_id, []).append(kind)
    owner = world.user
    groups = [
        _group(None, owner.username, owner.name, of.get(None, []), world),
        *(_group(team.id, team.slug, team.name, of.get(team.id, []), world) for team in world.teams.values()),
    ]
    return {"eventTypeGroups": groups, "profiles": [group["profile"] for group in groups]}


def _group(
    team_id: int | None, slug: str, name: str, kinds: Iterable[EventType], world: World
) -> dict[str, Any]:
    return {
        "teamId": team_id,
        "profile": {"slug": slug, "name": name, "image": ""},
        "eventTypes": [_event_type_to_wire(kind, world) for kind in kinds],
    }


def _event_type_to_wire(kind: EventType, world: World) -> dict[str, Any]:
    return {
        "id": kind.id,
        "title": kind.title,
        "slug": kind.slug,
        "description": kind.description,
        "length": kind.length_minutes,
        "hidden": kind.hidden,
        "userId": world.user.id if kind.team_id is None else None,
        "teamId": kind.team_id,
        "schedulingType": kind.scheduling_type,
        "requiresConfirmation": kind.requires_confirmation,
        "locations": [_place(offer) for offer in places.offered(kind)],
    }


def _place(offer: Mapping[str, Any]) -> dict[str, Any]:
    name = str(offer["type"])
    if name == "integration":
        app = str(offer.get("integration"))
        return {"type": "integrations:daily" if app == "cal-video" else f"integrations:{app}"}
    return {**offer, "type": _OLD_PLACE.get(name, name)}
