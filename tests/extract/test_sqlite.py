from __future__ import annotations

import io
import os
import sqlite3
import struct
import zipfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from dlp.extract.data.sqlite import columns
from dlp.limits import Limits
from dlp.model import Reason

from .samples import docx, paragraph, read
from .test_picture import place

TABLE = "create table customers (id integer primary key, name text, iban text)"


def database(*statements: str | tuple[str, Sequence[object]], size: int = 4096, encoding: str = "UTF-8") -> bytes:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute(f"pragma page_size = {size}")
        db.execute(f"pragma encoding = '{encoding}'")
        db.execute("pragma secure_delete = off")
        for each in statements:
            if isinstance(each, str):
                db.execute(each)
            else:
                db.execute(*each)
        return db.serialize()


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
@pytest.mark.parametrize("size", [512, 4096, 65536])
def test_a_cell_is_found_with_its_place(encoding: str, size: int) -> None:
    rows = [("insert into customers values (?, ?, ?)", (n, f"Größe {n}", f"marker-{n}-end")) for n in range(1, 400)]
    data = database(TABLE, *rows, size=size, encoding=encoding)
    texts, skipped = read(data)
    assert not skipped
    for n in (1, 12, 399):
        assert texts[0].place(f"marker-{n}-end") == f"table customers row {n} column iban"
        assert texts[0].place(f"Größe {n}\n") == f"table customers row {n} column name"
    assert texts[0].place("customers (id") == "schema of customers"
    assert [text.data for text in texts if text.alphabet == "bytes"] == [data]


def test_numbers_are_words_too() -> None:
    data = database(
        "create table t (a integer primary key, b, c, d)",
        ("insert into t values (?, ?, ?, ?)", (4111111111111111, 5500005555555559, -7, 2.5)),
    )
    assert read(data)[0][0].text.splitlines()[1:] == ["4111111111111111", "5500005555555559", "-7", "2.5"]
    assert place(data, "4111111111111111") == "table t row 4111111111111111 column a"


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16be"])
def test_a_value_over_many_pages_is_whole(encoding: str) -> None:
    words = " ".join(f"word{n}" for n in range(5000))
    data = database("create table t (a)", ("insert into t values (?)", (words,)), size=512, encoding=encoding)
    assert words in read(data)[0][0].text


def test_a_table_without_rowids_is_read() -> None:
    rows = [("insert into t values (?, ?)", (n, f"marker {n} " + "x" * 300)) for n in range(300)]
    data = database("create table t (a, b, primary key (b)) without rowid", *rows, size=1024)
    found = read(data)[0][0].text
    assert all(f"marker {n} " in found for n in range(300))
    assert found.count("marker 7 ") == 1


def test_deleted_rows_are_read_from_free_pages() -> None:
    rows = [("insert into t values (?, ?)", (f"marker {n}", 5500005555555559 + n)) for n in range(500)]
    data = database("create table t (a, b)", *rows, "drop table t", size=1024)
    texts, skipped = read(data)
    assert not skipped
    assert texts[0].place("marker 77\n").startswith("deleted rows, page ")
    assert str(5500005555555559 + 77) in texts[0].text


def test_files_in_cells_are_blobs_and_text_in_cells_is_text() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("a.txt", "x")
    data = database(
        "create table t (a blob)",
        ("insert into t values (?)", (docx(paragraph("marker", " words")),)),
        ("insert into t values (?)", (b"text in a blob",)),
        ("insert into t values (?)", (b"\0\1\2",)),
    )
    texts, _ = read(data)
    inside = [text for text in texts if "marker words" in text.text]
    assert [text.provenance[1] for text in inside] == ["table t row 1 column a"]
    assert texts[0].place("text in a blob") == "table t row 2 column a"


def test_views_triggers_and_virtual_tables_are_only_told() -> None:
    data = database(
        TABLE,
        "create view v as select 'marker' || ' words'",
        "create trigger g after insert on customers begin delete from customers; end",
        "insert into customers values (1, 'kept', 'x')",
    )
    texts, skipped = read(data)
    assert not skipped
    assert "marker words" not in texts[0].text
    assert texts[0].place("'marker'") == "schema of v"


