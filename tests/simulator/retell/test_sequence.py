from __future__ import annotations

import json
from datetime import timedelta

import pytest

from simulator.retell.evidence import Evidence
from simulator.retell.sequence import axis_for, build_sequence
from simulator.retell.step import Lane

START = "2025-10-20T12:00:00.000Z"


def stamp(at) -> str:
    return at.isoformat().replace("+00:00", "Z")


class Played:
    """A call whose gateway takes its time and leaves journal and log lines behind."""

    def __init__(self, bench) -> None:
        self.bench = bench
        self.log: list[dict] = []
        self.call_id = ""
        self.work = lambda: None
        plain = bench.gateway.app.view_functions["function"]

        def function(function: str):
            self.call_id = bench.desk.find_newest().id
            bench.clock.advance(0.010)
            self.work()
            answer = plain(function)
            bench.clock.advance(0.020)
            return answer

        bench.gateway.app.view_functions["function"] = function

    def asks_calcom(self, operation: str, seconds: float, **more) -> None:
        """One request in the journal, made now and answered after so many seconds."""
        entry = {
            "id": len(self.bench.calcom.requests) + 1, "at": stamp(self.bench.clock.now()), "account": "cal_test",
            "method": "GET", "path": "/v2/slots", "query": "", "operation": operation, "status": 200,
            "duration_ms": seconds * 1000, "fault": None, "fault_effect": None, "body": "", "cut": False,
            "headers": {"X-Askpro-Call-Id": self.call_id}, "response_headers": {}, "response_body": "{}",
        }  # fmt: skip
        self.bench.calcom.requests.append({**entry, **more})
        self.bench.clock.advance(seconds)

    def writes(self, event: str, **more) -> None:
        at = stamp(self.bench.clock.now())
        self.bench.gateway.log.append({"event": event, "at": at, "retell_call_id": self.call_id, **more})

    def sequence(self, answer: dict):
        bench = self.bench
        call = bench.desk.get_call(answer["call_id"])
        ledger = {"log": bench.gateway.log, "appointments": [], "attempts": []}
        evidence = Evidence(call.id, tuple(bench.calcom.requests), tuple(bench.calcom.bookings), ledger)
        return build_sequence(
            call, evidence, faults=bench.calcom.faults, timeout_seconds=12, now=bench.clock.now()
        )


@pytest.fixture
def played(bench) -> Played:
    return Played(bench)


