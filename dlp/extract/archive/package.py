"""The members of a zip package, unpacked within limits, also where its directory lies or is gone.

Names decide nothing and are for display only: no member is ever written to a disk.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from dlp.extract import raw
from dlp.extract.archive import packers
from dlp.extract.archive.inflate64 import inflate64
from dlp.extract.archive.packers import Source, Unpack
from dlp.extract.archive.zip_directory import DESCRIPTOR, LOCAL, Directory, Member, read_directory, read_local, salvage
from dlp.extract.unpacking import PartError, bounded
from dlp.limits import Limits
from dlp.model import Reason

__all__ = ["Member", "Package", "PartError"]

_METHODS: dict[int, Unpack] = {
    0: packers.stored,
    8: lambda source: packers.inflate(source, first=raw.HEAD),
    9: inflate64,
    12: packers.bzip2,
    14: packers.lzma_in_zip,
    20: packers.zstd,
    93: packers.zstd,
    95: packers.xz,
}
_OTHERS = {1: "shrink", 6: "implode", 10: "IBM TERSE", 18: "IBM TERSE", 94: "MP3", 96: "JPEG", 97: "WavPack",
           98: "PPMd", 99: "AES"}  # fmt: skip
_BLANK = b"\0 \t\r\n"
_GAP = 512
"""Bytes from which on a gap between members is content of its own."""

_MAX_GAPS = 100


class Package:
    """A zip file. `members` stand in directory order, duplicate names included, and members behind that the directory
    does not list; `salvaged` says that the directory is broken, wholly or in part, and members were found by their
    local headers. `disks`: files that the archive was split into."""

    def __init__(self, stream: BinaryIO, size: int, limits: Limits) -> None:
        """Raises PartError where not a single member is found, and no directory that says so."""
        self._stream = stream
        self._size = size
        self._limits = limits
        self.salvaged = False
        self.disks = 1
        most = limits.max_members
        directory = self._directory = read_directory(stream, size, most)
        self.more = False
        """Whether there are more members than the limits allow; those are not in `members`."""
        if directory is None:
            self.salvaged = True
            found = salvage(stream, 0, size, most + 1)
            self.more = len(found) > most
            self._gaps: list[tuple[int, int]] = [(0, min((each.offset for each in found), default=0))]
        else:
            self.disks = directory.disks
            self.more = directory.more
            found = self._of_directory(directory, most)
        self.members = [member for member in found[:most] if member.packed or member.name[-1:] != "/"]
        if not found and (directory is None or directory.broken):
            raise PartError(Reason.CORRUPT, "no zip directory and no members")

    def _of_directory(self, directory: Directory, most: int) -> list[Member]:
        """The members that are where the directory says, and those that are where it says nothing."""
        found: list[Member] = []
        taken: list[tuple[int, int]] = [
            (directory.start, directory.used),
            (directory.record, directory.end),
        ]
        for member in directory.members:
            local = read_local(self._stream, member.offset)
            if local is None:
                self.salvaged = True  # bytes were put in or taken out
                continue
            # Other readers go by the local header: where the two disagree, both are looked at.
            other = local.member
            said = other.said
            if other.name != member.name:
                said = (other.name, *said)
                self.salvaged = True
            if said:
                member = msgspec.structs.replace(member, said=tuple(dict.fromkeys((*member.said, *said))))
            found.append(member)
            end = local.start + member.packed
            told = other.packed if not local.flags & DESCRIPTOR or other.packed else member.packed
            if (other.method, told) != (member.method, member.packed) and not member.encrypted:
                self.salvaged = True
                found.append(other)
                end = max(end, local.start + other.packed)
            taken.append((member.offset, end + self._descriptor(end, local.flags, member)))
        self.salvaged = self.salvaged or directory.broken
        if directory.more:  # what the further ones are is not known
            taken.append((min(start for start, _ in taken), directory.end))
        self._gaps = _between(taken, self._size)
        if self.salvaged and not directory.more:
            known = {member.offset for member in found}
            found += [each for each in salvage(self._stream, 0, directory.start, most + 1) if each.offset not in known]
        elif not directory.more:
            for start, end in self._gaps[:_MAX_GAPS]:
                self._stream.seek(start)
                if raw.read_upto(self._stream, 4) == LOCAL:
                    found += salvage(self._stream, start, end, most + 1 - len(found))
        if len(found) > most:
            self.more = True
        return found

    def _descriptor(self, end: int, flags: int, member: Member) -> int:
        """Bytes of sizes and checksum behind a member that was written without knowing them."""
        if not flags & DESCRIPTOR:
            return 0
        self._stream.seek(end)
        data = raw.read_upto(self._stream, 24)
        signed = 4 if data.startswith(b"PK\x07\x08") else 0
        crc = struct.pack("<I", member.crc & 0xFFFFFFFF)
        if data[signed : signed + 4] != crc:
            return 0
        wide = data[signed + 4 : signed + 12] == struct.pack("<Q", member.packed)
        return signed + (20 if wide and data[signed + 12 : signed + 14] != b"PK" else 12)

    def read(self, member: Member) -> Iterator[bytes]:
        """The member's content, piece by piece. Raises PartError, after all that could be unpacked, and Spent."""
        return self._bounded(member, self._limits.max_part)

    def stream(self, member: Member) -> Iterator[bytes]:
        """As `read`, of any length: for content that nobody holds as a whole."""
        return self._bounded(member, None)

    def _bounded(self, member: Member, most: int | None) -> Iterator[bytes]:
        if member.encrypted:
            how = " (AES)" if member.method == 99 else ""
            raise PartError(Reason.ENCRYPTED, f"encrypted zip member{how}")
        packed = min(member.packed, self._size)
        yield from bounded(self._unpack(member), lambda: packed, self._limits, most)

    def _unpack(self, member: Member) -> Iterator[bytes]:
        local = read_local(self._stream, member.offset)
        if local is None:
            raise PartError(Reason.CORRUPT, "no local header where the zip directory says")
        unpack = _METHODS.get(member.method)
        if unpack is None:
            known = _OTHERS.get(member.method, "")
            raise PartError(Reason.UNSUPPORTED, f"zip method {member.method} {known}".strip())
        left = max(0, min(member.packed, self._size - local.start))
        source = Source(_At(self._stream, local.start), left)
        crc = size = 0
        for data in unpack(source):
            crc = zlib.crc32(data, crc)
            size += len(data)
            yield data
        if left < member.packed:
            raise PartError(Reason.CORRUPT, "zip member is cut short")
        if member.crc >= 0 and (crc != member.crc or size != member.unpacked):
            raise PartError(Reason.CORRUPT, "damaged zip member (wrong checksum or size)")

    def outside(self) -> list[tuple[str, bytes]]:
        """What stands before, between and behind the members and in the comment, named for display."""
        found: list[tuple[str, bytes]] = []
        directory = self._directory
        end = self._size
        if directory is not None:
            found.append(("zip comment", directory.comment))
            end = directory.end
        known = {member.offset for member in self.members}
        first = min(known, default=0)
        small = []
        room = self._limits.max_part
        for start, stop in self._gaps:
            if start in known:
                continue
            self._stream.seek(start)
            data = raw.read_upto(self._stream, min(stop - start, room))
            room -= len(data)
            name = "data before the archive" if start < first else "data between members"
            if start >= end:
                name = "data behind the archive"
            if name == "data between members" and (len(data) < _GAP or len(found) > _MAX_GAPS):
                small.append(data)
            else:
                found.append((name, data))
        if small:
            found.append(("data between members", b"\n".join(each for each in small if each.strip(_BLANK))))
        return [(name, data) for name, data in found if data.strip(_BLANK)]


class _At:
    """Reads on from a place of a stream that others move meanwhile."""

    def __init__(self, stream: BinaryIO, at: int) -> None:
        self._stream = stream
        self._at = at

    def read(self, size: int) -> bytes:
        self._stream.seek(self._at)
        data = raw.read_upto(self._stream, size)
        self._at += len(data)
        return data


def _between(taken: list[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    """What of `size` bytes lies in none of the stretches."""
    gaps = []
    at = 0
    for start, end in sorted(taken):
        if start > at:
            gaps.append((at, min(start, size)))
        at = max(at, end)
    if at < size:
        gaps.append((at, size))
    return gaps
