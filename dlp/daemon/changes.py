"""What may change beneath the daemon: the files that verdicts depend on, and the clock."""

from __future__ import annotations

import time
from typing import Final

from dlp.daemon.judging import Judging

CLOCK: Final = 5.0
"""Seconds that the clock may be off from how time passes, before that is told."""


class Changes:
    """Of what files are judged by. Each is told once."""

    def __init__(self, judging: Judging) -> None:
        self._judging = judging
        self._told = self._seen = judging.signature

    def come(self) -> bool:
        """Whether there is one, and it was the same at the last look: whoever makes it is done."""
        now = self._judging.look()
        over = now not in (self._told, self._judging.signature) and now == self._seen
        self._seen = now
        if over:
            self._told = now
        return over


class Clock:
    """Notices that the clock was set."""

    def __init__(self) -> None:
        self._offset = self._now()

    @staticmethod
    def _now() -> float:
        return time.time() - time.monotonic()

    def set_by(self) -> float:
        """Seconds by which it was set since the last look; 0 for less than CLOCK."""
        before, self._offset = self._offset, self._now()
        by = self._offset - before
        return by if abs(by) > CLOCK else 0.0
