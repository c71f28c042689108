"""How often a function of the voice agent asks the database: bounded, since each time costs the caller."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from app.usecases.functions import FUNCTIONS
from tests.integration.bench import CALL, CALLER, MITTE, Bench

MONDAY = {"datum": "20.10.2025", "uhrzeit": "14:00"}
BOOKING = {**MONDAY, "name": "Erika Muster", "bestaetigung": True}
ARGUMENTS = {
    "check-availability": MONDAY,
    "collect-appointment": BOOKING,
    "book-appointment": BOOKING,
    "get-alternatives": MONDAY,
    "reserve-slot": MONDAY,
    "cancel-appointment": {"datum": "20.10.2025"},
    "reschedule-appointment": {"new_datum": "21.10.2025", "new_uhrzeit": "14:00"},
    "request-callback": {"name": "Erika Muster"},
    "parse-date": {"datum": "morgen"},
    "get-service-info": {"dienstleistung": "Haarschnitt"},
}
"""What each function is asked; all others need nothing."""

WRITES_A_BOOKING = {"collect-appointment", "book-appointment"}
MOST_STATEMENTS, MOST_TRANSACTIONS = 16, 12
MOST_FOR_A_BOOKING, MOST_TRANSACTIONS_FOR_A_BOOKING = 42, 18


@contextmanager
def counting(bench: Bench) -> Iterator[Counter[str]]:
    counts: Counter[str] = Counter()

    def count(_connection, _cursor, statement, *_rest):
        if not statement.startswith("PRAGMA"):  # SQLite's own settings
            counts["transactions" if statement.startswith("BEGIN") else "statements"] += 1

    engine = bench.gateway.database._engine
    event.listen(engine, "before_cursor_execute", count)
    yield counts
    event.remove(engine, "before_cursor_execute", count)


def ask(bench: Bench, function: str) -> str:
    call = {"call_id": CALL, "from_number": CALLER, "to_number": MITTE}
    body = {"name": function, "args": ARGUMENTS.get(function, {}), "call": call}
    return bench.call_function(function, body).get_json()["status"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_asks_the_database_a_bounded_number_of_times(bench, function):
    ask(bench, "initialize-call")  # the call is known by now, as it is in a real one
    with counting(bench) as counts:
        status = ask(bench, function)
    print(function, status, dict(counts))
    is_booking = function in WRITES_A_BOOKING
    assert counts["statements"] <= (MOST_FOR_A_BOOKING if is_booking else MOST_STATEMENTS)
    assert counts["transactions"] <= (MOST_TRANSACTIONS_FOR_A_BOOKING if is_booking else MOST_TRANSACTIONS)
    assert status not in {"error", "unknown_function", "rate_limit_exceeded"}
