"""Archives for which Python has no writer, byte by byte."""

from __future__ import annotations

import lzma
import struct
import zlib


def cpio(name: str, data: bytes) -> bytes:
    """In the new form (`newc`)."""

    def entry(name: str, data: bytes, mode: int) -> bytes:
        label = name.encode() + b"\0"
        numbers = (1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(label), 0)
        head = b"070701" + b"".join(b"%08X" % each for each in numbers) + label
        head += bytes(-len(head) % 4)
        return head + data + bytes(-len(data) % 4)

    return entry(name, data, 0o100644) + entry("TRAILER!!!", b"", 0)


def old_cpio(name: str, data: bytes) -> bytes:
    """In the portable old form (`odc`)."""

    def entry(name: str, data: bytes) -> bytes:
        label = name.encode() + b"\0"
        head = "070707" + "".join(f"{each:06o}" for each in (1, 1, 0o100644, 0, 0, 1, 0))
        return f"{head}{0:011o}{len(label):06o}{len(data):011o}".encode() + label + data

    return entry(name, data) + entry("TRAILER!!!", b"")


def ar(*members: tuple[str, bytes]) -> bytes:
    out = b"!<arch>\n"
    for name, data in members:
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) % 2)
    return out


def rpm(payload: bytes, packing: bytes, summary: bytes = b"A tool") -> bytes:
    """A package with an empty signature; `payload` is a packed cpio archive."""

    def header(entries: list[tuple[int, int, int, bytes]]) -> bytes:
        index, store = b"", b""
        for tag, kind, count, data in entries:
            index += struct.pack(">IIII", tag, kind, len(store), count)
            store += data
        return b"\x8e\xad\xe8\x01" + bytes(4) + struct.pack(">II", len(entries), len(store)) + index + store

    lead = struct.pack(">4sBBHH66sHH16x", b"\xed\xab\xee\xdb", 3, 0, 0, 1, b"tool-1-1", 1, 5)
    signature = header([(1000, 7, 1, b"\0")])
    signature += bytes(-len(signature) % 8)
    main = [
        (1000, 6, 1, b"tool\0"),
        (1004, 9, 1, summary + b"\0"),
        (1124, 6, 1, b"cpio\0"),
        (1125, 6, 1, packing + b"\0"),
    ]
    return lead + signature + header(main) + payload


def _number(value: int) -> bytes:
    """A number of 7-Zip, up to 2^14."""
    return bytes([value]) if value < 0x80 else bytes([0x80 | value >> 8, value & 0xFF])


