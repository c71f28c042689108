"""What ``finally`` counts: rows of both ledgers, by number or by their status, kind or operation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from harness.books import LIVE_BOOKING, CalcomBooks, Ledger, Row, ours_at_calcom
from harness.events import Expectation
from harness.expectations import OPERATORS, judge
from harness.worlds.world import Tenant

_GROUPED_BY = {
    "appointments": "status",
    "attempts": "state",
    "outbox": "kind",
    "callbacks": "priority",
    "findings": "kind",
    "webhook_events": "status",
    "sentences": "claim",
    "calls": "outcome",
    "modifications": "kind",
    "bookings": "status",
    "calcom_requests": "operation",
}


def judge_final(
    wanted: Mapping[str, Any], ledger: Ledger, calcom: CalcomBooks, tenants: Iterable[Tenant]
) -> list[Expectation]:
    """One expectation for each count; ``companies`` holds the same by company key."""
    found: list[Expectation] = []
    for table, value in wanted.items():
        if table == "companies":
            found += _by_company(value, ledger, calcom, {each.key: each for each in tenants})
        else:
            found += _judge_table(table, value, rows_of(table, ledger, calcom), table)
    return found


def rows_of(table: str, ledger: Ledger, calcom: CalcomBooks) -> list[Row]:
    """The rows that a word of ``finally`` means; bookings are those we made through the API."""
    if table == "bookings":
        return [row for _company, row in calcom.all_bookings() if ours_at_calcom(row)]
    if table == "calcom_requests":
        return [row for company in sorted(calcom.requests) for row in calcom.requests[company]]
    return list(getattr(ledger, table))


def _by_company(
    value: Mapping[str, Mapping[str, Any]], ledger: Ledger, calcom: CalcomBooks, tenants: Mapping[str, Tenant]
) -> list[Expectation]:
    found: list[Expectation] = []
    for key, wanted in value.items():
        if key not in tenants:
            found.append(Expectation(f"there is a company {key}", False, key, ", ".join(tenants)))
            continue
        company_id = tenants[key].company_id
        mine = CalcomBooks(
            {company_id: calcom.bookings.get(company_id, ())},
            {company_id: calcom.requests.get(company_id, ())},
        )
        for table, each in wanted.items():
            rows = rows_of(table, ledger.of(company_id), mine)
            found += _judge_table(table, each, rows, f"{table} of {key}")
    return found


def _judge_table(table: str, wanted: Any, rows: list[Row], name: str) -> list[Expectation]:
    if isinstance(wanted, Mapping) and not all(key in OPERATORS for key in wanted):
        column = _GROUPED_BY.get(table, "status")
        counts = Counter(str(row.get(column)) for row in rows)
        return judge(wanted, {**dict.fromkeys(map(str, wanted), 0), **counts}, path=name)
    return judge(wanted, len(_counted(table, rows)), path=name)


def _counted(table: str, rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.get("status") in LIVE_BOOKING] if table == "bookings" else rows
