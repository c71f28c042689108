"""What a control request says: its account, its body, its numbers; wrong ones are refused by name."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from flask import request

from simulator.calcom.accounts import Account, Accounts
from simulator.control.errors import bad_value, unknown_key

ALL_ACCOUNTS = "*"
_MOST_DIGITS = 15


def asks_for_all() -> bool:
    """Whether the request means all accounts."""
    return request.args.get("account") == ALL_ACCOUNTS


def asked_account(accounts: Accounts) -> Account:
    """The account of ``?account=``, the demo account without it; 404 for an unknown one."""
    return accounts.get(request.args.get("account"))


def asked_object(*known: str) -> dict[str, Any]:
    """The body as an object; with ``known``, other keys are refused by name."""
    body = request.get_json(silent=True, force=True) if request.get_data() else {}
    if not isinstance(body, dict):
        raise bad_value("body", "must be a JSON object")
    for key in body:
        if known and key not in known:
            raise unknown_key("key", key, known)
    return body


def whole_number(name: str) -> int:
    """A number of the query, 0 when it isn't there."""
    text = request.args.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise bad_value(name, f"must be a whole number, not {text!r}")
    return int(text)


def seconds_of_query(name: str, default: float) -> float:
    """Seconds of the query, from 0 up."""
    text = request.args.get(name)
    try:
        value = default if text is None else float(text)
    except ValueError:
        value = -1.0
    if not (math.isfinite(value) and value >= 0):
        raise bad_value(name, f"must be a number of seconds from 0 up, not {text!r}")
    return value


def utc_text(instant: datetime) -> str:
    """ISO in UTC with milliseconds."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
