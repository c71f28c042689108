"""Delivering what waits in the outbox."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from app.domain.identifiers import CompanyId
from app.domain.statuses import OutboxStatus
from app.storage import outbox
from app.storage.encryption import VaultError
from app.usecases.parts import Parts
from app.usecases.ports import Mail, MailNotSent

BATCH = 100
LEASE = timedelta(minutes=2)
"""Longer than a mail server's patience."""
MOST_TRIES = 5
FIRST_RETRY_AFTER = timedelta(seconds=30)


def run_once(parts: Parts, owner: str) -> int:
    """Deliver what is due; return how many messages left. A message is leased first, so none leaves twice.

    An error of our own with one message does not stop the others.
    """
    with parts.transactions.sweep(
        "messages of any company are due", "list_due_messages", read_only=True
    ) as session:
        due = outbox.list_due(session, parts.clock.now(), BATCH)
    return sum(_try_to_deliver(parts, owner, company_id, message_id) for company_id, message_id in due)


def _try_to_deliver(parts: Parts, owner: str, company_id: CompanyId, message_id: int) -> bool:
    try:
        return _deliver(parts, owner, company_id, message_id)
    except (SQLAlchemyError, VaultError, ValueError) as error:
        parts.log.error("outbox.undelivered", message_id=message_id, error=type(error).__name__)
        return False


def _deliver(parts: Parts, owner: str, company_id: CompanyId, message_id: int) -> bool:
    now = parts.clock.now()
    with parts.transactions.transaction(company_id, "lease_message") as session:
        message = outbox.take_lease(session, message_id, owner=owner, now=now, until=now + LEASE)
        if message is None:
            return False
        mail = Mail(
            recipient=parts.vault.open(message.recipient_ciphertext),
            subject=message.subject,
            body=message.body + (parts.vault.open_optional(message.sealed_text_ciphertext) or ""),
            calendar_file=message.calendar_file,
        )
    try:
        parts.mailer.send(mail)
    except MailNotSent as error:
        _try_later(parts, company_id, message_id, str(error))
        return False
    with parts.transactions.transaction(company_id, "message_delivered") as session:
        message = outbox.get_message(session, message_id)
        message.status = OutboxStatus.DELIVERED
        message.delivered_at = parts.clock.now()
    parts.log.info("outbox.delivered", message_id=message_id, company_id=company_id)
    return True


def _try_later(parts: Parts, company_id: CompanyId, message_id: int, reason: str) -> None:
    now = parts.clock.now()
    with parts.transactions.transaction(company_id, "message_failed") as session:
        message = outbox.get_message(session, message_id)
        message.leased_until = None
        if message.tries >= MOST_TRIES:
            message.status = OutboxStatus.PARKED
        message.due_at = now + FIRST_RETRY_AFTER * 2 ** (message.tries - 1)
    parts.log.warning("outbox.failed", message_id=message_id, company_id=company_id, reason=reason)
