"""One packed file: gzip, bzip2, xz, lzma, Zstandard, lz4, brotli, compress. Streams that stand behind one another are
one content, as their own tools have it; what is no stream behind them is a blob, and so is what may be passed over.

The content is a stream that is read once, so that what is inside is read while it is unpacked.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from dlp.extract import raw
from dlp.extract.archive import packers
from dlp.extract.archive.lzw import lzw
from dlp.extract.archive.packers import Source
from dlp.extract.unpacking import PartError, bounded, once
from dlp.limits import Limits
from dlp.model import Blob, Mark, Reason, Skipped, Text

_GZIP = b"\x1f\x8b\x08"
_SUFFIXES = {
    ".tgz": ".tar", ".tbz": ".tar", ".tbz2": ".tar", ".txz": ".tar", ".tlz": ".tar", ".tzst": ".tar", ".taz": ".tar",
    ".svgz": ".svg", ".emz": ".emf", ".wmz": ".wmf",
    ".gz": "", ".bz2": "", ".xz": "", ".lzma": "", ".zst": "", ".lz4": "", ".lz": "", ".br": "", ".z": "",
}  # fmt: skip
_MAX_HEADERS = 1 << 16
"""Bytes kept of the names and comments in the headers of one file's streams, and of a frame to be passed over."""

_MAX_ASIDE = 100
"""Frames to be passed over that are kept."""

_PADDING = 512
"""Bytes of zeros that are read over at a time."""

_FORMATS: dict[str, tuple[Callable[[bytes], bool], packers.Unpack, str]] = {
    "bzip2": (lambda head: head.startswith(b"BZh"), packers.bzip2, "bzip2"),
    "xz": (lambda head: head.startswith(b"\xfd7zXZ\0"), packers.xz, "xz"),
    "lzma": (lambda head: len(head) > 12 and head[0] < 225, packers.lzma_alone, "lzma"),
    "zstd": (packers.is_zstd, packers.zstd, "Zstandard"),
    "lz4": (lambda head: head.startswith(b"\x04\x22\x4d\x18"), packers.lz4, "lz4"),
    "lz4-legacy": (lambda head: head.startswith(b"\x02\x21\x4c\x18"), packers.lz4_legacy, "lz4"),
    "lzip": (lambda head: head.startswith(b"LZIP\1"), packers.lzip, "lzip"),
    "brotli": (bool, packers.brotli, "brotli"),
    "compress": (lambda head: head.startswith(b"\x1f\x9d"), lzw, "compress"),
}
_ALONE = frozenset({"lzma", "brotli", "compress"})
"""Formats without a second stream: what follows the first is something else."""


