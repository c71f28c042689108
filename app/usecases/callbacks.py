"""Calling somebody back: the request in our books and the mail to the company that it comes from.

A sentence that promises a call back is a lie without both, so every such sentence gets them from here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.orm import Session

from app.domain.identifiers import AttemptId, CallId, CompanyId
from app.domain.names import spoken_name
from app.domain.speech import Answer, VoiceStatus
from app.domain.statuses import CallbackPriority, CallbackStatus, OutboxKind, OutboxStatus
from app.storage import callbacks
from app.storage.encryption import normalise_phone
from app.storage.models import CallbackRequest, OutboxMessage
from app.usecases.commands import AppointmentWish, CallContext
from app.usecases.parts import ClaimedAttempt, Parts

EXPIRES_AFTER = timedelta(hours=24)
WITHIN_HOURS = 2
"""What the caller is told; the mail says it too (incidents 2.3)."""
ASKED_FOR = "the caller asked for it"
COULD_NOT_LOOK = "the calendar could not be asked"
LONGEST_REASON = 200
URGENT_WORDS = ("dringend", "notfall", "sofort", "eilig")
"""What makes a caller's own request one of high priority."""

PRIORITY_WORDS = {
    CallbackPriority.NORMAL: "",
    CallbackPriority.HIGH: " (eilig)",
    CallbackPriority.URGENT: " (dringend)",
}


@dataclass(frozen=True, slots=True)
class CallbackWish:
    """Whom to call back, and about what."""

    company_id: CompanyId
    call_id: CallId | None
    retell_call_id: str | None
    mailbox: str
    reason: str
    priority: CallbackPriority = CallbackPriority.NORMAL
    attempt_id: AttemptId | None = None
    name: str | None = None
    phone: str | None = field(default=None, repr=False)
    preferred_time: str | None = None
    note: str | None = field(default=None, repr=False)


