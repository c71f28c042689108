"""Phrases of callers about how people talk: fillers, corrections, choices, moves, and what is no date at all.

A row: the phrase, what it means (see `showing.py`), its source where it has one. Opening hours are Monday to
Friday, 9 to 18. A phrase that failed once becomes a row.
"""

from __future__ import annotations

import pytest

from tests.unit.domain.german.showing import shown

FILLERS = [
    (
        "ähm ja, also am Donnerstag hätt ich gern was, so um halb elf rum",
        "resolved 2025-10-16T10:30 approximate",
        None,
    ),
    ("äh Mittwoch, ja, Mittwoch um drei wär super", "resolved 2025-10-15T15:00", None),
    ("hm, sagen wir mal Freitag um zehn", "resolved 2025-10-17T10:00", None),
    ("also wenn's geht übermorgen um elf, bitte", "resolved 2025-10-16T11:00", None),
    (
        "ja hallo, ich bräuchte mal einen Termin zum Haareschneiden, morgen so gegen vier",
        "resolved 2025-10-15T16:00 approximate",
        None,
    ),
    (
        "Haben Sie denn am Donnerstag um Viertel nach zwei noch was für mich?",
        "resolved 2025-10-16T14:15",
        None,
    ),
    ("ich wollt fragen ob am Freitag um zwölf noch frei ist", "resolved 2025-10-17T12:00", None),
    ("könnt ich vielleicht übermorgen um ähm halb fünf kommen", "resolved 2025-10-16T16:30", None),
    ("dann machen wir doch einfach Montag, neun Uhr", "resolved 2025-10-20T09:00", None),
    ("ja genau, den Donnerstag, und zwar um elf", "resolved 2025-10-16T11:00", None),
    ("Grüß Gott, am Mittwoch um zehn tät's mir passen", "resolved 2025-10-15T10:00", None),
    ("hallo, einmal Färben bitte, Freitag vierzehn dreißig", "resolved 2025-10-17T14:30", None),
    ("um zwei am Donnerstag, wenn das ginge", "resolved 2025-10-16T14:00", None),
    ("am liebsten wäre mir Mittwoch um fünf", "resolved 2025-10-15T17:00", None),
    ("ginge auch der Montag, so um elf?", "resolved 2025-10-20T11:00 approximate", None),
]
"""Fillers and politeness. Said on 2025-10-14 at 10:30."""

CORRECTIONS = [
    ("am Montag, ach nee, am Mittwoch um zehn", "resolved 2025-10-15T10:00", None),
    ("Donnerstag um drei, nein, um vier", "resolved 2025-10-16T16:00", None),
    ("Mittwoch um drei – Quatsch – Donnerstag", "resolved 2025-10-16T15:00", None),
    ("Freitag, Moment, da kann ich nicht, lieber Donnerstag um elf", "resolved 2025-10-16T11:00", None),
    ("ich meine nicht Mittwoch, sondern Donnerstag um zwölf", "resolved 2025-10-16T12:00", None),
    (
        "übermorgen um zehn, Entschuldigung, um elf",
        "resolved 2025-10-16T11:00",
        "section 5: „Ü“ was not lower-cased",
    ),
    ("Freitag geht leider nicht, aber Donnerstag um zwei", "resolved 2025-10-16T14:00", None),
    ("am Mittwoch passt es mir schlecht, besser am Freitag um zehn", "resolved 2025-10-17T10:00", None),
    ("nicht am Donnerstag, da arbeite ich, lieber Freitag um eins", "resolved 2025-10-17T13:00", None),
    ("Mittwoch, beziehungsweise nein, doch lieber Montag um neun", "resolved 2025-10-20T09:00", None),
    ("morgen kann ich nicht, geht Donnerstag um drei?", "resolved 2025-10-16T15:00", None),
    ("um zehn, Verzeihung, halb elf meinte ich, am Freitag", "resolved 2025-10-17T10:30", None),
    ("Donnerstag, Blödsinn, ich meine Freitag, um vier", "resolved 2025-10-17T16:00", None),
    ("statt Donnerstag bitte Freitag um elf", "resolved 2025-10-17T11:00", None),
    ("außer Freitag", "ask rejected 2025-10-17", None),
    ("Mittwoch hab ich keine Zeit", "ask rejected 2025-10-15", None),
    ("am Donnerstag nicht", "ask rejected 2025-10-16", None),
]
"""„nein“, „lieber“, „quatsch“ (german rule 8). Said on 2025-10-14 at 10:30."""

MOVING = [
    (
        "ich hab am Donnerstag um elf einen Termin und würd den gern auf Freitag um zwei verschieben",
        "resolved 2025-10-17T14:00",
        None,
    ),
    (
        "können Sie mich von Mittwoch zehn Uhr auf Donnerstag fünfzehn Uhr umbuchen",
        "resolved 2025-10-16T15:00",
        None,
    ),
    (
        "mein Termin am Mittwoch um zehn, den müsste ich auf elf verschieben",
        "resolved 2025-10-15T11:00",
        "german rule 8",
    ),
    ("den Termin vom 16. bitte auf den 20. verlegen", "resolved 2025-10-20", None),
    ("verschieben wir den Donnerstag auf Montag um neun?", "resolved 2025-10-20T09:00", None),
]
"""„von X auf Y“: the new time is Y (german rule 8). Said on 2025-10-14 at 10:30."""

