"""The voice agent's tool calls: check the signature, understand, answer.

Always 200 and speakable, except 401 (not signed, or signed for another route), 413 (too large) and 400 (not JSON).
Every route ends in the same function, so that no alias answers differently (incident 1.6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Blueprint, Response, jsonify, request

from app.domain.errors import GatewayError, InvalidRequest
from app.domain.speech import Answer
from app.observability import bound
from app.retell.answer_size import fitted, sayable
from app.retell.wire import (
    Envelope,
    answer_to_wire,
    envelope_from_arguments,
    envelope_from_wire,
    function_name,
    name_from_wire,
    wish_from_wire,
)
from app.usecases.calls import find_endpoint, open_call, record_answer
from app.usecases.commands import CallContext
from app.usecases.conversation import answer_function
from app.usecases.functions import CHANGES, FUNCTIONS
from app.usecases.parts import Parts
from app.web.bodies import NotJson, json_body
from app.web.errors import answer_of_error, origin, problem
from app.web.guards import signed_by_retell

CALL_ID_HEADER = "X-Retell-Call-Id"
WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE"})
"""Methods that Retell sends without a body: it signs the empty text (retell.md 2.1)."""
WEBHOOK_ALIASES = "'collect-appointment','check-availability','check-customer','datetime','current-context'"
"""Functions that had an address of their own below the webhooks (incidents 2.1)."""

Answered = tuple[Response, int]


def create_blueprint(parts: Parts, verify: Callable[[bytes, str | None, datetime], bool]) -> Blueprint:
    """Return every route of the functions; `verify` says whether a body is signed."""
    blueprint = Blueprint("voice", __name__, url_prefix="/api")
    blueprint.before_request(signed_by_retell(parts.clock, verify))

    @blueprint.post("/retell/<function>")
    @blueprint.post("/retell/v<int:version>/<function>")
    @blueprint.post(f"/webhooks/retell/<any({WEBHOOK_ALIASES}):function>")
    def call_function(function: str, version: int = 0) -> Answered:  # noqa: ARG001 - all versions answer alike
        """Answer one function call; the body's name must be the route's function."""
        return _respond(parts, function)

    @blueprint.post("/webhooks/retell/function")
    @blueprint.post("/webhooks/retell/function-call")
    def dispatch() -> Answered:
        """Answer the function that the body names."""
        return _respond(parts, None)

    @blueprint.route("/retell/n/<token>/<function>", methods=["POST", "PUT", "PATCH", "GET", "DELETE"])
    def call_endpoint(token: str, function: str) -> Answered:
        """Answer a body of arguments alone; the address names number and function."""
        return _respond_to_arguments(parts, token, function)

    return blueprint


def _respond(parts: Parts, route: str | None) -> Answered:
    asked_at = parts.clock.now()
    try:
        body = json_body()
    except NotJson as error:
        return problem("not_json", str(error), 400)
    name = name_from_wire(body)
    # a signature covers the body alone: it is no pass to the route of another function (design 4.2)
    if route is not None and isinstance(body, dict) and function_name(name or "") != function_name(route):
        return problem("wrong_route", "name must be the function of this route", 401)
    try:
        envelope = envelope_from_wire(body, request.headers.get(CALL_ID_HEADER))
    except InvalidRequest as error:
        return _spoken(answer_of_error(error))
    return _answered(parts, name or "", envelope, asked_at)


def _respond_to_arguments(parts: Parts, token: str, function: str) -> Answered:
    """Answer for the number of a token. What no signature covers, a query, may only ask, never change."""
    asked_at = parts.clock.now()
    bodiless = request.method in WITHOUT_BODY and not request.get_data(cache=True)
    try:
        arguments = dict(request.args) if bodiless else json_body()
    except NotJson as error:
        return problem("not_json", str(error), 400)
    number = find_endpoint(parts, token)
    if number is None:
        return problem("unknown_endpoint", "the address holds no endpoint's token", 401)
    if bodiless and function_name(function) in CHANGES:
        return problem("unsigned_arguments", "this function takes its arguments in a signed body", 401)
    try:
        envelope = envelope_from_arguments(arguments, function, number, request.headers.get(CALL_ID_HEADER))
    except InvalidRequest as error:
        return _spoken(answer_of_error(error))
    return _answered(parts, function, envelope, asked_at)


def _answered(parts: Parts, name: str, envelope: Envelope, asked_at: datetime) -> Answered:
    function = function_name(name)
    if function not in FUNCTIONS:
        parts.log.warning("voice.unknown_function")
        return _spoken(answer_of_error(None))
    with bound(retell_call_id=envelope.call.retell_call_id, function=function):
        return _spoken(_answer(parts, function, envelope, asked_at))


def _spoken(answer: Answer) -> Answered:
    return jsonify(fitted(answer_to_wire(answer))), 200


def _answer(parts: Parts, function: str, envelope: Envelope, asked_at: datetime) -> Answer:
    try:
        context = open_call(parts, envelope.call, asked_at)
    except Exception as error:  # noqa: BLE001 - a 500 would be read aloud or end in silence (incidents 1.5, 1.7)
        return _answer_of(parts, error)
    with bound(company_id=context.company_id):
        try:
            answer = sayable(answer_function(parts, context, function, wish_from_wire(envelope.arguments)))
        except Exception as error:  # noqa: BLE001 - as above
            answer = _answer_of(parts, error)
        _record(parts, context, function, envelope.arguments, answer)
        parts.log.info("voice.answered", status=answer.status, claim=answer.claim, reason=answer.reason)
        return answer


def _answer_of(parts: Parts, error: Exception) -> Answer:
    if isinstance(error, GatewayError):
        parts.log.warning("voice.refused", code=error.code)
    else:
        parts.log.error("voice.failed", error=type(error).__name__, where=origin(error))
    return answer_of_error(error)


def _record(
    parts: Parts, context: CallContext, function: str, arguments: Mapping[str, object], answer: Answer
) -> None:
    """Keep the answer; the caller hears it even where that fails."""
    try:
        record_answer(parts, context, function, answer, arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, what was done is done and is said
        parts.log.error("voice.unrecorded", error=type(error).__name__, where=origin(error))