def _logged(folder: Path, journal: str) -> tuple[bytes, bytes]:
    """A database, and the log beside it while it is open."""
    path = str(folder / "a.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"pragma journal_mode = {journal}")
        db.execute("pragma cache_spill = 1")
        db.execute("create table t (a)")
        db.execute("insert into t values ('before')")
        db.execute("begin")
        db.execute("update t set a = 'marker words'")
        if journal == "wal":
            db.execute("commit")
            suffix = "-wal"
        else:
            db.execute("pragma cache_size = 1")
            db.executemany("insert into t values (?)", [("x" * 3000,)] * 50)
            suffix = "-journal"
        with open(path, "rb") as file, open(path + suffix, "rb") as log:
            return file.read(), log.read()


def test_a_write_ahead_log_is_read_and_its_database_said_to_be_partial(tmp_path: Path) -> None:
    file, log = _logged(tmp_path, "wal")
    assert [each.reason for each in read(file)[1]] == [Reason.UNSUPPORTED]
    assert place(log, "marker words").startswith("page 2 row 1 column 1")
    texts, skipped = read(log)
    assert not skipped
    assert texts[0].text.count("marker words") == 1


def test_a_journal_holds_what_was_before(tmp_path: Path) -> None:
    _, log = _logged(tmp_path, "delete")
    assert place(log, "before").startswith("page 2 row 1")


def test_an_open_file_is_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(database(TABLE))
    read(path.read_bytes(), str(path))
    assert os.listdir(tmp_path) == ["a.db"]


def test_damage_is_said_and_the_rest_is_read() -> None:
    rows = [("insert into t values (?)", (f"marker-{n}-end " + "x" * 100,)) for n in range(500)]
    data = bytearray(database("create table t (a)", *rows, size=1024))
    data[10 * 1024 : 11 * 1024] = b"\xff" * 1024
    texts, skipped = read(bytes(data))
    assert [each.reason for each in skipped] == [Reason.CORRUPT]
    assert sum(f"marker-{n}-end" in texts[0].text for n in range(500)) > 480


def test_a_database_cut_short_is_said() -> None:
    rows = [("insert into t values (?)", ("x" * 500,)) for n in range(50)]
    data = database("create table t (a)", *rows, size=1024)
    for cut in (data[:5000], data[:1024], data[:50]):
        assert Reason.CORRUPT in [each.reason for each in read(cut)[1]]


def test_an_encrypted_database_with_a_plain_header_is_no_empty_one() -> None:
    data = database(TABLE)
    sealed = data[:100] + bytes((byte * 7 + 13) & 0xFF for byte in range(256)) * 31
    assert Reason.CORRUPT in [each.reason for each in read(sealed)[1]]


def test_cells_that_all_lie_in_one_place_are_read_within_bounds() -> None:
    data = bytearray(database("create table t (a)", ("insert into t values (?)", ("x" * 30_000,)), size=65536))
    at = 65536
    (cell,) = struct.unpack_from(">H", data, at + 8)
    struct.pack_into(">H", data, at + 3, 15_000)
    struct.pack_into(">15000H", data, at + 8, *[cell] * 15_000)
    texts, skipped = read(bytes(data))
    assert sum(len(text.data) for text in texts) < 5 * len(data) + (1 << 20)
    assert Reason.CORRUPT in [each.reason for each in skipped]


def test_a_tree_that_leads_to_itself_ends() -> None:
    rows = [("insert into t values (?)", ("x" * 500,)) for n in range(50)]
    data = bytearray(database("create table t (a)", *rows, size=1024))
    struct.pack_into(">I", data, 1024 + 8, 2)
    assert Reason.CORRUPT in [each.reason for each in read(bytes(data))[1]]


@pytest.mark.parametrize(("most", "whole"), [(50_000, True), (20_000, False)])
def test_text_has_a_limit(most: int, whole: bool) -> None:
    data = database("create table t (a)", ("insert into t values (?)", ("x" * 30_000,)))
    _, skipped = read(data, limits=Limits(max_text=most))
    assert (Reason.LIMIT in [each.reason for each in skipped]) is not whole


@pytest.mark.parametrize(
    ("sql", "names", "rowid"),
    [
        ("CREATE TABLE t (a, b TEXT DEFAULT 'x,y', c)", ["a", "b", "c"], -1),
        ('CREATE TABLE t ("a b" INTEGER PRIMARY KEY, [c d] DECIMAL(10, 2), `e`, UNIQUE (e))', ["a b", "c d", "e"], 0),
        ("CREATE TABLE t (a CHECK (a IN (1, 2)), b, PRIMARY KEY (a, b))", ["a", "b"], -1),
        ("CREATE TABLE t (a PRIMARY KEY, b) WITHOUT ROWID", [], -1),
        ("CREATE TABLE", [], -1),
        ("nonsense ((((,", [], -1),
    ],
)
def test_columns_have_the_names_that_the_schema_gives(sql: str, names: list[str], rowid: int) -> None:
    assert columns(sql) == (names, rowid)
