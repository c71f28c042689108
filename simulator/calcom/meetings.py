"""MEETING_STARTED and MEETING_ENDED: told by a job that runs every minute of the fake's clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from simulator.calcom.times import from_seconds, seconds_of
from simulator.calcom.webhook_bodies import MEETING_TRIGGERS
from simulator.calcom.world import Booking, Status, World
from simulator.control.clock import Clock, Event

_TOO_LATE = timedelta(days=1)
_MINUTE = 60

Tell = Callable[[World, str, Booking], None]


class MeetingJob:
    """Waits for starts and ends of accepted bookings while somebody subscribes to them; else it does not run."""

    def __init__(self, clock: Clock, tell: Tell) -> None:
        self._clock = clock
        self._tell = tell
        self._lock = threading.Lock()
        self._told: set[tuple[str, str]] = set()
        self._world: World | None = None
        self._since: datetime | None = None
        self._woken: Event | None = None

    def watch(self, world: World) -> None:
        """Look at the world again, since a booking or a subscription changed."""
        if not _subscribed(world):
            return
        with self._lock:
            if self._world is not world:
                self._told, self._since = set(), self._clock.now()
            self._world = world
            running, woken = self._woken is not None, self._woken
            if not running:
                self._woken = self._clock.event()
        if woken is not None:
            woken.set()
        else:
            self._clock.spawn(self._run, name="meetings")

    def stop(self) -> None:
        """Forget what was told and end the job."""
        with self._lock:
            self._told, self._world = set(), None
            woken = self._woken
        if woken is not None:
            woken.set()

    def _run(self) -> None:
        while True:
            with self._lock:
                world, woken = self._world, self._clock.event()
                self._woken = woken
            due = None if world is None else self._next_due(world)
            if world is None or due is None:
                with self._lock:
                    if self._woken is woken:
                        self._woken = None
                        return
                continue
            seconds = (due - self._clock.now()).total_seconds()
            if seconds <= 0 or not woken.wait(seconds):
                self._tell_due(world)

    def _tell_due(self, world: World) -> None:
        now = self._clock.now()
        for at, trigger, booking in self._pending(world):
            if at > now:
                continue
            with self._lock:
                fresh = self._world is world and (booking.uid, trigger) not in self._told
                self._told.add((booking.uid, trigger))
            if fresh and now - at <= _TOO_LATE:
                self._tell(world, trigger, booking)

    def _next_due(self, world: World) -> datetime | None:
        return min((at for at, _, _ in self._pending(world)), default=None)

    def _pending(self, world: World) -> list[tuple[datetime, str, Booking]]:
        """What is still to be told, each at the full minute in which the job sees it; the past is not told."""
        wanted, since = _subscribed(world), self._since
        with world.lock:
            bookings = [b for b in world.bookings_from(None) if b.status is Status.ACCEPTED]
        found = [
            (_full_minute(booking.start if trigger == "MEETING_STARTED" else booking.end), trigger, booking)
            for booking in bookings
            for trigger in wanted
            if (booking.uid, trigger) not in self._told
        ]
        return sorted(
            (one for one in found if since is None or one[0] >= since), key=lambda one: (one[0], one[2].id)
        )


def _subscribed(world: World) -> list[str]:
    hooks = list(world.webhooks.values())
    return [name for name in MEETING_TRIGGERS if any(hook.active and name in hook.triggers for hook in hooks)]


def _full_minute(at: datetime) -> datetime:
    seconds = seconds_of(at)
    return from_seconds(seconds + -seconds % _MINUTE)
