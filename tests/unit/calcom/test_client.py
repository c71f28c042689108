from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses
from responses import matchers

from app.calcom.client import ATTEMPT_HEADER, MOST_PAGES, PAGE_SIZE
from app.domain.event_types import EventTypeSeen
from app.domain.outcomes import (
    Absent,
    BookingList,
    CheckFailed,
    Done,
    RefusalKind,
    Refused,
    Replied,
    SlotList,
    Unknown,
)
from app.domain.timespan import span_of
from fixtures.payloads import booking_reply
from tests.unit.builders import NOW, WISHED
from tests.unit.calcom.conftest import ACCOUNT, QUERY, REQUEST

BASE = "http://calcom.test"
BOOKINGS, SLOTS = f"{BASE}/v2/bookings", f"{BASE}/v2/slots"
LISTED = {"status": "success", "data": {"2025-10-20": [{"start": "2025-10-20T12:00:00.000Z"}]}}
WINDOW = span_of(WISHED - timedelta(days=1), 2 * 24 * 60)


def error(message: str) -> dict:
    return {"status": "error", "error": {"code": "X", "message": message}}


@pytest.fixture
def api():
    with responses.RequestsMock() as mock:
        yield mock


def create(client):
    return client.create_booking(ACCOUNT, REQUEST, timeout=5)


def list_slots(client, *, uncached=True):
    return client.list_slots(ACCOUNT, QUERY, uncached=uncached, timeout=1.5)


class TestCreateBooking:
    def test_a_booking_comes_back_with_the_servers_time(self, api, client):
        api.post(
            BOOKINGS,
            json=booking_reply(starts_at=WISHED),
            status=201,
            headers={"Date": "Mon, 13 Oct 2025 08:00:00 GMT"},
        )
        reply = create(client)
        assert isinstance(reply, Replied)
        assert (reply.seen.start, reply.server_time) == (WISHED, NOW)

    def test_the_request_is_signed_versioned_and_traced(self, api, client):
        api.post(BOOKINGS, json=booking_reply(), status=201)
        create(client)
        sent = api.calls[0].request
        assert sent.headers["Authorization"] == "Bearer cal_test_salon"
        assert sent.headers["cal-api-version"] == "2024-08-13"
        assert sent.headers["X-Askpro-Call-Id"] == "call_abc"
        assert sent.headers[ATTEMPT_HEADER] == "att_1"
        assert json.loads(sent.body)["metadata"]["attempt_id"] == "att_1"

    def test_a_known_refusal_is_one(self, api, client):
        message = "One of the hosts either already has booking at this time or is not available"
        api.post(BOOKINGS, json=error(message), status=400)
        assert create(client) == Refused(RefusalKind.SLOT_TAKEN, message)

    @pytest.mark.parametrize("status", [400, 404, 409, 500, 502, 503, 504])
    def test_an_error_of_unknown_shape_is_unknown(self, api, client, status):
        api.post(BOOKINGS, json=error("Something new"), status=status)
        assert isinstance(create(client), Unknown)

    def test_whatever_comes_of_it_the_slot_list_is_forgotten(self, api, client):
        api.get(SLOTS, json=LISTED)
        list_slots(client)
        api.post(BOOKINGS, body=requests.ReadTimeout())
        create(client)
        assert not remembers(client)


def remembers(client) -> bool:
    """Whether the client answers from memory."""
    unknown = CheckFailed("asked Cal.com")
    return client.cache.find_or_ask(1, QUERY, lambda _: unknown, timeout=1) != unknown


NO_REPLY = [
    requests.ReadTimeout("read timed out"),
    requests.ConnectionError("reset by peer"),
    requests.exceptions.ChunkedEncodingError("half a body"),
    requests.exceptions.ContentDecodingError("no gzip"),
    requests.exceptions.InvalidHeader("bad header"),
]
ODD_REPLIES = [
    pytest.param({"body": "<html>Bad Gateway</html>", "status": 502}, id="html 502"),
    pytest.param({"body": "<html>Welcome</html>", "status": 200}, id="html 200"),
    pytest.param({"body": "", "status": 201}, id="empty"),
    pytest.param({"body": "{", "status": 201}, id="cut json"),
    pytest.param({"json": [], "status": 201}, id="a list"),
    pytest.param({"json": {"status": "success"}, "status": 201}, id="no data"),
    pytest.param({"json": {"status": "success", "data": {"id": 7}}, "status": 201}, id="no uid"),
    pytest.param(
        {"json": {"data": {"uid": "u", "createdAt": "gestern"}}, "status": 201}, id="an unreadable instant"
    ),
    pytest.param({"body": b"\xff\xfe{\x00", "status": 201}, id="wrong encoding"),
    pytest.param({"status": 302, "headers": {"Location": f"{BASE}/elsewhere"}}, id="redirect"),
]


