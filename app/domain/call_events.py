"""What Retell tells us of a call's life, read but not yet acted on (retell.md 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.domain.identifiers import BranchId, CompanyId


class CallTrigger(StrEnum):
    """The events we act on; all others are kept and ignored."""

    INBOUND = "call_inbound"
    STARTED = "call_started"
    TRANSCRIPT = "transcript_updated"
    ENDED = "call_ended"
    ANALYZED = "call_analyzed"


TRANSFERS = frozenset({"transfer_started", "transfer_bridged", "transfer_cancelled", "transfer_ended"})
"""Kept for the call review: a transferred call says nothing about appointments."""
KNOWN = frozenset(CallTrigger) | TRANSFERS
END = frozenset({CallTrigger.ENDED, CallTrigger.ANALYZED})
"""Events after which a call is over, whatever its call_status says (retell.md 5)."""


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One lifecycle event with what it knows of the call; None is what it does not tell."""

    trigger: str
    retell_call_id: str | None
    dialled_number: str | None
    caller_number: str | None = field(repr=False)
    happened_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    disconnection_reason: str | None = None
    transcript: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    analysis: Mapping[str, Any] | None = field(default=None, repr=False)
    latency: Mapping[str, Any] = field(default_factory=dict)
    cost_cents: float | None = None
    detail: str = ""
    """What makes two events of one kind different ones: a transfer's leg, a transcript's content."""

    @property
    def key(self) -> str:
        """Return what makes a second delivery the same event: each fires once for a call (retell.md 4.3)."""
        return "|".join(filter(None, ("retell", self.trigger, self.retell_call_id, self.detail)))


@dataclass(frozen=True, slots=True)
class Announcement:
    """A call that rings and has no call object yet (retell.md 8)."""

    dialled_number: str
    caller_number: str | None = field(repr=False)
    retell_call_id: str | None


@dataclass(frozen=True, slots=True)
class CalledBranch:
    """Whose branch a call reached."""

    company_id: CompanyId
    branch_id: BranchId
    time_zone: str
    agent_id: str | None = None
