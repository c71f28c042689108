"""Which appointment is meant: one of the caller's own, by its uid, by its date and time, or the only one.

Nothing is found by company and date, and nobody's but the caller's own (incident 1.24): who can't be known changes
nothing, a hidden number only what this call made, and everybody else is asked or called back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.alternatives import HORIZON
from app.domain.german import Moment, Understanding, UnderstandingStatus, understand_fields
from app.domain.german.say import say_instant
from app.domain.identifiers import BookingUid
from app.domain.opening import OpeningHours
from app.domain.speech import Answer, VoiceStatus
from app.storage import catalogue, changes
from app.storage.appointments import AppointmentSeen
from app.usecases.callbacks import of_caller, queue_callback
from app.usecases.commands import AppointmentWish, CallContext
from app.usecases.identity import (
    CallerKind,
    Identity,
    identify,
    identify_or_refuse,
    is_limited,
    list_own_appointments,
)
from app.usecases.parts import Parts

MOST_LISTED = 10
MOST_SPOKEN = 5
"""More nobody keeps in mind on the phone (incidents 2.3)."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What was said of the appointment to change."""

    uid: BookingUid | None = None
    moments: tuple[Moment, ...] = ()
    """Its local date, time, or both; several where the words have several readings. Empty: nothing was said."""
    service: str | None = None

    def fits(self, starts_at: datetime, zone: ZoneInfo) -> bool:
        """Return whether an appointment of this start may be the one that was named."""
        local = starts_at.astimezone(zone)
        return not self.moments or any(
            moment.date in {None, local.date()} and moment.time in {None, local.time().replace(second=0)}
            for moment in self.moments
        )

    @property
    def is_named(self) -> bool:
        """Return whether anything was said of which one it is."""
        return self.uid is not None or bool(self.moments)


def understand_meant(
    parts: Parts, context: CallContext, wish: AppointmentWish, datum: str | None, uhrzeit: str | None
) -> Meant | Answer:
    """Return what was said of the appointment, or the question where its date was not understood."""
    uid = BookingUid(wish.appointment_id) if wish.appointment_id else None
    words, clock = (datum or "").strip() or None, (uhrzeit or "").strip() or None
    if not words and not clock:
        return Meant(uid, service=wish.dienstleistung)
    found = understand_fields(
        words,
        clock,
        parts.clock.now(),
        OpeningHours({}),  # an appointment may stand outside the hours of today
        zone=context.zone,
        holiday_on=None,
        horizon=HORIZON,
    )
    moments = _moments(found, needs_date=bool(words and clock), needs_time=clock is not None)
    if moments is None and uid is None:
        return Answer(VoiceStatus.INVALID_DATE, context.zone, reason="datum" if words else "uhrzeit")
    return Meant(uid, moments or (), wish.dienstleistung)


def who_may_change(
    parts: Parts, context: CallContext, wish: AppointmentWish, about: str
) -> Identity | Answer:
    """Return who calls, or why he may change nothing; a hidden number is called back (incident 1.25)."""
    if context.caller_number is not None:
        return identify_or_refuse(parts, context, wish.name)
    if is_limited(parts, context):
        return Answer(VoiceStatus.RATE_LIMIT_EXCEEDED, context.zone, reason="identification")
    identity = identify(parts, context, wish.name)
    return identity if identity.is_identified else call_back_instead(parts, context, wish, about)


def find_appointment(
    parts: Parts, context: CallContext, identity: Identity, meant: Meant
) -> AppointmentSeen | Answer:
    """Return the one appointment that is meant, or what to ask; never one that was not named."""
    own = list_own_appointments(parts, context, identity)
    found = _fitting(parts, context, own, meant)
    if len(found) == 1:
        return found[0]
    if found:
        return multiple_answer(context, found)
    return Answer(VoiceStatus.NOT_FOUND, context.zone, reason="named" if meant.is_named else "none")


