"""What is told of a file beside its content: by its status, its first bytes, and its digest."""

from __future__ import annotations

import hashlib
import os
from typing import BinaryIO, Final

from dlp.extract import raw
from dlp.extract.detect import detect_stream
from dlp.extract.naming import lies
from dlp.model import File

_NOBODY: Final = (0, 0, 0, 0, 0)
"""Times, device, inode and owner of what is no file."""

SPARSE = 1 << 30
"""Bytes. A larger file with holes gets no digest: a terabyte of nothing would take minutes."""


def file_of(stream: BinaryIO, name: str) -> File:
    """Of an open file, whose position is then anywhere; of content in memory its size and type alone. No digest yet."""
    status = raw.status_of(stream)
    kind = _type(stream, name)
    if status is None:
        return File(stream.seek(0, os.SEEK_END), *_NOBODY, type=kind, lies=lies(name, kind))
    return File(
        size=status.st_size,
        modified=status.st_mtime_ns,
        changed=status.st_ctime_ns,
        device=status.st_dev,
        inode=status.st_ino,
        owner=status.st_uid,
        type=kind,
        lies=lies(name, kind),
    )


def _type(stream: BinaryIO, name: str) -> str:
    """A name of `dlp.file_types.NAMES`; empty for what cannot be read."""
    try:
        stream.seek(0)
        head = raw.read_upto(stream, raw.HEAD)
        return detect_stream(head, stream, name) if head else ""
    except Exception:  # noqa: BLE001 - a parser of a hostile format; its reader has said what is wrong with it
        return ""


def digest_of(stream: BinaryIO) -> str:
    """SHA-256 of all of an open file, in hexadecimal digits; empty where it cannot be read to its end."""
    digest = hashlib.sha256()
    try:
        status = raw.status_of(stream)
        if status is not None and status.st_size > SPARSE and raw.has_holes(stream):
            return ""
        stream.seek(0)
        for chunk in raw.read_chunks(stream):
            digest.update(chunk)
    except OSError:
        return ""
    return digest.hexdigest()
