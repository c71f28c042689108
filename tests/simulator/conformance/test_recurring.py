"""Cal.com API v2 behaviour, §7.4, §8 and §9: recurring bookings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conformance.conftest import Bench, words
from tests.simulator.conftest import NOON, Salon

WEEKLY = {"interval": 1, "occurrences": 4, "frequency": "weekly"}


@pytest.fixture
def weekly(bench: Bench) -> Salon:
    return bench.set_up(recurrence=WEEKLY)


def series(salon: Salon, start: str = NOON, **more: Any) -> list[dict[str, Any]]:
    answer = salon.book(start, **more)
    assert answer.status_code == 201, answer.text
    return list(answer.json["data"])


def cancel(salon: Salon, uid: str, **body: Any) -> Any:
    body = {"cancellationReason": "krank", **body}
    return salon.call("POST", f"/v2/bookings/{uid}/cancel", json=body)


def statuses(answer: Any) -> list[str]:
    return [one["status"] for one in answer.json["data"]]


class TestCreate:
    """§7.4: an array sorted by start, one uid in common."""

    def test_as_many_as_the_type_says(self, weekly: Salon) -> None:
        made = series(weekly)
        assert len({one["uid"] for one in made}) == 4
        assert len({one["recurringBookingUid"] for one in made}) == 1
        assert [one["start"][:10] for one in made] == [
            "2025-10-20",
            "2025-10-27",
            "2025-11-03",
            "2025-11-10",
        ]

    def test_the_attendees_clock_face_stays_over_the_change_of_the_clocks(self, weekly: Salon) -> None:
        assert [one["start"][11:16] for one in series(weekly)] == ["12:00", "13:00", "13:00", "13:00"]

    def test_fewer_if_asked(self, weekly: Salon) -> None:
        assert len(series(weekly, recurrenceCount=2)) == 2

    def test_not_more_than_the_type_has(self, weekly: Salon) -> None:
        answer = weekly.book(recurrenceCount=5)
        assert (answer.status_code, words(answer)) == (
            400,
            "Provided recurrence count is higher than the event type's recurring event count.",
        )

    def test_only_the_first_is_checked(self, weekly: Salon) -> None:
        weekly.book("2025-10-27T12:00:00Z", eventTypeId=101)
        assert len(series(weekly)) == 4
        refused = weekly.book("2025-10-27T13:00:00Z")
        assert refused.status_code == 400

    def test_monthly_stays_in_the_month(self, bench: Bench) -> None:
        salon = bench.set_up(recurrence={"interval": 1, "occurrences": 3, "frequency": "monthly"})
        made = series(salon, "2025-10-31T12:00:00Z")
        assert [one["start"][:10] for one in made] == ["2025-10-31", "2025-11-30", "2025-12-31"]


class TestRead:
    """§8: a recurring uid in place of the uid gives an array."""

    def test_the_whole_series(self, weekly: Salon) -> None:
        made = series(weekly)
        found = weekly.call("GET", f"/v2/bookings/{made[0]['recurringBookingUid']}", auth=False)
        assert (found.status_code, found.json["data"]) == (200, made)

    def test_one_of_it(self, weekly: Salon) -> None:
        made = series(weekly)
        assert weekly.call("GET", f"/v2/bookings/{made[2]['uid']}").json["data"] == made[2]


class TestCancel:
    """§9 cancel: one, this and the later ones, or all remaining."""

    def test_one(self, weekly: Salon) -> None:
        made = series(weekly)
        assert cancel(weekly, made[1]["uid"]).json["data"]["status"] == "cancelled"
        left = weekly.call("GET", f"/v2/bookings/{made[0]['recurringBookingUid']}")
        assert statuses(left) == ["accepted", "cancelled", "accepted", "accepted"]

    def test_this_and_the_later_ones_answer_the_whole_series(self, weekly: Salon) -> None:
        made = series(weekly)
        answer = cancel(weekly, made[2]["uid"], cancelSubsequentBookings=True)
        assert statuses(answer) == ["accepted", "accepted", "cancelled", "cancelled"]

    def test_the_series_uid_cancels_what_remains(self, bench: Bench) -> None:
        salon = bench.set_up(recurrence=WEEKLY)
        made = series(salon)
        bench.clock.advance(8 * 86400)
        answer = cancel(salon, made[0]["recurringBookingUid"])
        assert statuses(answer) == ["accepted", "cancelled", "cancelled", "cancelled"]

    def test_the_series_uid_has_no_later_ones(self, weekly: Salon) -> None:
        uid = series(weekly)[0]["recurringBookingUid"]
        answer = cancel(weekly, uid, cancelSubsequentBookings=True)
        assert (answer.status_code, words(answer)) == (
            400,
            (
                "Cannot cancel subsequent bookings for recurring event - you have to provide uid of one of the "
                "individual bookings of a recurring booking."
            ),
        )


class TestConfirm:
    """§9: confirm and decline act on every pending occurrence."""

    @pytest.mark.parametrize(("action", "status"), [("confirm", "accepted"), ("decline", "rejected")])
    def test_all_pending_ones(self, bench: Bench, action: str, status: str) -> None:
        salon = bench.set_up(recurrence=WEEKLY, requiresConfirmation=True)
        made = series(salon)
        cancel(salon, made[3]["uid"])
        answer = salon.call("POST", f"/v2/bookings/{made[1]['uid']}/{action}", json={})
        assert answer.json["data"]["uid"] == made[1]["uid"]
        found = salon.call("GET", f"/v2/bookings/{made[0]['recurringBookingUid']}")
        assert statuses(found) == [status, status, status, "cancelled"]


class TestReschedule:
    """§9: a moved occurrence stays in its series."""

    def test_it_keeps_the_series_uid(self, weekly: Salon) -> None:
        made = series(weekly)
        answer = weekly.call(
            "POST", f"/v2/bookings/{made[0]['uid']}/reschedule", json={"start": "2025-10-21T12:00:00Z"}
        )
        assert answer.json["data"]["recurringBookingUid"] == made[0]["recurringBookingUid"]
        found = weekly.call("GET", f"/v2/bookings/{made[0]['recurringBookingUid']}")
        assert statuses(found) == ["cancelled", "accepted", "accepted", "accepted", "accepted"]
