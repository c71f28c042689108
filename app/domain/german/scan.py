"""One walk over the tokens: what may begin here is tried, the longest find wins, all else is passed over.

The words before a find („nicht“, „ab“, „so gegen“) are collected in a `Lead`; any word that is none of them
clears it. What looks like a date and is none is passed over as a whole: greetings, names, streets, telephone
numbers, lengths of time, dates of birth.
"""

from __future__ import annotations

from collections.abc import Callable

from app.domain.german.clocks import clock
from app.domain.german.days import (
    PATTERNS,
    duration,
    numbered_week,
    offset,
    other_words,
    sunday_short,
)
from app.domain.german.items import (
    CLOCK,
    DAY,
    PART,
    THIS_TIME,
    Clock,
    Dated,
    Day,
    Found,
    InDays,
    Item,
    Lead,
    Vague,
)
from app.domain.german.skips import after_greeting, after_label, after_name, after_number, is_greeting
from app.domain.german.tokens import LOOK_AHEAD, Tokens
from app.domain.german.words import (
    ABOUT,
    AND,
    ARTICLE,
    ASAP,
    BIRTH,
    BREAK,
    CARDINAL,
    CORRECTION,
    EARLIEST,
    END,
    GREETING,
    HALF,
    HALF_ADJECTIVE,
    INSTEAD,
    LABEL,
    LATEST,
    MIDNIGHT,
    MONTH,
    MORGEN,
    MOVE,
    NOT,
    NOW,
    NUMBER,
    ONE,
    OR,
    ORDINAL,
    OTHER,
    PREPOSITION,
    PUNCT,
    QUARTER,
    SHADE,
    SHORTLY,
    THIS,
    THREE_QUARTERS,
    TITLE,
    WEEKDAY,
    WHICH,
)
from app.domain.german.words import PART as PART_WORD

NEGATED = "negated"
"""A tie of our own making: what was said in this clause does not suit („Montag geht nicht“)."""

_CLOCK_STARTS = (NUMBER, CARDINAL, ONE, HALF, QUARTER, THREE_QUARTERS, MIDNIGHT, SHORTLY)
_OPENS = {"ab": "after", "nach": "after", "bis": "before", "vor": "before"}
_LOOSE_ENDS = {
    "so": None, "ähnlich": None, "später": "after", "danach": "after", "früher": "before", "davor": "before",
}  # fmt: skip
"""„oder so“, „oder später“: no choice, but a colour of what was said."""
_SAME = ("gleiche", "gleichen", "selbe", "selben", "dieselbe", "derselben")
_BARE = ("um", "gegen", "ab", "nach", "bis", "vor", "von", "zwischen", "auf")
_DAY_WORDS = ("am", "vom", "zum")
_DOTTED_DAY_WORDS = ("ab", "bis", "auf", "für")
"""Before „15.“ they lead to a day, before „15“ to an hour."""


def scan(tokens: Tokens, *, is_time_field: bool = False) -> Found:
    """Return what a text says of days and times, in order; time grows with the number of tokens only."""
    return _Scan(tokens, is_time_field).run()


