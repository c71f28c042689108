"""A Redis server of our own, from the installed binary."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

ABSENT = "2026-11: no redis-server on the path of this machine, or the package redis is not installed"


def is_installed() -> bool:
    return shutil.which("redis-server") is not None and find_spec("redis") is not None


@contextmanager
def running_server() -> Iterator[str]:
    """Yield the URL of a fresh server; stop the server afterwards."""
    with tempfile.TemporaryDirectory(prefix="askpro-redis-") as folder:
        port = _free_port()
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
            try:
                _wait_until_ready(server)
                yield f"redis://127.0.0.1:{port}/0"
            finally:
                server.terminate()
                server.communicate(timeout=30)


def _wait_until_ready(server: subprocess.Popen[str]) -> None:
    impatience = threading.Timer(30, server.kill)
    impatience.start()
    assert server.stdout is not None
    words = []
    for line in server.stdout:
        words.append(line)
        if "eady to accept connections" in line:
            impatience.cancel()
            return
    impatience.cancel()
    raise AssertionError("".join(words))


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
