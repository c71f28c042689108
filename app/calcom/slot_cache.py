"""What is remembered of free slots, for checks only; a booking always asks anew.

Keyed by company, branch, event type and window: two companies may share an event type id (incident 1.17).
A fetch that began before a write never stores its answer (incident 1.16): each write raises the generation
of its event type, and an answer is stored only under the generation it was asked in.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.identifiers import CompanyId, EventTypeId
from app.domain.outcomes import SlotList
from app.usecases.ports import SlotQuery

KEPT_FOR = timedelta(seconds=60)
"""The original kept 300 s and offered slots long gone; a call's check and confirmation lie within 60 s."""
MOST_ENTRIES = 2_000

_Key = tuple[CompanyId, SlotQuery]


@dataclass(frozen=True, slots=True)
class _Entry:
    slots: SlotList
    generation: int
    until: datetime


class SlotCache:
    """A bounded store of slot lists; its lock is never held while anybody waits."""

    def __init__(self) -> None:
        self._entries: OrderedDict[_Key, _Entry] = OrderedDict()
        self._generations: dict[tuple[CompanyId, EventTypeId], int] = {}
        self._lock = threading.Lock()

    def generation(self, company_id: CompanyId, event_type_id: EventTypeId) -> int:
        """Return the number to remember before a fetch and to hand to `store` after it."""
        with self._lock:
            return self._generations.get((company_id, event_type_id), 0)

    def find(self, company_id: CompanyId, query: SlotQuery, now: datetime) -> SlotList | None:
        """Return a remembered list that is still good at `now`, or None."""
        with self._lock:
            entry = self._entries.get((company_id, query))
            current = self._generations.get((company_id, query.event_type_id), 0)
            if entry is None or entry.generation != current or not now < entry.until:
                return None
            return entry.slots

    def store(
        self, company_id: CompanyId, query: SlotQuery, slots: SlotList, *, generation: int, now: datetime
    ) -> None:
        """Remember a list, unless something was written since `generation` was read."""
        with self._lock:
            if self._generations.get((company_id, query.event_type_id), 0) != generation:
                return
            self._entries[(company_id, query)] = _Entry(slots, generation, now + KEPT_FOR)
            while len(self._entries) > MOST_ENTRIES:
                self._entries.popitem(last=False)

    def forget(self, company_id: CompanyId, event_type_id: EventTypeId) -> None:
        """Make every remembered and every coming older answer for this event type worthless."""
        with self._lock:
            key = (company_id, event_type_id)
            self._generations[key] = self._generations.get(key, 0) + 1
