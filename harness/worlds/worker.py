"""The worker as a process of a test or development world: ``python -m harness.worlds.worker``."""

from __future__ import annotations

from app.clock import SystemClock
from app.jobs.loop import run_forever
from harness.worlds.gateway import build_worker


def main() -> None:
    """Do what is due, by the steered clock; look again each second of real time."""
    print("worker: started", flush=True)  # noqa: T201 - the world waits for this line
    worker = build_worker()
    run_forever(worker.run_worker, clock=SystemClock(), stop=lambda: False, log=worker.log)


if __name__ == "__main__":
    main()
