"""What can go wrong, as the core sees it.

GatewayError
├── InvalidRequest        a field of a request is missing or can't be read
├── UnknownNumber         the dialled number belongs to no company
├── UnknownService        the service asked for does not exist here
├── SlotClaimed           a rival holds cells of the wished time
├── NotFound              no such row in this company
└── SettlingFailed        Cal.com accepted, our own records could not be written

An error has a stable code and says whether trying again can help. It knows no HTTP status and no
spoken sentence: `web/errors.py` and `domain/speech.py` map it.
"""

from __future__ import annotations

from typing import ClassVar


class GatewayError(Exception):
    """The root of all errors the gateway raises on purpose."""

    code: ClassVar[str] = "gateway_error"
    retryable: ClassVar[bool] = False


class InvalidRequest(GatewayError):
    """A field of a request is missing or can't be read; `field` names it."""

    code = "invalid_request"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class UnknownNumber(GatewayError):
    """The dialled number belongs to no company; nothing is guessed (incident 1.37)."""

    code = "unknown_number"


class UnknownService(GatewayError):
    """The service asked for does not exist at this branch; `known` lists what does."""

    code = "unknown_service"

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"no service is called {name!r}")
        self.known = known


class SlotClaimed(GatewayError):
    """A rival's attempt holds cells of the wished time."""

    code = "slot_claimed"
    retryable = True


class NotFound(GatewayError):
    """No such row in this company."""

    code = "not_found"


class SettlingFailed(GatewayError):
    """Cal.com accepted a booking, our own records could not be written (incident 1.21)."""

    code = "settling_failed"


class SharedValuesUnavailable(Exception):
    """The store of values that processes share can't be reached. Never ends a request: one goes on without it."""
