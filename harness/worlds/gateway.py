"""The gateway as a process of a test or development world: granian, steered clock, test routes, simulator pages.

``python -m harness.worlds.gateway --port 8000`` serves it; the production way is ``askpro gateway``.
"""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from werkzeug.middleware.http_proxy import ProxyMiddleware

from app.clock import SystemClock
from app.settings import Settings
from app.testing import FileSteeredClock, GatewayFaults, mount_test_api
from app.wiring import Gateway, build_gateway
from harness.worlds.seeding import PAGES

CLOCK_FILE = "ASKPRO_CLOCK_FILE"
SIMULATOR_URL = "ASKPRO_SIMULATOR_URL"
THREADS = 32
_PROXY_TIMEOUT_SECONDS = 60
_AS_THEY_ARE: dict[str, Any] = {"remove_prefix": False, "host": "<auto>", "headers": {}, "ssl_context": None}

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class PagesInFront:
    """Sends what belongs to the simulator there, whole paths kept; the rest to the gateway."""

    def __init__(self, gateway: WsgiApp, simulator_url: str) -> None:
        self._gateway = gateway
        self._target = {"target": simulator_url, **_AS_THEY_ARE}
        self._proxy = ProxyMiddleware(gateway, {}, timeout=_PROXY_TIMEOUT_SECONDS)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """The answer of whoever owns the path."""
        path = str(environ.get("PATH_INFO", ""))
        if any(path == page or path.startswith(f"{page}/") for page in PAGES):
            return self._proxy.proxy_to(self._target, path, "/")(environ, start_response)
        return self._gateway(environ, start_response)


def create_app() -> WsgiApp:
    """The application that granian serves, from the environment of its process."""
    clock = steered_clock()
    faults = GatewayFaults(kill_own_group)
    gateway = build_gateway(Settings.from_env(os.environ), clock=clock, wrap_transactions=faults.wrap)
    mount_test_api(gateway, clock=clock, faults=faults)
    simulator_url = os.environ.get(SIMULATOR_URL)
    return PagesInFront(gateway.web.wsgi_app, simulator_url) if simulator_url else gateway.web.wsgi_app


def build_worker() -> Gateway:
    """The same gateway without its web side, for a worker process of this world."""
    return build_gateway(Settings.from_env(os.environ), clock=steered_clock())


def steered_clock() -> FileSteeredClock:
    """The clock that all processes of this world share; without a file, one of this process alone."""
    path = os.environ.get(CLOCK_FILE)
    if path is None:
        raise SystemExit(f"{CLOCK_FILE} is not set: it names the file by which a world's clocks are steered")
    return FileSteeredClock(Path(path))


def kill_own_group() -> None:
    """Die as by ``kill -9``, server and workers together."""
    os.killpg(os.getpgrp(), signal.SIGKILL)
    SystemClock().sleep(_PROXY_TIMEOUT_SECONDS)  # the signal is on its way: nothing more is to happen here


def main() -> None:
    """Serve until a signal comes: one process, since faults and log are kept in memory; many threads."""
    from granian import Granian  # noqa: PLC0415 - only a serving process needs it
    from granian.constants import Interfaces  # noqa: PLC0415

    parser = argparse.ArgumentParser(prog="python -m harness.worlds.gateway")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    Granian(
        "harness.worlds.gateway:create_app",
        factory=True,
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
    ).serve()


if __name__ == "__main__":
    main()
