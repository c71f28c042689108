"""Names that are no names, and numbers that are no numbers."""

from __future__ import annotations

import re

PLACEHOLDER_NAMES = frozenset(
    {
        "unbekannt",
        "unknown",
        "anonym",
        "anonymous",
        "anonym nony",
        "kunde",
        "name",
        "null",
        "none",
        "test",
        "n/a",
    }
)
"""What a model sends when the caller said no name (incident 1.26)."""

HIDDEN_NUMBERS = frozenset(
    {
        "anonymous",
        "unknown",
        "withheld",
        "restricted",
        "blocked",
        "private",
        "unterdrückt",
        "anonym",
        "00000000",
    }
)
"""How a hidden number arrives (incident 1.25)."""

FEWEST_DIGITS = 6

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")


def is_placeholder(name: str | None) -> bool:
    """Return whether a name is missing or only stands for one."""
    word = (name or "").strip().casefold()
    return len(word) < 2 or word in PLACEHOLDER_NAMES or not any(letter.isalpha() for letter in word)  # noqa: PLR2004


def visible_number(number: str | None) -> str | None:
    """Return a caller's number, or None where it is hidden or no number."""
    text = (number or "").strip()
    word = text.casefold()
    if word in HIDDEN_NUMBERS or word.startswith("anonymous"):
        return None
    return text if sum(digit.isdigit() for digit in text) >= FEWEST_DIGITS else None


def plausible_email(text: str | None) -> str | None:
    """Return an address, or None for what speech-to-text made of one: Cal.com refuses the whole booking for it."""
    address = (text or "").strip()
    return address if _EMAIL.fullmatch(address) else None
