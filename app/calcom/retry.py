"""When a call to Cal.com is sent again. The policy is a value; nothing here waits.

Only reads are repeated: behind an error reply to a change the change has happened before (incident 1.19). A
caller's read is repeated as long as it fits what is left of his time, background work takes every gap in full.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.calcom.replies import SERVER_ERROR, TOO_MANY_REQUESTS, NoReply, Reply
from app.usecases.ports import Urgency

SAFE_TO_REPEAT = frozenset(
    {
        "list_slots",
        "get_booking",
        "list_bookings",
        "list_event_types",
        "get_event_type",
        "list_schedules",
        "get_schedule",
    }
)
"""Operations that change nothing. Whatever stands not here is sent once."""

LONGEST_RESET_SECONDS = 120
"""Twice Cal.com's block: a longer one is no number of seconds (calcom-api, section "Rate limit")."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What is sent again, how often, and after which gaps."""

    safe: frozenset[str] = SAFE_TO_REPEAT
    gaps: tuple[float, ...] = (1.0, 2.0, 4.0)
    """Seconds between two tries. Three tries have two gaps; the third is for background work's fourth try."""
    jitter: float = 0.25
    """The largest part of a gap that chance adds, so that those who failed together don't come back together."""
    caller_tries: int = 3
    useful_seconds: float = 0.5
    """A try with less time than this could only fail by our own impatience."""

    def tries(self, urgency: Urgency) -> int:
        """Return how often one operation may be sent."""
        return self.caller_tries if urgency is Urgency.CALLER else len(self.gaps) + 1

    def gap_after(
        self, reply: Reply | NoReply, operation: str, *, tries_made: int, urgency: Urgency, chance: float
    ) -> float | None:
        """Return the seconds to wait before the next try, None when there is to be none.

        Args:
            reply: What the last try came to.
            operation: Its name.
            tries_made: How many there were.
            urgency: Who waits.
            chance: A number from 0 up to 1.
        """
        if operation not in self.safe or tries_made >= self.tries(urgency) or not is_passing(reply):
            return None
        gap = self.gaps[tries_made - 1] * (1 + self.jitter * chance)
        return max(gap, reset_seconds(reply) or 0.0)


def is_passing(reply: Reply | NoReply) -> bool:
    """Return whether the same request may do better later: no answer, a 5xx, or too many requests."""
    if isinstance(reply, NoReply):
        return True
    return reply.status >= SERVER_ERROR or reply.status == TOO_MANY_REQUESTS


def reset_seconds(reply: Reply | NoReply) -> float | None:
    """Return for how long Cal.com takes no more requests of this account, None when it does not say so.

    Cal.com sends no Retry-After, but each of its limits' rest in seconds; a key with several limits is refused
    until the first of them is over. A proxy before it knows Retry-After only.
    """
    if isinstance(reply, NoReply) or reply.status != TOO_MANY_REQUESTS:
        return None
    resets = [_seconds(value) for name, value in reply.headers.items() if _is_reset(name)]
    known = [seconds for seconds in resets if seconds is not None]
    return min(known) if known else _seconds(_header(reply.headers, "retry-after"))


def _is_reset(name: str) -> bool:
    return name.casefold().startswith("x-ratelimit-reset")


def _header(headers: Mapping[str, str], wanted: str) -> str:
    return next((value for name, value in headers.items() if name.casefold() == wanted), "")


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds <= LONGEST_RESET_SECONDS else None
