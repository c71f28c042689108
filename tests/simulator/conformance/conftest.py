"""The conformance cases run twice, in process and over a port, and every answer is held against our document."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from simulator import create_app
from tests.simulator.conftest import ACCOUNT, BEGIN, SALON, Mailbox, Salon, SteppedClock

ROOT = Path(__file__).parents[3]
IN_PROCESS, OVER_A_PORT = "in process", "over a port"
_NO_DOCUMENT = re.compile(r"/__admin|/test/")


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document that the project holds of ``/v2``."""
    text = (ROOT / "simulator" / "calcom" / "openapi.yaml").read_text(encoding="utf-8")
    return YAML(typ="safe").load(text)


@cache
def routes() -> list[tuple[str, re.Pattern[str], str]]:
    found = []
    for path, methods in document()["paths"].items():
        pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$")
        found += [(method.upper(), pattern, path) for method in methods]
    return sorted(found, key=lambda route: "{" in route[2])  # a word in the path goes before a parameter


@cache
def validator(name: str) -> Draft202012Validator:
    """The schema of one of the document's responses."""
    schema = document()["components"]["responses"][name]["content"]["application/json"]["schema"]
    return Draft202012Validator({**schema, "components": document()["components"]})


def check_answer(method: str, path: str, status: int, body: Any) -> None:
    """Hold an answer against the document: its status belongs to the operation, its body to the status."""
    inner = path.split("?", maxsplit=1)[0]
    inner = inner[inner.index("/v2") + len("/v2") :]
    template = next((t for verb, pattern, t in routes() if verb == method and pattern.match(inner)), None)
    responses = document()["paths"][template][method.lower()]["responses"] if template else {}
    reference = responses.get(str(status), {"$ref": "#/components/responses/Refusal"})["$ref"]
    assert status >= 400 or str(status) in responses, f"{method} {inner} has no answer {status}"
    errors = list(validator(reference.rsplit("/", 1)[1]).iter_errors(body))
    told = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}" for error in errors]
    assert not errors, (
        f"{method} {inner} {status} does not fit {reference}: {told}\n{json.dumps(body)[:2000]}"
    )


@dataclass
class HeldClient:
    """A client whose answers of ``/v2`` are held against the document."""

    inner: Any

    def open(self, path: str, *, method: str = "GET", **options: Any) -> Any:
        answer = self.inner.open(path, method=method, **options)
        if "/v2" in path and not _NO_DOCUMENT.search(path):
            check_answer(method, path, answer.status_code, answer.json)
        return answer

    def get(self, path: str, **options: Any) -> Any:
        return self.open(path, method="GET", **options)

    def post(self, path: str, **options: Any) -> Any:
        return self.open(path, method="POST", **options)


@dataclass
class PortAnswer:
    """An answer over the wire that reads like one in process."""

    response: requests.Response

    @property
    def status_code(self) -> int:
        return self.response.status_code

    @property
    def json(self) -> Any:
        return self.response.json()

    @property
    def text(self) -> str:
        return self.response.text

    @property
    def headers(self) -> Mapping[str, str]:
        return self.response.headers


@dataclass
class PortClient:
    """Speaks to a simulator process as Flask's test client speaks to one in process."""

    url: str
    session: requests.Session

    def open(
        self,
        path: str,
        *,
        method: str,
        headers: Mapping[str, str] | None = None,
        query_string: Mapping[str, Any] | None = None,
        json: Any = None,
        data: bytes | None = None,
        content_type: str | None = None,
        environ_overrides: Any = None,
    ) -> PortAnswer:
        sent = dict(headers or {})
        if content_type:
            sent["Content-Type"] = content_type
        return PortAnswer(
            self.session.request(
                method,
                f"{self.url}{path}",
                headers=sent,
                params=query_string,
                json=json,
                data=data,
                timeout=30,
            )
        )


@dataclass
class PortClock:
    """The simulator's clock, frozen and moved through its control routes."""

    client: PortClient
    slept: list[float] = field(default_factory=list)

    def advance(self, seconds: float) -> None:
        answer = self.client.open("/__admin/clock/advance", method="POST", json={"seconds": seconds})
        assert answer.status_code == 200, answer.text

    def reset(self) -> None:
        body = {"now": BEGIN.isoformat(), "mode": "frozen"}
        answer = self.client.open("/__admin/clock", method="PUT", json=body)
        assert answer.status_code == 200, answer.text


@pytest.fixture(scope="session")
def port_url() -> Iterator[str]:
    command = [sys.executable, "-m", "simulator", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()
        process.wait(10)


@pytest.fixture(params=[IN_PROCESS, OVER_A_PORT])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def port(way: str, request: pytest.FixtureRequest) -> Iterator[PortClient | None]:
    if way == IN_PROCESS:
        yield None
        return
    with requests.Session() as session:
        session.trust_env = False
        yield PortClient(request.getfixturevalue("port_url"), session)


@pytest.fixture
def clock(port: PortClient | None) -> Any:
    if port is None:
        return SteppedClock()
    steered = PortClock(port)
    steered.reset()
    return steered


@pytest.fixture
def web(port: PortClient | None, clock: Any, mailbox: Mailbox) -> HeldClient:
    if port is not None:
        return HeldClient(port)
    client: FlaskClient = create_app(clock=clock, http=mailbox.session).test_client()
    return HeldClient(client)


@pytest.fixture
def salon_state() -> dict[str, Any]:
    return copy.deepcopy(SALON)


@pytest.fixture
def salon(web: Any, salon_state: dict[str, Any]) -> Iterator[Salon]:
    account = Salon(web)
    assert account.admin("PUT", "/state", salon_state).status_code == 200
    yield account
    account.admin("PUT", "/state", {"account": {"key": ACCOUNT, "name": "salon"}})


@pytest.fixture
def second_salon(web: Any, salon_state: dict[str, Any]) -> Iterator[Salon]:
    salon_state["account"] |= {"name": "praxis", "key": "cal_test_praxis"}
    account = Salon(web, "cal_test_praxis")
    assert account.admin("PUT", "/state", salon_state).status_code == 200
    yield account
    account.admin("PUT", "/state", {"account": {"key": "cal_test_praxis", "name": "praxis"}})


@dataclass
class Bench:
    """A salon whose world a case describes by changes to its first event type."""

    salon: Salon
    state: dict[str, Any]
    clock: Any

    def set_up(self, *, more: Mapping[str, Any] | None = None, **kind: Any) -> Salon:
        """Put the state with traits on event type 100; ``more`` are other keys of the document."""
        self.state["event_types"][0].update(kind)
        for name, value in (more or {}).items():
            if name == "account":
                self.state["account"].update(value)
            else:
                self.state[name] = value
        answer = self.salon.admin("PUT", "/state", self.state)
        assert answer.status_code == 200, answer.text
        return self.salon


@pytest.fixture
def bench(salon: Salon, salon_state: dict[str, Any], clock: Any) -> Bench:
    return Bench(salon, salon_state, clock)


def words(answer: Any) -> str:
    """The text of a refusal, wherever its shape has it."""
    body = answer.json
    return body["error"]["message"] if "error" in body else body["message"]


def rules_of(answer: Any) -> dict[str, list[str]]:
    """The broken rules of the global validation pipe, by property."""
    assert words(answer) == "Bad Request Exception"
    errors = answer.json["error"]["details"]["errors"]
    return {error["property"]: list(error.get("constraints", {}).values()) for error in errors}
