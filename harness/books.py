"""The two ledgers as they are read over HTTP: ours from ``/test/api/ledger``, Cal.com's from ``/__admin``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

Row = Mapping[str, Any]
Rows = tuple[Row, ...]

LIVE_BOOKING = frozenset({"accepted", "pending"})
DEAD_APPOINTMENT = frozenset({"cancelled", "failed", "rescheduled", "no_show"})


@dataclass(frozen=True, slots=True)
class Ledger:
    """Our books, all companies; one tuple of rows for each table, named as the route names them."""

    appointments: Rows = ()
    customers: Rows = ()
    attempts: Rows = ()
    outbox: Rows = ()
    callbacks: Rows = ()
    findings: Rows = ()
    webhook_events: Rows = ()
    sentences: Rows = ()
    calls: Rows = ()
    modifications: Rows = ()
    reservations: Rows = ()
    log: Rows = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Sequence[Row]]) -> Ledger:
        """From the route's answer; a table that is absent is an error, since an empty one proves nothing."""
        missing = [each.name for each in fields(cls) if each.name not in data]
        if missing:
            raise ValueError(f"the ledger has no {', '.join(missing)}")
        return cls(**{each.name: tuple(data[each.name]) for each in fields(cls)})

    def of(self, company_id: int) -> Ledger:
        """The rows of one company."""
        return Ledger(
            **{
                each.name: tuple(
                    row for row in getattr(self, each.name) if row.get("company_id") == company_id
                )
                for each in fields(self)
            }
        )

    def live_appointments(self) -> list[Row]:
        """Those that still stand."""
        return [row for row in self.appointments if row.get("status") not in DEAD_APPOINTMENT]


@dataclass(frozen=True, slots=True)
class CalcomBooks:
    """Cal.com's bookings by our company's id; ``requests`` are the journals, by the same key."""

    bookings: Mapping[int, Rows]
    requests: Mapping[int, Rows]

    def all_bookings(self) -> list[tuple[int, Row]]:
        """Every booking with the company whose account holds it."""
        return [(company, row) for company in sorted(self.bookings) for row in self.bookings[company]]

    def live(self, company_id: int | None = None) -> list[Row]:
        """Accepted or pending bookings, of one company or of all."""
        chosen = (
            self.all_bookings()
            if company_id is None
            else [(company_id, row) for row in self.bookings.get(company_id, ())]
        )
        return [row for _company, row in chosen if row.get("status") in LIVE_BOOKING]

    def by_uid(self, company_id: int) -> dict[str, Row]:
        """The bookings of one company's account by uid."""
        return {str(row["uid"]): row for row in self.bookings.get(company_id, ())}

    def family(self, company_id: int, uid: object) -> list[Row]:
        """A booking with all that it was moved to and from, oldest first: one appointment's history."""
        rows = self.by_uid(company_id)
        first = rows.get(str(uid))
        while first is not None and str(first.get("rescheduledFromUid")) in rows:
            first = rows[str(first["rescheduledFromUid"])]
        found: list[Row] = []
        while first is not None and first not in found:
            found.append(first)
            first = _successor(first, rows)
        return found


def _successor(booking: Row, rows: Mapping[str, Row]) -> Row | None:
    named = rows.get(str(booking.get("rescheduledToUid")))
    if named is not None:
        return named
    return next((row for row in rows.values() if row.get("rescheduledFromUid") == booking["uid"]), None)


def ours_at_calcom(booking: Row) -> bool:
    """Whether we made this booking through the API (not a rival, not the seed)."""
    return booking.get("origin") == "api"


def metadata(booking: Row) -> Mapping[str, Any]:
    """A booking's metadata, empty if it has none."""
    held = booking.get("metadata")
    return held if isinstance(held, Mapping) else {}


def is_named(findings: Rows, uid: str, appointment_id: object) -> bool:
    """Whether a finding tells of this booking or this appointment."""
    return any(
        str(row.get("calcom_booking_uid")) == uid
        or (appointment_id is not None and row.get("appointment_id") == appointment_id)
        for row in findings
    )
