"""Compound files (OLE), property sets and VBA projects, written byte by byte: no library writes them."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from itertools import pairwise

import msgspec

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_NONE = 0xFFFFFFFF
Tree = Mapping[str, "bytes | Tree"]
"""Streams and storages by name."""


class _Entry(msgspec.Struct):
    name: str
    kind: int
    data: bytes = b""
    child: int = _NONE
    left: int = _NONE
    right: int = _NONE
    start: int = _END


def compound(tree: Tree, clsid: bytes = bytes(16)) -> bytes:
    """A compound file of version 3: sectors of 512 bytes, streams below 4096 bytes in the mini stream."""
    entries = [_Entry("Root Entry", 5)]
    _add(entries, 0, tree)
    mini, mini_fat = bytearray(), []
    for entry in entries:
        if entry.kind == 2 and 0 < len(entry.data) < 4096:
            entry.start = len(mini_fat)
            count = -(-len(entry.data) // 64)
            mini_fat += [*range(entry.start + 1, entry.start + count), _END]
            mini += entry.data.ljust(count * 64, b"\0")
    sectors: list[bytes] = []
    fat: list[int] = []

    def store(data: bytes) -> int:
        start, count = len(sectors), -(-len(data) // 512)
        if not count:
            return _END
        sectors.extend(data[at : at + 512].ljust(512, b"\0") for at in range(0, len(data), 512))
        fat.extend([*range(start + 1, start + count), _END])
        return start

    for entry in entries:
        if entry.kind == 2 and len(entry.data) >= 4096:
            entry.start = store(entry.data)
    entries[0].data, entries[0].start = bytes(mini), store(bytes(mini))
    mini_start = store(struct.pack(f"<{len(mini_fat)}I", *mini_fat).ljust(-(-len(mini_fat) // 128) * 512, b"\xff"))
    padded = [*entries, *(_Entry("", 0) for _ in range(-len(entries) % 4))]
    directory = store(b"".join(map(_directory_entry, padded)))
    fat_sectors = 1
    while fat_sectors * 128 < len(fat) + fat_sectors:
        fat_sectors += 1
    first = len(sectors)
    fat += [_FAT] * fat_sectors + [_FREE] * (fat_sectors * 128 - len(fat) - fat_sectors)
    table = struct.pack(f"<{len(fat)}I", *fat)
    difat = [first + at if at < fat_sectors else _FREE for at in range(109)]
    head = struct.pack(
        "<8s16sHHHHHHIIIIIIIIII",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", clsid, 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, fat_sectors, directory),
        *(0, 4096, mini_start, -(-len(mini_fat) // 128), _END, 0),
    )
    return head + struct.pack("<109I", *difat) + b"".join(sectors) + table


def _add(entries: list[_Entry], parent: int, tree: Tree) -> None:
    """The children of a storage as a plain chain to the right, which every reader walks."""
    numbers = []
    for name in sorted(tree, key=lambda name: (len(name), name.upper())):
        node = tree[name]
        numbers.append(len(entries))
        if isinstance(node, bytes):
            entries.append(_Entry(name, 2, node))
        else:
            entries.append(_Entry(name, 1))
            _add(entries, numbers[-1], node)
    if numbers:
        entries[parent].child = numbers[0]
        for before, after in pairwise(numbers):
            entries[before].right = after


def _directory_entry(entry: _Entry) -> bytes:
    name = entry.name.encode("utf-16-le")
    size = len(entry.data) if entry.kind in (2, 5) else 0
    start = entry.start if size else (0 if entry.kind == 1 else _END)
    return struct.pack(
        "<64sHBBIII16sIQQIQ",
        *(name, len(name) + 2 if entry.kind else 0, entry.kind, 1, entry.left, entry.right, entry.child),
        *(bytes(16), 0, 0, 0, start, size),
    )


def summary(**properties: str) -> bytes:
    """A SummaryInformation stream; title, subject, author, keywords, comments."""
    numbers = {"title": 2, "subject": 3, "author": 4, "keywords": 5, "comments": 6}
    form = bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9")
    return _property_set(form, {numbers[name]: value for name, value in properties.items()})


def _property_set(form: bytes, values: Mapping[int, str]) -> bytes:
    body, index = b"", b""
    start = 8 + 8 * len(values)
    for number, value in values.items():
        text = value.encode("cp1252") + b"\0"
        index += struct.pack("<II", number, start + len(body))
        body += struct.pack("<II", 30, len(text)) + text + bytes(-len(text) % 4)
    section = struct.pack("<II", start + len(body), len(values)) + index + body
    return struct.pack("<HHI16sI", 0xFFFE, 0, 0x20006, bytes(16), 1) + form + struct.pack("<I", 48) + section


def squeeze(data: bytes) -> bytes:
    """MS-OVBA's compression: copies of what stood before where they are long enough, or literals."""
    out = bytearray(b"\x01")
    for at in range(0, len(data), 4096):
        chunk = _squeeze_chunk(data[at : at + 4096])
        out += struct.pack("<H", (len(chunk) - 1) & 0xFFF | 0xB000) + chunk
    return bytes(out)


