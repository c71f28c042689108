"""A change of an appointment as an attempt: what it is, and claiming the turn and the time for it.

A move or a cancellation is an attempt like a booking: opened before anything is asked, closed when our records say
what Cal.com does, found by the worker when its process died. Two changes of one appointment meet in one claim
cell; the time an appointment is moved to is held like that of a booking, and only the appointment's own time does
not stand in its way (incident 1.23).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.conflicts import is_free
from app.domain.identifiers import AppointmentId, AttemptId, BookingUid
from app.domain.speech import Answer, Trouble, VoiceStatus
from app.domain.statuses import LIVE_APPOINTMENTS, AttemptKind, AttemptState, Told
from app.domain.timespan import Span
from app.storage import appointments, attempts, changes
from app.storage.models import Appointment, BookingAttempt
from app.usecases.answers import answer_from_stored
from app.usecases.claiming import LEASE_MARGIN, POLL_SECONDS, WAIT_FOR_RIVAL_SECONDS, LocalConflict
from app.usecases.commands import BookableService, CallContext
from app.usecases.parts import ClaimedAttempt, Parts


class AppointmentChanged(Exception):
    """The appointment is no longer what was found: somebody was quicker."""


@dataclass(frozen=True, slots=True)
class WantedChange:
    """What somebody wants done with an appointment that was found and may be changed."""

    context: CallContext
    kind: AttemptKind
    appointment_id: AppointmentId
    uid: BookingUid
    service: BookableService
    previous: Span
    """Where the appointment stands."""
    start: datetime
    """Where it is to stand; of a cancellation where it stands."""
    fee_cents: int = 0

    @property
    def is_move(self) -> bool:
        """Return whether the appointment goes on at another time."""
        return self.kind is AttemptKind.MOVE


@dataclass(frozen=True, slots=True)
class Change:
    """A change we hold the lease of, with all that its end needs to know."""

    claimed: ClaimedAttempt
    kind: AttemptKind
    appointment_id: AppointmentId
    uid: BookingUid
    previous: Span
    fee_cents: int

    @property
    def is_move(self) -> bool:
        """Return whether the appointment goes on at another time."""
        return self.kind is AttemptKind.MOVE

    @property
    def span(self) -> Span:
        """Return the time asked for: as long as the appointment was."""
        return Span(self.claimed.start, self.claimed.start + (self.previous.end - self.previous.start))


def change_key(wanted: WantedChange, unnamed_call: str) -> str:
    """Return the idempotency key of a change: one call, one appointment, what is done, and to when."""
    words = (
        str(wanted.context.company_id),
        wanted.context.retell_call_id or unnamed_call,
        wanted.kind,
        str(wanted.appointment_id),
        wanted.start.isoformat(),
    )
    return hashlib.sha256("|".join(words).encode()).hexdigest()


def claim_change(parts: Parts, wanted: WantedChange) -> Change | Answer:
    """Return our claim, or the answer when the time is lost, another is at it, or the wish was asked before.

    Raises LocalConflict when an appointment of ours takes the time and AppointmentChanged when it is gone.
    """
    key = change_key(wanted, parts.chance.token("unnamed_"))
    give_up_at = parts.clock.now() + timedelta(seconds=WAIT_FOR_RIVAL_SECONDS)
    while True:
        try:
            change = _claim(parts, wanted, key)
        except IntegrityError:
            answer = _answer_of_blocker(parts, wanted, key)
        else:
            parts.log.info("claim.won", attempt_id=change.claimed.attempt_id, kind=wanted.kind)
            return change
        if answer is not None and _is_final(answer):
            return answer
        if parts.clock.now() >= give_up_at:
            parts.log.info("claim.lost", reason="still_held", kind=wanted.kind, starts_at=wanted.start)
            return answer or _held(wanted)
        parts.clock.sleep(POLL_SECONDS)


def _claim(parts: Parts, wanted: WantedChange, key: str) -> Change:
    context = wanted.context
    now = parts.clock.now()
    with parts.transactions.transaction(context.company_id, "claim_change") as session:
        changes.close_superseded(session, wanted.uid, now)
        appointment = appointments.get_appointment(session, wanted.appointment_id)
        if appointment.calcom_booking_uid != wanted.uid or appointment.status not in LIVE_APPOINTMENTS:
            raise AppointmentChanged
        change = _new_change(parts, session, wanted, appointment)
        row = _row(parts, change, key, now)
        session.add(row)
        session.flush()
        changes.hold_appointment(session, row, wanted.appointment_id)
        if wanted.is_move:
            _hold_time(session, row, wanted)
    return change


def _hold_time(session: Session, row: BookingAttempt, wanted: WantedChange) -> None:
    occupied = wanted.service.occupied(wanted.start)
    changes.hold_time(session, row, wanted.service.calendar, occupied)
    taken = appointments.list_taken(session, wanted.service.calendar, occupied, besides=wanted.appointment_id)
    if not is_free(occupied, taken):
        raise LocalConflict


def _answer_of_blocker(parts: Parts, wanted: WantedChange, key: str) -> Answer | None:
    """Return the answer of the same wish, "is being checked" of another change, or None for a rival's time."""
    zone = wanted.context.zone
    with parts.transactions.transaction(wanted.context.company_id, "find_blocker", read_only=True) as session:
        same = attempts.find_by_key(session, key)
        if same is not None and same.answer is not None:
            return answer_from_stored(same.answer, zone)
        other = same or changes.find_open(session, wanted.uid)
        return None if other is None else _under_way(wanted, other)


