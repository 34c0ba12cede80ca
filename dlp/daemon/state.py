"""What the daemon is at, as a value: for `dlp status`, for metrics, for whoever asks whether it is well."""

from __future__ import annotations

import os
from typing import Any, Final

import msgspec

from dlp.model import Coverage, Result, Summary, Verdict

VERSION: Final = 1

BOUNDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds from the last hint of a file to its verdict: the upper ends of what latencies are counted in."""


class Folder(msgspec.Struct, frozen=True):
    """A folder of a channel. `problem`: what is wrong with it; empty for nothing."""

    channel: str
    path: str
    polled: bool
    problem: str


class Comparison(msgspec.Struct, frozen=True):
    """The last comparison of all files with what was judged. `ended`: seconds since 1970."""

    ended: float
    seconds: float
    files: int
    found: int


class Backlog(msgspec.Struct, frozen=True):
    """Notifications of incidents. `dead`: given up; `oldest`: seconds since the one was made that waits longest;
    `failing`: why targets were not reached, by their names; `problem`: why none is sent at all."""

    waiting: int
    dead: int
    oldest: float
    failing: dict[str, str]
    problem: str = ""


class State(msgspec.Struct, frozen=True):
    """Public, in this version. Times are seconds; `started` since 1970. Counts are since the start."""

    version: int
    pid: int
    started: float
    healthy: bool
    problems: tuple[str, ...]
    channels: tuple[Folder, ...]
    queue: int
    """Files that wait or are being read."""
    settling: int
    reading: int
    oldest: float
    """Since the file came in that waits longest."""
    known: int
    """Files that the ledger has."""
    judged: int
    verdicts: dict[str, int]
    skipped: dict[str, int]
    unread: int
    """Files that were not read whole."""
    latencies: tuple[int, ...]
    """Files by the seconds from hint to verdict, as BOUNDS has it, and one more for those that took longer."""
    latency_sum: float
    overflows: int
    """Times that hints were lost."""
    watches: int
    watch_limit: int
    """What the system allows a user; 0 where it is not known."""
    unwatched: int
    """Folders that no hints come from; they are compared often instead."""
    comparison: Comparison | None
    comparing: bool
    generation: int
    reloads: int
    refused: str
    """Why the last reload was refused; empty if it was not."""
    failures: int = 0
    """Times that reading a file failed as a whole, or killed its worker; it was tried again, or is skipped."""
    defects: int = 0
    notifications: Backlog | None = None
    """None where no incidents are recorded."""
    held: int = 0
    """Files that are out of their place until their verdict is in."""


class Counts:
    """What State counts, as it grows."""

    def __init__(self) -> None:
        self.judged = self.unread = self.overflows = self.reloads = self.failures = 0
        self.verdicts: dict[str, int] = dict.fromkeys(Verdict, 0)
        self.skipped: dict[str, int] = {}
        self.latencies = [0] * (len(BOUNDS) + 1)
        self.latency_sum = 0.0
        self.findings = self.bytes = self.allowed = 0
        self.worst = Verdict.ALLOW

    def add(self, result: Result, size: int, latency: float | None) -> None:
        """One verdict. `latency`: seconds; None for a file that nobody had just written."""
        self.judged += 1
        self.bytes += size
        self.verdicts[result.verdict] += 1
        self.findings += len(result.findings)
        self.allowed += result.allowed
        self.unread += result.coverage != Coverage.COMPLETE
        for skipped in result.skipped:
            self.skipped[skipped.reason] = self.skipped.get(skipped.reason, 0) + 1
        if result.verdict.rank > self.worst.rank:
            self.worst = result.verdict
        if latency is not None:
            place = next((n for n, bound in enumerate(BOUNDS) if latency <= bound), len(BOUNDS))
            self.latencies[place] += 1
            self.latency_sum += latency

    def state(self, **known: Any) -> State:
        """With what else is `known`, by the names of a State's fields."""
        return State(
            version=VERSION,
            pid=os.getpid(),
            judged=self.judged,
            verdicts=dict(self.verdicts),
            skipped=dict(self.skipped),
            unread=self.unread,
            latencies=tuple(self.latencies),
            latency_sum=self.latency_sum,
            overflows=self.overflows,
            reloads=self.reloads,
            failures=self.failures,
            watch_limit=watch_limit(),
            **known,
        )

    def summary(self, seconds: float, complete: bool) -> Summary:
        """As a report ends with it."""
        return Summary(
            self.judged,
            self.bytes,
            seconds,
            self.findings,
            dict(self.verdicts),
            dict(self.skipped),
            complete,
            self.allowed,
        )


def watch_limit() -> int:
    """Folders that a user may watch by inotify; 0 where there is no such limit, or none that can be read."""
    try:
        with open("/proc/sys/fs/inotify/max_user_watches", "rb") as file:
            return int(file.read(32))
    except (OSError, ValueError):
        return 0
