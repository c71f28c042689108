"""Where in an utterance a day or a time is spoken of. The words are cut out, never converted.

A language model passes such words on as `datum` and `uhrzeit`; what they mean is the gateway's business. So this
knows words that belong to days and to times, and no calendar.
"""

from __future__ import annotations

import re

_WEEKDAY = r"(?:mon|diens|donners|frei|sams|sonn)tags?|mittwochs?|sonnabends?"
_PART = r"(?:vor|nach)?mittags?|abends?|morgens|früh|nachts?"
_FUSED = rf"(?:{_WEEKDAY})(?:{_PART}|morgen)?"
_MONTH = r"januar|jänner|februar|feber|märz|april|mai|juni|juli|august|september|oktober|november|dezember"
_TEN = r"ein|zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf"
_TENS = rf"(?:(?:{_TEN})und)?(?:zwan|drei|vier|fünf)[zß]ig"
_NUMBER = rf"(?:null|eins|(?:drei|vier|fünf|sech|sieb|acht|neun)zehn|{_TENS}|{_TEN})"
_ORDINAL = (
    rf"(?:erst|zweit|zwot|dritt|viert|fünft|sechst|siebt|siebent|acht|neunt|zehnt|elft|zwölft|"
    rf"(?:drei|vier|fünf|sech|sieb|acht|neun)zehnt|(?:(?:{_TEN})und)?(?:zwanzig|dreißig)st)e[nrms]?"
)
_WHICH = r"(?:über)?nächste[rnms]?|kommende[rnms]?|diese[rnms]?|letzte[rnms]?"
_WRITTEN = (
    rf"(?:\d{{4}}-\d\d-\d\d)|\d{{1,2}}\.\s?\d{{1,2}}(?:\.(?:\s?\d{{4}})?)?(?!\d|\s*uhr)|"
    rf"\d{{1,2}}\.?\s+(?:{_MONTH})(?:\s+\d{{4}})?|(?<=den )\d{{1,2}}\.|(?<=am )\d{{1,2}}\."
)
_IN = rf"in (?:\d+|{_NUMBER}|eine[rmn]?) (?:tag|woche|monat)e?n?|woche|monat|wochenende"
_DAY_WORD = (
    rf"{_WRITTEN}|{_FUSED}|heute|gestern|(?:über)?morgen|(?:{_WHICH})(?= (?:{_FUSED}|woche|monat|wochen))|"
    rf"{_IN}|(?:{_ORDINAL}) (?:{_MONTH}|{_ORDINAL})|(?:(?<=am )|(?<=den )|(?<=dem ))(?:{_ORDINAL})(?! (?:termin|freie))"
)
_GLUE = r"(?:,|\bam\b|\bden\b|\bder\b|\bdem\b|\bin\b|\bdie\b|\s)*"
_PARTS = rf"\s*,?\s*(?:am\s+)?(?:spät\w*\s+)?(?:{_PART}|morgen)\b"
_DAY = rf"(?<!guten )(?<!schönen )(?<![\w.])(?:{_DAY_WORD})(?!\w)(?:{_GLUE}(?<!\w)(?:{_DAY_WORD})(?!\w))*(?:{_PARTS})?"

_HOUR = rf"(?:\d{{1,2}}|{_NUMBER})"
_CLOCK = (
    rf"\d{{1,2}}:\d\d(?:\s*uhr)?|\d{{1,2}}\.\d\d\s*uhr|{_HOUR}\s*uhr(?:\s+(?:\d{{1,2}}|{_NUMBER})(?!\w))?|"
    rf"(?:{_HOUR}\s+(?:minuten\s+)?(?:vor|nach)\s+)?halb\s*{_HOUR}|"
    rf"(?:drei)?viertel\s*(?:(?:vor|nach|über|ab)\s+)?{_HOUR}|{_HOUR}\s+(?:minuten\s+)?(?:vor|nach)\s+{_HOUR}|"
    r"mitternacht"
)
_BARE = rf"(?<=um ){_HOUR}|(?<=gegen ){_HOUR}"
_TIME = (
    rf"(?:\b(?:um|gegen|ab|so gegen|nachmittags|vormittags|abends|morgens|früh)\s+)*"
    rf"(?<![\w.])(?:{_CLOCK}|{_BARE})(?![\w]|[.:]\d)(?:\s+(?:{_PART}))?"
)


def cut_day(text: str) -> tuple[str | None, str]:
    """The words of a day, as they were said, and the text without them."""
    return _cut(_DAY, text)


def cut_time(text: str) -> tuple[str | None, str]:
    """The words of a time of day, as they were said, and the text without them."""
    return _cut(_TIME, text)


def names_part_of_day(day: str) -> bool:
    """Whether the words of a day say a part of it too: „Dienstag Vormittag“."""
    return bool(re.search(rf"(?:{_PART})$|\w+ morgen$|tagmorgen$", day, re.IGNORECASE))


def _cut(pattern: str, text: str) -> tuple[str | None, str]:
    found = re.search(pattern, text, re.IGNORECASE)  # compiled when first needed, not at every start
    if found is None:
        return None, text
    return found[0].strip(" ,"), f"{text[: found.start()]} | {text[found.end() :]}"
