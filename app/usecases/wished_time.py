"""The time a caller wishes: the agent's arguments through the German grammar, to an instant or to a question.

A question costs no upstream call. Where two readings exist a check may go on with the first; a booking needs
that full date read back in this call (design, section 5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from app.domain.alternatives import HORIZON
from app.domain.german import AskKind, Moment, Understanding, UnderstandingStatus, understand_fields
from app.domain.german.questions import say_moment
from app.domain.speech import Answer, VoiceStatus
from app.usecases.call_memory import recall_read_back
from app.usecases.commands import AppointmentWish, CallContext
from app.usecases.parts import Parts
from app.usecases.wished_window import PART_WORDS, WishedWindow, window_of

TOO_FAR = "So weit im Voraus kann ich nicht buchen, nur für die nächsten zwölf Monate."
"""A wish beyond the horizon is asked about: most likely a slip (german rule 5)."""


@dataclass(frozen=True, slots=True)
class WishedTime:
    """An instant that was asked for; `others` are the readings we did not take."""

    start: datetime
    others: tuple[datetime, ...] = ()
    needs_read_back: bool = False
    """Words that are heard differently: booked only after this full date was said in this call."""
    window: WishedWindow | None = None
    """The span the caller named, where the start is only its first possible time: „ab zwei“."""


def understand_time(parts: Parts, context: CallContext, wish: AppointmentWish) -> WishedTime | Answer:
    """Return the instant of a wish, or the question to ask; a span without a time is a question too."""
    understood = understand_time_or_window(parts, context, wish)
    return understood.question if isinstance(understood, WishedWindow) else understood


def understand_time_or_window(
    parts: Parts, context: CallContext, wish: AppointmentWish
) -> WishedTime | WishedWindow | Answer:
    """Return the instant of a wish, the span to search for a free time, or the question to ask."""
    now = parts.clock.now()
    wish = replace(wish, datum=_words(wish.datum), uhrzeit=_words(wish.uhrzeit))
    found = understand_fields(
        wish.datum,
        wish.uhrzeit,
        now,
        context.hours,
        said=wish.said,
        zone=context.zone,
        holiday_on=parts.holiday_on,
        horizon=HORIZON,
    )
    understood = _understood(context, wish, found, now)
    if isinstance(understood, Answer) and not _garbled(wish, found):
        return window_of(found, now.astimezone(context.zone).date(), understood) or understood
    return understood


def _understood(
    context: CallContext, wish: AppointmentWish, found: Understanding, now: datetime
) -> WishedTime | Answer:
    if found.status is UnderstandingStatus.RESOLVED:
        return _resolved(context, wish, found, now)
    if found.status is UnderstandingStatus.ASK and found.goes_on:
        return _first_reading(context, wish, found)
    return _refused(context, wish, found, now)


def understand_day(parts: Parts, context: CallContext, wish: AppointmentWish) -> date | None:
    """Return the local day that a wish names, open or closed, or None."""
    found = understand_fields(
        wish.datum,
        None,
        parts.clock.now(),
        context.hours,
        zone=context.zone,
        holiday_on=parts.holiday_on,
    )
    return found.date


def _words(text: str | None) -> str | None:
    return (text or "").strip() or None


def is_read_back(parts: Parts, context: CallContext, wished: WishedTime) -> bool:
    """Return whether a booking may rely on this reading."""
    return not wished.needs_read_back or wished.start in recall_read_back(parts, context)


def _resolved(
    context: CallContext, wish: AppointmentWish, found: Understanding, now: datetime
) -> WishedTime | Answer:
    if not_understood := _garbled(wish, found):
        return Answer(VoiceStatus.INVALID_DATE, context.zone, reason=not_understood)
    missing = _missing(context, found)
    if found.instant is not None:
        window = window_of(found, now.astimezone(context.zone).date(), missing)
        return WishedTime(found.instant, needs_read_back=_is_loose(found), window=window)
    return missing


def _is_loose(found: Understanding) -> bool:
    """Return whether we chose a time that the caller did not name exactly: „ab zwei“, „so gegen drei“."""
    chosen = found.assumed_day or found.regional or found.approximate
    return chosen or found.open is not None or found.end is not None


def _missing(context: CallContext, found: Understanding) -> Answer:
    """Return what is still to be asked, with what is known read back."""
    said = {"datum": found.date or found.end, "uhrzeit": found.time}
    missing = tuple(name for name in ("datum", "uhrzeit") if not said[name])
    if found.part or found.open or found.end or not missing:
        question = found.question
        if found.end is None and found.date:
            part = f" {PART_WORDS[found.part]}" if found.part else ""
            question = f"{say_moment(Moment(found.date))}{part}: Um wie viel Uhr möchten Sie kommen?"
        reason = found.field or "uhrzeit"
        return Answer(VoiceStatus.NEEDS_CLARIFICATION, context.zone, reason=reason, question=question)
    question = found.question if found.time is not None and len(found.candidates) > 1 else None
    if found.date is not None:
        question = f"{say_moment(Moment(found.date))}: Um wie viel Uhr möchten Sie kommen?"
    return Answer(
        VoiceStatus.MISSING_REQUIRED_FIELD, context.zone, missing=missing, question=question, day=found.date
    )


def _garbled(wish: AppointmentWish, found: Understanding) -> str | None:
    """Return the field whose words nobody understood: a guess at the rest is no wish."""
    if wish.datum and found.date is None and found.end is None:
        return "datum"
    no_clock = found.time is None and found.part is None and found.open is None
    return "uhrzeit" if wish.uhrzeit and no_clock else None


def _first_reading(context: CallContext, wish: AppointmentWish, found: Understanding) -> WishedTime | Answer:
    instants = [_instant(context, moment) for moment in found.candidates]
    known = [instant for instant in instants if instant is not None]
    if len(known) != len(instants) or _garbled(wish, found):
        return _question(context, found)
    return WishedTime(known[0], tuple(known[1:]), needs_read_back=True)


def _question(context: CallContext, found: Understanding) -> Answer:
    options = tuple(say_moment(moment) for moment in found.candidates)
    kind = str(found.kind) if found.kind else None
    too_far = f"{TOO_FAR} " if found.kind is AskKind.HORIZON else ""
    question = f"{too_far}{found.question}" if found.question else None
    return Answer(
        VoiceStatus.NEEDS_CLARIFICATION, context.zone, reason=kind, question=question, options=options
    )


def _refused(context: CallContext, wish: AppointmentWish, found: Understanding, now: datetime) -> Answer:
    if found.status is UnderstandingStatus.ASK:
        return _question(context, found)
    if field := _unreadable_field(wish, found):
        question = found.question if found.status is UnderstandingStatus.INVALID else None
        return Answer(VoiceStatus.INVALID_DATE, context.zone, reason=field, question=question)
    asked = _instant(context, Moment(found.date, found.time))
    if found.status is UnderstandingStatus.PAST:
        question = found.question if asked is None else None
        return Answer(VoiceStatus.PAST_TIME, context.zone, asked=asked, now=now, question=question)
    if found.date is None:
        return Answer(VoiceStatus.CLOSED, context.zone, question=found.question)
    return closed_answer(context, found.date, found.time, holiday=found.holiday)


def _unreadable_field(wish: AppointmentWish, found: Understanding) -> str | None:
    """Return the field whose words are no date or time at all, or that nobody understood; else None."""
    if found.status is UnderstandingStatus.NOTHING:
        return "datum" if wish.datum else "uhrzeit"
    return found.field or "datum" if found.status is UnderstandingStatus.INVALID else _garbled(wish, found)


def closed_answer(
    context: CallContext, day: date, clock: time | None = None, *, holiday: str | None = None
) -> Answer:
    """Return "closed" with the weekday, the reason and the next opening (incident 1.13)."""
    local = datetime.combine(day, clock or time(), context.zone)
    opens = context.hours.next_opening(local)
    holiday = holiday or context.hours.holiday(day)
    return Answer(
        VoiceStatus.CLOSED,
        context.zone,
        asked=local.astimezone(UTC) if clock else None,
        day=day,
        holiday=holiday,
        reason="outside_hours" if context.hours.is_open_on(day) else "closed_day",
        opens=opens.astimezone(UTC) if opens else None,
        details={
            "holiday": holiday,
            "next_opening": f"{opens:%Y-%m-%d %H:%M}" if opens else None,
        },
    )


def _instant(context: CallContext, moment: Moment) -> datetime | None:
    if moment.date is None or moment.time is None:
        return None
    return datetime.combine(moment.date, moment.time, context.zone).astimezone(UTC)
