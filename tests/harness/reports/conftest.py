"""Invented runs, rich enough that every part of a report has something to show."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

import pytest

from harness.events import (
    BooksRow,
    BooksVerdict,
    Choice,
    Event,
    Exchange,
    Expectation,
    Happening,
    HappeningKind,
    InvariantJudged,
    InvariantName,
    InvariantState,
    Lane,
    ScenarioFinished,
    ScenarioStarted,
    StepFinished,
    StepWords,
    SuiteFinished,
    SuiteStarted,
    Verdict,
)
from harness.incidents import incident_rows

SEED = 20251013
INVARIANTS = (
    InvariantName("no_slot_booked_twice", "no slot booked twice"),
    InvariantName("both_ledgers_agree", "both ledgers agree"),
    InvariantName("said_means_done", "said means done"),
    InvariantName("companies_kept_apart", "companies kept apart"),
    InvariantName("no_personal_data_in_logs", "no phone or e-mail in a log"),
    InvariantName("no_attempt_left_open", "no attempt left open"),
    InvariantName("every_error_explained", "every error explained"),
)
VERDICT_COUNTS = {
    Verdict.PASSED: "passed",
    Verdict.FAILED: "failed",
    Verdict.ERROR: "errors",
    Verdict.SKIPPED: "skipped",
    Verdict.NOT_CHECKED: "not_checked",
    Verdict.INCONCLUSIVE: "inconclusive",
}


def asks(
    seconds: float,
    function: str,
    result: str,
    ms: float,
    *,
    waiting: float = 0.0,
    actor: str = "",
    status: int | None = 200,
    fault: str | None = None,
) -> Exchange:
    """The agent asks the gateway."""
    request = {
        "name": function,
        "args": {"datum": "20.10.2025", "uhrzeit": "14:00"},
        "call": {"call_id": f"call_{actor or 'erika'}"},
    }
    answer = {"success": result in {"available", "booked"}, "status": result, "message": "… um 14:00 Uhr …"}
    return Exchange(
        seconds=seconds,
        source=Lane.AGENT,
        target=Lane.GATEWAY,
        title=function,
        result=result,
        status=status,
        duration_ms=ms,
        waiting_ms=waiting,
        fault=fault,
        request=json.dumps(request),
        response=json.dumps(answer) if status else "",
        method="POST",
        path=f"/api/retell/{function}",
        actor=actor,
        call_id=f"call_{actor or 'erika'}",
        request_headers=(("Content-Type", "application/json"), ("X-Retell-Signature", "v=…,d=…")),
        response_headers=(("Content-Type", "application/json"), ("X-Request-Id", "req_1")),
    )


def upstream(
    seconds: float,
    title: str,
    result: str,
    ms: float,
    *,
    status: int | None = 200,
    fault: str | None = None,
    actor: str = "",
) -> Exchange:
    """The gateway asks Cal.com."""
    method, _, path = title.partition(" ")
    return Exchange(
        seconds=seconds,
        source=Lane.GATEWAY,
        target=Lane.CALCOM,
        title=title,
        result=result,
        status=status,
        duration_ms=ms,
        waiting_ms=0.0,
        fault=fault,
        request='{"start": "2025-10-20T12:00:00Z", "eventTypeId": 2563193}' if method == "POST" else "",
        response='{"status": "success", "data": {}}' if status else "",
        method=method,
        path=path.partition(" ")[0],
        actor=actor,
        call_id=f"call_{actor or 'erika'}",
        response_headers=(("Date", "Mon, 13 Oct 2025 08:00:09 GMT"),) if status else (),
    )


def happens(
    seconds: float, lane: Lane, text: str, kind: HappeningKind, ms: float | None = None, *, actor: str = ""
) -> Happening:
    """Something that is no request."""
    return Happening(seconds, lane, text, kind, ms, actor)


def held(*texts: str) -> tuple[Expectation, ...]:
    """Expectations that held."""
    return tuple(Expectation(text, held=True, wanted=text, got=text) for text in texts)


def judged(
    broken: str | None = None, detail: str = "", unchecked: Iterable[str] = ()
) -> list[InvariantJudged]:
    """All invariants: hold but for the broken one and those that could not be seen."""
    told = []
    for name in INVARIANTS:
        if name.name == broken:
            state, words = InvariantState.BROKEN, detail
        elif name.name in unchecked:
            state, words = InvariantState.UNCHECKED, "this gateway's ledger cannot be read"
        else:
            state, words = InvariantState.HOLDS, ""
        told.append(InvariantJudged(name.name, name.words, state, words))
    return told


def scenario(
    name: str,
    title: str,
    incident: str | None,
    inside: list[Event],
    *,
    verdict: Verdict = Verdict.PASSED,
    reason: str = "",
    steps: tuple[StepWords, ...] = (),
    judgements: list[InvariantJudged] | None = None,
    books: tuple[BooksRow, ...] = (),
    seconds: float = 24.1,
    faults: tuple[int, int] = (0, 0),
) -> list[Event]:
    """A scenario from its start to its end; counts come from what is inside."""
    file = f"harness/scenarios/rca/{name}.yaml"
    started = ScenarioStarted(name, title, incident, ("rca",), file, steps, "2025-10-13T10:00:00+02:00", SEED)
    exchanges = sum(isinstance(event, Exchange) for event in inside)
    choices = sum(isinstance(event, Choice) for event in inside)
    finished = ScenarioFinished(
        name,
        verdict,
        reason,
        seconds,
        exchanges,
        *faults,
        choices,
        books,
        f"askpro scenarios run {name} --seed {SEED}",
    )
    return [started, *inside, *(judged() if judgements is None else judgements), finished]


def suite(scenarios: list[list[Event]], world: str = "virtual", name: str = "rca") -> list[Event]:
    """A whole run around the scenarios; its totals are their sums."""
    ends = [told[-1] for told in scenarios]
    finished = [end for end in ends if isinstance(end, ScenarioFinished)]
    counts = dict.fromkeys(VERDICT_COUNTS.values(), 0)
    for end in finished:
        counts[VERDICT_COUNTS[end.verdict]] += 1
    last = SuiteFinished(
        **counts,
        virtual_seconds=sum(end.virtual_seconds for end in finished),
        exchanges=sum(end.exchanges for end in finished),
        choices=sum(end.choices for end in finished),
        faults_set=sum(end.faults_set for end in finished),
        faults_fired=sum(end.faults_fired for end in finished),
        wall_seconds=3.2,
        incidents=incident_rows(
            (told[0].incident, told[0].id, told[-1].verdict)
            for told in scenarios
            if isinstance(told[0], ScenarioStarted) and isinstance(told[-1], ScenarioFinished)
        ),
    )
    first = SuiteStarted(name, world, SEED, len(scenarios), INVARIANTS)
    return [first, *(event for told in scenarios for event in told), last]


def late_commit() -> list[Event]:
    """Failed: Cal.com's write came late, and nobody noticed."""
    inside: list[Event] = [
        StepFinished(0, "fault", "{on: create_booking, when: late}", 0.0),
        upstream(9.032, "GET /v2/slots", "200", 214),
        asks(9.02, "check-availability", "available", 253, waiting=214),
        StepFinished(1, "check", '{datum: 20.10.2025, uhrzeit: "14:00"}', 9.02, held("available: true")),
        happens(23.3, Lane.CALLER, "Ja, bitte buchen Sie den Termin.", HappeningKind.SPEECH),
        Choice(23.3, ("caller", "worker"), 0),
        happens(23.304, Lane.DATABASE, "claim 14:00 to 14:30, 6 cells", HappeningKind.DATABASE, 3),
        upstream(23.309, "GET /v2/slots uncached", "14:00 free", 231),
        upstream(23.55, "POST /v2/bookings", "ReadTimeout", 5000, status=None, fault="create_booking late"),
        upstream(28.56, "GET /v2/bookings", "0 of ours", 300),
        asks(23.3, "collect-appointment", "timeout", 5600, waiting=5531),
        happens(28.95, Lane.AGENT, "Die Buchung wird geprüft, wir melden uns.", HappeningKind.SPEECH),
        happens(32.55, Lane.CALCOM, "the booking is written now", HappeningKind.FAULT),
        StepFinished(
            2,
            "book",
            "{…, name: Erika Muster, bestaetigung: true}",
            23.3,
            held("status: timeout"),
        ),
        happens(902.0, Lane.GATEWAY, "clock jumps by 15 minutes", HappeningKind.CLOCK),
        happens(902.0, Lane.GATEWAY, "worker runs", HappeningKind.WORKER),
        upstream(902.01, "GET /v2/bookings", "500", 120, status=500),
        StepFinished(
            -1,
            "finally",
            "",
            902.2,
            (
                Expectation("appointments: 1", held=False, wanted="1", got="0"),
                *held("calcom_requests: create_booking 1"),
            ),
        ),
    ]
    steps = (
        StepWords(0, "fault", "{on: create_booking, when: late}"),
        StepWords(1, "check", '{datum: 20.10.2025, uhrzeit: "14:00"}'),
        StepWords(2, "book", "{…, name: Erika Muster, bestaetigung: true}"),
        StepWords(3, "run_worker", ""),
    )
    detail = (
        "Cal.com holds bk_m3KdT8 (2025-10-20 14:00, attempt att_01J9Z). The gateway has no appointment "
        "for it, and no finding names it."
    )
    return scenario(
        "late_commit",
        "A commit that arrives after the caller gave up",
        "1.19",
        inside,
        verdict=Verdict.FAILED,
        reason=f"both ledgers agree does not hold: {detail}",
        steps=steps,
        judgements=judged("both_ledgers_agree", detail),
        books=(
            BooksRow("20 Oct 14:00", "„wird geprüft“", "no appointment", "bk_m3KdT8", BooksVerdict.DIFFERENT),
        ),
        seconds=902.2,
        faults=(1, 1),
    )


