"""Finishing what a crash or an unknown outcome left open (incidents 1.19, 1.21).

A booking: told that it failed → take it back; told "wird geprüft" or nothing → adopt it and write to the caller.
A move or a cancellation is never taken back; `change_recovery` says what becomes of it. Late commits are waited
for: an attempt is looked at again for 15 minutes.
"""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from app.domain.booking_check import SeenBooking
from app.domain.identifiers import BookingUid
from app.domain.outcomes import Absent, Accepted, CheckFailed, Done, Moved, Refused
from app.domain.speech import Answer, VoiceStatus
from app.domain.statuses import AttemptKind, AttemptState, AttemptStep, CallbackPriority, Told
from app.storage import attempts, catalogue
from app.storage.attempts import OpenAttempt
from app.storage.encryption import VaultError
from app.storage.models import BookingAttempt
from app.usecases.asking import LOOK_UP_SECONDS, LeaseLost, find_by_attempt
from app.usecases.callbacks import add_callback, of_attempt
from app.usecases.catalogue import account_of, bookable
from app.usecases.change_recovery import finish_change
from app.usecases.messages import failure_mail
from app.usecases.parts import ClaimedAttempt, Parts
from app.usecases.ports import Deadline, Urgency
from app.usecases.settling import BookingEnded, escalate, settle_booked

LATE_COMMITS_FOR = timedelta(minutes=15)
"""How long Cal.com may take to commit a request whose answer we never saw (design, section 3)."""
LOOK_AGAIN_AFTER = timedelta(seconds=30)
LEASE = timedelta(seconds=30)
"""Longer than one look-up, one cancel and two transactions."""
BATCH = 50


def run_once(parts: Parts, owner: str) -> int:
    """Look at every open attempt that is due; return how many were closed.

    An error of our own with one of them leaves it open, to be looked at again, and does not stop the others.
    """
    with parts.transactions.sweep(
        "open attempts belong to any company", "list_open_attempts", read_only=True
    ) as session:
        due = attempts.list_due(session, parts.clock.now(), BATCH)
    return sum(_try_to_recover(parts, owner, attempt) for attempt in due)


def finish_attempt(parts: Parts, claimed: ClaimedAttempt) -> bool:
    """Look at Cal.com and close the attempt if its fate is known; return whether it was closed."""
    row = _read(parts, claimed)
    if row.kind is AttemptKind.BOOK:
        return _finish_booking(parts, claimed, row)
    late = _may_still_appear(parts, row)
    return finish_change(parts, claimed, row, look_later=_look_later, may_still_come=late)


def _finish_booking(parts: Parts, claimed: ClaimedAttempt, row: BookingAttempt) -> bool:
    if row.step == AttemptStep.CLAIMED:
        return _close(parts, claimed, AttemptState.FAILED, "died before asking Cal.com")
    found = find_by_attempt(parts, claimed, LOOK_UP_SECONDS)
    match found:
        case CheckFailed():
            return _look_later(parts, claimed)
        case Refused():
            return _give_up(parts, claimed, AttemptState.COMPENSATED, Told(row.told), "cancelled at Cal.com")
        case None:
            return _wait_or_give_up(parts, claimed, row)
        case Accepted(seen) if row.told != Told.FAILED:
            return _adopt(parts, claimed, seen, Told(row.told))
        case _:
            return _take_back(parts, claimed, found, row)


def _wait_or_give_up(parts: Parts, claimed: ClaimedAttempt, row: BookingAttempt) -> bool:
    if _may_still_appear(parts, row):
        return _look_later(parts, claimed)
    return _give_up(parts, claimed, AttemptState.FAILED, Told(row.told), "never appeared at Cal.com")


def _may_still_appear(parts: Parts, row: BookingAttempt) -> bool:
    return parts.clock.now() < (row.posted_at or row.opened_at) + LATE_COMMITS_FOR


def _try_to_recover(parts: Parts, owner: str, due: OpenAttempt) -> bool:
    try:
        return _recover(parts, owner, due)
    except (SQLAlchemyError, VaultError, ValueError) as error:
        parts.log.error("recovery.failed", attempt_id=due.attempt_id, error=type(error).__name__)
        return False


