"""Whatever comes in is answered: every function, any JSON (design 4.2).

The quick profile runs in seconds; `HYPOTHESIS_PROFILE=deep pytest --timeout=0` of this file takes long.

What a refused request must leave alone is every table but three: `calls` and `tool_calls`, which keep that somebody
called and what he was answered, and `identification_failures`, which counts guesses at who he is. A request that
is not let in (400, 401, 413) leaves alone those, too.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Mapping
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.retell.answer_size import LONGEST_ANSWER
from app.retell.names import SAME_FUNCTION
from app.retell.signature import SIGNATURE_HEADER, sign
from app.retell.wire import ALIASES
from app.settings import Environment, Settings
from app.storage.database import Database
from app.storage.encryption import Vault
from app.usecases.functions import FUNCTIONS
from app.web.application import LARGEST_BODY
from fixtures.payloads import call_object
from fixtures.seed import load_catalogue
from tests.integration.bench import Bench, settings_for
from tests.integration.fakes import NOW

RECORDS = frozenset({"calls", "tool_calls", "identification_failures"})
NOT_LET_IN = {400, 401, 413}
ROUTES = ("/api/retell/{}", "/api/retell/v17/{}", "/api/webhooks/retell/function")

_numbers = count()
names = st.sampled_from(sorted({*FUNCTIONS, *SAME_FUNCTION}))
texts = st.text(max_size=60) | st.sampled_from(
    [
        "20.10.2025", "14:00", "morgen um zehn", "nächsten Mittwoch", "31.2.", "halb drei", "gestern",
        "Haarschnitt", "Färben", "Erika Muster", "'; DROP TABLE customers; --", "<script>alert(1)</script>",
        "{{call_id}}", "{message}", "%s%n", "\\", "+4917139200107", "anonymous", "erika at example punkt de",
        "2025-10-20T14:00:00+02:00", "9999-12-31", "true", "null", "../../etc/passwd", "x" * 5000,
    ]
)  # fmt: skip
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
fields = st.sampled_from(sorted({alias for spellings in ALIASES.values() for alias in spellings}))
arguments = st.dictionaries(fields, scalars | values, max_size=8) | st.dictionaries(texts, values, max_size=4)
calls = st.builds(
    lambda caller, call_id, extra: {**extra, "from_number": caller, "call_id": call_id},
    st.sampled_from(["+4917139200107", "anonymous", "", None, "+49", 7]),
    st.none() | st.just("call_1") | st.builds(lambda: f"call_of_hypothesis_{next(_numbers):09}"),
    st.dictionaries(
        st.sampled_from(["direction", "transcript_with_tool_calls", "agent_id"]), values, max_size=2
    ),
)

parts_of_a_call = st.sampled_from(
    [
        "start_timestamp", "end_timestamp", "duration_ms", "transcript_object", "transcript", "latency",
        "call_cost", "call_analysis", "disconnection_reason", "from_number", "direction",
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """One gateway for all examples: what one leaves behind is a trap for the next."""
    folder = tmp_path_factory.mktemp("any_request")
    settings = Settings(environment=Environment.TEST)
    vault = Vault(settings.encryption_keys, settings.index_key)
    database = Database(f"sqlite:///{folder / 'seeded.sqlite3'}", vault, now=lambda: NOW)
    database.create_all()
    load_catalogue(database, settings)
    database.close()
    memory = Path("/dev/shm")
    path = (memory if memory.is_dir() else folder) / f"any_request_{folder.name}.sqlite3"
    shutil.copy(folder / "seeded.sqlite3", path)
    bench = Bench(settings_for(path))
    yield bench
    bench.close()
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink()


def contents(bench) -> dict[str, list[tuple]]:
    """Return every row of every table."""
    path = bench.gateway.settings.database_url.removeprefix("sqlite:///")
    connection = sqlite3.connect(path)
    try:
        tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        return {name: connection.execute(f'select * from "{name}"').fetchall() for (name,) in tables}
    finally:
        connection.close()


def changed(before: Mapping[str, list], after: Mapping[str, list]) -> set[str]:
    return {name for name, rows in after.items() if rows != before[name]}


def send(bench, path: str, raw: bytes, *, header: str | None = None):
    key = bench.gateway.settings.retell_api_keys[0]
    signature = sign(raw, key, bench.milliseconds()) if header is None else header
    return bench.web.post(
        path, data=raw, headers={SIGNATURE_HEADER: signature, "Content-Type": "application/json"}
    )


def assert_speakable(response) -> None:
    answer = response.json
    message = answer["message"]
    assert isinstance(answer["success"], bool)
    assert isinstance(answer["status"], str)
    assert message
    assert message[-1] in ".?", message
    assert not set("<>{}\\") & set(message), message
    assert message.isprintable(), message
    assert "None" not in message
    assert len(response.get_data(as_text=True)) <= LONGEST_ANSWER


def assert_answered(bench, path: str, raw: bytes) -> None:
    bench.clock.advance(seconds=7)
    before = contents(bench)
    response = send(bench, path, raw)
    left = changed(before, contents(bench))
    if response.status_code in NOT_LET_IN:
        assert set(response.json["error"]) == {"code", "message", "details"}
        assert left == set()
        return
    assert response.status_code == 200
    assert_speakable(response)
    if not response.json["success"]:
        assert left <= RECORDS, response.json
    assert not [entry for entry in bench.gateway.log_tail.records if entry["event"] == "voice.failed"]


class TestAnyRequest:
    @given(name=names, route=st.sampled_from(ROUTES), args=arguments, call=calls)
    def test_of_any_arguments_is_answered_by_a_sentence(self, bench, name, route, args, call):
        whole = call_object(call_id=call["call_id"]) | call
        body = {"name": name, "args": args, "call": whole}
        assert_answered(bench, route.format(name), json.dumps(body).encode())

    @given(name=names, body=values)
    def test_of_any_shape_is_answered_or_not_let_in(self, bench, name, body):
        assert_answered(bench, f"/api/retell/{name}", json.dumps(body).encode())

    @given(name=names, parts=st.dictionaries(st.sampled_from(["args", "call", "parameters"]), values))
    def test_with_parts_of_any_type_is_answered(self, bench, name, parts):
        assert_answered(bench, "/api/webhooks/retell/function", json.dumps({"name": name, **parts}).encode())

    @given(raw=st.binary(max_size=200))
    def test_of_any_bytes_is_answered_or_not_let_in(self, bench, raw):
        assert_answered(bench, "/api/retell/check-availability", raw)

    @given(body=values, header=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=90))
    def test_without_a_signature_is_not_let_in(self, bench, body, header):
        before = contents(bench)
        response = send(bench, "/api/retell/collect-appointment", json.dumps(body).encode(), header=header)
        assert response.status_code == 401
        assert changed(before, contents(bench)) == set()

    def test_that_is_too_large_is_not_let_in(self, bench):
        before = contents(bench)
        assert send(bench, "/api/retell/check-availability", b" " * (LARGEST_BODY + 1)).status_code == 413
        assert changed(before, contents(bench)) == set()

    @given(
        trigger=st.sampled_from(["call_started", "call_ended", "call_analyzed", "call_inbound"]) | texts,
        parts=values,
    )
    def test_about_the_life_of_a_call_is_answered(self, bench, trigger, parts):
        call = call_object(call_id=f"call_of_hypothesis_{next(_numbers):09}")
        body = {"event": trigger, "call": {**call, **(parts if isinstance(parts, dict) else {})}}
        response = send(bench, "/api/webhooks/retell", json.dumps(body).encode())
        assert response.status_code in {200, 404}, response.text

    @given(part=parts_of_a_call, value=values)
    def test_about_the_end_of_a_call_with_any_field_is_applied(self, bench, part, value):
        call = call_object(call_id=f"call_of_hypothesis_{next(_numbers):09}") | {part: value}
        body = json.dumps({"event": "call_analyzed", "call": call}).encode()
        response = send(bench, "/api/webhooks/retell", body)
        assert response.status_code == (400 if b"NaN" in body or b"Infinity" in body else 200)
        assert response.status_code == 400 or response.json["status"] in {"processed", "ignored"}
