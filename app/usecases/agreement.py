"""Holding a booking against what its call was told: an alternative keeps its date, a contradiction asks.

In the original an alternative of Monday, taken with the words "morgen, 8:30", was booked for Sunday, and a check
of the 13th was booked for the 12th (incident 1.12); the service of the check got lost too (incident 1.14).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.domain.call_memory import CONTRADICTS_CHECK, CONTRADICTS_SERVICE, CallMemory, Told
from app.domain.german.say import say_instant
from app.domain.speech import Answer, VoiceStatus
from app.usecases.call_memory import recall
from app.usecases.commands import AppointmentWish, BookAppointment, CallContext
from app.usecases.parts import Parts
from app.usecases.wished_time import WishedTime, understand_time


def with_offered_date(parts: Parts, context: CallContext, wish: AppointmentWish) -> AppointmentWish:
    """Return the wish to book with the date of the alternative it takes; any other wish as it is.

    It takes one when its clock time is that of exactly one offer, and its date is the one that was wished before
    the offer was made, or none: then the agent repeats the old date, or leaves it out.
    """
    memory = recall(parts, context)
    now = parts.clock.now()
    offers = [told.start for told in memory.offers(now)]
    if not offers:
        return wish
    wished = _instant_of(understand_time(parts, context, wish))
    if wished is None and wish.datum is not None:
        return wish
    if wished is not None and (
        wished in _known(memory, now) or not _repeats_date(memory, context, wished, now)
    ):
        return wish
    taken = [start for start in offers if _has_time_of(parts, context, wish, wished, start)]
    if len(taken) != 1:
        return wish
    day = taken[0].astimezone(context.zone).date()
    parts.log.info("memory.offer_taken", starts_at=taken[0])
    return replace(wish, datum=day.isoformat(), said=None)


def ask_if_contradicting(parts: Parts, command: BookAppointment) -> Answer | None:
    """Return the question to ask before a booking that the call has not come to yet; None where it agrees.

    It agrees with what was checked last, offered, or said with its full date; so the same booking asked once
    more, after the question, goes through.
    """
    memory = recall(parts, command.context)
    now = parts.clock.now()
    last = memory.last_checked(now)
    if last is None:
        return None
    told = [each for each in _told(memory, now, last) if each.start == command.start]
    if not told:
        return _question(command, CONTRADICTS_CHECK, _other_time(command, last))
    services = {each.service_id for each in told}
    if None in services or command.service.service_id in services:
        return None
    return _question(command, CONTRADICTS_SERVICE, _other_service(command))


def _told(memory: CallMemory, now: datetime, last: Told) -> tuple[Told, ...]:
    return (last, *memory.offers(now), *memory.said(now))


def _known(memory: CallMemory, now: datetime) -> set[datetime]:
    """Return the instants the call has spoken of, each with its full date."""
    last = memory.last_checked(now)
    told = (*memory.offers(now), *memory.said(now), *((last,) if last else ()))
    return {each.start for each in told}


def _repeats_date(memory: CallMemory, context: CallContext, wished: datetime, now: datetime) -> bool:
    """Return whether a wish's date is that of the wish before, in whose place the offers stand."""
    before = memory.last_wished(now)
    return before is not None and _local(context, wished).date() == _local(context, before.start).date()


def _has_time_of(
    parts: Parts, context: CallContext, wish: AppointmentWish, wished: datetime | None, offer: datetime
) -> bool:
    local = _local(context, offer)
    if wished is not None:
        return _local(context, wished).time() == local.time()
    on_that_day = replace(wish, datum=local.date().isoformat(), said=None)
    return _instant_of(understand_time(parts, context, on_that_day)) == offer


def _instant_of(understood: WishedTime | Answer) -> datetime | None:
    """Return the instant of a time, also of one that is past or outside the opening hours."""
    return understood.start if isinstance(understood, WishedTime) else understood.asked


def _other_time(command: BookAppointment, last: Told) -> str:
    zone = command.context.zone
    checked, wished = say_instant(last.start, zone), say_instant(command.start, zone)
    return f"Zuletzt haben wir über {checked} gesprochen. Möchten Sie wirklich {wished}?"


def _other_service(command: BookAppointment) -> str:
    wished = say_instant(command.start, command.context.zone)
    return (
        f"Zuletzt ging es um eine andere Leistung. Möchten Sie am {wished} wirklich {command.service.name}?"
    )


def _question(command: BookAppointment, reason: str, question: str) -> Answer:
    return Answer(
        VoiceStatus.NEEDS_CLARIFICATION,
        command.context.zone,
        asked=command.start,
        service=command.service.name,
        service_id=command.service.service_id,
        reason=reason,
        question=question,
    )


def _local(context: CallContext, instant: datetime) -> datetime:
    return instant.astimezone(context.zone)
