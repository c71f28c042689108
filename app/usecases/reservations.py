"""Keeping a slot for a caller while he decides (incident 1.33).

A reservation at Cal.com only hides the slot from lists, ours included: so a slot of our own is put back into
what a call sees of the list, and a booking of it skips the look that would not find it. The POST decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.domain.identifiers import CallId, CompanyId
from app.domain.outcomes import Done, RefusalKind, Refused, Reserved, Unknown
from app.domain.speech import Answer, Trouble, VoiceStatus
from app.storage import catalogue, reservations
from app.storage.models import SlotReservation
from app.storage.reservations import HeldSlot
from app.usecases.asking import recheck_uncached
from app.usecases.catalogue import account_of
from app.usecases.checking import UnderstoodWish, answer_check, understand_wish
from app.usecases.commands import AppointmentWish, BookableService, CallContext
from app.usecases.parts import ClaimedAttempt, Parts, Recheck
from app.usecases.ports import CalendarAccount

RESERVE_SECONDS = 3.0
RELEASE_SECONDS = 1.5
HELD_FOR = timedelta(minutes=5)
LOST = "lost_"
"""How we name a reservation whose answer got lost: it may stand at Cal.com, and it runs out by itself."""
BATCH = 50


def reserve_slot(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Hold a free slot for the call, one at a time; the same wish again gets the same answer."""
    understood = understand_wish(parts, context, wish.of_new_time())
    if isinstance(understood, Answer):
        return understood
    if context.call_id is None:
        return _unheld(context, understood, "no_call")
    held = _find_held(parts, context.company_id, context.call_id, understood.service, understood.start)
    if held is not None:
        return _held_answer(context, understood, held.calcom_reservation_uid, held.expires_at)
    checked = answer_check(parts, context, understood)
    if checked.status is not VoiceStatus.AVAILABLE:
        return checked
    release_of_call(parts, context.company_id, context.call_id)
    return _reserve(parts, context, understood, context.call_id)