def not_found_answer(
    parts: Parts, context: CallContext, wish: AppointmentWish, identity: Identity, about: str
) -> Answer:
    """Return that nothing was found; behind a hidden number somebody looks who can (incident 1.25)."""
    if identity.kind is CallerKind.ANONYMOUS:
        return call_back_instead(parts, context, wish, about)
    return Answer(VoiceStatus.NOT_FOUND, context.zone)


def call_back_instead(parts: Parts, context: CallContext, wish: AppointmentWish, about: str) -> Answer:
    """Queue a call back about a change that can't be made on the phone; the words of the caller go with it."""
    words = (wish.old_datum, wish.old_uhrzeit, wish.datum, wish.uhrzeit, wish.new_datum, wish.new_uhrzeit)
    note = "; ".join(filter(None, (about, " ".join(filter(None, words)), wish.reason or wish.note)))
    return queue_callback(parts, context, of_caller(context, wish, about, note=note))


def multiple_answer(context: CallContext, found: Sequence[AppointmentSeen]) -> Answer:
    """Return the appointments between which the caller has to choose: his own, soonest first."""
    listed = found[:MOST_LISTED]
    return Answer(
        VoiceStatus.MULTIPLE_FOUND,
        context.zone,
        options=tuple(
            f"{each.service} am {say_instant(each.starts_at, context.zone)}" for each in listed[:MOST_SPOKEN]
        ),
        count=len(found),
        details={"appointments": [_told(context, each) for each in listed]},
    )


def at_branch_of(parts: Parts, context: CallContext, seen: AppointmentSeen) -> CallContext:
    """Return the context with the hours and the zone of the branch an appointment is at."""
    if seen.branch_id == context.branch_id:
        return context
    with parts.transactions.transaction(context.company_id, "find_branch", read_only=True) as session:
        branch = catalogue.get_branch(session, seen.branch_id)
        return replace(
            context,
            branch_id=branch.id,
            zone=ZoneInfo(branch.time_zone),
            hours=OpeningHours(branch.opening_hours, parts.holiday_on),
            minimum_notice_minutes=branch.minimum_notice_minutes,
        )


def _fitting(
    parts: Parts, context: CallContext, own: Sequence[AppointmentSeen], meant: Meant
) -> list[AppointmentSeen]:
    if meant.uid is not None:
        with parts.transactions.transaction(context.company_id, "follow_uid", read_only=True) as session:
            uids = {meant.uid, changes.latest_uid(session, meant.uid)}
        named = [each for each in own if each.calcom_booking_uid in uids]
        if all(meant.fits(each.starts_at, context.zone) for each in named):
            return named
        # the uid of one and the time of another: the caller is asked (incident 1.23)
        return named + [
            each for each in own if each not in named and meant.fits(each.starts_at, context.zone)
        ]
    fitting = [each for each in own if meant.fits(each.starts_at, context.zone)]
    word = (meant.service or "").strip().casefold()
    of_service = [each for each in fitting if word and word in each.service.casefold()]
    return of_service if len(fitting) > 1 and of_service else fitting


def _moments(found: Understanding, *, needs_date: bool, needs_time: bool) -> tuple[Moment, ...] | None:
    """Return what the words say of date and time, None where a part that was said was not understood."""
    if found.status in {UnderstandingStatus.NOTHING, UnderstandingStatus.INVALID}:
        return None
    if found.status is UnderstandingStatus.RESOLVED and found.date is None:
        moments: tuple[Moment, ...] = (Moment(None, found.time),)  # the candidates' days are only guessed
    else:
        moments = found.candidates or (Moment(found.date, found.time),)
    missed = any(
        moment == Moment() or (needs_time and moment.time is None) or (needs_date and moment.date is None)
        for moment in moments
    )
    return None if missed else moments


def _told(context: CallContext, seen: AppointmentSeen) -> dict[str, object]:
    return {
        "appointment_id": seen.calcom_booking_uid,
        "time": f"{seen.starts_at.astimezone(context.zone):%Y-%m-%d %H:%M}",
        "spoken": say_instant(seen.starts_at, context.zone),
        "service": seen.service,
        "staff": seen.staff,
    }
