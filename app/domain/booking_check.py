"""Is a returned booking ours, fresh and at the asked time? A named reason when not (incident 1.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FRESHNESS = timedelta(seconds=30)
"""The oldest a booking may be that we take for new: a reply is at most 5 s under way, clocks differ a little."""


class Doubt(StrEnum):
    """Why a booking is not believed; the words are the `reason` of the answer."""

    STALE = "stale_booking_data"
    UNDATED = "undated_booking"
    FOREIGN = "foreign_booking"
    KNOWN = "known_uid"
    MOVED = "moved_start"


@dataclass(frozen=True, slots=True)
class SeenBooking:
    """A booking as Cal.com showed it; optional parts are None when the reply lacked them."""

    uid: str
    start: datetime | None
    status: str | None
    created_at: datetime | None
    metadata: Mapping[str, str] | None
    attendee_name: str | None = None
    booking_id: int | None = None
    end: datetime | None = None
    attendee_email: str | None = None
    event_type_id: int | None = None
    host_id: int | None = None
    """Cal.com's user id of who performs it; the first where there are several."""
    rescheduled_from_uid: str | None = None
    rescheduled_to_uid: str | None = None

    @property
    def is_thin(self) -> bool:
        """Return whether the reply must be completed by reading the uid (incident 1.32)."""
        return self.start is None or self.created_at is None or self.metadata is None


@dataclass(frozen=True, slots=True)
class Expected:
    """What we asked for, and what we know at the moment the reply is judged."""

    attempt_id: str
    retell_call_id: str | None
    start: datetime
    judged_at: datetime
    """Cal.com's own `Date` header where it sent one, else our clock."""
    known_uids: frozenset[str]


Guard = Callable[[SeenBooking, Expected], Doubt | None]


def metadata_is_ours(seen: SeenBooking, expected: Expected) -> Doubt | None:
    """Doubt a booking that does not carry this attempt's id."""
    metadata = seen.metadata or {}
    if metadata.get("attempt_id") != expected.attempt_id:
        return Doubt.FOREIGN
    theirs = metadata.get("call_id")
    ours = expected.retell_call_id
    return Doubt.FOREIGN if theirs is not None and ours is not None and theirs != ours else None


def uid_is_unknown(seen: SeenBooking, expected: Expected) -> Doubt | None:
    """Doubt a booking that already belongs to another appointment."""
    return Doubt.KNOWN if seen.uid in expected.known_uids else None


def created_freshly(seen: SeenBooking, expected: Expected) -> Doubt | None:
    """Doubt a booking that was made longer ago than our request can be: 30 s pass, 31 s do not."""
    if seen.created_at is None:
        return Doubt.UNDATED
    age = expected.judged_at - seen.created_at
    return Doubt.STALE if age > FRESHNESS else None


def start_is_asked(seen: SeenBooking, expected: Expected) -> Doubt | None:
    """Doubt a booking at another instant (incident 1.20)."""
    return None if seen.start == expected.start else Doubt.MOVED


BELIEF_GUARDS: tuple[Guard, ...] = (uid_is_unknown, created_freshly, metadata_is_ours, start_is_asked)
"""All guards of a create reply. A known uid is told first, as the caller hears another sentence for it;
a moved start comes last, since only a booking that is ours may be cancelled for it."""

ADOPTION_GUARDS: tuple[Guard, ...] = (uid_is_unknown, metadata_is_ours, start_is_asked)
"""Of a booking found by its attempt id: it may have been made a while ago."""


def first_doubt(guards: tuple[Guard, ...], seen: SeenBooking, expected: Expected) -> Doubt | None:
    """Return the first guard's doubt, or None when the booking may be believed."""
    return next((doubt for guard in guards if (doubt := guard(seen, expected)) is not None), None)
