from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.outcomes import Unknown
from app.domain.speech import VoiceStatus
from app.domain.statuses import AppointmentStatus, AttemptKind, AttemptState, OutboxKind
from app.storage.models import (
    Appointment,
    BookingAttempt,
    CallbackRequest,
    ClaimCell,
    Modification,
    OutboxMessage,
    ReconciliationFinding,
)
from app.usecases.cancelling import cancel_appointment
from app.usecases.commands import AppointmentWish
from app.usecases.rescheduling import reschedule_appointment
from tests.integration.bench import RIVAL_CALL, SALON, SALON_KEY, WISHED, ProcessDied
from tests.integration.fakes import lost_reply, timed_out, unreadable

NEW = WISHED + timedelta(hours=1)
MOVE, CANCEL = "move", "cancel"
OPERATION = {MOVE: "reschedule_booking", CANCEL: "cancel_booking"}
NEWS = {MOVE: OutboxKind.MOVE_MAIL, CANCEL: OutboxKind.CANCELLATION_MAIL}
BOTH = pytest.mark.parametrize("kind", [MOVE, CANCEL])


def ask(bench, kind, call_id=RIVAL_CALL):
    if kind is MOVE:
        wish = AppointmentWish(new_uhrzeit="15:00", confirmed=True)
        return bench._ask(reschedule_appointment, wish, bench.context(call_id))
    return bench._ask(cancel_appointment, AppointmentWish(), bench.context(call_id))


def dies_asking(bench, kind, *, after):
    def die(_about, do):
        if after:
            do()
        raise ProcessDied

    bench.calendar.script(OPERATION[kind], die)
    with pytest.raises(ProcessDied):
        ask(bench, kind)


def dies_at(bench, kind, label):
    bench.faults.arm(label, "crash", 1)
    with pytest.raises(ProcessDied):
        ask(bench, kind)


def attempt(bench):
    return next(row for row in bench.rows(BookingAttempt) if row.kind is not AttemptKind.BOOK)


def new_mails(bench):
    return [row.kind for row in bench.rows(OutboxMessage) if row.kind is not OutboxKind.CONFIRMATION_MAIL]


def late_answers(bench, kind):
    """Cal.com answers with an error and does it minutes later."""
    bench.calendar.script(OPERATION[kind], lambda _about, _do: Unknown("status 500", answered=True))


def happens(bench, kind):
    if kind is MOVE:
        bench.calendar.move(SALON_KEY, "uid-1", NEW)
    else:
        bench.calendar.cancel_booking(bench.context().account, "uid-1", "late", timeout=1)


def assert_done(bench, kind):
    appointment = bench.only(Appointment)
    if kind is MOVE:
        (booking,) = bench.calendar.live(SALON_KEY)
        assert (appointment.starts_at, appointment.calcom_booking_uid) == (NEW, booking.uid)
        assert appointment.status is AppointmentStatus.CONFIRMED
    else:
        assert appointment.status is AppointmentStatus.CANCELLED
        assert bench.calendar.live(SALON_KEY) == []
    assert len(bench.rows(Modification)) == 1
    assert_nothing_is_open(bench)


def assert_as_it_was(bench):
    appointment = bench.only(Appointment)
    assert (appointment.starts_at, appointment.status) == (WISHED, AppointmentStatus.CONFIRMED)
    assert (appointment.calcom_booking_uid, bench.rows(Modification)) == ("uid-1", [])


def assert_nothing_is_open(bench):
    assert all(row.state is not AttemptState.OPEN for row in bench.rows(BookingAttempt))
    assert [cell for cell in bench.rows(ClaimCell) if cell.active] == []


@pytest.fixture(autouse=True)
def _booked(bench):
    assert bench.book().status is VoiceStatus.BOOKED


@BOTH
class TestDied:
    @pytest.mark.parametrize("label", ["claim_change", "mark_posting"])
    def test_before_asking_nothing_happened(self, bench, kind, label):
        dies_at(bench, kind, label)
        bench.clock.advance(seconds=16)
        bench.recover()
        assert_as_it_was(bench)
        assert_nothing_is_open(bench)
        assert ask(bench, kind).success

    @pytest.mark.parametrize("where", ["after the request", "settle_change"])
    def test_after_it_the_change_is_adopted_and_written_about(self, bench, kind, where):
        dies_at(bench, kind, where) if where == "settle_change" else dies_asking(bench, kind, after=True)
        assert_as_it_was(bench)
        bench.clock.advance(seconds=16)
        assert bench.recover() == 1
        assert_done(bench, kind)
        assert new_mails(bench) == [NEWS[kind]]
        assert bench.rows(CallbackRequest) == []

    def test_a_request_that_never_arrived_is_given_up_and_told(self, bench, kind):
        dies_asking(bench, kind, after=False)
        bench.clock.advance(seconds=16)
        assert bench.recover() == 0
        bench.clock.advance(minutes=15)
        assert bench.recover() == 1
        assert_as_it_was(bench)
        assert sorted(new_mails(bench)) == [OutboxKind.CALLBACK_MAIL, OutboxKind.FAILURE_MAIL]
        assert bench.only(CallbackRequest).attempt_id == attempt(bench).id
        assert_nothing_is_open(bench)

    def test_a_resent_wish_then_hears_that_it_is_done(self, bench, kind):
        dies_asking(bench, kind, after=True)
        bench.clock.advance(seconds=16)
        bench.recover()
        assert ask(bench, kind).success
        assert bench.calendar.count(OPERATION[kind]) == 1


