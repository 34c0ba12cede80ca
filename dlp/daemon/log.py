"""What the daemon says of itself, on standard error: a line an event, as text or as JSON. Never content of files."""

from __future__ import annotations

import contextlib
import json
import os
import time
from typing import Final

from dlp.report.escape import encodable, visible

FORMS: Final = ("text", "json")

LEVELS: Final = ("info", "warning", "error")

STANDARD_ERROR: Final = 2


class Log:
    """Writes to a descriptor; where that takes nothing, what is said is lost, and the daemon goes on."""

    def __init__(self, form: str = "text", descriptor: int = STANDARD_ERROR) -> None:
        self._form = form
        self._descriptor = descriptor

    def say(self, level: str, event: str, message: str, **fields: str | int | float) -> None:
        """`event`: a short name that does not change; `message`: a sentence; `fields`: what it is about."""
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"
        if self._form == "json":
            told = {"time": stamp, "level": level, "event": event, "message": message, **fields}
            clean = {key: encodable(value) if isinstance(value, str) else value for key, value in told.items()}
            line = json.dumps(clean)
        else:
            more = " ".join(f"{key}={value}" for key, value in fields.items())
            line = visible(f"{stamp} {level}: {message}{f' ({more})' if more else ''}")
        with contextlib.suppress(OSError):
            os.write(self._descriptor, line.encode("utf-8", "backslashreplace") + b"\n")

    def info(self, event: str, message: str, **fields: str | int | float) -> None:
        self.say("info", event, message, **fields)

    def warning(self, event: str, message: str, **fields: str | int | float) -> None:
        self.say("warning", event, message, **fields)

    def error(self, event: str, message: str, **fields: str | int | float) -> None:
        self.say("error", event, message, **fields)
