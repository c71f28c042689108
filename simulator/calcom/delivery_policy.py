"""How webhooks go out: as upstream sends them, or in one of the ways a hostile world does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from simulator.control.errors import bad_value, unknown_key
from simulator.control.latency import parse_seconds

LATE_SECONDS = 30.0
RETRY_SECONDS = (30.0, 600.0)  # upstream's queue variant: three attempts, 30 s to 10 min apart
_MAX_ATTEMPTS = 20


class DeliveryMode(StrEnum):
    """How webhooks go out."""

    NORMAL = "normal"
    TWICE = "twice"
    LATE = "late"
    OUT_OF_ORDER = "out_of_order"
    DROPPED = "dropped"
    WRONGLY_SIGNED = "wrongly_signed"
    RETRIED = "retried"


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """The mode, how late is late (seconds), how often is retried, and which triggers it is for (none: all)."""

    mode: DeliveryMode = DeliveryMode.NORMAL
    delay: float = LATE_SECONDS
    attempts: int = 3
    triggers: tuple[str, ...] = ()

    def mode_for(self, trigger: str) -> DeliveryMode:
        """The mode of one trigger."""
        return self.mode if not self.triggers or trigger in self.triggers else DeliveryMode.NORMAL

    def to_json(self) -> dict[str, Any]:
        """The policy as the control routes answer it."""
        return {
            "mode": self.mode.value,
            "delay": self.delay,
            "attempts": self.attempts,
            "triggers": list(self.triggers),
        }


def retry_delay(attempt: int) -> float:
    """Seconds before the attempt after this one."""
    return RETRY_SECONDS[min(attempt, len(RETRY_SECONDS)) - 1]


def parse_policy(raw: object, triggers: tuple[str, ...]) -> DeliveryPolicy:
    """A policy from its JSON; 400 names a wrong key, mode or trigger."""
    if not isinstance(raw, dict):
        raise bad_value("policy", "must be an object")
    keys = ("mode", "delay", "attempts", "triggers")
    for key in raw:
        if key not in keys:
            raise unknown_key("key of a delivery policy", str(key), keys)
    mode = raw.get("mode", "normal")
    if mode not in tuple(DeliveryMode):
        raise unknown_key("delivery mode", str(mode), [known.value for known in DeliveryMode])
    attempts = raw.get("attempts", 3)
    if isinstance(attempts, bool) or not isinstance(attempts, int) or not 1 <= attempts <= _MAX_ATTEMPTS:
        raise bad_value("attempts", f"must be a whole number from 1 to {_MAX_ATTEMPTS}, not {attempts!r}")
    named = raw.get("triggers") or []
    if not isinstance(named, list):
        raise bad_value("triggers", "must be a list")
    for trigger in named:
        if trigger not in triggers:
            raise unknown_key("trigger", str(trigger), triggers)
    return DeliveryPolicy(
        DeliveryMode(mode), parse_seconds("delay", raw.get("delay", LATE_SECONDS)), attempts, tuple(named)
    )
