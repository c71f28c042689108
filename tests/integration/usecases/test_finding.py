"""Looking for a free time: other times than the wished one, the next one, and one in a part of a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.outcomes import CheckFailed
from app.domain.speech import Claim, Trouble, VoiceStatus
from app.storage.models import Appointment, BookingAttempt, Branch
from app.usecases.commands import AppointmentWish
from app.usecases.finding import find_next_available, get_alternatives
from tests.integration.bench import SALON_KEY, WISHED
from tests.integration.fakes import NOW, unreadable

HALF = timedelta(minutes=30)


def berlin(day, hour, minute=0):
    """A day of October 2025, summer time until the 26th."""
    return datetime(2025, 10, day, hour - 2, minute, tzinfo=UTC)


def wish(datum=None, uhrzeit=None, **more):
    return AppointmentWish(datum=datum, uhrzeit=uhrzeit, **more)


@pytest.fixture
def free(bench):
    """What Cal.com lists; a test puts its own times there."""
    starts = bench.calendar.accounts[SALON_KEY].free
    starts.clear()
    return starts


def ask(bench, function, said):
    return bench._ask(function, said, bench.context())


class TestAPartOfADay:
    """A wish without a time of its own is searched, not only asked about."""

    @pytest.mark.parametrize(
        ("said", "offers", "words"),
        [
            (("Dienstagvormittag", None), [9, 11], "Am Dienstag, 14. Oktober vormittags ist noch frei"),
            (("Dienstag", "nachmittags"), [13, 16], "Am Dienstag, 14. Oktober nachmittags ist noch frei"),
            (("Mittwoch", "bis 12 Uhr"), [10], "Am Mittwoch, 15. Oktober bis 12:00 Uhr ist noch frei"),
            ((None, "den ersten freien Termin am Vormittag"), [9, 11], "vormittags ist noch frei"),
        ],
    )
    def test_up_to_two_free_times_of_it_are_offered(self, bench, free, said, offers, words):
        free |= {berlin(14, hour) for hour in (9, 11, 13, 16, 17)} | {berlin(15, 10), berlin(15, 15)}
        answer = bench.check(wish(*said))
        assert (answer.status, answer.reason) == (VoiceStatus.NEEDS_CLARIFICATION, "uhrzeit")
        day = 15 if said[0] == "Mittwoch" else 14
        assert answer.alternatives == tuple(berlin(day, hour) for hour in offers)
        assert words in answer.message
        assert bench.calendar.count("list_slots") == 1

    def test_nothing_is_booked_before_one_was_chosen(self, bench, free):
        free.add(berlin(14, 9))
        answer = bench.book(wish("Dienstagvormittag", name="Erika Muster", confirmed=True))
        assert answer.alternatives == (berlin(14, 9),)
        assert bench.rows(BookingAttempt) == []

    def test_an_open_end_is_checked_at_its_first_time_and_searched_after_it(self, bench, free):
        free |= {berlin(14, 13, 30), berlin(14, 15), berlin(14, 17)}
        answer = bench.check(wish("Dienstag", "ab 14 Uhr"))
        assert answer.status is VoiceStatus.UNAVAILABLE
        assert answer.alternatives == (berlin(14, 15), berlin(14, 17))

    def test_a_visit_that_ends_inside_the_span_comes_first(self, bench, free):
        free |= {berlin(14, 11), berlin(14, 11, 45)}
        assert bench.check(wish("Dienstag", "zwischen 10 und 12")).alternatives == (berlin(14, 11),)

    def test_nothing_in_it_is_said_with_what_is_near(self, bench, free):
        free.add(berlin(14, 15))
        answer = bench.check(wish("Dienstagvormittag"))
        assert answer.status is VoiceStatus.UNAVAILABLE
        assert answer.message.startswith("Am Dienstag, 14. Oktober vormittags ist leider nichts frei.")
        assert answer.alternatives == (berlin(14, 15),)

    def test_nothing_anywhere_is_no_availability_after_two_requests(self, bench, free):
        answer = bench.check(wish("so bald wie möglich"))
        assert answer.status is VoiceStatus.NO_AVAILABILITY
        assert bench.calendar.count("list_slots") == 2

    def test_one_list_answers_the_question_and_the_choice(self, bench, free):
        free.add(berlin(14, 9))
        bench.check(wish("Dienstagvormittag"))
        bench.check(wish("14.10.2025", "9:00"))
        first, second = (asked.about for asked in bench.calendar.asked)
        assert first == second  # the same question: the real client remembers its answer

    def test_a_week_alone_is_asked_about(self, bench, free):
        assert bench.check(wish("diese Woche")).question is not None
        assert bench.calendar.asked == []

    def test_a_closed_day_is_closed_in_every_part(self, bench, free):
        answer = bench.check(wish("Samstag", "vormittags"))
        assert answer.status is VoiceStatus.CLOSED
        assert bench.calendar.asked == []

    def test_could_not_look_is_said(self, bench, free):
        bench.calendar.script("list_slots", unreadable)
        assert bench.check(wish("Dienstagvormittag")).trouble is Trouble.OUTAGE


class TestGetAlternatives:
    def test_the_wished_time_is_left_out(self, bench, free):
        free |= {WISHED, WISHED + HALF, WISHED + 2 * HALF}
        answer = ask(bench, get_alternatives, wish("20.10.2025", "14:00"))
        assert answer.status is VoiceStatus.ALTERNATIVES
        assert answer.alternatives == (WISHED + HALF, WISHED + 2 * HALF)

    def test_a_closed_day_has_alternatives_too(self, bench, free):
        free |= {berlin(20, 15)}
        answer = ask(bench, get_alternatives, wish("Samstag", "15 Uhr"))
        assert answer.alternatives == (berlin(20, 15),)
        assert "Montag, 20. Oktober um 15:00 Uhr" in answer.message

    def test_a_part_of_a_day_is_searched(self, bench, free):
        free |= {berlin(14, 9)}
        answer = ask(bench, get_alternatives, wish("Dienstagvormittag"))
        assert (answer.status, answer.alternatives) == (VoiceStatus.ALTERNATIVES, (berlin(14, 9),))

    def test_without_a_wish_the_nearest_are_told(self, bench, free):
        free |= {berlin(13, 11), berlin(14, 11)}
        assert ask(bench, get_alternatives, wish()).alternatives == (berlin(13, 11), berlin(14, 11))

    def test_what_nobody_understands_is_asked(self, bench, free):
        assert ask(bench, get_alternatives, wish("blubb")).status is VoiceStatus.INVALID_DATE

    def test_none_is_no_availability(self, bench, free):
        assert ask(bench, get_alternatives, wish("20.10.2025", "14:00")).status is VoiceStatus.NO_AVAILABILITY


class TestFindNextAvailable:
    def test_the_first_free_time_from_now_on(self, bench, free):
        free |= {berlin(15, 9), berlin(14, 16)}
        answer = ask(bench, find_next_available, wish())
        assert (answer.status, answer.asked, answer.claim) == (
            VoiceStatus.NEXT_AVAILABLE,
            berlin(14, 16),
            Claim.FREE,
        )
        assert answer.details["next_available"] == "2025-10-14T16:00:00+02:00"
        assert answer.details["formatted"] == "Dienstag, 14. Oktober um 16:00 Uhr"

    @pytest.mark.parametrize(
        ("after", "found"),
        [
            ("2025-10-15", berlin(15, 9)),
            ("2025-10-15T10:00:00+02:00", berlin(16, 9)),
            ("Mittwoch", berlin(15, 9)),
            ("übermorgen ab 10 Uhr", berlin(16, 9)),
            ("Samstag", berlin(20, 9)),
        ],
    )
    def test_after_a_day_or_a_time(self, bench, free, after, found):
        free |= {berlin(14, 9), berlin(15, 9), berlin(16, 9), berlin(20, 9)}
        assert ask(bench, find_next_available, wish(after=after)).asked == found

    def test_neither_too_soon_nor_taken_by_us(self, bench, free):
        soon, ours, later = NOW + timedelta(minutes=14), berlin(13, 12), berlin(13, 12, 30)
        free |= {soon, ours, later}
        bench.book(wish("13.10.2025", "12:00", name="Erika Muster", confirmed=True))
        free |= {ours}
        assert len(bench.rows(Appointment)) == 1
        assert ask(bench, find_next_available, wish()).asked == later

    @pytest.mark.parametrize(
        ("days", "found"), [("3", False), ("14", True), ("viele", True), ("0", False), (None, True)]
    )
    def test_no_further_than_asked(self, bench, free, days, found):
        free.add(berlin(17, 9))
        answer = ask(bench, find_next_available, wish(search_days=days))
        assert (answer.status is VoiceStatus.NEXT_AVAILABLE) is found

    def test_two_requests_for_fourteen_days_never_seventeen(self, bench, free):
        answer = ask(bench, find_next_available, wish())
        assert (answer.status, answer.count) == (VoiceStatus.NO_AVAILABILITY, 14)
        assert "in den 14 Tagen danach ist leider nichts frei" in answer.message
        assert bench.calendar.count("list_slots") == 2

    def test_in_a_part_of_the_day(self, bench, free):
        free |= {berlin(14, 9), berlin(14, 14)}
        assert ask(bench, find_next_available, wish("Dienstag", "nachmittags")).asked == berlin(14, 14)

    def test_could_not_look_is_said(self, bench, free):
        bench.calendar.script("list_slots", unreadable)
        assert ask(bench, find_next_available, wish()).status is VoiceStatus.ERROR


class TestMisconfigured:
    """Incident 1.15: an event type that is not in the account is no empty calendar."""

    @pytest.mark.parametrize("function", [find_next_available, get_alternatives])
    def test_it_is_said_as_our_own_fault_and_raises_an_alarm(self, bench, free, function):
        bench.calendar.script(
            "list_slots", lambda _about, _do: CheckFailed("status 404", is_misconfigured=True)
        )
        answer = ask(bench, function, wish("14.10.2025", "14:00"))
        assert (answer.status, answer.trouble) == (VoiceStatus.ERROR, Trouble.CONFIGURATION)
        assert answer.reason == "calendar_misconfigured"
        assert bench.calendar.count("list_slots") == 1
        (alarm,) = bench.logged("calcom.misconfigured")
        assert (alarm["level"], alarm["event_type_id"]) == ("error", 2563193)

    def test_a_check_says_so_too(self, bench, free):
        bench.calendar.script(
            "list_slots", lambda _about, _do: CheckFailed("status 404", is_misconfigured=True)
        )
        answer = bench.check(wish("14.10.2025", "14:00"))
        assert "nichts frei" not in answer.message
        assert answer.trouble is Trouble.CONFIGURATION


class TestNotice:
    def test_a_branch_comes_before_its_services(self, bench, free):
        with bench.parts.transactions.transaction(1, "change") as session:
            for branch in session.query(Branch):
                branch.minimum_notice_minutes = 120
        free |= {NOW + 3 * HALF, NOW + 4 * HALF, NOW + 5 * HALF}
        answer = bench.check(wish("heute", "11:30"))
        assert (answer.status, answer.minimum_notice_minutes) == (VoiceStatus.NOTICE_VIOLATION, 120)
        assert answer.alternatives == (NOW + 4 * HALF, NOW + 5 * HALF)
        assert answer.details["earliest_bookable"] == "2025-10-13 12:00"
        assert "zwei Stunden" in answer.message or "2 Stunden Vorlauf" in answer.message

    def test_no_notice_of_a_branch_is_one(self, bench, free):
        with bench.parts.transactions.transaction(1, "change") as session:
            for branch in session.query(Branch):
                branch.minimum_notice_minutes = 0
        free.add(NOW)
        assert bench.check(wish("heute", "10:00")).status is VoiceStatus.AVAILABLE

    def test_an_earliest_time_is_a_whole_minute(self, bench, free):
        bench.clock.advance(seconds=20)
        answer = bench.check(wish("heute", "10:10"))
        assert answer.details["earliest_bookable"] == "2025-10-13 10:16"

    def test_a_list_that_can_not_be_read_offers_nothing_and_says_why_all_the_same(self, bench, free):
        bench.calendar.script("list_slots", unreadable)
        answer = bench.check(wish("heute", "10:10"))
        assert (answer.status, answer.alternatives) == (VoiceStatus.NOTICE_VIOLATION, ())


class TestClosed:
    """Incident 1.13: closed is said as such, with the weekday and the next opening."""

    @pytest.mark.parametrize(
        ("said", "words", "opening"),
        [
            (
                ("Samstag", "15 Uhr"),
                "Am Samstag, 18. Oktober um 15:00 Uhr haben wir",
                "am Montag, 20. Oktober um 09:00 Uhr",
            ),
            (("Samstag", None), "Am Samstag, 18. Oktober haben wir", "am Montag, 20. Oktober um 09:00 Uhr"),
            (
                ("Mittwoch", "8:00"),
                "Am Mittwoch, 15. Oktober um 08:00 Uhr haben wir",
                "An dem Tag öffnen wir um 09:00 Uhr",
            ),
            (("Mittwoch", "20:00"), "um 20:00 Uhr haben wir", "am Donnerstag, 16. Oktober um 09:00 Uhr"),
            (
                ("Mittwoch", "17:45"),
                "reicht die Zeit leider nicht: Haarschnitt dauert 30 Minuten",
                "schließen um 18:00 Uhr",
            ),
        ],
    )
    def test_the_next_opening_is_told(self, bench, free, said, words, opening):
        answer = bench.check(wish(*said))
        assert answer.status is VoiceStatus.CLOSED
        assert words in answer.message
        assert opening in answer.message
        assert bench.calendar.asked == []

    def test_a_holiday_is_named_and_skipped_as_next_opening(self, bench, free):
        holidays = {datetime(2025, 10, 20).date(): "Tag der Probe"}  # noqa: DTZ001 - a Monday
        bench.parts = replace(bench.parts, holiday_on=holidays.get)
        assert "Dienstag, 21. Oktober um 09:00 Uhr" in bench.check(wish("Samstag", "15 Uhr")).message
        answer = bench.check(wish("20.10.2025", "14:00"))
        assert (answer.status, answer.holiday) == (VoiceStatus.CLOSED, "Tag der Probe")

    def test_nothing_is_offered_on_a_holiday(self, bench, free):
        holidays = {datetime(2025, 10, 20).date(): "Tag der Probe"}  # noqa: DTZ001 - a Monday
        bench.parts = replace(bench.parts, holiday_on=holidays.get)
        free |= {WISHED, berlin(21, 14)}
        assert ask(bench, find_next_available, wish()).asked == berlin(21, 14)
