"""Retell's lifecycle events: stored once, then applied in a transaction of their own, in any order and number.

An event never takes anything back: an end stays an end whatever comes after it, a transcript only grows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from app.domain.call_events import END, KNOWN, CalledBranch, CallEvent, CallTrigger
from app.domain.identifiers import CompanyId
from app.domain.incoming import IncomingCall
from app.domain.statuses import CallStatus, WebhookSource, WebhookStatus
from app.storage import calls, catalogue, webhooks
from app.storage.call_outcomes import OVER
from app.storage.encryption import VaultError
from app.storage.models import Call, WebhookEvent
from app.storage.packing import open_json, seal_json
from app.usecases.call_outcome import judge_call
from app.usecases.call_rows import find_or_add_call
from app.usecases.parts import Parts
from app.usecases.reservations import release_of_call
from app.usecases.webhooks import count_failure

ACTOR = "retell webhook"
BATCH = 100
_INSTANTS = ("happened_at", "started_at", "ended_at")


def find_called(parts: Parts, dialled_number: str | None, retell_call_id: str | None) -> CalledBranch | None:
    """Return whose call it is: by the dialled number, else by the row that knows the call already."""
    reason = "the dialled number, or the known call, decides which company is called"
    with parts.transactions.sweep(reason, "find_called", read_only=True) as session:
        number = catalogue.find_number(session, dialled_number) if dialled_number else None
        if number is not None:
            company_id, branch_id = number.company_id, number.branch_id
        else:
            owners = (
                calls.list_owners(session, retell_call_id) if retell_call_id and not dialled_number else []
            )
            if len(owners) != 1:
                return None
            company_id, branch_id = owners[0]
        return CalledBranch(company_id, branch_id, catalogue.get_branch(session, branch_id).time_zone)


def accept_call_event(parts: Parts, company_id: CompanyId, event: CallEvent) -> int | None:
    """Store an event and return its row id, or None when it was stored before."""
    row = WebhookEvent(
        company_id=company_id,
        event_key=event.key,
        source=WebhookSource.RETELL,
        trigger=event.trigger,
        happened_at=event.happened_at,
        received_at=parts.clock.now(),
        body_ciphertext=seal_json(parts.vault, _to_stored(event)),
        status=WebhookStatus.RECEIVED,
    )
    try:
        with parts.transactions.transaction(company_id, "accept_call_event") as session:
            if webhooks.find_event(session, event.key) is not None:
                return None
            session.add(row)
            session.flush()
            return row.id
    except IntegrityError:
        return None


def apply_call_event(parts: Parts, called: CalledBranch, event_id: int, event: CallEvent) -> WebhookStatus:
    """Act on a stored event; an error leaves it stored and to be tried again by the worker."""
    if event.trigger not in KNOWN or event.retell_call_id is None:
        reason = "no call is named" if event.trigger in KNOWN else "this event is not acted on"
        return _mark(parts, called.company_id, event_id, reason)
    incoming = IncomingCall(event.dialled_number or "", event.caller_number, event.retell_call_id)
    began = event.started_at or event.happened_at
    known = find_or_add_call(parts, incoming, called.company_id, called.branch_id, began)
    assert known is not None  # noqa: S101 - a call with an id has a row
    with parts.transactions.transaction(called.company_id, "apply_call_event", actor=ACTOR) as session:
        row = webhooks.get_event(session, event_id)
        call = calls.get_call(session, known.call_id)
        _tell(parts, call, event)
        if event.trigger in END:
            session.flush()
            judge_call(session, call.id)
        row.status, row.tries = WebhookStatus.PROCESSED, row.tries + 1
        if event.trigger == CallTrigger.TRANSCRIPT:
            row.body_ciphertext = seal_json(
                parts.vault, {}
            )  # the call holds it; a hundred copies help nobody
        outcome, status = call.outcome, call.status
    parts.log.info("call.told", trigger=event.trigger, call_status=status, outcome=outcome)
    if event.trigger in END:
        release_of_call(parts, called.company_id, known.call_id)
    return WebhookStatus.PROCESSED


def try_to_apply(parts: Parts, called: CalledBranch, event_id: int, event: CallEvent) -> WebhookStatus | None:
    """Apply an event; on an error nothing of it is written, it is counted, and None is returned."""
    try:
        return apply_call_event(parts, called, event_id, event)
    except (SQLAlchemyError, VaultError, ValueError) as error:
        count_failure(parts, called.company_id, event_id, error)
        return None


def run_once(parts: Parts) -> int:
    """Apply events that were stored and not acted on; return how many were."""
    reason = "events of any company wait"
    with parts.transactions.sweep(reason, "list_unapplied_calls", read_only=True) as session:
        rows = webhooks.list_unapplied(session, BATCH, source=WebhookSource.RETELL)
        waiting = [(row.company_id, row.id, row.body_ciphertext) for row in rows]
    return sum(_apply_stored(parts, *entry) for entry in waiting)


def _apply_stored(parts: Parts, company_id: CompanyId, event_id: int, body: str) -> bool:
    try:
        event = _from_stored(open_json(parts.vault, body))
    except (VaultError, ValueError, TypeError, KeyError) as error:
        count_failure(parts, company_id, event_id, error)
        return False
    called = find_called(parts, event.dialled_number, event.retell_call_id)
    if called is None or called.company_id != company_id:
        return _mark(parts, company_id, event_id, "the number is not ours any more") is not None
    return try_to_apply(parts, called, event_id, event) is not None


def _tell(parts: Parts, call: Call, event: CallEvent) -> None:
    """Let a call's row know what an event knows."""
    over = call.status in OVER
    if event.started_at is not None:
        call.started_at = event.started_at
    if event.trigger in END:
        call.status = CallStatus.ENDED
        call.ended_at = event.ended_at or call.ended_at or event.happened_at
        call.disconnection_reason = event.disconnection_reason or call.disconnection_reason
    elif not over:
        call.status = CallStatus.ONGOING
    call.last_event_at = max(filter(None, (call.last_event_at, event.happened_at)))
    call.latency = dict(event.latency) or call.latency
    call.cost_cents = event.cost_cents if event.cost_cents is not None else call.cost_cents
    if event.analysis is not None:
        call.analysis_ciphertext = seal_json(parts.vault, event.analysis)
    if event.transcript and len(event.transcript) >= _known_length(parts, call):
        call.transcript_ciphertext = seal_json(parts.vault, list(event.transcript))


