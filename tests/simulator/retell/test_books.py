from __future__ import annotations

import pytest

from simulator.retell.books import build_books
from simulator.retell.evidence import Evidence

START, END = "2025-10-20T12:00:00.000Z", "2025-10-20T12:30:00.000Z"


def books(
    bench, *, ours=False, theirs="", open_attempt=False, seen=True, says=("Montag um 14 Uhr", "Ja, bitte")
):
    call = bench.desk.get_call(bench.talk(*says)["call_id"])
    of_call = {"retell_call_id": call.id, "starts_at": START}
    ledger = {
        "appointments": [{**of_call, "id": 7, "status": "confirmed"}] if ours else [],
        "attempts": [{**of_call, "state": "open"}] if open_attempt else [],
        "log": [],
    }
    booking = {"uid": "bk_1", "status": "accepted", "start": START, "end": END}
    mine = {"metadata": {"call_id": call.id}} if theirs == "ours" else {}
    bookings = ({**booking, **mine},) if theirs else ()
    return build_books(call, Evidence(call.id, (), bookings, ledger if seen else None))


class TestVerdict:
    @pytest.mark.parametrize(
        ("world", "verdict"),
        [
            ({"ours": True, "theirs": "ours"}, "stimmt"),
            ({"ours": True}, "stimmt nicht"),
            ({"theirs": "ours"}, "stimmt nicht"),
            ({}, "stimmt nicht"),
            ({"ours": True, "theirs": "foreign"}, "stimmt nicht"),
            ({"ours": True, "theirs": "ours", "seen": False}, "nicht geprüft"),
        ],
    )
    def test_booked_is_true_only_when_both_ledgers_hold_it(self, bench, world, verdict) -> None:
        (row,) = books(bench, **world)
        assert row.said == "„gebucht“"
        assert row.verdict == verdict

    @pytest.mark.parametrize(
        ("world", "verdict"),
        [
            ({"theirs": "foreign"}, "stimmt"),
            ({}, "stimmt"),
            ({"theirs": "ours"}, "stimmt nicht"),
            ({"ours": True, "theirs": "ours"}, "gebucht, nicht gesagt"),
            ({"theirs": "ours", "open_attempt": True}, "noch offen"),
        ],
    )
    def test_a_refusal_is_true_only_when_neither_holds_anything_of_ours(self, bench, world, verdict) -> None:
        bench.gateway.free.clear()
        bench.gateway.fail = None
        (row,) = books(bench, says=("Montag um 14 Uhr",), **world)
        assert row.verdict == verdict

    def test_an_offer_that_somebody_took_meanwhile_was_no_lie(self, bench) -> None:
        (row,) = books(bench, says=("Montag um 14 Uhr",), theirs="foreign")
        assert (row.verdict, row.kind) == ("seither vergeben", "")

    def test_each_wish_has_one_row(self, bench) -> None:
        rows = books(bench, says=("Montag um 14 Uhr", "lieber um 15 Uhr", "Ja, bitte"))
        assert [row.wish for row in rows] == ["Mo 20.10. 14:00", "Mo 20.10. 15:00"]
