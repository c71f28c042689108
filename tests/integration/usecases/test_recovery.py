from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.outcomes import RefusalKind
from app.domain.speech import VoiceStatus
from app.domain.statuses import AttemptState, CallbackPriority, FindingKind, OutboxKind
from app.storage.models import (
    Appointment,
    BookingAttempt,
    CallbackRequest,
    ClaimCell,
    OutboxMessage,
    ReconciliationFinding,
)
from tests.integration.bench import SALON_KEY, WISH, WISHED
from tests.integration.fakes import changed, lost_reply, refuses, timed_out, unreadable

AFTER_THE_LEASE = {"seconds": 16}


@pytest.fixture
def attempt(bench):
    """Reads the one attempt as it stands."""
    return lambda: bench.only(BookingAttempt)


def kinds(bench):
    return [message.kind for message in bench.rows(OutboxMessage)]


def assert_nothing_is_left_open(bench):
    assert all(row.state is not AttemptState.OPEN for row in bench.rows(BookingAttempt))
    assert [cell for cell in bench.rows(ClaimCell) if cell.active] == []


class TestDiedBeforeThePost:
    @pytest.mark.parametrize("label", ["mark_posting"])
    def test_nothing_was_sent_so_nothing_is_asked(self, bench, attempt, label):
        bench.dies_at(label)
        bench.clock.advance(**AFTER_THE_LEASE)
        assert bench.recover() == 1
        assert attempt().state is AttemptState.FAILED
        assert bench.calendar.count("list_bookings") == 0
        assert_nothing_is_left_open(bench)

    def test_the_wish_may_be_asked_anew(self, bench):
        bench.dies_at("mark_posting")
        bench.clock.advance(**AFTER_THE_LEASE)
        bench.recover()
        assert bench.book().status is VoiceStatus.BOOKED

    def test_a_claim_that_was_not_committed_left_nothing(self, bench):
        bench.dies_at("claim")
        assert bench.rows(BookingAttempt) == []
        assert bench.rows(ClaimCell) == []


class TestDiedAfterThePost:
    @pytest.mark.parametrize("where", ["after the post", "settle"])
    def test_the_booking_is_adopted_and_the_caller_written_to(self, bench, attempt, where):
        bench.dies_at("settle") if where == "settle" else bench.dies_at_create(after=True)
        bench.clock.advance(**AFTER_THE_LEASE)
        assert bench.recover() == 1
        assert attempt().state is AttemptState.BOOKED
        assert bench.only(Appointment).calcom_booking_uid == "uid-1"
        assert [message.cause for message in bench.rows(OutboxMessage)] == ["adopted"]
        assert_nothing_is_left_open(bench)

    def test_not_before_its_lease_has_run_out(self, bench, attempt):
        bench.dies_at_create(after=True)
        bench.clock.advance(seconds=14)
        assert bench.recover() == 0
        assert attempt().state is AttemptState.OPEN

    def test_a_resent_wish_then_hears_booked(self, bench):
        bench.dies_at_create(after=True)
        bench.clock.advance(**AFTER_THE_LEASE)
        bench.recover()
        answer = bench.book()
        assert (answer.status, answer.calcom_booking_uid) == (VoiceStatus.BOOKED, "uid-1")
        assert bench.calendar.count("create_booking") == 1

    def test_a_pending_one_is_adopted_as_pending(self, bench):
        bench.calendar.status = "pending"
        bench.dies_at_create(after=True)
        bench.clock.advance(**AFTER_THE_LEASE)
        bench.recover()
        assert bench.only(Appointment).status == "pending"

    def test_one_that_is_not_there_is_waited_for(self, bench, attempt):
        bench.dies_at_create(after=False)
        bench.clock.advance(**AFTER_THE_LEASE)
        assert bench.recover() == 0
        assert attempt().state is AttemptState.OPEN

    def test_one_that_moved_is_taken_back_and_told(self, bench, attempt):
        bench.dies_at_create(after=True)
        moved = replace(
            bench.calendar.accounts[SALON_KEY].bookings["uid-1"], start=WISHED + timedelta(minutes=55)
        )
        bench.calendar.accounts[SALON_KEY].bookings["uid-1"] = moved
        bench.clock.advance(**AFTER_THE_LEASE)
        assert bench.recover() == 1
        assert attempt().state is AttemptState.COMPENSATED
        assert bench.calendar.live(SALON_KEY) == []
        assert kinds(bench) == [OutboxKind.FAILURE_MAIL, OutboxKind.CALLBACK_MAIL]

    def test_one_cancelled_meanwhile_is_closed_and_told(self, bench, attempt):
        bench.dies_at_create(after=True)
        bench.calendar.cancel_booking(bench.context().account, "uid-1", "by the host", timeout=1)
        bench.clock.advance(**AFTER_THE_LEASE)
        assert bench.recover() == 1
        assert attempt().state is AttemptState.COMPENSATED
        assert kinds(bench) == [OutboxKind.FAILURE_MAIL, OutboxKind.CALLBACK_MAIL]


