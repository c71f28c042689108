"""What the scripted agent makes of a German utterance: dates, times, names, numbers, consent.

Only the shapes a developer types; the gateway's own grammar is another program on purpose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time, timedelta

MONTHS = (
    "januar", "februar", "märz", "april", "mai", "juni",
    "juli", "august", "september", "oktober", "november", "dezember",
)  # fmt: skip
WEEKDAYS = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")
SERVICES = (
    "Haarschnitt", "Beratung", "Färben", "Bartpflege", "Föhnen", "Erstgespräch", "Kontrolle", "Therapie",
)  # fmt: skip
_SPOKEN_SERVICES = {
    "haare schneiden": "Haarschnitt",
    "schneiden lassen": "Haarschnitt",
    "bart": "Bartpflege",
    "färbung": "Färben",
    "farbe": "Färben",
    "fönen": "Föhnen",
}
_ORDINALS = {"erste": 0, "ersten": 0, "erster": 0, "zweite": 1, "zweiten": 1, "zweiter": 1}

_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_DOTTED = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})(?:\.(?:\s?(\d{4}))?)?(?!\d|\s*Uhr)", re.IGNORECASE)
_NAMED = re.compile(r"\b(\d{1,2})\.?\s+(" + "|".join(MONTHS) + r")\b(?:\s+(\d{4})\b)?", re.IGNORECASE)
_WEEKDAY = re.compile(r"\b(" + "|".join((*WEEKDAYS, "sonnabend")) + r")\b", re.IGNORECASE)
_TOMORROW = re.compile(r"(?<!guten )(?<!am )(?<!heute )\bmorgen\b", re.IGNORECASE)
_CLOCK = re.compile(r"\b([01]?\d|2[0-4])(?::([0-5]\d)\b(?:\s*Uhr)?|\.([0-5]\d)\s*Uhr)", re.IGNORECASE)
_HOUR = re.compile(r"\b([01]?\d|2[0-4])\s*Uhr(?:\s*([0-5]\d)\b)?", re.IGNORECASE)
_AT_HOUR = re.compile(r"\b(?:um|gegen)\s+([01]?\d|2[0-4])\b(?![.:]?\d)", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SPOKEN_EMAIL = re.compile(r"([\w.+-]+)\s+(?:at|ät)\s+([\w-]+(?:\s+punkt\s+\w+)+)", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.])\+?\d(?:[\d /-]{5,})\d\b")
_NAME = r"[A-ZÄÖÜ][\w’'-]+(?:\s+(?:von|van|de|zu|der|den))*(?:\s+[A-ZÄÖÜ][\w’'-]+){0,3}"
_NAMED_AS = re.compile(
    r"(?:[Mm]ein Name (?:ist|lautet)|[Nn]ame:?|[Ii]ch heiße|[Ii]ch bin|[Hh]ier (?:ist|spricht)|"
    r"[Aa]uf(?: den)?(?: Namen)?)\s+((?:Frau |Herrn? |Dr\. )?" + _NAME + ")"
)
_NO_NAMES = {"wiederhören", "wiedersehen", "uhr", "termin", "name", "namen", *WEEKDAYS, *MONTHS}
_YES = re.compile(
    r"\b(ja|jawohl|gerne?|genau|passt|einverstanden|okay|ok|in ordnung|bitte buchen|buchen sie)\b",
    re.IGNORECASE,
)
_NO = re.compile(r"\b(nein|lieber nicht|doch nicht|nicht buchen|abbrechen)\b", re.IGNORECASE)
_BYE = re.compile(r"\b(auf wiederhören|auf wiedersehen|tschüss|ciao)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one utterance held; `day_is_impossible` for a date no calendar has (31. November)."""

    day: date | None = None
    day_is_impossible: bool = False
    at: time | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    service: str | None = None
    choice: int | None = None
    yes: bool = False
    no: bool = False
    bye: bool = False


