from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.speech import Answer, VoiceStatus
from app.domain.statuses import AppointmentStatus, SyncOrigin
from app.storage import customers
from app.storage.models import Appointment, Customer, IdentificationFailure
from app.usecases.identity import CallerKind, identify, identify_or_refuse, list_own_appointments
from tests.integration.bench import CALL, CALLER, LINDENHOF, PRAXIS, RIVAL_CALL, SALON, WISH, WISHED

STRANGER = "+4917199999999"
LATER = replace(WISH, uhrzeit="14:30")


@pytest.fixture
def knows(bench):
    """Adds a customer the company knows; returns his id."""

    def knows(name: str, phone: str | None = CALLER, company=SALON, email: str | None = None) -> int:
        with bench.parts.transactions.transaction(company, "know") as session:
            return customers.add(
                session,
                bench.parts.vault,
                company_id=company,
                name=name,
                phone=phone,
                email=email,
                source=SyncOrigin.SYSTEM,
                now=bench.clock.now(),
            ).id

    return knows


@pytest.fixture
def who(bench):
    """Returns who calls: with this name, from this number."""

    def who(name=None, call_id=CALL, *, for_other=False, **call):
        return identify(bench.parts, bench.context(call_id, **call), name, for_other=for_other)

    return who


class TestAKnownNumber:
    def test_is_its_customer(self, knows, who):
        erika = knows("Erika Muster")
        identity = who()
        assert (identity.kind, identity.customer_id, identity.name) == ("known", erika, "Erika Muster")

    @pytest.mark.parametrize(
        "said", ["Hansi Sputa", "hansi sputer", "Herr Sputer", "Sputer, Hansi", "guten Tag"]
    )
    def test_takes_the_name_by_its_sound(self, knows, who, said):
        hansi = knows("Hansi Sputer")
        identity = who(said)
        assert (identity.kind, identity.customer_id, identity.name) == ("known", hansi, "Hansi Sputer")

    @pytest.mark.parametrize("said", ["Hans Schuster", "Spu", "Hansi S%", "Hansi Hinterseer"])
    def test_with_another_name_is_somebody_else(self, knows, who, said):
        knows("Hansi Sputer")
        identity = who(said)
        assert (identity.kind, identity.customer_ids) == (CallerKind.OTHER, ())

    def test_of_several_people_asks_for_the_name_and_takes_it(self, knows, who):
        knows("Axel Klein")
        petra = knows("Petra Klein")
        assert who().kind is CallerKind.SEVERAL
        assert who("Frau Klein").kind is CallerKind.SEVERAL
        assert who("Petra Klein").customer_ids == (petra,)

    def test_of_one_person_who_stands_in_the_books_twice_is_one_person(self, knows, who):
        first, second = knows("Meier, Anna"), knows("Anna Mayer")
        assert who().customer_ids == (first, second)

    def test_a_part_of_a_name_finds_nobody_for_whom_somebody_else_books(self, knows, who):
        knows("Axel Klein")
        assert who("Klein", for_other=True).kind is CallerKind.OTHER
        assert who("Axel Klein", for_other=True).kind is CallerKind.KNOWN

    @pytest.mark.parametrize("caller", ["0171 39200107", "004917139200107", "+49 171 392 001 07"])
    def test_is_known_however_it_is_written(self, knows, who, caller):
        erika = knows("Erika Muster")
        assert who(caller=caller).customer_id == erika

    def test_is_known_by_its_last_eight_digits_where_it_was_kept_without_country_code(self, knows, who):
        erika = knows("Erika Muster", "x 40 1234 5678")
        assert who(caller="+494012345678").customer_id == erika

    def test_that_only_ends_like_another_is_another(self, knows, who):
        knows("Erika Muster", "+493012345678")
        assert who(caller="+494012345678").kind is CallerKind.NEW

    def test_of_another_company_is_unknown_here(self, knows, who):
        knows("Erika Muster", company=PRAXIS)
        assert who().kind is CallerKind.NEW
        assert who(dialled=LINDENHOF).kind is CallerKind.KNOWN


