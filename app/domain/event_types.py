"""What Cal.com says of an event type, as far as a service that books it depends on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventTypeSeen:
    """An event type of a company's own account."""

    event_type_id: int
    length_minutes: int | None
    is_seated: bool = False
    """Several people share a slot: a taken slot stays listed, so our rules would be wrong for it."""
    is_recurring: bool = False
    """One request makes many bookings."""
    is_managed: bool = False
    """A template of a team: it can't be booked itself (incident 1.31)."""
    host_ids: tuple[int, ...] = ()
    """Who can be booked through it, where Cal.com tells."""
