"""The fake Cal.com's console: what a click and a key do, and that the page minds its own business."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests
from playwright.sync_api import Page, expect

from e2e.browser import Watch
from e2e.pages.console import ConsolePage
from harness.worlds.live import LiveWorld, live_stack
from simulator.client import SimulatorClient

NOW = datetime(2025, 10, 13, 8, 0, tzinfo=UTC)
ACCOUNT = "cal_test_morgenrot"
CELL = "2025-10-20T14:00"


@pytest.fixture(scope="module")
def stack() -> Iterator[LiveWorld]:
    """One for all: each test puts the account back."""
    with live_stack(now=NOW) as world:
        yield world


@pytest.fixture
def calcom(stack: LiveWorld) -> Iterator[SimulatorClient]:
    with requests.Session() as http:
        http.trust_env = False
        client = SimulatorClient(stack.simulator_url, http, ACCOUNT)
        client.reset()
        yield client


@pytest.fixture
def console(page: Page, stack: LiveWorld, calcom: SimulatorClient, watch: Watch) -> ConsolePage:
    console = ConsolePage(page, stack.simulator_url, ACCOUNT)
    console.open(woche="2025-10-20")
    return console


class TestCalendar:
    def test_a_click_takes_a_slot_and_the_next_frees_it(
        self, console: ConsolePage, calcom: SimulatorClient
    ) -> None:
        console.cell(CELL).click()
        expect(console.cell(CELL)).to_have_text("Klick")
        expect(console.bookings).to_contain_text("per Klick")
        expect(console.rows.last).to_contain_text("Slot 20.10. 14:00 genommen")
        console.cell(CELL).click()
        expect(console.cell(CELL)).to_have_attribute("data-state", "free")
        assert [booking["status"] for booking in calcom.list_bookings()][-1] == "cancelled"

    def test_keys_move_take_and_turn_the_week(self, console: ConsolePage) -> None:
        console.press("k")
        expect(console.focused()).to_have_attribute("data-test", "slot-2025-10-20T09:00")
        console.press("ArrowDown")
        console.press("ArrowRight")
        expect(console.focused()).to_have_attribute("data-test", "slot-2025-10-21T09:30")
        console.press("Enter")
        expect(console.cell("2025-10-21T09:30")).to_have_text("Klick")
        console.press("PageDown")
        expect(console.week).to_contain_text("KW 44")


class TestJournal:
    def test_what_a_client_does_appears_and_can_be_opened_and_filtered(
        self, console: ConsolePage, calcom: SimulatorClient, stack: LiveWorld
    ) -> None:
        headers = {"Authorization": f"Bearer {ACCOUNT}", "cal-api-version": "2024-08-13"}
        requests.get(f"{stack.simulator_url}/v2/slots?eventTypeId=1", headers=headers, timeout=10)
        requests.get(f"{stack.simulator_url}/v2/bookings", headers=headers, timeout=10)
        expect(console.rows).to_have_count(2)
        expect(console.near_miss).to_contain_text("cal-api-version: 2024-09-04")
        console.rows.last.get_by_role("link").click()
        expect(console.detail).to_contain_text("pagination")
        console.press("Escape")
        expect(console.detail).to_have_count(0)
        console.press("/")
        console.search.fill("pagination")
        expect(console.rows).to_have_count(1)
        assert calcom.near_misses()[0]["near_miss"]["differs"] == "version"


class TestFaults:
    def test_a_trap_is_set_and_lifted_by_its_button(
        self, console: ConsolePage, calcom: SimulatorClient
    ) -> None:
        console.preset("lost-reply").click()
        expect(console.armed).to_contain_text("nie ausgelöst")
        expect(console.preset("lost-reply")).to_have_attribute("aria-pressed", "true")
        assert calcom.never_fired() == [calcom.list_faults()[0]["id"]]
        console.preset("lost-reply").click()
        expect(console.armed).to_have_count(0)


class TestQuiet:
    @pytest.mark.parametrize("width", [1440, 1024, 390])
    def test_no_complaint_nothing_from_elsewhere_nothing_beyond_the_edge(
        self, page: Page, console: ConsolePage, watch: Watch, width: int
    ) -> None:
        page.set_viewport_size({"width": width, "height": 844})
        console.open()
        expect(console.checks).to_be_attached()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert watch.complaints == []
        assert watch.strangers == []