def request_callback(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Note that the caller wants to be called, or ask for the number that nobody has said."""
    wanted = of_caller(context, wish, ASKED_FOR)
    known = wanted.phone or _known_phone(parts, context)
    if known is None:
        return Answer(VoiceStatus.MISSING_REQUIRED_FIELD, context.zone, missing=("phone",))
    return queue_callback(parts, context, wanted)


def queue_callback(parts: Parts, context: CallContext, wanted: CallbackWish) -> Answer:
    """Write the request and its mail; return that somebody will call.

    Where no number is known the sentence asks for one; what is said then completes the same request.
    """
    with parts.transactions.transaction(context.company_id, "queue_callback") as session:
        row = add_callback(parts, session, wanted)
        session.flush()
        number, has_phone = row.id, row.phone_ciphertext is not None
    parts.log.info("callback.queued", callback_id=number, priority=wanted.priority, reason=wanted.reason)
    return Answer(
        VoiceStatus.CALLBACK_QUEUED,
        context.zone,
        hours=WITHIN_HOURS,
        missing=() if has_phone else ("phone",),
        details={"callback_request_id": number},
    )


def note_outage(parts: Parts, context: CallContext, wish: AppointmentWish) -> None:
    """Note whom an outage sent away, so that somebody can call; nothing is promised (incident 1.7).

    Without a number, or a call to find the note by, there is nobody to call.
    """
    wanted = of_caller(context, wish, COULD_NOT_LOOK)
    if wanted.phone is None or wanted.call_id is None:
        return
    with parts.transactions.transaction(context.company_id, "note_outage") as session:
        add_callback(parts, session, wanted)
    parts.log.info("callback.noted", reason=wanted.reason)


def of_caller(
    context: CallContext,
    wish: AppointmentWish,
    reason: str,
    *,
    priority: CallbackPriority | None = None,
    note: str | None = None,
) -> CallbackWish:
    """Return the request of somebody on the line, with what he said of himself."""
    said = note or wish.note or wish.reason
    hurried = any(word in (said or "").casefold() for word in URGENT_WORDS)
    return CallbackWish(
        company_id=context.company_id,
        call_id=context.call_id,
        retell_call_id=context.retell_call_id,
        mailbox=context.mailbox,
        reason=reason[:LONGEST_REASON],
        priority=priority or (CallbackPriority.HIGH if hurried else CallbackPriority.NORMAL),
        name=spoken_name(wish.name),
        phone=normalise_phone(wish.phone or context.caller_number),
        preferred_time=wish.preferred_time,
        note=said,
    )


def of_attempt(claimed: ClaimedAttempt, priority: CallbackPriority, reason: str) -> CallbackWish:
    """Return the request to call the person of an attempt."""
    return CallbackWish(
        company_id=claimed.company_id,
        call_id=claimed.call_id,
        retell_call_id=claimed.retell_call_id,
        mailbox=claimed.mailbox,
        reason=reason[:LONGEST_REASON],
        priority=priority,
        attempt_id=claimed.attempt_id,
        name=claimed.name,
        phone=claimed.phone,
    )


def add_callback(parts: Parts, session: Session, wanted: CallbackWish) -> CallbackRequest:
    """Add a request and its mail in the caller's transaction; a call that asks again completes the first one."""
    row = None
    if wanted.call_id is not None:
        row = callbacks.find_open(session, wanted.call_id, wanted.attempt_id)
    if row is not None and not _complete(parts, row, wanted):
        return row
    now = parts.clock.now()
    if row is None:
        row = CallbackRequest(
            company_id=wanted.company_id,
            call_id=wanted.call_id,
            retell_call_id=wanted.retell_call_id,
            attempt_id=wanted.attempt_id,
            priority=wanted.priority,
            reason=wanted.reason,
            customer_name=wanted.name,
            phone_ciphertext=parts.vault.seal_optional(wanted.phone),
            preferred_time=wanted.preferred_time,
            note_ciphertext=parts.vault.seal_optional(wanted.note),
            status=CallbackStatus.OPEN,
            created_at=now,
            expires_at=now + EXPIRES_AFTER,
        )
        session.add(row)
    session.add(_mail(parts, wanted, row))
    return row


def _complete(parts: Parts, row: CallbackRequest, wanted: CallbackWish) -> bool:
    """Add what was not known yet; return whether there was anything."""
    before = (row.customer_name, row.phone_ciphertext, row.preferred_time, row.note_ciphertext, row.priority)
    row.customer_name = row.customer_name or wanted.name
    if row.phone_ciphertext is None or (
        wanted.phone and parts.vault.open(row.phone_ciphertext) != wanted.phone
    ):
        row.phone_ciphertext = parts.vault.seal_optional(wanted.phone)
    row.preferred_time = wanted.preferred_time or row.preferred_time
    if wanted.note and parts.vault.open_optional(row.note_ciphertext) != wanted.note:
        row.note_ciphertext = parts.vault.seal(wanted.note)
    if wanted.priority is not CallbackPriority.NORMAL and row.priority is CallbackPriority.NORMAL:
        row.priority = wanted.priority
    after = (row.customer_name, row.phone_ciphertext, row.preferred_time, row.note_ciphertext, row.priority)
    return before != after


def _known_phone(parts: Parts, context: CallContext) -> str | None:
    """Return the number this call left before, if it did."""
    if context.call_id is None:
        return None
    with parts.transactions.transaction(context.company_id, "find_callback", read_only=True) as session:
        sealed = callbacks.find_phone(session, context.call_id)
    return parts.vault.open_optional(sealed)


def _mail(parts: Parts, wanted: CallbackWish, row: CallbackRequest) -> OutboxMessage:
    """Return the mail to the company. The number and the words of the caller are sealed until it leaves."""
    now = parts.clock.now()
    name = row.customer_name or "ohne Namen"
    body = (
        f"Bitte um Rückruf innerhalb von {WITHIN_HOURS} Stunden{PRIORITY_WORDS[row.priority]}.\n\n"
        f"Name: {name}\n"
    )
    if row.preferred_time:
        body += f"Gewünschte Zeit: {row.preferred_time}\n"
    private = f"Telefon: {parts.vault.open_optional(row.phone_ciphertext) or 'nicht bekannt'}\n"
    if row.note_ciphertext:
        private += f"Anliegen: {parts.vault.open(row.note_ciphertext)}\n"
    return OutboxMessage(
        company_id=wanted.company_id,
        kind=OutboxKind.CALLBACK_MAIL,
        cause=wanted.reason[:80],
        attempt_id=wanted.attempt_id,
        recipient_ciphertext=parts.vault.seal(wanted.mailbox),
        subject=f"Rückruf{PRIORITY_WORDS[row.priority]}: {name}",
        body=body,
        sealed_text_ciphertext=parts.vault.seal(private),
        status=OutboxStatus.WAITING,
        due_at=now,
        created_at=now,
    )
