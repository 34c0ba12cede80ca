"""Where the members of a zip file stand: by its directory, and by their own headers where that lies or is gone.

Every number in it is hostile: nothing is allotted by one, and every list has an end.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from dlp.extract import raw
from dlp.extract.archive.listing import display

LOCAL = b"PK\x03\x04"
ENCRYPTED = 1
DESCRIPTOR = 8
_CENTRAL = b"PK\x01\x02"
_END = b"PK\x05\x06"
_END64 = b"PK\x06\x06"
_LOCATOR64 = b"PK\x06\x07"
_END_SIZE = 22
_MAX_COMMENT = 0xFFFF
_LOCAL_HEADER = struct.Struct("<4x2xHHHHIIIHH")
_CENTRAL_HEADER = struct.Struct("<4x4xHHHHIIIHHHHHII")
_MAX_DIRECTORY = 64 << 20
_PIECE = 1 << 20
_KNOWN_EXTRA = frozenset(
    (0x0001, 0x0007, 0x0009, 0x000A, 0x000D, 0x0017, 0x5455, 0x5855, 0x6375, 0x7075, 0x7855, 0x7875, 0x9901, 0xCAFE)
)


class Member(msgspec.Struct, frozen=True):
    """A member as one of its headers describes it. `offset` is where its local header stands in the file, `packed` and
    `unpacked` are bytes; `unpacked` and `crc` are -1 where they are not known. `said`: comment and further names."""

    name: str
    offset: int
    packed: int
    encrypted: bool
    method: int = 0
    unpacked: int = -1
    crc: int = -1
    said: tuple[str, ...] = ()


class Directory(msgspec.Struct):
    """The central directory: `start` of it, `used`, where its entries end, `record`, where its end record begins, and
    `end` behind that and the comment, all in the file. `disks`: files that
    the archive is in, if the end record is believed. `more`: there are more members than were asked for. `broken`:
    it does not hold what its end record says."""

    members: list[Member]
    start: int
    used: int
    record: int
    end: int
    comment: bytes
    disks: int
    more: bool
    broken: bool


def read_directory(stream: BinaryIO, size: int, most: int) -> Directory | None:
    """The last directory in the file, with at most `most` members; None where there is none."""
    reach = min(size, _END_SIZE + _MAX_COMMENT + raw.HEAD)
    stream.seek(size - reach)
    tail = raw.read_upto(stream, reach)
    at = len(tail)
    for _ in range(16):  # a comment may hold what looks like an end record
        at = tail.rfind(_END, 0, at)
        if at < 0:
            return None
        if at + _END_SIZE <= len(tail):
            found = _directory(stream, size, size - reach + at, tail[at:], most)
            if found is not None:
                return found
    return None


def _directory(stream: BinaryIO, size: int, at: int, tail: bytes, most: int) -> Directory | None:
    disk, _, _, count, length, offset, comment = struct.unpack_from("<4xHHHHIIH", tail)
    end = at
    stream.seek(max(0, at - 76))
    before = raw.read_upto(stream, min(76, at))
    if before[-20:-16] == _LOCATOR64 and len(before) == 76:
        record, place = before[:56], at - 76
        if record[:4] != _END64:
            (place,) = struct.unpack_from("<Q", before, len(before) - 12)
            stream.seek(min(place, size))
            record = raw.read_upto(stream, 56)
        if record[:4] == _END64 and len(record) == 56:
            count, length, offset = struct.unpack_from("<QQQ", record, 32)
            end = place
    start = end - length
    stream.seek(max(0, start))
    if start < 0 or (count and raw.read_upto(stream, 4) != _CENTRAL):
        stream.seek(min(offset, size))  # where it says it is, for something stands between it and its end
        if not count or raw.read_upto(stream, 4) != _CENTRAL:
            return None
        start = offset
    shift = max(0, start - offset)  # what was put in front of the archive
    members: list[Member] = []
    used = start
    for entry, behind in _entries(stream, start, end):
        if len(members) > most:
            break
        used = behind
        members.append(_member(entry, shift))
    disks = disk + 1 if disk != 0xFFFF else 1
    closing = min(at + _END_SIZE + comment, size)
    more = len(members) > most or end - start > _MAX_DIRECTORY
    broken = not more and (len(members) - count) % 0x10000 != 0
    words = tail[_END_SIZE : _END_SIZE + comment]
    return Directory(members[:most], start, used, end, closing, words, disks, more, broken)


def _entries(stream: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int]]:
    """Each entry of the directory, and where it ends."""
    end = min(end, start + _MAX_DIRECTORY)
    buffer, at = b"", 0
    position = start  # of the buffer's end
    while True:
        if len(buffer) - at < 46 + 3 * 0xFFFF and position < end:
            stream.seek(position)
            more = raw.read_upto(stream, min(_PIECE, end - position))
            if not more:
                end = position
            buffer, at = buffer[at:] + more, 0
            position += len(more)
        if buffer[at : at + 4] != _CENTRAL or len(buffer) - at < 46:
            return
        name, extra, comment = struct.unpack_from("<HHH", buffer, at + 28)
        length = 46 + name + extra + comment
        if len(buffer) - at < length:
            return
        entry = buffer[at : at + length]
        at += length
        yield entry, position - (len(buffer) - at)


def _member(entry: bytes, shift: int) -> Member:
    flags, method, _, _, crc, packed, unpacked, name, extra, *_, offset = _CENTRAL_HEADER.unpack_from(entry)
    fields = entry[46 + name : 46 + name + extra]
    wide = iter(_wide(fields))
    # Only what does not fit is in the extra field, in this order.
    unpacked = next(wide, unpacked) if unpacked == 0xFFFFFFFF else unpacked
    packed = next(wide, packed) if packed == 0xFFFFFFFF else packed
    offset = next(wide, offset) if offset == 0xFFFFFFFF else offset
    shown, *more = _readings(entry[46 : 46 + name])
    said = (*more, *_names(fields), display(entry[46 + name + extra :], "cp437"))
    words = tuple(word for word in said if word)
    return Member(shown, offset + shift, packed, bool(flags & ENCRYPTED), method, unpacked, crc, words)


def _readings(name: bytes) -> tuple[str, ...]:
    """A name as it is shown, and, where it is not UTF-8, in the charset that zip had before."""
    shown = display(name)
    return (shown,) if "\\x" not in shown else (shown, name.decode("cp437"))


def extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """(id, content) of each field; what does not parse is one with the id -1."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if at + 4 + length > len(extra):
            break
        yield kind, extra[at + 4 : at + 4 + length]
        at += 4 + length
    if at < len(extra):
        yield -1, extra[at:]