def slot_taken() -> list[Event]:
    """Passed: a rival took the slot between check and booking."""
    inside: list[Event] = [
        upstream(9.032, "GET /v2/slots", "200", 214),
        asks(9.02, "check-availability", "available", 253, waiting=214),
        StepFinished(0, "check", "", 9.02, held("available: true")),
        StepFinished(1, "wait", "14s", 9.273),
        happens(17.0, Lane.CALCOM, "rival takes 2025-10-20 14:00", HappeningKind.RIVAL),
        StepFinished(2, "rival_takes", "2025-10-20 14:00", 17.0),
        happens(23.304, Lane.DATABASE, "claim 14:00 to 14:30, 6 cells", HappeningKind.DATABASE, 3),
        upstream(23.309, "GET /v2/slots uncached", "14:00 gone", 231),
        happens(23.543, Lane.DATABASE, "attempt closed, claim released", HappeningKind.DATABASE, 2),
        asks(23.3, "collect-appointment", "slot_taken", 262, waiting=231),
        happens(
            23.9,
            Lane.AGENT,
            "Der Termin um 14:00 Uhr wurde gerade vergeben. Ich habe Alternativen …",
            HappeningKind.SPEECH,
        ),
        StepFinished(
            3,
            "book",
            "",
            23.3,
            held(
                "status: slot_taken",
                "reason: race_condition_detected",
                "alternatives: at_most 2, each_in free",
            ),
        ),
        StepFinished(-1, "finally", "", 24.0, held("appointments: 0", "calcom_requests: create_booking 0")),
        Choice(9.02, ("caller", "worker"), 0),
        Choice(23.3, ("caller", "worker", "rival"), 2),
    ]
    steps = (
        StepWords(0, "check", '{datum: 20.10.2025, uhrzeit: "14:00"}'),
        StepWords(1, "wait", "14s"),
        StepWords(2, "rival_takes", "2025-10-20 14:00"),
        StepWords(3, "book", "{…, name: Erika Muster, bestaetigung: true}"),
    )
    return scenario(
        "slot_taken_in_between",
        "The slot is taken between the check and the booking",
        "1.3",
        inside,
        steps=steps,
        books=(
            BooksRow(
                "20 Oct 14:00", "„gerade vergeben“", "no appointment", "rival's bk_r7Qe", BooksVerdict.EQUAL
            ),
        ),
        seconds=36.7,
    )


