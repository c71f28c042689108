from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from simulator.calcom import rules
from simulator.calcom.availability import SlotQuestion, list_starts
from simulator.calcom.errors import BareHttpError, CalcomError, HttpException
from simulator.calcom.rules import BookingWish, MoveWish, RaceAnswer
from simulator.calcom.state import person_from_json, world_from_json
from simulator.calcom.world import Attendee, Booking, Change, Status, World

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2025, 10, 13, 8, tzinfo=UTC)
ERIKA = Attendee("Erika", "erika@example.test", "Europe/Berlin")
HANS = Attendee("Hans", "hans@example.test", "Europe/Berlin")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.fixture
def world(salon_state: dict[str, Any]) -> World:
    return make_world(salon_state)


def make_world(state: dict[str, Any]) -> World:
    user = person_from_json(state["account"]["user"])
    return world_from_json(state, user, random.Random(1), first_booking_id=1)


def book(
    world: World, start: str, who: Attendee = ERIKA, event_type_id: int = 100, **options: Any
) -> Booking:
    wish = BookingWish(event_type_id, local(start), who)
    change = rules.decide_booking(world, wish, NOW, **options)
    world.apply(change)
    return change.booking


def starts(world: World, event_type_id: int = 100, day: str = "2025-10-20", **more: Any) -> list[str]:
    asked = SlotQuestion(
        **{
            "start": local(f"{day} 00:00"),
            "end": local(f"{day} 23:59"),
            "now": NOW,
            "zone": BERLIN,
            **more,
        }
    )
    kind = world.event_types[event_type_id]
    return [f"{start.astimezone(BERLIN):%H:%M}" for start in list_starts(world, kind, asked)]


class TestSlots:
    def test_they_fill_the_opening_hours_of_a_working_day(self, world: World) -> None:
        found = starts(world)
        assert (found[0], found[-1], len(found)) == ("09:00", "17:30", 18)

    def test_a_closed_day_has_none(self, world: World) -> None:
        assert starts(world, day="2025-10-19") == []

    def test_a_booking_takes_its_slot_and_a_cancellation_gives_it_back(self, world: World) -> None:
        booking = book(world, "2025-10-20 14:00")
        assert "14:00" not in starts(world)
        world.apply(rules.decide_cancellation(world, booking.uid, "reason", NOW, by_host=True))
        assert "14:00" in starts(world)

    def test_a_booking_of_another_type_takes_the_hosts_time(self, world: World) -> None:
        book(world, "2025-10-20 10:00", event_type_id=101)
        assert not {"10:00", "10:30", "11:00"} & set(starts(world))
        assert {"09:30", "11:30"} <= set(starts(world))

    def test_a_long_service_is_offered_from_the_end_of_a_booking_on_a_clock_mark(self, world: World) -> None:
        book(world, "2025-10-20 09:00")
        assert starts(world, 101)[:2] == ["09:30", "11:00"]

    def test_past_starts_and_those_within_the_notice_are_left_out(self, salon_state: dict[str, Any]) -> None:
        salon_state["event_types"][0]["minimumBookingNotice"] = 120
        world = make_world(salon_state)
        found = starts(world, now=local("2025-10-20 10:10"))
        assert found[0] == "12:30"

    def test_buffers_of_both_types_keep_their_distance(self, salon_state: dict[str, Any]) -> None:
        salon_state["event_types"][0]["beforeEventBuffer"] = 15
        salon_state["event_types"][1]["afterEventBuffer"] = 15
        world = make_world(salon_state)
        book(world, "2025-10-20 10:00", event_type_id=101)
        assert "12:00" in starts(world)
        assert "11:30" not in starts(world)

    def test_an_override_replaces_the_days_hours(self, salon_state: dict[str, Any]) -> None:
        salon_state["schedules"][0]["overrides"] = [
            {"date": "2025-10-20", "startTime": "12:00", "endTime": "13:00"}
        ]
        assert starts(make_world(salon_state)) == ["12:00", "12:30"]

    @pytest.mark.parametrize(("day", "utc_hour"), [("2025-10-24", 7), ("2025-10-27", 8)])
    def test_local_opening_hours_follow_the_change_of_the_clocks(
        self, world: World, day: str, utc_hour: int
    ) -> None:
        asked = SlotQuestion(start=local(f"{day} 00:00"), end=local(f"{day} 23:00"), now=NOW)
        first = list_starts(world, world.event_types[100], asked)[0]
        assert (first.hour, starts(world, day=day)[0]) == (utc_hour, "09:00")

    def test_the_booking_that_is_to_move_does_not_stand_in_its_own_way(self, world: World) -> None:
        booking = book(world, "2025-10-20 14:00")
        assert "14:00" in starts(world, ignoring=booking.uid)

    def test_one_free_host_is_enough_unless_the_type_is_collective(self, salon_state: dict[str, Any]) -> None:
        salon_state["hosts"].append({"id": 12, "name": "Mehmet"})
        salon_state["event_types"][1]["hostIds"] = [11, 12]
        collective = {"id": 102, "lengthInMinutes": 90, "hostIds": [11, 12], "schedulingType": "collective"}
        salon_state["event_types"].append(collective)
        world = make_world(salon_state)
        book(world, "2025-10-20 09:00")
        assert starts(world, 101)[0] == "09:00"
        assert starts(world, 102)[0] == "09:30"


