"""Who may use a store when: one writer, any readers, only with the key, and only what this version knows."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from dlp.errors import StoreCorrupt, StoreError, StoreExists, StoreLocked, StoreMissing, StoreTooNew, WrongKey
from dlp.fingerprint import Alphabet
from dlp.registry import lock
from dlp.registry.catalogue import Catalogue
from dlp.registry.schema import FORMAT
from dlp.registry.store import Store, create_store
from dlp.registry.writer import Writer

from .making import KEY, faults, finish, found, in_child, names, new_store, register, start, table_of, text


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return new_store(tmp_path / "store", (1, 2, 3))


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that another user may enter, unlike pytest's own."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def _sql(folder: str, statement: str) -> None:
    with closing(sqlite3.connect(os.path.join(folder, "catalogue.sqlite"), isolation_level=None)) as db:
        db.execute(statement)


def test_a_second_writer_is_told_who_the_first_is(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    with Writer(folder, KEY):
        for _ in range(2):
            with pytest.raises(StoreLocked, match=rf"another process \({os.getpid()}\) is writing.*try again"):
                Writer(folder, KEY)
        assert f"another process ({os.getpid()}) is writing" in str(in_child(lambda: Writer(folder, KEY)))
    with Writer(folder, KEY) as writer:
        register(writer, "doc 4", text(4))
    assert len(names(folder)) == 4


def test_a_writer_that_could_not_begin_holds_nothing(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Writer) -> None:
        raise StoreError("no")

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "_sweep", broken)
        with pytest.raises(StoreError, match="no"):
            Writer(folder, KEY)
    with Writer(folder, KEY):
        pass


def test_a_change_by_another_is_never_overwritten_even_where_locks_do_not_work(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_locked", lambda handle: True)
    with Writer(folder, KEY) as second:
        with Writer(folder, KEY) as first:
            register(first, "doc 4", text(4))
        register(second, "doc 5", text(5))
        with pytest.raises(StoreLocked, match="another process has changed the store"):
            second.commit()
        second._clear()
    assert names(folder) == {"doc 1", "doc 2", "doc 3", "doc 4"}


def test_readers_see_what_is_committed_while_a_writer_is_at_work(folder: str) -> None:
    with Writer(folder, KEY) as writer:
        register(writer, "doc 4", text(4))
        assert len(names(folder)) == 3
        writer.commit()
        assert len(names(folder)) == 4


def test_a_reader_that_comes_too_late_for_its_segments_takes_the_newer_state(folder: str) -> None:
    late = Store(folder, KEY)
    with Writer(folder, KEY) as writer:
        register(writer, "doc 4", text(4))
        writer.compact()
        writer.remove([0])
        writer.compact()
    assert found(late, text(4)) == {("doc 4", 1)}
    assert found(late, text(1)) == set()
    late.close()


def test_a_reader_that_comes_too_late_for_its_background_takes_the_newer_grams(folder: str) -> None:
    late = Store(folder, KEY)
    assert late.familiar() is None
    for work, texts in [
        (lambda writer: register(writer, "a", text(50), background=True), [text(50)]),
        (lambda writer: register(writer, "b", text(51), background=True), [text(50), text(51)]),
        (lambda writer: writer.remove([3]), [text(51)]),
    ]:
        with Writer(folder, KEY) as writer:
            work(writer)
        table = late.familiar()
        assert table is not None
        assert table.to_bytes() == table_of(texts, 8 * len(table.to_bytes()))
    with Writer(folder, KEY) as writer:
        writer.remove([4])
    assert late.familiar() is None
    late.close()


def test_what_is_kept_of_a_document_that_was_removed_meanwhile_is_none(folder: str) -> None:
    late = Store(folder, KEY)
    assert late.text(2) == text(3)
    with Writer(folder, KEY) as writer:
        writer.remove([0, 2])
    assert late.text(2) is None
    assert late.places(2, Alphabet.TEXT) is None
    assert set(late.sketches([0, 1, 2])) == {1}
    late.close()


def test_readers_never_fail_while_a_writer_registers_and_compacts(folder: str) -> None:
    def work() -> None:
        with Writer(folder, KEY) as writer:
            for seed in range(10, 40):
                register(writer, f"doc {seed}", text(seed))
                writer.compact()

    running = start(work)
    before: set[str] = set()
    while len(before) < 33:
        there = names(folder)
        assert before <= there
        before = there
    assert finish(running) == "None"
    assert faults(folder) == []


def test_a_store_may_be_used_after_a_fork(folder: str) -> None:
    store = Store(folder, KEY)
    ours = store.catalogue
    assert in_child(lambda: found(store, text(2)) and store.places(1, next(iter(store.documents[1].symbols)))) != "None"
    assert store.catalogue is ours
    assert found(store, text(2)) == {("doc 2", 1)}
    store.close()


def test_one_who_may_only_read_can_scan_but_is_told_that_registering_is_not_his(open_to_all: Path) -> None:
    folder = new_store(open_to_all / "store", (1, 2, 3))
    for root, _, files in os.walk(folder):
        for name in files:
            os.chmod(os.path.join(root, name), 0o444)
        os.chmod(root, 0o555)

    def as_another() -> object:
        _be_nobody()
        return sorted(names(folder)), faults(folder)

    def write() -> None:
        _be_nobody()
        Writer(folder, KEY)

    assert in_child(as_another) == "(['doc 1', 'doc 2', 'doc 3'], [])"
    assert f"StoreError: cannot write to the store in {folder}: Permission denied" in str(in_child(write))
    os.chmod(os.path.join(folder, "lock"), 0o666)
    assert "StoreError: " in str(in_child(lambda: (_be_nobody(), _register_one(folder))))
    os.chmod(os.path.join(folder, "catalogue.sqlite"), 0o000)
    assert "StoreError: the store in" in str(in_child(as_another))
    os.chmod(folder, 0o000)
    assert f"StoreError: cannot read the store in {folder}" in str(in_child(as_another))
    os.chmod(folder, 0o755)
    for name in ("segments",):
        os.chmod(os.path.join(folder, name), 0o755)


def _register_one(folder: str) -> None:
    with Writer(folder, KEY) as writer:
        register(writer, "doc 4", text(4))


def _be_nobody() -> None:
    """Whom modes bind; an ordinary user is bound by them already."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


