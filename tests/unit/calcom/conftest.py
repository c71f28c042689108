"""The client under test, and a server that answers bytes no application would send."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random

import pytest
import requests

from app.calcom.client import CalcomClient
from app.calcom.line import Line
from app.calcom.slot_cache import SlotCache
from app.chance import SeededChance
from app.domain.timespan import span_of
from app.usecases.ports import BookingRequest, CalendarAccount, SlotQuery
from tests.integration.fakes import ManualClock, MemoryValues
from tests.unit.builders import WISHED

ACCOUNT = CalendarAccount(1, "cal_test_salon")
QUERY = SlotQuery("mitte", 2563193, span_of(WISHED - timedelta(hours=14), 24 * 60))
REQUEST = BookingRequest(
    event_type_id=2563193,
    start=WISHED,
    attendee_name="Erika Muster",
    attendee_email="erika@example.com",
    attendee_phone=None,
    time_zone="Europe/Berlin",
    attempt_id="att_1",
    retell_call_id="call_abc",
    service="Haarschnitt",
)


class ListLog:
    """Keeps log events."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict]] = []

    def info(self, event: str, **fields: object) -> None:
        self.events.append((event, fields))

    warning = error = info


class TestedClient(CalcomClient):
    """The client, with what it was handed within reach."""

    __test__ = False

    def __init__(self, base_url: str, before_call: Callable[[], None] = lambda: None) -> None:
        self.clock, self.log = ManualClock(), ListLog()
        self.values = MemoryValues(self.clock.now)
        self.cache = SlotCache(self.values, clock=self.clock, log=self.log)
        self.session = requests.Session()
        self.session.trust_env = False
        super().__init__(
            base_url,
            http=lambda: self.session,
            clock=self.clock,
            log=self.log,
            trace=lambda: {"X-Askpro-Call-Id": "call_abc"},
            before_call=before_call,
            cache=self.cache,
            line=Line(self.values, clock=self.clock, chance=SeededChance(Random(1)), log=self.log),
        )


@pytest.fixture
def client() -> Iterator[TestedClient]:
    """A client of an address that only `responses` answers."""
    client = TestedClient("http://calcom.test/")
    yield client
    client.session.close()


class RawServer:
    """Answers each request by fixed bytes and hangs up; keeps the request lines."""

    def __init__(self, answer: bytes, *, reset: bool) -> None:
        self.answer, self.reset = answer, reset
        self.requests: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        # a blocked accept() does not notice that its socket was closed; a last visitor ends it
        self._closing = True
        with contextlib.suppress(OSError):
            socket.create_connection(self._socket.getsockname()).close()
        self._thread.join(10)
        self._socket.close()

    _closing = False

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with connection:
                if self._closing:
                    return
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        head, _, body = received.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += connection.recv(65536)
        self.requests.append(head.split(b"\r\n")[0].decode())
        connection.sendall(self.answer)
        if self.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.fixture
def raw_server():
    """Start servers that send raw bytes: `raw_server(b"HTTP/1.1 …", reset=False)`."""
    servers: list[RawServer] = []

    def start(answer: bytes, *, reset: bool = False) -> RawServer:
        servers.append(RawServer(answer, reset=reset))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
