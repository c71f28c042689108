"""The simulator's own server, spoken to as bytes: what a client library would hide."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Barrier, Event, Semaphore, Thread
from typing import Any

import pytest
import requests
from flask import Flask

from simulator.client import SimulatorClient
from simulator.server import Server
from tests.simulator.conftest import ACCOUNT, NOON

ROOT = Path(__file__).parents[2]
_ATTENDEE = {"name": "Erika Muster", "email": "erika@example.test", "timeZone": "Europe/Berlin"}
_SLOTS = b"GET /v2/slots?eventTypeId=100&start=2025-10-20&end=2025-10-20 HTTP/1.1\r\nHost: x\r\n%b\r\n"
_VERSION = b"cal-api-version: 2024-09-04\r\nAuthorization: Bearer " + ACCOUNT.encode() + b"\r\n"


class Wire:
    """A bare connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.kept = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def receive(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        self.kept += data

    def answer(self) -> tuple[int, list[tuple[str, str]], bytes]:
        """One answer with a length: status, headers in order, body."""
        while b"\r\n\r\n" not in self.kept:
            self.receive()
        head, self.kept = self.kept.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = [
            (name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])
        ]
        size = int(dict(headers).get("content-length", "0"))
        while len(self.kept) < size:
            self.receive()
        body, self.kept = self.kept[:size], self.kept[size:]
        return int(lines[0].split()[1]), headers, body

    def is_closed(self) -> bool:
        try:
            self.receive()
        except EOFError:
            return True
        return False


@contextmanager
def served(application: Any) -> Iterator[Server]:
    server = Server(application, "127.0.0.1", 0)
    with running(server):
        yield server


@contextmanager
def running(server: Server) -> Iterator[None]:
    serving = Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield
    finally:
        server.close()
        serving.join(10)
        assert not serving.is_alive()


@pytest.fixture
def server(app: Flask, salon: Any) -> Iterator[Server]:
    with served(app) as server:
        yield server


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    wire = Wire(server.port)
    with wire.socket:
        yield wire


@pytest.fixture
def control(server: Server) -> Iterator[SimulatorClient]:
    with requests.Session() as session:
        session.trust_env = False
        yield SimulatorClient(f"http://127.0.0.1:{server.port}", session, ACCOUNT)


