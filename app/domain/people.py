"""Numbers that are no numbers, and addresses that are none."""

from __future__ import annotations

import re

HIDDEN_NUMBERS = frozenset(
    {
        "anonymous",
        "anonym",
        "unknown",
        "unbekannt",
        "withheld",
        "restricted",
        "blocked",
        "private",
        "unavailable",
        "unterdrückt",
        "no caller id",
    }
)
"""How a hidden number arrives: the only list there is (incident 1.25). So do numbers of zeros alone."""

FEWEST_DIGITS = 6

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")


def visible_number(number: str | None) -> str | None:
    """Return a caller's number, or None where it is hidden or no number."""
    text = (number or "").strip()
    word = text.casefold()
    if word in HIDDEN_NUMBERS or word.startswith(("anonymous", "sip:anonymous")):
        return None
    digits = [digit for digit in text if digit.isdigit()]
    return text if len(digits) >= FEWEST_DIGITS and set(digits) != {"0"} else None


def plausible_email(text: str | None) -> str | None:
    """Return an address, or None for what speech-to-text made of one: Cal.com refuses the whole booking for it."""
    address = (text or "").strip()
    return address if _EMAIL.fullmatch(address) else None
