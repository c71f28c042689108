"""Phrases of callers about days: weekdays, dates, offsets, holidays, conflicts, and the phrases of the incidents.

A row: the phrase, what it means (see `showing.py`), its source where it has one. Opening hours are Monday to
Friday, 9 to 18. A phrase that failed once becomes a row.
"""

from __future__ import annotations

import pytest

from tests.unit.domain.german.showing import shown

WEEKDAYS = [
    (
        "nächsten Donnerstag um zwei bitte",
        "ask which_week 2025-10-16T14:00 2025-10-23T14:00",
        "design, section 5",
    ),
    ("den nächsten Montag um elf", "resolved 2025-10-20T11:00", None),
    ("kommenden Freitag um Viertel nach elf", "resolved 2025-10-17T11:15", None),
    ("diesen Donnerstag um fünf", "resolved 2025-10-16T17:00", None),
    (
        "übernächsten Freitag gegen eins",
        "ask which_week 2025-10-24T13:00 2025-10-31T13:00 approximate",
        "german rule 2",
    ),
    ("übernächste Woche am Freitag um eins", "resolved 2025-10-31T13:00", None),
    ("nächste Woche, sagen wir Donnerstag, um drei", "resolved 2025-10-23T15:00", None),
    ("Donnerstag nächster Woche um halb zwei", "resolved 2025-10-23T13:30", None),
    ("am Dienstag in der kommenden Woche um zehn", "resolved 2025-10-21T10:00", None),
    ("Dienstag um vier", "ask today_or_next_week 2025-10-14T16:00 2025-10-21T16:00", "german rule 5"),
    ("am Dienstag um neun", "resolved 2025-10-21T09:00", None),
    ("Freitag in einer Woche um zehn", "resolved 2025-10-24T10:00", None),
    ("Montag in vierzehn Tagen, elf Uhr", "resolved 2025-11-03T11:00", None),
    ("Mittwoch über acht Tage um zwei", "resolved 2025-10-22T14:00", None),
    ("in zwei Wochen am Donnerstag um neun", "resolved 2025-10-30T09:00", None),
    ("diese Woche Freitag um zwölf", "resolved 2025-10-17T12:00", None),
    ("nächste Woche nicht, erst übernächste Woche Montag um drei", "resolved 2025-10-27T15:00", None),
    ("Sonnabend um elf", "out_of_hours 2025-10-18T11:00", None),
    ("Samstagvormittag wäre mir am liebsten", "out_of_hours 2025-10-18 part=vormittag", None),
    ("am Freitag nach dem nächsten um zehn", "resolved 2025-10-24T10:00", None),
    ("Do um elf", "resolved 2025-10-16T11:00", None),
    ("mittwochs um drei", "resolved 2025-10-15T15:00", None),
    ("Freitag oder Freitag in einer Woche", "ask options 2025-10-17 2025-10-24", None),
]
"""Weekdays and weeks (german rule 2). Said on 2025-10-14 at 10:30."""

RELATIVE = [
    ("heute noch um fünf", "resolved 2025-10-14T17:00", None),
    ("gleich heute Nachmittag", "resolved 2025-10-14 part=nachmittag", None),
    ("heut Mittag um eins", "resolved 2025-10-14T13:00 part=mittag", None),
    ("morgen gleich in der Früh um neun", "resolved 2025-10-15T09:00 part=morgen", None),
    ("morgen Mittag so um halb eins", "resolved 2025-10-15T12:30 part=mittag approximate", None),
    (
        "übermorgen in der Mittagspause",
        "resolved 2025-10-16 part=mittag",
        "section 5: „Ü“ was not lower-cased",
    ),
    ("überübermorgen um zehn", "resolved 2025-10-17T10:00", None),
    ("heute in einer Woche um zwölf", "resolved 2025-10-21T12:00", None),
    ("heute über vierzehn Tage um drei", "resolved 2025-10-28T15:00", None),
    ("in acht Tagen um zehn", "ask eight_days 2025-10-21T10:00 2025-10-22T10:00", "german rule 3"),
    ("morgen in acht Tagen um zehn", "resolved 2025-10-22T10:00", None),
    ("in zehn Tagen bin ich zurück, dann um elf", "resolved 2025-10-24T11:00", None),
    ("in drei Wochen so gegen zwei", "resolved 2025-11-04T14:00 approximate", None),
    ("in anderthalb Stunden", "resolved 2025-10-14T12:00", None),
    ("in einer Dreiviertelstunde könnte ich da sein", "resolved 2025-10-14T11:15", None),
    ("in zwei Stunden vielleicht?", "resolved 2025-10-14T12:30", None),
    ("in einem Monat um neun", "resolved 2025-11-14T09:00", None),
    ("die nächsten drei Tage bin ich frei", "resolved 2025-10-15 end=2025-10-17", None),
    ("gestern um vier", "past 2025-10-13T16:00", None),
    ("das war vorgestern", "past 2025-10-12", None),
    ("letzten Freitag um drei", "past 2025-10-10T15:00", None),
    ("ich hatte gestern angerufen, geht am Donnerstag um zwei?", "resolved 2025-10-16T14:00", None),
    ("vor zwei Wochen war ich schon mal da, jetzt bitte Freitag um elf", "resolved 2025-10-17T11:00", None),
]
"""Offsets (german rule 3). Said on 2025-10-14 at 10:30."""

