"""The fake Cal.com as the call simulator's page sees it, in the same process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from simulator.calcom import rules
from simulator.calcom.accounts import Account, Accounts
from simulator.calcom.admin import free_slot, list_booking_records, take_slot
from simulator.calcom.availability import SlotQuestion, list_starts
from simulator.calcom.errors import CalcomError
from simulator.calcom.serialize import event_type_to_wire
from simulator.control.clock import Clock
from simulator.control.errors import ControlError
from simulator.retell.ports import CalcomRefusedError


class AccountsView:
    """Books, journal and faults of one account (None: the demo account), as the page asks for them."""

    def __init__(self, accounts: Accounts, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock

    def event_types(self, account: str | None) -> list[dict[str, Any]]:
        """Event types with the names of their hosts."""
        with self._at(account) as found:
            world = found.world
            return [
                {
                    **event_type_to_wire(world, kind),
                    "hosts": [world.hosts[host].name for host in kind.host_ids],
                }
                for kind in world.event_types.values()
            ]

    def free_starts(
        self, account: str | None, event_type_id: int, start: datetime, end: datetime
    ) -> list[datetime]:
        """Starts that can be booked in ``[start, end)``, now."""
        with self._at(account) as found, found.world.lock:
            kind = rules.get_event_type(found.world, event_type_id)
            asked = SlotQuestion(start=start, end=end, now=self._clock.now())
            return list_starts(found.world, kind, asked)

    def list_bookings(self, account: str | None) -> list[dict[str, Any]]:
        """All bookings in order of creation."""
        with self._at(account) as found:
            return list_booking_records(found)

    def list_requests(self, account: str | None, after: int = 0) -> list[dict[str, Any]]:
        """Journal entries with an id above ``after``, in order."""
        with self._at(account) as found:
            return [entry.to_json() for entry in found.journal.list_entries(after)]

    def take_slot(self, account: str | None, start: datetime, event_type_id: int | None) -> dict[str, Any]:
        """Book as a rival; refused when it is taken."""
        with self._at(account) as found:
            return take_slot(found, start.isoformat(), event_type_id, self._clock.now())

    def release_slot(self, account: str | None, uid: str) -> None:
        """Cancel a booking, so that its slot is free again."""
        with self._at(account) as found:
            free_slot(found, uid, self._clock.now())

    def list_faults(self, account: str | None) -> list[dict[str, Any]]:
        """The fault rules with their counters."""
        with self._at(account) as found:
            return [rule.to_json() for rule in found.faults.list_rules()]

    def add_fault(self, account: str | None, rule: dict[str, Any]) -> dict[str, Any]:
        """Add a rule; refused when it is wrong."""
        with self._at(account) as found:
            return found.faults.add(rule).to_json()

    def remove_fault(self, account: str | None, fault_id: int | str | None) -> None:
        """Remove one rule, or all."""
        with self._at(account) as found:
            found.faults.clear(None if fault_id is None else str(fault_id))

    @contextmanager
    def _at(self, account: str | None) -> Iterator[Account]:
        try:
            yield self._accounts.get(account)
        except ControlError as error:
            raise CalcomRefusedError(error.code, error.message, error.status) from error
        except CalcomError as error:
            raise CalcomRefusedError("refused", error.message, error.status) from error
