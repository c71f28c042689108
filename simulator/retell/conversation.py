"""A call as a state machine: who spoke, what was called, and the call object Retell sends along.

`Call` only records and renders; who says what is decided in `agent`, and when in `desk`. Names and forms are
those of Retell's call object (transcripts, tool items, times in milliseconds).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from simulator.retell.agent import Agent
from simulator.retell.signing import milliseconds

_WORD_SECONDS = 0.3
_PAUSE_SECONDS = 0.1


class CallStatus(StrEnum):
    """Where a call stands."""

    REGISTERED = "registered"
    ONGOING = "ongoing"
    ENDED = "ended"


class WrongStateError(Exception):
    """Something was asked of a call that its state does not allow; the message says what."""


@dataclass(slots=True)
class Exchange:
    """One request to the gateway and what came of it; `error` names why no answer could be used."""

    number: int
    function: str
    args: dict[str, Any]
    url: str
    body: bytes
    request_headers: dict[str, str]
    sent_at: datetime
    repeats: int | None = None
    answered_at: datetime | None = None
    status_code: int | None = None
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""
    answer: dict[str, Any] | None = None
    error: str | None = None

    @property
    def duration_ms(self) -> float | None:
        """Milliseconds from request to answer, None while open."""
        if self.answered_at is None:
            return None
        return round((self.answered_at - self.sent_at).total_seconds() * 1000, 3)

    @property
    def status(self) -> str:
        """The gateway's status word, "" when there is none."""
        return str((self.answer or {}).get("status") or "")


@dataclass(slots=True)
class Turn:
    """One utterance of the caller (or a resend, without one) and what followed."""

    number: int
    started_at: datetime
    utterance: str | None
    exchanges: list[Exchange] = field(default_factory=list)
    sentence: str | None = None
    said_at: datetime | None = None
    ended_at: datetime | None = None
    error: dict[str, str] | None = None

    @property
    def is_open(self) -> bool:
        """Whether the agent still owes an answer."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something that happened in a call, numbered from 1."""

    id: int
    at: datetime
    kind: str
    data: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """For `GET …/events`."""
        return {"id": self.id, "at": iso(self.at), "kind": self.kind, **self.data}


@dataclass(slots=True)
class Call:
    """One phone call, growing."""

    id: str
    from_number: str
    to_number: str
    agent: Agent
    agent_id: str
    agent_name: str
    started_at: datetime
    status: CallStatus = CallStatus.REGISTERED
    ended_at: datetime | None = None
    disconnection_reason: str | None = None
    turns: list[Turn] = field(default_factory=list)
    events: list[CallEvent] = field(default_factory=list)
    spoken: list[dict[str, Any]] = field(default_factory=list)
    everything: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_ongoing(self) -> bool:
        """Whether anybody can speak."""
        return self.status is CallStatus.ONGOING

    @property
    def exchanges(self) -> list[Exchange]:
        """All requests of this call in order."""
        return [exchange for turn in list(self.turns) for exchange in list(turn.exchanges)]

    def connect(self, at: datetime) -> None:
        """The agent picks up and greets."""
        self._require(CallStatus.REGISTERED, "connected")
        self.status = CallStatus.ONGOING
        self.record("call_started", at, from_number=self.from_number, to_number=self.to_number)
        self.speak("agent", self.agent.greeting(), at)

    def hang_up(self, at: datetime, reason: str) -> None:
        """The call ends; `reason` is Retell's disconnection reason."""
        self._require(CallStatus.ONGOING, "ended")
        self.status = CallStatus.ENDED
        self.ended_at = at
        self.disconnection_reason = reason
        self.record("call_ended", at, reason=reason)

    def begin_turn(self, utterance: str | None, at: datetime) -> Turn:
        """Open the next turn with what the caller says."""
        self._require(CallStatus.ONGOING, "continued")
        turn = Turn(len(self.turns) + 1, at, utterance)
        self.turns.append(turn)
        if utterance is not None:
            self.speak("user", utterance, at)
        return turn

    def speak(self, role: str, text: str, at: datetime) -> None:
        """Add a sentence to the transcripts, its words with plausible times of their own."""
        item = {"role": role, "content": text, "words": _words(text, (at - self.started_at).total_seconds())}
        self.spoken.append(item)
        self.everything.append(item)
        self.record("agent" if role == "agent" else "caller", at, text=text)

    def invoke(self, number: int, function: str, args: dict[str, Any]) -> None:
        """Add the invocation of a function, as it stands in the very request that carries it."""
        self.everything.append(
            {
                "role": "tool_call_invocation",
                "tool_call_id": f"tool_call_{number:02d}",
                "name": function,
                "arguments": compact(args).decode(),
            }
        )

    def answer(self, number: int, content: str, *, successful: bool) -> None:
        """Add a function's result, cut to what Retell hands its model (15000 characters)."""
        self.everything.append(
            {
                "role": "tool_call_result",
                "tool_call_id": f"tool_call_{number:02d}",
                "content": content[:15_000],
                "successful": successful,
            }
        )

    def record(self, kind: str, at: datetime, **data: Any) -> CallEvent:
        """Add an event for those who follow the call."""
        event = CallEvent(len(self.events) + 1, at, kind, data)
        self.events.append(event)
        return event

    def to_wire(self) -> dict[str, Any]:
        """The call object as it is at this moment."""
        wire: dict[str, Any] = {
            "call_type": "phone_call",
            "from_number": self.from_number,
            "to_number": self.to_number,
            "direction": "inbound",
            "call_id": self.id,
            "agent_id": self.agent_id,
            "agent_version": 1,
            "agent_name": self.agent_name,
            "call_status": self.status.value,
            "start_timestamp": milliseconds(self.started_at),
            "transcript": "".join(_line(item) for item in self.spoken),
            "transcript_object": list(self.spoken),
            "transcript_with_tool_calls": list(self.everything),
        }
        if self.ended_at is not None:
            wire["end_timestamp"] = milliseconds(self.ended_at)
            wire["duration_ms"] = milliseconds(self.ended_at) - milliseconds(self.started_at)
            wire["disconnection_reason"] = self.disconnection_reason
        return wire

    def _require(self, status: CallStatus, verb: str) -> None:
        if self.status is not status:
            raise WrongStateError(f"call {self.id} is {self.status}, it cannot be {verb}")


def call_id(seed: int, count: int, at: datetime) -> str:
    """An id of Retell's form, the same for the same seed, count and instant."""
    digest = hashlib.sha256(f"{seed}:{count}:{milliseconds(at)}".encode()).hexdigest()
    return f"call_{digest[:27]}"


def compact(value: Any) -> bytes:
    """JSON as JavaScript writes it: no spaces, raw UTF-8, `4` for 4.0, keys in the order given."""
    return json.dumps(_as_javascript(value), ensure_ascii=False, separators=(",", ":")).encode()


def iso(at: datetime) -> str:
    """An aware UTC instant with milliseconds and `Z`."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _as_javascript(value: Any) -> Any:
    match value:
        case dict():
            return {str(key): _as_javascript(item) for key, item in value.items()}
        case list() | tuple():
            return [_as_javascript(item) for item in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


def _line(item: dict[str, Any]) -> str:
    return f"{'Agent' if item['role'] == 'agent' else 'User'}: {item['content']}\n"


def _words(text: str, start: float) -> list[dict[str, Any]]:
    step = _WORD_SECONDS + _PAUSE_SECONDS
    return [
        {
            "word": word,
            "start": round(start + index * step, 3),
            "end": round(start + index * step + _WORD_SECONDS, 3),
        }
        for index, word in enumerate(text.split())
    ]
