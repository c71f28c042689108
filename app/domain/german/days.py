"""Patterns of days: each looks at the tokens from one position and returns what it found and where it ends."""

from __future__ import annotations

from app.domain.german.items import (
    Dated,
    Day,
    Holiday,
    InDays,
    InMinutes,
    InMonths,
    Lead,
    NextDays,
    Nth,
    Stretch,
    Vague,
    Weekday,
)
from app.domain.german.skips import is_written_date
from app.domain.german.tokens import Tokens
from app.domain.german.words import (
    ABOUT,
    AFTER_NEXT,
    AND,
    ARTICLE,
    CARDINAL,
    CLOCK_WORD,
    COMING,
    COMPOUND_HALF,
    EDGE,
    HALF,
    HALF_ADJECTIVE,
    HOLIDAY,
    HOLIDAY_PHRASES,
    HOLIDAYS_BY_NUMBER,
    LAST,
    MONTH,
    MORGEN,
    MOST_OF_A_KIND,
    NEXT,
    NUMBER,
    ONE,
    ORDINAL,
    OTHER,
    PART,
    PREPOSITION,
    PUNCT,
    QUARTER,
    RELATIVE,
    SHORT_WEEKDAY,
    THIS,
    THREE_QUARTERS,
    UNIT,
    WEEK_NUMBER,
    WEEKDAY,
    WEEKEND,
    WHICH,
)

Match = tuple[Day, int] | None

MOST_DAYS, MOST_MONTHS = 31, 12
FOUR_DIGITS, TWO_DIGITS = 4, 2
CENTURY = 2000
FARTHEST_OFFSET = 1_000
NO_SUCH_DAY = 10**9
"""„in N Wochen“ with a larger N ends beyond every calendar: the day is refused."""
SPOKEN_YEARS = range(20, 41)
OFFSETS = {THIS: 0, COMING: 1, NEXT: 1, AFTER_NEXT: 2, LAST: -1}
MINUTES = {"minute": 1, "hour": 60}
_FREE = ("freie", "freien", "freier", "verfügbare", "verfügbaren", "möglichen", "mögliche", "beste", "besten",
         "möglicher", "termin", "offenen")  # fmt: skip
_NOT_A_DAY = (*_FREE, "mal", "stock", "platz", "kind", "versuch", "besuch", "behandlung", "sitzung", "hand", "blick",
              "linie", "person", "sohn", "tochter", "zähnen", "teil", "klasse", "anruf")  # fmt: skip
_ORDINAL_DAY_CONNECTORS = ("bis", "auf", "zum")


def numeric_day(t: Tokens, i: int, lead: Lead) -> Match:
    """ISO dates, „16.10.“, „16. Oktober 2025“, „am 15.“, and „14.“ before „- 15.10.“."""
    return (
        _iso(t, i) or _slashed(t, i) or _dotted(t, i, lead) or _named_month(t, i) or _day_of_month(t, i, lead)
    )


def _iso(t: Tokens, i: int) -> Match:
    dashes = t.value[i + 1] == "-" and t.value[i + 3] == "-"
    numbers = t.kind[i + 2] == NUMBER and t.kind[i + 4] == NUMBER
    short = max(t.digits(i + 2), t.digits(i + 4)) <= TWO_DIGITS
    if not (dashes and numbers and short and t.digits(i) == FOUR_DIGITS and t.glued(i + 4)):
        return None
    after = i + 5
    if t.word[after] == "t" and t.glued(after):
        after += 1
    return Dated(t.value[i + 4], t.value[i + 2], t.value[i], named=True), after


def _slashed(t: Tokens, i: int) -> Match:
    """„17/10/2025“, „17-10-2025“: day, month, year, as some models write them."""
    mark = t.value[i + 1]
    if mark not in ("/", "-") or t.value[i + 3] != mark or not is_written_date(t, i):
        return None
    return Dated(t.value[i], t.value[i + 2], t.value[i + 4], named=True), i + 5


