from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from flask import Flask, jsonify, request
from requests.adapters import BaseAdapter

from simulator.control.clock import SteeredClock
from simulator.retell import CalcomRefusedError, RetellSettings, create_blueprint
from simulator.retell.desk import CallDesk
from simulator.retell.settings import Caller, DialledNumber

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2025, 10, 13, 8, 0, tzinfo=UTC)  # a Monday, 10:00 in Berlin
NUMBER = "+493012345670"
CALLER = "+4917139200107"


class AppAdapter(BaseAdapter):
    """Calls a Flask app for a requests session."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._app = app

    def send(
        self, request: requests.PreparedRequest, timeout: Any = None, **kwargs: Any
    ) -> requests.Response:
        answer = self._app.test_client().open(
            request.path_url, method=request.method, data=request.body, headers=list(request.headers.items())
        )
        if answer.status_code == 599:
            raise requests.ReadTimeout(f"after {timeout} s")
        response = requests.Response()
        response.status_code = answer.status_code
        response.headers.update(answer.headers)
        response.raw = io.BytesIO(answer.data)
        response.encoding = "utf-8"
        response.url = str(request.url)
        return response

    def close(self) -> None:
        pass


def words_to_time(day: str, clock: str) -> datetime:
    """What the stub makes of a caller's words: the Monday it has free times on, and digits of a clock."""
    assert "20.10.2025" in day or "Montag" in day, day
    hour, minute = re.fullmatch(r"(?:um )?(\d+)(?:(?: Uhr)|:(\d\d))?", clock).groups()  # type: ignore[union-attr]
    return datetime(2025, 10, 20, int(hour), int(minute or 0))  # noqa: DTZ001


class StubGateway:
    """A gateway of a few lines: a set of free local times, spoken answers, and what it was asked."""

    def __init__(self) -> None:
        self.free = {"2025-10-20 14:00", "2025-10-20 15:00", "2025-10-20 16:30"}
        self.asked: list[dict[str, Any]] = []
        self.raw: list[tuple[bytes, str]] = []
        self.log: list[dict[str, Any]] = []
        self.appointments: list[dict[str, Any]] = []
        self.attempts: list[dict[str, Any]] = []
        self.clock: str | None = None
        self.fail: Callable[[], tuple[str, int]] | None = None
        self.app = Flask("stub", root_path="/")
        self.app.post("/api/retell/<function>")(self.function)
        self.app.get("/test/api/ledger")(self.ledger)
        self.app.put("/test/api/clock")(self.set_clock)
        self.app.post("/test/api/run-worker")(lambda: jsonify(done=1))

    def function(self, function: str) -> Any:
        self.raw.append((request.get_data(), request.headers["X-Retell-Signature"]))
        self.asked.append({"function": function, **request.get_json()})
        if self.fail:
            return self.fail()
        args = request.get_json()["args"]
        at = words_to_time(args["datum"], args["uhrzeit"])
        key = f"{at:%Y-%m-%d %H:%M}"
        if key in self.free and args.get("bestaetigung"):
            self.free.discard(key)
            return jsonify(
                success=True,
                status="booked",
                appointment_id="bk_1",
                requested_time=key,
                message=f"Perfekt! Ihr Termin wurde erfolgreich gebucht: {at:%H:%M} Uhr.",
            )
        if key in self.free:
            return jsonify(
                success=True, status="available", available=True, requested_time=key,
                message=f"Der Termin am Montag, 20. Oktober um {at:%H:%M} Uhr ist noch frei. Buchen?",
            )  # fmt: skip
        status = "slot_taken" if args.get("bestaetigung") else "unavailable"
        return jsonify(
            success=False, status=status, available=False, requested_time=key,
            message=f"Der Termin um {at:%H:%M} Uhr wurde gerade vergeben. Ich habe Alternativen gefunden.",
            alternatives=[{"time": time, "verified": True} for time in sorted(self.free)[:2]],
        )  # fmt: skip

    def ledger(self) -> Any:
        return jsonify(appointments=self.appointments, attempts=self.attempts, log=self.log, sentences=[])

    def set_clock(self) -> Any:
        self.clock = request.get_json()["now"]
        return jsonify(now=self.clock)


