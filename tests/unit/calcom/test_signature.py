from __future__ import annotations

import pytest

from app.calcom.signature import is_signed_by, sign

BODY = b'{"triggerEvent":"PING"}'
SECRET = "whsec_test"


class TestSignature:
    def test_it_is_the_hex_hmac_of_the_raw_body(self):
        # computed with: printf '%s' '{"triggerEvent":"PING"}' | openssl dgst -sha256 -hmac whsec_test
        assert sign(BODY, SECRET) == "63bb4d46dce3f76a17313773de1f0488c911ad49a4f7325b8300de81d5bc614a"

    @pytest.mark.parametrize("prefix", ["", "sha256=", " "])
    def test_a_prefix_does_not_matter(self, prefix):
        assert is_signed_by(BODY, prefix + sign(BODY, SECRET), SECRET)

    @pytest.mark.parametrize("header", [None, "", "no-secret-provided", "ä" * 64, sign(BODY, "another")])
    def test_anything_else_is_refused(self, header):
        assert not is_signed_by(BODY, header, SECRET)

    def test_another_body_is_refused(self):
        assert not is_signed_by(BODY + b"\n", sign(BODY, SECRET), SECRET)
