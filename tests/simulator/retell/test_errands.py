"""What the scripted agent does for callers who want something else than a new appointment."""

from __future__ import annotations

import json

import pytest

from simulator.retell.intents import Intent, from_and_to, intent_of


class TestIntents:
    @pytest.mark.parametrize(
        ("text", "intent"),
        [
            ("Ich möchte meinen Termin am Montag absagen", Intent.CANCEL),
            ("Können Sie den Termin bitte stornieren?", Intent.CANCEL),
            ("Ich sage den Termin am Montag ab", Intent.CANCEL),
            ("Ich muss meinen Termin verschieben", Intent.MOVE),
            ("Kann ich das umbuchen?", Intent.MOVE),
            ("Wann ist mein Termin?", Intent.QUERY),
            ("Wann habe ich meinen nächsten Termin?", Intent.QUERY),
            ("Welche Termine habe ich?", Intent.QUERY),
            ("Wie sind Ihre Öffnungszeiten?", Intent.HOURS),
            ("Wann haben Sie geöffnet?", Intent.HOURS),
            ("Was bieten Sie an?", Intent.SERVICES),
            ("Können Sie mich zurückrufen?", Intent.CALLBACK),
            ("Ich bitte um einen Rückruf", Intent.CALLBACK),
            ("Ich hätte gern einen Termin am Montag um 14 Uhr", None),
            ("Haben Sie am Montag einen Termin frei?", None),
            ("Mein Name ist Erika Muster", None),
            ("Nein, lieber nicht buchen", None),
        ],
    )
    def test_are_known_by_their_words(self, text, intent):
        assert intent_of(text) is intent

    @pytest.mark.parametrize(
        ("text", "before", "after"),
        [
            ("vom 20.10.2025 um 14 Uhr auf den 21.10.2025 um 15 Uhr verschieben",
             ("20.10.2025", "um 14 Uhr"), ("21.10.2025", "um 15 Uhr")),
            ("den Termin am Montag verschieben", ("Montag", None), (None, None)),
            ("auf Dienstag um 15 Uhr", (None, None), ("Dienstag", "um 15 Uhr")),
            ("auf den Namen Klein am Montag", ("Montag", None), (None, None)),
        ],
    )  # fmt: skip
    def test_a_move_has_a_day_before_and_after_auf(self, text, before, after):
        assert from_and_to(text) == (before, after)


@pytest.fixture
def answers(bench):
    """Lets the gateway answer with these, one after another, the last one for ever."""

    def play(*given: dict) -> None:
        queue = list(given)

        def answer() -> tuple[str, int]:
            return json.dumps(queue.pop(0) if len(queue) > 1 else queue[0]), 200

        bench.gateway.fail = answer

    return play


def spoken(status: str, message: str = "So ist es.", **more) -> dict:
    return {"success": True, "status": status, "message": message, **more}


def asked(bench) -> list[tuple[str, dict]]:
    return [(each["function"], each["args"]) for each in bench.gateway.asked]


class TestCancelling:
    def test_a_named_appointment_is_cancelled_and_the_gateway_says_so(self, bench, answers):
        answers(spoken("cancelled", "Ihr Termin ist abgesagt."))
        answer = bench.say("Ich möchte meinen Termin am Montag um 14 Uhr absagen")
        assert answer["agent"] == "Ihr Termin ist abgesagt."
        assert asked(bench) == [
            ("cancel-appointment", {"datum": "Montag", "uhrzeit": "um 14 Uhr", "name": "Erika Muster"})
        ]

    def test_which_one_is_asked_for_once(self, bench, answers):
        answers(spoken("multiple_found", "Um 10 oder um 11 Uhr?"), spoken("cancelled"))
        first = bench.say("Ich möchte einen Termin absagen")
        assert (first["agent"], asked(bench)) == ("Welchen Termin möchten Sie absagen?", [])
        second = bench.say("Den am Montag", first["call_id"])
        assert second["agent"] == "Um 10 oder um 11 Uhr?"
        bench.say("um 11 Uhr", first["call_id"])
        assert asked(bench)[-1][1]["uhrzeit"] == "um 11 Uhr"

    def test_a_name_that_is_missing_is_given_with_the_next_words(self, bench, answers):
        answers(spoken("unauthorized", "Wie ist Ihr Name?"), spoken("cancelled"))
        first = bench.say("Den Termin am Montag absagen, bitte", from_number="anonymous")
        bench.say("Hansi Schmidt", first["call_id"])
        assert asked(bench)[-1] == ("cancel-appointment", {"datum": "Montag", "name": "Hansi Schmidt"})

    def test_a_no_leaves_everything(self, bench, answers):
        answers(spoken("cancelled"))
        first = bench.say("Ich möchte einen Termin absagen")
        second = bench.say("Nein, doch nicht", first["call_id"])
        assert second["agent"].startswith("Gut, dann bleibt alles, wie es ist.")
        assert asked(bench) == []


