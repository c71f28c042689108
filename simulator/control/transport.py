"""Cutting a connection for real: what a WSGI application can do to its socket, and where it can't.

The simulator's own server hands out the socket (``simulator.socket``), as Werkzeug's does (``werkzeug.socket``);
an in-process adapter hands out a callable (``askpro.cut``). Under any other server a cut is impossible, and asking
for one is an error.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NoReturn

from simulator.wire import SOCKET, STAND_ASIDE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CUT_KEY = "simulator.cut"
_ADAPTER_KEY = "askpro.cut"
_SOCKET_KEYS = (SOCKET, "werkzeug.socket")


class Cut(StrEnum):
    """How an answer ends early."""

    RESET = "reset"  # nothing is sent, the connection is reset
    TRUNCATE = "truncate"  # headers for the whole body, a part of it, then the end


def stand_aside(environ: dict[str, Any]) -> None:
    """Tell the server that this request is about to wait; one that has a thread for each needs no telling."""
    give_way = environ.get(STAND_ASIDE)
    if give_way is not None:
        give_way()


def can_cut(environ: dict[str, Any]) -> bool:
    """Whether the server in use lets the application cut this connection."""
    return _ADAPTER_KEY in environ or any(key in environ for key in _SOCKET_KEYS)


class CuttingMiddleware:
    """Carries out the cut that a view asked for in ``environ[CUT_KEY] = (Cut, fraction)``."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The application's answer, cut if asked."""
        answer: dict[str, Any] = {}

        def keep(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], object]:
            if environ.get(CUT_KEY) is None:
                return start_response(status, headers, exc_info)
            answer.update(status=status, headers=headers)
            return lambda _: None

        parts = self._application(environ, keep)
        cut = environ.get(CUT_KEY)
        if cut is None:
            return parts
        body = b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()
        if cut[0] is Cut.RESET and _ADAPTER_KEY not in environ:
            _reset(_socket_of(environ))
        start_response(answer["status"], answer["headers"])
        return _truncated(environ, b"" if cut[0] is Cut.RESET else body[: int(len(body) * cut[1])])


def _socket_of(environ: dict[str, Any]) -> socket.socket:
    connection: socket.socket = next(environ[key] for key in _SOCKET_KEYS if key in environ)
    return connection


def _reset(connection: socket.socket) -> NoReturn:
    """Reset the connection at once; the error tells the server that it is gone."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    _replace_by_dead_end(connection)
    raise ConnectionResetError("cut by a fault")


def _truncated(environ: WSGIEnvironment, part: bytes) -> Iterator[bytes]:
    yield part
    if _ADAPTER_KEY in environ:
        environ[_ADAPTER_KEY]()
        return
    connection = _socket_of(environ)
    connection.shutdown(socket.SHUT_RDWR)
    _replace_by_dead_end(connection)
    raise ConnectionResetError("cut by a fault")


def _replace_by_dead_end(connection: socket.socket) -> None:
    """Close the connection beneath the server, which goes on to read an orderly end of file.

    Closing the descriptor itself would leave a number that the next connection may be given while this thread
    still writes to it; exchanging it for a closed pair in one step leaves no such gap.
    """
    left, right = socket.socketpair()
    with left, right:
        os.dup2(left.fileno(), connection.fileno())
