"""The account's owner: read and change (any version)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from simulator.calcom.class_validation import OBJECT, STRING, WHOLE, ZONE, Field, check, one_of
from simulator.calcom.errors import HttpException
from simulator.calcom.exchange import Answer, Call, Operation, success
from simulator.calcom.serialize import DAYS, me_to_wire
from simulator.calcom.validation import LANGUAGES
from simulator.calcom.world import World

_FIELDS = (
    Field("email", (STRING,)),
    Field("name", (STRING,)),
    Field("timeFormat", (one_of((12, 24)),)),
    Field("defaultScheduleId", (WHOLE,)),
    Field("weekStart", (one_of(DAYS),)),
    Field("timeZone", (ZONE,)),
    Field("locale", (one_of(sorted(LANGUAGES)),)),
    Field("avatarUrl", (STRING,)),
    Field("bio", (STRING,)),
    Field("metadata", (OBJECT,)),
)
_PERSON = {"email": "email", "name": "name", "timeZone": "timezone"}
_PROFILE = {
    "timeFormat": "time_format",
    "weekStart": "week_start",
    "locale": "locale",
    "avatarUrl": "avatar_url",
    "bio": "bio",
    "metadata": "metadata",
}


def get_me(call: Call) -> Answer:
    """The account's owner."""
    return success(me_to_wire(call.world))


def update_me(call: Call) -> Answer:
    """The owner as changed."""
    body = check(call.json_object(), _FIELDS)
    world = call.world
    with world.lock:
        default = body.get("defaultScheduleId")
        if default is not None and default not in world.schedules:
            raise HttpException(404, f"Schedule with ID={default} does not exist.")
        call.write(lambda: _apply(world, body))
        return success(me_to_wire(world))


def _apply(world: World, body: dict[str, Any]) -> None:
    person = {attribute: body[name] for name, attribute in _PERSON.items() if name in body}
    profile = {attribute: body[name] for name, attribute in _PROFILE.items() if name in body}
    world.user = replace(world.user, **person)
    world.hosts[world.user.id] = world.user
    world.profile = replace(world.profile, **profile)
    if body.get("defaultScheduleId") is not None:
        for schedule in list(world.schedules.values()):
            is_default = schedule.id == body["defaultScheduleId"]
            world.schedules[schedule.id] = replace(schedule, is_default=is_default)
    world.version += 1


OPERATIONS = (
    Operation("get_me", "GET", "/me", get_me, None, auth="required"),
    Operation("update_me", "PATCH", "/me", update_me, None, auth="required"),
)
