"""HTTP/1.1 as bytes: requests out of what a connection brings, and answers into what it takes.

Nothing here reads from a socket: who does feeds ``read_requests``, so one thread can listen to many connections.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

SOCKET = "simulator.socket"  # the connection itself, for an application that cuts it
STAND_ASIDE = "simulator.stand_aside"  # to be called, any number of times, before waiting for anything
HEAD = "simulator.head"  # the lines of the headers as they came; ``headers_of`` reads them
MOMENT = "simulator.moment"  # requests with the same number had come before any of them was answered
Environ = dict[str, Any]
Needing = Generator[None, bytes, bytes]  # asks for more bytes until it has what it returns
_LONGEST_HEAD = 64 * 1024
_LONGEST_KNOWN = 2 * 1024
_LONGEST_BODY = 64 * 1024 * 1024
_END_OF_HEAD = b"\r\n\r\n"
_REQUEST_LINE_WORDS = 3
_NO_BODY = ("204", "304")


class BadRequest(Exception):
    """What came is no request that this server takes; ``status`` is the answer's status line."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


def read_requests(always: Environ, go_ahead: Callable[[], None]) -> Generator[Environ | None, bytes, None]:
    """The WSGI environments of a connection's requests, each on top of ``always``; None asks for more bytes.

    ``go_ahead`` is called when the peer waits for a word before it sends a body. Raises BadRequest.
    """
    bytes_ = Incoming()
    while True:
        head = yield from bytes_.read_until(_END_OF_HEAD, BadRequest("431 Request Header Fields Too Large"))
        environ = _environ(head, always)
        if environ.get("HTTP_EXPECT", "").lower() == "100-continue" and not is_old(environ):
            go_ahead()
        body = b""
        if "HTTP_TRANSFER_ENCODING" in environ:
            body = yield from _read_chunks(bytes_, environ["HTTP_TRANSFER_ENCODING"])
        elif environ.get("CONTENT_LENGTH"):
            body = yield from bytes_.read(_length(environ["CONTENT_LENGTH"]))
        environ["wsgi.input"] = io.BytesIO(body)
        bytes_.kept += yield environ


class Incoming:
    """The bytes that came and were not used yet."""

    def __init__(self) -> None:
        self.kept = b""

    def read_until(self, end: bytes, too_long: BadRequest) -> Needing:
        """All before ``end``, which is used up as well."""
        while (position := self.kept.find(end)) < 0:
            if len(self.kept) > _LONGEST_HEAD:
                raise too_long
            self.kept += yield
        data = self.kept[:position]
        self.kept = self.kept[position + len(end) :]
        return data

    def read(self, size: int) -> Needing:
        """Exactly so many bytes."""
        if size > _LONGEST_BODY:
            raise BadRequest("413 Content Too Large")
        if len(self.kept) < size:
            parts, missing = [self.kept], size - len(self.kept)
            while missing > 0:
                parts.append((yield))
                missing -= len(parts[-1])
            self.kept = b"".join(parts)
        data, self.kept = self.kept[:size], self.kept[size:]
        return data


def _read_chunks(bytes_: Incoming, coding: str) -> Needing:
    """A body that comes in chunks, with its trailers left out."""
    if coding.lower() != "chunked":
        raise BadRequest("501 Not Implemented")
    parts: list[bytes] = []
    while size := _chunk_size((yield from _line(bytes_))):
        parts.append((yield from bytes_.read(size)))
        if sum(map(len, parts)) > _LONGEST_BODY:
            raise BadRequest("413 Content Too Large")
        yield from _line(bytes_)
    while (yield from _line(bytes_)):
        pass
    return b"".join(parts)


def _line(bytes_: Incoming) -> Needing:
    return bytes_.read_until(b"\r\n", BadRequest("400 Bad Request"))


def _chunk_size(line: bytes) -> int:
    text = line.partition(b";")[0].strip()
    if not text or text.strip(b"0123456789abcdefABCDEF"):
        raise BadRequest("400 Bad Request")
    return int(text, 16)


