"""Encoded runs inside any text: watched for while the text passes, decoded behind it.

Blocks (base64 and its kin) become blobs, which are read as any other: a picture, an archive, a text. Short blocks of
plain text become one text for each kind. Escapes are replaced in place, in windows around them: another reading of the
same text, with its provenance. So is text turned by 13 letters or written backwards.

What is found in the kernel's routine costs a text without runs a few percent; nothing is kept of such a text but its
last bytes.
"""

from __future__ import annotations

import io
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence

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

DECODED = ", decoded"
"""How the locators of another reading of a text end."""

_JOINT = 4096
_PLACE = 60
_Chunk = bytes | bytearray | memoryview


def another_reading(marks: Sequence[Mark]) -> bool:
    """Whether these are the marks of a text that was read before, and is now read with its escapes decoded."""
    return bool(marks) and marks[0].locator.endswith(DECODED)


def with_runs(items: Iterator[Text | Blob | Skipped], limits: Limits) -> Iterator[Text | Blob | Skipped]:
    """`items`, and behind each text what is encoded in it."""
    for item in items:
        if isinstance(item, Text) and item.alphabet == "text":
            yield from _searched(item, limits, 1, frozenset())
        else:
            yield item


def _searched(text: Text, limits: Limits, depth: int, turned: frozenset[int]) -> Iterator[Text | Blob | Skipped]:
    """`turned`: the ways in which the text was turned already; a second time would give it back."""
    watch = _Watch(text)
    yield Text(text.provenance, text.alphabet, watch.chunks(), text.marks, text.refine)
    if not watch.anything:
        return
    if depth >= limits.max_depth:
        detail = f"more than {limits.max_depth} encodings inside one another"
        yield Skipped(text.provenance, Reason.LIMIT, detail)
        return
    if watch.full:
        detail = f"more than {PENDING >> 20} MB of encoded runs in one text; the rest was not decoded"
        yield Skipped(text.provenance, Reason.LIMIT, detail)
    for item, way in watch.readings(limits):
        if isinstance(item, Text) and way not in turned:
            yield from _searched(item, limits, depth + 1, turned | {way} if way >= decoding.ROT13 else turned)
        elif not isinstance(item, Text):
            yield item


class _Stretch:
    """A block, or a window around escapes. `start` and `end` in bytes of the text; `line` from 1."""

    __slots__ = ("character", "detail", "end", "kind", "line", "raw", "start", "sure")

    def __init__(self, kind: int, detail: int, start: int, place: tuple[int, int], data: bytes) -> None:
        self.kind, self.detail, self.start = kind, detail, start
        self.character, line = place
        self.line = line + 1
        self.raw = bytearray(data)
        self.end = start + len(data)
        self.sure = False


