"""Encoded runs inside any text: watched for while the text passes, decoded behind it.

Blocks (base64 and its kin) become blobs, which are read as any other: a picture, an archive, a text. Short blocks of
plain text become one text for each kind. Escapes are replaced in place, in windows around them: another reading of the
same text, with its provenance. So is text turned by 13 letters or written backwards.

What is found in the kernel's routine costs a text without runs a few percent; nothing is kept of such a text but its
last bytes.
"""

from __future__ import annotations

import codecs
import io
import re
import zlib
from bisect import bisect_right
from collections.abc import Iterator

import msgspec

from dlp.extract import charset, decoding, raw
from dlp.extract.detect import detect
from dlp.fingerprint import count_text, find_signs
from dlp.limits import Limits
from dlp.model import Blob, Mark, Reason, Skipped, Text

CONTEXT = 256
"""Bytes beside an escape that are read with it: rules look for words nearby."""

PENDING = 64 << 20
"""Bytes of encoded runs that are kept of one text, until it is read."""

SMALL = 4096
"""Bytes of plain text in one block that are joined with others."""

LEAST_BYTES = 256
"""Bytes of a block that is neither text nor of a known format, and may yet be a piece of what is registered by its
bytes."""

DECODED = ", decoded"
"""How the locators of another reading of a text end."""

_JOINT = 4096
_PLACE = 60
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_PACKED = re.compile(rb"\x1f\x8b\x08|PK\x03\x04|\x78[\x01\x9c\xda]|BZh\d1AY&SY|\xfd7zXZ\0|\x28\xb5\x2f\xfd")
_ANOTHER = re.compile(rb"\n[ \t\r]{0,99}\n(?=UEsDB|H4sI|iVBORw0KGgo|/9j/|JVBERi0|0M8R4KGx)")
"""Behind an empty line another file begins: Word keeps drawings so, one after another."""
_NOTHING = frozenset({"binary", "der", "arrow"})
"""What is decoded and has no words: what holds neither text nor a known format, the schema in a Parquet file; rules
know keys and certificates as they are usually spelled."""
_PRINTABLE = bytes(range(32, 127)) + b"\t\n\r"
_Chunk = bytes | bytearray | memoryview


def with_runs(items: Iterator[Text | Blob | Skipped], limits: Limits) -> Iterator[Text | Blob | Skipped]:
    """`items`, and behind each text what is encoded in it."""
    for item in items:
        if isinstance(item, Text) and item.alphabet == "text":
            yield from _searched(item, limits, 1, frozenset())
        else:
            yield item


def _searched(text: Text, limits: Limits, depth: int, turned: frozenset[int]) -> Iterator[Text | Blob | Skipped]:
    """`turned`: the ways in which the text was turned already; a second time would give it back."""
    watch = _Watch(text, limits)
    yield msgspec.structs.replace(text, chunks=watch.chunks())
    watch.finish()
    if not watch.anything:
        return
    if depth >= limits.max_depth:
        detail = f"more than {limits.max_depth} encodings inside one another"
        yield Skipped(text.provenance, Reason.LIMIT, detail)
        return
    if watch.full:
        detail = f"more than {PENDING >> 20} MB of encoded runs in one text; the rest was not decoded"
        yield Skipped(text.provenance, Reason.LIMIT, detail)
    for item, way in watch.readings():
        if not isinstance(item, Text) or item.alphabet == "bytes":
            yield item
        elif way not in turned:
            yield from _searched(item, limits, depth + 1, turned | {way} if way >= decoding.ROT13 else turned)


class _Stretch:
    """A block, or a window around escapes. `end` in bytes of the text, `character` from 0, `line` from 1."""

    __slots__ = ("character", "detail", "end", "kind", "line", "raw", "sure")

    def __init__(self, kind: int, detail: int, start: int, place: tuple[int, int], data: bytes) -> None:
        self.kind, self.detail = kind, detail
        self.character, line = place
        self.line = line + 1
        self.raw = bytearray(data)
        self.end = start + len(data)
        self.sure = False


