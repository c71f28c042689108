"""A delivery that comes again hears what the first one heard.

Retell sends a function call anew when our answer did not reach it in time, and warns that it may be worked on twice
(retell.md 3.2). The id of the tool call, where it sends one, names the delivery.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.speech import Answer, Trouble, VoiceStatus
from app.storage import calls
from app.storage.packing import open_json, seal_json
from app.usecases.commands import CallContext
from app.usecases.parts import Parts

NOT_FINAL = frozenset(
    {VoiceStatus.TIMEOUT, VoiceStatus.ERROR, VoiceStatus.SLOT_LOCKED, VoiceStatus.CIRCUIT_OPEN}
)
"""Answers that may have become better since: such a delivery is worked on again, and a booking is still made once."""

_KINDS = {"instant": datetime.fromisoformat, "day": date.fromisoformat, "clock": time.fromisoformat}


def find_told(parts: Parts, context: CallContext, function: str) -> Answer | None:
    """Return what this very delivery was answered before, or None."""
    if context.call_id is None or context.tool_call_id is None:
        return None
    with parts.transactions.transaction(context.company_id, "find_told", read_only=True) as session:
        row = calls.find_answered(session, context.call_id, context.tool_call_id, function)
        sealed = None if row is None else row.answer_ciphertext
    if sealed is None:
        return None
    answer = answer_from_json(open_json(parts.vault, sealed), context.zone)
    return None if answer.status in NOT_FINAL else answer


def sealed_answer(parts: Parts, context: CallContext, answer: Answer) -> str | None:
    """Return an answer to be kept for a repeated delivery; None where none can be recognised."""
    if context.tool_call_id is None:
        return None
    return seal_json(parts.vault, answer_to_json(answer))


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """Return all of an answer's fields but the zone, which is the branch's."""
    return {each.name: _to_json(getattr(answer, each.name)) for each in fields(answer) if each.name != "zone"}


def answer_from_json(stored: Mapping[str, Any], zone: ZoneInfo) -> Answer:
    """Return the answer that was kept; a field it did not know yet has its default."""
    known = {each.name for each in fields(Answer)}
    values: dict[str, Any] = {name: _from_json(value) for name, value in stored.items() if name in known}
    values |= {"status": VoiceStatus(stored["status"]), "trouble": Trouble(stored["trouble"])}
    values["details"] = stored["details"]
    return Answer(**values, zone=zone)


def _to_json(value: object) -> object:
    match value:
        case datetime():
            return {"instant": value.isoformat()}
        case date():
            return {"day": value.isoformat()}
        case time():
            return {"clock": value.isoformat()}
        case tuple():
            return [_to_json(each) for each in value]
        case _:
            return value


def _from_json(value: object) -> object:
    if isinstance(value, list):
        return tuple(_from_json(each) for each in value)
    if isinstance(value, dict) and len(value) == 1:
        ((kind, text),) = value.items()
        if kind in _KINDS:
            return _KINDS[kind](text)
    return value