class TestBooking:
    def test_back_to_back_is_allowed_and_overlap_is_not(self, world: World) -> None:
        book(world, "2025-10-20 14:00")
        book(world, "2025-10-20 14:30", HANS)
        with pytest.raises(HttpException, match="either already has booking"):
            book(world, "2025-10-20 14:15", HANS)

    def test_an_off_grid_start_is_accepted_when_the_host_is_free(self, world: World) -> None:
        assert book(world, "2025-10-20 14:07").start == local("2025-10-20 14:07")

    @pytest.mark.parametrize("start", ["2025-10-20 08:00", "2025-10-20 17:45", "2025-10-19 14:00"])
    def test_outside_the_schedule_has_the_same_text_as_a_busy_host(self, world: World, start: str) -> None:
        with pytest.raises(HttpException) as refusal:
            book(world, start)
        assert (refusal.value.status, refusal.value.message) == (400, rules.USER_BUSY)

    def test_the_past_and_the_notice_are_told_apart(self, salon_state: dict[str, Any]) -> None:
        salon_state["event_types"][0]["minimumBookingNotice"] = 120
        world = make_world(salon_state)
        with pytest.raises(HttpException, match="in the past"):
            book(world, "2025-10-13 09:30")
        with pytest.raises(HttpException, match="minimum booking notice"):
            book(world, "2025-10-13 11:00")
        assert book(world, "2025-10-13 12:00").status is Status.ACCEPTED

    def test_nothing_is_kept_until_the_change_is_applied(self, world: World) -> None:
        rules.decide_booking(world, BookingWish(100, local("2025-10-20 14:00"), ERIKA), NOW)
        assert world.bookings == {}
        assert "14:00" in starts(world)

    def test_a_forced_booking_overlaps(self, world: World) -> None:
        book(world, "2025-10-20 14:00")
        book(world, "2025-10-20 14:00", HANS, forced=True)
        assert len(world.bookings) == 2

    def test_a_confirmation_type_is_pending_and_blocks_nobody(self, salon_state: dict[str, Any]) -> None:
        salon_state["event_types"][0]["requiresConfirmation"] = True
        world = make_world(salon_state)
        assert book(world, "2025-10-20 14:00").status is Status.PENDING
        assert book(world, "2025-10-20 14:00", HANS).status is Status.PENDING

    @pytest.mark.parametrize("trait", [{"requiresConfirmation": True}, {"schedulingType": "roundRobin"}])
    def test_the_same_attendee_gets_his_old_booking_back_on_such_types(
        self, salon_state: dict[str, Any], trait: dict[str, Any]
    ) -> None:
        salon_state["event_types"][0].update(trait)
        world = make_world(salon_state)
        first = book(world, "2025-10-20 14:00")
        wish = BookingWish(100, first.start, ERIKA)
        change = rules.decide_booking(world, wish, NOW + timedelta(minutes=35))
        assert change == Change(booking=first, puts=())

    def test_only_the_listed_lengths_can_be_chosen(self, salon_state: dict[str, Any]) -> None:
        salon_state["event_types"][0]["lengthInMinutesOptions"] = [15, 30, 60]
        world = make_world(salon_state)
        start = local("2025-10-20 14:00")
        long = rules.decide_booking(world, BookingWish(100, start, ERIKA, minutes=60), NOW).booking
        assert long.minutes == 60
        with pytest.raises(HttpException, match="possible lengths are: 15, 30, 60"):
            rules.decide_booking(world, BookingWish(100, start, ERIKA, minutes=45), NOW)
        with pytest.raises(HttpException, match="remove the 'lengthInMinutes' field"):
            rules.decide_booking(world, BookingWish(101, start, ERIKA, minutes=45), NOW)


