"""Word documents before docx ([MS-DOC]): Word 97 to 2003, and Word 6 and 95.

The text lies in pieces all over the stream; the piece table gives their order. Behind the body follow, in one row,
footnotes, headers, comments, endnotes and text boxes. What lies between the pieces is text of former versions, and
is told as well.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import msgspec

from dlp.extract import strings
from dlp.extract.ole import office_art
from dlp.extract.ole.property_set import codec_of
from dlp.extract.ole.storage import Storage, lines_text
from dlp.extract.ole.word97_runs import hidden_runs
from dlp.model import Blob, Reason, Skipped, Text

_WORD_6 = frozenset({0xA5DC, 0xA697, 0xA698, 0xA699})
_WORD_97 = frozenset({0xA5EC, 0xA5ED})
_FIRST_97 = 0xC0
"""The first version of the file format that is Word 97's; the beta's, to be exact."""
_ENCRYPTED, _TABLE_1 = 0x100, 0x200
_STORIES = ("", "footnotes", "headers", "macros", "comments", "endnotes", "text boxes", "header text boxes")
_BREAK = re.compile("[\r\x07\x0c\x0e]")
_FIELD = re.compile("[\x13\x14\x15]")
_FIELD_BEGINS, _FIELD_RESULT, _FIELD_ENDS = "\x13", "\x14", "\x15"
_KEPT = {"\x0b": "\n", "\x1e": "-", "\x1f": "\u00ad", "\t": "\t", "\n": "\n", **dict.fromkeys("\r\x07\x0c\x0e", "\n")}
_MARKS = str.maketrans({chr(code): _KEPT.get(chr(code)) for code in range(0x20)})
# fmt: off
_PAGES = {
    0x01: 1256, 0x02: 1251, 0x04: 1250, 0x05: 1250, 0x08: 1253, 0x0D: 1255, 0x0E: 1250, 0x11: 932, 0x12: 949,
    0x15: 1250, 0x18: 1250, 0x19: 1251, 0x1A: 1250, 0x1B: 1250, 0x1E: 874, 0x1F: 1254, 0x22: 1251, 0x23: 1251,
    0x24: 1250, 0x25: 1257, 0x26: 1257, 0x27: 1257, 0x29: 1256, 0x2A: 1258,
}
# fmt: on
"""Code pages of primary languages, of those that are not Western."""
_PIECE = 1 << 16


class Fib(msgspec.Struct, frozen=True):
    """What the document's header says. `lengths`: characters of each story; `table`: where the piece table lies."""

    old: bool
    encrypted: bool
    second_table: bool
    codec: str
    lengths: tuple[int, ...]
    pieces: tuple[int, int]
    formats: tuple[int, int]
    text: tuple[int, int]


class Piece(msgspec.Struct, frozen=True):
    """A stretch of text: `size` bytes at `start` of the document's stream, in `codec` of `width` bytes a letter."""

    start: int
    size: int
    width: int
    codec: str


def read(storage: Storage) -> Iterator[Text | Blob | Skipped]:
    """The document's text (marks `paragraph N`, `footnotes paragraph N`...), then pictures as blobs."""
    if "worddocument" not in storage:
        return
    storage.known = True
    data = storage.take("worddocument")
    fib = _header(data)
    if fib is None:
        yield Skipped(storage.provenance, Reason.CORRUPT, "Word document without its header")
        yield lines_text(storage.provenance, (("document", line) for line in strings.both(data)))
        return
    table_name = "1table" if fib.second_table else "0table"
    table = b"" if fib.old else storage.take(table_name)
    if fib.encrypted:
        yield Skipped(storage.provenance, Reason.ENCRYPTED, "Word document: no password")
        # The mark may be forged: what is not encrypted has strings.
        lines = (("encrypted document", line) for part in (data, table) for line in strings.both(part))
        yield lines_text(storage.provenance, lines)
        return
    pieces = _pieces(data if fib.old else table, fib, len(data))
    if not pieces:
        yield Skipped(storage.provenance, Reason.CORRUPT, "Word document without its piece table")
    elif sum(piece.size for piece in pieces) > 2 * len(data):
        # A forged table may name one stretch a million times; a real one names none twice.
        yield Skipped(storage.provenance, Reason.CORRUPT, "Word document whose piece table says more than there is")
        pieces = []
    elif any(piece.start + piece.size > len(data) for piece in pieces):
        yield Skipped(storage.provenance, Reason.CORRUPT, "Word document that is cut short")
    hidden = [] if fib.old else hidden_runs(data, table, fib.formats)
    yield lines_text(storage.provenance, _lines(data, fib, pieces, hidden))
    yield lines_text(storage.provenance, _beside(data, table, fib, pieces))
    for stream in (storage.take("data"), data):
        pictures = office_art.find(stream)
        if stream is not data:
            rest = list(office_art.outside(stream, pictures))
            yield Text((*storage.provenance, "Data"), "bytes", iter(rest), [])
            lines = (("embedded data", line) for part in rest for line in strings.both(part))
            yield lines_text(storage.provenance, lines)
        yield from office_art.blobs(pictures, storage.provenance, storage.limits)