class _Watch:
    """One text while it passes."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._tail = b""
        """The last bytes, which are looked at again with what follows; `_from` of them only for what they are to it."""
        self._from = 0
        self._offset = 0
        """Bytes before the tail, and the characters and newlines in them."""
        self._counts = (0, 0)
        self._inside = -1
        self._kept = 0
        self._blocks: list[_Stretch] = []
        self._windows: dict[int, list[_Stretch]] = {}
        self.full = False

    @property
    def anything(self) -> bool:
        return bool(self._blocks or self._windows)

    def chunks(self) -> Iterator[_Chunk]:
        for chunk in self._text.chunks:
            if len(chunk):
                self._feed(memoryview(chunk))
            yield chunk
        if self._tail or self._inside >= 0:
            self._look(self._tail, self._from, self._offset, self._counts, last=True)

    def _feed(self, chunk: memoryview) -> None:
        offset, counts, start = self._offset, self._counts, 0
        if self._tail:
            joint = self._tail + bytes(chunk[:_JOINT])
            start = self._look(joint, self._from, offset, counts)
            if len(chunk) <= _JOINT:
                self._keep(joint, start, offset, counts)
                return
            start -= len(self._tail)
            counts = _added(counts, count_text(self._tail))
            offset += len(self._tail)
        start = self._look(chunk, start, offset, counts)
        self._keep(chunk, start, offset, counts)

    def _keep(self, data: _Chunk, start: int, offset: int, counts: tuple[int, int]) -> None:
        cut = max(start - CONTEXT, 0)
        self._tail = bytes(data[cut:])
        self._from = start - cut
        self._offset = offset + cut
        self._counts = _added(counts, count_text(data[:cut])) if cut else counts

    def _look(self, data: _Chunk, start: int, offset: int, counts: tuple[int, int], last: bool = False) -> int:
        """Takes the signs in `data`, which begins at `offset` bytes and `counts` of the text; how far it came."""
        found, reached = find_signs(data, start, last, self._inside)
        for kind, begin, end, detail, is_open in found:
            if kind >= decoding.ESCAPES:
                self._window(data, kind, begin, end, detail, offset, counts)
                continue
            if self._inside >= 0:
                self._extend(self._blocks[-1] if self._blocks else None, data[begin:end])
            else:
                place = _added(counts, count_text(data[:begin]))
                self._add(self._blocks, _Stretch(kind, detail, offset + begin, place, bytes(data[begin:end])))
            self._inside = kind if is_open else -1
        return reached

    def _window(
        self, data: _Chunk, kind: int, begin: int, end: int, detail: int, offset: int, counts: tuple[int, int]
    ) -> None:
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
            place = _added(counts, count_text(data[:begin]))
            made = _Stretch(kind, detail, offset + first, place, bytes(data[first:behind]))
            if not self._add(windows, made):
                return
            last = made
        last.sure = last.sure or (kind != decoding.ESCAPES and detail != 0)

    def _add(self, stretches: list[_Stretch], made: _Stretch) -> bool:
        if not self._room(len(made.raw)):
            return False
        stretches.append(made)
        return True

    def _extend(self, stretch: _Stretch | None, more: _Chunk) -> None:
        if stretch and self._room(len(more)):
            stretch.raw += more

    def _room(self, size: int) -> bool:
        self._kept += size
        self.full = self.full or self._kept > PENDING
        return not self.full

    # What became of it

    def readings(self, limits: Limits) -> Iterator[tuple[Text | Blob | Skipped, int]]:
        """What the runs stand for, each with its kind. Called once, when the text was drawn."""
        plain: dict[int, list[tuple[_Stretch, bytes]]] = {}
        for block in self._blocks:
            data = decoding.block(block.kind, bytes(block.raw), block.detail)
            block.raw.clear()
            item = self._block(block, data, limits, plain)
            if item is not None:
                yield item, block.kind
        self._blocks.clear()
        for kind, pieces in plain.items():
            yield self._joined((*self._text.provenance, decoding.NAMES[kind]), pieces, ""), kind
        for kind, windows in self._windows.items():
            made = [(window, data) for window in windows if (data := _read(window)) is not None]
            if made:
                what = DECODED if kind == decoding.ESCAPES else f", {decoding.NAMES[kind]}{DECODED}"
                yield self._joined(self._text.provenance, made, what), kind

    def _block(
        self, block: _Stretch, data: bytes, limits: Limits, plain: dict[int, list[tuple[_Stretch, bytes]]]
    ) -> Blob | Skipped | None:
        """A blob of what is large or no text; `plain` gets the others. None for what is nothing, too."""
        name = f"{decoding.NAMES[block.kind]} at {self._place(block)}"
        provenance = (*self._text.provenance, name)
        if data[:2] in (b"\x78\x01", b"\x78\x9c", b"\x78\xda", b"\x78\x5e"):
            inflated = _inflated(data, 15, limits)
            if inflated is not None:
                data, provenance = inflated, (*provenance, "zlib")
        head = data[: raw.HEAD]
        kind = detect(head)
        if kind == "text":
            if len(data) <= SMALL:
                wide = charset.wide(data)
                if wide is not None:
                    data = data[wide.skip :].decode(wide.codec, "replace").encode("utf-8", "replace")
                if data.strip():
                    plain.setdefault(block.kind, []).append((block, data))
                return None
        elif kind == "binary":
            inflated = _inflated(data, -15, limits) if len(data) >= 24 and block.kind == decoding.BASE64 else None
            if inflated is None or detect(inflated[: raw.HEAD]) == "binary":
                return None  # it was read as it stands, and there is nothing to see in it
            data, provenance = inflated, (*provenance, "deflate")
        elif kind == "der":
            return None  # keys and certificates: rules know them as they stand
        if len(data) > limits.max_part:
            return Skipped(provenance, Reason.LIMIT, f"unpacks to more than {limits.max_part} bytes")
        return Blob(provenance, io.BytesIO(data), len(data))

    def _place(self, stretch: _Stretch) -> str:
        marks = self._text.marks
        if marks:
            at = bisect_right(marks, stretch.character, key=lambda mark: mark.start) - 1
            return marks[max(at, 0)].locator[:_PLACE].removesuffix(DECODED)
        return f"line {stretch.line}"

    def _joined(self, provenance: tuple[str, ...], pieces: list[tuple[_Stretch, bytes]], what: str) -> Text:
        marks: list[Mark] = []
        out: list[bytes] = []
        characters = 0
        for stretch, data in pieces:
            marks.append(Mark(characters, self._place(stretch) + what))
            out.append(data + b"\n")
            characters += count_text(out[-1])[0]
        return Text(provenance, "text", iter(out), marks)


def _added(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], one[1] + other[1]


def _read(window: _Stretch) -> bytes | None:
    """What a window reads as, without the words that are cut at its ends; None: no different."""
    data = bytes(window.raw)
    if window.kind == decoding.ESCAPES:
        made: bytes | None = decoding.escapes(data, window.detail)
    else:
        made = decoding.turned(data, window.kind, window.sure)
    return None if made is None or made == data else made


def _inflated(data: bytes, bits: int, limits: Limits) -> bytes | None:
    """The deflated stream that `data` begins with, as far as `limits` let it; None if it is none."""
    inflater = zlib.decompressobj(bits)
    most = min(limits.max_part, max(limits.ratio_after, len(data) * limits.max_ratio)) + 1
    try:
        out = inflater.decompress(data[:4096], 1 << 16)
        if bits < 0 and len(out) < 24:
            return None
        rest = inflater.unconsumed_tail + data[4096:]
        return out + inflater.decompress(rest, most) if rest and not inflater.eof else out
    except zlib.error:
        return None
