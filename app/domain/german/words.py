"""The words of German dates and times: one table from a spoken word to what it is.

Nothing is inflected or guessed at run time. A word that is not here is `OTHER` and ends whatever was being
said. Fused words ("Freitagnachmittag", "halbdrei") stand here as what they are made of.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

END, OTHER, PUNCT = "end", "other", "punct"
NUMBER, CARDINAL, ORDINAL, ONE = "number", "cardinal", "ordinal", "one"
WEEKDAY, MONTH, RELATIVE, MORGEN, PART = "weekday", "month", "relative", "morgen", "part"
UNIT, WEEKEND, WHICH, EDGE, WEEK_NUMBER, HOLIDAY = (
    "unit",
    "weekend",
    "which",
    "edge",
    "week_number",
    "holiday",
)
CLOCK_WORD, HALF, HALF_ADJECTIVE, QUARTER, THREE_QUARTERS = (
    "uhr",
    "half",
    "halbe",
    "quarter",
    "three_quarters",
)
MIDNIGHT, COMPOUND_HALF = "midnight", "compound_half"
PREPOSITION, ARTICLE, ABOUT, SHADE, SHORTLY = "preposition", "article", "about", "shade", "shortly"
EARLIEST, LATEST, COMPARED, ASAP = "earliest", "latest", "compared", "asap"
AND, OR, NOT, CORRECTION, INSTEAD, MOVE = "and", "or", "not", "correction", "instead", "move"
BREAK, TITLE, LABEL, GREETING, BIRTH, NOW = "break", "title", "label", "greeting", "birth", "now"
FILLER, SHORT_WEEKDAY = "filler", "short_weekday"

Entry = tuple[str, Any]

ONES = (
    "null",
    "eins",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
)
TEENS = ("dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn")
TENS = {
    20: "zwanzig",
    30: "dreißig",
    40: "vierzig",
    50: "fünfzig",
    60: "sechzig",
    70: "siebzig",
    80: "achtzig",
    90: "neunzig",
}
UNITS_BEFORE_AND = ("ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")
ORDINAL_STEMS = {1: "erst", 3: "dritt", 7: "siebt", 8: "acht"}
THIS, NEXT, AFTER_NEXT, COMING, LAST = "this", "next", "after_next", "coming", "last"

WEEKDAY_WORDS = (
    ("montag",), ("dienstag",), ("mittwoch",), ("donnerstag",), ("freitag",),
    ("samstag", "sonnabend"), ("sonntag",),
)  # fmt: skip
WEEKDAY_SHORT = ("mo", "di", "mi", "do", "fr", "sa")
"""„so“ is a filler far more often than a Sunday; the scanner looks at what follows it."""

MONTH_WORDS = (
    ("januar", "jänner", "jan", "january"), ("februar", "feber", "feb", "february"),
    ("märz", "mär", "mrz", "march"), ("april", "apr"), ("mai", "may"), ("juni", "juno", "jun", "june"),
    ("juli", "julei", "jul", "july"), ("august", "aug"), ("september", "sept", "sep"),
    ("oktober", "okt", "october", "oct"), ("november", "nov"), ("dezember", "dez", "december", "dec"),
)  # fmt: skip
ENGLISH_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

PART_WORDS = {
    "morgen": ("morgens", "früh", "frühmorgens", "frühs", "morgends"),
    "vormittag": ("vormittag", "vormittags", "vormittage"),
    "mittag": ("mittag", "mittags", "mittagszeit", "mittagspause"),
    "nachmittag": ("nachmittag", "nachmittags", "spätnachmittag", "nachmittage"),
    "abend": ("abend", "abends", "spätabends", "spätabend", "abende"),
    "nacht": ("nacht", "nachts"),
}  # fmt: skip
RELATIVE_DAYS = {
    "vorvorgestern": -3, "vorgestern": -2, "gestern": -1, "heute": 0, "heut": 0, "übermorgen": 2,
    "überübermorgen": 3, "today": 0, "tomorrow": 1,
}  # fmt: skip
UNIT_WORDS = {
    "minute": ("minute", "minuten", "min"),
    "hour": ("stunde", "stunden", "std", "stündchen"),
    "day": ("tag", "tage", "tagen", "tages", "tg"),
    "week": ("woche", "wochen"),
    "month": ("monat", "monate", "monaten", "monats"),
    "year": ("jahr", "jahre", "jahren", "jahres"),
}
WHICH_STEMS = {
    THIS: ("dies", "hiesig"), NEXT: ("nächst", "darauffolgend"), AFTER_NEXT: ("übernächst",),
    COMING: ("kommend",), LAST: ("letzt", "vergangen", "vorig", "vorherig"),
}  # fmt: skip
PREPOSITIONS = (
    "um", "gegen", "ab", "bis", "von", "vom", "zwischen", "nach", "vor", "in", "im", "am", "an", "auf", "aufs",
    "zum", "zur", "zu", "für", "seit", "über", "innerhalb", "binnen", "ans", "beim", "mit",
)  # fmt: skip
HOLIDAY_WORDS = {
    "neujahr": ("neujahr", "neujahrstag"), "dreikönig": ("dreikönig", "dreikönigstag"),
    "valentinstag": ("valentinstag",), "weiberfastnacht": ("weiberfastnacht",),
    "rosenmontag": ("rosenmontag",), "faschingsdienstag": ("faschingsdienstag", "fastnachtsdienstag"),
    "aschermittwoch": ("aschermittwoch",), "palmsonntag": ("palmsonntag",),
    "gründonnerstag": ("gründonnerstag",), "karfreitag": ("karfreitag",), "karsamstag": ("karsamstag",),
    "ostern": ("ostern", "ostersonntag"), "ostermontag": ("ostermontag",), "muttertag": ("muttertag",),
    "himmelfahrt": ("himmelfahrt", "vatertag", "himmelfahrtstag"), "pfingsten": ("pfingsten", "pfingstsonntag"),
    "pfingstmontag": ("pfingstmontag",), "fronleichnam": ("fronleichnam",),
    "reformationstag": ("reformationstag", "halloween"), "allerheiligen": ("allerheiligen",),
    "allerseelen": ("allerseelen",), "martinstag": ("martinstag", "sanktmartin"),
    "volkstrauertag": ("volkstrauertag",), "bettag": ("bettag",), "totensonntag": ("totensonntag",),
    "nikolaus": ("nikolaus", "nikolaustag"), "heiligabend": ("heiligabend", "heiligabends", "weihnachtsabend"),
    "weihnachten": ("weihnachten", "weihnachtstag"), "silvester": ("silvester", "silvesterabend"),
}  # fmt: skip
HOLIDAY_PHRASES = {
    "tag": ((("der", "deutschen", "einheit"), "einheit"), (("der", "arbeit"), "arbeit")),
    "christi": ((("himmelfahrt",), "himmelfahrt"),),
    "mariä": ((("himmelfahrt",), "mariä himmelfahrt"),),
    "maria": ((("himmelfahrt",), "mariä himmelfahrt"),),
    "heilig": ((("abend",), "heiligabend"),),
    "heiligen": ((("abend",), "heiligabend"), (("drei", "könige"), "dreikönig")),
    "heiliger": ((("abend",), "heiligabend"),),
    "heilige": ((("drei", "könige"), "dreikönig"),),
}
HOLIDAYS_BY_NUMBER = {
    "weihnachtsfeiertag": "weihnachtstag",
    "weihnachtstag": "weihnachtstag",
    "advent": "advent",
}
"""„erster Weihnachtsfeiertag“, „dritter Advent“."""

MOST_OF_A_KIND = {"weihnachtsfeiertag": 2, "weihnachtstag": 2, "advent": 4}

WORDS_BY_KIND: dict[str, tuple[str, ...]] = {
    FILLER: (
        "äh", "ähm", "öh", "öhm", "eh", "ehm", "hm", "hmm", "mhm", "also", "halt", "eben", "mal", "bitte", "dann",
        "denn", "eigentlich", "vielleicht", "irgendwie", "irgendwann", "gerne", "gern", "wohl", "sozusagen",
        "naja", "tja", "gell", "schon", "noch", "auch", "doch", "ja", "einfach", "genau", "wieder", "erst", "glaub",
        "glaube", "wäre", "zwar", "da", "nochmal", "okay", "ok", "gut", "gleich", "eher", "direkt", "leider",
        "spontan",
    ),
    ABOUT: (
        "so", "circa", "ca", "etwa", "ungefähr", "zirka", "rund", "grob", "schätzungsweise", "irgendwas",
        "irgendwo", "plusminus", "möglichst",
    ),
    SHADE: ("spät", "später", "späten", "späteren", "späterer", "frühen", "früher", "früheren", "späte", "frühe"),
    EARLIEST: ("frühestens", "frühstens", "mindestens"),
    LATEST: ("spätestens", "maximal", "allerspätestens"),
    ASAP: (
        "baldmöglichst", "schnellstmöglich", "schnellstens", "frühestmöglich", "frühestmöglichen", "asap",
        "nächstmöglichen", "nächstmögliche", "nächstmöglich", "nächstmöglicher", "schnellstmöglichen", "baldigst",
    ),
    AND: ("und",),
    OR: ("oder", "bzw", "beziehungsweise", "alternativ", "wahlweise"),
    NOT: ("nicht", "nich", "nimmer", "ungern", "schlecht", "kein", "keine", "keinen"),
    INSTEAD: ("statt", "anstatt", "anstelle", "außer", "ausser"),
    CORRECTION: (
        "nein", "nee", "nö", "lieber", "sondern", "quatsch", "falsch", "meine", "meinte", "vielmehr", "stattdessen",
        "verzeihung", "entschuldigung", "sorry", "ach", "korrektur", "besser", "moment", "stopp", "blödsinn",
        "unsinn", "pardon",
    ),
    MOVE: (
        "verschieben", "verschiebe", "verschoben", "verlegen", "verlege", "verlegt", "umbuchen", "umlegen",
        "umzubuchen", "zu verschieben", "schieben", "umgebucht", "vorverlegen", "vorziehen", "ändern", "tauschen",
        "verlegung", "verschiebung", "legen",
    ),
    BREAK: ("aber", "weil", "dass", "sonst", "allerdings", "jedoch", "wenn", "falls"),
    TITLE: (
        "frau", "herr", "herrn", "familie", "fam", "doktor", "dr", "professor", "prof", "name", "namen",
        "heiße", "heisse", "firma", "kollege", "kollegin", "nachname", "nachnamen", "fräulein",
    ),
    LABEL: (
        "straße", "strasse", "str", "platz", "allee", "gasse", "hausnummer", "nummer", "nr", "zimmer", "raum", "plz",
        "postleitzahl", "telefon", "telefonnummer", "handy", "handynummer", "mobil", "mobilnummer", "vorwahl",
        "rufnummer", "kundennummer", "etage", "stock", "kontonummer", "code", "pin", "größe", "durchwahl",
    ),
    GREETING: ("guten", "gute", "schönen", "schönes", "schöne", "angenehmen", "gutn", "grüß", "schön"),
    BIRTH: ("geboren", "geburtsdatum", "geb", "jahrgang", "geburtstag", "geborene", "geborener"),
    NOW: ("jetzt", "sofort"),
    ARTICLE: ("der", "die", "das", "den", "dem", "des", "dn"),
    ONE: ("ein", "eine", "einer", "einem", "einen"),
    CLOCK_WORD: ("uhr", "h", "uhren"),
    SHORTLY: ("kurz", "knapp"),
    WEEKEND: ("wochenende", "wochenendes", "we"),
    WEEK_NUMBER: ("kw", "kalenderwoche"),
    MIDNIGHT: ("mitternacht",),
    HALF: ("halb", "hoib", "halber"),
    HALF_ADJECTIVE: ("halbe", "halben"),
    QUARTER: ("viertel", "virtel", "viertl"),
    THREE_QUARTERS: ("dreiviertel", "dreivirtel", "dreiviertl"),
}  # fmt: skip

PHRASE_WEEKDAY_PARTS = ("morgen", "morgens", "früh", "frühmorgens", *PART_WORDS["vormittag"],
                        *PART_WORDS["mittag"][:2], *PART_WORDS["nachmittag"], *PART_WORDS["abend"],
                        *PART_WORDS["nacht"])  # fmt: skip


def cardinals() -> Iterator[tuple[int, str]]:
    """Yield each number from 0 to 99 with its word."""
    yield from enumerate((*ONES, *TEENS))
    for tens, word in TENS.items():
        yield tens, word
        for ones, before in enumerate(UNITS_BEFORE_AND, start=1):
            yield tens + ones, f"{before}und{word}"


def ordinals() -> Iterator[tuple[int, str]]:
    """Yield each number from 1 to 31 with the stem of its ordinal."""
    words = dict(cardinals())
    for number in range(1, 32):
        yield number, ORDINAL_STEMS.get(number) or words[number] + ("t" if number < TENS_BEGIN else "st")


TENS_BEGIN = 20
_TRANSCRIBED = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"))


def _spellings(word: str) -> Iterator[str]:
    """Yield a word, without umlauts as some transcripts write it, and with „ss“."""
    yield word
    plain = word
    for letter, letters in _TRANSCRIBED:
        plain = plain.replace(letter, letters)
    if plain != word:
        yield plain
        yield word.replace("ß", "ss")


def _numbers() -> Iterator[tuple[str, tuple[Entry, ...]]]:
    for number, word in cardinals():
        yield word, ((CARDINAL, number),)
    for word, number in (("zwo", 2), ("zwoa", 2), ("fuffzehn", 15), ("fünfe", 5), ("dreie", 3), ("viere", 4),
                         ("sechse", 6), ("siebene", 7), ("neune", 9), ("zehne", 10), ("elfe", 11),
                         ("zwölfe", 12), ("hundert", 100)):  # fmt: skip
        yield word, ((CARDINAL, number),)
    for number, stem in (*ordinals(), (2, "zwot"), (7, "siebent"), (22, "zwoundzwanzigst")):
        for ending in ("e", "en", "er", "es", "em"):
            yield stem + ending, ((ORDINAL, number),)
    for number, word in cardinals():
        if number >= TENS_BEGIN:
            yield f"zweitausend{word}", ((NUMBER, 2000 + number),)
            yield f"zweitausendund{word}", ((NUMBER, 2000 + number),)
    for word, number in (("anderthalb", 1), ("eineinhalb", 1), ("zweieinhalb", 2), ("dreieinhalb", 3)):
        yield word, ((COMPOUND_HALF, number),)


def _calendar() -> Iterator[tuple[str, tuple[Entry, ...]]]:
    for number, words in enumerate(WEEKDAY_WORDS):
        for word in words:
            yield word, ((WEEKDAY, number),)
            yield f"{word}s", ((WEEKDAY, number),)
            for part in PHRASE_WEEKDAY_PARTS:
                yield f"{word}{part}", ((WEEKDAY, number), (PART, _part_of(part)))


def _calendar_words() -> Iterator[tuple[str, tuple[Entry, ...]]]:
    for number, word in enumerate(ENGLISH_WEEKDAYS):
        yield word, ((WEEKDAY, number),)
    for number, word in enumerate(WEEKDAY_SHORT):
        yield word, ((SHORT_WEEKDAY, number),)
    for number, words in enumerate(MONTH_WORDS, start=1):
        for word in words:
            yield word, ((MONTH, number),)


def _relative_days() -> Iterator[tuple[str, tuple[Entry, ...]]]:
    for word, days in RELATIVE_DAYS.items():
        yield word, ((RELATIVE, days),)
    for word in ("morgen", "morjen"):
        yield word, ((MORGEN, 1),)
    for day, part in product(("morgen", "übermorgen", "heute"), PHRASE_WEEKDAY_PARTS):
        days = 1 if day == "morgen" else RELATIVE_DAYS[day]
        yield f"{day}{part}", ((RELATIVE, days), (PART, _part_of(part)))


def _named_days_and_parts() -> Iterator[tuple[str, tuple[Entry, ...]]]:
    for name, words in HOLIDAY_WORDS.items():
        for word in words:
            yield word, ((HOLIDAY, name),)
    for part, words in PART_WORDS.items():
        for word in words:
            yield word, ((PART, part),)


def _part_of(word: str) -> str:
    return next((part for part, words in PART_WORDS.items() if word in words), "morgen")


def _inflected() -> Iterator[tuple[str, tuple[Entry, ...]]]:
    for kind, words in UNIT_WORDS.items():
        for word in words:
            yield word, ((UNIT, kind),)
    for which, stems in WHICH_STEMS.items():
        for stem, ending in product(stems, ("e", "en", "er", "es", "em")):
            yield stem + ending, ((WHICH, which),)
    for place, words in (
        ("start", ("anfang", "anfangs", "beginn")),
        ("middle", ("mitte",)),
        ("end", ("ende",)),
    ):
        for word in words:
            yield word, ((EDGE, place),)


def _uninflected() -> Iterator[tuple[str, tuple[Entry, ...]]]:
    for word in PREPOSITIONS:
        yield word, ((PREPOSITION, word),)
    for word in ("punkt", "schlag", "pünktlich", "exakt", "ums"):
        yield word, ((PREPOSITION, "um"),)
    for kind, words in WORDS_BY_KIND.items():
        for word in words:
            yield word, ((kind, word),)


def _fused() -> Iterator[tuple[str, tuple[Entry, ...]]]:
    """Yield what speech-to-text writes as one word: „halbdrei“, „viertelnach“, „zehnuhr“."""
    for number, word in cardinals():
        if number < len(ONES):
            yield f"halb{word}", ((HALF, "halb"), (CARDINAL, number))
            yield f"viertel{word}", ((QUARTER, "viertel"), (CARDINAL, number))
            yield f"dreiviertel{word}", ((THREE_QUARTERS, "dreiviertel"), (CARDINAL, number))
        yield f"{word}uhr", ((CARDINAL, number), (CLOCK_WORD, "uhr"))
    yield "einuhr", ((CARDINAL, 1), (CLOCK_WORD, "uhr"))
    for direction in ("nach", "vor", "über", "ab"):
        yield f"viertel{direction}", ((QUARTER, "viertel"), (PREPOSITION, direction))
    yield "viertelstunde", ((QUARTER, "viertel"), (UNIT, "hour"))
    yield "dreiviertelstunde", ((THREE_QUARTERS, "dreiviertel"), (UNIT, "hour"))


SOURCES = (
    _numbers, _calendar, _calendar_words, _relative_days, _named_days_and_parts, _inflected, _uninflected, _fused,
)  # fmt: skip
"""The earlier one wins where two know a word."""


def _lexicon() -> dict[str, tuple[Entry, ...]]:
    found: dict[str, tuple[Entry, ...]] = {}
    for source in SOURCES:
        for word, entries in source():
            for spelling in _spellings(word):
                found.setdefault(spelling, entries)
    return found


LEXICON = _lexicon()
"""Lower-case word to what it is; more than one entry for a fused word."""
