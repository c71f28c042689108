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
    function: str | None = None
    """The function of the voice agent that this verb calls, if it does nothing else."""


_WISH = (
    "datum", "uhrzeit", "wortlaut", "dienstleistung", "name", "telefon", "email", "bestaetigung", "mitarbeiter",
    "duration", "fuer_andere", "konfidenz", "reservation_uid",
)  # fmt: skip
_OLD = ("datum", "uhrzeit", "dienstleistung", "name", "telefon", "appointment_id", "grund")
_NEW = ("new_datum", "new_uhrzeit", "old_datum", "old_uhrzeit", "bestaetigung")
_FUNCTION_CALL = ("name", "args")


def _asks(verb: str, function: str, help_text: str, keys: tuple[str, ...]) -> Verb:
    return Verb(verb, f"the agent asks {function}{help_text}", keys, function=function)


_ALL = (
    _asks("check", "check-availability", "", _WISH),
    _asks("book", "collect-appointment", "; bestaetigung: true books", _WISH),
    _asks("cancel", "cancel-appointment", "", _OLD),
    _asks("reschedule", "reschedule-appointment", "; bestaetigung: true moves", (*_OLD, *_NEW)),
    _asks("customer", "check-customer", ": who is calling?", ("name", "telefon")),
    _asks("appointments", "get-customer-appointments", ": what has he got?", _OLD),
    _asks("callback", "request-callback", "", ("name", "telefon", "grund", "notiz", "rueckrufzeit")),
    _asks("next_free", "find-next-available", "", ("dienstleistung", "mitarbeiter", "after", "search_days")),
    _asks("alternatives", "get-alternatives", "", _WISH),
    _asks("services", "list-services", "", ()),
    _asks("hours", "get-opening-hours", "", ("datum",)),
    _asks("reserve", "reserve-slot", "", ("datum", "uhrzeit", "dienstleistung")),
    _asks("release", "release-slot-reservation", "", ("reservation_uid",)),
    Verb("function", "any function of the agent: {name, args}", _FUNCTION_CALL),
    Verb("dispatch", "a function at another address, the dispatcher unless {route: /api/…} says which",
         (*_FUNCTION_CALL, "route")),
    Verb("every_route", "the same at each of the routes; the answer says whether all are identical",
         (*_FUNCTION_CALL, "routes")),
    Verb("raw", "a body of one's own, signed, sent as it is: {path, body}; headers beside those of Retell",
         ("path", "body", "headers")),
    Verb("forged", "a function call that Retell did not sign so: signature missing, wrong, stale or other_route",
         (*_FUNCTION_CALL, "signature")),
    Verb("call_event", "Retell tells how a call goes: call_inbound, call_started, transcript_updated, "
         "call_ended, call_analyzed",
         ("event", "times", "signature", "reason", "said", "successful", "latency_ms", "cost_cents", "without")),
    Verb("says", "the caller says something to the scripted agent", ("text",)),
    Verb("new_call", "hang up and call again: {from, to: number or branch, id: what is sent as call id}",
         ("from", "to", "id")),
    Verb("other_company", "steps of a caller who dialled the other company", nesting=Nesting.STEPS),
    Verb("parallel", "branches side by side, each a call of its own: a list, or {callers, each}",
         ("callers", "each"), nesting=Nesting.BRANCHES),
    Verb("wait", "time passes: 14s"),
    Verb("advance", "the shared clock jumps: 15min, or {to: 2025-10-20 09:00}", ("to",)),
    Verb("free", "exactly these starts are open from now on: a list, or {service, starts}",
         ("service", "starts")),
    Verb("rival_takes", "somebody else books this start at Cal.com", ("start", "service", "event_type_id")),
    Verb("calcom_cancels", "a person cancels the booking at Cal.com: last, or {uid}", ("uid", "reason")),
    Verb("calcom_moves", "a person moves the booking at Cal.com: {to}, last or {uid}", ("uid", "to", "reason")),
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
    Verb("ledger", "look at our ledger now; the answer has the rows of each table"),
    Verb("asked_calcom", "look at Cal.com's journal: what was asked of one operation, how often, and the last of it",
         ("operation",)),
)  # fmt: skip

VERBS: Mapping[str, Verb] = {verb.name: verb for verb in _ALL}

TABLES = (
    "appointments", "bookings", "customers", "attempts", "outbox", "callbacks", "findings", "webhook_events",
    "sentences", "calls", "modifications", "reservations", "calcom_requests", "companies",
)  # fmt: skip
"""What ``finally`` counts: a number or an operator counts rows, a mapping by status, kind, outcome or operation."""
