"""German words and numbers of the page: times, spans, statuses, claims."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
_DAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
_SECOND_MS = 1000
_LONG_SPAN_MS = 60_000

CLAIMS = {
    "available": "frei",
    "booked": "gebucht",
    "pending": "angefragt",
    "timeout": "wird geprüft",
    "slot_taken": "vergeben",
    "slot_locked": "wird gerade gebucht",
    "unavailable": "nicht frei",
    "no_availability": "nichts frei",
    "closed": "geschlossen",
    "past_time": "vergangen",
    "booking_notice_violation": "zu kurzfristig",
    "needs_clarification": "Rückfrage",
    "invalid_date": "Datum unklar",
    "missing_customer_name": "Name fehlt",
    "missing_required_field": "Angabe fehlt",
    "duplicate_detected": "schon gebucht",
    "cancelled": "abgesagt",
    "rescheduled": "verschoben",
    "callback_queued": "Rückruf",
    "circuit_open": "technisches Problem",
    "error": "technisches Problem",
    "rate_limit_exceeded": "zu viele Anfragen",
    "low_confidence": "schlecht verstanden",
}
_PILL_KINDS = {
    "booked": "ok",
    "pending": "warn",
    "timeout": "warn",
    "callback_queued": "warn",
    "rate_limit_exceeded": "warn",
    "circuit_open": "bad",
    "error": "bad",
}


def claim_of(status: str) -> str:
    """What a status says, in the words of the page; the status itself when it is not known."""
    return CLAIMS.get(status, status)


def pill_kind(status: str) -> str:
    """The kind of a status pill: ok, warn, bad, or "" for grey."""
    return _PILL_KINDS.get(status, "")


def wall(at: datetime) -> str:
    """Local time of day, `10:00:04`."""
    return f"{at.astimezone(BERLIN):%H:%M:%S}"


def seconds_of(at: datetime) -> str:
    """Seconds of the minute with tenths, `04,1`."""
    local = at.astimezone(BERLIN)
    return f"{local.second:02d},{local.microsecond // 100_000}"


def clock_time(at: datetime) -> str:
    """Local hours and minutes, `14:00`."""
    return f"{at.astimezone(BERLIN):%H:%M}"


def short_day(at: datetime) -> str:
    """Weekday, day and time, `Mo 20.10. 14:00`."""
    local = at.astimezone(BERLIN)
    return f"{_DAYS[local.weekday()]} {local:%d.%m. %H:%M}"


def full_day(at: datetime) -> str:
    """Weekday and full date, `Mo 13.10.2025`."""
    local = at.astimezone(BERLIN)
    return f"{_DAYS[local.weekday()]} {local:%d.%m.%Y}"


def weekday(day: date) -> str:
    """Two letters of a weekday."""
    return _DAYS[day.weekday()]


def number(value: float) -> str:
    """A whole number with a thin group mark, `7 214`."""
    return f"{value:,.0f}".replace(",", "\u202f")


def span(milliseconds: float) -> str:
    """A length with its unit: `253 ms`, `7,2 s`, `2 min 5 s`."""
    if milliseconds < _SECOND_MS:
        return f"{milliseconds:.0f} ms"
    if milliseconds < _LONG_SPAN_MS:
        return f"{milliseconds / _SECOND_MS:.1f} s".replace(".", ",")
    minutes, seconds = divmod(round(milliseconds / _SECOND_MS), 60)
    return f"{minutes} min {seconds} s"


def elapsed(start: datetime, end: datetime) -> str:
    """Minutes and seconds between two instants, `0:36`."""
    minutes, seconds = divmod(max(0, int((end - start).total_seconds())), 60)
    return f"{minutes}:{seconds:02d}"


def phone(number_or_word: str) -> str:
    """A caller's number as people read it; the hidden one in words."""
    if not number_or_word.startswith("+49"):
        return "unterdrückt" if number_or_word == "anonymous" else number_or_word
    national = number_or_word[3:]
    groups = [national[:3]] + [national[at : at + 5] for at in range(3, len(national), 5)]
    return " ".join(["+49", *groups])


def instant(value: object) -> datetime | None:
    """An aware UTC instant from ISO text, None when it is none."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
