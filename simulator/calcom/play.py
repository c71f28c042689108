"""A fault in a request: wait, run the operation (or rehearse it, or run it twice), bend the answer, cut it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from simulator.calcom import effects
from simulator.calcom.effect_specs import CUTTING, PRETENDING, REPLACING
from simulator.calcom.exchange import Answer, Call, Operation
from simulator.calcom.rivals import let_rival_in
from simulator.control.clock import Clock
from simulator.control.errors import ControlError
from simulator.control.faults import Phase, Strike
from simulator.control.transport import CUT_KEY, Cut, can_cut

Run = Callable[[Operation, Call], Answer]
HALF = 0.5


class FaultPlay:
    """Plays the fault that struck a request; ``run`` is the operation with its webhooks, as if nothing happened."""

    def __init__(self, clock: Clock, run: Run, now: Callable[[], datetime]) -> None:
        self._clock = clock
        self._run = run
        self._now = now

    def play(self, operation: Operation, call: Call, strike: Strike) -> tuple[Answer, Cut | None]:
        """The answer with the fault in it, and how its connection ends if not well."""
        rule, effect = strike.rule, strike.effect
        if (effect.name in CUTTING or rule.when is Phase.HALF) and not can_cut(call.asked.environ):
            name = effect.name if effect.name in CUTTING else rule.when.value
            raise ControlError(501, "effect_impossible", f"{name}: the server in use can't cut a connection")
        effects.prepare(effect, call)
        answer = (
            self._answer_first(operation, call, strike)
            if rule.answers_first
            else self._in_turn(operation, call, strike)
        )
        return answer, self._cut(call, strike)

    def _in_turn(self, operation: Operation, call: Call, strike: Strike) -> Answer:
        rule, effect = strike.rule, strike.effect
        if rule.when is Phase.LATE:
            self._sleep(strike.seconds(rule.delay, call.now))
        elif rule.when in (Phase.REFUSE, Phase.BEFORE, Phase.TWICE):
            self._sleep(strike.seconds(effect.latency, call.now))
        answer = self._run_in_phase(operation, call, strike)
        if rule.when in (Phase.AFTER, Phase.HALF):
            self._sleep(strike.seconds(effect.latency, call.now))
        if effect.name == "hang":
            call.account.faults.hang(rule, effect.number("seconds", effects.HANG_SECONDS))
        if effect.name in REPLACING:
            return effects.made_up(effect, call.asked.target, self._now())
        if answer is None:
            raise ControlError(500, "no_answer", f"fault {rule.id} left no answer")
        return answer if effect.name is None else effects.shaped(effect, call, answer)

    def _answer_first(self, operation: Operation, call: Call, strike: Strike) -> Answer:
        """The effect's answer at once; the write comes later, when nobody waits for it any more."""

        def write() -> None:
            self._sleep(strike.seconds(strike.rule.delay, call.now))
            self._run(operation, call)

        self._clock.spawn(write, name=f"late-{strike.rule.id}")
        return effects.made_up(strike.effect, call.asked.target, self._now())

    def _run_in_phase(self, operation: Operation, call: Call, strike: Strike) -> Answer | None:
        effect, when = strike.effect, strike.rule.when
        if when is Phase.REFUSE and effect.name is not None:
            return None
        if when is Phase.BEFORE and effect.name in REPLACING:
            return None
        if effect.name == "lost_write":
            call.commit = False
        elif when is Phase.BEFORE and effect.name not in (None, "moved_start", "rival"):
            call.commit = False
            call.forced = effect.name in PRETENDING and operation.name in effects.MAKES_A_BOOKING
        if effect.name == "rival":
            let_rival_in(self._clock, call, effect)
        answer = self._run(operation, call)
        if when is Phase.TWICE and effect.name != "lost_write":
            self._run(operation, replace(call, forced=True, events=[]))
        return answer

    def _cut(self, call: Call, strike: Strike) -> Cut | None:
        effect = strike.effect
        if strike.rule.when is Phase.HALF or effect.name == "truncate":
            cut, fraction = Cut.TRUNCATE, effect.number("fraction", HALF)
        elif effect.name == "reset":
            cut, fraction = Cut.RESET, 0.0
        else:
            return None
        call.asked.environ[CUT_KEY] = (cut, fraction)
        return cut

    def _sleep(self, seconds: float) -> None:
        if seconds:
            self._clock.sleep(seconds)
