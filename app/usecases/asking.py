"""Asking Cal.com for a booking: check again, POST once, judge the reply, look up what is unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from app.domain.booking_check import Doubt, Expected, SeenBooking, first_doubt
from app.domain.identifiers import BookingUid
from app.domain.outcomes import (
    Accepted,
    BookingList,
    BookingOutcome,
    CancelOutcome,
    CheckFailed,
    Moved,
    NotOurs,
    RefusalKind,
    Refused,
    Replied,
    SlotList,
    Unknown,
)
from app.domain.reconciling import LIVE_BOOKINGS
from app.domain.statuses import AttemptStep
from app.domain.timespan import Span
from app.storage import appointments, attempts
from app.usecases.offers import RECHECK_SECONDS, search_window
from app.usecases.parts import ClaimedAttempt, Parts, Recheck
from app.usecases.ports import BookingRequest, SlotQuery

POST_SECONDS = 5.0
"""Cal.com's creates take 0.5 to 2 s; Retell gives up on us after about 15 s (incident 1.19)."""
ANSWER_RESERVE_SECONDS = 0.5
"""Kept of the deadline to write down what happened and to answer."""
LOOK_UP_WAITS = (0.5, 1.5)
"""After an unknown outcome: a reply lost on its way is found at once, a slow commit a little later."""
LOOK_UP_SECONDS = 1.5
COMPENSATE_SECONDS = 3.0
LOOK_UP_REACH = timedelta(days=1)
"""How far around the asked start a booking of ours is searched: it may have been moved (incident 1.20)."""


NEVER_SENT = frozenset({RefusalKind.UNREACHABLE, RefusalKind.CIRCUIT_OPEN})
"""Behind these refusals stands nothing to look up."""


class LeaseLost(Exception):
    """A worker took the attempt over; only the worker may settle it now."""


def recheck_uncached(parts: Parts, claimed: ClaimedAttempt) -> Recheck:
    """Return whether the wished start is gone from Cal.com's list right now (incident 1.3).

    The list is never a remembered one. When it can't be read we go on: the POST decides.
    """
    zone_window = search_window(claimed.start, _zone(claimed))
    query = SlotQuery(claimed.branch_id, claimed.service.event_type_id, zone_window)
    timeout = min(RECHECK_SECONDS, _left(parts, claimed))
    slots = parts.calendar.list_slots(claimed.account, query, uncached=True, timeout=timeout)
    if not isinstance(slots, SlotList):
        return Recheck(gone=False, starts=None)
    return Recheck(gone=claimed.start not in slots.starts, starts=slots.starts)


def ask_for_booking(parts: Parts, claimed: ClaimedAttempt) -> BookingOutcome:
    """Send the one POST of this attempt and return what it came to; everything unsure is looked up."""
    with parts.transactions.transaction(claimed.company_id, "mark_posting") as session:
        now = parts.clock.now()
        if not attempts.update_held(
            session, claimed.attempt_id, claimed.lease_number, step=AttemptStep.POSTING, posted_at=now
        ):
            raise LeaseLost
    reply = parts.calendar.create_booking(
        claimed.account,
        booking_request(claimed),
        timeout=max(0.1, min(POST_SECONDS, _left(parts, claimed) - ANSWER_RESERVE_SECONDS)),
    )
    outcome = judge_reply(parts, claimed, reply) if isinstance(reply, Replied) else reply
    return parts.rules.look_up(parts, claimed, outcome)


def booking_request(claimed: ClaimedAttempt) -> BookingRequest:
    """Return the request for exactly the confirmed instant.

    Without an address of the caller's own, one made from the attempt's id stands in, towards Cal.com only: a
    shared one made Cal.com hand back somebody else's booking (incident 1.1). A number that is not international
    stays with us: Cal.com refuses the whole booking for it (incident 1.31).
    """
    return BookingRequest(
        event_type_id=claimed.service.event_type_id,
        start=claimed.start,
        attendee_name=claimed.name,
        attendee_email=claimed.email or f"{claimed.attempt_id}@ohne-adresse.askpro.example",
        attendee_phone=claimed.phone if (claimed.phone or "").startswith("+") else None,
        time_zone=claimed.time_zone,
        attempt_id=claimed.attempt_id,
        retell_call_id=claimed.retell_call_id,
        service=claimed.service.name,
    )


def judge_reply(parts: Parts, claimed: ClaimedAttempt, reply: Replied) -> BookingOutcome:
    """Return what a booking that Cal.com answered is to us; a thin reply is completed first (incident 1.32)."""
    seen = reply.seen
    if seen.is_thin:
        timeout = min(LOOK_UP_SECONDS, _left(parts, claimed))
        complete = parts.calendar.find_booking(claimed.account, BookingUid(seen.uid), timeout=timeout)
        if not isinstance(complete, SeenBooking):
            return Unknown("a thin reply could not be completed")
        seen = complete
    if seen.status in {"cancelled", "rejected"}:
        return Unknown(f"the booking came back {seen.status}")
    expected = _expected(parts, claimed, seen)
    if reply.server_time is not None:
        expected = replace(expected, judged_at=reply.server_time)
    doubt = first_doubt(parts.rules.belief, seen, expected)
    if doubt is None:
        return Accepted(seen)
    return Moved(seen) if doubt is Doubt.MOVED else NotOurs(seen, doubt)


