"""The way of every ``/v2`` request: version, account, pace, fault, operation, webhooks, journal."""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import formatdate
from functools import lru_cache

from simulator.calcom.accounts import Account, Accounts
from simulator.calcom.errors import BareHttpError, CalcomError, HttpException
from simulator.calcom.exchange import KNOWN_VERSIONS, Answer, Asked, Call, Operation
from simulator.calcom.facts import facts_of
from simulator.calcom.identity import check_credentials, identify, not_found, tracker_of
from simulator.calcom.limits import Verdict
from simulator.calcom.play import FaultPlay
from simulator.calcom.times import milliseconds
from simulator.control.clock import Clock
from simulator.control.errors import ControlError
from simulator.control.faults import Strike
from simulator.control.journal import Journal
from simulator.control.transport import Cut, stand_aside
from simulator.wire import MOMENT, headers_of

_LOG = logging.getLogger(__name__)
FAULT_HEADER = "X-Simulator-Fault"
_THROTTLED = "CustomThrottlerGuard - Too many requests. Please try again later."
_SECRET_HEADERS = frozenset({"authorization", "x-cal-secret-key", "cookie"})


@lru_cache(maxsize=64)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def _to_keep(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers without what must not stand in a journal."""
    return {name: "***" if name in _SECRET_HEADERS else value for name, value in headers.items()}


@lru_cache(maxsize=256)
def _known_to_keep(head: bytes) -> dict[str, str]:
    return _to_keep(headers_of(head))


@dataclass(slots=True)
class Passage:
    """One request on its way through the gate, and what the journal is to say of it."""

    account: Account | None
    token: str | None
    journal: Journal
    began: datetime
    entry_id: int
    operation: str | None = None
    strike: Strike | None = None
    cut: Cut | None = None
    verdict: Verdict | None = None


class Gate:
    """Takes requests of all operations through the same steps."""

    def __init__(self, accounts: Accounts, clock: Clock, rng: random.Random) -> None:
        self._accounts = accounts
        self._clock = clock
        self._rng = rng
        self._play = FaultPlay(clock, self._run, self._now)

    def serve(self, operation: Operation | None, asked: Asked, params: Mapping[str, str]) -> Answer:
        """The answer to a request; None is a path that no operation has."""
        passage = self._begin(asked, params)
        try:
            answer = self._pass(operation, asked, params, passage)
        except CalcomError as error:
            answer = Answer(error.status, error.body(asked.target, self._now()))
        except ControlError as error:
            answer = Answer(error.status, error.body())
        except Exception:  # noqa: BLE001 (the outermost edge: upstream answers this to what nobody foresaw)
            _LOG.exception("request failed")
            answer = Answer(500, BareHttpError(500, "Internal server error").body(asked.target, self._now()))
        if passage.verdict is not None:
            answer.headers = {**passage.verdict.headers(), **answer.headers}
        if passage.strike is not None:
            answer.headers[FAULT_HEADER] = passage.strike.rule.id
        now = self._clock.now()
        answer.headers.setdefault("Date", _http_date(int(now.timestamp())))
        answer.headers["X-Request-Id"] = self._new_request_id()
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.raw = answer.encode()
        self._finish(answer, passage, now)
        return answer

    def _new_request_id(self) -> str:
        """A version 4 uuid, spelled without the detour of an object."""
        digits = f"{self._rng.getrandbits(128):032x}"
        variant = "89ab"[int(digits[16], 16) & 3]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"

    def _now(self) -> datetime:
        """The clock's time in whole milliseconds, as upstream stores it."""
        now = self._clock.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def _pass(
        self, operation: Operation | None, asked: Asked, params: Mapping[str, str], passage: Passage
    ) -> Answer:
        """Version, credentials, limit, fault, pace, operation: in this order."""
        version = asked.headers.get("cal-api-version", "")
        version = version if version in KNOWN_VERSIONS else KNOWN_VERSIONS[0]
        if operation is None or (operation.versions is not None and version not in operation.versions):
            raise HttpException(404, f"Cannot {asked.method} {asked.target}")
        passage.operation = operation.name
        account = passage.account
        call = None if account is None else self._call(asked, params, account, passage)
        if call is not None and self._strike(operation, call, passage, at_door=True):
            return self._struck(operation, call, passage)
        check_credentials(self._accounts, operation, passage.token)
        if account is None or call is None:
            raise not_found(operation, asked, params)
        if account.rate_limit is not None:
            passage.verdict = account.rate_limit.count(self._clock.now(), tracker_of(asked, passage.token))
            if passage.verdict.refused:
                raise HttpException(429, _THROTTLED)
        struck = self._strike(operation, call, passage, at_door=False)
        self._keep_pace(operation, call)
        return self._struck(operation, call, passage) if struck else self._run(operation, call)

    def _call(self, asked: Asked, params: Mapping[str, str], account: Account, passage: Passage) -> Call:
        return Call(
            asked=asked,
            account=account,
            world=account.world,
            authenticated=passage.token is not None,
            params=params,
            now=self._now(),
            arrived_version=account.version_at(asked.environ.get(MOMENT)),
        )

    def _keep_pace(self, operation: Operation, call: Call) -> None:
        seconds = call.account.pace(operation.name, call.asked.target, call.asked.body)
        if seconds:
            stand_aside(call.asked.environ)
            self._clock.sleep(seconds)

    def _run(self, operation: Operation, call: Call) -> Answer:
        """The operation's own answer, after its webhooks went out."""
        call.now = self._now()
        try:
            answer = operation.handler(call)
        except CalcomError as error:
            answer = Answer(error.status, error.body(call.asked.target, call.now))
        if call.events and call.world.webhooks and call.account.world is call.world:
            wait = call.account.settings.webhook_delivery == "sync"
            stand_aside(call.asked.environ)
            call.account.deliveries.announce(call.world, call.events, wait=wait)
        elif operation.method != "GET" and operation.name.endswith("_webhook"):
            call.account.deliveries.watch(call.world)
        return answer

    def _struck(self, operation: Operation, call: Call, passage: Passage) -> Answer:
        if passage.strike is None:
            return self._run(operation, call)
        stand_aside(call.asked.environ)
        answer, passage.cut = self._play.play(operation, call, passage.strike)
        return answer

    def _begin(self, asked: Asked, params: Mapping[str, str]) -> Passage:
        account, token = identify(self._accounts, asked, params)
        began = self._clock.now()
        journal = account.journal if account else self._accounts.unassigned
        entry_id = journal.begin(
            at=milliseconds(began),
            account=account.key if account else None,
            method=asked.method,
            path=asked.path,
            query=asked.target.partition("?")[2],
            headers=_to_keep(asked.headers) if asked.head is None else _known_to_keep(asked.head),
            body=asked.body,
        )
        return Passage(account, token, journal, began, entry_id)

    def _strike(self, operation: Operation, call: Call, passage: Passage, *, at_door: bool) -> bool:
        """Whether a fault meets this request, noted at once since it may keep the answer back for long."""
        faults = call.account.faults
        if not faults.has_rules:
            if not at_door:
                passage.journal.touch(passage.entry_id, operation=operation.name)
            return False
        strike = passage.strike = faults.choose(facts_of(operation, call), at_door=at_door)
        marks = {"fault": strike.rule.id, "fault_effect": strike.words} if strike else {}
        if strike or not at_door:
            passage.journal.touch(passage.entry_id, operation=operation.name, **marks)
        return strike is not None

    def _finish(self, answer: Answer, passage: Passage, now: datetime) -> None:
        lost = passage.cut is Cut.RESET
        passage.journal.finish(
            passage.entry_id,
            operation=passage.operation,
            status=None if lost else answer.status,
            duration_ms=round((now - passage.began).total_seconds() * 1000, 3),
            response_headers=answer.headers,
            response_body=b"" if lost else answer.encode(),
            cut=passage.cut is not None,
        )
