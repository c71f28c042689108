"""Cal.com's refusals in the shapes its clients see; there is no single error body."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from simulator.calcom.times import milliseconds

_CLASS_NAMES = {
    400: "BadRequestException",
    401: "UnauthorizedException",
    403: "ForbiddenException",
    404: "NotFoundException",
    409: "ConflictException",
    422: "UnprocessableEntityException",
    429: "ThrottlerException",
}
_TRPC_TEXTS = {
    400: "Bad request: Please check your request data and try again",
    401: "You are not authorized to access this resource",
    404: "The requested resource was not found",
}


class CalcomError(Exception):
    """A refusal with an HTTP status; subclasses know the shape of its body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def body(self, path: str, now: datetime) -> dict[str, Any]:
        """The answer's JSON, for the request ``path`` (with query) at ``now``."""
        raise NotImplementedError


class HttpException(CalcomError):
    """Envelope A, most refusals: the exception class as code, details with message and status."""

    def body(self, path: str, now: datetime) -> dict[str, Any]:
        """The full envelope with time and path."""
        return {
            "status": "error",
            "timestamp": milliseconds(now),
            "path": path,
            "error": {"code": _CLASS_NAMES[self.status], "message": self.message, "details": self.details()},
        }

    def details(self) -> Any:
        """The framework's own account of the exception."""
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return self.message
        return {"message": self.message, "error": HTTPStatus(self.status).phrase, "statusCode": self.status}


class ClassValidation(HttpException):
    """Envelope B: the global validation pipe, which lists each property with its broken rules."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(400, "Bad Request Exception")
        self.errors = errors

    def details(self) -> Any:
        """The list of broken properties."""
        return {"errors": self.errors}


class ZodError(CalcomError):
    """Envelope D: a schema that runs after the pipes."""

    def __init__(self, message: str) -> None:
        super().__init__(400, message)

    def body(self, path: str, now: datetime) -> dict[str, Any]:
        """The envelope with the fixed code BAD_REQUEST."""
        return {
            "status": "error",
            "timestamp": milliseconds(now),
            "path": path,
            "error": {"code": "BAD_REQUEST", "message": self.message},
        }


class TrpcError(CalcomError):
    """Envelope E: an error of the inner procedures, whose own text is replaced by one for all of its status."""

    def __init__(self, status: int) -> None:
        super().__init__(status, _TRPC_TEXTS[status])

    def body(self, path: str, now: datetime) -> dict[str, Any]:
        """The envelope with the code TRPCError."""
        return {
            "status": "error",
            "timestamp": milliseconds(now),
            "path": path,
            "error": {"code": "TRPCError", "message": self.message},
        }


class BareHttpError(CalcomError):
    """Envelope F: an error that no filter catches; status and message without any envelope."""

    def body(self, path: str, now: datetime) -> dict[str, Any]:  # noqa: ARG002 (same call for all shapes)
        """The naked body."""
        return {"statusCode": self.status, "message": self.message}
