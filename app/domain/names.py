"""Names as they are said: what is no name, what only stands before one, and who is meant by one (incident 1.26)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from app.domain.phonetics import name_key, word_keys

FEWEST_LETTERS = 2


def _words(text: str) -> frozenset[str]:
    return frozenset(text.casefold().split())


STANDS_FOR_NOBODY = _words(
    "unbekannt unbekannte unbekannter unknown anonym anonyme anonymer anonymous nony none null nil undefined nan "
    "kunde kundin kunden kundenname customer caller anrufer anruferin gast guest user benutzer patient patientin "
    "name vorname nachname namen noname test testkunde niemand nobody person keine kein ohne angabe angaben n/a "
    "n.a na no not nicht angegeben given provided tbd"
)
"""Words a model sends when the caller said no name; a name made only of these is none."""

PLEASANTRIES = _words(
    "guten gute tag morgen abend mittag nachmittag nacht hallo hallöchen hi hey moin servus grüß grüße gott "
    "tschüss ciao auf wiederhören wiedersehen danke dankeschön bitte bitteschön ja nein nee genau gerne gern "
    "okay ok so also äh ähm hm super alles klar termin einen ein ich möchte hätte"
)
"""What is said instead of a name; a name made only of these is none."""

TIMES = _words(
    "uhr um halb viertel nach vor dreiviertel heute übermorgen früh vormittag mitternacht am den der montag dienstag "
    "mittwoch donnerstag freitag samstag sonnabend sonntag null eins zwei drei vier fünf sechs sieben acht neun "
    "zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig einundzwanzig "
    "zweiundzwanzig dreiundzwanzig dreißig fünfundvierzig"
)
"""What speech recognition took for a name when the caller named a time: "Acht Uhr"."""

MONTHS = _words("januar februar märz april mai juni juli august september oktober november dezember")
"""Part of a time beside another word of one; alone they may be a first name ("August")."""

SALUTATIONS = _words("herr herrn frau fräulein familie sir mister mr mrs ms miss madame monsieur")
"""Stand before a name and are no part of it: "Sir Klein" is Mr Klein."""

TITLES = _words("dr doktor prof professor dipl ing med")
"""Belong to a name as it is written, not to who is meant by it."""

LEAD_INS = tuple(
    tuple(phrase.split())
    for phrase in [
        "mein name ist",
        "der name ist",
        "ich heisse",
        "ich bin",
        "hier ist",
        "hier spricht",
        "guten tag",
        "guten morgen",
        "guten abend",
        "grüss gott",
        "hallo",
        "hi",
        "hey",
        "moin",
        "servus",
        "ja",
        "nein",
        "also",
        "äh",
        "ähm",
        "okay",
        "ok",
        "bitte",
        "danke",
    ]
)
"""What is said before one's own name."""

WITH_WHOM = _words("bei beim mit zu zur")
"""Say by whom one wants to be served: "bei Mario Basler" names the staff member, not the caller."""

_NOBODYS_NAMES = frozenset({"john doe", "jane doe"})
_TEMPLATE = re.compile(r"\{\{.*\}\}|\$\{.*\}|\[[^\]]*\]|<[^>]*>|\{[^}]*\}")
_EDGES = " \t\r\n.,;:!?…\"„“”-'()"


def spoken_name(said: str | None, staff: Sequence[str] = ()) -> str | None:
    """Return the name that was said, without what only stood before it; None where no name was.

    Whatever else somebody is called is a name and stays letter by letter: "'; DROP TABLE customers; --" too
    (incident 1.41).

    Args:
        said: What the agent took for a name.
        staff: The names of the company's staff members.
    """
    text = (said or "").strip()
    if _TEMPLATE.fullmatch(text):
        return None
    tokens = text.split()
    words = [_plain(token) for token in tokens]
    start = _start_of_name(words)
    rest = words[start:]
    addressed = start > 0 and words[start - 1] in SALUTATIONS
    if _is_no_name(rest, addressed=addressed) or _names_staff(words, staff):
        return None
    return " ".join(tokens[start:]) if start else text


def same_name(one: str, other: str) -> bool:
    """Return whether two names are written the same, but for case, spaces and a salutation."""
    return _bare(one) == _bare(other)


def find_named(said: str, names: Sequence[str]) -> tuple[int, ...]:
    """Return the places of the names that are meant by `said`, nearest reading first found.

    Written the same; else all words sound the same; else one is the other with words left out ("Herr Klein" for
    "Axel Klein"). For names that belong to one known number; a stranger's is never found by a part of it.
    """
    exact = tuple(place for place, name in enumerate(names) if same_name(said, name))
    if exact:
        return exact
    key = name_key(_bare(said))
    sounding = tuple(place for place, name in enumerate(names) if key and key == name_key(_bare(name)))
    if sounding:
        return sounding
    wanted = set(word_keys(_bare(said)))
    return tuple(place for place, name in enumerate(names) if _is_part(wanted, set(word_keys(_bare(name)))))


def is_same_person(one: str, other: str) -> bool:
    """Return whether two names on one number sound like one person's, no word left out."""
    key = name_key(_bare(one))
    return same_name(one, other) or (key is not None and key == name_key(_bare(other)))


def _start_of_name(words: Sequence[str]) -> int:
    """Return how many words stand before the name itself."""
    start = 0
    while start < len(words):
        leads = [len(phrase) for phrase in LEAD_INS if tuple(words[start : start + len(phrase)]) == phrase]
        step = max(leads, default=1 if words[start] in SALUTATIONS else 0)
        if not step:
            break
        start += step
    return start


def _is_no_name(words: Sequence[str], *, addressed: bool) -> bool:
    """Return whether words name nobody. After "Frau" even "Sonntag" is a name."""
    if sum(letter.isalpha() for word in words for letter in word) < FEWEST_LETTERS:
        return True
    if " ".join(words) in _NOBODYS_NAMES:
        return True
    known = STANDS_FOR_NOBODY if addressed else STANDS_FOR_NOBODY | PLEASANTRIES | TIMES | MONTHS
    others = [word for word in words if any(letter.isalpha() for letter in word)]
    return all(word in known for word in others) and not all(word in MONTHS for word in words)


def _names_staff(words: Sequence[str], staff: Sequence[str]) -> bool:
    """Return whether words say by whom somebody wants to be served."""
    place = next((place for place, word in enumerate(words) if word not in PLEASANTRIES), len(words))
    if place == len(words) or words[place] not in WITH_WHOM:
        return False
    named = words[place + 1 :]
    if named and named[0] in SALUTATIONS:
        return True
    wanted = set(named) - TITLES
    return any(wanted <= {_plain(word) for word in member.split()} for member in staff)


def _is_part(one: set[str], other: set[str]) -> bool:
    return bool(one) and bool(other) and (one < other or other < one)


def _bare(name: str) -> str:
    words = [_plain(token) for token in name.split()]
    kept = [word for word in words if word not in SALUTATIONS and word not in TITLES]
    return " ".join(kept or words)


def _plain(token: str) -> str:
    """Return a word to compare: one Unicode form, no case (ß is ss), no marks around it."""
    return unicodedata.normalize("NFC", token).casefold().strip(_EDGES) or token
