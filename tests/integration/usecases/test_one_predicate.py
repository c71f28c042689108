"""Check, alternatives, search and booking agree about our own appointments (incident 1.18).

In the original a check looked at Cal.com only, the booking at our appointments too: five of five perms were
"free" and then "just taken".
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.conflicts import is_free
from app.domain.speech import VoiceStatus
from app.domain.statuses import AppointmentStatus, SyncOrigin
from app.domain.timespan import span_of
from app.storage.models import Appointment, BookingAttempt, ClaimCell, Customer, Service
from app.usecases.choosing import choose_service
from app.usecases.claiming import LocalConflict, claim_cells
from app.usecases.commands import AppointmentWish, BookAppointment
from app.usecases.finding import find_next_available, get_alternatives
from tests.integration.bench import MITTE_BRANCH, SALON_KEY

DAY = datetime(2025, 10, 20, 7, tzinfo=UTC)
"""A Monday, 9:00 in Berlin; the salon closes at 18:00."""
QUARTER = timedelta(minutes=15)
JANA, MEHMET = "5a1c0e5e-1f0b-4a52-8d5a-0c5a0d7a0011", "5a1c0e5e-1f0b-4a52-8d5a-0c5a0d7a0012"
LIVE = (AppointmentStatus.CONFIRMED, AppointmentStatus.PENDING)

APPOINTMENTS = st.lists(
    st.fixed_dictionaries(
        {
            "quarter": st.integers(0, 32),
            "minutes": st.sampled_from([15, 30, 45, 135]),
            "status": st.sampled_from([*LIVE, AppointmentStatus.CANCELLED]),
            "service_id": st.sampled_from([1, 2, 5]),  # 1 and 5 are Jana's, 2 is Mehmet's
        }
    ),
    max_size=5,
)


def set_up(bench, appointments, before, after):
    with bench.parts.transactions.transaction(1, "set up") as session:
        for model in (ClaimCell, Appointment, BookingAttempt):
            for row in session.query(model):
                session.delete(row)
            session.flush()
        for number in (1, 5):
            service = session.get(Service, number)
            service.buffer_before_minutes, service.buffer_after_minutes = before, after
        customer = session.query(Customer).first() or Customer(
            company_id=1, name="Anna Albrecht", source=SyncOrigin.RETELL, created_at=DAY
        )
        session.add(customer)
        session.flush()
        session.add_all(
            Appointment(
                company_id=1,
                branch_id=MITTE_BRANCH,
                service_id=each["service_id"],
                customer_id=customer.id,
                starts_at=DAY + each["quarter"] * QUARTER,
                ends_at=DAY + each["quarter"] * QUARTER + timedelta(minutes=each["minutes"]),
                status=each["status"],
                sync_origin=SyncOrigin.RETELL,
                created_at=DAY,
                updated_at=DAY,
            )
            for each in appointments
        )


def is_free_by_definition(appointments, start, before, after):
    """The rule once more, in the words of the incident: half-open, buffers on both sides, live ones of one person."""
    wished = span_of(start, 30).widened(before_minutes=before, after_minutes=after)
    return is_free(
        wished,
        [
            span_of(DAY + each["quarter"] * QUARTER, each["minutes"]).widened(
                before_minutes=before, after_minutes=after
            )
            for each in appointments
            if each["status"] in LIVE and each["service_id"] in (1, 5)
        ],
    )


def can_be_claimed(bench, context, start):
    service = choose_service(bench.parts, context, AppointmentWish(dienstleistung="Haarschnitt"))
    command = BookAppointment(
        context=context, service=service, start=start, name="Erika Muster", phone=None, email=None
    )
    try:
        claim_cells(bench.parts, command, f"key-{start.isoformat()}")
    except LocalConflict:
        return False
    return True


class TestOnePredicate:
    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(APPOINTMENTS, st.integers(0, 32), st.sampled_from([0, 5]), st.sampled_from([0, 10]))
    def test_all_agree_on_every_time(self, bench, appointments, quarter, before, after):
        set_up(bench, appointments, before, after)
        start = DAY + quarter * QUARTER
        bench.calendar.accounts[SALON_KEY].free = {start}
        local = start + timedelta(hours=2)
        context = bench.context()
        wish = AppointmentWish(datum="20.10.2025", uhrzeit=f"{local:%H:%M}", dienstleistung="Haarschnitt")

        checked = bench.check(wish).status is VoiceStatus.AVAILABLE
        other = replace(wish, uhrzeit="17:30" if f"{local:%H:%M}" != "17:30" else "17:15")
        offered = start in get_alternatives(bench.parts, context, other).alternatives
        found = find_next_available(bench.parts, context, replace(wish, uhrzeit=None)).asked == start
        claimed = can_be_claimed(bench, context, start)

        expected = is_free_by_definition(appointments, start, before, after)
        assert (checked, offered, found, claimed) == (expected,) * 4


class TestTheWholeLength:
    """A perm of 135 minutes is checked over its whole span, gaps included (incident 1.34)."""

    @pytest.fixture(autouse=True)
    def perm(self, bench):
        with bench.parts.transactions.transaction(1, "change") as session:
            service = session.get(Service, 5)
            service.is_composite = True
            service.duration_minutes = 60  # what the original fell back to
            service.segments = [
                {"duration_minutes": 50, "gap_after_minutes": 15, "name": "Wickeln"},
                {"duration_minutes": 5, "gap_after_minutes": 10},
                {"duration_minutes": 15, "gap_after_minutes": 0},
                {"duration_minutes": 40, "gap_after_minutes": 0},
            ]

    def wish(self, at, **more):
        return AppointmentWish(
            datum="20.10.2025", uhrzeit=at, dienstleistung="Föhnen", name="Erika Muster", **more
        )

    @pytest.mark.parametrize(("minutes", "status"), [(134, "unavailable"), (135, "available")])
    def test_an_appointment_behind_it_counts_to_the_last_minute(self, bench, minutes, status):
        at = DAY + timedelta(hours=1)
        begins = (at + timedelta(minutes=minutes) - DAY) / QUARTER
        set_up(bench, [{"quarter": begins, "minutes": 30, "status": LIVE[0], "service_id": 1}], 0, 0)
        bench.calendar.accounts[SALON_KEY].free = {at, at - timedelta(hours=1)}
        assert bench.check(self.wish("10:00")).status == status

    def test_it_must_end_before_the_branch_closes(self, bench):
        bench.calendar.accounts[SALON_KEY].free = {DAY + timedelta(hours=7)}
        answer = bench.check(self.wish("16:00"))
        assert answer.status is VoiceStatus.CLOSED
        assert "dauert 135 Minuten" in answer.message

    def test_it_is_one_booking_with_its_segments_kept(self, bench):
        bench.calendar.accounts[SALON_KEY].free = {DAY}
        assert bench.book(self.wish("9:00", confirmed=True)).status is VoiceStatus.BOOKED
        appointment = bench.only(Appointment)
        assert appointment.ends_at - appointment.starts_at == timedelta(minutes=135)
        kept = appointment.booking_details["segments"]
        assert [segment["duration_minutes"] for segment in kept] == [50, 5, 15, 40]
        assert (kept[1]["starts_at"], kept[-1]["ends_at"]) == (
            (DAY + timedelta(minutes=65)).isoformat(),
            (DAY + timedelta(minutes=135)).isoformat(),
        )
        assert bench.calendar.count("create_booking") == 1

    def test_its_calendar_file_names_the_segments(self, bench):
        bench.calendar.accounts[SALON_KEY].free = {DAY}
        bench.book(self.wish("9:00", confirmed=True))
        bench.deliver()
        (mail,) = bench.mailer.sent
        text = mail.calendar_file.replace("\r\n ", "")
        assert "09:00 Uhr bis 09:50 Uhr: Wickeln\\, danach 15 Minuten Pause" in text
        assert "10:35 Uhr bis 11:15 Uhr: Teil 4" in text
