from __future__ import annotations

import pytest

from simulator.retell import signing

KEY = "key_test_0123456789abcdef"
VECTORS = {
    "webhook": (
        1700000000000,
        '{"event":"call_started","call":{"call_id":"call_0001"}}',
        "802fadae14dfc3052e770ca14208b00145694647d9deda540328250328f3073d",
    ),
    "raw UTF-8": (
        1700000000000,
        '{"name":"find_slots","call":{"call_id":"call_0001"},"args":{"city":"Zürich","note":"naïve ☎"}}',
        "48aaadf97e6182301771aecc95733835f5ebf2162b7ac53b70628061af014729",
    ),
    "arguments only": (
        1700000000000,
        '{"service":"haircut","day":"2026-11-23"}',
        "51f0cee2f194edc55ed787f71e30482ad1be4e9a9cb00fce879df187f2fc9f86",
    ),
    "no body": (1700000000000, "", "470b04370c56b02732fa865407488dda5a515b23bd190afe034a947177ec32a8"),
    "function": (
        1800000000123,
        (
            '{"name":"book_slot","call":{"call_id":"call_0002","call_status":"ongoing"},'
            '"args":{"slot":"2026-11-23T10:00:00+01:00","name":"Ana"}}'
        ),
        "ca4208523c79e439fa5f8670c6f04cb88ec16421fcb4623497528302c6fab053",
    ),
    "spaced": (
        1700000000000,
        '{ "event": "call_started", "call": { "call_id": "call_0001" } }',
        "ab7b6320bf4cc4e43d7442e9d7b91b167eb5c2d1418d646f6a1f806fa919316c",
    ),
}


class TestSign:
    @pytest.mark.parametrize("name", VECTORS)
    def test_gives_the_value_that_retells_libraries_give(self, name: str) -> None:
        at_ms, body, digest = VECTORS[name]
        assert signing.sign(body.encode(), api_key=KEY, at_ms=at_ms) == f"v={at_ms},d={digest}"


class TestCheck:
    def header(self, body: bytes = b"{}", at_ms: int = 1000) -> str:
        return signing.sign(body, api_key=KEY, at_ms=at_ms)

    @pytest.mark.parametrize(("early", "valid"), [(300_000, True), (-300_000, True), (300_001, False)])
    def test_is_fresh_for_five_minutes_both_ways_inclusive(self, early: int, valid: bool) -> None:
        at_ms = 1_700_000_000_000
        check = signing.check(self.header(at_ms=at_ms), b"{}", api_key=KEY, now_ms=at_ms + early)
        assert check.valid is valid

    def test_names_what_is_wrong(self) -> None:
        header = self.header()
        assert signing.check(header, b"{ }", api_key=KEY, now_ms=1000).reason == "digest"
        assert signing.check(header, b"{}", api_key="other", now_ms=1000).reason == "digest"
        assert signing.check(header, b"{}", api_key=KEY, now_ms=900_000).reason == "stale"

    @pytest.mark.parametrize("damage", [str.upper, lambda h: f"{h}\n", lambda h: f"x{h}", lambda h: h[:-1]])
    def test_takes_only_the_exact_form(self, damage: object) -> None:
        damaged = damage(self.header())  # type: ignore[operator]
        assert signing.check(damaged, b"{}", api_key=KEY, now_ms=1000).reason == "form"