DATES = [
    ("am dritten November um drei", "resolved 2025-11-03T15:00", None),
    ("den fünften zwölften um zehn", "resolved 2025-12-05T10:00", None),
    ("am zwoten Dezember um zwo", "resolved 2025-12-02T14:00", None),
    ("am einundzwanzigsten um elf", "resolved 2025-10-21T11:00", None),
    ("Donnerstag, den sechzehnten, um viertel elf", "resolved 2025-10-16T10:15 regional", None),
    ("am 23. um vierzehn Uhr", "resolved 2025-10-23T14:00", None),
    ("am 23.10. um halb drei", "resolved 2025-10-23T14:30", None),
    ("der 3. November um 9.30 Uhr", "resolved 2025-11-03T09:30", None),
    ("Montag, 20. Oktober um 14:15 Uhr, haben Sie gesagt", "resolved 2025-10-20T14:15", None),
    ("20. 10. um 10", "resolved 2025-10-20T10:00", None),
    ("am 24.10.2025 um zehn", "resolved 2025-10-24T10:00", None),
    ("24.10.25, zehn Uhr", "resolved 2025-10-24T10:00", None),
    ("am siebzehnten Zehnten um neun", "resolved 2025-10-17T09:00", None),
    ("am achten Jänner um elf", "resolved 2026-01-08T11:00", None),
    ("am ersten Zwölften um Viertel vor zwölf", "resolved 2025-12-01T11:45", None),
    ("am 15. März um zehn", "out_of_hours 2026-03-15T10:00", None),
    ("erster Montag im Dezember um zehn", "resolved 2025-12-01T10:00", None),
    ("gleich am ersten um zehn vielleicht", "out_of_hours 2025-11-01T10:00", None),
    ("bis zum einunddreißigsten", "resolved end=2025-10-31 before", None),
    ("ab dem 20. Oktober", "resolved 2025-10-20 after", None),
    ("vom 20. bis zum 24. Oktober", "resolved 2025-10-20 end=2025-10-24", None),
    ("zwischen dem 3. und dem 7. November", "resolved 2025-11-03 end=2025-11-07", None),
    ("am dritten Februar zweitausendsechsundzwanzig um zehn", "resolved 2026-02-03T10:00", None),
    ("ISO hat das System gesagt: 2025-10-20 14:30", "resolved 2025-10-20T14:30", None),
    ("am Donnerstag, dem 23. um elf", "resolved 2025-10-23T11:00", None),
    ("zum fünfundzwanzigsten November, neun Uhr dreißig", "resolved 2025-11-25T09:30", None),
    ("am 13., so um elf", "resolved 2025-11-13T11:00 approximate", None),
    ("5. Dezember, ein Freitag, um zehn", "resolved 2025-12-05T10:00", None),
]
"""Dates, spoken and written (german rule 10). Said on 2025-10-14 at 10:30."""