def _wide(extra: bytes) -> Iterator[int]:
    for kind, data in extra_fields(extra):
        if kind == 1:
            for number in struct.iter_unpack("<Q", data[: len(data) // 8 * 8]):
                yield number[0]


def _names(extra: bytes) -> Iterator[str]:
    """Names and comments in extra fields, and whatever stands in fields that nobody knows."""
    for kind, data in extra_fields(extra):
        if kind in (0x6375, 0x7075):
            yield display(data[5:])
        elif kind not in _KNOWN_EXTRA and data.strip(b"\0"):
            yield display(data)


class LocalHeader(msgspec.Struct, frozen=True):
    """What stands in front of a member's data. `start`: of its data, in the file."""

    member: Member
    flags: int
    start: int


def read_local(stream: BinaryIO, offset: int) -> LocalHeader | None:
    """The local header at `offset`; None where none stands."""
    if offset < 0:
        return None
    stream.seek(offset)
    data = raw.read_upto(stream, 256)  # most names are short: one call for all of it
    if len(data) < 30 or not data.startswith(LOCAL):
        return None
    flags, method, _, _, crc, packed, unpacked, length, extra = _LOCAL_HEADER.unpack_from(data)
    rest = data[30 : 30 + length + extra]
    if len(rest) < length + extra and len(data) == 256:
        rest += raw.read_upto(stream, length + extra - len(rest))
    fields = rest[length:]
    if 0xFFFFFFFF in (packed, unpacked):
        wide = iter(_wide(fields))
        unpacked = next(wide, unpacked) if unpacked == 0xFFFFFFFF else unpacked
        packed = next(wide, packed) if packed == 0xFFFFFFFF else packed
    name, *more = _readings(rest[:length])
    later = bool(flags & DESCRIPTOR) and not packed
    said = (*more, *_names(fields)) if extra or more else ()
    member = Member(
        name, offset, packed, bool(flags & ENCRYPTED), method, -1 if later else unpacked, -1 if later else crc, said
    )
    return LocalHeader(member, flags, offset + 30 + length + extra)


def salvage(stream: BinaryIO, start: int, end: int, most: int) -> list[Member]:
    """Members by their local headers, wherever between `start` and `end` those stand; each reaches up to the next at
    most."""
    found: list[LocalHeader] = []
    at = start
    while at < end and len(found) <= most:
        stream.seek(at)
        piece = raw.read_upto(stream, min(_PIECE, end - at))
        hit = piece.find(LOCAL)
        if hit < 0:
            if len(piece) < _PIECE:
                break
            at += len(piece) - len(LOCAL) + 1
            continue
        header = read_local(stream, at + hit)
        if header is None:
            at += hit + len(LOCAL)
            continue
        found.append(header)
        at = max(at + hit + len(LOCAL), _behind(stream, header, end))
    members = []
    for index, header in enumerate(found[:most]):
        limit = found[index + 1].member.offset if index + 1 < len(found) else end
        room = max(0, limit - header.start)
        member = header.member
        known = member.packed if member.packed and not header.flags & DESCRIPTOR else room
        members.append(msgspec.structs.replace(member, packed=min(known, room)))
    return members


def _behind(stream: BinaryIO, header: LocalHeader, end: int) -> int:
    """Where a member's data ends, if its size is told and something of zip follows there; else 0: what looks like
    headers in it may be its successors."""
    behind = header.start + header.member.packed
    if header.flags & DESCRIPTOR or behind > end:
        return 0
    stream.seek(behind)
    return behind if behind == end or raw.read_upto(stream, 2) == b"PK" else 0
