"""Wish, said, ours, Cal.com: one row a wish, judged by comparing the two ledgers with what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from simulator.retell.conversation import Call, Exchange
from simulator.retell.evidence import Evidence
from simulator.retell.phrasing import BERLIN, claim_of, short_day


@dataclass(frozen=True, slots=True)
class BookRow:
    """A wish and what came of it. `kind` is ok, warn, bad, act or "" (grey), `verdict` its word."""

    start: datetime
    wish: str
    said: str
    ours: str
    ours_id: str
    calcom: str
    calcom_id: str
    verdict: str
    kind: str


def build_books(call: Call, evidence: Evidence) -> list[BookRow]:
    """The rows of a call, oldest wish first."""
    newest: dict[datetime, Exchange] = {}
    exchanges = call.exchanges
    for exchange in exchanges:
        start = wished_start(exchange, exchanges)
        if start is not None:
            newest[start] = exchange
    return [_row(start, exchange, evidence) for start, exchange in newest.items()]


def wished_start(exchange: Exchange, exchanges: Sequence[Exchange] = ()) -> datetime | None:
    """The instant (UTC) that a function was asked for: as the gateway understood the caller's words.

    A call that got no answer takes what another one of the same words was answered; written values need none.
    """
    words = _words(exchange)
    for other in (exchange, *(exchanges if any(words) else ())):
        if _words(other) == words and (start := _understood(other)) is not None:
            return start
    return _local(" ".join(str(word) for word in words), "%d.%m.%Y %H:%M")


def _words(exchange: Exchange) -> tuple[object, object]:
    args = exchange.args
    return args.get("new_datum", args.get("datum")), args.get("new_uhrzeit", args.get("uhrzeit"))


def _understood(exchange: Exchange) -> datetime | None:
    return _local(str((exchange.answer or {}).get("requested_time")), "%Y-%m-%d %H:%M")


def _local(text: str, form: str) -> datetime | None:
    try:
        wall = datetime.strptime(text, form)  # noqa: DTZ007 - a wall time, made aware in the next line
    except ValueError:
        return None
    return wall.replace(tzinfo=BERLIN).astimezone(UTC)


def _row(start: datetime, exchange: Exchange, evidence: Evidence) -> BookRow:
    ours, ours_id = _ours(start, evidence)
    calcom, calcom_id = _calcom(start, evidence)
    verdict, kind = _verdict(start, exchange, evidence)
    said = f"„{claim_of(exchange.status)}“" if exchange.status else "noch nichts"
    if exchange.error:
        said = "nichts"
    return BookRow(start, short_day(start), said, ours, ours_id, calcom, calcom_id, verdict, kind)


def _ours(start: datetime, evidence: Evidence) -> tuple[str, str]:
    if evidence.ledger is None:
        return "nicht geprüft", ""
    appointment = evidence.find_appointment(start)
    if appointment is not None:
        return "Termin", str(appointment.get("id", ""))
    attempt = evidence.find_attempt(start)
    if attempt is None:
        return "kein Termin", ""
    return ("Versuch offen", "") if attempt.get("state") == "open" else ("kein Termin, Versuch zu", "")


def _calcom(start: datetime, evidence: Evidence) -> tuple[str, str]:
    bookings = evidence.list_bookings_at(start)
    if not bookings:
        return "nichts gebucht", ""
    ours = [booking for booking in bookings if evidence.is_of_call(booking)]
    return ("unsere:" if ours else "fremd:"), str((ours or bookings)[0].get("uid", ""))


def _verdict(start: datetime, exchange: Exchange, evidence: Evidence) -> tuple[str, str]:
    """Whether what was said is true in both ledgers; a ledger that was not seen is never "stimmt"."""
    if exchange.answered_at is None:
        return "läuft", "act"
    if evidence.ledger is None:
        return "nicht geprüft", ""
    ours = evidence.find_appointment(start) is not None
    theirs = any(evidence.is_of_call(booking) for booking in evidence.list_bookings_at(start))
    attempt = evidence.find_attempt(start)
    if attempt is not None and attempt.get("state") == "open":
        return "noch offen", "warn"
    if exchange.status in ("booked", "pending"):
        return ("stimmt", "ok") if ours and theirs else ("stimmt nicht", "bad")
    return _verdict_without_success(exchange, ours, theirs, taken=bool(evidence.list_bookings_at(start)))


def _verdict_without_success(exchange: Exchange, ours: bool, theirs: bool, *, taken: bool) -> tuple[str, str]:
    """Nothing was said to be booked: so neither ledger may hold anything, or a message told it later."""
    if ours != theirs:
        return "stimmt nicht", "bad"
    if ours and exchange.status not in ("timeout", "duplicate_detected"):
        return "gebucht, nicht gesagt", "warn"
    if exchange.status == "available" and taken:
        return "seither vergeben", ""
    return "stimmt", "ok"