CONFLICTS = [
    ("Mittwoch, 16. Oktober, um zehn", "ask conflict 2025-10-15T10:00 2025-10-16T10:00", "section 0.2"),
    (
        "Freitag, den dreizehnten November, um elf",
        "ask conflict 2025-11-13T11:00 2025-11-14T11:00",
        "german rule 8",
    ),
    ("morgen, am 16., um zehn", "ask conflict 2025-10-15T10:00 2025-10-16T10:00", None),
    ("am Montag, dem 21. Oktober", "ask conflict 2025-10-20 2025-10-21", None),
    ("heute, Mittwoch, um drei", "ask conflict 2025-10-14T15:00 2025-10-15T15:00", None),
    ("am 5.10. bitte, zehn Uhr", "ask slip 2025-11-05T10:00 2026-10-05T10:00", "section 5"),
    ("am fünften Oktober, vormittags", "ask slip 2025-11-05 2026-10-05 part=vormittag", "design, section 5"),
    (
        "am 15.1, vormittags um zehn",
        "ask slip 2025-10-15T10:00 2026-01-15T10:00 part=vormittag",
        "section 5: a month cut off",
    ),
    ("20. August um elf", "resolved 2026-08-20T11:00", None),
    ("am dreißigsten Februar", "invalid", "german rule 8"),
    ("Montag in 999999999 Wochen", "invalid", None),
    ("am 31.12.9999 um zehn", "invalid", None),
    ("in Kalenderwoche 53 am Montag um zehn", "resolved 2026-12-28T10:00", None),
    ("am einunddreißigsten Elften, wenn möglich", "invalid", None),
    ("am 29. Februar, der ist doch ein Freitag?", "invalid", None),
    ("32. Oktober", "invalid", None),
    ("am 12.13. hätte ich Zeit", "invalid", None),
    ("am Donnerstag um fünfundzwanzig Uhr", "invalid", None),
    ("Freitag um vierzehn Uhr fünfundsiebzig", "invalid", None),
    (
        "am Donnerstag um sechs sechzehn Uhr",
        "ask which_clock 2025-10-16T16:00 2025-10-16T18:16",
        "call of 2025-11-23",
    ),
    ("am 3. Mai 2024 um zehn", "past 2024-05-03T10:00", None),
]
"""Conflicts, slips and days that do not exist (german rules 5 and 8). Said on 2025-10-14 at 10:30."""

HOLIDAYS = [
    ("an Heiligabend um zehn", "resolved 2025-12-24T10:00", None),
    ("am ersten Weihnachtsfeiertag", "resolved 2025-12-25", None),
    ("Silvester um elf", "resolved 2025-12-31T11:00", None),
    ("am Nikolaustag um drei", "out_of_hours 2025-12-06T15:00", None),
    ("Ostermontag um zehn", "resolved 2026-04-06T10:00", None),
    ("an Allerheiligen", "out_of_hours 2025-11-01", None),
    ("Buß- und Bettag um zwei", "resolved 2025-11-19T14:00", None),
    ("am dritten Advent", "out_of_hours 2025-12-14", None),
]
"""Days by name. Said on 2025-10-14 at 10:30."""

INCIDENT_1_35_1 = [
    ("nächste Woche Dienstag um zehn", "resolved 2025-10-21T10:00", "incident 1.35"),
    ("nächste Woche Samstag", "out_of_hours 2025-10-25", "incident 1.35"),
    ("Montag um zehn", "resolved 2025-10-20T10:00", "incident 1.35"),
    ("wie wär's nächster Sonntag", "out_of_hours 2025-10-19", "incident 1.35"),
    ("dieser Dienstag um elf", "resolved 2025-10-21T11:00", "incident 1.35"),
    ("irgendwas nächste Woche Xyz", "resolved 2025-10-20 end=2025-10-26", "incident 1.35"),
]
"""Phrases of incident 1.35. Said on 2025-10-18 at 10:00."""

INCIDENT_1_35_2 = [
    ("diese Woche Freitag gleich früh um neun", "resolved 2025-10-17T09:00 part=morgen", "incident 1.35"),
    ("am 1.1 haben Sie wohl zu, oder?", "resolved 2026-01-01", "incident 1.35"),
    ("lieber den 25.10 um elf", "out_of_hours 2025-10-25T11:00", "incident 1.35"),
    ("am 31.2, so gegen zehn", "invalid approximate", "incident 1.35"),
    (
        "den neunten Zehnten, nachmittags um drei",
        "ask slip 2025-11-09T15:00 2026-10-09T15:00 part=nachmittag",
        "incident 1.35",
    ),
]
"""Phrases of incident 1.35. Said on 2025-10-13 at 10:00."""

