"""Claiming the time of a wish, waiting for a rival, and recognising the same wish.

The unique index over active claim cells decides the race; the look at our own appointments comes after the
insert, so that it sees what a rival settled before it let its cells go (design: the database decides).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError

from app.domain.conflicts import is_free
from app.domain.identifiers import AttemptId
from app.domain.phonetics import name_key
from app.domain.speech import Answer, VoiceStatus
from app.domain.statuses import AttemptState, Told
from app.storage import appointments, attempts, calls
from app.storage.models import BookingAttempt
from app.usecases.answers import answer_from_stored, refused_answer
from app.usecases.commands import BookAppointment
from app.usecases.parts import ClaimedAttempt, Parts, elapsed_ms

WAIT_FOR_RIVAL_SECONDS = 6.0
"""A holder needs re-check 1.5 s and POST 5 s at most before its look-ups; what is left answers the caller."""
POLL_SECONDS = 0.2
LEASE_MARGIN = timedelta(seconds=5)
"""After its deadline a request has this long to die before a worker may take its attempt."""


class LocalConflict(Exception):
    """One of our own appointments takes the wished time."""


class CallIsBooking(Exception):
    """The same call books already for the same person, at another time."""


def book_key(command: BookAppointment, unnamed_call: str) -> str:
    """Return the idempotency key of a wish: one call, one service, one instant.

    A call without an id can't be recognised again; `unnamed_call` keeps its wish apart from all others.
    """
    context = command.context
    parts = (
        str(context.company_id),
        context.retell_call_id or unnamed_call,
        str(command.service.service_id),
        command.start.isoformat(),
        name_key(command.name) or command.name.casefold(),
    )
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def claim_cells(parts: Parts, command: BookAppointment, key: str) -> ClaimedAttempt:
    """Open an attempt and hold its cells, or raise IntegrityError (a rival's), LocalConflict or CallIsBooking."""
    claimed = _new_attempt(parts, command)
    occupied = command.service.occupied(command.start)
    with parts.transactions.transaction(claimed.company_id, "claim") as session:
        if claimed.call_id is not None:
            # one claim of a call at a time: of two that come at once the second sees the first
            calls.lock_call(session, claimed.call_id)
        if parts.rules.own_attempt(parts, session, command, key) is not None:
            raise CallIsBooking
        attempts.add_claim(session, _row(parts, claimed, key), command.service.calendar, occupied)
        if not is_free(occupied, appointments.list_taken(session, command.service.calendar, occupied)):
            raise LocalConflict
    return claimed


def claim_or_answer(parts: Parts, command: BookAppointment) -> ClaimedAttempt | Answer:
    """Return our claim, or the answer when the time is lost, held, or the wish was asked before."""
    unnamed_call = parts.chance.token("unnamed_")
    key = book_key(command, unnamed_call)
    answer = parts.rules.recognise(parts, command, key) or parts.rules.agree(parts, command)
    if answer is not None:
        return answer
    give_up_at = parts.clock.now() + timedelta(seconds=WAIT_FOR_RIVAL_SECONDS)
    waiting_for: AttemptId | None = None
    while True:
        began = parts.clock.now()
        try:
            claimed = parts.rules.claim(parts, command, key)
        except (LocalConflict, CallIsBooking) as reason:
            answer = _answer_to_conflict(parts, command, key, reason)
            if answer is not None:
                return answer
            blocker = None
        except IntegrityError:
            blocker = _find_blocker(parts, command, key, waiting_for)
        else:
            _log_claim(parts, claimed, began)
            return claimed
        if blocker is not None and blocker.answer is not None:
            return blocker.answer
        waiting_for = blocker.same_wish if blocker is not None else None
        if parts.clock.now() >= give_up_at:
            parts.log.info("claim.lost", reason="still_held", starts_at=command.start)
            return _held_answer(command, same_wish=waiting_for is not None)
        parts.clock.sleep(POLL_SECONDS)


def _answer_to_conflict(
    parts: Parts, command: BookAppointment, key: str, reason: LocalConflict | CallIsBooking
) -> Answer | None:
    """Return that he has it already, or that the slot is lost; None when what stood in the way is over."""
    answer = parts.rules.recognise(parts, command, key)
    if answer is not None or isinstance(reason, CallIsBooking):
        return answer
    parts.log.info("claim.lost", reason="local_conflict", starts_at=command.start)
    return refused_answer(parts, command, "already_claimed")


def _log_claim(parts: Parts, claimed: ClaimedAttempt, began: datetime) -> None:
    zone = ZoneInfo(claimed.time_zone)
    span = claimed.service.span(claimed.start)
    cells = len(list(claimed.service.occupied(claimed.start).cells()))
    parts.log.info(
        "claim.won",
        attempt_id=claimed.attempt_id,
        starts_at=span.start,
        ends_at=span.end,
        cells=cells,
        detail=f"{span.start.astimezone(zone):%H:%M} to {span.end.astimezone(zone):%H:%M}, {cells} cells",
        duration_ms=elapsed_ms(parts, began),
    )


@dataclass(frozen=True, slots=True)
class _Blocker:
    """Who stands in the way: our own earlier try of the same wish, with its answer if it has one, or a rival."""

    same_wish: AttemptId | None
    answer: Answer | None


def _find_blocker(
    parts: Parts, command: BookAppointment, key: str, waiting_for: AttemptId | None
) -> _Blocker | None:
    context = command.context
    with parts.transactions.transaction(context.company_id, "find_blocker", read_only=True) as session:
        same = attempts.find_by_key(session, key)
        if same is None and waiting_for is not None:
            same = attempts.get_attempt(session, waiting_for)
        if same is not None:
            stored = same.answer
            return _Blocker(same.id, answer_from_stored(stored, context.zone) if stored else None)
        rival = attempts.find_holder(
            session, command.service.calendar, command.service.occupied(command.start)
        )
        return _Blocker(None, None) if rival is not None else None


def _held_answer(command: BookAppointment, *, same_wish: bool) -> Answer:
    status = VoiceStatus.TIMEOUT if same_wish else VoiceStatus.SLOT_LOCKED
    return Answer(status, command.context.zone, asked=command.start, service=command.service.name)


def _new_attempt(parts: Parts, command: BookAppointment) -> ClaimedAttempt:
    context = command.context
    return ClaimedAttempt(
        attempt_id=AttemptId(parts.chance.token("att_")),
        lease_number=1,
        company_id=context.company_id,
        branch_id=context.branch_id,
        call_id=context.call_id,
        retell_call_id=context.retell_call_id,
        service=command.service,
        start=command.start,
        name=command.name,
        phone=command.phone,
        email=command.email,
        time_zone=context.zone.key,
        mailbox=context.mailbox,
        account=context.account,
        deadline=context.deadline,
        customer_id=command.customer_ids[0] if command.customer_ids else None,
        for_other=command.for_other,
    )


def _row(parts: Parts, claimed: ClaimedAttempt, key: str) -> BookingAttempt:
    span = claimed.service.span(claimed.start)
    return BookingAttempt(
        id=claimed.attempt_id,
        company_id=claimed.company_id,
        branch_id=claimed.branch_id,
        service_id=claimed.service.service_id,
        call_id=claimed.call_id,
        retell_call_id=claimed.retell_call_id,
        active_key=key,
        state=AttemptState.OPEN,
        told=Told.NOTHING,
        starts_at=span.start,
        ends_at=span.end,
        customer_id=claimed.customer_id,
        customer_name=claimed.name,
        phone_ciphertext=parts.vault.seal_optional(claimed.phone),
        email_ciphertext=parts.vault.seal_optional(claimed.email),
        owner="request",
        lease_number=claimed.lease_number,
        leased_until=claimed.deadline.at + LEASE_MARGIN,
        opened_at=parts.clock.now(),
    )
