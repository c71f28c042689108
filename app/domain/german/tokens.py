"""Text to tokens: one pass, each word looked up once, fillers dropped, fused words split."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from app.domain.german.words import END, FILLER, LABEL, LEXICON, NUMBER, ORDINAL, OTHER, PUNCT

LONGEST_TEXT = 1_000
"""Nobody says more than this to name a day; the rest of a longer text is not looked at."""

LOOK_AHEAD = 12
"""How many `END` tokens follow the last one, so that no pattern has to check where the text ends."""

_TOKEN = re.compile(r"[0-9]+(?:ste|te)[nrms]?\b|[0-9]+|[^\W\d_]+|([.:,;!?()/–—-])\1*|[+@&]")
_STREETS = ("straße", "strasse", "gasse", "platz", "allee", "damm", "ufer", "nummer")
_LONGEST_NUMBER = 15


@dataclass(slots=True)
class Tokens:
    """Parallel lists, one entry a token: what it is, its value, its word, and where it stands."""

    text: str
    kind: list[str] = field(default_factory=list)
    value: list[Any] = field(default_factory=list)
    word: list[str] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)

    def add(self, kind: str, value: Any, word: str, start: int, end: int) -> None:
        """Append one token."""
        self.kind.append(kind)
        self.value.append(value)
        self.word.append(word)
        self.start.append(start)
        self.end.append(end)

    def is_capital(self, index: int) -> bool:
        """Return whether the token was written with a capital: in German, most likely a noun or a name."""
        return self.kind[index] != END and self.text[self.start[index]].isupper()

    def glued(self, index: int) -> bool:
        """Return whether no blank stands between this token and the one before."""
        return index > 0 and self.start[index] == self.end[index - 1]

    def digits(self, index: int) -> int:
        """Return how many characters the token has."""
        return self.end[index] - self.start[index]


def tokenise(text: str) -> Tokens:
    """Return the tokens of a text, closed by `END` tokens. Costs time linear in the text."""
    text = unicodedata.normalize("NFC", text[:LONGEST_TEXT])
    tokens = Tokens(text)
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters of other alphabets grow; positions must not
        lowered = "".join(letter.lower()[0] for letter in text)
    add = tokens.add
    for found in _TOKEN.finditer(lowered):
        word, start, end = found.group(), found.start(), found.end()
        entries = LEXICON.get(word)
        if entries is None:
            add(*_unlisted(word), word, start, end)
        elif len(entries) == 1:
            kind, value = entries[0]
            if kind != FILLER or (word == "mal" and tokens.kind and tokens.kind[-1] == ORDINAL):
                add(kind if kind != FILLER else OTHER, value, word, start, end)
        else:
            for kind, value in entries:
                add(kind, value, word, start, end)
    for _ in range(LOOK_AHEAD):
        add(END, None, "", len(text), len(text))
    return tokens


def _unlisted(word: str) -> tuple[str, Any]:
    first = word[0]
    if first.isdigit():
        digits = word.rstrip("abcdefghijklmnopqrstuvwxyz")
        if not digits.isdecimal() or len(digits) > _LONGEST_NUMBER:
            return OTHER, word
        return (NUMBER if digits == word else ORDINAL), int(digits)
    if not first.isalpha():
        return PUNCT, "-" if first in "–—" else first
    return (LABEL if word.endswith(_STREETS) else OTHER), word
