"""Wires callers, shape and measurements for Locust; ``askpro load run`` starts it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import gevent  # type: ignore[import-untyped]
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from loadtests.brief import BRIEF_VARIABLE, Brief
from loadtests.desk import Desk
from loadtests.gathering import Gathering, to_wire
from loadtests.shapes import RampAndHold
from loadtests.users import METRIC, Caller, settle_when_due

if BRIEF_VARIABLE not in os.environ:
    raise SystemExit(f"{BRIEF_VARIABLE} names no brief; start the load with `askpro load run PROFILE`")

BRIEF = Brief.read(Path(os.environ[BRIEF_VARIABLE]))
DESK = Desk(BRIEF, lambda: time.time() + BRIEF.clock_ahead_seconds)
GATHERING = Gathering(BRIEF.processes)
LOCAL = "local"


class PhoneCaller(Caller):
    """The caller of this run."""

    host = BRIEF.gateway_url
    desk = DESK


class Load(RampAndHold):
    """The shape of this run."""

    brief = BRIEF

    @staticmethod
    def is_done() -> bool:
        """Whether every process has told all it had; one that runs alone is asked here."""
        if DESK.is_over() and not DESK.left and not _is_leading():
            GATHERING.add(LOCAL, DESK.take())
        return GATHERING.is_done()


_ENVIRONMENTS: list[Environment] = []


def _is_leading() -> bool:
    return any(isinstance(each.runner, MasterRunner) for each in _ENVIRONMENTS)


def remember(environment: Environment, **_kwargs: Any) -> None:
    """Keep the environment, for the shape."""
    _ENVIRONMENTS.append(environment)


def begin(environment: Environment, **_kwargs: Any) -> None:
    """Begin in each process that has callers."""
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        return
    DESK.begin(runner.worker_index if isinstance(runner, WorkerRunner) else 0)
    gevent.spawn(settle_when_due, environment, DESK)


def keep(request_type: str, name: str, response_time: float, start_time: float, **more: Any) -> None:
    """Take in each request, and each metric that was told as one."""
    context, exception = more["context"], more["exception"]
    if request_type == METRIC:
        DESK.keep(name, start_time, response_time, hit=context["hit"], label=context["label"])
        return
    if not context["counts"]:
        return
    at = start_time + BRIEF.clock_ahead_seconds + response_time / 1000
    DESK.keep("http_req_duration", at, response_time, hit=exception is None, label=name)
    DESK.keep("http_req_failed", at, 0.0, hit=exception is not None, label=name)


def report(data: dict[str, Any], **_kwargs: Any) -> None:
    """Send what was measured to the leading process."""
    data["askpro"] = to_wire(DESK.take())


def gather(client_id: str, data: dict[str, Any], **_kwargs: Any) -> None:
    """Take in what a worker measured."""
    if "askpro" in data:
        GATHERING.add_from_wire(client_id, data["askpro"])


def write(environment: Environment, **_kwargs: Any) -> None:
    """Hand everything to the runner; only the process that has it all writes."""
    if isinstance(environment.runner, WorkerRunner):
        return
    if not _is_leading():
        GATHERING.add(LOCAL, DESK.take())
    GATHERING.write(Path(BRIEF.out))


def wire(hooks: Any) -> None:
    """Hang the functions above on Locust's hooks, which carry no types."""
    hooks.init.add_listener(remember)
    hooks.test_start.add_listener(begin)
    hooks.request.add_listener(keep)
    hooks.report_to_master.add_listener(report)
    hooks.worker_report.add_listener(gather)
    hooks.quitting.add_listener(write)


wire(events)
