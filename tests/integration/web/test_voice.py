from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.statuses import AttemptState
from app.retell.signature import sign
from app.storage.models import Appointment, BookingAttempt, Call, Customer, ToolCall
from app.web import voice
from app.web.application import LARGEST_BODY
from fixtures.payloads import call_object, function_call
from tests.integration.bench import CALL, LINDENHOF, PRAXIS, SALON, SALON_KEY, WISHED
from tests.integration.fakes import lost_reply, timed_out, unreadable

ARGS = {"datum": "20.10.2025", "uhrzeit": "14:00", "name": "Erika Muster"}
CONFIRMED = ARGS | {"bestaetigung": True}


@pytest.fixture
def collect(bench):
    """Calls collect-appointment with these arguments; returns the answer, which is always 200."""

    def collect(args, **call):
        body = function_call("collect-appointment", args, call=call_object(**{"call_id": CALL} | call))
        response = bench.call_function("collect-appointment", body)
        assert response.status_code == 200, response.text
        return response.json

    return collect


class TestWhoMayCall:
    def body(self) -> bytes:
        return json.dumps(function_call("check-availability")).encode()

    def call(self, bench, header, function="check-availability"):
        return bench.call_function(function, self.body(), header=header)

    def assert_refused(self, bench, response):
        assert response.status_code == 401
        assert response.json["error"]["code"] in {"invalid_signature", "wrong_route"}
        assert bench.rows(Call) == []
        assert bench.calendar.asked == []

    @pytest.mark.parametrize("header", ["", "nonsense", "v=1,d=" + "0" * 64])
    def test_without_a_signature_nobody(self, bench, header):
        self.assert_refused(bench, self.call(bench, header))

    def test_a_body_that_was_changed_is_refused(self, bench):
        key = bench.gateway.settings.retell_api_keys[0]
        header = sign(self.body() + b" ", key, bench.milliseconds())
        self.assert_refused(bench, self.call(bench, header))

    def test_a_key_that_is_not_ours_is_refused(self, bench):
        self.assert_refused(bench, self.call(bench, sign(self.body(), "another-key", bench.milliseconds())))

    @pytest.mark.parametrize("seconds", [-301, 301])
    def test_a_stale_or_early_signature_is_refused(self, bench, seconds):
        key = bench.gateway.settings.retell_api_keys[0]
        header = sign(self.body(), key, bench.milliseconds() + seconds * 1000)
        self.assert_refused(bench, self.call(bench, header))

    def test_a_signature_is_no_pass_to_another_route(self, bench):
        key = bench.gateway.settings.retell_api_keys[0]
        header = sign(self.body(), key, bench.milliseconds())
        self.assert_refused(bench, self.call(bench, header, "collect-appointment"))

    def test_a_body_without_a_name_fits_no_route(self, bench):
        body = function_call("check-availability")
        del body["name"]
        self.assert_refused(bench, bench.call_function("check-availability", body))

    @pytest.mark.parametrize(
        "name", ["check_availability", "check_availability_v17", "check-availability_v2"]
    )
    def test_a_version_of_the_name_does(self, bench, name):
        body = function_call(name)
        assert bench.call_function("check-availability", body).json["status"] == "available"


