from __future__ import annotations

from typing import Any

import pytest

from simulator.calcom.exchange import Answer


class TestTheBytesOfAnAnswer:
    @pytest.mark.parametrize(
        ("payload", "body"),
        [
            ({"b": 1, "a": [True, None, 1.5]}, b'{"b":1,"a":[true,null,1.5]}'),
            ({"name": 'J\u00f6rg "J" \u20ac'}, '{"name":"J\u00f6rg \\"J\\" \u20ac"}'.encode()),
            ({"n": 2**70}, b'{"n":1180591620717411303424}'),
            ({"half": "\ud83d"}, b'{"half":"\\ud83d"}'),
        ],
        ids=["order and no blanks", "letters as they are", "a number beyond 64 bits", "half a pair"],
    )
    def test_are_those_that_upstream_writes(self, payload: dict[str, Any], body: bytes) -> None:
        assert Answer(200, payload).encode() == body
