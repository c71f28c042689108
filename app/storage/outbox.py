"""Messages that wait to be delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.domain.identifiers import CompanyId
from app.domain.statuses import OutboxStatus
from app.storage.models import OutboxMessage
from app.storage.results import changed_rows


def list_due(session: Session, now: datetime, limit: int) -> Sequence[tuple[CompanyId, int]]:
    """Return company and id of messages, of any company, that are due and that nobody delivers."""
    rows = session.execute(
        select(OutboxMessage.company_id, OutboxMessage.id)
        .where(
            OutboxMessage.status == OutboxStatus.WAITING,
            OutboxMessage.due_at <= now,
            or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until <= now),
        )
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(limit)
    )
    return [(company_id, message_id) for company_id, message_id in rows]


def take_lease(
    session: Session, message_id: int, *, owner: str, now: datetime, until: datetime
) -> OutboxMessage | None:
    """Lease a waiting message; return it, or None when another worker was quicker."""
    won = changed_rows(
        session.execute(
            update(OutboxMessage)
            .where(
                OutboxMessage.id == message_id,
                OutboxMessage.status == OutboxStatus.WAITING,
                or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until <= now),
            )
            .values(owner=owner, leased_until=until, tries=OutboxMessage.tries + 1)
            .execution_options(synchronize_session=False)
        )
    )
    return get_message(session, message_id) if won else None


def get_message(session: Session, message_id: int) -> OutboxMessage:
    """Return a message that must exist."""
    return session.scalars(select(OutboxMessage).where(OutboxMessage.id == message_id)).one()
