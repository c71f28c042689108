"""Retell's envelopes to our commands, and our answers to JSON. Field names are normalised here, once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.alternatives import say_offer
from app.domain.errors import InvalidRequest
from app.domain.german.say import say_instant
from app.domain.incoming import IncomingCall
from app.domain.people import visible_number
from app.domain.speech import Answer, VoiceStatus
from app.retell.cleaning import can_be_kept, clean_address, clean_text
from app.retell.names import function_name
from app.usecases.commands import AppointmentWish

__all__ = [
    "ALIASES",
    "LONGEST",
    "Envelope",
    "answer_to_wire",
    "call_id_from_wire",
    "envelope_from_arguments",
    "envelope_from_wire",
    "function_name",
    "name_from_wire",
    "wish_from_wire",
]

ALIASES: Mapping[str, tuple[str, ...]] = {
    "datum": ("datum", "date", "appointment_date", "datetime", "date_string"),
    "uhrzeit": ("uhrzeit", "time", "appointment_time", "start_time"),
    "new_datum": ("new_datum", "new_date", "neues_datum"),
    "new_uhrzeit": ("new_uhrzeit", "new_time", "neue_uhrzeit"),
    "old_datum": ("old_datum", "old_date", "altes_datum"),
    "old_uhrzeit": ("old_uhrzeit", "old_time", "alte_uhrzeit"),
    "name": ("name", "customer_name", "kundenname"),
    "phone": ("telefon", "phone", "customer_phone", "telefonnummer"),
    "email": ("email", "e_mail", "customer_email"),
    "said": ("wortlaut", "gesagt", "said", "utterance"),
    "dienstleistung": ("dienstleistung", "service", "service_name"),
    "mitarbeiter": ("mitarbeiter", "staff", "staff_name", "preferred_staff"),
    "appointment_id": ("appointment_id", "booking_uid", "termin_id"),
    "reason": ("reason", "grund", "cancellation_reason"),
    "reservation_uid": ("reservation_uid", "reservierung"),
    "after": ("after", "ab"),
    "search_days": ("search_days", "suchtage"),
    "preferred_time": ("preferred_time", "rueckrufzeit", "callback_time"),
    "note": ("note", "notiz", "anliegen", "notes"),
    "confidence": ("confidence", "konfidenz"),
    "confirmed": ("bestaetigung", "confirm_booking", "confirmed"),
    "for_other": ("fuer_andere", "for_other", "third_party"),
    "another": ("weiterer_termin", "book_another", "another"),
}
"""One wish, many spellings (incident 1.28)."""

FLAGS = frozenset({"confirmed", "for_other", "another"})
"""Fields that are true or not; all others are text."""

LONGEST = {
    "datum": 160,
    "uhrzeit": 160,
    "new_datum": 160,
    "new_uhrzeit": 160,
    "old_datum": 160,
    "old_uhrzeit": 160,
    "said": 600,
    "name": 150,
    "phone": 40,
    "email": 254,
    "dienstleistung": 250,
    "mitarbeiter": 150,
    "appointment_id": 120,
    "reason": 500,
    "reservation_uid": 120,
    "after": 160,
    "search_days": 10,
    "preferred_time": 200,
    "note": 2000,
    "confidence": 40,
}
"""Longer values are no honest answer of a caller (incidents, section 2.2)."""

PLACEHOLDER_CALL_IDS = frozenset(
    {"", "1", "12345", "none", "null", "current", "dummy_call_id", "undefined", "unknown", "call_id"}
)
"""What models and templates send instead of a call id: the same as none (incident 1.27)."""

LONGEST_CALL_ID = 120

_SHORT_CALL_ID = re.compile(r"call_0*\d{1,3}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One function call of the voice agent."""

    name: str | None
    arguments: Mapping[str, Any] = field(repr=False)
    call: IncomingCall


def name_from_wire(body: object) -> str | None:
    """Return the function that a body names, None where it names none."""
    if not isinstance(body, dict):
        return None
    name = body.get("name") or body.get("function_name")
    return name if isinstance(name, str) and name.strip() else None


def envelope_from_wire(body: object, header_call_id: str | None) -> Envelope:
    """Return the call and arguments of a request; raise InvalidRequest that names what is missing."""
    if not isinstance(body, dict):
        raise InvalidRequest("body", "the body must be a JSON object with name, args and call")
    arguments = _arguments(body)
    call = body.get("call")
    ours, theirs = ("from_number", "to_number") if _is_outbound(call) else ("to_number", "from_number")
    dialled = call.get(ours) if isinstance(call, dict) else None
    if not isinstance(call, dict) or not isinstance(dialled, str) or not can_be_kept(dialled):
        raise InvalidRequest("call.to_number", "call must be an object with to_number, the dialled number")
    name = name_from_wire(body)
    caller = call.get(theirs)
    return Envelope(
        name=name,
        arguments=arguments,
        call=IncomingCall(
            dialled_number=dialled.strip(),
            caller_number=visible_number(caller if isinstance(caller, str) and can_be_kept(caller) else None),
            retell_call_id=call_id_from_wire(call.get("call_id"), header_call_id, arguments.get("call_id")),
            tool_call_id=_tool_call_id(call, name),
        ),
    )


def envelope_from_arguments(
    arguments: object, function: str, dialled_number: str, header_call_id: str | None
) -> Envelope:
    """Return the envelope of a body of arguments alone; the address says which function and which number."""
    if not isinstance(arguments, dict):
        raise InvalidRequest("args", "the body must be a JSON object of arguments")
    return Envelope(
        name=function,
        arguments=arguments,
        call=IncomingCall(
            dialled_number=dialled_number,
            caller_number=None,
            retell_call_id=call_id_from_wire(header_call_id, arguments.get("call_id")),
        ),
    )


