"""A requests adapter that calls a WSGI application: real requests and responses, no socket, virtual time.

Each call of the application is an actor of its own, in the group of the clock it was given. So a caller's
timeout ends at its virtual instant while the application goes on, two calls can overtake each other, and a
killed process leaves its callers with a connection that was reset.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPMessage
from types import TracebackType
from typing import Any, cast
from urllib.parse import unquote_to_bytes, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from urllib3._collections import HTTPHeaderDict

from harness.clock import VirtualClock, VirtualEvent

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Timeout = float | tuple[float | None, float | None] | None
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange as its caller saw it; ``error`` names why no answer came, and then ``status`` is None.

    ``number`` grows with the order in which requests were sent.
    """

    number: int
    sent_at: datetime
    seconds: float
    duration_ms: float
    waiting_ms: float
    method: str
    url: str
    request_headers: tuple[tuple[str, str], ...]
    request_body: bytes
    status: int | None
    response_headers: tuple[tuple[str, str], ...]
    response_body: bytes
    error: str | None
    actor: str
    served_by: str

    def response_header(self, name: str) -> str | None:
        """A header of the answer, whatever its case."""
        return next((v for k, v in self.response_headers if k.lower() == name.lower()), None)

    def request_header(self, name: str) -> str | None:
        """A header of the request, whatever its case."""
        return next((v for k, v in self.request_headers if k.lower() == name.lower()), None)


