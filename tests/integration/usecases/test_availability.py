from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.errors import UnknownNumber
from app.domain.incoming import IncomingCall
from app.domain.outcomes import CheckFailed, RefusalKind
from app.domain.speech import Trouble, VoiceStatus
from app.storage.models import BookingAttempt, Branch, Call, Service
from app.usecases.calls import open_call
from tests.integration.bench import (
    CALL,
    CALLER,
    LINDENHOF,
    MITTE,
    PRAXIS_KEY,
    RIVAL_CALL,
    SALON_KEY,
    WISH,
    WISHED,
)
from tests.integration.fakes import unreadable

CHECK = replace(WISH, confirmed=False)
INCOMING = IncomingCall(MITTE, CALLER, CALL)
HALF_AN_HOUR = timedelta(minutes=30)


def change_service(bench, service_id=1, **fields):
    with bench.parts.transactions.transaction(1, "change") as session:
        for name, value in fields.items():
            setattr(session.get(Service, service_id), name, value)


class TestCheck:
    def test_a_free_time_is_free(self, bench):
        answer = bench.check(CHECK)
        assert (answer.status, answer.asked, answer.service) == (VoiceStatus.AVAILABLE, WISHED, "Haarschnitt")
        assert not answer.awaiting_confirmation

    def test_it_books_nothing_even_with_the_flag(self, bench):
        bench.check(WISH)
        assert bench.rows(BookingAttempt) == []
        assert bench.calendar.count("create_booking") == 0

    def test_a_taken_time_comes_with_two_verified_alternatives(self, bench):
        bench.calendar.accounts[SALON_KEY].free.discard(WISHED)
        answer = bench.check(CHECK)
        assert answer.status is VoiceStatus.UNAVAILABLE
        assert answer.alternatives == (WISHED + HALF_AN_HOUR, WISHED + 2 * HALF_AN_HOUR)

    def test_a_slot_in_utc_is_no_slot_at_that_clock_time_in_berlin(self, bench):
        bench.calendar.accounts[SALON_KEY].free = {datetime(2025, 10, 20, 14, tzinfo=UTC)}  # 16:00 in Berlin
        answer = bench.check(CHECK)
        assert answer.status is VoiceStatus.UNAVAILABLE
        assert "16:00 Uhr" in answer.message

    def test_nothing_in_the_week_is_looked_for_in_the_next_one_by_one_more_request(self, bench):
        bench.calendar.accounts[SALON_KEY].free = {WISHED + timedelta(days=9)}
        answer = bench.check(CHECK)
        assert answer.alternatives == (WISHED + timedelta(days=9),)
        assert bench.calendar.count("list_slots") == 2

    def test_nothing_in_two_weeks_is_no_availability(self, bench):
        bench.calendar.accounts[SALON_KEY].free = {WISHED + timedelta(days=15)}
        answer = bench.check(CHECK)
        assert answer.status is VoiceStatus.NO_AVAILABILITY
        assert "in den 14 Tagen danach ist leider nichts frei" in answer.message
        assert bench.calendar.count("list_slots") == 2

    def test_nothing_is_said_of_a_second_week_that_could_not_be_read(self, bench):
        bench.calendar.accounts[SALON_KEY].free = set()
        bench.calendar.script("list_slots", lambda _about, do: do(), unreadable)
        answer = bench.check(CHECK)
        assert answer.status is VoiceStatus.NO_AVAILABILITY
        assert "in der Woche danach ist leider nichts frei" in answer.message

    def test_could_not_look_is_not_nothing_free(self, bench):
        bench.calendar.script("list_slots", unreadable)
        answer = bench.check(CHECK)
        assert (answer.status, answer.reason, answer.trouble) == (
            VoiceStatus.ERROR,
            "check_failed",
            Trouble.OUTAGE,
        )

    @pytest.mark.parametrize(
        ("kind", "status"),
        [
            (RefusalKind.CIRCUIT_OPEN, VoiceStatus.CIRCUIT_OPEN),
            (RefusalKind.RATE_LIMITED, VoiceStatus.ERROR),
        ],
    )
    def test_nor_is_it_when_cal_com_was_not_even_asked(self, bench, kind, status):
        bench.calendar.script("list_slots", lambda _about, _do: CheckFailed(kind, kind=kind))
        answer = bench.check(CHECK)
        assert (answer.status, answer.reason, answer.trouble) == (status, kind, Trouble.OUTAGE)
        assert bench.calendar.count("create_booking") == 0

    def test_one_request_covers_wish_and_alternatives(self, bench):
        bench.calendar.accounts[SALON_KEY].free.discard(WISHED)
        bench.check(CHECK)
        assert [asked.operation for asked in bench.calendar.asked] == ["list_slots"]

    def test_our_own_appointment_makes_it_taken_whatever_cal_com_lists(self, bench):
        bench.book()
        bench.calendar.accounts[SALON_KEY].free.add(WISHED)
        assert bench.check(CHECK, RIVAL_CALL).status is VoiceStatus.UNAVAILABLE

    @pytest.mark.parametrize("wished", ["14:00", "15:00"])
    def test_check_alternatives_and_booking_agree_on_buffers(self, bench, wished):
        change_service(bench, buffer_after_minutes=10)
        bench.book(replace(WISH, uhrzeit="15:00"))
        bench.calendar.accounts[SALON_KEY].free.add(WISHED + 2 * HALF_AN_HOUR)
        answer = bench.check(replace(CHECK, uhrzeit="14:30"), RIVAL_CALL)
        assert answer.status is VoiceStatus.UNAVAILABLE
        assert WISHED + HALF_AN_HOUR not in answer.alternatives
        for start in answer.alternatives:
            offered = replace(WISH, uhrzeit=f"{start.astimezone(bench.context().zone):%H:%M}")
            assert bench.check(offered, RIVAL_CALL).status is VoiceStatus.AVAILABLE

    def test_an_alternative_is_never_outside_the_opening_hours(self, bench):
        bench.calendar.accounts[SALON_KEY].free = {WISHED + timedelta(hours=5), WISHED + timedelta(hours=3)}
        assert bench.check(CHECK).alternatives == (WISHED + timedelta(hours=3),)

    def test_an_own_appointment_of_another_company_does_not_matter(self, bench):
        bench.calendar.accounts[PRAXIS_KEY].free = {WISHED}
        bench.book()
        assert bench.check(CHECK, dialled=LINDENHOF).status is VoiceStatus.AVAILABLE


