"""One load run: start the stack, let Locust call it from a process of its own, judge what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.worlds.live import LiveWorld, live_stack
from loadtests.books import close_books
from loadtests.brief import BRIEF_VARIABLE, Bookable, Brief, Hours
from loadtests.errors import NotStarted, WrongUse
from loadtests.metrics import samples_from_wire
from loadtests.profiles import Profile
from loadtests.results import Run
from loadtests.thresholds import Threshold, judge
from simulator.client import SimulatorError

ROOT = Path(__file__).resolve().parents[1]
START = datetime(2025, 10, 13, 8, 0, tzinfo=UTC)
"""When every load run begins, so that two runs ask for the same dates."""
_EXTRA_SECONDS = 180.0
"""What Locust may take beyond the duration: the longest call, the last reports, the start of its processes."""
_SHOWN_LINES = 40

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What to run; ``faults`` are rules for the fake Cal.com as its control routes take them."""

    profile: Profile
    thresholds: Sequence[Threshold]
    processes: int = 1
    faults: Sequence[Mapping[str, Any]] = ()


def run_load(order: Order, say: Say) -> Run:
    """Run it; ``say`` is told what happens meanwhile.

    Raises:
        NotStarted: the stack or Locust did not come up, with what they wrote.
        WrongUse: the fake Cal.com does not take a fault.
    """
    say("Starting gateway, worker and simulator ...")
    try:
        with live_stack(now=START, webhooks=False) as world:
            return _run_in(world, order, say)
    except (NotStarted, WrongUse):
        raise
    except (RuntimeError, OSError) as error:  # whatever the stack died of
        raise NotStarted(str(error)) from error


def _run_in(world: LiveWorld, order: Order, say: Say) -> Run:
    accounts = {each.company_id: each.account for each in world.tenants}
    _prepare_calcom(world, accounts.values(), order)
    brief = brief_for(world, order)
    say(
        f"{brief.users} callers for {brief.duration_seconds:g} s, thinking {brief.thinking_seconds:g} s "
        f"x {brief.time_scale:g} ..."
    )
    began = time.monotonic()
    raw = _make_load(world, brief, order.processes)
    seconds = min(time.monotonic() - began, brief.duration_seconds)
    say("Closing the books ...")
    balance = close_books(world, world.session(None), accounts, raw["told"])
    samples = samples_from_wire(raw["samples"])
    return Run(
        profile=order.profile,
        processes=order.processes,
        seconds=seconds,
        samples=samples,
        judged=judge(order.thresholds, samples),
        balance=balance,
        unmeasured=int(raw["unmeasured"]),
        faults=order.faults,
        now=brief.now,
    )


def brief_for(world: LiveWorld, order: Order) -> Brief:
    """What the process that makes the load must know of the world and the profile."""
    profile, now = order.profile, world.now()
    return Brief(
        gateway_url=world.gateway_url,
        simulator_url=world.simulator_url,
        retell_api_key=world.retell_api_key,
        now=now.isoformat(),
        clock_ahead_seconds=now.timestamp() - time.time(),
        users=profile.users,
        ramp_seconds=profile.ramp_seconds,
        duration_seconds=profile.duration_seconds,
        spawn_rate=profile.spawn_rate,
        thinking_seconds=profile.thinking_seconds,
        pause_seconds=profile.pause_seconds,
        time_scale=profile.time_scale,
        processes=order.processes,
        out=str(world.folder / "load.json"),
        hours=Hours(**asdict(world.open_hours)),
        bookable=tuple(Bookable(**asdict(each)) for each in world.offers),
    )


def locust_command(processes: int) -> list[str]:
    """How Locust is started; alone it needs no workers."""
    command = [
        sys.executable,
        "-m",
        "locust",
        "-f",
        "loadtests/locustfile.py",
        "--headless",
        "--only-summary",
    ]
    command += ["--exit-code-on-error", "0", "--loglevel", "WARNING"]
    return [*command, "--processes", str(processes)] if processes > 1 else command


def _prepare_calcom(world: LiveWorld, accounts: Any, order: Order) -> None:
    """Give the fake Cal.com the profile's pace and the faults that were asked for."""
    for account in accounts:
        client = world.simulator(account)
        try:
            client.put_state({**client.get_state(), "latency": dict(order.profile.calcom_seconds)})
            for fault in order.faults:
                client.add_fault(fault)
        except SimulatorError as error:
            raise WrongUse(f"the fake Cal.com refuses: {error.message}") from error


def _make_load(world: LiveWorld, brief: Brief, processes: int) -> dict[str, Any]:
    """Run Locust and return what it measured; NotStarted with its output when it measured nothing."""
    path, log = world.folder / "brief.json", world.folder / "locust.log"
    brief.write(path)
    environ = {**os.environ, BRIEF_VARIABLE: str(path), "PYTHONPATH": str(ROOT)}
    with log.open("wb") as output:
        code = _wait(
            subprocess.Popen(  # noqa: S603 - our own command
                locust_command(processes),
                cwd=ROOT,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ),
            brief.ramp_seconds
            + brief.duration_seconds
            + brief.thinking_seconds * brief.time_scale
            + _EXTRA_SECONDS,
        )
    out = Path(brief.out)
    if code != 0 or not out.exists():
        raise NotStarted(f"Locust ended with code {code}; it wrote:\n{_last_lines(log)}")
    raw: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    if dead := world.take_failures():
        raise NotStarted("\n".join(dead))
    return raw


def _wait(process: subprocess.Popen[bytes], seconds: float) -> int:
    """The exit code; one that takes too long, or is interrupted with us, is ended."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return -1
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)
            process.wait()


def _last_lines(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-_SHOWN_LINES:]) or "  (nothing)"
