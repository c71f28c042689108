"""One function, many addresses and names: every one gives the same answer (incidents 1.6, 1.9, 2.1)."""

from __future__ import annotations

import json

import pytest

from app.domain.endpoint_token import endpoint_token_hash
from app.retell.names import SAME_FUNCTION
from app.retell.signature import SIGNATURE_HEADER, sign
from app.storage.models import BookingAttempt, Call, PhoneNumber, ToolCall
from app.usecases.functions import CHANGES, FUNCTIONS
from fixtures.payloads import call_object, function_call
from tests.integration.bench import CALL, CALLER, MITTE, SALON

CHECK = {"datum": "20.10.2025", "uhrzeit": "14:00"}
TOKEN = "ep_5f0c2a7e9b1d4c6a8e3f"
ROUTES = (
    "/api/retell/check-availability",
    "/api/retell/check_availability_v17",
    "/api/retell/v17/check-availability",
    "/api/webhooks/retell/check-availability",
    "/api/webhooks/retell/function",
    "/api/webhooks/retell/function-call",
)


def signed(bench, raw: bytes) -> dict[str, str]:
    key = bench.gateway.settings.retell_api_keys[0]
    return {SIGNATURE_HEADER: sign(raw, key, bench.milliseconds()), "Content-Type": "application/json"}


def post(bench, path: str, body, **headers: str):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return bench.web.post(path, data=raw, headers=signed(bench, raw) | headers)


@pytest.fixture
def endpoint(bench):
    """Gives the first number an endpoint of its own; returns the address below which its functions are."""
    with bench.gateway.database.transaction(SALON, "give_endpoint") as session:
        number = session.query(PhoneNumber).filter_by(number=MITTE).one()
        number.endpoint_token_hash = endpoint_token_hash(TOKEN)
    return f"/api/retell/n/{TOKEN}"


class TestEveryRoute:
    def test_gives_the_identical_answer_byte_for_byte(self, bench):
        body = function_call("check_availability_v17", CHECK)
        answers = [post(bench, path, body) for path in ROUTES]
        assert {answer.status_code for answer in answers} == {200}
        assert answers[0].json["status"] == "available"
        assert {answer.data for answer in answers} == {answers[0].data}

    def test_of_a_booking_is_one_booking_with_one_answer(self, bench):
        args = CHECK | {"name": "Erika Muster", "bestaetigung": True}
        body = function_call("collect_appointment", args)
        paths = [path.replace("check", "collect").replace("availability", "appointment") for path in ROUTES]
        answers = {post(bench, path, body).data for path in paths}
        assert len(answers) == 1
        assert json.loads(answers.pop())["status"] == "booked"
        assert bench.calendar.count("create_booking") == 1
        assert len(bench.rows(BookingAttempt)) == 1

    @pytest.mark.parametrize("path", ROUTES)
    def test_asks_for_a_signature(self, bench, path):
        assert bench.web.post(path, json=function_call("check-availability")).status_code == 401
        assert bench.rows(Call) == []

    @pytest.mark.parametrize("path", [path for path in ROUTES if "function" not in path])
    def test_refuses_the_name_of_another_function(self, bench, path):
        response = post(bench, path, function_call("collect-appointment", CHECK))
        assert (response.status_code, response.json["error"]["code"]) == (401, "wrong_route")
        assert bench.rows(Call) == []


class TestNames:
    def test_an_alias_is_never_a_function_of_its_own(self):
        assert set(SAME_FUNCTION).isdisjoint(FUNCTIONS)
        assert set(SAME_FUNCTION).isdisjoint(SAME_FUNCTION.values())

    def test_every_function_that_changes_something_is_one(self):
        assert set(FUNCTIONS) & CHANGES

    @pytest.mark.parametrize("name", [None, "", 7, ["check-availability"], "order_pizza", "__class__"])
    def test_what_names_no_function_is_told_so(self, bench, name):
        response = post(bench, "/api/webhooks/retell/function", function_call("x", CHECK) | {"name": name})
        assert (response.status_code, response.json["status"]) == (200, "unknown_function")
        assert (list(bench.rows(Call)), list(bench.rows(ToolCall))) == ([], [])


