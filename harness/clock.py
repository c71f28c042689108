"""The virtual clock: discrete events, actors as greenlets, and one function that decides who runs next.

An actor runs until it waits (``sleep``, ``Event.wait``). When nobody is ready, time jumps to the next instant
at which somebody is due. Nothing here reads the machine's clock, so a pause of an hour costs microseconds,
and the same seed gives the same run.
"""

from __future__ import annotations

import contextlib
import heapq
import random as random_module
from collections.abc import Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import FrameType

from greenlet import greenlet

from harness.actors import Actor, ActorFailure, ActorState

MICROSECONDS = 1_000_000
EPOCH = datetime(2025, 10, 13, 8, 0, tzinfo=UTC)

Choose = Callable[[Sequence[str]], int]


class DeadlockError(RuntimeError):
    """Somebody waits for what can't happen; the message names each waiting actor and the line it waits at."""


class ReplayError(RuntimeError):
    """A recorded choice does not fit: other actors are ready than when the list was made."""


class SchedulerClosedError(BaseException):
    """Raised in actors that outlive their scheduler. A BaseException: no handler of theirs may go on."""


@dataclass(frozen=True, slots=True)
class ChoiceMade:
    """Which of several ready actors ran; ``at`` in seconds since the scheduler began."""

    at: float
    ready: tuple[str, ...]
    index: int


def seeded(seed: int) -> Choose:
    """The default chooser: any ready actor, by a generator of its own."""
    random = random_module.Random(f"schedule {seed}")  # noqa: S311 - chance of a test run, not a secret
    return lambda ready: random.randrange(len(ready))


def replay(indexes: Sequence[int]) -> Choose:
    """Take the recorded choices in order, then always the first; one that does not fit is a ReplayError."""
    rest = list(reversed(indexes))

    def choose(ready: Sequence[str]) -> int:
        index = rest.pop() if rest else 0
        if not 0 <= index < len(ready):
            raise ReplayError(f"the list says {index}, but only {len(ready)} are ready: {', '.join(ready)}")
        return index

    return choose


@dataclass(order=True, slots=True)
class _Timer:
    due: int
    number: int
    actor: Actor = field(compare=False)
    ticket: int = field(compare=False)


