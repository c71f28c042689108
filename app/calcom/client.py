"""Cal.com's API v2: one method for each call we make. Outcomes are values; trouble upstream never raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import requests

from app.calcom.changes import cancel_outcome, move_outcome
from app.calcom.event_types import EVENT_TYPES_VERSION, event_type_of, failed_read
from app.calcom.line import LEAST_SECONDS, Line, Order
from app.calcom.refusals import known_refusal, message_of
from app.calcom.replies import (
    NOT_FOUND,
    OK_STATUSES,
    NoReply,
    Reply,
    json_of,
    never_connected,
    reason_of,
    unanswered,
    unread,
)
from app.calcom.reservations import release_outcome, reservation_outcome, reservation_to_wire
from app.calcom.slot_cache import SlotCache
from app.calcom.wire import (
    BOOKINGS_VERSION,
    SLOTS_VERSION,
    VERSION_HEADER,
    UnreadableReply,
    booking_from_wire,
    booking_to_wire,
    data_from_wire,
    instant_to_wire,
    server_time,
    slots_from_wire,
)
from app.domain.booking_check import SeenBooking
from app.domain.event_types import EventTypeSeen
from app.domain.identifiers import BookingUid, CompanyId, EventTypeId
from app.domain.outcomes import (
    BookingList,
    CancelOutcome,
    CheckFailed,
    CreateReply,
    MoveOutcome,
    ReleaseOutcome,
    Replied,
    ReservationOutcome,
    SlotList,
    Unknown,
)
from app.domain.timespan import Span
from app.usecases.ports import BookingRequest, CalendarAccount, Clock, Log, SlotQuery, Urgency

CONNECT_SECONDS = 1.0
"""A connection that takes longer would eat the caller's patience (incidents, section 7)."""
PAGE_SIZE = 250
"""The most Cal.com lists at once."""
MOST_PAGES = 400

ATTEMPT_HEADER = "X-Askpro-Attempt-Id"
"""Lets the two journals be read side by side; Cal.com ignores it."""


