"""The race for a slot where it is decided: in the database, with threads that really run at once.

The virtual world never switches inside a transaction, so it can not find what these tests look for. Several
`Database` objects on one file stand for several processes: what one of them locks, the others only see in SQLite.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.chance import SeededChance
from app.storage import attempts
from app.storage.database import Database
from app.storage.models import BookingAttempt, ClaimCell
from app.usecases.checking import understand_wish
from app.usecases.claiming import book_key, claim_cells
from app.usecases.commands import BookAppointment
from app.usecases.parts import ClaimedAttempt, Parts
from tests.integration.bench import SALON, WISH, WISHED

THREADS = 50
ROUNDS = 100
PROCESSES = 5
CELLS = 6
"""Of half an hour."""


class Race:
    """Threads that wait at a barrier and then claim all at once."""

    def __init__(self, bench, databases: list[Database]) -> None:
        self._databases = databases
        self._parts = [self._parts_of(bench, number) for number in range(THREADS)]
        context = bench.context(None)
        service = understand_wish(bench.parts, context, WISH).service
        self.command = BookAppointment(context, service, WISHED, "Erika Muster", None, None)
        self._pool = ThreadPoolExecutor(THREADS)
        self._barrier = threading.Barrier(THREADS, timeout=60)

    def _parts_of(self, bench, number: int) -> Parts:
        database = self._databases[number % PROCESSES]
        chance = SeededChance(Random(number))
        return replace(bench.gateway.parts, transactions=database, chance=chance)

    def run(self, command_of: Callable[[int], BookAppointment]) -> list[ClaimedAttempt]:
        """Let every thread claim its command at once; return the claims that were won."""
        claims = self._pool.map(lambda number: self._claim(number, command_of(number)), range(THREADS))
        return [claimed for claimed in claims if claimed is not None]

    def _claim(self, number: int, command: BookAppointment) -> ClaimedAttempt | None:
        key = book_key(command, f"unnamed_{number}")
        self._barrier.wait()
        try:
            return claim_cells(self._parts[number], command, key)
        except IntegrityError:
            return None

    def rival(self, number: int, **changes) -> BookAppointment:
        context = replace(self.command.context, retell_call_id=f"call_of_thread_{number}")
        return replace(self.command, context=context, **changes)

    def active_cells(self) -> int:
        with self._databases[0].transaction(SALON, "count", read_only=True) as session:
            return session.scalar(
                select(func.count()).select_from(ClaimCell).where(ClaimCell.active == attempts.HELD)
            )

    def attempts(self) -> int:
        with self._databases[0].transaction(SALON, "count", read_only=True) as session:
            return session.scalar(select(func.count()).select_from(BookingAttempt))

    def release(self, claimed: list[ClaimedAttempt]) -> None:
        with self._databases[0].transaction(SALON, "release") as session:
            for claim in claimed:
                assert attempts.close_held(session, claim.attempt_id, 1, keeps_key=False, state="refused")

    def close(self) -> None:
        self._pool.shutdown()


@pytest.fixture
def race(bench, settings) -> Iterator[Race]:
    databases = [
        Database(settings.database_url, bench.parts.vault, now=bench.clock.now) for _ in range(PROCESSES)
    ]
    race = Race(bench, databases)
    yield race
    race.close()
    for database in databases:
        database.close()


class TestFiftyAtOnce:
    def test_one_wins_each_round_and_the_losers_leave_nothing(self, race):
        for number in range(ROUNDS):
            start = WISHED + timedelta(minutes=30 * number)
            won = race.run(lambda thread, start=start: race.rival(thread, start=start))
            assert len(won) == 1, f"round {number}: {len(won)} winners"
            assert race.active_cells() == CELLS
            assert race.attempts() == number + 1
            race.release(won)
        assert race.active_cells() == 0

    def test_one_slot_lost_and_won_again_has_one_holder_at_a_time(self, race):
        for _ in range(10):
            won = race.run(race.rival)
            assert len(won) == 1
            race.release(won)

    def test_times_that_overlap_are_never_held_together(self, race):
        for _ in range(10):
            won = race.run(
                lambda thread: race.rival(thread, start=WISHED + timedelta(minutes=5 * (thread % 12)))
            )
            spans = sorted(claim.service.occupied(claim.start) for claim in won)
            assert spans
            assert all(not one.overlaps(other) for one, other in itertools.pairwise(spans))
            assert race.active_cells() == CELLS * len(won)
            race.release(won)

    def test_one_wish_resent_is_claimed_once(self, race):
        context = replace(race.command.context, retell_call_id="call_that_was_resent")
        for number in range(10):
            start = WISHED + timedelta(minutes=30 * number)
            won = race.run(lambda _thread, start=start: replace(race.command, context=context, start=start))
            assert len(won) == 1
            race.release(won)

    def test_it_is_the_index_that_decides(self, race, monkeypatch):
        monkeypatch.setattr(attempts, "HELD", None)  # released cells never collide
        assert len(race.run(race.rival)) == THREADS
