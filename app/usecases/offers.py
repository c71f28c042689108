"""What may be offered: Cal.com's list, held against our own rules and appointments.

One predicate for a check, its alternatives and every search (incident 1.18). A search asks Cal.com for one week
at once, never day by day, and for a second week only where the first held nothing (incident 1.7).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.alternatives import (
    FURTHEST_SEARCH_DAYS,
    HORIZON,
    SEARCH_DAYS,
    OfferRules,
    choose_alternatives,
    is_weekday,
)
from app.domain.outcomes import CheckFailed, RefusalKind, SlotList
from app.domain.speech import Answer, Trouble, VoiceStatus
from app.domain.timespan import Span, local_day
from app.storage import appointments
from app.usecases.commands import BookableService, CallContext
from app.usecases.own_slots import with_own_slots
from app.usecases.parts import Parts
from app.usecases.ports import SlotQuery

RECHECK_SECONDS = 1.5
"""What a look at the free slots may cost a caller who waits (design, section 3)."""
CHECK_SECONDS = 3.0
"""What it may cost where nothing else is to be asked of Cal.com."""
ANSWER_SECONDS = 0.5
"""Kept of the deadline to answer: a second look that would eat it is not taken."""

_DAY = timedelta(days=1)

Choose = Callable[[Sequence[datetime], OfferRules], Sequence[datetime]]
"""Picks what to offer from listed starts, in the order to say it."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to; `days` is how far was looked, so that "nothing" is never said of more."""

    starts: tuple[datetime, ...]
    listed: tuple[datetime, ...]
    days: int


def search_window(wished: datetime, zone: ZoneInfo) -> Span:
    """Return the days one range request covers: the wished local day and a week more (incident 1.7)."""
    return days_from(wished.astimezone(zone).date(), zone)


def days_from(day: date, zone: ZoneInfo, days: int = SEARCH_DAYS) -> Span:
    """Return a local day and `days` more as instants."""
    return Span(local_day(day, zone).start, local_day(day + days * _DAY, zone).end)


def earliest_bookable(context: CallContext, service: BookableService) -> datetime:
    """Return the first instant that keeps the minimum notice; exactly then is allowed (incident 1.11).

    It counts from the question: what Cal.com took to answer it shortens nobody's notice.
    """
    return context.asked_at + timedelta(minutes=service.minimum_notice_minutes)


def is_open_for(context: CallContext, service: BookableService, start: datetime) -> bool:
    """Return whether the branch is open all through a visit; without hours of its own Cal.com's list decides."""
    if not context.hours.hours:
        return True
    local = start.astimezone(context.zone)
    return context.hours.holds(local, local + timedelta(minutes=service.duration_minutes))


def offer_rules(parts: Parts, context: CallContext, service: BookableService, window: Span) -> OfferRules:
    """Return what may be offered of a window, by our own appointments in it as they stand now."""
    with parts.transactions.transaction(context.company_id, "find_conflicts", read_only=True) as session:
        taken = appointments.list_taken(session, service.calendar, window)
    return OfferRules(
        zone=context.zone,
        taken=taken,
        occupied=service.occupied,
        earliest=earliest_bookable(context, service),
        latest=parts.clock.now() + HORIZON,
        is_open=lambda start: is_open_for(context, service, start),
        is_workday=context.hours.is_open_on if context.hours.hours else is_weekday,
    )


def list_starts(
    parts: Parts,
    context: CallContext,
    service: BookableService,
    window: Span,
    *,
    uncached: bool = False,
    seconds: float = CHECK_SECONDS,
) -> SlotList | CheckFailed:
    """Return Cal.com's free starts of a window, asked by one request; a misconfigured service raises an alarm."""
    timeout = min(seconds, context.deadline.left(parts.clock.now()) - ANSWER_SECONDS)
    if timeout <= 0:
        return CheckFailed("no time left")
    query = SlotQuery(context.branch_id, service.event_type_id, window)
    slots = parts.calendar.list_slots(context.account, query, uncached=uncached, timeout=timeout)
    if isinstance(slots, CheckFailed) and slots.is_misconfigured:
        parts.log.error(
            "calcom.misconfigured",
            service_id=service.service_id,
            event_type_id=service.event_type_id,
            detail=slots.reason,
            cure="askpro services check",
        )
    return with_own_slots(parts, context, service, window, slots)


def search(
    parts: Parts,
    context: CallContext,
    service: BookableService,
    first: date,
    choose: Choose,
    *,
    listed: tuple[datetime, ...] | None = None,
    days: int = FURTHEST_SEARCH_DAYS,
    uncached: bool = False,
) -> Found | CheckFailed:
    """Return what `choose` picks from a local day on: of the first week, else of the one after it.

    `listed` is the first week where it was read already. Two requests at most, each for a whole week; the
    second week that could not be read leaves the first one's answer standing.
    """
    near = days_from(first, context.zone)
    if listed is None:
        slots = list_starts(parts, context, service, near, uncached=uncached)
        if isinstance(slots, CheckFailed):
            return slots
        listed = slots.starts
    found = tuple(choose(listed, offer_rules(parts, context, service, near)))
    if found or days <= SEARCH_DAYS:
        return Found(found, listed, SEARCH_DAYS)
    begins = first + (SEARCH_DAYS + 1) * _DAY
    far = days_from(begins, context.zone, days - SEARCH_DAYS - 1)
    slots = list_starts(parts, context, service, far, uncached=uncached, seconds=RECHECK_SECONDS)
    if isinstance(slots, CheckFailed):
        return Found((), listed, SEARCH_DAYS)
    later = tuple(choose(slots.starts, offer_rules(parts, context, service, far)))
    return Found(later, listed + slots.starts, days)


def alternatives_to(wished: datetime) -> Choose:
    """Return the choice of the best two times instead of a wished one."""
    return lambda listed, rules: choose_alternatives(wished, listed, rules)


def find_alternatives(
    parts: Parts,
    context: CallContext,
    service: BookableService,
    wished: datetime,
    listed: tuple[datetime, ...],
    *,
    uncached: bool = False,
) -> Found:
    """Return at most two verified times instead of a wished one; `listed` is the week from its day on."""
    day = wished.astimezone(context.zone).date()
    found = search(parts, context, service, day, alternatives_to(wished), listed=listed, uncached=uncached)
    assert isinstance(found, Found)  # noqa: S101 - the first week was read already
    return found


def unreadable_answer(context: CallContext, service: BookableService, failed: CheckFailed) -> Answer:
    """Return "could not look", which is not "nothing free" (incident 1.7); our own fault is said as such."""
    is_open = failed.kind is RefusalKind.CIRCUIT_OPEN
    return Answer(
        VoiceStatus.CIRCUIT_OPEN if is_open else VoiceStatus.ERROR,
        context.zone,
        service=service.name,
        service_id=service.service_id,
        reason="calendar_misconfigured" if failed.is_misconfigured else str(failed.kind or "check_failed"),
        trouble=Trouble.CONFIGURATION if failed.is_misconfigured else Trouble.OUTAGE,
    )


def with_offers(answer: Answer, found: Found, parts: Parts) -> Answer:
    """Return an answer with what was found, or as "nothing free" in as many days as were looked through."""
    answer = replace(answer, alternatives=found.starts, now=parts.clock.now(), count=found.days)
    return answer if found.starts else replace(answer, status=VoiceStatus.NO_AVAILABILITY)
