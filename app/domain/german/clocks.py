"""Patterns of clock times: digits, „N Uhr M“, halb, viertel, dreiviertel, „zehn vor halb sechs“."""

from __future__ import annotations

from app.domain.german.items import INVALID_CLOCK, Clock, Lead
from app.domain.german.tokens import Tokens
from app.domain.german.words import (
    AND,
    CARDINAL,
    CLOCK_WORD,
    HALF,
    MIDNIGHT,
    NUMBER,
    ONE,
    OR,
    OTHER,
    PART,
    PREPOSITION,
    PUNCT,
    QUARTER,
    SHORTLY,
    THREE_QUARTERS,
    UNIT,
)

Match = tuple[Clock, int] | None

HOURS, MINUTES, NOON, HUNDRED = 24, 60, 12, 100
FOUR_DIGITS, TWO_DIGITS = 4, 2
AFTER, BEFORE = ("nach", "über", "ab"), ("vor",)
_COUNTED = (
    "euro", "prozent", "personen", "leute", "kinder", "jahre", "jahren", "meter", "kilo", "mal", "termine", "plätze",
    "grad", "cent", "kilometer", "erwachsene", "person", "leuten", "personne", "männer", "frauen", "freunde",
)  # fmt: skip


def clock(t: Tokens, i: int, lead: Lead) -> Match:
    """Return the time that begins at a token; a bare number counts only after „um“ and the like."""
    kind = t.kind[i]
    if kind in (NUMBER, CARDINAL):
        found = _digital(t, i, lead) or _minutes_to(t, i) or _with_uhr(t, i) or _three_quarter_words(t, i)
        return found or (_bare(t, i, lead) if lead.bare or _spoken_pair(t, i) else _left_of_range(t, i, lead))
    if kind == ONE:
        return _with_uhr(t, i) if t.kind[i + 1] == CLOCK_WORD else _minutes_to(t, i)
    return {HALF: _half, QUARTER: _quarter, THREE_QUARTERS: _three_quarters, MIDNIGHT: _midnight,
            SHORTLY: _shortly}[kind](t, i) if kind in SPOKEN else None  # fmt: skip


def _midnight(_t: Tokens, i: int) -> Match:
    return Clock(0, literal=True, late=True), i + 1


def _shortly(t: Tokens, i: int) -> Match:
    """„kurz nach acht“: about eight."""
    if t.value[i + 1] not in ("nach", "vor"):
        return None
    found = clock(t, i + 2, Lead(bare=True))
    return (found[0]._replace(approximate=True), found[1]) if found else None


def _hour(t: Tokens, i: int) -> int | None:
    """Return the spoken hour at a token, or None."""
    if t.kind[i] not in (NUMBER, CARDINAL) or t.kind[i + 1] == UNIT or t.value[i] > HOURS:
        return None
    return int(t.value[i])


def _through_uhr(t: Tokens, i: int) -> int:
    return i + 1 if t.kind[i] == CLOCK_WORD else i


def _spoken(minutes: int, *, literal: bool = False, regional: bool = False) -> Clock:
    return Clock(minutes % (HOURS * MINUTES), literal=literal, regional=regional)


def _half(t: Tokens, i: int) -> Match:
    """„halb drei“ is half of the third hour."""
    hour = _hour(t, i + 1)
    if hour is None or t.value[i] == "halber":
        return None
    return _spoken(hour * MINUTES - 30, literal=hour > NOON), _through_uhr(t, i + 2)


def _quarter(t: Tokens, i: int) -> Match:
    """„Viertel vor drei“, „Viertel nach neun“, and „viertel drei“ = 14:15, which outsiders hear differently."""
    j, direction = i + 1, t.value[i + 1]
    if direction in (*AFTER, *BEFORE):
        hour = _hour(t, j + 1)
        if hour is None:
            return None
        minutes = hour * MINUTES + (15 if direction in AFTER else -15)
        return _spoken(minutes, literal=hour > NOON), _through_uhr(t, j + 2)
    if direction == "auf":
        j += 1
    return _part_of_hour(t, j, 45)


def _three_quarters(t: Tokens, i: int) -> Match:
    return _part_of_hour(t, i + 1, 15)