def five_callers() -> list[Event]:
    """Passed: five callers at one instant, told apart by their actor."""
    inside: list[Event] = []
    for number in range(1, 6):
        actor = f"caller-{number}"
        inside.append(Choice(10.0, tuple(f"caller-{n}" for n in range(number, 6)), 0))
        inside.append(happens(10.0, Lane.DATABASE, f"claim {number}", HappeningKind.DATABASE, 2, actor=actor))
    for number in range(1, 6):
        actor = f"caller-{number}"
        if number == 1:
            inside.append(upstream(10.002, "POST /v2/bookings", "201", 600, status=201, actor=actor))
        result = "booked" if number == 1 else "slot_taken"
        inside.append(asks(10.0, "collect-appointment", result, 610, waiting=600, actor=actor))
    return scenario("five_callers", "Five callers, one slot", "1.4", inside, seconds=41.2)


def crash() -> list[Event]:
    """Passed: the gateway dies between POST and settle, so its caller got no answer."""
    inside: list[Event] = [
        upstream(9.1, "POST /v2/bookings", "201", 600, status=201),
        happens(9.7, Lane.GATEWAY, "gateway killed", HappeningKind.CRASH),
        asks(9.0, "collect-appointment", "connection reset", 701, status=None),
    ]
    return scenario(
        "crash_before_settle", "The gateway dies between POST and settle", "1.21", inside, seconds=91.0
    )


