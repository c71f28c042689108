"""The books after a load: let what is open end, read both ledgers, judge them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import requests

from harness.invariants import INVARIANTS, CalcomBooks, Ledger, judge
from loadtests.errors import NotStarted
from simulator.client import SimulatorClient

JUMPS = tuple(timedelta(minutes=each) for each in (1, 5, 10, 10))
"""From look to look: the worker gives up an attempt whose outcome is unknown after 15 minutes."""
_QUIET_SECONDS = 0.3
_QUIET_LOOKS = 30
_TIMEOUT_SECONDS = 120.0
HEARD = "what callers heard as booked stands in both books"


class World(Protocol):
    """What is needed of a live world."""

    gateway_url: str

    def now(self) -> datetime:
        """The instant its clock shows."""
        ...

    def jump(self, now: datetime) -> None:
        """Set its clock."""
        ...

    def simulator(self, account: str) -> SimulatorClient:
        """Control of one account."""
        ...


@dataclass(frozen=True, slots=True)
class Balance:
    """What the books came to: how many bookings, and each invariant with its state and detail."""

    told: int
    ours: int
    calcom: int
    invariants: tuple[dict[str, str], ...]

    @property
    def broken(self) -> list[str]:
        """The invariants that do not hold, a sentence each."""
        return [
            f"{each['words']}: {each['detail']}"
            for each in self.invariants
            if each["state"] in {"broken", "open"}
        ]


def close_books(
    world: World, http: requests.Session, accounts: dict[int, str], told: Iterable[str]
) -> Balance:
    """End what is under way, then judge; ``accounts`` are Cal.com's keys by company, ``told`` the uids heard."""
    _wait_until_quiet(lambda: [_shape(world.simulator(each).list_bookings()) for each in accounts.values()])
    _finish_attempts(world, http)
    ledger = Ledger.from_json(ask(http, "GET", f"{world.gateway_url}/test/api/ledger"))
    books = CalcomBooks(
        bookings={company: tuple(world.simulator(key).list_bookings()) for company, key in accounts.items()},
        requests=dict.fromkeys(accounts, ()),
    )
    faults = [
        {**rule, "where": "calcom"}
        for key in accounts.values()
        for rule in world.simulator(key).list_faults()
    ]
    return balance(ledger, books, faults, list(told))


def balance(ledger: Ledger, books: CalcomBooks, faults: list[dict[str, Any]], told: list[str]) -> Balance:
    """The judgement on books that were read; the callers' own memory is a witness of its own."""
    words = {each.name: each.words for each in INVARIANTS}
    judged = [
        {"words": words[each.name], "state": str(each.state), "detail": each.detail}
        for each in judge(ledger, books, faults, None)
    ]
    return Balance(
        told=len(told),
        ours=len(ledger.live_appointments()),
        calcom=len(books.live()),
        invariants=(*judged, _heard(ledger, books, told)),
    )


def ask(http: requests.Session, method: str, url: str) -> dict[str, Any]:
    """The JSON answer of a control route; NotStarted where it gives none."""
    try:
        response = http.request(method, url, timeout=_TIMEOUT_SECONDS)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
    except requests.RequestException as error:
        raise NotStarted(f"{method} {url}: {error}") from error
    return answer


def _heard(ledger: Ledger, books: CalcomBooks, told: list[str]) -> dict[str, str]:
    ours = {str(row.get("calcom_booking_uid")) for row in ledger.live_appointments()}
    theirs = {str(row["uid"]) for row in books.live()}
    lost = [uid for uid in told if uid not in ours or uid not in theirs]
    twice = len(told) - len(set(told))
    detail = f"{len(lost)} are missing, such as {lost[0]}." if lost else ""
    if twice:
        detail += f" {twice} were told to more than one caller."
    return {"words": HEARD, "state": "broken" if detail else "holds", "detail": detail.strip()}


def _finish_attempts(world: World, http: requests.Session) -> None:
    """Let the worker look, and time pass, until no attempt is open."""
    for jump in (*JUMPS, None):
        ask(http, "POST", f"{world.gateway_url}/test/api/run-worker")
        attempts = ask(http, "GET", f"{world.gateway_url}/test/api/ledger")["attempts"]
        if jump is None or not any(row.get("state") == "open" for row in attempts):
            return
        world.jump(world.now() + jump)


def _wait_until_quiet(look: Callable[[], Any]) -> None:
    """Wait until two looks in a row see the same."""
    before = look()
    for _ in range(_QUIET_LOOKS):
        time.sleep(_QUIET_SECONDS)
        now = look()
        if now == before:
            return
        before = now


def _shape(bookings: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(str(each["uid"]), str(each["status"])) for each in bookings]
