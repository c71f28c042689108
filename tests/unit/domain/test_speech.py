from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.domain.speech import SENTENCES, Answer, Claim, Trouble, VoiceStatus
from tests.unit.builders import BERLIN, WISHED, answer

ALL = list(VoiceStatus)
MET = {
    VoiceStatus.AVAILABLE, VoiceStatus.BOOKED, VoiceStatus.PENDING, VoiceStatus.CANCELLED, VoiceStatus.RESCHEDULED,
    VoiceStatus.READY_FOR_CONFIRMATION, VoiceStatus.FOUND, VoiceStatus.NEW_CUSTOMER, VoiceStatus.ANONYMOUS,
    VoiceStatus.APPOINTMENTS, VoiceStatus.NO_APPOINTMENTS, VoiceStatus.CALLBACK_QUEUED, VoiceStatus.SERVICES,
    VoiceStatus.SERVICE_INFO, VoiceStatus.OPENING_HOURS, VoiceStatus.ALTERNATIVES, VoiceStatus.NEXT_AVAILABLE,
    VoiceStatus.RESERVED, VoiceStatus.RELEASED, VoiceStatus.INITIALIZED, VoiceStatus.DATE_PARSED,
    VoiceStatus.CURRENT_TIME,
}  # fmt: skip
OFFERS = (WISHED + timedelta(hours=1), WISHED + timedelta(days=1))


class TestTheTable:
    def test_every_status_has_a_row(self):
        assert set(SENTENCES) == set(VoiceStatus)

    @pytest.mark.parametrize("status", ALL)
    def test_every_status_can_be_spoken(self, status):
        message = answer(status, alternatives=OFFERS, missing=("datum",)).message
        assert message[-1] in ".?"
        assert "{" not in message
        assert "None" not in message

    @pytest.mark.parametrize("status", [status for status in ALL if status is not VoiceStatus.BOOKED])
    @pytest.mark.parametrize("trouble", list(Trouble))
    def test_success_is_news_of_a_booked_appointment_only(self, status, trouble):
        message = answer(status, alternatives=OFFERS, missing=("datum",), trouble=trouble).message
        assert "erfolgreich gebucht" not in message
        assert "Ihr Termin wurde" not in message
        if "gebucht" in message:  # said of somebody else's booking
            assert trouble is Trouble.ALREADY_BOOKED

    def test_each_claim_is_made_by_some_sentence(self):
        assert {sentence.claim for sentence in SENTENCES.values()} == set(Claim)

    @pytest.mark.parametrize(
        ("status", "claim"),
        [
            (VoiceStatus.BOOKED, Claim.BOOKED),
            (VoiceStatus.PENDING, Claim.PENDING),
            (VoiceStatus.TIMEOUT, Claim.CHECKING),
            (VoiceStatus.AVAILABLE, Claim.FREE),
            (VoiceStatus.SLOT_TAKEN, Claim.TAKEN),
            (VoiceStatus.ERROR, Claim.FAILED),
        ],
    )
    def test_a_sentence_claims_what_it_says(self, status, claim):
        assert answer(status).claim is claim

    @pytest.mark.parametrize("status", ALL)
    def test_only_a_met_wish_is_a_success(self, status):
        assert answer(status).success is (status in MET)


class TestSentences:
    def test_a_free_time_is_read_back_with_weekday_and_full_date(self):
        assert answer(VoiceStatus.AVAILABLE).message == (
            "Der Termin am Montag, 20. Oktober um 14:00 Uhr ist noch frei."
        )

    def test_a_wish_to_confirm_ends_with_the_question(self):
        message = answer(VoiceStatus.AVAILABLE, awaiting_confirmation=True).message
        assert message.endswith("Soll ich den Termin für Sie buchen?")

    def test_a_booked_appointment_is_said_in_the_words_of_the_plan(self):
        message = answer(VoiceStatus.BOOKED).message
        assert "Termin wurde erfolgreich gebucht" in message
        assert message.endswith("Montag, 20. Oktober um 14:00 Uhr, Haarschnitt.")

    def test_a_pending_one_is_requested(self):
        assert "angefragt" in answer(VoiceStatus.PENDING).message

    def test_an_outage_sends_the_caller_to_the_phone(self):
        message = answer(VoiceStatus.ERROR, trouble=Trouble.OUTAGE).message
        assert "technisches Problem" in message
        assert "rufen Sie uns direkt an" in message

    def test_a_booking_problem_says_that_nothing_came_of_it(self):
        message = answer(VoiceStatus.ERROR).message
        assert message.startswith("Entschuldigung, es gab ein Problem bei der Buchung")
        assert "kam nicht zustande" in message

    def test_a_known_booking_is_told_apart(self):
        message = answer(VoiceStatus.ERROR, trouble=Trouble.ALREADY_BOOKED).message
        assert message.startswith("Dieser Termin wurde bereits gebucht")

    def test_an_unknown_outcome_is_being_checked(self):
        message = answer(VoiceStatus.TIMEOUT).message
        assert "Verbindungsproblem" in message
        assert "wird geprüft" in message

    @pytest.mark.parametrize(
        ("offers", "words"),
        [
            (
                OFFERS,
                "am gleichen Tag, Montag, 20. Oktober um 15:00 Uhr oder Dienstag, 21. Oktober um 14:00 Uhr",
            ),
            (OFFERS[:1], "eine Alternative gefunden: am gleichen Tag, Montag, 20. Oktober um 15:00 Uhr"),
            ((), "Wann passt es Ihnen sonst?"),
        ],
    )
    def test_a_lost_slot_names_what_is_left(self, offers, words):
        message = answer(VoiceStatus.SLOT_TAKEN, alternatives=offers).message
        assert message.startswith("Der Termin um 14:00 Uhr wurde gerade vergeben.")
        assert words in message

    def test_missing_fields_are_asked_for_in_german(self):
        message = Answer(VoiceStatus.MISSING_REQUIRED_FIELD, BERLIN, missing=("datum", "uhrzeit")).message
        assert "das Datum und die Uhrzeit" in message

    def test_several_services_are_offered_by_name(self):
        message = answer(VoiceStatus.NEEDS_CLARIFICATION, options=("Färben", "Föhnen")).message
        assert "Färben, Föhnen" in message

    def test_a_repeated_hour_is_asked_about(self):
        assert "zweimal" in Answer(VoiceStatus.NEEDS_CLARIFICATION, BERLIN, reason="uhrzeit").message

    @pytest.mark.parametrize("status", ALL)
    def test_times_are_spoken_as_clock_times(self, status):
        message = answer(status, alternatives=OFFERS, missing=("datum",)).message
        assert re.findall(r"\d\d:\d\d(?! Uhr)", message) == []