def booking(start: str = NOON) -> bytes:
    body = json.dumps({"start": start, "eventTypeId": 100, "attendee": _ATTENDEE}).encode()
    head = "POST /v2/bookings HTTP/1.1\r\nHost: x\r\ncal-api-version: 2024-08-13\r\n"
    head += f"Authorization: Bearer {ACCOUNT}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class TestAnswers:
    def test_an_answer_has_one_date_and_it_is_the_simulators(self, wire: Wire) -> None:
        wire.send(_SLOTS % _VERSION)
        status, headers, _ = wire.answer()
        assert status == 200
        names = Counter(name for name, _ in headers)
        assert names["date"] == 1
        assert dict(headers)["date"].startswith(("Mon, 13 Oct 2025", "Sun, 12 Oct 2025"))
        assert [name for name, count in names.items() if count > 1] == []
        assert "server" not in names

    def test_a_connection_serves_one_request_after_the_other(self, wire: Wire) -> None:
        for _ in range(3):
            wire.send(_SLOTS % _VERSION)
            assert wire.answer()[0] == 200

    def test_requests_sent_ahead_are_answered_in_order(self, wire: Wire) -> None:
        wire.send(_SLOTS % _VERSION + booking() + b"GET /v2/none HTTP/1.1\r\nHost: x\r\n\r\n")
        assert [wire.answer()[0] for _ in range(3)] == [200, 201, 404]

    def test_a_client_that_wants_no_more_gets_an_end(self, wire: Wire) -> None:
        wire.send(_SLOTS % (_VERSION + b"Connection: close\r\n"))
        status, headers, _ = wire.answer()
        assert (status, dict(headers)["connection"]) == (200, "close")
        assert wire.is_closed()

    def test_the_old_protocol_ends_after_one_answer(self, wire: Wire) -> None:
        wire.send((_SLOTS % _VERSION).replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert wire.answer()[0] == 200
        assert wire.is_closed()

    def test_a_head_request_gets_no_body(self, wire: Wire) -> None:
        wire.send(b"HEAD /v2/none HTTP/1.1\r\nHost: x\r\n\r\n" + _SLOTS % _VERSION)
        while b"\r\n\r\n" not in wire.kept:
            wire.receive()
        wire.kept = wire.kept.split(b"\r\n\r\n", 1)[1]
        assert wire.answer()[0] == 200

    def test_a_body_may_come_in_chunks_after_a_go_ahead(self, wire: Wire) -> None:
        head, body = booking().split(b"\r\n\r\n", 1)
        lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
        wire.send(b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"Expect: 100-continue", b"", b""]))
        assert wire.answer()[0] == 100
        wire.send(b"5\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (body[:5], len(body) - 5, body[5:]))
        assert wire.answer()[0] == 201

    @pytest.mark.parametrize(
        ("sent", "status"),
        [
            (b"nonsense\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
            (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413),
            (b"GET / HTTP/1.1\r\nx: " + b"y" * 140_000, 431),
        ],
    )
    def test_what_is_no_request_is_refused(self, wire: Wire, sent: bytes, status: int) -> None:
        wire.send(sent)
        assert wire.answer()[0] == status

    def test_an_answer_of_unknown_length_comes_in_chunks(self) -> None:
        def application(environ: dict[str, Any], start: Any) -> Iterator[bytes]:
            start("200 OK", [("Content-Type", "text/plain")])
            return iter([b"one", b"", b"two"])

        with served(application) as server:
            answer = requests.get(f"http://127.0.0.1:{server.port}/", timeout=10)
        assert (answer.text, answer.headers["Transfer-Encoding"]) == ("onetwo", "chunked")

    def test_an_application_that_breaks_answers_500(self) -> None:
        def application(environ: dict[str, Any], start: Any) -> list[bytes]:
            raise RuntimeError("broken")

        with served(application) as server:
            assert requests.get(f"http://127.0.0.1:{server.port}/", timeout=10).status_code == 500


class TestCuts:
    def test_a_reset_is_one_on_the_wire(self, wire: Wire, control: SimulatorClient) -> None:
        control.add_fault({"on": "create_booking", "when": "after", "effect": "reset"})
        wire.send(booking())
        with pytest.raises(ConnectionResetError):
            wire.answer()
        assert len(control.list_bookings()) == 1

    def test_half_an_answer_has_the_length_of_a_whole_one(self, wire: Wire, control: SimulatorClient) -> None:
        control.add_fault({"on": "create_booking", "when": "after", "effect": {"truncate": 0.5}})
        wire.send(booking())
        with pytest.raises(EOFError):
            wire.answer()
        assert wire.kept  # a part of the body: its head was taken off, with the length of the whole
        assert len(control.list_bookings()) == 1


class TestManyAtOnce:
    def test_of_fifty_identical_wishes_one_is_stored(self, server: Server, control: SimulatorClient) -> None:
        at_once = Barrier(50)

        def book(start: str) -> int:
            wire = Wire(server.port)
            with wire.socket:
                at_once.wait(20)
                wire.send(booking(start))
                return wire.answer()[0]

        for hour in range(8, 12):
            start = f"2025-10-21T{hour:02d}:00:00Z"
            with ThreadPoolExecutor(50) as pool:
                statuses = Counter(pool.map(book, [start] * 50))
            assert statuses[201] == 1
            assert set(statuses) <= {201, 400, 409}
        assert len(control.list_bookings()) == 4

    def test_who_came_together_with_the_winner_lost_a_race(self, app: Flask, salon: Any) -> None:
        server = Server(app, "127.0.0.1", 0)
        first, second = Wire(server.port), Wire(server.port)
        with first.socket, second.socket:
            first.send(booking())
            second.send(booking())
            with running(server):
                answers = [first.answer(), second.answer()]
                assert sorted(status for status, _, _ in answers) == [201, 409]
                second.send(booking())
                assert second.answer()[0] == 400


class TestWaiting:
    def test_those_who_wait_hold_up_no_other_and_come_back(self) -> None:
        ended, waiting = Event(), Semaphore(0)

        def application(environ: dict[str, Any], start: Any) -> list[bytes]:
            if environ["PATH_INFO"] == "/wait":
                environ["simulator.stand_aside"]()
                waiting.release()
                ended.wait(20)
            start("200 OK", [("Content-Length", "0")])
            return []

        with served(application) as server, ExitStack() as open_wires:
            wires = [Wire(server.port) for _ in range(20)]
            for wire in wires:
                open_wires.enter_context(wire.socket)
                wire.send(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            for _ in wires:
                assert waiting.acquire(timeout=20)
            assert requests.get(f"http://127.0.0.1:{server.port}/", timeout=10).ok
            ended.set()
            for wire in wires * 2:
                assert wire.answer()[0] == 200
                wire.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

    def test_who_asks_us_while_we_answer_is_answered(self) -> None:
        def application(environ: dict[str, Any], start: Any) -> list[bytes]:
            body = b"inner"
            if environ["PATH_INFO"] == "/outer":
                environ["simulator.stand_aside"]()
                url = f"http://127.0.0.1:{environ['SERVER_PORT']}/inner"
                body = b"outer " + requests.get(url, timeout=10).content
            start("200 OK", [("Content-Length", str(len(body)))])
            return [body]

        with served(application) as server:
            assert requests.get(f"http://127.0.0.1:{server.port}/outer", timeout=10).text == "outer inner"

    def test_a_slow_reader_holds_up_no_other(self) -> None:
        def application(environ: dict[str, Any], start: Any) -> list[bytes]:
            body = b"x" * (50_000_000 if environ["PATH_INFO"] == "/long" else 1)
            start("200 OK", [("Content-Length", str(len(body)))])
            return [body]

        with served(application) as server:
            slow = Wire(server.port)
            with slow.socket:
                slow.send(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
                assert requests.get(f"http://127.0.0.1:{server.port}/", timeout=10).text == "x"
                assert len(slow.answer()[2]) == 50_000_000

    def test_who_waits_sends_first_what_was_kept_back_for_others(self) -> None:
        """All three come in one moment: they are sent while the leader is busy."""
        busy, go_on, end = Event(), Event(), Event()

        def application(environ: dict[str, Any], start: Any) -> list[bytes]:
            if environ["PATH_INFO"] == "/busy":
                busy.set()
                go_on.wait(10)
            if environ["PATH_INFO"] == "/waiting":
                environ["simulator.stand_aside"]()
                end.wait(10)
            start("200 OK", [("Content-Length", "1")])
            return [b"x"]

        with served(application) as server:
            first, before, waiting = (Wire(server.port) for _ in range(3))
            with first.socket, before.socket, waiting.socket:
                first.send(b"GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
                assert busy.wait(10)
                before.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                waiting.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /waiting HTTP/1.1\r\nHost: x\r\n\r\n")
                go_on.set()
                assert [wire.answer()[0] for wire in (first, before, waiting)] == [200, 200, 200]
                end.set()
                assert waiting.answer()[0] == 200

    def test_who_reads_slowly_gets_all_before_the_end(self) -> None:
        def application(_: dict[str, Any], start: Any) -> list[bytes]:
            start("200 OK", [("Content-Length", "8000000")])
            return [b"x" * 8_000_000]

        with served(application) as server:
            slow = Wire(server.port)
            with slow.socket:
                slow.send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                assert len(slow.answer()[2]) == 8_000_000
                assert slow.is_closed()

    def test_half_a_request_holds_up_no_other(self, server: Server, wire: Wire) -> None:
        whole = booking()
        wire.send(whole[:-10])
        other = Wire(server.port)
        with other.socket:
            other.send(_SLOTS % _VERSION)
            assert other.answer()[0] == 200
        wire.send(whole[-10:])
        assert wire.answer()[0] == 201


class TestProcess:
    def test_a_termination_ends_it_at_once(self) -> None:
        command = [sys.executable, "-m", "simulator", "--port", "0"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            started = json.loads(process.stdout.readline())
            assert started["pid"] == process.pid
            port = int(started["url"].rsplit(":", 1)[1])
            wire = Wire(port)
            with wire.socket:
                wire.send(_SLOTS % _VERSION)
                wire.answer()
                process.send_signal(signal.SIGTERM)
                assert process.wait(10) in (0, -signal.SIGTERM)
            with pytest.raises(ConnectionRefusedError):
                Wire(port)