def _dotted(t: Tokens, i: int, lead: Lead) -> Match:
    day, month = t.value[i], t.value[i + 2]
    if t.value[i + 1] != "." or t.kind[i + 2] != NUMBER or max(t.digits(i), t.digits(i + 2)) > TWO_DIGITS:
        return None
    ends_in_dot = t.value[i + 3] == "." and (t.glued(i + 3) or t.kind[i + 4] == NUMBER)
    after = i + 4 if ends_in_dot else i + 3
    year, after = _year(t, after, short=ends_in_dot and t.glued(i + 4))
    could_be_clock = t.digits(i + 2) == TWO_DIGITS and year is None and not ends_in_dot
    if could_be_clock and (t.kind[i + 3] == CLOCK_WORD or (lead.bare and not lead.day and not lead.connects)):
        return None
    if (month > MOST_MONTHS or day > MOST_DAYS) and could_be_clock:
        return None
    cut = month == 1 and t.digits(i + 2) == 1 and not ends_in_dot
    return Dated(day, month, year, cut=cut), after


def _named_month(t: Tokens, i: int) -> Match:
    """„16. Oktober“, „3 Mai 2026“, „3-Mai-2026“, „vierten elften“, „3. fünfter 2026“."""
    j = i + 1
    if t.kind[j] == PUNCT and t.value[j] in ".-/":
        j += 1
    month_word = t.kind[j] == ORDINAL and t.value[j] <= MOST_MONTHS
    stands_alone = not t.is_capital(j + 1) or t.kind[j + 1] not in (OTHER, MONTH)
    if t.kind[j] != MONTH and not (month_word and stands_alone):
        return None
    month = t.value[j]
    named = t.kind[j] == MONTH
    j += 1
    if (
        t.kind[j] == PUNCT
        and t.value[j] in ".,-"
        and t.kind[j + 1] == NUMBER
        and t.value[j + 1] > CENTURY - 100
    ):
        j += 1
    year, j = _year(t, j, short=named)
    if year is None and t.value[j] == "." and t.glued(j) and t.kind[j + 1] != NUMBER:
        j += 1
    return Dated(t.value[i], month, year, named=True), j


def _year(t: Tokens, i: int, *, short: bool) -> tuple[int | None, int]:
    """Return a year and where it ends; a short one („14“) only where `short` says that one may stand."""
    if t.kind[i] == CARDINAL and t.value[i] == SPOKEN_YEARS[0] and t.value[i + 1] in SPOKEN_YEARS:
        return (CENTURY + t.value[i + 1], i + 2) if t.kind[i + 1] == CARDINAL else (None, i)
    clock_follows = t.kind[i + 1] == CLOCK_WORD or (t.value[i + 1] == ":" and t.kind[i + 2] == NUMBER)
    if t.kind[i] != NUMBER or clock_follows:
        return None, i
    value = t.value[i]
    if CENTURY - 100 <= value < CENTURY + 200:
        return value, i + 1
    if t.digits(i) == FOUR_DIGITS and t.glued(i):
        return value, i + 1  # a year no appointment has: the day is refused, not guessed
    spelled = t.value[i + 1] == "." and t.kind[i + 2] == NUMBER
    if short and t.digits(i) == TWO_DIGITS and value >= 10 and not spelled:  # noqa: PLR2004 - „3. Mai um 9“
        return CENTURY + value, i + 1
    return None, i


def _day_of_month(t: Tokens, i: int, lead: Lead) -> Match:
    day, dot = t.value[i], t.value[i + 1] == "."
    after = i + 2 if dot else i + 1
    if t.digits(i) > TWO_DIGITS or t.kind[after] in (CLOCK_WORD, UNIT, MONTH) or t.value[i + 1] == ":":
        return None
    if (lead.day or (dot and lead.dotted_day)) and day >= 1 and (dot or day <= MOST_DAYS):
        return (Dated(day, None), after) if not _counts_a_thing(t, after) else None
    return (Dated(day, None), after) if _ends_in_a_date(t, after, lead) else None


