from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.speech import Claim, VoiceStatus
from app.domain.statuses import CallbackPriority, CallbackStatus, OutboxKind
from app.storage.models import CallbackRequest, OutboxMessage
from app.usecases.callbacks import request_callback
from app.usecases.commands import AppointmentWish
from tests.integration.bench import CALL, CALLER, RIVAL_CALL

WISH = AppointmentWish(name="Erika Muster", preferred_time="heute nach 16 Uhr", note="Farbe besprechen")


def ask(bench, wish=WISH, call_id=CALL, **who):
    return bench._ask(request_callback, wish, bench.context(call_id, **who))


class TestRequest:
    def test_it_is_promised_and_written_down(self, bench):
        answer = ask(bench)
        assert (answer.status, answer.claim) == (VoiceStatus.CALLBACK_QUEUED, Claim.CALLBACK)
        assert "innerhalb von zwei Stunden zurück" in answer.message
        row = bench.only(CallbackRequest)
        assert (row.customer_name, row.preferred_time) == ("Erika Muster", "heute nach 16 Uhr")
        assert (row.priority, row.status) == (CallbackPriority.NORMAL, CallbackStatus.OPEN)
        assert row.expires_at - row.created_at == timedelta(hours=24)
        assert answer.details["callback_request_id"] == row.id

    def test_number_and_note_are_sealed(self, bench):
        ask(bench)
        row = bench.only(CallbackRequest)
        assert CALLER not in row.phone_ciphertext
        assert bench.parts.vault.open(row.phone_ciphertext) == CALLER
        assert bench.parts.vault.open(row.note_ciphertext) == "Farbe besprechen"

    def test_the_company_gets_a_mail_with_all_of_it(self, bench):
        ask(bench)
        stored = bench.only(OutboxMessage)
        assert stored.kind is OutboxKind.CALLBACK_MAIL
        assert "171392" not in stored.body + stored.subject
        assert bench.deliver() == 1
        (mail,) = bench.mailer.sent
        assert mail.recipient == bench.context().mailbox
        for words in ("Erika Muster", CALLER, "heute nach 16 Uhr", "Farbe besprechen", "2 Stunden"):
            assert words in mail.body

    @pytest.mark.parametrize(
        ("note", "priority"),
        [("es ist dringend", CallbackPriority.HIGH), ("keine Eile", CallbackPriority.NORMAL)],
    )
    def test_a_hurry_is_heard(self, bench, note, priority):
        ask(bench, replace(WISH, note=note))
        assert bench.only(CallbackRequest).priority is priority

    def test_what_stands_for_a_name_is_none(self, bench):
        ask(bench, replace(WISH, name="Unbekannt"))
        assert bench.only(CallbackRequest).customer_name is None


class TestAgain:
    def test_a_repeat_is_the_same_request(self, bench):
        first, second = ask(bench), ask(bench)
        assert first.details == second.details
        assert len(bench.rows(CallbackRequest)) == len(bench.rows(OutboxMessage)) == 1

    def test_more_words_complete_it_and_the_company_hears_them(self, bench):
        ask(bench, replace(WISH, preferred_time=None))
        ask(bench)
        assert bench.only(CallbackRequest).preferred_time == "heute nach 16 Uhr"
        assert len(bench.rows(OutboxMessage)) == 2

    def test_another_call_is_another_request(self, bench):
        ask(bench)
        ask(bench, call_id=RIVAL_CALL)
        assert len(bench.rows(CallbackRequest)) == 2

    def test_a_call_without_an_id_is_never_the_same(self, bench):
        ask(bench, call_id=None)
        ask(bench, call_id=None)
        assert len(bench.rows(CallbackRequest)) == 2


class TestHiddenNumber:
    def test_nobody_is_promised_a_call_without_a_number(self, bench):
        answer = ask(bench, caller=None)
        assert (answer.status, answer.missing) == (VoiceStatus.MISSING_REQUIRED_FIELD, ("phone",))
        assert "Telefonnummer" in answer.message
        assert bench.rows(CallbackRequest) == []

    def test_a_number_that_is_said_counts(self, bench):
        answer = ask(bench, replace(WISH, phone="0171 39200107"), caller=None)
        assert answer.status is VoiceStatus.CALLBACK_QUEUED
        assert bench.parts.vault.open(bench.only(CallbackRequest).phone_ciphertext) == "+4917139200107"

    def test_one_that_was_said_before_does_too(self, bench):
        ask(bench, replace(WISH, phone=CALLER), caller=None)
        assert ask(bench, caller=None).status is VoiceStatus.CALLBACK_QUEUED
        assert len(bench.rows(CallbackRequest)) == 1
