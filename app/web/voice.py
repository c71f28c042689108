"""The voice agent's tool calls: check the signature, understand, answer.

Always 200 and speakable, except 401 (not signed, or signed for another route), 413 (too large) and 400 (not JSON).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Blueprint, Response, jsonify, request

from app.domain.errors import GatewayError
from app.domain.speech import Answer
from app.observability import bound
from app.retell.wire import Envelope, answer_to_wire, envelope_from_wire, function_name, wish_from_wire
from app.usecases.calls import open_call, record_answer
from app.usecases.commands import CallContext
from app.usecases.functions import FUNCTIONS
from app.usecases.parts import Parts
from app.usecases.ports import DatabaseFailure
from app.web.errors import answer_to_error, origin, problem
from app.web.guards import signed_by_retell


def create_blueprint(parts: Parts, verify: Callable[[bytes, str | None, datetime], bool]) -> Blueprint:
    """Return the routes under /api/retell; `verify` says whether a body is signed."""
    blueprint = Blueprint("voice", __name__, url_prefix="/api/retell")
    blueprint.before_request(signed_by_retell(parts.clock, verify))

    @blueprint.post("/<function>")
    def call_function(function: str) -> tuple[Response, int]:
        """Answer one function call of the voice agent."""
        asked_at = parts.clock.now()
        body = request.get_json(silent=True)
        if body is None:
            return problem("not_json", "the body is not JSON", 400)
        try:
            envelope = envelope_from_wire(body, request.headers.get("X-Retell-Call-Id"))
        except GatewayError as error:
            return jsonify(answer_to_error(error)), 200
        if envelope.name is None or function_name(envelope.name) != function_name(function):
            return problem("wrong_route", "name must be the function of this route", 401)
        with bound(retell_call_id=envelope.call.retell_call_id, function=function):
            return jsonify(_answer(parts, function_name(function), envelope, asked_at)), 200

    return blueprint


def _answer(parts: Parts, function: str, envelope: Envelope, asked_at: datetime) -> Mapping[str, object]:
    handler = FUNCTIONS.get(function)
    if handler is None:
        return answer_to_error(None)
    try:
        context = open_call(parts, envelope.call, asked_at)
        with bound(company_id=context.company_id):
            answer = handler(parts, context, wish_from_wire(envelope.arguments))
            _record(parts, context, function, answer)
            parts.log.info("voice.answered", status=answer.status, claim=answer.claim, reason=answer.reason)
            return answer_to_wire(answer)
    except GatewayError as error:
        parts.log.warning("voice.refused", code=error.code)
        return answer_to_error(error)
    except Exception as error:  # noqa: BLE001 - a 500 would be read aloud or end in silence (incidents 1.5, 1.7)
        parts.log.error("voice.failed", error=type(error).__name__, where=origin(error))
        return answer_to_error(error)


def _record(parts: Parts, context: CallContext, function: str, answer: Answer) -> None:
    """Keep the answer; the caller hears it even where that fails."""
    try:
        record_answer(parts, context, function, answer)
    except DatabaseFailure as error:
        parts.log.error("voice.unrecorded", error=type(error).__name__)
