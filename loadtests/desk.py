"""What one process of the load keeps: whose turn it is, which calls are done, and what they measured.

Cal.com's part of an answer is known only to its journal, so calls are *settled* in batches: the journal is
read once, and each call's metrics are told then, with the time at which they were measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from loadtests.brief import Brief
from loadtests.calls import COLLECT, Caller, PhoneCall, call_id_of
from loadtests.metrics import METRICS, Kind, Sample, Samples, add_samples
from loadtests.planner import Slot, share_of, slots_of

CALL_HEADER = "x-askpro-call-id"
"""The gateway puts the phone call's id on each request to Cal.com."""
SETTLE_EVERY_SECONDS = 45.0
"""Often enough that the journal, which keeps 10 000 requests, has lost none."""

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the gateway: sent at (Unix seconds of the world), how long it took."""

    function: str
    sent_at: float
    duration_ms: float

    @property
    def ended_at(self) -> float:
        """When its last byte was here."""
        return self.sent_at + self.duration_ms / 1000


@dataclass(slots=True)
class Turn:
    """One call, from its first request to what it came to; one that began in the ramp does not count."""

    call: PhoneCall
    counts: bool = True
    answers: list[Answer] = field(default_factory=list)
    uid: str | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric's value that is to be told to Locust; ``at`` is Unix seconds of the world."""

    metric: str
    at: float
    value: float
    hit: bool = True
    label: str = ""


class Desk:
    """The state of one process. ``now`` gives Unix seconds of the world's clock."""

    def __init__(self, brief: Brief, now: Callable[[], float]) -> None:
        self.brief = brief
        self._now = now
        self._process = 0
        self._begun_at: float | None = None
        self._settled_at = 0.0
        self._callers = 0
        self._calls = 0
        self._plans: dict[int, Iterator[Slot]] = {}
        self._open: set[str] = set()
        self._upstream: dict[str, list[Entry]] = {}
        self._ended: list[Turn] = []
        self._samples: Samples = {}
        self._told: list[str] = []
        self._unmeasured = 0

    def begin(self, process: int) -> None:
        """The ramp begins, in this one of ``brief.processes`` processes; what counts begins after it."""
        self._process = process
        self._settled_at = self._now()
        self._begun_at = self._settled_at + self.brief.ramp_seconds
        start = datetime.fromisoformat(self.brief.now)
        for company in self.brief.companies:
            offers = [each for each in self.brief.bookable if each.company_id == company]
            slots = slots_of(offers, self.brief.hours, start)
            self._plans[company] = share_of(slots, process, self.brief.processes)

    def new_caller(self) -> Caller:
        """A caller that no other process has; companies take turns."""
        number = self._process + self._callers * self.brief.processes
        company = self.brief.companies[(self._callers + self._process) % len(self.brief.companies)]
        self._callers += 1
        return Caller(number, company)

    def begin_turn(self, caller: Caller) -> Turn:
        """A call about a slot of the caller's own."""
        self._calls += 1
        call_id = call_id_of(f"{self.brief.now} {self._process} {self._calls}")
        self._open.add(call_id)
        counts = self._begun_at is not None and self._now() >= self._begun_at
        return Turn(PhoneCall(call_id, caller, next(self._plans[caller.company_id])), counts)

    def end_turn(self, turn: Turn) -> None:
        """The call is over, well or not; one that was cut off before any answer is forgotten."""
        self._open.discard(turn.call.call_id)
        if turn.answers:
            self._ended.append(turn)

    def is_over(self) -> bool:
        """Whether no new calls begin."""
        return self._begun_at is not None and self._now() >= self._begun_at + self.brief.duration_seconds

    @property
    def left(self) -> int:
        """Calls that are not settled yet."""
        return len(self._open) + len(self._ended)

    def is_settling_time(self) -> bool:
        """Whether the journal is to be read now: at the end once, before that now and then."""
        if self.is_over():
            return not self._open and bool(self._ended)
        return bool(self._ended) and self._now() - self._settled_at >= SETTLE_EVERY_SECONDS

    def settle(self, entries: Iterable[Entry]) -> list[Measured]:
        """What the ended calls measured, told by ``entries`` of Cal.com's journal; they count as settled.

        Entries of calls that go on are kept for them.
        """
        self._settled_at = self._now()
        ended, self._ended = self._ended, []
        ours = {turn.call.call_id for turn in ended} | self._open
        for entry in entries:
            if (call_id := call_of(entry)) in ours:
                self._upstream.setdefault(call_id, []).append(entry)
        found: list[Measured] = []
        for turn in ended:
            upstream = self._upstream.pop(turn.call.call_id, [])
            if not turn.counts:
                continue
            found += _whole_call(turn, self.brief.thinking_seconds)
            if turn.uid is not None and not upstream:
                self._unmeasured += 1
                continue
            found += _own_times(turn, upstream)
            found += [_latency(entry) for entry in upstream]
        self._told += [turn.uid for turn in ended if turn.uid is not None]
        return found

    def keep(self, metric: str, at: float, value: float, *, hit: bool, label: str) -> None:
        """Take in a sample; ``at`` is Unix seconds of the world."""
        begun = self._begun_at if self._begun_at is not None else at
        add_samples(self._samples, {metric: [Sample(at - begun, value, hit, label)]})

    def take(self) -> dict[str, Any]:
        """All that was measured since the last time, and how much is still to come."""
        taken = {
            "samples": self._samples,
            "told": self._told,
            "unmeasured": self._unmeasured,
            "left": self.left,
            "over": self.is_over(),
        }
        self._samples, self._told, self._unmeasured = {}, [], 0
        return taken


