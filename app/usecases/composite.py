"""A composite service at a certain time: one booking over its whole length, all or nothing (decision 0014)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.german.say import say_clock
from app.domain.services import SegmentTime, segment_times
from app.usecases.commands import BookableService


def segment_details(service: BookableService, start: datetime) -> dict[str, Any]:
    """Return what an appointment keeps of its segments; nothing for a service of one piece."""
    times = segment_times(start, service.segments)
    return {"segments": [_kept(time) for time in times]} if times else {}


def say_segments(service: BookableService, start: datetime, zone: ZoneInfo) -> str:
    """Return the segments as lines of a calendar entry, in local time; empty for a service of one piece."""
    times = segment_times(start, service.segments)
    return "\n".join(_line(number, time, zone) for number, time in enumerate(times, 1))


def _line(number: int, time: SegmentTime, zone: ZoneInfo) -> str:
    name = time.segment.name or f"Teil {number}"
    pause = (
        f", danach {time.segment.gap_after_minutes} Minuten Pause" if time.segment.gap_after_minutes else ""
    )
    begins, ends = time.starts_at.astimezone(zone), time.ends_at.astimezone(zone)
    return f"{say_clock(begins)} bis {say_clock(ends)}: {name}{pause}"


def _kept(time: SegmentTime) -> dict[str, Any]:
    return {
        "name": time.segment.name,
        "starts_at": time.starts_at.isoformat(),
        "ends_at": time.ends_at.isoformat(),
        "duration_minutes": time.segment.duration_minutes,
        "gap_after_minutes": time.segment.gap_after_minutes,
    }
