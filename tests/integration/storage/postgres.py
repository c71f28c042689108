"""A PostgreSQL server of our own, from the installed binaries; they refuse root, hence `runuser`."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ABSENT = "2025-10: no PostgreSQL binaries (postgres, initdb, pg_ctl) on the path of this machine"
SYSTEM_USER = "postgres"


def is_installed() -> bool:
    return all(shutil.which(name) for name in ("postgres", "initdb", "pg_ctl"))


@contextmanager
def running_server() -> Iterator[str]:
    """Yield the URL of a fresh server, without the database's name; stop the server afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="askpro-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, SYSTEM_USER)
    data, port = folder / "data", _free_port()
    try:
        _run("initdb", "-D", data, "-U", "askpro", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-p {port} -k {folder} -h 127.0.0.1 -F"
        _run("pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
        try:
            yield f"postgresql+psycopg://askpro@127.0.0.1:{port}"
        finally:
            _run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(*command: object) -> None:
    prefix = ["runuser", "-u", SYSTEM_USER, "--"] if os.geteuid() == 0 else []
    arguments = [*prefix, *map(str, command)]
    # a server that inherits a pipe keeps it open: its words go to a file
    with tempfile.TemporaryFile("w+") as words:
        done = subprocess.run(arguments, stdout=words, stderr=words, cwd="/", check=False, timeout=60)
        words.seek(0)
        assert done.returncode == 0, words.read()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