class StubCalcom:
    """A calendar with a few free starts and a rival's hand in it."""

    def __init__(self) -> None:
        day = datetime(2025, 10, 20, tzinfo=BERLIN)
        self.free = [day + timedelta(hours=hour) for hour in (14, 15, 16.5)]
        self.bookings: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.faults: list[dict[str, Any]] = []

    def event_types(self, account: str | None) -> list[dict[str, Any]]:
        return [{"id": 2563193, "title": "Haarschnitt", "lengthInMinutes": 30, "hosts": ["Jana"]}]

    def free_starts(
        self, account: str | None, event_type_id: int, start: datetime, end: datetime
    ) -> list[datetime]:
        return [at for at in self.free if start <= at < end]

    def list_bookings(self, account: str | None) -> list[dict[str, Any]]:
        return self.bookings

    def list_requests(self, account: str | None, after: int = 0) -> list[dict[str, Any]]:
        return [entry for entry in self.requests if entry["id"] > after]

    def take_slot(self, account: str | None, start: datetime, event_type_id: int | None) -> dict[str, Any]:
        if start not in self.free:
            raise CalcomRefusedError("slot_taken", "schon vergeben")
        self.free.remove(start)
        utc = start.astimezone(UTC)
        booking = {
            "uid": f"rival{len(self.bookings)}", "status": "accepted", "origin": "rival",
            "eventTypeId": 2563193,
            "start": f"{utc:%Y-%m-%dT%H:%M:%S}.000Z",
            "end": f"{utc + timedelta(minutes=30):%Y-%m-%dT%H:%M:%S}.000Z",
            "createdAt": "2025-10-13T08:00:01.000Z", "metadata": {}, "attendees": [{"name": "Rivale"}],
        }  # fmt: skip
        self.bookings.append(booking)
        return booking

    def release_slot(self, account: str | None, uid: str) -> None:
        booking = next(entry for entry in self.bookings if entry["uid"] == uid)
        booking["status"] = "cancelled"
        self.free.append(datetime.fromisoformat(booking["start"]).astimezone(BERLIN))

    def list_faults(self, account: str | None) -> list[dict[str, Any]]:
        return self.faults

    def add_fault(self, account: str | None, rule: dict[str, Any]) -> dict[str, Any]:
        armed = {**rule, "id": len(self.faults) + 1, "fired": 0}
        self.faults.append(armed)
        return armed

    def remove_fault(self, account: str | None, fault_id: int | str | None) -> None:
        self.faults = [f for f in self.faults if fault_id is not None and str(f["id"]) != str(fault_id)]


class Bench:
    """The call simulator on a frozen clock in front of the stub gateway."""

    def __init__(self) -> None:
        self.clock = SteeredClock(NOW, mode="frozen")
        self.gateway = StubGateway()
        self.calcom = StubCalcom()
        self.settings = RetellSettings(
            gateway_url="http://gateway.test",
            api_key="key_test",
            numbers=(DialledNumber(NUMBER, "Salon Morgenrot", "Mitte", "cal_test", 2563193),),
            callers=(Caller(CALLER, "Erika Muster"), Caller("anonymous")),
        )
        self.app = Flask("bench", root_path="/")
        self.app.register_blueprint(
            create_blueprint(clock=self.clock, http=self.session, settings=self.settings, calcom=self.calcom)
        )
        self.client = self.app.test_client()

    @property
    def desk(self) -> CallDesk:
        return self.app.extensions["retell.desk"]

    def session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.mount("http://gateway.test", AppAdapter(self.gateway.app))
        return session

    def say(self, text: str, call_id: str | None = None, **more: str) -> dict[str, Any]:
        answer = self.client.post("/test/api/retell/say", json={"text": text, "call_id": call_id, **more})
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def talk(self, *texts: str, **more: str) -> dict[str, Any]:
        """Say one sentence after the other in one call; returns the last answer."""
        answer = self.say(texts[0], **more)
        for text in texts[1:]:
            answer = self.say(text, answer["call_id"])
        return answer


@pytest.fixture
def bench() -> Bench:
    return Bench()