class TestMoving:
    WISH = "Ich möchte meinen Termin vom 20.10.2025 auf den 21.10.2025 um 15 Uhr verschieben"

    def test_is_read_back_before_it_is_done(self, bench, answers):
        answers(
            spoken("ready_for_confirmation", "Soll ich das machen?"), spoken("rescheduled", "Ist verschoben.")
        )
        first = bench.say(self.WISH)
        assert first["agent"] == "Soll ich das machen?"
        second = bench.say("Ja, bitte verschieben", first["call_id"])
        assert second["agent"] == "Ist verschoben."
        wish = {
            "old_datum": "20.10.2025", "new_datum": "21.10.2025", "new_uhrzeit": "um 15 Uhr", "name": "Erika Muster",
        }  # fmt: skip
        assert asked(bench) == [
            ("reschedule-appointment", wish),
            ("reschedule-appointment", {**wish, "bestaetigung": True}),
        ]

    def test_what_is_missing_is_asked_for(self, bench, answers):
        answers(spoken("ready_for_confirmation"))
        first = bench.say("Ich muss meinen Termin verschieben")
        assert first["agent"] == "Welchen Termin möchten Sie verschieben?"
        second = bench.say("Den am Montag um 14 Uhr", first["call_id"])
        assert second["agent"] == "Auf welchen Tag und welche Uhrzeit möchten Sie den Termin verschieben?"
        bench.say("Dienstag um 15 Uhr", first["call_id"])
        assert asked(bench)[-1][1] == {
            "old_datum": "Montag", "old_uhrzeit": "um 14 Uhr", "new_datum": "Dienstag", "new_uhrzeit": "um 15 Uhr",
            "name": "Erika Muster",
        }  # fmt: skip

    def test_a_time_that_is_taken_gives_way_to_the_next(self, bench, answers):
        answers(spoken("unavailable", "Da ist nichts frei."), spoken("ready_for_confirmation"))
        first = bench.say(self.WISH)
        bench.say("Dann am 22.10.2025 um 9 Uhr", first["call_id"])
        assert asked(bench)[-1][1]["new_datum"] == "22.10.2025"
        assert asked(bench)[-1][1]["old_datum"] == "20.10.2025"

    def test_an_offered_time_can_be_taken_by_its_place(self, bench, answers):
        offers = [{"time": "2025-10-22 10:00"}, {"time": "2025-10-22 11:00"}]
        answers(spoken("unavailable", alternatives=offers), spoken("ready_for_confirmation"))
        first = bench.say(self.WISH)
        bench.say("die zweite bitte", first["call_id"])
        new = {key: asked(bench)[-1][1][key] for key in ("new_datum", "new_uhrzeit")}
        assert new == {"new_datum": "22.10.2025", "new_uhrzeit": "11:00"}

    def test_an_unknown_appointment_is_named_anew(self, bench, answers):
        answers(spoken("not_found", "Den finde ich nicht."), spoken("ready_for_confirmation"))
        first = bench.say(self.WISH)
        bench.say("Es war der am 23.10.2025", first["call_id"])
        assert asked(bench)[-1][1]["old_datum"] == "23.10.2025"
        assert asked(bench)[-1][1]["new_datum"] == "21.10.2025"


class TestAsking:
    @pytest.mark.parametrize(
        ("text", "function"),
        [
            ("Wann ist mein Termin?", "get-customer-appointments"),
            ("Wie sind Ihre Öffnungszeiten?", "get-opening-hours"),
            ("Was bieten Sie an?", "list-services"),
        ],
    )
    def test_the_gateways_words_are_the_answer(self, bench, answers, text, function):
        answers(spoken("appointments", "Am Montag um 14 Uhr."))
        assert bench.say(text)["agent"] == "Am Montag um 14 Uhr."
        assert asked(bench)[0][0] == function

    def test_a_call_back_keeps_its_reason_while_the_name_is_asked_for(self, bench, answers):
        answers(spoken("missing_customer_name", "Wie ist Ihr Name?"), spoken("callback_queued"))
        first = bench.say("Bitte rufen Sie mich zurück, es geht um Farbe", from_number="anonymous")
        bench.say("Max Beispiel", first["call_id"])
        assert asked(bench)[-1] == (
            "request-callback",
            {"name": "Max Beispiel", "grund": "Bitte rufen Sie mich zurück, es geht um Farbe"},
        )

    def test_afterwards_an_appointment_can_be_booked_in_the_same_call(self, bench, answers):
        answers(spoken("opening_hours", "Montag bis Freitag."))
        first = bench.say("Wann haben Sie geöffnet?")
        bench.gateway.fail = None
        bench.say("Dann bitte am Montag um 14 Uhr", first["call_id"])
        assert asked(bench)[-1] == ("check-availability", {"datum": "Montag", "uhrzeit": "um 14 Uhr"})
