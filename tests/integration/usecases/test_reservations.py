"""Keeping a slot while the caller decides (incident 1.33)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from app.domain.outcomes import RefusalKind, Unknown
from app.domain.speech import VoiceStatus
from app.domain.statuses import CallStatus
from app.storage.models import Call, SlotReservation
from app.usecases import conversation
from app.usecases.commands import AppointmentWish
from app.usecases.conversation import answer_function
from app.usecases.reservations import release_left, release_slot, reserve_slot
from tests.integration.bench import CALL, RIVAL_CALL, SALON_KEY, WISH, WISHED
from tests.integration.fakes import refuses

TIME = AppointmentWish(datum="20.10.2025", uhrzeit="14:00")
NEXT = AppointmentWish(datum="20.10.2025", uhrzeit="14:30")


@pytest.fixture
def reserve(bench):
    """Reserves in a call; returns the answer."""

    def reserve(wish=TIME, call_id=CALL):
        return reserve_slot(bench.parts, bench.context(call_id), wish)

    return reserve


def held(bench):
    return set(bench.calendar.accounts[SALON_KEY].reserved.values())


class TestReserving:
    def test_a_free_slot_is_hidden_from_others_for_five_minutes(self, bench, reserve):
        answer = reserve()
        assert (answer.status, answer.success, answer.asked) == (VoiceStatus.RESERVED, True, WISHED)
        row = bench.only(SlotReservation)
        assert answer.details == {
            "reservation_uid": row.calcom_reservation_uid,
            "reservation_until": "2025-10-13T10:05:00+02:00",
        }
        assert row.expires_at == bench.clock.now() + timedelta(minutes=5)
        assert bench.check(TIME, RIVAL_CALL).status is VoiceStatus.UNAVAILABLE

    def test_the_call_itself_still_sees_it(self, bench, reserve):
        reserve()
        assert bench.check(TIME).status is VoiceStatus.AVAILABLE

    def test_again_it_is_the_same_reservation(self, bench, reserve):
        assert reserve().details == reserve().details
        assert bench.calendar.count("reserve_slot") == 1

    def test_another_time_takes_its_place(self, bench, reserve):
        reserve()
        reserve(NEXT)
        assert held(bench) == {WISHED + timedelta(minutes=30)}
        assert [row.released_at is None for row in bench.rows(SlotReservation)] == [False, True]

    def test_a_taken_time_gets_alternatives_and_no_reservation(self, bench, reserve):
        bench.calendar.accounts[SALON_KEY].free.discard(WISHED)
        answer = reserve()
        assert (answer.status, bool(answer.alternatives)) == (VoiceStatus.UNAVAILABLE, True)
        assert bench.calendar.count("reserve_slot") == 0

    def test_a_rival_who_was_quicker_makes_it_unavailable(self, bench, reserve):
        def quicker(_about, do):
            bench.calendar.accounts[SALON_KEY].free.discard(WISHED)
            return do()

        bench.calendar.script("reserve_slot", quicker)
        assert reserve().status is VoiceStatus.UNAVAILABLE
        assert bench.rows(SlotReservation) == []

    @pytest.mark.parametrize("kind", [RefusalKind.REJECTED, RefusalKind.UNREACHABLE, RefusalKind.SLOT_TAKEN])
    def test_a_refusal_keeps_nothing(self, bench, reserve, kind):
        bench.calendar.script("reserve_slot", refuses(kind))
        answer = reserve()
        assert (answer.status, answer.success) == (VoiceStatus.ERROR, False)
        assert answer.message.startswith("Vormerken kann ich die Zeit gerade nicht.")
        assert bench.rows(SlotReservation) == []

    def test_without_a_call_nothing_is_held(self, bench, reserve):
        assert reserve(call_id=None).reason == "reservation_no_call"
        assert bench.calendar.asked == []

    @pytest.mark.parametrize("wish", [AppointmentWish(), AppointmentWish(datum="morgen")])
    def test_a_wish_without_a_time_is_asked_for(self, bench, reserve, wish):
        assert reserve(wish).success is False
        assert bench.calendar.count("reserve_slot") == 0


class TestBookingAHeldSlot:
    def test_needs_no_second_look_that_would_not_find_it(self, bench, reserve):
        reserve()
        assert bench.book().status is VoiceStatus.BOOKED
        assert bench.calendar.count("recheck") == 0

    def test_of_a_reservation_that_ran_out_is_checked_again(self, bench, reserve):
        reserve()
        bench.clock.advance(minutes=5)
        bench.calendar.accounts[SALON_KEY].reserved.clear()
        assert bench.book().status is VoiceStatus.BOOKED
        assert bench.calendar.count("recheck") == 1

    def test_of_another_time_is_checked_again(self, bench, reserve):
        reserve(NEXT)
        assert bench.book().status is VoiceStatus.BOOKED
        assert bench.calendar.count("recheck") == 1

    def test_is_no_guard_the_post_decides(self, bench, reserve):
        reserve()
        bench.calendar.accounts[SALON_KEY].free.discard(WISHED)
        assert bench.book().status is VoiceStatus.SLOT_TAKEN

    def test_by_another_call_finds_it_gone(self, bench, reserve):
        reserve()
        answer = bench.book(replace(WISH, name="Max Muster"), RIVAL_CALL, caller="+4917612345678")
        assert (answer.status, answer.reason) == (VoiceStatus.SLOT_TAKEN, "race_condition_detected")

    def test_gives_it_up_afterwards(self, bench, reserve):
        reserve()
        answer = answer_function(bench.parts, bench.context(), "collect-appointment", WISH)
        assert answer.status is VoiceStatus.BOOKED
        assert held(bench) == set()
        assert bench.only(SlotReservation).released_at == bench.clock.now()

    def test_is_given_up_by_the_worker_where_the_process_died(self, bench, reserve):
        reserve()
        bench.book()
        assert release_left(bench.parts) == 1
        assert release_left(bench.parts) == 0
        assert held(bench) == set()


class TestALostReply:
    def lost(self, bench):
        def reply(_about, do):
            do()
            return Unknown("timeout")

        bench.calendar.script("reserve_slot", reply)

    def test_is_not_said_to_be_held_and_hides_the_slot_from_nobody_of_ours(self, bench, reserve):
        self.lost(bench)
        assert reserve().reason == "reservation_unknown_outcome"
        assert bench.check(TIME).status is VoiceStatus.AVAILABLE
        assert bench.book().status is VoiceStatus.BOOKED

    def test_cannot_be_given_up_by_name_and_runs_out(self, bench, reserve):
        self.lost(bench)
        reserve()
        release_slot(bench.parts, bench.context(), AppointmentWish())
        assert bench.calendar.count("release_slot") == 0


class TestReleasing:
    def release(self, bench, uid=None, call_id=CALL):
        return release_slot(bench.parts, bench.context(call_id), AppointmentWish(reservation_uid=uid))

    def test_makes_the_slot_free_for_others(self, bench, reserve):
        reserve()
        answer = self.release(bench)
        assert (answer.status, answer.message) == (
            VoiceStatus.RELEASED,
            "In Ordnung, die Vormerkung ist aufgehoben.",
        )
        assert bench.check(TIME, RIVAL_CALL).status is VoiceStatus.AVAILABLE

    def test_of_nothing_says_so(self, bench):
        assert self.release(bench).message == "In Ordnung, für Sie ist nichts vorgemerkt."

    def test_of_anothers_reservation_is_refused_silently(self, bench, reserve):
        uid = reserve().details["reservation_uid"]
        assert self.release(bench, uid, RIVAL_CALL).count == 0
        assert held(bench) == {WISHED}

    def test_that_was_not_answered_is_said_truly_and_tried_again(self, bench, reserve):
        reserve()
        bench.calendar.script("release_slot", lambda _about, _do: Unknown("timeout"))
        assert "von selbst" in self.release(bench).message
        assert self.release(bench).count == 1

    def test_twice_is_once(self, bench, reserve):
        uid = reserve().details["reservation_uid"]
        assert [self.release(bench, uid).count, self.release(bench, uid).count] == [1, 0]


class TestHangingUp:
    def test_leaves_it_to_the_worker_where_nothing_else_did(self, bench, reserve):
        reserve()
        assert release_left(bench.parts) == 0
        with bench.gateway.database.transaction(bench.context().company_id, "hang_up") as session:
            session.query(Call).one().status = CallStatus.ENDED
        assert release_left(bench.parts) == 1
        assert held(bench) == set()


class TestWhatWasHeldForABooking:
    def test_does_not_spoil_what_is_told_when_it_can_not_be_let_go(self, bench, monkeypatch):
        def fails(*_):
            raise OperationalError("SELECT", {}, Exception("database is locked"))

        monkeypatch.setattr(conversation, "holds_slots", fails)
        answer = answer_function(bench.parts, bench.context(), "book-appointment", WISH)
        assert answer.status is VoiceStatus.BOOKED
        assert bench.logged("slot.not_released")