CHOICES = [
    ("Mittwoch oder Donnerstag, das ist mir gleich", "ask options 2025-10-15 2025-10-16", None),
    ("entweder morgen um elf oder übermorgen um zwei", "ask options 2025-10-15T11:00 2025-10-16T14:00", None),
    ("am Freitag um drei oder um vier", "ask options 2025-10-17T15:00 2025-10-17T16:00", None),
    (
        "Donnerstag Vormittag oder Freitag Nachmittag",
        "ask options 2025-10-16 2025-10-17 part=vormittag",
        None,
    ),
    ("um zehn oder halb elf am Donnerstag", "ask options 2025-10-16T10:00 2025-10-16T10:30", None),
    ("Mittwoch und Freitag hätte ich Zeit", "ask options 2025-10-15 2025-10-17", None),
    ("am Donnerstag um drei oder so", "resolved 2025-10-16T15:00 approximate", None),
    ("Freitag um elf oder später", "resolved 2025-10-17T11:00 after", None),
]
"""„oder“ is asked about (german rule 8). Said on 2025-10-14 at 10:30."""

NOTHING = [
    ("Ja, guten Morgen!", "nothing", None),
    ("Schönen guten Abend, hier Meier", "nothing", None),
    ("Guten Tag, mein Name ist Freitag", "nothing", None),
    ("Hier spricht Sonntag, hallo", "nothing", None),
    ("Grüße an Frau Mai", "nothing", None),
    ("Doktor März ist mein Hausarzt", "nothing", None),
    ("Ich wohne in der Straße des 17. Juni 135", "nothing", None),
    ("Hauptstraße 14, zweiter Stock", "nothing", None),
    ("am Platz des 18. März", "nothing", None),
    ("meine Nummer ist 0171 39 20 107", "nothing", None),
    ("null eins sieben eins drei neun zwei null eins null sieben", "nothing", None),
    ("Telefon 030 / 123 45 67", "nothing", None),
    ("Postleitzahl 10115 Berlin", "nothing", None),
    ("das dauert doch nur eine halbe Stunde", "nothing", None),
    ("reichen da dreißig Minuten?", "nothing", None),
    ("wir sind zwei Personen", "nothing", None),
    ("ich komme zum ersten Mal", "nothing", None),
    ("geboren am 3. Mai 1985", "nothing", None),
    ("mein Geburtsdatum ist der 12.10.1990", "nothing", None),
    ("ich warte seit drei Wochen", "nothing", None),
    ("was kostet das, so um die zwanzig Euro?", "nothing", None),
    ("ja gerne", "nothing", None),
    ("nein danke", "nothing", None),
    ("weiß ich noch nicht", "nothing", None),
    ("das ist mir egal", "nothing", None),
    ("ich rufe später nochmal an", "nothing", None),
    ("Schönes Wochenende noch", "nothing", None),
    ("ein Haarschnitt und einmal Föhnen", "nothing", None),
    ("meine Tochter ist acht Jahre alt", "nothing", None),
    ("Kundennummer vier sieben eins eins", "nothing", None),
    ("ich bin unter 0171-39-2010 zu erreichen", "nothing", None),
    ("haben Sie auch einen Parkplatz?", "nothing", None),
    ("der zweite Versuch schon", "nothing", None),
]
"""No false alarm (german rule 6). Said on 2025-10-14 at 10:30."""

NAMES_AND_DATES = [
    ("Frau Freitag möchte am Donnerstag um zehn kommen", "resolved 2025-10-16T10:00", None),
    ("ich heiße Sonntag und hätte gern Montag um elf", "resolved 2025-10-20T11:00", None),
    ("Guten Morgen, haben Sie morgen Vormittag was?", "resolved 2025-10-15 part=vormittag", None),
    ("Morgen, hier ist Schulze, geht am Donnerstag um drei was?", "resolved 2025-10-16T15:00", None),
    ("ich wohne in der Maistraße 14, passt Freitag um zwölf?", "resolved 2025-10-17T12:00", "german rule 6"),
    ("meine Nummer ist 0171 39 20 107, Donnerstag um drei bitte", "resolved 2025-10-16T15:00", None),
    ("geboren am 3. Mai 1985, Termin bitte Freitag um neun", "resolved 2025-10-17T09:00", None),
    ("zum ersten Mal bei Ihnen, am Donnerstag um elf bitte", "resolved 2025-10-16T11:00", None),
    ("Schönen Dienstag, ich bräuchte Donnerstag um vier", "resolved 2025-10-16T16:00", None),
    ("das dauert eine halbe Stunde, dann am Freitag um eins", "resolved 2025-10-17T13:00", None),
]
"""A date beside something that looks like one (german rule 6). Said on 2025-10-14 at 10:30."""


TABLES = {
    "fillers": ("2025-10-14T10:30", FILLERS),
    "corrections": ("2025-10-14T10:30", CORRECTIONS),
    "moving": ("2025-10-14T10:30", MOVING),
    "choices": ("2025-10-14T10:30", CHOICES),
    "nothing": ("2025-10-14T10:30", NOTHING),
    "names_and_dates": ("2025-10-14T10:30", NAMES_AND_DATES),
}


ROWS = [
    pytest.param(now, phrase, meaning, id=f"{name}: {phrase}")
    for name, (now, rows) in TABLES.items()
    for phrase, meaning, _ in rows
]


@pytest.mark.parametrize(("now", "phrase", "meaning"), ROWS)
def test_a_phrase_means(now, phrase, meaning):
    assert shown(phrase, now) == meaning
