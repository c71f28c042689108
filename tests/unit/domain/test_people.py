from __future__ import annotations

import pytest

from app.domain.people import visible_number


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
            "RESTRICTED",
            "blocked",
            "private",
            "unknown",
            "00000000",
            "+000000000000",
            "12345",
            "{{from_number}}",
            "sip:anonymous@anonymous.invalid",
        ],
    )
    def test_a_hidden_number_is_none(self, number):
        assert visible_number(number) is None

    @pytest.mark.parametrize("number", ["+4917139200107", "0171 392001", " 030/123456 "])
    def test_a_number_is_kept_as_it_came(self, number):
        assert visible_number(number) == number.strip()
