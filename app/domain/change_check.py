"""What became of a change at Cal.com: did the move or the cancellation happen? Values and guards, all pure.

A moved booking keeps the metadata of its first creation, so a move is known by the uid it replaces, not by an
attempt id of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.domain.booking_check import Doubt, SeenBooking
from app.domain.outcomes import Refused, Unknown
from app.domain.reconciling import LIVE_BOOKINGS


@dataclass(frozen=True, slots=True)
class Happened:
    """The change stands at Cal.com; of a move, this is the booking that took the old one's place."""

    seen: SeenBooking | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The booking stands as it was: nothing has happened so far."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Astray:
    """The booking is neither what it was nor what was asked for: gone, cancelled, moved by somebody else."""

    reason: str
    seen: SeenBooking | None = None


ChangeOutcome = Happened | Standing | Astray | Refused | Unknown


@dataclass(frozen=True, slots=True)
class ExpectedMove:
    """What a believed move must show."""

    old_uid: str
    start: datetime
    known_uids: frozenset[str]


MoveGuard = Callable[[SeenBooking, ExpectedMove], Doubt | None]


def replaces_the_old_one(seen: SeenBooking, expected: ExpectedMove) -> Doubt | None:
    """Doubt a booking that does not say that it took the place of ours (incident 1.22)."""
    ours = seen.rescheduled_from_uid == expected.old_uid and seen.uid != expected.old_uid
    return None if ours else Doubt.FOREIGN


def uid_is_new(seen: SeenBooking, expected: ExpectedMove) -> Doubt | None:
    """Doubt a booking that belongs to an appointment already."""
    return Doubt.KNOWN if seen.uid in expected.known_uids else None


def starts_as_asked(seen: SeenBooking, expected: ExpectedMove) -> Doubt | None:
    """Doubt a booking at another instant (incidents 1.20, 1.23)."""
    return None if seen.start == expected.start else Doubt.MOVED


MOVE_GUARDS: tuple[MoveGuard, ...] = (replaces_the_old_one, uid_is_new, starts_as_asked)
"""All guards of a move, whether it was answered or found later."""


def first_move_doubt(
    guards: tuple[MoveGuard, ...], seen: SeenBooking, expected: ExpectedMove
) -> Doubt | None:
    """Return the first guard's doubt, or None when the move may be believed."""
    return next((doubt for guard in guards if (doubt := guard(seen, expected)) is not None), None)


def is_live(seen: SeenBooking | None) -> bool:
    """Return whether a booking occupies its time."""
    return seen is not None and seen.status in LIVE_BOOKINGS
