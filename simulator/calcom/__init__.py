"""A stateful fake of Cal.com's API v2: every API key is an account with a world of its own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from simulator.calcom import (
    routes_bookings,
    routes_event_types,
    routes_me,
    routes_reservations,
    routes_schedules,
    routes_slots,
    routes_webhooks,
)
from simulator.calcom.exchange import Answer, Asked, Operation
from simulator.calcom.gate import Gate

OPERATIONS: tuple[Operation, ...] = (
    *routes_slots.OPERATIONS,
    *routes_reservations.OPERATIONS,
    *routes_bookings.OPERATIONS,
    *routes_event_types.OPERATIONS,
    *routes_me.OPERATIONS,
    *routes_schedules.OPERATIONS,
    *routes_webhooks.OPERATIONS,
)
OPERATION_NAMES: tuple[str, ...] = tuple(operation.name for operation in OPERATIONS)
_PREFIXES = ("/v2", "/api/v2", "/a/<account_name>/v2")
# The headers that upstream's security middleware puts on every answer.
_SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self';base-uri 'self';frame-ancestors 'self';object-src 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=15552000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "X-Frame-Options": "SAMEORIGIN",
    "X-XSS-Protection": "0",
}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def create_blueprint(gate: Gate) -> Blueprint:
    """All operations under ``/v2``, ``/api/v2`` and ``/a/<account>/v2``, and a 404 for the rest of them."""
    blueprint = Blueprint("calcom", __name__)
    for operation in OPERATIONS:
        _add(blueprint, gate, operation)
    for number, prefix in enumerate(_PREFIXES):
        blueprint.add_url_rule(
            f"{prefix}/<path:rest>",
            endpoint=f"unmatched-{number}",
            view_func=_view(gate, None),
            methods=list(_METHODS),
        )
    return blueprint


def _add(blueprint: Blueprint, gate: Gate, operation: Operation) -> None:
    for number, prefix in enumerate(_PREFIXES):
        blueprint.add_url_rule(
            f"{prefix}{operation.path}",
            endpoint=f"{operation.name}-{number}",
            view_func=_view(gate, operation),
            methods=[operation.method],
            provide_automatic_options=False,
        )


def _view(gate: Gate, operation: Operation | None) -> Any:
    def view(account_name: str | None = None, **params: str) -> Response:
        return _to_response(gate.serve(operation, _asked(account_name), params))

    return view


def _asked(account_name: str | None) -> Asked:
    path = request.path
    target = path if not request.query_string else f"{path}?{request.query_string.decode('latin-1')}"
    inner = target[target.index("/v2") :]
    return Asked(
        method=request.method,
        path=path,
        target=inner,
        query=request.args.to_dict(),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.get_data(cache=False),
        environ=request.environ,
        account_name=account_name,
    )


def _to_response(answer: Answer) -> Response:
    response = Response(answer.encode(), status=answer.status, content_type=answer.content_type)
    response.headers.extend(_SECURITY_HEADERS)
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response