def release_slot(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Give up what the call holds, or the one reservation it names; another call's is none of its business."""
    wanted = wish.reservation_uid
    released, left = release_of_call(parts, context.company_id, context.call_id, only=wanted)
    reason = "release_pending" if left else None
    return Answer(VoiceStatus.RELEASED, context.zone, count=released + left, reason=reason)


def release_of_call(
    parts: Parts, company_id: CompanyId, call_id: CallId | None, *, only: str | None = None
) -> tuple[int, int]:
    """Give up what a call holds; return how many were surely given up and how many run out by themselves."""
    if call_id is None:
        return 0, 0
    with parts.transactions.transaction(company_id, "list_held_slots", read_only=True) as session:
        held = reservations.list_held(session, call_id, parts.clock.now())
    return _release_all(parts, [slot for slot in held if only in {None, slot.uid}])


def holds_slots(parts: Parts, context: CallContext) -> bool:
    """Return whether a call holds anything."""
    if context.call_id is None:
        return False
    with parts.transactions.transaction(context.company_id, "list_held_slots", read_only=True) as session:
        return bool(reservations.list_held(session, context.call_id, parts.clock.now()))


def release_left(parts: Parts) -> int:
    """Give up what calls hold that are over or have booked; return how many were."""
    reason = "calls of any company leave reservations"
    with parts.transactions.sweep(reason, "list_left_slots", read_only=True) as session:
        left = reservations.list_left(session, parts.clock.now(), BATCH)
    return _release_all(parts, left)[0]


def recheck_unless_reserved(parts: Parts, claimed: ClaimedAttempt) -> Recheck:
    """Return the look right before the POST; while the call holds the slot itself there is none to take."""
    if is_reserved(parts, claimed):
        return Recheck(gone=False, starts=None)
    return recheck_uncached(parts, claimed)


def is_reserved(parts: Parts, claimed: ClaimedAttempt) -> bool:
    """Return whether the call holds the wished time itself, so that a look would not find it."""
    if claimed.call_id is None:
        return False
    held = _find_held(parts, claimed.company_id, claimed.call_id, claimed.service, claimed.start)
    if held is not None:
        parts.log.info("recheck.skipped", attempt_id=claimed.attempt_id, reason="own reservation")
    return held is not None


def _reserve(parts: Parts, context: CallContext, wish: UnderstoodWish, call_id: CallId) -> Answer:
    service = wish.service
    timeout = min(RESERVE_SECONDS, context.deadline.left(parts.clock.now()))
    outcome = parts.calendar.reserve_slot(context.account, service.event_type_id, wish.start, timeout=timeout)
    match outcome:
        case Reserved(uid, until):
            _keep(parts, context, wish, call_id, Reserved(uid, until))
            return _held_answer(context, wish, uid, until)
        case Refused(RefusalKind.SLOT_TAKEN):
            taken = answer_check(
                parts, context, wish
            )  # read anew: the reservation dropped what was remembered
            return _unheld(context, wish, "taken") if taken.status is VoiceStatus.AVAILABLE else taken
        case Unknown():
            # it may stand all the same and hide the slot from ourselves
            lost = Reserved(parts.chance.token(LOST), parts.clock.now() + HELD_FOR)
            _keep(parts, context, wish, call_id, lost)
            return _unheld(context, wish, "unknown_outcome")
        case _:
            return _unheld(context, wish, "refused")


def _keep(
    parts: Parts, context: CallContext, wish: UnderstoodWish, call_id: CallId, reserved: Reserved
) -> None:
    with parts.transactions.transaction(context.company_id, "keep_reservation") as session:
        session.add(
            SlotReservation(
                company_id=context.company_id,
                call_id=call_id,
                service_id=wish.service.service_id,
                starts_at=wish.start,
                calcom_reservation_uid=reserved.uid,
                expires_at=reserved.until,
            )
        )
    parts.log.info("slot.reserved", starts_at=wish.start, until=reserved.until)


def _find_held(
    parts: Parts, company_id: CompanyId, call_id: CallId, service: BookableService, start: datetime
) -> SlotReservation | None:
    with parts.transactions.transaction(company_id, "find_held_slot", read_only=True) as session:
        return reservations.find_held(session, call_id, service.service_id, start, parts.clock.now())


def _release_all(parts: Parts, held: Sequence[HeldSlot]) -> tuple[int, int]:
    outcomes = [_release(parts, slot) for slot in held]
    return outcomes.count(True), outcomes.count(False)


def _release(parts: Parts, slot: HeldSlot) -> bool:
    if slot.uid.startswith(LOST):
        return _mark(parts, slot)  # nobody knows its name at Cal.com
    outcome = parts.calendar.release_slot(_account(parts, slot), slot.uid, timeout=RELEASE_SECONDS)
    parts.calendar.forget_slots(slot.company_id, slot.event_type_id)
    return isinstance(outcome, Done) and _mark(parts, slot)


def _mark(parts: Parts, slot: HeldSlot) -> bool:
    with parts.transactions.transaction(slot.company_id, "mark_released") as session:
        reservations.mark_released(session, slot.id, parts.clock.now())
    return True


def _account(parts: Parts, slot: HeldSlot) -> CalendarAccount:
    with parts.transactions.transaction(slot.company_id, "read_account", read_only=True) as session:
        return account_of(parts.vault, catalogue.get_company(session, slot.company_id))


def _held_answer(context: CallContext, wish: UnderstoodWish, uid: str, until: datetime) -> Answer:
    return Answer(
        VoiceStatus.RESERVED,
        context.zone,
        asked=wish.start,
        service=wish.service.name,
        service_id=wish.service.service_id,
        details={
            "reservation_uid": uid,
            "reservation_until": until.astimezone(context.zone).isoformat(timespec="seconds"),
        },
    )


def _unheld(context: CallContext, wish: UnderstoodWish, reason: str) -> Answer:
    """Return that the slot could not be held; it is free for all we know, and can be booked at once."""
    return Answer(
        VoiceStatus.ERROR,
        context.zone,
        asked=wish.start,
        service=wish.service.name,
        service_id=wish.service.service_id,
        reason=f"reservation_{reason}",
        trouble=Trouble.RESERVATION,
    )