def look_up_attempt(parts: Parts, claimed: ClaimedAttempt, outcome: BookingOutcome) -> BookingOutcome:
    """Search the window for a booking that carries our attempt id, unless the outcome is sure already.

    No second POST follows, whatever is found: that is how double bookings are made (incident 1.19). A refusal
    and a booking that is not ours are looked up too, once: ours may stand behind either.
    """
    if isinstance(outcome, Unknown):
        waits: tuple[float, ...] = LOOK_UP_WAITS
    elif isinstance(outcome, NotOurs) or _was_sent(outcome):
        waits = (0.0,)
    else:
        return outcome
    for wait in waits:
        if wait:
            parts.clock.sleep(wait)
        timeout = min(LOOK_UP_SECONDS, _left(parts, claimed) - ANSWER_RESERVE_SECONDS)
        if timeout <= 0:
            return _unlooked(outcome, "no time was left to look it up")
        found = find_by_attempt(parts, claimed, timeout)
        parts.log.info("attempt.looked_up", attempt_id=claimed.attempt_id, found=_word(found))
        if isinstance(found, CheckFailed):
            outcome = _unlooked(outcome, f"the look-up failed: {found.reason}")
        elif found is not None:
            return found
    return outcome


def _unlooked(outcome: BookingOutcome, why: str) -> BookingOutcome:
    """Return what stays of an outcome that could not be looked up: ours may stand behind a strange reply."""
    return Unknown(f"{outcome.doubt}, and {why}") if isinstance(outcome, NotOurs) else outcome


def find_by_attempt(
    parts: Parts, claimed: ClaimedAttempt, timeout: float
) -> Accepted | Moved | Refused | CheckFailed | None:
    """Return what stands at Cal.com under this attempt's id: no freshness is asked of it.

    None when nothing does; Refused when it did and is cancelled. One wish gets one booking: where Cal.com
    wrote it twice, the others are taken back.
    """
    ours = _list_ours(parts, claimed, timeout)
    if isinstance(ours, CheckFailed):
        return ours
    live = [seen for seen in ours if seen.status in LIVE_BOOKINGS]
    if not live:
        return Refused(RefusalKind.CANCELLED, "cancelled at Cal.com") if ours else None
    wanted = [
        seen
        for seen in live
        if first_doubt(parts.rules.adoption, seen, _expected(parts, claimed, seen)) is None
    ]
    kept = (wanted or live)[0]
    for extra in live:
        if extra.uid != kept.uid:
            parts.rules.compensate(parts, claimed, BookingUid(extra.uid), "askpro: written twice")
    return Accepted(kept) if wanted else Moved(kept)


def _list_ours(parts: Parts, claimed: ClaimedAttempt, timeout: float) -> list[SeenBooking] | CheckFailed:
    """Return the window's bookings with our attempt id; one that shows no metadata is read in full first."""
    window = Span(claimed.start - LOOK_UP_REACH, claimed.start + LOOK_UP_REACH)
    listed = parts.calendar.list_bookings(claimed.account, window, timeout=timeout)
    if not isinstance(listed, BookingList):
        return listed
    ours = []
    for listed_booking in listed.bookings:
        seen: SeenBooking | CheckFailed | None = listed_booking
        if listed_booking.metadata is None:
            uid = BookingUid(listed_booking.uid)
            seen = parts.calendar.find_booking(claimed.account, uid, timeout=timeout)
        if isinstance(seen, CheckFailed):
            return seen
        if seen is not None and (seen.metadata or {}).get("attempt_id") == claimed.attempt_id:
            ours.append(seen)
    return ours


def cancel_once(parts: Parts, claimed: ClaimedAttempt, uid: BookingUid, reason: str) -> CancelOutcome:
    """Take back a booking that is ours, once."""
    outcome = parts.calendar.cancel_booking(claimed.account, uid, reason, timeout=COMPENSATE_SECONDS)
    parts.calendar.forget_slots(claimed.company_id, claimed.service.event_type_id)
    parts.log.warning(
        "attempt.compensated", attempt_id=claimed.attempt_id, uid=uid, outcome=type(outcome).__name__
    )
    return outcome


def _expected(parts: Parts, claimed: ClaimedAttempt, seen: SeenBooking) -> Expected:
    with parts.transactions.transaction(claimed.company_id, "find_known_uid", read_only=True) as session:
        known = appointments.find_by_uid(session, BookingUid(seen.uid))
    is_another = known is not None and known.attempt_id != claimed.attempt_id
    return Expected(
        attempt_id=claimed.attempt_id,
        retell_call_id=claimed.retell_call_id,
        start=claimed.start,
        judged_at=parts.clock.now(),
        known_uids=frozenset({seen.uid}) if is_another else frozenset(),
    )


def _was_sent(outcome: BookingOutcome) -> bool:
    return isinstance(outcome, Refused) and outcome.kind not in NEVER_SENT


def _left(parts: Parts, claimed: ClaimedAttempt) -> float:
    return claimed.deadline.left(parts.clock.now())


def _zone(claimed: ClaimedAttempt) -> ZoneInfo:
    return ZoneInfo(claimed.time_zone)


def _word(found: object) -> str:
    return "nothing" if found is None else type(found).__name__.lower()
