from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.calcom.events import event_from_wire
from app.domain.outcomes import RefusalKind
from app.domain.speech import VoiceStatus
from app.domain.statuses import AppointmentStatus, AttemptState, SyncOrigin, WebhookStatus
from app.storage.encryption import VaultError
from app.storage.models import Appointment, Customer, WebhookEvent
from app.usecases import webhooks
from app.wiring import read_event
from fixtures.payloads import booking_cancelled, booking_created, plain_event
from tests.integration.bench import PRAXIS, PRAXIS_SECRET, RIVAL_CALL, SALON, SALON_KEY, WISHED
from tests.integration.fakes import NOW, refuses

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def send(bench):
    """Sends an event as Cal.com does; returns the status it was answered."""

    def send(body, **how):
        response = bench.send_webhook(body, **how)
        assert response.status_code == 200, response.text
        return response.json["status"]

    return send


def created(**changes):
    return booking_created(starts_at=WISHED, **changes)


def cancelled(**changes):
    return booking_cancelled(starts_at=WISHED, at=LATER, **changes)


class TestCreated:
    def test_a_booking_made_elsewhere_becomes_an_appointment(self, bench, send):
        assert send(created()) == "processed"
        appointment = bench.only(Appointment)
        assert (appointment.starts_at, appointment.ends_at) == (WISHED, WISHED + timedelta(minutes=30))
        assert (appointment.status, appointment.sync_origin) == (
            AppointmentStatus.CONFIRMED,
            SyncOrigin.CALCOM,
        )
        assert (appointment.company_id, appointment.service_id) == (SALON, 1)
        assert bench.only(Customer).name == "Erika Muster"

    def test_its_time_is_taken_for_callers_at_once(self, bench, send):
        send(created())
        assert bench.book().status is VoiceStatus.SLOT_TAKEN

    def test_the_remembered_slots_are_forgotten(self, bench, send):
        send(created())
        assert (SALON, 2563193) in bench.calendar.forgotten

    def test_a_second_delivery_is_a_duplicate(self, bench, send):
        assert [send(created()), send(created())] == ["processed", "duplicate"]
        assert len(bench.rows(Appointment)) == len(bench.rows(WebhookEvent)) == 1

    def test_the_same_booking_in_another_event_is_known(self, bench, send):
        assert [send(created()), send(created(at=LATER))] == ["processed", "ignored"]
        assert len(bench.rows(Appointment)) == 1

    def test_the_echo_of_our_own_booking_is_recognised(self, bench, send):
        bench.book()
        (seen,) = bench.calendar.live(SALON_KEY)
        assert send(created(uid=seen.uid, metadata=dict(seen.metadata))) == "ignored"
        assert bench.only(Appointment).sync_origin is SyncOrigin.RETELL

    def test_an_echo_that_comes_before_we_settled_is_too(self, bench, send):
        def quick_echo(_about, do):
            reply = do()
            assert send(created(uid=reply.seen.uid, metadata=dict(reply.seen.metadata))) == "ignored"
            return reply

        bench.calendar.script("create_booking", quick_echo)
        assert bench.book().status is VoiceStatus.BOOKED
        assert bench.only(Appointment).sync_origin is SyncOrigin.RETELL

    def test_without_an_end_the_services_length_counts(self, bench, send):
        body = created()
        del body["payload"]["endTime"]
        send(body)
        assert bench.only(Appointment).ends_at == WISHED + timedelta(minutes=30)

    def test_an_end_before_its_start_is_not_believed(self, bench, send):
        send(created(endTime="2025-10-20T12:00:00Z"))
        assert bench.only(Appointment).ends_at == WISHED + timedelta(minutes=30)
        assert bench.book().status is VoiceStatus.SLOT_TAKEN

    def test_without_a_start_there_is_no_appointment(self, bench, send):
        body = created()
        del body["payload"]["startTime"]
        assert send(body) == "ignored"
        assert bench.rows(Appointment) == []

    def test_an_unknown_event_type_makes_no_row_under_anybody(self, bench, send):
        assert send(created(eventTypeId=999)) == "ignored"
        assert bench.rows(Appointment) == []
        assert bench.rows(Customer) == []

    def test_somebody_without_address_is_a_customer_of_his_own(self, bench, send):
        send(created(uid="one", attendees=[]))
        send(
            created(uid="two", attendees=[], startTime="2025-10-20T13:00:00Z", endTime="2025-10-20T13:30:00Z")
        )
        assert [customer.name for customer in bench.rows(Customer)] == ["Unbekannt", "Unbekannt"]

    def test_the_body_is_stored_sealed(self, bench, send):
        send(created())
        assert "muster" not in bench.only(WebhookEvent).body_ciphertext


