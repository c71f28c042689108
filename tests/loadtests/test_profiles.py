from __future__ import annotations

from pathlib import Path

import pytest

from loadtests.errors import WrongUse
from loadtests.profiles import get_profile, load_profiles

GOOD = """
[quick]
about = "a few"
users = 4
duration_seconds = 10
thinking_seconds = 14
pause_seconds = 1
ramp_seconds = 2
calcom_seconds = { list_slots = 0.2 }
"""


@pytest.fixture
def file(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "profiles.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


class TestTheBaseline:
    def test_is_ten_callers_who_think_for_fourteen_seconds(self):
        baseline = get_profile("baseline")

        assert (baseline.users, baseline.thinking_seconds, baseline.time_scale) == (10, 14, 1.0)
        assert baseline.changed(None, None, 0.05).duration_seconds == 30

    def test_makes_enough_bookings_in_half_a_minute_at_a_twentieth_of_the_time(self):
        """By its own figures, with a tenth of a second of the gateway's own time for each call."""
        baseline = get_profile("baseline")
        pace = baseline.calcom_seconds
        scaled = (baseline.thinking_seconds + baseline.pause_seconds) * 0.05
        call = scaled + 2 * pace["list_slots"] + pace["create_booking"] + 0.1

        assert baseline.users * 30 / call > 200 * 1.2


class TestAProfile:
    def test_takes_what_the_command_line_says(self, file):
        profile = get_profile("quick", file(GOOD)).changed(users=8, duration=None, time_scale=0.5)

        assert (profile.users, profile.duration_seconds, profile.time_scale) == (8, 5.0, 0.5)

    def test_at_no_time_at_all_needs_a_duration(self, file):
        profile = get_profile("quick", file(GOOD))

        assert profile.changed(None, 7, 0.0).duration_seconds == 7
        with pytest.raises(WrongUse, match="give --duration"):
            profile.changed(None, None, 0.0)

    def test_lets_all_callers_join_during_the_ramp(self, file):
        assert get_profile("quick", file(GOOD)).spawn_rate == 2.0

    def test_that_nobody_knows_is_answered_with_the_nearest(self):
        with pytest.raises(WrongUse, match="'baselin'; did you mean 'baseline'"):
            get_profile("baselin")

    @pytest.mark.parametrize(
        ("old", "new", "wrong"),
        [
            ("users = 4", "user = 4", r"quick\.user: no such key; did you mean 'users'"),
            ("users = 4", "", r"quick\.users: is missing; a whole number from 1"),
            ("users = 4", "users = 0", r"quick\.users: cannot be 0"),
            ("users = 4", "users = true", r"quick\.users: cannot be True"),
            ("duration_seconds = 10", "duration_seconds = 0", r"quick\.duration_seconds: cannot be 0"),
            ("pause_seconds = 1", "pause_seconds = -1", r"quick\.pause_seconds: cannot be -1"),
            ('about = "a few"', 'about = " "', r"quick\.about: cannot be"),
            ("{ list_slots = 0.2 }", "5", r"quick\.calcom_seconds: cannot be 5"),
            ("[quick]", "quick = 5\n[other]", r"quick: is no table"),
        ],
    )
    def test_a_wrong_key_is_named_with_its_cure(self, file, old, new, wrong):
        with pytest.raises(WrongUse, match=rf"^profiles\.toml: {wrong}"):
            load_profiles(file(GOOD.replace(old, new)))
