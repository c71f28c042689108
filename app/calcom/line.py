"""The line to one account: breaker, pace and repeats around every call, agreed between all processes.

What is decided is pure (`breaker.py`, `pace.py`, `retry.py`); this module asks, waits and tells. Breaker and pace
of an account are one small shared text, so a call that goes well costs one change of it. Nothing is held while a
call is under way. Without the store, calls go through as if nothing had happened before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from app.calcom.breaker import Breaker, BreakerMode, Ticket, failed, gave_up, succeeded
from app.calcom.line_state import (
    KEEP_SECONDS,
    NAME,
    Entry,
    LineState,
    enter,
    state_from_text,
    state_to_text,
)
from app.calcom.pace import Turn, block
from app.calcom.replies import SERVER_ERROR, NoReply, Reply
from app.calcom.retry import RetryPolicy, reset_seconds
from app.domain.errors import SharedValuesUnavailable
from app.domain.identifiers import CompanyId
from app.domain.outcomes import RefusalKind
from app.usecases.ports import Chance, Clock, Log, SharedValues, Urgency

T = TypeVar("T")

LEAST_SECONDS = 0.001
"""A caller without any time left still gets an answer; the library refuses a timeout of zero."""
FAIR_SECONDS = 1.0
"""A timeout after less is our own impatience and says nothing of Cal.com."""
BACKGROUND_PATIENCE = 130.0
"""The longest an operation of background work waits, in all: a block of Cal.com's and as much again."""

CIRCUIT_OPEN = NoReply("circuit_open", was_sent=False, refusal=RefusalKind.CIRCUIT_OPEN)
RATE_LIMITED = NoReply("rate_limited", was_sent=False, refusal=RefusalKind.RATE_LIMITED)

Send = Callable[[float], Reply | NoReply]


@dataclass(frozen=True, slots=True)
class Order:
    """One operation that somebody wants of Cal.com."""

    operation: str
    company_id: CompanyId
    urgency: Urgency
    timeout: float
    """Seconds: for a caller all that the operation may take, for background work those of one try."""


@dataclass(slots=True)
class _Run:
    """An order on its way."""

    order: Order
    deadline: datetime
    """A caller's: when he must have an answer. Background work's: when it stops waiting."""
    ticket: Ticket | None = None
    tries: int = 0
    is_faulty: bool = False
    """Whether one of its tries failed by the provider's fault."""

    def left(self, now: datetime) -> float:
        """Return the seconds the next try may take."""
        if self.order.urgency is Urgency.BACKGROUND:
            return self.order.timeout
        return max((self.deadline - now).total_seconds(), LEAST_SECONDS)


