"""What looks like a day or a time and is none: each function returns where it ends."""

from __future__ import annotations

from app.domain.german.tokens import LOOK_AHEAD, Tokens
from app.domain.german.words import (
    ARTICLE,
    CARDINAL,
    CLOCK_WORD,
    GREETING,
    HALF,
    HOLIDAY,
    MONTH,
    MORGEN,
    NUMBER,
    ONE,
    ORDINAL,
    OTHER,
    PART,
    PUNCT,
    UNIT,
    WEEKDAY,
    WEEKEND,
)

_PHONE_DIGITS, _PHONE_GROUPS, _LONGEST_GROUP, _FOUR = 7, 4, 5, 4
_ISO_GROUPS, _TWO = 3, 2
_GREETED = (MORGEN, PART, WEEKDAY, WEEKEND, UNIT)
_NAMED = (WEEKDAY, MONTH, ORDINAL, PART, CARDINAL, MORGEN, WEEKEND, ONE, HOLIDAY, HALF)


def after_number(t: Tokens, i: int) -> int | None:
    """Return where a telephone number, a postcode or the like ends that begins here, or None."""
    length = len(t.kind) - LOOK_AHEAD
    j, digits, groups = i, 0, 0
    while j < length and (t.kind[j] in (NUMBER, CARDINAL) or (groups and t.value[j] in ("-", "/"))):
        if t.kind[j] != PUNCT:
            digits += 1 if t.kind[j] == CARDINAL else t.digits(j)
            groups += 1
        j += 1
    if t.value[j] == ":" or t.kind[j] == CLOCK_WORD or _is_span_or_iso(t, i, groups):
        return None
    is_group = t.kind[i] == NUMBER and t.word[i].isdigit() and t.digits(i) >= _LONGEST_GROUP
    return j if groups >= _PHONE_GROUPS or digits >= _PHONE_DIGITS or is_group else None


def is_written_date(t: Tokens, i: int) -> bool:
    """Return whether „17-10-2025“ or the like stands there: two, two and four digits without a blank."""
    numbers = t.kind[i] == t.kind[i + 2] == t.kind[i + 4] == NUMBER
    lengths = max(t.digits(i), t.digits(i + 2)) <= _TWO and t.digits(i + 4) == _FOUR
    return numbers and lengths and all(t.glued(j) for j in range(i + 1, i + 5))


def _is_span_or_iso(t: Tokens, i: int, groups: int) -> bool:
    """Return whether „1845-1955“ stands there, or a date as a machine writes it."""
    if groups == _ISO_GROUPS and is_written_date(t, i):
        return True
    if t.kind[i] != NUMBER or t.digits(i) != _FOUR or t.value[i + 1] != "-":
        return False
    if groups == _ISO_GROUPS:
        return max(t.digits(i + 2), t.digits(i + 4)) <= _TWO
    return groups == _ISO_GROUPS - 1 and t.digits(i + 2) == _FOUR


def is_greeting(t: Tokens, i: int) -> bool:
    """Return whether a „Morgen,“ at the beginning greets."""
    if i or t.value[i + 1] not in (",", "!"):
        return False
    name_follows = t.kind[i + 2] == OTHER and t.is_capital(i + 2)
    return name_follows or t.word[i + 2] in ("hier", "mein", "ich", "herr", "frau", "hallo")


def after_greeting(t: Tokens, i: int) -> int | None:
    """„guten Morgen“, „schönen Freitag noch“, „schönen guten Tag“."""
    if t.kind[i + 1] == GREETING:
        return i + 1
    return i + 2 if t.kind[i + 1] in _GREETED else None


def after_name(t: Tokens, i: int) -> int:
    """„Frau Freitag“, „mein Name ist Mai“."""
    j = i + 1
    while t.word[j] in ("ist", "lautet", "von", "doktor", "dr") or t.value[j] == ":":
        j += 1
    return j + 1 if t.kind[j] in _NAMED else j


def after_label(t: Tokens, i: int) -> int:
    """„Hausnummer 14“, „Straße des 17. Juni“: numbers that follow are no dates."""
    j = i + 1
    if t.kind[j] == ARTICLE and t.value[j] in ("des", "der") and t.kind[j + 1] in (NUMBER, ORDINAL):
        while t.kind[j] in (ARTICLE, NUMBER, ORDINAL, MONTH) or t.value[j] == ".":
            j += 1
        return j
    while t.value[j] in (":", ".") or t.word[j] in ("ist", "lautet", "unter"):
        j += 1
    while t.kind[j] in (NUMBER, CARDINAL) and t.kind[j + 1] != CLOCK_WORD:
        j += 1
    return j