@BOTH
class TestToldChecking:
    def test_a_late_commit_is_adopted(self, bench, kind):
        if kind is CANCEL:
            bench.calendar.script("cancel_booking", timed_out, timed_out, timed_out)
        else:
            bench.calendar.script("reschedule_booking", timed_out)
        assert ask(bench, kind).status is VoiceStatus.TIMEOUT
        bench.clock.advance(seconds=15)
        assert bench.recover() == 0
        happens(bench, kind)
        bench.clock.advance(seconds=30)
        assert bench.recover() == 1
        assert_done(bench, kind)
        assert new_mails(bench) == [NEWS[kind]]

    def test_what_was_done_and_could_not_be_written_is_found(self, bench, kind):
        bench.faults.arm("settle_change", "db_error", 1)
        assert ask(bench, kind).status is VoiceStatus.TIMEOUT
        bench.clock.advance(seconds=15)
        assert bench.recover() == 1
        assert_done(bench, kind)

    def test_what_can_not_be_read_is_looked_at_again(self, bench, kind):
        bench.calendar.script(OPERATION[kind], lost_reply)
        bench.calendar.script("find_booking", unreadable, unreadable, unreadable)
        assert ask(bench, kind).status is VoiceStatus.TIMEOUT
        bench.clock.advance(seconds=15)
        assert bench.recover() == 0
        bench.clock.advance(seconds=30)
        assert bench.recover() == 1
        assert_done(bench, kind)


class TestAskedAgain:
    def test_a_cancellation_that_was_promised_is(self, bench):
        bench.calendar.script("cancel_booking", timed_out)
        assert ask(bench, CANCEL).status is VoiceStatus.TIMEOUT
        bench.clock.advance(seconds=15)
        assert bench.recover() == 1
        assert_done(bench, CANCEL)

    def test_a_move_is_not(self, bench):
        bench.calendar.script("reschedule_booking", timed_out)
        assert ask(bench, MOVE).status is VoiceStatus.TIMEOUT
        for _ in range(4):
            bench.clock.advance(minutes=4)
            bench.recover()
        assert_as_it_was(bench)
        assert bench.calendar.count("reschedule_booking") == 1
        assert sorted(new_mails(bench)) == [OutboxKind.CALLBACK_MAIL, OutboxKind.FAILURE_MAIL]

    def test_a_cancellation_told_as_failed_is_not(self, bench):
        late_answers(bench, CANCEL)
        assert ask(bench, CANCEL).status is VoiceStatus.ERROR
        bench.clock.advance(minutes=16)
        assert bench.recover() == 1
        assert_as_it_was(bench)
        assert new_mails(bench) == []
        assert bench.calendar.count("cancel_booking") == 1


@BOTH
class TestToldFailed:
    def test_a_change_that_happens_late_is_true_and_the_caller_is_called(self, bench, kind):
        late_answers(bench, kind)
        assert ask(bench, kind).status is VoiceStatus.ERROR
        happens(bench, kind)
        bench.clock.advance(seconds=15)
        assert bench.recover() == 1
        assert_done(bench, kind)
        assert sorted(new_mails(bench)) == sorted([OutboxKind.CALLBACK_MAIL, NEWS[kind]])
        request = bench.only(CallbackRequest)
        assert (request.priority, request.attempt_id) == ("urgent", attempt(bench).id)

    def test_one_that_does_not_is_closed_in_silence(self, bench, kind):
        late_answers(bench, kind)
        ask(bench, kind)
        bench.clock.advance(minutes=16)
        assert bench.recover() == 1
        assert_as_it_was(bench)
        assert new_mails(bench) == []
        assert_nothing_is_open(bench)


class TestAstray:
    @BOTH
    def test_a_booking_that_is_gone_goes_to_a_person(self, bench, kind):
        dies_asking(bench, kind, after=False)
        del bench.calendar.accounts[SALON_KEY].bookings["uid-1"]
        bench.clock.advance(seconds=16)
        assert bench.recover() == 1
        assert attempt(bench).state is AttemptState.ESCALATED
        assert bench.only(Appointment).requires_manual_review
        assert bench.only(ReconciliationFinding).kind == "orphaned"
        assert bench.only(CallbackRequest).priority == "urgent"
        assert_as_it_was(bench)
        assert bench.calendar.count("create_booking") == 1

    def test_one_that_was_moved_elsewhere_is_never_moved_back(self, bench):
        dies_asking(bench, MOVE, after=False)
        bench.calendar.move(SALON_KEY, "uid-1", NEW + timedelta(minutes=30))
        bench.clock.advance(seconds=16)
        assert bench.recover() == 1
        assert attempt(bench).state is AttemptState.ESCALATED
        assert len(bench.calendar.live(SALON_KEY)) == 1
        assert bench.calendar.count("cancel_booking") == 0