def _known_length(parts: Parts, call: Call) -> int:
    """Return how many turns of the transcript we have: it grows, so the longer one is the newer (retell.md 4.3)."""
    if call.transcript_ciphertext is None:
        return 0
    try:
        return len(open_json(parts.vault, call.transcript_ciphertext))
    except VaultError:
        return 0


def _mark(parts: Parts, company_id: CompanyId, event_id: int, reason: str) -> WebhookStatus:
    with parts.transactions.transaction(company_id, "ignore_call_event", actor=ACTOR) as session:
        row = webhooks.get_event(session, event_id)
        row.status, row.reason, row.tries = WebhookStatus.IGNORED, reason, row.tries + 1
    parts.log.info("call.event_ignored", reason=reason)
    return WebhookStatus.IGNORED


def _to_stored(event: CallEvent) -> dict[str, Any]:
    values = {entry.name: getattr(event, entry.name) for entry in fields(event)}
    return values | {
        name: values[name].isoformat() if values[name] is not None else None for name in _INSTANTS
    }


def _from_stored(stored: Mapping[str, Any]) -> CallEvent:
    instants = {
        name: datetime.fromisoformat(stored[name]) if stored[name] is not None else None for name in _INSTANTS
    }
    return CallEvent(**{**stored, **instants})
