"""What the agent asks about the conversation itself: who calls, what day it is, which date was meant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.german import Understanding, UnderstandingStatus, understand_fields
from app.domain.german.say import WEEKDAYS, say_date
from app.domain.policies import ChangeKind, Subject, narrowest
from app.domain.speech import Answer, VoiceStatus
from app.domain.speech.hours import say_week
from app.storage import changes
from app.usecases.commands import AppointmentWish, CallContext
from app.usecases.parts import Parts, elapsed_ms
from app.usecases.people import check_customer

TARGET_MS = 300
"""What the first function of a call should cost at most (incidents 2.3)."""
HOME_ZONE = ZoneInfo("Europe/Berlin")
"""For the one who asks without saying which number he called."""


def initialize_call(parts: Parts, context: CallContext, _wish: AppointmentWish) -> Answer:
    """Return who calls, what time it is and what the house rules are: all an agent needs to begin."""
    now = parts.clock.now()
    known = check_customer(parts, context, AppointmentWish())
    details = {
        "call_id": context.retell_call_id,
        "caller": known.status,
        "customer": known.details.get("customer"),
        "current_time": clock_fields(now, context.zone),
        "policies": {
            "cancel_hours": _hours_before(parts, context, ChangeKind.CANCELLATION),
            "reschedule_hours": _hours_before(parts, context, ChangeKind.RESCHEDULE),
            "office_hours": list(say_week(context.hours)),
        },
        "performance": {"latency_ms": elapsed_ms(parts, context.asked_at), "target_ms": TARGET_MS},
    }
    return Answer(VoiceStatus.INITIALIZED, context.zone, now=now, details=details)


def _hours_before(parts: Parts, context: CallContext, kind: ChangeKind) -> int:
    """Return how many hours ahead a change is allowed in general; a rule of one service or person may be stricter."""
    with parts.transactions.transaction(context.company_id, "read_policies", read_only=True) as session:
        rules = changes.list_rules(session, kind)
    general = [rule for rule in rules if rule.staff_id is None and rule.service_id is None]
    subject = Subject(context.asked_at, staff_id=None, service_id=0, branch_id=context.branch_id)
    rule = narrowest(general, kind, subject)
    hours = rule.rules.get("hours_before") if rule is not None else None
    return int(hours) if isinstance(hours, int | float) and hours > 0 else 0


def tell_time(parts: Parts, context: CallContext, _wish: AppointmentWish) -> Answer:
    """Return date and time where the branch is."""
    return time_in(parts, context.zone)


def time_in(parts: Parts, zone: ZoneInfo = HOME_ZONE) -> Answer:
    """Return date and time in a zone."""
    now = parts.clock.now()
    local = now.astimezone(zone)
    details = {
        "date": f"{local:%d.%m.%Y}",
        "time": f"{local:%H:%M}",
        "weekday": WEEKDAYS[local.weekday()],
        "iso_date": f"{local:%Y-%m-%d}",
        "week_number": local.isocalendar().week,
    }
    return Answer(VoiceStatus.CURRENT_TIME, zone, now=now, details=details)


def clock_fields(now: datetime, zone: ZoneInfo) -> Mapping[str, Any]:
    """Return the current time as initialize-call tells it."""
    local = now.astimezone(zone)
    return {
        "iso": local.isoformat(timespec="seconds"),
        "date": f"{local:%Y-%m-%d}",
        "time": f"{local:%H:%M}",
        "weekday": WEEKDAYS[local.weekday()],
        "weekday_short": WEEKDAYS[local.weekday()][:2],
        "timezone": zone.key,
    }


def parse_date(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Return the date that the caller's words mean, with its weekday in German, or the question to ask."""
    words = wish.datum or wish.said
    if not words:
        missing = VoiceStatus.MISSING_REQUIRED_FIELD
        return Answer(missing, context.zone, reason="missing_date_string", missing=("datum",))
    now = parts.clock.now()
    found = understand_fields(
        words,
        wish.uhrzeit if wish.datum else None,
        now,
        said=wish.said if wish.datum else None,
        zone=context.zone,
        holiday_on=parts.holiday_on,
    )
    days = _days(found)
    if not days:
        return _not_a_date(context, found)
    if found.status is UnderstandingStatus.PAST:
        return Answer(
            VoiceStatus.PAST_TIME, context.zone, now=now, reason="past_date", question=_past(days[0])
        )
    if found.status is UnderstandingStatus.ASK and not found.goes_on:
        return _unclear(context, found)
    return Answer(
        VoiceStatus.DATE_PARSED,
        context.zone,
        options=tuple(map(say_date, days)),
        details={**_date_fields(days[0]), "next_action": "confirm_date" if len(days) > 1 else "ask_for_time"},
    )


def _days(found: Understanding) -> list[date]:
    """Return the days that were understood, the one we take first."""
    if found.status is UnderstandingStatus.ASK:
        return list(dict.fromkeys(moment.date for moment in found.candidates if moment.date))
    return [found.date] if found.date else []


def _date_fields(day: date) -> Mapping[str, Any]:
    return {
        "date": day.isoformat(),
        "display_date": f"{day:%d.%m.%Y}",
        "day_name": WEEKDAYS[day.weekday()],
    }


def _past(day: date) -> str:
    return f"{say_date(day)} {day.year} liegt in der Vergangenheit. Welchen Tag meinen Sie?"


def _not_a_date(context: CallContext, found: Understanding) -> Answer:
    if found.status is UnderstandingStatus.ASK:
        return _unclear(context, found)
    question = found.question if found.status is UnderstandingStatus.INVALID else None
    question = question or "Das Datum konnte ich nicht verstehen. Welchen Tag meinen Sie?"
    return Answer(VoiceStatus.INVALID_DATE, context.zone, reason="invalid_date_format", question=question)


def _unclear(context: CallContext, found: Understanding) -> Answer:
    kind = str(found.kind) if found.kind else None
    options = tuple(map(say_date, _days(found)))
    return Answer(
        VoiceStatus.NEEDS_CLARIFICATION, context.zone, reason=kind, question=found.question, options=options
    )
