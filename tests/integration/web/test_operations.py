from __future__ import annotations

import json

import pytest

from app.domain import errors
from app.web.errors import answer_to_error


class TestHealth:
    def test_the_process_answers(self, bench):
        response = bench.web.get("/health")
        assert (response.status_code, response.json) == (200, {"status": "ok"})

    def test_it_can_work_while_its_database_answers(self, bench):
        assert bench.web.get("/ready").json == {"status": "ready", "database": "ok"}

    def test_else_it_says_so_without_details(self, bench):
        bench.faults.arm("ready", "db_error", 1)
        response = bench.web.get("/ready")
        assert (response.status_code, response.json["error"]["code"]) == (503, "not_ready")
        assert "injected" not in response.text
        assert bench.web.get("/ready").status_code == 200


class TestEveryAnswer:
    @pytest.mark.parametrize("path", ["/health", "/ready", "/api/retell/check-availability", "/nowhere"])
    def test_it_carries_an_id_of_its_own(self, bench, path):
        first, second = bench.web.get(path), bench.web.get(path)
        assert first.headers["X-Request-Id"].startswith("req_")
        assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]

    def test_an_api_answer_is_not_kept_by_anybody(self, bench):
        assert bench.web.post("/api/retell/check-availability").headers["Cache-Control"] == "no-store"
        assert "Cache-Control" not in bench.web.get("/health").headers


class TestErrors:
    def test_an_unknown_path_is_404_in_the_one_body(self, bench):
        response = bench.web.get("/nowhere")
        assert response.status_code == 404
        assert set(response.json["error"]) == {"code", "message", "details"}
        assert response.json["error"]["code"] == "not_found"

    @pytest.mark.parametrize("path", ["/api/webhooks/calcom", "/health"])
    def test_a_wrong_method_is_405(self, bench, path):
        response = bench.web.delete(path)
        assert (response.status_code, response.json["error"]["code"]) == (405, "method_not_allowed")

    def test_an_unexpected_one_tells_nobody_its_text(self, bench):
        web = bench.gateway.web

        @web.get("/broken")
        def broken():
            raise RuntimeError("Erika Muster, +4917139200107")

        web.config["PROPAGATE_EXCEPTIONS"] = False
        response = web.test_client().get("/broken")
        assert (response.status_code, response.json["error"]["code"]) == (500, "internal_error")
        assert "Erika" not in response.text
        (record,) = bench.logged("web.failed")
        assert record["error"] == "RuntimeError"
        assert "Erika" not in json.dumps(record)


class TestSpokenErrors:
    @pytest.mark.parametrize(
        "error",
        [
            errors.InvalidRequest("datum", "too long"),
            errors.InvalidRequest("args", "no object"),
            errors.InvalidRequest("body", "no object"),
            errors.InvalidRequest("name", "too long"),
            errors.UnknownNumber("nobody's"),
            errors.UnknownService("Perm", ()),
            errors.SlotClaimed("held"),
            errors.NotFound("gone"),
            errors.SettlingFailed("written nowhere"),
            RuntimeError("anything"),
            None,
        ],
        ids=repr,
    )
    def test_every_error_has_a_sentence(self, error):
        answer = answer_to_error(error)
        assert answer["success"] is False
        assert answer["message"][-1] in ".?"
        assert answer["reason"]
        assert "gebucht" not in answer["message"]