class TestUnderstanding:
    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"datum": None}, VoiceStatus.MISSING_REQUIRED_FIELD),
            ({"uhrzeit": " "}, VoiceStatus.MISSING_REQUIRED_FIELD),
            ({"datum": "31.02.2025"}, VoiceStatus.INVALID_DATE),
            ({"uhrzeit": "25:00"}, VoiceStatus.INVALID_DATE),
            ({"datum": "2025-10-13", "uhrzeit": "09:00"}, VoiceStatus.PAST_TIME),
            ({"datum": "26.10.2025", "uhrzeit": "02:30"}, VoiceStatus.NEEDS_CLARIFICATION),
            ({"datum": "25.10.2025"}, VoiceStatus.CLOSED),
            ({"uhrzeit": "08:30"}, VoiceStatus.CLOSED),
            ({"uhrzeit": "17:45"}, VoiceStatus.CLOSED),
            ({"dienstleistung": "Dauerwelle"}, VoiceStatus.NEEDS_CLARIFICATION),
        ],
    )
    def test_a_wish_that_can_not_be_met_costs_no_request(self, bench, changes, status):
        assert bench.book(replace(WISH, **changes)).status is status
        assert bench.calendar.asked == []
        assert bench.rows(BookingAttempt) == []

    def test_missing_parts_are_named_together(self, bench):
        assert bench.check(replace(CHECK, datum=None, uhrzeit=None)).missing == ("datum", "uhrzeit")

    @pytest.mark.parametrize(("minutes", "status"), [(14, "booking_notice_violation"), (15, "available")])
    def test_the_shortest_notice_is_fifteen_minutes_inclusive(self, bench, minutes, status):
        bench.clock.set(WISHED - timedelta(minutes=minutes))
        assert bench.check(CHECK).status == status

    def test_a_service_may_ask_for_more(self, bench):
        change_service(bench, minimum_notice_minutes=60)
        bench.clock.set(WISHED - timedelta(minutes=59))
        answer = bench.check(CHECK)
        assert (answer.status, answer.minimum_notice_minutes) == (VoiceStatus.NOTICE_VIOLATION, 60)

    def test_or_for_none(self, bench):
        change_service(bench, minimum_notice_minutes=0)
        bench.clock.set(WISHED)
        assert bench.check(CHECK).status is VoiceStatus.AVAILABLE

    def test_a_branch_without_hours_is_open_whenever_cal_com_says_so(self, bench):
        with bench.parts.transactions.transaction(1, "change") as session:
            for branch in session.query(Branch):
                branch.opening_hours = {}
        saturday = WISHED + timedelta(days=5)
        bench.calendar.accounts[SALON_KEY].free = {saturday}
        assert bench.check(replace(CHECK, datum="25.10.2025")).status is VoiceStatus.AVAILABLE


