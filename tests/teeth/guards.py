"""Every guard of the gateway, the scenario that fails without it, and a gateway without it.

A guard that stands in no row here does not count. Each row takes away exactly one guard, by another policy or
a patched part; the gateway itself has no switch for any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.calcom.client import CalcomClient
from app.domain.booking_check import (
    Guard,
    created_freshly,
    metadata_is_ours,
    start_is_asked,
    uid_is_unknown,
)
from app.domain.identifiers import CompanyId
from app.domain.outcomes import Accepted, BookingOutcome, Done, Replied, SlotList
from app.domain.statuses import AttemptState, Told
from app.storage.database import Database
from app.usecases.asking import booking_request
from app.usecases.claiming import _new_attempt, _row
from app.usecases.parts import BookingRules, ClaimedAttempt, Parts, Recheck
from app.wiring import GatewayPolicy, gateway_policy

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, slots=True)
class MissingGuard:
    """One guard taken away: its name, the scenario that must fail, and the policy without it."""

    guard: str
    scenario: str
    policy: Callable[[], GatewayPolicy]


def without_belief(guard: Guard) -> GatewayPolicy:
    """Return a policy that believes what this guard would doubt."""
    policy = gateway_policy()
    belief = tuple(each for each in policy.booking.belief if each is not guard)
    adoption = tuple(each for each in policy.booking.adoption if each is not guard)
    return replace(policy, booking=replace(policy.booking, belief=belief, adoption=adoption))


def with_rules(**changes: Any) -> GatewayPolicy:
    """Return a policy whose booking rules differ in one place."""
    policy = gateway_policy()
    rules: BookingRules = replace(policy.booking, **changes)
    return replace(policy, booking=rules)


def trust_the_check(_parts: Parts, _claimed: ClaimedAttempt) -> Recheck:
    """Take the slot for free, because it was when it was checked."""
    return Recheck(gone=False, starts=None)


def claim_nothing(parts: Parts, command: Any, key: str) -> ClaimedAttempt:
    """Open an attempt that holds no cells and looks at no other appointment."""
    claimed = _new_attempt(parts, command)
    with parts.transactions.transaction(claimed.company_id, "claim") as session:
        row = _row(parts, claimed, key)
        session.add(row)
    return claimed


def post_again(parts: Parts, claimed: ClaimedAttempt, outcome: BookingOutcome) -> BookingOutcome:
    """Take an unknown outcome for a failure and send the request again."""
    if type(outcome).__name__ != "Unknown":
        return outcome
    again = parts.calendar.create_booking(claimed.account, booking_request(claimed), timeout=3.0)
    return Accepted(again.seen) if isinstance(again, Replied) else again


def leave_it_there(*_: object) -> Done:
    """Say that a booking was taken back, and do nothing."""
    return Done()


def never_mind(parts: Parts, claimed: ClaimedAttempt) -> bool:
    """Close an open attempt without looking at Cal.com."""
    from app.storage import attempts  # noqa: PLC0415 - only this patched part writes so

    with parts.transactions.transaction(claimed.company_id, "never_mind") as session:
        return attempts.close_held(
            session,
            claimed.attempt_id,
            claimed.lease_number,
            keeps_key=False,
            state=AttemptState.FAILED,
            told=Told.FAILED,
            closed_at=parts.clock.now(),
        )


class ClockTimeCalendar(CalcomClient):
    """Reads the clock digits of a UTC slot as Berlin time, as the original gateway did (incident 0.1)."""

    def _fetch_slots(self, *args: Any) -> Any:
        slots = super()._fetch_slots(*args)
        if not isinstance(slots, SlotList):
            return slots
        return SlotList(tuple(_relabelled(start) for start in slots.starts))


def _relabelled(start: datetime) -> datetime:
    return start.replace(tzinfo=BERLIN).astimezone(UTC)


class UnscopedDatabase(Database):
    """Sees every company's rows in every transaction."""

    @contextmanager
    def transaction(self, company_id: CompanyId, label: str, **options: Any) -> Iterator[Session]:
        with self.sweep("no scope", label, **options) as session:
            yield session


MISSING_GUARDS = (
    MissingGuard("freshness", "stale_booking_with_our_ids", lambda: without_belief(created_freshly)),
    MissingGuard("foreign metadata", "foreign_call_id", lambda: without_belief(metadata_is_ours)),
    MissingGuard("known uid", "known_uid", lambda: without_belief(uid_is_unknown)),
    MissingGuard("moved start", "moved_start", lambda: without_belief(start_is_asked)),
    MissingGuard("uncached re-check", "slot_taken_in_between", lambda: with_rules(recheck=trust_the_check)),
    MissingGuard("claim", "five_callers", lambda: with_rules(claim=claim_nothing)),
    MissingGuard("look-up before a second POST", "lost_reply", lambda: with_rules(look_up=post_again)),
    MissingGuard("compensation", "settle_fails", lambda: with_rules(compensate=leave_it_there)),
    MissingGuard("recovery", "late_commit", lambda: with_rules(recover=never_mind)),
    MissingGuard("UTC conversion", "utc_trap", lambda: replace(gateway_policy(), calendar=ClockTimeCalendar)),
    MissingGuard(
        "Retell's signature",
        "forged_function_call",
        lambda: replace(gateway_policy(), verify_retell=lambda _settings: lambda *_: True),
    ),
    MissingGuard(
        "Cal.com's signature",
        "forged_webhook",
        lambda: replace(gateway_policy(), verify_calcom=lambda *_: True),
    ),
    MissingGuard(
        "tenancy scope",
        "companies_share_nothing",
        lambda: replace(
            gateway_policy(), database=lambda url, vault, now: UnscopedDatabase(url, vault, now=now)
        ),
    ),
)
