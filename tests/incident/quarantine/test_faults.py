"""Disks without room, disks that fail or are read-only, what one may not do, and Ctrl-C: said, and nothing lost."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dlp.errors import IncidentsError, IncidentsLocked, IncidentsUnsafe
from dlp.incident.quarantine import folder as folders
from dlp.incident.quarantine import holding, moving
from dlp.incident.quarantine.folder import Folder
from dlp.incident.quarantine.resuming import resume
from dlp.incident.settings import Containing
from dlp.model import Contained, Containment

from .making import CONTENT, NAME, REVIEW, Place, facts, finish, settle, start, whole

root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may do that")
SOMEBODY = 12345

STEPS = ("fsync", "rename", "unlink", "mkdir", "rmdir", "open", "pread", "readlink", "fchown", "fstat")


class Failing:
    """The n-th call to the system fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException) -> None:
        self.left, self._error = at, error
        for name in STEPS:
            monkeypatch.setattr(os, name, self._around(getattr(os, name)))
        monkeypatch.setattr(moving, "_rename_no_replace", self._around(moving._rename_no_replace))

    def _around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def failing(*arguments: Any, **options: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                raise self._error
            return call(*arguments, **options)

        return failing


def _across(folder: int, name: bytes, to: int, new: bytes) -> None:
    if new != holding.CONTENT:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
    moving.move(folder, name, to, new)


ERRORS: dict[str, Callable[[], BaseException]] = {
    "no-room": lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    "disk-fails": lambda: OSError(errno.EIO, os.strerror(errno.EIO)),
    "ctrl-c": KeyboardInterrupt,
}


@pytest.mark.parametrize("elsewhere", [False, True], ids=["beside", "elsewhere"])
@pytest.mark.parametrize("error", ERRORS)
def test_whatever_step_of_taking_it_fails_the_file_is_whole_and_the_outcome_is_said(
    memory: Path, monkeypatch: pytest.MonkeyPatch, elsewhere: bool, error: str
) -> None:
    if elsewhere:
        monkeypatch.setattr(holding, "move", _across)
    at, states = 0, set()
    while True:
        at += 1
        place = Place(memory / str(at))
        quarantine, found, done = place.open(), facts(place.file), None
        with monkeypatch.context() as patch:
            failing = Failing(patch, at, ERRORS[error]())
            try:
                done = quarantine.contain(os.fsencode(place.file), found)
            except KeyboardInterrupt:
                assert error == "ctrl-c"
        there = whole(place)
        assert there
        if done:
            states.add(done.state)
            if done.state in (Contained.FAILED, Contained.CHANGED):
                assert there == {"place"}
                assert place.records() == []
                assert done.detail
            elif done.state == Contained.HELD:
                assert there == {"held"}
            else:
                assert "sealed" in there
        settle_and_give_back(place)
        if failing.left > 0:
            break
    assert at > 20
    assert Contained.QUARANTINED in states
    assert error == "ctrl-c" or Contained.FAILED in states


def settle_and_give_back(place: Place) -> None:
    resume(place.open())
    for record in place.records():
        if record.state == "quarantined":
            place.restoring().restore(record.id, REVIEW)
    assert place.file.read_bytes() == CONTENT


@pytest.mark.parametrize("error", ERRORS)
def test_whatever_step_of_giving_it_back_fails_it_is_there_or_still_in_quarantine(
    memory: Path, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    at = 0
    while True:
        at += 1
        place = Place(memory / str(at))
        done = place.contain()
        restoring = place.restoring()
        with monkeypatch.context() as patch:
            failing = Failing(patch, at, ERRORS[error]())
            try:
                restoring.restore(done.id, REVIEW)
            except KeyboardInterrupt:
                assert error == "ctrl-c"
            except (IncidentsError, OSError):
                assert error != "ctrl-c"
        assert whole(place)
        resume(place.open())
        if place.restoring().find(done.id).state == "quarantined":
            for path in place.channel.glob(NAME):  # given back, and not known to be so: it was there, and stays
                assert path.read_bytes() == CONTENT
                path.unlink()
            place.restoring().restore(done.id, REVIEW)
        assert place.file.read_bytes() == CONTENT
        assert not list(place.channel.glob(".dlp-*"))
        if failing.left > 0:
            break
    assert at > 20


def test_where_files_may_not_grow_it_stays_in_its_place(memory: Path) -> None:
    place = Place(memory, content=os.urandom(1_000_000))
    place.open()

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
        done = place.contain()
        assert done == Containment(Contained.FAILED, "", "it cannot be sealed: it is larger than a file may be here")

    assert finish(start(limited)) == 0
    assert settle(place) == "place"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], capture_output=True)
    if made.returncode:
        pytest.skip("file systems cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@root
def test_a_full_disk_leaves_it_in_its_place(memory: Path, small: Path) -> None:
    place = Place(memory, content=os.urandom(1_000_000))
    (small / "quarantine").mkdir(mode=0o700)
    place.vault.symlink_to(small / "quarantine")
    with pytest.raises(IncidentsError):
        place.open()
    place.vault.unlink()
    place.vault.mkdir(mode=0o700)
    subprocess.run(["mount", "--bind", small / "quarantine", place.vault], check=True)
    try:
        done = place.contain()
        assert done == Containment(Contained.FAILED, "", "it cannot be sealed: no room left on the disk")
        assert settle(place) == "place"
        place.file.write_bytes(CONTENT)
        assert place.contain().state == Contained.QUARANTINED, "what there is room for is contained"
    finally:
        subprocess.run(["umount", "-l", place.vault], check=True)


@root
def test_what_stands_on_a_disk_that_is_read_only_is_said(memory: Path, small: Path) -> None:
    place = Place(memory, channel=small / "channel")
    subprocess.run(["mount", "-o", "remount,ro", small], check=True)
    assert place.contain() == Containment(Contained.FAILED, "", "its file system is read-only")
    assert place.file.read_bytes() == CONTENT
    assert place.records() == []


@root
def test_between_file_systems_it_is_held_beside_its_place(memory: Path, small: Path) -> None:
    place = Place(memory, channel=small / "channel")
    done = place.contain()
    assert done.state == Contained.QUARANTINED
    assert settle(place) == "sealed"
    place.restoring().restore(done.id, REVIEW)
    assert place.file.read_bytes() == CONTENT


@root
def test_a_full_disk_does_not_lose_what_is_given_back(memory: Path, small: Path) -> None:
    place = Place(memory, channel=small / "channel", content=os.urandom(100_000))
    done = place.contain()
    (small / "filling").write_bytes(bytes(200_000))
    with pytest.raises(IncidentsError, match="cannot be put there: no room left on the disk"):
        place.restoring().restore(done.id, REVIEW)
    assert settle(place) == "sealed"


def _as_somebody(work: Callable[[], object]) -> int:
    def changed() -> None:
        os.setgroups([])
        os.setgid(SOMEBODY)
        os.setuid(SOMEBODY)
        work()

    return finish(start(changed))


def _given_away(place: Place, *paths: Path) -> None:
    """The folder of incidents is somebody's, and these."""
    for path in (place.base, *place.base.rglob("*")):
        if path == place.base or str(path).startswith(place.incidents):
            os.chown(path, SOMEBODY, SOMEBODY)
    for path in paths:
        os.chown(path, SOMEBODY, SOMEBODY)
    for parent in place.base.parents:
        if parent.stat().st_mode & 0o001 == 0:
            pytest.skip("others may not enter the folder of temporary files")


@pytest.fixture
def theirs(memory: Path) -> Place:
    os.chmod(memory, 0o755)
    return Place(memory / "place")


@root
@pytest.mark.parametrize("case", ["folder", "file", "sticky"])
def test_what_one_may_not_move_is_said(theirs: Place, case: str) -> None:
    place = theirs
    if case == "folder":
        _given_away(place, place.file)
        said = "permission denied"
    elif case == "file":
        _given_away(place, place.channel)
        place.file.chmod(0o600)
        said = "permission denied"
    else:
        _given_away(place)
        place.channel.chmod(0o1777)
        said = "the system does not permit it: it is immutable, or somebody else's in a folder with the sticky bit"
    scanned = facts(place.file)

    def work() -> None:
        assert place.contain(file=scanned) == Containment(Contained.FAILED, "", said)
        assert place.records() == []

    assert _as_somebody(work) == 0
    assert place.file.read_bytes() == CONTENT


@root
def test_who_is_not_root_gives_back_what_they_may(theirs: Place) -> None:
    place = theirs
    place.file.chmod(0o4711)
    done = place.contain()
    _given_away(place, place.channel)

    def work() -> None:
        _, failed = place.restoring().restore(done.id, REVIEW)
        assert failed == ["its owner (operation not permitted)"]

    assert _as_somebody(work) == 0
    status = place.file.stat()
    assert status.st_uid == SOMEBODY
    assert status.st_mode & 0o7777 == 0o711, "what cannot be its owner's does not act for them"


_GET_FLAGS, _SET_FLAGS, _IMMUTABLE = 0x80086601, 0x40086602, 0x10


@root
def test_an_immutable_file_is_said(tmp_path: Path) -> None:
    place = Place(tmp_path)

    def immutable(on: bool) -> None:
        with open(place.file, "rb") as file:
            flags = struct.unpack("l", fcntl.ioctl(file, _GET_FLAGS, bytes(8)))[0]
            fcntl.ioctl(file, _SET_FLAGS, struct.pack("l", flags | _IMMUTABLE if on else flags & ~_IMMUTABLE))

    try:
        immutable(True)
    except OSError:
        pytest.skip("this file system has no immutable files")
    try:
        done = place.contain()
    finally:
        immutable(False)
    assert done.state == Contained.FAILED
    assert "immutable" in done.detail
    assert settle(place) == "place"


def test_what_is_kept_has_a_bound(place: Place) -> None:
    tight = Containing(quota=len(CONTENT) + 1000)
    done = place.open(tight).contain(os.fsencode(place.file), facts(place.file))
    assert done.state == Contained.QUARANTINED
    place.file.write_bytes(CONTENT)
    full = place.open(tight).contain(os.fsencode(place.file), facts(place.file))
    assert full.state == Contained.FAILED
    assert full.detail.startswith("the quarantine has 18,056 of at most 19,000 bytes; make room with: dlp quarantine")
    assert place.file.read_bytes() == CONTENT
    place.restoring().purge(done.id)
    assert place.open(tight).contain(os.fsencode(place.file), facts(place.file)).state == Contained.QUARANTINED


@pytest.mark.parametrize("kind", ["open", "link", "file"])
def test_a_quarantine_that_others_could_look_into_is_not_used(place: Place, kind: str) -> None:
    if kind == "open":
        place.vault.mkdir()
        place.vault.chmod(0o750)
    elif kind == "link":
        (place.base / "real").mkdir(mode=0o700)
        place.vault.symlink_to(place.base / "real")
    else:
        place.vault.write_bytes(b"")
    with pytest.raises(IncidentsUnsafe if kind == "open" else IncidentsError):
        place.open()
    assert place.file.read_bytes() == CONTENT


def test_two_do_not_get_into_each_others_way(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "PATIENCE", 0.05)
    quarantine = place.open()
    with Folder(str(place.vault)).locked():
        done = quarantine.contain(os.fsencode(place.file), facts(place.file))
        assert done.state == Contained.FAILED
        assert "another process has been using the quarantine" in done.detail
        with pytest.raises(IncidentsLocked):
            resume(quarantine)
    assert quarantine.contain(os.fsencode(place.file), facts(place.file)).state == Contained.QUARANTINED


def test_where_the_record_cannot_be_written_the_file_stays(place: Place) -> None:
    quarantine = place.open()
    quarantine.log.database.execute("DROP TABLE quarantine")
    done = quarantine.contain(os.fsencode(place.file), facts(place.file))
    assert done.state == Contained.FAILED
    assert done.detail.startswith("the database of incidents in")
    assert place.file.read_bytes() == CONTENT


def test_a_disk_that_is_not_there_is_waited_for(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stick that was pulled out while a file was held on it."""
    monkeypatch.setattr(holding, "move", _across)
    place = Place(memory, channel=memory / "stick" / "channel")

    def pulled() -> None:
        monkeypatch.setattr("dlp.incident.quarantine.containing.seal_stream", lambda *_: os._exit(9))
        place.contain()

    assert finish(start(pulled)) == 9
    away = memory / "pulled"
    (memory / "stick").rename(away)
    ((_, outcome),) = resume(place.open())
    assert outcome.state == Contained.HELD
    assert outcome.detail == "the folder that it was in, and may be held in, is not there"
    (memory / "stick" / "channel").mkdir(parents=True)
    ((_, outcome),) = resume(place.open())
    assert outcome.state == Contained.HELD, "another folder of that name is not it"
    shutil.rmtree(memory / "stick")
    away.rename(memory / "stick")
    ((_, outcome),) = resume(place.open())
    assert outcome.state == Contained.QUARANTINED
    assert settle(place) == "sealed"


def test_what_somebody_else_took_from_where_it_was_held_is_said(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "move", _across)
    place = Place(memory)

    def killed() -> None:
        monkeypatch.setattr("dlp.incident.quarantine.containing.seal_stream", lambda *_: os._exit(9))
        place.contain()

    assert finish(start(killed)) == 9
    (held,) = place.channel.glob(".dlp-held-*")
    held.rename(place.base / "stolen")
    ((_, outcome),) = resume(place.open())
    assert outcome == Containment(
        Contained.FAILED, "", "it is neither in its place nor held: somebody else moved it"
    )
    assert place.log() == ["init", "quarantine-lost"]


def test_a_quarantine_that_cannot_be_locked_says_so(place: Place) -> None:
    place.open().folder.close()
    (place.vault / "lock").mkdir()
    done = place.contain()
    assert (done.state, "cannot be locked" in done.detail) == (Contained.FAILED, True)
    assert place.file.read_bytes() == place.content
