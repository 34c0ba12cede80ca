"""What a container is of: the kinds of zip packages and of OLE compound files, told by their parts' names."""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

from dlp.extract import raw

ZIP = b"PK\x03\x04"
_OFFICE = (
    (b"wordprocessingml.document.main", "docx"),
    (b"wordprocessingml.template.main", "docx"),
    (b"ms-word.document.macroenabled.main", "docx"),
    (b"ms-word.template.macroenabledtemplate.main", "docx"),
    (b"ms-excel.sheet.binary.macroenabled.main", "xlsb"),
    (b"spreadsheetml.sheet.main", "xlsx"),
    (b"spreadsheetml.template.main", "xlsx"),
    (b"ms-excel.sheet.macroenabled.main", "xlsx"),
    (b"ms-excel.template.macroenabled.main", "xlsx"),
    (b"ms-excel.addin.macroenabled.main", "xlsx"),
    (b"presentationml.presentation.main", "pptx"),
    (b"presentationml.slideshow.main", "pptx"),
    (b"presentationml.template.main", "pptx"),
    (b"ms-powerpoint.presentation.macroenabled.main", "pptx"),
    (b"ms-powerpoint.slideshow.macroenabled.main", "pptx"),
    (b"ms-powerpoint.template.macroenabled.main", "pptx"),
    (b"ms-visio.", "vsdx"),
)
"""The main part's content type; an embedded workbook gives a Word document Excel's types as well, but not as main."""
_OFFICE_FOLDERS = ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx"), (b"visio/", "vsdx"))
_IWORK = (b"Index.zip", b"index.apxl", b"index.xml", b"QuickLook/Thumbnail.jpg")
_OLE_STREAMS = (
    ("EncryptedPackage", "ole-encrypted"),
    ("__properties_version1.0", "msg"),
    ("PowerPoint Document", "ppt"),
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
)


def in_head(head: bytes) -> str:
    """By the content types of an Office package, or by the first names."""
    names = []
    at = head.find(ZIP)
    while at >= 0 and at + 30 <= len(head):
        flags, method, packed, length, extra = struct.unpack_from("<2xHH8xI4xHH", head, at + 4)
        name = head[at + 30 : at + 30 + length]
        data = head[at + 30 + length + extra :]
        if name == b"mimetype":
            media = (_inflate(data[:200]) if method == 8 else data)[:60]
            if b"opendocument" in media or b"vnd.sun.xml." in media:
                return "odf"
            if media.startswith(b"application/epub"):
                return "epub"
        if name == b"[Content_Types].xml" and not flags & 1:
            found = _office(_inflate(data) if method == 8 else data[:packed])
            if found:
                return found
        names.append(name)
        at = head.find(ZIP, at + 30 + length)
    return _by_names(names)


def _office(content_types: bytes) -> str:
    lower = content_types.lower()
    for main, kind in _OFFICE:
        if main in lower:
            return kind
    return ""


def _inflate(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(-15).decompress(data, raw.HEAD)
    except zlib.error:
        return b""


def _by_names(names: list[bytes]) -> str:
    for folder, kind in _OFFICE_FOLDERS:
        if any(name.startswith(folder) for name in names) and (kind != "docx" or b"word/document.xml" in names):
            return kind
    if b"META-INF/manifest.xml" in names and b"content.xml" in names:
        return "odf"
    if b"META-INF/container.xml" in names:
        return "epub"
    if any((name.startswith(b"Index/") and name.endswith(b".iwa")) or name in _IWORK for name in names):
        return "iwork"
    return "zip"


def in_directory(stream: BinaryIO) -> str:
    """By the names in the central directory, as far as the last `16 * raw.HEAD` bytes hold it."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - 16 * raw.HEAD))
    tail = raw.read_upto(stream, 16 * raw.HEAD)
    names = []
    at = tail.find(b"PK\x01\x02")
    while at >= 0 and at + 46 <= len(tail):
        (length,) = struct.unpack_from("<H", tail, at + 28)
        names.append(tail[at + 46 : at + 46 + length])
        at = tail.find(b"PK\x01\x02", at + 46 + length)
    return _by_names(names)


def by_streams(head: bytes, stream: BinaryIO) -> str:
    """By the names of its streams, in the first sectors of the directory; else by those names anywhere in `head`."""
    if len(head) < 512:
        return "ole"
    shift, first = struct.unpack_from("<30xH16xI", head)
    directory = b""
    if shift in (9, 12) and first < 0xFFFFFFFA:
        stream.seek((first + 1) << shift)
        directory = raw.read_upto(stream, 4096)
    names = {
        directory[at : at + 64].decode("utf-16-le", "replace").partition("\0")[0]
        for at in range(0, len(directory), 128)
    }
    for stream_name, kind in _OLE_STREAMS:
        if stream_name in names:
            return kind
    for stream_name, kind in _OLE_STREAMS:
        if (stream_name + "\0").encode("utf-16-le") in head:
            return kind
    return "ole"
