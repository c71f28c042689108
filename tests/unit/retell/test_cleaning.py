from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.retell.cleaning import clean_address, clean_text


class TestCleanText:
    @pytest.mark.parametrize(
        ("said", "kept"),
        [
            ("Erika <b>Muster</b>", "Erika Muster"),
            ("<script>alert(1)</script>", "alert(1)"),
            ("Erika {Muster}", "Erika Muster"),
            ("Erika\\Muster", "ErikaMuster"),
            ("{{customer_name}}", ""),
            ("  Anna  ", "Anna"),
            ("um 3 < 4", "um 3  4"),
        ],
    )
    def test_tags_braces_and_templates_go(self, said, kept):
        assert clean_text(said) == kept

    @pytest.mark.parametrize(
        "name", ["'; DROP TABLE customers; --", "O'Connor", "Müller-Lüdenscheidt", "Łukasz Żółć", "von & zu"]
    )
    def test_all_else_stays_as_it_was_said(self, name):
        assert clean_text(name) == name

    @given(st.text())
    def test_nothing_is_left_that_could_be_markup(self, text):
        assert not set("<>{}\\") & set(clean_text(text))


class TestCleanAddress:
    @pytest.mark.parametrize(
        ("said", "written"),
        [
            ("erika at example punkt de", "erika@example.de"),
            ("erika punkt muster ät example punkt co punkt uk", "erika.muster@example.co.uk"),
            ("erika (at) example.de", "erika@example.de"),
            ("erika[at]example.de", "erika@example.de"),
            ("erika minus muster at example dot com", "erika-muster@example.com"),
            ("erika unterstrich muster at example punkt de", "erika_muster@example.de"),
            (" erika @ example.de ", "erika@example.de"),
            ("max.attila@patat.de", "max.attila@patat.de"),
            ("punktum@example.de", "punktum@example.de"),
        ],
    )
    def test_what_is_said_is_written(self, said, written):
        assert clean_address(said) == written
