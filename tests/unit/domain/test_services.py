from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.services import (
    Segment,
    fold,
    people_meant,
    segment_times,
    segments_from_stored,
    services_meant,
    total_minutes,
)
from tests.unit.builders import WISHED

PERM = (Segment(50, 15), Segment(5, 10), Segment(15), Segment(40))


@dataclass
class Offer:
    name: str
    slug: str = ""
    synonyms: list[str] = field(default_factory=list)


SALON = (
    Offer("Herrenhaarschnitt", "herrenhaarschnitt", ["Haare schneiden Herren", "Männerschnitt"]),
    Offer("Damenhaarschnitt", "damenhaarschnitt"),
    Offer("Färben", "faerben", ["Farbe", "Tönung"]),
    Offer("Dauerwelle", "dauerwelle", ["Perm"]),
    Offer("Waschen, Schneiden, Föhnen", "wsf"),
    Offer("Föhnen", "foehnen"),
)


def meant(words):
    return [offer.name for offer in services_meant(SALON, words)]


class TestServicesMeant:
    @pytest.mark.parametrize(
        ("words", "name"),
        [
            ("Dauerwelle", "Dauerwelle"),
            ("  dauerwelle! ", "Dauerwelle"),
            ("wsf", "Waschen, Schneiden, Föhnen"),
            ("Färben", "Färben"),
            ("faerben", "Färben"),
            ("Perm", "Dauerwelle"),
            ("männerschnitt", "Herrenhaarschnitt"),
            ("Föhnen", "Föhnen"),  # a name, although another one contains it
            ("eine Dauerwelle bitte", "Dauerwelle"),
            ("Waschen Schneiden Föhnen, bitte", "Waschen, Schneiden, Föhnen"),
            ("ich möchte Farbe", "Färben"),
            ("Dauerwele", "Dauerwelle"),
            ("Dauerwellen", "Dauerwelle"),
            ("Damenharschnitt", "Damenhaarschnitt"),
        ],
    )
    def test_one_is_found(self, words, name):
        assert meant(words) == [name]

    @pytest.mark.parametrize(
        ("words", "names"),
        [
            ("Haarschnitt", ["Herrenhaarschnitt", "Damenhaarschnitt"]),
            ("Färben und eine Dauerwelle", ["Färben", "Dauerwelle"]),
        ],
    )
    def test_several_are_a_tie(self, words, names):
        assert meant(words) == names

    @pytest.mark.parametrize("words", ["Maniküre", "", "  ", "?!", "Massage"])
    def test_what_there_is_not_is_not_guessed(self, words):
        assert meant(words) == []

    @given(st.text(max_size=60))
    def test_any_words_can_be_compared(self, words):
        assert set(meant(words)) <= {offer.name for offer in SALON}

    def test_a_synonym_of_one_comes_before_a_part_of_another(self):
        offers = (Offer("Schnitt und Bart", "a"), Offer("Rasur", "b", ["Bart"]))
        assert services_meant(offers, "Bart") == [offers[1]]


class TestPeopleMeant:
    PEOPLE = ("Jana Groß", "Jana Klein", "Mehmet", "Dr. Sommer")

    @pytest.mark.parametrize(
        ("words", "names"),
        [
            ("Mehmet", ["Mehmet"]),
            ("bei Mehmet", ["Mehmet"]),
            ("Frau Dr. Sommer", ["Dr. Sommer"]),
            ("Jana", ["Jana Groß", "Jana Klein"]),
            ("jana klein", ["Jana Klein"]),
            ("Frau Gross", ["Jana Groß"]),
            ("Mehmed", ["Mehmet"]),
            ("Ludwig", []),
            ("Frau", []),
            ("", []),
        ],
    )
    def test_by_name_part_or_likeness(self, words, names):
        assert people_meant(self.PEOPLE, self.PEOPLE, words) == names


class TestSegments:
    def test_the_length_is_all_segments_and_the_gaps_between(self):
        assert total_minutes(PERM) == 135

    def test_a_gap_after_the_last_one_is_none(self):
        assert total_minutes((Segment(30, 10), Segment(20, 99))) == 60

    def test_none_take_no_time(self):
        assert total_minutes(()) == 0

    def test_each_begins_after_the_gap_of_the_one_before(self):
        times = segment_times(WISHED, PERM)
        begins = [(time.starts_at - WISHED) // timedelta(minutes=1) for time in times]
        assert begins == [0, 65, 80, 95]
        assert times[-1].ends_at == WISHED + timedelta(minutes=135)

    def test_stored_ones_are_read(self):
        stored = [
            {"duration_minutes": 50, "gap_after_minutes": 15, "name": "Wickeln"},
            {"duration_minutes": 5},
        ]
        assert segments_from_stored(stored) == (Segment(50, 15, "Wickeln"), Segment(5))


class TestFold:
    @pytest.mark.parametrize(
        ("text", "folded"), [("Färben!", "faerben"), ("  A, b  C ", "a b c"), ("GROSS ß", "gross ss")]
    )
    def test_words_to_compare(self, text, folded):
        assert fold(text) == folded
