"""One appointment against one booking gives findings or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.domain.booking_check import SeenBooking
from app.domain.statuses import LIVE_APPOINTMENTS, AppointmentStatus, FindingKind

LIVE_BOOKINGS = frozenset({"accepted", "pending"})
"""Cal.com's statuses of bookings that occupy their time."""


@dataclass(frozen=True, slots=True)
class OurSide:
    """What the comparison needs of an appointment."""

    appointment_id: int
    calcom_booking_uid: str | None
    starts_at: datetime
    status: AppointmentStatus
    customer_name: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on which the two ledgers disagree."""

    kind: FindingKind
    appointment_id: int | None
    calcom_booking_uid: str | None
    ours: dict[str, str]
    theirs: dict[str, str]
    detail: str

    @property
    def key(self) -> str:
        """Return what makes this difference the same when it is found again."""
        return f"{self.kind}:{self.appointment_id or '-'}:{self.calcom_booking_uid or '-'}"


def compare(ours: OurSide | None, theirs: SeenBooking | None) -> Iterator[Difference]:
    """Yield each difference between an appointment and the booking of the same uid."""
    ours_lives = ours is not None and ours.status in LIVE_APPOINTMENTS
    theirs_lives = theirs is not None and theirs.status in LIVE_BOOKINGS
    if ours_lives and theirs is None:
        assert ours is not None  # noqa: S101 - narrowed above
        yield _difference(FindingKind.ORPHANED, ours, None, "the appointment has no booking at Cal.com")
    elif ours is None and theirs_lives:
        yield _difference(FindingKind.MISSING_LOCAL, None, theirs, "the booking has no appointment here")
    elif ours is not None and theirs is not None and ours_lives != theirs_lives:
        yield _difference(
            FindingKind.STATUS_MISMATCH, ours, theirs, "one side is cancelled, the other is not"
        )
    elif ours is not None and theirs is not None and ours_lives:
        yield from _details(ours, theirs)


def second_booking(appointment_id: int, theirs: SeenBooking) -> Difference:
    """Return the finding of a wish that Cal.com wrote twice: one appointment, and a booking too many."""
    return Difference(
        kind=FindingKind.DUPLICATE,
        appointment_id=appointment_id,
        calcom_booking_uid=theirs.uid,
        ours={},
        theirs=_their_fields(theirs),
        detail="a second booking of the same wish",
    )


def _details(ours: OurSide, theirs: SeenBooking) -> Iterator[Difference]:
    if theirs.start is not None and theirs.start != ours.starts_at:
        yield _difference(FindingKind.TIME_MISMATCH, ours, theirs, "the two sides hold different times")
    if theirs.attendee_name is not None and theirs.attendee_name != ours.customer_name:
        yield _difference(FindingKind.NAME_MISMATCH, ours, theirs, "the two sides hold different names")


def _difference(
    kind: FindingKind, ours: OurSide | None, theirs: SeenBooking | None, detail: str
) -> Difference:
    uid = theirs.uid if theirs is not None else (ours.calcom_booking_uid if ours is not None else None)
    return Difference(
        kind=kind,
        appointment_id=ours.appointment_id if ours else None,
        calcom_booking_uid=uid,
        ours=_our_fields(ours),
        theirs=_their_fields(theirs),
        detail=detail,
    )


def _our_fields(ours: OurSide | None) -> dict[str, str]:
    if ours is None:
        return {}
    return {"starts_at": ours.starts_at.isoformat(), "status": ours.status, "name": ours.customer_name}


def _their_fields(theirs: SeenBooking | None) -> dict[str, str]:
    if theirs is None:
        return {}
    start = theirs.start.isoformat() if theirs.start else ""
    return {"starts_at": start, "status": theirs.status or "", "name": theirs.attendee_name or ""}
