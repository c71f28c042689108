"""What a function of the voice agent costs inside the gateway: `make bench`.

Cal.com answers from memory and its time is taken off. Each function is held against a bare Flask route with
bodies of the same size, in alternating rounds of one run: a busy machine slows both.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from random import Random
from statistics import median
from typing import Any

import pytest
import requests
from flask import Flask, jsonify, request
from requests.adapters import BaseAdapter

from app.domain.phonetics import name_key
from app.retell.signature import SIGNATURE_HEADER, sign
from app.storage.models import Customer
from app.wiring import Gateway, build_gateway
from fixtures.seed import load_catalogue
from tests.integration.bench import CALLER, MITTE, SALON, WISHED, settings_for
from tests.integration.fakes import NOW, ManualClock
from tests.unit.builders import BERLIN

ROUNDS, CALLS = 5, 24
CUSTOMERS = 100_000
CHUNK = 10_000

MOST_ROUTES = {"check, remembered": 130, "check, asked anew": 160, "book": 380, "check-customer": 95}
"""How many bare routes a function may cost: about twice what was measured, to find what got slow."""


class CalcomInMemory(BaseAdapter):
    """Has every slot free and makes every booking; counts the time it takes for that."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self.seconds = 0.0
        self._clock = clock
        self._numbers = count(1)
        starts = [WISHED + timedelta(days=day, minutes=30 * n) for day in range(-7, 21) for n in range(-8, 8)]
        self._slots: dict[str, list[dict[str, str]]] = {}
        for start in starts:
            self._slots.setdefault(f"{start:%Y-%m-%d}", []).append({"start": _wire(start)})

    def send(self, request: requests.PreparedRequest, **_options: Any) -> requests.Response:
        began = time.perf_counter()
        data = self._slots if request.method == "GET" else self._book(json.loads(request.body or b"{}"))
        response = requests.Response()
        response.status_code = 200
        response.headers["Content-Type"] = "application/json"
        response._content = json.dumps({"status": "success", "data": data}).encode()
        response.url = request.url or ""
        response.request = request
        self.seconds += time.perf_counter() - began
        return response

    def close(self) -> None:
        pass

    def _book(self, body: Mapping[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        return {
            "id": number,
            "uid": f"uid{number:019}",
            "status": "accepted",
            "start": body["start"],
            "end": body["start"],
            "createdAt": _wire(self._clock.now()),
            "metadata": body["metadata"],
            "attendees": [body["attendee"]],
            "hosts": [],
        }


class Bench:
    """A gateway over a database file, and what it takes to call it."""

    def __init__(self, path: Any) -> None:
        self.clock = ManualClock()
        self.calcom = CalcomInMemory(self.clock)
        self.gateway: Gateway = build_gateway(
            settings_for(path), clock=self.clock, chance=Random(1), http=self._session, log_stream=_Nowhere()
        )
        self._client = self.gateway.web.test_client()
        self._calls = count(1)

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.mount("http://", self.calcom)
        session.mount("https://", self.calcom)
        return session

    def ask(self, function: str, **args: Any) -> dict[str, Any]:
        """Return the answer to one function call of a call of its own."""
        call = {"call_id": f"call_be{next(self._calls):025}", "from_number": CALLER, "to_number": MITTE}
        raw = json.dumps({"name": function, "args": args, "call": call}).encode()
        key = self.gateway.settings.retell_api_keys[0]
        signature = sign(raw, key, int(self.clock.now().timestamp() * 1000))
        headers = {SIGNATURE_HEADER: signature, "Content-Type": "application/json"}
        reply = self._client.post(f"/api/retell/{function}", data=raw, headers=headers)
        assert reply.status_code == 200
        return reply.get_json()


class _Nowhere:
    """A log that nobody reads."""

    def write(self, _text: str) -> None: ...

    def flush(self) -> None: ...


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[str], None]]:
    lines: list[str] = []
    yield lines.append
    with capsys.disabled():
        print("\n  " + "\n  ".join(lines))


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path / "gateway.sqlite3")
    bench.gateway.database.create_all()
    load_catalogue(bench.gateway.database, bench.gateway.settings)
    yield bench
    bench.gateway.close()


