"""What the daemon says of itself: a line an event, as text or as JSON, on standard error; or an entry of systemd's
journal. Never content of files."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Mapping
from typing import Final

from dlp.report.escape import encodable, visible

FORMS: Final = ("text", "json", "journal")

LEVELS: Final = ("info", "warning", "error")

STANDARD_ERROR: Final = 2

JOURNAL: Final = "/run/systemd/journal/socket"

PRIORITIES: Final = {"info": 6, "warning": 4, "error": 3}
"""As syslog has them."""


class Log:
    """Writes to a descriptor; where that takes nothing, what is said is lost, and the daemon goes on. In the form
    `journal`: to the socket `journal`, with fields of their own; where none listens, text with priorities in front, as
    whoever reads standard error for the journal understands."""

    def __init__(self, form: str = "text", descriptor: int = STANDARD_ERROR, journal: str = JOURNAL) -> None:
        self._form = form
        self._descriptor = descriptor
        self._journal: socket.socket | None = None
        if form == "journal":
            self._journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._journal.setblocking(False)
            self._address = journal

    def say(self, level: str, event: str, message: str, **fields: str | int | float) -> None:
        """`event`: a short name that does not change; `message`: a sentence; `fields`: what it is about."""
        if self._journal and self._entered(self._journal, level, event, message, fields):
            return
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"
        if self._form == "json":
            told = {"time": stamp, "level": level, "event": event, "message": message, **fields}
            clean = {key: encodable(value) if isinstance(value, str) else value for key, value in told.items()}
            line = json.dumps(clean)
        else:
            more = " ".join(f"{key}={value}" for key, value in fields.items())
            start = f"<{PRIORITIES[level]}>" if self._journal else f"{stamp} {level}: "
            line = start + visible(f"{message}{f' ({more})' if more else ''}")
        with contextlib.suppress(OSError):
            os.write(self._descriptor, line.encode("utf-8", "backslashreplace") + b"\n")

    def _entered(
        self, journal: socket.socket, level: str, event: str, message: str, fields: Mapping[str, str | int | float]
    ) -> bool:
        """Whether the journal has taken it. Each field is a line, so none may hold an end of line."""
        entry = {"MESSAGE": message, "PRIORITY": PRIORITIES[level], "SYSLOG_IDENTIFIER": "dlp", "DLP_EVENT": event}
        entry |= {f"DLP_{key.upper()}": value for key, value in fields.items()}
        lines = "".join(f"{key}={visible(str(value))}\n" for key, value in entry.items())
        try:
            journal.sendto(lines.encode("utf-8", "backslashreplace"), self._address)
        except OSError:
            return False
        return True

    def info(self, event: str, message: str, **fields: str | int | float) -> None:
        self.say("info", event, message, **fields)

    def warning(self, event: str, message: str, **fields: str | int | float) -> None:
        self.say("warning", event, message, **fields)

    def error(self, event: str, message: str, **fields: str | int | float) -> None:
        self.say("error", event, message, **fields)