class _Pieces:
    """Pieces of text that become one, with the places they come from: (character here, character, line)."""

    __slots__ = ("characters", "data", "places")

    def __init__(self) -> None:
        self.data = bytearray()
        self.characters = 0
        self.places: list[tuple[int, int, int]] = []

    def add(self, stretch: _Stretch, data: bytes) -> None:
        if not self.places or self.places[-1][2] != stretch.line or self.places[-1][1] != stretch.character:
            self.places.append((self.characters, stretch.character, stretch.line))
        self.data += data
        self.data += b"\n"
        self.characters += count_text(data)[0] + 1


class _Watch:
    """One text while it passes."""

    def __init__(self, text: Text, limits: Limits) -> None:
        self._text = text
        self._limits = limits
        self._tail = bytearray()
        """The last bytes, which are looked at again with what follows; `_from` of them only for what they are to it."""
        self._from = 0
        self._offset = 0
        """Bytes before the tail, and the characters and newlines in them."""
        self._counts = (0, 0)
        self._inside: _Stretch | None = None
        """The block that was not over when the last bytes were."""
        self._kept = 0
        self._plain: dict[int, _Pieces] = {}
        self._blobs: list[tuple[_Stretch, bytes, str]] = []
        self._windows: dict[int, list[_Stretch]] = {}
        self._bytes: list[tuple[_Stretch, bytes]] = []
        self.full = False
        self.lost: list[tuple[_Stretch, Reason]] = []
        """Packed blocks that were not unpacked whole."""

    @property
    def anything(self) -> bool:
        return bool(self._plain or self._blobs or self._bytes or self._windows or self.lost or self.full)

    def chunks(self) -> Iterator[_Chunk]:
        for chunk in self._text.chunks:
            if chunk:
                self._feed(memoryview(chunk))
            yield chunk

    def finish(self) -> None:
        """Called once no more chunks come, be it that reading them failed."""
        self._look(self._tail, self._from, self._offset, self._counts, last=True)
        if self._inside:
            self._settle(self._inside)

    def _feed(self, chunk: memoryview) -> None:
        offset, counts, start = self._offset, self._counts, 0
        if len(chunk) < _JOINT:
            self._tail += chunk
            if len(self._tail) >= 4 * _JOINT:
                self._keep(self._tail, self._look(self._tail, self._from, offset, counts), offset, counts)
            return
        if self._tail:
            joint = self._tail + bytes(chunk[:_JOINT])
            start = self._look(joint, self._from, offset, counts) - len(self._tail)
            counts = _added(counts, count_text(self._tail))
            offset += len(self._tail)
        start = self._look(chunk, start, offset, counts)
        self._keep(chunk, start, offset, counts)

    def _keep(self, data: _Chunk, start: int, offset: int, counts: tuple[int, int]) -> None:
        cut = max(start - CONTEXT, 0)
        self._tail = bytearray(data[cut:])
        self._from = start - cut
        self._offset = offset + cut
        self._counts = _added(counts, count_text(data[:cut])) if cut else counts

    def _look(self, data: _Chunk, start: int, offset: int, counts: tuple[int, int], last: bool = False) -> int:
        """Takes the signs in `data`, which begins at `offset` bytes and `counts` of the text; how far it came."""
        found, reached = find_signs(data, start, last, self._inside.kind if self._inside else -1)
        found += [(decoding.ESCAPES, *span, decoding.INVISIBLE, False) for span in _unseen(data, start, reached)]
        found.sort(key=lambda sign: sign[1])  # a place is counted on from the one before
        counted = 0
        for kind, begin, end, detail, is_open in found:
            counts, counted = _added(counts, count_text(data[counted:begin])), begin
            if kind >= decoding.ESCAPES:
                self._window(data, kind, begin, end, detail, offset, counts)
                continue
            block = self._inside
            if block is None:
                block = _Stretch(kind, detail, offset + begin, counts, b"")
            if self._room(end - begin):
                block.raw += data[begin:end]
            self._inside = block if is_open else None
            if not is_open:
                self._settle(block)
        return reached

    def _settle(self, block: _Stretch) -> None:
        """Decodes a block that is over."""
        if block.kind == decoding.BASE64 and _ANOTHER.search(block.raw):
            files = _ANOTHER.split(bytes(block.raw))
            for file in files:
                block.raw[:] = file
                self._settle(block)
                block.detail = 0
            return
        data = decoding.block(block.kind, bytes(block.raw), block.detail)
        self._kept -= len(block.raw)
        block.raw.clear()
        if len(data) <= SMALL and data.isascii() and not data.translate(None, _PRINTABLE):  # nearly every short one
            if self._room(len(data) + 32):
                self._plain.setdefault(block.kind, _Pieces()).add(block, data)
            return
        inside = ""
        lost: Reason | None = None
        if data[:2] in _ZLIB and (inflated := _inflated(data, 15, self._limits)) is not None:
            (data, lost), inside = inflated, "zlib"
        kind = _kind(data)
        if kind == "binary" and block.kind <= decoding.ASCII85 and len(data) >= 24:
            inflated = _inflated(data, -15, self._limits)
            if inflated is not None:
                (data, lost), inside = inflated, "deflate"
                kind = _kind(data) if len(data) >= 24 else "binary"
        if lost is not None:
            self.lost.append((block, lost))
        if kind in _NOTHING:
            if kind == "binary" and len(data) >= LEAST_BYTES and self._room(len(data)):
                self._bytes.append((block, data))
            return
        if kind == "text" and len(data) <= SMALL:
            wide = charset.wide(data)
            if wide is not None:
                data = data[wide.skip :].decode(wide.codec, "replace").encode("utf-8", "replace")
            if data.strip() and self._room(len(data) + 32):
                self._plain.setdefault(block.kind, _Pieces()).add(block, data)
        elif self._room(len(data)):
            self._blobs.append((block, data, inside))

    def _window(
        self, data: _Chunk, kind: int, begin: int, end: int, detail: int, offset: int, place: tuple[int, int]
    ) -> None:
        if kind == decoding.ESCAPES and self._text.again:
            detail &= ~decoding.ENTITY  # the source of markup: its entities were put in before
            if not detail:
                return
        first, behind = max(begin - CONTEXT, 0), min(end + CONTEXT, len(data))
        windows = self._windows.setdefault(kind, [])
        last = windows[-1] if windows else None
        if last and offset + first <= last.end:
            if kind == decoding.ESCAPES:
                last.detail |= detail
            more = data[max(last.end - offset, 0) : behind]
            last.end += len(more)
            self._extend(last, more)
        else:
            if not self._room(behind - first + 300):
                return
            last = _Stretch(kind, detail, offset + first, place, bytes(data[first:behind]))
            windows.append(last)
        last.sure = last.sure or (kind != decoding.ESCAPES and detail != 0)

    def _extend(self, stretch: _Stretch, more: _Chunk) -> None:
        if self._room(len(more)):
            stretch.raw += more

    def _room(self, size: int) -> bool:
        if self._kept + size > PENDING:
            self.full = True
            return False
        self._kept += size
        return True

    def readings(self) -> Iterator[tuple[Text | Blob | Skipped, int]]:
        """What the runs stand for, each with its kind. Called once, when the text was drawn."""
        for block, reason in self.lost[:100]:
            name = f"{decoding.NAMES[block.kind]} at {self._place(block.character, block.line)}"
            detail = "unpacks to too much" if reason is Reason.LIMIT else "packed data ends early"
            yield Skipped((*self._text.provenance, name, "zlib"), reason, f"zlib: {detail}"), block.kind
        for block, data, inside in self._blobs:
            name = f"{decoding.NAMES[block.kind]} at {self._place(block.character, block.line)}"
            provenance = (*self._text.provenance, name, inside) if inside else (*self._text.provenance, name)
            yield Blob(provenance, io.BytesIO(data), len(data), spelled=True), block.kind
        self._blobs.clear()
        for block, data in self._bytes:
            name = f"{decoding.NAMES[block.kind]} at {self._place(block.character, block.line)}"
            yield Text((*self._text.provenance, name), "bytes", iter((data,)), []), block.kind
        self._bytes.clear()
        for kind, pieces in self._plain.items():
            yield self._joined((*self._text.provenance, decoding.NAMES[kind]), pieces, ""), kind
        for kind, windows in self._windows.items():
            pieces = _Pieces()
            for window in windows:
                made = _read(window)
                if made is None:
                    continue
                if (packed := _PACKED.search(made)) and not _PACKED.search(window.raw):
                    blob = self._unpacked(window, made[packed.start() :])
                    if blob is not None:
                        yield blob, kind
                window.raw.clear()
                pieces.add(window, made)
            if pieces.places:
                what = DECODED if kind == decoding.ESCAPES else f", {decoding.NAMES[kind]}{DECODED}"
                yield self._joined(self._text.provenance, pieces, what), kind

    def _unpacked(self, window: _Stretch, data: bytes) -> Blob | None:
        """Of packed data that was spelled in escapes; None where it only begins so."""
        name = f"escapes at {self._place(window.character, window.line)}"
        if data[:1] in (b"\x78", b"\x1f"):
            inflated = _inflated(data, 47, self._limits)  # zlib's or gzip's header
            if inflated is None or inflated[1] is not None:
                return None
            data = inflated[0]
        return Blob((*self._text.provenance, name), io.BytesIO(data), len(data), spelled=True)

    def _place(self, character: int, line: int) -> str:
        marks = self._text.marks
        if not marks:
            return f"line {line}"
        at = bisect_right(marks, character, key=lambda mark: mark.start) - 1
        return marks[max(at, 0)].locator[:_PLACE].removesuffix(DECODED)

    def _joined(self, provenance: tuple[str, ...], pieces: _Pieces, what: str) -> Text:
        marks = [Mark(here, self._place(character, line) + what) for here, character, line in pieces.places]
        return Text(provenance, "text", iter((bytes(pieces.data),)), marks, again=provenance == self._text.provenance)


