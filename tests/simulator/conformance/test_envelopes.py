"""Cal.com API v2 behaviour, §1 to §4: what holds for every endpoint."""

from __future__ import annotations

import re
from typing import Any

import pytest

from simulator.calcom import OPERATIONS
from simulator.calcom.exchange import KNOWN_VERSIONS, Operation
from tests.simulator.conformance.conftest import Bench, document, words
from tests.simulator.conftest import Salon

EACH = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)


def address(operation: Operation) -> str:
    """A path of the operation in which every parameter has a value that nothing has."""
    return "/v2" + re.sub(r"<\w+>", "999", operation.path)


def version_of(operation: Operation) -> str:
    return max(operation.versions) if operation.versions else "any"


def call(salon: Salon, operation: Operation, **options: Any) -> Any:
    body = {} if operation.method in ("POST", "PATCH") else None
    return salon.call(operation.method, address(operation), json=body, **options)


class TestEveryOperation:
    """§1 versions and headers, §2 credentials: the same rules on each endpoint."""

    @EACH
    def test_under_any_other_version_it_is_a_plain_404(self, salon: Salon, operation: Operation) -> None:
        others = [one for one in KNOWN_VERSIONS if operation.versions and one not in operation.versions]
        for version in others:
            answer = call(salon, operation, version=version)
            assert answer.status_code == 404
            assert words(answer) == f"Cannot {operation.method} {address(operation)}"

    @EACH
    def test_it_lets_in_whom_upstream_lets_in(self, salon: Salon, operation: Operation) -> None:
        answer = call(salon, operation, version=version_of(operation), auth=False)
        refused = answer.status_code in (401, 403)
        assert refused == (operation.auth == "required")
        if refused:
            assert answer.status_code == (403 if operation.is_booking else 401)

    @EACH
    def test_a_wrong_key_is_refused_everywhere(self, salon: Salon, operation: Operation) -> None:
        headers = {"Authorization": "Bearer cal_test_nobody"}
        answer = call(salon, operation, version=version_of(operation), headers=headers)
        assert (answer.status_code, words(answer)) == (401, "CustomThrottlerGuard - Invalid API Key")

    @EACH
    def test_our_document_knows_it_with_its_versions(self, salon: Salon, operation: Operation) -> None:
        path = re.sub(r"<(\w+)>", r"{\1}", operation.path)
        told = document()["paths"][path][operation.method.lower()]
        assert told["operationId"] == operation.name
        assert set(told["x-versions"]) == set(operation.versions or ())

    def test_our_document_knows_nothing_else(self, salon: Salon) -> None:
        told = [one["operationId"] for path in document()["paths"].values() for one in path.values()]
        assert sorted(told) == sorted(operation.name for operation in OPERATIONS)


class TestTransport:
    """§1 transport."""

    def test_security_headers_are_on_every_answer(self, salon: Salon) -> None:
        for answer in (salon.slots(), salon.call("GET", "/v2/nothing")):
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
            assert answer.headers["Access-Control-Allow-Origin"] == "*"

    def test_a_body_above_the_parsers_limit(self, salon: Salon) -> None:
        answer = salon.book(metadata={"a": "x" * 110_000})
        assert (answer.status_code, answer.json) == (
            413,
            {"statusCode": 413, "message": "request entity too large"},
        )

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            (b'{"start":', "Unexpected end of JSON input"),
            (b'{"start": x}', "Unexpected token 'x' in JSON at position 10"),
        ],
        ids=["cut off", "a bare word"],
    )
    def test_malformed_json_has_the_parsers_text(self, salon: Salon, body: bytes, text: str) -> None:
        answer = salon.call("POST", "/v2/bookings", data=body, content_type="application/json")
        assert (answer.status_code, words(answer)) == (400, text)

    def test_the_path_of_a_refusal_has_its_query(self, salon: Salon) -> None:
        answer = salon.call("GET", "/v2/slots?eventTypeId=999&start=a", version="2024-09-04")
        assert answer.json["path"] == "/v2/slots?eventTypeId=999&start=a"


class TestSeveralLimits:
    """§4 rate limit: a key with several named limits, and who is counted."""

    @pytest.fixture
    def limited(self, bench: Bench) -> Salon:
        limits = [
            {"name": "Short", "limit": 2, "window": 10, "block": 10},
            {"name": "Long", "limit": 4, "window": 60, "block": 60},
        ]
        return bench.set_up(more={"account": {"rate_limit": limits}})

    def test_each_has_headers_of_its_name(self, limited: Salon) -> None:
        headers = limited.slots().headers
        assert (headers["X-RateLimit-Limit-Short"], headers["X-RateLimit-Remaining-Short"]) == ("2", "1")
        assert (headers["X-RateLimit-Limit-Long"], headers["X-RateLimit-Reset-Long"]) == ("4", "60")
        assert "X-RateLimit-Limit-Default" not in headers

    def test_only_all_of_them_refuse(self, limited: Salon) -> None:
        statuses = [limited.slots().status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 200, 429]

    def test_a_refused_request_has_headers_too(self, limited: Salon) -> None:
        last = [limited.slots() for _ in range(5)][-1]
        assert last.headers["X-RateLimit-Remaining-Short"] == "0"
        assert "Retry-After" not in last.headers

    def test_bad_requests_count_and_unmatched_ones_do_not(self, limited: Salon) -> None:
        unmatched = limited.call("GET", "/v2/nothing")
        assert "X-RateLimit-Limit-Short" not in unmatched.headers
        wrong = limited.slots(format="list")
        assert (wrong.status_code, wrong.headers["X-RateLimit-Remaining-Short"]) == (400, "1")

    def test_strangers_are_counted_by_their_address(self, limited: Salon) -> None:
        limited.slots()
        query = {"eventTypeId": 100, "start": "2025-10-20", "end": "2025-10-20"}
        seen = [
            limited.call(
                "GET",
                "/v2/slots",
                version="2024-09-04",
                query_string=query,
                auth=False,
                headers={"cf-connecting-ip": address},
            ).headers["X-RateLimit-Remaining-Short"]
            for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2")
        ]
        assert seen == ["1", "0", "1"]


class TestDocument:
    """§12: our document says what the server says where upstream's own file does not."""

    def test_a_status_that_upstreams_file_forgot(self, salon: Salon) -> None:
        core = document()["components"]["schemas"]["BookingCore"]["properties"]
        assert "awaiting_host" in core["status"]["enum"]

    def test_every_reference_leads_somewhere(self, salon: Salon) -> None:
        text = str(document())
        for kind, name in re.findall(r"#/components/(\w+)/(\w+)", text):
            assert name in document()["components"][kind], name
