"""Making answers with verified alternatives, and keeping one for a repeat of the same wish."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.outcomes import SlotList
from app.domain.speech import Answer, Trouble, VoiceStatus
from app.usecases.commands import BookAppointment
from app.usecases.offers import (
    RECHECK_SECONDS,
    find_alternatives,
    list_starts,
    search_window,
    with_offers,
)
from app.usecases.parts import Parts


def refused_answer(
    parts: Parts, command: BookAppointment, reason: str, listed: tuple[datetime, ...] | None = None
) -> Answer:
    """Return "slot taken" with alternatives from `listed`, or from a fresh list when there is none.

    Nothing left in two weeks is said as such, with the same reason; a list that could not be read offers nothing
    and says nothing of it (incidents 1.3, 1.7).
    """
    context, service = command.context, command.service
    answer = Answer(
        VoiceStatus.SLOT_TAKEN, context.zone, asked=command.start, service=service.name, reason=reason
    )
    if listed is None:
        window = search_window(command.start, context.zone)
        slots = list_starts(parts, context, service, window, uncached=True, seconds=RECHECK_SECONDS)
        if not isinstance(slots, SlotList):
            return answer
        listed = slots.starts
    found = find_alternatives(parts, context, service, command.start, listed, uncached=True)
    return with_offers(answer, found, parts)


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
        "previous": answer.previous.isoformat() if answer.previous else None,
        "fee_cents": answer.fee_cents,
        "details": dict(answer.details),
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
        previous=datetime.fromisoformat(stored["previous"]) if stored.get("previous") else None,
        fee_cents=stored.get("fee_cents", 0),
        details=stored.get("details", {}),
    )
