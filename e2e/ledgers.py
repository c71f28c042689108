"""Both books, read over HTTP: ours from the gateway, Cal.com's from the simulator."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from harness.worlds.live import LiveWorld

Row = dict[str, Any]


class Ledgers:
    """What the gateway and the fake Cal.com hold at the moment of asking."""

    def __init__(self, stack: LiveWorld) -> None:
        self._stack = stack

    def appointments(self) -> list[Row]:
        """Appointments that our calls made, of all companies.

        Bookings that others made at Cal.com stand in our book too, as their webhook tells; those have no attempt.
        """
        return [each for each in self._ours("appointments") if each["attempt_id"] is not None]

    def customers(self) -> list[Row]:
        """Our customers, of all companies."""
        return self._ours("customers")

    def messages(self) -> list[Row]:
        """Our outbox, of all companies."""
        return self._ours("outbox")

    def open_attempts(self) -> list[Row]:
        """Attempts to book that nobody has finished."""
        return [each for each in self._ours("attempts") if each["state"] == "open"]

    def bookings(self, *, origin: str = "api") -> list[Row]:
        """Cal.com's bookings of all accounts that came this way: "api" for the gateway's, "rival"."""
        accounts = [self._stack.simulator(tenant.account) for tenant in self._stack.tenants]
        return [row for account in accounts for row in account.list_bookings() if row["origin"] == origin]

    def _ours(self, table: str) -> list[Row]:
        answer = self._stack.session(None).get(f"{self._stack.gateway_url}/test/api/ledger", timeout=10)
        answer.raise_for_status()
        return cast("list[Row]", answer.json()[table])


def instant(text: str) -> datetime:
    """An ISO instant of either book, comparable with the other's."""
    return datetime.fromisoformat(text)
