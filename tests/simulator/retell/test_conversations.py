from __future__ import annotations

import json

import pytest

from simulator.retell import signing


class TestBooking:
    def test_check_then_read_back_then_confirm(self, bench) -> None:
        first = bench.say("Ich hätte gern einen Haarschnitt am Montag, 20. Oktober, um 14 Uhr.")
        assert first["tool_calls"][0]["name"] == "check-availability"
        assert first["agent"] == first["tool_calls"][0]["answer"]["message"]
        second = bench.say("Ja, bitte buchen", first["call_id"])
        assert second["agent"] == "Perfekt! Ihr Termin wurde erfolgreich gebucht: 14:00 Uhr."
        assert second["tool_calls"][0]["args"] == {
            "datum": "Montag, 20. Oktober", "uhrzeit": "um 14 Uhr", "dienstleistung": "Haarschnitt",
            "name": "Erika Muster", "bestaetigung": True,
        }  # fmt: skip

    def test_a_hidden_caller_is_asked_for_a_name(self, bench) -> None:
        first = bench.say("Montag um 14 Uhr", from_number="anonymous")
        assert first["agent"].endswith("Auf welchen Namen?")
        second = bench.say("Ja, bitte", first["call_id"])
        assert second["tool_calls"] == []
        third = bench.say("Max Mustermann", first["call_id"])
        assert third["tool_calls"][0]["args"]["name"] == "Max Mustermann"

    def test_name_and_phone_between_check_and_confirmation_change_nothing(self, bench) -> None:
        answer = bench.talk(
            "Ich möchte einen Termin am Montag um 14 Uhr",
            "Mein Name ist Max Mustermann, Telefon 0151 12345678",
            "Ja, bitte buchen",
        )
        assert "erfolgreich gebucht" in answer["agent"]
        assert answer["tool_calls"][0]["args"]["telefon"] == "015112345678"

    def test_a_refusal_books_nothing(self, bench) -> None:
        bench.talk("Montag um 14 Uhr", "Nein, danke")
        assert [asked["function"] for asked in bench.gateway.asked] == ["check-availability"]

    def test_a_missing_time_is_asked_for(self, bench) -> None:
        answer = bench.say("Ich möchte am Montag kommen")
        assert answer["agent"] == "Um wie viel Uhr möchten Sie kommen?"
        assert bench.say("um 15 Uhr", answer["call_id"])["tool_calls"][0]["args"] == {
            "datum": "Montag", "uhrzeit": "um 15 Uhr",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("text", "datum", "uhrzeit"),
        [
            (
                "Haben Sie nächste Woche Dienstag Vormittag was frei?",
                "nächste Woche Dienstag Vormittag",
                None,
            ),
            ("übermorgen um halb drei", "übermorgen", "um halb drei"),
            ("am Mittwoch, 16. Oktober um zehn", "Mittwoch, 16. Oktober", "um zehn"),
            ("am 31. November um 10 Uhr", "31. November", "um 10 Uhr"),
        ],
    )
    def test_the_callers_words_are_passed_on_unconverted(self, bench, text, datum, uhrzeit) -> None:
        bench.gateway.fail = lambda: (
            '{"success":false,"status":"needs_clarification","message":"Wann?"}',
            200,
        )
        args = bench.say(text)["tool_calls"][0]["args"]
        assert (args["datum"], args.get("uhrzeit")) == (datum, uhrzeit)

    def test_a_question_of_the_gateway_is_answered_with_the_callers_next_words(self, bench) -> None:
        bench.gateway.fail = lambda: (
            '{"success":false,"status":"needs_clarification","message":"Diesen Mittwoch oder den danach?"}', 200,
        )  # fmt: skip
        first = bench.say("nächsten Mittwoch um 14 Uhr")
        assert first["agent"] == "Diesen Mittwoch oder den danach?"
        bench.gateway.fail = None
        second = bench.say("Montag, bitte", first["call_id"])
        assert second["tool_calls"][0]["args"] == {"datum": "Montag", "uhrzeit": "um 14 Uhr"}

    @pytest.mark.parametrize("status", ["past_time", "invalid_date"])
    def test_words_that_cannot_be_used_are_not_used_again(self, bench, status) -> None:
        bench.gateway.fail = lambda: (f'{{"success":false,"status":"{status}","message":"Wann dann?"}}', 200)
        first = bench.say("heute um 9 Uhr")
        assert bench.say("Montag", first["call_id"])["agent"] == "Um wie viel Uhr möchten Sie kommen?"

    def test_a_changed_wish_is_checked_again(self, bench) -> None:
        answer = bench.talk("Montag um 14 Uhr", "Doch lieber um 15 Uhr")
        assert answer["tool_calls"][0]["name"] == "check-availability"

    def test_only_the_gateways_words_say_that_something_is_booked(self, bench) -> None:
        bench.gateway.fail = lambda: ('{"success":false,"status":"timeout","message":"Wir prüfen das."}', 200)
        answer = bench.talk("Montag um 14 Uhr", "Ja, bitte buchen")
        assert "gebucht" not in answer["agent"]


