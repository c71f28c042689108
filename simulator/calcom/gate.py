"""The way of every ``/v2`` request: version, account, pace, fault, operation, webhooks, journal."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from simulator.calcom import effects
from simulator.calcom.accounts import Account, Accounts
from simulator.calcom.effect_specs import PRETENDING, REPLACING
from simulator.calcom.errors import CalcomError, HttpException
from simulator.calcom.exchange import KNOWN_VERSIONS, Answer, Asked, Call, Operation
from simulator.calcom.facts import facts_of
from simulator.calcom.limits import Verdict
from simulator.calcom.times import milliseconds
from simulator.control.clock import Clock
from simulator.control.errors import ControlError
from simulator.control.faults import FaultRule, Phase
from simulator.control.transport import CUT_KEY, Cut, can_cut

FAULT_HEADER = "X-Simulator-Fault"
_NO_AUTH = (
    "ApiAuthStrategy - No authentication method provided. Either pass an API key as 'Bearer' header or OAuth "
    "client credentials as 'x-cal-secret-key' and 'x-cal-client-id' headers."
)
_NO_BOOKING_AUTH = (
    "PermissionsGuard - no authentication provided. Provide either authorization bearer token containing managed "
    "user access token or oAuth client id in 'x-cal-client-id' header."
)
_THROTTLED = "CustomThrottlerGuard - Too many requests. Please try again later."
_SECRET_HEADERS = frozenset({"authorization", "x-cal-secret-key", "cookie"})


@dataclass(slots=True)
class Passage:
    """What became of one request, for the journal."""

    account: Account | None = None
    operation: str | None = None
    rule: FaultRule | None = None
    cut: Cut | None = None
    verdict: Verdict | None = None


class Gate:
    """Takes requests of all operations through the same steps."""

    def __init__(self, accounts: Accounts, clock: Clock, rng: random.Random) -> None:
        self._accounts = accounts
        self._clock = clock
        self._rng = rng

    def serve(self, operation: Operation | None, asked: Asked, params: Mapping[str, str]) -> Answer:
        """The answer to a request; None is a path that no operation has."""
        began = self._clock.now()
        passage = Passage()
        try:
            answer = self._pass(operation, asked, params, passage)
        except CalcomError as error:
            answer = Answer(error.status, error.body(asked.target, self._now()))
        except ControlError as error:
            answer = Answer(error.status, error.body())
        if passage.verdict is not None:
            answer.headers = {**passage.verdict.headers(), **answer.headers}
        if passage.rule is not None:
            answer.headers[FAULT_HEADER] = passage.rule.id
        answer.headers.setdefault("Date", format_datetime(self._clock.now(), usegmt=True))
        answer.headers["X-Request-Id"] = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        answer.headers["Access-Control-Allow-Origin"] = "*"
        self._record(asked, answer, passage, began)
        return answer

    def _now(self) -> datetime:
        """The clock's time in whole milliseconds, as upstream stores it."""
        now = self._clock.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def _pass(
        self, operation: Operation | None, asked: Asked, params: Mapping[str, str], passage: Passage
    ) -> Answer:
        account, token = self._identify(operation, asked, params)
        passage.account = account
        version = asked.headers.get("cal-api-version", "")
        version = version if version in KNOWN_VERSIONS else KNOWN_VERSIONS[0]
        if operation is None or (operation.versions is not None and version not in operation.versions):
            raise HttpException(404, f"Cannot {asked.method} {asked.target}")
        passage.operation = operation.name
        if token is not None and self._accounts.find(token) is None:
            raise _bad_token(operation, token)
        if operation.auth == "required" and token is None:
            if operation.is_booking:
                raise HttpException(403, _NO_BOOKING_AUTH)
            raise HttpException(401, _NO_AUTH)
        if account is None:
            raise _nobodys(operation, asked, params)
        if account.rate_limit is not None:
            passage.verdict = account.rate_limit.count(self._clock.now())
            if passage.verdict.refused:
                raise HttpException(429, _THROTTLED)
        call = Call(
            asked=asked,
            account=account,
            authenticated=token is not None,
            params=params,
            now=self._now(),
            arrived_version=account.world.version,
        )
        passage.rule = account.faults.choose(facts_of(operation, call))
        self._keep_pace(operation, account)
        if passage.rule is None:
            return self._run(operation, call)
        return self._play(operation, call, passage.rule, passage)

    def _identify(
        self, operation: Operation | None, asked: Asked, params: Mapping[str, str]
    ) -> tuple[Account | None, str | None]:
        """The account of a request and the token it carried; no token: by address, else by the only owner."""
        header = asked.headers.get("authorization", "").strip()
        token = header.removeprefix("Bearer ").strip() or None
        if token is not None:
            return self._accounts.find(token), token
        if asked.account_name is not None:
            return self._accounts.find_named(asked.account_name), None
        if "uid" in params:
            return self._accounts.only_owner(uid=params["uid"]), None
        event_type_id = _event_type_id(asked)
        if event_type_id is not None:
            return self._accounts.only_owner(event_type_id=event_type_id), None
        return self._accounts.get(None), None

    def _keep_pace(self, operation: Operation, account: Account) -> None:
        seconds = account.latency_of(operation.name)
        if seconds:
            self._clock.sleep(seconds)

    def _run(self, operation: Operation, call: Call) -> Answer:
        """The operation's own answer, after its webhooks went out."""
        call.now = self._now()
        try:
            answer = operation.handler(call)
        except CalcomError as error:
            answer = Answer(error.status, error.body(call.asked.target, call.now))
        if call.events:
            wait = call.account.settings.webhook_delivery == "sync"
            call.account.deliveries.announce(call.account.world, call.events, wait=wait)
        return answer

    def _play(self, operation: Operation, call: Call, rule: FaultRule, passage: Passage) -> Answer:
        """The answer with a fault in it: wait, run (or rehearse, or run twice), bend, wait."""
        effect = rule.effect
        if effect.name in ("reset", "truncate") and not can_cut(call.asked.environ):
            raise ControlError(
                501, "effect_impossible", f"{effect.name}: the server in use can't cut a connection"
            )
        effects.prepare(effect, call)
        if rule.when is Phase.LATE:
            self._clock.sleep(rule.delay)
        elif effect.latency and rule.when is not Phase.AFTER:
            self._clock.sleep(effect.latency)
        answer = self._run_in_phase(operation, call, rule)
        if effect.latency and rule.when is Phase.AFTER:
            self._clock.sleep(effect.latency)
        if effect.name == "hang":
            call.account.faults.hang(rule, effect.number("seconds", effects.HANG_SECONDS))
        if effect.name in REPLACING:
            answer = effects.made_up(effect, call.asked.target, self._now())
        elif effect.name is not None and answer is not None:
            answer = effects.shaped(effect, call, answer)
        if effect.name in ("reset", "truncate"):
            passage.cut = Cut(effect.name)
            call.asked.environ[CUT_KEY] = (passage.cut, effect.number("fraction", 0.5))
        if answer is None:
            raise ControlError(500, "no_answer", f"fault {rule.id} left no answer")
        return answer

    def _run_in_phase(self, operation: Operation, call: Call, rule: FaultRule) -> Answer | None:
        effect = rule.effect
        if rule.when is Phase.BEFORE and effect.name in REPLACING:
            return None
        if rule.when is Phase.BEFORE and effect.name is not None and effect.name != "moved_start":
            call.commit = False
            call.forced = effect.name in PRETENDING
        answer = self._run(operation, call)
        if rule.when is Phase.TWICE:
            self._run(operation, replace(call, forced=True, events=[]))
        return answer

    def _record(self, asked: Asked, answer: Answer, passage: Passage, began: datetime) -> None:
        journal = passage.account.journal if passage.account else self._accounts.unassigned
        rule = passage.rule
        journal.record(
            at=milliseconds(began),
            account=passage.account.key if passage.account else None,
            method=asked.method,
            path=asked.path,
            query=asked.target.partition("?")[2],
            operation=passage.operation,
            status=None if passage.cut is Cut.RESET else answer.status,
            duration_ms=round((self._clock.now() - began).total_seconds() * 1000, 3),
            fault=rule.id if rule else None,
            fault_effect=_effect_words(rule) if rule else None,
            headers={k: ("***" if k in _SECRET_HEADERS else v) for k, v in asked.headers.items()},
            body=asked.body.decode("utf-8", "replace"),
            response_headers=answer.headers,
            response_body="" if passage.cut is Cut.RESET else answer.encode().decode("utf-8", "replace"),
            cut=passage.cut is not None,
        )