class TestBadRequests:
    @pytest.mark.parametrize("raw", [b"", b"{", b"datum=2025", b"\xff\xfe\x00"])
    def test_what_is_no_json_is_400(self, bench, raw):
        response = bench.call_function("check-availability", raw)
        assert (response.status_code, response.json["error"]["code"]) == (400, "not_json")

    def test_what_is_too_large_is_413(self, bench):
        response = bench.call_function("check-availability", b"[" + b" " * LARGEST_BODY + b"]")
        assert response.status_code == 413
        assert response.json["error"]["code"] == "request_entity_too_large"

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"args": None}, "missing_required_field"),
            ({"args": ["datum"]}, "missing_required_field"),
            ({"call": None}, "error"),
            ({"call": {"call_id": CALL}}, "error"),
        ],
    )
    def test_what_has_another_shape_is_spoken_about(self, bench, changes, status):
        response = bench.call_function("check-availability", function_call("check-availability") | changes)
        assert (response.status_code, response.json["status"]) == (200, status)
        assert response.json["message"][-1] in ".?"
        assert "args" not in response.json["message"]

    def test_a_list_is_spoken_about_too(self, bench):
        assert bench.call_function("check-availability", []).json["success"] is False

    @pytest.mark.parametrize(("field", "status"), [("datum", "invalid_date"), ("name", "error")])
    def test_a_field_of_another_type_is_named(self, collect, field, status):
        answer = collect(ARGS | {field: {"not": "text"}})
        assert (answer["status"], answer["reason"]) == (status, "invalid_request")
        assert field in answer["errors"]

    @pytest.mark.parametrize("field", ["datum", "uhrzeit", "name", "dienstleistung", "telefon", "email"])
    @pytest.mark.parametrize("broken", ["\\ud83d", "\\u0000"])
    def test_broken_characters_are_spoken_about(self, bench, field, broken):
        body = json.dumps(function_call("collect-appointment", CONFIRMED | {field: "BROKEN"}))
        response = bench.call_function("collect-appointment", body.replace("BROKEN", "x" + broken).encode())
        assert (response.status_code, response.json["success"]) == (200, False)

    @pytest.mark.parametrize("datum", ["0001-01-01", "9999-12-31", "31.12.9999"])
    def test_a_date_at_the_end_of_all_calendars_is_invalid(self, collect, datum):
        assert collect(ARGS | {"datum": datum, "uhrzeit": "00:00"})["status"] == "invalid_date"

    def test_an_unknown_number_is_nobodys(self, collect, bench):
        answer = collect(CONFIRMED, to_number="+49300000000")
        assert (answer["success"], answer["reason"]) == (False, "unknown_number")
        assert bench.rows(Call) == []

    def test_an_unknown_function_is_told_so(self, bench):
        response = bench.call_function("order-pizza", function_call("order-pizza"))
        assert (response.status_code, response.json["status"]) == (200, "unknown_function")

    def test_a_defect_of_ours_is_spoken_about_and_logged_by_place(self, collect, bench, monkeypatch):
        def breaks(*_):
            raise TypeError("expected int, got 9f4d5e2a-46f7-41b6-b81d-1532725381d4")

        monkeypatch.setitem(voice.FUNCTIONS, "collect-appointment", breaks)
        answer = collect(CONFIRMED)
        assert (answer["success"], answer["status"]) == (False, "error")
        assert "technisches Problem" in answer["message"]
        (record,) = [each for each in bench.gateway.log_tail.records if each["event"] == "voice.failed"]
        assert record["error"] == "TypeError"
        assert "test_voice.py" in record["where"]

    def test_another_method_is_405_in_the_one_error_body(self, bench):
        response = bench.web.get("/api/retell/check-availability")
        assert response.status_code in {401, 405}
        assert set(response.json["error"]) == {"code", "message", "details"}


class TestBooking:
    def test_a_call_checks_reads_back_and_books(self, bench, collect):
        first = collect(ARGS)
        assert (first["status"], first["awaiting_confirmation"], first["available"]) == (
            "available",
            True,
            True,
        )
        assert first["requested_time"] == "2025-10-20 14:00"
        assert first["message"].startswith("Der Termin am Montag, 20. Oktober um 14:00 Uhr ist noch frei")
        second = collect(CONFIRMED)
        assert (second["success"], second["status"]) == (True, "booked")
        assert second["appointment_id"] == bench.calendar.live(SALON_KEY)[0].uid
        assert second["message"] == (
            "Perfekt! Ihr Termin wurde erfolgreich gebucht: Montag, 20. Oktober um 14:00 Uhr, Haarschnitt."
        )

    @pytest.mark.parametrize("flag", [True, "true", "True", 1])
    def test_true_books(self, bench, collect, flag):
        assert collect(ARGS | {"bestaetigung": flag})["status"] == "booked"

    @pytest.mark.parametrize("flag", [None, False, "ja", "yes", 0, 2, "", [True]])
    def test_nothing_else_does(self, bench, collect, flag):
        assert collect(ARGS | {"bestaetigung": flag})["status"] == "available"
        assert bench.calendar.count("create_booking") == 0
        assert bench.rows(BookingAttempt) == []

    def test_other_spellings_of_the_fields_book_the_same(self, bench, collect):
        answer = collect(
            {"date": "2025-10-20", "time": "14:00", "customer_name": "Erika Muster", "confirm_booking": True}
        )
        assert answer["status"] == "booked"
        assert bench.only(Appointment).starts_at == WISHED

    def test_the_dialled_number_decides_the_company_never_the_arguments(self, bench, collect):
        answer = collect(CONFIRMED | {"company_id": 1, "to_number": "+493012345670"}, to_number=LINDENHOF)
        assert answer["service"] == "Erstgespräch"
        assert bench.only(Appointment).company_id == PRAXIS

    def test_a_lost_slot_offers_verified_alternatives(self, bench, collect):
        collect(ARGS)
        bench.calendar.accounts[SALON_KEY].free.discard(WISHED)
        answer = collect(CONFIRMED)
        assert (answer["success"], answer["status"], answer["reason"]) == (
            False,
            "slot_taken",
            "race_condition_detected",
        )
        assert [entry["time"] for entry in answer["alternatives"]] == ["2025-10-20 14:30", "2025-10-20 15:00"]
        assert all(entry["verified"] for entry in answer["alternatives"])
        assert "appointment_id" not in answer

    def test_a_lost_reply_is_a_booked_appointment(self, bench, collect):
        bench.calendar.script("create_booking", lost_reply)
        assert collect(CONFIRMED)["status"] == "booked"

    def test_an_unknown_outcome_is_being_checked(self, bench, collect):
        bench.calendar.script("create_booking", timed_out)
        answer = collect(CONFIRMED)
        assert (answer["success"], answer["status"]) == (False, "timeout")

    def test_an_error_of_our_database_is_spoken_about(self, bench, collect):
        bench.faults.arm("claim", "db_error", 1)
        answer = collect(CONFIRMED)
        assert (answer["status"], answer["reason"]) == ("error", "internal_error")
        assert "technisches Problem" in answer["message"]
        assert bench.calendar.count("create_booking") == 0

    def test_a_check_that_failed_is_not_nothing_free(self, bench, collect):
        bench.calendar.script("list_slots", unreadable)
        answer = collect(ARGS)
        assert answer["status"] == "error"
        assert "technisches Problem" in answer["message"]

    def test_a_hidden_caller_books_as_a_customer_without_number(self, bench, collect):
        assert collect(CONFIRMED, from_number="anonymous")["status"] == "booked"
        assert bench.only(Customer).phone_ciphertext is None