class TestAlternatives:
    def lose_the_slot(self, bench) -> dict:
        first = bench.say("Montag um 14 Uhr")
        bench.gateway.free.discard("2025-10-20 14:00")
        return bench.say("Ja, bitte buchen", first["call_id"])

    def test_after_a_lost_slot_the_picked_alternative_is_booked(self, bench) -> None:
        lost = self.lose_the_slot(bench)
        assert lost["tool_calls"][0]["answer"]["status"] == "slot_taken"
        booked = bench.say("Dann bitte um 15 Uhr.", lost["call_id"])
        assert booked["tool_calls"][0]["name"] == "collect-appointment"
        assert booked["tool_calls"][0]["args"]["datum"] == "20.10.2025"
        assert booked["tool_calls"][0]["args"]["uhrzeit"] == "15:00"

    def test_the_second_one_can_be_picked_by_its_place(self, bench) -> None:
        lost = self.lose_the_slot(bench)
        assert bench.say("die zweite bitte", lost["call_id"])["tool_calls"][0]["args"]["uhrzeit"] == "16:30"

    def test_a_bare_yes_to_two_alternatives_asks_which(self, bench) -> None:
        lost = self.lose_the_slot(bench)
        assert bench.say("Ja gerne", lost["call_id"])["agent"] == "Welche der genannten Zeiten möchten Sie?"

    def test_an_alternative_to_a_mere_check_is_checked_first(self, bench) -> None:
        answer = bench.talk("Montag um 13 Uhr", "15 Uhr bitte")
        assert answer["tool_calls"][0]["name"] == "check-availability"


class TestWhatGoesOverTheLine:
    def test_the_signature_fits_the_bytes(self, bench) -> None:
        bench.say("Montag um 14 Uhr")
        body, header = bench.gateway.raw[0]
        assert signing.check(header, body, api_key="key_test", now_ms=1760342400000).valid

    def test_the_bytes_are_those_of_javascript(self, bench) -> None:
        bench.say("Mein Name ist Jörg Müller, Montag um 14 Uhr")
        body, _ = bench.gateway.raw[0]
        assert "Jörg" in body.decode()
        assert body == json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")).encode()

    def test_the_call_object_grows_and_ends_with_the_running_invocation(self, bench) -> None:
        bench.talk("Montag um 14 Uhr", "Ja, bitte buchen")
        first, second = (asked["call"] for asked in bench.gateway.asked)
        assert first["transcript"].endswith("User: Montag um 14 Uhr\n")
        assert len(second["transcript_object"]) > len(first["transcript_object"])
        assert [item["role"] for item in second["transcript_with_tool_calls"]] == [
            "agent", "user", "tool_call_invocation", "tool_call_result", "agent", "user",
            "tool_call_invocation",
        ]  # fmt: skip
        assert second["call_status"] == "ongoing"
        assert "end_timestamp" not in second

    def test_a_resend_repeats_the_bytes_with_a_signature_of_its_own(self, bench) -> None:
        call_id = bench.say("Montag um 14 Uhr")["call_id"]
        bench.clock.advance(5)
        bench.client.post("/test/api/retell/resend", json={"call_id": call_id})
        (first, first_header), (second, second_header) = bench.gateway.raw
        assert first == second
        assert first_header != second_header

    def test_a_retry_repeats_the_bytes(self, bench) -> None:
        bench.settings.update({"max_retry": 1})
        bench.clock.run()
        bench.gateway.fail = lambda: ("", 503)
        bench.say("Montag um 14 Uhr")
        (first, _), (second, _) = bench.gateway.raw
        assert first == second


class TestSilence:
    def test_a_timeout_is_a_connection_problem_and_nothing_is_said(self, bench) -> None:
        bench.gateway.fail = lambda: ("", 599)
        answer = bench.say("Montag um 14 Uhr")
        assert answer["agent"] is None
        assert answer["error"]["title"] == "Verbindungsproblem"
        assert "12 s" in answer["error"]["message"]

    def test_the_answer_to_a_resend_is_spoken_then(self, bench) -> None:
        bench.gateway.fail = lambda: ("", 599)
        call_id = bench.say("Montag um 14 Uhr")["call_id"]
        bench.gateway.fail = None
        again = bench.client.post("/test/api/retell/resend", json={"call_id": call_id}).get_json()
        assert "noch frei" in again["agent"]
        assert again["tool_calls"][0]["repeats"] == 1

    def test_refusals_of_the_edge_are_errors(self, bench) -> None:
        bench.gateway.fail = lambda: ('{"error":{}}', 401)
        assert bench.say("Montag um 14 Uhr")["error"]["code"] == "http_401"
