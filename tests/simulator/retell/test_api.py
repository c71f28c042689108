from __future__ import annotations


class TestCalls:
    def test_a_call_can_be_started_followed_and_ended(self, bench) -> None:
        call = bench.client.post("/test/api/retell/calls", json={}).get_json()
        assert call["to_number"] == "+493012345670"
        bench.say("Montag um 14 Uhr", call["call_id"])
        events = bench.client.get(f"/test/api/retell/calls/{call['call_id']}/events").get_json()
        kinds = [event["kind"] for event in events["events"]]
        assert kinds == ["call_started", "agent", "caller", "request", "answer", "agent"]
        rest = bench.client.get(f"/test/api/retell/calls/{call['call_id']}/events?after={events['next']}")
        assert rest.get_json()["events"] == []
        over = bench.client.post("/test/api/retell/hang-up", json={"call_id": call["call_id"]}).get_json()
        assert over["call_status"] == "ended"
        assert over["disconnection_reason"] == "user_hangup"

    def test_goodbye_ends_the_call(self, bench) -> None:
        answer = bench.talk("Montag um 14 Uhr", "Auf Wiederhören")
        assert answer["call_status"] == "ended"
        again = bench.client.post(
            "/test/api/retell/say", json={"text": "Hallo", "call_id": answer["call_id"]}
        )
        assert again.status_code == 409

    def test_ids_differ_and_have_retells_form(self, bench) -> None:
        ids = {bench.say("Hallo")["call_id"] for _ in range(3)}
        assert len(ids) == 3
        assert all(len(identifier) == 32 for identifier in ids)

    def test_wrong_use_names_the_field(self, bench) -> None:
        answer = bench.client.post("/test/api/retell/say", data="no json")
        assert answer.status_code == 400
        assert "JSON" in answer.get_json()["error"]["message"]
        assert "text" in bench.client.post("/test/api/retell/say", json={}).get_json()["error"]["message"]
        assert bench.client.get("/test/api/retell/calls/nobody").status_code == 404


class TestSettings:
    def test_numbers_and_callers_can_be_set_while_it_runs(self, bench) -> None:
        changed = bench.client.put(
            "/__admin/retell",
            json={"numbers": [{"number": "+49309", "company": "Praxis"}], "callers": ["+49170"]},
        )
        assert changed.status_code == 200
        directory = bench.client.get("/test/api/retell/directory").get_json()
        assert directory["numbers"][0]["company"] == "Praxis"
        assert bench.say("Hallo")["agent"] is not None

    def test_the_key_is_never_shown(self, bench) -> None:
        assert "key_test" not in bench.client.get("/__admin/retell").text

    def test_a_wrong_setting_changes_nothing_and_names_the_field(self, bench) -> None:
        answer = bench.client.put("/__admin/retell", json={"max_retry": 3, "gateway": "x"})
        assert answer.status_code == 400
        assert "gateway is no setting" in answer.get_json()["error"]["message"]
        assert bench.settings.max_retry == 0


class TestTakeSlot:
    def test_local_time_is_taken_whatever_the_content_type(self, bench) -> None:
        answer = bench.client.post(
            "/test/api/take-slot", data='{"time": "2025-10-20 14:00:00"}', content_type="text/plain"
        )
        assert answer.status_code == 201
        assert answer.get_json()["taken"]["start"] == "2025-10-20T12:00:00.000Z"

    def test_a_slot_that_is_gone_is_refused(self, bench) -> None:
        body = {"time": "2025-10-20 14:00:00"}
        bench.client.post("/test/api/take-slot", json=body)
        assert bench.client.post("/test/api/take-slot", json=body).status_code == 409

    def test_a_time_that_cannot_be_read_is_explained(self, bench) -> None:
        answer = bench.client.post("/test/api/take-slot", json={"time": "morgen"})
        assert answer.status_code == 400
        assert "2025-10-20 09:00:00" in answer.get_json()["error"]["message"]
