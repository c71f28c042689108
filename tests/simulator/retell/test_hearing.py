from __future__ import annotations

from datetime import date, time

import pytest

from simulator.retell.hearing import hear

MONDAY = date(2025, 10, 13)


def heard(text: str, *, expects_name: bool = False):
    return hear(text, today=MONDAY, expects_name=expects_name)


class TestDays:
    @pytest.mark.parametrize(
        ("text", "day"),
        [
            ("am 2025-10-20", date(2025, 10, 20)),
            ("am 20.10.2025", date(2025, 10, 20)),
            ("am 20.10. bitte", date(2025, 10, 20)),
            ("am 20.10 um 14 Uhr", date(2025, 10, 20)),
            ("am 20. Oktober", date(2025, 10, 20)),
            ("am 20. Oktober 2026", date(2026, 10, 20)),
            ("am 5. Januar", date(2026, 1, 5)),
            ("am Mittwoch", date(2025, 10, 15)),
            ("am Montag", date(2025, 10, 20)),  # strictly after today
            ("am Sonnabend", date(2025, 10, 18)),
            ("am Montag, 20. Oktober, um 14 Uhr", date(2025, 10, 20)),
            ("Morgen um 9:00 Uhr", date(2025, 10, 14)),
            ("heute noch", MONDAY),
            ("übermorgen", date(2025, 10, 15)),
            ("Guten Morgen, ich hätte gern einen Termin", None),
            ("egal wann", None),
        ],
    )
    def test_a_day_is_turned_into_a_date(self, text: str, day: date | None) -> None:
        assert heard(text).day == day

    def test_a_day_that_no_calendar_has_is_noticed(self) -> None:
        found = heard("am 31. November um 10 Uhr")
        assert found.day is None
        assert found.day_is_impossible


class TestTimes:
    @pytest.mark.parametrize(
        ("text", "at"),
        [
            ("um 14:00", time(14)),
            ("um 9:05 Uhr", time(9, 5)),
            ("14 Uhr", time(14)),
            ("14 Uhr 30", time(14, 30)),
            ("14.30 Uhr", time(14, 30)),
            ("Montag um 16", time(16)),
            ("am 20.10.2025", None),
            ("am 20. Oktober", None),
        ],
    )
    def test_a_time_of_day_is_found(self, text: str, at: time | None) -> None:
        assert heard(text).at == at


class TestPeople:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("Mein Name ist Max Mustermann, Telefon 0151 12345678", "Max Mustermann"),
            ("Ja, bitte buchen Sie, auf Erika Muster.", "Erika Muster"),
            ("auf den Namen Anna von Berg bitte", "Anna von Berg"),
            ("ich heiße Çelik", None),
            ("ich heiße Öztürk", "Öztürk"),
            ("Auf Wiederhören", None),
            ("auf Montag verschieben", None),
        ],
    )
    def test_a_name_is_found_where_it_is_introduced(self, text: str, name: str | None) -> None:
        assert heard(text).name == name

    @pytest.mark.parametrize(
        ("text", "name"),
        [("Erika Muster", "Erika Muster"), ("Muster, bitte.", "Muster"), ("Ja", None), ("Nein", None)],
    )
    def test_a_bare_name_counts_when_it_was_asked_for(self, text: str, name: str | None) -> None:
        assert heard(text, expects_name=True).name == name
        assert heard(text).name is None

    def test_phone_and_email_are_found_and_normalised(self) -> None:
        found = heard("Telefon +49 151 1234-5678, E-Mail erika at example punkt de")
        assert found.phone == "+4915112345678"
        assert found.email == "erika@example.de"
        assert heard("mail: e.m@example.co.uk").email == "e.m@example.co.uk"

    def test_a_date_is_no_phone_number(self) -> None:
        assert heard("am 20.10.2025 um 14:00").phone is None


class TestWords:
    def test_services_are_found_by_word(self) -> None:
        assert heard("Ich hätte gern einen Haarschnitt").service == "Haarschnitt"
        assert heard("einmal Haare schneiden").service == "Haarschnitt"
        assert heard("einen Termin").service is None

    @pytest.mark.parametrize(
        "text", ["Ja", "ja, bitte", "Passt!", "bitte buchen", "buchen Sie", "in Ordnung"]
    )
    def test_consent_is_heard(self, text: str) -> None:
        assert heard(text).yes

    @pytest.mark.parametrize("text", ["Nein, danke", "lieber nicht", "Bitte nicht buchen"])
    def test_refusal_is_heard(self, text: str) -> None:
        assert heard(text).no
