"""Alternating rounds: slots, bookings, a bare Flask route, mountebank; and whether the answers were right."""

from __future__ import annotations

from collections import Counter
from typing import Any

from loadtests.bench import mountebank
from loadtests.bench.processes import Served, serving, session
from loadtests.bench.traffic import BARE, BOOKINGS, SLOTS, script, slots_headers, start_of, state, week
from loadtests.bench.wrk import CONNECTIONS, Round, run, summary

A, B, C, D = (
    "a: GET /v2/slots for a week",
    "b: POST /v2/bookings, journal on",
    "c: a bare Flask route, same server",
    "d: mountebank with a stub that stores",
)


def measure(rounds: int, seconds: int, *, with_mountebank: bool = True) -> dict[str, Any]:
    """The figures of each kind, their ratios, and how many answers were wrong."""
    with serving("simulator") as ours:
        ours.client().put_state(state())
        size = len(_week_of(ours))
        with serving("simulator.server", "loadtests.bare:create_app", BARE_BYTES=str(size)) as bare:
            if with_mountebank:
                with mountebank.serving() as other:
                    results = _alternate(ours.url, bare.url, other, rounds, seconds)
            else:
                results = _alternate(ours.url, bare.url, None, rounds, seconds)
        figures = {name: summary(done) for name, done in results.items() if done}
        figures[B]["wrong_answers"] += wrong_books(ours, sum(done.requests for done in results[B]))
    return {"bytes_of_a_and_c": size, "rounds": figures, "ratios": _ratios(results)}


def wrong_books(ours: Served, answered: int) -> int:
    """How many of the answered bookings are not there, there twice, or not as they were asked for."""
    books = ours.client().list_bookings()
    starts, uids = Counter(one["start"] for one in books), Counter(one["uid"] for one in books)
    wrong = max(0, answered - len(books)) + 2 * len(books) - len(starts) - len(uids)
    for one in books:
        number = int(one["metadata"]["call_id"].removeprefix("call_"))
        wrong += one["start"] != start_of(number) or one["status"] != "accepted"
    return wrong


def _alternate(ours: str, bare: str, other: str | None, rounds: int, seconds: int) -> dict[str, list[Round]]:
    results: dict[str, list[Round]] = {A: [], B: [], C: [], D: []}
    booked = 0
    for _ in range(rounds):
        bookings = script(BOOKINGS, first=booked)
        results[A].append(run(ours, script(SLOTS), seconds=seconds))
        results[B].append(run(ours, bookings, seconds=seconds))
        results[C].append(run(bare, script(BARE), seconds=seconds))
        if other is not None:
            results[D].append(run(other, bookings, seconds=seconds))
        most = max(done[-1].requests for name, done in results.items() if name in (B, D) and done)
        booked += most + 10 * CONNECTIONS  # those that were under way when a round ended may have been stored
    return results


def _ratios(results: dict[str, list[Round]]) -> dict[str, float]:
    """Of the medians over the rounds; each pair was measured right after one another."""
    pairs = {"a/c": (A, C), "b/c": (B, C), "b/d": (B, D)}
    return {
        name: round(_median_ratio(results[one], results[other]), 2)
        for name, (one, other) in pairs.items()
        if results[other]
    }


def _median_ratio(ours: list[Round], others: list[Round]) -> float:
    found = sorted(one.rate / other.rate for one, other in zip(ours, others, strict=True))
    return found[len(found) // 2]


def _week_of(ours: Served) -> bytes:
    with session() as http:
        return http.get(f"{ours.url}/v2/slots", params=week(), headers=slots_headers(), timeout=10).content
