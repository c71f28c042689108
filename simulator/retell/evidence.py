"""What the page knows of a call beside the call itself: Cal.com's journal and books, the gateway's ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.retell.conversation import Call
from simulator.retell.gateway import GatewayClient, GatewayGoneError
from simulator.retell.phrasing import instant
from simulator.retell.ports import CalcomView

_CALL_HEADER = "x-askpro-call-id"
LIVE_BOOKINGS = ("accepted", "pending")
LIVE_APPOINTMENTS = ("confirmed", "pending")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One look at both ledgers; `ledger` is None, with the reason in `gone`, when the gateway shows none."""

    call_id: str
    requests: tuple[dict[str, Any], ...] = ()
    bookings: tuple[dict[str, Any], ...] = ()
    ledger: dict[str, Any] | None = None
    gone: str = ""

    def of_call(self, name: str) -> list[dict[str, Any]]:
        """The ledger's rows of one kind that belong to this call."""
        rows = (self.ledger or {}).get(name) or []
        return [row for row in rows if row.get("retell_call_id") == self.call_id]

    def find_appointment(self, start: datetime) -> dict[str, Any] | None:
        """Our live appointment of this call that begins then."""
        return next(
            (
                row
                for row in self.of_call("appointments")
                if instant(row.get("starts_at")) == start and row.get("status") in LIVE_APPOINTMENTS
            ),
            None,
        )

    def find_attempt(self, start: datetime) -> dict[str, Any] | None:
        """Our newest booking attempt of this call for that start."""
        found = [row for row in self.of_call("attempts") if instant(row.get("starts_at")) == start]
        return found[-1] if found else None

    def list_bookings_at(self, start: datetime) -> list[dict[str, Any]]:
        """Cal.com's live bookings that lie over an instant."""
        return [booking for booking in self.bookings if covers(booking, start)]

    def is_of_call(self, booking: dict[str, Any]) -> bool:
        """Whether a booking carries this call's id."""
        return (booking.get("metadata") or {}).get("call_id") == self.call_id


def gather(call: Call, account: str | None, *, calcom: CalcomView, gateway: GatewayClient) -> Evidence:
    """Look at both ledgers now."""
    requests = tuple(entry for entry in calcom.list_requests(account) if _is_of(entry, call.id))
    bookings = tuple(calcom.list_bookings(account))
    try:
        ledger = gateway.ledger(call.id)
    except GatewayGoneError as error:
        return Evidence(call.id, requests, bookings, None, str(error))
    return Evidence(call.id, requests, bookings, ledger)


def covers(booking: dict[str, Any], at: datetime) -> bool:
    """Whether a live booking lies over an instant."""
    start, end = instant(booking.get("start")), instant(booking.get("end"))
    return booking.get("status") in LIVE_BOOKINGS and bool(start and end and start <= at < end)


def _is_of(entry: dict[str, Any], call_id: str) -> bool:
    headers = entry.get("headers") or {}
    return any(name.lower() == _CALL_HEADER and value == call_id for name, value in headers.items())
