"""Which Chromium plays the journeys, how it is started, and what it is watched for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Error, Page, Request

SETTING = "CHROMIUM"
LAUNCH_ARGUMENTS = (
    "--no-sandbox",  # containers run tests as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # whatever it may want elsewhere, it gets nothing
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LOCAL_SCHEMES = ("data", "blob", "about")


def find_chromium(environ: Mapping[str, str]) -> str | None:
    """The path of a Chromium: the one that `CHROMIUM` names, else one on the PATH, else None for Playwright's.

    Raises:
        pytest.UsageError: `CHROMIUM` names something that cannot be run.
    """
    named = environ.get(SETTING)
    if named:
        if not os.access(named, os.X_OK):
            raise pytest.UsageError(
                f"{SETTING}={named} cannot be run: name a Chromium or Chrome, or unset it"
            )
        return named
    paths = (shutil.which(name, path=environ.get("PATH")) for name in _NAMES)
    return next((path for path in paths if path), None)


class Watch:
    """Everything a page complains of, and every address it asks for."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        self.addresses: list[str] = []
        self.console: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", self._on_error)
        page.on("request", self._on_request)

    @property
    def strangers(self) -> list[str]:
        """Addresses outside this machine."""
        return [address for address in self.addresses if not _is_local(address)]

    def _on_console(self, message: ConsoleMessage) -> None:
        self.console.append(f"{message.type}: {message.text}")
        if message.type in ("error", "warning"):  # a violated policy is an error of the console
            self.complaints.append(message.text)

    def _on_error(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _on_request(self, request: Request) -> None:
        self.addresses.append(request.url)


def _is_local(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in _LOCAL_SCHEMES or parts.hostname in _LOOPBACK
