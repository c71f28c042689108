"""What a call came to: by what is committed, never by what was said or by what Retell's analysis thinks (1.40)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.domain.identifiers import CallId
from app.domain.statuses import CallOutcome, CallRelation
from app.storage import call_outcomes, calls
from app.storage.call_outcomes import CallTraces
from app.usecases.parts import Parts

BATCH = 100


def decide_outcome(traces: CallTraces) -> CallOutcome:
    """Return the outcome of a call from its traces.

    Asking again for what one has already (`found`) commits nothing. An attempt that is still open may come
    either way, and the call is judged again when it closes.
    """
    if traces.has_committed or CallRelation.BOOKED in traces.relations:
        return CallOutcome.BOOKED
    if CallRelation.MOVED in traces.relations:
        return CallOutcome.MOVED
    if traces.has_pending or traces.has_open_attempt:
        return CallOutcome.PENDING
    if CallRelation.CANCELLED in traces.relations:
        return CallOutcome.CANCELLED
    return CallOutcome.CALLBACK if traces.has_callback else CallOutcome.NOT_BOOKED


def judge_call(session: Session, call_id: CallId) -> CallOutcome:
    """Write a call's outcome into its row and return it."""
    outcome = decide_outcome(call_outcomes.traces_of(session, call_id))
    calls.get_call(session, call_id).outcome = outcome
    return outcome


def judge_again(parts: Parts) -> int:
    """Judge ended calls anew whose attempt was settled since; return how many were."""
    reason = "calls of any company are judged again"
    with parts.transactions.sweep(reason, "list_to_judge", read_only=True) as session:
        waiting = call_outcomes.list_to_judge(session, BATCH)
    for company_id, call_id in waiting:
        with parts.transactions.transaction(company_id, "judge_call") as session:
            outcome = judge_call(session, call_id)
        parts.log.info("call.judged", company_id=company_id, call=call_id, outcome=outcome)
    return len(waiting)
