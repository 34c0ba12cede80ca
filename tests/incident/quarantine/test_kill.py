"""kill -9 at any step of taking a file away and of giving it back: it is whole in its place or whole in quarantine."""

from __future__ import annotations

import errno
import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dlp.incident import database
from dlp.incident.quarantine import holding, moving
from dlp.incident.quarantine.resuming import resume

from .making import CONTENT, REVIEW, Place, facts, finish, settle, start, whole

STEPS = ("fsync", "rename", "unlink", "mkdir", "rmdir", "link", "fchown", "fchmod", "setxattr", "utime", "ftruncate")


class Ending:
    """Ends the process without further ado at the n-th call that changes something, before it or after."""

    def __init__(self, at: int, after: bool) -> None:
        self.left, self.after = at, after

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def ending(*arguments: Any, **options: Any) -> Any:
            self.left -= 1
            here = self.left == 0
            if here and not self.after:
                os._exit(9)
            try:
                return call(*arguments, **options)
            finally:
                if here:
                    os._exit(9)

        return ending

    def _opening(self, call: Callable[..., int]) -> Callable[..., int]:
        ending = self.around(call)

        def opened(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
            return (ending if flags & os.O_CREAT else call)(path, flags, *arguments, **options)

        return opened

    def install(self, renames: bool = True) -> None:
        """`renames`: whether the system can rename without replacing."""
        for name in STEPS:
            setattr(os, name, self.around(getattr(os, name)))
        os.open = self._opening(os.open)
        moving._rename_no_replace = self.around(moving._rename_no_replace if renames else _unsupported)
        around, connect = self.around, sqlite3.connect

        class Connection(sqlite3.Connection):
            execute = around(sqlite3.Connection.execute)

        database.sqlite3.connect = lambda *given, **options: connect(*given, **options, factory=Connection)  # type: ignore[attr-defined]


def _unsupported(*_: object) -> None:
    raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))


@pytest.fixture(params=["beside", "elsewhere"])
def base(request: pytest.FixtureRequest, memory: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Place]:
    """Makes places: the channel on the quarantine's file system, or as if it were on another one."""
    if request.param == "elsewhere":
        monkeypatch.setattr(holding, "move", _across)
    count = iter(range(10_000))
    return lambda: Place(memory / str(next(count)))


def _across(folder: int, name: bytes, to: int, new: bytes) -> None:
    if new != holding.CONTENT:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
    moving.move(folder, name, to, new)


def _contain(place: Place) -> None:
    assert place.contain().state == "quarantined"


def _restore(place: Place) -> None:
    (record,) = place.records()
    place.restoring().restore(record.id, REVIEW, until=1 << 60)


def _resume(place: Place) -> None:
    resume(place.open())


def _purge(place: Place) -> None:
    (record,) = place.records()
    place.restoring().purge(record.id)


def _ended(work: Callable[[Place], None], place: Place, at: int, after: bool, renames: bool = True) -> None:
    Ending(at, after).install(renames)
    work(place)


@pytest.mark.parametrize("renames", [True, False], ids=["", "linking"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_ended_at_any_step_a_file_is_in_its_place_or_in_quarantine(
    base: Callable[[], Place], after: bool, renames: bool
) -> None:
    at, seen, code = 1, [], 9
    while code != 0:
        place = base()
        code = finish(start(partial(_ended, _contain, place, at, after, renames)))
        assert code in (0, 9)
        assert whole(place)
        seen.append(settle(place))
        if seen[-1] == "sealed":
            _restore(place)
        assert place.file.read_bytes() == CONTENT
        at += 1
    assert at > 30
    assert seen == sorted(seen), "once it is on record as sealed it stays so"
    assert set(seen) == {"place", "sealed"}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_ended_at_any_step_of_giving_it_back_a_file_is_there_once(base: Callable[[], Place], after: bool) -> None:
    at, seen, code = 1, [], 9
    while code != 0:
        place = base()
        _contain(place)
        code = finish(start(partial(_ended, _restore, place, at, after)))
        assert whole(place)
        seen.append(settle(place))
        if seen[-1] == "sealed":
            assert place.open()._allowed(place.records()[0].digest) is None, "what was not released is not allowed"
            _restore(place)
        assert place.file.read_bytes() == CONTENT
        at += 1
    assert at > 30
    assert seen == sorted(seen, reverse=True)
    assert set(seen) == {"place", "sealed"}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_going_on_can_be_ended_as_well(base: Callable[[], Place], after: bool) -> None:
    """Ended while taking a file away, and again and again while going on with that."""
    pick = random.Random(after)
    for _ in range(12):
        place = base()
        finish(start(partial(_ended, _contain, place, pick.randint(5, 60), after)))
        for _ in range(3):
            assert whole(place)
            finish(start(partial(_ended, _resume, place, pick.randint(1, 25), after)))
        assert whole(place)
        settle(place)


def test_what_is_purged_is_gone_and_on_record_wherever_that_was_ended(base: Callable[[], Place]) -> None:
    at, code = 1, 9
    while code != 0:
        place = base()
        _contain(place)
        code = finish(start(partial(_ended, _purge, place, at, False)))
        resume(place.open())
        (record,) = place.records()
        sealed = (place.vault / f"{record.id}.sealed").exists()
        assert sealed == (record.state == "quarantined")
        assert sealed != ("purged" in place.log())
        at += 1
    assert not sealed


def test_killed_at_random_nothing_is_lost(base: Callable[[], Place]) -> None:
    pick, seen = random.Random(7), set()
    began = time.monotonic()
    finish(start(partial(_contain, base())))
    usual = time.monotonic() - began
    for _ in range(12):
        place = base()
        child = start(partial(_contain, place))
        time.sleep(pick.uniform(0, usual))
        os.kill(child, signal.SIGKILL)
        finish(child)
        assert whole(place)
        seen.add(settle(place))
    assert seen <= {"place", "sealed"}


def test_a_sealed_copy_is_on_the_disk_and_on_record_before_the_plain_one_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What outlasts a power cut is what was synced: the order of syncs, renamings and commits is the promise."""
    steps: list[str] = []
    place = Place(tmp_path)

    def noting(name: str) -> None:
        call = getattr(os, name)

        def noted(what: Any, *arguments: Any, **options: Any) -> Any:
            at = os.readlink(f"/proc/self/fd/{what}") if isinstance(what, int) else os.fsdecode(what)
            steps.append(f"{name} {os.path.basename(at).replace(RECORD, 'Q')}")
            return call(what, *arguments, **options)

        monkeypatch.setattr(os, name, noted)

    RECORD = "Q" + "0" * 10
    monkeypatch.setattr("dlp.incident.quarantine.records.new_id", lambda: RECORD)
    quarantine = place.open()
    appending = quarantine.log.database.transaction

    def committing() -> Any:
        steps.append("commit")
        return appending()

    for name in ("fsync", "rename", "unlink"):
        noting(name)
    monkeypatch.setattr(quarantine.log.database, "transaction", committing)
    assert quarantine.contain(os.fsencode(place.file), facts(place.file)).state == "quarantined"
    wanted = ["commit", "rename report.docx", "fsync quarantine", "fsync channel", "fsync Q.part", "rename Q.part",
              "fsync quarantine", "commit", "unlink Q.held", "fsync quarantine", "commit"]  # fmt: skip
    assert [step for step in steps if step in wanted] == wanted
