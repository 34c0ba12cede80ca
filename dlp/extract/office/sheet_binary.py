"""The parts of xlsb workbooks: sheets with their cells, shared strings, comments, and of all other records the strings.

Source: [MS-XLSB] 2.4, whose record names stand in the comments.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from dlp.extract.marking import Marker
from dlp.extract.office.biff12 import Records, string, strings_in
from dlp.extract.office.sheet_cells import Cells, column, quoted
from dlp.extract.office.sheet_formats import Formats
from dlp.extract.office.sheet_strings import Strings
from dlp.extract.office.xml_part import Refused

_ROW, _RK, _ERROR, _BOOL, _REAL, _TEXT, _SHARED, _RICH = 0, 2, 3, 4, 5, 6, 7, 62
_CELLS = {1: 1, 2: _RK, 3: _ERROR, 4: _BOOL, 5: _REAL, 6: _TEXT, 7: _SHARED, 62: _RICH}  # BrtCellBlank and on
_FORMULAS = {8: _TEXT, 9: _REAL, 10: _BOOL, 11: _ERROR}  # BrtFmlaString to BrtFmlaError
_SHORT = {12: 1, 13: _RK, 14: _ERROR, 15: _BOOL, 16: _REAL, 17: _TEXT, 18: _SHARED}  # BrtShortBlank to BrtShortIsst
_STRING, _FORMAT, _STYLE = 19, 44, 47  # BrtSSTItem, BrtFmt, BrtXF
_PROPERTIES, _SHEET = 153, 156  # BrtWbProp, BrtBundleSh
_BEGIN_STYLES, _END_STYLES = 617, 618  # BrtBeginCellXFs, BrtEndCellXFs
_COMMENT, _COMMENT_TEXT = 635, 637  # BrtBeginComment, BrtCommentText

_RELATION = re.compile(r"rId\d+")


def _whole(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a small part, as far as they are right."""
    records = Records()
    try:
        yield from records.feed(data)
    except Refused:
        return


def sheets(workbook: bytes) -> list[tuple[str, str]]:
    """Name and relation of each sheet, hidden ones included."""
    found = []
    for kind, data in _whole(workbook):
        if kind == _SHEET:
            key, end = string(data, 8)
            found.append((string(data, end)[0], key))
    return found


def from_1904(workbook: bytes) -> bool:
    """Whether days are counted from 1904."""
    return any(kind == _PROPERTIES and bool(data) and bool(data[0] & 1) for kind, data in _whole(workbook))


def formats(styles: bytes, dates_from_1904: bool) -> Formats:
    """Number formats of the part `styles.bin`."""
    codes = []
    kinds = []
    within = False
    for kind, data in _whole(styles):
        if kind == _FORMAT and len(data) > 6:
            codes.append((struct.unpack_from("<H", data)[0], string(data, 2)[0]))
        elif kind in (_BEGIN_STYLES, _END_STYLES):
            within = kind == _BEGIN_STYLES
        elif kind == _STYLE and within and len(data) >= 4:
            kinds.append(struct.unpack_from("<H", data, 2)[0])
    return Formats(codes, kinds, dates_from_1904)


class StringScan:
    """Reads the strings of all records of a part."""

    piece = 1 << 16

    def __init__(self, place: str) -> None:
        self._place = place
        self._records = Records()
        self._places: list[str] = []
        self._texts: list[str] = []

    def feed(self, data: bytes, last: bool = False) -> None:
        for kind, record in self._records.feed(data, last):
            self._record(kind, record)

    def _record(self, kind: int, data: bytes) -> None:
        for text in strings_in(data):
            if not _RELATION.fullmatch(text):
                self._tell(self._place, text)

    def _tell(self, place: str, text: str) -> None:
        self._places.append(place)
        self._texts.append(text + "\n")

    def finish(self) -> None:
        """Nothing is held back."""

    def take(self, marker: Marker) -> bytes:
        return marker.taken_pieces(self._places, self._texts)


