"""Archives of the formats that the system's libarchive reads: what it writes itself, and, by hand, what it does not."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping

import libarchive

from .samples_archives import WORDS


def written(form: str, files: Mapping[str, bytes], options: str = "") -> bytes:
    """By libarchive itself."""
    out = bytearray()

    def write(data: bytes) -> int:
        out.extend(data)
        return len(data)

    with libarchive.custom_writer(write, form, options=options) as archive:
        for name, data in files.items():
            archive.add_file_from_memory(name, len(data), data)
    return bytes(out)


def cab(files: Mapping[str, bytes]) -> bytes:
    """A cabinet of one folder that is not packed."""
    content = b"".join(files.values())
    listed, at = b"", 0
    for name, data in files.items():
        listed += struct.pack("<IIHHHH", len(data), at, 0, 0x21, 0, 0x20) + name.encode() + b"\0"
        at += len(data)
    start = 36 + 8 + len(listed)
    blocks = b""
    for begin in range(0, len(content), 32768):
        piece = content[begin : begin + 32768]
        blocks += struct.pack("<IHH", 0, len(piece), len(piece)) + piece
    folder = struct.pack("<IHH", start, -(-len(content) // 32768), 0)
    size = start + len(blocks)
    head = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, size, 0, 44, 0, 3, 1, 1, len(files), 0, 1, 0)
    return head + folder + listed + blocks


def rar(files: Mapping[str, bytes], flags: int = 0) -> bytes:
    """RAR 4, not packed; `flags` of each file: 4 says encrypted."""

    def block(kind: int, its: int, body: bytes, data: bytes = b"") -> bytes:
        rest = struct.pack("<BHH", kind, its, 7 + len(body)) + body
        return struct.pack("<H", zlib.crc32(rest) & 0xFFFF) + rest + data

    out = b"Rar!\x1a\x07\0" + block(0x73, 0, bytes(6))
    for name, data in files.items():
        sizes = struct.pack("<IIBII", len(data), len(data), 3, zlib.crc32(data), 0)
        body = sizes + struct.pack("<BBHI", 20, 0x30, len(name), 0o100644) + name.encode()
        out += block(0x74, 0x8000 | flags, body, data)
    return out + block(0x7B, 0x4000, b"")


def lha(files: Mapping[str, bytes]) -> bytes:
    """Headers of level 0, not packed."""
    out = b""
    for name, data in files.items():
        body = b"-lh0-" + struct.pack("<IIHHBBB", len(data), len(data), 0, 0x21, 0x20, 0, len(name)) + name.encode()
        body += struct.pack("<H", _crc16(data))
        out += bytes((len(body), sum(body) & 255)) + body + data
    return out + b"\0"


def _crc16(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


MAKERS: dict[str, Callable[[Mapping[str, bytes]], bytes]] = {
    "7z": lambda files: written("7zip", files),
    "iso": lambda files: written("iso9660", files),
    "xar": lambda files: written("xar", files),
    "cab": cab,
    "rar": rar,
    "lha": lha,
}
SEEDS = {"LibarchiveExtractor": [make({"a.txt": WORDS}) for make in MAKERS.values()]}