class TestRepliesNoApplicationGives:
    @pytest.mark.parametrize("exception", NO_REPLY, ids=lambda error: type(error).__name__)
    def test_without_a_whole_reply_a_create_is_unknown_and_not_sent_again(self, api, client, exception):
        api.post(BOOKINGS, body=exception)
        assert isinstance(create(client), Unknown)
        assert len(api.calls) == 1

    @pytest.mark.parametrize("reply", ODD_REPLIES)
    def test_an_odd_reply_to_a_create_is_unknown_and_not_sent_again(self, api, client, reply):
        api.post(BOOKINGS, **reply)
        assert isinstance(create(client), Unknown)
        assert len(api.calls) == 1

    @pytest.mark.parametrize("exception", NO_REPLY, ids=lambda error: type(error).__name__)
    def test_reads_say_that_they_failed(self, api, client, exception):
        for url in (SLOTS, f"{BOOKINGS}/uid-1", BOOKINGS):
            api.get(url, body=exception)
        assert isinstance(list_slots(client), CheckFailed)
        assert isinstance(client.find_booking(ACCOUNT, "uid-1", timeout=1), CheckFailed)
        assert isinstance(client.list_bookings(ACCOUNT, WINDOW, timeout=1), CheckFailed)

    @pytest.mark.parametrize("reply", ODD_REPLIES)
    def test_an_odd_reply_to_a_read_is_no_empty_answer(self, api, client, reply):
        for url in (SLOTS, f"{BOOKINGS}/uid-1", BOOKINGS):
            api.get(url, **reply)
        assert isinstance(list_slots(client), CheckFailed)
        assert isinstance(client.find_booking(ACCOUNT, "uid-1", timeout=1), CheckFailed)
        assert isinstance(client.list_bookings(ACCOUNT, WINDOW, timeout=1), CheckFailed)

    @pytest.mark.parametrize("exception", NO_REPLY, ids=lambda error: type(error).__name__)
    def test_a_cancel_without_reply_is_unknown(self, api, client, exception):
        api.post(f"{BOOKINGS}/uid-1/cancel", body=exception)
        assert isinstance(client.cancel_booking(ACCOUNT, "uid-1", "why", timeout=3), Unknown)
        assert len(api.calls) == 1


def http(body: bytes, *headers: str, status: str = "201 Created") -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", "Content-Type: application/json", *headers])
    return head.encode() + b"\r\n\r\n" + body


WHOLE = json.dumps(booking_reply()).encode()


class TestOverASocket:
    """The same troubles as the network makes them."""

    def test_a_refused_connection_sent_nothing(self, raw_server, client):
        server = raw_server(b"")
        server.close()
        client._base_url = server.url
        reply = create(client)
        assert isinstance(reply, Refused)
        assert reply.kind is RefusalKind.UNREACHABLE

    @pytest.mark.parametrize(
        ("answer", "reset"),
        [
            pytest.param(b"", False, id="hung up"),
            pytest.param(b"", True, id="reset"),
            pytest.param(b"HTTP/1.1 201", False, id="half a status line"),
            pytest.param(http(WHOLE[:40], f"Content-Length: {len(WHOLE)}"), False, id="half a body"),
            pytest.param(
                http(WHOLE[:40], f"Content-Length: {len(WHOLE)}"), True, id="half a body, then reset"
            ),
            pytest.param(http(b'5\r\n{"dat\r\n', "Transfer-Encoding: chunked"), False, id="half the chunks"),
            pytest.param(
                http(b"zz\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked"), False, id="broken chunks"
            ),
            pytest.param(
                http(b"no gzip", "Content-Encoding: gzip", "Content-Length: 7"), False, id="no gzip"
            ),
            pytest.param(http(b'{"\xff"}', "Content-Length: 5"), False, id="no utf-8"),
            pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", False, id="another protocol"),
        ],
    )
    def test_a_broken_reply_is_unknown_and_asked_for_once(self, raw_server, client, answer, reset):
        server = raw_server(answer, reset=reset)
        client._base_url = server.url
        assert isinstance(create(client), Unknown)
        assert server.requests == ["POST /v2/bookings HTTP/1.1"]

    def test_a_whole_reply_is_read(self, raw_server, client):
        server = raw_server(http(WHOLE, f"Content-Length: {len(WHOLE)}"))
        client._base_url = server.url
        assert isinstance(create(client), Replied)

    def test_without_any_time_left_it_still_answers(self, raw_server, client):
        server = raw_server(http(WHOLE, f"Content-Length: {len(WHOLE)}"))
        client._base_url = server.url
        assert isinstance(client.list_slots(ACCOUNT, QUERY, uncached=True, timeout=0), CheckFailed | SlotList)


