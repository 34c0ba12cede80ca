"""When a file is whole, and which it is that is due."""

from __future__ import annotations

import os
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from dlp.daemon.configuration import Channel
from dlp.daemon.intake import TICK, missing
from dlp.daemon.roots import Root, mounts
from dlp.daemon.settling import Settling, Settlings

ROOT = Root(b"/out", Channel("out", ("/out",), settle=2.0, long_open=10.0), False)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 20)), max_size=40))
def test_each_file_is_due_once_and_as_early_as_anything_asked_for(calls: list[tuple[int, bool, int]]) -> None:
    waiting = Settlings()
    for name, closed, at in calls:
        waiting.add(b"%d" % name, closed, float(at), 0.0)
    assert len(waiting) == len({name for name, _, _ in calls})
    due: dict[bytes, tuple[int, bool]] = {}
    for now in range(21):
        for each in waiting.due(float(now), 100):
            assert each.path not in due
            due[each.path] = now, each.closed
    assert due == {
        b"%d" % name: (min(at for each, _, at in calls if each == name), any(c for each, c, _ in calls if each == name))
        for name, _, _ in calls
    }


def _status(path: Path, changed: float) -> os.stat_result:
    path.touch()
    there = path.stat()
    # st_ctime_ns is the 16th of what a stat_result is made of; the others are as they were.
    fields = {name: getattr(there, name) for name in ("st_atime_ns", "st_mtime_ns")}
    return os.stat_result(tuple(there)[:10], {**fields, "st_ctime_ns": int((time.time() - changed) * 1e9) | 1})


def test_a_closed_file_is_whole_at_once_another_when_it_was_left_alone(tmp_path: Path) -> None:
    now = time.monotonic()
    closed, still = Settling(b"/out/a", True, now), Settling(b"/out/a", False, now)
    assert missing(_status(tmp_path / "a", 0.5), closed, ROOT, now) == 0
    assert 0 < missing(_status(tmp_path / "a", 0.0), closed, ROOT, now) <= TICK
    assert 1.4 < missing(_status(tmp_path / "a", 0.5), still, ROOT, now) < 1.6
    assert missing(_status(tmp_path / "a", 2.5), still, ROOT, now) == 0


def test_a_file_that_never_rests_is_judged_at_intervals(tmp_path: Path) -> None:
    now = time.monotonic()
    assert missing(_status(tmp_path / "a", 0.1), Settling(b"/out/a", False, now - 9), ROOT, now) <= 1
    assert missing(_status(tmp_path / "a", 0.1), Settling(b"/out/a", False, now - 10), ROOT, now) == 0


def test_a_file_from_the_future_is_not_waited_for(tmp_path: Path) -> None:
    now = time.monotonic()
    assert missing(_status(tmp_path / "a", -1000), Settling(b"/out/a", False, now), ROOT, now) == 0


def test_where_file_systems_are_mounted_is_read_as_the_kernel_writes_it() -> None:
    table = (
        b"22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
        b"30 22 0:41 / /mnt/my\\040share rw - cifs //server/share rw\n"
        b"31 22 0:42 / /home/me/Drive rw,nosuid shared:5 master:2 - fuse.rclone remote: rw\n"
        b"broken line\n"
    )
    assert mounts(table) == [(b"/", "ext4"), (b"/mnt/my share", "cifs"), (b"/home/me/Drive", "fuse.rclone")]
