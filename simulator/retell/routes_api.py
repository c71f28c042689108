"""The Retell side for programs: calls, utterances, resends, events, directory, and a rival's click."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, request

from simulator.retell.conversation import Call, Exchange, Turn, WrongStateError, iso
from simulator.retell.desk import CallDesk, UnknownCallError
from simulator.retell.ports import CalcomRefusedError, CalcomView
from simulator.retell.settings import DialledNumber, RetellSettings, SettingsError

BERLIN = ZoneInfo("Europe/Berlin")
CREATED = 201
MAX_TEXT = 1000


class WrongUseError(Exception):
    """A request to the simulator that cannot be answered; the message names the field."""


def add_api(blueprint: Blueprint, desk: CallDesk, calcom: CalcomView) -> None:
    """Register the routes under `/test/api/retell`, `/test/api/take-slot` and `/__admin/retell`."""
    _add_errors(blueprint)
    _add_calls(blueprint, desk)
    _add_setup(blueprint, desk.settings)

    @blueprint.post("/test/api/take-slot")
    def take_slot() -> Response:
        body = read_object()
        start = _local_time(body.get("time"))
        number = number_of_newest(desk)
        account = body.get("account") or (number.account if number else None)
        event_type = body.get("event_type_id") or (number.event_type_id if number else None)
        taken = calcom.take_slot(account, start, None if event_type is None else int(event_type))
        return _json({"taken": taken}, CREATED)


def _add_calls(blueprint: Blueprint, desk: CallDesk) -> None:
    @blueprint.post("/test/api/retell/calls")
    def start_call() -> Response:
        body = read_object()
        call = desk.start_call(_text(body, "from_number"), _text(body, "to_number"))
        return _json(call_json(call), CREATED)

    @blueprint.get("/test/api/retell/calls/<identifier>")
    def get_call(identifier: str) -> Response:
        return _json(call_json(desk.get_call(identifier)))

    @blueprint.post("/test/api/retell/say")
    def say() -> Response:
        body = read_object()
        text = (_text(body, "text") or "").strip()
        if not text or len(text) > MAX_TEXT:
            raise WrongUseError(f"text must have 1 to {MAX_TEXT} characters")
        identifier = _text(body, "call_id")
        if identifier:
            call = desk.get_call(identifier)
        else:
            call = desk.start_call(_text(body, "from_number"), _text(body, "to_number"))
        return _json(answer_json(call, desk.say(call, text)))

    @blueprint.post("/test/api/retell/resend")
    def resend() -> Response:
        call = _named_call(desk)
        return _json(answer_json(call, desk.resend(call)))

    @blueprint.post("/test/api/retell/hang-up")
    def hang_up() -> Response:
        call = _named_call(desk)
        desk.hang_up(call)
        return _json(call_json(call))

    @blueprint.get("/test/api/retell/calls/<identifier>/events")
    def list_events(identifier: str) -> Response:
        call = desk.get_call(identifier)
        after = request.args.get("after", 0, type=int)
        return _json({**events_json(call, after)})


def _add_setup(blueprint: Blueprint, settings: RetellSettings) -> None:
    @blueprint.get("/test/api/retell/directory")
    def directory() -> Response:
        shown = settings.to_json()
        return _json({"numbers": shown["numbers"], "callers": shown["callers"]})

    @blueprint.get("/__admin/retell")
    def read_settings() -> Response:
        return _json(settings.to_json())

    @blueprint.put("/__admin/retell")
    def change_settings() -> Response:
        settings.update(read_object())
        return _json(settings.to_json())


def _add_errors(blueprint: Blueprint) -> None:
    @blueprint.errorhandler(UnknownCallError)
    def unknown(error: UnknownCallError) -> Response:
        return _error("unknown_call", str(error), 404)

    @blueprint.errorhandler(WrongStateError)
    def wrong_state(error: WrongStateError) -> Response:
        return _error("wrong_state", str(error), 409)

    @blueprint.errorhandler(WrongUseError)
    @blueprint.errorhandler(SettingsError)
    def wrong_use(error: Exception) -> Response:
        return _error("wrong_use", str(error), 400)

    @blueprint.errorhandler(CalcomRefusedError)
    def refused(error: CalcomRefusedError) -> Response:
        return _error(error.code, error.message, error.status)


def events_json(call: Call, after: int) -> dict[str, Any]:
    """Events of a call above `after`, where it stands, and the number to ask with next."""
    events = list(call.events)
    return {
        "call_id": call.id,
        "call_status": call.status.value,
        "open": any(turn.is_open for turn in list(call.turns)),
        "next": len(events),
        "events": [event.to_json() for event in events if event.id > after],
    }


def call_json(call: Call) -> dict[str, Any]:
    """A call for programs: Retell's call object and the turns so far."""
    return {**call.to_wire(), "turns": [turn_json(turn) for turn in list(call.turns)]}


