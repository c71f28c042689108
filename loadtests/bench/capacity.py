"""How much it takes and how far it goes: start, memory, accounts, full calendars, sleeping requests."""

from __future__ import annotations

import statistics
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from loadtests.bench.processes import Served, serving
from loadtests.bench.rounds import wrong_books
from loadtests.bench.traffic import (
    ACCOUNTS,
    BOOKINGS,
    BOOKINGS_AND_SLOTS,
    SLOTS,
    script,
    state,
)
from loadtests.bench.wrk import CONNECTIONS, Round, run

MANY = 10_000
_STARTS = 7
_FEW_BOOKINGS, _MANY_BOOKINGS = 100, 100_000
_SLEEPERS, _SLEEP_SECONDS = 200, 2.0
_ASKING_SECONDS = 4


def measure(seconds: int) -> dict[str, Any]:
    """All of it as one document."""
    return {
        "start_to_first_answer_s": _starts(),
        "memory": _memory_after_requests(),
        "accounts": _accounts(),
        "full_calendar": _flatness(seconds),
        "beside_sleepers": _beside_sleepers(),
    }


def _starts() -> dict[str, float]:
    took = []
    for _ in range(_STARTS):
        with serving("simulator") as ours:
            took.append(ours.started)
    return {"median": round(statistics.median(took[1:]), 3), "best": round(min(took), 3)}


def _memory_after_requests() -> dict[str, Any]:
    with serving("simulator") as ours:
        ours.client().put_state(state())
        before = ours.resident_mib()
        _ask_many(ours, BOOKINGS, connections=CONNECTIONS)
        return {"at_start_mib": before, f"after_{MANY}_bookings_mib": ours.resident_mib()}


def _ask_many(ours: Served, body: str, *, connections: int) -> list[Round]:
    """Exactly as many requests as it says above, in runs of a second: the generator never ends one early."""
    done: list[Round] = []
    while (asked := sum(one.requests for one in done)) < MANY:
        limited = script(body, first=asked + 10 * connections * len(done), limit=MANY - asked)
        done.append(run(ours.url, limited, seconds=1, connections=connections))
    return done


def _accounts() -> dict[str, Any]:
    """One connection makes account after account; the time of each includes its way through HTTP."""
    with serving("simulator") as ours:
        made = _ask_many(ours, ACCOUNTS, connections=1)
        return {
            "accounts": sum(one.requests for one in made),
            "wrong_answers": sum(one.wrong for one in made),
            "ms_per_new_account": statistics.median(one.p50 for one in made),
            "memory_mib": ours.resident_mib(),
        }


def _flatness(seconds: int) -> dict[str, Any]:
    """The same questions to an account with few and with many bookings, new ones put before all others."""
    with serving("simulator") as few, serving("simulator") as many:
        few.client().put_state(state(_FEW_BOOKINGS))
        many.client().put_state(state(_MANY_BOOKINGS))
        rates: dict[str, list[float]] = {"POST": [], "POST and slots by turns": []}
        for turn in range(3):
            for name, body in (("POST", BOOKINGS), ("POST and slots by turns", BOOKINGS_AND_SLOTS)):
                asked = script(body, first=100_000 * turn + (50_000 if body is BOOKINGS_AND_SLOTS else 0))
                pair = [run(ours.url, asked, seconds=max(1, seconds // 2)) for ours in (few, many)]
                rates[name].append(pair[1].rate / pair[0].rate)
    return {
        f"rate_at_{_MANY_BOOKINGS}_by_rate_at_{_FEW_BOOKINGS}": {
            name: round(statistics.median(found), 2) for name, found in rates.items()
        }
    }


def _beside_sleepers() -> dict[str, Any]:
    """How long a booking takes alone, and while 200 questions sleep two seconds each; milliseconds."""
    with serving("simulator") as ours, ThreadPoolExecutor(1) as pool:
        ours.client().put_state({**state(), "latency": {"list_slots": _SLEEP_SECONDS}})
        alone = run(ours.url, script(BOOKINGS), seconds=1, connections=1)
        asked = pool.submit(run, ours.url, script(SLOTS), seconds=_ASKING_SECONDS, connections=_SLEEPERS)
        while (asleep := _asleep(ours)) < _SLEEPERS:
            if asked.done():
                raise RuntimeError("the sleeping requests never slept at the same time")
        after = script(BOOKINGS, first=alone.requests + CONNECTIONS)
        beside = run(ours.url, after, seconds=1, connections=1)
        still_asleep = _asleep(ours)
        wrong = alone.wrong + beside.wrong + asked.result().wrong
        return {
            "asleep": [asleep, still_asleep],
            "alone_ms": alone.p50,
            "beside_ms": beside.p50,
            "wrong_answers": wrong + wrong_books(ours, alone.requests + beside.requests),
        }


def _asleep(ours: Served) -> int:
    return sum(1 for entry in ours.client().find_requests(operation="list_slots") if entry["in_flight"])