def _counts_a_thing(t: Tokens, i: int) -> bool:
    return t.word[i] in _NOT_A_DAY


def _ends_in_a_date(t: Tokens, i: int, lead: Lead) -> bool:
    """Return whether „bis 15. Juli“ or the like follows, from which a day takes its month."""
    if t.value[i] not in ("-", *_ORDINAL_DAY_CONNECTORS) and not (lead.between and t.kind[i] == AND):
        return False
    j = i + 1
    while t.kind[j] == ARTICLE or (t.kind[j] == PREPOSITION and t.value[j] in ("zum", "auf")):
        j += 1
    if t.kind[j] != NUMBER:
        return False
    right = _dotted(t, j, Lead(day=True)) or _named_month(t, j)
    return right is not None


def ordinal_day(t: Tokens, i: int, lead: Lead) -> Match:  # noqa: PLR0911 - one line a pattern
    """„dritten November“, „vierten elften“, „am fünften“, „erster Freitag im Mai“, „zweiter Advent“."""
    if t.value[i] <= MOST_OF_A_KIND.get(t.word[i + 1], 0):
        year, after = _year(t, i + 2, short=False)
        return Holiday(HOLIDAYS_BY_NUMBER[t.word[i + 1]], year, t.value[i]), after
    if t.word[i + 1] in _FREE:
        return Vague("asap"), i + 2
    if found := _nth(t, i, t.value[i]) or _named_month(t, i):
        return found
    if (t.value[i + 1] == "/" and t.kind[i + 2] == NUMBER) and t.value[i + 2] <= MOST_MONTHS:
        return Dated(t.value[i], t.value[i + 2], named=True), i + 3
    if t.kind[i + 1] == NUMBER and t.value[i + 2] == "." and t.value[i + 1] <= MOST_MONTHS:
        return Dated(t.value[i], t.value[i + 1], named=True), i + 3
    if (
        (lead.day or lead.dotted_day)
        and not _counts_a_thing(t, i + 1)
        and t.kind[i + 1] not in (UNIT, WEEKDAY)
    ):
        return Dated(t.value[i], None), i + 1
    return None


def _nth(t: Tokens, i: int, nth: int) -> Match:
    counted = {WEEKDAY: t.value[i + 1], UNIT: {"day": None, "week": 7}.get(t.value[i + 1], -1)}
    weekday = counted.get(t.kind[i + 1], -1)
    if weekday == -1 or t.value[i + 2] not in ("im", "in", "des", "von", "vom"):
        return None
    if t.kind[i + 3] != MONTH:
        return None
    year, after = _year(t, i + 4, short=False)
    return Nth(nth, weekday, t.value[i + 3], year), after


def weekday(t: Tokens, i: int, lead: Lead) -> Match:
    """„Mittwoch“, „Freitag nach dem nächsten“."""
    after = i + 1
    if t.kind[i] == SHORT_WEEKDAY:
        if t.value[after] == "." and t.glued(after):
            after += 1
        elif t.kind[after] == PREPOSITION and t.is_capital(i):
            pass
        elif t.kind[after] not in (NUMBER, "end") and t.value[after] != "," and not lead.day:
            return None
    if t.value[after] == "nach" and t.value[after + 1] == "dem" and t.value[after + 2] == NEXT:
        return Weekday(t.value[i], weeks_on=1), after + 3
    return Weekday(t.value[i]), after


def sunday_short(t: Tokens, i: int) -> Match:
    """„So 27.02.“: only before a written date is it a Sunday."""
    after = i + 1
    if t.value[after] in (".", ","):
        after += 1
    dated = t.kind[after] == NUMBER and t.value[after + 1] == "." and t.kind[after + 2] in (NUMBER, MONTH)
    return (Weekday(6), after) if dated and t.is_capital(i) else None


def relative_day(t: Tokens, i: int, _lead: Lead) -> Match:
    """„heute“, „übermorgen“, „gestern“."""
    return InDays(t.value[i]), i + 1


