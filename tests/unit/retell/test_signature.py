"""Vectors made with Retell's own libraries (secure webhooks, form `v=<ms>,d=<hex>`)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.retell.signature import is_signed, sign

KEY = "key_test_0123456789abcdef"
AT_MS = 1_700_000_000_000
BODY = b'{"event":"call_started","call":{"call_id":"call_0001"}}'
DIGEST = "802fadae14dfc3052e770ca14208b00145694647d9deda540328250328f3073d"
HEADER = f"v={AT_MS},d={DIGEST}"

VECTORS = [
    (AT_MS, BODY.decode(), DIGEST),
    (
        AT_MS,
        '{"name":"find_slots","call":{"call_id":"call_0001"},"args":{"city":"Zürich","note":"naïve ☎"}}',
        "48aaadf97e6182301771aecc95733835f5ebf2162b7ac53b70628061af014729",
    ),
    (
        AT_MS,
        '{"service":"haircut","day":"2026-11-23"}',
        "51f0cee2f194edc55ed787f71e30482ad1be4e9a9cb00fce879df187f2fc9f86",
    ),
    (AT_MS, "", "470b04370c56b02732fa865407488dda5a515b23bd190afe034a947177ec32a8"),
    (
        1_800_000_000_123,
        (
            '{"name":"book_slot","call":{"call_id":"call_0002","call_status":"ongoing"},'
            '"args":{"slot":"2026-11-23T10:00:00+01:00","name":"Ana"}}'
        ),
        "ca4208523c79e439fa5f8670c6f04cb88ec16421fcb4623497528302c6fab053",
    ),
    (
        AT_MS,
        '{ "event": "call_started", "call": { "call_id": "call_0001" } }',
        "ab7b6320bf4cc4e43d7442e9d7b91b167eb5c2d1418d646f6a1f806fa919316c",
    ),
]


def instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)


def passes(header: str | None, *, body: bytes = BODY, keys=(KEY,), at_ms: int = AT_MS) -> bool:
    return is_signed(body, header, keys, instant(at_ms))


class TestVectors:
    @pytest.mark.parametrize(("at_ms", "body", "digest"), VECTORS)
    def test_we_sign_as_retell_does(self, at_ms, body, digest):
        assert sign(body.encode(), KEY, at_ms) == f"v={at_ms},d={digest}"

    @pytest.mark.parametrize(("at_ms", "body", "digest"), VECTORS)
    def test_we_accept_what_retell_signs(self, at_ms, body, digest):
        assert passes(f"v={at_ms},d={digest}", body=body.encode(), at_ms=at_ms)


class TestHeader:
    @pytest.mark.parametrize(
        "header",
        [
            None,
            "",
            HEADER + "\n",
            "junk" + HEADER,
            HEADER + "junk",
            HEADER.replace(",d=", ", d="),
            f"v={AT_MS},d={DIGEST.upper()}",
            f"d={DIGEST},v={AT_MS}",
            DIGEST,
            f"v={AT_MS // 1000},d={DIGEST}",
            f"v=-{AT_MS},d={DIGEST}",
            f"v={AT_MS},d={DIGEST[:-1]}",
            f"v={'9' * 40},d={DIGEST}",
        ],
    )
    def test_any_other_form_is_refused(self, header):
        assert not passes(header)

    def test_a_leading_zero_is_not_the_text_that_was_signed(self):
        signed = sign(BODY, KEY, AT_MS).replace("v=", "v=0")
        assert not passes(signed)


class TestBody:
    def test_one_changed_byte_is_refused(self):
        assert not passes(HEADER, body=BODY.replace(b"0001", b"0002"))

    def test_equal_json_with_other_spaces_is_refused(self):
        assert not passes(HEADER, body=VECTORS[-1][1].encode())


class TestKeys:
    def test_any_of_several_may_have_signed(self):
        assert passes(HEADER, keys=("key_of_yesterday", KEY))

    @pytest.mark.parametrize("keys", [("another",), ()])
    def test_without_the_right_one_it_is_refused(self, keys):
        assert not passes(HEADER, keys=keys)


class TestAge:
    @pytest.mark.parametrize("off", [-300_000, -1, 0, 1, 300_000])
    def test_five_minutes_either_way_pass(self, off):
        assert passes(HEADER, at_ms=AT_MS + off)

    @pytest.mark.parametrize("off", [-300_001, 300_001])
    def test_a_millisecond_more_is_refused(self, off):
        assert not passes(HEADER, at_ms=AT_MS + off)
