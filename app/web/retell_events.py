"""What Retell tells us of calls, signed like a function call.

Whatever the event, the answer is 200: what we understood is not sent again (retell.md 4.3).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify

from app.domain.call_events import CallTrigger
from app.domain.errors import InvalidRequest
from app.domain.incoming import UnreadableMessage
from app.observability import bound
from app.retell.events import announcement_from_wire, event_from_wire, trigger_from_wire
from app.usecases.call_events import accept_call_event, find_called, try_to_apply
from app.usecases.call_life import announce_call, dynamic_variables
from app.usecases.parts import Parts
from app.web.bodies import NotJson, json_body
from app.web.errors import problem
from app.web.guards import signed_by_retell

Answered = tuple[Response, int]


def create_blueprint(parts: Parts, verify: Callable[[bytes, str | None, datetime], bool]) -> Blueprint:
    """Return the route of the lifecycle webhooks; `verify` says whether a body is signed."""
    blueprint = Blueprint("retell_events", __name__, url_prefix="/api/webhooks")
    blueprint.before_request(signed_by_retell(parts.clock, verify))

    @blueprint.post("/retell")
    def receive() -> Answered:
        """Store one event once and act on it, or answer who rings."""
        try:
            body = json_body()
            trigger = trigger_from_wire(body)
        except NotJson as error:
            return problem("not_json", str(error), 400)
        except UnreadableMessage as error:
            parts.log.warning("call.event_ignored", reason=str(error))
            return _received("ignored")
        if trigger == CallTrigger.INBOUND:
            return _answer_ringing(parts, body)
        return _take(parts, body)

    return blueprint


def _answer_ringing(parts: Parts, body: object) -> Answered:
    try:
        announced = announcement_from_wire(body)
    except InvalidRequest as error:
        return problem("missing_to_number", str(error), 400)
    called = announce_call(parts, announced)
    if called is None:
        return problem("unknown_number", "the dialled number belongs to no company", 404)
    zone = ZoneInfo(called.time_zone)
    answer: dict[str, object] = {
        "dynamic_variables": dynamic_variables(parts.clock.now(), zone, announced.caller_number)
    }
    if called.agent_id:
        answer["override_agent_id"] = called.agent_id
    return jsonify({"call_inbound": answer}), 200


def _take(parts: Parts, body: object) -> Answered:
    event = event_from_wire(body, parts.clock.now())
    with bound(retell_call_id=event.retell_call_id):
        called = find_called(parts, event.dialled_number, event.retell_call_id)
        if called is None:
            parts.log.warning("call.event_ignored", reason="nobody's number", trigger=event.trigger)
            return _received("ignored")
        with bound(company_id=called.company_id):
            event_id = accept_call_event(parts, called.company_id, event)
            if event_id is None:
                return _received("duplicate")
            return _received(try_to_apply(parts, called, event_id, event) or "stored")


def _received(status: str) -> Answered:
    return jsonify({"received": True, "status": status}), 200
