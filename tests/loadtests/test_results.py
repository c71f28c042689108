from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from harness.reports.load_page import load_page
from loadtests.books import Balance
from loadtests.compare import compare
from loadtests.console import last_line, print_comparison, print_result
from loadtests.errors import WrongUse
from loadtests.metrics import Sample
from loadtests.profiles import get_profile
from loadtests.results import Run, read_result, result_of, series, swing, write_result
from loadtests.thresholds import Threshold, judge, parse_rule

HOLDS = {"words": "both ledgers agree", "state": "holds", "detail": ""}


def run_of(*, own_ms: float = 40.0, failures: int = 0, calls: int = 100, state: str = "holds") -> Run:
    samples = {
        "booking_success": [Sample(at * 0.3, 0, hit=at >= failures) for at in range(calls)],
        "gateway_time": [
            Sample(at * 0.3, own_ms + at % 5, label="check-availability") for at in range(calls)
        ],
        "http_req_duration": [
            Sample(at * 0.3, own_ms + 60, label="check-availability") for at in range(calls)
        ],
        "calcom_api_latency": [Sample(at * 0.3, 50.0) for at in range(calls)],
    }
    thresholds = [
        Threshold("booking_success", parse_rule("rate > 0.95"), 100),
        Threshold("gateway_time", parse_rule("p(95) < 500"), 100),
    ]
    balance = Balance(calls - failures, calls - failures, calls - failures, ({**HOLDS, "state": state},))
    return Run(
        profile=get_profile("baseline").changed(None, 30, 0.05),
        processes=1,
        seconds=30.0,
        samples=samples,
        judged=judge(thresholds, samples),
        balance=balance,
        unmeasured=0,
        faults=(),
        now="2025-10-13T08:00:00+00:00",
    )


def printed(show, *arguments) -> str:
    out = StringIO()
    show(Console(file=out, width=140, no_color=True, highlight=False), *arguments)
    return out.getvalue()


class TestTheExitCode:
    def test_is_0_when_all_holds(self):
        assert run_of().exit_code == 0

    def test_is_1_when_a_threshold_broke(self):
        assert run_of(failures=50).exit_code == 1

    @pytest.mark.parametrize("state", ["broken", "open"])
    def test_is_1_when_only_the_books_are_wrong(self, state):
        assert run_of(state=state).exit_code == 1

    def test_is_4_when_there_are_too_few_samples(self):
        assert run_of(calls=40).exit_code == 4

    def test_is_1_when_books_are_wrong_and_samples_few(self):
        assert run_of(calls=40, state="broken").exit_code == 1

    def test_an_invariant_that_could_not_be_seen_breaks_nothing(self):
        assert run_of(state="unchecked").exit_code == 0


class TestTheDocument:
    def test_is_what_the_report_draws(self):
        page = load_page(result_of(run_of()))

        assert "Passed: 2 of 2 thresholds hold" in page
        assert "Gateway's own time" in page.replace("&#39;", "'").replace("’", "'")

    def test_comes_out_of_its_file_as_it_went_in(self, tmp_path):
        result = result_of(run_of())
        write_result(result, tmp_path / "deep" / "a.json")

        assert read_result(tmp_path / "deep" / "a.json")["thresholds"] == result["thresholds"]

    def test_holds_each_functions_times_with_and_without_cal_com(self):
        (function,) = result_of(run_of())["functions"]

        assert (function["name"], function["calls"], function["failed"]) == ("check-availability", 100, 0)
        assert (function["p50"], function["own_p50"]) == (100.0, 42.0)

    @pytest.mark.parametrize(
        ("text", "wrong"), [("{", "is not JSON"), ("[]", "no result of this version"), ("{}", "no result")]
    )
    def test_another_file_is_refused_by_name(self, tmp_path, text, wrong):
        (tmp_path / "a.json").write_text(text)

        with pytest.raises(WrongUse, match=rf"a\.json: .*{wrong}"):
            read_result(tmp_path / "a.json")

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(WrongUse, match=r"none\.json: cannot be read"):
            read_result(tmp_path / "none.json")


