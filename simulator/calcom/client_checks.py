"""Whether a client behaves: read from the journal, so that nobody has to write it down twice.

Source of the rules: incidents 1.1 (never cancel a foreign booking), 1.19 (look before repeating after an
unknown outcome), 1.20 (one job, one booking), and Cal.com API v2 behaviour, rate limit.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from simulator.calcom.times import parse_instant
from simulator.control.journal import JournalEntry

PATIENCE_SECONDS = 5.0  # an answer that takes longer is taken as lost: most clients have gone by then
LEAST_WAIT_SECONDS = 0.5
_RETRY_WITHIN = 900.0
_JITTER = 0.5  # a wait may be half of the one before
_LOOK_UPS = ("list_bookings", "get_booking")
_MAKES = ("create_booking",)
_STRANGE = ("foreign_booking", "stale_booking", "known_uid")
_MISREAD = ("malformed", "truncate", "html")


@dataclass(slots=True)
class Check:
    """One rule and what the journal says of it; ``state`` is holds, open, broken or unchecked."""

    name: str
    words: str
    counts: dict[str, Any] = field(default_factory=dict)
    offences: list[dict[str, Any]] = field(default_factory=list)
    still_open: int = 0

    def blame(self, text: str, *entries: JournalEntry) -> None:
        """Write down an offence with the requests that show it."""
        self.offences.append({"text": text, "requests": [entry.id for entry in entries]})

    def to_json(self, *, complete: bool) -> dict[str, Any]:
        """The check as the control routes answer it."""
        state = "broken" if self.offences else "open" if self.still_open else "holds"
        if state == "holds" and not complete:
            state = "unchecked"
        return {
            "name": self.name,
            "words": self.words,
            "state": state,
            "counts": self.counts,
            "offences": self.offences,
        }


@dataclass(frozen=True)
class Evidence:
    """What the checks read: the journal in order, who made which booking, and the present."""

    entries: Sequence[JournalEntry]
    origins: Mapping[str, str]
    now: datetime
    patience: float = PATIENCE_SECONDS
    look_ups: list[int] = field(init=False)

    def __post_init__(self) -> None:
        """Number the look-ups once, since every unknown outcome asks for them."""
        numbers = [entry.id for entry in self.entries if entry.operation in _LOOK_UPS]
        object.__setattr__(self, "look_ups", numbers)

    def looked_between(self, earlier: JournalEntry, later: JournalEntry | None) -> bool:
        """Whether the client read a booking or the list after ``earlier`` and before ``later``."""
        place = bisect_right(self.look_ups, earlier.id)
        return place < len(self.look_ups) and (later is None or self.look_ups[place] < later.id)

    def outcome(self, entry: JournalEntry) -> str:
        """done, refused, or unknown to a client that could read no answer in time."""
        if entry.in_flight and (self.now - _at(entry)).total_seconds() <= self.patience:
            return "under way"
        if entry.status is None or entry.cut or entry.fault_effect in _MISREAD:
            return "unknown"
        if entry.duration_ms > self.patience * 1000 or entry.status >= 500:  # noqa: PLR2004 (a class of statuses)
            return "unknown"
        return "refused" if entry.status >= 400 else "done"  # noqa: PLR2004 (a class of statuses)


def check_client(evidence: Evidence) -> list[Check]:
    """All checks over one account's journal."""
    return [
        _one_post(evidence),
        _looked_first(evidence),
        _waits(evidence),
        _limit_obeyed(evidence),
        _foreign_kept(evidence),
    ]


def _one_post(evidence: Evidence) -> Check:
    check = Check("one_post_per_wish", "At most one POST per wish may have booked")
    wishes = _wishes(evidence.entries)
    for wish, posts in wishes.items():
        for earlier, later in pairwise(posts):
            if evidence.outcome(earlier) == "refused":
                continue
            if evidence.looked_between(earlier, later):
                check.still_open += 1
            else:
                check.blame(f"{wish} was posted again though #{earlier.id} may have booked", earlier, later)
    check.counts = {"wishes": len(wishes), "posts": sum(map(len, wishes.values()))}
    return check


def _looked_first(evidence: Evidence) -> Check:
    check = Check("looked_before_repeating", "After an unknown outcome, a look-up before the next POST")
    unknown = looked = 0
    for wish, posts in _wishes(evidence.entries).items():
        for place, post in enumerate(posts):
            if evidence.outcome(post) != "unknown":
                continue
            unknown += 1
            following = posts[place + 1] if place + 1 < len(posts) else None
            if evidence.looked_between(post, following):
                looked += 1
            elif following is not None:
                check.blame(f"{wish} was posted again without a look-up after #{post.id}", post, following)
            else:
                check.still_open += 1
    check.counts = {"unknown": unknown, "looked": looked}
    return check


