"""The whole fault matrix, operation by effect by phase: what the client saw, and what the world kept."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread
from typing import Any

import pytest
import requests
from flask import Flask

from simulator.calcom import OPERATION_NAMES
from simulator.calcom.effect_specs import EFFECTS
from simulator.server import Server
from tests.simulator.conftest import BEGIN, Salon, SteppedClock
from tests.simulator.matrix import (
    ASKS,
    CELLS,
    KEY,
    MAKES_MORE_WHEN_TWICE,
    PHASES,
    SHOWS,
    WORLD,
    Seen,
    is_kept,
    is_refused,
    size,
    timeless,
)


class Bench:
    """One account that is put back before each cell."""

    def __init__(self, app: Flask, clock: SteppedClock) -> None:
        self.salon = Salon(app.test_client(), KEY)
        self.clock = clock
        self.accounts = app.extensions["simulator"]
        self.cuts: list[str] = []
        self.salon.environ["askpro.cut"] = lambda: self.cuts.append("cut")

    def prepare(self) -> None:
        self.clock.set(BEGIN)
        self.cuts.clear()
        self.accounts.put_state(KEY, copy.deepcopy(WORLD))
        account = self.accounts.get(KEY)
        account.faults.clear()
        account.journal.clear()
        account.deliveries.clear()

    def ask(self, operation: str) -> Seen:
        ask = ASKS[operation]
        answer = self.salon.call(
            ask.method, f"/v2{ask.path}", version=ask.version, json=ask.body, query_string=dict(ask.query)
        )
        data = answer.data  # reading it is what runs into the cut
        broken = ("short" if data else "reset") if self.cuts else ""
        return Seen(answer.status_code, data, answer.headers, broken)

    def state(self) -> Any:
        return self.accounts.get(KEY).get_state()


class WireBench(Bench):
    """The same, asked over a socket."""

    def __init__(self, app: Flask, clock: SteppedClock, url: str) -> None:
        super().__init__(app, clock)
        self.url = url
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Authorization"] = f"Bearer {KEY}"

    def ask(self, operation: str) -> Seen:
        ask = ASKS[operation]
        try:
            answer = self.http.request(
                ask.method,
                f"{self.url}/v2{ask.path}",
                headers={"cal-api-version": ask.version},
                json=ask.body,
                params=dict(ask.query),
                timeout=10,
            )
        except requests.RequestException as error:
            words = {"IncompleteRead": "short", "Connection reset by peer": "reset"}
            broken = next((word for text, word in words.items() if text in str(error)), repr(error))
            return Seen(None, broken=broken)
        return Seen(answer.status_code, answer.content, answer.headers)


@dataclass(frozen=True)
class Cell:
    """An effect in a phase of an operation, and what the operation does when nothing is wrong."""

    operation: str
    effect: str
    phase: str
    plain: Seen
    before: Any
    written: Any

    @property
    def rule(self) -> dict[str, Any]:
        effect = CELLS[self.effect]
        return {"on": self.operation, "when": self.phase} | ({} if effect is None else {"effect": effect})


@pytest.fixture(params=["in process", "over a port"])
def bench(app: Flask, clock: SteppedClock, request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "in process":
        yield Bench(app, clock)
        return
    server = Server(app, "127.0.0.1", 0)
    serving = Thread(target=server.serve_forever, daemon=True)
    serving.start()
    bench = WireBench(app, clock, f"http://127.0.0.1:{server.port}")
    try:
        yield bench
    finally:
        bench.http.close()
        server.close()
        serving.join(10)


class TestTable:
    def test_it_leaves_no_operation_out(self) -> None:
        assert set(ASKS) == set(OPERATION_NAMES)

    def test_it_leaves_no_effect_out(self) -> None:
        assert set(CELLS) == set(EFFECTS) | {"nothing", "latency"} == set(SHOWS)


@pytest.mark.parametrize("operation", sorted(ASKS))
class TestEveryCell:
    def test_the_client_sees_the_effect_and_the_phase_decides_what_is_kept(
        self, bench: Bench, operation: str
    ) -> None:
        bench.prepare()
        before = bench.state()
        plain = bench.ask(operation)
        assert plain.status in (200, 201), plain.data
        written = timeless(bench.state())
        assert (written != timeless(before)) is ASKS[operation].writes
        cells = [
            Cell(operation, effect, phase, plain, before, written) for effect in CELLS for phase in PHASES
        ]
        wrong = [
            f"{cell.effect} {cell.phase}: {problem}" for cell in cells for problem in problems(bench, cell)
        ]
        assert wrong == []


def problems(bench: Bench, cell: Cell) -> Iterator[str]:
    bench.prepare()
    added = bench.salon.admin("POST", "/faults", cell.rule)
    if is_refused(cell.operation, cell.effect, cell.phase):
        if (added.status_code, added.json.get("error", {}).get("code")) != (400, "bad_value"):
            yield f"the rule was not refused: {added.text}"
        return
    if added.status_code != 201:
        yield f"the rule was refused: {added.text}"
        return
    seen = bench.ask(cell.operation)
    yield from problems_seen(cell, seen)
    yield from problems_marked(bench, cell, seen)
    yield from problems_kept(cell, bench.state())


def problems_seen(cell: Cell, seen: Seen) -> Iterator[str]:
    if cell.phase == "half":
        if seen.broken != "short":
            yield f"the answer was whole: {seen.data[:200]!r}"
    elif not SHOWS[cell.effect](seen, cell.plain):
        yield f"the client saw {seen.status} {seen.broken} {seen.data[:200]!r}"


def problems_marked(bench: Bench, cell: Cell, seen: Seen) -> Iterator[str]:
    (entry,) = bench.salon.requests()
    words = cell.phase if cell.effect == "nothing" else cell.effect
    mark = entry["fault"] if seen.status is None else seen.headers.get("X-Simulator-Fault")
    if entry["fault"] is None or mark != entry["fault"]:
        yield "the answer is not marked"
    if entry["fault_effect"] != words or entry["cut"] is not bool(seen.broken):
        yield f"the journal says {entry['fault_effect']}, cut {entry['cut']}"


def problems_kept(cell: Cell, state: Any) -> Iterator[str]:
    kept, before = timeless(state), timeless(cell.before)
    if cell.effect == "rival":
        if not any(booking["origin"] == "rival" for booking in state["bookings"]):
            yield "the rival did not get in"
    elif not is_kept(cell.operation, cell.effect, cell.phase):
        if kept != before:
            yield "something was kept"
    elif cell.phase == "twice" and cell.operation in MAKES_MORE_WHEN_TWICE:
        if size(kept) - size(before) != 2 * (size(cell.written) - size(before)):
            yield f"it was not written twice: {size(before)}, {size(cell.written)}, {size(kept)}"
    elif cell.effect != "moved_start" and cell.phase != "twice" and kept != cell.written:
        yield "not what is kept when nothing is wrong"
    elif kept == before:
        yield "nothing was kept"
