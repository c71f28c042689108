"""The world against a model that scans minute by minute and knows nothing of indexes.

What is compared after each step: which bookings there are and in which state, that no host has two accepted
bookings at one time unless a confirmation made it so, and that the slots are the opening hours minus bookings
minus reservations.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from simulator.calcom import reservations, rules
from simulator.calcom.availability import SlotQuestion, list_starts
from simulator.calcom.errors import CalcomError
from simulator.calcom.reservations import ReserveWish
from simulator.calcom.rules import BookingWish, MoveWish
from simulator.calcom.state import person_from_json, world_from_json
from simulator.calcom.world import Attendee, Status, World

BERLIN = ZoneInfo("Europe/Berlin")
BEGIN = datetime(2025, 10, 23, 8, tzinfo=UTC)
DAYS = (
    "2025-10-24",
    "2025-10-25",
    "2025-10-27",
)  # Friday, Saturday, and the Monday after the change of clocks
OPENS, CLOSES = 9 * 60, 18 * 60
DAY = 24 * 60
STATE: dict[str, Any] = {
    "hosts": [{"id": 11, "name": "Jana"}, {"id": 12, "name": "Mehmet"}],
    "schedules": [{"id": 1, "timeZone": "Europe/Berlin", "availability": [{"endTime": "18:00"}]}],
    "event_types": [
        {"id": 100, "lengthInMinutes": 30, "hostIds": [11]},
        {
            "id": 101,
            "lengthInMinutes": 90,
            "hostIds": [11],
            "beforeEventBuffer": 10,
            "afterEventBuffer": 20,
        },
        {"id": 102, "lengthInMinutes": 30, "hostIds": [11, 12], "schedulingType": "roundRobin"},
        {"id": 103, "lengthInMinutes": 60, "hostIds": [12], "requiresConfirmation": True},
        {"id": 104, "lengthInMinutes": 30, "hostIds": [11, 12], "schedulingType": "collective"},
    ],
}
HOSTS = {100: (11,), 101: (11,), 102: (11, 12), 103: (12,), 104: (11, 12)}
LENGTHS = {100: 30, 101: 90, 102: 30, 103: 60, 104: 30}
BUFFERS = {101: (10, 20)}
NONE = (0, 0)

kinds = st.sampled_from(sorted(HOSTS))
# few places in the week, so that wishes meet: mostly open hours, sometimes a closed day, an edge, a quarter past
days = st.sampled_from((DAYS[0], DAYS[2], DAYS[0], DAYS[2], DAYS[0], DAYS[1]))
minutes = st.sampled_from((*range(OPENS, OPENS + 240, 30), OPENS + 75, OPENS - 15, CLOSES - 30))
people = st.sampled_from(("erika", "hans"))


def local(day: str, minute: int) -> datetime:
    midnight = datetime.fromisoformat(day).replace(tzinfo=BERLIN)
    return (midnight + timedelta(minutes=minute)).astimezone(UTC)


@dataclass(frozen=True)
class Kept:
    """What the model knows of a booking."""

    kind: int
    hosts: tuple[int, ...]
    start: datetime
    status: str
    who: str
    confirmed: bool = False

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=LENGTHS[self.kind])

    def blocks(self) -> tuple[datetime, datetime]:
        before, after = BUFFERS.get(self.kind, NONE)
        return self.start - timedelta(minutes=before), self.end + timedelta(minutes=after)


@dataclass(frozen=True)
class Held:
    """What the model knows of a reservation."""

    kind: int
    hosts: tuple[int, ...]
    start: datetime
    until: datetime

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=LENGTHS[self.kind])


class Calendar(RuleBasedStateMachine):
    """Books, moves, confirms and reserves at random."""

    @initialize()
    def open(self) -> None:
        self.now = BEGIN
        self.kept: dict[str, Kept] = {}
        self.held: dict[str, Held] = {}
        user = person_from_json({"id": 1, "name": "Salon"})
        self.world: World = world_from_json(STATE, user, random.Random(1), first_booking_id=1)

    # --- what may happen

    @rule(kind=kinds, day=days, minute=minutes, who=people)
    def book(self, kind: int, day: str, minute: int, who: str) -> None:
        start = local(day, minute)
        wish = BookingWish(kind, start, Attendee(who, f"{who}@example.test", "Europe/Berlin"))
        again = self.repeated(kind, start, who)
        free = [host for host in HOSTS[kind] if self.can_take(kind, host, start, None)]
        enough = len(free) == len(HOSTS[kind]) if kind == 104 else bool(free)
        try:
            change = rules.decide_booking(self.world, wish, self.now)
        except CalcomError:
            assert again is None
            assert start < self.now or not enough
            return
        self.world.apply(change)
        if again is not None:
            assert change.booking.uid == again
            assert change.puts == ()
            return
        assert start >= self.now
        assert enough
        assert change.booking.host_id in free
        hosts = HOSTS[kind] if kind == 104 else (change.booking.host_id,)
        status = "pending" if kind == 103 else "accepted"
        self.kept[change.booking.uid] = Kept(kind, hosts, start, status, who)

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        uid = self.some(data)
        kept = self.kept[uid]
        refused = kept.status == "cancelled" or kept.end <= self.now
        self.change(uid, "cancelled", refused, "cancel")

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), action=st.sampled_from(("accepted", "rejected")))
    def answer(self, data: st.DataObject, action: str) -> None:
        uid = self.some(data)
        self.change(uid, action, self.kept[uid].status == "accepted", action)

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), day=days, minute=minutes)
    def move(self, data: st.DataObject, day: str, minute: int) -> None:
        uid, start = self.some(data), local(day, minute)
        kept = self.kept[uid]
        free = [host for host in HOSTS[kept.kind] if self.can_take(kept.kind, host, start, uid)]
        enough = len(free) == len(HOSTS[kept.kind]) if kept.kind == 104 else bool(free)
        possible = kept.status != "cancelled" and start >= self.now and enough
        try:
            change = rules.decide_move(self.world, MoveWish(uid, start), self.now)
        except CalcomError:
            assert not possible
            return
        assert possible
        self.world.apply(change)
        hosts = kept.hosts if kept.kind == 104 else (change.booking.host_id,)
        assert kept.hosts[0] in (change.booking.host_id, *set(HOSTS[kept.kind]) - set(free))
        self.kept[uid] = replace(kept, status="cancelled")
        status = "pending" if kept.kind == 103 else "accepted"
        self.kept[change.booking.uid] = Kept(kept.kind, hosts, start, status, kept.who)

    @precondition(lambda self: len(self.held) < 3)
    @rule(kind=kinds, day=days, minute=minutes)
    def reserve(self, kind: int, day: str, minute: int) -> None:
        start = local(day, minute)
        held = Held(kind, HOSTS[kind], start, self.now + timedelta(minutes=5))
        booked = [b for b in self.kept.values() if b.kind == kind and b.status in ("accepted", "pending")]
        booked = [b for b in booked if b.start < held.end and b.end > start]
        hosts = {host for b in booked for host in b.hosts}
        taken = hosts >= set(HOSTS[kind]) if kind == 102 else bool(booked)
        reserved = any(
            r.kind == kind and r.until > self.now and r.start < held.end and r.end > start
            for r in self.held.values()
        )
        status = None
        try:
            made = reservations.decide_reservation(
                self.world, ReserveWish(kind, start), self.now, authenticated=True
            )
        except CalcomError as refusal:
            status = refusal.status
        assert status == (422 if taken or reserved else None)
        if status is None:
            self.world.reserve(made)
            self.held[made.uid] = replace(held, hosts=made.host_ids)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        uid = data.draw(st.sampled_from(sorted(self.held)))
        self.world.release(uid)
        del self.held[uid]

    @rule(passed=st.sampled_from((1, 4, 4, 60)))
    def wait(self, passed: int) -> None:
        self.now += timedelta(minutes=passed)

    # --- what must hold

    @invariant()
    def the_books_agree(self) -> None:
        theirs = {uid: str(booking.status) for uid, booking in self.world.bookings.items()}
        assert theirs == {uid: kept.status for uid, kept in self.kept.items()}

    @invariant()
    def no_host_is_booked_twice_unless_upstream_allows_it(self) -> None:
        accepted = [b for b in self.world.bookings.values() if b.status is Status.ACCEPTED]
        for one, other in combinations(accepted, 2):
            apart = one.start >= other.end or other.start >= one.end
            allowed = self.kept[one.uid].confirmed or self.kept[other.uid].confirmed
            shared = set(self.kept[one.uid].hosts) & set(self.kept[other.uid].hosts)
            assert apart or allowed or not shared

    @invariant()
    def the_slots_are_hours_minus_bookings_minus_reservations(self) -> None:
        for kind in HOSTS:
            for day in DAYS:
                question = SlotQuestion(start=local(day, 0), end=local(day, DAY), now=self.now, zone=BERLIN)
                found = list_starts(self.world, self.world.event_types[kind], question)
                assert found == self.slots(kind, day), (kind, day)

    # --- the model

    def some(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.kept)))

    def change(self, uid: str, status: str, refused: bool, action: str) -> None:
        decide = {
            "cancel": lambda: rules.decide_cancellation(self.world, uid, "r", self.now, by_host=True),
            "accepted": lambda: rules.decide_confirmation(self.world, uid, self.now),
            "rejected": lambda: rules.decide_refusal(self.world, uid, None, self.now),
        }[action]
        try:
            change = decide()
        except CalcomError:
            assert refused
            return
        assert not refused
        self.world.apply(change)
        confirmed = self.kept[uid].confirmed or status == "accepted"
        self.kept[uid] = replace(self.kept[uid], status=status, confirmed=confirmed)

    def repeated(self, kind: int, start: datetime, who: str) -> str | None:
        """The live booking that upstream gives back for the same wish."""
        if kind not in (102, 103):
            return None
        same = [
            uid
            for uid, b in self.kept.items()
            if (b.kind, b.start, b.who) == (kind, start, who) and b.status in ("accepted", "pending")
        ]
        return same[0] if same else None

    def busy(self, kind: int, host: int, ignoring: str | None) -> list[tuple[datetime, datetime]]:
        before, after = (timedelta(minutes=number) for number in BUFFERS.get(kind, NONE))
        return [
            (b.blocks()[0] - after, b.blocks()[1] + before)
            for uid, b in self.kept.items()
            if b.status == "accepted" and host in b.hosts and uid != ignoring
        ]

    def can_take(self, kind: int, host: int, start: datetime, ignoring: str | None) -> bool:
        day = start.astimezone(BERLIN).date().isoformat()
        end = start + timedelta(minutes=LENGTHS[kind])
        works = day != DAYS[1] and local(day, OPENS) <= start and end <= local(day, CLOSES)
        return works and not any(s < end and e > start for s, e in self.busy(kind, host, ignoring))

    def free_minutes(self, kind: int, host: int, day: str) -> list[bool]:
        """Each minute of a day: open, not over, and nothing of the host's at it."""
        spans = self.busy(kind, host, None)
        spans += [(r.start, r.end) for r in self.held.values() if host in r.hosts and r.until > self.now]
        free = [OPENS <= minute < CLOSES and day != DAYS[1] for minute in range(DAY)]
        midnight = local(day, 0)
        for start, end in [(midnight, self.now), *spans]:
            first = max(0, int((start - midnight).total_seconds() // 60))
            last = min(DAY, int((end - midnight).total_seconds() // 60))
            for minute in range(first, last):
                free[minute] = False
        return free

    def slots(self, kind: int, day: str) -> list[datetime]:
        each = [self.free_minutes(kind, host, day) for host in HOSTS[kind]]
        if kind == 104:
            each = [[all(minute) for minute in zip(*each, strict=True)]]
        length = LENGTHS[kind]
        mark = 60 if length == 60 else 30
        found = set()
        for free in each:
            minute = 0
            while minute < DAY:
                if not free[minute]:
                    minute += 1
                    continue
                end = next((m for m in range(minute, DAY) if not free[m]), DAY)
                start = -(-minute // mark) * mark
                found |= {local(day, s) for s in range(start, end - length + 1, length)}
                minute = end
        return sorted(found)


TestCalendar = Calendar.TestCase
TestCalendar.settings = settings(max_examples=40, stateful_step_count=50, deadline=None, derandomize=True)