def _waits(evidence: Evidence) -> Check:
    check = Check("waits_between_attempts", "Waits between attempts that do not hammer and do not shrink")
    waits: list[float] = []
    for attempts in _retried(evidence):
        own: list[float] = []
        for earlier, later in pairwise(attempts):
            wait = (_at(later) - _ended(earlier)).total_seconds()
            if wait < LEAST_WAIT_SECONDS:
                check.blame(
                    f"#{later.id} came {max(wait, 0):.1f} s after #{earlier.id} had failed", earlier, later
                )
            elif own and wait < own[-1] * _JITTER:
                check.blame(f"#{later.id} came after {wait:.1f} s, sooner than the attempt before it", later)
            own.append(round(max(wait, 0.0), 1))
        waits += own
    check.counts = {"waits": waits[:20], "attempts": len(waits)}
    return check


def _limit_obeyed(evidence: Evidence) -> Check:
    check = Check("rate_limit_obeyed", "No request before a rate limit's reset")
    asked, until, refused = 0, None, None
    for entry in evidence.entries:
        if until is not None and refused is not None and _at(entry) < until:
            left = (until - _at(entry)).total_seconds()
            check.blame(
                f"#{entry.id} came {left:.0f} s before the reset that #{refused.id} named", refused, entry
            )
        if entry.status == 429:  # noqa: PLR2004 (too many requests)
            asked += 1
            until, refused = _ended(entry) + timedelta(seconds=_reset_seconds(entry)), entry
    check.counts = {"asked": asked}
    return check


def _foreign_kept(evidence: Evidence) -> Check:
    check = Check("foreign_never_cancelled", "A booking of somebody else is never cancelled")
    shown = {
        uid for entry in evidence.entries if entry.fault_effect in _STRANGE for uid in _uids_shown(entry)
    }
    foreign = {uid for uid, origin in evidence.origins.items() if origin != "api"} | shown
    for entry in evidence.entries:
        uid = entry.path.rsplit("/", 2)[-2] if entry.operation == "cancel_booking" else ""
        if uid in foreign:
            check.blame(f"#{entry.id} cancels {uid}, which is not the client's own", entry)
    check.counts = {"foreign": len(foreign)}
    return check


def _wishes(entries: Iterable[JournalEntry]) -> dict[str, list[JournalEntry]]:
    """The POSTs of each booking wish in order: one wish is one attempt id, else one call, time and attendee."""
    wishes: dict[str, list[JournalEntry]] = defaultdict(list)
    for entry in entries:
        if entry.operation in _MAKES:
            wishes[wish_of(entry)].append(entry)
    return dict(wishes)


def wish_of(entry: JournalEntry) -> str:
    """A name for the wish behind a booking's POST, the same over all its attempts."""
    body = _json(entry.body)
    metadata = body.get("metadata")
    if isinstance(metadata, dict) and metadata.get("attempt_id"):
        return f"attempt_id={metadata['attempt_id']}"
    attendee = body.get("attendee")
    who = attendee.get("email") or attendee.get("name") if isinstance(attendee, dict) else None
    kind = body.get("eventTypeId") or body.get("eventTypeSlug")
    call = metadata.get("call_id") if isinstance(metadata, dict) else None
    return f"{kind} at {body.get('start')} for {call or who}"


def _retried(evidence: Evidence) -> list[list[JournalEntry]]:
    """Runs of the same request, each but the last failed by the server or the line."""
    runs: list[list[JournalEntry]] = []
    latest: dict[tuple[str, ...], list[JournalEntry]] = {}
    for entry in evidence.entries:
        key = (
            entry.method,
            entry.path,
            entry.query,
            wish_of(entry) if entry.operation in _MAKES else entry.body,
        )
        run = latest.get(key)
        if run is not None and _failed(evidence, run[-1]) and _soon(run[-1], entry):
            run.append(entry)
        else:
            latest[key] = [entry]
            runs.append(latest[key])
    return [run for run in runs if len(run) > 1]


def _failed(evidence: Evidence, entry: JournalEntry) -> bool:
    return entry.status == 429 or evidence.outcome(entry) == "unknown"  # noqa: PLR2004 (too many requests)


def _soon(earlier: JournalEntry, later: JournalEntry) -> bool:
    return (_at(later) - _ended(earlier)).total_seconds() <= _RETRY_WITHIN


def _uids_shown(entry: JournalEntry) -> list[str]:
    data = _json(entry.response_body).get("data")
    shown = data if isinstance(data, list) else [data]
    return [str(one["uid"]) for one in shown if isinstance(one, dict) and "uid" in one]


def _reset_seconds(entry: JournalEntry) -> float:
    values = [v for name, v in entry.response_headers.items() if name.lower().startswith("x-ratelimit-reset")]
    numbers = [float(value) for value in values if value.replace(".", "", 1).isdigit()]
    return max(numbers, default=0.0)


def _at(entry: JournalEntry) -> datetime:
    return parse_instant(entry.at)


def _ended(entry: JournalEntry) -> datetime:
    return _at(entry) + timedelta(milliseconds=entry.duration_ms)


def _json(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text or "{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
