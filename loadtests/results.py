"""A run as one JSON document: what the load report draws, and what a comparison needs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import stdev
from typing import Any

from loadtests.books import Balance
from loadtests.errors import WrongUse
from loadtests.metrics import METRICS, Sample, Samples, percentile, summary
from loadtests.profiles import Profile
from loadtests.thresholds import Judged, Rule, Verdict

FORMAT = "askpro-load-1"
PASSED, FAILED, INCONCLUSIVE = 0, 1, 4
SERIES_POINTS = 60
"""At most so many points a line in the report's plots."""
WINDOWS = 8
"""Parts of a run whose figures tell how much a figure swings by itself."""
FEWEST_IN_WINDOW = 10


@dataclass(frozen=True, slots=True)
class Run:
    """What a run is judged by. ``measured_seconds`` is how long callers were there."""

    profile: Profile
    processes: int
    seconds: float
    samples: Samples
    judged: Sequence[Judged]
    balance: Balance
    unmeasured: int
    faults: Sequence[Mapping[str, Any]]
    now: str

    @property
    def exit_code(self) -> int:
        """0 passed, 1 a threshold or an invariant broke, 4 too few samples to tell."""
        verdicts = {each.verdict for each in self.judged}
        if Verdict.FAILED in verdicts or self.balance.broken:
            return FAILED
        return INCONCLUSIVE if Verdict.INCONCLUSIVE in verdicts else PASSED

    @property
    def verdict(self) -> str:
        """The exit code as a word."""
        return {PASSED: "passed", FAILED: "failed", INCONCLUSIVE: "inconclusive"}[self.exit_code]


def result_of(run: Run) -> dict[str, Any]:
    """The document; its keys are those of ``harness.reports.load_page.LoadResult``, and some more."""
    requests = run.samples.get("http_req_duration", [])
    return {
        "format": FORMAT,
        "profile": run.profile.name,
        "verdict": run.verdict,
        "exit_code": run.exit_code,
        "callers": run.profile.users,
        "processes": run.processes,
        "duration_seconds": round(run.seconds, 1),
        "time_scale": run.profile.time_scale,
        "world": "live",
        "now": run.now,
        "bookings": sum(sample.hit for sample in run.samples.get("booking_success", ())),
        "requests": len(requests),
        "unmeasured_calls": run.unmeasured,
        "faults": [dict(fault) for fault in run.faults],
        "thresholds": [_threshold(each, run.samples.get(each.threshold.metric, ())) for each in run.judged],
        "functions": functions(requests, run.samples.get("gateway_time", ())),
        "series": series(run.samples, run.seconds),
        "metrics": {name: summary(name, run.samples.get(name, ())) for name in METRICS},
        "books": {
            "told": run.balance.told,
            "ours": run.balance.ours,
            "calcom": run.balance.calcom,
            "note": "The calls of the ramp are in the books too, though they are not measured.",
            "invariants": list(run.balance.invariants),
        },
    }


def write_result(result: Mapping[str, Any], path: Path) -> None:
    """Keep the document; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_result(path: Path) -> dict[str, Any]:
    """A document that ``write_result`` kept; raises WrongUse for anything else."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongUse(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except ValueError as error:
        raise WrongUse(f"{path}: is not JSON ({error}); give a file that --out wrote") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise WrongUse(f"{path}: is no result of this version ({FORMAT}); give a file that --out wrote")
    return data


def functions(requests: Iterable[Sample], own: Iterable[Sample]) -> list[dict[str, Any]]:
    """Times by function of the gateway, in milliseconds."""
    by_name: dict[str, list[Sample]] = {}
    for sample in requests:
        by_name.setdefault(sample.label, []).append(sample)
    own_by_name: dict[str, list[float]] = {}
    for sample in own:
        own_by_name.setdefault(sample.label, []).append(sample.value)
    return [
        {
            "name": name,
            "calls": len(samples),
            "failed": sum(not sample.hit for sample in samples),
            **_quantiles([sample.value for sample in samples], (50, 95, 99)),
            "max": round(max(sample.value for sample in samples), 1),
            **{f"own_{key}": value for key, value in _quantiles(own_by_name.get(name, []), (50, 95)).items()},
        }
        for name, samples in sorted(by_name.items())
    ]


def series(samples: Mapping[str, Sequence[Sample]], seconds: float) -> dict[str, list[tuple[float, float]]]:
    """Points ``(seconds, value)`` of each plot, one for each span in which something was measured."""
    span = max(1.0, seconds / SERIES_POINTS)
    own = _spans(samples.get("gateway_time", ()), span)
    calcom = _spans(samples.get("calcom_api_latency", ()), span)
    booked = [each for each in samples.get("booking_success", ()) if each.hit]
    lines = {
        f"gateway_p{share}": [(at, round(percentile(values, share), 1)) for at, values in own]
        for share in (50, 95, 99)
    }
    lines["bookings"] = _rate_of(booked, span, seconds)
    lines["calcom_mean"] = [(at, round(sum(values) / len(values), 1)) for at, values in calcom]
    return lines


def swing(rule: Rule, samples: Sequence[Sample]) -> float | None:
    """How uncertain the rule's figure is, in per cent of it: two standard errors over parts of the run.

    None where the parts hold too few samples to tell.
    """
    size = len(samples) // WINDOWS
    if size < FEWEST_IN_WINDOW:
        return None
    ordered = sorted(samples, key=lambda sample: sample.at)
    parts = [rule.measure(ordered[part * size : (part + 1) * size]) for part in range(WINDOWS)]
    mean = sum(parts) / len(parts)
    return round(200 * stdev(parts) / (WINDOWS**0.5 * mean), 1) if mean else None


def _threshold(judged: Judged, samples: Sequence[Sample]) -> dict[str, Any]:
    rule = judged.threshold.rule
    return {
        "metric": judged.threshold.metric,
        "rule": rule.text,
        "measured": None if judged.measured is None else round(judged.measured, 4),
        "verdict": str(judged.verdict),
        "samples": judged.samples,
        "needed": judged.threshold.needed,
        "swing": swing(rule, samples),
    }


def _rate_of(samples: Sequence[Sample], span: float, seconds: float) -> list[tuple[float, float]]:
    """Samples a second in each span, nought where there were none; calls that ended late are in no whole span."""
    counts = {round(at, 1): len(values) for at, values in _spans(samples, span)}
    starts = [round(number * span, 1) for number in range(int(seconds // span))]
    return [(start, round(counts.get(start, 0) / span, 2)) for start in starts] if counts else []


def _quantiles(values: Sequence[float], shares: Iterable[int]) -> dict[str, float | None]:
    return {f"p{share}": round(percentile(values, share), 1) if values else None for share in shares}


def _spans(samples: Iterable[Sample], span: float) -> list[tuple[float, list[float]]]:
    found: dict[int, list[float]] = {}
    for sample in samples:
        found.setdefault(int(max(sample.at, 0) // span), []).append(sample.value)
    return [(round(number * span, 1), found[number]) for number in sorted(found)]