def _header(data: bytes) -> Fib | None:
    if len(data) < 0x180:
        return None
    magic, version, language = struct.unpack_from("<HHxxH", data)
    (flags,) = struct.unpack_from("<H", data, 10)
    text = struct.unpack_from("<II", data, 0x18)
    codec = codec_of(_PAGES.get(language & 0x3FF, 1252))
    if magic in _WORD_6 or (magic in _WORD_97 and version < _FIRST_97):
        lengths = struct.unpack_from("<8I", data, 0x34)
        if data[0x14:0x16] == b"\0\1":
            codec = "mac_roman"
        return Fib(True, bool(flags & _ENCRYPTED), False, codec, lengths, _pair(data, 0x160), (0, 0), text)
    if magic not in _WORD_97 or len(data) < 0x1AA:
        return None
    return Fib(
        old=False,
        encrypted=bool(flags & _ENCRYPTED),
        second_table=bool(flags & _TABLE_1),
        codec="cp1252",
        lengths=struct.unpack_from("<8I", data, 0x4C),
        pieces=_pair(data, 0x1A2),
        formats=_pair(data, 0x9A + 12 * 8),
        text=text,
    )


def _pair(data: bytes, at: int) -> tuple[int, int]:
    start, size = struct.unpack_from("<II", data, at)
    return start, size


