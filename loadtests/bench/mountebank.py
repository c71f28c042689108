"""mountebank with a stub that keeps bookings, where ``npm`` can install it into a directory that goes away."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from loadtests.bench.processes import session

VERSION = "2.9.1"
_INSTALL_SECONDS, _START_SECONDS = 240, 20.0
_HOST = "127.0.0.1"
_STUB = """
config => {
  const state = config.state, wish = JSON.parse(config.request.body);
  state.taken = state.taken || {};
  state.next = (state.next || 1000000) + 1;
  if (state.taken[wish.start]) {
    return { statusCode: 400, body: JSON.stringify({ status: 'error', error: { message: 'taken' } }) };
  }
  const now = new Date().toISOString(), uid = Math.random().toString(36).slice(2) + state.next;
  const booking = {
    id: state.next, uid, title: 'T between Host 12 and ' + wish.attendee.name, description: '',
    hosts: [{ id: 12, name: 'Host 12', email: 'host12@example.test', username: 'h12', timeZone: 'Europe/Berlin' }],
    status: 'accepted', cancellationReason: '', cancelledByEmail: '', start: wish.start,
    end: new Date(Date.parse(wish.start) + 300000).toISOString(), duration: 5, eventTypeId: wish.eventTypeId,
    eventType: { id: wish.eventTypeId, slug: 'k2' }, meetingUrl: 'integrations:daily',
    location: 'integrations:daily', absentHost: false, createdAt: now, updatedAt: now, rating: null,
    icsUid: uid + '@Cal.com', attendees: [Object.assign({ absent: false }, wish.attendee)],
    bookingFieldsResponses: { email: wish.attendee.email, name: wish.attendee.name, guests: [] },
    metadata: wish.metadata
  };
  state.taken[wish.start] = booking;
  return {
    statusCode: 201, headers: { 'Content-Type': 'application/json', Connection: 'keep-alive' },
    body: JSON.stringify({ status: 'success', data: booking })
  };
}
"""


@contextmanager
def serving() -> Iterator[str | None]:
    """The address of such a stub, requests recorded; None where it can't be had."""
    npm = shutil.which("npm")
    with tempfile.TemporaryDirectory(prefix="bench-mountebank-") as folder:
        if npm is None or not _installed(npm, folder):
            yield None
            return
        admin, port = _free_port(), _free_port()
        command = [
            f"{folder}/node_modules/.bin/mb",
            "start",
            "--allowInjection",
            "--localOnly",
            "--nologfile",
        ]
        command += ["--loglevel", "error", "--port", str(admin), "--pidfile", f"{folder}/mb.pid"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=folder) as process:  # noqa: S603
            try:
                _put_stub(f"http://{_HOST}:{admin}", port)
                yield f"http://{_HOST}:{port}"
            finally:
                process.terminate()


def _installed(npm: str, folder: str) -> bool:
    command = [npm, "install", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        subprocess.run(  # noqa: S603
            [*command, f"mountebank@{VERSION}"], capture_output=True, check=True, timeout=_INSTALL_SECONDS
        )
    except (subprocess.SubprocessError, OSError):
        return False
    return Path(folder, "node_modules/.bin/mb").exists()


def _put_stub(admin: str, port: int) -> None:
    imposter: dict[str, Any] = {
        "port": port,
        "protocol": "http",
        "recordRequests": True,
        "stubs": [
            {
                "predicates": [{"equals": {"method": "POST", "path": "/v2/bookings"}}],
                "responses": [{"inject": _STUB}],
            }
        ],
    }
    deadline = time.monotonic() + _START_SECONDS
    with session() as http:
        while True:
            try:
                http.post(f"{admin}/imposters", json=imposter, timeout=10).raise_for_status()
            except requests.ConnectionError:
                if time.monotonic() > deadline:
                    raise
            else:
                return


def _free_port() -> int:
    with socket.create_server((_HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
