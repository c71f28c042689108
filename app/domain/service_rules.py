"""What a service must be before it may be booked: whole in itself, and the same as its event type at Cal.com.

Eleven of thirteen services of the original named event types that were not in the company's account (incident
1.15); one checked fifteen minutes and booked thirty (incident 1.14).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.domain.event_types import EventTypeSeen
from app.domain.identifiers import BranchId, EventTypeId, ServiceId, StaffId
from app.domain.services import Segment, total_minutes

SHORTEST_MINUTES, LONGEST_MINUTES = 5, 24 * 60
LONGEST_BUFFER = 4 * 60
LONGEST_NOTICE = 60 * 24 * 60
LONGEST_NAME = 200
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class ServiceDraft:
    """A service as somebody wants to save it."""

    name: str
    slug: str
    event_type_id: EventTypeId
    duration_minutes: int | None = None
    """May be left out where segments say it."""
    service_id: ServiceId | None = None
    """The one to change; None makes a new one."""
    branch_id: BranchId | None = None
    """None: every branch."""
    staff_id: StaffId | None = None
    """None: Cal.com picks the host."""
    synonyms: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    minimum_notice_minutes: int | None = None
    is_default: bool = False
    is_active: bool = True
    priority: int = 100

    @property
    def minutes(self) -> int | None:
        """Return its whole length: of the segments and their gaps, where there are any (incident 1.34)."""
        return total_minutes(self.segments) if self.segments else self.duration_minutes


@dataclass(frozen=True, slots=True)
class ServiceProblem:
    """Why a service can't be booked as it is, and what to do about it."""

    field: str
    problem: str
    cure: str

    def __str__(self) -> str:
        """Return it as a line for people."""
        return f"{self.field}: {self.problem}. {self.cure}."


@dataclass(frozen=True, slots=True)
class ServiceRefused:
    """A service that was not saved."""

    problems: tuple[ServiceProblem, ...] = field(default_factory=tuple)


def draft_problems(draft: ServiceDraft) -> list[ServiceProblem]:
    """Return what is wrong with a service in itself."""
    return [*_name_problems(draft), *_length_problems(draft), *_segment_problems(draft)]


def event_type_problems(
    draft: ServiceDraft, seen: EventTypeSeen | None, host_id: int | None = None
) -> list[ServiceProblem]:
    """Return where a service and its event type differ; `host_id` is the staff member's, where one is named."""
    if seen is None:
        return [
            ServiceProblem(
                "event_type_id",
                f"event type {draft.event_type_id} is not in this company's Cal.com account",
                "Enter the id of an event type of this account, or the account's own API key",
            )
        ]
    return list(_differences(draft, seen, host_id))


def _name_problems(draft: ServiceDraft) -> Iterator[ServiceProblem]:
    if not draft.name.strip() or len(draft.name) > LONGEST_NAME:
        yield ServiceProblem("name", "the name is empty or too long", f"Use 1 to {LONGEST_NAME} characters")
    if not _SLUG.fullmatch(draft.slug) or len(draft.slug) > LONGEST_NAME:
        yield ServiceProblem(
            "slug", "the slug is no slug", "Use small letters, digits and single hyphens: haare-schneiden"
        )
    if draft.event_type_id < 1:
        yield ServiceProblem(
            "event_type_id", "there is no such id", "Enter the number of a Cal.com event type"
        )


def _length_problems(draft: ServiceDraft) -> Iterator[ServiceProblem]:
    minutes = draft.minutes
    if minutes is None or not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES:
        yield ServiceProblem(
            "duration_minutes",
            "there is no length" if minutes is None else f"{minutes} minutes is no possible length",
            f"Enter {SHORTEST_MINUTES} to {LONGEST_MINUTES} minutes, or segments",
        )
    for name, most in (
        ("buffer_before_minutes", LONGEST_BUFFER),
        ("buffer_after_minutes", LONGEST_BUFFER),
        ("minimum_notice_minutes", LONGEST_NOTICE),
    ):
        value = getattr(draft, name)
        if value is not None and not 0 <= value <= most:
            yield ServiceProblem(name, f"{value} minutes is out of range", f"Enter 0 to {most} minutes")


def _segment_problems(draft: ServiceDraft) -> Iterator[ServiceProblem]:
    if not draft.segments:
        return
    if any(segment.duration_minutes < 1 or segment.gap_after_minutes < 0 for segment in draft.segments):
        yield ServiceProblem(
            "segments", "a segment has no length or a negative gap", "Give each a length; gaps from 0"
        )
    if draft.segments[-1].gap_after_minutes:
        yield ServiceProblem(
            "segments",
            "the last segment has a gap after it",
            "Remove it, or enter it as buffer_after_minutes",
        )
    if draft.duration_minutes not in (None, draft.minutes):
        yield ServiceProblem(
            "duration_minutes",
            f"the segments and their gaps take {draft.minutes} minutes, not {draft.duration_minutes}",
            "Leave the length out: it is computed",
        )


def _differences(draft: ServiceDraft, seen: EventTypeSeen, host_id: int | None) -> Iterator[ServiceProblem]:
    what = f"event type {seen.event_type_id}"
    if seen.is_seated:
        yield ServiceProblem(
            "event_type_id",
            f"{what} has seats",
            "Switch its seats off, or name one without: one slot, one visit",
        )
    if seen.is_recurring:
        yield ServiceProblem(
            "event_type_id", f"{what} is recurring", "Switch the recurrence off: one wish makes one booking"
        )
    if seen.is_managed:
        yield ServiceProblem(
            "event_type_id",
            f"{what} is a team's template",
            "Name the event type of a member or of the team itself",
        )
    if seen.length_minutes != draft.minutes:
        yield ServiceProblem(
            "duration_minutes",
            f"the service takes {draft.minutes} minutes, {what} {seen.length_minutes}",
            "Make both the same: a slot that Cal.com lists must hold the whole visit",
        )
    if host_id is not None and seen.host_ids and host_id not in seen.host_ids:
        yield ServiceProblem(
            "staff_id",
            f"host {host_id} is not a host of {what}",
            "Add the host at Cal.com, or name another person",
        )