def _part_of_hour(t: Tokens, i: int, before: int) -> Match:
    hour = _hour(t, i)
    if hour is None:
        return None
    return _spoken(hour * MINUTES - before, literal=hour > NOON, regional=True), _through_uhr(t, i + 1)


def _three_quarter_words(t: Tokens, i: int) -> Match:
    """„drei viertel drei“, „3/4 drei“."""
    if t.value[i] != 3:  # noqa: PLR2004 - three quarters
        return None
    if t.kind[i + 1] == QUARTER:
        return _part_of_hour(t, i + 2, 15)
    return _part_of_hour(t, i + 3, 15) if t.value[i + 1] == "/" and t.word[i + 2] == "4" else None


def _digital(t: Tokens, i: int, lead: Lead) -> Match:
    """„14:30“, „14.30 Uhr“, „17h10“, „1430 Uhr“."""
    if t.kind[i] != NUMBER:
        return None
    mark = t.value[i + 1]
    if t.digits(i) == FOUR_DIGITS and (t.kind[i + 1] == CLOCK_WORD or _military_range(t, i, lead)):
        return _at(t.value[i] // 100, t.value[i] % 100, written=True), _through_uhr(t, i + 1)
    if mark not in (":", ".", "h") or t.kind[i + 2] != NUMBER or not t.glued(i + 1) or not t.glued(i + 2):
        return None
    if t.digits(i) > TWO_DIGITS or t.digits(i + 2) != TWO_DIGITS:
        return None
    after = i + 3
    if mark == "." and t.value[after] == "." and t.glued(after) and t.kind[after + 1] == NUMBER:
        return None
    if mark == ":" and t.value[after] == ":" and t.kind[after + 1] == NUMBER:
        after += 2
    if t.value[after] == "." and mark == ":" and t.kind[after + 1] == NUMBER and t.glued(after + 1):
        after += 2  # fractions of a second
    return _at(t.value[i], t.value[i + 2], written=True), _through_uhr(t, after)


def _military_range(t: Tokens, i: int, lead: Lead) -> bool:
    both = t.value[i + 1] == "-" and t.kind[i + 2] == NUMBER and t.digits(i + 2) == FOUR_DIGITS
    return both or (lead.connects and not lead.prepositions and t.value[i] < HOURS * 100)


def _at(hour: int, minute: int, *, written: bool = False) -> Clock:
    if hour > HOURS or minute >= MINUTES or (hour == HOURS and minute):
        return Clock(INVALID_CLOCK, literal=True)
    literal = hour > NOON or hour == 0
    return Clock(
        hour % HOURS * MINUTES + minute, literal=literal or hour == HOURS, written=written, late=hour == HOURS
    )


def _minutes_to(t: Tokens, i: int) -> Match:
    """„fünf nach drei“, „zehn Minuten vor halb sechs“."""
    j = i + 1
    count = 1 if t.kind[i] == ONE else t.value[i]
    if t.kind[j] == UNIT and t.value[j] == "minute":
        j += 1
    elif t.kind[i] == ONE:
        return None
    direction = t.value[j]
    if direction not in (*AFTER, *BEFORE) or t.kind[j] != PREPOSITION or not 0 < count < MINUTES:
        return None
    if t.kind[j + 1] == HALF:
        base = _half(t, j + 1)
    else:
        hour = _hour(t, j + 1)
        if hour is None or (t.value[j + 2] in (":", ".") and t.kind[j + 3] == NUMBER):
            return None
        base = _spoken(hour * MINUTES, literal=hour > NOON), _through_uhr(t, j + 2)
    if base is None:
        return None
    sign = 1 if direction in AFTER else -1
    return _spoken(base[0].minutes + sign * count, literal=base[0].literal), base[1]


def _with_uhr(t: Tokens, i: int) -> Match:
    """„14 Uhr“, „vierzehn Uhr dreißig“, „ein Uhr“, „sechs sechzehn Uhr“."""
    if t.kind[i + 1] != CLOCK_WORD:
        return _two_numbers_uhr(t, i)
    hour = 1 if t.kind[i] == ONE else t.value[i]
    minute, after = _minute(t, i + 2)
    if minute is None and _is_no_minute(t, i + 2):
        return Clock(INVALID_CLOCK, literal=True), i + 3
    return _at(hour, minute or 0), after


def _minute(t: Tokens, i: int) -> tuple[int | None, int]:
    """Return the minute after „Uhr“, unless the number belongs to what follows it."""
    j = i + 1 if t.kind[i] == AND else i
    if t.kind[j] not in (NUMBER, CARDINAL) or t.value[j] >= MINUTES:
        return None, i
    after = j + 1
    if t.kind[after] == UNIT and t.value[after] == "minute":
        return t.value[j], after + 1
    counts = (
        t.kind[after] == UNIT or t.word[after] in _COUNTED or (t.kind[after] == OTHER and t.is_capital(after))
    )
    dated = t.kind[after] == PUNCT and t.value[after] in ".:/" and t.kind[after + 1] not in ("end", OTHER)
    if counts or dated or t.kind[after] in ("month", CLOCK_WORD) or (j > i and counts):
        return None, i
    return t.value[j], after


def _is_no_minute(t: Tokens, i: int) -> bool:
    """„vierzehn Uhr fünfundsiebzig“."""
    return (
        t.kind[i] in (NUMBER, CARDINAL)
        and MINUTES <= t.value[i] < HUNDRED
        and t.kind[i + 1] in ("end", PUNCT, PART)
    )


def _two_numbers_uhr(t: Tokens, i: int) -> Match:
    """„sechs sechzehn Uhr“: 6:16 or, a slip of the tongue, 16 Uhr; both are asked about (section 5)."""
    if t.kind[i + 1] not in (NUMBER, CARDINAL) or t.kind[i + 2] != CLOCK_WORD or t.kind[i] != t.kind[i + 1]:
        return None
    first, second = t.value[i], t.value[i + 1]
    if first > HOURS or second >= MINUTES:
        return None
    found = _at(first, second)
    return (found._replace(other=second * MINUTES) if second < HOURS else found), i + 3


def _spoken_pair(t: Tokens, i: int) -> bool:
    """Return whether „vierzehn dreißig“ stands there: an hour and a full five minutes, both spoken."""
    if t.kind[i] != CARDINAL or t.kind[i + 1] != CARDINAL or t.kind[i + 2] in (CARDINAL, NUMBER, UNIT):
        return False
    if i and t.kind[i - 1] in (CARDINAL, NUMBER, OTHER):
        return False
    return t.value[i] in range(7, HOURS) and t.value[i + 1] in (15, 30, 45, 10, 20, 40, 50)


def _bare(t: Tokens, i: int, lead: Lead) -> Match:
    """„um drei“, „um acht dreißig“."""
    after, hour = i + 1, t.value[i]
    if (t.digits(i) > TWO_DIGITS and t.kind[i] == NUMBER) or hour > HOURS:
        return None
    stops = (
        t.kind[after] == UNIT
        or t.word[after] in _COUNTED
        or (t.value[after] == "." and (lead.day or lead.dotted_day) and t.kind[after + 1] != "end")
    )
    if stops or (t.value[after] == "." and t.kind[after + 1] in (NUMBER, "month")):
        return None
    if t.kind[after] == CARDINAL and 10 <= t.value[after] < MINUTES:  # noqa: PLR2004 - „um acht dreißig“
        return _at(hour, t.value[after]), after + 1
    return _at(hour, 0), after


def _left_of_range(t: Tokens, i: int, lead: Lead) -> Match:
    """„16-17 Uhr“, „drei oder vier Uhr“, „drei nachmittags“: the clock word comes later."""
    if (t.kind[i] == NUMBER and t.digits(i) > TWO_DIGITS) or t.value[i] > HOURS or lead.day:
        return None
    ties = (
        t.value[i + 1] in ("-", "/", "bis") or t.kind[i + 1] == OR or (lead.between and t.kind[i + 1] == AND)
    )
    if (
        ties
        and t.kind[i + 2] in (NUMBER, CARDINAL)
        and t.kind[i + 3] == CLOCK_WORD
        and t.value[i + 2] <= HOURS
    ):
        return _at(t.value[i], 0), i + 1
    if t.kind[i + 1] == PART and 0 < t.value[i] <= NOON and t.word[i + 1].endswith("s"):
        return _at(t.value[i], 0), i + 1
    return None


SPOKEN = (HALF, QUARTER, THREE_QUARTERS, MIDNIGHT, SHORTLY)