def call_of(entry: Entry) -> str:
    """The id of the phone call that a request to Cal.com was made for, or nothing."""
    headers = entry.get("headers") or {}
    return next((str(value) for name, value in headers.items() if name.lower() == CALL_HEADER), "")


def _whole_call(turn: Turn, thinking_seconds: float) -> list[Measured]:
    last = turn.answers[-1]
    service_ms = sum(answer.duration_ms for answer in turn.answers)
    booked = turn.uid is not None
    found = [Measured("booking_success", last.ended_at, 0.0, hit=booked)]
    if last.function == COLLECT:  # a call that ended with the check would make bookings look quick
        duration_ms = service_ms + thinking_seconds * 1000
        found.append(Measured("booking_duration", last.ended_at, duration_ms, hit=booked))
    return found


def _own_times(turn: Turn, upstream: list[Entry]) -> list[Measured]:
    """Each answer's time without Cal.com's; whose a request was is told by the middle of the thinking between."""
    found = []
    for number, answer in enumerate(turn.answers):
        begins = turn.answers[number - 1].ended_at if number else None
        ends = turn.answers[number + 1].sent_at if number + 1 < len(turn.answers) else None
        after = (begins + answer.sent_at) / 2 if begins is not None else float("-inf")
        before = (answer.ended_at + ends) / 2 if ends is not None else float("inf")
        theirs = [each for each in upstream if after <= _seconds(each) < before]
        waited = sum(min(float(each["duration_ms"]), _ms_left(each, answer)) for each in theirs)
        own = max(answer.duration_ms - waited, 0.0)
        found.append(Measured("gateway_time", answer.ended_at, own, label=answer.function))
    return found


def _latency(entry: Entry) -> Measured:
    good = isinstance(entry.get("status"), int) and int(entry["status"]) < 500  # noqa: PLR2004 - server errors
    label = str(entry.get("operation") or "")
    return Measured("calcom_api_latency", _seconds(entry), float(entry["duration_ms"]), hit=good, label=label)


def _ms_left(entry: Entry, answer: Answer) -> float:
    """From a request's arrival at Cal.com to the answer: nobody waited longer, however long it hung there."""
    return max((answer.ended_at - _seconds(entry)) * 1000, 0.0)


def _seconds(entry: Entry) -> float:
    return datetime.fromisoformat(str(entry["at"])).timestamp()


def is_rate(metric: str) -> bool:
    """Whether a metric's samples are told as success or failure."""
    return METRICS[metric].kind is Kind.RATE
