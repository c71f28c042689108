"""Errands of a call besides a new appointment: cancel, move, ask for one's appointments, hours, a call back.

Like the booking, an errand states nothing itself: whatever became of it is the gateway's sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.retell.hearing import Heard
from simulator.retell.intents import Intent, from_and_to

FUNCTIONS: Mapping[Intent, str] = {
    Intent.CANCEL: "cancel-appointment",
    Intent.MOVE: "reschedule-appointment",
    Intent.QUERY: "get-customer-appointments",
    Intent.HOURS: "get-opening-hours",
    Intent.SERVICES: "list-services",
    Intent.CALLBACK: "request-callback",
}
ASKS_FOR_NAME = frozenset(
    {"missing_customer_name", "no_customer", "unauthorized", "anonymous", "new_customer"}
)
_OTHER_TIME = frozenset(
    {
        "unavailable", "slot_taken", "no_availability", "closed", "past_time", "invalid_date", "unchanged",
        "booking_notice_violation", "needs_new_time", "slot_locked",
    }
)  # fmt: skip
"""The wished new time will not do; the appointment itself is known."""
_OTHER_APPOINTMENT = frozenset(
    {"multiple_found", "not_found", "needs_clarification", "missing_required_field"}
)
"""The gateway asks which appointment is meant."""
_GOES_ON = ASKS_FOR_NAME | _OTHER_TIME | _OTHER_APPOINTMENT | {"ready_for_confirmation", "low_confidence"}


@dataclass(frozen=True, slots=True)
class Ask:
    """A question of the agent's own."""

    text: str


@dataclass(frozen=True, slots=True)
class Do:
    """A function to call."""

    function: str
    args: dict[str, Any]


@dataclass(slots=True)
class Errand:
    """What is known of an errand; days and times stay the caller's words."""

    intent: Intent
    day: str | None = None
    at: str | None = None
    new_day: str | None = None
    new_at: str | None = None
    reason: str | None = None
    ready: bool = False
    asked: bool = False
    wants_new_time: bool = False
    is_over: bool = False
    alternatives: list[datetime] = field(default_factory=list)

    def hear(self, text: str, heard: Heard, who: Mapping[str, str]) -> Ask | Do:
        """What follows an utterance; ``who`` are the name and number that are known of the caller."""
        match self.intent:
            case Intent.MOVE:
                return self._move(text, heard, who)
            case Intent.CANCEL:
                return self._cancel(heard, who)
            case Intent.CALLBACK:
                self.reason = self.reason or text
                return Do(FUNCTIONS[self.intent], {**who, "grund": self.reason})
            case Intent.HOURS:
                return Do(FUNCTIONS[self.intent], {"datum": heard.day} if heard.day else {})
            case Intent.SERVICES:
                return Do(FUNCTIONS[self.intent], {})
            case Intent.QUERY:
                return Do(FUNCTIONS[self.intent], dict(who))

    def after(self, answer: Mapping[str, Any], alternatives: list[datetime]) -> None:
        """Take in what the gateway answered: whether the errand is over, and which words were of no use."""
        status = str(answer.get("status"))
        self.is_over = status not in _GOES_ON
        self.ready = status == "ready_for_confirmation"
        self.alternatives = alternatives if status in _OTHER_TIME else []
        self.wants_new_time = status in _OTHER_TIME
        if status in _OTHER_TIME:
            self.new_day = self.new_at = None
        if status in ("not_found", "missing_required_field"):
            self.day = self.at = None

    def _cancel(self, heard: Heard, who: Mapping[str, str]) -> Ask | Do:
        self.day, self.at = heard.day or self.day, heard.at or self.at
        if self.day is None and self.at is None and not self.asked:
            self.asked = True
            return Ask("Welchen Termin möchten Sie absagen?")
        return Do(FUNCTIONS[self.intent], {**_given(datum=self.day, uhrzeit=self.at), **who})

    def _move(self, text: str, heard: Heard, who: Mapping[str, str]) -> Ask | Do:
        if self.ready and heard.yes and heard.day is None and heard.at is None:
            return self._send(who, confirmed=True)
        self._take_times(text, heard)
        if self.day is None and self.at is None and not self.asked:
            self.asked = True
            return Ask("Welchen Termin möchten Sie verschieben?")
        if self.new_day is None and self.new_at is None:
            self.wants_new_time = True
            return Ask("Auf welchen Tag und welche Uhrzeit möchten Sie den Termin verschieben?")
        return self._send(who, confirmed=False)

    def _take_times(self, text: str, heard: Heard) -> None:
        picked = self._picked(heard)
        if picked is not None:
            self.new_day, self.new_at = f"{picked:%d.%m.%Y}", f"{picked:%H:%M}"
            return
        (day, at), (new_day, new_at) = from_and_to(text)
        if new_day or new_at:
            self.new_day, self.new_at = new_day or self.new_day, new_at or self.new_at
        elif self.wants_new_time:
            self.new_day, self.new_at = day or self.new_day, at or self.new_at
            return
        if day or at:
            self.day, self.at = day or self.day, at or self.at

    def _picked(self, heard: Heard) -> datetime | None:
        """The offered time an utterance means: by its place, by its clock, or the only one by a yes."""
        if heard.choice is not None and heard.choice < len(self.alternatives):
            return self.alternatives[heard.choice]
        if heard.yes and heard.day is None and heard.at is None and len(self.alternatives) == 1:
            return self.alternatives[0]
        return None

    def _send(self, who: Mapping[str, str], *, confirmed: bool) -> Do:
        old = _given(old_datum=self.day, old_uhrzeit=self.at)
        new = _given(new_datum=self.new_day, new_uhrzeit=self.new_at)
        flag = {"bestaetigung": True} if confirmed else {}
        return Do(FUNCTIONS[self.intent], {**old, **new, **who, **flag})


def _given(**words: str | None) -> dict[str, Any]:
    return {name: word for name, word in words.items() if word}
