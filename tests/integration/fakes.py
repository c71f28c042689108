"""Fakes of what lies outside our process: a clock that is set by hand, and Cal.com in memory."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.booking_check import SeenBooking
from app.domain.errors import SharedValuesUnavailable
from app.domain.event_types import EventTypeSeen
from app.domain.outcomes import (
    Absent,
    BookingList,
    CheckFailed,
    Done,
    MovedTo,
    RefusalKind,
    Refused,
    Replied,
    Reserved,
    SlotList,
    Unknown,
)
from app.storage.database import assert_idle
from app.usecases.ports import Mail, MailNotSent

NOW = datetime(2025, 10, 13, 8, 0, tzinfo=UTC)
"""Monday, 10:00 in Berlin."""


class ManualClock:
    """Stands still until a test, or somebody who sleeps, moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now
        self.slept: list[float] = []
        self.while_sleeping: list[Callable[[], None]] = []
        """What the rest of the world does meanwhile; one entry for each sleep."""

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now

    def advance(self, **delta: float) -> None:
        self._now += timedelta(**delta)

    def sleep(self, seconds: float) -> None:
        assert_idle()
        self.slept.append(seconds)
        self._now += timedelta(seconds=seconds)
        if self.while_sleeping:
            self.while_sleeping.pop(0)()

    def spawn(self, work: Callable[[], None], *, name: str) -> None:
        work()

    def event(self) -> threading.Event:
        return threading.Event()


@dataclass(frozen=True)
class Asked:
    """One request to the fake."""

    operation: str
    api_key: str
    about: Any
    timeout: float


@dataclass
class Account:
    """What one API key owns at Cal.com."""

    free: set[datetime] = field(default_factory=set)
    bookings: dict[str, SeenBooking] = field(default_factory=dict)
    reserved: dict[str, datetime] = field(default_factory=dict)
    """Starts that are hidden from lists; they guard no booking."""
    event_types: dict[int, EventTypeSeen] = field(default_factory=dict)


Scripted = Callable[..., Any]


