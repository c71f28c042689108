"""Comparing our appointments with Cal.com's bookings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.domain.booking_check import SeenBooking
from app.domain.identifiers import AppointmentId, AttemptId, CompanyId
from app.domain.outcomes import BookingList
from app.domain.reconciling import LIVE_BOOKINGS, Difference, OurSide, compare, second_booking
from app.domain.statuses import AppointmentStatus, FindingKind, ReconciliationStatus
from app.domain.timespan import Span
from app.storage import appointments, attempts, catalogue, changes, findings
from app.storage.models import Appointment
from app.usecases.catalogue import account_of
from app.usecases.parts import Parts
from app.usecases.ports import Urgency

LOOK_BACK = timedelta(days=1)
LOOK_AHEAD = timedelta(days=90)
LIST_SECONDS = 60.0
"""For one page of a background read; nobody waits on the phone for it."""


@dataclass(frozen=True, slots=True)
class ReconciliationSummary:
    """What one comparison of a company found."""

    company_id: CompanyId
    appointments: int
    bookings: int
    differences: tuple[Difference, ...]
    failed: str | None = None
    """Why Cal.com could not be read; then nothing was compared."""


def reconcile_company(parts: Parts, company_id: CompanyId) -> ReconciliationSummary:
    """Compare a company's window with Cal.com and store every difference once as a finding."""
    now = parts.clock.now()
    window = Span(now - LOOK_BACK, now + LOOK_AHEAD)
    with parts.transactions.transaction(company_id, "read_account", read_only=True) as session:
        company = catalogue.get_company(session, company_id)
        account = account_of(parts.vault, company, Urgency.BACKGROUND)
    listed = parts.calendar.list_bookings(account, window, timeout=LIST_SECONDS)
    if not isinstance(listed, BookingList):
        parts.log.warning("reconciliation.failed", company_id=company_id, reason=listed.reason)
        return ReconciliationSummary(company_id, 0, 0, (), listed.reason)
    with parts.transactions.transaction(company_id, "record_findings") as session:
        changing = changes.list_under_change(session)
        rows = [
            (row, name)
            for row, name in appointments.list_with_names(session, window.start, window.end)
            if row.calcom_booking_uid not in changing
        ]
        ours = [_our_side(row, name) for row, name in rows]
        theirs = [
            seen
            for seen in listed.bookings
            if not attempts.is_open(session, _attempt_of(seen))
            and not changing & {seen.uid, seen.rescheduled_from_uid}
        ]
        attempts_booked = {row.attempt_id: row.id for row, _ in rows if row.attempt_id}
        differences = tuple(_compare_all(ours, theirs, attempts_booked))
        for difference in differences:
            findings.record(session, company_id, difference, now)
        findings.close_missing(session, {difference.key for difference in differences}, window, now)
        _mark(rows, differences)
    parts.log.info("reconciliation.done", company_id=company_id, differences=len(differences))
    return ReconciliationSummary(company_id, len(ours), len(listed.bookings), differences)


def reconcile_all(parts: Parts) -> list[ReconciliationSummary]:
    """Compare every company, one after the other."""
    with parts.transactions.sweep("every company is compared", "list_companies", read_only=True) as session:
        companies = [company.id for company in catalogue.list_companies(session)]
    return [reconcile_company(parts, company_id) for company_id in companies]


def _compare_all(
    ours: list[OurSide], theirs: list[SeenBooking], attempts_booked: Mapping[AttemptId, AppointmentId]
) -> Iterator[Difference]:
    bookings = {seen.uid: seen for seen in theirs}
    for side in ours:
        yield from compare(side, bookings.pop(side.calcom_booking_uid or "", None))
    for seen in bookings.values():
        first = attempts_booked.get(AttemptId(_attempt_of(seen) or ""))
        if first is not None and seen.status in LIVE_BOOKINGS:
            yield second_booking(first, seen)
        else:
            yield from compare(None, seen)


def _our_side(row: Appointment, name: str) -> OurSide:
    return OurSide(row.id, row.calcom_booking_uid, row.starts_at, AppointmentStatus(row.status), name)


def _attempt_of(seen: SeenBooking) -> str | None:
    return (seen.metadata or {}).get("attempt_id")


def _mark(rows: Sequence[tuple[Appointment, str]], differences: tuple[Difference, ...]) -> None:
    by_appointment: dict[AppointmentId, list[Difference]] = {}
    for difference in differences:
        if difference.appointment_id is not None:
            by_appointment.setdefault(AppointmentId(difference.appointment_id), []).append(difference)
    for row, _ in rows:
        found = by_appointment.get(row.id, [])
        status = ReconciliationStatus.MISMATCHED if found else ReconciliationStatus.MATCHED
        if any(difference.kind is FindingKind.ORPHANED for difference in found):
            status = ReconciliationStatus.ORPHANED
        row.reconciliation_status = status
        row.has_data_mismatch = bool(found) and status is ReconciliationStatus.MISMATCHED
        row.reconciliation_notes = "; ".join(f"{entry.kind}: {entry.detail}" for entry in found) or None