class TestSeries:
    def test_count_bookings_a_second_and_only_good_ones(self):
        samples = {
            "booking_success": [Sample(0.2, 0), Sample(0.8, 0), Sample(1.5, 0, hit=False), Sample(2.1, 0)]
        }

        assert series(samples, 4)["bookings"] == [(0.0, 2.0), (1.0, 0.0), (2.0, 1.0), (3.0, 0.0)]
        assert series({}, 4)["bookings"] == []

    def test_of_a_long_run_have_few_points(self):
        samples = {"gateway_time": [Sample(float(at), 1.0) for at in range(3600)]}

        assert len(series(samples, 3600)["gateway_p95"]) == 60


class TestTheConsole:
    def test_shows_threshold_rule_measured_samples_verdict_and_the_books(self):
        text = printed(print_result, result_of(run_of()))

        row = next(line for line in text.splitlines() if "gateway_time" in line)
        assert row.split() == ["passed", "gateway_time", "p(95)", "<", "500", "44", "ms", "100"]
        assert "told 100, ours 100, Cal.com 100" in text
        assert "both ledgers agree" in text
        assert text.splitlines()[-1] == "Passed: 2 of 2 thresholds hold, and so do the books"

    def test_says_which_threshold_broke(self):
        assert last_line(result_of(run_of(failures=50))) == (
            "Failed: booking_success is 0.500, rule rate > 0.95"
        )

    def test_says_which_invariant_broke(self):
        assert "“both ledgers agree” does not hold" in last_line(result_of(run_of(state="broken")))

    def test_says_how_many_samples_were_missing(self):
        assert "booking_success 40 of 100" in last_line(result_of(run_of(calls=40)))


class TestComparing:
    def test_a_figure_that_got_worse_than_allowed_is_named(self):
        compared = compare(result_of(run_of()), result_of(run_of(own_ms=80)), 10, "base.json")
        own = compared["thresholds"][1]

        assert own["worse"]
        assert own["change"] == pytest.approx(90.9)
        assert "Worse: gateway_time" in printed(print_comparison, compared, 10)

    def test_what_swings_by_itself_is_no_loss(self):
        base, current = result_of(run_of()), result_of(run_of(own_ms=46))
        base["thresholds"][1]["swing"] = 20.0

        assert not compare(base, current, 10, "base.json")["thresholds"][1]["worse"]

    def test_a_gain_is_no_loss_and_a_lower_rate_is_one(self):
        compared = compare(result_of(run_of(own_ms=80)), result_of(run_of(failures=30)), 10, "b")

        assert [each["worse"] for each in compared["thresholds"]] == [True, False]

    def test_runs_of_other_loads_are_not_compared(self):
        current = result_of(run_of())

        with pytest.raises(WrongUse, match="callers is 20 in the base and 10 now"):
            compare({**current, "callers": 20}, current, 10, "b")

    def test_what_was_not_measured_is_not_compared(self):
        base = result_of(run_of())
        base["thresholds"][1]["measured"] = None
        compared = compare(base, result_of(run_of()), 10, "b")

        assert compared["thresholds"][1]["change"] is None
        assert "not compared" in printed(print_comparison, compared, 10)


class TestSwing:
    def test_of_equal_parts_is_nothing(self):
        assert swing(parse_rule("avg < 9"), [Sample(at, 5.0) for at in range(80)]) == 0.0

    def test_grows_with_the_spread_between_parts(self):
        samples = [Sample(at, 10.0 if at < 40 else 20.0) for at in range(80)]

        assert swing(parse_rule("avg < 9"), samples) == pytest.approx(25.2, abs=0.1)

    def test_of_few_samples_is_unknown(self):
        assert swing(parse_rule("avg < 9"), [Sample(at, 5.0) for at in range(79)]) is None
