"""The one map from errors to bodies: a JSON error for programs, a speakable answer for the voice agent."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from app.domain.errors import GatewayError, InvalidRequest
from app.domain.speech import Answer, Trouble, VoiceStatus
from app.retell.wire import answer_to_wire
from app.usecases.ports import Log

_ANY_ZONE = ZoneInfo("Europe/Berlin")
"""These answers say no time."""

WISHED_FIELDS: tuple[str, ...] = ("datum", "uhrzeit")
"""What to ask for when a request came without any arguments."""


def problem(code: str, message: str, status: int, details: object = None) -> tuple[Response, int]:
    """Return the one JSON error body of all endpoints, with its status."""
    return jsonify({"error": {"code": code, "message": message, "details": details}}), status


def answer_of_error(error: Exception | None, zone: ZoneInfo = _ANY_ZONE) -> Answer:
    """Return what the voice agent is told of an error; None is a function that does not exist."""
    if error is None:
        return Answer(VoiceStatus.UNKNOWN_FUNCTION, zone, reason="unknown_function")
    if isinstance(error, InvalidRequest):
        return _answer_of_invalid(error, zone)
    reason = error.code if isinstance(error, GatewayError) else "internal_error"
    return Answer(VoiceStatus.ERROR, zone, reason=reason, trouble=Trouble.OUTAGE)


def _answer_of_invalid(error: InvalidRequest, zone: ZoneInfo) -> Answer:
    details = {"errors": {error.field: str(error)}}
    if error.field in {"args", "body"}:
        status, missing = VoiceStatus.MISSING_REQUIRED_FIELD, WISHED_FIELDS
    elif error.field in WISHED_FIELDS:
        status, missing = VoiceStatus.INVALID_DATE, (error.field,)
    else:
        status, missing = VoiceStatus.ERROR, (error.field,)
    trouble = Trouble.OUTAGE if error.field.startswith("call") else Trouble.INPUT
    return Answer(status, zone, reason=error.code, trouble=trouble, missing=missing, details=details)


def answer_to_error(error: Exception | None) -> Mapping[str, object]:
    """Return an error as the voice agent gets it."""
    return answer_to_wire(answer_of_error(error))


def origin(error: BaseException) -> str:
    """Return the innermost place of ours or of a library that an error came from."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "nowhere"


def install(web: Flask, log: Log) -> None:
    """Give every error of an application the one JSON body; no exception's text leaves the process."""

    @web.errorhandler(HTTPException)
    def http_problem(error: HTTPException) -> tuple[Response, int]:
        status = error.code or 500
        return problem(error.name.casefold().replace(" ", "_"), error.description or error.name, status)

    @web.errorhandler(Exception)
    def unexpected(error: Exception) -> tuple[Response, int]:
        # where, not what: the text of an error may hold a name
        log.error("web.failed", error=type(error).__name__, where=origin(error))
        return problem("internal_error", "an unexpected error was logged", 500)