def test_a_check_from_memory(bench: Bench, report):
    bench.ask("check-availability", datum="20.10.2025", uhrzeit="14:00")
    compare(
        report, bench, "check, remembered",
        lambda _: bench.ask("check-availability", datum="20.10.2025", uhrzeit="14:00"), status="available",
    )  # fmt: skip


def test_a_check_that_asks_calcom(bench: Bench, report):
    def check(_number: int) -> dict[str, Any]:
        bench.clock.advance(minutes=2)  # longer than slots are remembered
        return bench.ask("check-availability", datum="20.10.2025", uhrzeit="14:00")

    compare(report, bench, "check, asked anew", check, status="available")


def test_a_booking(bench: Bench, report):
    starts = (WISHED + timedelta(days=day, minutes=30 * n) for day in range(18) for n in range(-8, 7))
    free = (start for start in starts if start.weekday() < 5)

    def book(_number: int) -> dict[str, Any]:
        start = next(free).astimezone(BERLIN)
        wish = {"datum": f"{start:%d.%m.%Y}", "uhrzeit": f"{start:%H:%M}", "bestaetigung": True}
        return bench.ask("collect-appointment", name="Erika Muster", telefon=_number_of(_number), **wish)

    compare(report, bench, "book", book, status="booked")


def test_a_customer_among_many(bench: Bench, report):
    fill(bench)
    compare(report, bench, "check-customer", lambda _: bench.ask("check-customer"), status="found")


def fill(bench: Bench) -> None:
    """Add many customers, the caller in the middle of them."""
    vault = bench.gateway.parts.vault
    sealed = vault.seal("+4917139200000")
    for first in range(0, CUSTOMERS, CHUNK):
        rows = [
            Customer(
                company_id=SALON, name=f"Erika Muster {n}", name_key=name_key(f"Erika Muster {n}"), created_at=NOW,
                phone_ciphertext=sealed, phone_index=vault.phone_index(_number_of(n)),
                phone_tail_index=vault.phone_tail_index(_number_of(n)),
            )
            for n in range(first, first + CHUNK)
        ]  # fmt: skip
        with bench.gateway.database.transaction(SALON, "fill") as session:
            session.add_all(rows)


def _number_of(n: int) -> str:
    return CALLER if n == CUSTOMERS // 2 else f"+4915{n:09}"


def compare(
    report: Callable[[str], None],
    bench: Bench,
    what: str,
    work: Callable[[int], dict[str, Any]],
    *,
    status: str,
) -> None:
    """Run a function and a bare route in turns; report both and fail where the ratio is out of its bounds."""
    answer = work(-1)
    assert answer["status"] == status, answer
    bare = bare_route(answer)
    ours: list[float] = []
    theirs: list[float] = []
    for lap in range(ROUNDS):
        theirs += [seconds(lambda: bare(None)) for _ in range(CALLS)]
        for n in range(CALLS):
            upstream = bench.calcom.seconds
            spent = seconds(lambda: work(lap * CALLS + n))  # noqa: B023 - run at once
            ours.append(spent - (bench.calcom.seconds - upstream))
    middle, base = median(ours) * 1000, median(theirs) * 1000
    slow = sorted(ours)[int(len(ours) * 0.95)] * 1000
    report(
        f"{what}: median {middle:.2f} ms, p95 {slow:.2f} ms; bare route {base:.3f} ms; ratio {middle / base:.1f}"
    )
    assert middle / base <= MOST_ROUTES[what]


def bare_route(answer: dict[str, Any]) -> Callable[[Any], None]:
    """Return a call of a Flask route that reads JSON and answers the same body."""
    web = Flask("bare")
    web.post("/bare")(lambda: jsonify(answer | {"name": request.get_json()["name"]}))
    client = web.test_client()
    raw = json.dumps({"name": "bare", "args": {"datum": "20.10.2025", "uhrzeit": "14:00"}}).encode()

    def ask(_: Any) -> None:
        assert client.post("/bare", data=raw, headers={"Content-Type": "application/json"}).status_code == 200

    return ask


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _wire(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
