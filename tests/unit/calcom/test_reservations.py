from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import requests
import responses

from app.domain.outcomes import Done, RefusalKind, Refused, Reserved, Unknown
from tests.unit.builders import NOW, WISHED
from tests.unit.calcom.conftest import ACCOUNT

RESERVATIONS = "http://calcom.test/v2/slots/reservations"
UID = "2b6f0a3c-5f0c-4c7e-9b1d-0123456789ab"


def reserved(**fields) -> dict:
    data = {
        "eventTypeId": 2563193,
        "slotStart": "2025-10-20T12:00:00.000Z",
        "reservationUid": UID,
        "reservationDuration": 5,
        "reservationUntil": "2025-10-13T08:05:00.000Z",
    }
    return {"status": "success", "data": data | fields}


def error(message: str) -> dict:
    return {"status": "error", "error": {"code": "UnprocessableEntityException", "message": message}}


@pytest.fixture
def api():
    with responses.RequestsMock() as mock:
        yield mock


def reserve(client):
    return client.reserve_slot(ACCOUNT, 2563193, WISHED, timeout=3)


class TestReserveSlot:
    def test_the_uid_and_the_end_are_read_where_they_stand(self, api, client):
        api.post(RESERVATIONS, json=reserved(), status=201)
        assert reserve(client) == Reserved(UID, datetime(2025, 10, 13, 8, 5, tzinfo=UTC))
        request = api.calls[0].request
        assert json.loads(request.body) == {
            "eventTypeId": 2563193,
            "slotStart": "2025-10-20T12:00:00.000Z",
            "reservationDuration": 5,
        }
        assert request.headers["cal-api-version"] == "2024-09-04"

    @pytest.mark.parametrize("until", [None, "2031-01-01T00:00:00Z"])
    def test_it_never_lasts_longer_than_it_was_asked_for(self, api, client, until):
        api.post(RESERVATIONS, json=reserved(reservationUntil=until), status=201)
        assert reserve(client) == Reserved(UID, NOW + timedelta(minutes=5))

    @pytest.mark.parametrize(
        ("status", "message", "kind"),
        [
            (
                422,
                "This time slot is already reserved by another user. Please choose.",
                RefusalKind.SLOT_TAKEN,
            ),
            (422, "Can't reserve a slot if the event is already booked.", RefusalKind.SLOT_TAKEN),
            (404, "Event Type with ID=2563193 not found", RefusalKind.REJECTED),
            (401, "no key", RefusalKind.REJECTED),
        ],
    )
    def test_a_refusal_has_its_kind(self, api, client, status, message, kind):
        api.post(RESERVATIONS, json=error(message), status=status)
        assert reserve(client) == Refused(kind, message)

    @pytest.mark.parametrize(
        "reply",
        [
            {"status": 500, "json": error("oops")},
            {"status": 201, "body": "<html>"},
            {"status": 201, "json": {"status": "success", "data": {"uid": UID}}},
            {"status": 201, "json": reserved(reservationUntil="soon")},
            {"body": requests.ReadTimeout()},
        ],
    )
    def test_what_nobody_answered_plainly_is_unknown(self, api, client, reply):
        api.post(RESERVATIONS, **reply)
        assert isinstance(reserve(client), Unknown)


class TestReleaseSlot:
    def test_is_done_when_cal_com_says_so(self, api, client):
        api.delete(f"{RESERVATIONS}/{UID}", json={"status": "success"})
        assert client.release_slot(ACCOUNT, UID, timeout=3) == Done()

    def test_a_strange_uid_stays_inside_its_address(self, api, client):
        api.delete(f"{RESERVATIONS}/a%2F..%2Fb", json={"status": "success"})
        assert client.release_slot(ACCOUNT, "a/../b", timeout=3) == Done()

    @pytest.mark.parametrize("reply", [{"status": 500}, {"body": requests.ConnectionError()}])
    def test_is_unknown_otherwise(self, api, client, reply):
        api.delete(f"{RESERVATIONS}/{UID}", **reply)
        assert isinstance(client.release_slot(ACCOUNT, UID, timeout=3), Unknown)
