"""What the page asks of the fake Cal.com beside it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol


class CalcomRefusedError(Exception):
    """The fake Cal.com would not do what a click asked for; `code` is its error code."""

    def __init__(self, code: str, message: str, status: int = 409) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class CalcomView(Protocol):
    """The fake Cal.com as the page sees it; `account` None is its default account.

    Requests, bookings and faults have the JSON form of the control API under `/__admin`.
    """

    def event_types(self, account: str | None) -> list[dict[str, Any]]:
        """Event types: id, title, lengthInMinutes and `hosts`, a list of names."""
        ...

    def free_starts(
        self, account: str | None, event_type_id: int, start: datetime, end: datetime
    ) -> list[datetime]:
        """Starts that can be booked in [start, end), now."""
        ...

    def list_bookings(self, account: str | None) -> list[dict[str, Any]]:
        """All bookings, in the order they were made."""
        ...

    def list_requests(self, account: str | None, after: int = 0) -> list[dict[str, Any]]:
        """Journal entries with an id above `after`, in order."""
        ...

    def take_slot(self, account: str | None, start: datetime, event_type_id: int | None) -> dict[str, Any]:
        """Book as a rival; returns the booking, raises CalcomRefusedError when it is taken."""
        ...

    def release_slot(self, account: str | None, uid: str) -> None:
        """Cancel a rival's booking, so that its slot is free again."""

    def list_faults(self, account: str | None) -> list[dict[str, Any]]:
        """Armed fault rules, each with `id` and `fired`."""
        ...

    def add_fault(self, account: str | None, rule: dict[str, Any]) -> dict[str, Any]:
        """Arm a fault; returns it with its id, raises CalcomRefusedError when the rule is wrong."""
        ...

    def remove_fault(self, account: str | None, fault_id: int | str | None) -> None:
        """Disarm one fault, or all when None is given."""
