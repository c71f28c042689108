"""What the scripted agent makes of a German utterance: words of days and times, names, numbers, consent.

Only the shapes a developer types. Days and times stay the caller's words, as a language model passes them on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulator.retell.intents import Intent, intent_of
from simulator.retell.spoken_time import cut_day, cut_time

_DAY_WORDS = (
    "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonnabend", "sonntag", "januar", "februar",
    "märz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "dezember", "morgen", "heute",
)  # fmt: skip
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

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SPOKEN_EMAIL = re.compile(r"([\w.+-]+)\s+(?:at|ät)\s+([\w-]+(?:\s+punkt\s+\w+)+)", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.])\+?\d(?:[\d /-]{5,})\d\b")
_NAME = r"[A-ZÄÖÜ][\w’'-]+(?:\s+(?:von|van|de|zu|der|den))*(?:\s+[A-ZÄÖÜ][\w’'-]+){0,3}"
_NAMED_AS = re.compile(
    r"(?:[Mm]ein Name (?:ist|lautet)|[Nn]ame:?|[Ii]ch heiße|[Ii]ch bin|[Hh]ier (?:ist|spricht)|"
    r"[Aa]uf(?: den)?(?: Namen)?)\s+((?:Frau |Herrn? |Dr\. )?" + _NAME + ")"
)
_NO_NAMES = {"wiederhören", "wiedersehen", "uhr", "termin", "name", "namen", *_DAY_WORDS}
_YES = re.compile(
    r"\b(ja|jawohl|gerne?|genau|passt|einverstanden|okay|ok|in ordnung|bitte buchen|buchen sie)\b",
    re.IGNORECASE,
)
_NO = re.compile(r"\b(nein|lieber nicht|doch nicht|nicht buchen|abbrechen)\b", re.IGNORECASE)
_BYE = re.compile(r"\b(auf wiederhören|auf wiedersehen|tschüss|ciao)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one utterance held; `day` and `at` in the caller's own words."""

    day: str | None = None
    at: str | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    service: str | None = None
    choice: int | None = None
    yes: bool = False
    no: bool = False
    bye: bool = False
    intent: Intent | None = None


def hear(text: str, *, expects_name: bool = False, services: tuple[str, ...] = SERVICES) -> Heard:
    """Find what a sentence holds. Nothing is converted: what a day or a time means, the gateway says."""
    email, rest = _email(text)
    day, rest = cut_day(rest)
    phone, rest = _phone(rest)
    at, rest = cut_time(rest)
    return Heard(
        day=day,
        at=at,
        name=_name(rest, expects_name=expects_name),
        phone=phone,
        email=email,
        service=_service(text, services),
        choice=_choice(text),
        yes=bool(_YES.search(text)),
        no=bool(_NO.search(text)),
        bye=bool(_BYE.search(text)),
        intent=intent_of(text),
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
