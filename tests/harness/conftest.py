from __future__ import annotations

from pathlib import Path

import pytest

from harness.events import ScenarioFinished, StepFinished
from harness.runner import Runner
from harness.scenario import load
from harness.worlds.virtual import VirtualWorldFactory

RCA = Path(__file__).parents[2] / "harness" / "scenarios" / "rca"


@pytest.fixture(scope="session")
def virtual():
    """Opens virtual worlds; the seeded database is made once for all tests of this worker."""
    factory = VirtualWorldFactory()
    yield factory
    factory.close()


@pytest.fixture
def play(virtual, tmp_path: Path):
    """Plays a scenario given as text, and returns how it ended with all events of it."""

    def play(text: str, *, seed: int = 0, factory=virtual) -> tuple[ScenarioFinished, list]:
        file = tmp_path / "story.yaml"
        file.write_text(text, encoding="utf-8")
        events: list = []
        return Runner(factory, [events.append], seed=seed).run(load(file, tmp_path)), events

    return play


def missed(events: list) -> list[str]:
    """What did not hold, in words."""
    steps = [event for event in events if isinstance(event, StepFinished)]
    return [each.text for step in steps for each in step.expectations if not each.held]
