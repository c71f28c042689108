"""The front door of ``/v2``: plain WSGI, since routing and requests of a framework cost as much as the work.

All other paths go on to the application behind the door.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from simulator.calcom.exchange import Asked, Operation
from simulator.calcom.gate import Gate
from simulator.control.transport import stand_aside
from simulator.wire import HEAD, header_name, headers_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# The headers that upstream's security middleware puts on every answer.
SECURITY_HEADERS = (
    (
        "Content-Security-Policy",
        "default-src 'self';base-uri 'self';frame-ancestors 'self';object-src 'none'",
    ),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("Strict-Transport-Security", "max-age=15552000; includeSubDomains"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-DNS-Prefetch-Control", "off"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("X-XSS-Protection", "0"),
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_PREFIXES = ("/v2/", "/api/v2/")
_ACCOUNT_PREFIX = "/a/"

Found = tuple[Operation | None, dict[str, str]]


class Routes:
    """Operations by method and path; a word in a path goes before a parameter."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._plain: dict[tuple[str, str], Operation] = {}
        self._by_size: dict[tuple[str, int], list[tuple[list[str], Operation]]] = {}
        for operation in operations:
            if "<" not in operation.path:
                self._plain[operation.method, operation.path] = operation
                continue
            pattern = operation.path.split("/")
            self._by_size.setdefault((operation.method, len(pattern)), []).append((pattern, operation))
        for same_size in self._by_size.values():
            same_size.sort(key=lambda route: [word.startswith("<") for word in route[0]])

    def find(self, method: str, path: str) -> Found:
        """The operation of a path (that begins behind ``/v2``) with its parameters; None when there is none."""
        method = "GET" if method == "HEAD" else method
        plain = self._plain.get((method, path))
        if plain is not None:
            return plain, {}
        words = path.split("/")
        for pattern, operation in self._by_size.get((method, len(words)), ()):
            params = _params(pattern, words)
            if params is not None:
                return operation, params
        return None, {}


def _params(pattern: Sequence[str], words: Sequence[str]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for place, word in zip(pattern, words, strict=True):
        if place.startswith("<") and word:
            params[place[1:-1]] = word
        elif place != word:
            return None
    return params


class FrontDoor:
    """Takes the requests of ``/v2``, ``/api/v2`` and ``/a/<account>/v2`` through the gate."""

    def __init__(self, operations: Iterable[Operation], gate: Gate, others: WSGIApplication) -> None:
        self._routes = Routes(operations)
        self._gate = gate
        self._others = others

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Cal.com's answer, or that of the application behind."""
        path: str = environ["PATH_INFO"]
        if not path.isascii():
            path = path.encode("latin-1").decode("utf-8", "replace")
        place = _inside(path)
        if place is None or environ["REQUEST_METHOD"] not in _METHODS:
            stand_aside(environ)  # it may ask a gateway, that asks us
            return self._others(environ, start_response)
        account_name, begin = place
        asked = _asked(environ, path, begin, account_name)
        operation, params = self._routes.find(asked.method, path[begin + len("/v2") :])
        answer = self._gate.serve(operation, asked, params)
        body = answer.encode()
        headers = [
            ("Content-Type", answer.content_type),
            ("Content-Length", str(len(body))),
            *SECURITY_HEADERS,
            *answer.headers.items(),
        ]
        start_response(_STATUS_LINES.get(answer.status) or f"{answer.status} Unknown", headers)
        return [body] if asked.method != "HEAD" else [b""]


def _inside(path: str) -> tuple[str | None, int] | None:
    """The account named by a path of ``/v2``, and where its ``/v2`` begins; None for another path."""
    for prefix in _PREFIXES:
        if path.startswith(prefix) and len(path) > len(prefix):
            return None, len(prefix) - len("/v2/")
    if not path.startswith(_ACCOUNT_PREFIX):
        return None
    name, _, rest = path[len(_ACCOUNT_PREFIX) :].partition("/")
    if not name or not rest.startswith("v2/") or rest == "v2/":
        return None
    return name, len(_ACCOUNT_PREFIX) + len(name)


def _asked(environ: Mapping[str, Any], path: str, begin: int, account_name: str | None) -> Asked:
    query: str = environ.get("QUERY_STRING", "")
    inner = path[begin:]
    head: bytes | None = environ.get(HEAD)
    return Asked(
        method=environ["REQUEST_METHOD"],
        path=path,
        target=f"{inner}?{query}" if query else inner,
        query=_first_values(query) if query else {},
        headers=_headers(environ) if head is None else headers_of(head),
        body=_body(environ),
        environ=dict(environ) if not isinstance(environ, dict) else environ,
        account_name=account_name,
        head=head,
    )


def _first_values(query: str) -> dict[str, str]:
    """The parameters of a query; of several of one name the first counts."""
    text = query.encode("latin-1").decode("utf-8", "replace")
    return dict(reversed(parse_qsl(text, keep_blank_values=True, errors="replace")))


def _headers(environ: Mapping[str, Any]) -> Mapping[str, str]:
    return {
        name: value
        for key, value in environ.items()
        if (name := header_name(key)) and (value or not key.startswith("CONTENT_"))
    }


def _body(environ: Mapping[str, Any]) -> bytes:
    """All of the body; without a length only what a server marks as ending by itself."""
    length = environ.get("CONTENT_LENGTH") or ""
    read: Callable[..., bytes] = environ["wsgi.input"].read
    if environ.get("wsgi.input_terminated"):
        return read()
    return read(int(length)) if length.isdecimal() else b""
