"""What the console shows of one account, read in one go and without changing anything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from simulator.calcom.accounts import Account, Accounts
from simulator.calcom.exchange import Operation
from simulator.calcom.near_misses import near_miss
from simulator.calcom.presets import PRESETS, list_presets
from simulator.calcom.view import AccountsView
from simulator.console import words
from simulator.control.clock import SteerableClock
from simulator.control.journal import JournalEntry
from simulator.control.routes_journal import checks_of
from simulator.retell.phrasing import BERLIN, instant, weekday
from simulator.retell.week import Cell, Marks, Week, bounds, build_week, monday_of

SHOWN_ROWS = 250
SHOWN_BOOKINGS = 60
SHOWN_DELIVERIES = 60
_WEEKS_AHEAD = 3
_CELL_WORDS = {
    "free": "frei, nehmen",
    "taken": "belegt",
    "own": "per API gebucht, freigeben",
    "rival": "per Klick belegt, freigeben",
    "offered": "reserviert",
    "closed": "geschlossen",
}
_STATUS_PILLS = {"accepted": "is-ok", "pending": "is-warn"}
_UNREAD = 400


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the address asks to see."""

    account: str | None = None
    event_type_id: int | None = None
    monday: date | None = None
    search: str = ""
    opened: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the journal: a request, or a click in the console (no id)."""

    at: datetime
    method: str
    path: str
    about: str
    operation: str
    status: str
    duration: float | None
    id: int | None = None
    fault: str = ""
    kinds: str = ""
    miss: tuple[tuple[str, str], ...] = ()
    entry: JournalEntry | None = None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Console:
    """The whole page."""

    now: datetime
    mode: str
    accounts: tuple[tuple[str, str], ...]
    account: Account
    title: str
    chosen: Chosen
    event_types: list[dict[str, Any]]
    event_type: dict[str, Any] | None
    week: Week | None
    bookings: list[dict[str, Any]]
    booking_count: int
    rows: list[Row]
    counts: dict[str, int]
    faults: list[dict[str, Any]]
    presets: list[dict[str, Any]]
    checks: dict[str, Any]
    deliveries: list[dict[str, Any]]
    limit: str
    note: str = ""


class ConsoleReader:
    """Builds the page's model from the account that was chosen."""

    def __init__(
        self,
        accounts: Accounts,
        clock: SteerableClock,
        view: AccountsView,
        operations: Sequence[Operation],
    ) -> None:
        self._accounts = accounts
        self._clock = clock
        self._view = view
        self._operations = operations

    def read(self, chosen: Chosen) -> Console:
        """The page as it is now; raises ControlError 404 for an unknown account."""
        account = self._accounts.get(chosen.account)
        entries = account.journal.list_entries()
        records = self._view.list_bookings(account.key)
        types = self._view.event_types(account.key)
        event_type = next((t for t in types if t["id"] == chosen.event_type_id), types[0] if types else None)
        rules = [rule.to_json() for rule in account.faults.list_rules()]
        deliveries = [one.to_json() for one in account.deliveries.list_deliveries()]
        return Console(
            now=self._clock.now(),
            mode=getattr(self._clock, "mode", "running"),
            accounts=tuple((one.key, _title(one)) for one in self._accounts.list_accounts()),
            account=account,
            title=_title(account),
            chosen=chosen,
            event_types=types,
            event_type=event_type,
            week=None
            if event_type is None
            else self._week(account, event_type["id"], chosen.monday, records),
            bookings=[_booking(one) for one in sorted(records, key=_start)][-SHOWN_BOOKINGS:],
            booking_count=len(records),
            rows=self._rows(entries, records, chosen, rules),
            counts=_counts(account, entries, rules, deliveries),
            faults=[_fault(rule) for rule in rules],
            presets=list_presets(account),
            checks=checks_of(account, self._clock, entries=entries),
            deliveries=[_delivery(one) for one in deliveries][-SHOWN_DELIVERIES:],
            limit=_limit(account),
            note=chosen.note,
        )

    def _week(
        self, account: Account, event_type_id: int, asked: date | None, records: list[dict[str, Any]]
    ) -> Week:
        present = monday_of(self._clock.now())
        ahead = [present + timedelta(days=7 * week) for week in range(_WEEKS_AHEAD)]

        def free(monday: date) -> list[datetime]:
            return self._view.free_starts(account.key, event_type_id, *bounds(monday))

        monday = monday_of(asked) if asked else next((one for one in ahead if free(one)), present)
        held = getattr(account.world, "reservations", {}).values()
        now = self._clock.now()
        marks = Marks(offered=tuple(one.start for one in held if one.until > now))
        week = build_week(
            monday, free=free(monday), bookings=records, event_type_id=event_type_id, marks=marks
        )
        rows = tuple((label, tuple(_cell(cell) for cell in cells)) for label, cells in week.rows)
        return replace(week, rows=rows)

    def _rows(
        self,
        entries: list[JournalEntry],
        records: list[dict[str, Any]],
        chosen: Chosen,
        rules: list[dict[str, Any]],
    ) -> list[Row]:
        shown = [entry for entry in entries if _mentions(entry, chosen.search)]
        named = {rule["id"]: rule for rule in rules}
        rows = [self._row(entry, named) for entry in shown[-SHOWN_ROWS:]]
        since = rows[0].at if len(shown) > SHOWN_ROWS else None
        clicks = [_click(record) for record in records if record["origin"] == "rival"]
        rows += [
            click
            for click in clicks
            if (since is None or click.at >= since) and (not chosen.search or chosen.search in click.about)
        ]
        return sorted(rows, key=lambda row: (row.at, row.id or 0))

    def _row(self, entry: JournalEntry, rules: dict[str, dict[str, Any]]) -> Row:
        miss = near_miss(entry, self._operations)
        kinds = [
            "is-fault" if entry.fault else "",
            "is-miss" if miss else "",
            "is-refused" if (entry.status or 0) >= _UNREAD or entry.cut else "",
        ]
        rule = rules.get(entry.fault or "")
        return Row(
            at=instant(entry.at) or self._clock.now(),
            method=entry.method,
            path=words.short_path(entry.path),
            about=words.asked_for(entry),
            operation=entry.operation or "",
            status="läuft" if entry.in_flight else "–" if entry.status is None else str(entry.status),
            duration=None if entry.in_flight else entry.duration_ms,
            id=entry.id,
            fault=words.fault_words(entry),
            kinds=" ".join(kind for kind in kinds if kind),
            miss=words.near_miss_words(miss) if miss else (),
            entry=entry,
            rule=words.pretty(_as_text(rule)) if rule else "",
        )


