"""One phone call as the voice agent makes it: signed requests, and whether the answers are what was wished."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from loadtests.planner import Slot

CHECK = "check-availability"
COLLECT = "collect-appointment"
AGENT_TIMEOUT_SECONDS = 15.0
"""Retell was seen to give up after about 15 s (docs/incidents.md, 1.19)."""

_FIRST_NAMES = ("Anke", "Bodo", "Cem", "Dilek", "Emil", "Fenja", "Gesa", "Henk", "Ilka", "Jost")
_NUMBERS = 10_000_000


@dataclass(frozen=True, slots=True)
class Caller:
    """A person who calls one company again and again; name and number are invented and his own."""

    number: int
    company_id: int

    @property
    def name(self) -> str:
        """A name that no other caller has, nor one that begins like it."""
        return f"{_FIRST_NAMES[self.number % len(_FIRST_NAMES)]} Lastprobe-{self.number:04d}"

    @property
    def phone(self) -> str:
        """A mobile number."""
        return f"+49171{(7_311_911 + self.number * 7_919) % _NUMBERS:07d}"


@dataclass(frozen=True, slots=True)
class PhoneCall:
    """One call of a caller about one slot."""

    call_id: str
    caller: Caller
    slot: Slot

    def check_body(self, now: datetime) -> bytes:
        """Is the slot free?"""
        return self._body(CHECK, self._wish(), now)

    def collect_body(self, now: datetime) -> bytes:
        """Book it."""
        wish = {**self._wish(), "name": self.caller.name, "telefon": self.caller.phone, "bestaetigung": True}
        return self._body(COLLECT, wish, now)

    def _wish(self) -> dict[str, Any]:
        start = self.slot.start
        return {
            "datum": f"{start:%d.%m.%Y}",
            "uhrzeit": f"{start:%H:%M}",
            "dienstleistung": self.slot.bookable.service,
        }

    def _body(self, function: str, arguments: dict[str, Any], now: datetime) -> bytes:
        call = {
            "call_type": "phone_call",
            "call_id": self.call_id,
            "from_number": self.caller.phone,
            "to_number": self.slot.bookable.number,
            "direction": "inbound",
            "agent_id": "agent_load",
            "call_status": "ongoing",
            "start_timestamp": round(now.timestamp() * 1000),
        }
        return json.dumps(
            {"name": function, "call": call, "args": arguments}, separators=(",", ":"), ensure_ascii=False
        ).encode()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer came to: ``trouble`` is empty when the wish was met; the uid stands for a booking."""

    trouble: str
    uid: str | None = None


def call_id_of(seed: str) -> str:
    """An id as Retell's are, ``call_`` and 27 hexadecimal digits, the same for the same seed."""
    return "call_" + hashlib.sha256(seed.encode()).hexdigest()[:27]


def sign(body: bytes, api_key: str, now: datetime) -> str:
    """The value of ``X-Retell-Signature``: HMAC-SHA256 over body and milliseconds."""
    stamp = str(round(now.timestamp() * 1000))
    return f"v={stamp},d={hmac.new(api_key.encode(), body + stamp.encode(), hashlib.sha256).hexdigest()}"


def instant(seconds: float) -> datetime:
    """An instant from Unix seconds."""
    return datetime.fromtimestamp(seconds, UTC)


def judge_check(status: int, body: str, slot: Slot) -> Verdict:
    """Whether the answer says that exactly this slot is free."""
    answer, trouble = _read(status, body, slot)
    if not trouble and answer.get("available") is not True:
        trouble = f"{answer.get('status')}: not available"
    return Verdict(trouble)


def judge_booking(status: int, body: str, slot: Slot) -> Verdict:
    """Whether the answer says that exactly this slot is booked, and under which uid."""
    answer, trouble = _read(status, body, slot)
    uid = answer.get("appointment_id")
    if not trouble and (answer.get("status") != "booked" or not uid):
        trouble = f"{answer.get('status')}: not booked"
    return Verdict(trouble, str(uid) if uid and not trouble else None)


def _read(status: int, body: str, slot: Slot) -> tuple[dict[str, Any], str]:
    """The answer and what is wrong with it, whatever was asked."""
    if status != 200:  # noqa: PLR2004 - voice answers are always 200
        return {}, f"HTTP {status}" if status else "no answer"
    try:
        answer = json.loads(body)
    except ValueError:
        return {}, "the answer is not JSON"
    if not isinstance(answer, dict):
        return {}, "the answer is no object"
    if answer.get("success") is not True:
        reason = answer.get("reason")
        return answer, f"{answer.get('status')}{f' ({reason})' if reason else ''}"
    if answer.get("requested_time") != f"{slot.start:%Y-%m-%d %H:%M}":
        return answer, f"another time was understood: {answer.get('requested_time')}"
    return answer, ""
