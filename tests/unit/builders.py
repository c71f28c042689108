"""Values that unit tests are about; each takes what a test says and fills in the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.booking_check import Expected, SeenBooking
from app.domain.speech import Answer, VoiceStatus
from app.domain.timespan import Span

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2025, 10, 13, 8, 0, tzinfo=UTC)
"""Monday, 10:00 in Berlin."""
WISHED = datetime(2025, 10, 20, 12, 0, tzinfo=UTC)
"""Monday, 14:00 in Berlin."""


def berlin(year: int, month: int, day: int, hour: int = 0, minute: int = 0, *, fold: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, fold=fold, tzinfo=BERLIN)


def at(hour: int, minute: int = 0) -> datetime:
    """A UTC instant of the wished Monday."""
    return datetime(2025, 10, 20, hour, minute, tzinfo=UTC)


def span(start: datetime, end: datetime) -> Span:
    return Span(start.astimezone(UTC), end.astimezone(UTC))


def seen_booking(**changes: Any) -> SeenBooking:
    """A fresh booking of ours at the wished time."""
    fields: dict[str, Any] = {
        "uid": "uid-1",
        "start": WISHED,
        "status": "accepted",
        "created_at": NOW,
        "metadata": {"attempt_id": "att_1", "call_id": "call_abc"},
        "attendee_name": "Erika Muster",
    }
    return SeenBooking(**fields | changes)


def expected(**changes: Any) -> Expected:
    """What we asked for when `seen_booking` came back."""
    fields: dict[str, Any] = {
        "attempt_id": "att_1",
        "retell_call_id": "call_abc",
        "start": WISHED,
        "judged_at": NOW + timedelta(seconds=1),
        "known_uids": frozenset(),
    }
    return Expected(**fields | changes)


def answer(status: VoiceStatus, **changes: Any) -> Answer:
    """An answer with every field a sentence may need."""
    fields: dict[str, Any] = {
        "asked": WISHED,
        "now": NOW,
        "service": "Haarschnitt",
        "previous": WISHED - timedelta(days=1),
        "options": ("Montag, 20. Oktober um 14:00 Uhr",),
    }
    return Answer(status, BERLIN, **fields | changes)
