"""What is remembered of free slots, for checks only; a booking always asks anew.

Keyed by company, branch, event type and window: two companies may share an event type id (incident 1.17).
A fetch that began before a write never stores its answer (incident 1.16): each write raises the generation
of its event type, and an answer counts only under the generation it was asked in. Lists stay in their process;
the generation is shared, so a write through one process makes the lists of all worthless.

Of several who ask the same at once, one asks Cal.com and the others wait for him, each until his own time is over.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.errors import SharedValuesUnavailable
from app.domain.identifiers import CompanyId, EventTypeId
from app.domain.outcomes import CheckFailed, SlotList
from app.usecases.ports import Clock, Event, Log, SharedValues, SlotQuery

KEPT_FOR = timedelta(seconds=60)
"""The original kept 300 s and offered slots long gone; a call's check and confirmation lie within 60 s."""
EMPTY_KEPT_FOR = timedelta(seconds=15)
"""Nothing free is looked at again sooner: a cancelled booking of somebody else's is not always told us."""
MOST_ENTRIES = 2_000
GENERATION_SECONDS = 86_400
"""Much longer than any list is kept."""

Slots = SlotList | CheckFailed
BROKEN_OFF = CheckFailed("the fetch broke off")
Ask = Callable[[float], Slots]
_Key = tuple[CompanyId, SlotQuery]


@dataclass(frozen=True, slots=True)
class _Entry:
    slots: SlotList
    generation: int
    began: datetime
    until: datetime


@dataclass(slots=True, eq=False)
class _Flight:
    """A fetch under way that others wait for."""

    landed: Event
    until: datetime
    """When its owner's time is over."""
    slots: Slots = BROKEN_OFF


class SlotCache:
    """A bounded store of slot lists; its lock is never held while anybody waits."""

    def __init__(self, values: SharedValues, *, clock: Clock, log: Log) -> None:
        self._values = values
        self._clock = clock
        self._log = log
        self._entries: OrderedDict[_Key, _Entry] = OrderedDict()
        self._flights: dict[tuple[_Key, int], _Flight] = {}
        self._lock = threading.Lock()

    def find_or_ask(self, company_id: CompanyId, query: SlotQuery, ask: Ask, *, timeout: float) -> Slots:
        """Return a remembered list, one that somebody else is just fetching, or what `ask` brings.

        Args:
            company_id: Whose calendar.
            query: What is asked.
            ask: Asks Cal.com, with so many seconds for the answer.
            timeout: How long the caller waits in all.
        """
        deadline = self._clock.now() + timedelta(seconds=timeout)
        generation = self._generation(company_id, query.event_type_id)
        if generation is None:
            return ask(timeout)
        known = self._find(company_id, query, generation)
        if known is not None:
            return known
        flight, is_ours = self._join((company_id, query), generation, deadline)
        if is_ours:
            return self._fly((company_id, query), generation, flight, ask, timeout)
        if not flight.landed.wait(self._left(deadline)):
            return CheckFailed("timeout")
        if isinstance(flight.slots, CheckFailed) and flight.until < deadline:
            return ask(self._left(deadline))  # its owner had less time than we have
        return flight.slots

    def ask_anew(self, company_id: CompanyId, query: SlotQuery, ask: Ask, *, timeout: float) -> Slots:
        """Return what `ask` brings, and remember it; nobody else's answer will do (incident 1.3)."""
        generation, began = self._generation(company_id, query.event_type_id), self._clock.now()
        slots = ask(timeout)
        if generation is not None:
            self._store((company_id, query), slots, generation, began)
        return slots

    def forget(self, company_id: CompanyId, event_type_id: EventTypeId) -> None:
        """Make every remembered and every coming older answer for this event type worthless, in all processes.

        Never raises: it follows changes at Cal.com, which stay true whatever becomes of our memory.
        """
        now = self._clock.now()
        with self._lock:
            gone = [
                (owner, query)
                for owner, query in self._entries
                if owner == company_id and query.event_type_id == event_type_id
            ]
            for key in gone:
                del self._entries[key]
        try:
            self._values.change(
                company_id,
                _name(event_type_id),
                lambda text: (str(_next(text, now)), None),
                keep_seconds=GENERATION_SECONDS,
            )
        except SharedValuesUnavailable as error:
            self._log.warning("shared_values.unavailable", company_id=company_id, reason=str(error))

    def _generation(self, company_id: CompanyId, event_type_id: EventTypeId) -> int | None:
        """Return the number an answer is remembered under; None when nobody knows, so nothing is remembered."""
        try:
            return int(self._values.read(company_id, _name(event_type_id)) or 0)
        except SharedValuesUnavailable as error:
            self._log.warning("shared_values.unavailable", company_id=company_id, reason=str(error))
            return None

    def _find(self, company_id: CompanyId, query: SlotQuery, generation: int) -> SlotList | None:
        with self._lock:
            entry = self._entries.get((company_id, query))
            if entry is None or entry.generation != generation or not self._clock.now() < entry.until:
                return None
            return entry.slots

    def _join(self, key: _Key, generation: int, deadline: datetime) -> tuple[_Flight, bool]:
        """Return the fetch of this question that is under way, or a new one of our own."""
        with self._lock:
            flight = self._flights.get((key, generation))
            if flight is not None:
                return flight, False
            flight = _Flight(self._clock.event(), deadline)
            self._flights[(key, generation)] = flight
            return flight, True

    def _fly(self, key: _Key, generation: int, flight: _Flight, ask: Ask, timeout: float) -> Slots:
        began = self._clock.now()
        try:
            flight.slots = ask(timeout)
            self._store(key, flight.slots, generation, began)
            return flight.slots
        finally:
            with self._lock:
                del self._flights[(key, generation)]
            flight.landed.set()

    def _store(self, key: _Key, slots: Slots, generation: int, began: datetime) -> None:
        """Remember a list under the generation it was asked in: a write in between has made that one old."""
        if not isinstance(slots, SlotList):
            return
        until = began + (KEPT_FOR if slots.starts else EMPTY_KEPT_FOR)
        with self._lock:
            kept = self._entries.get(key)
            if kept is not None and (kept.generation, kept.began) > (generation, began):
                return
            self._entries[key] = _Entry(slots, generation, began, until)
            while len(self._entries) > MOST_ENTRIES:
                self._entries.popitem(last=False)

    def _left(self, deadline: datetime) -> float:
        return max((deadline - self._clock.now()).total_seconds(), 0.0)


def _name(event_type_id: EventTypeId) -> str:
    return f"slots.{event_type_id}"


def _next(text: str | None, now: datetime) -> int:
    """Return a generation that never was before, even if the store lost the last one: it grows with the clock."""
    return max(int(text or 0) + 1, round(now.timestamp() * 1_000_000))
