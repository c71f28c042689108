"""Moving an appointment: find it, ask the rules, understand the new time, read it back, then move it (incident 1.23).

Two steps: without confirmation the new time is checked and said; the same wish again within five minutes, or
`bestaetigung: true`, moves. Cal.com's own list is asked as if the appointment were not there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.conflicts import is_free
from app.domain.outcomes import CheckFailed, RefusalKind, Refused, SlotList
from app.domain.policies import ChangeKind
from app.domain.speech import Answer, Trouble, VoiceStatus
from app.domain.statuses import AttemptKind
from app.domain.timespan import Span
from app.storage import appointments, catalogue
from app.storage.appointments import AppointmentSeen, calendar_of
from app.usecases.agreement import with_offered_date
from app.usecases.carrying_out import carry_out, refusal_answer, refuse
from app.usecases.catalogue import bookable
from app.usecases.change_asking import recheck_move
from app.usecases.changing import AppointmentChanged, Change, WantedChange, claim_change
from app.usecases.claiming import LocalConflict
from app.usecases.commands import AppointmentWish, BookableService, CallContext
from app.usecases.identity import Identity
from app.usecases.offers import (
    RECHECK_SECONDS,
    find_alternatives,
    search_window,
    unreadable_answer,
    with_offers,
)
from app.usecases.own_appointment import (
    Meant,
    at_branch_of,
    call_back_instead,
    find_appointment,
    not_found_answer,
    understand_meant,
    who_may_change,
)
from app.usecases.own_slots import with_own_slots
from app.usecases.parts import Parts, Recheck
from app.usecases.pending_move import is_confirmed, remember_move
from app.usecases.policies import denied_answer, judge_change
from app.usecases.ports import SlotQuery
from app.usecases.repeating import moved_before
from app.usecases.reservations import is_reserved
from app.usecases.when_bookable import notice_answer, within_hours
from app.usecases.wished_time import WishedTime, understand_time

ABOUT = "move wished"
RACE = "race_condition_detected"
MOST_TRIES = 2
"""Somebody may change the appointment between finding and claiming it; then it is looked for once more."""


@dataclass(frozen=True, slots=True)
class MoveWish:
    """The words of a wish, sorted: those of the appointment and those of its new time."""

    wish: AppointmentWish
    old: tuple[str | None, str | None]
    new: tuple[str | None, str | None]

    @classmethod
    def of(cls, wish: AppointmentWish) -> MoveWish:
        """Return the wish sorted; plain date and time belong to whichever was not named otherwise."""
        old, new = (wish.old_datum, wish.old_uhrzeit), (wish.new_datum, wish.new_uhrzeit)
        plain = (wish.datum, wish.uhrzeit)
        if any(new):
            return cls(wish, old if any(old) else plain, new)
        return cls(wish, old, plain)


def reschedule_appointment(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Move the one appointment that is meant, or return what to ask, what to confirm, or why not."""
    identity = who_may_change(parts, context, wish, ABOUT)
    if isinstance(identity, Answer):
        return identity
    sorted_wish = MoveWish.of(wish)
    meant = understand_meant(parts, context, wish, *sorted_wish.old)
    if isinstance(meant, Answer):
        return meant
    for _ in range(MOST_TRIES):
        try:
            return _move_meant(parts, context, sorted_wish, identity, meant)
        except AppointmentChanged:
            parts.log.info("change.found_changed")
    return Answer(VoiceStatus.ERROR, context.zone, reason="changed_meanwhile", trouble=Trouble.OUTAGE)


def _move_meant(
    parts: Parts, context: CallContext, wish: MoveWish, identity: Identity, meant: Meant
) -> Answer:
    seen = find_appointment(parts, context, identity, meant)
    if isinstance(seen, Answer):
        if seen.status is not VoiceStatus.NOT_FOUND:
            return seen
        return _moved_before(parts, context, wish, meant) or not_found_answer(
            parts, context, wish.wish, identity, ABOUT
        )
    if seen.calcom_booking_uid is None:
        return call_back_instead(parts, context, wish.wish, ABOUT)
    context = at_branch_of(parts, context, seen)
    time = _new_time(parts, context, wish, seen)
    if isinstance(time, Answer):
        return time
    if time.start == seen.starts_at:
        return moved_before(parts, context, meant, time.start) or _unchanged(context, seen)
    return _move_to(parts, context, wish, seen, time)


