"""The life of a call as Retell tells it: in any order, any number of times (incidents 1.6, 1.27, 1.29, 1.30, 1.40)."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.statuses import CallOutcome, CallStatus, WebhookSource, WebhookStatus
from app.retell.signature import SIGNATURE_HEADER, sign
from app.storage.models import Appointment, Call, CallbackRequest, PhoneNumber, SlotReservation, WebhookEvent
from app.storage.packing import open_json
from fixtures.payloads import call_event, call_object, function_call, inbound_call
from tests.integration.bench import CALL, CALLER, LINDENHOF, MITTE, PRAXIS, RIVAL_CALL, SALON, SALON_KEY
from tests.integration.fakes import NOW, lost_reply, timed_out, unreadable

BEGAN = NOW
ENDED = NOW + timedelta(seconds=93)
ARGS = {"datum": "20.10.2025", "uhrzeit": "14:00", "name": "Erika Muster"}
CALL_NOW = call_object(call_id=CALL, started_at=BEGAN)


@pytest.fixture
def tell(bench):
    """Sends one lifecycle event as Retell does; returns the response."""

    def tell(body, header=None):
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        key = bench.gateway.settings.retell_api_keys[0]
        signature = sign(raw, key, bench.milliseconds()) if header is None else header
        headers = {SIGNATURE_HEADER: signature, "Content-Type": "application/json"}
        return bench.web.post("/api/webhooks/retell", data=raw, headers=headers)

    return tell


def started(**call):
    return call_event("call_started", call=CALL_NOW | call)


def ended(**call):
    return call_event("call_ended", call=CALL_NOW | call, ended_at=ENDED)


def analyzed(**call):
    event = call_event("call_analyzed", call=CALL_NOW | call, ended_at=ENDED)
    event["call"]["call_analysis"] = {"call_summary": "Ein Termin.", "call_successful": True}
    return event


def book(bench, confirmed=True, call_id=CALL):
    body = function_call(
        "collect-appointment", ARGS | {"bestaetigung": confirmed}, call=call_object(call_id=call_id)
    )
    return bench.call_function("collect-appointment", body).json


class TestWhoMayTell:
    @pytest.mark.parametrize("header", ["", "nonsense", "v=1,d=" + "0" * 64])
    def test_without_a_signature_nobody(self, bench, tell, header):
        assert tell(started(), header).status_code == 401
        assert (list(bench.rows(Call)), list(bench.rows(WebhookEvent))) == ([], [])

    @pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 5000])
    def test_what_is_no_json_is_400(self, bench, tell, raw):
        assert tell(raw).status_code == 400

    @pytest.mark.parametrize("body", [[], "call_started", {}, {"event": 7}, {"event": ""}, {"event": "\x00"}])
    def test_what_names_no_event_is_ignored(self, bench, tell, body):
        assert (tell(body).status_code, tell(body).json["status"]) == (200, "ignored")
        assert bench.rows(WebhookEvent) == []


class TestLife:
    def test_from_ringing_to_the_analysis_is_one_row(self, bench, tell):
        tell(inbound_call())
        tell(started())
        book(bench)
        tell(call_event("transcript_updated", call=CALL_NOW))
        bench.clock.set(ENDED)
        tell(ended())
        tell(analyzed())
        call = bench.only(Call)
        assert (call.retell_call_id, call.status, call.outcome) == (
            CALL,
            CallStatus.ENDED,
            CallOutcome.BOOKED,
        )
        assert (call.started_at, call.ended_at) == (BEGAN, ENDED)
        assert call.disconnection_reason == "user_hangup"
        assert call.cost_cents == 12.5
        assert call.latency["e2e"] == {"p50": 800, "p95": 1400, "num": 2, "values": [800, 1400]}

    @pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
    def test_the_order_makes_no_difference(self, bench, tell, order):
        events = [
            started(),
            call_event("transcript_updated", call=CALL_NOW | {"transcript_object": [{"role": "agent"}]}),
            ended(),
            analyzed(),
        ]
        for index in order:
            assert tell(events[index]).json["status"] == "processed"
        call = bench.only(Call)
        assert (call.status, call.started_at, call.ended_at) == (CallStatus.ENDED, BEGAN, ENDED)
        assert call.outcome == CallOutcome.NOT_BOOKED
        transcript = open_json(bench.parts.vault, call.transcript_ciphertext)
        assert [item["role"] for item in transcript] == ["agent", "user"]
        assert open_json(bench.parts.vault, call.analysis_ciphertext)["call_summary"] == "Ein Termin."

    @pytest.mark.parametrize("event", [started(), ended(), analyzed()])
    def test_a_repeated_delivery_changes_nothing(self, bench, tell, event):
        assert [tell(event).json["status"] for _ in range(3)] == ["processed", "duplicate", "duplicate"]
        row = bench.only(WebhookEvent)
        assert (row.source, row.status, row.trigger) == (
            WebhookSource.RETELL,
            WebhookStatus.PROCESSED,
            event["event"],
        )
        assert len(bench.rows(Call)) == 1

    def test_the_events_own_status_of_the_call_is_not_believed(self, bench, tell):
        tell(ended(call_status="registered"))
        assert bench.only(Call).status == CallStatus.ENDED

    def test_a_call_that_never_connected_ends_all_the_same(self, bench, tell):
        tell(call_event("call_ended", call=CALL_NOW | {"disconnection_reason": "dial_no_answer"}))
        call = bench.only(Call)
        assert (call.status, call.disconnection_reason) == (CallStatus.ENDED, "dial_no_answer")
        assert call.ended_at == bench.clock.now()

    def test_a_function_may_come_first(self, bench, tell):
        book(bench, confirmed=False)
        tell(started())
        assert bench.only(Call).started_at == BEGAN

    def test_a_longer_transcript_is_the_newer_one(self, bench, tell):
        longer = [{"role": "agent", "content": str(n)} for n in range(3)]
        tell(call_event("transcript_updated", call=CALL_NOW | {"transcript_object": longer}))
        tell(call_event("transcript_updated", call=CALL_NOW | {"transcript_object": longer[:2]}))
        kept = open_json(bench.parts.vault, bench.only(Call).transcript_ciphertext)
        assert [item["content"] for item in kept] == ["0", "1", "2"]

    def test_an_unknown_event_is_kept_and_ignored(self, bench, tell):
        assert tell(call_event("chat_started", call=CALL_NOW)).json["status"] == "ignored"
        assert bench.only(WebhookEvent).reason == "this event is not acted on"
        assert bench.rows(Call) == []

    def test_a_transfer_needs_no_more_than_the_calls_id(self, bench, tell):
        tell(started())
        transfer = {
            "event": "transfer_started",
            "call": {"call_id": CALL},
            "transfer_destination": {"number": "+4930111"},
        }
        assert tell(transfer).json["status"] == "processed"
        assert tell(transfer).json["status"] == "duplicate"

    def test_a_number_of_nobody_is_ignored(self, bench, tell):
        assert tell(started(to_number="+49300000000")).json["status"] == "ignored"
        assert (list(bench.rows(Call)), list(bench.rows(WebhookEvent))) == ([], [])

    def test_an_outgoing_call_belongs_to_the_number_that_calls(self, bench, tell):
        tell(started(direction="outbound", from_number=LINDENHOF, to_number=CALLER))
        call = bench.only(Call)
        assert (call.company_id, call.dialled_number) == (PRAXIS, LINDENHOF)

    def test_an_error_of_ours_leaves_the_event_to_the_worker(self, bench, tell):
        bench.faults.arm("apply_call_event", "db_error", 1)
        assert tell(ended()).json["status"] == "stored"
        assert bench.only(WebhookEvent).status == WebhookStatus.RECEIVED
        bench.gateway.run_worker()
        assert bench.only(Call).status == CallStatus.ENDED
        assert bench.only(WebhookEvent).status == WebhookStatus.PROCESSED

    def test_what_was_said_is_sealed(self, bench, tell, settings):
        tell(analyzed())
        bench.gateway.close()
        content = Path(settings.database_url.removeprefix("sqlite:///")).read_bytes()
        assert b"Haarschnitt am Montag" not in content
        assert CALLER.encode() not in content


class TestRinging:
    def test_is_answered_with_the_day_in_text(self, bench, tell):
        answer = tell(inbound_call()).json["call_inbound"]
        assert answer["dynamic_variables"] == {
            "heute_datum": "13.10.2025",
            "current_date": "2025-10-13",
            "current_weekday": "Montag",
            "current_time": "10:00",
            "current_year": "2025",
            "current_month": "Oktober",
            "naechster_montag": "Montag, 20.10.2025",
            "morgen": "Dienstag, 14.10.2025",
            "uebermorgen": "Mittwoch, 15.10.2025",
            "customer_phone": CALLER,
        }
        assert isinstance(answer["override_agent_id"], str)

    def test_all_of_it_is_text_on_any_day(self, bench, tell):
        for hours in range(0, 24 * 400, 37):
            bench.clock.set(datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=hours))
            body = inbound_call(from_number="anonymous", call_id=f"call_ringing_{hours:05}")
            variables = tell(body).json["call_inbound"]["dynamic_variables"]
            assert all(isinstance(value, str) for value in variables.values())
            assert variables["customer_phone"] == ""
            assert variables["naechster_montag"].startswith("Montag, ")

    @pytest.mark.parametrize("missing", [None, "", 7, {}])
    def test_without_the_dialled_number_is_400(self, bench, tell, missing):
        response = tell(inbound_call(to_number=missing))
        assert (response.status_code, response.json["error"]["code"]) == (400, "missing_to_number")

    def test_at_a_number_of_nobody_is_404(self, bench, tell):
        response = tell(inbound_call(to_number="+49300000000"))
        assert (response.status_code, response.json["error"]["code"]) == (404, "unknown_number")
        assert bench.rows(Call) == []

    def test_again_makes_no_second_row(self, bench, tell):
        for body in (inbound_call(), inbound_call(), inbound_call()):
            tell(body)
            bench.clock.advance(seconds=10)
        assert bench.only(Call).status == CallStatus.ANNOUNCED

    def test_with_the_calls_id_is_the_call(self, bench, tell):
        tell(inbound_call(call_id=CALL))
        tell(inbound_call(call_id=CALL))
        tell(started())
        assert bench.only(Call).status == CallStatus.ONGOING

    @pytest.mark.parametrize("first", ["event", "function"])
    @pytest.mark.parametrize("caller", [CALLER, "anonymous"])
    def test_whatever_comes_next_takes_its_row(self, bench, tell, first, caller):
        tell(inbound_call(from_number=caller))
        bench.clock.advance(seconds=7)
        if first == "event":
            tell(started(from_number=caller))
        else:
            bench.call_function(
                "zeitinfo", function_call("zeitinfo", call=call_object(call_id=CALL, from_number=caller))
            )
        call = bench.only(Call)
        assert (call.retell_call_id, call.status) == (CALL, CallStatus.ONGOING)

    def test_two_calls_from_two_numbers_keep_their_rows(self, bench, tell):
        other = "+4917612345678"
        tell(inbound_call())
        tell(inbound_call(from_number=other))
        tell(call_event("call_started", call=call_object(call_id=RIVAL_CALL, from_number=other)))
        tell(started())
        calls = {row.retell_call_id: row for row in bench.rows(Call)}
        assert set(calls) == {CALL, RIVAL_CALL}
        assert bench.parts.vault.open(calls[RIVAL_CALL].caller_number_ciphertext) == other

    def test_of_another_branch_is_another_call(self, bench, tell):
        tell(inbound_call(to_number=LINDENHOF))
        tell(started())
        assert [row.company_id for row in bench.rows(Call)] == [PRAXIS, SALON]

    def test_that_was_long_ago_is_another_call(self, bench, tell):
        tell(inbound_call())
        bench.clock.advance(minutes=11)
        tell(started(start_timestamp=int(bench.clock.now().timestamp() * 1000)))
        assert len(bench.rows(Call)) == 2

    def test_names_the_agent_of_the_number(self, bench, tell):
        with bench.gateway.database.transaction(SALON, "hire") as session:
            session.query(PhoneNumber).filter_by(number=MITTE).one().agent_id = "agent_of_mitte"
        assert tell(inbound_call()).json["call_inbound"]["override_agent_id"] == "agent_of_mitte"


class TestOutcome:
    def test_a_call_that_hangs_up_after_a_check_booked_nothing(self, bench, tell):
        book(bench, confirmed=False)
        tell(ended())
        assert bench.only(Call).outcome == CallOutcome.NOT_BOOKED
        assert bench.rows(Appointment) == []

    def test_what_the_analysis_thinks_is_no_success(self, bench, tell):
        tell(analyzed())
        assert bench.only(Call).outcome == CallOutcome.NOT_BOOKED

    def test_a_call_that_booked_is_booked(self, bench, tell):
        assert book(bench)["status"] == "booked"
        tell(ended())
        assert bench.only(Call).outcome == CallOutcome.BOOKED

    def test_an_attempt_that_is_open_is_judged_again_when_it_settles(self, bench, tell):
        bench.calendar.script("create_booking", lost_reply)
        bench.calendar.script("list_bookings", *[unreadable] * 2)
        assert book(bench)["status"] == "timeout"
        tell(ended())
        assert bench.only(Call).outcome == CallOutcome.PENDING
        bench.clock.advance(minutes=1)
        bench.gateway.run_worker()
        assert bench.only(Call).outcome == CallOutcome.BOOKED

    def test_an_attempt_that_comes_to_nothing_is_a_call_back(self, bench, tell):
        bench.calendar.script("create_booking", timed_out)
        assert book(bench)["status"] == "timeout"
        tell(ended())
        bench.clock.advance(minutes=20)
        bench.gateway.run_worker()
        assert bench.only(CallbackRequest).call_id == bench.only(Call).id
        assert bench.only(Call).outcome == CallOutcome.CALLBACK

    def test_a_booking_that_settles_after_the_hang_up_counts(self, bench, tell):
        def hang_up(_about, do):
            tell(ended())
            return do()

        bench.calendar.script("create_booking", hang_up)
        assert book(bench)["status"] == "booked"
        bench.gateway.run_worker()
        assert bench.only(Call).outcome == CallOutcome.BOOKED


class TestHangingUp:
    def test_gives_up_what_the_call_held(self, bench, tell):
        body = function_call("reserve_slot", {"datetime": "2025-10-20 14:00"}, call=CALL_NOW)
        answer = bench.call_function("reserve-slot", body).json
        assert (answer["status"], answer["requested_time"]) == ("reserved", "2025-10-20 14:00")
        tell(ended())
        assert bench.calendar.accounts[SALON_KEY].reserved == {}
        assert bench.only(SlotReservation).released_at is not None


class TestStuckCalls:
    def test_are_closed_after_four_hours_with_what_they_came_to(self, bench, tell):
        book(bench)
        bench.clock.advance(hours=4)
        bench.gateway.run_worker()
        assert bench.only(Call).status == CallStatus.ONGOING
        bench.clock.advance(seconds=1)
        assert bench.gateway.run_worker() >= 1
        call = bench.only(Call)
        assert (call.status, call.outcome, call.ended_at) == (CallStatus.CLOSED, CallOutcome.BOOKED, None)

    def test_that_only_rang_are_closed_too(self, bench, tell):
        tell(inbound_call())
        bench.clock.advance(hours=5)
        bench.gateway.run_worker()
        assert (bench.only(Call).status, bench.only(Call).outcome) == (
            CallStatus.CLOSED,
            CallOutcome.NOT_BOOKED,
        )

    def test_end_truly_when_the_end_is_told_late(self, bench, tell):
        tell(started())
        bench.clock.advance(hours=5)
        bench.gateway.run_worker()
        tell(ended())
        assert (bench.only(Call).status, bench.only(Call).ended_at) == (CallStatus.ENDED, ENDED)

    def test_a_worker_with_nothing_to_do_does_nothing(self, bench, tell):
        tell(started())
        tell(ended())
        assert bench.gateway.run_worker() == 0
