"""What somebody does to a file, its name or its folders between two steps of taking it away: nothing else is moved,
nothing is lost, and what happened is said."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dlp.incident.quarantine import containing, holding, moving
from dlp.model import Contained, Containment

from .making import CONTENT, MESSAGE, NAME, REVIEW, Place, facts, settle

OTHER = b"another file, which nobody judged"


@pytest.fixture
def before(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has something happen right before a step."""

    def install(where: Any, step: str, happens: Callable[[], object]) -> None:
        call = getattr(where, step)

        def disturbed(*arguments: Any, **options: Any) -> Any:
            monkeypatch.setattr(where, step, call)
            happens()
            return call(*arguments, **options)

        monkeypatch.setattr(where, step, disturbed)

    return install


def _replace(place: Place, keep: bool = True) -> None:
    if keep:
        place.file.rename(place.base / "original")
    else:
        place.file.unlink()
    place.file.write_bytes(OTHER)


def _link(place: Place) -> None:
    (place.base / "target").write_bytes(OTHER)
    place.file.rename(place.base / "original")
    place.file.symlink_to(place.base / "target")


def _folder(place: Place) -> None:
    place.file.rename(place.base / "original")
    place.file.mkdir()
    (place.file / "inside").write_bytes(OTHER)


SWAPS = {"file": _replace, "link": _link, "folder": _folder}


