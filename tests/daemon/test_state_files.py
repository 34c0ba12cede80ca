"""What the daemon keeps: the ledger, the queue, and what becomes of them when the disk or somebody fails them."""

from __future__ import annotations

import os
import resource
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlp.daemon.database import NAME, Database, StateBroken, StateBusy, opened
from dlp.daemon.facts import generation_of
from dlp.daemon.ledger import Entry, Ledger, Version
from dlp.daemon.queue import Queue
from dlp.model import Verdict


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    made, _ = opened(str(tmp_path))
    yield made
    made.close()


def entry(version: Version, generation: int = 1) -> Entry:
    return Entry(version, bytes(32), Verdict.BLOCK, b"12345678", generation)


VERSION = Version(1, 2, 3, 4, 5)


def test_what_is_put_into_the_ledger_is_there_again(db: Database, tmp_path: Path) -> None:
    os.utime(tmp_path, ns=(0, 14_000_000_000 * 10**9))
    late = os.stat(tmp_path)
    assert late.st_mtime_ns > 1 << 63
    ledger = Ledger(db)
    rows = {b"/a\xff\n": entry(VERSION), b"/b": entry(Version.of(late)), b"/c": entry(VERSION.unsure())}
    ledger.put(rows.items())
    db.commit()
    assert ledger.of([*rows, b"/other"]) == rows
    assert ledger.size() == 3


def test_more_paths_than_one_question_takes_are_found(db: Database) -> None:
    ledger = Ledger(db)
    rows = {b"/%d" % number: entry(VERSION) for number in range(1234)}
    ledger.put(rows.items())
    assert ledger.of(list(rows)) == rows


def test_a_folder_that_is_gone_takes_with_it_what_is_below_and_no_more(db: Database) -> None:
    ledger = Ledger(db)
    paths = [b"/a", b"/a/b", b"/a/b/c", b"/a/b\xff", b"/a/bc", b"/a0", b"/ab/c", b"/a/b0"]
    ledger.put((path, entry(VERSION)) for path in paths)
    ledger.forget_below(b"/a/b")
    assert set(ledger.of(paths)) == set(paths) - {b"/a/b/c"}
    ledger.forget_below(b"/a")
    assert set(ledger.of(paths)) == {b"/a", b"/a0", b"/ab/c"}


def test_each_path_waits_once_and_small_files_go_before_large_ones_that_came_with_them(db: Database) -> None:
    queue = Queue(db)
    queue.add([(b"large", 400 << 20), (b"small", 10), (b"middle", 20 << 20), (b"small", 999)])
    queue.add([(b"found", 1)], last=True)
    queue.add([(b"late", 1)])
    assert {task.path for task in queue.take(2)} == {b"small", b"late"}
    assert [task.path for task in queue.take(1)] == [b"middle"]
    assert [task.path for task in queue.take(3)] == [b"large", b"found"]
    assert queue.take(3) == []
    assert queue.size() == 5
    queue.done([b"large", b"found"])
    assert queue.size() == 3


def test_what_was_found_comes_early_when_it_is_heard_of(db: Database) -> None:
    queue = Queue(db)
    queue.add([(b"a", 1), (b"b", 1), (b"c", 1)], last=True)
    queue.add([(b"c", 1)])
    assert [task.path for task in queue.take(1)] == [b"c"]


def test_large_files_wait_no_longer_than_their_turn(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = Queue(db)
    queue.add([(b"huge", 1 << 50)])
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 61)
    queue.add([(b"small", 1)])
    assert [task.path for task in queue.take(1)] == [b"huge"]


def test_what_was_under_way_is_done_again_and_its_attempts_are_counted(db: Database) -> None:
    queue = Queue(db)
    queue.add([(b"a", 1)])
    assert [task.attempts for task in queue.take(1)] == [0]
    db.commit()
    assert [task.attempts for task in Queue(db).take(1)] == [1]
    db.commit()
    again = Queue(db)
    again.take(1)
    again.again(b"a", 0, failed=False)
    assert [task.attempts for task in again.take(1)] == [2]


def test_what_failed_waits_before_it_is_taken_again_unless_it_is_heard_of(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = Queue(db)
    queue.add([(b"a", 1), (b"b", 1)])
    queue.take(2)
    queue.again(b"a", 5, failed=True)
    queue.again(b"b", 5, failed=True)
    assert queue.take(2) == []
    queue.add([(b"b", 1)])
    assert [task.path for task in queue.take(2)] == [b"b"]
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 6)
    assert [(task.path, task.attempts) for task in queue.take(2)] == [(b"a", 1)]


def test_a_clock_that_was_set_back_changes_no_order(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Queue(db)
    before.add([(b"first", 1)])
    db.commit()
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    after = Queue(db)
    after.add([(b"second", 1)])
    assert [task.path for task in after.take(2)] == [b"first", b"second"]
    assert after.oldest() < 5


def test_what_files_are_judged_by_has_a_number_that_changes_with_it(db: Database) -> None:
    one = generation_of(db, b"one")
    assert generation_of(db, b"one") == one
    assert generation_of(db, b"two") == one + 1
    assert generation_of(db, b"one") == one + 2


def test_a_transaction_that_finds_no_room_is_undone_and_can_be_made_later(db: Database) -> None:
    queue = Queue(db)
    queue.add([(b"kept", 1)])
    db.commit()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = max(each.stat().st_size for each in Path(db.path).parent.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        with pytest.raises(StateBusy):
            _fill(db, queue)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert b"kept" in {task.path for task in queue.take(100_000)}
    queue.add([(b"more", 1)])
    db.commit()
    assert b"more" in {task.path for task in queue.take(100_000)}


def _fill(db: Database, queue: Queue) -> None:
    for first in range(0, 100_000, 100):
        queue.add([(b"%d" % number * 50, 1) for number in range(first, first + 100)])
        db.commit()


def test_who_else_touches_the_state_is_noticed(db: Database) -> None:
    assert db.tampered() == ""
    Ledger(db).put([(b"/a", entry(VERSION))])
    db.commit()
    assert db.tampered() == ""
    with sqlite3.connect(db.path) as other:
        other.execute("DELETE FROM ledger")
    other.close()
    assert db.tampered() == "written to"
    assert db.tampered() == ""
    os.rename(db.path, db.path + ".away")
    assert db.tampered() == "removed"
    Path(db.path).touch()
    assert db.tampered() == "replaced"


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"noise" * 1000])
def test_a_file_that_is_no_state_is_put_aside_and_one_is_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    db, problem = opened(str(tmp_path))
    assert Ledger(db).size() == 0
    db.close()
    assert bool(problem) == bool(content)
    assert oct((tmp_path / NAME).stat().st_mode)[-3:] == "600"


def test_a_database_of_something_else_is_put_aside(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / NAME) as other:
        other.execute("CREATE TABLE theirs (a)")
    other.close()
    with pytest.raises(StateBroken):
        Database(str(tmp_path / NAME))
    db, problem = opened(str(tmp_path))
    db.close()
    assert problem
    assert (tmp_path / (NAME + ".unfit")).exists()