def test_another_key_is_said_to_be_another_key(folder: str) -> None:
    with pytest.raises(WrongKey, match="the key is not the one that sealed the store"):
        Store(folder, bytes(32))
    with pytest.raises(WrongKey):
        Writer(folder, bytes(32))
    assert len(names(folder)) == 3


@pytest.mark.parametrize("version", [FORMAT + 1, 77])
def test_a_newer_format_is_said_to_be_newer(folder: str, version: int) -> None:
    _sql(folder, f"PRAGMA user_version = {version}")
    with pytest.raises(StoreTooNew, match=f"has format {version}; this version reads up to {FORMAT}: upgrade it"):
        Store(folder, KEY)


def test_the_first_format_is_refused_by_its_number_whatever_its_tables_are(folder: str, tmp_path: Path) -> None:
    """It was never released. Neither another key nor a missing table is spoken of."""
    _sql(folder, "PRAGMA user_version = 1")
    for table in ("sketches", "texts", "familiar"):
        _sql(folder, f"DROP TABLE {table}")
    for kind in (Store, Writer):
        for key in (KEY, bytes(32)):
            with pytest.raises(
                StoreError, match=r"has format 1, which was never released.*register its documents anew"
            ):
                kind(folder, key)


@pytest.mark.parametrize("version", [0, -1])
def test_a_format_that_never_was_is_damage(folder: str, version: int) -> None:
    _sql(folder, f"PRAGMA user_version = {version}")
    with pytest.raises(StoreCorrupt, match="a format that never was"):
        Store(folder, KEY)


def test_other_parameters_are_said_to_be_others(folder: str) -> None:
    catalogue = Catalogue(folder, KEY)
    state, _ = catalogue.snapshot()
    scales = tuple(msgspec.structs.replace(scale, k=scale.k + 1) for scale in state.scales)
    for change in ({"fold_version": 99}, {"scales": scales}, {"scales": state.scales[:1]}):
        catalogue.snapshot()
        catalogue.commit(msgspec.structs.replace(state, **change))
        with pytest.raises(StoreTooNew, match=r"other fingerprint parameters.*register its documents anew"):
            Store(folder, KEY)
        with pytest.raises(StoreTooNew):
            Writer(folder, KEY)
        catalogue._seen = catalogue._sealed_state()
        catalogue.commit(state)
    catalogue.close()
    assert len(names(folder)) == 3


def test_what_is_no_store_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "noise").mkdir()
    (tmp_path / "noise/catalogue.sqlite").write_bytes(os.urandom(8192))
    (tmp_path / "void").mkdir()
    (tmp_path / "void/catalogue.sqlite").write_bytes(b"")
    (tmp_path / "other").mkdir()
    with closing(sqlite3.connect(tmp_path / "other/catalogue.sqlite")) as db:
        db.execute("CREATE TABLE state (a)")
    for name in ("nothing", "empty", "file", "file/below"):
        for kind in (Store, Writer):
            with pytest.raises(StoreMissing, match=f"no store in {tmp_path}/{name}; make one with: dlp init --store"):
                kind(str(tmp_path / name), KEY)
    for name in ("noise", "void", "other"):
        for kind in (Store, Writer):
            with pytest.raises(StoreCorrupt, match="restore the store from a backup"):
                kind(str(tmp_path / name), KEY)
    assert sorted(os.listdir(tmp_path / "empty")) == [], "looking for a store makes none"


def test_a_store_is_made_in_a_new_or_empty_folder_for_its_owner_only(tmp_path: Path) -> None:
    folder = str(tmp_path / "a/b/store?x=1#é %41")
    create_store(folder, KEY)
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    assert names(folder) == set()
    assert sorted(os.listdir(folder)) == ["catalogue.sqlite", "segments"]
    with pytest.raises(StoreExists, match="is not empty; name a new folder"):
        create_store(folder, KEY)
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot make a store in"):
        create_store(str(tmp_path / "file"), KEY)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/x").write_text("x")
    with pytest.raises(StoreExists):
        create_store(str(tmp_path / "full"), KEY)


def test_two_stores_under_one_key_seal_under_different_keys(tmp_path: Path) -> None:
    """And yet know a document of the same name by the same id."""
    ids = set()
    for name in "ab":
        folder = new_store(tmp_path / name, (1,))
        store = Store(folder, KEY)
        ids.add(store.documents[0].id)
        store.close()
    assert len(ids) == 1
    shutil.copy(tmp_path / "a/catalogue.sqlite", tmp_path / "b/catalogue.sqlite")
    with pytest.raises(StoreCorrupt, match="segment gone"):
        names(str(tmp_path / "b"))
