from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime

import pytest

from app.observability import (
    CALL_HEADER,
    REDACTED,
    LogTail,
    begin_request_log,
    bound,
    build_log,
    redact,
    redact_text,
    trace_headers,
)
from tests.unit.builders import NOW


class TestRedactByPattern:
    @pytest.mark.parametrize(
        "number",
        ["+4915112345678", "+49 151 1234 5678", "0049 30 1234567", "0171/39200107", "(030) 12345678"],
    )
    def test_a_phone_number_goes(self, number):
        assert number.strip("()") not in redact_text(f"call {number}, please")
        assert REDACTED in redact_text(f"call {number}, please")

    @pytest.mark.parametrize("address", ["max@example.com", "Max.Muster+salon@mail.salon-nord.example"])
    def test_an_address_goes(self, address):
        assert redact_text(f"to {address}.") == f"to {REDACTED}."

    @pytest.mark.parametrize(
        "text",
        [
            "2025-10-20",
            "2025-10-20T12:00:00.000Z",
            "2025-10-20 14:00:00",
            "20.10.2025",
            "01.02.2025",
            "09:00",
            "bT1LntHUU8qdQNMMFpWFPm",
            "8Fxv4pCqnb1Jva1w9wn5wX",
            "9f4d5e2a-46f7-41b6-b81d-1532725381d4",
            "00123456-1234-4678-9012-123456789012",
            "call_00f21b9b2cc20cd24dc97c9f0b",
            "att_01k30000000000000000",
            "event_type:2563193",
            "11489895",
        ],
    )
    def test_dates_and_ids_stay(self, text):
        assert redact_text(f"about {text} again") == f"about {text} again"


class TestRedactByKey:
    @pytest.mark.parametrize(
        "key", ["name", "customer_name", "Phone", "telefon", "email", "api_key", "recipient"]
    )
    def test_a_personal_field_goes_whatever_it_holds(self, key):
        assert redact({key: "Erika"}) == {key: REDACTED}
        assert redact({key: {"first": "Erika"}}) == {key: REDACTED}

    def test_an_empty_one_may_say_so(self):
        assert redact({"phone": None}) == {"phone": None}

    def test_nested_values_are_reached(self):
        value = {"args": {"name": "Max", "notes": ["ring +4915112345678", ("max@example.com",)]}, "n": 3}
        assert redact(value) == {
            "args": {"name": REDACTED, "notes": [f"ring {REDACTED}", [REDACTED]]},
            "n": 3,
        }


def written(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def new_log(level: str = "INFO", tail: LogTail | None = None):
    stream = io.StringIO()
    return build_log(stream=stream, now=lambda: NOW, level=level, tail=tail), stream


class TestLog:
    def test_a_record_is_one_json_object_with_the_clocks_time(self):
        log, stream = new_log()
        log.info(
            "claim.won", starts_at=datetime(2025, 10, 20, 12, tzinfo=UTC), day=date(2025, 10, 20), note="ü"
        )
        (record,) = written(stream)
        assert record == {
            "event": "claim.won",
            "level": "info",
            "at": "2025-10-13T08:00:00Z",
            "starts_at": "2025-10-20T12:00:00Z",
            "day": "2025-10-20",
            "note": "ü",
        }

    def test_no_personal_data_reaches_the_stream_or_the_tail(self):
        tail = LogTail()
        log, stream = new_log(tail=tail)
        log.error("voice.failed", name="Max Mustermann", detail="+4915112345678 or max@example.com")
        for text in (stream.getvalue(), str(list(tail.records))):
            assert REDACTED in text
            assert "Mustermann" not in text
            assert "+49151" not in text
            assert "max@" not in text

    def test_what_is_below_the_level_is_not_written(self):
        log, stream = new_log("WARNING")
        log.info("claim.won")
        log.warning("outbox.failed")
        assert [record["event"] for record in written(stream)] == ["outbox.failed"]

    def test_bound_fields_are_on_every_record_until_the_end(self):
        log, stream = new_log()
        with bound(company_id=1):
            log.info("inside")
        log.info("outside")
        inside, outside = written(stream)
        assert inside["company_id"] == 1
        assert "company_id" not in outside

    def test_a_new_request_forgets_what_the_last_one_bound(self):
        log, stream = new_log()
        with bound(retell_call_id="call_old"):
            begin_request_log("req_1")
            log.info("inside")
        (record,) = written(stream)
        assert record["request_id"] == "req_1"
        assert "retell_call_id" not in record


class TestTraceHeaders:
    def test_the_call_goes_along_upstream(self):
        with bound(retell_call_id="call_abc"):
            assert trace_headers() == {CALL_HEADER: "call_abc"}

    @pytest.mark.parametrize("call_id", [None, ""])
    def test_without_a_call_there_is_none(self, call_id):
        with bound(retell_call_id=call_id):
            assert trace_headers() == {}
