from __future__ import annotations

from datetime import date

import pytest

from app import holidays


class TestLoadHolidays:
    def test_without_the_package_holidays_are_not_known(self, monkeypatch):
        def missing(_name):
            raise ModuleNotFoundError

        monkeypatch.setattr(holidays, "import_module", missing)
        assert holidays.load_holidays() is None

    def test_holidays_have_german_names_and_states_their_own(self):
        pytest.importorskip("holidays")
        germany, bavaria = holidays.load_holidays(), holidays.load_holidays("BY")
        assert germany(date(2025, 10, 3)) == "Tag der Deutschen Einheit"
        assert (germany(date(2025, 11, 1)), bavaria(date(2025, 11, 1))) == (None, "Allerheiligen")
        assert germany(date(2025, 10, 14)) is None
