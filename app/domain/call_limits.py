"""How often a voice agent may ask in one call: a model in a loop costs money and never ends (incident 1.41)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

MOST_FUNCTIONS = 50
"""In one call, however long it lasts."""
MOST_A_MINUTE = 20
MOST_OF_ONE_FUNCTION = 10
MINUTE = timedelta(seconds=60)
COOLDOWN = timedelta(seconds=300)
"""How long nothing more is answered after the last that was; then the count begins anew (incidents, section 7)."""


class Limit(StrEnum):
    """Which limit of a call was met."""

    TOTAL = "call_total"
    A_MINUTE = "call_minute"
    SAME_FUNCTION = "call_function"


@dataclass(frozen=True, slots=True)
class AnsweredCall:
    """A function that was answered in this call; refused ones do not count."""

    function: str
    at: datetime


def exceeded(answered: Sequence[AnsweredCall], function: str, now: datetime) -> Limit | None:
    """Return the limit that one more call of a function would break, or None. `answered` is in order of time."""
    if len(answered) >= MOST_FUNCTIONS:
        return Limit.TOTAL
    if not answered:
        return None
    if _is_burst([call.at for call in answered]) and now - answered[-1].at < COOLDOWN:
        return Limit.A_MINUTE
    same = [call.at for call in answered if call.function == function]
    if same and now - same[-1] < COOLDOWN and _in_a_row(same) >= MOST_OF_ONE_FUNCTION:
        return Limit.SAME_FUNCTION
    return None


def _is_burst(times: list[datetime]) -> bool:
    """Return whether the newest answers filled a minute; one that was answered later shows that it is over."""
    newest = times[-MOST_A_MINUTE:]
    return len(newest) == MOST_A_MINUTE and newest[-1] - newest[0] < MINUTE


def _in_a_row(times: list[datetime]) -> int:
    """Return how many answers there were since the last cooldown."""
    count = 0
    for earlier, later in pairwise(times):
        count += 1
        if count >= MOST_OF_ONE_FUNCTION and later - earlier >= COOLDOWN:
            count = 0
    return count + 1
