"""A call's row: found by Retell's id, taken over from the row that announced the call, or made on demand.

A function may come before call_started, and call_inbound comes before there is an id: whatever comes first
makes the row, and everything after it finds the same one (incidents 1.27, 1.29).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from app.domain.identifiers import BranchId, CallId, CompanyId
from app.domain.incoming import IncomingCall
from app.domain.statuses import CallStatus
from app.storage import calls
from app.storage.models import Call
from app.usecases.parts import Parts

ANNOUNCED_FOR = timedelta(minutes=10)
"""How long a call may ring before it is connected and gets its id."""
LONGEST_NUMBER = 20


@dataclass(frozen=True, slots=True)
class KnownCall:
    """A call's row as the edge needs it."""

    call_id: CallId
    caller_number: str | None = field(repr=False)


def find_or_add_call(
    parts: Parts, incoming: IncomingCall, company_id: CompanyId, branch_id: BranchId, now: datetime
) -> KnownCall | None:
    """Return the call's row, None for a call without an id; two first requests at once both get the one row."""
    known = _find(parts, company_id, incoming)
    if known is not None or incoming.retell_call_id is None:
        return known
    try:
        return _add(parts, incoming, company_id, branch_id, now)
    except IntegrityError:
        return _find(parts, company_id, incoming)


def new_call(
    parts: Parts, incoming: IncomingCall, company_id: CompanyId, branch_id: BranchId, now: datetime
) -> Call:
    """Return a row for a call that is known only by what `incoming` says of it; one without an id gets one."""
    return Call(
        company_id=company_id,
        branch_id=branch_id,
        retell_call_id=incoming.retell_call_id or parts.chance.token(calls.UNNAMED),
        caller_number_ciphertext=parts.vault.seal_optional(incoming.caller_number),
        caller_index=parts.vault.phone_index(incoming.caller_number),
        dialled_number=incoming.dialled_number[:LONGEST_NUMBER],
        started_at=now,
    )


def _find(parts: Parts, company_id: CompanyId, incoming: IncomingCall) -> KnownCall | None:
    if incoming.retell_call_id is None:
        return None
    with parts.transactions.transaction(company_id, "find_call", read_only=True) as session:
        row = calls.find_call(session, incoming.retell_call_id)
        if row is None or row.status == CallStatus.ANNOUNCED:
            return None  # an announced one is connected by `_add`
        return _known(parts, row, incoming)


def _add(
    parts: Parts, incoming: IncomingCall, company_id: CompanyId, branch_id: BranchId, now: datetime
) -> KnownCall:
    retell_call_id = incoming.retell_call_id or ""
    caller_index = parts.vault.phone_index(incoming.caller_number)
    with parts.transactions.transaction(company_id, "add_call") as session:
        row = calls.take_announced(
            session, retell_call_id, caller_index, incoming.dialled_number, since=now - ANNOUNCED_FOR
        )
        if row is None:
            row = new_call(parts, incoming, company_id, branch_id, now)
            session.add(row)
        session.flush()
        return _known(parts, row, incoming)


def _known(parts: Parts, row: Call, incoming: IncomingCall) -> KnownCall:
    kept = row.caller_number_ciphertext
    return KnownCall(row.id, incoming.caller_number or parts.vault.open_optional(kept))
