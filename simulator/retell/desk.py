"""Runs calls: takes an utterance, lets the agent decide, calls the gateway, speaks the answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.control.clock import Event, SteerableClock
from simulator.retell.agent import Agent, HangUp, Invoke
from simulator.retell.conversation import Call, Exchange, Turn, WrongStateError, call_id, compact
from simulator.retell.gateway import GatewayClient
from simulator.retell.hearing import SERVICES
from simulator.retell.settings import RetellSettings

if TYPE_CHECKING:
    import requests

HIDDEN = "anonymous"
KEPT_CALLS = 200
_CHARACTERS_A_SENTENCE = 60
_FIRST_RETRY_AFTER_SECONDS = 1.0
_REASONS = {
    "timeout": "Das Gateway hat {seconds} s nicht geantwortet. Gesagt wurde nichts.",
    "unreachable": "Das Gateway ist nicht erreichbar. Gesagt wurde nichts.",
    "not_json": "Das Gateway hat kein JSON geantwortet. Gesagt wurde nichts.",
}


class UnknownCallError(Exception):
    """No such call, or no number to start one with; the message says which and how to cure it."""


@dataclass(slots=True)
class _Line:
    """A call and the turn that holds it, so that utterances follow one another."""

    call: Call
    busy: Event | None = None


class CallDesk:
    """All calls of this simulator. A lock guards its lists only; whoever waits, waits on the clock."""

    def __init__(
        self,
        settings: RetellSettings,
        *,
        clock: SteerableClock,
        http: Callable[[], requests.Session],
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.gateway = GatewayClient(settings, http=http, clock=clock)
        self._lock = threading.Lock()
        self._lines: dict[str, _Line] = {}
        self._count = 0

    def start_call(self, from_number: str | None = None, to_number: str | None = None) -> Call:
        """Dial a number of the directory (default: the first) from a caller's (default: the first).

        Raises:
            UnknownCallError: no number was given and none is set up.
        """
        numbers, callers = self.settings.numbers, self.settings.callers
        if not to_number and not numbers:
            raise UnknownCallError("no number to dial: give to_number, or set numbers by PUT /__admin/retell")
        dialled = to_number or numbers[0].number
        caller = from_number or (callers[0].number if callers else HIDDEN)
        call = self._new_call(caller, dialled)
        call.connect(self.clock.now())
        return call

    def get_call(self, identifier: str) -> Call:
        """The call with this id.

        Raises:
            UnknownCallError: there is none.
        """
        with self._lock:
            line = self._lines.get(identifier)
        if line is None:
            raise UnknownCallError(f"no call {identifier}; start one by POST /test/api/retell/calls")
        return line.call

    def list_calls(self) -> list[Call]:
        """All calls kept, oldest first."""
        with self._lock:
            return [line.call for line in self._lines.values()]

    def find_newest(self) -> Call | None:
        """The call that was started last."""
        calls = self.list_calls()
        return calls[-1] if calls else None

    def say(self, call: Call, text: str) -> Turn:
        """The caller says something; returns the turn once the agent has answered.

        Raises:
            WrongStateError: the call is over.
        """
        line = self._hold(call)
        try:
            turn = call.begin_turn(text, self.clock.now())
            self._speech_passes(text)
            self._act(call, turn, text)
            return turn
        finally:
            self._let_go(line)

    def resend(self, call: Call) -> Turn:
        """Repeat the last function call byte for byte, as Retell does after its timeout.

        An answer is spoken only if the first one never came: of several results only one reaches the agent.

        Raises:
            WrongStateError: the call is over, or no function was called yet.
        """
        line = self._hold(call)
        try:
            if not call.exchanges:
                raise WrongStateError(f"call {call.id} has no function call to repeat")
            last = call.exchanges[-1]
            turn = call.begin_turn(None, self.clock.now())
            again = self._send(call, turn, last.function, last.args, last.body, repeats=last.number)
            if last.error is not None:
                self._follow(call, turn, again)
            turn.ended_at = self.clock.now()
            return turn
        finally:
            self._let_go(line)

    def hang_up(self, call: Call) -> None:
        """The caller hangs up; nothing happens if the call is over already."""
        if call.is_ongoing:
            call.hang_up(self.clock.now(), "user_hangup")

    def _new_call(self, caller: str, dialled: str) -> Call:
        number = self.settings.find_number(dialled)
        known = self.settings.find_caller(caller)
        agent = Agent(
            company=number.company if number else "Guten Tag",
            name=(known.name or None) if known else None,
            services=(number.services if number and number.services else SERVICES),
        )
        now = self.clock.now()
        with self._lock:
            self._count += 1
            identifier = call_id(self.settings.seed, self._count, now)
            call = Call(
                identifier, caller, dialled, agent, self.settings.agent_id, self.settings.agent_name, now
            )
            self._lines[identifier] = _Line(call)
            while len(self._lines) > KEPT_CALLS:
                del self._lines[next(iter(self._lines))]
        return call

    def _hold(self, call: Call) -> _Line:
        """Wait until no other turn of this call is open, then hold it."""
        while True:
            with self._lock:
                line = self._lines.setdefault(call.id, _Line(call))
                waiting = line.busy
                if waiting is None:
                    line.busy = self.clock.event()
                    return line
            waiting.wait()

    def _let_go(self, line: _Line) -> None:
        with self._lock:
            held, line.busy = line.busy, None
        if held is not None:
            held.set()

    def _act(self, call: Call, turn: Turn, text: str) -> None:
        act = call.agent.hear(text)
        if isinstance(act, Invoke):
            exchange = self._call_function(call, turn, act)
            self._follow(call, turn, exchange)
        else:
            self._speak(call, turn, act.text)
            if isinstance(act, HangUp) and call.is_ongoing:
                call.hang_up(self.clock.now(), "agent_hangup")
        turn.ended_at = self.clock.now()

    def _call_function(self, call: Call, turn: Turn, act: Invoke) -> Exchange:
        call.invoke(len(call.exchanges) + 1, act.function, act.args)
        body = compact({"name": act.function, "call": call.to_wire(), "args": act.args})
        exchange = self._send(call, turn, act.function, act.args, body)
        for attempt in range(self.settings.max_retry):
            if exchange.error is None:
                break
            self.clock.sleep(_FIRST_RETRY_AFTER_SECONDS * 2**attempt)
            exchange = self._send(call, turn, act.function, act.args, body, repeats=exchange.number)
        return exchange

    def _send(
        self,
        call: Call,
        turn: Turn,
        function: str,
        args: dict[str, object],
        body: bytes,
        *,
        repeats: int | None = None,
    ) -> Exchange:
        number = len(call.exchanges) + 1
        exchange = self.gateway.open_exchange(number, function, args, body, repeats=repeats)
        turn.exchanges.append(exchange)
        call.record("request", exchange.sent_at, function=function, args=args, number=number, repeats=repeats)
        self.gateway.send(exchange)
        call.record(
            "answer",
            exchange.answered_at or exchange.sent_at,
            function=function,
            number=number,
            status_code=exchange.status_code,
            status=exchange.status,
            error=exchange.error,
            duration_ms=exchange.duration_ms,
        )
        return exchange

    def _follow(self, call: Call, turn: Turn, exchange: Exchange) -> None:
        """What the agent makes of an answer, or of none."""
        content = exchange.response_body if exchange.error is None else _failure_text(exchange)
        call.answer(exchange.number, content, successful=exchange.error is None)
        if exchange.error is not None or exchange.answer is None:
            turn.error = self._error(exchange)
            call.record("error", self.clock.now(), **turn.error)
            return
        self._speak(call, turn, call.agent.after(exchange.function, exchange.args, exchange.answer))

    def _speak(self, call: Call, turn: Turn, sentence: str) -> None:
        turn.said_at = self.clock.now()
        turn.sentence = sentence
        call.speak("agent", sentence, turn.said_at)
        self._speech_passes(sentence)

    def _speech_passes(self, text: str) -> None:
        if self.settings.speech_seconds > 0:
            self.clock.sleep(round(self.settings.speech_seconds * len(text) / _CHARACTERS_A_SENTENCE, 1))

    def _error(self, exchange: Exchange) -> dict[str, str]:
        code = exchange.error or "not_json"
        reason = _REASONS.get(code, "Das Gateway hat mit {status} geantwortet. Gesagt wurde nichts.")
        seconds = f"{self.settings.timeout_seconds:g}".replace(".", ",")
        message = reason.format(seconds=seconds, status=exchange.status_code)
        return {"code": code, "title": "Verbindungsproblem", "message": message}


def _failure_text(exchange: Exchange) -> str:
    """What Retell's client library tells the model when a function fails."""
    if exchange.status_code is None:
        return f"Axios Error: error code: ECONNABORTED, error message: {exchange.error}"
    code = "ERR_BAD_REQUEST" if exchange.status_code < 500 else "ERR_BAD_RESPONSE"  # noqa: PLR2004
    return (
        f"Axios Error: error code: {code}, error message: "
        f"Request failed with status code {exchange.status_code}\n"
        f"response status: {exchange.status_code}\nresponse data: {exchange.response_body}"
    )
