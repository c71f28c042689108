"""The page minds its own business: no error, nothing from elsewhere, its policy kept, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from e2e.browser import Watch
from e2e.pages.simulator import Scheme, SimulatorPage
from harness.worlds.live import LiveWorld, live_stack

NOW = datetime(2025, 10, 13, 8, 0, tzinfo=UTC)
GROUNDS = {"light": "rgb(243, 245, 247)", "dark": "rgb(14, 18, 22)"}


@pytest.fixture(scope="module")
def stack() -> Iterator[LiveWorld]:
    """One for all: nothing is booked here."""
    with live_stack(now=NOW) as world:
        yield world


class TestQuietPage:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_a_call_leaves_no_complaint_and_no_request_leaves_this_machine(
        self, simulator: SimulatorPage, watch: Watch, scheme: Scheme
    ) -> None:
        simulator.prefer(scheme)
        expect(simulator.body).to_have_css("background-color", GROUNDS[scheme])
        simulator.say("Ich möchte einen Termin am Montag, 20. Oktober um 14 Uhr")
        expect(simulator.agent).to_contain_text("ist noch frei")
        other: Scheme = "light" if scheme == "dark" else "dark"
        simulator.switch_theme(other)
        expect(simulator.body).to_have_css("background-color", GROUNDS[other])
        expect(simulator.agent).to_contain_text("ist noch frei")

        assert watch.complaints == []
        assert watch.strangers == []
        assert any(address.endswith("askpro.css") for address in watch.addresses), "requests were seen"

    def test_a_broken_policy_would_be_seen(self, simulator: SimulatorPage, watch: Watch) -> None:
        simulator.break_policy()
        [complaint] = watch.complaints
        assert "Content Security Policy" in complaint
