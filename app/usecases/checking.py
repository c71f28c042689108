"""From an agent's arguments to a time and a service, and to the answer whether it is free."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

from app.domain.alternatives import SEARCH_DAYS, choose_alternatives
from app.domain.german.say import say_date
from app.domain.outcomes import CheckFailed
from app.domain.speech import Answer, VoiceStatus
from app.domain.timespan import local_day
from app.usecases.choosing import choose_service
from app.usecases.commands import AppointmentWish, BookableService, CallContext
from app.usecases.offers import (
    Found,
    days_from,
    find_alternatives,
    list_starts,
    offer_rules,
    search,
    search_window,
    unreadable_answer,
    with_offers,
)
from app.usecases.parts import Parts
from app.usecases.when_bookable import notice_answer, within_hours
from app.usecases.wished_time import WishedTime, understand_time_or_window
from app.usecases.wished_window import WishedWindow

MOST_SLOTS_TOLD = 100
"""A day of quarter hours; more is nothing that anybody reads or hears."""
NOON = time(12)


@dataclass(frozen=True, slots=True)
class UnderstoodWish:
    """A wish with its instant and service known."""

    service: BookableService
    time: WishedTime

    @property
    def start(self) -> datetime:
        """Return the instant that was asked for."""
        return self.time.start


@dataclass(frozen=True, slots=True)
class WindowWish:
    """A wish whose service is known and whose time is still to be chosen."""

    service: BookableService
    window: WishedWindow


def understand_wish(parts: Parts, context: CallContext, wish: AppointmentWish) -> UnderstoodWish | Answer:
    """Return the instant and service of a wish, or the question to ask; a span of time is a question too."""
    understood = understand_wish_or_window(parts, context, wish)
    return understood.window.question if isinstance(understood, WindowWish) else understood


def understand_wish_or_window(
    parts: Parts, context: CallContext, wish: AppointmentWish
) -> UnderstoodWish | WindowWish | Answer:
    """Return what a wish asks for, or the answer where it can't be met as it is.

    The service is settled first, so that every answer pins it to the call (incident 1.14). Only a wish that is
    too soon costs an upstream call: it gets times that are not.
    """
    missing = tuple(name for name in ("datum", "uhrzeit") if not (getattr(wish, name) or "").strip())
    if len(missing) == len(("datum", "uhrzeit")) and not wish.said:
        return Answer(VoiceStatus.MISSING_REQUIRED_FIELD, context.zone, missing=missing)
    service = choose_service(parts, context, wish)
    if isinstance(service, Answer):
        return service
    time = understand_time_or_window(parts, context, wish)
    if isinstance(time, Answer):
        return replace(time, service=service.name, service_id=service.service_id)
    if isinstance(time, WishedWindow):
        return WindowWish(service, time)
    refused = within_hours(context, service, time.start) or notice_answer(parts, context, service, time.start)
    return refused or UnderstoodWish(service, time)


def answer_check(
    parts: Parts,
    context: CallContext,
    wish: UnderstoodWish | WindowWish | Answer,
    *,
    awaiting_confirmation: bool = False,
) -> Answer:
    """Return whether what was understood is free; a question stays one."""
    match wish:
        case WindowWish():
            return search_in_window(parts, context, wish)
        case UnderstoodWish():
            return _check_instant(parts, context, wish, awaiting_confirmation=awaiting_confirmation)
        case _:
            return wish


def _check_instant(
    parts: Parts, context: CallContext, wish: UnderstoodWish, *, awaiting_confirmation: bool
) -> Answer:
    """Return whether one instant is free: it stands in Cal.com's list and our rules allow it (incident 1.18)."""
    service = wish.service
    slots = list_starts(parts, context, service, search_window(wish.start, context.zone))
    if isinstance(slots, CheckFailed):
        # "could not look" is not "nothing free" (incident 1.7)
        return replace(unreadable_answer(context, service, slots), asked=wish.start)
    day = wish.start.astimezone(context.zone).date()
    span = local_day(day, context.zone)
    rules = offer_rules(parts, context, service, span)
    free = [start for start in slots.starts if span.start <= start < span.end and rules.allow(start)]
    answer = Answer(
        VoiceStatus.AVAILABLE,
        context.zone,
        asked=wish.start,
        others=wish.time.others,
        service=service.name,
        service_id=service.service_id,
        details={
            "available_slots": [
                f"{start.astimezone(context.zone):%H:%M}" for start in free[:MOST_SLOTS_TOLD]
            ],
            "date": f"{day:%d.%m.%Y}",
            "formatted_date": say_date(day),
        },
    )
    if wish.start in free:
        return replace(answer, awaiting_confirmation=awaiting_confirmation)
    unavailable = replace(answer, status=VoiceStatus.UNAVAILABLE)
    return with_offers(unavailable, _instead_of(parts, context, wish, slots.starts), parts)


def _instead_of(
    parts: Parts, context: CallContext, wish: UnderstoodWish, listed: tuple[datetime, ...]
) -> Found:
    """Return times of the span the caller named, „ab zwei“; where it has none, the best others."""
    window = wish.time.window
    if window is not None:
        rules = offer_rules(parts, context, wish.service, search_window(wish.start, context.zone))
        inside = window.choose(listed, rules, wish.service.duration_minutes)
        if inside:
            return Found(tuple(inside), listed, 0)
    return find_alternatives(parts, context, wish.service, wish.start, listed)


def search_in_window(parts: Parts, context: CallContext, wish: WindowWish) -> Answer:
    """Return up to two free times of a span, or the best ones near it; the caller chooses, nothing is booked."""
    service, window = wish.service, wish.window
    answer = Answer(
        VoiceStatus.NEEDS_CLARIFICATION,
        context.zone,
        now=parts.clock.now(),
        service=service.name,
        service_id=service.service_id,
        reason="uhrzeit",
        day=window.first,
        window=window.words,
    )
    minutes = service.duration_minutes
    found = search(
        parts,
        context,
        service,
        window.first,
        lambda listed, rules: window.choose(listed, rules, minutes),
        days=window.days,
    )
    if isinstance(found, CheckFailed):
        return unreadable_answer(context, service, found)
    if found.starts:
        return replace(answer, alternatives=found.starts)
    return _near_window(parts, context, wish, answer, found)


def _near_window(
    parts: Parts, context: CallContext, wish: WindowWish, answer: Answer, found: Found
) -> Answer:
    """Return that a span has nothing free, with the best times near its beginning; one more request at most."""
    service, first = wish.service, wish.window.first
    anchor = datetime.combine(first, wish.window.opens or NOON, context.zone).astimezone(UTC)
    if found.days > SEARCH_DAYS:
        weeks = days_from(first, context.zone, found.days)
        near = choose_alternatives(anchor, found.listed, offer_rules(parts, context, service, weeks))
        found = Found(tuple(near), found.listed, found.days)
    else:
        found = find_alternatives(parts, context, service, anchor, found.listed)
    return with_offers(replace(answer, status=VoiceStatus.UNAVAILABLE), found, parts)
