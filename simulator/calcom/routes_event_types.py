"""Event types (cal-api-version 2024-06-14): all list forms, one, and writing; the list in older versions too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulator.calcom.errors import HttpException
from simulator.calcom.event_type_input import changed, check_create, check_update, made
from simulator.calcom.exchange import V_EVENT_TYPES, V_OLDER_EVENT_TYPES, Answer, Call, Operation, success
from simulator.calcom.older_event_types import groups_to_wire
from simulator.calcom.serialize_event_types import event_type_to_wire
from simulator.calcom.world import EventType, World

_SAME_SLUG = "User already has an event type with this slug."


def list_event_types(call: Call) -> Answer:
    """One's own event types, or those of a named user; hidden ones only for their owner."""
    world, query = call.world, call.asked.query
    if call.asked.headers.get("cal-api-version") not in V_EVENT_TYPES:
        with world.lock:
            return success(groups_to_wire(world, world.event_types.values() if call.authenticated else ()))
    with world.lock:
        found = list(_asked_for(call))
        if not call.authenticated:
            found = [kind for kind in found if not kind.hidden]
        if query.get("eventSlug"):
            found = [kind for kind in found if kind.slug == query["eventSlug"]]
        if query.get("sortCreatedAt") in ("asc", "desc"):
            found.sort(key=lambda kind: kind.id, reverse=query["sortCreatedAt"] == "desc")
        return success([event_type_to_wire(world, kind) for kind in found])


def get_event_type(call: Call) -> Answer:
    """One event type of the account."""
    with call.world.lock:
        return success(event_type_to_wire(call.world, _find(call.world, call.params["id"])))


def create_event_type(call: Call) -> Answer:
    """201 with the event type."""
    body = check_create(call.json_object())
    world = call.world
    with world.lock:
        _refuse_slug(world, body["slug"], None)
        _check_schedule(world, body)
        kind = made(body, max(world.event_types, default=0) + 1, world.user.id)
        call.write(lambda: world.put_event_type(kind))
        return success(event_type_to_wire(world, kind), 201)


def update_event_type(call: Call) -> Answer:
    """The changed event type."""
    body = check_update(call.json_object())
    world = call.world
    with world.lock:
        before = _find(world, call.params["id"])
        if "slug" in body:
            _refuse_slug(world, body["slug"], before.id)
        _check_schedule(world, body)
        after = changed(before, body)
        call.write(lambda: world.put_event_type(after))
        return success(event_type_to_wire(world, after))


def delete_event_type(call: Call) -> Answer:
    """The event type's id, length, title and slug."""
    world = call.world
    with world.lock:
        kind = _find(world, call.params["id"])
        call.write(lambda: world.remove_event_type(kind.id))
    gone = {"id": kind.id, "lengthInMinutes": kind.length_minutes, "title": kind.title, "slug": kind.slug}
    return success(gone)


def _asked_for(call: Call) -> Iterable[EventType]:
    """Own ones without a question; a named user's, or those that several named users share."""
    world, query = call.world, call.asked.query
    kinds = [kind for kind in world.event_types.values() if kind.team_id is None]
    names = [name.strip() for name in query.get("usernames", "").split(",") if name.strip()]
    if not _is_inside(world, query.get("orgSlug"), query.get("orgId")):
        return ()
    if query.get("username"):
        names = [query["username"]]
    if not names:
        return world.event_types.values() if call.authenticated else ()
    ids = {person.username: person.id for person in world.hosts.values()}
    if not all(name in ids for name in names):
        return ()
    wanted = {ids[name] for name in names}
    if world.user.id in wanted and len(wanted) == 1:
        return kinds
    return [kind for kind in kinds if wanted <= {*kind.host_ids, world.user.id}]


def _is_inside(world: World, slug: str | None, organization_id: str | None) -> bool:
    if slug is None and organization_id is None:
        return True
    here = world.organization
    return here is not None and slug in (None, here.slug) and organization_id in (None, str(here.id))


def _find(world: World, text: str) -> EventType:
    kind = world.event_types.get(int(text)) if text.isdecimal() else None
    if kind is None:
        raise HttpException(404, f"Event type with id {text} not found")
    return kind


def _refuse_slug(world: World, slug: str, own_id: int | None) -> None:
    for kind in world.event_types.values():
        if kind.slug == slug and kind.team_id is None and kind.id != own_id:
            raise HttpException(400, _SAME_SLUG)


def _check_schedule(world: World, body: dict[str, Any]) -> None:
    schedule_id = body.get("scheduleId")
    if schedule_id is not None and schedule_id not in world.schedules:
        raise HttpException(404, f"Schedule with ID={schedule_id} does not exist.")


def _operation(name: str, method: str, path: str, handler: Any, auth: str = "required") -> Operation:
    return Operation(name, method, path, handler, V_EVENT_TYPES, auth=auth)


OPERATIONS = (
    Operation(
        "list_event_types", "GET", "/event-types", list_event_types, V_EVENT_TYPES | V_OLDER_EVENT_TYPES
    ),
    _operation("create_event_type", "POST", "/event-types", create_event_type),
    _operation("get_event_type", "GET", "/event-types/<id>", get_event_type),
    _operation("update_event_type", "PATCH", "/event-types/<id>", update_event_type),
    _operation("delete_event_type", "DELETE", "/event-types/<id>", delete_event_type),
)