class TestListSlots:
    def test_the_starts_of_the_window_come_back(self, api, client):
        api.get(SLOTS, json=LISTED)
        assert list_slots(client) == SlotList((WISHED,))
        sent = api.calls[0].request
        assert parse_qs(urlsplit(sent.url).query) == {
            "eventTypeId": ["2563193"],
            "start": ["2025-10-19T22:00:00.000Z"],
            "end": ["2025-10-20T22:00:00.000Z"],
        }
        assert sent.headers["cal-api-version"] == "2024-09-04"

    def test_a_remembered_list_costs_no_request(self, api, client):
        api.get(SLOTS, json=LISTED)
        assert list_slots(client, uncached=False) == list_slots(client, uncached=False)
        assert len(api.calls) == 1

    def test_an_uncached_look_asks_and_its_answer_is_remembered(self, api, client):
        api.get(SLOTS, json=LISTED)
        list_slots(client, uncached=False)
        list_slots(client, uncached=True)
        list_slots(client, uncached=False)
        assert len(api.calls) == 2

    def test_a_failure_is_not_remembered(self, api, client):
        api.get(SLOTS, status=500)
        assert list_slots(client, uncached=False) == CheckFailed("status 500")
        api.replace("GET", SLOTS, json=LISTED)
        assert list_slots(client, uncached=False) == SlotList((WISHED,))

    def test_an_answer_that_a_write_overtook_is_not_remembered(self, api, client):
        def overtaken(_request):
            client.forget_slots(1, 2563193)
            return 200, {}, json.dumps(LISTED)

        api.add_callback("GET", SLOTS, callback=overtaken)
        list_slots(client)
        assert not remembers(client)

    def test_a_missing_event_type_is_not_an_empty_calendar(self, api, client):
        api.get(SLOTS, json=error("The requested resource was not found"), status=404)
        assert list_slots(client) == CheckFailed("status 404", is_misconfigured=True)

    @pytest.mark.parametrize(
        ("status", "is_ours"), [(401, True), (403, True), (404, True), (429, False), (500, False)]
    )
    def test_what_cal_com_refuses_with_words_is_our_own_fault(self, api, client, status, is_ours):
        api.get(SLOTS, json=error("no"), status=status)
        assert list_slots(client) == CheckFailed(f"status {status}", is_misconfigured=is_ours)

    def test_a_404_without_words_is_some_proxys(self, api, client):
        api.get(SLOTS, body="<html>", status=404)
        assert list_slots(client) == CheckFailed("status 404")