def _effect_words(rule: FaultRule) -> str:
    return rule.effect.name or ("latency" if rule.effect.latency else rule.when.value)


def _bad_token(operation: Operation, token: str) -> HttpException:
    if operation.is_booking and operation.auth == "required" and not token.startswith("cal_"):
        return HttpException(403, f"PermissionsGuard - no oAuth client found for access token={token}")
    return HttpException(401, "CustomThrottlerGuard - Invalid API Key")


def _nobodys(operation: Operation, asked: Asked, params: Mapping[str, str]) -> HttpException:
    """What a keyless call hears about an id that no account, or more than one, owns."""
    if "uid" in params:
        suffix = "not found" if operation.name == "cancel_booking" else "was not found in the database"
        return HttpException(404, f"Booking with uid={params['uid']} {suffix}")
    if operation.name == "list_slots":
        return HttpException(404, "Event Type not found")
    return HttpException(404, f"Event type with id {_event_type_id(asked)} not found.")


def _event_type_id(asked: Asked) -> int | None:
    value: Any = asked.query.get("eventTypeId")
    if value is None and asked.body:
        try:
            body = json.loads(asked.body)
        except ValueError:
            return None
        value = body.get("eventTypeId") if isinstance(body, dict) else None
    try:
        return int(value) if value is not None else None
    except (TypeError, ValueError):
        return None