INCIDENT_1_35_3 = [
    ("kommenden Mittwoch um elf", "resolved 2025-11-26T11:00", "incident 1.35"),
    ("nächster Freitag um elf", "resolved 2025-11-28T11:00", "incident 1.35"),
]
"""Phrases of incident 1.35. Said on 2025-11-23 at 12:00."""

INCIDENT_1_35_4 = [
    ("Dienstagvormittag kommende Woche", "resolved 2025-12-23 part=vormittag", "incident 1.35"),
]
"""Phrases of incident 1.35. Said on 2025-12-21 at 12:00."""

INCIDENT_1_35_5 = [
    ("ich dachte an den 7. November, um zehn", "out_of_hours 2026-11-07T10:00", "incident 1.35"),
    ("der 13 Dezember um elf", "out_of_hours 2025-12-13T11:00", "incident 1.35"),
]
"""Phrases of incident 1.35. Said on 2025-12-05 at 10:00."""

INCIDENT_1_35_6 = [
    ("das war doch der 5. November, um zwei", "ask slip 2025-12-05T14:00 2026-11-05T14:00", "incident 1.35"),
]
"""Phrases of incident 1.35. Said on 2025-11-07 at 10:00."""

INCIDENT_1_35_7 = [
    ("Sonntag nächste Woche, habt ihr da offen?", "out_of_hours 2025-10-26", "incident 1.35"),
    ("nächste Woche Mittwoch um drei", "resolved 2025-10-22T15:00", "incident 1.35"),
]
"""Phrases of incident 1.35. Said on 2025-10-15 at 09:00."""

INCIDENT_1_36 = [
    ("heute um neun", "past 2025-10-13T09:00", "incident 1.36"),
    ("heute um 09:00", "past 2025-10-13T09:00", "incident 1.36"),
    ("heute Vormittag um elf", "past 2025-10-13T11:00 part=vormittag", "incident 1.36"),
]
"""Phrases of incident 1.36. Said on 2025-10-13 at 15:05."""

DECEMBER = [
    ("am zweiten Januar um zehn", "resolved 2026-01-02T10:00", None),
    ("am 8.1., also im neuen Jahr, um halb drei", "resolved 2026-01-08T14:30", None),
    ("nächste Woche Mittwoch, da ist ja schon Januar, um elf", "resolved 2026-01-07T11:00", None),
]
"""The turn of the year (german rule 5). Said on 2025-12-29 at 11:00."""

SUNDAY_EVENING = [
    ("morgen um zehn", "resolved 2025-10-20T10:00", None),
    ("nächsten Montag um zehn", "resolved 2025-10-20T10:00", None),
    ("nächste Woche Freitag um eins", "resolved 2025-10-24T13:00", None),
    ("heute noch", "out_of_hours 2025-10-19", None),
]
"""Said on a Sunday evening. Said on 2025-10-19 at 20:00."""


TABLES = {
    "weekdays": ("2025-10-14T10:30", WEEKDAYS),
    "relative": ("2025-10-14T10:30", RELATIVE),
    "dates": ("2025-10-14T10:30", DATES),
    "conflicts": ("2025-10-14T10:30", CONFLICTS),
    "holidays": ("2025-10-14T10:30", HOLIDAYS),
    "incident_1_35_1": ("2025-10-18T10:00", INCIDENT_1_35_1),
    "incident_1_35_2": ("2025-10-13T10:00", INCIDENT_1_35_2),
    "incident_1_35_3": ("2025-11-23T12:00", INCIDENT_1_35_3),
    "incident_1_35_4": ("2025-12-21T12:00", INCIDENT_1_35_4),
    "incident_1_35_5": ("2025-12-05T10:00", INCIDENT_1_35_5),
    "incident_1_35_6": ("2025-11-07T10:00", INCIDENT_1_35_6),
    "incident_1_35_7": ("2025-10-15T09:00", INCIDENT_1_35_7),
    "incident_1_36": ("2025-10-13T15:05", INCIDENT_1_36),
    "december": ("2025-12-29T11:00", DECEMBER),
    "sunday_evening": ("2025-10-19T20:00", SUNDAY_EVENING),
}


ROWS = [
    pytest.param(now, phrase, meaning, id=f"{name}: {phrase}")
    for name, (now, rows) in TABLES.items()
    for phrase, meaning, _ in rows
]


@pytest.mark.parametrize(("now", "phrase", "meaning"), ROWS)
def test_a_phrase_means(now, phrase, meaning):
    assert shown(phrase, now) == meaning
