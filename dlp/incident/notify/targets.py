"""Targets, as `config.yaml` of a folder of incidents names them: who is told, and by which way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec

from dlp.incident.notify.seam import Way

SECONDS = 30.0
"""That sending one message may take."""

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_ADDRESS = re.compile(r"[^\s@<>,;:\"\\\x00-\x1f\x7f]+@[^\s@<>,;:\"\\\x00-\x1f\x7f]+\Z")

EXAMPLE = """\
# Whom the policy's `notify` names, and how they are told. Messages hold names, rules and counts, nothing of what was
# found.
# targets:
#   siem:
#     syslog: {address: "tls://siem.example.com:6514", form: cef}   # udp://, tcp://, tls://, or unix:///dev/log
#   security:
#     mail: {server: smtp.example.com, from: dlp@example.com, to: [security@example.com]}
#     # user: dlp, password_file: /etc/dlp/smtp; security: starttls, tls, or none for a server on this machine
#   chat:
#     webhook: {url: "https://hooks.example.com/dlp", secret_file: /etc/dlp/hook}
#     paths: false         # leave file names out
#     together: 20         # from so many waiting on, one message for all
#   pager:
#     command: {run: [/usr/local/bin/page, --team, security]}
"""


class Syslog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """RFC 5424. `address`: udp://HOST:PORT, tcp://…, tls://…, or unix:///dev/log. `form`: what stands in the message:
    words with structured data, CEF, or JSON. `ca_file`: whom to trust beside the system's."""

    address: str
    form: Literal["text", "cef", "json"] = "text"
    facility: int = 13
    ca_file: str = ""

    def __post_init__(self) -> None:
        split = urlsplit(self.address)
        if split.scheme == "unix":
            if not split.path.startswith("/") or split.netloc:
                raise ValueError("`address` of a local socket is written so: unix:///dev/log")
        elif split.scheme not in ("udp", "tcp", "tls") or not split.hostname or not split.port:
            raise ValueError("`address` is udp://HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT or unix:///dev/log")
        elif split.path or split.query or split.username:
            raise ValueError("`address` ends behind the port")
        if not 0 <= self.facility <= 23:
            raise ValueError("`facility` is a number from 0 to 23")


class Webhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A POST of JSON. `secret_file`: signs it. `headers` go with it. `plain`: http is meant, and seen by anybody on the
    way."""

    url: str
    secret_file: str = ""
    headers: dict[str, str] = {}
    ca_file: str = ""
    plain: bool = False

    def __post_init__(self) -> None:
        split = urlsplit(self.url)
        if split.scheme not in ("https", "http") or not split.hostname:
            raise ValueError("`url` begins with https:// and a host")
        if split.scheme == "http" and not self.plain:
            raise ValueError("`url` is not encrypted on its way; write https, or `plain: true` if that is meant")
        if split.username or split.password:
            raise ValueError("`url` holds a password, which logs would show; use `headers` or `secret_file`")
        _ = split.port
        for name, value in self.headers.items():
            if not _HEADER.match(name) or not value.isprintable() or not value.isascii():
                raise ValueError(f"`headers`: {name!r} is no header that can be sent")


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"sender": "from"}):
    """SMTP. `security`: `starttls` (port 587), `tls` (465), or `none` (25), which only a server on this machine may
    have."""

    server: str
    sender: str
    to: list[str]
    security: Literal["starttls", "tls", "none"] = "starttls"
    port: int = 0
    user: str = ""
    password_file: str = ""
    ca_file: str = ""

    def __post_init__(self) -> None:
        for each in (self.sender, *self.to):
            if not _ADDRESS.match(each):
                raise ValueError(f"{each!r} is no address of mail")
        if not self.to:
            raise ValueError("`to` names nobody")
        if not self.server or not self.server.isprintable() or not 0 <= self.port <= 65535:
            raise ValueError("`server` is a host, `port` a number up to 65,535")
        if bool(self.user) != bool(self.password_file):
            raise ValueError("`user` and `password_file` go together")
        if self.security == "none" and (self.server not in LOCAL or self.user):
            raise ValueError("`security: none` is for a server on this machine, without a password")


LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A program that takes the message as JSON on its standard input. `run`: its path and arguments; no shell reads
    them."""

    run: list[str]
    seconds: float = SECONDS

    def __post_init__(self) -> None:
        if not self.run or not self.run[0].startswith("/"):
            raise ValueError("`run` begins with the whole path of a program")
        if not 0 < self.seconds <= 600:
            raise ValueError("`seconds` are 600 at most")


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One that is told. One of `syslog`, `webhook`, `mail` and `command` says how. `together`: from so many incidents
    waiting on, one message tells of all; 0: never. `per_minute`: messages. Unasked: 20 and 60, but of syslog 0 and
    60,000: a log takes them all."""

    syslog: Syslog | None = None
    webhook: Webhook | None = None
    mail: Mail | None = None
    command: Command | None = None
    paths: bool = True
    together: int | None = None
    per_minute: int | None = None

    def __post_init__(self) -> None:
        ways = [each for each in (self.syslog, self.webhook, self.mail, self.command) if each is not None]
        if len(ways) != 1:
            raise ValueError("a target has one of `syslog`, `webhook`, `mail` and `command`")
        if self.together is not None and self.together < 0:
            raise ValueError("`together` counts from 0")
        if self.per_minute is not None and self.per_minute < 1:
            raise ValueError("`per_minute` counts from 1")

    @property
    def gathers(self) -> int:
        """From how many waiting incidents on they are told together; 0: never."""
        if self.together is not None:
            return self.together
        return 0 if self.syslog else 20

    @property
    def pace(self) -> int:
        """Messages a minute."""
        return self.per_minute or (60_000 if self.syslog else 60)

    def way(self) -> Way:
        """Opens nothing yet. Raises NotSent where what it needs is not there."""
        for name, make in WAYS.items():
            given = getattr(self, name)
            if given is not None:
                return make(given)
        raise AssertionError  # one is there: __post_init__


def _syslog(given: Syslog) -> Way:
    from dlp.incident.notify.syslog import SyslogWay

    return SyslogWay(given)


def _webhook(given: Webhook) -> Way:
    from dlp.incident.notify.webhook import WebhookWay

    return WebhookWay(given)


def _mail(given: Mail) -> Way:
    from dlp.incident.notify.mail import MailWay

    return MailWay(given)


def _command(given: Command) -> Way:
    from dlp.incident.notify.command import CommandWay

    return CommandWay(given)


WAYS: Final = MappingProxyType[str, Callable[..., Way]](
    {"syslog": _syslog, "webhook": _webhook, "mail": _mail, "command": _command}
)
"""Every way, by its key in a target. To add one: its file, its line, its field, its conformance case."""

Targets = Mapping[str, Target]
