"""Looking for a free time: other times than a wished one, and the next one there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from app.domain.alternatives import FURTHEST_SEARCH_DAYS, OfferRules
from app.domain.german.say import say_date, say_instant
from app.domain.outcomes import CheckFailed
from app.domain.speech import Answer, VoiceStatus
from app.usecases.checking import WindowWish, search_in_window
from app.usecases.choosing import choose_service
from app.usecases.commands import AppointmentWish, BookableService, CallContext
from app.usecases.offers import alternatives_to, search, unreadable_answer, with_offers
from app.usecases.parts import Parts
from app.usecases.wished_time import WishedTime, understand_time_or_window
from app.usecases.wished_window import WishedWindow

STILL_A_DAY = frozenset({VoiceStatus.CLOSED, VoiceStatus.MISSING_REQUIRED_FIELD, VoiceStatus.PAST_TIME})
"""Answers to a wish that name a day all the same: there we begin to look."""


def get_alternatives(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Return up to two free times around what was said, the wished one left out; without a wish the next two."""
    service = choose_service(parts, context, wish)
    if isinstance(service, Answer):
        return service
    found = _beginning(parts, context, wish.of_new_time())
    match found:
        case WishedWindow():
            answer = search_in_window(parts, context, WindowWish(service, found))
            offers = answer.status is VoiceStatus.NEEDS_CLARIFICATION
            return replace(answer, status=VoiceStatus.ALTERNATIVES) if offers else answer
        case Answer():
            return replace(found, service=service.name, service_id=service.service_id)
    return _around(parts, context, service, found)


def find_next_available(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Return the first free time from what was said on, or from now, in at most 14 days."""
    service = choose_service(parts, context, wish)
    if isinstance(service, Answer):
        return service
    found = _beginning(parts, context, replace(wish, datum=wish.after or wish.datum))
    if isinstance(found, Answer):
        return replace(found, service=service.name, service_id=service.service_id)
    days = _days(wish.search_days)
    if isinstance(found, WishedWindow):
        first, days = found.first, min(days, max(found.days, 0))
    else:
        first = found.astimezone(context.zone).date()
    last = first + timedelta(days=days)

    def choose(listed: Sequence[datetime], rules: OfferRules) -> list[datetime]:
        in_days = [start for start in listed if start.astimezone(context.zone).date() <= last]
        if isinstance(found, WishedWindow):
            return found.choose(in_days, rules, service.duration_minutes)[:1]
        return sorted(start for start in in_days if start >= found and rules.allow(start))[:1]

    looked = search(parts, context, service, first, choose, days=days)
    if isinstance(looked, CheckFailed):
        return unreadable_answer(context, service, looked)
    return _next_answer(context, service, first, looked.starts, min(days, looked.days))


def _next_answer(
    context: CallContext, service: BookableService, first: date, starts: tuple[datetime, ...], days: int
) -> Answer:
    answer = Answer(
        VoiceStatus.NO_AVAILABILITY,
        context.zone,
        service=service.name,
        service_id=service.service_id,
        day=first,
        count=days,
        details={"searched_days": days},
    )
    if not starts:
        return answer
    local = starts[0].astimezone(context.zone)
    return replace(
        answer,
        status=VoiceStatus.NEXT_AVAILABLE,
        asked=starts[0],
        details={
            "next_available": local.isoformat(timespec="seconds"),
            "formatted": say_instant(starts[0], context.zone),
            "date": f"{local:%d.%m.%Y}",
            "formatted_date": say_date(local.date()),
            "searched_days": days,
        },
    )


def _around(parts: Parts, context: CallContext, service: BookableService, wished: datetime) -> Answer:
    day = wished.astimezone(context.zone).date()
    found = search(parts, context, service, day, alternatives_to(wished))
    if isinstance(found, CheckFailed):
        return unreadable_answer(context, service, found)
    answer = Answer(
        VoiceStatus.ALTERNATIVES,
        context.zone,
        asked=wished,
        service=service.name,
        service_id=service.service_id,
    )
    return with_offers(answer, found, parts)


def _beginning(parts: Parts, context: CallContext, wish: AppointmentWish) -> datetime | WishedWindow | Answer:
    """Return where to look: a moment, a span, or the question where nobody could tell."""
    now = parts.clock.now()
    if not (wish.datum or wish.uhrzeit or wish.said):
        return now
    understood = understand_time_or_window(parts, context, wish)
    if isinstance(understood, WishedTime):
        return understood.start
    if isinstance(understood, WishedWindow) or understood.status not in STILL_A_DAY:
        return understood
    if understood.asked is not None:
        return max(understood.asked, now)
    if understood.day is None:
        return understood
    return max(datetime.combine(understood.day, time(), context.zone).astimezone(UTC), now)


def _days(text: str | None) -> int:
    """Return how many days to look through: a number from 1 to 14; anything else is 14."""
    digits = (text or "").strip().removesuffix(".0")
    asked = int(digits) if digits.isascii() and digits.isdecimal() else FURTHEST_SEARCH_DAYS
    return max(1, min(asked, FURTHEST_SEARCH_DAYS))