def seven(name: str, data: bytes, method: str = "lzma") -> bytes:
    """A 7-Zip archive of one file: `copy`, `lzma`, `lzma2` or `aes` (whose content is noise)."""
    if method == "lzma":
        coder = b"\x23\x03\x01\x01\x05\x5d" + struct.pack("<I", 1 << 20)
        packed = lzma.compress(
            data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1, "preset": 6, "dict_size": 1 << 20}]
        )
    elif method == "lzma2":
        coder = b"\x21\x21\x01\x10"
        packed = lzma.compress(
            data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 20}]
        )
    elif method == "aes":
        coder = b"\x24\x06\xf1\x07\x01\x0a\x53\x07" + bytes(8)
        packed = bytes(at * 91 % 256 for at in range(-(-len(data) // 16) * 16))
        coder = b"\x24\x06\xf1\x07\x01\x02\x13\x00"
    else:
        coder, packed = b"\x01\x00", data
    label = name.encode("utf-16-le") + b"\0\0"
    streams = b"\x06\0\x01\x09" + _number(len(packed)) + b"\0"
    streams += b"\x07\x0b\x01\0\x01" + coder + b"\x0c" + _number(len(data))
    streams += b"\x0a\x01" + struct.pack("<I", zlib.crc32(data)) + b"\0\x08\0\0"
    files = b"\x05\x01\x11" + _number(len(label) + 1) + b"\0" + label + b"\0"
    header = b"\x01\x04" + streams + files + b"\0"
    start = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\x04" + struct.pack("<I", zlib.crc32(start)) + start + packed + header


def _vint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def rar5(name: str, data: bytes, *, comment: bytes = b"", encrypted: bool = False) -> bytes:
    """A RAR 5 archive of one stored file; `comment` as its service record; `encrypted`: all headers, so that nothing
    is seen."""

    def block(kind: int, fields: bytes, data: bytes = b"", extra: bytes = b"") -> bytes:
        flags = (2 if data else 0) | (1 if extra else 0)
        body = _vint(kind) + _vint(flags) + (_vint(len(extra)) if extra else b"") + (_vint(len(data)) if data else b"")
        body += fields + extra
        sized = _vint(len(body)) + body
        return struct.pack("<I", zlib.crc32(sized)) + sized + data

    def file(kind: int, name: str, data: bytes) -> bytes:
        label = name.encode()
        fields = _vint(4) + _vint(len(data)) + _vint(0o100644) + struct.pack("<I", zlib.crc32(data))
        return block(kind, fields + _vint(0) + _vint(1) + _vint(len(label)) + label, data)

    out = b"Rar!\x1a\x07\x01\x00"
    if encrypted:
        return out + block(4, _vint(0) + _vint(0) + b"\x0f" + bytes(16)) + bytes(at * 91 % 256 for at in range(400))
    out += block(1, _vint(0))
    if comment:
        out += file(3, "CMT", comment)
    return out + file(2, name, data) + block(5, _vint(0))


def rar4(name: str, data: bytes) -> bytes:
    """A RAR archive of the old form with one stored file."""

    def block(kind: int, flags: int, fields: bytes, data: bytes = b"") -> bytes:
        head = struct.pack("<BHH", kind, flags, 7 + len(fields)) + fields
        return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head + data

    label = name.encode()
    fields = struct.pack(
        "<IIBIIBBHI", len(data), len(data), 2, zlib.crc32(data), 0x58A15000, 20, 0x30, len(label), 0x20
    )
    return (
        b"Rar!\x1a\x07\x00"
        + block(0x73, 0, bytes(6))
        + block(0x74, 0x8000, fields + label, data)
        + block(0x7B, 0x4000, b"")
    )


def cab(name: str, data: bytes, *, packed: bool = True) -> bytes:
    """A cabinet of one file, packed by MSZIP or stored."""
    body = data
    if packed:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        body = b"CK" + packer.compress(data) + packer.flush()
    label = name.encode() + b"\0"
    files = 36 + 8
    start = files + 16 + len(label)
    block = struct.pack("<IHH", 0, len(body), len(data)) + body
    head = b"MSCF" + struct.pack("<IIIIIBBHHHHH", 0, start + len(block), 0, files, 0, 3, 1, 1, 1, 0, 7, 0)
    folder = struct.pack("<IHH", start, 1, 1 if packed else 0)
    return head + folder + struct.pack("<IIHHHH", len(data), 0, 0, 0x58A1, 0x5000, 0x20) + label + block


def iso(name: str, data: bytes) -> bytes:
    """An ISO 9660 image with one file, and its long name in Joliet."""

    def both(value: int) -> bytes:
        return struct.pack("<I", value) + struct.pack(">I", value)

    def entry(name: bytes, sector: int, size: int, flags: int) -> bytes:
        body = both(sector) + both(size) + bytes([124, 5, 1, 10, 0, 0, 0, flags, 0, 0]) + b"\1\0\0\1"
        body += bytes([len(name)]) + name + (b"" if len(name) % 2 else b"\0")
        return bytes([len(body) + 2, 0]) + body

    def descriptor(kind: int, root: int, escape: bytes, path: int) -> bytes:
        label = "DISK".encode("utf-16-be").ljust(32, b"\0") if escape else b"DISK".ljust(32)
        out = bytes([kind]) + b"CD001\1\0" + b" " * 32 + label + bytes(8) + both(24) + escape.ljust(32, b"\0")
        out += b"\1\0\0\1\1\0\0\1\0\x08\x08\0" + both(10) + struct.pack("<II", path, 0) + struct.pack(">II", path, 0)
        out += entry(b"\0", root, 2048, 2)
        return out.ljust(881, b" ").ljust(2048, b"\0")[:881] + b"\1" + bytes(2048 - 882)

    def folder(root: int, label: bytes) -> bytes:
        return (entry(b"\0", root, 2048, 2) + entry(b"\1", root, 2048, 2) + entry(label, 23, len(data), 0)).ljust(
            2048, b"\0"
        )

    def path(root: int, order: str) -> bytes:
        return (b"\1\0" + struct.pack(f"{order}IH", root, 1) + b"\0\0").ljust(2048, b"\0")

    end = b"\xffCD001\1".ljust(2048, b"\0")
    out = bytes(16 * 2048) + descriptor(1, 21, b"", 19) + descriptor(2, 22, b"%/E", 20) + end
    out += path(21, "<") + path(22, "<") + folder(21, b"N.TXT;1") + folder(22, f"{name};1".encode("utf-16-be"))
    return out + data.ljust(-(-len(data) // 2048) * 2048, b"\0")


def lz4_stored(data: bytes) -> bytes:
    """An LZ4 frame whose block is not packed."""
    return b"\x04\x22\x4d\x18\x60\x40\x82" + struct.pack("<I", len(data) | 1 << 31) + data + bytes(4)


def executable(data: bytes = b"") -> bytes:
    """What begins as a program of Windows does, and `data` in its middle."""
    head = b"MZ" + bytes(58) + struct.pack("<I", 0x80) + bytes(64)
    head += b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 0, 0, 0, 0, 0, 0x22)
    noise = bytes(at * at % 251 for at in range(600))
    return head + noise + data + noise


def elf(data: bytes = b"") -> bytes:
    """The same, of Linux."""
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0)
    noise = bytes(at * at % 251 for at in range(600))
    return head + noise + data + noise
