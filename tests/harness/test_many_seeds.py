from __future__ import annotations

from harness.events import Choice, Event, Exchange, Verdict
from harness.runner import Runner
from harness.scenario import SCENARIOS, load
from harness.worlds.virtual import VirtualWorldFactory

SEEDS = range(20)
FEWEST_TRACES = 15


class TestFiveCallersUnderManySeeds:
    def test_one_booking_each_and_many_different_orders(self):
        scenario = load(SCENARIOS / "rca" / "five_callers.yaml")
        factory = VirtualWorldFactory()
        choices, traces = set(), set()
        for seed in SEEDS:
            events: list[Event] = []
            finished = Runner(factory, [events.append], seed=seed).run(scenario)
            assert finished.verdict is Verdict.PASSED, f"seed {seed}: {finished.reason}"
            choices.add(tuple(event for event in events if isinstance(event, Choice)))
            traces.add(
                tuple(
                    (event.seconds, event.source, event.target, event.title, event.result)
                    for event in events
                    if isinstance(event, Exchange)
                )
            )
        factory.close()
        assert len(choices) >= FEWEST_TRACES
        assert len(traces) >= FEWEST_TRACES
