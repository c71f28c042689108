from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest
import requests
from flask import Flask, Response, jsonify, request

from harness.clock import Scheduler, VirtualClock
from harness.wsgi import WsgiAdapter


class Bench:
    def __init__(self) -> None:
        self.scheduler = Scheduler(seed=1, start=datetime(2025, 10, 13, 8, 0, tzinfo=UTC))
        self.clock = VirtualClock(self.scheduler, "server")
        self.app = Flask("tiny")
        self.recorded = []
        self.adapter = WsgiAdapter(self.app, self.clock, self.recorded.append, name="tiny")
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.mount("http://app.test", self.adapter)


@pytest.fixture
def bench():
    made = Bench()
    yield made
    made.scheduler.close()


class TestExchange:
    def test_bodies_headers_and_paths_arrive_as_they_were_sent(self, bench):
        @bench.app.post("/größe/<name>")
        def echo(name):
            answer = jsonify(
                name=name,
                q=request.args.getlist("q"),
                raw=request.get_data().decode("latin-1"),
                x=request.headers["X-A"],
            )
            answer.headers["X-Back"] = "ja"
            return answer, 201

        raw = '{"ä": 1}\r\n\x00'.encode()
        got = bench.session.post(
            "http://app.test/größe/a b", params={"q": ["1", "ü"]}, data=raw, headers={"X-A": "b"}
        )
        assert (got.status_code, got.reason, got.headers["x-back"]) == (201, "CREATED", "ja")
        assert got.json() == {"name": "a b", "q": ["1", "ü"], "raw": raw.decode("latin-1"), "x": "b"}
        assert bench.recorded[0].request_body == raw
        assert bench.recorded[0].response_body == got.content
        assert bench.recorded[0].status == 201

    def test_cookies_and_redirects_work_as_on_a_socket(self, bench):
        @bench.app.get("/in")
        def log_in():
            answer = Response(status=302, headers={"Location": "/home"})
            answer.set_cookie("a", "1")
            answer.set_cookie("b", "2")
            return answer

        @bench.app.get("/home")
        def home():
            return jsonify(request.cookies)

        assert bench.session.get("http://app.test/in").json() == {"a": "1", "b": "2"}

    def test_compressed_answers_are_read(self, bench):
        packed = gzip.compress(b"x" * 100)
        bench.app.get("/z")(lambda: Response(packed, headers={"Content-Encoding": "gzip"}))
        assert bench.session.get("http://app.test/z").text == "x" * 100

    def test_a_body_shorter_than_promised_is_an_error(self, bench):
        bench.adapter.app = lambda environ, start: (
            [start("200 OK", [("Content-Length", "10")]) and b""] and [b"abc"]
        )
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            bench.session.get("http://app.test/")

    def test_an_exception_of_the_application_is_a_500_and_is_kept(self, bench):
        def broken(environ, start):
            raise KeyError("secret")

        bench.adapter.app = broken
        assert bench.session.get("http://app.test/").status_code == 500
        bench.scheduler.drain()
        assert [type(each.error) for each in bench.scheduler.failures] == [KeyError]


class TestTime:
    def test_the_servers_sleep_is_the_callers_wait(self, bench):
        bench.app.get("/slow")(lambda: bench.clock.sleep(2) or "done")
        assert bench.session.get("http://app.test/slow", timeout=5).text == "done"
        assert bench.recorded[0].duration_ms == 2000
        assert bench.scheduler.elapsed_seconds == 2

    def test_a_timeout_ends_at_its_instant_while_the_server_goes_on(self, bench):
        written = []
        bench.app.post("/slow")(lambda: bench.clock.sleep(20) or written.append(bench.clock.now()) or "late")
        with pytest.raises(requests.ReadTimeout):
            bench.session.post("http://app.test/slow", timeout=(1, 5))
        assert bench.scheduler.elapsed_seconds == 5
        assert written == []
        assert (bench.recorded[0].status, bench.recorded[0].error) == (None, "ReadTimeout")
        bench.scheduler.drain()
        assert written == [datetime(2025, 10, 13, 8, 0, 20, tzinfo=UTC)]

    def test_time_spent_upstream_is_told_apart(self, bench):
        upstream = Flask("upstream")
        upstream.get("/")(lambda: VirtualClock(bench.scheduler).sleep(0.6) or "ok")
        inner = requests.Session()
        inner.mount("http://up.test", WsgiAdapter(upstream, VirtualClock(bench.scheduler, "upstream")))
        bench.app.get("/")(lambda: bench.clock.sleep(0.1) or inner.get("http://up.test/").text)
        bench.session.get("http://app.test/")
        assert (bench.recorded[0].duration_ms, bench.recorded[0].waiting_ms) == (700, 600)


class TestBrokenConnections:
    def test_nobody_listens(self, bench):
        bench.adapter.app = None
        with pytest.raises(requests.ConnectionError, match="refused"):
            bench.session.get("http://app.test/")
        assert bench.recorded[0].error == "connection refused"

    def test_the_application_cuts_the_connection_and_goes_on(self, bench):
        done = []

        @bench.app.post("/")
        def cut():
            request.environ["askpro.cut"]()
            bench.clock.sleep(3)
            done.append(True)
            return "unread"

        with pytest.raises(requests.ConnectionError, match="reset"):
            bench.session.post("http://app.test/")
        assert (bench.scheduler.elapsed_seconds, done) == (0, [])
        bench.scheduler.drain()
        assert done == [True]

    def test_a_server_that_dies_resets_its_connections_at_once(self, bench):
        bench.app.get("/")(lambda: bench.clock.sleep(10) or "never")
        bench.scheduler.spawn(
            lambda: (bench.scheduler.sleep(1), bench.scheduler.crash("server")), name="killer"
        )
        with pytest.raises(requests.ConnectionError, match="died"):
            bench.session.get("http://app.test/", timeout=30)
        assert bench.scheduler.elapsed_seconds == 1

    def test_a_server_that_kills_itself_does_too(self, bench):
        bench.app.get("/")(lambda: bench.scheduler.crash("server") or "never")
        with pytest.raises(requests.ConnectionError, match="died"):
            bench.session.get("http://app.test/")

    def test_after_its_death_its_clock_serves_nobody(self, bench):
        bench.scheduler.crash("server")
        with pytest.raises(requests.ConnectionError, match="died"):
            bench.session.get("http://app.test/")
