"""Archives made in code: what the usual libraries write, and, by hand, what they would not."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence

import brotli
import lz4.block
import lz4.frame
import zstandard

WORDS = b"the planted words stand here, and there are enough of them to be packed: planted, packed, planted.\n"


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.comment = comment
    return out.getvalue()


def tarred(files: Mapping[str, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def gzipped(data: bytes, name: bytes = b"", comment: bytes = b"", extra: bytes = b"") -> bytes:
    """With the fields in the header that `gzip` can have."""
    flags = 8 * bool(name) | 16 * bool(comment) | 4 * bool(extra)
    head = b"\x1f\x8b\x08" + bytes((flags,)) + bytes(6)
    if extra:
        head += struct.pack("<H", len(extra)) + extra
    head += name + b"\0" if name else b""
    head += comment + b"\0" if comment else b""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return head + packer.compress(data) + packer.flush() + struct.pack("<II", zlib.crc32(data), len(data) % 2**32)


def lz4_old(data: bytes) -> bytes:
    block = lz4.block.compress(data, store_size=False)
    return b"\x02\x21\x4c\x18" + struct.pack("<I", len(block)) + block


def compressed_by_lzw(data: bytes, most: int = 16) -> bytes:
    """As `compress` does, without ever clearing its table."""
    table = {bytes((n,)): n for n in range(256)}
    free, width = 257, 9
    out = bytearray(b"\x1f\x9d") + bytes((0x80 | most,))
    group: list[int] = []

    def flush(pad: bool) -> None:
        bits = sum(code << width * place for place, code in enumerate(group))
        count = width if pad else (len(group) * width + 7) // 8
        out.extend(bits.to_bytes(count, "little"))
        group.clear()

    word = b""
    for byte in data:
        longer = word + bytes((byte,))
        if longer in table:
            word = longer
            continue
        group.append(table[word])
        if len(group) == 8:
            flush(True)
        if free < 1 << most:
            table[longer] = free
            free += 1
            if free > 1 << width and width < most:  # the reader is one entry behind
                if group:
                    flush(True)
                width += 1
        word = bytes((byte,))
    if word:
        group.append(table[word])
    if group:
        flush(False)
    return bytes(out)


def ar(members: Mapping[bytes, bytes]) -> bytes:
    """`members` by the names as they stand in the headers."""
    out = b"!<arch>\n"
    for name, data in members.items():
        out += name.ljust(16) + b"0".ljust(12) + b"0".ljust(6) * 2 + b"100644".ljust(8) + b"%-10d`\n" % len(data)
        out += data + b"\n" * (len(data) % 2)
    return out


def cpio_new(files: Mapping[str, bytes], mode: int = 0o100644) -> bytes:
    out = b""
    for name, data in [*files.items(), ("TRAILER!!!", b"")]:
        numbers = (1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        out += b"070701" + b"".join(b"%08X" % number for number in numbers) + name.encode() + b"\0"
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return out


def cpio_portable(files: Mapping[str, bytes]) -> bytes:
    out = b""
    for name, data in [*files.items(), ("TRAILER!!!", b"")]:
        out += b"070707" + b"%06o" % 0 * 2 + b"100644" + b"%06o" % 0 * 4 + b"%011o" % 0
        out += b"%06o%011o" % (len(name) + 1, len(data)) + name.encode() + b"\0" + data
    return out


def cpio_binary(files: Mapping[str, bytes]) -> bytes:
    out = b""
    for name, data in [*files.items(), ("TRAILER!!!", b"")]:
        numbers = (0o070707, 0, 0, 0o100644, 0, 0, 1, 0, 0, 0, len(name) + 1, len(data) >> 16, len(data) & 0xFFFF)
        out += struct.pack("<13H", *numbers) + name.encode() + b"\0"
        out += bytes(-len(out) % 2) + data
        out += bytes(-len(out) % 2)
    return out


def rpm(name: str, strings: Sequence[str], payload: bytes, repeat: int = 1) -> bytes:
    """Both headers hold the strings; `repeat`: index entries for each."""

    def header() -> bytes:
        store = index = b""
        for words in strings:
            index += struct.pack(">IIII", 1000, 6, len(store), 1) * repeat
            store += words.encode() + b"\0"
        return b"\x8e\xad\xe8\1" + bytes(4) + struct.pack(">II", len(index) // 16, len(store)) + index + store

    lead = b"\xed\xab\xee\xdb\3\0\0\0\0\1" + name.encode().ljust(66, b"\0") + bytes(20)
    signature = header()
    return lead + signature + bytes(-len(signature) % 8) + header() + payload


def lzipped(data: bytes) -> bytes:
    chosen = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16}]
    packer = lzma.LZMACompressor(lzma.FORMAT_RAW, filters=chosen)
    body = packer.compress(data) + packer.flush()
    sizes = struct.pack("<IQQ", zlib.crc32(data), len(data), len(body) + 26)
    return b"LZIP\1\x10" + body + sizes


PACKERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": (".gz", gzip.compress),
    "bzip2": (".bz2", bz2.compress),
    "xz": (".xz", lzma.compress),
    "lzma": (".lzma", lambda data: lzma.compress(data, lzma.FORMAT_ALONE)),
    "zstd": (".zst", zstandard.compress),
    "lz4": (".lz4", lz4.frame.compress),
    "lzip": (".lz", lzipped),
    "lz4-legacy": (".lz4", lz4_old),
    "brotli": (".br", brotli.compress),
    "compress": (".Z", compressed_by_lzw),
}
"""Type name: usual suffix, how it is made."""


def zip_member(
    name: bytes,
    data: bytes,
    *,
    flags: int = 0,
    method: int = 0,
    packed: bytes | None = None,
    crc: int | None = None,
    extra: bytes = b"",
    sizes: tuple[int, int] | None = None,
) -> bytes:
    """A local header with its data; `sizes`: packed and unpacked as the header says."""
    content = data if packed is None else packed
    small, large = sizes or (len(content), len(data))
    checksum = zlib.crc32(data) if crc is None else crc
    return (
        struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, flags, method, 0, 33, checksum, small, large, len(name), len(extra))
        + name
        + extra
        + content
    )


def zip_entry(
    name: bytes,
    data: bytes,
    offset: int,
    *,
    flags: int = 0,
    method: int = 0,
    packed: int | None = None,
    unpacked: int | None = None,
    crc: int | None = None,
    extra: bytes = b"",
    comment: bytes = b"",
) -> bytes:
    """An entry of the central directory."""
    small = len(data) if packed is None else packed
    checksum = zlib.crc32(data) if crc is None else crc
    lengths = len(name), len(extra), len(comment)
    large = len(data) if unpacked is None else unpacked
    numbers = (20, 20, flags, method, 0, 33, checksum, small, large, *lengths, 0, 0, 0, offset)
    return struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", *numbers) + name + extra + comment


def zip_end(entries: bytes, count: int, start: int, comment: bytes = b"", disk: int = 0) -> bytes:
    """The directory and its end record; `start`: where the directory stands."""
    numbers = (disk, disk, count & 0xFFFF, count & 0xFFFF, len(entries), start, len(comment))
    return entries + struct.pack("<4sHHHHIIH", b"PK\5\6", *numbers) + comment


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


SEEDS = {
    "ZipExtractor": [zipped({"a.txt": WORDS, "b/c.bin": bytes(99)}, comment=b"comment")],
    "TarExtractor": [tarred({"a.txt": WORDS, "b/c.bin": bytes(99)})],
    "ArExtractor": [ar({b"a.txt/": WORDS, b"b": b"odd"})],
    "CpioExtractor": [make({"a.txt": WORDS, "b": b"odd"}) for make in (cpio_new, cpio_portable, cpio_binary)],
    "RpmExtractor": [rpm("name", ["summary", "script"], gzip.compress(cpio_new({"a.txt": WORDS})))],
    "CompressedExtractor": [pack(WORDS * 9) for kind, (_, pack) in PACKERS.items() if kind != "brotli"],
}
