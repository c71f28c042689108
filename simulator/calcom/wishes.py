"""What clients ask of bookings, once their words are understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from simulator.calcom.values import value
from simulator.calcom.world import Attendee, Origin


class RaceAnswer(StrEnum):
    """What the loser of a race for one slot is told."""

    CONFLICT = "conflict"  # 409 booking_conflict_error, as the bare error reaches the client
    DATABASE_ERROR = "database_error"  # 400, after production's redaction of database errors
    UNAVAILABLE = "unavailable"  # 400, as if the availability check had seen the winner


@value
class BookingWish:
    """What a client asks to book; ``location`` is the text or object that was sent."""

    event_type_id: int
    start: datetime
    attendee: Attendee
    minutes: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    responses: Mapping[str, Any] = field(default_factory=dict)
    guests: tuple[str, ...] = ()
    location: str | Mapping[str, Any] | None = None
    origin: Origin = Origin.API
    arrived_version: int | None = None
    recurrence_count: int | None = None
    instant: bool = False
    authenticated: bool = True
    email_code: str | None = None


@dataclass(frozen=True, slots=True)
class MoveWish:
    """What a client asks to move."""

    uid: str
    start: datetime
    reason: str | None = None
    by_email: str | None = None
    by_owner: bool = False
    seat_uid: str | None = None