def answer_json(call: Call, turn: Turn) -> dict[str, Any]:
    """What `say` and `resend` answer; `agent` is None when nothing was spoken."""
    return {
        "call_id": call.id,
        "call_status": call.status.value,
        "agent": turn.sentence,
        "turn": turn_json(turn),
        "tool_calls": [exchange_json(exchange) for exchange in turn.exchanges],
        "error": turn.error,
    }


def turn_json(turn: Turn) -> dict[str, Any]:
    """A turn: utterance, sentence, when."""
    return {
        "number": turn.number,
        "started_at": iso(turn.started_at),
        "ended_at": iso(turn.ended_at) if turn.ended_at else None,
        "utterance": turn.utterance,
        "agent": turn.sentence,
        "functions": [exchange.function for exchange in turn.exchanges],
        "error": turn.error,
    }


def exchange_json(exchange: Exchange) -> dict[str, Any]:
    """A function call as it went over the line."""
    return {
        "number": exchange.number,
        "name": exchange.function,
        "args": exchange.args,
        "request": exchange.body.decode(),
        "request_headers": exchange.request_headers,
        "url": exchange.url,
        "sent_at": iso(exchange.sent_at),
        "status_code": exchange.status_code,
        "answer": exchange.answer,
        "response_headers": exchange.response_headers,
        "duration_ms": exchange.duration_ms,
        "repeats": exchange.repeats,
        "error": exchange.error,
    }


def number_of_newest(desk: CallDesk) -> DialledNumber | None:
    """The directory entry the newest call dialled, else the first one."""
    call = desk.find_newest()
    found = desk.settings.find_number(call.to_number) if call else None
    return found or (desk.settings.numbers[0] if desk.settings.numbers else None)


def read_object() -> dict[str, Any]:
    """The body as a JSON object, whatever content type it claims; a form's fields; {} for no body.

    Raises:
        WrongUseError: it is neither.
    """
    if request.form:
        return request.form.to_dict()
    raw = request.get_data(as_text=True)
    try:
        body = json.loads(raw) if raw.strip() else {}
    except ValueError as error:
        raise WrongUseError(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise WrongUseError("the body must be a JSON object")
    return body


def _named_call(desk: CallDesk) -> Call:
    return desk.get_call(_text(read_object(), "call_id") or "")


def _text(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise WrongUseError(f"{name} must be a text")
    return value or None


def _local_time(value: Any) -> datetime:
    """An instant from a Berlin wall time such as "2025-10-20 09:00:00", or one with an offset."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise WrongUseError(f'time must look like "2025-10-20 09:00:00", not {value!r}') from error
    return at if at.tzinfo else at.replace(tzinfo=BERLIN)


def _json(body: dict[str, Any], status: int = 200) -> Response:
    response = jsonify(body)
    response.status_code = status
    return response


def _error(code: str, message: str, status: int) -> Response:
    return _json({"error": {"code": code, "message": message, "details": {}}}, status)