def quiet(name: str, title: str, incident: str, fault: str | None = None) -> list[Event]:
    """Passed, with a check and a booking."""
    inside: list[Event] = [
        upstream(9.032, "GET /v2/slots", "200", 214),
        asks(9.02, "check-availability", "available", 253, waiting=214),
        upstream(23.4, "POST /v2/bookings", "201", 500, status=201, fault=fault),
        asks(23.3, "collect-appointment", "booked", 640, waiting=500),
    ]
    return scenario(name, title, incident, inside, faults=(1, 1) if fault else (0, 0))


def missed() -> list[Event]:
    """Failed by an expectation alone, before its last step ran."""
    inside: list[Event] = [
        asks(1.0, "check-availability", "unavailable", 20),
        StepFinished(
            0,
            "check",
            "",
            1.0,
            (Expectation("status: available <b>", held=False, wanted="available <b>", got="unavailable"),),
        ),
    ]
    return scenario(
        "utc_trap",
        "A slot listed at 14:00Z & <script>alert(1)</script>",
        "1.12",
        inside,
        verdict=Verdict.FAILED,
        reason="check: status was unavailable",
        steps=(StepWords(0, "check", "{…}"), StepWords(1, "book", "{…}")),
        seconds=1.0,
    )


def error() -> list[Event]:
    """The stack broke, not the product."""
    reason = "the fake refused fault truncate: this server cannot cut a connection"
    inside: list[Event] = [StepFinished(0, "fault", "{effect: truncate}", 0.0, error=reason)]
    return scenario(
        "half_an_answer",
        "Half an answer",
        "1.33",
        inside,
        verdict=Verdict.ERROR,
        reason=reason,
        judgements=[],
        seconds=0.0,
        faults=(1, 0),
    )


def skipped() -> list[Event]:
    """Not run at all."""
    return scenario(
        "clock_change",
        "The night the clocks go back",
        "1.13",
        [],
        verdict=Verdict.SKIPPED,
        reason="pinned to fixed dates, and this gateway's clock cannot be set",
        judgements=[],
        seconds=0.0,
    )


def not_checked() -> list[Event]:
    """It ran, and nothing that matters could be seen."""
    return scenario(
        "settle_fails",
        "Settling fails after Cal.com accepted",
        "1.21",
        [asks(1.0, "collect-appointment", "booked", 700, waiting=600)],
        verdict=Verdict.NOT_CHECKED,
        reason="the gateway's ledger cannot be read, so no expectation could be checked",
        judgements=judged(unchecked=[name.name for name in INVARIANTS]),
        seconds=2.0,
        faults=(1, 0),
    )


def inconclusive() -> list[Event]:
    """Too little was seen to tell."""
    return scenario(
        "worker_slow",
        "The worker is slower than the scenario",
        None,
        [asks(1.0, "collect-appointment", "timeout", 700)],
        verdict=Verdict.INCONCLUSIVE,
        reason="the worker did not finish within 30 s",
        seconds=31.0,
    )


@pytest.fixture
def run() -> list[Event]:
    """A virtual run in which two scenarios failed and one is an error."""
    return suite(
        [
            slot_taken(),
            late_commit(),
            quiet(
                "stale_booking", "Cal.com answers with a booking from 35 minutes ago", "1.1", "stale_booking"
            ),
            quiet("foreign_call_id", "A booking that carries another call id", "1.1", "foreign_booking"),
            five_callers(),
            crash(),
            missed(),
            error(),
            skipped(),
            quiet(
                "lost_reply",
                "The reply is lost after Cal.com committed",
                "1.19",
                "create_booking after reset",
            ),
        ]
    )


@pytest.fixture
def passed_run() -> list[Event]:
    """A virtual run in which everything passed."""
    return suite([slot_taken(), five_callers(), crash()])


@pytest.fixture
def live_run() -> list[Event]:
    """A run against somebody else's gateway: its ledger is out of sight."""
    unseen = ("both_ledgers_agree", "no_personal_data_in_logs")
    partly = scenario(
        "shared_event_type",
        "Two companies share one event type id",
        "1.17",
        [asks(1.0, "check-availability", "available", 40)],
        judgements=judged(unchecked=unseen),
    )
    return suite([partly, not_checked(), skipped(), inconclusive()], world="live")


@pytest.fixture
def tell() -> Callable[[Callable[[Event], None], list[Event]], None]:
    """Gives a listener the events one by one, as the runner does."""

    def play(listener: Callable[[Event], None], events: list[Event]) -> None:
        for event in events:
            listener(event)

    return play
