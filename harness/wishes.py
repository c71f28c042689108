"""One row for each wish at the end: what was said about it, what we hold, what Cal.com holds."""

from __future__ import annotations

from datetime import datetime

from harness.books import LIVE_BOOKING, CalcomBooks, Ledger, Row, metadata
from harness.events import BooksRow, BooksVerdict
from harness.times import BERLIN

_WEEKDAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
_CALL_CHARACTERS = 6
_NOTHING = "–"
_KINDS = {"move": "move to ", "cancel": "cancel "}
"""How a wish that changes an appointment begins; one that makes it is its time alone."""


def books_at_the_end(ledger: Ledger, calcom: CalcomBooks) -> tuple[BooksRow, ...]:
    """A row for each attempt, and one for each booking or appointment that belongs to none."""
    rows = [_wish_row(attempt, ledger, calcom) for attempt in ledger.attempts]
    known = {str(attempt.get("id")) for attempt in ledger.attempts}
    changed = {attempt.get("changes_booking_uid") for attempt in ledger.attempts} - {None}
    for company_id, booking in calcom.all_bookings():
        if changed & {each["uid"] for each in calcom.family(company_id, booking["uid"])}:
            continue
        if booking.get("origin") == "api" and str(metadata(booking).get("attempt_id")) not in known:
            rows.append(_stray(booking, ledger.of(company_id)))
    return tuple(rows)


def _wish_row(attempt: Row, ledger: Ledger, calcom: CalcomBooks) -> BooksRow:
    company_id = int(attempt["company_id"])
    ours = ledger.of(company_id)
    changed = attempt.get("changes_booking_uid")
    if changed:
        bookings = calcom.family(company_id, changed)
        uids = {str(changed), *(str(row["uid"]) for row in bookings)}
        appointment = next((row for row in ours.appointments if row.get("calcom_booking_uid") in uids), None)
    else:
        appointment = _made_by(attempt, ours)
        bookings = [row for row in calcom.bookings.get(company_id, ()) if _is_for(row, attempt, appointment)]
    return BooksRow(
        wish=f"{_KINDS.get(str(attempt.get('kind')), '')}{_when(attempt['starts_at'])}, "
        f"call …{str(attempt.get('retell_call_id'))[-_CALL_CHARACTERS:]}",
        said=_said(attempt, ours),
        ours=_ours(appointment, attempt),
        calcom=", ".join(_booking_words(row) for row in bookings) or _NOTHING,
        verdict=_verdict(attempt, appointment, bookings, ours),
    )


def _made_by(attempt: Row, ours: Ledger) -> Row | None:
    made = next((row for row in ours.appointments if row.get("attempt_id") == attempt["id"]), None)
    uid = attempt.get("calcom_booking_uid")
    if made is not None or not uid:
        return made
    return next((row for row in ours.appointments if row.get("calcom_booking_uid") == uid), None)


def _is_for(booking: Row, attempt: Row, appointment: Row | None) -> bool:
    if appointment is not None and booking.get("uid") == appointment.get("calcom_booking_uid"):
        return True
    return str(metadata(booking).get("attempt_id")) == str(attempt["id"])


def _said(attempt: Row, ours: Ledger) -> str:
    claims = [
        str(row.get("claim"))
        for row in ours.sentences
        if row.get("retell_call_id") == attempt.get("retell_call_id")
        and row.get("claim") != "none"
        and row.get("starts_at") in (None, attempt.get("starts_at"))
    ]
    return claims[-1] if claims else _NOTHING


def _ours(appointment: Row | None, attempt: Row) -> str:
    if appointment is None:
        return f"{_NOTHING} (attempt {attempt.get('state')})"
    return f"{appointment.get('status')} {_when(appointment['starts_at'])}"


def _booking_words(booking: Row) -> str:
    return f"{booking.get('status')} {_when(booking['start'])}"


def _verdict(attempt: Row, appointment: Row | None, bookings: list[Row], ours: Ledger) -> BooksVerdict:
    live = [row for row in bookings if row.get("status") in LIVE_BOOKING]
    stands = appointment is not None and appointment.get("status") not in ("cancelled", "failed")
    if stands and appointment is not None and len(live) == 1:
        same = datetime.fromisoformat(str(appointment["starts_at"])) == datetime.fromisoformat(
            str(live[0]["start"])
        )
    else:
        same = not stands and not live
    if same and attempt.get("state") != "open":
        return BooksVerdict.EQUAL
    uids = {str(row.get("uid")) for row in bookings}
    if appointment is not None:
        uids.add(str(appointment.get("calcom_booking_uid")))
    named = any(str(row.get("calcom_booking_uid")) in uids for row in ours.findings)
    return BooksVerdict.OPEN if named or attempt.get("state") == "open" else BooksVerdict.DIFFERENT


def _stray(booking: Row, ours: Ledger) -> BooksRow:
    appointment = next(
        (row for row in ours.appointments if row.get("calcom_booking_uid") == booking["uid"]), None
    )
    is_live = booking.get("status") in LIVE_BOOKING
    agree = (appointment is not None) == is_live
    return BooksRow(
        wish=f"{_when(booking['start'])}, no attempt",
        said=_NOTHING,
        ours=_NOTHING if appointment is None else str(appointment.get("status")),
        calcom=_booking_words(booking),
        verdict=BooksVerdict.EQUAL if agree else BooksVerdict.DIFFERENT,
    )


def _when(text: object) -> str:
    local = datetime.fromisoformat(str(text)).astimezone(BERLIN)
    return f"{_WEEKDAYS[local.weekday()]} {local:%d.%m.%Y %H:%M}"