def _move_to(
    parts: Parts, context: CallContext, wish: MoveWish, seen: AppointmentSeen, time: WishedTime
) -> Answer:
    """Ask the rules and the hours, then read back or move."""
    verdict = judge_change(parts, context, seen, ChangeKind.RESCHEDULE)
    if not verdict.allowed:
        return denied_answer(context, seen, verdict)
    service = _service_of(parts, context, seen)
    refused = within_hours(context, service, time.start) or notice_answer(parts, context, service, time.start)
    if refused is not None:
        return replace(refused, service_id=None)  # what is moved is not what is booked next in this call
    wanted = _wanted(context, seen, service, time.start, verdict.fee_cents)
    if not is_confirmed(parts, wanted, said=wish.wish.confirmed, must_be_read_back=time.needs_read_back):
        return _read_back(parts, wanted, time)
    try:
        change = claim_change(parts, wanted)
    except LocalConflict:
        return _lost(parts, wanted, "already_claimed", None)
    return change if isinstance(change, Answer) else _carry_out(parts, wanted, change)


def _carry_out(parts: Parts, wanted: WantedChange, change: Change) -> Answer:
    """Check the new time again, uncached, and move; a time that is gone costs no request (incident 1.3)."""
    held = is_reserved(parts, change.claimed)
    recheck = Recheck(gone=False, starts=None) if held else recheck_move(parts, change)
    if recheck.gone:
        return refuse(parts, change, _lost(parts, wanted, RACE, recheck.starts))

    def answer_refusal(refused: Refused) -> Answer:
        if refused.kind is RefusalKind.SLOT_TAKEN:
            return _lost(parts, wanted, RACE, None)
        return refusal_answer(parts, change, refused)

    return carry_out(parts, change, answer_refusal)


def _read_back(parts: Parts, wanted: WantedChange, time: WishedTime) -> Answer:
    """Return whether the new time is free, said with both full dates; only then it can be confirmed."""
    slots = _list_starts(parts, wanted)
    if isinstance(slots, CheckFailed):
        failed = unreadable_answer(wanted.context, wanted.service, slots)
        return replace(failed, asked=wanted.start, service_id=None)
    answer = Answer(
        VoiceStatus.READY_FOR_CONFIRMATION,
        wanted.context.zone,
        asked=wanted.start,
        others=time.others,
        previous=wanted.previous.start,
        service=wanted.service.name,
        fee_cents=wanted.fee_cents,
        awaiting_confirmation=True,
        details={"new_time": _local(wanted), "fee": wanted.fee_cents / 100},
    )
    if wanted.start in slots.starts and _is_free_here(parts, wanted):
        remember_move(parts, wanted)
        return answer
    taken = replace(answer, status=VoiceStatus.UNAVAILABLE, awaiting_confirmation=False, details={})
    offers = find_alternatives(parts, wanted.context, wanted.service, wanted.start, slots.starts)
    return with_offers(taken, offers, parts)


def _lost(parts: Parts, wanted: WantedChange, reason: str, listed: tuple[datetime, ...] | None) -> Answer:
    """Return that the new time was just taken, with verified alternatives; the appointment stands as it was."""
    if listed is None:
        slots = _list_starts(parts, wanted)
        listed = slots.starts if isinstance(slots, SlotList) else ()
    others = tuple(start for start in listed if start != wanted.start)
    found = find_alternatives(parts, wanted.context, wanted.service, wanted.start, others, uncached=True)
    return Answer(
        VoiceStatus.SLOT_TAKEN,
        wanted.context.zone,
        asked=wanted.start,
        now=parts.clock.now(),
        previous=wanted.previous.start,
        service=wanted.service.name,
        reason=reason,
        alternatives=found.starts,
        count=found.days,
    )


