"""What a run says of itself. The runner emits these, the reports read nothing else.

Every value is plain data, and (in the virtual world) a function of scenario and seed alone: no wall clock,
no port, no temporary path, no set order. The one exception is ``SuiteFinished.wall_seconds``, which only the
console and JUnit may show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Lane(StrEnum):
    """A party of the sequence: who asks, and who is asked."""

    CALLER = "caller"
    AGENT = "agent"
    GATEWAY = "gateway"
    CALCOM = "calcom"
    DATABASE = "database"


class HappeningKind(StrEnum):
    """Why a line stands between two exchanges."""

    RIVAL = "rival"
    FAULT = "fault"
    CLOCK = "clock"
    CRASH = "crash"
    WORKER = "worker"
    SPEECH = "speech"
    DATABASE = "database"


class InvariantState(StrEnum):
    """What an invariant came to; ``open``: not broken, but somebody is still owed an answer."""

    HOLDS = "holds"
    OPEN = "open"
    BROKEN = "broken"
    UNCHECKED = "unchecked"


class Verdict(StrEnum):
    """How a scenario ended. ``not_checked``: it ran, but nothing that matters could be seen."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    NOT_CHECKED = "not_checked"
    INCONCLUSIVE = "inconclusive"


class BooksVerdict(StrEnum):
    """Whether what was said, what we hold and what Cal.com holds are one story."""

    EQUAL = "equal"
    OPEN = "open"
    DIFFERENT = "different"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class StepWords:
    """One step as its author wrote it: ``wait`` / ``14s``. ``text`` is YAML of more than a line, if any."""

    index: int
    verb: str
    words: str
    text: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing a step or the end of a scenario had to show."""

    text: str
    held: bool
    wanted: str
    got: str


@dataclass(frozen=True, slots=True)
class InvariantName:
    """An invariant's code and its words in a report."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class SuiteStarted:
    """The first event of a run."""

    suite: str
    world: str
    seed: int
    scenario_count: int
    invariants: tuple[InvariantName, ...]


@dataclass(frozen=True, slots=True)
class ScenarioStarted:
    """A scenario begins; ``now`` is ISO-8601 with offset, ``file`` is relative to the project."""

    id: str
    title: str
    incident: str | None
    tags: tuple[str, ...]
    file: str
    steps: tuple[StepWords, ...]
    now: str
    seed: int


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step is over. ``index`` -1 with verb ``finally`` is the check of both ledgers at the end."""

    index: int
    verb: str
    words: str
    at_seconds: float
    expectations: tuple[Expectation, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. ``seconds`` counts from the scenario's start, at which it was sent.

    ``duration_ms`` is the whole, ``waiting_ms`` the part of it in which the target itself waited for Cal.com.
    ``status`` is None when no answer came; ``result`` then names why (``ReadTimeout``, ``connection reset``).
    ``actor`` tells parallel callers apart. Headers that hold secrets are already replaced.
    """

    seconds: float
    source: Lane
    target: Lane
    title: str
    result: str
    status: int | None
    duration_ms: float | None
    waiting_ms: float
    fault: str | None
    request: str
    response: str
    method: str = ""
    path: str = ""
    actor: str = ""
    call_id: str | None = None
    request_headers: tuple[tuple[str, str], ...] = ()
    response_headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that is no request: a rival's booking, a jump of time, a crash, a row that was written."""

    seconds: float
    lane: Lane
    text: str
    kind: HappeningKind
    duration_ms: float | None = None
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Several actors were ready at one instant, and the scheduler took ``ready[index]``."""

    seconds: float
    ready: tuple[str, ...]
    index: int


@dataclass(frozen=True, slots=True)
class InvariantJudged:
    """One invariant's state after a scenario. ``excused``: the scenario's own reason why it may be broken."""

    name: str
    words: str
    state: InvariantState
    detail: str
    excused: str | None = None


@dataclass(frozen=True, slots=True)
class BooksRow:
    """One wish at the end: what the caller was told, what we hold, what Cal.com holds."""

    wish: str
    said: str
    ours: str
    calcom: str
    verdict: BooksVerdict


@dataclass(frozen=True, slots=True)
class ScenarioFinished:
    """A scenario is over. ``reason`` is one sentence, empty when it passed; ``again`` repeats the run."""

    id: str
    verdict: Verdict
    reason: str
    virtual_seconds: float
    exchanges: int
    faults_set: int
    faults_fired: int
    choices: int
    books: tuple[BooksRow, ...] = ()
    again: str = ""


@dataclass(frozen=True, slots=True)
class IncidentScenario:
    """One scenario of an incident, and how it ended."""

    id: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident of the book and what its scenarios came to; without a verdict where there is no scenario."""

    number: str
    title: str
    verdict: Verdict | None
    scenarios: tuple[IncidentScenario, ...]


@dataclass(frozen=True, slots=True)
class SuiteFinished:
    """The last event. ``wall_seconds`` is for the console and JUnit only."""

    passed: int
    failed: int
    errors: int
    skipped: int
    not_checked: int
    inconclusive: int
    virtual_seconds: float
    exchanges: int
    choices: int
    faults_set: int
    faults_fired: int
    wall_seconds: float
    incidents: tuple[IncidentRow, ...] = ()


Event = (
    SuiteStarted
    | ScenarioStarted
    | StepFinished
    | Exchange
    | Happening
    | Choice
    | InvariantJudged
    | ScenarioFinished
    | SuiteFinished
)
"""Order: SuiteStarted; for each scenario ScenarioStarted, then StepFinished, Exchange, Happening and Choice
as they became known (sort by ``seconds`` to draw), InvariantJudged for each invariant, ScenarioFinished;
at the end SuiteFinished."""

Listener = Callable[[Event], None]
"""What a report is to the runner. One that raises ends the run: a report that fails is not a passed run."""
