from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from e2e.browser import Watch, find_chromium


def program(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


class PageStub:
    """Keeps who listens to what."""

    def __init__(self) -> None:
        self.listeners: dict[str, Callable[[Any], None]] = {}

    def on(self, event: str, listener: Callable[[Any], None]) -> None:
        self.listeners[event] = listener

    def ask_for(self, address: str) -> None:
        self.listeners["request"](SimpleNamespace(url=address))

    def write_to_console(self, kind: str, text: str) -> None:
        self.listeners["console"](SimpleNamespace(type=kind, text=text))


class TestWhichChromium:
    def test_the_one_that_is_named_wins(self, tmp_path: Path) -> None:
        named, _ = program(tmp_path, "mine"), program(tmp_path, "chromium")
        assert find_chromium({"CHROMIUM": str(named), "PATH": str(tmp_path)}) == str(named)

    def test_a_name_that_cannot_be_run_is_told_with_the_cure(self, tmp_path: Path) -> None:
        with pytest.raises(pytest.UsageError, match=r"CHROMIUM=.*/none cannot be run: name a Chromium"):
            find_chromium({"CHROMIUM": str(tmp_path / "none")})

    @pytest.mark.parametrize("name", ["chromium", "google-chrome"])
    def test_one_on_the_path_is_taken(self, tmp_path: Path, name: str) -> None:
        installed = program(tmp_path, name)
        assert find_chromium({"CHROMIUM": "", "PATH": str(tmp_path)}) == str(installed)

    def test_without_any_it_is_left_to_playwright(self, tmp_path: Path) -> None:
        assert find_chromium({"PATH": str(tmp_path)}) is None


class TestWatch:
    def test_only_addresses_elsewhere_are_strangers(self) -> None:
        page = PageStub()
        watch = Watch(page)  # type: ignore[arg-type]
        here = ["http://127.0.0.1:8000/a", "http://localhost/b", "http://[::1]:1/c", "data:,", "about:blank"]
        there = ["https://fonts.example/a.css", "http://127.0.0.1.example/", "ws://example"]
        for address in [*here, *there]:
            page.ask_for(address)
        assert watch.strangers == there
        assert len(watch.addresses) == len(here) + len(there)

    def test_errors_and_warnings_are_complaints_and_notes_are_not(self) -> None:
        page = PageStub()
        watch = Watch(page)  # type: ignore[arg-type]
        page.write_to_console("log", "hello")
        page.write_to_console("warning", "old thing used")
        page.write_to_console("error", "refused by policy")
        page.listeners["pageerror"](RuntimeError("x is not defined"))
        assert watch.complaints == ["old thing used", "refused by policy", "x is not defined"]
        assert watch.console == ["log: hello", "warning: old thing used", "error: refused by policy"]
