"""Every record is bound to its place: what was exchanged, cut, put back or flipped is noticed."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dlp.errors import StoreCorrupt, StoreError
from dlp.fingerprint import Alphabet, fold
from dlp.registry import seal, segment
from dlp.registry.seal import TAG, Broken, ChunkSeal, Seal
from dlp.registry.segment import MAGIC, read_segment, write_segment
from dlp.registry.store import Store
from dlp.registry.writer import Writer

from .making import KEY, document, faults, found, names, new_store, register, register_list, text

SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def made(made_once: Path) -> str:
    """A store of three documents, in three segments."""
    return new_store(made_once / "store", SEEDS)


@pytest.fixture
def store(made: str, tmp_path: Path) -> str:
    return shutil.copytree(made, tmp_path / "store")


def _segments(folder: str) -> list[str]:
    inside = os.path.join(folder, "segments")
    return [os.path.join(inside, name) for name in sorted(os.listdir(inside))]


def _change(folder: str, *statements: str, values: tuple[object, ...] = ()) -> None:
    with closing(sqlite3.connect(os.path.join(folder, "catalogue.sqlite"), isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement, values)


def _refused(folder: str) -> str:
    """What opening and using the store says; it must be one of the store's errors."""
    with pytest.raises(StoreError) as caught:
        names(folder)
    with pytest.raises(StoreError), Writer(folder, KEY) as writer:
        writer.compact()
    assert str(caught.value)
    return str(caught.value)


def test_two_rows_whose_records_were_exchanged_are_noticed(store: str) -> None:
    for table in ("documents", "outlines"):
        _change(
            store,
            f"UPDATE {table} SET ordinal = 9 WHERE ordinal = 0",
            f"UPDATE {table} SET ordinal = 0 WHERE ordinal = 1",
            f"UPDATE {table} SET ordinal = 1 WHERE ordinal = 9",
        )
        if table == "documents":
            assert "tampered" in _refused(store)
            _change(
                store,
                "UPDATE documents SET ordinal = 9 WHERE ordinal = 0",
                "UPDATE documents SET ordinal = 0 WHERE ordinal = 1",
                "UPDATE documents SET ordinal = 1 WHERE ordinal = 9",
            )
    with pytest.raises(StoreCorrupt, match="tampered"):
        names(store)
    assert len(faults(store)) == 2


@pytest.fixture(scope="module")
def kept_once(made_once: Path) -> str:
    """A store whose documents 0 and 3 keep their texts, and whose 1 and 2 are background."""
    return new_store(made_once / "kept", (3, 1, 2, 6), background=(1, 2))


@pytest.fixture
def kept(kept_once: str, tmp_path: Path) -> str:
    return shutil.copytree(kept_once, tmp_path / "kept")


def _exchange(table: str, one: int, other: int) -> list[str]:
    return [
        f"UPDATE {table} SET ordinal = {new} WHERE ordinal = {old}"
        for old, new in ((one, 99), (other, one), (99, other))
    ]


@pytest.mark.parametrize(
    "changes",
    [
        _exchange("sketches", 0, 3),
        _exchange("texts", 0, 3),
        ["UPDATE sketches SET sealed = (SELECT sealed FROM texts WHERE ordinal = 0) WHERE ordinal = 0"],
        ["UPDATE texts SET sealed = (SELECT sealed FROM outlines WHERE ordinal = 0) WHERE ordinal = 0"],
        ["DELETE FROM sketches WHERE ordinal = 3"],
        ["DELETE FROM texts WHERE ordinal = 3"],
        ["DELETE FROM texts WHERE ordinal = 1"],
        ["UPDATE sketches SET ordinal = 7 WHERE ordinal = 0"],
        ["UPDATE texts SET sealed = 'text' WHERE ordinal = 0"],
        ["DROP TABLE sketches"],
        ["DROP TABLE texts"],
    ],
)
def test_a_sketch_or_text_that_was_taken_or_exchanged_is_noticed(kept: str, changes: list[str]) -> None:
    assert faults(kept) == []
    _change(kept, *changes)
    with pytest.raises(StoreCorrupt):
        names(kept)
    assert faults(kept)