def _arguments(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments, wherever a body carries them (incident 1.28).

    They stand under args or parameters, at times wrapped once more, or flat beside the call. A flag that was
    merged beside them instead of into them counts (incident 1.9).
    """
    holder = next((key for key in ("args", "arguments", "parameters") if key in body), None)
    if holder is None:
        return {key: value for key, value in body.items() if key not in {"name", "function_name", "call"}}
    arguments = body[holder]
    if isinstance(arguments, dict) and isinstance(arguments.get("args"), dict):
        arguments = arguments["args"]
    if not isinstance(arguments, dict):
        raise InvalidRequest("args", "args must be an object")
    beside = {key: body[key] for key in ALIASES["confirmed"] if key in body}
    return {**beside, **arguments}


def _is_outbound(call: object) -> bool:
    return isinstance(call, dict) and call.get("direction") == "outbound"


def _tool_call_id(call: Mapping[str, Any], name: str | None) -> str | None:
    """Return Retell's id of this very tool call: the last one invoked and not answered (retell.md 3.1)."""
    said = call.get("transcript_with_tool_calls")
    for item in reversed(said if isinstance(said, list) else []):
        if not isinstance(item, dict) or item.get("role") == "tool_call_result":
            return None
        if item.get("role") == "tool_call_invocation":
            found, called = item.get("tool_call_id"), item.get("name")
            fits = (
                isinstance(called, str) and name is not None and function_name(called) == function_name(name)
            )
            usable = isinstance(found, str) and 0 < len(found) <= LONGEST_CALL_ID and can_be_kept(found)
            return found if fits and usable and isinstance(found, str) else None
    return None


def wish_from_wire(arguments: Mapping[str, Any]) -> AppointmentWish:
    """Return the arguments as a wish; a field of the wrong type or length raises InvalidRequest."""
    texts: dict[str, Any] = {name: _text(arguments, name) for name in ALIASES if name not in FLAGS}
    flags: dict[str, Any] = {name: _is_true(_first(arguments, name)) for name in FLAGS}
    return AppointmentWish(**texts, **flags)


def answer_to_wire(answer: Answer) -> dict[str, Any]:
    """Return an answer as the voice agent gets it."""
    body: dict[str, Any] = {
        "success": answer.success,
        "status": answer.status,
        "message": answer.message,
        "available": answer.status is VoiceStatus.AVAILABLE,
        "requested_time": _local(answer, answer.asked),
        "alternatives": [_offer_to_wire(answer, start) for start in answer.alternatives],
        "reason": answer.reason,
        "service": answer.service,
    }
    if answer.awaiting_confirmation:
        body |= {"awaiting_confirmation": True, "next_action": "ask_for_confirmation"}
    if answer.calcom_booking_uid:
        body |= {
            "appointment_id": answer.calcom_booking_uid,
            "confirmation_email_sent": answer.confirmation_sent_to_caller,
        }
    if answer.missing:
        body["missing_fields"] = list(answer.missing)
    if answer.others:
        body["other_readings"] = [
            {"time": _local(answer, start), "spoken": say_instant(start, answer.zone)}
            for start in answer.others
        ]
    if answer.options:
        body["options"] = list(answer.options)
    if answer.minimum_notice_minutes is not None:
        body["minimum_notice_minutes"] = answer.minimum_notice_minutes
    if answer.previous is not None:
        body["old_time"] = _local(answer, answer.previous)
    if answer.fee_cents:
        body["fee"] = answer.fee_cents / 100
    if answer.now is not None:
        body["current_time"] = _local(answer, answer.now)
    body |= answer.details
    return {key: value for key, value in body.items() if value is not None}


def _offer_to_wire(answer: Answer, start: datetime) -> dict[str, Any]:
    """Return an alternative; its words come from its date, and stand in every case of the sentence."""
    words = say_offer(start, answer.zone, answer.now, answer.asked)
    return {
        "time": _local(answer, start),
        "date": f"{start.astimezone(answer.zone):%d.%m.%Y}",
        "description": words,
        "spoken": words,
        "verified": True,
    }


def _local(answer: Answer, instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant.astimezone(answer.zone):%Y-%m-%d %H:%M}"


def call_id_from_wire(*candidates: object) -> str | None:
    """Return the first id that is one: body, then header, then arguments; never "the latest call"."""
    for candidate in candidates:
        if not isinstance(candidate, str):
            continue
        text = candidate.strip()
        if text.casefold() in PLACEHOLDER_CALL_IDS or "{{" in text or _SHORT_CALL_ID.fullmatch(text):
            continue
        if not can_be_kept(text):
            continue
        return text[:LONGEST_CALL_ID]
    return None


def _first(arguments: Mapping[str, Any], name: str) -> object:
    return next((arguments[alias] for alias in ALIASES[name] if arguments.get(alias) is not None), None)


def _text(arguments: Mapping[str, Any], name: str) -> str | None:
    value = _first(arguments, name)
    if value is None:
        return None
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise InvalidRequest(name, f"{name} must be text")
    text = str(value)
    if not can_be_kept(text):
        raise InvalidRequest(name, f"{name} must be whole characters")
    text = clean_address(text) if name == "email" else clean_text(text)
    if len(text) > LONGEST[name]:
        raise InvalidRequest(name, f"{name} is longer than {LONGEST[name]} characters")
    return text or None


def _is_true(value: object) -> bool:
    return value is True or value == 1 or (isinstance(value, str) and value.strip().casefold() == "true")