def which(t: Tokens, i: int, _lead: Lead) -> Match:  # noqa: PLR0911 - one line a pattern
    """„nächsten Mittwoch“, „kommende Woche“, „die nächsten drei Tage“, „letzter Freitag im Mai“."""
    name, j = t.value[i], i + 1
    kind, value = t.kind[j], t.value[j]
    if name == LAST and (found := _nth(t, i, -1)):
        return found
    if kind in (WEEKDAY, SHORT_WEEKDAY):
        return Weekday(value, name), j + 1
    if kind == WEEKEND:
        return Stretch("weekend", OFFSETS[name], split=name == NEXT), j + 1
    if kind == UNIT and value in ("week", "month", "year"):
        return Stretch(value, OFFSETS[name]), j + 1
    if kind in (PART, MORGEN) and name == THIS:
        return InDays(0), j
    if t.word[j] in _FREE and name in (NEXT, COMING):
        return Vague("asap"), j + 1
    if kind in (NUMBER, CARDINAL) and t.kind[j + 1] == UNIT and name in (NEXT, COMING):
        days = {"day": 1, "week": 7}.get(t.value[j + 1], 0)
        return (NextDays(value * days), j + 2) if days and value else None
    return (Stretch("month", number=value), j + 1) if kind == MONTH else None


def edge(t: Tokens, i: int, _lead: Lead) -> Match:
    """„Anfang nächster Woche“, „Ende der Woche“, „Mitte November“."""
    j = i + 1
    while t.kind[j] == ARTICLE or t.value[j] == "von":
        j += 1
    offset = 0
    if t.kind[j] == WHICH:
        offset, j = OFFSETS[t.value[j]], j + 1
    if t.kind[j] == UNIT and t.value[j] in ("week", "month", "year"):
        return Stretch(t.value[j], offset, edge=t.value[i]), j + 1
    if t.kind[j] == MONTH:
        year, after = _year(t, j + 1, short=False)
        return Stretch("month", number=t.value[j], year=year, edge=t.value[i]), after
    return None


def unit(t: Tokens, i: int, lead: Lead) -> Match:
    """„in der Woche“, „unter der Woche“: the present one; „Tag der Arbeit“; „43. KW“ is elsewhere."""
    if t.value[i] == "day":
        return holiday_phrase(t, i)
    if t.value[i] == "week" and lead.day and "in" in lead.prepositions:
        return Stretch("week", 0), i + 1
    return None


def weekend(_t: Tokens, i: int, _lead: Lead) -> Match:
    """„am Wochenende“."""
    return Stretch("weekend", 0), i + 1


def month(t: Tokens, i: int, lead: Lead) -> Match:
    """„im November“; without a word before it, a month may be a name."""
    year, after = _year(t, i + 1, short=False)
    if year is None and not lead.prepositions:
        return None
    return Stretch("month", number=t.value[i], year=year), after


def week_number(t: Tokens, i: int, _lead: Lead) -> Match:
    """„KW 43“."""
    return (
        (Stretch("iso_week", number=t.value[i + 1]), i + 2) if t.kind[i + 1] in (NUMBER, CARDINAL) else None
    )


def numbered_week(t: Tokens, i: int) -> Match:
    """„43. Kalenderwoche“."""
    after = i + 2 if t.value[i + 1] == "." else i + 1
    return (Stretch("iso_week", number=t.value[i]), after + 1) if t.kind[after] == WEEK_NUMBER else None


def holiday(t: Tokens, i: int, _lead: Lead) -> Match:
    """„Ostermontag 2018“."""
    year, after = _year(t, i + 1, short=False)
    return Holiday(t.value[i], year), after


def holiday_phrase(t: Tokens, i: int) -> Match:
    """„Tag der Deutschen Einheit“, „Heilig Abend“."""
    for words, name in HOLIDAY_PHRASES.get(t.word[i], ()):
        after = i + 1 + len(words)
        if tuple(t.word[i + 1 : after]) == words:
            year, after = _year(t, after, short=False)
            return Holiday(name, year), after
    return None