@pytest.fixture(scope="module")
def listed_once(made_once: Path) -> str:
    """A store of a document, 0, and two lists of terms, 1 and 2."""
    folder = new_store(made_once / "listed", (3,))
    with Writer(folder, KEY) as writer:
        register_list(writer, "one", {"Falcon": 1, "Albatros Nest": 2})
        register_list(writer, "two", {"Kondor": 1})
    return folder


@pytest.fixture
def listed(listed_once: str, tmp_path: Path) -> str:
    return shutil.copytree(listed_once, tmp_path / "listed")


@pytest.mark.parametrize(
    "changes",
    [
        _exchange("terms", 1, 2),
        ["DELETE FROM terms WHERE ordinal = 1"],
        ["UPDATE terms SET ordinal = 7 WHERE ordinal = 1"],
        ["UPDATE terms SET sealed = (SELECT sealed FROM texts WHERE ordinal = 0) WHERE ordinal = 1"],
        ["UPDATE terms SET sealed = 'terms' WHERE ordinal = 1"],
        ["UPDATE terms SET sealed = zeroblob(100) WHERE ordinal = 2"],
        ["DROP TABLE terms"],
        ["DROP TABLE terms", "PRAGMA user_version = 2"],
    ],
)
def test_a_list_of_terms_that_was_taken_or_exchanged_is_noticed(listed: str, changes: list[str]) -> None:
    assert faults(listed) == []
    _change(listed, *changes)
    with pytest.raises(StoreCorrupt):
        names(listed)
    assert faults(listed)


def test_an_older_list_that_was_put_back_is_noticed(listed: str, tmp_path: Path) -> None:
    older = shutil.copytree(listed, tmp_path / "older")
    with Writer(listed, KEY) as writer:
        register_list(writer, "one", {"Falcon": 1})
    _change(listed, f"ATTACH '{older}/catalogue.sqlite' AS older", "DELETE FROM terms",
            "INSERT INTO terms SELECT * FROM older.terms")  # fmt: skip
    with pytest.raises(StoreCorrupt):
        names(listed)
    assert faults(listed)


def test_a_list_that_no_document_has_is_noticed(listed: str) -> None:
    _change(listed, "INSERT INTO terms SELECT 9, sealed FROM terms WHERE ordinal = 1")
    assert faults(listed) == ["there are terms without their document, or documents without theirs"]


def test_nothing_of_a_term_lies_on_the_disk_in_plain(listed: str) -> None:
    for path in Path(listed).rglob("*"):
        data = path.read_bytes().lower() if path.is_file() else b""
        assert not any(
            each.lower() in data for each in (b"falcon", fold(b"falcon"), fold(b"Albatros"), fold(b"Kondor"))
        )


@pytest.mark.parametrize("table", ["sketches", "texts"])
def test_a_sketch_or_text_that_no_document_has_is_noticed(kept: str, table: str) -> None:
    """Nothing reads it; `verify` finds it."""
    ordinal = 1 if table == "sketches" else 9
    _change(kept, f"INSERT INTO {table} SELECT {ordinal}, sealed FROM {table} WHERE ordinal = 0")
    assert faults(kept) == [f"there are {table} without their document, or documents without theirs"]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM familiar",
        "UPDATE familiar SET sealed = (SELECT sealed FROM kept_familiar)",
        "UPDATE familiar SET sealed = (SELECT sealed FROM state)",
        "UPDATE familiar SET sealed = 7",
        "DROP TABLE familiar",
    ],
)
def test_grams_that_are_older_or_gone_are_noticed_and_never_written_on(kept: str, change: str) -> None:
    _keep(kept)
    with Writer(kept, KEY) as writer:
        register(writer, "more", text(9), background=True)
    assert faults(kept) == []
    _change(kept, change)
    with pytest.raises(StoreCorrupt):
        names(kept)
    assert len(faults(kept)) == 1
    with pytest.raises(StoreCorrupt), Writer(kept, KEY) as writer:
        register(writer, "another", text(10), background=True)


