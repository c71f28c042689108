from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient

from simulator import create_app

ACCOUNT = "cal_test_salon"
MONDAY = "2025-10-20"
NOON = "2025-10-20T12:00:00Z"  # 14:00 in Berlin
BEGIN = datetime(2025, 10, 13, 8, tzinfo=UTC)

SALON: dict[str, Any] = {
    "account": {
        "name": "salon",
        "key": ACCOUNT,
        "user": {"id": 1, "name": "Salon", "email": "salon@example.test", "username": "salon"},
    },
    "hosts": [{"id": 11, "name": "Jana", "email": "jana@example.test", "username": "jana"}],
    "schedules": [
        {
            "id": 1,
            "ownerId": 11,
            "name": "Werktags",
            "timeZone": "Europe/Berlin",
            "availability": [
                {
                    "days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
                    "startTime": "09:00",
                    "endTime": "18:00",
                }
            ],
        }
    ],
    "event_types": [
        {"id": 100, "slug": "schnitt", "title": "Schnitt", "lengthInMinutes": 30, "hostIds": [11]},
        {"id": 101, "slug": "farbe", "title": "Farbe", "lengthInMinutes": 90, "hostIds": [11]},
    ],
}


class SteppedClock:
    """Time that moves only when somebody sleeps; spawned work waits until it is asked for."""

    def __init__(self) -> None:
        self.current = BEGIN
        self.slept: list[float] = []
        self.spawned: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return self.current

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.current += timedelta(seconds=seconds)

    def spawn(self, work: Callable[[], None], *, name: str) -> None:
        self.spawned.append(work)

    def run_spawned(self) -> None:
        while self.spawned:
            self.spawned.pop(0)()

    def event(self) -> SteppedEvent:
        return SteppedEvent(self)

    def set(self, now: datetime) -> None:
        self.current = now

    def advance(self, seconds: float) -> None:
        self.current += timedelta(seconds=seconds)


class SteppedEvent:
    def __init__(self, clock: SteppedClock) -> None:
        self.clock = clock
        self.raised = False

    def set(self) -> None:
        self.raised = True

    def wait(self, timeout: float | None = None) -> bool:
        """Without a limit, whoever was sent off last goes on meanwhile."""
        while timeout is None and not self.raised and self.clock.spawned:
            self.clock.spawned.pop()()
        if not self.raised and timeout is not None:
            self.clock.sleep(timeout)
        return self.raised


@dataclass
class Mailbox:
    """Receives webhooks in place of a gateway; ``status`` is what it answers."""

    received: list[requests.PreparedRequest] = field(default_factory=list)
    status: int = 200
    error: requests.RequestException | None = None

    def session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.mount("http://gateway.test", _MailboxAdapter(self))
        return session

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.body or b"{}") for request in self.received]


class _MailboxAdapter(requests.adapters.BaseAdapter):
    def __init__(self, mailbox: Mailbox) -> None:
        super().__init__()
        self.mailbox = mailbox

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        self.mailbox.received.append(request)
        if self.mailbox.error is not None:
            raise self.mailbox.error
        response = requests.Response()
        response.status_code = self.mailbox.status
        response._content = b"{}"
        response.request = request
        return response

    def close(self) -> None:
        pass


@dataclass
class Salon:
    """One account of an app in process, spoken to as a client and as its controller."""

    web: FlaskClient
    key: str = ACCOUNT
    environ: dict[str, Any] = field(default_factory=dict)

    def call(self, method: str, path: str, *, version: str = "2024-08-13", **options: Any) -> Any:
        headers = {"cal-api-version": version, **options.pop("headers", {})}
        if options.pop("auth", True):
            headers.setdefault("Authorization", f"Bearer {self.key}")
        return self.web.open(
            path, method=method, headers=headers, environ_overrides=dict(self.environ), **options
        )

    def admin(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        query = {"account": self.key, **query}
        return self.web.open(f"/__admin{path}", method=method, json=body, query_string=query)

    def book(self, start: str = NOON, **more: Any) -> Any:
        return self.call("POST", "/v2/bookings", json=self.wish(start, **more))

    def wish(self, start: str = NOON, **more: Any) -> dict[str, Any]:
        return {
            "start": start,
            "eventTypeId": 100,
            "attendee": {
                "name": "Erika Muster",
                "email": "erika@example.test",
                "timeZone": "Europe/Berlin",
            },
            "metadata": {"call_id": "call_1", "attempt_id": "attempt_1"},
            **more,
        }

    def slots(self, start: str = MONDAY, end: str = MONDAY, **more: Any) -> Any:
        query = {"eventTypeId": 100, "start": start, "end": end, **more}
        return self.call("GET", "/v2/slots", version="2024-09-04", query_string=query)

    def starts(self, **more: Any) -> list[str]:
        days = self.slots(**more).json["data"]
        return [slot["start"] for day in days.values() for slot in day]

    def bookings(self) -> list[dict[str, Any]]:
        return self.admin("GET", "/bookings").json["bookings"]

    def fault(self, **rule: Any) -> str:
        answer = self.admin("POST", "/faults", rule)
        assert answer.status_code == 201, answer.text
        return answer.json["id"]

    def requests(self) -> list[dict[str, Any]]:
        return self.admin("GET", "/requests").json["requests"]


@pytest.fixture
def salon_state() -> dict[str, Any]:
    return copy.deepcopy(SALON)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def app(clock: SteppedClock, mailbox: Mailbox) -> Flask:
    return create_app(clock=clock, http=mailbox.session)


@pytest.fixture
def salon(app: Flask, salon_state: dict[str, Any]) -> Salon:
    account = Salon(app.test_client())
    assert account.admin("PUT", "/state", salon_state).status_code == 200
    return account


@pytest.fixture
def second_salon(app: Flask, salon_state: dict[str, Any]) -> Salon:
    salon_state["account"] |= {"name": "praxis", "key": "cal_test_praxis"}
    account = Salon(app.test_client(), "cal_test_praxis")
    assert account.admin("PUT", "/state", salon_state).status_code == 200
    return account