class CalcomClient:
    """Speaks to Cal.com for any company; `before_call` refuses to be called inside a transaction."""

    def __init__(
        self,
        base_url: str,
        *,
        http: Callable[[], requests.Session],
        clock: Clock,
        log: Log,
        trace: Callable[[], Mapping[str, str]],
        before_call: Callable[[], None],
        cache: SlotCache,
        line: Line,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._http = http
        self._clock = clock
        self._log = log
        self._trace = trace
        self._before_call = before_call
        self._cache = cache
        self._line = line

    def list_slots(
        self, account: CalendarAccount, query: SlotQuery, *, uncached: bool, timeout: float
    ) -> SlotList | CheckFailed:
        """Return the free starts in the query's window, remembered ones unless `uncached`."""
        look = self._cache.ask_anew if uncached else self._cache.find_or_ask
        return look(
            account.company_id,
            query,
            lambda seconds: self._fetch_slots(account, query, seconds),
            timeout=timeout,
        )

    def reserve_slot(
        self, account: CalendarAccount, event_type_id: EventTypeId, start: datetime, *, timeout: float
    ) -> ReservationOutcome:
        """Hide a slot from others' lists for some minutes."""
        reply = self._send(
            "reserve_slot",
            account,
            "POST",
            "/v2/slots/reservations",
            version=SLOTS_VERSION,
            timeout=timeout,
            json=reservation_to_wire(event_type_id, start),
        )
        self._cache.forget(account.company_id, event_type_id)
        return reservation_outcome(reply, self._clock.now())

    def release_slot(self, account: CalendarAccount, uid: str, *, timeout: float) -> ReleaseOutcome:
        """Give a reservation up."""
        path = f"/v2/slots/reservations/{quote(uid, safe='')}"
        return release_outcome(
            self._send("delete_reservation", account, "DELETE", path, version=SLOTS_VERSION, timeout=timeout)
        )

    def forget_slots(self, company_id: CompanyId, event_type_id: EventTypeId) -> None:
        """Drop what is remembered of an event type's slots, because it changed."""
        self._cache.forget(company_id, event_type_id)

    def create_booking(
        self, account: CalendarAccount, request: BookingRequest, *, timeout: float
    ) -> CreateReply:
        """Send one POST, never a second one; the reply is not judged here."""
        reply = self._send(
            "create_booking",
            account,
            "POST",
            "/v2/bookings",
            version=BOOKINGS_VERSION,
            timeout=timeout,
            json=booking_to_wire(request),
            extra_headers={ATTEMPT_HEADER: request.attempt_id},
        )
        self._cache.forget(account.company_id, request.event_type_id)
        if isinstance(reply, NoReply):
            return unanswered(reply)
        if reply.status in OK_STATUSES:
            try:
                return Replied(booking_from_wire(data_from_wire(reply.body)), server_time(reply.headers))
            except UnreadableReply as error:
                return Unknown(f"status {reply.status}, {error}")
        return known_refusal(reply.status, reply.body) or Unknown(f"status {reply.status} of unknown shape")

    def find_booking(
        self, account: CalendarAccount, uid: BookingUid, *, timeout: float
    ) -> SeenBooking | CheckFailed | None:
        """Return the booking of a uid, None when there is none, or that it could not be read."""
        reply = self._send(
            "get_booking", account, "GET", f"/v2/bookings/{uid}", version=BOOKINGS_VERSION, timeout=timeout
        )
        if isinstance(reply, NoReply):
            return unread(reply)
        if reply.status == NOT_FOUND and "not found" in (message_of(reply.body) or ""):
            return None
        try:
            return (
                booking_from_wire(data_from_wire(reply.body))
                if reply.status in OK_STATUSES
                else _failed(reply)
            )
        except UnreadableReply as error:
            return CheckFailed(str(error))

    def list_bookings(
        self, account: CalendarAccount, window: Span, *, timeout: float
    ) -> BookingList | CheckFailed:
        """Return every booking inside a window, all pages or none; in the background each page has its own time."""
        deadline = self._clock.now() + timedelta(seconds=timeout)
        found: list[SeenBooking] = []
        for page in range(MOST_PAGES):
            left = timeout
            if account.urgency is Urgency.CALLER:
                left = max(LEAST_SECONDS, (deadline - self._clock.now()).total_seconds())
            answer = self._list_page(account, window, page * PAGE_SIZE, left)
            if isinstance(answer, CheckFailed):
                return answer
            bookings, has_next = answer
            found += bookings
            if not has_next:
                return BookingList(tuple(found))
        return CheckFailed(f"more than {MOST_PAGES * PAGE_SIZE} bookings in one window")

    def cancel_booking(
        self, account: CalendarAccount, uid: BookingUid, reason: str, *, timeout: float
    ) -> CancelOutcome:
        """Cancel one booking once; one that is cancelled already counts as done."""
        reply = self._send(
            "cancel_booking",
            account,
            "POST",
            f"/v2/bookings/{uid}/cancel",
            version=BOOKINGS_VERSION,
            timeout=timeout,
            json={"cancellationReason": reason},
        )
        return cancel_outcome(reply, uid)

    def reschedule_booking(
        self, account: CalendarAccount, uid: BookingUid, new_start: datetime, reason: str, *, timeout: float
    ) -> MoveOutcome:
        """Move one booking, asking once; whether the reply is believed is not judged here (incident 1.22)."""
        reply = self._send(
            "reschedule_booking",
            account,
            "POST",
            f"/v2/bookings/{uid}/reschedule",
            version=BOOKINGS_VERSION,
            timeout=timeout,
            json={"start": instant_to_wire(new_start), "reschedulingReason": reason},
        )
        return move_outcome(reply)

    def find_event_type(
        self, account: CalendarAccount, event_type_id: EventTypeId, *, timeout: float
    ) -> EventTypeSeen | CheckFailed | None:
        """Return an event type of the account, None when it has none of this id, or that it was not read."""
        reply = self._send(
            "get_event_type",
            account,
            "GET",
            f"/v2/event-types/{event_type_id}",
            version=EVENT_TYPES_VERSION,
            timeout=timeout,
        )
        return event_type_of(reply)

    def _fetch_slots(
        self, account: CalendarAccount, query: SlotQuery, timeout: float
    ) -> SlotList | CheckFailed:
        params: dict[str, Any] = {
            "eventTypeId": query.event_type_id,
            "start": instant_to_wire(query.window.start),
            "end": instant_to_wire(query.window.end),
        }
        if query.moving is not None:
            params["bookingUidToReschedule"] = query.moving
        reply = self._send(
            "list_slots",
            account,
            "GET",
            "/v2/slots",
            version=SLOTS_VERSION,
            timeout=timeout,
            params=params,
        )
        if isinstance(reply, NoReply):
            return unread(reply)
        if reply.status not in OK_STATUSES:
            return failed_read(reply)
        try:
            return SlotList(slots_from_wire(reply.body, query.window))
        except UnreadableReply as error:
            return CheckFailed(str(error))

    def _list_page(
        self, account: CalendarAccount, window: Span, skip: int, timeout: float
    ) -> tuple[list[SeenBooking], bool] | CheckFailed:
        reply = self._send(
            "list_bookings",
            account,
            "GET",
            "/v2/bookings",
            version=BOOKINGS_VERSION,
            timeout=timeout,
            params={
                "afterStart": instant_to_wire(window.start),
                "beforeEnd": instant_to_wire(window.end),
                "sortStart": "asc",
                "take": PAGE_SIZE,
                "skip": skip,
            },
        )
        if isinstance(reply, NoReply):
            return unread(reply)
        try:
            return _page_from(reply) if reply.status in OK_STATUSES else _failed(reply)
        except UnreadableReply as error:
            return CheckFailed(str(error))

    def _send(
        self,
        operation: str,
        account: CalendarAccount,
        method: str,
        path: str,
        *,
        version: str,
        timeout: float,
        params: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        extra_headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Reply | NoReply:
        self._before_call()
        headers = {
            "Authorization": f"Bearer {account.api_key}",
            VERSION_HEADER: version,
            **self._trace(),
            **extra_headers,
        }

        def send_once(seconds: float) -> Reply | NoReply:
            parts = {"params": params, "json": json, "headers": headers}
            return self._send_once(operation, account, (method, path), parts, seconds)

        order = Order(operation, account.company_id, account.urgency, timeout)
        return self._line.call(order, send_once)

    def _send_once(
        self,
        operation: str,
        account: CalendarAccount,
        target: tuple[str, str],
        parts: Mapping[str, Any],
        timeout: float,
    ) -> Reply | NoReply:
        method, path = target
        began = self._clock.now()
        seconds = max(timeout, LEAST_SECONDS)
        try:
            response = self._http().request(
                method,
                self._base_url + path,
                **parts,
                timeout=(min(CONNECT_SECONDS, seconds), seconds),
                allow_redirects=False,
            )
            reply: Reply | NoReply = Reply(response.status_code, json_of(response), response.headers)
            outcome = str(response.status_code)
        except requests.RequestException as error:
            reply = NoReply(reason_of(error), was_sent=not never_connected(error))
            outcome = reply.reason
        duration_ms = round((self._clock.now() - began).total_seconds() * 1000)
        self._log.info(
            "calcom.called",
            operation=operation,
            outcome=outcome,
            duration_ms=duration_ms,
            company_id=account.company_id,
        )
        return reply


def _failed(reply: Reply) -> CheckFailed:
    return CheckFailed(f"status {reply.status}")


def _page_from(reply: Reply) -> tuple[list[SeenBooking], bool]:
    data = data_from_wire(reply.body)
    if not isinstance(data, list):
        raise UnreadableReply("the bookings are not a list")
    pagination = reply.body.get("pagination") if isinstance(reply.body, dict) else None
    has_next = bool(pagination.get("hasNextPage")) if isinstance(pagination, dict) else False
    return [booking_from_wire(entry) for entry in data], has_next
