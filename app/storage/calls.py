"""Calls and the tool calls made during them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from app.domain.identifiers import BranchId, CallId, CompanyId
from app.domain.speech import VoiceStatus
from app.domain.statuses import CallStatus
from app.storage.models import Call, ToolCall
from app.storage.results import changed_rows

UNNAMED = "announced_"
"""How the made-up id of an announced call begins, until Retell tells the real one."""


def find_call(session: Session, retell_call_id: str) -> Call | None:
    """Return the call of Retell's id in the current company, or None."""
    return session.scalar(select(Call).where(Call.retell_call_id == retell_call_id))


def get_call(session: Session, call_id: CallId) -> Call:
    """Return a call that must exist."""
    return session.scalars(select(Call).where(Call.id == call_id)).one()


def lock_call(session: Session, call_id: CallId) -> Call:
    """Return a call that must exist, kept from other writers until the transaction ends."""
    return session.scalars(select(Call).where(Call.id == call_id).with_for_update()).one()


def list_owners(session: Session, retell_call_id: str) -> list[tuple[CompanyId, BranchId]]:
    """Return company and branch of every call of Retell's id, over all companies: there should be one."""
    rows = session.execute(
        select(Call.company_id, Call.branch_id).where(Call.retell_call_id == retell_call_id).limit(2)
    )
    return [(row.company_id, row.branch_id) for row in rows]


def is_announced(
    session: Session,
    retell_call_id: str | None,
    caller_index: str | None,
    dialled_number: str,
    *,
    since: datetime,
) -> bool:
    """Return whether a ringing call was announced already, or has even begun; hidden callers can't be told apart."""
    same_id = Call.retell_call_id == retell_call_id
    index = Call.caller_index
    same_numbers = and_(
        Call.dialled_number == dialled_number,
        Call.started_at >= since,
        index == caller_index
        if caller_index is not None
        else and_(index.is_(None), Call.status == CallStatus.ANNOUNCED),
    )
    wanted = same_id if retell_call_id is not None else same_numbers
    return session.scalar(select(Call.id).where(wanted).limit(1)) is not None


def list_answered(session: Session, call_id: CallId, *, limit: int) -> Sequence[tuple[str, datetime]]:
    """Return function and time of the newest answers of a call, in order; refusals by a limit are left out."""
    rows = session.execute(
        select(ToolCall.function, ToolCall.asked_at)
        .where(ToolCall.call_id == call_id, ToolCall.status != VoiceStatus.RATE_LIMIT_EXCEEDED)
        .order_by(ToolCall.asked_at.desc(), ToolCall.id.desc())
        .limit(limit)
    ).all()
    return [(row.function, row.asked_at) for row in reversed(rows)]


def take_announced(
    session: Session,
    retell_call_id: str,
    caller_index: str | None,
    dialled_number: str,
    *,
    since: datetime,
) -> Call | None:
    """Return the row that announced a call, with the call's real id from now on; None when there is none.

    It is the one of the same id where Retell named it early, else the oldest of the same two numbers. Only one
    of two that try gets it.
    """
    same_numbers = (
        (Call.caller_index == caller_index if caller_index is not None else Call.caller_index.is_(None))
        & (Call.dialled_number == dialled_number)
        & (Call.started_at >= since)
        & Call.retell_call_id.startswith(UNNAMED, autoescape=True)
    )
    found = session.scalar(
        select(Call)
        .where(Call.status == CallStatus.ANNOUNCED, or_(Call.retell_call_id == retell_call_id, same_numbers))
        .order_by((Call.retell_call_id == retell_call_id).desc(), Call.started_at, Call.id)
        .limit(1)
    )
    if found is None:
        return None
    taken = session.execute(
        update(Call)
        .where(Call.id == found.id, Call.status == CallStatus.ANNOUNCED)
        .values(retell_call_id=retell_call_id, status=CallStatus.ONGOING)
    )
    return found if changed_rows(taken) else None