class CompressedExtractor:
    """Reads what packs one file."""

    types = frozenset({"gzip", *_FORMATS})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The content as one blob, named as the packed file without its suffix; then what the headers say (mark
        `header`), and what stands behind and between the streams. Raises OSError, Spent."""
        kind = packed_kind((source := Source(blob.stream)).peek(512), blob.provenance[-1])
        streams = _Streams(source, kind)
        total = max(0, blob.size)
        chunks = bounded(streams.chunks(), lambda: max(total, source.consumed), limits)
        yield Blob((*blob.provenance, inner_name(blob.provenance[-1])), once(chunks), -1)
        if streams.headers:
            lines = "\n".join(streams.headers) + "\n"
            yield Text(blob.provenance, "text", iter((lines.encode("utf-8", "replace"),)), [Mark(0, "header")])
        for aside in streams.aside:
            yield Blob((*blob.provenance, "skippable frame"), once(iter((aside,))), -1)
        if not streams.over:
            return  # whoever read the content stopped, and said why
        if streams.trouble is not None:
            yield Skipped(blob.provenance, streams.trouble.reason, f"{streams.name}: {streams.trouble.detail}")
            if not streams.whole:
                return  # where the stream ends is not known
        start = source.peek(raw.HEAD)
        if start.strip(b"\0 \t\r\n") or (start and len(start) == raw.HEAD):
            yield Blob((*blob.provenance, "data behind the archive"), once(source.rest()), -1)


def packed_kind(head: bytes, name: str) -> str:
    """Which of our formats begins with `head`; a name counts only for brotli, whose content shows nothing."""
    if head.startswith(_GZIP):
        return "gzip"
    if packers.skippable(head):
        (size,) = struct.unpack_from("<I", head, 4)
        following = head[8 + size : 12 + size]
        return "lz4" if following == b"\x04\x22\x4d\x18" else "zstd"
    for kind, (begins, _, _) in _FORMATS.items():
        if kind not in _ALONE and begins(head):
            return kind
    if head.startswith(b"\x1f\x9d"):
        return "compress"
    return "brotli" if name.lower().endswith(".br") else "lzma"


def inner_name(name: str) -> str:
    """`book.xlsx` for `book.xlsx.gz`, `x.tar` for `x.tgz`."""
    base = name.replace("\\", "/").rpartition("/")[2]
    for suffix, instead in _SUFFIXES.items():
        if base.lower().endswith(suffix) and len(base) > len(suffix):
            return base[: -len(suffix)] + instead
    return "content"


class _Streams:
    """The streams of one file, unpacked one after the other."""

    def __init__(self, source: Source, kind: str) -> None:
        self._source = source
        self._kind = kind
        self.name = "gzip" if kind == "gzip" else _FORMATS[kind][2]
        self.headers: list[str] = []
        self.aside: list[bytes] = []
        self._said = 0
        self.trouble: PartError | None = None
        self.over = False
        """Whether the last stream came to its end, or to its damage."""
        self.whole = False
        """Whether it came to its end."""

    def chunks(self) -> Iterator[bytes]:
        """All content. Damage ends it, and is noted in `trouble`."""
        try:
            if self._kind == "gzip":
                yield from self._gzip()
            else:
                yield from self._others()
            self.whole = True
        except PartError as error:
            self.trouble = error
        self.over = True

    def _others(self) -> Iterator[bytes]:
        begins, unpack, _ = _FORMATS[self._kind]
        source = self._source
        while True:
            while self._pass_over():
                pass
            if not begins(source.peek(13)):
                return
            yield from unpack(source)
            if self._kind in _ALONE:
                return

    def _pass_over(self) -> bool:
        """Reads a skippable frame, or the padding that xz may have between streams."""
        head = self._source.peek(8)
        if self._kind == "xz" and head[:4] == bytes(4):
            self._source.exactly(4)
            return True
        if self._kind in ("zstd", "lz4") and packers.skippable(head):
            (size,) = struct.unpack_from("<I", head, 4)
            self._source.exactly(8)
            self._frame(size)
            return True
        return False

    def _frame(self, size: int) -> None:
        kept = self._source.exactly(min(size, _MAX_HEADERS))
        left = size - len(kept)
        while left and (data := self._source.take(min(left, packers.STEP))):
            left -= len(data)
        if kept.strip(b"\0"):
            self.aside.append(kept)
        if left or size > _MAX_HEADERS or len(self.aside) > _MAX_ASIDE:
            raise PartError(Reason.LIMIT, "too long or too many frames to be passed over")

    def _gzip(self) -> Iterator[bytes]:
        import zlib

        source = self._source
        while True:
            self._gzip_header()
            crc, size = 0, 0
            for data in packers.inflate(source):
                crc = zlib.crc32(data, crc)
                size += len(data)
                yield data
            trailer = source.exactly(8)
            if len(trailer) < 8:
                raise PartError(Reason.CORRUPT, "packed data is cut short")
            if struct.unpack("<II", trailer) != (crc, size & 0xFFFFFFFF):
                self.trouble = PartError(Reason.CORRUPT, "wrong checksum")
            while (head := source.peek(_PADDING)) and not head.strip(b"\0") and len(head) == _PADDING:
                source.exactly(_PADDING)
            zeros = len(head) - len(head.lstrip(b"\0"))
            if not source.peek(zeros + 3)[zeros:].startswith(_GZIP):
                return
            source.exactly(zeros)

    def _gzip_header(self) -> None:
        source = self._source
        header = source.exactly(10)
        if len(header) < 10:
            raise PartError(Reason.CORRUPT, "packed data is cut short")
        flags = header[3]
        if flags & 4:
            (length,) = struct.unpack("<H", source.exactly(2).ljust(2, b"\0"))
            self._say(source.exactly(length))
        for bit in (8, 16):
            if flags & bit:
                self._say(self._to_nul())
        if flags & 2:
            source.exactly(2)

    def _to_nul(self) -> bytes:
        seen = self._source.peek(_MAX_HEADERS)
        end = seen.find(b"\0")
        if end < 0:
            if len(seen) < _MAX_HEADERS:
                raise PartError(Reason.CORRUPT, "packed data is cut short")
            raise PartError(Reason.LIMIT, f"a name of more than {_MAX_HEADERS} bytes in the header")
        return self._source.exactly(end + 1)[:-1]

    def _say(self, words: bytes) -> None:
        """Keeps a name or a comment."""
        if not words.strip():
            return
        self._said += len(words)
        if self._said > _MAX_HEADERS:
            self.trouble = PartError(Reason.LIMIT, f"more than {_MAX_HEADERS} bytes of names in the headers")
            return
        try:
            self.headers.append(words.decode())
        except UnicodeDecodeError:
            self.headers.append(words.decode("latin-1"))