class TestTheThirdLedger:
    def test_every_sentence_is_kept_with_its_claim(self, bench, collect):
        collect(ARGS)
        collect(CONFIRMED)
        sentences = [(row.function, row.status, row.claim) for row in bench.rows(ToolCall)]
        assert sentences == [
            ("collect-appointment", "available", "free"),
            ("collect-appointment", "booked", "booked"),
        ]
        booked = bench.rows(ToolCall)[1]
        assert booked.calcom_booking_uid == bench.only(Appointment).calcom_booking_uid
        assert booked.attempt_id == bench.only(BookingAttempt).id

    def test_the_caller_hears_his_answer_though_it_could_not_be_kept(self, bench, collect):
        bench.faults.arm("record_answer", "db_error", 1)
        assert collect(CONFIRMED)["status"] == "booked"
        assert bench.only(BookingAttempt).state is AttemptState.BOOKED
        assert bench.logged("voice.unrecorded")

    def test_how_long_the_caller_waited_is_known(self, bench, collect):
        def slow(_about, do):
            bench.clock.advance(seconds=2)
            return do()

        bench.calendar.script("create_booking", slow)
        collect(CONFIRMED)
        row = bench.only(ToolCall)
        assert row.answered_at - row.asked_at == timedelta(seconds=2)


class TestCallIds:
    @pytest.mark.parametrize("placeholder", ["call_1", "None", "{{call_id}}", "12345", ""])
    def test_a_placeholder_is_no_call(self, bench, collect, placeholder):
        assert collect(CONFIRMED, call_id=placeholder)["status"] == "booked"
        assert bench.rows(Call) == []
        assert bench.only(BookingAttempt).retell_call_id is None

    def test_the_header_stands_in(self, bench):
        body = function_call("check-availability", call=call_object(call_id="undefined"))
        bench.call_function("check-availability", body, **{"X-Retell-Call-Id": CALL})
        assert bench.only(Call).retell_call_id == CALL

    def test_the_call_goes_along_in_every_log_record(self, bench, collect):
        collect(CONFIRMED)
        (record,) = bench.logged("voice.answered")
        assert (record["retell_call_id"], record["company_id"]) == (CALL, SALON)
        assert record["request_id"].startswith("req_")


class TestPersonalData:
    def test_none_of_it_reaches_the_log(self, bench, collect):
        collect(
            CONFIRMED | {"telefon": "+4915112345678", "email": "max@example.com", "name": "Max Mustermann"}
        )
        bench.gateway.run_worker()
        text = bench.stream.getvalue() + str(list(bench.gateway.log_tail.records))
        for personal in ("Mustermann", "+4915112345678", "15112345678", "max@example.com", "17139200107"):
            assert personal not in text

    def test_it_is_sealed_in_the_database(self, bench, collect, settings):
        collect(CONFIRMED | {"telefon": "+4915112345678", "email": "max@example.com"})
        bench.gateway.close()
        content = Path(settings.database_url.removeprefix("sqlite:///")).read_bytes()
        assert b"Erika Muster" in content
        assert b"15112345678" not in content
        assert b"max@example.com" not in content
