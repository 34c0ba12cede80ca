"""Macros ([MS-OVBA]): the source of every module, unpacked, and the strings of its compiled form, which may differ."""

from __future__ import annotations

import struct
from collections.abc import Generator, Iterator

from dlp.extract import strings
from dlp.extract.ole.property_set import codec_of
from dlp.extract.ole.storage import Storage, lines_text, shown
from dlp.extract.unpacking import PartError, bounded
from dlp.model import Blob, Reason, Skipped, Text

_NAME, _NAME_WIDE, _STREAM, _OFFSET, _CODE_PAGE, _VERSION = 0x19, 0x47, 0x1A, 0x31, 0x03, 0x09


def read(storage: Storage) -> Iterator[Text | Blob | Skipped]:
    """A text for each module of a project's storage; marks `macro NAME`."""
    if "dir" not in storage or "_vba_project" not in storage:
        return
    storage.known = True
    directory = yield from _unpacked(storage, "dir", storage.take("dir"), 0)
    modules, codec = _directory(directory)
    project = (("macro project", line) for line in strings.both(directory, codec))
    yield lines_text((*storage.provenance, "dir"), project)
    for name, entries in storage.streams.items():
        for entry in entries:
            if name == "dir" or name == "_vba_project" or name.startswith("__srp_"):
                continue
            data = storage.content(entry)
            begins = modules.get(name, -1)
            if not 0 <= begins < len(data) or data[begins : begins + 1] != b"\x01":
                # Without a word in the directory: every module's source begins with its attributes.
                begins = data.find(b"\0Attribut") - 3
            shown_name = shown(entry.path[-1])
            source = b""
            if begins >= 0:
                source = yield from _unpacked(storage, shown_name, data, begins)
            else:
                begins = len(data)
            lines = _lines(shown_name, source.decode(codec, "replace"), data[:begins], codec)
            yield lines_text((*storage.provenance, shown_name), lines)


def _unpacked(storage: Storage, name: str, data: bytes, at: int) -> Generator[Skipped, None, bytes]:
    """What is packed there, as much as can be had; yields what is missing."""
    out = bytearray()
    chunks = bounded(unpack(data, at), lambda: len(data), storage.limits, storage.limits.max_part)
    try:
        for chunk in chunks:
            out += chunk
    except PartError as error:
        yield Skipped((*storage.provenance, name), error.reason, error.detail)
    return bytes(out)


def _lines(name: str, source: str, compiled: bytes, codec: str) -> Iterator[tuple[str, str]]:
    for line in source.splitlines():
        yield f"macro {name}", line
    for line in strings.both(compiled, codec):
        yield f"macro {name} (compiled)", line


def _directory(data: bytes) -> tuple[dict[str, int], str]:
    """Where in each stream (by name in lower case) the source begins, and the project's charset."""
    modules: dict[str, int] = {}
    codec = "cp1252"
    stream = ""
    at = 0
    while at + 6 <= len(data):
        kind, size = struct.unpack_from("<HI", data, at)
        body = data[at + 6 : at + 6 + size]
        if kind == _CODE_PAGE and len(body) >= 2:
            codec = codec_of(struct.unpack_from("<H", body)[0])
        elif kind == _STREAM:
            stream = body.decode(codec, "replace").lower()
        elif kind == _OFFSET and len(body) == 4:
            modules[stream] = struct.unpack("<I", body)[0]
        at += 6 + (6 if kind == _VERSION else size)  # that one says 4 and has 6
    return modules, codec


def unpack(data: bytes, at: int) -> Iterator[bytes]:
    """What stands packed in `data` from `at` on, some 4 KiB at a time. Raises PartError where it is damaged, after all
    before that."""
    if data[at : at + 1] != b"\x01":
        raise PartError(Reason.CORRUPT, "macro: nothing is packed here")
    at += 1
    while at + 2 <= len(data):
        (header,) = struct.unpack_from("<H", data, at)
        if header >> 12 & 7 != 3:
            break
        end = min(len(data), at + (header & 0xFFF) + 3)
        if not header & 0x8000:
            yield data[at + 2 : end]
        else:
            out = bytearray()
            whole = _chunk(data, at + 2, end, out)
            yield bytes(out)
            if not whole:
                raise PartError(Reason.CORRUPT, "macro: its packed source is damaged")
        at = end
    if any(data[at:]):
        raise PartError(Reason.CORRUPT, "macro: its packed source is damaged")


def _chunk(data: bytes, at: int, end: int, out: bytearray) -> bool:
    """Unpacks one chunk of at most 4096 bytes; False where it refers to what is not there."""
    while at < end:
        flags = data[at]
        at += 1
        for bit in range(8):
            if at >= end:
                break
            if not flags >> bit & 1:
                out.append(data[at])
                at += 1
                continue
            if at + 2 > end:
                return False
            (token,) = struct.unpack_from("<H", data, at)
            at += 2
            bits = max(4, (len(out) - 1).bit_length())
            length = (token & 0xFFFF >> bits) + 3
            offset = (token >> 16 - bits) + 1
            if offset > len(out) or len(out) + length > 4096:
                return False
            for _ in range(length):
                out.append(out[-offset])
    return True
