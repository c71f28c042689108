"""What was said is done, what was done is said: booked, moved, cancelled, called back. Read from both ledgers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from harness import privacy
from harness.books import DEAD_APPOINTMENT, LIVE_BOOKING, CalcomBooks, Ledger, Row, is_named
from harness.events import Exchange, Lane

SUCCESS_WORDS: Mapping[str, str] = {
    "erfolgreich gebucht": "booked",
    "ist abgesagt": "cancelled",
    "ist verschoben": "rescheduled",
}
"""Words that only the answer of a settled change may hold, and the status of that answer."""
CALLS_BACK = re.compile(r"\bruf(?:t|en) Sie\b[^.?!]*\bzurück\b")
_DONE_STATES = {"cancelled": "cancelled", "moved": "moved"}
"""Attempts that changed something, by their state, and the claim that tells of it."""


def broken_promises(ledger: Ledger, calcom: CalcomBooks, exchanges: Sequence[Exchange]) -> list[str]:
    """Everything that was said and is not so, or was done and nobody was told."""
    facts: list[str] = []
    for sentence in ledger.sentences:
        check = _CLAIMS.get(str(sentence.get("claim")))
        if check is not None:
            facts += check(sentence, ledger.of(int(sentence["company_id"])), calcom)
        facts += _call_back_without_request(sentence, ledger.of(int(sentence["company_id"])))
    facts += _in_words_only(exchanges, ledger, calcom)
    for company_id in sorted(calcom.bookings):
        facts += _booked_in_silence(ledger.of(company_id), calcom, company_id)
        facts += _changed_in_silence(ledger.of(company_id))
    return facts


def _booked(sentence: Row, ours: Ledger, calcom: CalcomBooks) -> list[str]:
    company_id, uid = int(sentence["company_id"]), str(sentence.get("calcom_booking_uid"))
    call = sentence.get("retell_call_id")
    appointment = _appointment_of(sentence, ours, calcom)
    if appointment is None:
        return [f"“gebucht” was said in {call}, but no appointment has booking {uid}."]
    if uid not in calcom.by_uid(company_id) and not is_named(ours.findings, uid, None):
        return [f"“gebucht” was said in {call}, but Cal.com holds no booking {uid}."]
    return _other_time(sentence, appointment)


def _cancelled(sentence: Row, ours: Ledger, calcom: CalcomBooks) -> list[str]:
    company_id, uid = int(sentence["company_id"]), str(sentence.get("calcom_booking_uid"))
    call = sentence.get("retell_call_id")
    appointment = _appointment_of(sentence, ours, calcom)
    if appointment is None:
        return [f"“abgesagt” was said in {call}, but no appointment has booking {uid}."]
    facts = []
    if appointment.get("status") not in DEAD_APPOINTMENT:
        facts.append(f"“abgesagt” was said in {call}, but appointment {appointment['id']} stands.")
    standing = [str(row["uid"]) for row in calcom.family(company_id, uid) if row["status"] in LIVE_BOOKING]
    if standing:
        facts.append(f"“abgesagt” was said in {call}, but booking {', '.join(standing)} stands at Cal.com.")
    return facts


def _moved(sentence: Row, ours: Ledger, calcom: CalcomBooks) -> list[str]:
    company_id, uid = int(sentence["company_id"]), str(sentence.get("calcom_booking_uid"))
    call = sentence.get("retell_call_id")
    family = calcom.family(company_id, uid)
    if not family:
        return [f"“verschoben” was said in {call}, but Cal.com holds no booking {uid}."]
    appointment = _appointment_of(sentence, ours, calcom)
    if appointment is None:
        return [f"“verschoben” was said in {call}, but no appointment has booking {uid}."]
    known = [str(row["uid"]) for row in family]
    facts = []
    if known.index(str(appointment["calcom_booking_uid"])) < known.index(uid):
        held = f"appointment {appointment['id']} still names {appointment['calcom_booking_uid']}"
        facts.append(f"“verschoben” was said in {call}, but {held}.")
    older = [str(row["uid"]) for row in family[: known.index(uid)] if row["status"] in LIVE_BOOKING]
    if older or known[0] == uid:
        text = f"booking {', '.join(older)} stands still" if older else f"booking {uid} was never moved"
        facts.append(f"“verschoben” was said in {call}, but {text}.")
    said, starts = sentence.get("starts_at"), family[known.index(uid)]["start"]
    if said and _instant(said) != _instant(starts):
        facts.append(f"{call} was told {said}, but booking {uid} begins {starts}.")
    return facts + _other_time(sentence, appointment)


_CLAIMS: Mapping[str, Callable[[Row, Ledger, CalcomBooks], list[str]]] = {
    "booked": _booked,
    "cancelled": _cancelled,
    "moved": _moved,
}


def _appointment_of(sentence: Row, ours: Ledger, calcom: CalcomBooks) -> Row | None:
    """The appointment of the booking that was named, or of what it was moved to."""
    uid = str(sentence.get("calcom_booking_uid"))
    uids = {uid, *(str(row["uid"]) for row in calcom.family(int(sentence["company_id"]), uid))}
    return next((row for row in ours.appointments if str(row.get("calcom_booking_uid")) in uids), None)


def _other_time(sentence: Row, appointment: Row) -> list[str]:
    """A later move excuses another time; then the appointment names another booking."""
    said = sentence.get("starts_at")
    if not said or appointment.get("calcom_booking_uid") != sentence.get("calcom_booking_uid"):
        return []
    if _instant(said) == _instant(appointment["starts_at"]):
        return []
    held = f"appointment {appointment['id']} begins {appointment['starts_at']}"
    return [f"{sentence.get('retell_call_id')} was told {said}, but {held}."]


def _call_back_without_request(sentence: Row, ours: Ledger) -> list[str]:
    promised = sentence.get("claim") == "callback" or CALLS_BACK.search(str(sentence.get("message")))
    if not promised:
        return []
    attempt, call = sentence.get("attempt_id"), sentence.get("retell_call_id")
    kept = any(
        row.get("retell_call_id") == call or (attempt is not None and row.get("attempt_id") == attempt)
        for row in ours.callbacks
    )
    return [] if kept else [f"{call} was promised a call back, and no request for one is kept."]


def _in_words_only(exchanges: Sequence[Exchange], ledger: Ledger, calcom: CalcomBooks) -> list[str]:
    """Answers the agent got, as a witness that does not depend on what the gateway says it said."""
    uids = {
        str(booking["uid"])
        for row in ledger.appointments
        for booking in calcom.family(int(row.get("company_id", 0)), row.get("calcom_booking_uid"))
    } | {str(row.get("calcom_booking_uid")) for row in ledger.appointments}
    facts = []
    for exchange in exchanges:
        if exchange.source is not Lane.AGENT or exchange.target is not Lane.GATEWAY:
            continue
        answer = privacy.json_of(exchange.response)
        facts += [
            f"{exchange.call_id} heard “{words.split()[-1]}” with status {answer.get('status')}."
            for words, status in SUCCESS_WORDS.items()
            if words in str(answer.get("message", "")) and answer.get("status") != status
        ]
        if answer.get("status") == "booked" and str(answer.get("appointment_id")) not in uids:
            facts.append(
                f"{exchange.call_id} was given {answer.get('appointment_id')}, which is in no ledger."
            )
    return facts


def _booked_in_silence(ours: Ledger, calcom: CalcomBooks, company_id: int) -> list[str]:
    told = {str(row.get("calcom_booking_uid")) for row in ours.sentences if row.get("claim") == "booked"}
    written = [*ours.outbox, *ours.callbacks]
    facts = []
    for row in ours.live_appointments():
        family = {str(each["uid"]) for each in calcom.family(company_id, row.get("calcom_booking_uid"))}
        if row.get("attempt_id") is None or not family or family & told:
            continue
        if not any(
            each.get("attempt_id") == row["attempt_id"] or each.get("appointment_id") == row["id"]
            for each in written
        ):
            facts.append(f"Appointment {row['id']} exists, and nobody was told or will be.")
    return facts


def _changed_in_silence(ours: Ledger) -> list[str]:
    """A finished cancellation or move is told in its call, or a message or a call back tells of it."""
    facts = []
    for attempt in ours.attempts:
        claim = _DONE_STATES.get(str(attempt.get("state")))
        if claim is None:
            continue
        said = any(
            row.get("claim") == claim and row.get("retell_call_id") == attempt.get("retell_call_id")
            for row in ours.sentences
        )
        written = any(row.get("attempt_id") == attempt["id"] for row in (*ours.outbox, *ours.callbacks))
        if not said and not written:
            facts.append(f"Attempt {attempt['id']} {claim} an appointment, and nobody was told or will be.")
    return facts


def _instant(text: object) -> datetime:
    return datetime.fromisoformat(str(text))
