"""What each verb of a scenario does: one function a verb, in a registry; each answers with plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from harness import agent_steps, calcom_steps
from harness.agent_steps import read_answer
from harness.events import Expectation, HappeningKind, Lane
from harness.expectations import judge
from harness.scenario import Step
from harness.stage import Answer, Party, Stage
from harness.times import local_text, parse_instant, parse_seconds
from harness.worlds.world import Tenant

StepFunction = Callable[[Stage, Party, Step], Answer]

STEPS: dict[str, StepFunction] = {**calcom_steps.STEPS, **agent_steps.STEPS}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step answered, and what was expected of it (nested steps included)."""

    answer: Answer
    expectations: tuple[Expectation, ...]


def perform(stage: Stage, party: Party, step: Step) -> Outcome:
    """Do one step and judge its answer; raises WorldError or what the bench itself could not do."""
    filled = replace(step, value=party.fill(step.value), expect=party.fill(step.expect))
    answer = STEPS[step.verb](stage, party, filled)
    nested = tuple(answer.pop("_expectations", ()))
    held = tuple(judge(filled.expect, answer, stage.names())) if filled.expect is not None else ()
    return Outcome(answer, (*nested, *held))


def _step(verb: str) -> Callable[[StepFunction], StepFunction]:
    def register(function: StepFunction) -> StepFunction:
        STEPS[verb] = function
        return function

    return register


@_step("says")
def _says(stage: Stage, party: Party, step: Step) -> Answer:
    text = step.value["text"] if isinstance(step.value, Mapping) else str(step.value)
    key = f"{party.label}/{party.tenant.key}/{step.call or ''}/{party.redials}"
    body: dict[str, Any] = {"text": text, "from_number": party.from_number, "to_number": party.dialled()}
    if key in stage.conversations:
        body["call_id"] = stage.conversations[key]
    response = stage.world.session(Lane.CALLER).post(
        f"{stage.world.gateway_url}/test/api/retell/say", json=body, timeout=60
    )
    answer = read_answer(response)
    if answer.get("call_id"):
        stage.conversations[key] = str(answer["call_id"])
    calls = answer.get("tool_calls") or []
    answer["tool"] = calls[-1] if calls else None
    stage.happen(HappeningKind.SPEECH, Lane.CALLER, text)
    stage.happen(HappeningKind.SPEECH, Lane.AGENT, str(answer.get("agent", "")))
    return answer


@_step("new_call")
def _new_call(_stage: Stage, party: Party, step: Step) -> Answer:
    party.redials += 1
    party.sent_call_id = None
    value = step.value if isinstance(step.value, Mapping) else {}
    if "from" in value:
        party.from_number = str(value["from"])
    if "to" in value:
        party.to_number = party.tenant.numbers.get(str(value["to"]), str(value["to"]))
    if "id" in value:
        party.sent_call_id = str(value["id"]) if value["id"] is not None else ""
    return {}


@_step("other_company")
def _other_company(stage: Stage, party: Party, step: Step) -> Answer:
    other = replace(party, tenant=stage.other_tenant(party.tenant), to_number=None)
    answer, expectations = _run_branch(stage, other, step.branches[0])
    return {**answer, "_expectations": expectations}


@_step("parallel")
def _parallel(stage: Stage, party: Party, step: Step) -> Answer:
    branches = _branches(step)
    answers: list[Answer] = [{} for _ in branches]
    expectations: list[list[Expectation]] = [[] for _ in branches]

    def run(index: int) -> None:
        caller = replace(
            party,
            label=f"{party.label}{index + 1}.",
            number=index + 1,
            from_number=_number_of(party.from_number, index),
        )
        answers[index], expectations[index] = _run_branch(stage, caller, branches[index])

    works = [(f"caller {index + 1}", lambda index=index: run(index)) for index in range(len(branches))]
    stage.world.together(works)
    statuses = Counter(str(each.get("status")) for each in answers)
    named = [
        Expectation(f"caller {number}: {each.text}", each.held, each.wanted, each.got)
        for number, group in enumerate(expectations, start=1)
        for each in group
    ]
    return {"answers": answers, "statuses": dict(sorted(statuses.items())), "_expectations": named}