class Scheduler:
    """Runs actors one at a time. Whoever creates it is the actor ``main`` and may wait like any other."""

    def __init__(self, seed: int = 0, choose: Choose | None = None, *, start: datetime = EPOCH) -> None:
        self._choose = choose or seeded(seed)
        self._epoch = start.astimezone(UTC)
        self._elapsed = 0
        self._numbers = 0
        self._ready: list[Actor] = []
        self._timers: list[_Timer] = []
        self._crashed_groups: set[str] = set()
        self._actors: list[Actor] = []
        self._closed = False
        self._main = Actor(name="main", number=0, greenlet=greenlet.getcurrent(), group="main")
        self._main.state = ActorState.RUNNING
        self._current = self._main
        self._hub = greenlet(self._loop)
        self.choices: list[ChoiceMade] = []
        self.failures: list[ActorFailure] = []

    @property
    def current(self) -> Actor:
        """The actor that is running."""
        return self._current

    @property
    def elapsed_seconds(self) -> float:
        """Virtual seconds since the scheduler began; never goes back."""
        return self._elapsed / MICROSECONDS

    def now(self) -> datetime:
        """The virtual instant, aware and UTC."""
        return self._epoch + timedelta(microseconds=self._elapsed)

    def next_number(self) -> int:
        """A number that no actor, timer or request of this run has had yet."""
        self._numbers += 1
        return self._numbers

    def jump(self, now: datetime) -> None:
        """Set the clock. Forward: what falls due runs at once, in its order. Back: timers keep their rest."""
        ahead = round((now - self.now()) / timedelta(microseconds=1))
        if ahead >= 0:
            self._elapsed += ahead
        else:
            self._epoch += timedelta(microseconds=ahead)

    def spawn(
        self, work: Callable[[], None], *, name: str, group: str = "main", daemon: bool = False
    ) -> Actor:
        """A new actor, ready now, in a fresh context. A daemon's sleep alone never makes time go on."""
        self._refuse_if_closed()
        number = self.next_number()
        actor = Actor(name=f"{name} #{number}", number=number, group=group, daemon=daemon)
        actor.greenlet = greenlet(lambda: self._run_actor(actor, work), parent=self._hub)
        actor.greenlet.gr_context = Context()
        if group in self._crashed_groups:
            actor.state = ActorState.CRASHED
            return actor
        self._actors.append(actor)
        self._make_ready(actor)
        return actor

    def sleep(self, seconds: float) -> None:
        """Let virtual time pass for the current actor; 0 lets the other ready ones run."""
        self._refuse_if_closed()
        actor = self._current
        if seconds <= 0:
            self._make_ready(actor)
        else:
            self._set_timer(actor, seconds)
        self._switch_to_hub(actor)

    def let_due_run(self) -> None:
        """Wait until all that is due by now, and what it starts at once, has run."""
        while self._ready or ((timer := self._next_timer()) is not None and timer.due <= self._elapsed):
            self._sleep_behind(0)

    def event(self) -> VirtualEvent:
        """A flag that actors can wait for."""
        return VirtualEvent(self)

    def drain(self) -> list[Actor]:
        """Run until no actor but daemons has anything left to do; returns those that wait for ever."""
        self._refuse_if_closed()
        while self._ready or self._next_timer() is not None:
            timer = None if self._ready else self._next_timer()
            self._sleep_behind(0 if timer is None else max(0, timer.due - self._elapsed) / MICROSECONDS)
        return [each for each in self._actors if each.state is ActorState.WAITING and not each.daemon]

    def crash(self, group: str) -> None:
        """Unschedule all actors of a group for good, as a killed process stops: no ``finally`` runs.

        Called by one of them, it does not return.
        """
        self._crashed_groups.add(group)
        victims = [each for each in self._actors if each.group == group and each.state is not ActorState.DONE]
        for victim in victims:
            victim.state = ActorState.CRASHED
        self._ready = [each for each in self._ready if each.state is not ActorState.CRASHED]
        for victim in victims:
            victim.notify_crash()
        if self._current.state is ActorState.CRASHED:
            self._hub.switch()

    def waiting(self) -> list[str]:
        """One line for each actor that waits: its name, and the line of code it waits at."""
        everyone = [self._main, *self._actors]
        return [_describe(each) for each in everyone if each.state is ActorState.WAITING]

    def close(self) -> None:
        """End the run: unwind what is left, so that its memory goes; what the unwinding raises is dropped.

        Those who crashed come first, since only they can hold a lock.
        """
        self._closed = True
        left = [each for each in self._actors if each.state is not ActorState.DONE]
        for actor in sorted(left, key=lambda each: (each.state is not ActorState.CRASHED, each.number)):
            self._unwind(actor)
        self._actors.clear()
        self._timers.clear()
        self._ready.clear()
        if self._hub:
            self._hub.throw()

    # Below: for this module's event and for the loop itself.

    def wait_for_event(self, event: VirtualEvent, timeout: float | None) -> bool:
        """Park the current actor until the event is set or the timeout is over; returns which."""
        self._refuse_if_closed()
        actor = self._current
        event.waiters.append(actor)
        if timeout is not None:
            self._set_timer(actor, max(timeout, 0))
        self._switch_to_hub(actor)
        if actor in event.waiters:
            event.waiters.remove(actor)
        return event.is_set()

    def wake(self, actor: Actor) -> None:
        """Make a waiting actor ready; its timer, if it has one, no longer counts."""
        if actor.state is ActorState.WAITING:
            self._make_ready(actor)

    def _run_actor(self, actor: Actor, work: Callable[[], None]) -> None:
        try:
            work()
        except SchedulerClosedError:
            pass
        except Exception as error:  # noqa: BLE001 - an actor's failure is the run's to report
            self.failures.append(ActorFailure(actor.name, error))
        actor.state = ActorState.DONE
        self._actors.remove(actor)

    def _sleep_behind(self, seconds: float) -> None:
        """Wait behind all that is ready or due: what ``sleep(0)`` does not do."""
        self._refuse_if_closed()
        self._set_timer(self._current, seconds)
        self._switch_to_hub(self._current)

    def _make_ready(self, actor: Actor) -> None:
        actor.state = ActorState.READY
        actor.ticket += 1
        self._ready.append(actor)

    def _set_timer(self, actor: Actor, seconds: float) -> None:
        actor.ticket += 1
        due = self._elapsed + max(round(seconds * MICROSECONDS), 0)
        heapq.heappush(self._timers, _Timer(due, self.next_number(), actor, actor.ticket))

    def _switch_to_hub(self, actor: Actor) -> None:
        if actor.state is not ActorState.READY:
            actor.state = ActorState.WAITING
        self._hub.switch()
        self._refuse_if_closed()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise SchedulerClosedError("this virtual clock was closed")

    def _loop(self) -> None:
        while True:
            try:
                actor = self._take_next()
            except Exception as error:  # noqa: BLE001 - belongs to whoever drives the run
                self._resume(self._main, error)
            else:
                self._resume(actor, None)

    def _resume(self, actor: Actor, error: Exception | None) -> None:
        actor.state = ActorState.RUNNING
        self._current = actor
        if error is None:
            actor.greenlet.switch()
        else:
            actor.greenlet.throw(error)

    def _take_next(self) -> Actor:
        self._collect_due()
        if not self._ready:
            raise DeadlockError("nobody can go on:\n  " + "\n  ".join(self.waiting()))
        if len(self._ready) == 1:
            return self._ready.pop()
        names = tuple(each.name for each in self._ready)
        index = self._choose(names)
        self.choices.append(ChoiceMade(self.elapsed_seconds, names, index))
        return self._ready.pop(index)

    def _collect_due(self) -> None:
        """Move those of the earliest due instant to the ready ones; time moves only if nobody was ready."""
        if self._ready:
            return
        if self._next_timer() is not None:  # somebody keeps time alive; a daemon may be due on the way
            self._elapsed = max(self._elapsed, self._timers[0].due)
        due: int | None = None
        while self._timers and self._timers[0].due <= self._elapsed and due in (None, self._timers[0].due):
            timer = heapq.heappop(self._timers)
            due = timer.due
            self._make_ready(timer.actor)
            self._drop_stale()

    def _is_stale(self, timer: _Timer) -> bool:
        return timer.actor.ticket != timer.ticket or timer.actor.state is not ActorState.WAITING

    def _next_timer(self) -> _Timer | None:
        """The earliest timer that keeps time alive."""
        self._drop_stale()
        if self._timers and not self._timers[0].actor.daemon:
            return self._timers[0]
        alive = (each for each in self._timers if not self._is_stale(each) and not each.actor.daemon)
        return min(alive, default=None)

    def _drop_stale(self) -> None:
        while self._timers and self._is_stale(self._timers[0]):
            heapq.heappop(self._timers)

    def _unwind(self, actor: Actor) -> None:
        if actor.greenlet.dead or not actor.greenlet:
            return
        actor.greenlet.parent = greenlet.getcurrent()
        with contextlib.suppress(
            BaseException
        ):  # its run is judged already: its last words count for nothing
            actor.greenlet.throw(SchedulerClosedError("closed"))


