from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.names import find_named, is_same_person, same_name, spoken_name

STAFF = ("Mario Basler", "Jana")


class TestSpokenName:
    @pytest.mark.parametrize(
        "said",
        [
            None,
            "",
            "  ",
            "X",
            "Unbekannt",
            "ANONYM nony",
            " kunde ",
            "n/a",
            "---",
            "12345",
            "guten Tag",
            "Guten Tag!",
            "hallo",
            "Ja, bitte.",
            "Ja genau",
            "Acht Uhr",
            "14 Uhr",
            "um halb drei",
            "Montag um zehn Uhr",
            "am zehn Mai",
            "John Doe",
            "Herr Unbekannt",
            "mein Name ist",
            "Frau",
            "{{customer_name}}",
            "[Name]",
            "<name>",
            "bei Mario Basler",
            "bei Basler",
            "Termin bei Jana",
            "bei Frau Klein",
            "keine Angabe",
        ],
    )
    def test_what_only_stands_for_a_name_is_none(self, said):
        assert spoken_name(said, STAFF) is None

    @pytest.mark.parametrize(
        "said",
        [
            "Erika Muster",
            "Bo",
            "Özil",
            "Anonymowitsch",
            "'; DROP TABLE customers; --",
            "Julia Sonntag",
            "Karel Gott",
            "Gott Karel",
            "August",
            "Mario Basler",
            "Bei Li",
            "Anna Acht",
            "Иван",
            "Robert'); DELETE FROM calls;--",
            "Nguyễn Văn A",
        ],
    )
    def test_whatever_a_person_may_be_called_is_kept_letter_by_letter(self, said):
        assert spoken_name(said, STAFF) == said

    @pytest.mark.parametrize(
        ("said", "name"),
        [
            (" Erika Muster ", "Erika Muster"),
            ("Sir Klein", "Klein"),
            ("Herr Axel Klein", "Axel Klein"),
            ("Frau Sonntag", "Sonntag"),
            ("Frau Dr. Müller", "Dr. Müller"),
            ("Guten Tag, mein Name ist Erika Muster", "Erika Muster"),
            ("Ja, hier spricht Herr Gott", "Gott"),
        ],
    )
    def test_what_stands_before_a_name_is_no_part_of_it(self, said, name):
        assert spoken_name(said, STAFF) == name

    @given(st.text(max_size=150))
    def test_nothing_is_ever_added(self, said):
        name = spoken_name(said, STAFF)
        assert name is None or set(name) <= set(said) | {" "}


class TestWhoIsMeant:
    KNOWN = ("Hansi Sputer", "Axel Klein", "Petra Klein")

    @pytest.mark.parametrize(
        ("said", "places"),
        [
            ("Hansi Sputer", (0,)),
            ("hansi  sputer", (0,)),
            ("Hansi Sputa", (0,)),
            ("Sputer", (0,)),
            ("Sir Klein", (1, 2)),
            ("Frau Petra Klein", (2,)),
            ("Dr. Axel Klein", (1,)),
            ("Klein, Axel", (1,)),
            ("Hans Schuster", ()),
            ("Tim Klein", ()),
            ("Иван", ()),
            ("--", ()),
        ],
    )
    def test_a_name_is_found_as_written_by_sound_or_with_words_left_out(self, said, places):
        assert find_named(said, self.KNOWN) == places

    def test_the_written_name_comes_before_one_that_sounds_so(self):
        assert find_named("Meier", ("Mayer", "Meier")) == (1,)

    def test_a_part_of_a_word_is_no_part_of_a_name(self):
        assert find_named("Spu", ("Hansi Sputer",)) == ()


class TestTheSameName:
    def test_case_spaces_and_salutations_make_no_difference(self):
        assert same_name("Frau  ERIKA Muster", "erika muster")

    def test_a_sound_does(self):
        assert not same_name("Hansi Sputa", "Hansi Sputer")
        assert is_same_person("Hansi Sputa", "Hansi Sputer")

    def test_a_word_left_out_is_another_name(self):
        assert not is_same_person("Klein", "Axel Klein")
