"""A loop around a `run_once`, so that tests call `run_once` and never the loop."""

from __future__ import annotations

from collections.abc import Callable

from app.usecases.ports import Clock

WORKER_EVERY_SECONDS = 1.0


def run_forever(
    run_once: Callable[[], int],
    *,
    clock: Clock,
    stop: Callable[[], bool],
    every_seconds: float = WORKER_EVERY_SECONDS,
) -> None:
    """Run batches until `stop` says so; a batch that did something is followed by the next at once."""
    while not stop():
        if run_once() == 0:
            clock.sleep(every_seconds)
