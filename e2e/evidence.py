"""What a failed journey leaves behind, for whoever was not there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from playwright.sync_api import Page

from e2e.browser import Watch
from harness.worlds.live import LiveWorld

REPORTS = Path(__file__).resolve().parents[1] / "reports" / "e2e"


def keep(name: str, page: Page, watch: Watch, stack: LiveWorld) -> Path:
    """Write screenshot, console and the output of all programs; returns the folder."""
    folder = REPORTS / re.sub(r"[^\w.-]+", "-", name).strip("-")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for log in stack.folder.glob("*.log"):
        shutil.copy(log, folder)
    (folder / "console.txt").write_text("\n".join([*watch.console, *watch.complaints, ""]))
    (folder / "page.html").write_text(page.content())
    page.screenshot(path=folder / "page.png")
    return folder
