"""What may happen to a booking: decisions over a world, without HTTP and without writing.

Each ``decide_*`` returns a Change or raises a CalcomError with upstream's text; the caller holds the world's
lock and applies the change. ``forced`` leaves out availability, for faults that make a write happen anyway.
"""

from __future__ import annotations

from simulator.calcom.rules_change import (
    decide_absence,
    decide_cancellation,
    decide_confirmation,
    decide_move,
    decide_refusal,
)
from simulator.calcom.rules_common import (
    HOSTS_BUSY,
    IN_THE_PAST,
    OUT_OF_BOUNDS,
    USER_BUSY,
    get_booking,
    get_event_type,
)
from simulator.calcom.rules_create import EMAIL_CODE, decide_booking, decide_rival, next_free_start
from simulator.calcom.wishes import BookingWish, MoveWish, RaceAnswer

__all__ = [
    "EMAIL_CODE",
    "HOSTS_BUSY",
    "IN_THE_PAST",
    "OUT_OF_BOUNDS",
    "USER_BUSY",
    "BookingWish",
    "MoveWish",
    "RaceAnswer",
    "decide_absence",
    "decide_booking",
    "decide_cancellation",
    "decide_confirmation",
    "decide_move",
    "decide_refusal",
    "decide_rival",
    "get_booking",
    "get_event_type",
    "next_free_start",
]