def _recover(parts: Parts, owner: str, due: OpenAttempt) -> bool:
    now = parts.clock.now()
    with parts.transactions.transaction(due.company_id, "lease_attempt") as session:
        row = attempts.take_lease(session, due.attempt_id, owner=owner, now=now, until=now + LEASE)
        if row is None:
            return False
        service = catalogue.get_service(session, row.service_id)
        branch = catalogue.get_branch(session, row.branch_id)
        company = catalogue.get_company(session, due.company_id)
        claimed = ClaimedAttempt(
            attempt_id=row.id,
            lease_number=row.lease_number,
            company_id=row.company_id,
            branch_id=row.branch_id,
            call_id=row.call_id,
            retell_call_id=row.retell_call_id,
            service=bookable(service),
            start=row.starts_at,
            customer_id=row.customer_id,
            name=row.customer_name,
            phone=parts.vault.open_optional(row.phone_ciphertext),
            email=parts.vault.open_optional(row.email_ciphertext),
            time_zone=branch.time_zone,
            mailbox=company.mailbox,
            account=account_of(parts.vault, company, Urgency.BACKGROUND),
            deadline=Deadline.after(now, LEASE.total_seconds()),
        )
    try:
        return parts.rules.recover(parts, claimed)
    except LeaseLost:
        return False


def _read(parts: Parts, claimed: ClaimedAttempt) -> BookingAttempt:
    with parts.transactions.transaction(claimed.company_id, "read_attempt", read_only=True) as session:
        return attempts.get_attempt(session, claimed.attempt_id)


def _adopt(parts: Parts, claimed: ClaimedAttempt, seen: SeenBooking, told: Told) -> bool:
    status = VoiceStatus.PENDING if seen.status == "pending" else VoiceStatus.BOOKED
    answer = Answer(
        status,
        ZoneInfo(claimed.time_zone),
        asked=claimed.start,
        service=claimed.service.name,
        attempt_id=claimed.attempt_id,
    )
    try:
        settle_booked(parts, claimed, seen, answer, cause="adopted")
    except BookingEnded:
        return _give_up(parts, claimed, AttemptState.COMPENSATED, told, "cancelled at Cal.com")
    return True


def _take_back(parts: Parts, claimed: ClaimedAttempt, found: Accepted | Moved, row: BookingAttempt) -> bool:
    uid = BookingUid(found.seen.uid)
    outcome = parts.rules.compensate(parts, claimed, uid, "askpro: the caller was told that it failed")
    if isinstance(outcome, Done | Absent):
        return _give_up(parts, claimed, AttemptState.COMPENSATED, Told(row.told), "taken back")
    if _may_still_appear(parts, row):
        return _look_later(parts, claimed)
    escalate(parts, claimed, uid, "booking could not be cancelled", None)
    return True


def _give_up(parts: Parts, claimed: ClaimedAttempt, state: AttemptState, told: Told, reason: str) -> bool:
    """Close without a booking; whoever was not told so yet is written to and called back."""
    now = parts.clock.now()
    with parts.transactions.transaction(claimed.company_id, "give_up") as session:
        if told is not Told.FAILED:
            session.add(failure_mail(parts, claimed, now))
            add_callback(
                parts,
                session,
                of_attempt(claimed, CallbackPriority.URGENT, "wished appointment was not booked"),
            )
        if not attempts.close_held(
            session,
            claimed.attempt_id,
            claimed.lease_number,
            keeps_key=False,
            state=state,
            outcome=reason,
            closed_at=now,
        ):
            raise LeaseLost
    parts.log.info("attempt.closed", attempt_id=claimed.attempt_id, state=state, reason=reason)
    return True


def _close(parts: Parts, claimed: ClaimedAttempt, state: AttemptState, reason: str) -> bool:
    return _give_up(parts, claimed, state, Told.FAILED, reason)


def _look_later(parts: Parts, claimed: ClaimedAttempt) -> bool:
    now = parts.clock.now()
    with parts.transactions.transaction(claimed.company_id, "look_later") as session:
        attempts.update_held(
            session,
            claimed.attempt_id,
            claimed.lease_number,
            leased_until=now,
            next_look_at=now + LOOK_AGAIN_AFTER,
        )
    return False
