"""The verbs of the voice agent: functions by name, over the dispatcher, at every route, forged, raw; and events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests

from harness.call_events import EVENTS, PATH, event_body
from harness.events import Lane
from harness.retell import Forgery, ask, compact, envelope, forge, post_signed
from harness.scenario import Step
from harness.stage import Answer, Party, Stage
from harness.vocabulary import VERBS
from harness.worlds.world import WorldError

StepFunction = Callable[[Stage, Party, Step], Answer]

DISPATCHER = "/api/webhooks/retell/function"
_UNLIKE = ("took_seconds", "http_status")
"""What may differ between two answers that are the same."""


def read_answer(response: requests.Response) -> Answer:
    """An answer as a mapping, whatever came; ``http_status`` beside it."""
    try:
        data = response.json()
    except ValueError:
        data = {"body": response.text[:300]}
    answer = data if isinstance(data, dict) else {"answer": data}
    return {**answer, "http_status": response.status_code}


def _named(stage: Stage, party: Party, step: Step) -> Answer:
    """A verb that stands for one function."""
    function = VERBS[step.verb].function
    return _ask(stage, party, step, str(function), step.value or {})


def _function(stage: Stage, party: Party, step: Step) -> Answer:
    return _ask(stage, party, step, str(step.value["name"]), step.value.get("args") or {})


def _ask(stage: Stage, party: Party, step: Step, name: str, args: Mapping[str, Any]) -> Answer:
    world = stage.world
    call = stage.call(party, step.call)
    return _timed(
        stage,
        lambda: ask(
            world.session(Lane.AGENT),
            world.gateway_url,
            world.retell_api_key,
            name=name,
            args=args,
            call=call,
            now=world.now(),
        ),
    )


def _timed(stage: Stage, send: Callable[[], requests.Response]) -> Answer:
    """The answer, and how long the caller waited for it: seconds of the world's clock."""
    began = stage.world.elapsed_seconds()
    try:
        response = send()
    except requests.RequestException as error:
        return {"status": "no_answer", "success": False, "error": type(error).__name__}
    took = round(stage.world.elapsed_seconds() - began, 6)
    return {**read_answer(response), "took_seconds": took}


def _dispatch(stage: Stage, party: Party, step: Step) -> Answer:
    return _send_to(stage, party, step, str(step.value.get("route", DISPATCHER)))


def _send_to(stage: Stage, party: Party, step: Step, route: str) -> Answer:
    call = stage.call(party, step.call)
    body = envelope(str(step.value["name"]), step.value.get("args") or {}, call, stage.world.now())
    return _post(stage, route, compact(body))


def _post(stage: Stage, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    world = stage.world
    return _timed(
        stage,
        lambda: post_signed(
            world.session(Lane.AGENT),
            world.gateway_url + path,
            body,
            api_key=world.retell_api_key,
            now=world.now(),
            headers=headers,
        ),
    )


def _every_route(stage: Stage, party: Party, step: Step) -> Answer:
    answers = {str(route): _send_to(stage, party, step, str(route)) for route in step.value["routes"]}
    plain = [{key: each[key] for key in each if key not in _UNLIKE} for each in answers.values()]
    return {
        **next(iter(answers.values())),
        "answers": answers,
        "statuses": sorted({str(each.get("status")) for each in answers.values()}),
        "identical": all(each == plain[0] for each in plain),
    }


def _raw(stage: Stage, _party: Party, step: Step) -> Answer:
    body = step.value.get("body")
    sent = body.encode() if isinstance(body, str) else compact(body or {})
    headers = {str(name): str(value) for name, value in (step.value.get("headers") or {}).items()}
    return _post(stage, str(step.value["path"]), sent, headers)


def _forged(stage: Stage, party: Party, step: Step) -> Answer:
    world = stage.world
    response = forge(
        world.session(Lane.AGENT),
        world.gateway_url,
        world.retell_api_key,
        name=str(step.value["name"]),
        args=step.value.get("args") or {},
        call=stage.call(party, step.call),
        now=world.now(),
        forgery=Forgery(step.value.get("signature", Forgery.WRONG)),
    )
    return read_answer(response)


def _call_event(stage: Stage, party: Party, step: Step) -> Answer:
    value = step.value if isinstance(step.value, Mapping) else {"event": step.value}
    name = str(value["event"])
    if name not in EVENTS:
        raise WorldError(f"line {step.line}: Retell has no event {name}; known are {', '.join(EVENTS)}")
    world = stage.world
    body = compact(event_body(name, stage.call(party, step.call), world.now(), value))
    key = world.retell_api_key if value.get("signature", "right") == "right" else f"{world.retell_api_key}x"

    def send() -> requests.Response:
        return post_signed(
            world.session(Lane.AGENT), world.gateway_url + PATH, body, api_key=key, now=world.now()
        )

    answers = [_timed(stage, send) for _ in range(int(value.get("times", 1)))]
    return {**answers[-1], "answers": answers, "statuses": [each.get("http_status") for each in answers]}


STEPS: Mapping[str, StepFunction] = {
    **{name: _named for name, verb in VERBS.items() if verb.function is not None},
    "function": _function,
    "dispatch": _dispatch,
    "every_route": _every_route,
    "raw": _raw,
    "forged": _forged,
    "call_event": _call_event,
}
