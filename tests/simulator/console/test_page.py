"""The page for people: what it shows, that its forms work without a script, and that it keeps its policy."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.conftest import NOON, Mailbox, Salon, SteppedClock

ROOT = Path(__file__).parents[3]
TEMPLATES = sorted((ROOT / "simulator" / "console" / "templates").rglob("*.html"))


def page(salon: Salon, **query: Any) -> str:
    answer = salon.web.get(
        "/__admin", query_string={"account": salon.key, **query}, headers={"Accept": "text/html"}
    )
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def do(salon: Salon, verb: str, *, account: str | None = None, **form: Any) -> str:
    """Send a form as the script does; returns the note."""
    answer = salon.web.post(
        f"/__admin/act/{verb}",
        data={"account": account or salon.key, **form},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json["note"])


def static(salon: Salon, path: str) -> bytes:
    answer = salon.web.get(path)
    assert answer.status_code == 200
    try:
        return bytes(answer.data)
    finally:
        answer.close()


def rows(html: str) -> list[str]:
    return re.findall(r'<tr class="[^"]*" data-test="journal-row".*?</tr>', html, re.DOTALL)


class TestAddress:
    def test_a_browser_gets_the_page_and_a_program_gets_json(self, salon: Salon) -> None:
        assert "<title>Cal.com-Simulator · salon</title>" in page(salon)
        for accept in ("application/json", "*/*"):
            answer = salon.web.get("/__admin", headers={"Accept": accept})
            assert answer.json["openapi"] == "/__admin/openapi.json"

    def test_an_unknown_account_leads_back_with_a_note(self, salon: Salon) -> None:
        answer = salon.web.get("/__admin?account=nobody", headers={"Accept": "text/html"})
        assert answer.status_code == 303
        assert "nobody" in answer.headers["Location"]

    def test_nothing_inline_and_nothing_from_outside(self, salon: Salon) -> None:
        answer = salon.web.get("/__admin", headers={"Accept": "text/html"})
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert not re.search(r'\sstyle="|\son\w+="|<script(?![^>]* src=)', answer.text)
        addresses = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
        assert all(one.startswith(("/", "#", "data:", "?")) for one in addresses)
        for name in ("askpro.css", "console.css", "console.js"):
            assert static(salon, f"/__admin/static/{name}")

    def test_both_pages_of_the_simulator_share_one_stylesheet(self, salon: Salon) -> None:
        mine = static(salon, "/__admin/static/askpro.css")
        assert mine == static(salon, "/test/retell-simulator/static/askpro.css")

    @pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
    def test_no_template_trusts_what_a_client_sent(self, template: Path) -> None:
        marked = re.findall(r"\{\{[^}]*\|\s*safe", template.read_text(encoding="utf-8"))
        assert len(marked) == (1 if template.name == "icons.html" else 0)

    def test_what_a_client_sent_is_text(self, salon: Salon) -> None:
        salon.book(attendee={"name": "<b>x</b>", "email": "e@example.test", "timeZone": "Europe/Berlin"})
        html = page(salon, offen=salon.requests()[-1]["id"])
        assert "<b>x</b>" not in html
        assert "&lt;b&gt;x&lt;/b&gt;" in html


class TestJournal:
    def test_each_request_is_a_row_with_what_a_fault_made_of_it(self, salon: Salon) -> None:
        salon.fault(on="create_booking", effect={"status": 500})
        salon.book()
        salon.slots()
        shown = rows(page(salon))
        assert "20.10. 14:00" in shown[0]
        assert "is-fault" in shown[0]
        assert '<code class="status">500</code>' in shown[0]
        assert "100 · 20.10." in shown[1]

    def test_a_near_miss_says_what_differs(self, salon: Salon) -> None:
        salon.call("GET", "/v2/slots?eventTypeId=100")
        html = page(salon)
        assert 'data-test="near-miss"' in html
        assert "cal-api-version: 2024-09-04" in html
        assert "Gesendet wurde <code>2024-08-13</code>" in html

    def test_it_can_be_searched_for_a_bookings_uid(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        salon.slots()
        assert len(rows(page(salon))) == 2
        assert len(rows(page(salon, suche=uid))) == 1

    def test_an_open_row_shows_both_bodies_and_the_rule(self, salon: Salon) -> None:
        salon.fault(on="create_booking", effect={"status": 503}, name="Ausfall")
        salon.book()
        html = page(salon, offen=salon.requests()[-1]["id"])
        assert 'data-test="step-detail"' in html
        assert "Internal server error" in html
        assert "Regel f1" in html
        assert "&#34;Ausfall&#34;" in html

    def test_before_the_first_request_it_says_where_to_send_one(self, salon: Salon) -> None:
        html = page(salon)
        assert "Noch keine Anfrage." in html
        assert "http://localhost/v2" in html
        assert "curl -H" in html

    def test_a_click_is_a_row_too(self, salon: Salon) -> None:
        do(salon, "slot", start="2025-10-20T14:00", event_type_id="100")
        assert "Slot 20.10. 14:00 genommen" in page(salon)


class TestForms:
    def test_a_click_takes_a_slot_and_another_frees_it(self, salon: Salon) -> None:
        assert do(salon, "slot", start="2025-10-20T14:00", event_type_id="100") == ""
        (booking,) = salon.bookings()
        assert (booking["start"], booking["origin"]) == ("2025-10-20T12:00:00.000Z", "rival")
        assert 'data-state="rival"' in page(salon, woche="2025-10-20")
        assert "taken" in do(salon, "slot", start="2025-10-20T14:00", event_type_id="100")
        do(salon, "slot", uid=booking["uid"])
        assert salon.bookings()[0]["status"] == "cancelled"

    def test_a_preset_is_set_and_lifted(self, salon: Salon) -> None:
        do(salon, "preset", preset="lost-reply")
        html = page(salon)
        assert 'aria-pressed="true"' in html
        assert "nie ausgelöst" in html
        do(salon, "preset", preset="lost-reply", armed="1")
        assert salon.admin("GET", "/faults").json["faults"] == []

    @pytest.mark.parametrize(
        ("typed", "effect"),
        [("503", {"status": 503}), ("reset", "reset"), ('{"latency": 2}', {"latency": 2})],
    )
    def test_a_fault_of_ones_own(self, salon: Salon, typed: str, effect: Any) -> None:
        assert do(salon, "fault", on="create_booking", when="after", effect=typed, times="2", skip="0") == ""
        (rule,) = salon.admin("GET", "/faults").json["faults"]
        assert (rule["effect"], rule["when"], rule["times"]) == (effect, "after", 2)
        do(salon, "remove-fault", id=rule["id"])
        assert salon.admin("GET", "/faults").json["faults"] == []

    def test_a_wrong_fault_is_explained(self, salon: Salon) -> None:
        assert "'reset'" in do(salon, "fault", on="create_booking", effect="resett")
        assert "JSON" in do(salon, "fault", on="create_booking", effect="{5")

    def test_clearing_names_the_traps_nobody_walked_into(self, salon: Salon) -> None:
        do(salon, "preset", preset="hang")
        assert do(salon, "clear-faults") == "1 nie ausgelöst: hang"

    def test_the_clock_is_moved(self, salon: Salon, clock: SteppedClock) -> None:
        do(salon, "clock", seconds="60")
        assert f"{clock.now():%H:%M}" == "08:01"
        do(salon, "clock", to="2025-10-20T09:00")
        assert f"{clock.now():%m-%d %H:%M}" == "10-20 07:00"
        assert "can't be frozen" in do(salon, "clock", mode="frozen")

    def test_webhooks_are_listed_and_sent_again(
        self, salon: Salon, salon_state: dict[str, Any], mailbox: Mailbox
    ) -> None:
        salon_state["webhooks"] = [
            {"subscriberUrl": "http://gateway.test/hook", "triggers": ["BOOKING_CREATED"]}
        ]
        salon.admin("PUT", "/state", salon_state)
        salon.book()
        assert "BOOKING_CREATED" in page(salon)
        do(salon, "redeliver", id=salon.admin("GET", "/deliveries").json["deliveries"][0]["id"])
        assert len(mailbox.received) == 2
        do(salon, "policy", mode="dropped")
        assert "verschluckt" in page(salon)

    def test_any_event_can_be_made_by_hand(
        self, salon: Salon, salon_state: dict[str, Any], mailbox: Mailbox
    ) -> None:
        assert "abonniert" in do(salon, "emit", trigger="OOO_CREATED")
        salon_state["webhooks"] = [{"subscriberUrl": "http://gateway.test/x", "triggers": ["BOOKING_PAID"]}]
        salon.admin("PUT", "/state", salon_state)
        uid = salon.book().json["data"]["uid"]
        assert do(salon, "emit", trigger="BOOKING_PAID", booking_uid=uid) == ""
        assert mailbox.bodies()[0]["triggerEvent"] == "BOOKING_PAID"
        assert "booking_uid" in do(salon, "emit", trigger="BOOKING_PAID")

    def test_a_saved_state_is_loaded_again_after_a_reset(self, salon: Salon) -> None:
        salon.book(NOON)
        saved = json.dumps(salon.admin("GET", "/state").json).encode()
        assert "zurückgesetzt" in do(salon, "reset")
        assert salon.bookings() == []
        assert "geladen" in do(salon, "load", state=(io.BytesIO(saved), "salon.json"))
        assert len(salon.bookings()) == 1
        assert do(salon, "load", state=(io.BytesIO(b"nothing"), "x.json")) != ""

    def test_a_reset_leaves_other_accounts_alone(self, salon: Salon, second_salon: Salon) -> None:
        second_salon.book()
        do(salon, "reset")
        assert len(second_salon.bookings()) == 1

    def test_without_a_script_a_form_leads_back_to_the_page(self, salon: Salon) -> None:
        answer = salon.web.post(
            "/__admin/act/clock", data={"account": salon.key, "seconds": "60", "woche": "2025-10-20"}
        )
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith(f"/__admin?account={salon.key}&woche=2025-10-20")

    def test_the_theme_is_kept(self, salon: Salon) -> None:
        salon.web.post("/__admin/act/theme", data={"theme": "dark"})
        assert '<html lang="de" data-bs-theme="dark">' in page(salon)

    def test_an_unknown_form_is_a_note(self, salon: Salon) -> None:
        assert "gibt es nicht" in do(salon, "nothing")


class TestParts:
    def test_the_parts_are_those_of_the_page(self, salon: Salon) -> None:
        salon.book()
        parts = salon.web.get(f"/__admin/parts?account={salon.key}").json["html"]
        names = re.findall(r'data-part="([\w-]+)"', parts)
        assert sorted(names) == sorted(re.findall(r'data-part="([\w-]+)"', page(salon)))
        assert sorted(names) == [
            "bookings",
            "checks",
            "clock",
            "faults",
            "journal",
            "strip",
            "webhooks",
            "week",
        ]
