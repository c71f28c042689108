from __future__ import annotations

from random import Random

from app.chance import ALPHABET, TOKEN_LENGTH, SeededChance


class TestSeededChance:
    def test_one_seed_gives_one_sequence(self):
        one, other = SeededChance(Random(7)), SeededChance(Random(7))
        assert [one.token("att_") for _ in range(5)] == [other.token("att_") for _ in range(5)]
        assert one.jitter() == other.jitter()

    def test_another_seed_gives_another(self):
        assert SeededChance(Random(7)).token("") != SeededChance(Random(8)).token("")

    def test_a_token_is_its_prefix_and_twenty_safe_characters(self):
        token = SeededChance(Random(7)).token("att_")
        assert token.startswith("att_")
        assert len(token) == len("att_") + TOKEN_LENGTH
        assert set(token.removeprefix("att_")) <= set(ALPHABET)

    def test_tokens_do_not_repeat(self):
        chance = SeededChance(Random(7))
        assert len({chance.token("") for _ in range(1000)}) == 1000

    def test_jitter_lies_below_one(self):
        chance = SeededChance(Random(7))
        assert all(0 <= chance.jitter() < 1 for _ in range(1000))