def _list_starts(parts: Parts, wanted: WantedChange) -> SlotList | CheckFailed:
    """Return Cal.com's free starts as if the appointment were not there, never remembered ones."""
    context = wanted.context
    window = search_window(wanted.start, context.zone)
    query = SlotQuery(context.branch_id, wanted.service.event_type_id, window, moving=wanted.uid)
    timeout = min(RECHECK_SECONDS * 2, context.deadline.left(parts.clock.now()))
    slots = parts.calendar.list_slots(context.account, query, uncached=True, timeout=timeout)
    return with_own_slots(parts, context, wanted.service, window, slots)


def _is_free_here(parts: Parts, wanted: WantedChange) -> bool:
    """Return whether no other appointment of ours takes the new time: only its own does not count."""
    occupied = wanted.service.occupied(wanted.start)
    with parts.transactions.transaction(
        wanted.context.company_id, "find_conflicts", read_only=True
    ) as session:
        taken = appointments.list_taken(
            session, wanted.service.calendar, occupied, besides=wanted.appointment_id
        )
        return is_free(occupied, taken)


def _new_time(
    parts: Parts, context: CallContext, wish: MoveWish, seen: AppointmentSeen
) -> WishedTime | Answer:
    """Return the new instant; a time without a day is meant for the day of the appointment."""
    datum, uhrzeit = ((text or "").strip() or None for text in wish.new)
    if datum is None and uhrzeit is None:
        return _needs_new_time(context, seen, None)
    said = None if any(wish.old) else wish.wish.said
    wanted = replace(wish.wish, datum=datum, uhrzeit=uhrzeit, said=said)
    if datum is None or wanted.confirmed:
        wanted = with_offered_date(parts, context, wanted)  # an alternative keeps its date (incident 1.12)
    if not (wanted.datum or "").strip():
        wanted = replace(wanted, datum=seen.starts_at.astimezone(context.zone).date().isoformat())
    time = understand_time(parts, context, wanted)
    if isinstance(time, Answer) and time.status is VoiceStatus.MISSING_REQUIRED_FIELD:
        return _needs_new_time(context, seen, time.question)
    return time


def _moved_before(parts: Parts, context: CallContext, wish: MoveWish, meant: Meant) -> Answer | None:
    """Return the answer of this very move, where the appointment no longer stands where it was named."""
    datum, uhrzeit = wish.new
    if not datum:
        datum = next((str(moment.date) for moment in meant.moments if moment.date), None)
    if not datum or not uhrzeit:
        return None
    time = understand_time(parts, context, replace(wish.wish, datum=datum, uhrzeit=uhrzeit, said=None))
    return None if isinstance(time, Answer) else moved_before(parts, context, meant, time.start)


def _service_of(parts: Parts, context: CallContext, seen: AppointmentSeen) -> BookableService:
    """Return the appointment's own service with its own staff member's calendar (incident 1.23)."""
    with parts.transactions.transaction(context.company_id, "find_service", read_only=True) as session:
        row = catalogue.get_service(session, seen.service_id)
        service = bookable(row, context.minimum_notice_minutes)
        return replace(service, calendar=calendar_of(row, seen.staff_id))


def _wanted(
    context: CallContext, seen: AppointmentSeen, service: BookableService, start: datetime, fee_cents: int
) -> WantedChange:
    assert seen.calcom_booking_uid is not None  # noqa: S101 - asked before
    return WantedChange(
        context=context,
        kind=AttemptKind.MOVE,
        appointment_id=seen.appointment_id,
        uid=seen.calcom_booking_uid,
        service=service,
        previous=Span(seen.starts_at, seen.ends_at),
        start=start,
        fee_cents=fee_cents,
    )


def _unchanged(context: CallContext, seen: AppointmentSeen) -> Answer:
    return Answer(VoiceStatus.UNCHANGED, context.zone, asked=seen.starts_at, service=seen.service)


def _needs_new_time(context: CallContext, seen: AppointmentSeen, question: str | None) -> Answer:
    return Answer(
        VoiceStatus.NEEDS_NEW_TIME,
        context.zone,
        previous=seen.starts_at,
        service=seen.service,
        question=question,
    )


def _local(wanted: WantedChange) -> str:
    return f"{wanted.start.astimezone(wanted.context.zone):%Y-%m-%d %H:%M}"
