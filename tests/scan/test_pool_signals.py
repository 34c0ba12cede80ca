"""A scan that is broken off, in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

SCAN = """
import os, signal, sys, time
from dlp.limits import Limits
from dlp.scan import pool
from dlp.source.seam import Item

def handle(item):
    if MODE == "busy":
        while True:
            pass
    time.sleep({"asleep": 60, "steady": 0.5, "quick": 0.001}[MODE])
    return b""

def items():
    for _ in range(COUNT):
        yield Item(b"/dev/null", "x", "x", 1)

def stop(*_):
    raise SystemExit(9)

MODE, COUNT, SECONDS = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
code = 0
signal.signal(signal.SIGTERM, stop)
try:
    for outcome in pool.run(items(), handle, jobs=2, limits=Limits(seconds=SECONDS)):
        if MODE == "steady":
            print(outcome.payload, flush=True)
except KeyboardInterrupt:
    code = 7
except SystemExit:
    code = 9
try:
    os.waitpid(-1, os.WNOHANG)
    code = 1  # a child is left
except ChildProcessError:
    pass
left = [fd for fd in map(int, os.listdir("/dev/fd")) if fd > 2]
os._exit(code if len(left) <= 1 else 2)  # one is the listing itself
"""


@contextmanager
def _scan(mode: str) -> Iterator[tuple[subprocess.Popen[bytes], set[int]]]:
    """A scan with two workers at work, and their ids."""
    command = [sys.executable, "-c", SCAN, mode, "1000000", "120"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        workers = _two_workers(process)
        try:
            yield process, workers
        finally:
            process.kill()


def _two_workers(process: subprocess.Popen[bytes]) -> set[int]:
    """Their ids, once there are two and they have had time to begin."""
    end = time.monotonic() + 20
    while len(workers := _children(process.pid)) < 2:
        assert time.monotonic() < end
    time.sleep(0.2)
    return workers


def _children(pid: int) -> set[int]:
    command = ["ps", "-A", "-o", "pid=,ppid="]
    listed = subprocess.run(command, capture_output=True, check=True).stdout.decode().split()
    return {int(each) for each, parent in zip(listed[::2], listed[1::2], strict=True) if int(parent) == pid}


def _gone(pids: set[int], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(_runs(pid) for pid in pids):
            return True
        time.sleep(0.01)
    return False


def _runs(pid: int) -> bool:
    if os.path.exists("/proc/self/stat"):
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                state = file.read().rpartition(b")")[2].strip()
        except (FileNotFoundError, ProcessLookupError):
            return False
    else:
        command = ["ps", "-o", "stat=", "-p", str(pid)]
        state = subprocess.run(command, capture_output=True, check=False).stdout.strip()
    return bool(state) and not state.startswith(b"Z")  # a zombie waits for whoever adopted it


def _drain(process: subprocess.Popen[bytes]) -> int:
    process.communicate(timeout=20)
    return process.returncode


@pytest.mark.parametrize("mode", ["busy", "asleep", "quick"])
def test_no_worker_outlives_a_scan_that_is_killed(mode: str) -> None:
    with _scan(mode) as (process, workers):
        process.kill()
        process.wait()
        assert _gone(workers)


@pytest.mark.parametrize("mode", ["busy", "quick"])
def test_ctrl_c_ends_a_scan_at_once_and_leaves_nothing(mode: str) -> None:
    with _scan(mode) as (process, workers):
        start = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole group
        assert _drain(process) == 7
        assert time.monotonic() - start < 5
        assert _gone(workers)


def test_a_second_ctrl_c_does_no_harm() -> None:
    for wait in (0, 0.0005, 0.002):
        with _scan("quick") as (process, workers):
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(wait)
            os.killpg(process.pid, signal.SIGINT)
            # The second may come after `run`, and then ends this little scan as it would any program.
            assert _drain(process) in (7, -signal.SIGINT)
            assert _gone(workers)


def test_sigterm_made_an_exception_ends_the_workers_too() -> None:
    with _scan("busy") as (process, workers):
        process.terminate()
        assert _drain(process) == 9
        assert _gone(workers)


def test_a_scan_that_was_stopped_for_longer_than_a_deadline_goes_on() -> None:
    command = [sys.executable, "-c", SCAN, "steady", "2", "2.5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        _two_workers(process)
        os.killpg(process.pid, signal.SIGSTOP)
        time.sleep(3)
        os.killpg(process.pid, signal.SIGCONT)
        output, _ = process.communicate(timeout=20)
    assert b"Failure" not in output
    assert output.count(b"b''") == 2
