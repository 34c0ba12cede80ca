"""Archives that stand further on in a file of another kind: behind a program that unpacks itself, behind a picture, a
PDF or a page. Both sides of such a file are read.

A zip file is found by its end, so that is where it is looked for; of others, the beginning.
"""

from __future__ import annotations

from collections.abc import Iterator

from dlp.extract import raw
from dlp.extract.window import window
from dlp.model import Blob

_END = b"PK\x05\x06"
_REACH = 22 + 0xFFFF
_MAGICS = (b"7z\xbc\xaf\x27\x1c\0", b"Rar!\x1a\x07", b"MSCF\0\0\0\0")
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
    from dlp.extract.zip_directory import LOCAL, read_directory

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
        found = [where for magic in _MAGICS if (where := piece.find(magic)) >= 0]
        if found:
            return at - len(kept) + min(found)
        at += len(piece) - len(kept)
        kept = piece[-8:]
    return -1
