"""Schedules (cal-api-version 2024-06-11 and 2024-06-14): all of them, the default, and writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from simulator.calcom.class_validation import (
    BOOLEAN,
    CLOCK_FACE,
    DATE,
    LIST,
    STRING,
    ZONE,
    Field,
    check,
    each_of,
)
from simulator.calcom.errors import HttpException
from simulator.calcom.exchange import V_SCHEDULES, Answer, Call, Operation, success
from simulator.calcom.serialize import DAYS, schedule_to_wire
from simulator.calcom.state import schedule_from_json
from simulator.calcom.world import Schedule, World

_HOURS = (
    Field("days", (LIST, each_of(DAYS)), required=True),
    Field("startTime", (CLOCK_FACE,), required=True),
    Field("endTime", (CLOCK_FACE,), required=True),
)
_OVERRIDE = (
    Field("date", (DATE,), required=True),
    Field("startTime", (CLOCK_FACE,), required=True),
    Field("endTime", (CLOCK_FACE,), required=True),
)
_LISTS = (
    Field("availability", (LIST,), inner=_HOURS),
    Field("overrides", (LIST,), inner=_OVERRIDE),
)
_CREATE = (
    Field("name", (STRING,), required=True),
    Field("timeZone", (ZONE,), required=True),
    Field("isDefault", (BOOLEAN,), required=True),
    *_LISTS,
)
_UPDATE = (
    Field("name", (STRING,)),
    Field("timeZone", (ZONE,)),
    Field("isDefault", (BOOLEAN,)),
    *_LISTS,
)
_OFFICE_HOURS = [{"days": list(DAYS[:5]), "startTime": "09:00", "endTime": "17:00"}]


def list_schedules(call: Call) -> Answer:
    """The account's schedules."""
    return success([schedule_to_wire(schedule) for schedule in list(call.world.schedules.values())])


def get_default_schedule(call: Call) -> Answer:
    """The default schedule, or null."""
    default = next((s for s in list(call.world.schedules.values()) if s.is_default), None)
    return success(schedule_to_wire(default) if default else None)


def get_schedule(call: Call) -> Answer:
    """One schedule of the account."""
    return success(schedule_to_wire(_find(call.world, call.params["id"])))


def create_schedule(call: Call) -> Answer:
    """201 with the schedule; office hours from Monday to Friday unless it says others."""
    body = check(call.json_object(), _CREATE)
    world = call.world
    with world.lock:
        made = _from_body({"availability": _OFFICE_HOURS, **body}, world, max(world.schedules, default=0) + 1)
        call.write(lambda: _put(world, made))
    return success(schedule_to_wire(made), 201)


def update_schedule(call: Call) -> Answer:
    """The changed schedule; given availability and overrides replace the old ones."""
    body = check(call.json_object(), _UPDATE)
    world = call.world
    with world.lock:
        before = _find(world, call.params["id"])
        after = _from_body({**schedule_to_wire(before), **body}, world, before.id)
        call.write(lambda: _put(world, after))
    return success(schedule_to_wire(after))


def delete_schedule(call: Call) -> Answer:
    """Success without data; event types that had it go back to their hosts' default."""
    world = call.world
    with world.lock:
        gone = _find(world, call.params["id"], missing=400)
        call.write(lambda: _remove(world, gone))
    return Answer(200, {"status": "success"})


def _find(world: World, text: str, *, missing: int = 404) -> Schedule:
    schedule = world.schedules.get(int(text)) if text.isdecimal() else None
    if schedule is None:
        raise HttpException(missing, f"Schedule with ID={text} does not exist.")
    return schedule


def _from_body(body: Mapping[str, Any], world: World, schedule_id: int) -> Schedule:
    known = ("ownerId", "name", "timeZone", "availability", "overrides", "isDefault")
    item = {name: body[name] for name in known if name in body}
    return schedule_from_json({**item, "id": schedule_id}, world)


def _put(world: World, schedule: Schedule) -> None:
    """Store it; there is one default."""
    if schedule.is_default:
        for other in list(world.schedules.values()):
            if other.id != schedule.id and other.is_default:
                world.schedules[other.id] = replace(other, is_default=False)
    world.schedules[schedule.id] = schedule
    world.version += 1


def _remove(world: World, schedule: Schedule) -> None:
    del world.schedules[schedule.id]
    for kind in list(world.event_types.values()):
        if kind.schedule_id == schedule.id:
            world.put_event_type(replace(kind, schedule_id=None))
    world.version += 1


def _operation(name: str, method: str, path: str, handler: Any) -> Operation:
    return Operation(name, method, path, handler, V_SCHEDULES, auth="required")


OPERATIONS = (
    _operation("list_schedules", "GET", "/schedules", list_schedules),
    _operation("create_schedule", "POST", "/schedules", create_schedule),
    _operation("get_default_schedule", "GET", "/schedules/default", get_default_schedule),
    _operation("get_schedule", "GET", "/schedules/<id>", get_schedule),
    _operation("update_schedule", "PATCH", "/schedules/<id>", update_schedule),
    _operation("delete_schedule", "DELETE", "/schedules/<id>", delete_schedule),
)
