"""Archives that stand further on in a file of another kind: behind a program that unpacks itself, behind a picture, a
PDF or a page. Both sides of such a file are read.

A zip file is found by its end, so that is where it is looked for; of others, the beginning.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from dlp.extract import raw
from dlp.extract.window import window
from dlp.model import Blob

_END = b"PK\x05\x06"
_REACH = 22 + 0xFFFF
_MAGICS = (
    b"7z\xbc\xaf\x27\x1c\0",
    b"Rar!\x1a\x07",
    b"MSCF\0\0\0\0",
    b"PK\x03\x04",
    b"\x1f\x8b\x08",
    b"BZh",
    b"\xfd7zXZ\0",
)
_SEEN = 64
"""Bytes from a magic on that tell whether it is one: programs that read archives hold magics, too."""
_SEARCHED = frozenset({"executable", "image", "audio", "pdf", "binary", "font", "java"})
"""Kinds that are searched whole for magics, which costs as much as to read them twice."""

_WHOLE = frozenset(
    {"zip", "docx", "xlsx", "xlsb", "pptx", "vsdx", "odf", "epub", "iwork", "tar", "ar", "cpio", "rpm", "gzip", "bzip2",
     "xz", "lzma", "zstd", "lz4", "lz4-legacy", "compress", "brotli", "sparse", "rar", "7z", "cab", "iso", "xar", "lha"}
)  # fmt: skip
"""Kinds whose reading accounts for every byte, and what is larger than it looks."""

ARCHIVES = frozenset({"zip", "docx", "xlsx", "xlsb", "pptx", "vsdx", "odf", "epub", "iwork", "7z", "rar", "cab"})
"""Kinds that are found inside others."""

_TOLD = frozenset(
    {"doc", "xls", "ppt", "msg", "ole", "ole-encrypted", "rtf", "tnef", "onenote"}
    | {"sqlite", "sqlite-journal", "plist", "parquet", "arrow"}
    | {"der", "cms"}
)
"""Kinds whose reading, unless it failed, gives all that is inside or behind them as blobs."""


def archives_in(blob: Blob, kind: str, head: bytes, failed: bool = False) -> Iterator[Blob]:
    """Windows on the archives inside `blob`, which is of the type `kind` and begins with `head`. Raises OSError.

    failed: the reading of that type did."""
    if kind in _WHOLE or (kind in _TOLD and not failed):
        return
    if len(head) < raw.HEAD:
        tail, size = head, len(head)
    else:
        size = blob.stream.seek(0, 2)
        blob.stream.seek(max(0, size - _REACH))
        tail = raw.read_upto(blob.stream, _REACH)
    start = 0
    if _END in tail:
        start = _zip_start(blob, size)
        if start > 0:
            yield Blob(blob.provenance, window(blob.stream, start, size - start), size - start)
    if kind in _SEARCHED:
        end = start or size
        at = _first_magic(blob, end)
        if at > 0:
            yield Blob(blob.provenance, window(blob.stream, at, end - at), end - at)


def _zip_start(blob: Blob, size: int) -> int:
    """Where the first member of the zip archive at the end stands; 0: there is none, or it begins the file."""
    from dlp.extract.archive.zip_directory import LOCAL, read_directory

    directory = read_directory(blob.stream, size, 10_000)
    if directory is None or not directory.members:
        return 0
    start = min(max(0, member.offset) for member in directory.members)
    blob.stream.seek(start)
    return start if raw.read_upto(blob.stream, 4) == LOCAL else 0


def _first_magic(blob: Blob, end: int) -> int:
    """Where the first of the magics stands in the bytes up to `end`; -1: nowhere. One at the start is no embedding."""
    at = 1
    blob.stream.seek(at)
    kept = b""
    while at < end:
        piece = kept + raw.read_upto(blob.stream, min(raw.CHUNK, end - at))
        if len(piece) == len(kept):
            break
        found = [where for magic in _MAGICS if (where := _found(piece, magic)) >= 0]
        if found:
            return at - len(kept) + min(found)
        at += len(piece) - len(kept)
        kept = piece[-_SEEN:]
    return -1


def _found(piece: bytes, magic: bytes) -> int:
    """Where an archive with that magic begins; -1: nowhere."""
    at = piece.find(magic)
    while at >= 0 and not _begins(piece[at : at + _SEEN]):
        at = piece.find(magic, at + 1)
    return at


def _begins(head: bytes) -> bool:
    """Whether what begins with a magic goes on as such an archive does."""
    if head.startswith(b"PK"):
        method, packed, name = head[8:10], head[18:22], int.from_bytes(head[26:28], "little")
        streamed = head[6:7] and head[6] & 8
        usual = head[5:6] == b"\0" and method in (b"\0\0", b"\x08\0", b"\x09\0", b"\x0c\0", b"\x0e\0", b"\x5d\0")
        return bool(usual and 0 < name < 1024 and (streamed or packed != bytes(4)) and head[30:34].isascii())
    if head.startswith(b"\x1f\x8b"):
        usual = len(head) >= 18 and head[3] < 32 and head[8] in (0, 2, 4) and (head[9] < 14 or head[9] == 255)
        return usual and (head[3] != 0 or _deflated(head[10:]))
    if head.startswith(b"BZh"):
        return head[3:4].isdigit() and head[4:10] == b"1AY&SY"
    if head.startswith(b"\xfd7z"):
        return zlib.crc32(head[6:8]) == int.from_bytes(head[8:12], "little")
    return True


def _deflated(data: bytes) -> bool:
    try:
        zlib.decompressobj(-15).decompress(data)
    except zlib.error:
        return False
    return True
