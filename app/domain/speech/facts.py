"""What an answer knows; its sentence is made from these fields and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.speech.vocabulary import Claim, Trouble, VoiceStatus


@dataclass(frozen=True, slots=True)
class Facts:
    """The fields of an answer to the voice agent."""

    status: VoiceStatus
    zone: ZoneInfo
    asked: datetime | None = None
    now: datetime | None = None
    service: str | None = None
    service_id: int | None = None
    others: tuple[datetime, ...] = ()
    """Other readings of the caller's words: named with the one that was taken."""
    question: str | None = None
    """What to ask, where the status alone does not tell."""
    alternatives: tuple[datetime, ...] = ()
    reason: str | None = None
    trouble: Trouble = Trouble.BOOKING
    missing: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    attempt_id: str | None = None
    calcom_booking_uid: str | None = None
    appointment_id: int | None = None
    minimum_notice_minutes: int | None = None
    confirmation_sent_to_caller: bool = False
    awaiting_confirmation: bool = False
    previous: datetime | None = None
    """Where the appointment stood before it was moved."""
    fee_cents: int = 0
    """What a change costs; spoken as whole euros."""
    hours: int | None = None
    """A number of whole hours that the sentence says: a deadline, a wait."""
    count: int | None = None
    """How many of something the sentence says."""
    day: date | None = None
    """The local day that is spoken of where no time was said."""
    window: str | None = None
    """The span that was searched, in words: "Dienstag, 21. Oktober vormittags"."""
    holiday: str | None = None
    opens: datetime | None = None
    """When the branch opens next."""
    closes: time | None = None
    """When it closes: what was asked for would last longer."""
    minutes: int | None = None
    """How long a service takes."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """More fields of the JSON answer, ready to be sent; never needed by the sentence of a booking."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One row of the table: what a status claims, whether the wish was met, and how it is said."""

    claim: Claim
    say: Callable[[Facts], str]
    success: bool = False
