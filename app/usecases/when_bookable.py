"""Why a time can't be booked before anybody is asked whether it is free: closed, or too soon."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from app.domain.outcomes import CheckFailed
from app.domain.speech import Answer, VoiceStatus
from app.usecases.commands import BookableService, CallContext
from app.usecases.offers import (
    earliest_bookable,
    find_alternatives,
    is_open_for,
    list_starts,
    search_window,
)
from app.usecases.parts import Parts
from app.usecases.wished_time import closed_answer


def within_hours(context: CallContext, service: BookableService, start: datetime) -> Answer | None:
    """Return "closed" where the branch is not open all through a visit, else None (incident 1.13)."""
    if is_open_for(context, service, start):
        return None
    local = start.astimezone(context.zone)
    answer = closed_answer(context, local.date(), local.time())
    closes = context.hours.closes_after(local)
    if closes is not None:
        answer = replace(answer, closes=closes, reason="too_long", opens=None)
    return replace(
        answer,
        service=service.name,
        service_id=service.service_id,
        minutes=service.duration_minutes,
    )


def notice_answer(
    parts: Parts, context: CallContext, service: BookableService, start: datetime
) -> Answer | None:
    """Return "too soon" with times that are not, or None; never "frei" for what Cal.com would refuse (1.11)."""
    earliest = earliest_bookable(context, service)
    if start >= earliest:
        return None
    slots = list_starts(parts, context, service, search_window(start, context.zone))
    offers: tuple[datetime, ...] = ()
    if not isinstance(slots, CheckFailed):
        offers = find_alternatives(parts, context, service, start, slots.starts).starts
    return Answer(
        VoiceStatus.NOTICE_VIOLATION,
        context.zone,
        asked=start,
        now=parts.clock.now(),
        service=service.name,
        service_id=service.service_id,
        reason="booking_notice_violation",
        minimum_notice_minutes=service.minimum_notice_minutes,
        alternatives=offers,
        details={"earliest_bookable": f"{_whole_minute(earliest).astimezone(context.zone):%Y-%m-%d %H:%M}"},
    )


def _whole_minute(instant: datetime) -> datetime:
    """Return the first whole minute that is not before an instant."""
    whole = instant.replace(second=0, microsecond=0)
    return whole if whole == instant else whole + timedelta(minutes=1)