class TestBodies:
    @pytest.mark.parametrize("holder", ["args", "arguments", "parameters"])
    def test_arguments_stand_under_any_of_their_names(self, bench, holder):
        body = {"name": "check_availability", holder: CHECK, "call": call_object()}
        assert post(bench, ROUTES[0], body).json["status"] == "available"

    def test_arguments_may_be_wrapped_once_more_or_lie_flat(self, bench):
        wrapped = {"name": "check_availability", "args": {"args": CHECK}, "call": call_object()}
        flat = {"function_name": "check_availability", **CHECK, "call": call_object()}
        assert post(bench, ROUTES[0], wrapped).data == post(bench, ROUTES[0], flat).data

    def test_a_flag_beside_the_arguments_counts(self, bench):
        args = CHECK | {"name": "Erika Muster"}
        body = function_call("collect_appointment_v17", args, bestaetigung=True)
        assert post(bench, "/api/retell/collect-appointment", body).json["status"] == "booked"

    @pytest.mark.parametrize("raw", [b'{"name": NaN}', b"[" * 100_000, b"[" * 65 + b"]" * 65])
    def test_what_is_no_honest_json_is_400(self, bench, raw):
        response = post(bench, ROUTES[0], raw)
        assert (response.status_code, response.json["error"]["code"]) == (400, "not_json")

    def test_any_content_type_will_do(self, bench):
        raw = json.dumps(function_call("check-availability", CHECK)).encode()
        headers = signed(bench, raw) | {"Content-Type": "text/plain"}
        assert bench.web.post(ROUTES[0], data=raw, headers=headers).json["status"] == "available"


class TestEndpointOfArguments:
    def test_answers_as_the_envelope_does(self, bench, endpoint):
        enveloped = post(bench, ROUTES[0], function_call("check-availability", CHECK))
        for method in ("post", "put", "patch"):
            raw = json.dumps(CHECK).encode()
            headers = signed(bench, raw) | {"X-Retell-Call-Id": CALL}
            alone = getattr(bench.web, method)(f"{endpoint}/check_availability", data=raw, headers=headers)
            assert alone.data == enveloped.data
        assert [row.retell_call_id for row in bench.rows(Call)] == [CALL]

    @pytest.mark.parametrize("method", ["get", "delete"])
    def test_takes_a_question_without_a_body(self, bench, endpoint, method):
        headers = signed(bench, b"") | {"X-Retell-Call-Id": CALL}
        ask = getattr(bench.web, method)
        response = ask(f"{endpoint}/check-availability", query_string=CHECK, headers=headers)
        assert response.json["status"] == "available"

    def test_takes_no_change_without_a_body(self, bench, endpoint):
        query = CHECK | {"name": "Erika Muster", "bestaetigung": "true"}
        response = bench.web.get(
            f"{endpoint}/collect-appointment", query_string=query, headers=signed(bench, b"")
        )
        assert (response.status_code, response.json["error"]["code"]) == (401, "unsigned_arguments")
        assert bench.rows(BookingAttempt) == []

    @pytest.mark.parametrize("token", ["guess", TOKEN.upper(), endpoint_token_hash(TOKEN)])
    def test_of_an_unknown_token_is_nobodys(self, bench, endpoint, token):
        response = post(bench, f"/api/retell/n/{token}/check-availability", CHECK)
        assert (response.status_code, response.json["error"]["code"]) == (401, "unknown_endpoint")
        assert bench.rows(Call) == []

    def test_needs_a_signature_too(self, bench, endpoint):
        assert bench.web.post(f"{endpoint}/check-availability", json=CHECK).status_code == 401

    def test_of_what_is_no_object_is_spoken_about(self, bench, endpoint):
        response = post(bench, f"{endpoint}/check-availability", ["datum"])
        assert (response.status_code, response.json["status"]) == (200, "missing_required_field")

    def test_knows_the_caller_of_a_call_that_was_announced_otherwise(self, bench, endpoint):
        post(bench, ROUTES[0], function_call("check-availability", CHECK, call=call_object(call_id=CALL)))
        args = CHECK | {"name": "Erika Muster", "bestaetigung": True}
        post(bench, f"{endpoint}/collect-appointment", args, **{"X-Retell-Call-Id": CALL})
        attempt = bench.only(BookingAttempt)
        assert bench.parts.vault.open(attempt.phone_ciphertext) == CALLER
