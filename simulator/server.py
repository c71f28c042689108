"""An HTTP/1.1 server for one WSGI application: one thread answers what is ready, who waits gets a thread of his own.

A fake that has to reset a connection, or to end an answer in its middle, needs the socket; servers that are fast
don't give it away, and servers that do are slow. This one does only what a fake behind a test needs: no TLS, no
HTTP/2.

One thread leads: it waits for all connections and answers whichever has sent a request. Threads that pass the
interpreter to one another cost more than the answers themselves. A request that is about to wait (it sleeps, asks
another server, has a slow reader) calls ``environ[STAND_ASIDE]``: a new thread takes the lead, and this one goes on
with that request alone and ends with it. So a request that sleeps keeps its own connection waiting and no other.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import json
import logging
import os
import selectors
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from simulator.wire import MOMENT, SOCKET, STAND_ASIDE, BadRequest, Environ, Reply, read_requests

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_LOG = logging.getLogger(__name__)
_BACKLOG = 1024
_READ = 16 * 1024
_MOST_HELD = 16
_YOUNG_OBJECTS = 20_000  # a request makes some hundred objects, and few of them stay


class Server:
    """Listens at once; serves when told to. Port 0 picks a free one, which ``port`` then names."""

    def __init__(self, application: WSGIApplication, host: str, port: int) -> None:
        self.application = application
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        self._listener.setblocking(False)
        self.host = host
        self.port: int = self._listener.getsockname()[1]
        self._bell, self._rings = socket.socketpair()  # wakes the leader when the server is to close
        self.selector = selectors.DefaultSelector()
        self.selector.register(self._listener, selectors.EVENT_READ, self._take_connections)
        self.selector.register(self._rings, selectors.EVENT_READ, lambda: False)
        self.moment = 0
        self.holding: list[Conversation] = []  # those with answers to send; only the leader's business
        self.is_open = True
        self._ended = threading.Event()
        self._always: Environ = {
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
        """Answer until the server is closed or this thread is interrupted."""
        self.start_leader()
        self._ended.wait()

    def start_leader(self) -> None:
        """Let a new thread wait for the connections; the caller doesn't any more."""
        threading.Thread(target=self._lead, name="leader", daemon=True).start()

    def close(self) -> None:
        """Take no more connections and let go those that ask nothing; ``serve_forever`` returns."""
        self.is_open = False
        with contextlib.suppress(OSError):  # it was closed before
            self._bell.send(b"!")
        self._listener.close()

    def _lead(self) -> None:
        """Go on with whichever connection is ready, until one of them takes this thread for itself."""
        while self.is_open:
            ready = self.selector.select()
            self.moment += 1
            for key, _ in ready:
                go_on: Callable[[], bool] = key.data
                if self.is_open and not go_on():
                    return
                if len(self.holding) >= _MOST_HELD:
                    self.send_held()
            self.send_held()
        for key in list(self.selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._bell.close()
        self._ended.set()

    def send_held(self) -> None:
        """Send the answers that were kept back until all requests of a moment had theirs.

        A peer that hears at once wakes up at once, and takes the processor from whoever is still waiting.
        """
        holding, self.holding = self.holding, []
        for conversation in holding:
            conversation.send_held()

    def _take_connections(self) -> bool:
        with contextlib.suppress(OSError):  # none is left, or its peer has gone again
            while True:
                connection, address = self._listener.accept()
                always = {**self._always, "REMOTE_ADDR": address[0], "REMOTE_PORT": str(address[1])}
                conversation = Conversation(self, connection, always)
                self.selector.register(connection, selectors.EVENT_READ, conversation.go_on)
        return True


class Conversation:
    """One connection: its requests in order, each answered before the next is looked at."""

    def __init__(self, server: Server, connection: socket.socket, always: Environ) -> None:
        connection.setblocking(True)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._server = server
        self._connection = connection
        self._is_aside = False
        self._held: list[bytes] = []
        always = {**always, SOCKET: connection, STAND_ASIDE: self._stand_aside}
        self._requests = read_requests(always, lambda: self._put(b"HTTP/1.1 100 Continue\r\n\r\n"))
        next(self._requests)

    def go_on(self) -> bool:
        """Read what has come and answer it; whether this thread may go on with other connections."""
        try:
            goes_on = self._answer_all(self._connection.recv(_READ, socket.MSG_DONTWAIT))
        except BlockingIOError:  # a false alarm
            return True
        except BadRequest as error:
            self._refuse(error.status)
            goes_on = False
        except OSError:
            goes_on = False
        leads = not self._is_aside
        self._come_back() if goes_on else self._end()
        return leads

    def _answer_all(self, data: bytes) -> bool:
        """Whether the connection stays open after all requests that are whole by now."""
        if not data:
            return False
        environ = self._requests.send(data)
        while environ is not None:
            if not self._answer(environ):
                return False
            environ = self._requests.send(b"")
        return True

    def _answer(self, environ: Environ) -> bool:
        """One request and its answer; whether the connection stays open."""
        environ[MOMENT] = self._server.moment
        reply = Reply(self._put, environ)
        try:
            _reply_with(self._server.application, environ, reply)
        except OSError:
            return False
        except Exception:  # noqa: BLE001 (the outermost edge)
            _LOG.exception("request failed")
            if not reply.begun:
                self._refuse("500 Internal Server Error")
            return False
        return reply.keep

    def send_held(self, *, last: bool = False) -> None:
        """Send what was kept back, and then end if it was the last; a slow reader gets a thread of his own."""
        data, self._held = b"".join(self._held), []
        sent = 0
        try:
            with contextlib.suppress(BlockingIOError):
                sent = self._connection.send(data, socket.MSG_DONTWAIT) if data else 0
        except OSError:
            self._end()
            return
        if sent < len(data):
            self._is_aside = True
            self._server.selector.unregister(self._connection)
            work = threading.Thread(target=self._send_slowly, args=(data[sent:], last), daemon=True)
            work.start()
        elif last:
            self._end()

    def _send_slowly(self, data: bytes, last: bool) -> None:
        try:
            self._connection.sendall(data)
        except OSError:
            last = True
        self._end() if last else self._come_back()

    def _put(self, data: bytes) -> None:
        if self._is_aside:
            self._connection.sendall(data)
            return
        if not self._held:
            self._server.holding.append(self)
        self._held.append(data)

    def _stand_aside(self) -> None:
        """Let another thread lead: this one is about to wait."""
        if self._is_aside:
            return
        self._is_aside = True
        held, self._held = self._held, []
        self._server.send_held()
        self._server.selector.unregister(self._connection)
        self._server.start_leader()
        with contextlib.suppress(OSError):  # who has gone is noticed with the next answer
            self._connection.sendall(b"".join(held))

    def _come_back(self) -> None:
        """Let the leader listen to this connection again, if it didn't for a while."""
        if self._is_aside and not self._server.is_open:
            self._connection.close()
        elif self._is_aside:
            self._is_aside = False
            self._server.selector.register(self._connection, selectors.EVENT_READ, self.go_on)

    def _end(self) -> None:
        if self._held:
            self.send_held(last=True)
            return
        if not self._is_aside:
            self._server.selector.unregister(self._connection)
        self._connection.close()

    def _refuse(self, status: str) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        with contextlib.suppress(OSError):
            self._put(head.encode("latin-1"))


def _reply_with(application: WSGIApplication, environ: Environ, reply: Reply) -> None:
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
