"""The stack and the browser of the journeys, and what a failed journey leaves behind.

A run of its own (`make e2e`): Playwright keeps an event loop in the process, which no other suite should share.
Every journey gets a stack of its own, so that both books begin empty and the plan's dates can be used by all.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, expect

from e2e.browser import LAUNCH_ARGUMENTS, Watch, find_chromium
from e2e.evidence import keep
from e2e.ledgers import Ledgers
from e2e.pages.simulator import SimulatorPage
from harness.worlds.live import LiveWorld, live_stack

NOW = datetime(2025, 10, 13, 8, 0, tzinfo=UTC)
"""Monday, ten o'clock in Berlin."""
FOLDER = Path(__file__).parent
JOURNEY_SECONDS = 120
PATIENCE_MS = 20_000
_FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each journey its time limit; refuse a run that has other suites in it."""
    for item in items:
        if FOLDER not in item.path.parents:
            raise pytest.UsageError("the browser journeys are a run of their own: make e2e, or pytest e2e")
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(JOURNEY_SECONDS))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether a journey failed, for the fixture that keeps the evidence."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


@pytest.fixture(scope="session")
def base_url() -> None:
    """None: every stack has an address of its own. (The plugin's own fixture warns under this pytest.)"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: Mapping[str, Any]) -> dict[str, Any]:
    """A Chromium that is there already; nothing is downloaded."""
    found = find_chromium(os.environ)
    chosen = {"executable_path": found} if found else {}
    return {**browser_type_launch_args, **chosen, "args": list(LAUNCH_ARGUMENTS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: Mapping[str, Any]) -> dict[str, Any]:
    """A person in Berlin at a laptop."""
    return {
        **browser_context_args,
        "locale": "de-DE",
        "timezone_id": "Europe/Berlin",
        "viewport": {"width": 1440, "height": 900},
    }


@pytest.fixture(scope="session", autouse=True)
def _playwright_habits(playwright: Playwright) -> None:
    """Test ids are `data-test`; expectations wait as long as a busy machine may need."""
    playwright.selectors.set_test_id_attribute("data-test")
    expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def stack() -> Iterator[LiveWorld]:
    """Gateway, worker and simulator on free ports, with nothing booked; it is Monday, 2025-10-13, 10:00."""
    with live_stack(now=NOW) as world:
        yield world


@pytest.fixture
def ledgers(stack: LiveWorld) -> Ledgers:
    """What both sides have written down."""
    return Ledgers(stack)


@pytest.fixture
def watch(page: Page) -> Watch:
    """What the page did that people do not see: complaints and requests."""
    return Watch(page)


@pytest.fixture
def simulator(
    page: Page, stack: LiveWorld, watch: Watch, request: pytest.FixtureRequest
) -> Iterator[SimulatorPage]:
    """The call simulator's page, opened; a journey that fails leaves a screenshot and all output behind."""
    simulator = SimulatorPage(page, stack.gateway_url)
    simulator.open()
    yield simulator
    if request.node.stash.get(_FAILED, False):
        kept = keep(request.node.name, page, watch, stack)
        request.node.add_report_section("teardown", "evidence", f"Screenshot and output: {kept}")
