"""Small things that several load tests make."""

from __future__ import annotations

from typing import Any

from loadtests.metrics import Sample


class HandClock:
    """Unix seconds that a test moves by hand."""

    def __init__(self, seconds: float = 1_000.0) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


def samples(*values: float) -> list[Sample]:
    return [Sample(float(at), value) for at, value in enumerate(values)]


def hits(good: int, bad: int) -> list[Sample]:
    return [Sample(0.0, 0.0, hit=True)] * good + [Sample(0.0, 0.0, hit=False)] * bad


def entry(call_id: str, at: str, duration_ms: float, operation: str = "list_slots", status: int = 200) -> Any:
    return {
        "headers": {"X-Askpro-Call-Id": call_id},
        "at": at,
        "duration_ms": duration_ms,
        "operation": operation,
        "status": status,
    }
