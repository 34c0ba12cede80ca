"""Excel workbooks before xlsx ([MS-XLS]): BIFF8 and BIFF5, record by record.

Every sheet is one row of lines, a cell each, hidden and very hidden sheets as any other. What has no cell stands
under the sheet's name: text boxes, headers, links. A record that we have no reading for is told by its strings.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator

from dlp.extract import strings
from dlp.extract.ole import office_art, office_crypt
from dlp.extract.ole.biff_cells import cell_name, number_text, packed_number
from dlp.extract.ole.biff_strings import Pieces, byte_string, literals, long_string, short_string
from dlp.extract.ole.storage import Storage, lines_text
from dlp.model import Blob, Reason, Skipped, Text

_CONTINUE, _BOF, _EOF, _FILE_PASSWORD = 0x3C, frozenset({0x09, 0x209, 0x409, 0x809}), 0x0A, 0x2F
_SHEET, _STRINGS, _TEXT_BOX, _OBJECT, _NOTE, _DRAWINGS = 0x85, 0xFC, 0x1B6, 0x5D, 0x1C, frozenset({0xEB, 0xEC})
_FORMULAS, _RESULT = frozenset({0x06, 0x206, 0x406}), 0x207
# fmt: off
_DULL = frozenset({
    0x08, 0x0C, 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x1A, 0x1B, 0x1D, 0x2A, 0x2B, 0x43, 0x55, 0x7D, 0x80, 0x81, 0x82, 0x92,
    0x99, 0xA1, 0xBE, 0xD7, 0xE0, 0xFF, 0x200, 0x201, 0x208, 0x20B, 0x225, 0x23E,
})
# fmt: on
"""Records that hold formats, sizes and places, and no words."""
MARKED_CELLS = 200_000
"""Cells with a mark of their own; behind them, a row has one."""
_WORKBOOK_NAMES = ("workbook", "book")
_HEADER_CODES = re.compile(r"&(?:[LCRPNDTFAGZBIUESXYHO]|K[0-9A-F]{6}|\"[^\"]{0,60}\"|\d{1,3})")


def read(storage: Storage) -> Iterator[Text | Blob | Skipped]:
    """A text for the workbook (marks `Sheet1!B7`, `Sheet1 comment at B7`...), then pictures as blobs."""
    for name in _WORKBOOK_NAMES:
        if name not in storage:
            continue
        storage.known = True
        data = storage.take(name)
        book = _Book(data)
        yield lines_text(storage.provenance, book.lines())
        if book.encrypted:
            yield Skipped(storage.provenance, Reason.ENCRYPTED, "Excel workbook: no password")
        elif book.problem:
            yield Skipped(storage.provenance, Reason.CORRUPT, f"Excel workbook: {book.problem}")
        yield from office_art.blobs(office_art.find(b"".join(book.drawings)), storage.provenance, storage.limits)
    for name, entries in storage.streams.items():
        if storage.path and storage.path[-1].lower() == "_sx_db_cur":  # what pivot tables remember of their source
            for entry in entries:
                cache = _Book(storage.content(entry), f"pivot cache {name}", False)
                yield lines_text(storage.provenance, cache.lines())


class _Book:
    """One workbook stream, record by record."""

    def __init__(self, data: bytes, place: str = "workbook", wide: bool = True) -> None:
        self._data = data
        self.encrypted = False
        self._opened: bytes | None = None
        """The stream in the clear, where it was encrypted and could be opened."""
        self.problem = ""
        self.drawings: list[bytes] = []
        self._wide = wide
        """Whether strings are those of BIFF8."""
        self._codec = "cp1252"
        self._sheet = place
        self._names: dict[int, str] = {}
        """Sheets' names by where their part of the stream begins."""
        self._shared: list[str] = []
        self._used = bytearray()
        self._object = 0
        self._boxes: dict[int, list[str]] = {}
        """Text boxes of the sheet by object; a comment names its own."""
        self._formula = (0, 0)
        self._cells = 0
        self._told: set[int] = set()
        """Hashes of strings in records of unknown kinds: a format is in the file a hundred times."""

    def lines(self) -> Iterator[tuple[str, str]]:
        at = 0
        data = self._data
        while at + 4 <= len(data):
            kind, size = struct.unpack_from("<HH", data, at)
            begins = at
            at += 4 + size
            if at > len(data):
                self.problem = "cut short"
            parts = [data[begins + 4 : at]]
            while data[at : at + 2] == b"\x3c\0" and at + 4 <= len(data):
                (size,) = struct.unpack_from("<H", data, at + 2)
                parts.append(data[at + 4 : at + 4 + size])
                at += 4 + size
            if kind == _FILE_PASSWORD and not self._opened:
                self._opened = office_crypt.workbook(data, parts[0], at)
                if self._opened is not None:
                    data = self._opened
                    continue
                self.encrypted = True
                for line in strings.both(data[at:], self._codec):  # the mark may be forged: what is not has strings
                    yield "encrypted workbook", line
                return
            if kind in _BOF:
                yield from self._begin(begins, kind, parts[0])
                continue
            if kind == 0 and not any(data[begins : begins + 4096]):
                at = begins  # the rest of the last sector
                break
            try:
                yield from self._record(kind, parts)
            except (struct.error, IndexError, ValueError):
                self.problem = self.problem or f"record {kind:04X}h is broken"
                for part in parts:
                    for line in strings.both(part, self._codec):
                        yield self._sheet, line
        if any(data[at:]):
            self.problem = self.problem or "cut short"
        yield from self._end_sheet()
        for index, line in enumerate(self._shared):
            if not self._used[index]:
                yield "strings of no cell", line

    def _begin(self, at: int, kind: int, body: bytes) -> Iterator[tuple[str, str]]:
        if len(body) < 4:
            return
        version, part = struct.unpack_from("<HH", body)
        if kind != 0x809 or version < 0x500:
            self.problem = "a version before Excel 5"
        if at in self._names:
            yield from self._end_sheet()
            self._sheet = self._names[at]
        if part == 5:
            self._wide = version >= 0x600

    def _end_sheet(self) -> Iterator[tuple[str, str]]:
        for texts in self._boxes.values():
            for text in texts:
                yield f"{self._sheet} text box", text
        self._boxes.clear()

    def _record(self, kind: int, parts: list[bytes]) -> Iterator[tuple[str, str]]:
        body = parts[0]
        reading = _READINGS.get(kind)
        if reading is not None:
            yield from reading(self, body, parts)
        elif kind in _DRAWINGS:
            whole = b"".join(parts)
            self.drawings.append(whole)
            yield from self._strings(f"{self._sheet} drawing", strings.wide(whole))
        elif kind not in _DULL:
            for part in parts:
                yield from self._strings(self._sheet, strings.both(part, self._codec))

    def _strings(self, place: str, found: Iterator[str]) -> Iterator[tuple[str, str]]:
        for line in found:
            if (key := hash(line)) not in self._told:
                self._told.add(key)
                yield place, line

    def _cell(self, row: int, column: int) -> str:
        self._cells += 1
        name = cell_name(row, column)
        return f"{self._sheet}!{name}" if self._cells < MARKED_CELLS else f"{self._sheet}!{row + 1}:{row + 1}"

    def _long(self, parts: list[bytes], at: int) -> str:
        return long_string(parts, at) if self._wide else byte_string(parts, at, 2, self._codec)

    def code_page(self, body: bytes, _: list[bytes]) -> Iterator[tuple[str, str]]:
        from dlp.extract.ole.property_set import codec_of

        (page,) = struct.unpack_from("<H", body)
        if page not in (1200, 0x8000, 0x8001):
            self._codec = codec_of(page)
        return iter(())

    def sheet(self, body: bytes, parts: list[bytes]) -> Iterator[tuple[str, str]]:
        (at,) = struct.unpack_from("<I", body)
        name = short_string(body, 6)[0] if self._wide else byte_string(parts, 6, 1, self._codec)
        hidden = {1: "hidden ", 2: "very hidden "}.get(body[4] & 3, "")
        self._names[at] = _clean(name) or "sheet"
        yield f"{hidden}sheet name", name

    def shared(self, body: bytes, parts: list[bytes]) -> Iterator[tuple[str, str]]:
        (count,) = struct.unpack_from("<4xI", body)
        pieces = Pieces(parts, 8)
        try:
            while len(self._shared) < count and not pieces.at_end():
                self._shared.append(pieces.rich_string())
        except (struct.error, IndexError):
            self.problem = "its table of strings is broken"
            for part in parts:
                self._shared += strings.both(part)
        if len(self._shared) < count:
            self.problem = "its table of strings is cut short"
        self._used = bytearray(len(self._shared))
        return iter(())

    def shared_cell(self, body: bytes, _: list[bytes]) -> Iterator[tuple[str, str]]:
        row, column, index = struct.unpack_from("<HH2xI", body)
        if index >= len(self._shared):
            self.problem = "a cell names a string that is not there"
            return
        self._used[index] = 1
        yield self._cell(row, column), self._shared[index]

    def label(self, body: bytes, parts: list[bytes]) -> Iterator[tuple[str, str]]:
        row, column = struct.unpack_from("<HH", body)
        yield self._cell(row, column), self._long(parts, 6)

    def number(self, body: bytes, _: list[bytes]) -> Iterator[tuple[str, str]]:
        row, column, value = struct.unpack_from("<HH2xd", body)
        yield self._cell(row, column), number_text(value)

    def packed(self, body: bytes, _: list[bytes]) -> Iterator[tuple[str, str]]:
        row, column, value = struct.unpack_from("<HH2xI", body)
        yield self._cell(row, column), number_text(packed_number(value))

    def packed_row(self, body: bytes, _: list[bytes]) -> Iterator[tuple[str, str]]:
        row, column = struct.unpack_from("<HH", body)
        for index in range((len(body) - 6) // 6):
            (value,) = struct.unpack_from("<I", body, 4 + 6 * index + 2)
            yield self._cell(row, column + index), number_text(packed_number(value))

    def formula(self, body: bytes, _: list[bytes]) -> Iterator[tuple[str, str]]:
        row, column = self._formula = struct.unpack_from("<HH", body)
        value = body[6:14]
        if value[6:8] != b"\xff\xff":
            yield self._cell(row, column), number_text(struct.unpack("<d", value)[0])
        for literal in literals(body[20:], self._wide, self._codec):
            yield f"{self._sheet}!{cell_name(row, column)} formula", literal

    def result(self, _: bytes, parts: list[bytes]) -> Iterator[tuple[str, str]]:
        yield self._cell(*self._formula), self._long(parts, 0)

    def object(self, body: bytes, _: list[bytes]) -> Iterator[tuple[str, str]]:
        if self._wide:
            (self._object,) = struct.unpack_from("<H", body, 6)
        yield from self._strings(f"{self._sheet} object", strings.both(body, self._codec))

    def text_box(self, body: bytes, parts: list[bytes]) -> Iterator[tuple[str, str]]:
        """The text lies in the records behind, each of which says anew how wide its letters are."""
        (left,) = struct.unpack_from("<H", body, 10)
        text = []
        for part in parts[1:]:
            if left <= 0 or not part:
                break
            wide = part[0] & 1
            run = part[1 : 1 + left * (1 + wide)]
            text.append(run.decode("utf-16-le" if wide else "latin-1", "replace"))
            left -= len(run) >> wide
        self._boxes.setdefault(self._object, []).append("".join(text))
        return iter(())

    def note(self, body: bytes, parts: list[bytes]) -> Iterator[tuple[str, str]]:
        row, column, length = struct.unpack_from("<HHH", body)
        name = cell_name(row, column) if row != 0xFFFF else ""
        place = f"{self._sheet} comment at {name}".removesuffix(" at ")
        if not self._wide:
            yield place, body[6 : 6 + length].decode(self._codec, "replace")
            return
        (box,) = struct.unpack_from("<H", body, 6)
        for text in self._boxes.pop(box, ()):
            yield place, text
        yield f"{place}, author", long_string(parts, 8)

    def header(self, body: bytes, parts: list[bytes]) -> Iterator[tuple[str, str]]:
        if body:
            text = long_string(parts, 0) if self._wide else byte_string(parts, 0, 1, self._codec)
            yield f"{self._sheet} header or footer", _HEADER_CODES.sub(" ", text)

    def name(self, body: bytes, _: list[bytes]) -> Iterator[tuple[str, str]]:
        flags, letters, size = struct.unpack_from("<HxBH", body)
        at = 14
        if self._wide:
            name, at = short_string(body, at, letters)
        else:
            name = body[at : at + letters].decode(self._codec, "replace")
            at += letters
        hidden = "hidden " if flags & 1 else ""
        yield f"{hidden}defined name", name
        for literal in literals(body[at : at + size], self._wide, self._codec):
            yield f"{hidden}defined name's value", literal
        for line in strings.both(body[at + size :], self._codec):
            yield f"{hidden}defined name", line


_Reading = Callable[[_Book, bytes, list[bytes]], Iterator[tuple[str, str]]]
_READINGS: dict[int, _Reading] = {
    0x42: _Book.code_page,
    _SHEET: _Book.sheet,
    _STRINGS: _Book.shared,
    0xFD: _Book.shared_cell,
    0x204: _Book.label,
    0xD6: _Book.label,
    0x203: _Book.number,
    0x27E: _Book.packed,
    0xBD: _Book.packed_row,
    **dict.fromkeys(_FORMULAS, _Book.formula),
    _RESULT: _Book.result,
    _OBJECT: _Book.object,
    _TEXT_BOX: _Book.text_box,
    _NOTE: _Book.note,
    0x14: _Book.header,
    0x15: _Book.header,
    0x18: _Book.name,
}
"""What is done with each kind of record."""


def _clean(name: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in name).strip()