def _unseen(data: _Chunk, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Characters in words that nobody sees, which begin in data[start:end]."""
    whole = data.obj if isinstance(data, memoryview) else data
    if not isinstance(whole, bytes | bytearray) or len(whole) != len(data):
        whole = bytes(data)
    if not whole.isascii():
        yield from (span for span in decoding.invisible(whole, start) if span[0] < end)


def _kind(data: bytes) -> str:
    """As `detect`; text must have words, or be UTF-8: what letters decode to has few control characters, too."""
    head = data[: raw.HEAD]
    kind = detect(head) if data else "binary"
    if kind != "text" or charset.wide(head) is not None:
        return kind
    sample = head[:4096]
    if 40 * (len(sample) - len(sample.translate(None, b" \t\n"))) >= len(sample):
        return kind
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, len(sample) == len(data))
    except UnicodeDecodeError:
        return "binary"
    return kind


def _added(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], one[1] + other[1]


def _read(window: _Stretch) -> bytes | None:
    """What a window reads as, without the words that are cut at its ends; None: no different."""
    data = bytes(window.raw)
    if not charset.few_controls(data, len(data)):
        return None  # in noise anything may stand
    if window.kind == decoding.ESCAPES:
        made: bytes | None = decoding.escapes(data, window.detail)
    else:
        made = decoding.turned(data, window.kind, window.sure)
    return None if made is None or made == data else made


def _inflated(data: bytes, bits: int, limits: Limits) -> tuple[bytes, Reason | None] | None:
    """The deflated stream that `data` begins with, and why it is not whole; None if it is none."""
    inflater = zlib.decompressobj(bits)
    most = min(limits.max_part, max(limits.ratio_after, len(data) * limits.max_ratio))
    try:
        out = inflater.decompress(data, most)
    except zlib.error:
        return None
    if inflater.eof:
        return out, None
    if bits < 0 or not out:
        return None  # random bytes may begin so
    return out, Reason.LIMIT if len(out) >= most else Reason.CORRUPT