class _Scan:
    """The state of one walk."""

    def __init__(self, tokens: Tokens, is_time_field: bool) -> None:
        self.t = tokens
        self.length = len(tokens.kind) - LOOK_AHEAD
        self.found = Found()
        self.is_time_field = is_time_field
        self.lead = self._fresh()
        self.clause = 0
        """Index of the first item of the present clause."""
        self.pending_not = False
        """A „nicht“ that no item has followed yet."""

    def run(self) -> Found:
        """Walk to the end."""
        i = 0
        while i < self.length:
            i = self.find(i) or HANDLERS.get(self.t.kind[i], _Scan.pass_over)(self, i)
        self.settle_not()
        return self.found

    def _fresh(self) -> Lead:
        return Lead(bare=self.is_time_field)

    # --- finds

    def find(self, i: int) -> int | None:  # noqa: PLR0911 - one line a kind of find
        """Add the day or clock that begins at a token; return where it ends, None when nothing does."""
        t, kind = self.t, self.t.kind[i]
        if kind in (OTHER, PUNCT):
            return self._words(i) if kind == OTHER else None
        if kind == WHICH and t.value[i] == THIS and t.word[i + 1] == "zeit":
            return self.add(CLOCK, Clock(THIS_TIME, literal=True), i, i + 2)
        if self.lead.owned and not (self.found.items and self.found.items[-1].kind == PART):
            return None
        if kind in (NUMBER, CARDINAL) and (end := after_number(t, i)):
            self.lead = self._fresh()
            return end
        day = self._day(i)
        time = clock(t, i, self.lead) if kind in _CLOCK_STARTS else None
        if time and (day is None or self._clock_wins(i, time[1], day[1])):
            return self.add(CLOCK, time[0], i, time[1])
        if day:
            return self.add(DAY, day[0], i, day[1])
        if kind in (NUMBER, CARDINAL, ONE, HALF_ADJECTIVE, QUARTER, THREE_QUARTERS) and (
            end := duration(t, i)
        ):
            self.lead = self._fresh()
            return end
        return None

    def _words(self, i: int) -> int | None:
        if self.t.word[i] in _SAME and self.t.word[i + 1] == "zeit":
            return self.add(CLOCK, Clock(THIS_TIME, literal=True), i, i + 2)
        found = other_words(self.t, i, self.lead)
        return self.add(DAY, found[0], i, found[1]) if found else None

    def _day(self, i: int) -> tuple[Day, int] | None:
        kind = self.t.kind[i]
        if kind == NUMBER:
            if found := numbered_week(self.t, i):
                return found
            if self.is_time_field and self.t.digits(i) <= 2 and self.t.value[i + 1] != ".":  # noqa: PLR2004
                return None
        pattern = PATTERNS.get(kind)
        return pattern(self.t, i, self.lead) if pattern else None

    def _clock_wins(self, i: int, clock_end: int, day_end: int) -> bool:
        """Return whether „11.05“ is a time: after „um“, or when its date is already said."""
        if clock_end != day_end:
            return clock_end > day_end
        previous = self.found.items[-1] if self.found.items else None
        dated = previous is not None and previous.kind == DAY and previous.last == i
        by_lead = self.lead.bare and not self.lead.day and not self.lead.dotted_day
        return (
            self.is_time_field
            or by_lead
            or (dated and isinstance(previous.value, Dated) if previous else False)
        )

    def add(self, kind: str, value: Day | Clock | str, first: int, last: int) -> int:
        """Add a find with what was said before it."""
        lead = self.lead
        if self.pending_not:
            self._negate(lead)
        if lead.negated and not lead.instead and self._is_asked(last):
            lead.negated = False  # „Geht es nicht am Montag?“ asks for Monday
        self.found.items.append(Item(kind, value, lead, first, last))
        self.lead = self._fresh()
        return last

    def _is_asked(self, i: int) -> bool:
        while i < self.length and not (self.t.kind[i] == PUNCT and self.t.value[i] in ",.;!?"):
            i += 1
        return bool(self.t.value[i] == "?")

    def _negate(self, lead: Lead) -> None:
        """Turn „nicht vor“ and „nicht nach“ round; else what follows is what does not suit."""
        self.pending_not = False
        if lead.open:
            lead.open = "after" if lead.open == "before" else "before"
            lead.connects = False
        else:
            lead.negated = True

    def tie(self, kind: str, i: int) -> int:
        """Add a word that ties finds together."""
        self.found.items.append(Item(kind, self.t.word[i], Lead(), i, i + 1))
        return i + 1

    def settle_not(self, *, asked: bool = False) -> None:
        """Let a „nicht“ that nothing followed reject what its clause said before; a question rejects nothing."""
        items = self.found.items
        said = any(item.kind in (DAY, CLOCK, PART) for item in items[self.clause :])
        if self.pending_not and said and not asked:
            items.insert(self.clause, Item(NEGATED, None, Lead(), 0, 0))
            items.append(Item(BREAK, None, Lead(), 0, 0))
            self.clause = len(items)
        self.pending_not = False

    # --- words that are no finds

    def pass_over(self, i: int) -> int:
        """An unknown word: whatever was being led to is not coming; „hier ist Sonntag“ is a name."""
        t = self.t
        if t.word[i] == "hier" and t.word[i + 1] in ("ist", "spricht") and t.kind[i + 2] in (WEEKDAY, MONTH):
            return i + 3
        if self.pending_not:
            self.settle_not()
        if self.lead.prepositions or self.lead.open or self.lead.day or self.lead.negated or self.lead.owned:
            self.lead = self._fresh()
        return i + 1

    def punctuation(self, i: int) -> int:
        """A dash or slash may join two finds; the rest ends a clause."""
        value = self.t.value[i]
        if value in ("-", "/"):
            self.lead.connects = True
            self.lead.bare = self.lead.bare or self._after_clock()
            return i + 1
        if value in (",", ".", ";", "!", "?"):
            if value != "." or self.pending_not:
                self.end_clause(asked=value == "?")
            self.lead.connects = False
        return i + 1

    def end_clause(self, *, asked: bool = False) -> None:
        """A new clause: a „nicht“ of the old one reaches no further."""
        self.settle_not(asked=asked)
        self.clause = len(self.found.items)

    def preposition(self, i: int) -> int:
        """„um“, „ab“, „zwischen“, and „in 14 Tagen“, which is a find of its own."""
        word, lead = self.t.value[i], self.lead
        counts = word in ("in", "vor", "innerhalb", "binnen") or (word == "über" and self._after_a_day(i))
        if counts and (found := offset(self.t, i)):
            return self.add(DAY, found[0], i, found[1])
        if word == "zwischen" and self.t.word[i + 1] == "den" and self.t.word[i + 2].startswith("jahr"):
            return self.add(DAY, Vague("between_years"), i, i + 3)
        if word == "an" and self._clock_from(i):
            self.found.items[-1].lead.open = "after"
            return i + 1
        lead.prepositions = (*lead.prepositions, word)
        lead.open = _OPENS.get(word, lead.open)
        lead.bare = lead.bare or word in _BARE
        lead.day = lead.day or word in _DAY_WORDS
        lead.dotted_day = lead.dotted_day or word in _DOTTED_DAY_WORDS
        lead.connects = lead.connects or word in ("bis", "auf", "zum")
        lead.approximate = lead.approximate or word == "gegen"
        lead.between = word == "zwischen" or lead.between
        lead.moves_to = lead.moves_to or word == "auf"
        return i + 1

    def _after_a_day(self, i: int) -> bool:
        return bool(self.found.items) and self.found.items[-1].kind == DAY and self.found.items[-1].last == i

    def _clock_from(self, i: int) -> bool:
        """Return whether „von 14 Uhr“ stands before an „an“."""
        last = self.found.items[-1] if self.found.items else None
        return last is not None and last.kind == CLOCK and last.last == i and "von" in last.lead.prepositions

    def article(self, i: int) -> int:
        """„den“, „der“: a day of the month may follow; „des 17. Juni“ is part of a name."""
        word = self.t.value[i]
        self.lead.day = self.lead.day or word in ("den", "der", "dem", "dn", "des")
        self.lead.owned = self.lead.owned or word == "des"
        if word in ("die", "das") and not self.lead.approximate:
            self.lead.bare = self.is_time_field
        return i + 1

    def about(self, i: int) -> int:
        """„so“, „etwa“; „oder so“ says the same of what was before."""
        if found := sunday_short(self.t, i) if self.t.word[i] == "so" else None:
            return self.add(DAY, found[0], i, found[1])
        if self.t.word[i] != "möglichst":
            self.lead.approximate = True
        return i + 1

    def limit(self, i: int) -> int:
        """„frühestens“, „spätestens“."""
        self.lead.open = "after" if self.t.kind[i] == EARLIEST else "before"
        self.lead.bare = True
        return i + 1

    def shade(self, i: int) -> int:
        """„später als drei“ limits, „spät nachmittags“ only colours."""
        if self.t.word[i + 1] == "als" and self.t.word[i] in ("später", "früher"):
            self.lead.open = "after" if self.t.word[i] == "später" else "before"
            self.lead.bare = True
            return i + 2
        return i + 1

    def part(self, i: int) -> int:
        """„nachmittags“; „so früh wie möglich“ is no part of the day."""
        if self.t.word[i] == "früh" and self.t.word[i + 1] in ("wie", "genug"):
            return self.add(DAY, Vague("asap"), i, i + 3)
        self.lead.connects = False
        if self.lead.open == "after" and "nach" in self.lead.prepositions:
            self.lead.open = None
        return self.add(PART, self.t.value[i], i, i + 1)

    def morgen(self, i: int) -> int:
        """Tomorrow, or the morning after „am“, „heute“, a weekday and the like; „Morgen, Müller hier“ greets."""
        items, lead = self.found.items, self.lead
        if is_greeting(self.t, i):
            return i + 2
        after_day = bool(items) and items[-1].kind == DAY and items[-1].last == i
        said = set(lead.prepositions)
        if (after_day or lead.day or said & {"gegen", "über"}) and not said & {"ab", "bis", "auf"}:
            return self.add(PART, "morgen", i, i + 1)
        return self.add(DAY, InDays(1), i, i + 1)

    def greeting(self, i: int) -> int:
        """„guten Morgen“, „schönen Freitag noch“."""
        return after_greeting(self.t, i) or self.pass_over(i)

    def title(self, i: int) -> int:
        """„Frau Freitag“, „mein Name ist Mai“."""
        self.lead = self._fresh()
        return after_name(self.t, i)

    def label(self, i: int) -> int:
        """„Hausnummer 14“, „Straße des 17. Juni“."""
        self.lead = self._fresh()
        return after_label(self.t, i)

    def birth(self, i: int) -> int:
        """„geboren am 3. Mai 1980“: the date that touches it is not the wish."""
        t, j = self.t, i + 1
        while t.kind[j] == PREPOSITION or t.kind[j] == ARTICLE or t.word[j] in ("ist", "war", ":"):
            j += 1
        last = self.found.items[-1] if self.found.items else None
        pattern = PATTERNS.get(t.kind[j])
        found = pattern(t, j, Lead(day=True)) if pattern and t.kind[j] in (NUMBER, ORDINAL) else None
        if found:
            return found[1]
        if last is not None and last.kind == DAY and last.last == i and isinstance(last.value, Dated):
            self.found.items.pop()
        return self.pass_over(i)

    def negation(self, i: int) -> int:
        """„nicht“: of what follows at once, else of what its clause said before."""
        if self.t.word[i].startswith("kein") and self.t.word[i + 1] != "zeit":
            return self.pass_over(i)
        if self.t.word[i + 1] in ("nur", "unbedingt", "sicher", "ob"):
            return i + 2
        self.pending_not = True
        self.lead = self._fresh()
        return i + 1

    def instead(self, i: int) -> int:
        """„statt Montag“, „außer Freitag“."""
        self.lead = self._fresh()
        self.lead.negated = self.lead.instead = True
        return i + 1

    def correction(self, i: int) -> int:
        """„nein“, „lieber“, „quatsch“: what follows replaces what came before."""
        word = self.t.word[i]
        if word in ("meine", "meinte") and (not i or self.t.word[i - 1] != "ich"):
            return self.pass_over(i)
        self.end_clause()
        self.lead = self._fresh()
        self.lead.bare = self._after_clock()
        return self.tie(CORRECTION, i)

    def choice(self, i: int) -> int:
        """„oder“; „oder so“ and „oder später“ are no choice."""
        following = self.t.word[i + 1]
        last = self.found.items[-1] if self.found.items else None
        ends = following in _LOOSE_ENDS and self.t.kind[i + 2] in (END, PUNCT, OTHER)
        if ends and last is not None:
            last.lead.approximate = following in ("so", "ähnlich")
            last.lead.open = _LOOSE_ENDS[following] or last.lead.open
            return i + 2
        self.lead = self._fresh()
        self.lead.bare = self._after_clock()
        return self.tie(OR, i)

    def conjunction(self, i: int) -> int:
        """„und“ ties two days, or the ends of „zwischen … und“."""
        if self.found.items and self.found.items[-1].lead.between:
            self.lead.bare = self._after_clock()
        return self.tie(AND, i)

    def _after_clock(self) -> bool:
        """Return whether a clock time was the last find: a bare number beside it is an hour."""
        last = self.found.items[-1] if self.found.items else None
        return self.is_time_field or (last is not None and last.kind == CLOCK)

    def clause_word(self, i: int) -> int:
        """„aber“, „weil“: a new clause."""
        self.end_clause()
        self.lead = self._fresh()
        return self.tie(BREAK, i)

    def asap(self, i: int) -> int:
        """„schnellstmöglich“."""
        return self.add(DAY, Vague("asap"), i, i + 1)

    def now(self, i: int) -> int:
        """„jetzt“, only where nothing else is said: it is a filler in most sentences."""
        alone = all(kind in (NOW, PUNCT) for kind in self.t.kind[: self.length])
        return self.add(DAY, Vague("now"), i, i + 1) if alone else self.pass_over(i)

    def move(self, i: int) -> int:
        """„verschieben“: „auf“ names the new time."""
        self.found.moves = True
        return self.pass_over(i)


HANDLERS: dict[str, Callable[[_Scan, int], int]] = {
    PUNCT: _Scan.punctuation,
    PREPOSITION: _Scan.preposition,
    ARTICLE: _Scan.article,
    ABOUT: _Scan.about,
    EARLIEST: _Scan.limit,
    LATEST: _Scan.limit,
    SHADE: _Scan.shade,
    PART_WORD: _Scan.part,
    MORGEN: _Scan.morgen,
    GREETING: _Scan.greeting,
    TITLE: _Scan.title,
    LABEL: _Scan.label,
    BIRTH: _Scan.birth,
    NOT: _Scan.negation,
    INSTEAD: _Scan.instead,
    CORRECTION: _Scan.correction,
    OR: _Scan.choice,
    AND: _Scan.conjunction,
    BREAK: _Scan.clause_word,
    ASAP: _Scan.asap,
    NOW: _Scan.now,
    MOVE: _Scan.move,
    WHICH: _Scan.pass_over,
}
"""What a token does that begins no find."""
