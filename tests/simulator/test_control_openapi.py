"""The control routes and their document say the same."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from simulator.calcom.effect_specs import EFFECTS
from simulator.calcom.presets import PRESETS
from simulator.control.fault_rules import MATCH_KEYS, RULE_KEYS
from simulator.control.faults import Phase
from simulator.control.journal import FIND_KEYS
from tests.simulator.conftest import ACCOUNT, NOON, Salon
from tests.simulator.schema import violations

_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def document(salon: Salon) -> dict[str, Any]:
    return salon.admin("GET", "/openapi.json").json


def control_routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("control.") and rule.endpoint != "control._no_such_route"
        for method in (rule.methods or set()) & _METHODS
    }


class TestDocument:
    def test_it_names_exactly_the_routes_that_exist(self, app: Flask, document: dict[str, Any]) -> None:
        told = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
        assert told == control_routes(app)

    def test_every_operation_has_a_name_of_its_own(self, document: dict[str, Any]) -> None:
        names = [op["operationId"] for item in document["paths"].values() for op in item.values()]
        assert len(names) == len(set(names))

    def test_its_words_are_those_of_the_code(self, document: dict[str, Any]) -> None:
        schemas = document["components"]["schemas"]
        rule = schemas["FaultRule"]["properties"]
        assert set(rule) == set(RULE_KEYS)
        assert set(rule["match"]["properties"]) == set(MATCH_KEYS)
        assert rule["when"]["enum"] == [phase.value for phase in Phase]
        assert set(schemas["Effect"]["oneOf"][1]["properties"]) >= set(EFFECTS) | {"latency"}
        assert set(schemas["Wanted"]["properties"]) == set(FIND_KEYS)


class TestAnswers:
    def check(self, document: dict[str, Any], path: str, method: str, answer: Any) -> None:
        responses = document["paths"][path][method.lower()]["responses"]
        assert str(answer.status_code) in responses, (path, method, answer.status_code, answer.text)
        response = responses[str(answer.status_code)]
        if "$ref" in response:
            response = document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
        schema = response["content"]["application/json"]["schema"]
        assert list(violations(document, schema, answer.json)) == [], (path, method)

    def test_each_read_fits_after_a_busy_day(self, salon: Salon, document: dict[str, Any]) -> None:
        salon.fault(on="create_booking", effect={"status": 500})
        salon.fault(on="*", effect={"latency": {"uniform": [0, 1]}}, match={"nth": [2]})
        salon.book()
        salon.book()
        salon.call("GET", "/v2/nothing")
        salon.admin("POST", "/take-slot", {"start": "2025-10-21T08:00:00Z", "event_type_id": 100})
        for path, item in document["paths"].items():
            if "get" in item and "{" not in path:
                self.check(document, path, "get", salon.admin("GET", path.removeprefix("/__admin")))

    def test_each_write_fits(self, salon: Salon, document: dict[str, Any]) -> None:
        uid = salon.book().json["data"]["uid"]
        writes: list[tuple[str, str, str, Any]] = [
            ("PUT", "/slots", "/slots", {"event_type_id": 101, "starts": [NOON]}),
            ("POST", "/take-slot", "/take-slot", {"start": "2025-10-21T08:00:00Z"}),
            ("POST", "/take-slot", "/take-slot", {"start": "2025-10-21T08:00:00Z"}),
            ("POST", "/free-slot", "/free-slot", {"uid": uid}),
            ("POST", "/free-slot", "/free-slot", {"uid": uid}),
            ("POST", "/faults", "/faults", {"on": "*", "effect": "reset"}),
            ("POST", "/faults", "/faults", {"on": "x"}),
            ("DELETE", "/faults/{fault_id}", "/faults/f1", None),
            ("DELETE", "/faults/{fault_id}", "/faults/f1", None),
            ("DELETE", "/faults", "/faults", None),
            ("POST", "/presets/{name}", "/presets/outage", {}),
            ("POST", "/presets/{name}", "/presets/outages", {}),
            ("DELETE", "/presets/{name}", "/presets/outage", None),
            ("POST", "/requests/find", "/requests/find", {"operation": "create_booking"}),
            ("POST", "/requests/find", "/requests/find", {"metadata": 5}),
            ("PUT", "/deliveries/policy", "/deliveries/policy", {"mode": "twice"}),
            ("POST", "/deliveries/{delivery_id}/redeliver", "/deliveries/x/redeliver", None),
            ("POST", "/webhooks/emit", "/webhooks/emit", {"trigger": "OOO_CREATED"}),
            ("PUT", "/clock", "/clock", {"now": "2025-10-13T09:00:00Z"}),
            ("PUT", "/clock", "/clock", {"mode": "frozen"}),
            ("POST", "/clock/advance", "/clock/advance", {"seconds": 5}),
            ("POST", "/clock/advance", "/clock/advance", {"seconds": 1e300}),
            ("POST", "/accounts", "/accounts", {"name": "third"}),
            ("POST", "/accounts", "/accounts", {"name": "third"}),
            ("POST", "/accounts", "/accounts", {"name": 5}),
            ("DELETE", "/requests", "/requests", None),
            ("PUT", "/state", "/state", salon.admin("GET", "/state").json),
            ("POST", "/reset", "/reset", None),
        ]
        for method, path, address, body in writes:
            self.check(document, f"/__admin{path}", method, salon.admin(method, address, body))


class TestNamedCures:
    @pytest.mark.parametrize("preset", [preset.name for preset in PRESETS])
    def test_every_preset_can_be_set_and_lifted(self, salon: Salon, preset: str) -> None:
        answer = salon.admin("POST", f"/presets/{preset}")
        assert answer.status_code == 201, answer.text
        assert {rule["name"] for rule in answer.json["faults"]} <= {preset}
        listed = {one["name"]: one["armed"] for one in salon.admin("GET", "/presets").json["presets"]}
        assert listed[preset]
        salon.admin("DELETE", f"/presets/{preset}")
        assert salon.admin("GET", "/faults").json["faults"] == []
        assert salon.admin("GET", "/deliveries/policy").json["mode"] == "normal"
        assert salon.key == ACCOUNT