@dataclass(slots=True)
class _Call:
    """What becomes of one call of the application; the first word counts (answer, cut or crash)."""

    done: VirtualEvent
    status: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    cut: str | None = None
    answered: bool = False
    waited_seconds: float = 0.0

    def cut_off(self, reason: str = "connection reset by the server") -> None:
        if not self.answered and self.cut is None:
            self.cut = reason
            self.done.set()

    def answer(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        if self.cut is None:
            self.status, self.headers, self.body, self.answered = status, headers, body, True
            self.done.set()


class WsgiAdapter(HTTPAdapter):
    """Answers what a session sends by calling ``app``; ``app`` may be exchanged, None refuses connections.

    ``record`` is told of each exchange once the caller knows how it ended. ``environ["askpro.cut"]()`` lets
    the application drop the connection: the caller gets ``requests.ConnectionError`` at that instant.
    """

    def __init__(
        self,
        app: WsgiApp | None,
        clock: VirtualClock,
        record: Callable[[Recorded], None] | None = None,
        *,
        name: str = "app",
    ) -> None:
        super().__init__()
        self.app = app
        self.clock = clock
        self._record = record or (lambda _recorded: None)
        self._name = name

    def send(  # noqa: PLR0917 - the base class's signature
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002
        timeout: Timeout = None,
        verify: object = True,  # noqa: ARG002
        cert: object = None,  # noqa: ARG002
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> requests.Response:
        """The application's answer; ReadTimeout or ConnectionError as a socket would end in them."""
        watch = _Watch(self.clock, request)
        if self.app is None:
            watch.report(self._record, None, "connection refused")
            raise requests.ConnectionError(f"connection refused: {request.url}", request=request)
        call, served_by = self._start(self.app, request)
        watch.served_by = served_by
        in_time = call.done.wait(_read_timeout(timeout))
        if not in_time:
            watch.report(self._record, call, "ReadTimeout")
            raise requests.ReadTimeout(f"read timed out: {request.url}", request=request)
        if call.cut is not None:
            watch.report(self._record, call, call.cut)
            raise requests.ConnectionError(f"{call.cut}: {request.url}", request=request)
        watch.report(self._record, call, None)
        return self.build_response(request, _to_urllib3(request, call))

    def _start(self, app: WsgiApp, request: requests.PreparedRequest) -> tuple[_Call, str]:
        call = _Call(self.clock.event())
        environ = build_environ(request)
        environ["askpro.cut"] = call.cut_off
        path = urlsplit(request.url or "").path
        scheduler = self.clock.scheduler
        actor = scheduler.spawn(
            lambda: _serve(app, environ, call, self.clock),
            name=f"{self._name} {request.method} {path}",
            group=self.clock.group,
        )
        actor.crash_listeners.append(lambda: call.cut_off("connection reset: the server died"))
        if not actor.is_alive():
            call.cut_off("connection reset: the server died")
        return call, actor.name

    def close(self) -> None:
        """Nothing is held open."""


@dataclass(slots=True)
class _Watch:
    """Measures one exchange for its caller and adds it to what that caller has waited."""

    clock: VirtualClock
    request: requests.PreparedRequest
    served_by: str = ""
    number: int = field(init=False)
    began_at: datetime = field(init=False)
    began_seconds: float = field(init=False)

    def __post_init__(self) -> None:
        self.number = self.clock.scheduler.next_number()
        self.began_at = self.clock.now()
        self.began_seconds = self.clock.scheduler.elapsed_seconds

    def report(self, record: Callable[[Recorded], None], call: _Call | None, error: str | None) -> None:
        scheduler = self.clock.scheduler
        took = scheduler.elapsed_seconds - self.began_seconds
        scheduler.current.upstream_seconds += took
        ended = call if call is not None and error is None else None
        record(
            Recorded(
                number=self.number,
                sent_at=self.began_at,
                seconds=self.began_seconds,
                duration_ms=round(took * 1000, 3),
                waiting_ms=round(min(call.waited_seconds if call else 0.0, took) * 1000, 3),
                method=self.request.method or "",
                url=self.request.url or "",
                request_headers=tuple((k, _text(v)) for k, v in self.request.headers.items()),
                request_body=_body_bytes(self.request.body),
                status=int(ended.status.partition(" ")[0]) if ended else None,
                response_headers=tuple(ended.headers) if ended else (),
                response_body=ended.body if ended else b"",
                error=error,
                actor=scheduler.current.name,
                served_by=self.served_by,
            )
        )


def build_environ(request: requests.PreparedRequest) -> dict[str, Any]:
    """The WSGI environment of a prepared request, as a server would make it (PEP 3333)."""
    url = urlsplit(request.url or "")
    body = _body_bytes(request.body)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(url.path or "/").decode("latin-1"),
        "QUERY_STRING": url.query,
        "REQUEST_URI": url.path + (f"?{url.query}" if url.query else ""),
        "SERVER_NAME": url.hostname or "localhost",
        "SERVER_PORT": str(url.port or (443 if url.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": url.netloc.rpartition("@")[2],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    for name, value in request.headers.items():
        environ[_environ_name(name)] = _text(value)
    if body or request.method in ("POST", "PUT", "PATCH"):
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def _environ_name(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"


def _serve(app: WsgiApp, environ: dict[str, Any], call: _Call, clock: VirtualClock) -> None:
    written: list[bytes] = []
    head: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: _ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        if head and exc_info is None:
            raise AssertionError("start_response was called twice")
        head[:] = [(status, list(headers))]
        return written.append

    try:
        result = app(environ, start_response)
        try:
            written.extend(result)
        finally:
            if hasattr(result, "close"):
                result.close()
    except Exception as error:
        if call.cut is not None:  # the application ends its own work this way after a cut
            return
        message = f"{type(error).__name__} left the application".encode()
        head[:] = [("500 Internal Server Error", [("Content-Type", "text/plain")])]
        written[:] = [message]
        raise
    finally:
        call.waited_seconds = clock.scheduler.current.upstream_seconds
        if head:
            call.answer(*head[0], b"".join(written))


def _to_urllib3(request: requests.PreparedRequest, call: _Call) -> HTTPResponse:
    headers = HTTPHeaderDict()
    message = HTTPMessage()
    for name, value in call.headers:
        headers.add(name, value)
        message[name] = value
    code, _, reason = call.status.partition(" ")
    return HTTPResponse(
        body=io.BytesIO(b"" if request.method == "HEAD" else call.body),
        headers=headers,
        status=int(code),
        reason=reason,
        version=11,
        preload_content=False,
        decode_content=False,
        request_method=request.method,
        original_response=cast("Any", _Original(message)),
    )


@dataclass(slots=True)
class _Original:
    """What requests looks for cookies in."""

    msg: HTTPMessage

    def isclosed(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing to close."""


def _read_timeout(timeout: Timeout) -> float | None:
    if timeout is None or isinstance(timeout, int | float):
        return timeout
    if isinstance(timeout, tuple):
        return timeout[1]
    read = getattr(timeout, "read_timeout", None)
    return float(read) if read is not None else None


def _body_bytes(body: object) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    raise TypeError(
        f"a body of {type(body).__name__} cannot be sent through the virtual world: give bytes or text"
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