class TestAHiddenNumber:
    @pytest.mark.parametrize("name", [None, "Erika Muster"])
    def test_is_nobody_however_it_calls_itself(self, knows, who, name):
        knows("Erika Muster")
        knows("Erika Muster", None)
        identity = who(name, caller=None)
        assert (identity.kind, identity.customer_ids) == (CallerKind.ANONYMOUS, ())

    def test_has_what_its_own_call_made_by_the_exact_name(self, bench, who):
        bench.book(replace(WISH, name="Hansi Sputer"), caller=None)
        made = (bench.only(Customer).id,)
        assert who(caller=None).customer_ids == made
        assert who("Hansi Sputer", caller=None).customer_ids == made
        assert who("Hansi Sputa", caller=None).customer_ids == ()
        assert who("Sputer", caller=None).customer_ids == ()
        assert who(call_id=RIVAL_CALL, caller=None).customer_ids == ()

    def test_has_it_for_half_an_hour(self, bench, who):
        bench.book(caller=None)
        bench.clock.advance(minutes=30)
        assert who(caller=None).is_identified
        bench.clock.advance(seconds=1)
        assert not who(caller=None).is_identified

    def test_without_a_call_id_has_nothing(self, bench, who):
        bench.book(caller=None)
        assert not who(call_id=None, caller=None).is_identified


class TestOwnAppointments:
    def own(self, bench, who, **call):
        identity = who(**call)
        call.pop("name", None)
        context = bench.context(call.pop("call_id", CALL), **call)
        return [each.starts_at for each in list_own_appointments(bench.parts, context, identity)]

    def test_of_a_known_caller_are_all_to_come_in_order(self, bench, who):
        bench.book(LATER, RIVAL_CALL)
        bench.book()
        assert self.own(bench, who) == [WISHED, WISHED + timedelta(minutes=30)]

    def test_of_a_hidden_one_are_his_calls(self, bench, who):
        bench.book(caller=None)
        bench.book(LATER, RIVAL_CALL, caller=None)
        assert self.own(bench, who, caller=None) == [WISHED]
        assert self.own(bench, who, caller=None, call_id="call_of_somebody_else_entirely") == []

    def test_are_live_ones_only(self, bench, who):
        bench.book()
        appointment_id = bench.only(Appointment).id
        with bench.parts.transactions.transaction(SALON, "cancel") as session:
            session.get(Appointment, appointment_id).status = AppointmentStatus.CANCELLED
        assert self.own(bench, who) == []

    def test_are_never_another_companys(self, bench, who):
        bench.book(dialled=LINDENHOF)
        assert self.own(bench, who) == []


class TestFailures:
    def attempt(self, bench, name, call_id=CALL, **call):
        found = identify_or_refuse(bench.parts, bench.context(call_id, **call), name)
        return found.status if isinstance(found, Answer) else found.kind

    def test_three_in_an_hour_end_the_attempts_of_a_number(self, bench, knows):
        knows("Erika Muster")
        told = [self.attempt(bench, "Hans Schuster") for _ in range(4)]
        assert told == [VoiceStatus.UNAUTHORIZED] * 3 + [VoiceStatus.RATE_LIMIT_EXCEEDED]
        assert self.attempt(bench, "Erika Muster", RIVAL_CALL) == VoiceStatus.RATE_LIMIT_EXCEEDED
        assert self.attempt(bench, None, caller=STRANGER) == VoiceStatus.NO_CUSTOMER
        bench.clock.advance(hours=1)
        assert self.attempt(bench, "Erika Muster") == CallerKind.KNOWN

    def test_of_a_hidden_number_are_counted_by_call(self, bench):
        for _ in range(3):
            assert self.attempt(bench, "Erika Muster", caller=None) == VoiceStatus.UNAUTHORIZED
        assert self.attempt(bench, "Erika Muster", caller=None) == VoiceStatus.RATE_LIMIT_EXCEEDED
        assert self.attempt(bench, "Erika Muster", RIVAL_CALL, caller=None) == VoiceStatus.UNAUTHORIZED

    def test_are_counted_by_company(self, bench):
        for _ in range(3):
            self.attempt(bench, "Erika Muster")
        assert self.attempt(bench, "Erika Muster", dialled=LINDENHOF) == VoiceStatus.NO_CUSTOMER

    def test_keep_no_number_in_clear(self, bench):
        self.attempt(bench, "Erika Muster")
        assert bench.only(IdentificationFailure).caller_index == bench.parts.vault.phone_index(CALLER)

    def test_to_be_asked_which_of_a_family_is_none(self, bench, knows):
        knows("Axel Klein")
        knows("Petra Klein")
        assert self.attempt(bench, None) == VoiceStatus.NEEDS_CLARIFICATION
        assert bench.rows(IdentificationFailure) == []

    def test_without_number_and_call_nobody_is_counted_and_nobody_let_in(self, bench):
        for _ in range(5):
            assert self.attempt(bench, "Erika Muster", None, caller=None) == VoiceStatus.UNAUTHORIZED
        assert bench.rows(IdentificationFailure) == []
