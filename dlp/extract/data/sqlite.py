"""SQLite databases and their journals, by our own walk over the pages: nothing in a database is run, and what was
deleted is read as far as it is there.

A row's values stand on lines of their own, named `table customers row 12 column iban`.
"""

from __future__ import annotations

import io
import itertools
import re
import struct
from collections.abc import Iterable, Iterator

from dlp.extract.binary import plain_bytes, raw_strings
from dlp.extract.data import sqlite_pages
from dlp.extract.data.sqlite_pages import Pages, Value
from dlp.extract.detect import detect
from dlp.extract.pieces import Damaged, Piece, Window, decoded, told
from dlp.extract.raw import HEAD
from dlp.limits import Limits
from dlp.model import Blob, Provenance, Reason, Skipped, Text

_CELLS = 200_000
"""Values that get a mark each; beyond, rows do, and beyond as many rows, tables."""

_MAX_NAME = 60
_CONSTRAINTS = frozenset({"constraint", "primary", "unique", "check", "foreign"})
_TOKEN = re.compile(r"\s*(\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\]|'(?:[^']|'')*'|[^\s(),'\"`\[\]]+)")
_ROWID = re.compile(r"\binteger\s{1,9}primary\s{1,9}key\b", re.IGNORECASE)
_WITHOUT_ROWID = re.compile(r"\bwithout\s{1,9}rowid\b", re.IGNORECASE)
_LOG = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_JOURNAL = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
_REMEMBERED = 1_000_000
_MAX_PAGES = 1 << 24


