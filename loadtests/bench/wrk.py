"""Runs of the load generator ``wrk``."""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Round:
    """One run of the load generator; milliseconds."""

    rate: float
    p50: float
    p99: float
    requests: int
    wrong: int


def is_installed() -> bool:
    """Whether there is a load generator."""
    return shutil.which("wrk") is not None


def run(url: str, script: str, *, seconds: int, connections: int = CONNECTIONS) -> Round:
    """So many seconds of the script's requests; one that stops by itself is waited for all the same."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "--latency",
            "--timeout",
            "30s",
            "-s",
            file.name,
            url,
        ]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return Round(
        rate=float(_found(r"Requests/sec:\s+([\d.]+)", text)),
        p50=_milliseconds(_found(r"\n\s+50%\s+(\S+)", text)),
        p99=_milliseconds(_found(r"\n\s+99%\s+(\S+)", text)),
        requests=int(_found(r"(\d+) requests in", text)),
        wrong=sum(map(int, broken.groups() if broken else ())) + (int(refused.group(1)) if refused else 0),
    )


def summary(rounds: Sequence[Round]) -> dict[str, Any]:
    """The median round and the best one."""
    return {
        "requests_per_second": round(statistics.median(one.rate for one in rounds)),
        "best_requests_per_second": round(max(one.rate for one in rounds)),
        "p50_ms": round(statistics.median(one.p50 for one in rounds), 2),
        "p99_ms": round(statistics.median(one.p99 for one in rounds), 2),
        "best_p99_ms": round(min(one.p99 for one in rounds), 2),
        "wrong_answers": sum(one.wrong for one in rounds),
    }


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise ValueError(f"wrk said nothing of {pattern}:\n{text}")
    return match.group(1)


def _milliseconds(text: str) -> float:
    number, unit = text.rstrip("ums"), text.lstrip("0123456789.")
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}[unit]
