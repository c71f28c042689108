from __future__ import annotations

import re

PAGE = "/test/retell-simulator"


def opened(bench, address: str = PAGE) -> str:
    answer = bench.client.get(address)
    assert answer.status_code == 200
    return answer.text


def act(bench, verb: str, **form: str):
    return bench.client.post(f"{PAGE}/act/{verb}", data=form)


def shown(bench, call_id: str) -> str:
    return opened(bench, f"{PAGE}/{call_id}")


class TestFirstSight:
    def test_invites_to_call(self, bench) -> None:
        html = opened(bench)
        assert "Noch kein Anruf. Enter ruft Salon Morgenrot an" in html
        for name in (
            "user-input",
            "send",
            "call-start",
            "tenant",
            "caller",
            "clock",
            "wait-14",
            "week-calendar",
        ):
            assert f'data-test="{name}"' in html
        assert 'data-test="error-message"' not in html.partition("<template")[0]

    def test_without_numbers_it_says_so(self, bench) -> None:
        bench.settings.update({"numbers": []})
        assert "keine Nummer eingerichtet" in opened(bench)

    def test_an_unknown_call_leads_back(self, bench) -> None:
        answer = bench.client.get(f"{PAGE}/call_nobody", follow_redirects=True)
        assert "Diesen Anruf gibt es nicht mehr." in answer.text


class TestConstruction:
    def test_nothing_is_inline(self, bench) -> None:
        html = shown(bench, bench.talk("Montag um 14 Uhr", "Ja, bitte buchen")["call_id"])
        assert " style=" not in html
        assert not re.search(r"\son[a-z]+=", html)
        assert all("src=" in script for script in re.findall(r"<script[^>]*>", html))
        assert "http://" not in html.replace("http://gateway.test", "")

    def test_the_policy_is_strict(self, bench) -> None:
        policy = bench.client.get(PAGE).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy

    def test_what_is_said_is_text_and_never_markup(self, bench) -> None:
        call_id = bench.say("<img src=x onerror=alert(1)> Montag um 14 Uhr")["call_id"]
        assert "<img" not in shown(bench, call_id)

    def test_stylesheet_and_script_are_served_from_here(self, bench) -> None:
        for name in ("askpro.css", "simulator.js"):
            answer = bench.client.get(f"{PAGE}/static/{name}")
            assert answer.status_code == 200
            answer.close()

    def test_the_theme_is_a_cookie_rendered_by_the_server(self, bench) -> None:
        assert "data-bs-theme" not in opened(bench).partition("<head>")[0]
        act(bench, "theme", theme="dark")
        assert 'data-bs-theme="dark"' in opened(bench)


class TestConversation:
    def test_works_by_plain_posts(self, bench) -> None:
        answer = act(bench, "say", text="Montag um 14 Uhr", to_number="+493012345670")
        assert answer.status_code == 303
        html = bench.client.get(answer.headers["Location"]).text
        assert "ist noch frei" in html
        assert "sagt: frei" in html

    def test_only_the_newest_sentence_of_the_agent_is_the_response(self, bench) -> None:
        html = shown(bench, bench.talk("Montag um 14 Uhr", "Nein, danke")["call_id"])
        assert html.count('data-test="agent-response"') == 1
        assert re.search(r'data-test="agent-response">Gut, dann buche ich nichts', html)

    def test_a_quick_answer_wins_over_the_field(self, bench) -> None:
        call_id = bench.say("Montag um 14 Uhr")["call_id"]
        act(bench, "say", call_id=call_id, text="halb getippt", quick="Nein, danke")
        assert "halb getippt" not in shown(bench, call_id)

    def test_a_silent_gateway_is_a_connection_problem(self, bench) -> None:
        bench.gateway.fail = lambda: ("", 599)
        html = shown(bench, bench.say("Montag um 14 Uhr")["call_id"]).partition("<template")[0]
        assert html.count('data-test="error-message"') == 1
        assert "Verbindungsproblem" in html
        assert "keine Antwort" in html

    def test_a_pause_and_a_rival_stand_between_the_sentences(self, bench) -> None:
        call_id = bench.say("Montag um 14 Uhr")["call_id"]
        act(
            bench,
            "slot",
            call_id=call_id,
            account="cal_test",
            start="2025-10-20T15:00",
            event_type_id="2563193",
        )
        bench.clock.advance(14)
        bench.say("Nein, danke", call_id)
        assert "14,0 s Pause · Rivale nimmt 15:00" in shown(bench, call_id)

    def test_hanging_up_ends_it(self, bench) -> None:
        call_id = bench.say("Montag um 14 Uhr")["call_id"]
        act(bench, "hang-up", call_id=call_id)
        assert "Aufgelegt nach 0:00" in shown(bench, call_id)
        assert "cannot be continued" in act(bench, "say", call_id=call_id, text="Hallo").headers[
            "Location"
        ].replace("+", " ")