def _pieces(table: bytes, fib: Fib, size: int) -> list[Piece]:
    """The pieces in their order; empty where the table cannot be followed."""
    at, length = fib.pieces
    end = min(at + length, len(table))
    while at + 5 <= end and table[at] == 1:
        at += 3 + struct.unpack_from("<H", table, at + 1)[0]
    if at + 5 > end or table[at] != 2:
        begins, ends = fib.text
        if fib.old and begins < ends:  # never saved fast: the text in one piece
            return [Piece(begins, min(ends, size) - begins, 1, fib.codec)] if begins < size else []
        return []
    (length,) = struct.unpack_from("<I", table, at + 1)
    at += 5
    count = (min(length, end - at) - 4) // 12
    if count <= 0:
        return []
    places = struct.unpack_from(f"<{count + 1}I", table, at)
    pieces = []
    for index in range(count):
        (where,) = struct.unpack_from("<I", table, at + 4 * (count + 1) + 8 * index + 2)
        letters = places[index + 1] - places[index]
        if letters < 0:
            return []
        if fib.old:
            pieces.append(Piece(where, letters, 1, fib.codec))
        elif where & 0x40000000:
            pieces.append(Piece((where & 0x3FFFFFFF) // 2, letters, 1, "cp1252"))
        else:
            pieces.append(Piece(where, letters * 2, 2, "utf-16-le"))
    return pieces


def _letters(data: bytes, pieces: list[Piece], hidden: list[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """The stories' text in order, cut where it becomes hidden or shown. Every letter counts as one position: a
    letter of UTF-16 that takes two is told as two surrogates."""
    from bisect import bisect_right

    starts = [start for start, _ in hidden]
    for piece in pieces:
        at, end = piece.start, min(piece.start + piece.size, len(data))
        index = max(0, bisect_right(starts, at) - 1)
        while at < end:
            while index < len(hidden) and hidden[index][1] <= at:
                index += 1
            is_hidden = index < len(hidden) and hidden[index][0] <= at
            stop = hidden[index][1] if is_hidden else hidden[index][0] if index < len(hidden) else end
            stop = min(stop, end, at + _PIECE * piece.width)
            if (stop - at) % piece.width:
                stop = min(end, stop + 1)
            run = data[at:stop]
            if piece.width == 2:
                text = run[: len(run) // 2 * 2].decode("utf-16-le", "surrogatepass")
            else:
                text = run.decode(piece.codec, "replace") if piece.codec != "cp1252" else _western(run)
            yield text, is_hidden
            at = stop


def _western(run: bytes) -> str:
    """cp1252, with the bytes that it leaves open as they are."""
    try:
        return run.decode("cp1252")
    except UnicodeDecodeError:
        return run.decode("latin-1")


def _lines(data: bytes, fib: Fib, pieces: list[Piece], hidden: list[tuple[int, int]]) -> Iterator[tuple[str, str]]:
    """Paragraph by paragraph; behind each what it hides: field codes, hidden and deleted runs, and with those the
    whole of it."""
    lengths = list(fib.lengths) if any(fib.lengths) else [1 << 40]
    story, left, number = _next_story(lengths, -1)
    paragraph = _Paragraph()
    for text, is_hidden in _letters(data, pieces, hidden):
        begins = 0
        while begins < len(text):
            found = _BREAK.search(text, begins)
            end = min(found.end() if found else len(text), begins + left if left > 0 else len(text))
            paragraph.put(text[begins:end], is_hidden)
            left -= end - begins
            begins = end
            if left == 0 or (found and end == found.end()):
                for line in paragraph.take():
                    yield f"{_STORIES[story]} paragraph {number}".strip(), line
                number += 1
            if left == 0:
                story, left, number = _next_story(lengths, story)
    for line in paragraph.take():
        yield f"{_STORIES[story]} paragraph {number}".strip(), line


def _next_story(lengths: list[int], story: int) -> tuple[int, int, int]:
    """The next story that has letters, how many, and its first paragraph's number; behind all of them the last, for
    whatever is left."""
    for index in range(story + 1, len(lengths)):
        if lengths[index]:
            return index, lengths[index], 1
    return max(0, len(lengths) - 1), -1, 1


class _Paragraph:
    """One paragraph while it is gathered."""

    __slots__ = ("_code", "_codes", "_hides", "_shown", "_whole")

    def __init__(self) -> None:
        self._shown: list[str] = []
        self._whole: list[str] = []
        self._hides: list[str] = []
        self._codes: list[str] = []
        self._code: list[bool] = []
        """The fields that we are in, and whether in their code."""

    def put(self, text: str, hidden: bool) -> None:
        """A stretch with its marks of fields: what stands between a field's begin and its result is its code."""
        begins = 0
        for mark in _FIELD.finditer(text):
            self._add(text[begins : mark.start()], hidden)
            begins = mark.end()
            if mark[0] == _FIELD_BEGINS:
                self._code.append(True)
                self._codes.append(" ")
            elif mark[0] == _FIELD_RESULT and self._code:
                self._code[-1] = False
            elif mark[0] == _FIELD_ENDS and self._code:
                self._code.pop()
        self._add(text[begins:], hidden)

    def _add(self, text: str, hidden: bool) -> None:
        if not text:
            return
        if self._code and self._code[-1]:
            self._codes.append(text)
            return
        self._whole.append(text)
        (self._hides if hidden else self._shown).append(text)

    def take(self) -> Iterator[str]:
        """The paragraph's lines, and an empty paragraph again."""
        shown = _clean("".join(self._shown))
        if shown.strip():
            yield shown
        if self._hides:
            hides = _clean("".join(self._hides)).strip()
            if hides:
                yield hides
                if shown.strip():
                    yield _clean("".join(self._whole))
        codes = _clean("".join(self._codes)).strip()
        if codes:
            yield codes
        self._shown.clear()
        self._whole.clear()
        self._hides.clear()
        self._codes.clear()


def _clean(text: str) -> str:
    """Without the marks that are no letters; surrogates joined."""
    text = text.rstrip("\r\x07\x0c\x0e").translate(_MARKS)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _beside(data: bytes, table: bytes, fib: Fib, pieces: list[Piece]) -> Iterator[tuple[str, str]]:
    """What no piece covers, and the tables: variables, authors, bookmarks, who saved it where."""
    for line in strings.both(table):
        yield "document tables", line
    at = 0
    for piece in sorted(pieces, key=lambda piece: piece.start):
        if piece.start > at:
            for line in strings.both(data[at : piece.start], fib.codec):
                yield "outside the document's text", line
        at = max(at, piece.start + piece.size)
    for line in strings.both(data[at:], fib.codec):
        yield "outside the document's text", line