class TestReconciling:
    @BOTH
    def test_what_an_open_attempt_changes_is_no_difference_yet(self, bench, kind):
        dies_asking(bench, kind, after=True)
        bench.gateway.reconcile(SALON)
        assert bench.rows(ReconciliationFinding) == []
        bench.clock.advance(seconds=16)
        bench.recover()
        bench.gateway.reconcile(SALON)
        assert bench.rows(ReconciliationFinding) == []


class TestWebhooks:
    def moved(self, bench, *, uid="uid-2", start=NEW, minute=1):
        (booking,) = [seen for seen in bench.calendar.live(SALON_KEY) if seen.uid == uid] or [None]
        metadata = dict(booking.metadata) if booking is not None else {}
        payload = {
            "uid": uid,
            "rescheduleUid": "uid-1",
            "startTime": start.isoformat(),
            "eventTypeId": 2563193,
            "metadata": metadata,
            "status": "ACCEPTED",
        }
        created_at = f"2025-10-13T08:{minute:02}:00Z"
        body = {"triggerEvent": "BOOKING_RESCHEDULED", "createdAt": created_at, "payload": payload}
        response = bench.send_webhook(body)
        assert response.status_code == 200
        return response.json["status"]

    def cancelled(self, bench, uid="uid-1"):
        payload = {"uid": uid, "eventTypeId": 2563193, "startTime": WISHED.isoformat()}
        body = {"triggerEvent": "BOOKING_CANCELLED", "createdAt": "2025-10-13T08:02:00Z", "payload": payload}
        return bench.send_webhook(body).json["status"]

    def test_the_echo_of_our_own_move_changes_nothing_twice(self, bench):
        ask(bench, MOVE)
        assert self.moved(bench) == "ignored"
        assert self.moved(bench) == "duplicate"
        assert_done(bench, MOVE)
        assert bench.only(Appointment).rescheduled_count == 1
        assert new_mails(bench) == [OutboxKind.MOVE_MAIL]

    def test_an_echo_that_comes_before_the_answer_leaves_it_to_the_attempt(self, bench):
        def echoed(_about, do):
            moved = do()
            assert self.moved(bench) == "ignored"
            return moved

        bench.calendar.script("reschedule_booking", echoed)
        assert ask(bench, MOVE).status is VoiceStatus.RESCHEDULED
        assert_done(bench, MOVE)

    def test_an_echo_of_our_own_cancellation_too(self, bench):
        def echoed(_about, do):
            done = do()
            assert self.cancelled(bench) == "ignored"
            return done

        bench.calendar.script("cancel_booking", echoed)
        assert ask(bench, CANCEL).status is VoiceStatus.CANCELLED
        assert_done(bench, CANCEL)
        assert self.cancelled(bench) == "duplicate"

    def test_a_late_commit_of_a_move_that_was_given_up_wakes_the_worker(self, bench):
        late_answers(bench, MOVE)
        ask(bench, MOVE)
        bench.clock.advance(minutes=16)
        bench.recover()
        happens(bench, MOVE)
        assert self.moved(bench) == "ignored"
        assert bench.recover() == 1
        assert_done(bench, MOVE)
        assert bench.only(CallbackRequest).priority == "urgent"

    def test_a_move_by_somebody_else_keeps_the_one_appointment(self, bench):
        bench.calendar.move(SALON_KEY, "uid-1", NEW)
        assert self.moved(bench) == "processed"
        appointment = bench.only(Appointment)
        assert (appointment.starts_at, appointment.calcom_booking_uid) == (NEW, "uid-2")
        assert (appointment.previous_starts_at, appointment.rescheduled_count) == (WISHED, 0)
        assert appointment.ends_at - appointment.starts_at == timedelta(minutes=30)

    def test_a_cancellation_that_overtook_its_move_ends_it(self, bench):
        bench.calendar.move(SALON_KEY, "uid-1", NEW)
        assert self.cancelled(bench, "uid-2") == "ignored"
        assert self.moved(bench) == "processed"
        assert bench.only(Appointment).status is AppointmentStatus.CANCELLED

    def test_a_move_of_a_booking_nobody_told_us_of_becomes_an_appointment(self, bench):
        seen = bench.calendar.add(SALON_KEY, start=WISHED + timedelta(hours=4))
        bench.calendar.accounts[SALON_KEY].bookings[seen.uid] = replace(seen, metadata={})
        payload = {
            "uid": seen.uid,
            "rescheduleUid": "never-heard-of",
            "startTime": seen.start.isoformat(),
            "eventTypeId": 2563193,
        }
        body = {
            "triggerEvent": "BOOKING_RESCHEDULED",
            "createdAt": "2025-10-13T08:01:00Z",
            "payload": payload,
        }
        assert bench.send_webhook(body).json["status"] == "processed"
        assert len(bench.rows(Appointment)) == 2
