"""Booking attempts and the cells they hold. Functions over a scoped session; nothing commits here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.orm import Session

from app.domain.identifiers import AttemptId, CallId, CompanyId
from app.domain.statuses import AttemptKind, AttemptState
from app.domain.timespan import Span
from app.storage.models import BookingAttempt, ClaimCell
from app.storage.results import changed_rows

HELD = 1


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """An attempt that a worker may have to finish."""

    company_id: CompanyId
    attempt_id: AttemptId


def add_claim(session: Session, attempt: BookingAttempt, calendar: str, span: Span) -> None:
    """Insert an attempt and its cells; a rival's cell or the same open wish raises IntegrityError."""
    session.add(attempt)
    session.flush()
    hold_cells(session, attempt, calendar, list(span.cells()))


def hold_cells(session: Session, attempt: BookingAttempt, calendar: str, cells: Sequence[datetime]) -> None:
    """Insert the cells an attempt holds, in one statement; one that is held already raises IntegrityError."""
    held = {"company_id": attempt.company_id, "attempt_id": attempt.id, "calendar": calendar, "active": HELD}
    session.execute(insert(ClaimCell), [{**held, "cell_at": cell} for cell in cells])


def find_by_key(session: Session, active_key: str) -> BookingAttempt | None:
    """Return the open or booked attempt of the same wish, or None."""
    return session.scalar(select(BookingAttempt).where(BookingAttempt.active_key == active_key))


def find_holder(session: Session, calendar: str, span: Span) -> BookingAttempt | None:
    """Return an attempt that holds any cell of a span, or None."""
    return session.scalar(
        select(BookingAttempt)
        .join(ClaimCell, ClaimCell.attempt_id == BookingAttempt.id)
        .where(
            ClaimCell.calendar == calendar,
            ClaimCell.cell_at.in_(list(span.cells())),
            ClaimCell.active == HELD,
        )
        .limit(1)
    )


def list_of_call(session: Session, call_id: CallId, since: datetime) -> Sequence[BookingAttempt]:
    """Return the bookings a call is at, and those it came to since an instant, the oldest first.

    One whose wish may be asked anew, because its appointment is gone, is left out.
    """
    booked = and_(BookingAttempt.state == AttemptState.BOOKED, BookingAttempt.closed_at >= since)
    return session.scalars(
        select(BookingAttempt)
        .where(
            BookingAttempt.call_id == call_id,
            BookingAttempt.kind == AttemptKind.BOOK,
            BookingAttempt.active_key.is_not(None),
            or_(BookingAttempt.state == AttemptState.OPEN, booked),
        )
        .order_by(BookingAttempt.opened_at, BookingAttempt.id)
    ).all()


def find_attempt(session: Session, attempt_id: AttemptId) -> BookingAttempt | None:
    """Return an attempt of the current company, or None."""
    return session.scalar(select(BookingAttempt).where(BookingAttempt.id == attempt_id))


def free_key(session: Session, attempt_id: AttemptId) -> None:
    """Let the wish of a booked attempt be asked anew, because its appointment is gone."""
    attempt = find_attempt(session, attempt_id)
    if attempt is not None:
        attempt.active_key = None


def get_attempt(session: Session, attempt_id: AttemptId) -> BookingAttempt:
    """Return an attempt that must exist."""
    return session.scalars(select(BookingAttempt).where(BookingAttempt.id == attempt_id)).one()


def is_open(session: Session, attempt_id: str | None) -> bool:
    """Return whether an attempt of this id is still being worked on; its booking is not a difference yet."""
    if attempt_id is None:
        return False
    state = session.scalar(select(BookingAttempt.state).where(BookingAttempt.id == attempt_id))
    return state == AttemptState.OPEN


def update_held(session: Session, attempt_id: AttemptId, lease_number: int, **values: object) -> bool:
    """Change an open attempt if the lease is still ours; return whether it was."""
    return _update_open(session, attempt_id, lease_number, values)


def close_held(
    session: Session, attempt_id: AttemptId, lease_number: int, *, keeps_key: bool, **values: object
) -> bool:
    """Close an open attempt if the lease is still ours, free its cells, and free its key unless booked."""
    if not keeps_key:
        values["active_key"] = None
    if not _update_open(session, attempt_id, lease_number, values):
        return False
    release_cells(session, attempt_id)
    return True


def release_cells(session: Session, attempt_id: AttemptId) -> int:
    """Free every cell an attempt holds; return how many."""
    return changed_rows(
        session.execute(
            update(ClaimCell)
            .where(ClaimCell.attempt_id == attempt_id, ClaimCell.active == HELD)
            .values(active=None)
            .execution_options(synchronize_session=False)
        )
    )


def take_lease(
    session: Session, attempt_id: AttemptId, *, owner: str, now: datetime, until: datetime
) -> BookingAttempt | None:
    """Lease an open attempt that nobody works on; return it, or None when another was quicker."""
    attempt = session.scalar(
        select(BookingAttempt).where(
            BookingAttempt.id == attempt_id,
            BookingAttempt.state == AttemptState.OPEN,
            BookingAttempt.leased_until <= now,
        )
    )
    if attempt is None:
        return None
    number = attempt.lease_number
    won = changed_rows(
        session.execute(
            update(BookingAttempt)
            .where(
                BookingAttempt.id == attempt_id,
                BookingAttempt.lease_number == number,
                BookingAttempt.state == AttemptState.OPEN,
            )
            .values(owner=owner, lease_number=number + 1, leased_until=until)
            .execution_options(synchronize_session=False)
        )
    )
    if not won:
        return None
    session.refresh(attempt)
    return attempt


def list_due(session: Session, now: datetime, limit: int) -> Sequence[OpenAttempt]:
    """Return open attempts, of any company, that nobody works on and whose next look is due."""
    rows = session.execute(
        select(BookingAttempt.company_id, BookingAttempt.id)
        .where(
            BookingAttempt.state == AttemptState.OPEN,
            BookingAttempt.leased_until <= now,
            or_(BookingAttempt.next_look_at.is_(None), BookingAttempt.next_look_at <= now),
        )
        .order_by(BookingAttempt.opened_at, BookingAttempt.id)
        .limit(limit)
    )
    return [OpenAttempt(company_id, attempt_id) for company_id, attempt_id in rows]


def _update_open(
    session: Session, attempt_id: AttemptId, lease_number: int, values: dict[str, object]
) -> bool:
    result = session.execute(
        update(BookingAttempt)
        .where(
            BookingAttempt.id == attempt_id,
            BookingAttempt.lease_number == lease_number,
            BookingAttempt.state == AttemptState.OPEN,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return changed_rows(result) == 1
