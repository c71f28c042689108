"""What is measured: the metrics by name, their samples, and statistics over them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a metric's samples are."""

    RATE = "rate"
    TREND = "trend"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; README.md says the same at more length."""

    name: str
    kind: Kind
    about: str


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("booking_success", Kind.RATE, "calls that were told 'gebucht' for the slot they asked for"),
        Metric(
            "booking_duration", Kind.TREND, "both answers of a call as measured, plus nominal thinking time"
        ),
        Metric("gateway_time", Kind.TREND, "an answer's time less the time Cal.com had the request"),
        Metric("calcom_api_latency", Kind.TREND, "a request at Cal.com, by its own journal"),
        Metric("http_req_duration", Kind.TREND, "a request to the gateway, from sending to the last byte"),
        Metric("http_req_failed", Kind.RATE, "requests whose body, or whose lack of one, was a failure"),
    )
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement ``at`` seconds after the load began: a value in ms, and for a rate whether it counts.

    For a time, ``hit`` says whether what was measured went well; ``label`` names the gateway's function.
    """

    at: float
    value: float
    hit: bool = True
    label: str = ""

    def to_wire(self) -> list[Any]:
        """As it goes from process to process."""
        return [round(self.at, 3), round(self.value, 3), self.hit, self.label]


Samples = dict[str, list[Sample]]


def samples_from_wire(data: Mapping[str, Iterable[Sequence[Any]]]) -> Samples:
    """Samples by metric, from what ``samples_to_wire`` made."""
    return {
        name: [Sample(float(at), float(value), bool(hit), str(label)) for at, value, hit, label in rows]
        for name, rows in data.items()
    }


def samples_to_wire(samples: Mapping[str, Iterable[Sample]]) -> dict[str, list[list[Any]]]:
    """Samples as JSON."""
    return {name: [sample.to_wire() for sample in rows] for name, rows in samples.items()}


def add_samples(target: Samples, more: Mapping[str, Iterable[Sample]]) -> None:
    """Put more samples to those that are there."""
    for name, rows in more.items():
        target.setdefault(name, []).extend(rows)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` percent of all do not exceed (nearest rank, no guessing between).

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    rank = math.ceil(share / 100 * len(ordered))
    return ordered[max(rank, 1) - 1]


def rate(samples: Sequence[Sample]) -> float:
    """The share of samples that count, 0 to 1; raises ValueError for none."""
    if not samples:
        raise ValueError("nothing was measured")
    return sum(sample.hit for sample in samples) / len(samples)


def summary(name: str, samples: Sequence[Sample]) -> dict[str, float | int | None]:
    """The figures of one metric for a result file; None where nothing was measured."""
    if METRICS[name].kind is Kind.RATE:
        return {"count": len(samples), "rate": round(rate(samples), 4) if samples else None}
    values = [sample.value for sample in samples]
    if not values:
        return {"count": 0, "avg": None, "min": None, "med": None, "p95": None, "p99": None, "max": None}
    return {
        "count": len(values),
        "avg": round(sum(values) / len(values), 3),
        "min": min(values),
        "med": percentile(values, 50),
        "p95": percentile(values, 95),
        "p99": percentile(values, 99),
        "max": max(values),
    }
