"""An HTTP/1.1 server for one WSGI application: a thread for each connection, and the socket for the application.

A fake that has to reset a connection, or to end an answer in its middle, needs the socket; servers that are fast
don't give it away, and servers that do are slow. This one does only what a fake behind a test needs: no TLS, no
HTTP/2. A request that sleeps keeps its own connection waiting and no other.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import io
import json
import logging
import os
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

SOCKET_KEY = "simulator.socket"
_LOG = logging.getLogger(__name__)
_BACKLOG = 1024
_IDLE_SECONDS = 120
_READ = 64 * 1024
_LONGEST_HEAD = 64 * 1024
_LONGEST_BODY = 64 * 1024 * 1024
_END_OF_HEAD = b"\r\n\r\n"
_REQUEST_LINE_WORDS = 3
_YOUNG_OBJECTS = 20_000  # a request makes some hundred objects, and few of them stay
_NO_BODY = ("204", "304")


class Gone(Exception):
    """The peer ended the connection, or said nothing for too long."""


class BadRequest(Exception):
    """What came is no request that this server takes; ``status`` is the answer's status line."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class Server:
    """Listens at once; serves when told to. Port 0 picks a free one, which ``port`` then names."""

    def __init__(self, application: WSGIApplication, host: str, port: int) -> None:
        self._application = application
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        self.host = host
        self.port: int = self._listener.getsockname()[1]
        self._always: dict[str, Any] = {
            "SERVER_NAME": host,
            "SERVER_PORT": str(self.port),
            "SCRIPT_NAME": "",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.input_terminated": True,
        }

    def serve_forever(self) -> None:
        """Take connections until the listening socket is closed or the thread is interrupted."""
        while True:
            try:
                connection, address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection, address), daemon=True).start()

    def close(self) -> None:
        """Take no more connections; ``serve_forever`` returns."""
        with contextlib.suppress(OSError):  # not every system lets a listening socket be shut down
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _talk(self, connection: socket.socket, address: tuple[Any, ...]) -> None:
        """Answer one request after the other until one side has enough."""
        always = {**self._always, "REMOTE_ADDR": address[0], "REMOTE_PORT": str(address[1])}
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", _IDLE_SECONDS, 0))
            reader = Reader(connection)
            try:
                while _exchange(self._application, always, reader, connection):
                    pass
            except BadRequest as error:
                _refuse(connection, error.status)
            except (Gone, OSError):
                pass


class Reader:
    """The bytes that come over a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._kept = b""

    def read_head(self) -> str:
        """Request line and headers."""
        while (end := self._kept.find(_END_OF_HEAD)) < 0:
            if len(self._kept) > _LONGEST_HEAD:
                raise BadRequest("431 Request Header Fields Too Large")
            self._receive()
        head = self._kept[:end].decode("latin-1")
        self._kept = self._kept[end + len(_END_OF_HEAD) :]
        return head

    def read(self, size: int) -> bytes:
        """Exactly so many bytes."""
        if size > _LONGEST_BODY:
            raise BadRequest("413 Content Too Large")
        if len(self._kept) < size:
            parts, missing = [self._kept], size - len(self._kept)
            while missing > 0:
                self._kept = b""
                self._receive()
                parts.append(self._kept)
                missing -= len(self._kept)
            self._kept = b"".join(parts)
        data, self._kept = self._kept[:size], self._kept[size:]
        return data

    def read_chunks(self) -> bytes:
        """A body that comes in chunks, with its trailers left out."""
        parts: list[bytes] = []
        while size := self._chunk_size():
            parts.append(self.read(size))
            if sum(map(len, parts)) > _LONGEST_BODY:
                raise BadRequest("413 Content Too Large")
            self._line()
        while self._line():
            pass
        return b"".join(parts)

    def _chunk_size(self) -> int:
        text = self._line().partition(b";")[0].strip()
        if not text or text.strip(b"0123456789abcdefABCDEF"):
            raise BadRequest("400 Bad Request")
        return int(text, 16)

    def _line(self) -> bytes:
        while (end := self._kept.find(b"\r\n")) < 0:
            if len(self._kept) > _LONGEST_HEAD:
                raise BadRequest("400 Bad Request")
            self._receive()
        line, self._kept = self._kept[:end], self._kept[end + 2 :]
        return line

    def _receive(self) -> None:
        data = self._connection.recv(_READ)
        if not data:
            raise Gone
        self._kept += data


class Reply:
    """What the application says of its answer, and its way to the wire."""

    def __init__(self, connection: socket.socket, *, keep: bool, old: bool, bodiless: bool) -> None:
        self._connection = connection
        self._old = old  # HTTP/1.0: no chunks
        self._bodiless = bodiless
        self.keep = keep
        self._head: bytes | None = None
        self._chunked = False
        self.begun = False

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        """PEP 3333's ``start_response``."""
        if self.begun and exc_info:
            raise exc_info[1].with_traceback(exc_info[2])
        lines = [f"HTTP/1.1 {status}\r\n"]
        length = None
        for name, value in headers:
            lines.append(f"{name}: {value}\r\n")
            if name.lower() == "content-length":
                length = value
        if length is None and not status.startswith(_NO_BODY):
            self._chunked = not self._old
            self.keep = self.keep and self._chunked
            if self._chunked:
                lines.append("Transfer-Encoding: chunked\r\n")
        if not self.keep:
            lines.append("Connection: close\r\n")
        elif self._old:
            lines.append("Connection: keep-alive\r\n")
        lines.append("\r\n")
        self._head = "".join(lines).encode("latin-1")
        return self.send

    def send(self, part: bytes) -> None:
        """A part of the body, behind the head if that has not gone yet."""
        if self._bodiless:
            part = b""
        elif self._chunked and part:
            part = b"%x\r\n%b\r\n" % (len(part), part)
        if not self.begun:
            if self._head is None:
                raise RuntimeError("the application sent a body before its status")
            part, self.begun = self._head + part, True
        if part:
            self._connection.sendall(part)

    def end(self) -> None:
        """The head of an answer without a body, and the end of one in chunks."""
        if not self.begun:
            self.send(b"")
        if self._chunked and not self._bodiless:
            self._connection.sendall(b"0\r\n\r\n")


