"""Syslog (RFC 5424) over UDP, TCP and TLS (octet counting, RFC 6587 and 5425), and to the system's own socket."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from dlp.incident.notify.cef import cef
from dlp.incident.notify.message import Message, Told, headline, public, when, worst
from dlp.incident.notify.private import in_words, trusting
from dlp.incident.notify.seam import NotSent
from dlp.incident.notify.targets import SECONDS, Syslog
from dlp.model import Level

ENTERPRISE = "dlp@32473"
"""The id of our structured data. 32473 is set apart for whoever has no number of their own."""

SEVERITIES = {Level.LOW: 5, Level.MEDIUM: 4, Level.HIGH: 3, Level.CRITICAL: 2}
"""Notice to critical, as syslog numbers them."""

MOST_UDP = 2048
"""Bytes of a datagram, which every receiver must take."""

MOST = 65_000
"""Bytes otherwise."""


class SyslogWay:
    """One target. A connection is kept between messages; one that was closed meanwhile is made anew."""

    def __init__(self, target: Syslog) -> None:
        self._target = target
        split = urlsplit(target.address)
        self._scheme, self._path = split.scheme, split.path
        self._host, self._port = split.hostname or "", split.port or 0 if split.scheme != "unix" else 0
        self._socket: socket.socket | None = None

    def send(self, message: Message) -> None:
        lines = list(lines_of(message, self._target, MOST_UDP if self._scheme in ("udp", "unix") else MOST))
        kept = self._socket is not None
        try:
            self._send(lines)
        except OSError as error:
            self.close()
            if kept and not isinstance(error, TimeoutError):  # it was closed while nobody used it
                try:
                    self._send(lines)
                    return
                except OSError as again:
                    self.close()
                    raise NotSent(in_words(again)) from None
            raise NotSent(in_words(error)) from None

    def _send(self, lines: list[bytes]) -> None:
        if self._socket is None:
            self._socket = self._connected()
        elif self._scheme in ("tcp", "tls") and _is_closed(self._socket):
            raise ConnectionResetError
        for line in lines:
            if self._scheme in ("udp", "unix"):
                self._socket.send(line)
            else:
                self._socket.sendall(b"%d %s" % (len(line), line))

    def _connected(self) -> socket.socket:
        if self._scheme == "unix":
            made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            made.settimeout(SECONDS)
            made.connect(self._path)
            return made
        if self._scheme == "udp":
            family, kind, protocol, _, address = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)[0]
            made = socket.socket(family, kind, protocol)
            made.settimeout(SECONDS)
            made.connect(address)
            return made
        made = socket.create_connection((self._host, self._port), timeout=SECONDS)
        if self._scheme == "tls":
            context = trusting(self._target.ca_file)
            try:
                return context.wrap_socket(made, server_hostname=self._host)
            except BaseException:
                made.close()
                raise
        return made

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _is_closed(connection: socket.socket) -> bool:
    """Whether the other side has ended it: what is sent then is lost without an error."""
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except (BlockingIOError, InterruptedError):
        return False
    except OSError as error:  # TLS wants to read or write first: there is nothing to read, so it is open
        return not isinstance(error, ssl.SSLWantReadError | ssl.SSLWantWriteError)
    finally:
        connection.settimeout(SECONDS)


def lines_of(message: Message, target: Syslog, most: int) -> Iterator[bytes]:
    """A line for each incident that is named, or one for all."""
    if target.form == "json" or not message.told:
        body = public(message).decode() if target.form == "json" else headline(message)
        yield _line(message, target, "-", body, SEVERITIES[worst(message)], message.kind, most)
        return
    for told in message.told:
        severity = SEVERITIES[told.severity]
        if target.form == "cef":
            yield _line(message, target, "-", cef(told), severity, told.news, most)
        else:
            words = told.title or f"{told.verdict.value}: {told.path or told.channel}"
            yield _line(message, target, _structured(told), words, severity, told.news, most)
    if message.incidents > len(message.told):
        rest = f"and {message.incidents - len(message.told):,} more incidents"
        yield _line(message, target, "-", rest, SEVERITIES[Level.LOW], message.kind, most)


def _line(message: Message, target: Syslog, data: str, words: str, severity: int, kind: str, most: int) -> bytes:
    host = _word(message.told[0].host if message.told else socket.gethostname(), 255)
    priority = target.facility * 8 + severity
    head = f"<{priority}>1 {when(message.made)} {host} dlp {os.getpid()} {kind} {data} "
    line = head.encode() + b"\xef\xbb\xbf" + words.encode("utf-8", "replace")
    if len(line) <= most:
        return line
    return line[: most - 3].decode("utf-8", "ignore").encode() + "…".encode()


def _word(text: str, most: int) -> str:
    """Printable ASCII without spaces, as the header's fields are."""
    return "".join(each if "!" <= each <= "~" else "_" for each in text)[:most] or "-"


def _structured(told: Told) -> str:
    fields = {
        "incident": told.incident,
        "verdict": told.verdict.value,
        "severity": told.severity.value,
        "path": told.path[:300],
        "channel": told.channel[:100],
        "class": ",".join(told.classes)[:200],
        "user": told.user[:100],
        "found": ",".join(f"{each.what}:{each.count}" for each in told.found[:5])[:400],
    }
    return f"[{ENTERPRISE} {' '.join(f'{name}={_quoted(value)}' for name, value in fields.items() if value)}]"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")
    return f'"{escaped}"'