class TestRows:
    def test_come_in_the_order_in_which_things_happened(self, bench, played) -> None:
        def work() -> None:
            played.writes("claim.won", starts_at=START)
            played.asks_calcom("list_slots", 0.2)
            played.writes("attempt.closed", state="refused")

        played.work = work
        (turn,) = played.sequence(bench.say("Montag um 14 Uhr")).turns
        ways = [(step.source, step.target) for step in turn.steps]
        assert ways == [
            (Lane.CALLER, Lane.AGENT),
            (Lane.AGENT, Lane.GATEWAY),
            (Lane.GATEWAY, Lane.DATABASE),
            (Lane.GATEWAY, Lane.CALCOM),
            (Lane.GATEWAY, Lane.DATABASE),
            (Lane.AGENT, Lane.CALLER),
        ]
        assert [step.result for step in turn.steps[2:5:2]] == ["gesetzt", "frei gegeben"]

    def test_own_time_and_waiting_add_up_to_the_turns_time(self, bench, played) -> None:
        played.work = lambda: played.asks_calcom("list_slots", 0.2)
        sequence = played.sequence(bench.say("Montag um 14 Uhr"))
        assert (round(sequence.own_ms), round(sequence.wait_ms)) == (30, 200)
        assert sequence.turns[0].total_ms == pytest.approx(230)
        assert sequence.turns[0].axis_ms == 300
        own, wait = sequence.turns[0].steps[1].pieces
        assert (own.kind, wait.kind) == ("own", "wait")
        assert wait.start == pytest.approx(100 * 10 / 300, abs=0.1)

    def test_a_wished_slot_that_is_missing_is_the_result(self, bench, played) -> None:
        slots = json.dumps({"data": {"2025-10-20": [{"start": "2025-10-20T13:00:00.000Z"}]}})
        played.work = lambda: played.asks_calcom("list_slots", 0.2, response_body=slots)
        (turn,) = played.sequence(bench.say("Montag um 14 Uhr")).turns
        assert turn.steps[2].result == "14:00 fehlt"
        assert turn.steps[2].strong

    def test_a_request_given_up_is_told_from_the_gateways_log(self, bench, played) -> None:
        def work() -> None:
            bench.clock.advance(5)
            played.writes("calcom.called", operation="create_booking", outcome="timeout", duration_ms=5000)

        played.work = work
        (turn,) = played.sequence(bench.say("Montag um 14 Uhr")).turns
        assert turn.steps[2].title == "POST /v2/bookings"
        assert turn.steps[2].result == "Frist vorbei"
        assert turn.steps[2].mood == "failed"
        assert not turn.steps[2].answered

    def test_an_injected_fault_is_violet_and_its_time_hatched(self, bench, played) -> None:
        played.work = lambda: played.asks_calcom(
            "create_booking", 1, status=500, fault="f1", fault_effect="status"
        )
        (turn,) = played.sequence(bench.say("Montag um 14 Uhr")).turns
        assert turn.steps[2].mood == "fault"
        assert turn.steps[2].pieces[0].kind == "made"
        assert dict(turn.steps[2].detail.fault)["Regel"] == "f1"

    def test_a_failure_without_a_fault_is_red(self, bench, played) -> None:
        played.work = lambda: played.asks_calcom("create_booking", 1, status=500)
        (turn,) = played.sequence(bench.say("Montag um 14 Uhr")).turns
        assert turn.steps[2].mood == "failed"

    def test_requests_of_other_calls_stay_out(self, bench, played) -> None:
        played.work = lambda: played.asks_calcom("list_slots", 0.2)
        first = bench.say("Montag um 14 Uhr")
        bench.say("Montag um 15 Uhr")
        html = bench.client.get(f"/test/retell-simulator/{first['call_id']}").text
        assert html.count("GET /v2/slots</code>") == 1

    def test_a_repeat_is_named_as_one(self, bench, played) -> None:
        answer = bench.say("Montag um 14 Uhr")
        bench.client.post("/test/api/retell/resend", json={"call_id": answer["call_id"]})
        assert played.sequence(answer).turns[1].steps[0].note == "Wiederholung"

    def test_a_late_commit_is_a_mark_of_its_own(self, bench, played) -> None:
        body = json.dumps({"start": START})

        def work() -> None:
            played.asks_calcom("create_booking", 5, fault="f1", body=body, status=None, in_flight=True)

        played.work = work
        answer = bench.say("Montag um 14 Uhr")
        bench.calcom.bookings.append(
            {
                "uid": "late",
                "status": "accepted",
                "origin": "api",
                "start": START,
                "end": "2025-10-20T12:30:00.000Z",
                "createdAt": stamp(bench.clock.now() + timedelta(seconds=4)),
                "metadata": {"call_id": answer["call_id"]},
            }
        )
        mark = played.sequence(answer).turns[0].steps[-1]
        assert mark.target is None
        assert (mark.title, mark.result) == ("Später Commit: late", "Regel f1")


class TestDetail:
    def test_shows_what_was_signed_and_hides_the_call_object(self, bench, played) -> None:
        (turn,) = played.sequence(bench.say("Montag um 14 Uhr")).turns
        detail = turn.steps[1].detail
        assert dict(detail.signature)["Urteil"] == "gültig"
        assert "transcript_object" in detail.raw_request
        text = "".join(part for line in detail.request for part, _ in line.parts)
        assert "transcript_object" not in text
        assert any(decides for line in detail.answer for _, decides in line.parts)

    def test_a_refused_signature_says_so(self, bench, played) -> None:
        bench.gateway.fail = lambda: ("{}", 401)
        (turn,) = played.sequence(bench.say("Montag um 14 Uhr")).turns
        assert dict(turn.steps[1].detail.signature)["Urteil"] == "vom Gateway abgelehnt"

    def test_keys_to_cal_com_are_not_shown(self, bench, played) -> None:
        headers = {"X-Askpro-Call-Id": "", "Authorization": "Bearer cal_secret"}

        def work() -> None:
            played.asks_calcom("list_slots", 0.2, headers={**headers, "X-Askpro-Call-Id": played.call_id})

        played.work = work
        answer = bench.say("Montag um 14 Uhr")
        assert "cal_secret" not in bench.client.get(f"/test/retell-simulator/{answer['call_id']}").text


@pytest.mark.parametrize(
    ("milliseconds", "axis"), [(5, 100), (253, 300), (301, 1000), (7214, 8000), (12_000, 20_000)]
)
def test_the_axis_is_the_next_round_length(milliseconds: float, axis: int) -> None:
    assert axis_for(milliseconds) == axis
