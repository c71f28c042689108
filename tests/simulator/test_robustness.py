"""Whatever a client sends, the fake answers in one of upstream's shapes."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.calcom import routes_me
from tests.simulator.conftest import MONDAY, Salon


class TestOddRequests:
    @pytest.mark.parametrize(
        "more",
        [
            {"bookingFieldsResponses": [1]},
            {"eventTypeSlug": ["x"], "username": {}},
            {"metadata": "text"},
            {"attendee": "Erika"},
            {"attendee": {"name": "E", "timeZone": 5, "email": 7}},
            {"start": "9999-12-31T23:59:59-23:00"},
            {"start": "0001-01-01T00:00:00+14:00"},
            {"start": 5},
            {"guests": {}},
            {"location": 7},
        ],
    )
    def test_a_strange_booking_is_a_400_or_booked(self, salon: Salon, more: dict[str, Any]) -> None:
        assert salon.call("POST", "/v2/bookings", json={**salon.wish(), **more}).status_code in (400, 201)

    @pytest.mark.parametrize("body", [b"", b"[]", b"5", b"\xff\xfe", b'"x"'])
    def test_a_body_that_is_no_object_is_a_400(self, salon: Salon, body: bytes) -> None:
        answer = salon.call("POST", "/v2/bookings", data=body, content_type="application/json")
        assert answer.status_code == 400

    @pytest.mark.parametrize(
        "query", [{"eventTypeIds": "a,b"}, {"take": "²"}, {"skip": "-1"}, {"afterStart": "9999-99-99"}]
    )
    def test_a_strange_filter_is_a_400(self, salon: Salon, query: dict[str, str]) -> None:
        assert salon.call("GET", "/v2/bookings", query_string=query).status_code == 400

    @pytest.mark.parametrize("text", ["²", "-1", "x", "99999999999999999999"])
    def test_a_strange_id_is_a_404(self, salon: Salon, text: str) -> None:
        assert salon.call("GET", f"/v2/event-types/{text}", version="2024-06-14").status_code == 404

    @pytest.mark.parametrize("duration", ["0", "1440", "7"])
    def test_a_strange_duration_is_answered(self, salon: Salon, duration: str) -> None:
        assert salon.slots(MONDAY, MONDAY, duration=duration).status_code == 200

    def test_a_defect_of_ours_is_upstreams_bare_500_and_an_entry(
        self, salon: Salon, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(routes_me, "me_to_wire", lambda _: 1 / 0)
        answer = salon.call("GET", "/v2/me")
        assert answer.json == {"statusCode": 500, "message": "Internal server error"}
        assert salon.requests()[-1]["status"] == 500
        assert "ZeroDivisionError" in caplog.text

    def test_a_control_route_that_does_not_exist_has_the_usual_error(self, salon: Salon) -> None:
        for method, path in (("GET", "/nothing"), ("DELETE", "/state")):
            answer = salon.admin(method, path)
            assert (answer.status_code, answer.json["error"]["code"]) == (404, "unknown_route")
