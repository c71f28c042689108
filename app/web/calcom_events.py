"""What Cal.com tells us of bookings. Nothing is written before a company's secret has proved the body."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request

from app.calcom.signature import SIGNATURE_HEADER
from app.domain.identifiers import CompanyId, EventTypeId
from app.domain.incoming import IncomingEvent, UnreadableMessage
from app.observability import bound
from app.usecases.parts import Parts
from app.usecases.webhooks import ReadEvent, accept_event, list_candidates, try_to_apply
from app.web.bodies import NotJson, json_body
from app.web.errors import problem

Verify = Callable[[bytes, str | None, str], bool]
"""Whether a header is a secret's signature of exactly these bytes."""


def create_blueprint(parts: Parts, verify: Verify, read_event: ReadEvent) -> Blueprint:
    """Return the routes that Cal.com's webhooks are sent to; `read_event` knows their wire format."""
    blueprint = Blueprint("calcom_events", __name__, url_prefix="/api/webhooks")

    @blueprint.post("/calcom")
    def receive() -> tuple[Response, int]:
        """Store one event once and act on it."""
        raw = request.get_data(cache=True)
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return problem("not_json", "the body is not JSON in UTF-8", 400)
        try:
            json_body()
        except NotJson as error:
            return problem("not_json", str(error), 400)
        try:
            incoming = read_event(text, parts.clock.now())
        except UnreadableMessage as error:
            return _unreadable(parts, verify, raw, str(error))
        company_id = _signer(parts, verify, raw, incoming)
        if company_id is None:
            return problem("invalid_signature", f"{SIGNATURE_HEADER} fits no company of this event", 401)
        with bound(company_id=company_id):
            event_id = accept_event(parts, company_id, incoming)
            if event_id is None:
                return jsonify({"received": True, "status": "duplicate"}), 200
            status = try_to_apply(parts, company_id, event_id, incoming)
            return jsonify({"received": True, "status": status or "stored"}), 200

    return blueprint


def _signer(parts: Parts, verify: Verify, raw: bytes, incoming: IncomingEvent) -> CompanyId | None:
    """Return the company whose secret signed the body, among those that own its event type."""
    event_type_id = incoming.booking.event_type_id
    candidates = list_candidates(parts, EventTypeId(event_type_id) if event_type_id is not None else None)
    if not candidates:
        candidates = list_candidates(parts, None)
    header = request.headers.get(SIGNATURE_HEADER)
    return next((entry.company_id for entry in candidates if verify(raw, header, entry.secret)), None)


def _unreadable(parts: Parts, verify: Verify, raw: bytes, reason: str) -> tuple[Response, int]:
    """Answer a body of no known shape: ignored when somebody we know signed it (a PING), else refused."""
    header = request.headers.get(SIGNATURE_HEADER)
    if any(verify(raw, header, entry.secret) for entry in list_candidates(parts, None)):
        parts.log.info("webhook.ignored", reason=reason)
        return jsonify({"received": True, "status": "ignored"}), 200
    return problem("invalid_signature", f"{SIGNATURE_HEADER} fits no company", 401)
