"""May this appointment be cancelled or moved now, and what does it cost?

The narrowest rule wins: one of a staff member before one of a service, of a branch, of the company; where there
is none, everything is allowed and free (incidents, section 4). Deadlines count real hours, so that the night
the clocks change is as long as it is. What is said are whole hours and whole euros (incident 1.24).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class ChangeKind(StrEnum):
    """What a rule is about."""

    CANCELLATION = "cancellation"
    RESCHEDULE = "reschedule"


class Denial(StrEnum):
    """Why a change is not allowed; the words are the `reason` of the answer."""

    DEADLINE_MISSED = "deadline_missed"
    QUOTA_EXCEEDED = "quota_exceeded"
    POLICY_VIOLATION = "policy_violation"
    MAX_RESCHEDULES_REACHED = "max_reschedules_reached"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule with the places it is attached to; None there means "any"."""

    kind: ChangeKind
    rules: Mapping[str, Any]
    staff_id: str | None = None
    service_id: int | None = None
    branch_id: str | None = None
    number: int = 0
    """Of two equally narrow rules the newer, higher one counts."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The appointment that somebody wants to change."""

    starts_at: datetime
    staff_id: str | None
    service_id: int
    branch_id: str
    rescheduled_count: int = 0
    cancelled_this_month: int = 0
    """How often its customer has cancelled in the current month."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a change is allowed, and its fee."""

    denial: Denial | None = None
    fee_cents: int = 0
    hours_before: int | None = None
    """The missed deadline, in whole hours."""
    limit: int | None = None
    """The quota that is used up."""

    @property
    def allowed(self) -> bool:
        """Return whether the change may happen."""
        return self.denial is None


ALLOWED = Verdict()


class UnreadableRules(ValueError):
    """A stored rule is of no known shape; such a change is for a person to decide."""


@dataclass(frozen=True, slots=True)
class _Terms:
    """The rules of one policy, read."""

    allowed: bool = True
    hours_before: int | None = None
    most_cancellations: int | None = None
    most_moves: int | None = None
    tiers: tuple[tuple[timedelta | None, bool, int], ...] = field(default=())
    """(hours before, whether exactly that many belong to it, cents), the first that fits counts."""


def narrowest(rules: Iterable[Rule], kind: ChangeKind, subject: Subject) -> Rule | None:
    """Return the rule that holds for an appointment, or None."""
    fitting = [rule for rule in rules if rule.kind == kind and _fits(rule, subject)]
    return max(fitting, key=_narrowness, default=None)


def decide_change(rule: Rule | None, subject: Subject, now: datetime) -> Verdict:
    """Return whether the change is allowed at `now`, with its fee; without a rule it is, for free."""
    if rule is None:
        return ALLOWED
    try:
        terms = _read(rule.rules)
    except UnreadableRules:
        return Verdict(Denial.POLICY_VIOLATION)
    if not terms.allowed:
        return Verdict(Denial.POLICY_VIOLATION)
    left = subject.starts_at - now
    if terms.hours_before is not None and left < timedelta(hours=terms.hours_before):
        return Verdict(Denial.DEADLINE_MISSED, hours_before=terms.hours_before)
    return _within_quota(rule.kind, terms, subject) or Verdict(fee_cents=_fee(terms, left))


def _within_quota(kind: ChangeKind, terms: _Terms, subject: Subject) -> Verdict | None:
    if kind is ChangeKind.CANCELLATION:
        most = terms.most_cancellations
        if most is not None and subject.cancelled_this_month >= most:
            return Verdict(Denial.QUOTA_EXCEEDED, limit=most)
        return None
    most = terms.most_moves
    if most is not None and subject.rescheduled_count >= most:
        return Verdict(Denial.MAX_RESCHEDULES_REACHED, limit=most)
    return None


def _fits(rule: Rule, subject: Subject) -> bool:
    return all(
        wanted is None or wanted == given
        for wanted, given in (
            (rule.staff_id, subject.staff_id),
            (rule.service_id, subject.service_id),
            (rule.branch_id, subject.branch_id),
        )
    )


def _narrowness(rule: Rule) -> tuple[bool, bool, bool, int]:
    places = (rule.staff_id, rule.service_id, rule.branch_id)
    staff, service, branch = (place is not None for place in places)
    return staff, service, branch, rule.number


def _fee(terms: _Terms, left: timedelta) -> int:
    for from_hours, inclusive, cents in terms.tiers:
        if from_hours is None or left > from_hours or (inclusive and left == from_hours):
            return cents
    return 0


def _read(rules: Mapping[str, Any]) -> _Terms:
    tiers = rules.get("fee_tiers", ())
    if not isinstance(tiers, list | tuple) or not isinstance(rules.get("allowed", True), bool):
        raise UnreadableRules("fee_tiers must be a list and allowed true or false")
    return _Terms(
        allowed=rules.get("allowed", True),
        hours_before=_whole(rules, "hours_before"),
        most_cancellations=_whole(rules, "max_cancellations_per_month"),
        most_moves=_whole(rules, "max_reschedules_per_appointment"),
        tiers=tuple(_tier(entry) for entry in tiers),
    )


def _tier(entry: object) -> tuple[timedelta | None, bool, int]:
    """Return one tier: {"above_hours": 48, "fee_cents": 0}, {"from_hours": 24, …}, or without hours: the rest."""
    if not isinstance(entry, Mapping):
        raise UnreadableRules("a fee tier must be an object")
    above, at_least, cents = (_whole(entry, name) for name in ("above_hours", "from_hours", "fee_cents"))
    if cents is None or (above is not None and at_least is not None):
        raise UnreadableRules("a fee tier needs fee_cents and at most one of above_hours and from_hours")
    hours = at_least if above is None else above
    return None if hours is None else timedelta(hours=hours), above is None, cents


def _whole(rules: Mapping[str, Any], name: str) -> int | None:
    value = rules.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise UnreadableRules(f"{name} must be a whole number")
    return value
