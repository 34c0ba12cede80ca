"""Kills, full disks, read-only folders: what was acknowledged is there, and the chain verifies."""

from __future__ import annotations

import os
import random
import resource
import signal
import time
from pathlib import Path

import pytest

from dlp.errors import IncidentsError, IncidentsFull
from dlp.incident.anchoring import anchor
from dlp.incident.chain import head_of
from dlp.incident.folder import Folder
from dlp.incident.listing import Filter, listed
from dlp.incident.settings import Anchor

from .making import Clock, faults, made, recorder, result, verified


def _recording(path: str, acknowledged: int, name: str) -> None:
    """In a child: one after the other, each written to a pipe once it is recorded."""
    taking = recorder(Folder(path), Clock())
    for number in range(100_000):
        batch = [result(f"{name} {number} {each}", sealed=b"sealed") for each in range(1 + number % 3)]
        ids = [each.incident for each in taking.take_all(batch)]
        os.write(acknowledged, "".join(each + "\n" for each in ids).encode())


def test_killed_at_any_time_two_writers_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    folder = made(tmp_path / "incidents")
    folder.close()
    chance = random.Random(1)
    acknowledged: list[str] = []
    for turn in range(8):
        read, write = os.pipe()
        children = []
        for writer in range(2):
            child = os.fork()
            if not child:
                try:
                    os.close(read)
                    _recording(folder.path, write, f"{turn} {writer}")
                finally:
                    os._exit(1)
            children.append(child)
        os.close(write)
        time.sleep(chance.uniform(0.05, 0.2))
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        with open(read) as pipe:
            acknowledged += [line for line in pipe.read().split("\n") if len(line) == 12]
        folder = Folder(folder.path)
        assert faults(folder) == []
        there = {each.id for each in listed(folder.database, Filter())}
        assert there.issuperset(acknowledged)
        folder.close()
    assert len(acknowledged) > 50


@pytest.mark.parametrize("room", [60_000, 100_000, 200_000])
def test_where_files_may_not_grow_it_says_so_and_nothing_is_lost(tmp_path: Path, room: int) -> None:
    folder = made(tmp_path / "incidents")
    recorder(folder).take(result("before"))
    folder.close()
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
            taking = recorder(Folder(folder.path))
            for number in range(1000):
                taking.take_all([result(f"{number} {each}") for each in range(20)])
        except IncidentsFull as error:
            os.write(write, str(error).encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with open(read) as pipe:
        assert pipe.read().startswith("no room left for incidents in ")
    folder = Folder(folder.path)
    assert faults(folder) == []
    assert "before" in {each.path for each in listed(folder.database, Filter())}
    recorder(folder).take(result("after"))
    assert faults(folder) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="the folder is given to another user")
def test_a_folder_that_cannot_be_written_to_is_read_and_nothing_else(tmp_path: Path) -> None:
    folder = made(tmp_path / "incidents")
    recorder(folder).take(result("a"))
    folder.close()
    os.chmod(tmp_path, 0o755)
    for parent in tmp_path.parents:
        if parent.stat().st_uid == 0 and not parent.stat().st_mode & 0o001:
            os.chmod(parent, 0o755)
    for each in [Path(folder.path), *Path(folder.path).rglob("*")]:
        os.chmod(each, 0o500 if each.is_dir() else 0o400)
        os.chown(each, 12345, 12345)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        told = ""
        try:
            os.setgid(12345)
            os.setuid(12345)
            here = Folder(folder.path, writing=False)
            told = f"{len(list(listed(here.database, Filter())))} {len(verified(here).faults)} "
            try:
                recorder(Folder(folder.path)).take(result("b"))
            except IncidentsError as error:
                told += str(error)
        finally:
            os.write(write, told.encode())
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with open(read) as pipe:
        told = pipe.read()
    assert told.startswith("1 0 the incidents in ")
    assert "see who may do so" in told


def _anchor(tmp_path: Path, **given: int | bool) -> Anchor:
    return Anchor(["sh", "-c", f"cat >> {tmp_path}/heads; echo >> {tmp_path}/heads"], **given)  # type: ignore[arg-type]


def test_the_head_is_handed_to_a_command_every_so_many_entries(tmp_path: Path) -> None:
    folder = made(tmp_path / "incidents")
    wanted = _anchor(tmp_path, every=5, daily=False)
    for number in range(12):
        recorder(folder, Clock()).take(result(str(number)))
        assert anchor(folder.log(Clock()), wanted) == ""
    heads = (tmp_path / "heads").read_text().split("\n\n")
    assert [each.split("\n")[1] for each in heads if each] == ["number 5", "number 11"]
    assert faults(folder) == []


def test_the_head_is_handed_over_once_a_day_and_when_asked(tmp_path: Path) -> None:
    folder = made(tmp_path / "incidents")
    wanted = _anchor(tmp_path)
    assert anchor(folder.log(Clock()), wanted) == ""
    assert anchor(folder.log(Clock()), wanted) == ""
    assert (tmp_path / "heads").read_text().count("dlp-head") == 1
    anchor(folder.log(Clock()), wanted, now=True)
    assert (tmp_path / "heads").read_text().count("dlp-head") == 2


@pytest.mark.parametrize(
    ("command", "told"),
    [(["false"], "false ended with 1"), (["/nowhere/x"], "cannot be run"), (["a\0b"], "cannot be run")],
)
def test_an_anchor_that_fails_is_said_and_in_the_log(tmp_path: Path, command: list[str], told: str) -> None:
    folder = made(tmp_path / "incidents")
    assert told in anchor(folder.log(Clock()), Anchor(command))
    assert faults(folder) == []
    assert head_of(folder.database).number == 2
