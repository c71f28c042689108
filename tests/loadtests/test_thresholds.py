from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from loadtests.errors import WrongUse
from loadtests.metrics import METRICS
from loadtests.profiles import load_profiles
from loadtests.thresholds import Threshold, Verdict, judge, load_thresholds, parse_rule, violations
from tests.loadtests.making import hits, samples

Write = Callable[[str], Path]
SAMPLES = "[samples]\nother = 10\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def keep(text: str) -> Path:
        path = tmp_path / "thresholds.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return keep


def verdict_of(metric: str, rule: str, measured, needed: int = 100) -> Verdict:
    return judge([Threshold(metric, parse_rule(rule), needed)], {metric: measured})[0].verdict


class TestTheGrammar:
    @pytest.mark.parametrize(
        ("text", "statistic", "share", "sense", "limit"),
        [
            ("rate > 0.95", "rate", None, ">", 0.95),
            ("p(95) < 45000", "p", 95.0, "<", 45000.0),
            ("p(99.9)<=500", "p", 99.9, "<=", 500.0),
            ("  avg<2000 ", "avg", None, "<", 2000.0),
            ("count > 10", "count", None, ">", 10.0),
            ("med >= 1", "med", None, ">=", 1.0),
        ],
    )
    def test_a_rule_is_statistic_sense_and_limit(self, text, statistic, share, sense, limit):
        rule = parse_rule(text)

        assert (rule.statistic, rule.share, rule.sense, rule.limit) == (statistic, share, sense, limit)

    @pytest.mark.parametrize(
        ("text", "cure"),
        [
            ("p95 < 500", "write it like"),
            ("rate = 1", "write it like"),
            ("p < 500", "needs one"),
            ("avg(5) < 500", "only p takes a number"),
            ("avarage < 500", "did you mean 'avg'?"),
            ("p(100) < 500", "between 0 and 100"),
            ("rate > 95", "write 0.95"),
            ("p(95) < -1", "write it like"),
            ("", "write it like"),
        ],
    )
    def test_what_is_no_rule_gets_a_cure(self, text, cure):
        with pytest.raises(WrongUse, match=cure.replace("?", r"\?")):
            parse_rule(text)


class TestAVerdict:
    def test_passes_when_enough_samples_keep_the_limit(self):
        assert verdict_of("gateway_time", "p(95) < 500", samples(*[499] * 100)) is Verdict.PASSED

    def test_fails_when_the_limit_itself_is_reached(self):
        assert verdict_of("gateway_time", "p(95) < 500", samples(*[500] * 100)) is Verdict.FAILED

    def test_six_of_a_hundred_break_the_95th_percentile_and_five_do_not(self):
        slow = [900.0] * 6 + [1.0] * 94

        assert verdict_of("gateway_time", "p(95) < 500", samples(*slow)) is Verdict.FAILED
        assert verdict_of("gateway_time", "p(95) < 500", samples(*slow[1:], 1)) is Verdict.PASSED

    def test_too_few_samples_prove_nothing_however_good_they_are(self):
        assert verdict_of("booking_success", "rate > 0.95", hits(99, 0)) is Verdict.INCONCLUSIVE

    def test_no_samples_prove_nothing(self):
        judged = judge([Threshold("booking_success", parse_rule("rate > 0.95"), 1)], {})[0]

        assert (judged.measured, judged.verdict) == (None, Verdict.INCONCLUSIVE)

    def test_a_rate_that_the_missing_samples_cannot_mend_is_broken_already(self):
        assert verdict_of("booking_success", "rate > 0.95", hits(40, 4)) is Verdict.INCONCLUSIVE
        assert verdict_of("booking_success", "rate > 0.95", hits(40, 5)) is Verdict.FAILED

    def test_a_time_that_the_missing_samples_cannot_mend_is_broken_already(self):
        assert (
            verdict_of("gateway_time", "p(95) < 500", samples(*[900] * 5, *[1] * 25)) is Verdict.INCONCLUSIVE
        )
        assert verdict_of("gateway_time", "p(95) < 500", samples(*[900] * 6, *[1] * 25)) is Verdict.FAILED
        assert verdict_of("gateway_time", "avg < 10", samples(*[40] * 30)) is Verdict.FAILED

    def test_a_bad_start_alone_decides_nothing(self):
        assert verdict_of("gateway_time", "p(95) < 500", samples(*[900] * 24)) is Verdict.INCONCLUSIVE
        assert verdict_of("booking_success", "rate > 0.95", hits(0, 24)) is Verdict.INCONCLUSIVE

    def test_a_lower_limit_on_a_time_can_still_be_reached(self):
        assert verdict_of("gateway_time", "avg > 10", samples(*[1] * 99)) is Verdict.INCONCLUSIVE

    def test_a_count_needs_no_samples(self):
        assert verdict_of("gateway_time", "count > 2", samples(1, 2)) is Verdict.FAILED
        assert verdict_of("gateway_time", "count > 1", samples(1, 2)) is Verdict.PASSED
        assert verdict_of("gateway_time", "count > 1", []) is Verdict.FAILED

    @pytest.mark.parametrize(
        ("rule", "measured"), [("avg < 9", 3.0), ("min < 9", 1.0), ("max < 9", 6.0), ("med < 9", 2.0)]
    )
    def test_each_statistic_is_what_its_name_says(self, rule, measured):
        judged = judge([Threshold("gateway_time", parse_rule(rule), 1)], {"gateway_time": samples(1, 2, 6)})

        assert judged[0].measured == measured


