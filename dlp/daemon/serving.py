"""A page for who keeps an eye on the daemon: `/metrics` and `/healthz`, on a loopback address or a socket in a folder.

It is served between files, as all else is, so it answers only while the daemon does its work. Whoever asks gets a few
bounded bytes, read and written without waiting. A browser that was sent here by a page of somebody else's (DNS
rebinding) names that one's host, and is refused.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import socket
import stat
import time
from collections.abc import Callable
from typing import Final

import msgspec

from dlp.errors import DlpError

UNIX: Final = "unix:"

MOST: Final = 16
"""Who may ask at a time; the others wait."""

LONGEST: Final = 8192
"""Bytes of a question."""

PATIENCE: Final = 5.0
"""Seconds that one may take to ask and to take the answer."""

PLAIN: Final = "text/plain; charset=utf-8"

_TARGET = re.compile(rb"(GET|HEAD) (/[!-~]*) HTTP/1\.[01]")
_PHRASES: Final = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
                   421: "Misdirected Request", 503: "Service Unavailable"}  # fmt: skip


class Page(msgspec.Struct, frozen=True):
    """An answer."""

    status: int
    body: str
    kind: str = PLAIN


Answer = Callable[[str], Page | None]
"""The page of a path; None: there is none."""


class Address(msgspec.Struct, frozen=True):
    """`path` of a socket, or `host`, a number, and `port`."""

    path: str = ""
    host: str = ""
    port: int = 0


def address(text: str) -> Address:
    """Of `127.0.0.1:9469`, `[::1]:9469`, `localhost:9469` or `unix:/run/dlp/metrics.sock`. Raises ValueError."""
    if text.startswith(UNIX):
        path = text.removeprefix(UNIX)
        if not os.path.isabs(path) or "\0" in path:
            raise ValueError("the path of a socket is absolute, as in unix:/run/dlp/metrics.sock")
        return Address(path)
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or not 0 < int(port[:6]) < 65536:
        raise ValueError("write it as 127.0.0.1:9469, [::1]:9469 or unix:/run/dlp/metrics.sock")
    host = "127.0.0.1" if host == "localhost" else host
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        loopback = ipaddress.ip_address(bare).is_loopback
    except ValueError:
        loopback = False
    if not loopback or (":" in bare) != host.startswith("["):
        raise ValueError("only a loopback address, such as 127.0.0.1: nobody is asked who they are")
    return Address("", bare, int(port))


class _Asking:
    """One who asks."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.until = time.monotonic() + PATIENCE
        self.question = b""
        self.answer = memoryview(b"")
        self.answered = False


class Serving:
    """The daemon's end."""

    def __init__(self, where: Address) -> None:
        """Raises DlpError."""
        self._where = where
        self._asking: list[_Asking] = []
        self._hosts = {where.host, f"[{where.host}]", "localhost"}
        self._socket = socket.socket(_family(where), socket.SOCK_STREAM)
        try:
            self._bind()
            self._socket.listen(MOST)
            self._socket.setblocking(False)
        except OSError as error:
            self._socket.close()
            shown = where.path or f"{where.host}:{where.port}"
            raise DlpError(f"metrics cannot be served at {shown}: {error.strerror}") from None

    def _bind(self) -> None:
        where = self._where
        if not where.path:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((where.host, where.port))
            return
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISSOCK(os.lstat(where.path).st_mode):
                os.unlink(where.path)  # of a daemon that is no more: it has the lock of its state
        self._socket.bind(where.path)
        os.chmod(where.path, 0o660)

    @property
    def descriptors(self) -> list[int]:
        """That can be read from when there is something to serve."""
        free = [self._socket.fileno()] if len(self._asking) < MOST else []
        return free + [each.connection.fileno() for each in self._asking if not each.answered]

    def serve(self, answer: Answer) -> None:
        """Whatever can be done now."""
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while len(self._asking) < MOST:
                connection, _ = self._socket.accept()
                connection.setblocking(False)
                self._asking.append(_Asking(connection))
        now = time.monotonic()
        for each in list(self._asking):
            try:
                over = self._go_on(each, answer) or now > each.until
            except BlockingIOError:
                over = now > each.until
            except OSError:  # whoever asked has gone
                over = True
            if over:
                with contextlib.suppress(OSError):
                    each.connection.shutdown(socket.SHUT_RDWR)  # workers that were forked meanwhile have it open, too
                each.connection.close()
                self._asking.remove(each)

    def _go_on(self, asking: _Asking, answer: Answer) -> bool:
        """Whether it is over. Raises BlockingIOError where it is not yet."""
        while not asking.answered:
            more = asking.connection.recv(LONGEST)
            asking.question += more
            head, end, _ = asking.question.partition(b"\r\n\r\n")
            if end:
                asking.answer = memoryview(self._answered(head, answer))
                asking.answered = True
            elif not more or len(asking.question) > LONGEST:
                return True
        while asking.answer:
            asking.answer = asking.answer[asking.connection.send(asking.answer) :]
        return True

    def _answered(self, head: bytes, answer: Answer) -> bytes:
        first, *headers = head.split(b"\r\n")
        asked = _TARGET.fullmatch(first)
        if not asked:
            page = Page(400, "no question that is understood\n")
            if re.fullmatch(rb"[A-Z]+ /[!-~]* HTTP/1\.[01]", first):
                page = Page(405, "GET and HEAD only\n")
        elif not self._is_us(headers):
            page = Page(421, "this is not that host\n")
        else:
            page = answer(asked[2].decode("ascii")) or Page(404, "there are /metrics and /healthz\n")
        body = page.body.encode("utf-8", "replace")
        lines = [
            f"HTTP/1.1 {page.status} {_PHRASES[page.status]}",
            f"Content-Type: {page.kind}",
            f"Content-Length: {len(body)}",
            "Cache-Control: no-store",
            "X-Content-Type-Options: nosniff",
            "Connection: close",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + (b"" if asked and asked[1] == b"HEAD" else body)

    def _is_us(self, headers: list[bytes]) -> bool:
        """Whether it was us who was asked, by the name that stands in the question."""
        if self._where.path:
            return True
        fields = (each.partition(b":") for each in headers)
        hosts = [value.strip() for name, _, value in fields if name.lower() == b"host"]
        if len(hosts) != 1:
            return False
        host = hosts[0].decode("ascii", "replace").lower()
        name, colon, port = host.rpartition(":")
        return (name if colon and port.isdigit() and not host.endswith("]") else host) in self._hosts

    def close(self) -> None:
        for each in self._asking:
            each.connection.close()
        self._socket.close()
        if self._where.path:
            with contextlib.suppress(OSError):
                os.unlink(self._where.path)


def _family(where: Address) -> socket.AddressFamily:
    if where.path:
        return socket.AF_UNIX
    return socket.AF_INET6 if ":" in where.host else socket.AF_INET