def other_words(t: Tokens, i: int, _lead: Lead) -> Match:
    """„zwischen den Jahren“, „so bald wie möglich“, holidays of more than one word."""
    word = t.word[i]
    if word in HOLIDAY_PHRASES:
        return holiday_phrase(t, i)
    if word in ("bald", "schnell", "früh", "zeitnah") and t.word[i + 1] == "wie":
        return Vague("asap"), i + 3
    if word in ("bald", "schnell", "zeitnah") and i and t.kind[i - 1] == ABOUT:
        return Vague("asap"), i + 1
    return None


def offset(t: Tokens, i: int) -> Match:
    """„in 14 Tagen“, „vor drei Wochen“, „in anderthalb Stunden“, „heute über acht Tage“; `i` is at „in“."""
    sign = -1 if t.value[i] == "vor" else 1
    j = i + 1
    while t.kind[j] in (ABOUT, ARTICLE) or t.value[j] == "gegen":
        j += 1
    amount = _amount(t, j)
    if amount is None or t.kind[amount[1]] != UNIT:
        return None
    if amount[0] > FARTHEST_OFFSET:
        return InDays(NO_SUCH_DAY, offset=True), amount[1] + 1
    count, j = amount
    name, after = t.value[j], j + 1
    if name in MINUTES:
        return InMinutes(sign * round(count * MINUTES[name])), after
    if name == "month":
        return InMonths(sign * round(count)), after
    if name == "year":
        return InMonths(sign * 12 * round(count)), after
    days = round(count * (7 if name == "week" else 1))
    return InDays(sign * days, eight=sign > 0 and name == "day" and days == 8, offset=sign > 0), after  # noqa: PLR2004


def _amount(t: Tokens, i: int) -> tuple[float, int] | None:  # noqa: PLR0911 - one line a pattern
    kind, value = t.kind[i], t.value[i]
    if kind == NUMBER and t.value[i + 1] == "," and t.kind[i + 2] == NUMBER and t.glued(i + 2):
        return float(f"{value}.{t.word[i + 2]}"), i + 3
    if kind == ONE and t.kind[i + 1] in (HALF_ADJECTIVE, HALF):
        return 0.5, i + 2
    if kind == ONE and t.kind[i + 1] in (QUARTER, THREE_QUARTERS):
        return (0.25 if t.kind[i + 1] == QUARTER else 0.75), i + 2
    if kind == ONE:
        return 1, i + 1
    if kind in (NUMBER, CARDINAL):
        if t.kind[i + 1] == ONE and t.kind[i + 2] in (HALF, HALF_ADJECTIVE):
            return value + 0.5, i + 3
        return value, i + 1
    if kind == COMPOUND_HALF:
        return value + 0.5, i + 1
    return {HALF_ADJECTIVE: (0.5, i + 1), QUARTER: (0.25, i + 1), THREE_QUARTERS: (0.75, i + 1)}.get(kind)


def duration(t: Tokens, i: int) -> int | None:
    """Return where a length of time ends („eine halbe Stunde“, „30 Minuten“), or None."""
    amount = _amount(t, i)
    if amount is None or t.kind[amount[1]] != UNIT or (t.value[amount[1]] == "day" and t.kind[i] == ONE):
        return None
    return amount[1] + 1


PATTERNS = {
    NUMBER: numeric_day,
    ORDINAL: ordinal_day,
    WEEKDAY: weekday,
    SHORT_WEEKDAY: weekday,
    RELATIVE: relative_day,
    WHICH: which,
    EDGE: edge,
    UNIT: unit,
    WEEKEND: weekend,
    MONTH: month,
    WEEK_NUMBER: week_number,
    HOLIDAY: holiday,
    OTHER: other_words,
}
"""Which pattern may begin at a token of a kind."""