def test_grams_that_were_put_back_after_the_background_went_are_noticed(kept: str) -> None:
    _keep(kept)
    with Writer(kept, KEY) as writer:
        writer.remove([1, 2])
    assert faults(kept) == []
    _change(kept, "INSERT INTO familiar SELECT * FROM kept_familiar")
    assert "put into" in faults(kept)[0]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM documents WHERE ordinal = 1",
        "UPDATE documents SET ordinal = 7 WHERE ordinal = 1",
        "INSERT INTO documents SELECT 7, sealed FROM documents WHERE ordinal = 1",
        "UPDATE documents SET sealed = (SELECT sealed FROM outlines WHERE ordinal = 1) WHERE ordinal = 1",
        "UPDATE documents SET sealed = (SELECT sealed FROM state) WHERE ordinal = 1",
        "UPDATE state SET sealed = (SELECT sealed FROM documents LIMIT 1)",
        "UPDATE documents SET sealed = 5 WHERE ordinal = 1",
        "UPDATE documents SET sealed = 'text' WHERE ordinal = 1",
        "UPDATE documents SET sealed = x'' WHERE ordinal = 1",
        "UPDATE documents SET sealed = substr(sealed, 1, 20) WHERE ordinal = 1",
        "UPDATE state SET sealed = 'text'",
        "DELETE FROM state",
        "DROP TABLE documents",
        "DROP TABLE state",
    ],
)
def test_a_row_that_was_taken_put_or_changed_is_noticed(store: str, change: str) -> None:
    _change(store, change)
    _refused(store)
    assert faults_or_error(store)


def faults_or_error(folder: str) -> list[str]:
    try:
        return faults(folder)
    except StoreError as error:
        return [str(error)]


@pytest.mark.parametrize("change", ["DELETE FROM outlines WHERE ordinal = 1", "DROP TABLE outlines"])
def test_an_outline_that_was_taken_away_is_noticed(store: str, change: str) -> None:
    _change(store, change)
    with pytest.raises(StoreCorrupt):
        names(store)
    assert faults(store)


def test_a_removed_documents_row_that_was_put_back_is_noticed(store: str) -> None:
    _keep(store)
    with Writer(store, KEY) as writer:
        writer.remove([1])
    _change(store, "INSERT INTO documents SELECT * FROM kept_documents WHERE ordinal = 1")
    assert "put into" in _refused(store)


def test_an_older_record_of_a_row_is_noticed(store: str) -> None:
    _keep(store)
    with Writer(store, KEY) as writer:
        register(writer, "doc 2", text(2), label="other")
    _change(store, "UPDATE documents SET sealed = (SELECT sealed FROM kept_documents k WHERE k.ordinal = 1) "
                   "WHERE ordinal = 1")  # fmt: skip
    assert "put into" in _refused(store)


def test_an_older_state_among_newer_rows_is_noticed(store: str) -> None:
    _keep(store)
    with Writer(store, KEY) as writer:
        register(writer, "doc 4", text(4))
    _change(store, "UPDATE state SET sealed = (SELECT sealed FROM kept_state)")
    assert "put into" in _refused(store)


def test_an_older_state_is_noticed_where_only_segments_changed(store: str) -> None:
    _keep(store)
    with Writer(store, KEY) as writer:
        writer.compact()
    _change(store, "UPDATE state SET sealed = (SELECT sealed FROM kept_state)")
    with pytest.raises(StoreCorrupt, match="segment gone"):
        names(store)


def test_a_whole_older_store_opens_as_the_store_that_it_was(store: str, tmp_path: Path) -> None:
    """Nothing in the store can tell: FORMAT.md and SECURITY.md say so."""
    older = shutil.copytree(store, tmp_path / "older")
    with Writer(store, KEY) as writer:
        writer.remove([1])
    assert names(store) == {"doc 1", "doc 3"}
    assert names(older) == {"doc 1", "doc 2", "doc 3"}