class TestToldChecking:
    @pytest.fixture(autouse=True)
    def _told(self, bench):
        bench.calendar.script("create_booking", timed_out)
        assert bench.book().status is VoiceStatus.TIMEOUT
        bench.clock.slept.clear()

    def appears(self, bench):
        attempt = bench.only(BookingAttempt)
        return bench.calendar.add(SALON_KEY, start=WISHED, metadata={"attempt_id": attempt.id})

    def test_a_commit_nine_minutes_late_is_adopted_and_written_about(self, bench, attempt):
        for _ in range(18):
            bench.clock.advance(seconds=30)
            assert bench.recover() == 0
        self.appears(bench)
        bench.clock.advance(seconds=30)
        assert bench.recover() == 1
        assert attempt().state is AttemptState.BOOKED
        assert kinds(bench) == [OutboxKind.CONFIRMATION_MAIL]
        assert bench.calendar.count("create_booking") == 1

    def test_the_first_look_comes_after_fifteen_seconds_then_every_thirty(self, bench):
        looks = bench.calendar.count("list_bookings")
        for seconds, wanted in ((14, 0), (1, 1), (29, 1), (1, 2), (30, 3)):
            bench.clock.advance(seconds=seconds)
            bench.recover()
            assert bench.calendar.count("list_bookings") - looks == wanted

    def test_after_fifteen_minutes_it_is_given_up_and_told(self, bench, attempt):
        bench.clock.advance(minutes=14, seconds=55)
        assert bench.recover() == 0
        bench.clock.advance(seconds=31)
        assert bench.recover() == 1
        assert attempt().state is AttemptState.FAILED
        assert kinds(bench) == [OutboxKind.FAILURE_MAIL, OutboxKind.CALLBACK_MAIL]
        assert bench.only(CallbackRequest).priority is CallbackPriority.URGENT
        assert_nothing_is_left_open(bench)

    def test_a_look_that_fails_is_not_taken_for_nothing(self, bench, attempt):
        bench.clock.advance(minutes=20)
        bench.calendar.script("list_bookings", unreadable)
        assert bench.recover() == 0
        assert attempt().state is AttemptState.OPEN
        self.appears(bench)
        bench.clock.advance(seconds=30)
        assert bench.recover() == 1
        assert attempt().state is AttemptState.BOOKED

    def test_one_that_appears_after_it_was_given_up_is_taken_back(self, bench, attempt):
        bench.clock.advance(minutes=16)
        bench.recover()
        seen = self.appears(bench)
        payload = {"uid": seen.uid, "eventTypeId": 2563193, "metadata": dict(seen.metadata)}
        body = {"triggerEvent": "BOOKING_CREATED", "createdAt": "2025-10-13T08:17:00Z", "payload": payload}
        assert bench.send_webhook(body).status_code == 200
        bench.recover()
        assert attempt().state is AttemptState.COMPENSATED
        assert bench.calendar.live(SALON_KEY) == []
        assert bench.rows(Appointment) == []
        assert kinds(bench) == [OutboxKind.FAILURE_MAIL, OutboxKind.CALLBACK_MAIL]

    def test_the_message_is_sent_once(self, bench):
        self.appears(bench)
        bench.clock.advance(seconds=15)
        bench.recover()
        bench.clock.advance(seconds=30)
        bench.recover()
        assert (bench.deliver(), bench.deliver()) == (1, 0)


