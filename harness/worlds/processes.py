"""Programs of a live world: each in a process group of its own, its output kept and shown when it dies."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.worlds.world import WorldError

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0
STOP_SECONDS = 5.0
_SHOWN_LINES = 40


class Patience(Protocol):
    """Waits for a condition in real time."""

    def __call__(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Whether the condition came true in that time."""
        ...


@dataclass(slots=True)
class Program:
    """One running program; ``log`` holds all it wrote."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    patience: Patience

    @classmethod
    def start(
        cls,
        *,
        name: str,
        module: str,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        log: Path,
        patience: Patience,
    ) -> Program:
        """Start ``python -m module`` in a process group of its own."""
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - our own modules
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env=clean_environment(environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(name, process, log, patience)

    def wait_until(self, ready: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        """Wait for it; WorldError with its output if it dies first or takes too long."""
        if not self.patience(lambda: not self.is_alive() or ready(), seconds):
            raise WorldError(f"{self.name} was not ready after {seconds:g} s; it wrote:\n{self.output()}")
        if not self.is_alive():
            code = self.process.returncode
            raise WorldError(
                f"{self.name} ended with code {code} before it was ready; it wrote:\n{self.output()}"
            )

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def kill(self) -> None:
        """``kill -9`` for its whole process group, and wait until it is gone."""
        self._signal(signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)

    def stop(self) -> None:
        """Ask it to end, then end it."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        self.kill()

    def output(self) -> str:
        """The last lines it wrote."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(f"  {line}" for line in lines[-_SHOWN_LINES:]) or "  (nothing)"

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


def clean_environment(more: Mapping[str, str]) -> dict[str, str]:
    """The environment of a started program: ours without any ASKPRO setting, then what it is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASKPRO_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **more}


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether anybody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
