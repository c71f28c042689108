"""How a German name sounds: Cologne phonetics (Hans Joachim Postel, 1969), and a key made of it.

Only names on one known number are ever compared by sound (incident 1.26): speech recognition hears "Sputa" where
our books say "Sputer".
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_KEY = 80
"""What the key's column holds; two names that sound alike for so long are taken for one."""

_PLAIN = {
    **dict.fromkeys("AEIJOUY", "0"),
    "B": "1",
    **dict.fromkeys("FVW", "3"),
    **dict.fromkeys("GKQ", "4"),
    "L": "5",
    **dict.fromkeys("MN", "6"),
    "R": "7",
    **dict.fromkeys("SZ", "8"),
}
"""Letters that sound the same wherever they stand. H is silent and has no code."""

_HARD_C_AT_START = frozenset("AHKLOQRUX")
_HARD_C = frozenset("AHKOQUX")
_FOREIGN = str.maketrans({"Æ": "AE", "Œ": "OE", "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "T"})

_NO_LETTERS = re.compile(r"[\W\d_]+")
_LEAST_BEFORE_ER = 2


def cologne(word: str) -> str:
    """Return the Cologne code of a word; empty when no letter of it has one."""
    letters = _latin(word)
    codes = "".join(_code(letters, place) for place in range(len(letters)))
    single = re.sub(r"(\d)\1+", r"\1", codes)
    return single[:1] + single[1:].replace("0", "")


def name_key(name: str) -> str | None:
    """Return the key under which a name is found by sound; None for one without any letter.

    The words' codes in order of code, so that "Muster Erika" is "Erika Muster". A final "-er" counts as "-a": it
    is spoken so, and heard so. A word that has no code stands for itself.
    """
    return " ".join(word_keys(name))[:LONGEST_KEY] or None


def word_keys(name: str) -> list[str]:
    """Return the key of each of a name's words, in order."""
    words = _NO_LETTERS.sub(" ", unicodedata.normalize("NFC", name)).split()
    return sorted(cologne(_as_spoken(word)) or word.casefold() for word in words)


def _latin(word: str) -> str:
    """Return the letters A to Z of a word: ß as SS, accents and the dots of umlauts dropped."""
    upper = unicodedata.normalize("NFKD", word.casefold()).upper().translate(_FOREIGN)
    return "".join(letter for letter in upper if "A" <= letter <= "Z")


def _as_spoken(word: str) -> str:
    plain = word.casefold()
    return f"{plain[:-2]}a" if plain.endswith("er") and len(plain) >= _LEAST_BEFORE_ER + 2 else plain


def _code(letters: str, place: int) -> str:
    letter = letters[place]
    before = letters[place - 1] if place else ""
    after = letters[place + 1 : place + 2]
    match letter:
        case "P":
            return "3" if after == "H" else "1"
        case "D" | "T":
            return "8" if after in {"C", "S", "Z"} else "2"
        case "X":
            return "8" if before in {"C", "K", "Q"} else "48"
        case "C":
            return _code_of_c(before, after)
        case _:
            return _PLAIN.get(letter, "")


def _code_of_c(before: str, after: str) -> str:
    if not before:
        return "4" if after in _HARD_C_AT_START else "8"
    return "4" if after in _HARD_C and before not in {"S", "Z"} else "8"
