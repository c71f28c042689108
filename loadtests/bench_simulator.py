"""How fast the simulator is: ``python -m loadtests.bench_simulator``, beside a bare Flask route on the same server.

Needs the load generator ``wrk``. Rounds alternate, so that a busy machine spoils all figures alike.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from simulator.client import SimulatorClient

ROOT = Path(__file__).resolve().parents[1]
KEY = "cal_test_bench"
CONNECTIONS = 16
_SLEEPERS, _SLEEP_SECONDS = 200, 2.0
_BEGIN = datetime(2030, 1, 7, tzinfo=UTC)
_MINUTES = 5
_MANY = 10_000
_WEEKS = 20
_REQUEST = """
local n = {first}
function request()
  n = n + 1
  {body}
end
"""
_SLOTS = """
  local week = os.date("!%Y-%m-%d", {begin} + 604800 * (n % {weeks}))
  local last = os.date("!%Y-%m-%d", {begin} + 604800 * (n % {weeks}) + 518400)
  return wrk.format("GET", "/v2/slots?eventTypeId=1&start=" .. week .. "&end=" .. last,
    {{["Authorization"] = "Bearer {key}", ["cal-api-version"] = "2024-09-04"}})
"""
_BOOKINGS = """
  local start = os.date("!%Y-%m-%dT%H:%M:%SZ", {begin} + {minutes} * 60 * n)
  return wrk.format("POST", "/v2/bookings",
    {{["Authorization"] = "Bearer {key}", ["cal-api-version"] = "2024-08-13", ["Content-Type"] = "application/json"}},
    '{{"start":"' .. start .. '","eventTypeId":2,"attendee":{{"name":"Erika Muster","email":"erika@example.test",' ..
    '"timeZone":"Europe/Berlin","language":"de"}},"metadata":{{"call_id":"call_' .. n .. '"}}}}')
