from __future__ import annotations

import json

import pytest

from app.domain.speech import VoiceStatus
from app.retell.answer_size import LONGEST_ANSWER, LONGEST_MESSAGE, fitted, sayable
from tests.unit.builders import answer

LONG = "Wir bieten vieles an. " * 150


def length(body) -> int:
    return len(json.dumps(body, ensure_ascii=False))


class TestFitted:
    def test_an_answer_that_fits_stays_as_it_is(self):
        body = {"success": True, "message": "Gut.", "alternatives": [{"time": "2025-10-20 15:00"}]}
        assert fitted(body) == body

    def test_lists_are_cut_and_the_message_is_not(self):
        body = {"success": True, "status": "services", "message": LONG, "services": ["Haarschnitt"] * 5000}
        cut = fitted(body)
        assert length(cut) <= LONGEST_ANSWER
        assert (cut["message"], cut["success"], cut["status"]) == (LONG, True, "services")
        assert set(cut["services"]) == {"Haarschnitt"}

    def test_the_longest_is_cut_first(self):
        cut = fitted({"message": "Gut.", "long": list(range(9000)), "short": [1, 2, 3]})
        assert cut["short"] == [1, 2, 3]

    def test_what_lies_inside_an_object_is_cut_too(self):
        body = {"message": "Gut.", "customer": {"notes": "x" * 30_000, "name": "Erika Muster"}}
        cut = fitted(body)
        assert length(cut) <= LONGEST_ANSWER
        assert cut["customer"]["name"] == "Erika Muster"
        assert len(body["customer"]["notes"]) == 30_000

    @pytest.mark.parametrize("letter", ["ä", "☎", '"', "\n"])
    def test_characters_are_counted_as_they_are_sent(self, letter):
        assert length(fitted({"message": "Gut.", "note": letter * 20_000})) <= LONGEST_ANSWER


class TestSayable:
    def test_a_sentence_of_endless_options_names_fewer(self):
        many = answer(VoiceStatus.MULTIPLE_FOUND, options=tuple(f"Montag um {n} Uhr" for n in range(2000)))
        said = sayable(many)
        assert len(said.message) <= LONGEST_MESSAGE
        assert said.options == many.options[: len(said.options)]
        assert said.message[-1] in ".?"

    def test_a_short_one_stays_as_it_is(self):
        short = answer(VoiceStatus.SERVICES, options=("Haarschnitt",))
        assert sayable(short) is short
