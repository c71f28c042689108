"""Errors and what explains them: a fault that was injected into the same call, or a crash we caused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.books import Ledger, Row
from harness.events import Exchange, Lane
from harness.privacy import json_of

_ERROR_STATUSES = frozenset({"error", "timeout", "circuit_open", "partial_booking"})
_ERROR_LEVELS = frozenset({"error", "critical", "exception"})
_REFUSALS = frozenset({400, 404, 409})
_SERVER_ERROR = 500
_CLIENT_ERROR = 400


def unexplained(
    ledger: Ledger, faults: Iterable[Row], exchanges: Sequence[Exchange], crashes: int
) -> list[str]:
    """Errors in answers, upstream calls and logs that nothing we did explains."""
    fired = [row for row in faults if row.get("fired")]
    touched = {each.call_id for each in exchanges if each.fault}
    everywhere = crashes > 0 or any(row.get("where") == "gateway" for row in fired)
    facts = [_upstream(each) for each in exchanges if _is_upstream_error(each) and not each.fault]
    if everywhere or (fired and None in touched):
        return facts
    facts += [
        _answer(each)
        for each in exchanges
        if _is_bad_answer(each) and each.call_id not in touched and not (fired and _is_kept_out(each))
    ]
    facts += [
        f"The log has “{line.get('event')}” at level {line['level']} in call {line.get('retell_call_id')}."
        for line in ledger.log
        if str(line.get("level")).lower() in _ERROR_LEVELS and line.get("retell_call_id") not in touched
    ]
    return facts


def _is_upstream_error(exchange: Exchange) -> bool:
    if exchange.target is not Lane.CALCOM:
        return False
    if exchange.status is None:
        return True
    return exchange.status >= _CLIENT_ERROR and exchange.status not in _REFUSALS


def _is_bad_answer(exchange: Exchange) -> bool:
    if exchange.target is not Lane.GATEWAY:
        return False
    if exchange.status is None or exchange.status >= _SERVER_ERROR:
        return True
    return json_of(exchange.response).get("status") in _ERROR_STATUSES


def _is_kept_out(exchange: Exchange) -> bool:
    """Whether nothing was sent because of what other calls had met: a breaker that is open, a limit."""
    answer = json_of(exchange.response)
    return (
        "circuit_open" in {answer.get("status"), answer.get("reason")}
        or answer.get("reason") == "rate_limited"
    )


def _upstream(exchange: Exchange) -> str:
    return f"{exchange.title} at Cal.com came to “{exchange.result}”, and no fault was injected there."


def _answer(exchange: Exchange) -> str:
    return f"{exchange.title} in {exchange.call_id} was answered “{exchange.result}”, without a fault in it."
