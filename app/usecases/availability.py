"""Is the wished time free? And the way from an agent's arguments to a check or a booking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.conflicts import is_free
from app.domain.outcomes import RefusalKind, SlotList
from app.domain.people import is_placeholder, plausible_email
from app.domain.speech import Answer, Trouble, VoiceStatus
from app.storage import appointments, catalogue
from app.storage.encryption import normalise_phone
from app.storage.models import Service
from app.usecases.answers import RECHECK_SECONDS, alternatives_from, is_open_for, slot_query
from app.usecases.booking import book_appointment
from app.usecases.calls import recall_service
from app.usecases.catalogue import bookable
from app.usecases.commands import AppointmentWish, BookableService, BookAppointment, CallContext
from app.usecases.parts import Parts
from app.usecases.wished_time import WishedTime, is_read_back, understand_time


@dataclass(frozen=True, slots=True)
class UnderstoodWish:
    """A wish with its instant and service known."""

    service: BookableService
    time: WishedTime

    @property
    def start(self) -> datetime:
        """Return the instant that was asked for."""
        return self.time.start


def check_availability(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Return whether the wished time is free, with verified alternatives when it is not."""
    understood = understand_wish(parts, context, wish.of_new_time())
    if isinstance(understood, Answer):
        return understood
    return _check(parts, context, understood)


def collect_appointment(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Book when the wish is confirmed, else only check: a missing flag never books (incident 1.8).

    Nor does a wish whose words have two readings, before its full date was read back in this call.
    """
    understood = understand_wish(parts, context, wish.of_new_time())
    if isinstance(understood, Answer):
        return understood
    if not wish.confirmed or not is_read_back(parts, context, understood.time):
        return _check(parts, context, understood, awaiting_confirmation=True)
    if is_placeholder(wish.name):
        return Answer(VoiceStatus.MISSING_CUSTOMER_NAME, context.zone, missing=("name",))
    assert wish.name is not None  # noqa: S101 - a missing name is a placeholder
    return book_appointment(
        parts,
        BookAppointment(
            context=context,
            service=understood.service,
            start=understood.start,
            name=wish.name.strip(),
            phone=normalise_phone(wish.phone or context.caller_number),
            email=plausible_email(wish.email),
        ),
    )


def understand_wish(parts: Parts, context: CallContext, wish: AppointmentWish) -> UnderstoodWish | Answer:
    """Return the instant and service of a wish, or the question to ask. Costs no upstream call."""
    now = parts.clock.now()
    missing = tuple(name for name in ("datum", "uhrzeit") if not (getattr(wish, name) or "").strip())
    if len(missing) == len(("datum", "uhrzeit")) and not wish.said:
        return Answer(VoiceStatus.MISSING_REQUIRED_FIELD, context.zone, missing=missing)
    time = understand_time(parts, context, wish)
    if isinstance(time, Answer):
        return time
    service = _choose_service(parts, context, wish.dienstleistung)
    if isinstance(service, Answer):
        return service
    return _within_hours(context, service, time.start) or _with_notice(context, service, time, now)


def _check(
    parts: Parts, context: CallContext, wish: UnderstoodWish, *, awaiting_confirmation: bool = False
) -> Answer:
    service = wish.service
    query = slot_query(context, service, wish.start)
    timeout = min(RECHECK_SECONDS * 2, context.deadline.left(parts.clock.now()))
    slots = parts.calendar.list_slots(context.account, query, uncached=False, timeout=timeout)
    if not isinstance(slots, SlotList):
        # "could not look" is not "nothing free" (incident 1.7)
        is_open = slots.kind is RefusalKind.CIRCUIT_OPEN
        status = VoiceStatus.CIRCUIT_OPEN if is_open else VoiceStatus.ERROR
        reason = str(slots.kind or "check_failed")
        return Answer(status, context.zone, asked=wish.start, reason=reason, trouble=Trouble.OUTAGE)
    if wish.start in slots.starts and _is_free_here(parts, context, wish):
        return Answer(
            VoiceStatus.AVAILABLE,
            context.zone,
            asked=wish.start,
            others=wish.time.others,
            service=service.name,
            service_id=service.service_id,
            awaiting_confirmation=awaiting_confirmation,
        )
    alternatives = alternatives_from(parts, context, service, wish.start, slots.starts)
    return Answer(
        VoiceStatus.UNAVAILABLE if alternatives else VoiceStatus.NO_AVAILABILITY,
        context.zone,
        asked=wish.start,
        others=wish.time.others,
        service=service.name,
        service_id=service.service_id,
        alternatives=alternatives,
    )


def _is_free_here(parts: Parts, context: CallContext, wish: UnderstoodWish) -> bool:
    occupied = wish.service.occupied(wish.start)
    with parts.transactions.transaction(context.company_id, "find_conflicts", read_only=True) as session:
        return is_free(occupied, appointments.list_taken(session, wish.service.calendar, occupied))


def _choose_service(parts: Parts, context: CallContext, wanted: str | None) -> BookableService | Answer:
    """Return the named service, the one checked before in this call, or the default; never a guess."""
    pinned = None if wanted else recall_service(parts, context)
    with parts.transactions.transaction(context.company_id, "find_service", read_only=True) as session:
        services = catalogue.list_services(session, context.branch_id)
        if pinned is not None:
            matches = [service for service in services if service.id == pinned]
        elif wanted and wanted.strip():
            matches = _named(services, wanted)
        else:
            matches = [service for service in services if service.is_default][:1]
        if len(matches) == 1:
            return bookable(matches[0])
        names = tuple(service.name for service in (matches or services))
    return Answer(VoiceStatus.NEEDS_CLARIFICATION, context.zone, reason="dienstleistung", options=names)


def _named(services: Sequence[Service], wanted: str) -> list[Service]:
    word = wanted.strip().casefold()
    exact = [service for service in services if word in {service.name.casefold(), service.slug}]
    return exact or [service for service in services if word in service.name.casefold()]


def _within_hours(context: CallContext, service: BookableService, start: datetime) -> Answer | None:
    if is_open_for(context, service, start):
        return None
    return Answer(VoiceStatus.CLOSED, context.zone, asked=start, service=service.name)


def _with_notice(
    context: CallContext, service: BookableService, time: WishedTime, now: datetime
) -> UnderstoodWish | Answer:
    if time.start < now + timedelta(minutes=service.minimum_notice_minutes):
        return Answer(
            VoiceStatus.NOTICE_VIOLATION,
            context.zone,
            asked=time.start,
            service=service.name,
            reason="booking_notice_violation",
            minimum_notice_minutes=service.minimum_notice_minutes,
        )
    return UnderstoodWish(service, time)
