"""What can be asked about a branch: its services, who performs them, when it is open. No upstream call."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from app.domain.german.say import WEEKDAYS, say_date
from app.domain.speech import Answer, VoiceStatus
from app.domain.speech.hours import say_spans, say_week
from app.usecases.choosing import Offered, OfferedService, choose_service, read_offered
from app.usecases.commands import AppointmentWish, BookableService, CallContext
from app.usecases.parts import Parts
from app.usecases.wished_time import closed_answer, understand_day

HOLIDAYS_TOLD = timedelta(days=60)
"""How far ahead public holidays are listed."""
HOLIDAY_SPOKEN = timedelta(days=14)
"""And how far ahead the next one is worth a sentence."""


def list_services(parts: Parts, context: CallContext, _wish: AppointmentWish) -> Answer:
    """Return what can be booked at this branch; a few names are spoken, the fields have all of it."""
    offered = read_offered(parts, context)
    names = tuple(dict.fromkeys(each.name for each in offered.services))
    services = [_service_fields(each, offered) for each in offered.services]
    return Answer(VoiceStatus.SERVICES, context.zone, options=names, details={"services": services})


def get_service_info(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Return how long a service takes and who performs it; what it costs is not known here."""
    service = choose_service(parts, context, wish)
    if isinstance(service, Answer):
        return service
    offered = read_offered(parts, context)
    row = next(each for each in offered.services if each.service.service_id == service.service_id)
    return Answer(
        VoiceStatus.SERVICE_INFO,
        context.zone,
        service=service.name,
        minutes=service.duration_minutes,
        options=_staff_of(row, offered),
        details=_service_fields(row, offered),
    )


def get_opening_hours(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Return when the branch is open: on the day that was named, else its week and the next holidays."""
    today = parts.clock.now().astimezone(context.zone).date()
    day = understand_day(parts, context, wish) if wish.datum else None
    if day is not None and context.hours.hours:
        return _hours_on(context, day)
    holidays = _holidays(context, today)
    soon = next(
        (each for each in holidays if each - today <= HOLIDAY_SPOKEN and _is_missed(context, each)), None
    )
    return Answer(
        VoiceStatus.OPENING_HOURS,
        context.zone,
        options=say_week(context.hours),
        day=soon,
        holiday=context.hours.holiday(soon) if soon else None,
        details={
            "opening_hours": {
                name: [
                    [f"{opens:%H:%M}", f"{closes:%H:%M}"]
                    for opens, closes in context.hours.weekly_spans(number)
                ]
                for number, name in enumerate(WEEKDAYS, 1)
            },
            "holidays": [
                {"date": f"{each:%d.%m.%Y}", "name": context.hours.holiday(each), "spoken": say_date(each)}
                for each in holidays
            ],
            "open_today": context.hours.is_open_on(today),
        },
    )


def _hours_on(context: CallContext, day: date) -> Answer:
    spans = context.hours.spans_on(day)
    if not spans:
        return closed_answer(context, day)
    return Answer(
        VoiceStatus.OPENING_HOURS,
        context.zone,
        day=day,
        options=(say_spans(spans),),
        details={
            "date": f"{day:%d.%m.%Y}",
            "opening_hours": {
                WEEKDAYS[day.weekday()]: [[f"{opens:%H:%M}", f"{closes:%H:%M}"] for opens, closes in spans]
            },
        },
    )


def _holidays(context: CallContext, today: date) -> list[date]:
    days = (today + timedelta(days=ahead) for ahead in range(HOLIDAYS_TOLD.days + 1))
    return [day for day in days if context.hours.holiday(day)]


def _is_missed(context: CallContext, day: date) -> bool:
    """Return whether the branch would be open if the day were no holiday."""
    return bool(context.hours.weekly_spans(day.isoweekday()))


def _staff_of(row: OfferedService, offered: Offered) -> tuple[str, ...]:
    return tuple(person.name for person in offered.people if row.may_be_by(person.staff_id))


def _service_fields(row: OfferedService, offered: Offered) -> dict[str, Any]:
    service = row.service
    fields: dict[str, Any] = {
        "id": service.service_id,
        "name": service.name,
        "slug": row.slug,
        "duration_minutes": service.duration_minutes,
        "is_default": row.is_default,
        "staff": list(_staff_of(row, offered)),
    }
    return fields | ({"segments": _segments(service)} if service.segments else {})


def _segments(service: BookableService) -> list[dict[str, Any]]:
    return [
        {
            "name": segment.name,
            "duration_minutes": segment.duration_minutes,
            "gap_after_minutes": segment.gap_after_minutes,
        }
        for segment in service.segments
    ]