"""
_BARE = '  return wrk.format("GET", "/v2/bare")'


@dataclass(frozen=True, slots=True)
class Round:
    """One run of the load generator; milliseconds."""

    rate: float
    p50: float
    p99: float
    requests: int
    wrong: int


def main(arguments: list[str] | None = None) -> int:
    """Measure and print a table; 0, or 2 when the load generator is missing."""
    options = _parser().parse_args(arguments)
    if shutil.which("wrk") is None:
        print("bench: the load generator 'wrk' is missing; install it with: apt-get install wrk")  # noqa: T201
        return 2
    print(json.dumps(measure(options.rounds, options.seconds), indent=2))  # noqa: T201 (the output)
    return 0


def measure(rounds: int, seconds: int) -> dict[str, Any]:
    """All figures as one document."""
    began = time.perf_counter()
    with _serving("simulator") as (url, _):
        started = time.perf_counter() - began
        client = SimulatorClient(url, _session(), KEY)
        client.put_state(_state())
        size = len(
            _session().get(f"{url}/v2/slots", params=_week(), headers=_slots_headers(), timeout=10).content
        )
        with _serving("simulator.server", "loadtests.bare:create_app", BARE_BYTES=str(size)) as (bare_url, _):
            results = _alternate(url, bare_url, rounds, seconds)
        figures = {name: _summary(runs) for name, runs in results.items()}
        stored, answered = (
            len(client.list_bookings()),
            sum(r.requests for r in results["b: POST /v2/bookings"]),
        )
        figures["b: POST /v2/bookings"]["answered_but_not_stored"] = max(0, answered - stored)
    a, b, c = (figures[name]["requests_per_second"] for name in figures)
    return {
        "load_average": os.getloadavg(),
        "connections": CONNECTIONS,
        "bytes_of_a_and_c": size,
        **figures,
        "a/c": round(a / c, 2),
        "b/c": round(b / c, 2),
        "start_to_first_answer_s": round(started, 2),
        "memory_after_10000_requests_mib": _memory_after_requests(),
        "memory_of_10000_accounts_mib": _memory_of_accounts(),
        "a_201st_request_beside_200_sleeping_ms": _beside_sleepers(),
    }


def _alternate(url: str, bare_url: str, rounds: int, seconds: int) -> dict[str, list[Round]]:
    results: dict[str, list[Round]] = {
        "a: GET /v2/slots for a week": [],
        "b: POST /v2/bookings": [],
        "c: a bare Flask route": [],
    }
    booked = 0
    for _ in range(rounds):
        results["a: GET /v2/slots for a week"].append(_run(url, _SLOTS, seconds))
        made = _run(url, _BOOKINGS, seconds, first=booked)
        results["b: POST /v2/bookings"].append(made)
        booked += made.requests + 10 * CONNECTIONS
        results["c: a bare Flask route"].append(_run(bare_url, _BARE, seconds))
    return results


def _run(url: str, body: str, seconds: int, *, first: int = 0, connections: int = CONNECTIONS) -> Round:
    begin = int(_BEGIN.timestamp())
    filled = body if body is _BARE else body.format(begin=begin, weeks=_WEEKS, minutes=_MINUTES, key=KEY)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_REQUEST.format(first=first, body=filled))
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script.name, url]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    wrong = sum(int(number) for number in re.findall(r"Non-2xx or 3xx responses: (\d+)", text))
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    wrong += sum(map(int, broken.groups())) if broken else 0
    return Round(
        rate=float(_found(r"Requests/sec:\s+([\d.]+)", text)),
        p50=_milliseconds(_found(r"50%\s+(\S+)", text)),
        p99=_milliseconds(_found(r"99%\s+(\S+)", text)),
        requests=int(_found(r"(\d+) requests in", text)),
        wrong=wrong,
    )


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise ValueError(f"wrk said nothing of {pattern}:\n{text}")
    return match.group(1)


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def _summary(runs: list[Round]) -> dict[str, Any]:
    return {
        "requests_per_second": round(statistics.median(run.rate for run in runs)),
        "p50_ms": round(statistics.median(run.p50 for run in runs), 2),
        "p99_ms": round(statistics.median(run.p99 for run in runs), 2),
        "wrong_answers": sum(run.wrong for run in runs),
    }


def _memory_after_requests() -> float:
    with _serving("simulator") as (url, pid):
        client = SimulatorClient(url, _session(), KEY)
        client.put_state(_state())
        done = 0
        while done < _MANY:
            done += _run(url, _BOOKINGS, 1, first=done + 10 * CONNECTIONS).requests
        return _resident(pid)


def _memory_of_accounts() -> float:
    with _serving("simulator") as (url, pid):
        client = SimulatorClient(url, _session(), KEY)
        for number in range(_MANY):
            client.create_account(f"salon-{number}")
        return _resident(pid)


def _beside_sleepers() -> float:
    """How long one request takes while 200 others sleep two seconds each."""
    with _serving("simulator") as (url, _):
        SimulatorClient(url, _session(), KEY).put_state(
            {**_state(), "latency": {"list_slots": _SLEEP_SECONDS}}
        )
        with ThreadPoolExecutor(_SLEEPERS) as pool:
            asked = [
                pool.submit(
                    requests.get, f"{url}/v2/slots", params=_week(), headers=_slots_headers(), timeout=60
                )
                for _ in range(_SLEEPERS)
            ]
            journal = SimulatorClient(url, _session(), KEY)
            while sum(1 for entry in journal.list_requests() if entry["in_flight"]) < _SLEEPERS:
                if all(answer.done() for answer in asked):
                    raise RuntimeError("the sleeping requests never slept at the same time")
            with _session() as session:
                session.get(
                    f"{url}/v2/slots", params={"eventTypeId": "1"}, timeout=10
                )  # opens the connection
                began = time.perf_counter()
                session.get(f"{url}/v2/slots", params={"eventTypeId": "1", "start": "x"}, timeout=10)
                took = time.perf_counter() - began
            for answer in asked:
                answer.result().raise_for_status()
        return round(took * 1000, 2)


@contextmanager
def _serving(module: str, *arguments: str, **environ: str) -> Iterator[tuple[str, int]]:
    """A process of ours, from its first answer to the end of the block."""
    command = [sys.executable, "-m", module, "--port", "0", *arguments]
    with subprocess.Popen(  # noqa: S603 (our own modules)
        command, cwd=ROOT, env={**os.environ, **environ}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101 (asked for above)
        try:
            url = str(json.loads(process.stdout.readline())["url"])
            _session().get(f"{url}/__admin/health", timeout=10)
            yield url, process.pid
        finally:
            process.terminate()


def _state() -> dict[str, Any]:
    """Open around the clock; one host is asked for slots, the other is booked."""
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    opened = {"days": days[:5], "startTime": "09:00", "endTime": "18:00"}
    always = {"days": days, "startTime": "00:00", "endTime": "24:00"}
    hosts = [
        {"id": n, "name": f"Host {n}", "email": f"host{n}@example.test", "username": f"h{n}"}
        for n in (11, 12)
    ]
    schedules = [
        {"id": n, "ownerId": 10 + n, "name": "S", "timeZone": "Europe/Berlin", "availability": [hours]}
        for n, hours in ((1, opened), (2, always))
    ]
    kinds = [
        {
            "id": n,
            "slug": f"k{n}",
            "title": "T",
            "lengthInMinutes": length,
            "scheduleId": n,
            "hostIds": [10 + n],
        }
        for n, length in ((1, 30), (2, _MINUTES))
    ]
    return {
        "account": {"name": "bench", "key": KEY},
        "hosts": hosts,
        "schedules": schedules,
        "event_types": kinds,
    }


def _week() -> dict[str, str]:
    return {
        "eventTypeId": "1",
        "start": f"{_BEGIN:%Y-%m-%d}",
        "end": f"{_BEGIN + timedelta(days=6):%Y-%m-%d}",
    }


def _slots_headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {KEY}", "cal-api-version": "2024-09-04"}


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


def _resident(pid: int) -> float:
    """MiB of a process in memory."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return round(int(_found(r"VmRSS:\s+(\d+)", text)) / 1024, 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench_simulator", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of each kind (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=4, help="of each round (default: %(default)s)")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
