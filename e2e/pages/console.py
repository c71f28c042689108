"""The fake Cal.com's console as a person uses it: calendar, journal, faults, clock."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

PATH = "/__admin"


class ConsolePage:
    """One account's console."""

    def __init__(self, page: Page, base_url: str, account: str) -> None:
        self._page = page
        self._address = f"{base_url}{PATH}?account={account}"
        self.week = page.get_by_role("region", name="Wochenkalender")
        self.rows = page.get_by_test_id("journal-row")
        self.detail = page.get_by_test_id("step-detail")
        self.near_miss = page.get_by_test_id("near-miss")
        self.armed = page.get_by_test_id("armed-fault")
        self.checks = page.get_by_test_id("client-checks")
        self.bookings = page.get_by_test_id("bookings")
        self.clock = page.get_by_test_id("clock")
        self.search = page.get_by_test_id("search")
        self.body = page.locator("body")

    def open(self, **query: str) -> None:
        """Go to the page."""
        more = "".join(f"&{name}={value}" for name, value in query.items())
        self._page.goto(f"{self._address}{more}")

    def cell(self, start: str) -> Locator:
        """A half hour of the calendar by its local start, `2025-10-20T14:00`."""
        return self._page.get_by_test_id(f"slot-{start}")

    def preset(self, name: str) -> Locator:
        """A trap's button."""
        return self._page.get_by_test_id(f"fault-preset-{name}")

    def press(self, key: str) -> None:
        """Press a key where the focus is."""
        self._page.keyboard.press(key)

    def focused(self) -> Locator:
        """What has the focus."""
        return self._page.locator(":focus")

    def reset(self) -> None:
        """Put the account back, with the question in between."""
        self._page.get_by_role("button", name="Zurücksetzen").click()
        self._page.get_by_test_id("reset").click()
