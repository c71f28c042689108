"""What a call was told, for as long as the caller can mean it (incidents 1.12, 1.14): a value, kept as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from app.domain.speech import Answer, VoiceStatus

SERVICE_LASTS = timedelta(minutes=30)
OFFER_LASTS = timedelta(minutes=30)
CHECK_LASTS = timedelta(minutes=10)
READ_BACK_LASTS = timedelta(minutes=30)
MOST_KEPT = 10

CONTRADICTS_CHECK = "contradicts_check"
"""Reason of the question whether a booking really means another time than the one that was checked."""
CONTRADICTS_SERVICE = "contradicts_service"
"""Reason of the question whether a booking really means another service than the one that was checked."""
UNCONFIRMED = "confirmation_missing"
"""Reason of the question whether to book at all."""

CHECKS = frozenset({VoiceStatus.AVAILABLE, VoiceStatus.UNAVAILABLE, VoiceStatus.NO_AVAILABILITY})
"""Answers after which a booking is held against the instant they were about."""
WISHES = CHECKS | {
    VoiceStatus.CLOSED,
    VoiceStatus.PAST_TIME,
    VoiceStatus.NOTICE_VIOLATION,
    VoiceStatus.SLOT_TAKEN,
}
"""Answers to a wish for an instant: offers that follow stand in its place."""
ENDS_OF_A_WISH = frozenset({VoiceStatus.BOOKED, VoiceStatus.PENDING, VoiceStatus.TIMEOUT})
"""Answers after which the next booking is another wish."""


@dataclass(frozen=True, slots=True)
class Told:
    """An instant the caller was told of, and when; for which service, where that was clear."""

    start: datetime
    at: datetime
    service_id: int | None = None


@dataclass(frozen=True, slots=True)
class CallMemory:
    """One call's memory. What is too old is forgotten when it is asked for."""

    service_id: int | None = None
    service_at: datetime | None = None
    checked: Told | None = None
    """The instant that was looked up last."""
    wished: Told | None = None
    """The instant that was wished last, looked up or not."""
    offered: tuple[Told, ...] = ()
    """What was offered instead of a wish, newest last."""
    read_back: tuple[Told, ...] = ()
    """What was said as free, or asked about, with its full date; newest last."""

    def pinned_service(self, now: datetime) -> int | None:
        """Return the service that was spoken of in the last 30 minutes, or None."""
        return self.service_id if _lasts(self.service_at, now, SERVICE_LASTS) else None

    def last_checked(self, now: datetime) -> Told | None:
        """Return what was checked in the last 10 minutes, or None."""
        checked = self.checked
        return checked if checked is not None and _lasts(checked.at, now, CHECK_LASTS) else None

    def last_wished(self, now: datetime) -> Told | None:
        """Return what was wished in the last 30 minutes, or None."""
        wished = self.wished
        return wished if wished is not None and _lasts(wished.at, now, OFFER_LASTS) else None

    def offers(self, now: datetime) -> tuple[Told, ...]:
        """Return what was offered in the last 30 minutes, newest first."""
        return tuple(told for told in reversed(self.offered) if _lasts(told.at, now, OFFER_LASTS))

    def said(self, now: datetime) -> tuple[Told, ...]:
        """Return what was named to the caller with its full date in the last 30 minutes, newest first."""
        return tuple(told for told in reversed(self.read_back) if _lasts(told.at, now, READ_BACK_LASTS))

    def after(self, answer: Answer, now: datetime) -> CallMemory:
        """Return the memory once this answer was given."""
        memory = self
        asks = answer.reason in {CONTRADICTS_CHECK, CONTRADICTS_SERVICE, UNCONFIRMED}
        if answer.service_id is not None and answer.reason != CONTRADICTS_SERVICE:
            memory = replace(memory, service_id=answer.service_id, service_at=now)
        if answer.status in ENDS_OF_A_WISH:
            memory = replace(memory, checked=None, wished=None)
        if answer.asked is not None:
            memory = _with(memory, Told(answer.asked, now, answer.service_id), answer, asks=asks)
        return replace(memory, offered=_kept(memory.offered, _offers_of(answer, now)))

    def to_json(self) -> dict[str, Any]:
        """Return what is stored."""
        return {
            "service": {"id": self.service_id, "at": self.service_at.isoformat()}
            if self.service_at
            else None,
            "checked": _told_to_json(self.checked) if self.checked else None,
            "wished": _told_to_json(self.wished) if self.wished else None,
            "offered": [_told_to_json(told) for told in self.offered],
            "read_back": [_told_to_json(told) for told in self.read_back],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return what was stored."""
        service = stored.get("service") or {}
        return cls(
            service_id=service.get("id"),
            service_at=datetime.fromisoformat(service["at"]) if service else None,
            checked=_told_from_json(stored["checked"]) if stored.get("checked") else None,
            wished=_told_from_json(stored["wished"]) if stored.get("wished") else None,
            offered=tuple(_told_from_json(told) for told in stored.get("offered", ())),
            read_back=tuple(_told_from_json(told) for told in stored.get("read_back", ())),
        )


def _with(memory: CallMemory, told: Told, answer: Answer, *, asks: bool) -> CallMemory:
    if answer.status in WISHES or answer.reason == UNCONFIRMED:
        memory = replace(memory, wished=told)
    if answer.status in CHECKS or answer.reason == UNCONFIRMED:
        memory = replace(memory, checked=told)
    if answer.status is VoiceStatus.AVAILABLE or asks:
        memory = replace(memory, read_back=_kept(memory.read_back, [told]))
    return memory


def _offers_of(answer: Answer, now: datetime) -> list[Told]:
    starts = list(answer.alternatives)
    if answer.status in {VoiceStatus.NEXT_AVAILABLE, VoiceStatus.RESERVED} and answer.asked is not None:
        starts.append(answer.asked)
    return [Told(start, now, answer.service_id) for start in starts]


def _kept(old: Sequence[Told], new: Sequence[Told]) -> tuple[Told, ...]:
    starts = {told.start for told in new}
    return (*(told for told in old if told.start not in starts), *new)[-MOST_KEPT:]


def _lasts(since: datetime | None, now: datetime, length: timedelta) -> bool:
    return since is not None and now - since <= length


def _told_to_json(told: Told) -> dict[str, Any]:
    return {"start": told.start.isoformat(), "at": told.at.isoformat(), "service_id": told.service_id}


def _told_from_json(stored: Mapping[str, Any]) -> Told:
    return Told(
        datetime.fromisoformat(stored["start"]), datetime.fromisoformat(stored["at"]), stored["service_id"]
    )
