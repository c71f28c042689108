"""Whose data is where: rows, answers and log lines that hold what belongs to another company or to no log."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from harness.books import CalcomBooks, Ledger, Row, metadata, ours_at_calcom
from harness.events import Exchange, Lane

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w-])\+\d[\d /-]{6,}\d")
_LEAST_CHARACTERS = 5
_LAST_DIGITS = 8


def json_of(text: str) -> dict[str, Any]:
    """A JSON object, or an empty one where the text is none."""
    try:
        data = json.loads(text)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def mixed_rows(ledger: Ledger) -> list[str]:
    """Rows that point at a row of another company."""
    owners = {
        "customer_id": {row["id"]: row["company_id"] for row in ledger.customers},
        "appointment_id": {row["id"]: row["company_id"] for row in ledger.appointments},
        "attempt_id": {row["id"]: row["company_id"] for row in ledger.attempts},
    }
    facts = []
    for table in ("appointments", "attempts", "outbox", "callbacks", "findings", "modifications"):
        for row in getattr(ledger, table):
            for column, owner in owners.items():
                other = owner.get(row.get(column), row["company_id"])
                if other != row["company_id"]:
                    owned = f"{table} {row['id']} of company {row['company_id']}"
                    facts.append(f"{owned} has a {column} of company {other}.")
    return facts


def mixed_bookings(ledger: Ledger, calcom: CalcomBooks) -> list[str]:
    """Bookings made for one company's call in another's account."""
    calls = {row["retell_call_id"]: row["company_id"] for row in ledger.attempts}
    return [
        f"Booking {row['uid']} stands in company {company_id}'s account for a call of company {calls[call]}."
        for company_id, row in calcom.all_bookings()
        if ours_at_calcom(row)
        and (call := metadata(row).get("call_id")) in calls
        and calls[call] != company_id
    ]


def mixed_texts(ledger: Ledger, exchanges: Sequence[Exchange]) -> list[str]:
    """Answers, sentences and log lines of one company that hold a word only another company knows."""
    words = _words_of_one(ledger)
    calls = {row["retell_call_id"]: row["company_id"] for row in [*ledger.sentences, *ledger.attempts]}
    facts = []
    for where, company_id, text in _texts(ledger, exchanges, calls):
        facts += [
            f"{where} of company {company_id} holds “{word}” of company {owner}."
            for word, owner in words.items()
            if owner != company_id and word in text
        ]
    return facts


def personal_data(ledger: Ledger, exchanges: Sequence[Exchange]) -> list[str]:
    """Log lines with an e-mail address or a phone number; the fact names the line, not the data."""
    known = _known_numbers(ledger, exchanges)
    facts = []
    for number, line in enumerate(ledger.log, start=1):
        text = json.dumps(line, ensure_ascii=False, default=str)
        digits = re.sub(r"[ /()-]", "", text)
        if _EMAIL.search(text):
            facts.append(f"Log line {number} ({line.get('event')}) holds an e-mail address.")
        if _PHONE.search(text) or any(each in digits for each in known):
            facts.append(f"Log line {number} ({line.get('event')}) holds a phone number.")
    return facts


def _words_of_one(ledger: Ledger) -> dict[str, object]:
    """Names, numbers, addresses and ids that exactly one company holds."""
    owners: dict[str, set[object]] = {}
    for row in ledger.customers:
        for column in ("name", "phone", "email"):
            _own(owners, row, column)
    for row in ledger.appointments:
        for column in ("calcom_booking_uid", "retell_call_id", "customer_name"):
            _own(owners, row, column)
    for row in ledger.attempts:
        _own(owners, row, "retell_call_id")
    return {word: next(iter(held)) for word, held in owners.items() if len(held) == 1}


def _own(owners: dict[str, set[object]], row: Row, column: str) -> None:
    word = row.get(column)
    if isinstance(word, str) and len(word) >= _LEAST_CHARACTERS:
        owners.setdefault(word, set()).add(row["company_id"])


def _texts(
    ledger: Ledger, exchanges: Sequence[Exchange], calls: dict[object, object]
) -> Iterable[tuple[str, object, str]]:
    for row in ledger.sentences:
        yield "A sentence", row["company_id"], str(row.get("message"))
    for line in ledger.log:
        if line.get("company_id") is not None:
            yield f"Log line {line.get('event')}", line["company_id"], json.dumps(line, default=str)
    for exchange in exchanges:
        if exchange.target is Lane.GATEWAY and exchange.call_id in calls:
            yield f"An answer to {exchange.title}", calls[exchange.call_id], exchange.response


def _known_numbers(ledger: Ledger, exchanges: Sequence[Exchange]) -> set[str]:
    numbers = {str(row.get("phone") or "") for row in ledger.customers}
    for exchange in exchanges:
        call = json_of(exchange.request).get("call")
        if isinstance(call, dict):
            numbers.add(str(call.get("from_number") or ""))
    digits = {re.sub(r"\D", "", each)[-_LAST_DIGITS:] for each in numbers}
    return {each for each in digits if len(each) == _LAST_DIGITS}
