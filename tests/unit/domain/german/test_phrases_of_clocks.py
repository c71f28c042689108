"""Phrases of callers about clock times, limits, parts of the day and vague wishes.

A row: the phrase, what it means (see `showing.py`), its source where it has one. Opening hours are Monday to
Friday, 9 to 18. A phrase that failed once becomes a row.
"""

from __future__ import annotations

import pytest

from tests.unit.domain.german.showing import shown

CLOCK = [
    ("Donnerstag halb drei", "resolved 2025-10-16T14:30", None),
    ("Donnerstag um Viertel vor drei", "resolved 2025-10-16T14:45", None),
    (
        "als Dresdner sag ich mal Donnerstag viertel drei",
        "resolved 2025-10-16T14:15 regional",
        "german rule 1: read as 14:15, read back",
    ),
    ("Donnerstag dreiviertel drei, geht des?", "resolved 2025-10-16T14:45 regional", None),
    ("Donnerstag um Viertel über drei", "resolved 2025-10-16T15:15", "german rule 1"),
    ("Donnerstag um fünf vor halb vier", "resolved 2025-10-16T15:25", None),
    ("Donnerstag fünf nach halb vier", "resolved 2025-10-16T15:35", None),
    ("Donnerstag zehn vor drei", "resolved 2025-10-16T14:50", None),
    ("Donnerstag um zwanzig nach elf", "resolved 2025-10-16T11:20", None),
    ("Donnerstag kurz nach elf", "resolved 2025-10-16T11:00 approximate", None),
    ("ich könnte Donnerstag zehn Uhr dreißig", "resolved 2025-10-16T10:30", None),
    ("Donnerstag um vierzehn Uhr fünfundvierzig", "resolved 2025-10-16T14:45", None),
    ("am Donnerstag um dreizehn Uhr und fünf Minuten", "resolved 2025-10-16T13:05", None),
    ("Donnerstag, halbdrei", "resolved 2025-10-16T14:30", None),
    ("Donnerstag viertelnach neun", "resolved 2025-10-16T09:15", None),
    ("Donnerstag um dreiviertelelf", "resolved 2025-10-16T10:45 regional", None),
    ("Donnerstag zehnuhr dreißig", "resolved 2025-10-16T10:30", None),
    ("Donnerstag 4:00", "resolved 2025-10-16T16:00", "german rule 4"),
    ("Donnerstag, 10:00, passt", "resolved 2025-10-16T10:00", None),
    ("am Donnerstag um 14.30", "resolved 2025-10-16T14:30", None),
    ("am Donnerstag 1430 Uhr", "resolved 2025-10-16T14:30", None),
    ("am Donnerstag um 14h30", "resolved 2025-10-16T14:30", None),
    ("Donnerstag um ein Uhr", "resolved 2025-10-16T13:00", None),
    ("Donnerstag um eins rum", "resolved 2025-10-16T13:00", None),
    ("Donnerstag Schlag zwölf", "resolved 2025-10-16T12:00", None),
    ("Donnerstag Punkt neun", "resolved 2025-10-16T09:00", None),
    ("Donnerstag um zwölf Uhr mittags", "resolved 2025-10-16T12:00 part=mittag", None),
    ("Donnerstag um Mitternacht", "out_of_hours 2025-10-17T00:00", None),
    ("Donnerstag um vierundzwanzig Uhr, ein Scherz", "out_of_hours 2025-10-17T00:00", None),
    ("übermorgen um die gleiche Zeit", "resolved 2025-10-16T10:30", "german rule 11"),
    ("am Donnerstag um zwei Uhr nachts", "out_of_hours 2025-10-16T02:00 part=nacht", "german rule 4"),
    ("Donnerstag, früh um zehn", "resolved 2025-10-16T10:00 part=morgen", None),
    ("Donnerstag um zehn Uhr morgens", "resolved 2025-10-16T10:00 part=morgen", None),
    ("Donnerstag abends um acht", "out_of_hours 2025-10-16T20:00 part=abend", None),
    ("macht ihr am Donnerstag um acht schon auf?", "out_of_hours 2025-10-16T08:00", None),
    ("kurz vor Feierabend, um sechs, am Donnerstag", "out_of_hours 2025-10-16T18:00", None),
    ("am Donnerstag vor der Arbeit, um sieben?", "out_of_hours 2025-10-16T19:00", None),
    ("Donnerstag drei Uhr nachmittags", "resolved 2025-10-16T15:00 part=nachmittag", None),
    ("Donnerstag um drei viertel elf", "resolved 2025-10-16T10:45 regional", None),
    ("Donnerstag fünfzehn Uhr dreißig wär gut", "resolved 2025-10-16T15:30", None),
]
"""Clock times (german rules 1 and 4). Said on 2025-10-14 at 10:30."""

