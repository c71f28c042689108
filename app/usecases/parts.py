"""What every use case of the booking is handed, and the rules it books by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.domain.booking_check import ADOPTION_GUARDS, BELIEF_GUARDS, Guard
from app.domain.change_check import MOVE_GUARDS, MoveGuard
from app.domain.identifiers import AttemptId, BookingUid, BranchId, CallId, CompanyId, CustomerId
from app.domain.outcomes import BookingOutcome, CancelOutcome
from app.domain.speech import Answer
from app.storage.encryption import Vault
from app.storage.models import BookingAttempt
from app.usecases.commands import BookableService, BookAppointment
from app.usecases.ports import Calendar, CalendarAccount, Chance, Clock, Deadline, Log, Mailer, Transactions


@dataclass(frozen=True, slots=True)
class ClaimedAttempt:
    """An attempt we hold the lease of, with all that its end needs to know."""

    attempt_id: AttemptId
    lease_number: int
    company_id: CompanyId
    branch_id: BranchId
    call_id: CallId | None
    retell_call_id: str | None
    service: BookableService
    start: datetime
    name: str
    phone: str | None = field(repr=False)
    email: str | None = field(repr=False)
    time_zone: str
    mailbox: str = field(repr=False)
    account: CalendarAccount
    deadline: Deadline
    customer_id: CustomerId | None = None
    """Whom it is for, where he was known; else settling makes a new customer."""
    for_other: bool = False


@dataclass(frozen=True, slots=True)
class Recheck:
    """What Cal.com's list said right before the POST; `starts` is None when it could not be read."""

    gone: bool
    starts: tuple[datetime, ...] | None


@dataclass(frozen=True, slots=True)
class BookingRules:
    """The guards of the booking protocol, as values that wiring builds.

    No setting or variable removes one. A test that needs one gone builds other rules.
    """

    recognise: Callable[[Parts, BookAppointment, str], Answer | None]
    """The same wish twice, in this call or in another (incidents 1.2, 1.19)."""
    own_attempt: Callable[[Parts, Session, BookAppointment, str], BookingAttempt | None]
    """What the same call books already for the same person."""
    agree: Callable[[Parts, BookAppointment], Answer | None]
    """A booking that contradicts what was checked asks (incidents 1.12, 1.14)."""
    claim: Callable[[Parts, BookAppointment, str], ClaimedAttempt]
    recheck: Callable[[Parts, ClaimedAttempt], Recheck]
    look_up: Callable[[Parts, ClaimedAttempt, BookingOutcome], BookingOutcome]
    compensate: Callable[[Parts, ClaimedAttempt, BookingUid, str], CancelOutcome]
    recover: Callable[[Parts, ClaimedAttempt], bool]
    belief: tuple[Guard, ...] = BELIEF_GUARDS
    adoption: tuple[Guard, ...] = ADOPTION_GUARDS
    moves: tuple[MoveGuard, ...] = MOVE_GUARDS


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything outside that use cases need."""

    transactions: Transactions
    calendar: Calendar
    clock: Clock
    chance: Chance
    vault: Vault
    mailer: Mailer
    log: Log
    rules: BookingRules
    holiday_on: Callable[[date], str | None] | None = None
    """Return the name of the public holiday on a day; None where holidays are not known."""


def elapsed_ms(parts: Parts, began: datetime) -> float:
    """Return the milliseconds since `began`, for the log."""
    return round((parts.clock.now() - began).total_seconds() * 1000, 1)