def _squeeze_chunk(data: bytes) -> bytes:
    out, at = bytearray(), 0
    while at < len(data):
        flags, tokens = 0, bytearray()
        for bit in range(8):
            if at >= len(data):
                break
            shift = max(4, (at - 1).bit_length()) if at else 4
            length = min(len(data) - at, 10)
            found = -1
            while length >= 3 and (found := data.rfind(data[at : at + length], 0, at)) < 0:
                length -= 1
            if at and length >= 3 and found >= 0:
                flags |= 1 << bit
                tokens += struct.pack("<H", (at - found - 1) << (16 - shift) | (length - 3))
                at += length
            else:
                tokens.append(data[at])
                at += 1
        out += bytes([flags]) + tokens
    return bytes(out)


def vba_project(source: str) -> bytes:
    """A vbaProject.bin with one module."""
    return compound(vba_storage(source))


def vba_storage(source: str) -> Tree:
    code = f'Attribute VB_Name = "Module1"\r\n{source}\r\n'.encode("cp1252")
    name = b"Module1"
    records = [
        (0x01, struct.pack("<I", 1)),
        (0x02, struct.pack("<I", 0x409)),
        (0x14, struct.pack("<I", 0x409)),
        (0x03, struct.pack("<H", 1252)),
        (0x04, b"VBAProject"),
        (0x0F, struct.pack("<H", 1)),
        (0x19, name),
        (0x47, name.decode().encode("utf-16-le")),
        (0x1A, name),
        (0x32, name.decode().encode("utf-16-le")),
        (0x31, struct.pack("<I", 0)),
        (0x21, b""),
        (0x2B, b""),
        (0x10, b""),
    ]
    directory = b"".join(struct.pack("<HI", number, len(data)) + data for number, data in records)
    project = b'ID="{00000000-0000-0000-0000-000000000000}"\r\nModule=Module1\r\nName="VBAProject"\r\n'
    return {
        "VBA": {"dir": squeeze(directory), "Module1": squeeze(code), "_VBA_PROJECT": b"\xcc\x61\xff\xff\0\0\0"},
        "PROJECT": project,
    }


def ole_package(name: str, data: bytes) -> bytes:
    """An Ole10Native stream: how Office keeps a file of any kind."""
    label = name.encode() + b"\0"
    body = struct.pack("<H", 2) + label + label + struct.pack("<HHI", 0, 3, len(label)) + label
    body += struct.pack("<I", len(data)) + data
    return struct.pack("<I", len(body)) + body


def embedded(name: str, data: bytes) -> bytes:
    """An oleObject1.bin that holds a file of any kind."""
    return compound({"\x01Ole10Native": ole_package(name, data), "\x01CompObj": bytes(80)})


def encrypted_package() -> bytes:
    """What Office writes for a document with a password: nothing in it can be read."""
    info = struct.pack("<HHI", 4, 4, 0x40) + b'<?xml version="1.0"?><encryption/>'
    return compound({"EncryptedPackage": bytes(range(256)) * 20, "EncryptionInfo": info})