class TestFindEventType:
    def find(self, api, client, body, status=200):
        api.get(f"{BASE}/v2/event-types/7", json=body, status=status)
        return client.find_event_type(ACCOUNT, 7, timeout=1)

    def test_its_length_and_hosts_are_read(self, api, client):
        body = {"data": {"id": 7, "lengthInMinutes": 135, "users": [{"id": 11}], "recurrence": None}}
        assert self.find(api, client, body) == EventTypeSeen(7, 135, host_ids=(11,))
        assert api.calls[0].request.headers["cal-api-version"] == "2024-06-14"

    @pytest.mark.parametrize(
        ("fields", "seen"),
        [
            ({"seatsPerTimeSlot": 4}, {"is_seated": True}),
            ({"seats": {"seatsPerTimeSlot": 4}}, {"is_seated": True}),
            ({"seats": {"disabled": True}}, {}),
            (
                {"recurrence": {"interval": 1, "occurrences": 4, "frequency": "weekly"}},
                {"is_recurring": True},
            ),
            ({"recurrence": {"disabled": True}}, {}),
            ({"schedulingType": "MANAGED"}, {"is_managed": True}),
            ({"hosts": [{"userId": 12}, {"userId": None}]}, {"host_ids": (12,)}),
        ],
    )
    def test_what_we_can_not_book_is_told_apart(self, api, client, fields, seen):
        found = self.find(api, client, {"data": {"id": 7, "lengthInMinutes": 30, **fields}})
        assert found == EventTypeSeen(7, 30, **seen)

    def test_one_of_another_account_is_absent(self, api, client):
        assert self.find(api, client, error("Event type with id 7 not found"), 404) is None

    @pytest.mark.parametrize(
        ("body", "status"), [({}, 200), ({"data": []}, 200), (error("x"), 500), ("", 502)]
    )
    def test_what_can_not_be_read_is_no_answer(self, api, client, body, status):
        assert isinstance(self.find(api, client, body, status), CheckFailed)

    def test_silence_is_no_answer(self, api, client):
        api.get(f"{BASE}/v2/event-types/7", body=requests.ReadTimeout())
        assert client.find_event_type(ACCOUNT, 7, timeout=1) == CheckFailed("timeout")


class TestFindBooking:
    def test_it_comes_back(self, api, client):
        api.get(f"{BOOKINGS}/uid-1", json=booking_reply(uid="uid-1"))
        assert client.find_booking(ACCOUNT, "uid-1", timeout=1).uid == "uid-1"

    def test_one_that_is_not_there_is_none(self, api, client):
        api.get(
            f"{BOOKINGS}/uid-1",
            json=error("Booking with uid=uid-1 was not found in the database"),
            status=404,
        )
        assert client.find_booking(ACCOUNT, "uid-1", timeout=1) is None

    @pytest.mark.parametrize(
        ("status", "message"), [(404, "Cannot GET /v2/bookings/uid-1"), (401, "no"), (500, "")]
    )
    def test_another_error_says_nothing_about_it(self, api, client, status, message):
        api.get(f"{BOOKINGS}/uid-1", json=error(message), status=status)
        assert client.find_booking(ACCOUNT, "uid-1", timeout=1) == CheckFailed(f"status {status}")


def page(*uids: str, more: bool) -> dict:
    data = [booking_reply(uid=uid)["data"] for uid in uids]
    return {"status": "success", "data": data, "pagination": {"hasNextPage": more}}


class TestListBookings:
    def test_every_page_is_read(self, api, client):
        for skip, answer in ((0, page("a", "b", more=True)), (PAGE_SIZE, page("c", more=False))):
            api.get(
                BOOKINGS,
                json=answer,
                match=[matchers.query_param_matcher({"skip": skip}, strict_match=False)],
            )
        found = client.list_bookings(ACCOUNT, WINDOW, timeout=1)
        assert isinstance(found, BookingList)
        assert [seen.uid for seen in found.bookings] == ["a", "b", "c"]

    def test_one_page_that_fails_fails_the_list(self, api, client):
        api.get(BOOKINGS, json=page("a", more=True))
        api.get(BOOKINGS, status=500)
        assert client.list_bookings(ACCOUNT, WINDOW, timeout=1) == CheckFailed("status 500")

    def test_one_unreadable_booking_fails_the_list(self, api, client):
        api.get(BOOKINGS, json={"data": [{"id": 7}]})
        assert isinstance(client.list_bookings(ACCOUNT, WINDOW, timeout=1), CheckFailed)

    def test_without_pagination_there_is_one_page(self, api, client):
        api.get(BOOKINGS, json={"data": []})
        assert client.list_bookings(ACCOUNT, WINDOW, timeout=1) == BookingList(())

    def test_a_list_that_never_ends_is_given_up(self, api, client, monkeypatch):
        monkeypatch.setattr("app.calcom.client.MOST_PAGES", 3)
        api.get(BOOKINGS, json=page("a", more=True))
        assert isinstance(client.list_bookings(ACCOUNT, WINDOW, timeout=1), CheckFailed)
        assert len(api.calls) == 3 < MOST_PAGES

    def test_all_pages_share_one_time(self, api, client):
        timeouts: list[float] = []

        def slow(request):
            timeouts.append(request.req_kwargs["timeout"][1])
            client.clock.advance(seconds=0.7)
            return 200, {}, json.dumps(page("a", more=len(timeouts) < 3))

        api.add_callback("GET", BOOKINGS, callback=slow)
        client.list_bookings(ACCOUNT, WINDOW, timeout=1.5)
        assert timeouts == pytest.approx([1.5, 0.8, 0.1])