def hear(
    text: str, *, today: date, expects_name: bool = False, services: tuple[str, ...] = SERVICES
) -> Heard:
    """Find what a sentence holds; `today` is the caller's local day, from which weekdays are counted."""
    email, rest = _email(text)
    day, impossible, rest = _day(rest, today)
    at, rest = _time(rest)
    phone, rest = _phone(rest)
    return Heard(
        day=day,
        day_is_impossible=impossible,
        at=at,
        name=_name(rest, expects_name=expects_name),
        phone=phone,
        email=email,
        service=_service(text, services),
        choice=_choice(text),
        yes=bool(_YES.search(text)),
        no=bool(_NO.search(text)),
        bye=bool(_BYE.search(text)),
    )


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} | {text[found.end() :]}"


def _email(text: str) -> tuple[str | None, str]:
    if found := _EMAIL.search(text):
        return found[0], _without(text, found)
    if found := _SPOKEN_EMAIL.search(text):
        domain = re.sub(r"\s+punkt\s+", ".", found[2], flags=re.IGNORECASE)
        return f"{found[1]}@{domain}", _without(text, found)
    return None, text


def _day(text: str, today: date) -> tuple[date | None, bool, str]:
    """A day, whether it was an impossible one, and the text without it. A date wins over a weekday."""
    if found := _ISO.search(text):
        day = _date(int(found[1]), int(found[2]), int(found[3]))
    elif found := _NAMED.search(text):
        day = _dated(int(found[1]), MONTHS.index(found[2].lower()) + 1, found[3], today)
    elif found := _DOTTED.search(text):
        day = _dated(int(found[1]), int(found[2]), found[3], today)
    else:
        return _relative_day(text, today)
    return day, day is None, _without(text, found)


def _relative_day(text: str, today: date) -> tuple[date | None, bool, str]:
    if found := _WEEKDAY.search(text):
        weekday = WEEKDAYS.index(found[1].lower().replace("sonnabend", "samstag"))
        ahead = (weekday - today.weekday() - 1) % 7 + 1  # strictly after today
        return today + timedelta(days=ahead), False, _without(text, found)
    for pattern, ahead in ((r"\bübermorgen\b", 2), (_TOMORROW, 1), (r"\bheute\b", 0)):
        found = re.search(pattern, text, 0 if isinstance(pattern, re.Pattern) else re.IGNORECASE)
        if found:
            return today + timedelta(days=ahead), False, _without(text, found)
    return None, False, text


def _dated(day: int, month: int, year: str | None, today: date) -> date | None:
    if year:
        return _date(int(year), month, day)
    this_year = _date(today.year, month, day)
    return this_year if this_year and this_year >= today else _date(today.year + 1, month, day)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _time(text: str) -> tuple[time | None, str]:
    for pattern in (_CLOCK, _HOUR, _AT_HOUR):
        if found := pattern.search(text):
            minute = next((part for part in found.groups()[1:] if part), "0")
            return time(int(found[1]) % 24, int(minute)), _without(text, found)
    return None, text


def _phone(text: str) -> tuple[str | None, str]:
    if found := _PHONE.search(text):
        return re.sub(r"[ /-]", "", found[0]), _without(text, found)
    return None, text


def _name(text: str, *, expects_name: bool) -> str | None:
    for found in _NAMED_AS.finditer(text):
        if found[1].split()[0].lower() not in _NO_NAMES:
            return found[1]
    if expects_name and (
        alone := re.fullmatch(rf"\s*(?:[Jj]a,?\s+)?({_NAME})(?:,?\s+bitte)?\s*[.!|]?\s*", text)
    ):
        return None if alone[1].split()[0].lower() in {"ja", "nein", "bitte", *_NO_NAMES} else alone[1]
    return None


def _service(text: str, services: tuple[str, ...]) -> str | None:
    lowered = text.lower()
    for name in services:
        if name.lower() in lowered:
            return name
    return next(
        (name for words, name in _SPOKEN_SERVICES.items() if name in services and words in lowered), None
    )


def _choice(text: str) -> int | None:
    words = re.findall(r"\w+", text.lower())
    return next((_ORDINALS[word] for word in words if word in _ORDINALS), None)
