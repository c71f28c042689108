"""What a live world can know of exchanges: its own requests as measured, others as their owners tell them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from harness.events import Exchange, Lane
from harness.exchanges import result_of, shown_headers
from harness.wsgi import Recorded

_ERRORS = {
    requests.ReadTimeout: "ReadTimeout",
    requests.ConnectTimeout: "ConnectTimeout",
    requests.ConnectionError: "connection reset",
}


class RecordingAdapter(HTTPAdapter):
    """Sends as requests does, and tells ``record`` of each exchange in the world's time."""

    def __init__(
        self,
        now: Callable[[], datetime],
        stopwatch: Callable[[], float],
        start: datetime,
        number: Callable[[], int],
        record: Callable[[Recorded], None],
    ) -> None:
        super().__init__()
        self._now = now
        self._stopwatch = stopwatch
        self._start = start
        self._number = number
        self._record = record

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """The answer; raises what requests raises."""
        number, sent_at, began = self._number(), self._now(), self._stopwatch()
        try:
            response = super().send(request, *args, **kwargs)
            body = response.content
        except requests.RequestException as error:
            self._keep(number, sent_at, began, request, None, b"", _words(error))
            raise
        self._keep(number, sent_at, began, request, response, body, None)
        return response

    def _keep(  # noqa: PLR0917 - all that is known of one exchange
        self,
        number: int,
        sent_at: datetime,
        began: float,
        request: requests.PreparedRequest,
        response: requests.Response | None,
        body: bytes,
        error: str | None,
    ) -> None:
        sent = request.body or b""
        self._record(
            Recorded(
                number=number,
                sent_at=sent_at,
                seconds=round((sent_at - self._start).total_seconds(), 6),
                duration_ms=round((self._stopwatch() - began) * 1000, 3),
                waiting_ms=0.0,
                method=request.method or "",
                url=request.url or "",
                request_headers=tuple((name, str(value)) for name, value in request.headers.items()),
                request_body=sent if isinstance(sent, bytes) else str(sent).encode(),
                status=response.status_code if response is not None else None,
                response_headers=tuple(response.headers.items()) if response is not None else (),
                response_body=body,
                error=error,
                actor="",
                served_by="",
            )
        )


def agent_exchanges(exchange: Exchange, start: datetime) -> list[Exchange]:
    """The function calls that the scripted agent made for one utterance, as its answer tells them."""
    if exchange.target is not Lane.AGENT or not exchange.path.endswith("/say"):
        return []
    try:
        answer = json.loads(exchange.response)
    except ValueError:
        return []
    return [
        _from_tool_call(each, start, str(answer.get("call_id"))) for each in answer.get("tool_calls") or []
    ]


def _from_tool_call(call: Mapping[str, Any], start: datetime, call_id: str) -> Exchange:
    sent_at = datetime.fromisoformat(str(call["sent_at"]))
    response = json.dumps(call.get("answer"), ensure_ascii=False)
    status = call.get("status_code")
    return Exchange(
        seconds=round((sent_at - start).total_seconds(), 6),
        source=Lane.AGENT,
        target=Lane.GATEWAY,
        title=str(call["name"]),
        result=result_of(status, response, str(call.get("error") or "no answer")),
        status=status,
        duration_ms=call.get("duration_ms"),
        waiting_ms=0.0,
        fault=None,
        request=str(call.get("request") or ""),
        response=response,
        method="POST",
        path=f"/api/retell/{call['name']}",
        call_id=call_id,
        request_headers=shown_headers((call.get("request_headers") or {}).items()),
        response_headers=shown_headers((call.get("response_headers") or {}).items()),
    )


def with_waiting(ours: Iterable[Exchange], upstream: Iterable[Exchange]) -> list[Exchange]:
    """Our exchanges with the gateway, each with the time it spent at Cal.com for the same call."""
    calls = list(upstream)
    return [replace(each, waiting_ms=_waited(each, calls)) for each in ours]


def _waited(exchange: Exchange, calls: Iterable[Exchange]) -> float:
    if exchange.target is not Lane.GATEWAY or exchange.call_id is None or exchange.duration_ms is None:
        return 0.0
    until = exchange.seconds + exchange.duration_ms / 1000
    spent = sum(
        each.duration_ms or 0.0
        for each in calls
        if each.call_id == exchange.call_id and exchange.seconds <= each.seconds <= until
    )
    return min(round(spent, 3), exchange.duration_ms)


def _words(error: requests.RequestException) -> str:
    return next((words for kind, words in _ERRORS.items() if isinstance(error, kind)), type(error).__name__)