@pytest.mark.parametrize("swap", SWAPS)
@pytest.mark.parametrize("elsewhere", [False, True], ids=["beside", "elsewhere"])
def test_what_is_exchanged_at_the_last_moment_is_put_back(
    place: Place, before: Callable[..., None], swap: str, elsewhere: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if elsewhere:
        monkeypatch.setattr(os, "fstat", _other_device(place, os.fstat))
    before(containing, "hold", lambda: SWAPS[swap](place))
    done = place.contain()
    assert done == Containment(Contained.CHANGED, "", "another file was put in its place while it was being moved")
    assert (place.base / "original").read_bytes() == CONTENT
    if swap == "file":
        assert place.file.read_bytes() == OTHER
    elif swap == "link":
        assert place.file.is_symlink()
        assert (place.base / "target").read_bytes() == OTHER
    else:
        assert (place.file / "inside").read_bytes() == OTHER
    assert [path.name for path in place.channel.iterdir()] == [NAME]
    assert [path.name for path in place.vault.iterdir()] == ["lock"]
    assert place.records() == []


def _other_device(place: Place, fstat: Callable[[int], os.stat_result]) -> Callable[[int], Any]:
    """As if the quarantine were on another file system."""

    class Status:
        def __init__(self, status: os.stat_result) -> None:
            self._status = status

        st_dev = -1

        def __getattr__(self, name: str) -> Any:
            return getattr(self._status, name)

    def told(descriptor: int) -> Any:
        status = fstat(descriptor)
        return Status(status) if os.path.samestat(status, os.stat(place.vault)) else status

    return told


@pytest.mark.parametrize("swap", SWAPS)
def test_what_was_exchanged_before_is_not_touched(place: Place, swap: str) -> None:
    scanned = facts(place.file)
    SWAPS[swap](place)
    done = place.contain(file=scanned)
    assert done.state in (Contained.CHANGED, Contained.FAILED)
    assert (place.base / "original").read_bytes() == CONTENT
    assert [path.name for path in place.channel.iterdir()] == [NAME]
    assert place.log() == ["init"]


def test_a_file_that_is_gone_is_said(place: Place, before: Callable[..., None]) -> None:
    scanned = facts(place.file)
    before(containing, "hold", lambda: place.file.rename(place.base / "original"))
    assert place.contain(file=scanned) == Containment(Contained.FAILED, "", "it is no longer there")
    assert place.contain(file=scanned).detail == "it is no longer there"
    assert (place.base / "original").read_bytes() == CONTENT
    assert place.records() == []


def _same_size_and_times(place: Place) -> None:
    status = place.file.stat()
    with open(place.file, "r+b") as file:
        file.write(b"THE")
    os.utime(place.file, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_other_content_of_the_same_size_and_time_is_not_taken_for_what_was_scanned(place: Place) -> None:
    scanned = facts(place.file)
    _same_size_and_times(place)
    done = place.contain(file=scanned)
    assert done == Containment(Contained.CHANGED, "", "its content is no longer what was scanned")
    assert place.file.read_bytes().startswith(b"THE")
    assert settle(_with(place, place.file.read_bytes())) == "place"


def _with(place: Place, content: bytes) -> Place:
    place.content = content
    return place


def test_without_a_digest_the_times_must_be_those_of_the_scan(place: Place) -> None:
    import msgspec

    scanned = msgspec.structs.replace(facts(place.file), digest="")
    os.utime(place.file)
    assert place.contain(file=scanned) == Containment(Contained.CHANGED, "", "it was changed since it was scanned")
    scanned = msgspec.structs.replace(facts(place.file), digest="")
    assert place.contain(file=scanned).state == Contained.QUARANTINED


def test_what_could_not_be_read_is_taken_as_it_stands_there(place: Place) -> None:
    assert place.contain(file=None).state == Contained.QUARANTINED
    assert settle(place) == "sealed"


def test_what_changes_while_it_is_sealed_is_put_back(place: Place, before: Callable[..., None]) -> None:
    def more() -> None:
        with open(held(), "ab") as file:
            file.write(b"more")

    def held() -> Path:
        (path,) = place.vault.glob("*.held")
        return path

    before(containing, "seal_stream", more)
    assert place.contain() == Containment(Contained.CHANGED, "", "its content is no longer what was scanned")
    assert place.file.read_bytes() == CONTENT + b"more"


def test_what_never_rests_is_put_back(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    call = containing.seal_stream

    def restless(*arguments: Any) -> Any:
        sealed = call(*arguments)
        (path,) = place.vault.glob("*.held")
        with open(path, "ab") as file:
            file.write(b"more")
        return sealed

    monkeypatch.setattr(containing, "seal_stream", restless)
    assert place.contain() == Containment(Contained.CHANGED, "", "somebody keeps writing to it")
    assert place.file.read_bytes() == CONTENT + b"more" * containing.TRIES
    assert place.records() == []


def test_who_puts_something_in_its_place_meanwhile_keeps_it(place: Place, before: Callable[..., None]) -> None:
    def taken() -> None:
        place.file.write_bytes(OTHER)
        (path,) = place.vault.glob("*.held")
        path.write_bytes(CONTENT + b"more")

    before(containing, "seal_stream", taken)
    done = place.contain()
    assert done.state == Contained.CHANGED
    (other,) = [path for path in place.channel.iterdir() if path.name != NAME]
    said = "its content is no longer what was scanned; something has its name by now, so it is "
    assert done.detail == said + other.name
    assert other.name.startswith(f"{NAME}.not-quarantined-Q")
    assert other.read_bytes() == CONTENT + b"more"
    assert place.file.read_bytes() == OTHER


def test_a_folder_that_is_renamed_meanwhile_changes_nothing(place: Place, before: Callable[..., None]) -> None:
    """Its name now leads to a folder with another file of that name."""
    inner = place.channel / "inner"
    inner.mkdir()
    file = inner / NAME
    file.write_bytes(CONTENT)

    def renamed() -> None:
        inner.rename(place.base / "moved")
        decoy = place.base / "decoy"
        decoy.mkdir()
        (decoy / NAME).write_bytes(OTHER)
        inner.symlink_to(decoy)

    before(containing, "open_content", renamed)
    assert place.contain(file).state == Contained.QUARANTINED
    assert [path.name for path in (place.base / "moved").iterdir()] == [f"{NAME}.quarantined.txt"]
    assert [path.name for path in (place.base / "decoy").iterdir()] == [NAME]
    (record,) = place.records()
    assert record.path == os.fsencode(place.base / "moved" / NAME)


def test_a_link_among_the_folders_is_not_followed(place: Place) -> None:
    """As who made the scan read a file of somebody else's."""
    target = place.base / "etc"
    (target / "deep").mkdir(parents=True)
    (target / "deep" / NAME).write_bytes(CONTENT)
    (place.channel / "inner").symlink_to(target)
    for path in (place.channel / "inner" / "deep" / NAME, place.channel / "inner" / ".." / "etc" / "deep" / NAME):
        done = place.contain(path, file=facts(target / "deep" / NAME))
        assert done.state == Contained.FAILED
        assert done.detail == "a folder above it is no longer there, or has become a link"
    assert (target / "deep" / NAME).read_bytes() == CONTENT


def test_a_path_does_not_lead_upwards(place: Place) -> None:
    (place.base / NAME).write_bytes(OTHER)
    done = place.contain(place.channel / ".." / NAME, file=facts(place.base / NAME))
    assert done == Containment(Contained.FAILED, "", "its path leads out of what was scanned")


def test_links_above_the_folder_that_was_named_are_followed(place: Place, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(place.base)
    path = os.fsencode(tmp_path / "link" / "channel" / NAME)
    strict = place.open(trusted=[])
    assert strict.contain(path, facts(place.file)).state == Contained.FAILED
    named = place.open(trusted=[os.fsencode(tmp_path / "link" / "channel")])
    assert named.contain(path, facts(place.file)).state == Contained.QUARANTINED
    assert place.records()[0].path == os.fsencode(place.file)


@pytest.mark.parametrize("path", [b"/", b"..", b"a\0b", b"/dev/fd/0", b"/nowhere/at/all", b""])
def test_what_is_no_file_in_a_folder_is_refused(place: Place, path: bytes) -> None:
    assert place.open().contain(path, None).state == Contained.FAILED
    assert place.records() == []


def test_special_files_are_not_waited_for(place: Place) -> None:
    os.mkfifo(place.channel / "pipe")
    done = place.contain(place.channel / "pipe", file=None)
    assert done == Containment(Contained.FAILED, "", "it is no file: something else stands in its place")


def test_a_folder_made_to_catch_what_is_held_gets_nothing(
    place: Place, before: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fstat", _other_device(place, os.fstat))
    trap = place.base / "trap"
    trap.mkdir()

    def exchanged() -> None:
        (made,) = place.channel.glob(".dlp-held-*")
        made.rename(place.base / "made")
        made.symlink_to(trap)

    before(moving, "open_holding", exchanged)
    assert place.contain().state == Contained.FAILED
    assert place.file.read_bytes() == CONTENT
    assert list(trap.iterdir()) == []
    monkeypatch.setattr("dlp.incident.quarantine.records.new_id", lambda: "Q1")
    for each in place.channel.glob(".dlp-*"):
        each.unlink()
    (place.channel / ".dlp-held-Q1").mkdir()
    assert place.contain().state == Contained.FAILED
    assert place.file.read_bytes() == CONTENT
    assert list((place.channel / ".dlp-held-Q1").iterdir()) == []


def test_what_is_held_is_not_taken_for_a_file_of_its_own(place: Place) -> None:
    folder = place.channel / ".dlp-held-Q1"
    folder.mkdir()
    (folder / "content").write_bytes(CONTENT)
    done = place.contain(folder / "content")
    assert done == Containment(Contained.FAILED, "", "it is on its way into the quarantine")


def test_other_names_of_a_file_are_told(place: Place) -> None:
    os.link(place.file, place.channel / "second")
    os.link(place.file, place.channel / "third")
    done = place.contain()
    assert done.state == Contained.QUARANTINED
    assert done.detail.startswith("2 other names of the file remain (hard links)")
    assert (place.channel / "second").read_bytes() == CONTENT


def test_the_notice_goes_over_nothing(place: Place) -> None:
    target = place.base / "target"
    target.write_bytes(OTHER)
    (place.channel / f"{NAME}.quarantined.txt").symlink_to(target)
    (place.channel / f"{NAME}.2.quarantined.txt").mkdir()
    (place.channel / f"{NAME}.3.quarantined.txt").write_bytes(OTHER)
    assert place.contain() == Containment(Contained.QUARANTINED, place.records()[0].id)
    notice = place.channel / f"{NAME}.4.quarantined.txt"
    assert MESSAGE in notice.read_text()
    assert target.read_bytes() == (place.channel / f"{NAME}.3.quarantined.txt").read_bytes() == OTHER


def test_the_notice_is_known_and_what_looks_like_one_is_not(place: Place) -> None:
    place.contain()
    notice = place.channel / f"{NAME}.quarantined.txt"
    assert place.contain(notice) == Containment(Contained.NOTICE)
    copy = place.channel / "copy.txt"
    shutil.copy(notice, copy)
    assert place.contain(copy) == Containment(Contained.NOTICE), "it says the same, and nothing else"
    notice.write_bytes(notice.read_bytes() + b"and a secret")
    assert place.contain(notice).state == Contained.QUARANTINED


def test_giving_it_back_overwrites_nothing(place: Place, before: Callable[..., None]) -> None:
    from dlp.errors import IncidentsExists
    from dlp.incident.quarantine import restoring

    place.contain()
    (record,) = place.records()
    place.file.write_bytes(OTHER)
    with pytest.raises(IncidentsExists, match="something stands in its place; give --to"):
        place.restoring().restore(record.id, REVIEW)
    place.file.unlink()
    before(restoring, "put", lambda: place.file.write_bytes(OTHER))
    with pytest.raises(IncidentsExists, match="by now"):
        place.restoring().restore(record.id, REVIEW)
    assert place.file.read_bytes() == OTHER
    assert sorted(path.name for path in place.channel.iterdir()) == [NAME, f"{NAME}.quarantined.txt"]
    assert place.restoring().find(record.id).state == "quarantined"
    place.restoring().restore(record.id, REVIEW, force=True)
    assert place.file.read_bytes() == CONTENT


def test_a_link_in_its_place_is_replaced_and_not_followed(place: Place) -> None:
    place.contain()
    (record,) = place.records()
    target = place.base / "target"
    target.write_bytes(OTHER)
    place.file.symlink_to(target)
    place.restoring().restore(record.id, REVIEW, force=True)
    assert not place.file.is_symlink()
    assert place.file.read_bytes() == CONTENT
    assert target.read_bytes() == OTHER


def test_a_notice_that_was_changed_stays_when_the_file_is_given_back(place: Place) -> None:
    place.contain()
    notice = place.channel / f"{NAME}.quarantined.txt"
    notice.write_text("my own notes")
    place.restoring().restore(place.records()[0].id, REVIEW)
    assert notice.read_text() == "my own notes"


def test_where_it_is_held_is_closed_to_others(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fstat", _other_device(place, os.fstat))
    modes = []

    def look(*arguments: Any) -> Any:
        modes.extend(path.stat().st_mode & 0o777 for path in place.channel.glob(".dlp-held-*"))
        return call(*arguments)

    call = containing.seal_stream
    monkeypatch.setattr(containing, "seal_stream", look)
    assert place.contain().state == Contained.QUARANTINED
    assert modes == [0o700]
    assert holding.CONTENT == b"content"
