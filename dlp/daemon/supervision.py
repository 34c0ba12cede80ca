"""What the daemon tells whoever started it, as systemd has it (sd_notify): that it guards, while it really does.

Each message is a datagram to the socket that $NOTIFY_SOCKET names. Where nobody listens, nothing is told.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from typing import Final

LOOK: Final = 1.0
"""Seconds between two looks at whether there is anything to tell, at most."""

STATUS_EVERY: Final = 10.0
"""Seconds between two words on what it is at."""

LONGEST: Final = 500
"""Characters of such a word."""

SIGNS: Final = 3
"""Signs of life in the time after which the daemon would be taken for dead."""


class Supervisor:
    """The other end of the daemon's life."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        name = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + name[1:] if name.startswith("@") else name
        self._socket: socket.socket | None = None
        if name.startswith(("/", "@")):
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
        self._every = _watchdog(environment) / SIGNS
        self._ready = False
        self._looked = self._alive = self._said = -STATUS_EVERY

    def tell(self, watching: bool, status: Callable[[], str]) -> None:
        """`watching`: whether nothing goes unseen for want of watching. Only then the daemon is called ready, and only
        while it is so there are signs of life: one that has gone blind for good is started anew. `status`: what it is
        at; asked for now and then."""
        now = time.monotonic()
        if self._socket is None or now - self._looked < min(LOOK, self._every or LOOK):
            return
        self._looked = now
        lines = []
        if watching and not self._ready:
            self._ready = True
            lines.append("READY=1")
        if watching and self._every and now - self._alive >= self._every:
            self._alive = now
            lines.append("WATCHDOG=1")
        if now - self._said >= STATUS_EVERY or "READY=1" in lines:
            self._said = now
            lines.append("STATUS=" + "".join(c if c.isprintable() else " " for c in status()[:LONGEST]))
        self._send(lines)

    def reloading(self) -> None:
        """It is ready again when it watches."""
        self._ready = False
        self._send(["RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}"])

    def stopping(self) -> None:
        self._send(["STOPPING=1"])

    def close(self) -> None:
        if self._socket:
            self._socket.close()
            self._socket = None

    def _send(self, lines: list[str]) -> None:
        if not lines or self._socket is None:
            return
        try:
            self._socket.sendto("\n".join(lines).encode("utf-8", "replace"), self._address)
        except OSError:
            # Nobody takes it now. Without READY or signs of life the daemon is started anew, so these are told again.
            self._ready &= "READY=1" not in lines
            self._alive = self._said = -STATUS_EVERY


def _watchdog(environment: Mapping[str, str]) -> float:
    """Seconds without a sign of life after which the daemon is taken for dead; 0: never."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    text = environment.get("WATCHDOG_USEC", "")
    return int(text) / 1e6 if text.isascii() and text.isdigit() and len(text) < 19 else 0.0
