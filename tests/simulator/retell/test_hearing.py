from __future__ import annotations

import pytest

from simulator.retell.hearing import hear


def heard(text: str, *, expects_name: bool = False):
    return hear(text, expects_name=expects_name)


class TestDays:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("am 2025-10-20", "2025-10-20"),
            ("am 20.10.2025", "20.10.2025"),
            ("am 20.10. bitte", "20.10."),
            ("am 20.10 um 14 Uhr", "20.10"),
            ("am 20. Oktober 2026", "20. Oktober 2026"),
            ("am dritten November", "dritten November"),
            ("am fünfzehnten um elf", "fünfzehnten"),
            ("am Mittwoch", "Mittwoch"),
            ("am Sonnabend", "Sonnabend"),
            ("am Montag, 20. Oktober, um 14 Uhr", "Montag, 20. Oktober"),
            ("Morgen um 9:00 Uhr", "Morgen"),
            ("heute noch", "heute"),
            ("nächsten Mittwoch um zwei", "nächsten Mittwoch"),
            ("nächste Woche Dienstag Vormittag", "nächste Woche Dienstag Vormittag"),
            ("Dienstag nächster Woche um zehn", "Dienstag nächster Woche"),
            ("in zwei Wochen am Mittwoch", "in zwei Wochen am Mittwoch"),
            ("Freitagnachmittag", "Freitagnachmittag"),
            ("am 31. November um 10 Uhr", "31. November"),  # whether it exists, the gateway says
            ("Guten Morgen, ich hätte gern einen Termin", None),
            ("die zweite bitte", None),
            ("egal wann", None),
        ],
    )
    def test_a_day_is_cut_out_in_the_callers_words(self, text: str, words: str | None) -> None:
        assert heard(text).day == words


class TestTimes:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("um 14:00", "um 14:00"),
            ("um 9:05 Uhr", "um 9:05 Uhr"),
            ("14 Uhr 30", "14 Uhr 30"),
            ("Montag um 16", "um 16"),
            ("übermorgen um halb drei", "um halb drei"),
            ("so gegen Viertel nach zwei nachmittags", "so gegen Viertel nach zwei nachmittags"),
            ("um fünf nach halb vier", "um fünf nach halb vier"),
            ("vierzehn Uhr dreißig", "vierzehn Uhr dreißig"),
            ("am 20.10.2025", None),
            ("am 20. Oktober", None),
            ("Telefon 0151 12345678", None),
        ],
    )
    def test_a_time_of_day_is_cut_out_in_the_callers_words(self, text: str, words: str | None) -> None:
        assert heard(text).at == words


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
