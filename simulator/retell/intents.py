"""What a caller wants besides a new appointment, by the words he uses for it; and which day is which in a move."""

from __future__ import annotations

import re
from enum import StrEnum

from simulator.retell.spoken_time import cut_day, cut_time


class Intent(StrEnum):
    """An errand that is not a booking."""

    CANCEL = "cancel"
    MOVE = "move"
    QUERY = "query"
    HOURS = "hours"
    SERVICES = "services"
    CALLBACK = "callback"


_APPOINTMENTS = r"(?:mein\w*|einen|welche)\s+(?:nächste\w*\s+)?termine?\b"
_WORDS: tuple[tuple[Intent, re.Pattern[str]], ...] = (
    (
        Intent.CALLBACK,
        re.compile(
            r"rückruf|zurückruf|zurück\s?rufen|ruf\w*\s+(?:sie\s+)?mich\b.*\b(?:an|zurück)\b", re.IGNORECASE
        ),
    ),
    (Intent.MOVE, re.compile(r"verschieb|verschob|verleg|umbuch|umgebucht", re.IGNORECASE)),
    (Intent.CANCEL, re.compile(r"absag|abgesagt|sag\w*\s+.*termin.*\bab\b|stornier", re.IGNORECASE)),
    (
        Intent.HOURS,
        re.compile(r"öffnungszeit|wann\s+(?:haben|seid|sind)\s+\w+\s+(?:auf|offen|geöffnet)", re.IGNORECASE),
    ),
    (
        Intent.SERVICES,
        re.compile(
            r"(?:was|welche\s+(?:dienst)?leistungen|was\s+alles)\s+(?:bieten|machen)\s+(?:sie|ihr)\b",
            re.IGNORECASE,
        ),
    ),
    (
        Intent.QUERY,
        re.compile(
            rf"wann\s+(?:ist|war|habe\s+ich|hab\s+ich|sind)\s+(?:denn\s+)?{_APPOINTMENTS}|"
            rf"welche\s+termine\s+habe?\s+ich|habe\s+ich\s+.*\btermine?\b.*\?",
            re.IGNORECASE,
        ),
    ),
)
_TO = re.compile(r"\bauf\b(?!\s+(?:den\s+)?namen\b)", re.IGNORECASE)


def intent_of(text: str) -> Intent | None:
    """The errand an utterance names, None for a booking or no errand at all."""
    return next((intent for intent, words in _WORDS if words.search(text)), None)


def from_and_to(text: str) -> tuple[tuple[str | None, str | None], tuple[str | None, str | None]]:
    """Day and time before the word „auf“, and those after it; without the word all of them come before it."""
    before, _, after = _parted(text)
    return _day_and_time(before), _day_and_time(after)


def _parted(text: str) -> tuple[str, str, str]:
    found = _TO.search(text)
    return (text, "", "") if found is None else (text[: found.start()], found[0], text[found.end() :])


def _day_and_time(text: str) -> tuple[str | None, str | None]:
    # the words of a day often hang on the article before them: „am fünfzehnten“
    day, rest = cut_day(text)
    at, _ = cut_time(rest)
    return day, at
