from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.call_memory import CONTRADICTS_SERVICE, MOST_KEPT, UNCONFIRMED, CallMemory
from app.domain.speech import Answer, VoiceStatus

NOW = datetime(2025, 10, 25, 8, 0, tzinfo=UTC)
WISHED = datetime(2025, 10, 27, 9, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def told(status: VoiceStatus, asked=WISHED, service_id=41, **fields) -> Answer:
    return Answer(status, BERLIN, asked=asked, service_id=service_id, **fields)


def after(*answers: Answer) -> CallMemory:
    memory = CallMemory()
    for answer in answers:
        memory = memory.after(answer, NOW)
    return memory


def later(**delta) -> datetime:
    return NOW + timedelta(**delta)


class TestTheService:
    def test_is_pinned_by_the_check_for_half_an_hour(self):
        memory = after(told(VoiceStatus.AVAILABLE))
        assert memory.pinned_service(later(minutes=30)) == 41
        assert memory.pinned_service(later(minutes=30, seconds=1)) is None

    def test_is_kept_by_an_answer_without_one(self):
        memory = after(told(VoiceStatus.AVAILABLE), told(VoiceStatus.CURRENT_TIME, None, None))
        assert memory.pinned_service(NOW) == 41

    def test_that_is_only_asked_about_is_not_pinned(self):
        asks = told(VoiceStatus.NEEDS_CLARIFICATION, service_id=42, reason=CONTRADICTS_SERVICE)
        assert after(told(VoiceStatus.AVAILABLE), asks).pinned_service(NOW) == 41


class TestTheLastCheck:
    @pytest.mark.parametrize("status", ["available", "unavailable", "no_availability"])
    def test_is_remembered_for_ten_minutes(self, status):
        memory = after(told(VoiceStatus(status)))
        assert memory.last_checked(later(minutes=10)).start == WISHED
        assert memory.last_checked(later(minutes=10, seconds=1)) is None

    @pytest.mark.parametrize("status", ["closed", "past_time", "duplicate_detected", "rescheduled"])
    def test_is_not_what_was_not_looked_up(self, status):
        assert after(told(VoiceStatus(status))).last_checked(NOW) is None

    @pytest.mark.parametrize("status", ["booked", "pending", "timeout"])
    def test_is_over_once_it_is_booked(self, status):
        assert after(told(VoiceStatus.AVAILABLE), told(VoiceStatus(status))).last_checked(NOW) is None

    def test_is_the_one_of_the_book_function_too(self):
        asks = told(VoiceStatus.NEEDS_CLARIFICATION, reason=UNCONFIRMED)
        assert after(asks).last_checked(NOW).start == WISHED


class TestOffers:
    OFFERED = (WISHED + timedelta(minutes=30), WISHED + timedelta(minutes=60))

    def test_are_remembered_with_their_date_for_half_an_hour(self):
        memory = after(told(VoiceStatus.UNAVAILABLE, alternatives=self.OFFERED))
        assert [offer.start for offer in memory.offers(later(minutes=30))] == [*reversed(self.OFFERED)]
        assert memory.offers(later(minutes=31)) == ()

    def test_of_every_answer_add_up(self):
        memory = after(
            told(VoiceStatus.UNAVAILABLE, alternatives=self.OFFERED[:1]),
            told(VoiceStatus.SLOT_TAKEN, alternatives=self.OFFERED),
            told(VoiceStatus.NEXT_AVAILABLE, later(days=3)),
        )
        assert [offer.start for offer in memory.offers(NOW)] == [later(days=3), *reversed(self.OFFERED)]

    def test_are_ten_at_most(self):
        many = tuple(WISHED + timedelta(minutes=5 * number) for number in range(30))
        assert len(after(told(VoiceStatus.ALTERNATIVES, alternatives=many)).offers(NOW)) == MOST_KEPT


class TestWhatWasReadBack:
    def test_is_what_was_said_as_free_or_asked_about(self):
        asked = told(VoiceStatus.NEEDS_CLARIFICATION, later(days=1), reason=UNCONFIRMED)
        memory = after(told(VoiceStatus.AVAILABLE), asked, told(VoiceStatus.UNAVAILABLE, later(days=2)))
        assert [said.start for said in memory.said(NOW)] == [later(days=1), WISHED]
        assert memory.said(later(minutes=31)) == ()


class TestInTheDatabase:
    def test_it_comes_back_as_it_was(self):
        memory = after(
            told(VoiceStatus.AVAILABLE), told(VoiceStatus.UNAVAILABLE, later(days=1), alternatives=(WISHED,))
        )
        assert CallMemory.from_json(json.loads(json.dumps(memory.to_json()))) == memory

    @pytest.mark.parametrize("stored", [{}, CallMemory().to_json()])
    def test_a_new_call_has_none(self, stored):
        assert CallMemory.from_json(stored) == CallMemory()