class TestPlansShape:
    def test_it_is_applied_like_the_real_one(self, bench, send):
        assert send(plain_event(starts_at=WISHED)) == "processed"
        assert bench.only(Appointment).starts_at == WISHED

    def test_its_own_id_makes_the_repeat(self, bench, send):
        assert [send(plain_event(starts_at=WISHED)), send(plain_event(starts_at=WISHED))] == [
            "processed",
            "duplicate",
        ]

    def test_without_an_event_type_it_is_the_default_service(self, bench, send):
        send(plain_event(starts_at=WISHED, eventTypeId=None))
        assert bench.only(Appointment).service_id == 1


class TestCancelled:
    def test_an_appointment_of_ours_is_cancelled(self, bench, send):
        bench.book()
        assert send(cancelled(uid="uid-1")) == "processed"
        assert bench.only(Appointment).status is AppointmentStatus.CANCELLED

    def test_a_cancel_is_no_repeat_of_its_create(self, bench, send):
        assert [send(created()), send(cancelled())] == ["processed", "processed"]

    def test_cancelled_twice_is_cancelled(self, bench, send):
        send(created())
        send(cancelled())
        again = booking_cancelled(starts_at=WISHED, at=LATER + timedelta(minutes=1))
        assert send(again) == "ignored"

    def test_a_cancel_before_its_create_is_not_revived(self, bench, send):
        assert [send(cancelled()), send(created())] == ["ignored", "ignored"]
        assert bench.rows(Appointment) == []

    def test_its_time_is_free_again(self, bench, send):
        send(created())
        send(cancelled())
        assert bench.book().status is VoiceStatus.BOOKED

    def test_another_companys_cancel_does_not_touch_it(self, bench, send):
        bench.book()
        assert send(cancelled(uid="uid-1"), secret=PRAXIS_SECRET) == "ignored"
        assert bench.only(Appointment).status is AppointmentStatus.CONFIRMED


class TestOtherEvents:
    @pytest.mark.parametrize("trigger", ["BOOKING_RESCHEDULED", "MEETING_ENDED", "BOOKING.PAID"])
    def test_one_that_is_not_acted_on_is_stored_and_ignored(self, bench, send, trigger):
        assert send(created() | {"triggerEvent": trigger}) == "ignored"
        assert bench.only(WebhookEvent).status is WebhookStatus.IGNORED

    def test_a_rejection_keeps_its_create_from_reviving_it(self, bench, send):
        send(cancelled() | {"triggerEvent": "BOOKING_REJECTED"})
        assert send(created()) == "ignored"


class TestCompanies:
    def test_the_signature_decides_which_of_two_owners_is_meant(self, bench, send):
        send(created(), secret=PRAXIS_SECRET)
        assert bench.only(Appointment).company_id == PRAXIS
        assert bench.only(WebhookEvent).company_id == PRAXIS

    def test_one_booking_uid_may_belong_to_each(self, bench, send):
        assert [send(created()), send(created(), secret=PRAXIS_SECRET)] == ["processed", "processed"]
        assert [row.company_id for row in bench.rows(Appointment)] == [SALON, PRAXIS]


