"""Opening that waits for a verdict: by the kernel where it lets us, and by a stand-in for what it would ask."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlp.daemon.blocking import Arguments, Blocking
from dlp.daemon.configuration import Channel
from dlp.daemon.database import connect, opened
from dlp.daemon.fanotify import Asked, Fanotify
from dlp.daemon.ledger import Entry, Ledger, Version
from dlp.daemon.roots import Root
from dlp.model import Verdict

from ..cli.running import HARMLESS, LEAK, Dlp
from .running import Daemon, running


class Kernel:
    """Notes what it is told."""

    descriptor = -1

    def __init__(self) -> None:
        self.answers: list[bool] = []

    def answer(self, asked: Asked, allowed: bool) -> None:
        os.close(asked.descriptor)
        self.answers.append(allowed)


class Trial:
    """A channel with one file, that somebody wants to open."""

    def __init__(self, home: Path, *, seconds: float = 60.0, allow: bool = True) -> None:
        self.file = home / "outbox" / "file"
        self.file.parent.mkdir()
        self.file.write_text("text")
        (home / "state").mkdir()
        self.db, _ = opened(str(home / "state"))
        self.kernel = Kernel()
        root = Root(bytes(self.file.parent), Channel("out", (str(self.file.parent),)), False)
        path = str(home / "state" / "state.sqlite")
        reader = connect(path, "ro")
        given = Arguments([root], path, 2, seconds, allow)
        self.out = os.open(os.devnull, os.O_WRONLY)
        self.blocking = Blocking(
            given, self.kernel, lambda sql, values: reader.execute(sql, values).fetchall(), self.out
        )

    def ask(self, process: int = 1) -> list[bool]:
        self.blocking.ask(Asked(os.open(self.file, os.O_RDONLY), process))
        return self.kernel.answers

    def judge(self, verdict: Verdict, generation: int = 2) -> None:
        entry = Entry(Version.of(self.file.lstat()), b"", verdict, b"", generation)
        Ledger(self.db).put([(bytes(self.file), entry)])
        self.db.commit()

    def look(self) -> list[bool]:
        self.blocking.look()
        return self.kernel.answers


@pytest.mark.parametrize(
    ("verdict", "allowed"), [("allow", True), ("warn", True), ("quarantine", False), ("block", False)]
)
def test_whoever_opens_waits_until_the_verdict_is_in(tmp_path: Path, verdict: str, allowed: bool) -> None:
    trial = Trial(tmp_path)
    assert trial.ask() == trial.look() == []
    trial.judge(Verdict(verdict))
    assert trial.look() == [allowed]
    assert trial.ask() == [allowed, allowed]  # at once
    assert len(trial.blocking) == 0


def test_a_verdict_on_another_version_or_by_an_older_policy_is_none(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    trial.judge(Verdict.ALLOW, generation=1)
    assert trial.ask() == []
    trial.judge(Verdict.ALLOW)
    trial.file.write_text("longer text")
    assert trial.look() == []
    trial.judge(Verdict.BLOCK)
    assert trial.look() == [False]


@pytest.mark.parametrize("allow", [True, False])
def test_when_time_is_over_the_answer_is_as_configured(tmp_path: Path, allow: bool) -> None:
    assert Trial(tmp_path, seconds=0.0, allow=allow).ask() == [allow]


def test_what_was_taken_away_meanwhile_is_not_opened(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    assert trial.ask() == []
    trial.file.unlink()
    assert trial.look() == [False]


def test_we_and_what_is_empty_or_elsewhere_do_not_wait(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    assert trial.ask(os.getpid()) == [True]
    trial.file.write_text("")
    assert trial.ask() == [True, True]
    trial.file = tmp_path / "elsewhere"
    trial.file.write_text("text")
    assert trial.ask() == [True, True, True]


# --- the kernel's own ---------------------------------------------------------------------------


@pytest.fixture
def blocking_daemon(dlp: Dlp, tmp_path: Path) -> Iterator[Daemon]:
    try:
        kernel = Fanotify()
        (tmp_path / "trial").mkdir()
        kernel.mark(bytes(tmp_path / "trial"), mount=False)
    except OSError as error:
        pytest.skip(f"no fanotify here: {error}")
    os.close(kernel.descriptor)
    folder = tmp_path / "outbox"
    folder.mkdir()
    daemon = Daemon(dlp, tmp_path, "--no-rules", "--all", "-j", 1, "--fanotify", folder)
    with running(daemon):
        daemon.until(lambda state: state.healthy)
        yield daemon


def read(path: Path) -> str | None:
    """In another process; None where it was not let."""
    done = subprocess.run(["cat", path], capture_output=True, text=True, timeout=60)
    return done.stdout if done.returncode == 0 else None


def test_a_leak_cannot_be_opened_and_a_clean_file_can(blocking_daemon: Daemon) -> None:
    leak, fine = blocking_daemon.folder / "leak", blocking_daemon.folder / "fine"
    fine.write_text(HARMLESS)
    assert read(fine) == HARMLESS
    leak.write_text(LEAK)
    assert read(leak) is None
    until = time.monotonic() + 10
    while not blocking_daemon.heard("denied"):  # told after the answer
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_daemon_that_is_killed_hangs_nobody(blocking_daemon: Daemon) -> None:
    path = blocking_daemon.folder / "leak"
    path.write_text(LEAK)
    assert read(path) is None
    blocking_daemon.stop(signal.SIGKILL)
    end = time.monotonic() + 30
    while read(path) is None and time.monotonic() < end:
        time.sleep(0.05)
    assert read(path) == LEAK


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is none at all")
def test_descriptors_of_files_are_read_as_the_kernel_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("text")
    try:
        kernel = Fanotify()
        kernel.mark(bytes(tmp_path), mount=False)
    except OSError as error:
        pytest.skip(f"no fanotify here: {error}")
    reader = subprocess.Popen(["cat", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    asked: list[Asked | None] = []
    while not asked:
        asked = list(kernel.asked())
        time.sleep(0.01)
    (one,) = asked
    assert one
    assert one.process == reader.pid
    assert os.readlink(f"/proc/self/fd/{one.descriptor}") == str(path)
    kernel.answer(one, False)
    assert reader.wait(30) != 0
    os.close(kernel.descriptor)