def _limit(account: Account) -> str:
    """The account's rate limit in words."""
    if account.rate_limit is None:
        return "aus"
    raw: Any = account.rate_limit.to_json()
    first = raw[0] if isinstance(raw, list) and raw else raw
    if not isinstance(first, dict) or "limit" not in first:
        return "an"
    return f"{first['limit']} je {first.get('window', 60):g} s"


def _title(account: Account) -> str:
    owner = account.world.user.name
    return account.name if owner == account.name else f"{account.name} · {owner}"


def _cell(cell: Cell) -> Cell:
    """The console calls the rival's cells clicks, and shows reservations where the call page shows offers."""
    if cell.state == "rival":
        return replace(cell, word="Klick")
    if cell.state == "offered":
        return replace(cell, word="res.")
    return cell


def cell_label(cell: Cell) -> str:
    """What a screen reader says of a cell."""
    local = cell.start.astimezone(BERLIN)
    return f"{weekday(local.date())} {local:%d.%m. %H:%M}, {_CELL_WORDS.get(cell.state, cell.state)}"


def _click(record: dict[str, Any]) -> Row:
    start, made = instant(record["start"]), instant(record["createdAt"])
    about = f"Slot {start.astimezone(BERLIN):%d.%m. %H:%M} genommen" if start else "Slot genommen"
    at = made or start
    assert at is not None  # noqa: S101 (a booking has both)
    return Row(at, "Konsole:", "", about, "take_slot", "201", None, kinds="is-click")


def _booking(record: dict[str, Any]) -> dict[str, Any]:
    attendees = record.get("attendees") or []
    is_click = record["origin"] == "rival"
    live = record["status"] in ("accepted", "pending")
    return {
        "uid": record["uid"],
        "start": instant(record["start"]),
        "name": "per Klick" if is_click else (attendees[0].get("name") if attendees else "ohne Namen"),
        "status": "belegt" if is_click and live else record["status"],
        "pill": "is-click" if is_click and live else _STATUS_PILLS.get(record["status"], ""),
    }


def _start(record: dict[str, Any]) -> str:
    return str(record["start"])


def _fault(rule: dict[str, Any]) -> dict[str, Any]:
    titles = {preset.name: preset.title for preset in PRESETS}
    times = rule.get(
        "times", 1 if not any(key in rule for key in ("sequence", "window", "share", "ramp")) else None
    )
    return {
        "id": rule["id"],
        "title": titles.get(rule.get("name", ""), rule.get("name") or rule.get("on", "*")),
        "words": words.rule_words(rule),
        "fired": rule["fired"],
        "times": times if isinstance(times, int) else None,
        "json": words.pretty(_as_text(rule)),
    }


def _delivery(one: dict[str, Any]) -> dict[str, Any]:
    return {
        **one,
        "at": instant(one["sent_at"] or one["created_at"]),
        "due": instant(one["due_at"]) if one["due_at"] else None,
    }


def _counts(
    account: Account,
    entries: list[JournalEntry],
    rules: list[dict[str, Any]],
    deliveries: list[dict[str, Any]],
) -> dict[str, int]:
    return {
        "requests": len(entries),
        "unmatched": sum(entry.operation is None and not entry.in_flight for entry in entries),
        "faulted": sum(entry.fault is not None for entry in entries),
        "refused": sum((entry.status or 0) >= _UNREAD or entry.cut for entry in entries),
        "kept": account.journal.size,
        "capacity": account.journal.capacity,
        "dropped": account.journal.dropped,
        "set": len(rules),
        "fired": sum(rule["fired"] > 0 for rule in rules),
        "sent": sum(one["status"] in ("delivered", "failed") for one in deliveries),
        "pending": sum(one["status"] == "pending" for one in deliveries),
    }


def _mentions(entry: JournalEntry, search: str) -> bool:
    if not search:
        return True
    wanted = search.lower()
    texts = (entry.method, entry.path, entry.query, entry.operation or "", entry.body, entry.response_body)
    return any(wanted in text.lower() for text in texts)


def _as_text(rule: dict[str, Any] | None) -> str:
    return json.dumps(rule, ensure_ascii=False)
