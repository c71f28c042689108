"""Event types, the account's owner and schedules: reading only."""

from __future__ import annotations

from simulator.calcom.errors import HttpException
from simulator.calcom.exchange import V_EVENT_TYPES, V_SCHEDULES, Answer, Call, Operation, success
from simulator.calcom.serialize import event_type_to_wire, me_to_wire, schedule_to_wire


def list_event_types(call: Call) -> Answer:
    """The account's event types; a stranger sees those of a named user that are not hidden."""
    world, query = call.world, call.asked.query
    kinds = list(world.event_types.values())
    if not call.authenticated:
        users = {person.username for person in (world.user, *world.hosts.values())}
        kinds = [kind for kind in kinds if not kind.hidden] if query.get("username") in users else []
    if query.get("eventSlug"):
        kinds = [kind for kind in kinds if kind.slug == query["eventSlug"]]
    return success([event_type_to_wire(world, kind) for kind in kinds])


def get_event_type(call: Call) -> Answer:
    """One event type of the account."""
    world, text = call.world, call.params["id"]
    kind = world.event_types.get(int(text)) if text.isdecimal() else None
    if kind is None:
        raise HttpException(404, f"Event type with id {text} not found")
    return success(event_type_to_wire(world, kind))


def get_me(call: Call) -> Answer:
    """The account's owner."""
    return success(me_to_wire(call.world))


def list_schedules(call: Call) -> Answer:
    """The account's schedules."""
    return success([schedule_to_wire(schedule) for schedule in call.world.schedules.values()])


def get_default_schedule(call: Call) -> Answer:
    """The default schedule, or null."""
    default = next((s for s in call.world.schedules.values() if s.is_default), None)
    return success(schedule_to_wire(default) if default else None)


def get_schedule(call: Call) -> Answer:
    """One schedule of the account."""
    text = call.params["id"]
    schedule = call.world.schedules.get(int(text)) if text.isdecimal() else None
    if schedule is None:
        raise HttpException(404, f"Schedule with ID={text} does not exist.")
    return success(schedule_to_wire(schedule))


OPERATIONS = (
    Operation("list_event_types", "GET", "/event-types", list_event_types, V_EVENT_TYPES),
    Operation("get_event_type", "GET", "/event-types/<id>", get_event_type, V_EVENT_TYPES, auth="required"),
    Operation("get_me", "GET", "/me", get_me, None, auth="required"),
    Operation("list_schedules", "GET", "/schedules", list_schedules, V_SCHEDULES, auth="required"),
    Operation(
        "get_default_schedule",
        "GET",
        "/schedules/default",
        get_default_schedule,
        V_SCHEDULES,
        auth="required",
    ),
    Operation("get_schedule", "GET", "/schedules/<id>", get_schedule, V_SCHEDULES, auth="required"),
)