class TestServices:
    @pytest.mark.parametrize("name", ["Haarschnitt", "haarschnitt", " HAARSCHNITT ", "Haar"])
    def test_one_is_found_by_name_slug_or_part(self, bench, name):
        assert bench.check(replace(CHECK, dienstleistung=name)).service == "Haarschnitt"

    def test_nothing_said_is_the_default(self, bench):
        assert bench.check(CHECK).service == "Haarschnitt"

    def test_an_unknown_name_is_asked_about_with_what_there_is(self, bench):
        answer = bench.check(replace(CHECK, dienstleistung="Maniküre"))
        assert answer.reason == "dienstleistung"
        assert {"Haarschnitt", "Färben"} <= set(answer.options)

    def test_two_hits_are_asked_about(self, bench):
        answer = bench.check(replace(CHECK, dienstleistung="b"))
        assert answer.status is VoiceStatus.NEEDS_CLARIFICATION
        assert set(answer.options) == {"Beratung", "Bartpflege", "Färben"}

    def test_only_the_branchs_own_services_exist(self, bench):
        assert "Dauerwelle" not in bench.check(replace(CHECK, dienstleistung="?")).options

    def test_a_retired_one_does_not_exist(self, bench):
        change_service(bench, 2, is_active=False)
        assert "Beratung" not in bench.check(replace(CHECK, dienstleistung="?")).options

    def test_the_service_that_was_checked_is_the_one_that_is_booked(self, bench):
        bench.check(replace(CHECK, dienstleistung="Beratung"))
        bench.book()
        (asked,) = [asked for asked in bench.calendar.asked if asked.operation == "create_booking"]
        assert asked.about.event_type_id == 2563194

    def test_one_named_anew_wins_over_it(self, bench):
        bench.check(replace(CHECK, dienstleistung="Beratung"))
        assert bench.book(replace(WISH, dienstleistung="Haarschnitt")).service == "Haarschnitt"

    def test_another_call_does_not_inherit_it(self, bench):
        bench.check(replace(CHECK, dienstleistung="Beratung"))
        assert bench.book(call_id=RIVAL_CALL).service == "Haarschnitt"

    def test_without_a_call_id_nothing_is_remembered(self, bench):
        bench.check(replace(CHECK, dienstleistung="Beratung"), call_id=None)
        assert bench.book(call_id=None).service == "Haarschnitt"

    def test_at_another_company_the_same_event_type_is_its_own_service(self, bench):
        assert bench.check(CHECK, dialled=LINDENHOF).service == "Erstgespräch"


class TestCollect:
    def test_without_confirmation_it_only_checks_and_asks(self, bench):
        answer = bench.book(CHECK)
        assert answer.status is VoiceStatus.AVAILABLE
        assert answer.awaiting_confirmation
        assert bench.rows(BookingAttempt) == []

    @pytest.mark.parametrize("name", [None, "Unbekannt", "Anonym nony"])
    def test_without_a_name_it_asks_for_one(self, bench, name):
        answer = bench.book(replace(WISH, name=name))
        assert answer.status is VoiceStatus.MISSING_CUSTOMER_NAME
        assert bench.calendar.asked == []

    def test_the_name_is_kept_as_it_was_said(self, bench):
        bench.book(replace(WISH, name=" '; DROP TABLE customers; -- "))
        (seen,) = bench.calendar.live(SALON_KEY)
        assert seen.attendee_name == "'; DROP TABLE customers; --"

    @pytest.mark.parametrize("phone", ["anonymous", "unbekannt", "0"])
    def test_a_number_that_is_none_is_not_sent(self, bench, phone):
        bench.book(replace(WISH, phone=phone), caller="anonymous")
        (asked,) = [asked for asked in bench.calendar.asked if asked.operation == "create_booking"]
        assert asked.about.attendee_phone is None

    def test_a_number_that_was_said_comes_before_the_callers(self, bench):
        bench.book(replace(WISH, phone="+4930998877"))
        (asked,) = [asked for asked in bench.calendar.asked if asked.operation == "create_booking"]
        assert asked.about.attendee_phone == "+4930998877"


class TestCalls:
    def test_a_strange_number_belongs_to_nobody(self, bench):
        with pytest.raises(UnknownNumber):
            bench.context(dialled="+49300000000")
        assert bench.rows(Call) == []

    def test_the_call_is_made_on_demand_and_once(self, bench):
        first, second = bench.context(), bench.context()
        assert first.call_id == second.call_id == bench.only(Call).id
        assert bench.only(Call).retell_call_id == CALL

    def test_two_first_functions_at_once_share_the_row(self, bench):
        plain = bench.gateway.parts

        class RivalIsQuicker:
            """Another request adds the call right before ours does."""

            def __init__(self):
                self.rivals = []

            def __getattr__(self, name):
                return getattr(plain.transactions, name)

            def transaction(self, company_id, label, **how):
                if label == "add_call":
                    self.rivals.append(open_call(plain, INCOMING, bench.clock.now()))
                return plain.transactions.transaction(company_id, label, **how)

        racing = RivalIsQuicker()
        context = open_call(replace(plain, transactions=racing), INCOMING, bench.clock.now())
        assert context.call_id == racing.rivals[0].call_id == bench.only(Call).id

    def test_the_callers_number_is_sealed(self, bench):
        bench.context()
        assert "17139200107" not in bench.only(Call).caller_number_ciphertext

    def test_the_caller_waits_ten_seconds_at_most(self, bench):
        context = bench.context()
        assert context.deadline.left(bench.clock.now()) == 10
        assert context.deadline.left(bench.clock.now() + timedelta(seconds=11)) == 0