class SqliteExtractor:
    """Reads databases, and the pages that a journal or a write-ahead log holds."""

    types = frozenset({"sqlite", "sqlite-journal"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """One text of all rows, blobs that are files, what could not be read; then the plain bytes. Raises OSError."""
        window = Window(blob.stream)
        head = window.at(0, 20)
        reading = _database if head.startswith(sqlite_pages.MAGIC) else _journal
        yield from told(blob, reading(blob.provenance, window), limits)
        yield plain_bytes(blob)
        yield from raw_strings(blob)
        if head.startswith(sqlite_pages.MAGIC) and 2 in head[18:20]:
            detail = "SQLite database with a write-ahead log: what stands only there is not in this file"
            yield Skipped(blob.provenance, Reason.UNSUPPORTED, detail)


def _database(provenance: Provenance, window: Window) -> Iterator[Piece]:
    pages = sqlite_pages.of_database(window)
    schema = list(itertools.islice(pages.rows(1), 100_000))
    if pages.damaged and not schema:
        raise Damaged("SQLite: the schema is damaged")
    teller = _Teller(provenance)
    tables = []
    for _, values in schema:
        kind, name, _, root, sql = [*values, *[None] * 5][:5]
        if isinstance(sql, str):
            yield f"schema of {_shown(name)}", sql
        if kind == "table" and isinstance(root, int) and root:
            tables.append((_shown(name), root, columns(sql) if isinstance(sql, str) else ([], -1)))
    for name, root, (names, rowid) in tables:
        yield from teller.rows(f"table {name}", pages.rows(root), names, rowid)
    damaged = pages.damaged
    for number, rows in pages.deleted():
        yield from teller.rows(f"deleted rows, page {number}", rows, [], -1)
    counted = int.from_bytes(window.at(28, 4), "big")
    if damaged or counted > pages.count:
        detail = f"SQLite: {damaged} damaged or missing pages and rows"
        yield Skipped(provenance, Reason.CORRUPT, detail if damaged else "SQLite: cut short")


def _journal(provenance: Provenance, window: Window) -> Iterator[Piece]:
    """The rows on the pages of a journal, each once, though a page may stand there in many states."""
    head = window.at(0, 32)
    if head.startswith(_LOG):
        size, first, before, after = struct.unpack_from(">I", head, 8)[0], 32, 24, 0
    elif head.startswith(_JOURNAL) and len(head) >= 28:
        first, size = struct.unpack_from(">II", head, 20)
        before, after = 4, 4
    else:
        raise Damaged("SQLite journal: no header")
    if size < 512 or size > 65536 or size & (size - 1):
        raise Damaged("SQLite journal: an impossible page size")
    step = before + size + after
    places: dict[int, int] = {}
    frames = range(first, window.size - step + 1, step)
    for at in frames:
        places[int.from_bytes(window.at(at, 4), "big")] = at + before
    newest = window.at(places[1], 100) if 1 in places else b""
    codec = {2: "utf-16-le", 3: "utf-16-be"}.get(newest[59], "utf-8") if len(newest) == 100 else "utf-8"
    reserved = newest[20] if len(newest) == 100 else 0
    teller = _Teller(provenance)
    told_rows: set[int] = set()
    most = min(max(places, default=0), _MAX_PAGES)
    # Overflow pages are taken from their newest state.
    pages = Pages(lambda which: window.at(places.get(which, window.size), size), size, reserved, most, codec)
    for at in frames:
        number = int.from_bytes(window.at(at, 4), "big")
        page = window.at(at + before, size)
        begin = 100 if number == 1 else 0
        if pages.is_leaf(page, begin):
            rows = []
            for row in pages.leaf(page, begin):
                mark = hash((row[0], *row[1]))
                if mark not in told_rows and len(told_rows) < _REMEMBERED:
                    told_rows.add(mark)
                    rows.append(row)
            yield from teller.rows(f"page {number}", rows, [], -1)


class _Teller:
    """Rows as lines and blobs."""

    def __init__(self, provenance: Provenance) -> None:
        self._provenance = provenance
        self._cells = 0
        self._rows = 0

    def rows(
        self, where: str, rows: Iterable[tuple[int, list[Value]]], names: list[str], rowid: int
    ) -> Iterator[Piece]:
        """`rowid`: the column whose values are the rows' numbers and stand nowhere else; -1: none."""
        for number, values in rows:
            self._rows += 1
            place = f"{where} row {number}" if number and self._rows <= _CELLS else where
            if 0 <= rowid < len(values) and values[rowid] is None:
                values[rowid] = number
            for index, value in enumerate(values):
                if value is None:
                    continue
                self._cells += 1
                cell = place
                if self._cells <= _CELLS:
                    cell = f"{place} column {names[index] if index < len(names) else index + 1}"
                if isinstance(value, bytes):
                    yield from self._bytes(cell, value)
                else:
                    yield cell, value if isinstance(value, str) else str(value)

    def _bytes(self, place: str, value: bytes) -> Iterator[Piece]:
        """A file in a cell is a blob, text in a cell is text; what is neither stands in the plain bytes."""
        kind = detect(value[:HEAD]) if value else "binary"
        if kind == "text":
            yield place, decoded(value)
        elif kind != "binary":
            yield Blob((*self._provenance, place), io.BytesIO(value), len(value))


def _shown(name: Value) -> str:
    text = name if isinstance(name, str) else "?"
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_MAX_NAME])


def columns(sql: str) -> tuple[list[str], int]:
    """The names of a `CREATE TABLE`, and which of them is another word for the rowid; -1: none. No names for a table
    without rowids, which keeps its columns in an order of its own."""
    names: list[str] = []
    rowid = -1
    if _WITHOUT_ROWID.search(sql, max(0, len(sql) - 200)):
        return names, rowid
    for part in _parts(sql):
        token = _TOKEN.match(part)
        if token is None or token[1].lower() in _CONSTRAINTS:
            continue
        if _ROWID.search(part, 0, 400):
            rowid = len(names)
        names.append(_shown(token[1].strip("\"`[]'")))
    return names, rowid


def _parts(sql: str) -> Iterator[str]:
    """What stands between the commas of the outermost brackets."""
    depth = 0
    quote = ""
    begin = 0
    for at, letter in enumerate(sql):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'`":
            quote = letter
        elif letter == "[":
            quote = "]"
        elif letter == "(":
            depth += 1
            begin = at + 1 if depth == 1 else begin
        elif depth == 1 and letter in ",)":
            yield sql[begin:at]
            begin = at + 1
            if letter == ")":
                return
        elif letter == ")":
            depth -= 1
