"""``/__admin/requests`` and ``/__admin/checks``: what was asked and answered, and what it says of the client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, jsonify

from simulator.calcom.accounts import Account, Accounts
from simulator.calcom.client_checks import PATIENCE_SECONDS, Evidence, check_client
from simulator.calcom.exchange import Operation
from simulator.calcom.near_misses import near_miss
from simulator.control.asking import asked_account, asked_object, asks_for_all, seconds_of_query, whole_number
from simulator.control.clock import Clock
from simulator.control.errors import bad_value
from simulator.control.journal import (
    FIND_KEYS,
    Journal,
    JournalEntry,
    check_wanted,
    count_entries,
    find_entries,
)


def add_journal_routes(
    blueprint: Blueprint, accounts: Accounts, clock: Clock, operations: Sequence[Operation]
) -> None:
    """Reading, searching and clearing the journal, and the checks over it."""

    def shown(entry: JournalEntry) -> dict[str, Any]:
        miss = near_miss(entry, operations)
        return {**entry.to_json(), "near_miss": miss.to_json() if miss else None}

    @blueprint.get("/requests")
    def list_requests() -> Response:
        entries, dropped = _entries(accounts, whole_number("after"))
        return jsonify({"requests": [shown(entry) for entry in entries], "dropped": dropped})

    @blueprint.delete("/requests")
    def clear_requests() -> Response:
        for journal in _journals(accounts):
            journal.clear()
        return jsonify({"requests": [], "dropped": 0})

    @blueprint.post("/requests/find")
    def find_requests() -> Response:
        wanted = asked_object(*FIND_KEYS)
        check_wanted(wanted)
        entries, dropped = _entries(accounts, 0)
        found = list(find_entries(entries, wanted))
        return jsonify(
            {
                "count": len(found),
                "counts": count_entries(found),
                "requests": [shown(entry) for entry in found],
                "dropped": dropped,
            }
        )

    @blueprint.get("/requests/near-misses")
    def list_near_misses() -> Response:
        entries, dropped = _entries(accounts, 0)
        missed = [entry for entry in entries if entry.operation is None and not entry.in_flight]
        return jsonify(
            {"count": len(missed), "requests": [shown(entry) for entry in missed], "dropped": dropped}
        )

    @blueprint.get("/checks")
    def get_checks() -> Response:
        if asks_for_all():
            raise bad_value("account", "must name one account; a client is checked by its own journal")
        account = asked_account(accounts)
        return jsonify(checks_of(account, clock, seconds_of_query("patience", PATIENCE_SECONDS)))


def checks_of(
    account: Account,
    clock: Clock,
    patience: float = PATIENCE_SECONDS,
    entries: Sequence[JournalEntry] | None = None,
) -> dict[str, Any]:
    """The checks of one account's client; ``complete`` says whether the journal still holds everything.

    ``entries`` are the journal's, where the caller has read it already.
    """
    with account.world.lock:
        origins = {uid: booking.origin.value for uid, booking in account.world.bookings.items()}
    kept = account.journal.list_entries() if entries is None else entries
    evidence = Evidence(kept, origins, clock.now(), patience)
    complete = account.journal.dropped == 0
    checks = [check.to_json(complete=complete) for check in check_client(evidence)]
    held = sum(check["state"] == "holds" for check in checks)
    return {"checks": checks, "held": held, "of": len(checks), "complete": complete, "patience": patience}


def _journals(accounts: Accounts) -> list[Journal]:
    if not asks_for_all():
        return [asked_account(accounts).journal]
    return [*(account.journal for account in accounts.list_accounts()), accounts.unassigned]


def _entries(accounts: Accounts, after: int) -> tuple[list[JournalEntry], int]:
    journals = _journals(accounts)
    entries = [entry for journal in journals for entry in journal.list_entries(after)]
    return sorted(entries, key=lambda entry: entry.id), sum(journal.dropped for journal in journals)
