from __future__ import annotations

import json

import pytest

from app.calcom.signature import sign
from app.storage.models import Appointment, Customer, WebhookEvent
from fixtures.payloads import booking_created
from tests.integration.bench import PRAXIS_SECRET, SALON_SECRET

PING = {"triggerEvent": "PING", "createdAt": "2025-10-13T08:00:00Z", "payload": {"type": "Test"}}


class TestWhoMaySend:
    @pytest.mark.parametrize("header", ["", "no-secret-provided", "0" * 64, "ä"])
    def test_a_wrong_signature_is_refused_and_writes_nothing(self, bench, header):
        response = bench.send_webhook(booking_created(), header=header)
        assert (response.status_code, response.json["error"]["code"]) == (401, "invalid_signature")
        assert bench.rows(WebhookEvent) == []
        assert bench.rows(Appointment) == []

    def test_the_secret_of_a_company_without_the_event_type_is_refused(self, bench):
        body = booking_created(eventTypeId=2563195)  # the salon's colouring
        assert bench.send_webhook(body, secret=PRAXIS_SECRET).status_code == 401
        assert bench.send_webhook(body, secret=SALON_SECRET).status_code == 200

    def test_a_body_that_was_changed_is_refused(self, bench):
        raw = json.dumps(booking_created()).encode()
        assert bench.send_webhook(raw + b" ", header=sign(raw, SALON_SECRET)).status_code == 401


class TestBodies:
    def test_a_ping_from_somebody_we_know_is_answered(self, bench):
        response = bench.send_webhook(PING)
        assert (response.status_code, response.json) == (200, {"received": True, "status": "ignored"})
        assert bench.rows(WebhookEvent) == []

    def test_one_from_a_stranger_is_not(self, bench):
        assert bench.send_webhook(PING, secret="of-a-stranger").status_code == 401

    @pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", '{"a": 1}'.encode("utf-16"), b"[" * 50_000])
    def test_what_is_no_json_in_utf_8_is_400(self, bench, raw):
        response = bench.send_webhook(raw)
        assert (response.status_code, response.json["error"]["code"]) == (400, "not_json")

    @pytest.mark.parametrize("number", [10**30, -1, "2563193", None])
    def test_an_event_type_that_is_none_fails_nothing(self, bench, number):
        response = bench.send_webhook(booking_created(eventTypeId=number))
        assert response.status_code == 200

    @pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
    def test_a_time_out_of_all_calendars_is_ignored(self, bench, at):
        response = bench.send_webhook(booking_created() | {"createdAt": at})
        assert response.json["status"] == "ignored"

    def test_half_an_emoji_in_a_name_is_kept_as_a_question_mark(self, bench):
        body = json.dumps(booking_created(attendees=[{"name": "Erika BROKEN"}])).replace("BROKEN", "\\ud83d")
        assert bench.send_webhook(body.encode()).json["status"] == "processed"
        assert bench.only(Customer).name == "Erika ?"

    def test_what_was_done_is_answered(self, bench):
        assert bench.send_webhook(booking_created()).json == {"received": True, "status": "processed"}
        assert bench.send_webhook(booking_created()).json == {"received": True, "status": "duplicate"}
