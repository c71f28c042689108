from __future__ import annotations

import re
from typing import Any

import pytest

from harness.reports.load_page import load_page, write_load_page
from harness.reports.plots import draw, round_step, seconds_between


def threshold(metric: str, rule: str, measured: float | None, verdict: str = "passed", **more: Any) -> dict:
    return {"metric": metric, "rule": rule, "measured": measured, "verdict": verdict, "samples": 1212, **more}


@pytest.fixture
def result() -> dict[str, Any]:
    times = {"calls": 1212, "failed": 0, "p50": 241.0, "p95": 688.0, "p99": 902.0, "max": 1410.0}
    return {
        "profile": "baseline",
        "verdict": "passed",
        "exit_code": 0,
        "callers": 10,
        "duration_seconds": 240.0,
        "bookings": 1212,
        "requests": 3636,
        "time_scale": 0.05,
        "thresholds": [
            threshold("booking_success", "rate > 0.95", 0.998),
            threshold("gateway_time", "p(95) < 500", 171.2),
        ],
        "functions": [{"name": "check-availability", **times, "own_p50": 34.0, "own_p95": 118.0}],
        "books": {
            "told": 1212,
            "ours": 1212,
            "calcom": 1212,
            "invariants": [{"words": "both ledgers agree", "state": "holds"}],
        },
    }


def title(page: str) -> str:
    return re.search(r"<h1>(.*?)</h1>", page).group(1)


class TestTheHeading:
    def test_passed_counts_the_thresholds(self, result):
        assert title(load_page(result)) == "Passed: 2 of 2 thresholds hold"

    def test_failed_names_the_first_broken_one_with_both_numbers(self, result):
        broken = threshold("gateway_time", "p(95) < 500", 612.3, "failed")
        result |= {"verdict": "failed", "exit_code": 1, "thresholds": [*result["thresholds"][:1], broken]}
        page = load_page(result)

        assert title(page) == "Failed: gateway_time p(95) is 612 ms, limit 500 ms"
        assert "1 of 2 thresholds broke" in page
        assert page.index('class="is-failed"') < page.index('<tr class="is-passed"')

    def test_a_broken_rate_has_no_unit(self, result):
        broken = threshold("booking_success", "rate > 0.95", 0.5, "failed")
        result |= {"verdict": "failed", "thresholds": [broken]}

        assert title(load_page(result)) == "Failed: booking_success rate is 0.500, limit 0.95"

    def test_thresholds_that_hold_do_not_excuse_broken_books(self, result):
        result["verdict"] = "failed"
        result["books"]["invariants"][0] |= {"state": "broken", "detail": "bk_1 is nobody's"}
        page = load_page(result)

        assert title(page) == "Failed: both ledgers agree does not hold after the run"
        assert "<code>bk_1</code>" in page

    def test_inconclusive_says_how_many_samples_it_takes(self, result):
        short = threshold("booking_success", "rate > 0.95", 1.0, "inconclusive", needed=2000)
        result |= {"verdict": "inconclusive", "exit_code": 4, "thresholds": [short]}

        assert title(load_page(result)) == "Inconclusive: 1,212 samples, 2,000 needed"


class TestTheTable:
    def test_a_bar_is_the_share_of_the_limit_used(self, result):
        widths = re.findall(r'y="3" width="([\d.]+)"', load_page(result))

        assert [float(width) for width in widths] == pytest.approx(
            [220 * 0.002 / 0.05, 220 * 171.2 / 500], abs=0.1
        )

    def test_what_was_not_measured_says_so(self, result):
        result["thresholds"] = [threshold("gateway_time", "p(95) < 500", None, "inconclusive")]

        assert "not measured" in load_page(result)

    def test_a_comparison_adds_base_and_change(self, result):
        assert "Change" not in load_page(result)

        result["thresholds"][1] |= {"base": 100.0, "change": 71.2, "worse": True, "noise": 4.0}
        page = load_page(result)

        assert 'class="num worse">+71 %' in page
        assert "± 4 noise" in page


class TestTheBooks:
    def test_equal_numbers_are_joined_by_equals(self, result):
        assert load_page(result).count('aria-hidden="true">=<') == 2

    def test_what_could_not_be_read_is_not_checked(self, result):
        result["books"]["ours"] = None
        page = load_page(result)

        assert "not checked" in page
        assert 'aria-hidden="true">=<' not in page


class TestThePlots:
    def test_without_series_there_are_none(self, result):
        assert "Bookings a second" not in load_page(result)

    def test_the_limit_lies_across_the_gateways_own_time(self, result):
        result["series"] = {"gateway_p95": [(0, 150), (240, 700)], "bookings": [(0, 0), (240, 5)]}
        page = load_page(result)

        assert "limit 500 ms for p(95)" in page
        assert "Bookings a second" in page
        assert "Cal.com, mean ms" not in page

    def test_one_point_is_no_line(self):
        assert draw([("p95", "", [(0, 1)])], width=300) is None

    @pytest.mark.parametrize(("highest", "step"), [(900, 250), (5.9, 2), (8, 2), (0.03, 0.01), (0, 1)])
    def test_axes_end_at_round_numbers(self, highest: float, step: float):
        assert round_step(highest) == pytest.approx(step)

    @pytest.mark.parametrize(
        ("last", "ticks"), [(240, [0, 60, 120, 180, 240]), (2, [0, 1, 2]), (30, [0, 10, 20, 30])]
    )
    def test_seconds_are_round_and_few(self, last: float, ticks: list[int]):
        assert list(seconds_between(last)) == ticks


class TestTheFile:
    def test_it_is_written_with_its_folder_and_needs_no_other(self, result, tmp_path):
        write_load_page(result, tmp_path / "load" / "index.html")
        text = (tmp_path / "load" / "index.html").read_text()

        assert "<script" not in text
        assert "http://" not in text.replace('http-equiv="', "")

    def test_a_missing_fact_is_an_error_not_a_gap(self, result):
        del result["thresholds"]

        with pytest.raises(KeyError, match="thresholds"):
            load_page(result)
