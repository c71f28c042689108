"""What comes in from providers, as values: read, but not yet believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from app.domain.booking_check import SeenBooking


class UnreadableMessage(Exception):
    """Something came in that is not of any documented shape."""


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """One webhook body, read but not yet believed."""

    trigger: str
    booking: SeenBooking
    happened_at: datetime
    event_id: str | None
    raw: str = field(repr=False)

    @property
    def key(self) -> str:
        """Return what makes a second delivery the same event: the booking, what happened, and when.

        The event type belongs to it, else a cancel would be taken for a repeat of its create (incident 1.38).
        """
        return self.event_id or f"{self.booking.uid}|{self.trigger}|{self.happened_at.isoformat()}"


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """What Retell says of a call."""

    dialled_number: str
    caller_number: str | None = field(repr=False)
    retell_call_id: str | None
    tool_call_id: str | None = None
    """Retell's id of this tool call; the same one twice is one request delivered again."""
