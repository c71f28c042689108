"""What the agent asks about the caller: who he is, and which appointments he has.

What he wanted before is told as a hint and decides nothing (incident 1.14). No stored contact leaves the house: the
number is the one he calls from, of the address only that there is one (incident 1.24).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.german.say import say_instant
from app.domain.names import spoken_name
from app.domain.prediction import predict
from app.domain.speech import Answer, VoiceStatus
from app.domain.statuses import AppointmentStatus
from app.storage import appointments, customers
from app.storage.appointments import AppointmentSeen
from app.usecases.commands import AppointmentWish, CallContext
from app.usecases.identity import (
    CallerKind,
    Identity,
    identify_in,
    identify_or_refuse,
    list_own_appointments,
)
from app.usecases.parts import Parts

MOST_SPOKEN = 5
MOST_LISTED = 10
"""Nobody keeps more than five appointments in mind that are read out (incidents 2.3)."""
HISTORY = 20
"""How many appointments of the past a prediction looks at."""
NOT_KEPT = frozenset({AppointmentStatus.CANCELLED, AppointmentStatus.RESCHEDULED, AppointmentStatus.NO_SHOW})


def check_customer(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Return whether the caller is known, and what the agent may know of him.

    Four statements at most, each by an index, however many customers there are (incidents, section 6).
    """
    said = spoken_name(wish.name)
    with parts.transactions.transaction(context.company_id, "check_customer", read_only=True) as session:
        identity = identify_in(parts, session, context, said)
        known = _customer(session, context, identity, parts.clock.now())
    is_known = identity.kind in {CallerKind.KNOWN, CallerKind.SEVERAL}
    statuses = {CallerKind.ANONYMOUS: VoiceStatus.ANONYMOUS}
    status = VoiceStatus.FOUND if is_known else statuses.get(identity.kind, VoiceStatus.NEW_CUSTOMER)
    name = identity.name if identity.kind is CallerKind.KNOWN else None if is_known else said
    details = {"customer_exists": is_known, "customer_found": is_known, "customer": known}
    return Answer(
        status, context.zone, reason=identity.kind, options=(name,) if name else (), details=details
    )


def get_customer_appointments(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Return the appointments of a caller who is identified: at most five spoken and ten listed, those to come first."""
    identity = identify_or_refuse(parts, context, wish.name)
    if isinstance(identity, Answer):
        return identity
    coming = list_own_appointments(parts, context, identity)
    listed = [*coming, *_past(parts, context, identity)][:MOST_LISTED]
    return Answer(
        VoiceStatus.APPOINTMENTS if coming else VoiceStatus.NO_APPOINTMENTS,
        context.zone,
        options=tuple(_spoken(each, context) for each in coming[:MOST_SPOKEN]),
        count=len(coming),
        details={"appointments": [_listed(each, context) for each in listed]},
    )


def _past(parts: Parts, context: CallContext, identity: Identity) -> list[AppointmentSeen]:
    """Return what a known caller had, the latest first."""
    if identity.kind is not CallerKind.KNOWN:
        return []
    now = parts.clock.now()
    with parts.transactions.transaction(context.company_id, "list_history", read_only=True) as session:
        history = appointments.list_history(session, identity.customer_ids, HISTORY)
    return [each for each in history if each.starts_at < now]


def _customer(
    session: Session, context: CallContext, identity: Identity, now: datetime
) -> dict[str, Any] | None:
    if identity.kind is not CallerKind.KNOWN or identity.customer_id is None:
        return None
    row = customers.find_customer(session, identity.customer_id)
    history = appointments.list_history(session, identity.customer_ids, HISTORY)
    kept = [each for each in history if each.starts_at < now and each.status not in NOT_KEPT]
    service = predict([each.service for each in kept])
    staff = predict([each.staff_id for each in kept if each.staff_id])
    names = {str(each.staff_id): each.staff for each in kept}
    return {
        "id": identity.customer_id,
        "name": identity.name,
        "phone": context.caller_number,
        "email": None,
        "has_email": row is not None and row.email_ciphertext is not None,
        "notes": row.note if row is not None else None,
        "last_visit": f"{kept[0].starts_at.astimezone(context.zone):%Y-%m-%d}" if kept else None,
        "predicted_service": service.likeliest if service else None,
        "service_confidence": service.confidence if service else 0.0,
        "preferred_staff": names[staff.likeliest] if staff else None,
        "preferred_staff_id": staff.likeliest if staff else None,
        "appointment_history": _history(history, context),
    }


def _history(history: Sequence[AppointmentSeen], context: CallContext) -> list[dict[str, Any]]:
    return [_listed(each, context) for each in history[:MOST_LISTED]]


def _listed(seen: AppointmentSeen, context: CallContext) -> dict[str, Any]:
    local = seen.starts_at.astimezone(context.zone)
    return {
        "appointment_id": seen.calcom_booking_uid,
        "date": f"{local:%Y-%m-%d}",
        "time": f"{local:%H:%M}",
        "service": seen.service,
        "staff": seen.staff,
        "status": seen.status,
    }


def _spoken(seen: AppointmentSeen, context: CallContext) -> str:
    return f"{seen.service} am {say_instant(seen.starts_at, context.zone)}"