OPEN = [
    ("Donnerstag ab zwei", "resolved 2025-10-16T14:00 after", None),
    ("Donnerstag nach drei", "resolved 2025-10-16T15:00 after", None),
    ("am Donnerstag frühestens um elf", "resolved 2025-10-16T11:00 after", None),
    ("Donnerstag vor zwölf", "resolved 2025-10-16 end=2025-10-16T12:00 before", None),
    ("am Donnerstag bis spätestens drei", "resolved 2025-10-16 end=2025-10-16T15:00 before", None),
    ("Donnerstag nicht vor elf", "resolved 2025-10-16T11:00 after", None),
    ("Donnerstag nicht später als vier", "resolved 2025-10-16 end=2025-10-16T16:00 before", None),
    ("am Donnerstag zwischen zehn und zwölf", "resolved 2025-10-16T10:00 end=2025-10-16T12:00", None),
    ("Donnerstag von zehn bis halb zwölf", "resolved 2025-10-16T10:00 end=2025-10-16T11:30", None),
    ("Donnerstag nach neun, aber vor elf", "resolved 2025-10-16T09:00 end=2025-10-16T11:00", None),
    ("am Donnerstag von vierzehn Uhr an", "resolved 2025-10-16T14:00 after", "german rule 7"),
    ("bis Freitag um zwölf", "resolved end=2025-10-17T12:00 before", None),
    ("Donnerstag 14 - 16 Uhr", "resolved 2025-10-16T14:00 end=2025-10-16T16:00", None),
    ("Donnerstag so gegen drei", "resolved 2025-10-16T15:00 approximate", None),
    ("Donnerstag circa halb elf", "resolved 2025-10-16T10:30 approximate", None),
    ("Donnerstag ungefähr um zehn", "resolved 2025-10-16T10:00 approximate", None),
    ("von drei bis fünf am Donnerstag", "resolved 2025-10-16T15:00 end=2025-10-16T17:00", None),
]
"""Limits, spans, approximate times (german rule 7). Said on 2025-10-14 at 10:30."""

PARTS = [
    ("Donnerstag Vormittag irgendwann", "resolved 2025-10-16 part=vormittag", None),
    ("am Freitagnachmittag", "resolved 2025-10-17 part=nachmittag", None),
    ("Dienstagvormittag nächste Woche", "resolved 2025-10-21 part=vormittag", None),
    ("übermorgen abends", "resolved 2025-10-16 part=abend", "section 5: „Ü“ was not lower-cased"),
    ("am Donnerstag in der Früh", "resolved 2025-10-16 part=morgen", None),
    ("am Donnerstag, später Nachmittag", "resolved 2025-10-16 part=nachmittag", None),
    ("morgen früh, geht da was?", "resolved 2025-10-15 part=morgen", None),
    ("heute Vormittag noch?", "resolved 2025-10-14 part=vormittag", None),
    ("am Morgen des 20. Oktober", "resolved 2025-10-20 part=morgen", None),
    ("am Mittwochmorgen um zehn", "resolved 2025-10-15T10:00 part=morgen", None),
    ("Donnerstag über Mittag", "resolved 2025-10-16 part=mittag", None),
    ("irgendwann vormittags", "resolved part=vormittag", None),
]
"""Parts of the day (german rule 6). Said on 2025-10-14 at 10:30."""

VAGUE = [
    ("so Ende der Woche", "ask window 2025-10-16 2025-10-17 end=2025-10-17", None),
    ("Anfang nächster Woche dann", "ask window 2025-10-20 2025-10-21 end=2025-10-21", None),
    ("Mitte der Woche irgendwann", "ask window 2025-10-15 end=2025-10-15", None),
    ("haben Sie zwischen den Jahren auf?", "ask window 2025-12-27 2025-12-30 end=2025-12-30", None),
    ("wir bräuchten's so bald wie möglich", "ask window 2025-10-14 2025-10-28 end=2025-10-28", None),
    ("möglichst bald bitte", "ask window 2025-10-14 2025-10-28 end=2025-10-28", None),
    ("den nächsten freien Termin, egal wann", "ask window 2025-10-14 2025-10-28 end=2025-10-28", None),
    (
        "der erste freie Termin am Vormittag",
        "ask window 2025-10-14 2025-10-28 end=2025-10-28 part=vormittag",
        None,
    ),
    ("irgendwann nächste Woche", "resolved 2025-10-20 end=2025-10-26", None),
    ("diese Woche noch", "resolved 2025-10-13 end=2025-10-19", None),
    ("am nächsten Wochenende", "out_of_hours 2025-10-18", None),
    ("Ende November irgendwann", "ask window 2025-11-21 2025-11-30 end=2025-11-30", None),
    ("in KW 44 am Mittwoch um zehn", "resolved 2025-10-29T10:00", None),
    ("im November wär's mir recht", "resolved 2025-11-01 end=2025-11-30", None),
    ("im November am dritten um drei", "resolved 2025-11-03T15:00", None),
]
"""A window for the search, not a time (german rule 9). Said on 2025-10-14 at 10:30."""

ALONE = [
    ("um drei, ginge das?", "resolved T15:00", None),
    ("sonst halt um neun", "resolved 2025-10-15T09:00 assumed", "german rule 5"),
    ("so gegen elf", "resolved T11:00 approximate", None),
    ("um acht hätten Sie noch nicht auf?", "out_of_hours T08:00", None),
    ("nachmittags um vier", "resolved T16:00 part=nachmittag", None),
    ("um halb sieben abends", "out_of_hours T18:30 part=abend", None),
]
"""No day was said (german rule 5). Said on 2025-10-14 at 10:30."""


TABLES = {
    "clock": ("2025-10-14T10:30", CLOCK),
    "open": ("2025-10-14T10:30", OPEN),
    "parts": ("2025-10-14T10:30", PARTS),
    "vague": ("2025-10-14T10:30", VAGUE),
    "alone": ("2025-10-14T10:30", ALONE),
}


ROWS = [
    pytest.param(now, phrase, meaning, id=f"{name}: {phrase}")
    for name, (now, rows) in TABLES.items()
    for phrase, meaning, _ in rows
]


@pytest.mark.parametrize(("now", "phrase", "meaning"), ROWS)
def test_a_phrase_means(now, phrase, meaning):
    assert shown(phrase, now) == meaning