class TestLiveParts:
    def test_answer_with_events_and_the_parts_that_may_change(self, bench) -> None:
        call_id = bench.say("Montag um 14 Uhr")["call_id"]
        news = bench.client.get(f"/test/api/retell/calls/{call_id}/parts?after=2").get_json()
        assert news["events"][0]["id"] == 3
        assert news["open"] is False
        for part in ("state", "talk", "turn-1", "books", "week", "faults"):
            assert f'data-part="{part}"' in news["html"]


class TestClicks:
    def test_waiting_moves_both_clocks(self, bench) -> None:
        call_id = bench.say("Montag um 14 Uhr")["call_id"]
        act(bench, "clock", call_id=call_id, seconds="14")
        assert bench.gateway.clock == "2025-10-13T08:00:14.000Z"
        assert "14,0 s gewartet" in shown(bench, call_id)

    def test_the_clock_can_be_set_to_a_local_time(self, bench) -> None:
        act(bench, "clock", to="2025-10-14T09:30")
        assert bench.clock.now().isoformat() == "2025-10-14T07:30:00+00:00"

    def test_a_slot_is_taken_and_given_back(self, bench) -> None:
        act(bench, "slot", account="cal_test", start="2025-10-20T14:00", event_type_id="2563193")
        html = opened(bench)
        assert 'data-test="slot-2025-10-20T14:00" data-state="rival"' in html
        act(bench, "slot", account="cal_test", uid="rival0")
        assert 'data-test="slot-2025-10-20T14:00" data-state="free"' in opened(bench)

    def test_a_taken_slot_is_refused_with_a_note(self, bench) -> None:
        answer = act(bench, "slot", account="cal_test", start="2025-10-20T09:00", event_type_id="2563193")
        assert "schon vergeben" in bench.client.get(answer.headers["Location"]).text

    def test_a_preset_arms_its_fault_and_disarms_it(self, bench) -> None:
        act(bench, "fault", preset="late-commit", account="cal_test")
        assert bench.calcom.faults[0]["when"] == "late"
        html = opened(bench)
        assert 'data-test="armed-fault"' in html
        assert re.search(r'value="1" aria-pressed="true" data-test="fault-preset-late-commit"', html)
        act(bench, "fault", id="1", account="cal_test")
        assert bench.calcom.faults == []

    def test_all_faults_go_at_once(self, bench) -> None:
        act(bench, "fault", preset="hang")
        act(bench, "fault", preset="outage")
        act(bench, "clear-faults")
        assert bench.calcom.faults == []

    def test_the_worker_runs_and_says_what_it_did(self, bench) -> None:
        call_id = bench.say("Montag um 14 Uhr")["call_id"]
        act(bench, "worker", call_id=call_id)
        assert "Arbeiter lief: 1 erledigt" in shown(bench, call_id)

    def test_an_unknown_act_is_refused(self, bench) -> None:
        assert "hinweis=" in act(bench, "destroy").headers["Location"]

    def test_the_script_gets_json(self, bench) -> None:
        answer = bench.client.post(f"{PAGE}/act/call", headers={"Accept": "application/json"}, data={})
        assert answer.get_json()["call_id"].startswith("call_")
