"""Measuring commands: whole processes, by the system's own account, in turn, so that a drifting machine hits all alike.

A figure of two commands is the median of the ratios of neighbouring runs. CPU seconds include all child processes
that were waited for; peak memory is that of the largest single process.
"""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

MB = 1_000_000

_LAUNCH = """
import os, sys, time
null = os.open(os.devnull, os.O_RDWR)
streams = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1)]
begun = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=streams)
_, status, usage = os.wait4(pid, 0)
wall = time.perf_counter() - begun
print(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, os.waitstatus_to_exitcode(status))
"""
"""A process of its own, and a small one: the system counts the memory of who starts a command as the command's."""


@dataclass(frozen=True)
class Run:
    """One run of a command. Seconds; peak in bytes."""

    wall: float
    cpu: float
    peak: int
    code: int


class Bench:
    """What the runs of a script share: where its data lies, and the environment of its commands."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "DLP_STORE": os.path.join(folder, "store"),
            "DLP_KEY_FILE": os.path.join(folder, "store.key"),
            "LC_ALL": "C.UTF-8",
        }

    def path(self, *names: str) -> str:
        return os.path.join(self.folder, *names)

    def make_store(self) -> None:
        """An empty store, in place of the one that was there."""
        shutil.rmtree(self.path("store"), ignore_errors=True)
        if os.path.exists(self.path("store.key")):
            os.unlink(self.path("store.key"))
        self.run([dlp(), "init"])

    def run(self, command: Sequence[str], expect: tuple[int, ...] = (0,)) -> Run:
        """Runs a command with its output thrown away. Raises SystemExit where it ends with another code."""
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _LAUNCH, *command],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
        )
        wall, cpu, peak, code = done.stdout.split()
        if int(code) not in expect:
            raise SystemExit(f"{' '.join(command)} ended with {int(code)}, not {' or '.join(map(str, expect))}")
        return Run(float(wall), float(cpu), int(peak) * (1 if sys.platform == "darwin" else 1024), int(code))

    def output(self, command: Sequence[str], expect: tuple[int, ...] = (0, 1)) -> bytes:
        """What a command writes to its standard output."""
        done = subprocess.run(
            command, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, cwd=self.folder
        )
        if done.returncode not in expect:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr.decode()}")
        return done.stdout


def dlp() -> str:
    """The command of the Python that runs this script, else the first on the path."""
    beside = os.path.join(os.path.dirname(sys.executable), "dlp")
    found = beside if os.path.exists(beside) else shutil.which("dlp")
    if not found:
        raise SystemExit("the command dlp is not installed; install the package first: pip install .")
    return found


def in_turn(jobs: Mapping[str, Callable[[], Run]], rounds: int, warm: bool = True) -> dict[str, list[Run]]:
    """Runs each job `rounds` times, one after the other in every round; a first round that warms up is not counted."""
    if warm:
        for job in jobs.values():
            job()
    runs: dict[str, list[Run]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            runs[name].append(job())
    return runs


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def ratio(ours: Sequence[Run], theirs: Sequence[Run], what: str) -> tuple[float, float]:
    """(median of the pairs' ratios, ratio of the best): `what` is wall or cpu."""
    pairs = [getattr(a, what) / getattr(b, what) for a, b in zip(ours, theirs, strict=True)]
    return median(pairs), min(getattr(a, what) for a in ours) / min(getattr(b, what) for b in theirs)


def show(title: str, rows: Sequence[tuple[str, str, str]], *, smoke: bool) -> None:
    """A table: what, measured, target."""
    note = "  (a smoke test: too little data for the figures to mean anything)" if smoke else ""
    lines = [
        f"{title}{note}",
        f"  {platform.system()} {platform.machine()}, {_processor()}, Python {platform.python_version()}",
    ]
    width = max(len(row[0]) for row in rows)
    for what, value, target in rows:
        lines.append(f"  {what:<{width}}  {value}{f'   (target: {target})' if target else ''}")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _processor() -> str:
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    name = platform.processor() or "unknown processor"
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            name = next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), name)
    return f"{count} x {name}"


def digest_command(paths: Sequence[str]) -> tuple[str, list[str]]:
    """(what it is, command): one BLAKE2b over each of `paths`, by b2sum where there is one, else by hashlib."""
    if shutil.which("b2sum"):
        return "b2sum", ["b2sum", *paths]
    code = "import hashlib,sys\nfor path in sys.argv[1:]:\n    hashlib.file_digest(open(path,'rb'),'blake2b').digest()"
    return "hashlib.blake2b (b2sum is not installed)", [sys.executable, "-c", code, *paths]
