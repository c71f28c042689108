"""Booking by voice, as the caller hears it and as both books hold it afterwards."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from e2e.ledgers import Ledgers, instant
from e2e.pages.simulator import SimulatorPage

TWO_O_CLOCK = instant("2025-10-20T14:00:00+02:00")


class TestAppointmentBookingJourney:
    def test_complete_booking_flow_from_call_to_confirmation(
        self, simulator: SimulatorPage, ledgers: Ledgers
    ) -> None:
        simulator.say("Ich möchte einen Termin am Montag, 20. Oktober um 14 Uhr")
        expect(simulator.agent).to_contain_text("Montag, 20. Oktober um 14:00 Uhr ist noch frei")
        assert ledgers.bookings() == [], "a check must not book"

        simulator.say("Mein Name ist Max Mustermann, Telefon 0151 12345678")
        expect(simulator.agent).to_contain_text("Max Mustermann")
        assert ledgers.bookings() == [], "a name is no consent"

        simulator.say("Ja, bitte buchen")
        expect(simulator.agent).to_contain_text("Termin wurde erfolgreich gebucht")
        expect(simulator.agent).to_contain_text("Montag, 20. Oktober um 14:00 Uhr")

        [booking] = ledgers.bookings()
        [appointment] = ledgers.appointments()
        assert instant(booking["start"]) == instant(appointment["starts_at"]) == TWO_O_CLOCK
        assert appointment["calcom_booking_uid"] == booking["uid"]
        assert appointment["customer_name"] == booking["attendees"][0]["name"] == "Max Mustermann"
        assert (booking["status"], appointment["status"]) == ("accepted", "confirmed")
        assert [each["name"] for each in ledgers.customers()] == ["Max Mustermann"]
        assert [each["appointment_id"] for each in ledgers.messages()] == [appointment["id"]]
        assert ledgers.open_attempts() == []

    def test_every_request_of_the_booking_stands_beside_the_conversation(
        self, simulator: SimulatorPage, ledgers: Ledgers
    ) -> None:
        simulator.say("Ich möchte einen Termin am Montag, 20. Oktober um 14 Uhr")
        expect(simulator.agent).to_contain_text("ist noch frei")
        simulator.say("Ja, bitte buchen, auf Erika Muster")
        expect(simulator.agent).to_contain_text("Termin wurde erfolgreich gebucht")

        check, booking = simulator.turn(1), simulator.turn(2)
        expect(check).to_contain_text("check-availability")
        expect(check).to_contain_text("available")
        expect(check).to_contain_text("GET /v2/slots")
        expect(booking).to_contain_text("collect-appointment")
        expect(booking).to_contain_text("booked")
        expect(booking).to_contain_text("POST /v2/bookings")
        expect(simulator.steps("POST /v2/bookings")).to_have_count(1)
        expect(simulator.books.last).to_contain_text("Mo 20.10. 14:00")
        expect(simulator.books.last).to_contain_text("stimmt")
        expect(simulator.slot("2025-10-20T14:00")).to_have_attribute("data-state", "own")
        assert len(ledgers.bookings()) == len(ledgers.appointments()) == 1

    def test_handles_race_condition_gracefully_with_alternatives(
        self, simulator: SimulatorPage, ledgers: Ledgers
    ) -> None:
        simulator.say("Haben Sie am Montag, 20. Oktober um 14 Uhr etwas frei?")
        expect(simulator.agent).to_contain_text("14:00 Uhr ist noch frei")

        assert simulator.take_slot("2025-10-20 14:00:00") == 201
        simulator.say("Ja, buchen Sie bitte, auf Erika Muster")
        expect(simulator.agent).to_contain_text("14:00 Uhr wurde gerade vergeben")
        expect(simulator.agent).to_contain_text("Alternativ")
        assert ledgers.bookings() == []
        assert ledgers.appointments() == []
        assert ledgers.messages() == []
        expect(simulator.books.last).to_contain_text("stimmt")

        offered = re.findall(r"um (\d\d:\d\d) Uhr", simulator.agent.inner_text())[1:]
        assert len(offered) in (1, 2), "at most two, and each was checked"
        simulator.say(f"Dann bitte um {offered[0]} Uhr")
        expect(simulator.agent).to_contain_text("Termin wurde erfolgreich gebucht")
        expect(simulator.agent).to_contain_text(f"um {offered[0]} Uhr")

        [booking] = ledgers.bookings()
        [appointment] = ledgers.appointments()
        [rival] = ledgers.bookings(origin="rival")
        picked = instant(f"2025-10-20T{offered[0]}:00+02:00")
        assert instant(booking["start"]) == instant(appointment["starts_at"]) == picked
        assert appointment["calcom_booking_uid"] == booking["uid"]
        assert (instant(rival["start"]), rival["status"]) == (TWO_O_CLOCK, "accepted")
        assert ledgers.open_attempts() == []