def _keep(folder: str) -> None:
    _change(
        folder,
        "CREATE TABLE kept_documents AS SELECT * FROM documents",
        "CREATE TABLE kept_state AS SELECT * FROM state",
        "CREATE TABLE kept_familiar AS SELECT * FROM familiar",
    )


def test_records_of_another_store_under_the_same_key_are_noticed(store: str, tmp_path: Path) -> None:
    other = new_store(tmp_path / "other", SEEDS)
    for table in ("state", "documents", "outlines"):
        _change(store, "ATTACH ? AS other", values=(os.path.join(other, "catalogue.sqlite"),))
        with closing(sqlite3.connect(os.path.join(store, "catalogue.sqlite"), isolation_level=None)) as db:
            db.execute("ATTACH ? AS other", (os.path.join(other, "catalogue.sqlite"),))
            kept = db.execute(f"SELECT sealed FROM {table}").fetchall()
            key = "one" if table == "state" else "ordinal"
            db.execute(
                f"UPDATE {table} SET sealed = (SELECT o.sealed FROM other.{table} o WHERE o.{key} = {table}.{key})"
            )
        with pytest.raises(StoreCorrupt):
            names(store)
        with closing(sqlite3.connect(os.path.join(store, "catalogue.sqlite"), isolation_level=None)) as db:
            for number, (sealed,) in enumerate(kept):
                where = f"ordinal = {number}" if table != "state" else "one = 1"
                db.execute(f"UPDATE {table} SET sealed = ? WHERE {where}", (sealed,))
        assert len(names(store)) == 3


def test_two_segments_whose_files_were_exchanged_are_noticed(store: str) -> None:
    first, second, _ = _segments(store)
    os.rename(first, first + "x")
    os.rename(second, first)
    os.rename(first + "x", second)
    assert "segment" in _refused(store)
    assert len(faults(store)) == 2


def test_a_segment_that_is_gone_torn_or_no_segment_is_said_to_be_so(store: str) -> None:
    path = _segments(store)[0]
    whole = Path(path).read_bytes()
    for content, said in [
        (whole[:-1], "torn segment"),
        (whole + b"x", "torn segment"),
        (b"", "torn segment"),
        (b"X" + whole[1:], "is no segment"),
    ]:
        Path(path).write_bytes(content)
        assert said in _refused(store)
        assert said in faults(store)[0]
    os.unlink(path)
    assert "segment gone" in _refused(store)
    assert "restore the store from a backup" in faults(store)[0]


