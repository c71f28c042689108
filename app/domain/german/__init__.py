"""German dates and times: what callers say to instants, and instants to what we say."""

from __future__ import annotations

from app.domain.german.say import say_clock, say_date, say_instant
from app.domain.german.understand import Understanding, UnderstandingStatus, understand

__all__ = ["Understanding", "UnderstandingStatus", "say_clock", "say_date", "say_instant", "understand"]
