"""Rules a run must keep, such as ``p(95) < 500``, and the verdict on each: pure, from samples alone."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from loadtests.errors import WrongUse
from loadtests.metrics import METRICS, Kind, Sample, percentile, rate
from loadtests.profiles import one_of, read_toml

THRESHOLDS = Path(__file__).with_name("thresholds.toml")

SENSES: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
OF_TIMES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "avg": lambda values: sum(values) / len(values),
    "min": min,
    "med": lambda values: percentile(values, 50),
    "max": max,
}
LOST_FROM = 0.25
"""The share of the needed samples from which a rule can be lost: a bad start alone decides nothing."""
COUNT, RATE = "count", "rate"
OTHER = "other"
GRAMMAR = "write it like 'rate > 0.95', 'p(95) < 45000', 'avg < 2000' or 'count > 100'"

_RULE = re.compile(r"\s*([a-z]+)(?:\((\d+(?:\.\d+)?)\))?\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*")


class Verdict(StrEnum):
    """What a rule came to."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Rule:
    """A statistic and the limit it must keep; ``share`` is the N of p(N)."""

    text: str
    statistic: str
    share: float | None
    sense: str
    limit: float

    def measure(self, samples: Sequence[Sample]) -> float:
        """The statistic; raises ValueError where there are no samples, except for a count."""
        if self.statistic == COUNT:
            return float(len(samples))
        if self.statistic == RATE:
            return rate(samples)
        values = [sample.value for sample in samples]
        if not values:
            raise ValueError("nothing was measured")
        return percentile(values, self.share) if self.share is not None else OF_TIMES[self.statistic](values)

    def holds(self, measured: float) -> bool:
        """Whether a measured value keeps the limit."""
        return SENSES[self.sense](measured, self.limit)

    def is_lost(self, samples: Sequence[Sample], needed: int) -> bool:
        """Whether the rule breaks even if every missing sample were the best there can be."""
        if len(samples) < needed * LOST_FROM:
            return False
        best_is_low = self.sense.startswith("<")
        best = Sample(0.0, 0.0 if best_is_low else math.inf, hit=not best_is_low)
        return not self.holds(self.measure([*samples, *[best] * (needed - len(samples))]))


@dataclass(frozen=True, slots=True)
class Threshold:
    """A rule for one metric, and how many samples it takes to say that it holds."""

    metric: str
    rule: Rule
    needed: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A threshold with what was measured; None: nothing was."""

    threshold: Threshold
    measured: float | None
    samples: int
    verdict: Verdict


def parse_rule(text: str) -> Rule:
    """A rule from its text; raises WrongUse with the cure."""
    found = _RULE.fullmatch(text)
    if found is None:
        raise WrongUse(f"{text!r} is no rule; {GRAMMAR}")
    statistic, share, sense, limit = found.groups()
    if (statistic == "p") != (share is not None):
        raise WrongUse(f"{text!r} is no rule: only p takes a number in brackets, and needs one; {GRAMMAR}")
    if statistic not in {"p", COUNT, RATE, *OF_TIMES}:
        raise WrongUse(
            f"{statistic!r} is no statistic; {one_of(statistic, [RATE, COUNT, *OF_TIMES, 'p(95)'])}"
        )
    if share is not None and not 0 < float(share) < 100:  # noqa: PLR2004 - per cent
        raise WrongUse(f"p({share}) is no percentile; it lies between 0 and 100")
    if statistic == RATE and float(limit) > 1:
        raise WrongUse(f"{text!r}: a rate lies between 0 and 1; write 0.95 for 95 per cent")
    return Rule(text.strip(), statistic, float(share) if share else None, sense, float(limit))


def load_thresholds(profile: str, path: Path = THRESHOLDS) -> tuple[Threshold, ...]:
    """The thresholds of a profile, in the file's order; raises WrongUse naming file, key and cure."""
    data = read_toml(path)
    for key in data:
        if key not in {"samples", "thresholds"}:
            raise WrongUse.in_file(path, key, "no such table", "write [samples] or [thresholds.PROFILE]")
    needed = _needed(path, data.get("samples", {}))
    tables = data.get("thresholds", {})
    if profile not in tables:
        raise WrongUse.in_file(
            path, f"thresholds.{profile}", "is missing", "a profile without thresholds proves nothing"
        )
    return tuple(_thresholds(path, f"thresholds.{profile}", tables[profile], needed))


def judge(thresholds: Iterable[Threshold], samples: Mapping[str, Sequence[Sample]]) -> list[Judged]:
    """Each threshold with its verdict."""
    return [_judged(each, samples.get(each.metric, ())) for each in thresholds]


def violations(judged: Iterable[Judged]) -> list[str]:
    """The thresholds that broke, a sentence each."""
    return [
        f"{each.threshold.metric}: {each.threshold.rule.text} broke, measured {_shown(each.measured)} "
        f"over {each.samples} samples"
        for each in judged
        if each.verdict is Verdict.FAILED
    ]


def _shown(measured: float | None) -> str:
    return "nothing" if measured is None else f"{measured:.3f}".rstrip("0").rstrip(".")


def _judged(threshold: Threshold, samples: Sequence[Sample]) -> Judged:
    rule, count = threshold.rule, len(samples)
    measured = rule.measure(samples) if samples or rule.statistic == COUNT else None
    if measured is None:
        verdict = Verdict.INCONCLUSIVE
    elif rule.statistic == COUNT or count >= threshold.needed:
        verdict = Verdict.PASSED if rule.holds(measured) else Verdict.FAILED
    else:
        verdict = Verdict.FAILED if rule.is_lost(samples, threshold.needed) else Verdict.INCONCLUSIVE
    return Judged(threshold, measured, count, verdict)


def _needed(path: Path, table: Any) -> dict[str, int]:
    if not isinstance(table, dict):
        raise WrongUse.in_file(
            path, "samples", "is no table", "write [samples] and a number for each statistic"
        )
    for key, value in table.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise WrongUse.in_file(path, f"samples.{key}", f"cannot be {value!r}", "a whole number from 1")
    if OTHER not in table:
        raise WrongUse.in_file(
            path, f"samples.{OTHER}", "is missing", "a whole number for all other statistics"
        )
    return table


def _thresholds(path: Path, key: str, table: Any, needed: Mapping[str, int]) -> Iterable[Threshold]:
    if not isinstance(table, dict) or not table:
        raise WrongUse.in_file(path, key, "holds no threshold", 'write metric = "rule" below it')
    for metric, written in table.items():
        where = f"{key}.{metric}"
        if metric not in METRICS:
            raise WrongUse.in_file(path, where, "no such metric", one_of(metric, METRICS))
        for text in written if isinstance(written, list) else [written]:
            yield _threshold(path, where, metric, text, needed)


def _threshold(path: Path, where: str, metric: str, text: object, needed: Mapping[str, int]) -> Threshold:
    if not isinstance(text, str):
        raise WrongUse.in_file(path, where, f"{text!r} is no text", GRAMMAR)
    try:
        rule = parse_rule(text)
    except WrongUse as error:
        problem, _, cure = str(error).rpartition("; ")
        raise WrongUse.in_file(path, where, problem, cure) from error
    if rule.statistic != COUNT and (rule.statistic == RATE) != (METRICS[metric].kind is Kind.RATE):
        cure = "write rate" if METRICS[metric].kind is Kind.RATE else "write avg, min, med, max or p(N)"
        raise WrongUse.in_file(path, where, f"{metric} has no {rule.statistic}", cure)
    name = f"p({rule.share:g})" if rule.share is not None else rule.statistic
    return Threshold(metric, rule, needed.get(name, needed[OTHER]))