def _exchange(
    application: WSGIApplication, always: dict[str, Any], reader: Reader, connection: socket.socket
) -> bool:
    """One request and its answer; whether the connection stays open."""
    environ = _environ(reader.read_head(), always)
    environ[SOCKET_KEY] = connection
    old = environ["SERVER_PROTOCOL"] == "HTTP/1.0"
    if environ.get("HTTP_EXPECT", "").lower() == "100-continue" and not old:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    environ["wsgi.input"] = io.BytesIO(_read_body(environ, reader))
    wish = environ.get("HTTP_CONNECTION", "").lower()
    keep = wish == "keep-alive" if old else wish != "close"
    reply = Reply(connection, keep=keep, old=old, bodiless=environ["REQUEST_METHOD"] == "HEAD")
    try:
        _answer(application, environ, reply)
    except OSError:
        return False
    except Exception:  # noqa: BLE001 (the outermost edge)
        _LOG.exception("request failed")
        if not reply.begun:
            _refuse(connection, "500 Internal Server Error")
        return False
    return reply.keep


def _answer(application: WSGIApplication, environ: dict[str, Any], reply: Reply) -> None:
    parts: Iterable[bytes] = application(environ, reply.start)
    try:
        for part in parts:
            if part:
                reply.send(part)
        reply.end()
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()


def _environ(head: str, always: dict[str, Any]) -> dict[str, Any]:
    """The WSGI environment of a head; raises BadRequest for what is none."""
    request_line, *lines = head.lstrip("\r\n").split("\r\n")
    words = request_line.split(" ")
    if len(words) != _REQUEST_LINE_WORDS or not words[2].startswith("HTTP/1."):
        raise BadRequest("400 Bad Request")
    method, target, protocol = words
    if not target.startswith("/"):  # an absolute address, as it is sent to proxies
        target = "/" + target.partition("://")[2].partition("/")[2]
    path, _, query = target.partition("?")
    environ = {
        **always,
        "REQUEST_METHOD": method,
        "SERVER_PROTOCOL": protocol,
        "REQUEST_URI": target,
        "RAW_URI": target,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1") if "%" in path else path,
        "QUERY_STRING": query,
    }
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadRequest("400 Bad Request")
        key = _key(name)
        value = value.strip(" \t")
        environ[key] = f"{environ[key]},{value}" if key in environ and key.startswith("HTTP_") else value
    return environ


def _read_body(environ: dict[str, Any], reader: Reader) -> bytes:
    coding = environ.get("HTTP_TRANSFER_ENCODING")
    if coding is not None:
        if coding.lower() != "chunked":
            raise BadRequest("501 Not Implemented")
        return reader.read_chunks()
    length = environ.get("CONTENT_LENGTH")
    if not length:
        return b""
    if not (length.isascii() and length.isdecimal()):
        raise BadRequest("400 Bad Request")
    return reader.read(int(length))


@lru_cache(maxsize=512)
def _key(name: str) -> str:
    """The environment's key of a header."""
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def _refuse(connection: socket.socket, status: str) -> None:
    head = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with contextlib.suppress(OSError):
        connection.sendall(head.encode("latin-1"))


def main(arguments: list[str] | None = None) -> int:
    """Serve any WSGI application, made by ``module:factory``, to be measured beside the simulator's."""
    parser = argparse.ArgumentParser(prog="python -m simulator.server")
    parser.add_argument("factory", help="module:name of what makes the application")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args(arguments)
    module, _, name = options.factory.partition(":")
    run(Server(getattr(importlib.import_module(module), name)(), options.host, options.port))
    return 0


def run(server: Server) -> None:
    """Say on one line of JSON where the server is, and serve until a signal ends the process."""
    line = {"url": f"http://{server.host}:{server.port}", "pid": os.getpid()}
    gc.collect()
    gc.freeze()  # what is there now stays: the collector need not walk it again
    gc.set_threshold(_YOUNG_OBJECTS)
    print(json.dumps(line), flush=True)  # noqa: T201 (the line is the interface)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
    server.close()


if __name__ == "__main__":
    raise SystemExit(main())
