from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.worlds.processes import START_SECONDS, answers, free_port

UP = "from app.cli import main; main(['up', '--port', '{}', '--simulator-port', '{}'])"
READY = "Everything runs"


def start_up(folder: Path, ports: tuple[int, int]) -> subprocess.Popen[str]:
    environ = {**os.environ, "ASKPRO_DATABASE_URL": f"sqlite:///{folder}/up.sqlite3", "TMPDIR": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-c", UP.format(*ports)], env=environ, stdout=subprocess.PIPE, text=True
    )


class TestUp:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_ends_every_program_it_started(self, tmp_path, number):
        ports = (free_port(), free_port())
        process = start_up(tmp_path, ports)
        assert process.stdout is not None
        assert any(READY in line for line in process.stdout)
        assert all(answers(port) for port in ports)
        process.send_signal(number)
        process.wait(timeout=START_SECONDS)
        process.stdout.close()
        assert not any(answers(port) for port in ports)
