"""Reconciliation findings."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.identifiers import AppointmentId, CompanyId
from app.domain.reconciling import Difference
from app.domain.statuses import FindingStatus
from app.domain.timespan import Span
from app.storage.models import ReconciliationFinding


def record(session: Session, company_id: CompanyId, difference: Difference, now: datetime) -> bool:
    """Store a difference once; return whether it is news."""
    known = session.scalar(
        select(ReconciliationFinding).where(ReconciliationFinding.finding_key == difference.key)
    )
    if known is not None:
        known.status = FindingStatus.OPEN
        known.closed_at = None
        return False
    session.add(
        ReconciliationFinding(
            company_id=company_id,
            finding_key=difference.key,
            kind=difference.kind,
            appointment_id=AppointmentId(difference.appointment_id) if difference.appointment_id else None,
            calcom_booking_uid=difference.calcom_booking_uid,
            ours=difference.ours,
            theirs=difference.theirs,
            detail=difference.detail,
            found_at=now,
        )
    )
    return True


def close_missing(session: Session, still_there: set[str], window: Span, now: datetime) -> int:
    """Close open findings of a window that a complete comparison of it no longer sees; return how many."""
    gone = [
        finding
        for finding in session.scalars(
            select(ReconciliationFinding).where(ReconciliationFinding.status == FindingStatus.OPEN)
        )
        if finding.finding_key not in still_there and _starts_in(finding, window)
    ]
    for finding in gone:
        finding.status = FindingStatus.CLOSED
        finding.closed_at = now
    return len(gone)


def _starts_in(finding: ReconciliationFinding, window: Span) -> bool:
    text = finding.ours.get("starts_at") or finding.theirs.get("starts_at")
    return isinstance(text, str) and window.start <= datetime.fromisoformat(text) < window.end
