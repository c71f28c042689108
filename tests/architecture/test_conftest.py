"""The root conftest does what it promises, shown by tests that would fail without it."""

from __future__ import annotations

import socket
import warnings
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
ROOT_CONFTEST = ROOT / "tests" / "conftest.py"
PLAIN = ("-p", "no:cacheprovider", "-p", "no:playwright")  # the browser plugin cannot run inside itself


@pytest.fixture
def inner(pytester: pytest.Pytester) -> pytest.Pytester:
    """An empty project that has our conftest and our pytest options."""
    pytester.makeconftest(ROOT_CONFTEST.read_text(encoding="utf-8"))
    return pytester


class TestEveryTest:
    def test_reaches_no_address_but_loopback(self) -> None:
        with socket.socket() as stranger, pytest.raises((RuntimeError, Warning), match="allowed"):
            stranger.connect(("192.0.2.1", 9))

    def test_reaches_loopback(self) -> None:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.create_connection(server.getsockname()) as client,
        ):
            assert client.getpeername() == server.getsockname()

    def test_fails_by_a_warning(self) -> None:
        with pytest.raises(UserWarning, match="look here"):
            warnings.warn("look here", stacklevel=1)

    def test_sees_no_setting_of_the_shell(
        self, inner: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ASKPRO_ENV", "production")
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        inner.makepyfile(
            """
            import os

            def test_environment():
                assert [name for name in os.environ if name.startswith("ASKPRO_") or name == "TZ"] == []
            """
        )
        inner.runpytest_inprocess(*PLAIN).assert_outcomes(passed=1)

    def test_that_leaves_a_flask_context_fails_and_the_next_one_is_free_of_it(
        self, inner: pytest.Pytester
    ) -> None:
        inner.makepyfile(
            """
            import flask

            def test_first():
                flask.Flask("left").app_context().push()

            def test_second():
                assert not flask.has_app_context()
            """
        )
        result = inner.runpytest_inprocess(*PLAIN)
        result.assert_outcomes(passed=2, errors=1)
        result.stdout.fnmatch_lines(["*a Flask context was left over*"])
