"""What has become of a booking that we wanted to change: its uid, what took its place, the list around it.

Every look starts at the old uid: Cal.com keeps it, says that it is cancelled, and names what it was moved to. Where one
request was carried out twice there are two such bookings: one is kept, the others are taken back.
"""

from __future__ import annotations

from datetime import datetime

from app.domain.booking_check import SeenBooking
from app.domain.change_check import Astray, ExpectedMove, Happened, Standing, first_move_doubt, is_live
from app.domain.identifiers import BookingUid
from app.domain.outcomes import BookingList, CheckFailed
from app.domain.timespan import Span
from app.storage import appointments
from app.usecases.asking import LOOK_UP_REACH
from app.usecases.changing import Change
from app.usecases.parts import Parts

MOST_HOPS = 5
"""How often a booking is followed to the one that took its place."""
WRITTEN_TWICE = "askpro: moved twice"

Look = Happened | Standing | Astray | CheckFailed


def look_at_change(parts: Parts, change: Change, timeout: float) -> Look:
    """Return what the booking of an appointment is now; `timeout` holds for each question, three at most as a rule."""
    old = parts.calendar.find_booking(change.claimed.account, change.uid, timeout=timeout)
    if isinstance(old, CheckFailed):
        return old
    if is_live(old):
        return Standing("the booking stands as it was")
    successors = _successors(parts, change, old, timeout)
    if isinstance(successors, CheckFailed):
        return successors
    if successors:
        return _judge_successors(parts, change, successors)
    if old is None:
        return Astray("there is no such booking at Cal.com")
    return Astray("cancelled at Cal.com", old) if change.is_move else Happened()


def expected_move(
    parts: Parts, change: Change, seen: SeenBooking, judged_at: datetime | None = None
) -> ExpectedMove:
    """Return what a believed move of this appointment must show."""
    company_id = change.claimed.company_id
    with parts.transactions.transaction(company_id, "find_known_uid", read_only=True) as session:
        known = appointments.find_by_uid(session, BookingUid(seen.uid))
        own = appointments.get_appointment(session, change.appointment_id)
    is_another = known is not None and known.id != change.appointment_id
    return ExpectedMove(
        old_uid=change.uid,
        start=change.claimed.start,
        known_uids=frozenset({seen.uid}) if is_another else frozenset(),
        booked_by=own.attempt_id,
        judged_at=judged_at,
    )


def _judge_successors(parts: Parts, change: Change, found: list[SeenBooking]) -> Happened | Astray:
    """Return whether one of the bookings that took the old one's place is the move that was asked for."""
    if not change.is_move:
        return Astray("moved at Cal.com by somebody else", found[0])
    doubts = {seen.uid: _doubt(parts, change, seen) for seen in found}
    wanted = [seen for seen in found if doubts[seen.uid] is None]
    kept = (wanted or found)[0]
    for extra in found:
        if extra.uid != kept.uid and extra.rescheduled_from_uid == change.uid:
            parts.rules.compensate(parts, change.claimed, BookingUid(extra.uid), WRITTEN_TWICE)
    return Happened(kept) if wanted else Astray(f"moved at Cal.com otherwise ({doubts[kept.uid]})", kept)


def _doubt(parts: Parts, change: Change, seen: SeenBooking) -> str | None:
    return first_move_doubt(parts.rules.moves, seen, expected_move(parts, change, seen))


def _successors(
    parts: Parts, change: Change, old: SeenBooking | None, timeout: float
) -> list[SeenBooking] | CheckFailed:
    """Return the live bookings that took the old one's place: the one it names first, then those of the list."""
    linked = _linked(parts, change, old, timeout)
    if isinstance(linked, CheckFailed):
        return linked
    stood, asked = change.previous.start, change.claimed.start
    window = Span(min(stood, asked) - LOOK_UP_REACH, max(stood, asked) + LOOK_UP_REACH)
    listed = parts.calendar.list_bookings(change.claimed.account, window, timeout=timeout)
    if not isinstance(listed, BookingList):
        return listed
    found = {} if linked is None else {linked.uid: linked}
    for seen in listed.bookings:
        if seen.rescheduled_from_uid == change.uid and is_live(seen):
            found.setdefault(seen.uid, seen)
    return list(found.values())


def _linked(
    parts: Parts, change: Change, old: SeenBooking | None, timeout: float
) -> SeenBooking | CheckFailed | None:
    uid = old.rescheduled_to_uid if old is not None else None
    for _ in range(MOST_HOPS):
        if uid is None:
            break
        seen = parts.calendar.find_booking(change.claimed.account, BookingUid(uid), timeout=timeout)
        if isinstance(seen, CheckFailed) or is_live(seen):
            return seen
        uid = seen.rescheduled_to_uid if seen is not None else None
    return None
