"""Databases, tables, programs' data."""

from __future__ import annotations

import io
import os
import plistlib
import sqlite3
import struct
import tempfile
from collections.abc import Callable

from .plant import Family, Plant

family = Family("data")


def database(change: Callable[[sqlite3.Connection], object], *, names: tuple[str, ...] = ("a.db",)) -> dict[str, bytes]:
    """The files of a database as they lie while it is open."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(os.path.join(folder, "a.db"), isolation_level=None)
        change(connection)
        files = {}
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                files[name] = file.read()
        connection.close()
        return files


def rows(connection: sqlite3.Connection, value: object) -> None:
    connection.execute("create table notes (id integer primary key, body)")
    connection.execute("insert into notes (body) values (?)", (value,))


@family("SQLite, text", "a.db")
def text(plant: Plant) -> dict[str, bytes]:
    return database(lambda connection: rows(connection, plant.text))


@family("SQLite, in UTF-16", "a.db")
def wide(plant: Plant) -> dict[str, bytes]:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute("pragma encoding = 'UTF-16'")
        rows(connection, plant.text)

    return database(change)


@family("SQLite, value over many pages", "a.db")
def overflow(plant: Plant) -> dict[str, bytes]:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute("pragma page_size = 512")
        rows(connection, "filler " * 60 + plant.text + " filler" * 200)

    return database(change)


@family("SQLite, zip in a blob", "a.db")
def blob(plant: Plant) -> dict[str, bytes]:
    from .ooxml import zipped

    return database(lambda connection: rows(connection, zipped({"n.txt": plant.data})))


@family("SQLite, default in the schema", "a.db")
def schema(plant: Plant) -> dict[str, bytes]:
    return database(lambda connection: connection.execute(f"create table t (a text default '{plant.text}')"))


@family("SQLite, deleted row", "a.db")
def deleted(plant: Plant) -> dict[str, bytes]:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute("pragma secure_delete = off")
        rows(connection, plant.text)
        connection.execute("delete from notes")

    return database(change)


@family("SQLite, only in the write-ahead log", "a.db")
def log(plant: Plant) -> dict[str, bytes]:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute("pragma journal_mode = wal")
        connection.execute("create table notes (id integer primary key, body)")
        connection.execute("pragma wal_checkpoint(truncate)")
        connection.execute("insert into notes (body) values (?)", ("filler " * 900 + plant.text + " filler" * 900,))

    return database(change, names=("a.db", "a.db-wal", "a.db-shm"))


@family("SQLite, only in the rollback journal", "a.db")
def journal(plant: Plant) -> dict[str, bytes]:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute("pragma secure_delete = on")
        rows(connection, plant.text)
        connection.execute("pragma journal_mode = persist")
        connection.execute("pragma cache_size = 1")
        connection.execute("begin")
        connection.execute("update notes set body = ?", ("x" * 5000,))
        connection.execute("commit")

    files = database(change, names=("a.db", "a.db-journal"))
    # The header is that of a transaction that did not end.
    body = bytearray(files["a.db-journal"])
    body[:12] = bytes.fromhex("d9d505f920a163d7") + struct.pack(">I", 1)
    return {"a.db": files["a.db"], "a.db-journal": bytes(body)}


@family("CSV, quoted over lines", "a.csv")
def csv(plant: Plant) -> bytes:
    half = plant.text.index(" ", 200)
    return f'id,note\n1,"{plant.text[:half]}\n{plant.text[half + 1 :]}"\n'.encode()


@family("TSV in UTF-16", "a.tsv")
def tsv(plant: Plant) -> bytes:
    return f"id\tnote\n1\t{plant.text}\n".encode("utf-16")


@family("CSV, a word a field", "a.csv")
def csv_words(plant: Plant) -> bytes:
    words = plant.text.split()
    rows = [words[at : at + 8] for at in range(0, len(words), 8)]
    return "".join(";".join(f'"{word}"' for word in row) + "\r\n" for row in rows).encode()


@family("env file", ".env")
def env(plant: Plant) -> bytes:
    return f'# {plant.passage}\nexport GITHUB_TOKEN="{plant.token}"\n'.encode()


def _table(plant: Plant) -> object:
    import pyarrow

    rows = [f"row {number}" for number in range(300)]
    return pyarrow.table({"id": list(range(301)), "note": [*rows, plant.text]})


def _parquet(plant: Plant, **options: object) -> bytes:
    import pyarrow.parquet

    out = io.BytesIO()
    pyarrow.parquet.write_table(_table(plant), out, **options)
    return out.getvalue()


for _packing in ("snappy", "zstd", "gzip", "brotli", "lz4", "none"):
    family.add(
        f"Parquet, {_packing}",
        "a.parquet",
        lambda plant, packing=_packing: _parquet(plant, compression=packing),
        needs="pyarrow",
    )


@family("Parquet, metadata of its schema", "a.parquet", needs="pyarrow")
def parquet_metadata(plant: Plant) -> bytes:
    import pyarrow
    import pyarrow.parquet

    out = io.BytesIO()
    table = pyarrow.table({"id": [1]}).replace_schema_metadata({"note": plant.text})
    pyarrow.parquet.write_table(table, out)
    return out.getvalue()


@family("Parquet, list of structures", "a.parquet", needs="pyarrow")
def parquet_nested(plant: Plant) -> bytes:
    import pyarrow
    import pyarrow.parquet

    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"a": [[{"note": plant.text}, {"note": "x"}]]}), out, compression="zstd")
    return out.getvalue()


def _arrow(plant: Plant, packing: str | None, streamed: bool) -> bytes:
    import pyarrow

    out = io.BytesIO()
    table = _table(plant)
    options = pyarrow.ipc.IpcWriteOptions(compression=packing)
    writer = (pyarrow.ipc.new_stream if streamed else pyarrow.ipc.new_file)(out, table.schema, options=options)
    with writer:
        writer.write_table(table)
    return out.getvalue()


family.add("Arrow file, LZ4", "a.arrow", lambda plant: _arrow(plant, "lz4", False), needs="pyarrow")
family.add("Arrow file, Zstandard", "a.feather", lambda plant: _arrow(plant, "zstd", False), needs="pyarrow")
family.add("Arrow stream", "a.arrows", lambda plant: _arrow(plant, None, True), needs="pyarrow")


@family("Python's compiled code", "a.pyc")
def pyc(plant: Plant) -> bytes:
    import marshal

    first, second = plant.text[:100], plant.text[100:]
    made = compile(f"NOTE = {first!r}\ndef f():\n    {second!r}\n    return {plant.passage!r}\n", "a.py", "exec")
    return b"\xa7\x0d\x0d\x0a" + bytes(12) + marshal.dumps(made)


@family("Java class", "A.class")
def java(plant: Plant) -> bytes:
    def text(value: str) -> bytes:
        return b"\x01" + struct.pack(">H", len(value)) + value.encode()

    pool = [text("A"), b"\x07\0\x01", text("java/lang/Object"), b"\x07\0\x03", text(plant.text), b"\x08\0\x05"]
    head = struct.pack(">IHHH", 0xCAFEBABE, 0, 52, len(pool) + 1)
    return head + b"".join(pool) + struct.pack(">HHHHHHH", 0x21, 2, 4, 0, 0, 0, 0)


@family("property list, XML", "a.plist")
def plist(plant: Plant) -> bytes:
    return plistlib.dumps({"note": plant.text})


@family("property list, XML with data", "a.plist")
def plist_data(plant: Plant) -> bytes:
    return plistlib.dumps({"note": plant.data})


@family("property list, binary", "a.plist")
def plist_binary(plant: Plant) -> bytes:
    return plistlib.dumps({"note": [plant.text]}, fmt=plistlib.FMT_BINARY)


@family("property list, binary in UTF-16", "a.plist")
def plist_wide(plant: Plant) -> bytes:
    return plistlib.dumps({"note": plant.text + " \u2260"}, fmt=plistlib.FMT_BINARY)


@family("property list, binary within a binary one", "a.plist")
def plist_nested(plant: Plant) -> bytes:
    return plistlib.dumps({"note": plist_wide(plant)}, fmt=plistlib.FMT_BINARY)


@family("Python's pickle", "a.pickle")
def pickle(plant: Plant) -> bytes:
    import pickle as library

    return library.dumps({"note": [1, plant.text]})
