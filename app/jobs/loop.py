"""A loop around a `run_once`, so that tests call `run_once` and never the loop."""

from __future__ import annotations

from collections.abc import Callable

from app.usecases.ports import Clock, DatabaseFailure, Log

WORKER_EVERY_SECONDS = 1.0


def run_forever(
    run_once: Callable[[], int],
    *,
    clock: Clock,
    stop: Callable[[], bool],
    log: Log,
    every_seconds: float = WORKER_EVERY_SECONDS,
) -> None:
    """Run batches until `stop` says so; a batch that did something is followed by the next at once.

    A database that does not answer is waited for, not died of.
    """
    while not stop():
        try:
            done = run_once()
        except DatabaseFailure as error:
            log.error("worker.failed", error=type(error).__name__)
            done = 0
        if done == 0:
            clock.sleep(every_seconds)
