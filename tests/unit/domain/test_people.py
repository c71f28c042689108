from __future__ import annotations

import pytest

from app.domain.people import is_placeholder, visible_number


class TestPlaceholderNames:
    @pytest.mark.parametrize(
        "name", [None, "", "  ", "X", "Unbekannt", "ANONYM nony", " kunde ", "n/a", "---", "12345"]
    )
    def test_a_word_that_stands_for_a_name_is_none(self, name):
        assert is_placeholder(name)

    @pytest.mark.parametrize(
        "name", ["Erika Muster", "Bo", "Özil", "Anonymowitsch", "'; DROP TABLE customers; --"]
    )
    def test_whatever_a_person_may_be_called_is_one(self, name):
        assert not is_placeholder(name)


class TestVisibleNumber:
    @pytest.mark.parametrize(
        "number",
        [
            None,
            "",
            "anonymous",
            "Anonymous_7",
            "Unterdrückt",
            "withheld",
            "00000000",
            "12345",
            "{{from_number}}",
        ],
    )
    def test_a_hidden_number_is_none(self, number):
        assert visible_number(number) is None

    @pytest.mark.parametrize("number", ["+4917139200107", "0171 392001", " 030/123456 "])
    def test_a_number_is_kept_as_it_came(self, number):
        assert visible_number(number) == number.strip()
