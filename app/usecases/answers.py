"""Making answers with verified alternatives, and keeping one for a repeat of the same wish."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.alternatives import SEARCH_DAYS, choose_alternatives
from app.domain.outcomes import SlotList
from app.domain.speech import Answer, Trouble, VoiceStatus
from app.domain.timespan import Span, local_day
from app.storage import appointments
from app.usecases.commands import BookableService, BookAppointment, CallContext
from app.usecases.parts import Parts
from app.usecases.ports import SlotQuery

RECHECK_SECONDS = 1.5
"""What a look at the free slots may cost a caller who waits (design, section 3)."""


def search_window(wished: datetime, zone: ZoneInfo) -> Span:
    """Return the days one range request covers: the wished local day and a week more (incident 1.7)."""
    day = wished.astimezone(zone).date()
    return Span(local_day(day, zone).start, local_day(day + timedelta(days=SEARCH_DAYS), zone).end)


def slot_query(context: CallContext, service: BookableService, wished: datetime) -> SlotQuery:
    """Return the question whose answer holds the wished time and its alternatives."""
    return SlotQuery(context.branch_id, service.event_type_id, search_window(wished, context.zone))


def is_open_for(context: CallContext, service: BookableService, start: datetime) -> bool:
    """Return whether the branch is open all through a visit; without hours of its own Cal.com's list decides."""
    if not context.hours.hours:
        return True
    local = start.astimezone(context.zone)
    return context.hours.holds(local, local + timedelta(minutes=service.duration_minutes))


def alternatives_from(
    parts: Parts,
    context: CallContext,
    service: BookableService,
    wished: datetime,
    listed: tuple[datetime, ...],
) -> tuple[datetime, ...]:
    """Return at most two starts that stand in `listed`, in opening hours, and meet no appointment of ours."""
    window = search_window(wished, context.zone)
    with parts.transactions.transaction(context.company_id, "find_alternatives", read_only=True) as session:
        taken = appointments.list_taken(session, service.calendar, window)
    earliest = parts.clock.now() + timedelta(minutes=service.minimum_notice_minutes)
    return tuple(
        choose_alternatives(
            wished,
            [start for start in listed if is_open_for(context, service, start)],
            zone=context.zone,
            taken=taken,
            occupied=service.occupied,
            earliest=earliest,
        )
    )


def refused_answer(
    parts: Parts, command: BookAppointment, reason: str, listed: tuple[datetime, ...] | None = None
) -> Answer:
    """Return "slot taken" with alternatives from `listed`, or from a fresh list when there is none."""
    context, service = command.context, command.service
    if listed is None:
        timeout = min(RECHECK_SECONDS, context.deadline.left(parts.clock.now()))
        query = slot_query(context, service, command.start)
        slots = parts.calendar.list_slots(context.account, query, uncached=True, timeout=timeout)
        listed = slots.starts if isinstance(slots, SlotList) else ()
    return Answer(
        VoiceStatus.SLOT_TAKEN,
        context.zone,
        asked=command.start,
        service=service.name,
        reason=reason,
        alternatives=alternatives_from(parts, context, service, command.start, listed),
    )


def answer_to_stored(answer: Answer) -> dict[str, Any]:
    """Return the parts of an answer that a repeat needs, as JSON."""
    return {
        "status": answer.status,
        "asked": answer.asked.isoformat() if answer.asked else None,
        "service": answer.service,
        "alternatives": [start.isoformat() for start in answer.alternatives],
        "reason": answer.reason,
        "trouble": answer.trouble,
        "attempt_id": answer.attempt_id,
        "calcom_booking_uid": answer.calcom_booking_uid,
        "appointment_id": answer.appointment_id,
        "confirmation_sent_to_caller": answer.confirmation_sent_to_caller,
    }


def answer_from_stored(stored: Mapping[str, Any], zone: ZoneInfo) -> Answer:
    """Return the answer that was kept: a repeat of a wish hears the same."""
    return Answer(
        VoiceStatus(stored["status"]),
        zone,
        asked=datetime.fromisoformat(stored["asked"]) if stored["asked"] else None,
        service=stored["service"],
        alternatives=tuple(datetime.fromisoformat(start) for start in stored["alternatives"]),
        reason=stored["reason"],
        trouble=Trouble(stored["trouble"]),
        attempt_id=stored["attempt_id"],
        calcom_booking_uid=stored["calcom_booking_uid"],
        appointment_id=stored["appointment_id"],
        confirmation_sent_to_caller=stored["confirmation_sent_to_caller"],
    )