class TestViolations:
    def test_name_metric_rule_and_measured_value(self):
        threshold = Threshold("booking_success", parse_rule("rate > 0.95"), 10)

        assert violations(judge([threshold], {"booking_success": hits(0, 10)})) == [
            "booking_success: rate > 0.95 broke, measured 0 over 10 samples"
        ]

    def test_what_holds_or_cannot_be_told_is_none(self):
        threshold = Threshold("booking_success", parse_rule("rate > 0.95"), 10)

        assert violations(judge([threshold], {"booking_success": hits(10, 0)})) == []
        assert violations(judge([threshold], {"booking_success": hits(9, 0)})) == []


class TestTheFile:
    def test_every_profile_has_thresholds_for_known_metrics(self):
        for name in load_profiles():
            assert {each.metric for each in load_thresholds(name)} <= set(METRICS)

    def test_the_baseline_keeps_what_was_promised(self):
        rules = {each.metric: (each.rule.text, each.needed) for each in load_thresholds("baseline")}

        assert rules == {
            "booking_success": ("rate > 0.95", 200),
            "booking_duration": ("p(95) < 45000", 200),
            "gateway_time": ("p(95) < 500", 200),
            "http_req_duration": ("p(99) < 60000", 400),
            "calcom_api_latency": ("avg < 2000", 200),
        }

    def test_a_metric_may_have_several_rules(self, write: Write):
        path = write(SAMPLES + '[thresholds.x]\ngateway_time = ["p(95) < 500", "avg < 200"]\n')

        assert [each.rule.text for each in load_thresholds("x", path)] == ["p(95) < 500", "avg < 200"]

    def test_a_statistic_without_a_number_of_its_own_takes_the_other_one(self, write: Write):
        path = write(
            '[samples]\nother = 7\n"p(95)" = 9\n[thresholds.x]\ngateway_time = ["max < 1", "p(95) < 1"]\n'
        )

        assert [each.needed for each in load_thresholds("x", path)] == [7, 9]

    @pytest.mark.parametrize(
        ("text", "wrong", "cure"),
        [
            ('[thresholds.x]\ngatway_time = "p(95) < 5"\n', r"thresholds\.x\.gatway_time", "gateway_time"),
            (
                '[thresholds.x]\ngateway_time = "p95 < 5"\n',
                r"thresholds\.x\.gateway_time: 'p95 < 5'",
                "p\\(95\\)",
            ),
            ("[thresholds.x]\ngateway_time = 5\n", r"thresholds\.x\.gateway_time: 5 is no text", "p\\(95\\)"),
            (
                '[thresholds.x]\ngateway_time = "rate > 0.5"\n',
                r"thresholds\.x\.gateway_time: gateway_time has no rate",
                "write avg",
            ),
            (
                '[thresholds.x]\nbooking_success = "avg < 5"\n',
                r"thresholds\.x\.booking_success: booking_success has no avg",
                "write rate",
            ),
            ("[thresholds.x]\n", r"thresholds\.x: holds no threshold", "metric ="),
            ('[thresholds.y]\ngateway_time = "avg < 5"\n', r"thresholds\.x: is missing", "proves nothing"),
            ("[other]\n", "other: no such table", "samples"),
        ],
    )
    def test_a_wrong_key_is_named_with_its_file_and_cure(self, write: Write, text, wrong, cure):
        with pytest.raises(WrongUse, match=rf"^thresholds\.toml: {wrong}.*{cure}"):
            load_thresholds("x", write(SAMPLES + text))

    @pytest.mark.parametrize(
        ("text", "wrong"),
        [
            ("[samples]\nother = 0\n", "samples.other: cannot be 0"),
            ("[samples]\nother = true\n", "samples.other: cannot be True"),
            ("[samples]\nrate = 5\n", "samples.other: is missing"),
            ("samples = 5\n", "samples: is no table"),
        ],
    )
    def test_numbers_of_samples_are_whole_and_positive(self, write: Write, text, wrong):
        with pytest.raises(WrongUse, match=wrong):
            load_thresholds("x", write(text))

    def test_broken_toml_is_named_with_its_line(self, write: Write):
        with pytest.raises(WrongUse, match=r"thresholds\.toml: .*line 2"):
            load_thresholds("x", write("[samples]\nother = = 2\n"))

    def test_a_missing_file_is_named(self, tmp_path: Path):
        with pytest.raises(WrongUse, match=r"none\.toml: cannot be read"):
            load_thresholds("x", tmp_path / "none.toml")