class TestCancelBooking:
    @pytest.mark.parametrize(
        ("status", "body", "outcome"),
        [
            (200, booking_reply(uid="uid-1", status="cancelled"), Done()),
            (400, error("Can't cancel booking with uid=u because it has been cancelled already."), Done()),
            (404, error("Booking with uid=uid-1 was not found"), Absent()),
            (404, error("Cannot POST /v2/bookings/uid-1/cancel"), None),
            (403, error("not yours"), None),
        ],
    )
    def test_each_reply_has_its_outcome(self, api, client, status, body, outcome):
        api.post(f"{BOOKINGS}/uid-1/cancel", json=body, status=status)
        found = client.cancel_booking(ACCOUNT, "uid-1", "why", timeout=3)
        assert found == (outcome or Refused(RefusalKind.REJECTED, body["error"]["message"]))
        assert json.loads(api.calls[0].request.body) == {"cancellationReason": "why"}

    @pytest.mark.parametrize(
        "reply",
        [
            {"status": 500, "json": error("oops")},
            {"status": 400, "body": "<html>"},
            {"status": 200, "json": {"status": "success", "data": {}}},
            {"status": 200, "json": booking_reply(uid="uid-1", status="accepted")},
            {"status": 200, "json": booking_reply(uid="another", status="cancelled")},
            {"status": 200, "json": {"status": "success", "data": {"uid": "uid-1", "status": "cancelled"}}},
            {"status": 200, "body": "<html>"},
        ],
    )
    def test_an_odd_one_is_unknown(self, api, client, reply):
        api.post(f"{BOOKINGS}/uid-1/cancel", **reply)
        assert isinstance(client.cancel_booking(ACCOUNT, "uid-1", "why", timeout=3), Unknown)


class TestEveryCall:
    def test_none_begins_inside_a_transaction(self, api, client):
        class TransactionOpen(Exception):
            pass

        def refuse():
            raise TransactionOpen

        client._before_call = refuse
        for call in (
            lambda: create(client),
            lambda: list_slots(client),
            lambda: client.find_booking(ACCOUNT, "u", timeout=1),
            lambda: client.list_bookings(ACCOUNT, WINDOW, timeout=1),
            lambda: client.cancel_booking(ACCOUNT, "u", "why", timeout=1),
        ):
            with pytest.raises(TransactionOpen):
                call()

    def test_each_is_logged_with_its_outcome_and_duration(self, api, client):
        def slow(_request):
            client.clock.advance(seconds=0.25)
            return 200, {}, json.dumps(LISTED)

        api.add_callback("GET", SLOTS, callback=slow)
        list_slots(client)
        event, fields = client.log.events[0]
        assert event == "calcom.called"
        assert fields == {"operation": "list_slots", "outcome": "200", "duration_ms": 250, "company_id": 1}

    @pytest.mark.parametrize(
        ("exception", "outcome"),
        [
            (requests.ReadTimeout(), "timeout"),
            (requests.ConnectionError("api.cal.com key=cal_live_1"), "connection lost"),
            (requests.exceptions.ContentDecodingError(), "unreadable: ContentDecodingError"),
        ],
    )
    def test_a_failed_one_says_why_in_our_words_only(self, api, client, exception, outcome):
        api.get(SLOTS, body=exception)
        list_slots(client)
        assert client.log.events[0][1]["outcome"] == outcome

    def test_the_connection_gets_a_second_at_most(self, api, client):
        seen = []
        api.add_callback(
            "GET",
            SLOTS,
            callback=lambda request: (seen.append(request.req_kwargs["timeout"]), (200, {}, "{}"))[1],
        )
        list_slots(client)
        client.list_slots(ACCOUNT, QUERY, uncached=True, timeout=0.4)
        assert seen == [(1.0, 1.5), (0.4, 0.4)]
