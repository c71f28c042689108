"""German dates and times: what callers say to instants, and instants to what we say."""

from __future__ import annotations

from app.domain.german.say import say_clock, say_date, say_instant
from app.domain.german.understand import understand, understand_fields
from app.domain.german.understanding import AskKind, Moment, Understanding, UnderstandingStatus, Window

__all__ = [
    "AskKind",
    "Moment",
    "Understanding",
    "UnderstandingStatus",
    "Window",
    "say_clock",
    "say_date",
    "say_instant",
    "understand",
    "understand_fields",
]
