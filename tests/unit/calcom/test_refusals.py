from __future__ import annotations

import pytest

from app.calcom.refusals import KNOWN_REFUSALS, known_refusal, message_of
from app.domain.outcomes import RefusalKind


def envelope(message: str) -> dict:
    return {"status": "error", "error": {"code": "X", "message": message, "details": {}}}


class TestKnownRefusals:
    @pytest.mark.parametrize("known", KNOWN_REFUSALS, ids=lambda known: f"{known.status} {known.begins[:30]}")
    def test_each_text_is_recognised(self, known):
        refused = known_refusal(known.status, envelope(known.begins + " and what follows"))
        assert refused.kind is known.kind

    @pytest.mark.parametrize(
        ("status", "message", "kind"),
        [
            (
                400,
                "One of the hosts either already has booking at this time or is not available",
                RefusalKind.SLOT_TAKEN,
            ),
            (409, "booking_conflict_error", RefusalKind.SLOT_TAKEN),
            (400, "Attempting to book a meeting in the past.", RefusalKind.IN_THE_PAST),
            (
                429,
                "CustomThrottlerGuard - Too many requests. Please try again later.",
                RefusalKind.RATE_LIMITED,
            ),
            (401, "CustomThrottlerGuard - Invalid API Key", RefusalKind.REJECTED),
            (400, "responses - {title}error_required_field, ", RefusalKind.REJECTED),
            (400, "title property is wrong,property title should not exist ", RefusalKind.REJECTED),
        ],
    )
    def test_what_it_means_is_what_cal_com_means(self, status, message, kind):
        refused = known_refusal(status, envelope(message))
        assert (refused.kind, refused.detail) == (kind, message)


class TestUnknownOutcomes:
    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (400, envelope("User not available")),
            (400, envelope("Something new")),
            (500, envelope("Internal server error")),
            (409, envelope("another conflict")),
            (500, envelope("One of the hosts either already has booking at this time or is not available")),
            (400, None),
            (400, []),
            (400, {"error": "Host already has booking at this time"}),
            (302, None),
            (418, {}),
        ],
    )
    def test_a_shape_that_is_not_known_is_no_refusal(self, status, body):
        assert known_refusal(status, body) is None


class TestMessageOf:
    def test_the_inner_message_comes_first(self):
        assert message_of({"message": "outer", "error": {"message": "inner"}}) == "inner"

    def test_failing_that_the_outer(self):
        assert message_of({"message": "outer", "error": "text"}) == "outer"

    @pytest.mark.parametrize("body", [None, "text", [], {}, {"message": 7}, {"error": {"message": None}}])
    def test_else_there_is_none(self, body):
        assert message_of(body) is None
