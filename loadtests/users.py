"""Callers as Locust users: each checks a time, thinks about it, and books it."""

from __future__ import annotations

import time
from itertools import takewhile
from typing import Any, ClassVar

import gevent  # type: ignore[import-untyped]
import requests
from locust import FastHttpUser, task
from locust.env import Environment

from loadtests.calls import (
    AGENT_TIMEOUT_SECONDS,
    CHECK,
    COLLECT,
    Verdict,
    instant,
    judge_booking,
    judge_check,
    sign,
)
from loadtests.desk import Answer, Desk, Measured, Turn, is_rate
from simulator.client import SimulatorClient

METRIC = "metric"
"""The request type of our own metrics among Locust's requests."""
_IDLE_SECONDS = 0.2


class Caller(FastHttpUser):
    """A person on the phone. ``locustfile`` gives a subclass its desk."""

    abstract = True
    desk: ClassVar[Desk]
    connection_timeout = AGENT_TIMEOUT_SECONDS
    network_timeout = AGENT_TIMEOUT_SECONDS

    def on_start(self) -> None:
        """Become one person."""
        self.person = self.desk.new_caller()

    @task
    def call(self) -> None:
        """One phone call; none begins after the end, but one that began is finished."""
        brief = self.desk.brief
        if self.desk.is_over():
            gevent.sleep(_IDLE_SECONDS)
            return
        turn = self.desk.begin_turn(self.person)
        try:
            if not self._ask(turn, CHECK).trouble:
                gevent.sleep(brief.thinking_seconds * brief.time_scale)
                turn.uid = self._ask(turn, COLLECT).uid
        finally:
            self.desk.end_turn(turn)
        gevent.sleep(brief.pause_seconds * brief.time_scale)

    def _ask(self, turn: Turn, function: str) -> Verdict:
        """One signed function call; Locust's request fails when its body is not what was wished."""
        call, now = turn.call, time.time() + self.desk.brief.clock_ahead_seconds
        body: Any = (call.check_body if function == CHECK else call.collect_body)(instant(now))
        headers = {
            "Content-Type": "application/json",
            "X-Retell-Signature": sign(body, self.desk.brief.retell_api_key, instant(now)),
        }
        with self.client.request(
            "POST",
            f"/api/retell/{function}",
            name=function,
            data=body,
            headers=headers,
            catch_response=True,
            context={"counts": turn.counts},
        ) as response:
            judge = judge_check if function == CHECK else judge_booking
            verdict = judge(response.status_code, response.text or "", call.slot)
            if verdict.trouble:
                response.failure(verdict.trouble)
            duration_ms = float(response.request_meta["response_time"])
        turn.answers.append(Answer(function, now, duration_ms))
        return verdict


class Journals:
    """Cal.com's journals of all accounts, read from where the last reading ended."""

    def __init__(self, desk: Desk) -> None:
        session = requests.Session()
        session.trust_env = False
        brief = desk.brief
        self._clients = [SimulatorClient(brief.simulator_url, session, each) for each in brief.accounts]
        self._last = dict.fromkeys(brief.accounts, 0)

    def read(self, *, to_the_end: bool) -> list[dict[str, Any]]:
        """New entries of answered requests; before the end only up to the first that is not answered yet."""
        found = []
        for client in self._clients:
            entries = client.list_requests(after=self._last[client.account])
            if not to_the_end:
                entries = list(takewhile(lambda each: not each.get("in_flight"), entries))
            self._last[client.account] = max(
                [self._last[client.account], *(int(each["id"]) for each in entries)]
            )
            found += [each for each in entries if not each.get("in_flight")]
        return found


def settle_when_due(environment: Environment, desk: Desk) -> None:
    """Tell Locust what ended calls measured, as often as the desk wants it; runs beside the callers for ever."""
    journals = Journals(desk)
    while True:
        gevent.sleep(_IDLE_SECONDS)
        if desk.is_settling_time():
            for measured in desk.settle(journals.read(to_the_end=desk.is_over())):
                tell(environment, measured)


def tell(environment: Environment, measured: Measured) -> None:
    """Fire a metric as one of Locust's requests, so that its workers report it and its leader adds it up."""
    failed = is_rate(measured.metric) and not measured.hit
    request: Any = environment.events.request  # Locust's hooks carry no types
    request.fire(
        request_type=METRIC,
        name=measured.metric,
        response_time=measured.value,
        response_length=0,
        exception=RuntimeError("it did not succeed") if failed else None,
        start_time=measured.at,
        context={"hit": measured.hit, "label": measured.label},
    )
