"""Event types as Cal.com shows them, and what its answers say of a service that is set up wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.calcom.refusals import message_of
from app.calcom.replies import NOT_FOUND, OK_STATUSES, NoReply, Reply, unread
from app.calcom.wire import UnreadableReply, data_from_wire, id_from_wire
from app.domain.event_types import EventTypeSeen
from app.domain.outcomes import CheckFailed

EVENT_TYPES_VERSION = "2024-06-14"

_CLIENT_ERRORS = range(400, 500)
_NOT_OUR_FAULT = frozenset({408, 425, 429})
"""Too slow or too often: the same request may succeed later."""


def event_type_of(reply: Reply | NoReply) -> EventTypeSeen | CheckFailed | None:
    """Return the event type of a reply, None when the account has none of that id, or that it was not read."""
    if isinstance(reply, NoReply):
        return unread(reply)
    if reply.status == NOT_FOUND and message_of(reply.body):
        return None
    if reply.status not in OK_STATUSES:
        return failed_read(reply)
    try:
        return event_type_from_wire(data_from_wire(reply.body))
    except UnreadableReply as error:
        return CheckFailed(str(error))


def event_type_from_wire(data: object) -> EventTypeSeen:
    """Return an event type; only its id must be there."""
    if not isinstance(data, dict):
        raise UnreadableReply("the event type is not an object")
    event_type_id = id_from_wire(data.get("id"))
    if event_type_id is None:
        raise UnreadableReply("the event type has no id")
    length = data.get("lengthInMinutes", data.get("length"))
    return EventTypeSeen(
        event_type_id=event_type_id,
        length_minutes=length if isinstance(length, int) and not isinstance(length, bool) else None,
        is_seated=bool(data.get("seatsPerTimeSlot")) or _is_on(data.get("seats")),
        is_recurring=_is_on(data.get("recurrence")) or _is_on(data.get("recurringEvent")),
        is_managed=str(data.get("schedulingType") or "").casefold() == "managed",
        host_ids=tuple(_hosts(data)),
    )


def failed_read(reply: Reply) -> CheckFailed:
    """Return that a read was refused; one that Cal.com explains is our own fault (incident 1.15).

    An event type that is not in the account comes as 404 with Cal.com's words; a 404 without any is some proxy's.
    """
    explained = reply.status in _CLIENT_ERRORS and message_of(reply.body) is not None
    return CheckFailed(f"status {reply.status}", explained and reply.status not in _NOT_OUR_FAULT)


def _is_on(setting: object) -> bool:
    """Return whether a setting of an event type is there and not switched off."""
    return isinstance(setting, dict) and bool(setting) and not setting.get("disabled")


def _hosts(data: dict[str, Any]) -> Iterator[int]:
    for key, name in (("hosts", "userId"), ("users", "id")):
        entries = data.get(key)
        for entry in entries if isinstance(entries, list) else ():
            host = id_from_wire(entry.get(name)) if isinstance(entry, dict) else None
            if host is not None:
                yield host
