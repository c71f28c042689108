"""Webhooks of the user and of one event type (any version): storage and validation; sending is elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from simulator.calcom.class_validation import BOOLEAN, FILLED, LIST, STRING, Field, check, each_of
from simulator.calcom.errors import ClassValidation, HttpException
from simulator.calcom.exchange import Answer, Call, Operation, success
from simulator.calcom.serialize import webhook_to_wire
from simulator.calcom.webhook_bodies import TRIGGERS
from simulator.calcom.world import Webhook

_MAX_TAKE = 250
_OPTIONAL = (
    Field("payloadTemplate", (STRING,)),
    Field("secret", (STRING,)),
    Field("version", (STRING,)),
)
_CREATE = (
    Field("subscriberUrl", (FILLED, STRING), required=True),
    Field("triggers", (LIST, each_of(TRIGGERS)), required=True),
    Field("active", (BOOLEAN,), required=True),
    *_OPTIONAL,
)
_UPDATE = (
    Field("subscriberUrl", (FILLED, STRING)),
    Field("triggers", (LIST, each_of(TRIGGERS))),
    Field("active", (BOOLEAN,)),
    *_OPTIONAL,
)
_ATTRIBUTES = {
    "subscriberUrl": "subscriber_url",
    "triggers": "triggers",
    "active": "active",
    "payloadTemplate": "payload_template",
    "secret": "secret",
    "version": "version",
}


def list_webhooks(call: Call) -> Answer:
    """A page of the subscriptions."""
    take, skip = _page(call)
    owner = _owner(call)
    own = [w for w in list(call.world.webhooks.values()) if w.event_type_id == owner]
    return success([webhook_to_wire(call.world, webhook) for webhook in own[skip : skip + take]])


def create_webhook(call: Call) -> Answer:
    """201 with the subscription; 409 when the address has one already."""
    body = check(call.json_object(), _CREATE)
    world = call.world
    with world.lock:
        owner = _owner(call)
        _refuse_known(call, owner, body["subscriberUrl"], None)
        made = Webhook(id=world.new_uuid(), event_type_id=owner, created_at=call.now, **_attributes(body))
        call.write(lambda: world.webhooks.__setitem__(made.id, made))
    return success(webhook_to_wire(world, made), 201)


def get_webhook(call: Call) -> Answer:
    """One subscription with further columns of its row."""
    return success(webhook_to_wire(call.world, _find(call), with_columns=True))


def update_webhook(call: Call) -> Answer:
    """The changed subscription."""
    body = check(call.json_object(), _UPDATE)
    world = call.world
    with world.lock:
        before = _find(call)
        if "subscriberUrl" in body:
            _refuse_known(call, before.event_type_id, body["subscriberUrl"], before.id)
        after = replace(before, **_attributes(body))
        call.write(lambda: world.webhooks.__setitem__(after.id, after))
    return success(webhook_to_wire(world, after))


def delete_webhook(call: Call) -> Answer:
    """The subscription as it was."""
    world = call.world
    with world.lock:
        gone = _find(call)
        call.write(lambda: world.webhooks.__delitem__(gone.id))
    return success(webhook_to_wire(world, gone))


def _attributes(body: dict[str, Any]) -> dict[str, Any]:
    found = {attribute: body[name] for name, attribute in _ATTRIBUTES.items() if name in body}
    if "triggers" in found:
        found["triggers"] = tuple(found["triggers"])
    return found


def _refuse_known(call: Call, owner: int | None, url: str, own_id: str | None) -> None:
    for webhook in call.world.webhooks.values():
        if webhook.subscriber_url == url and webhook.event_type_id == owner and webhook.id != own_id:
            whose = "user" if owner is None else "event type"
            raise HttpException(409, f"Webhook with this subscriber url already exists for this {whose}")


def _owner(call: Call) -> int | None:
    """The event type of the path, None for the user's own; 404 for an unknown event type."""
    text = call.params.get("event_type_id")
    if text is None:
        return None
    kind = call.world.event_types.get(int(text)) if text.isdecimal() else None
    if kind is None:
        raise HttpException(404, f"Event type with id {text} not found")
    return kind.id


def _find(call: Call) -> Webhook:
    """The subscription of the path; 403 for one that belongs to another owner than the path says."""
    owner, webhook_id = _owner(call), call.params["webhook_id"]
    webhook = call.world.webhooks.get(webhook_id)
    if webhook is None:
        raise HttpException(404, f"Webhook ({webhook_id}) not found")
    if webhook.event_type_id == owner:
        return webhook
    if owner is None:
        user = call.world.user.id
        raise HttpException(
            403,
            f"IsUserWebhookGuard - user with id=({user}) is not the owner of webhook with id=({webhook_id})",
        )
    raise HttpException(404, f"Webhook ({webhook_id}) not found")


def _page(call: Call) -> tuple[int, int]:
    query, errors = call.asked.query, []
    for name, least, most in (("take", 1, _MAX_TAKE), ("skip", 0, None)):
        text = query.get(name)
        if text is None:
            continue
        broken = _broken(name, text, least, most)
        if broken:
            errors.append(
                {
                    "target": dict(query),
                    "value": text,
                    "property": name,
                    "children": [],
                    "constraints": broken,
                }
            )
    if errors:
        raise ClassValidation(errors)
    return int(query.get("take", _MAX_TAKE)), int(query.get("skip", 0))


def _broken(name: str, text: str, least: int, most: int | None) -> dict[str, str]:
    if not text.removeprefix("-").isdecimal():
        return {"isNumber": f"{name} must be a number conforming to the specified constraints"}
    if int(text) < least:
        return {"min": f"{name} must not be less than {least}"}
    if most is not None and int(text) > most:
        return {"max": f"{name} must not be greater than {most}"}
    return {}


def _operations(prefix: str, name: str) -> tuple[Operation, ...]:
    one = f"{prefix}/<webhook_id>"

    def operation(verb: str, method: str, path: str, handler: Callable[[Call], Answer]) -> Operation:
        plural = "s" if verb == "list" else ""
        return Operation(f"{verb}_{name}{plural}", method, path, handler, None, auth="required")

    return (
        operation("list", "GET", prefix, list_webhooks),
        operation("create", "POST", prefix, create_webhook),
        operation("get", "GET", one, get_webhook),
        operation("update", "PATCH", one, update_webhook),
        operation("delete", "DELETE", one, delete_webhook),
    )


OPERATIONS = (
    *_operations("/webhooks", "webhook"),
    *_operations("/event-types/<event_type_id>/webhooks", "event_type_webhook"),
)