class TestErrors:
    def test_one_rolls_everything_back_and_stays_to_be_tried_again(self, bench, send):
        bench.faults.arm("apply_event", "db_error", 1)
        assert send(created()) == "stored"
        assert bench.rows(Appointment) == []
        assert bench.rows(Customer) == []
        event = bench.only(WebhookEvent)
        assert (event.status, event.tries) == (WebhookStatus.RECEIVED, 1)

    def test_the_worker_then_applies_it(self, bench, send):
        bench.faults.arm("apply_event", "db_error", 1)
        send(created())
        assert webhooks.run_once(bench.parts, read_event) == 1
        assert bench.only(Appointment).starts_at == WISHED
        assert webhooks.run_once(bench.parts, read_event) == 0

    def test_a_repeat_of_it_is_a_duplicate_all_the_same(self, bench, send):
        bench.faults.arm("apply_event", "db_error", 1)
        assert [send(created()), send(created())] == ["stored", "duplicate"]

    def test_after_five_tries_it_is_an_operators(self, bench, send):
        bench.faults.arm("apply_event", "db_error", 99)
        send(created())
        for _ in range(6):
            webhooks.run_once(bench.parts, read_event)
        event = bench.only(WebhookEvent)
        assert (event.status, event.tries) == (WebhookStatus.FAILED, 5)

    def test_one_that_can_not_be_opened_does_not_stop_the_next(self, bench, send):
        bench.faults.arm("apply_event", "db_error", 2)
        send(created(uid="one"))
        send(created(uid="two", startTime="2025-10-20T13:00:00Z", endTime="2025-10-20T13:30:00Z"))
        opened = []

        class Vault:
            def open(self, token):
                opened.append(token)
                if len(opened) == 1:
                    raise VaultError("no key opens this value")
                return bench.gateway.parts.vault.open(token)

            def __getattr__(self, name):
                return getattr(bench.gateway.parts.vault, name)

        assert webhooks.run_once(replace(bench.parts, vault=Vault()), read_event) == 1
        assert bench.only(Appointment).calcom_booking_uid == "two"

    def test_two_at_once_store_it_once(self, bench):
        body = created()
        incoming = event_from_wire(body, "{}", NOW)
        first = webhooks.accept_event(bench.parts, SALON, incoming)
        assert first is not None
        assert webhooks.accept_event(bench.parts, SALON, incoming) is None

    def test_one_applied_already_is_left_as_it_is(self, bench, send):
        send(created())
        row = bench.only(WebhookEvent)
        status = webhooks.apply_event(bench.parts, SALON, row.id, event_from_wire(created(), "{}", NOW))
        assert status is WebhookStatus.PROCESSED
        assert len(bench.rows(Appointment)) == 1


class TestLateCommits:
    def test_a_refused_wish_that_was_booked_after_all_is_taken_back(self, bench, send):
        bench.calendar.script("create_booking", refuses(RefusalKind.TOO_SOON))
        assert bench.book().status is VoiceStatus.NOTICE_VIOLATION
        (attempt,) = bench.rows(webhooks.BookingAttempt)
        bench.calendar.add(SALON_KEY, uid="late", start=WISHED, metadata={"attempt_id": attempt.id})
        assert send(created(uid="late", metadata={"attempt_id": attempt.id})) == "ignored"
        assert bench.recover() == 1
        assert bench.calendar.live(SALON_KEY) == []
        assert bench.only(webhooks.BookingAttempt).state is AttemptState.COMPENSATED

    def test_another_companys_attempt_id_is_no_attempt_of_ours(self, bench, send):
        bench.book(call_id=RIVAL_CALL)
        (attempt,) = bench.rows(webhooks.BookingAttempt)
        send(created(uid="theirs", metadata={"attempt_id": attempt.id}), secret=PRAXIS_SECRET)
        assert [row.company_id for row in bench.rows(Appointment)] == [SALON, PRAXIS]