def _is_final(answer: Answer) -> bool:
    """Return whether waiting can't make it better: a change that is done, or told as being checked for good."""
    return answer.status is not VoiceStatus.TIMEOUT or answer.reason == "unknown_outcome"


def _under_way(wanted: WantedChange, other: BookingAttempt) -> Answer:
    """Return what is being checked: the change under way, never the one that waits behind it and was not sent."""
    return Answer(
        VoiceStatus.TIMEOUT,
        wanted.context.zone,
        asked=other.starts_at,
        previous=wanted.previous.start if other.kind is AttemptKind.MOVE else None,
        service=wanted.service.name,
        reason="change_under_way",
        trouble=Trouble.CHANGE,
        attempt_id=other.id,
    )


def _held(wanted: WantedChange) -> Answer:
    """Return that somebody else is just trying to get the time; only a move waits for a time."""
    return Answer(
        VoiceStatus.SLOT_LOCKED, wanted.context.zone, asked=wanted.start, service=wanted.service.name
    )


def _new_change(parts: Parts, session: Session, wanted: WantedChange, appointment: Appointment) -> Change:
    context = wanted.context
    customer = changes.get_customer(session, appointment)
    claimed = ClaimedAttempt(
        attempt_id=AttemptId(parts.chance.token("att_")),
        lease_number=1,
        company_id=context.company_id,
        branch_id=appointment.branch_id,
        call_id=context.call_id,
        retell_call_id=context.retell_call_id,
        service=wanted.service,
        start=wanted.start,
        name=customer.name,
        phone=context.caller_number or customer.phone,
        email=customer.email,
        time_zone=context.zone.key,
        mailbox=context.mailbox,
        account=context.account,
        deadline=context.deadline,
    )
    return Change(claimed, wanted.kind, wanted.appointment_id, wanted.uid, wanted.previous, wanted.fee_cents)


def _row(parts: Parts, change: Change, key: str, now: datetime) -> BookingAttempt:
    claimed, span = change.claimed, change.span
    return BookingAttempt(
        id=claimed.attempt_id,
        company_id=claimed.company_id,
        branch_id=claimed.branch_id,
        service_id=claimed.service.service_id,
        call_id=claimed.call_id,
        retell_call_id=claimed.retell_call_id,
        kind=change.kind,
        changes_booking_uid=change.uid,
        fee_cents=change.fee_cents,
        active_key=key,
        state=AttemptState.OPEN,
        told=Told.NOTHING,
        starts_at=span.start,
        ends_at=span.end,
        customer_name=claimed.name,
        phone_ciphertext=parts.vault.seal_optional(claimed.phone),
        email_ciphertext=parts.vault.seal_optional(claimed.email),
        owner="request",
        lease_number=claimed.lease_number,
        leased_until=claimed.deadline.at + LEASE_MARGIN,
        opened_at=now,
    )


def answer_of(
    change: Change, status: VoiceStatus, *, reason: str | None = None, trouble: Trouble = Trouble.CHANGE
) -> Answer:
    """Return an answer about a change; a cancellation has no time it was moved from."""
    claimed = change.claimed
    return Answer(
        status,
        ZoneInfo(claimed.time_zone),
        asked=claimed.start,
        previous=change.previous.start if change.is_move else None,
        service=claimed.service.name,
        attempt_id=claimed.attempt_id,
        reason=reason,
        trouble=trouble,
    )
