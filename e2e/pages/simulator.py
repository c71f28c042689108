"""The call simulator as a person uses it: what they can see and do, by role and label."""

from __future__ import annotations

import re
from typing import Literal

from playwright.sync_api import Locator, Page

PATH = "/test/retell-simulator"
_TAKE_SLOT = """
async (time) => {
  const response = await fetch('/test/api/take-slot', { method: 'POST', body: JSON.stringify({ time }) });
  return response.status;
}
"""

Scheme = Literal["light", "dark"]


class SimulatorPage:
    """Conversation, sequence, books and calendar of one call."""

    def __init__(self, page: Page, base_url: str) -> None:
        self._page = page
        self._base_url = base_url
        self.agent = page.get_by_test_id("agent-response")
        """The newest sentence of the agent; exactly one."""
        self.conversation = page.get_by_role("log", name="Gespräch")
        self.sequence = page.get_by_role("region", name="Ablauf").and_(page.get_by_test_id("sequence"))
        self.books = page.get_by_test_id("books").get_by_role("row")
        self.trouble = page.get_by_test_id("error-message")
        self.body = page.locator("body")

    def open(self) -> None:
        """Go to the page; nobody has called yet."""
        self._page.goto(f"{self._base_url}{PATH}")

    def say(self, text: str) -> None:
        """Type a sentence of the caller and send it."""
        self._page.get_by_label("Was sagt der Anrufer?").fill(text)
        self._page.get_by_role("button", name="Sagen").click()

    def suggest(self, text: str) -> None:
        """Send one of the sentences that the page proposes."""
        self._page.get_by_role("button", name=text).click()

    def take_slot(self, time: str) -> int:
        """Let a rival take a slot (local time, `2025-10-20 14:00:00`) by the page's own call; its status."""
        return int(self._page.evaluate(_TAKE_SLOT, time))

    def turn(self, number: int) -> Locator:
        """All rows of one turn, heading included."""
        return self.sequence.get_by_test_id("turn").filter(
            has=self._page.get_by_role("heading", name=re.compile(rf"^Zug {number}\b"))
        )

    def steps(self, title: str) -> Locator:
        """The rows of the sequence with this title."""
        return self.sequence.get_by_test_id("step").filter(has_text=title)

    def slot(self, start: str) -> Locator:
        """A cell of the calendar (`2025-10-20T14:00`); its `data-state` says what became of it."""
        return self._page.get_by_test_id(f"slot-{start}")

    def prefer(self, scheme: Scheme) -> None:
        """Be a person whose system is light or dark."""
        self._page.emulate_media(color_scheme=scheme)

    def switch_theme(self, to: Scheme) -> None:
        """Choose the other ground by the button in the head of the page."""
        self._page.get_by_role("button", name="Dunkel" if to == "dark" else "Hell").click()

    def break_policy(self) -> None:
        """Do what the page's content policy forbids: style itself from within."""
        self._page.evaluate(
            "document.body.append(Object.assign(document.createElement('style'), {textContent: '*{}'}))"
        )