class TestToldFailed:
    @pytest.fixture(autouse=True)
    def _told(self, bench):
        bench.calendar.script("create_booking", changed(start=WISHED + timedelta(minutes=55)))
        bench.calendar.script("cancel_booking", timed_out)
        assert bench.book().status is VoiceStatus.ERROR

    def test_the_booking_is_taken_back_and_nobody_is_written_to(self, bench, attempt):
        bench.clock.advance(seconds=15)
        assert bench.recover() == 1
        assert attempt().state is AttemptState.COMPENSATED
        assert bench.calendar.live(SALON_KEY) == []
        assert kinds(bench) == []
        assert bench.rows(CallbackRequest) == []

    def test_it_is_tried_again_while_cal_com_does_not_answer(self, bench, attempt):
        bench.calendar.script("cancel_booking", timed_out, timed_out)
        for _ in range(3):
            bench.clock.advance(seconds=30)
            bench.recover()
        assert attempt().state is AttemptState.COMPENSATED

    def test_in_the_end_it_is_a_persons_to_sort_out(self, bench, attempt):
        bench.calendar.script("cancel_booking", refuses(RefusalKind.REJECTED))
        bench.clock.advance(minutes=16)
        assert bench.recover() == 1
        assert attempt().state is AttemptState.ESCALATED
        finding = bench.only(ReconciliationFinding)
        assert (finding.kind, finding.calcom_booking_uid) == (FindingKind.MISSING_LOCAL, "uid-1")
        assert bench.only(CallbackRequest).priority is CallbackPriority.URGENT
        assert_nothing_is_left_open(bench)


class TestLeases:
    def test_one_worker_at_a_time_works_on_an_attempt(self, bench):
        bench.dies_at_create(after=True)
        bench.clock.advance(**AFTER_THE_LEASE)
        seen = []

        def another_worker(_about, do):
            seen.append(bench.recover())
            return do()

        bench.calendar.script("list_bookings", another_worker)
        assert bench.recover() == 1
        assert seen == [0]
        assert len(bench.rows(Appointment)) == 1

    def test_a_worker_that_was_overtaken_settles_nothing(self, bench, attempt):
        bench.dies_at_create(after=True)
        bench.clock.advance(**AFTER_THE_LEASE)

        def slow(_about, do):
            bench.clock.advance(seconds=31)
            bench.recover()
            return do()

        bench.calendar.script("list_bookings", slow)
        assert bench.recover() == 0
        assert attempt().state is AttemptState.BOOKED
        assert len(bench.rows(Appointment)) == 1
        assert len(kinds(bench)) == 1

    def test_the_request_itself_can_not_settle_after_it(self, bench, attempt):
        def very_slow(_about, do):
            reply = do()
            bench.clock.advance(**AFTER_THE_LEASE)
            bench.recover()
            return reply

        bench.calendar.script("create_booking", very_slow)
        assert bench.book().status is VoiceStatus.TIMEOUT
        assert attempt().state is AttemptState.BOOKED
        assert len(bench.rows(Appointment)) == 1
        assert bench.calendar.count("cancel_booking") == 0


class TestErrorsOfOurOwn:
    @pytest.mark.parametrize("label", ["settle", "lease_attempt", "read_attempt"])
    def test_one_attempts_error_leaves_it_open_and_goes_on_with_the_next(self, bench, label):
        bench.calendar.script("create_booking", lost_reply)
        bench.calendar.script("list_bookings", unreadable, unreadable)
        bench.book()
        bench.calendar.script("create_booking", lost_reply)
        bench.calendar.script("list_bookings", unreadable, unreadable)
        bench.book(replace(WISH, uhrzeit="15:00", another=True))
        bench.clock.advance(seconds=30)
        bench.faults.arm(label, "db_error", 1)
        assert bench.recover() == 1
        assert len(bench.rows(Appointment)) == 1
        bench.clock.advance(seconds=60)
        assert bench.recover() == 1
        assert len(bench.rows(Appointment)) == 2
        assert bench.logged("recovery.failed")[0]["level"] == "error"
