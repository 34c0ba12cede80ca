"""A disk without room: a clear error, nothing lost, and no rubbish left that would keep it full."""

from __future__ import annotations

import builtins
import errno
import os
import resource
import shutil
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dlp.errors import StoreError, StoreFull
from dlp.registry import segment
from dlp.registry.store import create_store
from dlp.registry.writer import Writer

from .making import KEY, faults, in_child, names, new_store, register, text

OLD = {"doc 1", "doc 2", "doc 3"}


@pytest.fixture(scope="module")
def made(made_once: Path) -> str:
    return new_store(made_once / "store", (1, 2, 3))


@pytest.fixture
def folder(made: str, tmp_path: Path) -> str:
    return shutil.copytree(made, tmp_path / "store")


def _register(folder: str) -> None:
    with Writer(folder, KEY) as writer:
        for seed in range(100, 140):
            register(writer, f"doc {seed}", text(seed, 400), keep_text=True)


def _background(folder: str) -> None:
    with Writer(folder, KEY) as writer:
        register(writer, "template", text(200), background=True)


def _remove(folder: str) -> None:
    with Writer(folder, KEY) as writer:
        writer.remove([0])


def _compact(folder: str) -> None:
    with Writer(folder, KEY) as writer:
        writer.compact()


WORK: dict[str, Callable[[str], None]] = {
    "register": _register,
    "background": _background,
    "remove": _remove,
    "compact": _compact,
}


@pytest.mark.parametrize("room", [1, 100, 2_000, 8_192, 16_384, 20_480, 40_960, 60_000, 90_000])
def test_where_files_may_not_grow_registering_says_so_and_nothing_is_lost(folder: str, room: int) -> None:
    """A limit on the size of files fails real writes, of the segment or of the catalogue, wherever they are."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        _register(folder)

    answer = in_child(limited)
    assert answer is not None
    assert answer.startswith("StoreFull: no room left for the store in ")
    assert "what was registered is kept" in answer
    assert faults(folder) == []
    assert names(folder) == OLD
    _register(folder)
    assert len(names(folder)) == 43


@pytest.mark.parametrize("kind", WORK)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_whatever_step_fails_the_error_is_clear_and_nothing_is_lost(
    made: str, tmp_path: Path, kind: str, number: int
) -> None:
    """The n-th step that changes the disk fails, for all n."""
    at, done = 1, None
    while done != "None":
        folder = shutil.copytree(made, tmp_path / "store")
        done = in_child(partial(_failing, WORK[kind], folder, at, number))
        assert done is not None
        if done != "None":
            assert done.startswith(("StoreFull: ", "StoreError: ")), done
            assert os.strerror(number) in done
        there = names(folder)
        assert there in (OLD, OLD - {"doc 1"}) if kind == "remove" else there >= OLD
        assert [fault for fault in faults(folder) if not fault.startswith("left over")] == []
        with Writer(folder, KEY) as writer:
            writer.compact()
        assert faults(folder) == []
        shutil.rmtree(folder)
        at += 1
    assert at > (3 if kind == "remove" else 5)


def _failing(work: Callable[[str], None], folder: str, at: int, number: int) -> None:
    left = [at]

    def failing(call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise OSError(number, os.strerror(number))
        return call(*arguments, **options)

    class File:
        def __init__(self, file: Any) -> None:
            self.file = file
            self.write = partial(failing, file.write)
            self.flush = partial(failing, file.flush)

        def __enter__(self) -> File:
            return self

        def __exit__(self, *_: object) -> None:
            self.file.close()

        def fileno(self) -> int:
            return int(self.file.fileno())

    def opened(path: str, mode: str) -> Any:
        return builtins.open(path, mode) if mode == "rb" else File(failing(builtins.open, path, mode))

    segment.open = opened  # type: ignore[attr-defined]
    for name in ("fsync", "rename", "open", "ftruncate", "write"):
        setattr(os, name, partial(failing, getattr(os, name)))
    work(folder)


def test_where_the_catalogue_may_not_grow_it_says_so_and_nothing_is_lost(folder: str) -> None:
    with (  # noqa: PT012 - the last line of it must fail
        pytest.raises(StoreFull, match=r"no room left .*database or disk is full.*is kept"),
        Writer(folder, KEY) as writer,
    ):
        db = writer.store.catalogue._db
        db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}")
        for seed in range(100, 140):
            register(writer, f"doc {seed}", text(seed, 400))
        writer.commit()
    assert names(folder) == OLD
    _register(folder)
    assert faults(folder) == []


def test_what_was_committed_before_the_disk_was_full_is_kept(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(StoreFull), Writer(folder, KEY) as writer:  # noqa: PT012 - the second half must fail
        register(writer, "doc 7", text(7))
        writer.commit()
        register(writer, "doc 8", text(8))
        monkeypatch.setattr(os, "fsync", full)
        writer.commit()
    monkeypatch.undo()
    assert names(folder) == OLD | {"doc 7"}
    assert faults(folder) == [], "what was written in vain was taken away at once"


def test_after_a_full_disk_the_same_writer_can_go_on(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Writer(folder, KEY) as writer:
        register(writer, "doc 7", text(7))
        with monkeypatch.context() as patch:
            patch.setattr(os, "rename", partial(_no_room))
            with pytest.raises(StoreFull):
                writer.commit()
        register(writer, "doc 8", text(8))
    assert names(folder) == OLD | {"doc 7", "doc 8"}


def _no_room(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("room", [0, 100, 5_000])
def test_a_store_that_finds_no_room_is_not_made(tmp_path: Path, room: int) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        create_store(str(tmp_path / "store"), KEY)

    answer = in_child(limited)
    assert answer is not None
    assert answer.startswith(("StoreFull: ", "StoreError: cannot make a store in"))
    create_store(str(tmp_path / "store"), KEY)
    assert names(str(tmp_path / "store")) == set()


def test_sqlites_errors_have_their_names_in_this_version() -> None:
    assert sqlite3.SQLITE_IOERR_WRITE == 778
    assert issubclass(StoreFull, StoreError)
