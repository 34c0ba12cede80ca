"""A line of progress on the terminal, and nothing anywhere else."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from dlp.cli.options import is_terminal

BAR = 30
"""Columns of a bar."""

EVERY = 0.1
"""Seconds between two redrawings."""


class Progress:
    """A context manager. Without a terminal, or when told so, it does nothing."""

    def __init__(self, what: str, *, wanted: bool) -> None:
        self._what = what
        self.on = wanted and is_terminal(sys.stderr)
        self.total = 0
        """Files that there are to do, where it is known: then there is a bar."""
        self._begun = self._drawn = time.monotonic()
        self._shown = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def clear(self) -> None:
        """Takes the line away, so that something else can be written."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False

    def update(self, files: int, size: int) -> None:
        """`size`: bytes so far."""
        now = time.monotonic()
        if not self.on or now - self._drawn < EVERY:
            return
        self._drawn, self._shown = now, True
        rate = size / (1 << 20) / max(now - self._begun, 1e-9)
        line = f"{self._what} {self._bar(files)}{size / (1 << 20):,.0f} MiB, {rate:,.0f} MiB/s"
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()

    def _bar(self, files: int) -> str:
        if not self.total:
            return f"{files:,} files, "
        done = min(files / self.total, 1.0)
        return f"[{'#' * int(BAR * done):{BAR}}] {done:4.0%}  {files:,} of {self.total:,} files, "
