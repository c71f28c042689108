"""Who may come in: signature checks, put in front of whole blueprints."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Response, request

from app.retell.signature import SIGNATURE_HEADER
from app.usecases.ports import Clock
from app.web.errors import problem

Verify = Callable[[bytes, str | None, datetime], bool]


def signed_by_retell(clock: Clock, verify: Verify) -> Callable[[], tuple[Response, int] | None]:
    """Return a guard that lets only bodies pass which Retell signed, byte for byte, in the last minutes."""

    def guard() -> tuple[Response, int] | None:
        if verify(request.get_data(cache=True), request.headers.get(SIGNATURE_HEADER), clock.now()):
            return None
        return problem("invalid_signature", f"{SIGNATURE_HEADER} is missing or wrong", 401)

    return guard
