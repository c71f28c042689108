from __future__ import annotations

import pytest

from harness.expectations import judge, unknown_operators
from harness.times import TimeFormatError, parse_instant, parse_seconds

ANSWER = {
    "success": False,
    "status": "slot_taken",
    "alternatives": [{"time": "2025-10-20 15:00"}, {"time": "2025-10-20 16:30"}],
    "message": "Der Termin um 14:00 Uhr wurde gerade vergeben.",
    "count": 1,
}
NAMES = {"free": ["2025-10-20 15:00", "2025-10-20 16:30"]}


def holds(wanted) -> bool:
    return all(each.held for each in judge(wanted, ANSWER, NAMES))


class TestOperators:
    @pytest.mark.parametrize(
        "wanted",
        [
            {"success": False, "status": "slot_taken"},
            {"alternatives": {"at_most": 2, "at_least": 2, "each_in": "free"}},
            {"alternatives": {"none_in": ["2025-10-20 14:00"]}},
            {"alternatives": {"0": {"time": "2025-10-20 15:00"}, "-1": {"time": {"matches": "16:30$"}}}},
            {"alternatives": {"contains": {"time": "2025-10-20 16:30"}}},
            {"status": {"one_of": ["booked", "slot_taken"], "not": "booked"}},
            {"message": {"contains": ["14:00 Uhr", "vergeben"], "lacks": "gebucht", "matches": "^Der"}},
            {"reason": {"exists": False}},
            {"count": {"at_most": 1}},
        ],
    )
    def test_hold(self, wanted):
        assert holds(wanted)

    @pytest.mark.parametrize(
        "wanted",
        [
            {"success": 0},
            {"count": True},
            {"reason": "race_condition_detected"},
            {"reason": {"at_most": 1}},
            {"alternatives": {"at_most": 1}},
            {"alternatives": {"each_in": ["2025-10-20 15:00"]}},
            {"alternatives": {"none_in": "free"}},
            {"status": {"one_of": ["booked"]}},
            {"message": {"contains": "gebucht"}},
            {"status": {"equals": "booked"}},
        ],
    )
    def test_do_not_hold(self, wanted):
        assert not holds(wanted)

    def test_a_miss_says_what_was_wanted_and_what_came(self):
        (missed,) = judge({"status": "booked"}, ANSWER)
        assert (missed.text, missed.wanted, missed.got) == ("status is booked", "booked", "slot_taken")

    def test_a_slip_beside_operators_is_found(self):
        assert unknown_operators({"alternatives": {"at_most": 2, "eachin": 1}}) == [
            ("eachin", ["at_most", "eachin"])
        ]


class TestTimes:
    @pytest.mark.parametrize(
        ("text", "seconds"), [("14s", 14), ("250ms", 0.25), ("15min", 900), ("1h 30min", 5400), (7, 7)]
    )
    def test_lengths(self, text, seconds):
        assert parse_seconds(text) == seconds

    @pytest.mark.parametrize("text", ["14", "soon", "14s later", True])
    def test_what_is_no_length_is_refused_with_an_example(self, text):
        with pytest.raises(TimeFormatError, match="write 14s"):
            parse_seconds(text)

    def test_local_instants_are_berlins_in_summer_and_winter(self):
        assert parse_instant("2025-10-20 14:00").utcoffset().total_seconds() == 7200
        assert parse_instant("2025-11-20 14:00").utcoffset().total_seconds() == 3600