def test_chunks_that_were_exchanged_cut_or_repeated_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal, "CHUNK", 64)
    monkeypatch.setattr(segment, "CHUNK", 64)
    entries = segment.array("Q", range(100)), segment.array("Q", range(100))
    info = write_segment(str(tmp_path), KEY, Alphabet.TEXT, entries)
    path = tmp_path / info.file_name
    whole = path.read_bytes()
    assert len(whole) == info.sealed_size
    assert read_segment(str(tmp_path), KEY, info) == entries
    postings = len(MAGIC) + info.keys_size + TAG * -(-info.keys_size // 64)
    a, b = (slice(postings + n * (64 + TAG), postings + (n + 1) * (64 + TAG)) for n in (0, 1))
    rest = whole[b.stop :]
    for content in (
        whole[: a.start] + whole[b] + whole[a] + rest,
        whole[: a.start] + whole[a] + whole[a] + rest,
        whole[: a.start] + whole[b] + whole[b] + rest,
    ):
        path.write_bytes(content)
        with pytest.raises(StoreCorrupt, match="tampered"):
            read_segment(str(tmp_path), KEY, info)
    for shorter in (info.entries - 8, info.entries - 1):  # whoever could also change what the catalogue says
        cut = segment.SegmentInfo(info.id, info.alphabet, shorter, info.keys_size)
        path.write_bytes(whole[: cut.sealed_size])
        with pytest.raises(StoreCorrupt, match="tampered"):
            read_segment(str(tmp_path), KEY, cut)


def test_a_record_opens_in_its_place_only_and_under_its_key_only() -> None:
    sealed = Seal(bytes(32)).close(b"data", b"here")
    assert Seal(bytes(32)).open(sealed, b"here") == b"data"
    for cipher, place, data in [
        (Seal(bytes(32)), b"there", sealed),
        (Seal(bytes([1]) * 32), b"here", sealed),
        (Seal(bytes(32)), b"here", sealed[:-1]),
        (Seal(bytes(32)), b"here", sealed[:5]),
        (Seal(bytes(32)), b"here", b""),
    ]:
        with pytest.raises(Broken):
            cipher.open(data, place)


def test_what_is_sealed_twice_differs() -> None:
    assert Seal(bytes(32)).close(b"data", b"here") != Seal(bytes(32)).close(b"data", b"here")


def test_a_sequence_is_bound_to_its_order_place_and_length() -> None:
    sealer = ChunkSeal(bytes(32), b"here", 2)
    chunks = [sealer.one(b"a"), sealer.one(b"b")]
    whole = ChunkSeal(bytes(32), b"here", 2)
    assert [whole.open(each) for each in chunks] == [b"a", b"b"]
    for other in (ChunkSeal(bytes(32), b"here", 3), ChunkSeal(bytes(32), b"there", 2)):
        with pytest.raises(Broken):
            other.open(chunks[0])
    with pytest.raises(Broken):
        ChunkSeal(bytes(32), b"here", 2).open(chunks[1])


def _flips(content: bytes) -> Iterator[tuple[int, int]]:
    """Every other bit of each byte that says something, and one of some that say nothing."""
    for at, byte in enumerate(content):
        if byte or at % 64 == 0:
            yield from ((at, bit) for bit in range(8) if (byte and (at + bit) % 2) or bit == at // 64 % 8)


def flip_every(folder: str, path: str, flips: Iterator[tuple[int, int]]) -> tuple[int, int]:
    """(errors, flips that changed nothing) of a store with one bit of a file flipped at a time."""
    content = bytearray(Path(path).read_bytes())
    errors = same = 0
    with open(path, "r+b", buffering=0) as file:
        for at, bit in flips:
            file.seek(at)
            file.write(bytes([content[at] ^ 1 << bit]))
            try:
                store = Store(folder, KEY)
                try:
                    assert [(n, each.name, each.label) for n, each in store.documents.items()] == [
                        (n, f"doc {seed}", "secret") for n, seed in enumerate(SEEDS)
                    ]
                    assert all(store.documents[n].digest == document("", text(s)).digest for n, s in enumerate(SEEDS))
                    assert found(store, text(2)) == {("doc 2", 1)}
                    assert all(store.places(n, Alphabet.TEXT) for n in store.documents)
                    assert set(store.sketches(store.documents)) == {0, 1, 2}
                    assert [store.text(n) for n in store.documents] == [None, None, text(3)]
                    assert store.familiar() is None
                finally:
                    store.close()
                same += 1
            except StoreError as error:
                assert len(str(error)) > 20  # noqa: PT017 - either an error that says something, or the right answer
                errors += 1
            file.seek(at)
            file.write(content[at : at + 1])
    return errors, same


def test_any_flipped_bit_of_a_segment_is_an_error(store: str) -> None:
    for path in _segments(store):
        flips = ((at, (at * 5 + 3) % 8) for at in range(0, os.path.getsize(path), 3))
        assert flip_every(store, path, flips)[1] == 0


def test_any_flipped_bit_of_the_catalogue_is_an_error_or_changes_nothing(store: str) -> None:
    path = os.path.join(store, "catalogue.sqlite")
    errors, _ = flip_every(store, path, _flips(Path(path).read_bytes()))
    assert errors > 5_000
    assert faults(store) == []