class TestRace:
    def lose(self, world: World, answer: RaceAnswer, start: str = "2025-10-20 14:00") -> CalcomError:
        arrived = world.version
        book(world, "2025-10-20 14:00")
        wish = BookingWish(100, local(start), HANS, arrived_version=arrived)
        with pytest.raises(CalcomError) as refusal:
            rules.decide_booking(world, wish, NOW, race_answer=answer)
        return refusal.value

    def test_the_loser_is_told_of_the_conflict(self, world: World) -> None:
        error = self.lose(world, RaceAnswer.CONFLICT)
        assert isinstance(error, BareHttpError)
        assert (error.status, error.message) == (409, "booking_conflict_error")

    def test_or_gets_the_redacted_database_error(self, world: World) -> None:
        error = self.lose(world, RaceAnswer.DATABASE_ERROR)
        assert (error.status, error.message) == (400, "An error occurred while querying the database.")

    def test_who_came_after_the_winner_was_stored_just_finds_it_taken(self, world: World) -> None:
        book(world, "2025-10-20 14:00")
        wish = BookingWish(100, local("2025-10-20 14:00"), HANS, arrived_version=world.version)
        with pytest.raises(HttpException, match="either already has booking"):
            rules.decide_booking(world, wish, NOW)

    def test_a_merely_overlapping_span_is_no_race(self, world: World) -> None:
        assert self.lose(world, RaceAnswer.CONFLICT, "2025-10-20 14:15").status == 400


class TestMoving:
    def test_it_links_a_new_booking_to_the_cancelled_old_one(self, world: World) -> None:
        old = book(world, "2025-10-20 14:00")
        change = rules.decide_move(world, MoveWish(old.uid, local("2025-10-20 14:15")), NOW)
        world.apply(change)
        new, gone = world.bookings[change.booking.uid], world.bookings[old.uid]
        assert (gone.status, gone.rescheduled_to_uid) == (Status.CANCELLED, new.uid)
        assert (new.rescheduled_from_uid, new.ics_uid, new.attendees) == (old.uid, old.ics_uid, old.attendees)
        assert new.id != old.id

    def test_a_moved_booking_cannot_be_moved_again_and_names_its_successor(self, world: World) -> None:
        old = book(world, "2025-10-20 14:00")
        change = rules.decide_move(world, MoveWish(old.uid, local("2025-10-20 15:00")), NOW)
        world.apply(change)
        with pytest.raises(
            HttpException, match=f"rescheduled already to booking with uid={change.booking.uid}"
        ):
            rules.decide_move(world, MoveWish(old.uid, local("2025-10-20 16:00")), NOW)

    def test_onto_a_taken_time_is_refused(self, world: World) -> None:
        old = book(world, "2025-10-20 14:00")
        book(world, "2025-10-20 15:00", HANS)
        with pytest.raises(HttpException, match="either already has booking"):
            rules.decide_move(world, MoveWish(old.uid, local("2025-10-20 15:00")), NOW)
        assert world.bookings[old.uid].status is Status.ACCEPTED


class TestCancelling:
    def test_the_host_must_give_a_reason(self, world: World) -> None:
        booking = book(world, "2025-10-20 14:00")
        with pytest.raises(BareHttpError, match="Cancellation reason is required"):
            rules.decide_cancellation(world, booking.uid, None, NOW, by_host=True)
        assert rules.decide_cancellation(world, booking.uid, None, NOW, by_host=False).booking.is_cancelled

    def test_twice_is_refused(self, world: World) -> None:
        booking = book(world, "2025-10-20 14:00")
        world.apply(rules.decide_cancellation(world, booking.uid, "r", NOW, by_host=True))
        with pytest.raises(HttpException, match="has been cancelled already"):
            rules.decide_cancellation(world, booking.uid, "r", NOW, by_host=True)

    def test_what_has_ended_stays(self, world: World) -> None:
        booking = book(world, "2025-10-20 14:00")
        with pytest.raises(BareHttpError, match="already ended"):
            rules.decide_cancellation(world, booking.uid, "r", booking.end, by_host=True)


class TestRivals:
    def test_they_take_a_slot_once(self, world: World) -> None:
        world.apply(rules.decide_rival(world, 100, local("2025-10-20 14:00"), NOW))
        assert "14:00" not in starts(world)
        with pytest.raises(HttpException):
            rules.decide_rival(world, 100, local("2025-10-20 14:00"), NOW)