class VirtualEvent:
    """A flag: ``set`` wakes all who wait, ``wait`` says whether it was set in time."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._set = False
        self.waiters: list[Actor] = []

    def is_set(self) -> bool:
        """Whether it was set."""
        return self._set

    def set(self) -> None:
        """Set it, and make all who wait ready."""
        self._set = True
        waiters, self.waiters = self.waiters, []
        for actor in waiters:
            self._scheduler.wake(actor)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, at most ``timeout`` virtual seconds; returns whether it is set."""
        return self._set or self._scheduler.wait_for_event(self, timeout)


class VirtualClock:
    """The clock that programs in the virtual world are given; what they spawn belongs to their group."""

    def __init__(self, scheduler: Scheduler, group: str = "main") -> None:
        self.scheduler = scheduler
        self.group = group

    def now(self) -> datetime:
        """The virtual instant, aware and UTC."""
        return self.scheduler.now()

    def sleep(self, seconds: float) -> None:
        """Wait so many virtual seconds."""
        self.scheduler.sleep(seconds)

    def spawn(self, work: Callable[[], None], *, name: str) -> None:
        """Run ``work`` soon, as an actor of this clock's group."""
        self.scheduler.spawn(work, name=name, group=self.group)

    def event(self) -> VirtualEvent:
        """A flag to wait for."""
        return self.scheduler.event()

    def set(self, now: datetime) -> None:
        """Jump to an instant; time runs on from there."""
        self.scheduler.jump(now)

    def advance(self, seconds: float) -> None:
        """Jump ahead; what falls due meanwhile runs at once, in its order."""
        self.scheduler.jump(self.now() + timedelta(seconds=seconds))


def _describe(actor: Actor) -> str:
    frame = actor.greenlet.gr_frame
    while frame is not None and _is_plumbing(frame):
        frame = frame.f_back
    place = (
        f"{frame.f_code.co_filename}:{frame.f_lineno} ({frame.f_code.co_name})" if frame else "its first line"
    )
    return f"{actor.name} waits at {place}"


def _is_plumbing(frame: FrameType) -> bool:
    return frame.f_code.co_filename == __file__
