"""The programs under measurement as processes of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import requests

from loadtests.bench.traffic import KEY
from simulator.client import SimulatorClient

ROOT = Path(__file__).resolve().parents[2]
_BYTECODE = TemporaryDirectory(prefix="bench-bytecode-")  # compiled once, as an installed package is


@dataclass(frozen=True, slots=True)
class Served:
    """A process that answers; ``started`` is how many seconds it took to its first answer."""

    url: str
    pid: int
    started: float

    def client(self) -> SimulatorClient:
        """The control API of a simulator, for the account of the benchmark."""
        return SimulatorClient(self.url, session(), KEY)

    def resident_mib(self) -> float:
        """How much memory the process has now."""
        text = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        match = re.search(r"VmRSS:\s+(\d+)", text)
        return round(int(match.group(1)) / 1024, 1) if match else 0.0


@contextmanager
def serving(module: str, *arguments: str, **environ: str) -> Iterator[Served]:
    """A process of ours, from its first answer to the end of the block."""
    command = [sys.executable, "-m", module, "--port", "0", *arguments]
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 (our own modules)
        command,
        cwd=ROOT,
        env={**usual, "PYTHONPYCACHEPREFIX": _BYTECODE.name, **environ},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None  # noqa: S101 (asked for above)
        try:
            url = str(json.loads(process.stdout.readline())["url"])
            _first_answer(url)
            yield Served(url, process.pid, time.perf_counter() - began)
        finally:
            process.terminate()


def session() -> requests.Session:
    """A session without the machine's proxies."""
    made = requests.Session()
    made.trust_env = False
    return made


def _first_answer(url: str) -> None:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=20)
    connection.request("GET", "/__admin/health")
    connection.getresponse().read()
    connection.close()
