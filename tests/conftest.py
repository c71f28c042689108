"""What holds for every test: a clean environment, nothing left over.

Two more things hold by pyproject.toml: sockets reach loopback only, and warnings are errors.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import flask
import pytest
from flask.globals import app_ctx


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting and no time zone of whoever runs the tests reaches them."""
    for name in list(os.environ):
        if name.startswith("ASKPRO_") or name == "TZ":
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_context_left_over() -> Iterator[None]:
    """A test that leaves a Flask context behind would lend it to the next one."""
    yield
    left_over: list[str] = []
    while flask.has_app_context():
        left_over.append(flask.current_app.name)
        app_ctx.pop(None)
    assert left_over == [], "a Flask context was left over"