class StringsReader(StringScan):
    """Reads shared strings into their table; cells tell them."""

    def __init__(self, strings: Strings) -> None:
        super().__init__("shared strings")
        self._strings = strings

    def _record(self, kind: int, data: bytes) -> None:
        if kind != _STRING:
            super()._record(kind, data)
            return
        text, end = string(data, 1)
        if data[:1] and data[0] & 2:  # how the words are read, behind the runs of fonts
            runs = struct.unpack_from("<I", data, end)[0] if data[0] & 1 and end + 4 <= len(data) else 0
            sound, _ = string(data, end + (4 + 4 * runs if data[0] & 1 else 0))
            text += f" ({sound})" if sound else ""
        self._strings.add(text)


class SheetReader(StringScan):
    """Marks cells as `Sheet1!B7`, and the strings of all other records with the sheet's name."""

    def __init__(self, sheet: str, strings: Strings, formats: Formats) -> None:
        super().__init__(f"sheet {quoted(sheet)}")
        self._cells = Cells(sheet)
        self._strings = strings
        self._formats = formats
        self._row = self._column = 0

    @property
    def piece(self) -> int:  # type: ignore[override]  # what a cell refers to decides how much is read at once
        return self._strings.piece

    def _record(self, kind: int, data: bytes) -> None:
        if kind == _ROW and len(data) >= 4:
            self._cells.end_row()
            self._row = struct.unpack_from("<I", data)[0] & 0xFFFFFF
            self._column = -1
            return
        what = _CELLS.get(kind) or _FORMULAS.get(kind) or _SHORT.get(kind)
        if what is None or len(data) < 4:
            self._cells.end_row()
            super()._record(kind, data)
            return
        if kind in _SHORT:
            self._column += 1
            at = 4
        else:
            self._column = struct.unpack_from("<I", data)[0] & 0xFFFFFF
            at = 8
        style = struct.unpack_from("<I", data, at - 4)[0] & 0xFFFFFF if len(data) >= at else 0
        text, at = self._value(what, data, at, style)
        where = f"{column(self._column)}{self._row + 1}"
        if text:
            self._cells.put(where, text)
        if kind in _FORMULAS:
            for text in strings_in(data[at:]):
                self._cells.formula(where, f'"{text}"')

    def _value(self, what: int, data: bytes, at: int, style: int) -> tuple[str, int]:
        """The cell's text, and where it ends in the record."""
        if what == _TEXT:
            return string(data, at)
        if what == _RICH:
            return string(data, at + 1)
        if what in (_BOOL, _ERROR):
            return (("TRUE" if data[at : at + 1] == b"\1" else "FALSE") if what == _BOOL else ""), at + 1
        if what == _REAL and at + 8 <= len(data):
            return self._number(struct.unpack_from("<d", data, at)[0], style), at + 8
        if what in (_RK, _SHARED) and at + 4 <= len(data):
            (number,) = struct.unpack_from("<I", data, at)
            return self._strings.get(number) if what == _SHARED else self._number(_rk(number), style), at + 4
        return "", at

    def _number(self, number: float, style: int) -> str:
        whole = number.is_integer() and abs(number) < 1e22
        return self._formats.show(f"{number:.0f}" if whole else repr(number), style)

    def finish(self) -> None:
        self._cells.end_row()

    def take(self, marker: Marker) -> bytes:
        return self._cells.take(marker) or super().take(marker)


class CommentReader(StringScan):
    """Marks comments with the cells that they hang on: `Sheet1!B7 comment`."""

    def __init__(self, sheet: str) -> None:
        self._prefix = quoted(sheet)
        super().__init__(f"comments of sheet {self._prefix}")

    def _record(self, kind: int, data: bytes) -> None:
        if kind == _COMMENT and len(data) >= 16:
            row, _, first, _ = struct.unpack_from("<4I", data, 4) if len(data) >= 20 else (0, 0, 0, 0)
            self._place = f"{self._prefix}!{column(first & 0xFFFFFF)}{(row & 0xFFFFFF) + 1} comment"
        elif kind == _COMMENT_TEXT:
            self._tell(self._place, string(data, 1)[0])
        else:
            super()._record(kind, data)


def _rk(number: int) -> float:
    """A number in 30 bits: the high bits of a double or a whole number, either perhaps in hundredths."""
    if number & 2:
        value = float(struct.unpack("<i", struct.pack("<I", number))[0] >> 2)
    else:
        (value,) = struct.unpack("<d", struct.pack("<Q", (number & 0xFFFFFFFC) << 32))
    return value / 100 if number & 1 else value
