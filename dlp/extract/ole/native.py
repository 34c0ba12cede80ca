"""Embedded objects as OLE 1 writes them ([MS-OLEDS]), as RTF has them, and embedded files: the stream
`\\x01Ole10Native`."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from dlp.extract import strings
from dlp.extract.ole.storage import Storage, lines_text, shown
from dlp.model import Blob, Provenance, Skipped, Text


def read(storage: Storage) -> Iterator[Text | Blob | Skipped]:
    """The file in the storage's package, named as it was."""
    for entry in storage.streams.get("\x01ole10native", ()):
        storage.known = True
        data = storage.content(entry)
        yield from package(data[4:], storage.provenance)


def package(data: bytes, provenance: Provenance) -> Iterator[Text | Blob]:
    """The file in a package, `data` beginning behind its size. What is no package is a blob as it is."""
    try:
        label, paths, content, rest = _parts(data)
    except (struct.error, ValueError):
        if data:
            yield Blob((*provenance, "embedded object"), io.BytesIO(data), len(data))
        return
    name = shown(label.replace("\\", "/").rpartition("/")[2])
    place = (*provenance, name)
    words = [label, *paths, *strings.both(rest)]
    yield lines_text(place, (("embedded file's name", word) for word in words if word))
    if content:
        yield Blob(place, io.BytesIO(content), len(content))


def _parts(data: bytes) -> tuple[str, list[str], bytes, bytes]:
    """Label, paths, content and what is behind. Raises ValueError or struct.error where it is no package."""
    if data[:2] != b"\x02\0":
        raise ValueError("no package")
    label, at = _zero_ended(data, 2)
    source, at = _zero_ended(data, at)
    kind, length = struct.unpack_from("<2xHI", data, at)
    if kind not in (1, 3):
        raise ValueError("no package")
    at += 8
    path = data[at : at + length].partition(b"\0")[0].decode("cp1252", "replace")
    at += length
    (size,) = struct.unpack_from("<I", data, at)
    content = data[at + 4 : at + 4 + size]
    return label, [source, path], content, data[at + 4 + size :]


def _zero_ended(data: bytes, at: int) -> tuple[str, int]:
    end = data.index(b"\0", at, at + 2048)
    return data[at:end].decode("cp1252", "replace"), end + 1


def object_1(data: bytes, provenance: Provenance) -> Iterator[Text | Blob]:
    """An object as OLE 1 writes it: names, then the content. Anything else is a blob as it is."""
    try:
        names, content, rest = _object_1(data)
    except (struct.error, ValueError):
        if data:
            yield Blob(provenance, io.BytesIO(data), len(data))
        return
    yield lines_text(provenance, (("embedded object's name", name) for name in (*names, *strings.both(rest)) if name))
    if names[0].lower() == "package":
        yield from package(content, provenance)
    elif content:
        yield Blob(provenance, io.BytesIO(content), len(content))


def _object_1(data: bytes) -> tuple[list[str], bytes, bytes]:
    """Class, topic and item; the content; what is behind. Raises ValueError or struct.error where it is no object."""
    (form,) = struct.unpack_from("<4xI", data)
    if form not in (1, 2):
        raise ValueError("no OLE 1 object")
    at = 8
    names = []
    for _ in range(3):
        (length,) = struct.unpack_from("<I", data, at)
        if length > len(data) - at - 4:
            raise ValueError("no OLE 1 object")
        names.append(data[at + 4 : at + 4 + length].rstrip(b"\0").decode("cp1252", "replace"))
        at += 4 + length
    if form == 1:  # a link: there is no content
        return names, b"", data[at:]
    (size,) = struct.unpack_from("<I", data, at)
    return names, data[at + 4 : at + 4 + size], data[at + 4 + size :]