class Line:
    """Sends operations so that neither a Cal.com that is down nor its limits hurt more than they must."""

    def __init__(
        self,
        values: SharedValues,
        *,
        clock: Clock,
        chance: Chance,
        log: Log,
        policy: RetryPolicy | None = None,
    ) -> None:
        self._values = values
        self._clock = clock
        self._chance = chance
        self._log = log
        self._policy = policy or RetryPolicy()

    def call(self, order: Order, send: Send) -> Reply | NoReply:
        """Return what an operation came to, after as many tries as the policy and its time allow.

        Args:
            order: What is wanted, of whom, and who waits.
            send: Sends it once, with so many seconds for the answer. Does not raise for trouble upstream.
        """
        patience = order.timeout if order.urgency is Urgency.CALLER else BACKGROUND_PATIENCE
        run = _Run(order, self._clock.now() + timedelta(seconds=patience))
        refusal = self._enter(run)
        if refusal is not None:
            return refusal
        reply = self._send(run, send)
        while (gap := self._gap(run, reply)) is not None:
            self._tell("calcom.retried", run, tries_made=run.tries, gap_seconds=round(gap, 3))
            self._clock.sleep(gap)
            if self._enter(run) is not None:
                break
            reply = self._send(run, send)
        self._report(run, reply)
        return reply

    def _enter(self, run: _Run) -> NoReply | None:
        """Wait for a turn; return why there is none, None when it has come."""
        asked_at = self._clock.now()
        while True:
            entry = self._ask(run, asked_at)
            if entry.turn is None:
                self._tell("breaker.refused", run)
                return CIRCUIT_OPEN
            seconds = entry.turn.wait.total_seconds()
            if seconds and self._may_wait(run, seconds):
                self._clock.sleep(seconds)
            elif not entry.turn.is_taken:
                self._tell("pace.refused", run, wait_seconds=seconds)
                return RATE_LIMITED
            if entry.turn.is_taken:
                run.ticket = entry.ticket
                self._tell_of_waiting(run, asked_at)
                return None

    def _ask(self, run: _Run, asked_at: datetime) -> Entry:
        now, urgency = self._clock.now(), run.order.urgency

        def step(state: LineState) -> tuple[LineState, tuple[Entry, Breaker]]:
            after, entry = enter(state, urgency, run.ticket, now=now, asked_at=asked_at)
            return after, (entry, state.breaker)

        nothing_known = Entry(run.ticket or Ticket(0), Turn(is_taken=True, wait=timedelta())), Breaker()
        entry, before = self._change(run, step, nothing_known)
        if entry.ticket is not None and entry.ticket.is_probe and before.mode is BreakerMode.OPEN:
            self._tell("breaker.half_open", run)
        return entry

    def _may_wait(self, run: _Run, seconds: float) -> bool:
        """Return whether a wait leaves time for a try that can succeed."""
        useful = self._clock.now() + timedelta(seconds=seconds + self._policy.useful_seconds)
        return useful <= run.deadline

    def _send(self, run: _Run, send: Send) -> Reply | NoReply:
        seconds = run.left(self._clock.now())
        reply = send(seconds)
        run.tries += 1
        run.is_faulty = run.is_faulty or _is_fault(reply, seconds)
        blocked_for = reset_seconds(reply)
        if blocked_for:
            now = self._clock.now()
            self._tell("pace.blocked", run, seconds=blocked_for)
            self._change(
                run, lambda state: (replace(state, pace=block(state.pace, now, blocked_for)), None), None
            )
        return reply

    def _gap(self, run: _Run, reply: Reply | NoReply) -> float | None:
        if run.ticket is None or run.ticket.is_probe:
            return None
        gap = self._policy.gap_after(
            reply,
            run.order.operation,
            tries_made=run.tries,
            urgency=run.order.urgency,
            chance=self._chance.jitter(),
        )
        return gap if gap is not None and self._may_wait(run, gap) else None

    def _report(self, run: _Run, reply: Reply | NoReply) -> None:
        """Tell the breaker what the operation came to, unless that changes nothing."""
        ticket, now = run.ticket, self._clock.now()
        was_answered = isinstance(reply, Reply) and reply.status < SERVER_ERROR
        if ticket is None or (was_answered and ticket.is_clean):
            return

        def step(state: LineState) -> tuple[LineState, tuple[BreakerMode, BreakerMode]]:
            if was_answered:
                after = succeeded(state.breaker, ticket)
            else:
                after = (
                    failed(state.breaker, ticket, now) if run.is_faulty else gave_up(state.breaker, ticket)
                )
            return replace(state, breaker=after), (state.breaker.mode, after.mode)

        before, after = self._change(run, step, (BreakerMode.CLOSED, BreakerMode.CLOSED))
        if after is not before:
            self._tell({BreakerMode.OPEN: "breaker.opened"}.get(after, "breaker.closed"), run)

    def _change(self, run: _Run, step: Callable[[LineState], tuple[LineState, T]], otherwise: T) -> T:
        """Change the account's line as one act; `otherwise` is told when the store can't be reached."""

        def on_text(text: str | None) -> tuple[str | None, T]:
            state = state_from_text(text)
            after, told = step(state)
            return (None if after == state else state_to_text(after)), told

        try:
            return self._values.change(run.order.company_id, NAME, on_text, keep_seconds=KEEP_SECONDS)
        except SharedValuesUnavailable as error:
            self._log.warning("shared_values.unavailable", company_id=run.order.company_id, reason=str(error))
            return otherwise

    def _tell_of_waiting(self, run: _Run, asked_at: datetime) -> None:
        waited = (self._clock.now() - asked_at).total_seconds()
        if waited > 0:
            self._tell("pace.waited", run, seconds=round(waited, 3))

    def _tell(self, event: str, run: _Run, **fields: object) -> None:
        order = run.order
        self._log.info(
            event, operation=order.operation, company_id=order.company_id, urgency=order.urgency, **fields
        )


def _is_fault(reply: Reply | NoReply, seconds: float) -> bool:
    """Return whether a try failed by the provider's fault: not below 500, and not for want of our own time."""
    if isinstance(reply, Reply):
        return reply.status >= SERVER_ERROR
    return reply.reason != "timeout" or seconds >= FAIR_SECONDS
