"""The words of scenario files: each verb with the keys it takes, each table that ``finally`` can count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Nesting(StrEnum):
    """Whether a verb holds other steps: none, a list of them, or branches that run side by side."""

    NONE = "none"
    STEPS = "steps"
    BRANCHES = "branches"


@dataclass(frozen=True, slots=True)
class Verb:
    """A kind of step; ``keys`` None: the value is passed on as it is."""

    name: str
    help: str
    keys: tuple[str, ...] | None = None
    nesting: Nesting = Nesting.NONE


_WISH = (
    "datum", "uhrzeit", "dienstleistung", "name", "telefon", "email", "bestaetigung", "mitarbeiter",
    "duration",
)  # fmt: skip

_ALL = (
    Verb("check", "the agent asks check-availability", _WISH),
    Verb("book", "the agent asks collect-appointment; bestaetigung: true books", _WISH),
    Verb("function", "any function of the agent: {name, args}", ("name", "args")),
    Verb("forged", "a function call that Retell did not sign so: signature missing, wrong, stale or other_route",
         ("name", "args", "signature")),
    Verb("says", "the caller says something to the scripted agent", ("text",)),
    Verb("new_call", "hang up and call again: {from, to}", ("from", "to")),
    Verb("other_company", "steps of a caller who dialled the other company", nesting=Nesting.STEPS),
    Verb("parallel", "branches side by side, each a call of its own: a list, or {callers, each}",
         ("callers", "each"), nesting=Nesting.BRANCHES),
    Verb("wait", "time passes: 14s"),
    Verb("advance", "the shared clock jumps: 15min, or {to: 2025-10-20 09:00}", ("to",)),
    Verb("free", "exactly these starts are open from now on"),
    Verb("rival_takes", "somebody else books this start at Cal.com", ("start", "event_type_id")),
    Verb("calcom_cancels", "a person cancels the booking at Cal.com: last, or {uid}", ("uid", "reason")),
    Verb("calcom_loses", "the booking vanishes from Cal.com without a word: last, or {uid}", ("uid",)),
    Verb("fault", "a fault at Cal.com, as its control API takes it",
         ("on", "when", "effect", "delay", "times", "skip", "probability", "share", "seed", "match")),
    Verb("clear_faults", "remove all faults at Cal.com"),
    Verb("gateway_fault", "a fault inside the gateway: {at: settle, effect: db_error, times: 1}",
         ("at", "effect", "times")),
    Verb("crash_gateway", "kill the gateway; {restart: false} leaves it dead", ("restart",)),
    Verb("start_gateway", "start the gateway if it is dead"),
    Verb("webhook", "Cal.com tells the gateway about a booking",
         ("trigger", "of", "times", "shape", "signature", "created_at")),
    Verb("run_worker", "the worker does what is due"),
    Verb("reconcile", "compare both ledgers and write findings"),
    Verb("ledger", "look at our ledger now; the answer has a count for each table"),
)  # fmt: skip

VERBS: Mapping[str, Verb] = {verb.name: verb for verb in _ALL}

TABLES = (
    "appointments", "bookings", "customers", "attempts", "outbox", "callbacks", "findings", "webhook_events",
    "sentences", "calcom_requests", "companies",
)  # fmt: skip
"""What ``finally`` counts: a number or an operator counts rows, a mapping by status, kind or operation."""