def _length(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise BadRequest("400 Bad Request")
    return int(text)


def _environ(head: bytes, always: Environ) -> Environ:
    """The WSGI environment of a head; raises BadRequest for what is none."""
    request_line, _, lines = head.lstrip(b"\r\n").partition(b"\r\n")
    request = _read_request_line if len(request_line) > _LONGEST_KNOWN else _known_request_line
    return {**always, **request(request_line), **_header_keys(lines), HEAD: lines}


def headers_of(lines: bytes) -> Mapping[str, str]:
    """The headers by their names in lower case; raises BadRequest."""
    return _headers(lines) if len(lines) > _LONGEST_KNOWN else _known_headers(lines)


def _header_keys(lines: bytes) -> Mapping[str, str]:
    return _read_keys(lines) if len(lines) > _LONGEST_KNOWN else _known_keys(lines)


def _read_request_line(line: bytes) -> Mapping[str, str]:
    """The environment's keys of method, address and protocol; raises BadRequest."""
    words = line.decode("latin-1").split(" ")
    if len(words) != _REQUEST_LINE_WORDS or not words[2].startswith("HTTP/1."):
        raise BadRequest("400 Bad Request")
    method, target, protocol = words
    if not target.startswith("/"):  # an absolute address, as it is sent to proxies
        target = "/" + target.partition("://")[2].partition("/")[2]
    path, _, query = target.partition("?")
    return {
        "REQUEST_METHOD": method,
        "SERVER_PROTOCOL": protocol,
        "REQUEST_URI": target,
        "RAW_URI": target,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1") if "%" in path else path,
        "QUERY_STRING": query,
    }


def _read_keys(lines: bytes) -> Mapping[str, str]:
    """The environment's keys of the headers; raises BadRequest."""
    keys: dict[str, str] = {}
    for line in lines.decode("latin-1").split("\r\n") if lines else ():
        name, colon, value = line.partition(":")
        key = _key(name)
        if not colon or key is None:
            raise BadRequest("400 Bad Request")
        value = value.strip(" \t")
        keys[key] = f"{keys[key]},{value}" if key in keys and key.startswith("HTTP_") else value
    return keys


def _headers(lines: bytes) -> Mapping[str, str]:
    keys = _header_keys(lines)
    return {
        name: value
        for key, value in keys.items()
        if (name := header_name(key)) and (value or not key.startswith("CONTENT_"))
    }


_known_request_line = lru_cache(maxsize=512)(_read_request_line)
_known_keys = lru_cache(maxsize=512)(_read_keys)  # a client says much the same with every request
_known_headers = lru_cache(maxsize=512)(_headers)


@lru_cache(maxsize=1024)
def header_name(key: str) -> str | None:
    """The header behind a key of the environment, in lower case; None for a key that is none."""
    if key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        return key.lower().replace("_", "-")
    return key[5:].lower().replace("_", "-") if key.startswith("HTTP_") else None


@lru_cache(maxsize=512)
def _key(name: str) -> str | None:
    """The environment's key of a header; None for what is no name."""
    if not name or name != name.strip():
        return None
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def is_old(environ: Environ) -> bool:
    """Whether the peer speaks HTTP/1.0, which knows no chunks and ends after one answer unless asked."""
    return bool(environ["SERVER_PROTOCOL"] == "HTTP/1.0")


def keeps_open(environ: Environ) -> bool:
    """Whether the peer wants to go on after the answer."""
    wish = environ.get("HTTP_CONNECTION", "").lower()
    return bool(wish == "keep-alive" if is_old(environ) else wish != "close")


class Reply:
    """What the application says of its answer, turned into bytes for ``put``."""

    def __init__(self, put: Callable[[bytes], None], environ: Environ) -> None:
        self._put = put
        self._old = is_old(environ)
        self._bodiless = environ["REQUEST_METHOD"] == "HEAD"
        self.keep = keeps_open(environ)
        self._head: bytes | None = None
        self._chunked = False
        self.begun = False

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        """PEP 3333's ``start_response``."""
        if self.begun and exc_info:
            raise exc_info[1].with_traceback(exc_info[2])
        head = f"HTTP/1.1 {status}\r\n" + "".join([f"{name}: {value}\r\n" for name, value in headers])
        if "\r\ncontent-length:" not in head.lower() and not status.startswith(_NO_BODY):
            self._chunked = not self._old
            self.keep = self.keep and self._chunked
            if self._chunked:
                head += "Transfer-Encoding: chunked\r\n"
        if not self.keep:
            head += "Connection: close\r\n"
        elif self._old:
            head += "Connection: keep-alive\r\n"
        self._head = f"{head}\r\n".encode("latin-1")
        return self.send

    def send(self, part: bytes) -> None:
        """A part of the body, behind the head if that has not gone yet."""
        if self._bodiless:
            part = b""
        elif self._chunked and part:
            part = b"%x\r\n%b\r\n" % (len(part), part)
        if not self.begun:
            if self._head is None:
                raise RuntimeError("the application sent a body before its status")
            part, self.begun = self._head + part, True
        if part:
            self._put(part)

    def end(self) -> None:
        """The head of an answer without a body, and the end of one in chunks."""
        if not self.begun:
            self.send(b"")
        if self._chunked and not self._bodiless:
            self._put(b"0\r\n\r\n")