class FakeCalendar:
    """Cal.com in memory: books what is free, unless a test scripts the next reply of an operation.

    A scripted reply is a function; it gets what the operation got and `do`, which does the real thing.
    """

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.accounts: defaultdict[str, Account] = defaultdict(Account)
        self.asked: list[Asked] = []
        self.forgotten: list[tuple[int, int]] = []
        self.status = "accepted"
        self._scripts: defaultdict[str, deque[Scripted]] = defaultdict(deque)
        self._number = 0

    def script(self, operation: str, *replies: Scripted) -> None:
        """Answer the next requests of an operation by these functions."""
        self._scripts[operation].extend(replies)

    def count(self, operation: str) -> int:
        return len([asked for asked in self.asked if asked.operation == operation])

    def live(self, api_key: str) -> list[SeenBooking]:
        bookings = self.accounts[api_key].bookings.values()
        return [seen for seen in bookings if seen.status in {"accepted", "pending"}]

    def add(self, api_key: str, **fields: Any) -> SeenBooking:
        """Put a booking there that nobody asked for."""
        self._number += 1
        seen = SeenBooking(
            **{
                "uid": f"uid-{self._number}",
                "status": "accepted",
                "created_at": self.clock.now(),
                "metadata": {},
            }
            | fields
        )
        self.accounts[api_key].bookings[seen.uid] = seen
        return seen

    def list_slots(self, account, query, *, uncached, timeout):
        def do():
            owned = self.accounts[account.api_key]
            moving = owned.bookings.get(query.moving)
            starts = owned.free | ({moving.start} if moving is not None else set())
            starts -= set(owned.reserved.values())  # hidden from its owner's list too (incident 1.33)
            window = query.window
            return SlotList(tuple(sorted(start for start in starts if window.start <= start < window.end)))

        operation = "recheck" if uncached else "list_slots"
        return self._answer(operation, account, query, timeout, do)

    def create_booking(self, account, request, *, timeout):
        def do():
            owned = self.accounts[account.api_key]
            if request.start not in owned.free:
                return Refused(
                    RefusalKind.SLOT_TAKEN, "One of the hosts either already has booking at this time"
                )
            owned.free.discard(request.start)
            seen = self.add(
                account.api_key,
                start=request.start,
                status=self.status,
                metadata={"attempt_id": request.attempt_id, "call_id": request.retell_call_id or ""},
                attendee_name=request.attendee_name,
                attendee_email=request.attendee_email,
                event_type_id=request.event_type_id,
            )
            return Replied(seen, self.clock.now())

        return self._answer("create_booking", account, request, timeout, do)

    def find_booking(self, account, uid, *, timeout):
        return self._answer(
            "find_booking", account, uid, timeout, lambda: self.accounts[account.api_key].bookings.get(uid)
        )

    def list_bookings(self, account, window, *, timeout):
        def do():
            bookings = self.accounts[account.api_key].bookings.values()
            inside = (seen for seen in bookings if window.start <= seen.start < window.end)
            return BookingList(tuple(inside))

        return self._answer("list_bookings", account, window, timeout, do)

    def cancel_booking(self, account, uid, reason, *, timeout):
        def do():
            owned = self.accounts[account.api_key].bookings
            if uid not in owned:
                return Absent()
            if owned[uid].status == "cancelled":
                return Done(already=True)
            owned[uid] = replace(owned[uid], status="cancelled")
            return Done()

        return self._answer("cancel_booking", account, uid, timeout, do)

    def find_event_type(self, account, event_type_id, *, timeout):
        return self._answer(
            "find_event_type",
            account,
            event_type_id,
            timeout,
            lambda: self.accounts[account.api_key].event_types.get(event_type_id),
        )

    def reschedule_booking(self, account, uid, new_start, reason, *, timeout):
        def do():
            owned = self.accounts[account.api_key]
            old = owned.bookings.get(uid)
            if old is None:
                return Absent()
            if old.status == "cancelled":
                kind = RefusalKind.MOVED_AWAY if old.rescheduled_to_uid else RefusalKind.CANCELLED
                return Refused(kind, "because it has been cancelled")
            if new_start not in owned.free:
                return Refused(
                    RefusalKind.SLOT_TAKEN, "User either already has booking at this time or is not available"
                )
            return MovedTo(self.move(account.api_key, uid, new_start))

        return self._answer("reschedule_booking", account, (uid, new_start), timeout, do)

    def move(self, api_key, uid, new_start, **fields: Any) -> SeenBooking:
        """Move a booking as Cal.com does: a new one, the old one cancelled and linked."""
        owned = self.accounts[api_key]
        old = owned.bookings[uid]
        owned.free.discard(new_start)
        seen = self.add(
            api_key,
            **{
                "start": new_start,
                "status": self.status,
                "metadata": old.metadata,
                "attendee_name": old.attendee_name,
                "attendee_email": old.attendee_email,
                "event_type_id": old.event_type_id,
                "rescheduled_from_uid": uid,
            }
            | fields,
        )
        owned.bookings[uid] = replace(old, status="cancelled", rescheduled_to_uid=seen.uid)
        owned.free.add(old.start)
        return seen

    def reserve_slot(self, account, event_type_id, start, *, timeout):
        def do():
            owned = self.accounts[account.api_key]
            if start not in owned.free:
                return Refused(RefusalKind.SLOT_TAKEN, "This time slot is already reserved by another user.")
            self._number += 1
            uid = f"reservation-{self._number}"
            owned.reserved[uid] = start
            return Reserved(uid, self.clock.now() + timedelta(minutes=5))

        return self._answer("reserve_slot", account, start, timeout, do)

    def release_slot(self, account, uid, *, timeout):
        def do():
            self.accounts[account.api_key].reserved.pop(uid, None)
            return Done()

        return self._answer("release_slot", account, uid, timeout, do)

    def forget_slots(self, company_id, event_type_id):
        self.forgotten.append((company_id, event_type_id))

    def _answer(self, operation, account, about, timeout, do):
        assert_idle()
        self.asked.append(Asked(operation, account.api_key, about, timeout))
        if timeout <= 0:
            return CheckFailed("timeout")
        scripts = self._scripts[operation]
        return scripts.popleft()(about, do) if scripts else do()


def timed_out(_about: Any, _do: Callable[[], Any]) -> Unknown:
    """The request never arrived, and nobody knows."""
    return Unknown("timeout")


def lost_reply(_about: Any, do: Callable[[], Any]) -> Unknown:
    """The booking was made, the reply got lost."""
    do()
    return Unknown("timeout")


def unreadable(_about: Any, _do: Callable[[], Any]) -> CheckFailed:
    return CheckFailed("status 500")


def refuses(kind: RefusalKind, detail: str = "") -> Scripted:
    return lambda _about, _do: Refused(kind, detail)


def changed(**fields: Any) -> Scripted:
    """The booking is made; the reply, and what stands there, says something else."""

    def reply(_about: Any, do: Callable[[], Any]) -> Replied:
        replied = do()
        return replace(replied, seen=replace(replied.seen, **fields))

    return reply


class MemoryValues:
    """Shared values of one process; out of reach when a test says so."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.is_reachable = True
        self.changes = 0
        self._kept: dict[tuple[int, str], tuple[str, datetime]] = {}
        self._lock = threading.Lock()

    def read(self, company_id, name):
        assert_idle()
        if not self.is_reachable:
            raise SharedValuesUnavailable("told so")
        value, until = self._kept.get((company_id, name), (None, self.now()))
        return value if self.now() < until else None

    def change(self, company_id, name, step, *, keep_seconds):
        with self._lock:
            value, told = step(self.read(company_id, name))
            if value is not None:
                self.changes += 1
                self._kept[(company_id, name)] = value, self.now() + timedelta(seconds=keep_seconds)
            return told

    def close(self):
        pass


class MemoryMailer:
    """Keeps mails; refuses as many as it is told to."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.refusals = 0

    def send(self, mail: Mail) -> None:
        assert_idle()
        if self.refusals:
            self.refusals -= 1
            raise MailNotSent("SMTPServerDisconnected")
        self.sent.append(mail)