def _number_of(number: str, index: int) -> str:
    """A number of one's own for each branch; who hides his stays hidden."""
    return f"{number[:-2]}{index + 11}" if number.startswith("+") else number


def _branches(step: Step) -> list[tuple[Step, ...]]:
    if isinstance(step.value, Mapping):
        return [step.branches[0]] * int(step.value.get("callers", 2))
    return list(step.branches)


def _run_branch(stage: Stage, party: Party, steps: tuple[Step, ...]) -> tuple[Answer, list[Expectation]]:
    answer: Answer = {}
    found: list[Expectation] = []
    for step in steps:
        outcome = perform(stage, party, step)
        found += outcome.expectations
        answer = outcome.answer or answer
    return answer, found


@_step("wait")
def _wait(stage: Stage, _party: Party, step: Step) -> Answer:
    stage.world.sleep(parse_seconds(step.value))
    return {}


@_step("advance")
def _advance(stage: Stage, _party: Party, step: Step) -> Answer:
    now = stage.world.now()
    target = _target(now, step.value)
    stage.happen(HappeningKind.CLOCK, Lane.GATEWAY, f"the clock jumps to {local_text(target)}")
    stage.world.jump(target)
    return {}


def _target(now: datetime, value: Any) -> datetime:
    if isinstance(value, Mapping):
        return parse_instant(value["to"])
    return datetime.fromtimestamp(now.timestamp() + parse_seconds(value), tz=now.tzinfo)


@_step("gateway_fault")
def _gateway_fault(stage: Stage, _party: Party, step: Step) -> Answer:
    rule = {"times": 1, **step.value}
    stage.control("POST", "/test/api/faults", rule)
    stage.gateway_faults.append({**rule, "where": "gateway", "fired": 0})
    stage.happen(HappeningKind.FAULT, Lane.GATEWAY, f"{rule['effect']} at {rule['at']}, {rule['times']} ×")
    return {}


@_step("crash_gateway")
def _crash_gateway(stage: Stage, _party: Party, step: Step) -> Answer:
    stage.happen(HappeningKind.CRASH, Lane.GATEWAY, "killed")
    stage.world.crash_gateway()
    if not isinstance(step.value, Mapping) or step.value.get("restart", True):
        _start(stage)
    return {}


@_step("start_gateway")
def _start_gateway(stage: Stage, _party: Party, _step: Step) -> Answer:
    if not stage.world.gateway_is_up():
        _start(stage)
    return {}


def _start(stage: Stage) -> None:
    stage.world.start_gateway()
    stage.happen(HappeningKind.CRASH, Lane.GATEWAY, "started again on the same database")


@_step("run_worker")
def _run_worker(stage: Stage, _party: Party, _step: Step) -> Answer:
    done = stage.control("POST", "/test/api/run-worker")
    stage.happen(HappeningKind.WORKER, Lane.GATEWAY, f"the worker did {done.get('done')}")
    return done


@_step("reconcile")
def _reconcile(stage: Stage, _party: Party, _step: Step) -> Answer:
    summary = stage.control("POST", "/test/api/reconcile")
    stage.happen(HappeningKind.WORKER, Lane.GATEWAY, "both ledgers were compared")
    return summary


@_step("ledger")
def _ledger(stage: Stage, _party: Party, _step: Step) -> Answer:
    ledger = stage.ledger()
    tables = {each.name: getattr(ledger, each.name) for each in fields(ledger)}
    return {table: [dict(row) for row in rows] for table, rows in tables.items()}


def first_party(stage: Stage) -> Party:
    """Who the scenario's own steps are spoken by."""
    tenant: Tenant = stage.tenant()
    return Party(tenant, stage.scenario.caller or "+4917139200107")
