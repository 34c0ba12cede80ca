"""Files that something has happened to and that may not be whole yet."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Final

import msgspec

MOST: Final = 50_000
"""Files. Beyond, one is not waited for: it is judged as it is, and again when it has changed."""


class Settling(msgspec.Struct, frozen=True):
    """A file that is waited for. Times are seconds of a clock that nobody sets."""

    path: bytes
    closed: bool
    since: float


class Settlings:
    """Those that are waited for, by when to look at them again."""

    def __init__(self) -> None:
        self._files: dict[bytes, tuple[float, Settling]] = {}
        self._order: list[tuple[float, bytes]] = []

    def __len__(self) -> int:
        return len(self._files)

    @property
    def full(self) -> bool:
        return len(self._files) >= MOST

    def add(self, path: bytes, closed: bool, at: float, now: float) -> None:
        """`at`: when to look at it. Something that happens again puts off a file that is not closed by nothing: it is
        looked at, and then waited for as long as it needs."""
        there = self._files.get(path)
        if there is not None:
            before, known = there
            if before <= at and (known.closed or not closed):
                return
            closed, since, at = closed or known.closed, known.since, min(before, at)
        else:
            since = now
        self._files[path] = at, Settling(path, closed, since)
        heappush(self._order, (at, path))

    def again(self, settling: Settling, at: float) -> None:
        """One that was due is to be looked at later."""
        if settling.path not in self._files:
            self._files[settling.path] = at, settling
            heappush(self._order, (at, settling.path))

    def due(self, now: float, most: int) -> list[Settling]:
        """Those whose time has come."""
        found: list[Settling] = []
        while self._order and self._order[0][0] <= now and len(found) < most:
            at, path = heappop(self._order)
            there = self._files.get(path)
            if there is not None and there[0] == at:  # else it was put forward, and has another place in the order
                del self._files[path]
                found.append(there[1])
        return found

    def next(self) -> float | None:
        """When the next one is due, at the earliest."""
        return self._order[0][0] if self._order else None
