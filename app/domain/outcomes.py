"""What a request to Cal.com can come to. Values, so that no path skips settling."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.booking_check import Doubt, SeenBooking


class RefusalKind(StrEnum):
    """Refusals known by their shape; anything else is unknown (incident 1.19)."""

    SLOT_TAKEN = "slot_taken"
    TOO_SOON = "booking_notice_violation"
    IN_THE_PAST = "past_time"
    UNREACHABLE = "calcom_unreachable"
    """No connection came about, so nothing was sent."""
    REJECTED = "rejected_by_calcom"
    """The request itself was wrong: our configuration, not the caller's time (incident 1.31)."""
    RATE_LIMITED = "rate_limited"
    CIRCUIT_OPEN = "circuit_open"
    """Cal.com failed again and again, so nothing was sent."""
    CANCELLED = "cancelled_at_calcom"
    """It was made and is cancelled already."""
    MOVED_AWAY = "moved_at_calcom"
    """It stands at another time under another uid."""


@dataclass(frozen=True, slots=True)
class Replied:
    """Cal.com answered a create with a booking; whether it is believed is decided elsewhere."""

    seen: SeenBooking
    server_time: datetime | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A booking we believe to be ours."""

    seen: SeenBooking


@dataclass(frozen=True, slots=True)
class NotOurs:
    """A booking that is somebody else's or an old one. Never cancelled by us."""

    seen: SeenBooking
    doubt: Doubt


@dataclass(frozen=True, slots=True)
class Moved:
    """Ours, at another start than asked. Cancelled once."""

    seen: SeenBooking


@dataclass(frozen=True, slots=True)
class Refused:
    """Surely no booking."""

    kind: RefusalKind
    detail: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody but Cal.com knows: timeout, reset, 5xx, an odd 400."""

    reason: str
    answered: bool = field(default=False, compare=False)
    """An answer came, though it says nothing sure: what has not happened by now hardly will."""


@dataclass(frozen=True, slots=True)
class Done:
    """A change surely happened."""

    already: bool = field(default=False, compare=False)
    """It had happened before we asked: a booking that was moved away is called cancelled too."""


@dataclass(frozen=True, slots=True)
class MovedTo:
    """Cal.com answered a move with the booking that takes the old one's place, under a new uid."""

    seen: SeenBooking
    server_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reserved:
    """Cal.com hides a slot from others' lists until an instant."""

    uid: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no such booking at Cal.com."""


@dataclass(frozen=True, slots=True)
class SlotList:
    """Free starts as Cal.com lists them, as instants."""

    starts: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class BookingList:
    """Bookings of a window, complete (all pages)."""

    bookings: tuple[SeenBooking, ...]


@dataclass(frozen=True, slots=True)
class CheckFailed:
    """A read did not succeed: not the same as an empty answer (incident 1.7)."""

    reason: str
    is_misconfigured: bool = False
    """Cal.com answered that our own settings are wrong: asking again does not help (incident 1.15)."""
    kind: RefusalKind | None = None
    """Why it was not even asked, where it was not."""


CreateReply = Replied | Refused | Unknown
BookingOutcome = Accepted | NotOurs | Moved | Refused | Unknown
CancelOutcome = Done | Absent | Refused | Unknown
MoveOutcome = MovedTo | Absent | Refused | Unknown
ReservationOutcome = Reserved | Refused | Unknown
ReleaseOutcome = Done | Unknown
