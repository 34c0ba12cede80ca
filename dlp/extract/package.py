"""The members of a zip package, unpacked within limits, also where its directory lies or is gone.

Names decide nothing and are for display only: no member is ever written to a disk.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from dlp.extract import raw
from dlp.limits import Limits
from dlp.model import Reason

if TYPE_CHECKING:
    import zipfile

_PIECE = 1 << 16
_LOCAL = b"PK\x03\x04"
_END = b"PK\x05\x06"
_END_SIZE = 22
_MAX_COMMENT = 0xFFFF
_ENCRYPTED = 1


class PartError(Exception):
    """A part cannot be read, or not to its end."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Member(msgspec.Struct, frozen=True):
    """A member as its directory describes it. `offset` is where its local header stands in the file, `packed` in
    bytes; `info` is missing where the directory was."""

    name: str
    offset: int
    packed: int
    encrypted: bool
    info: zipfile.ZipInfo | None


class Package:
    """A zip file. `members` stand in directory order, duplicate names included; `salvaged` says that the directory
    is broken, wholly or in part, and members were found by their local headers."""

    def __init__(self, stream: BinaryIO, size: int, limits: Limits) -> None:
        """Raises PartError where not a single member is found."""
        import zipfile

        self._stream = stream
        self._size = size
        self._limits = limits
        self._zip: zipfile.ZipFile | None = None
        self.salvaged = False
        try:
            self._zip = zipfile.ZipFile(stream)
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error, EOFError):
            self.salvaged = True
            found = _salvage(stream, size, limits.max_members + 1)
        else:
            named = [_member(info) for info in entries[: limits.max_members + 1]]
            found = [member for member in named if self._is_there(member)]
            if len(found) < len(named):
                # Bytes were put in or taken out: what the directory points past is found by its own header.
                self.salvaged = True
                known = {member.offset for member in found}
                lost = [
                    member for member in _salvage(stream, size, limits.max_members + 1) if member.offset not in known
                ]
                found = (found + lost)[: limits.max_members + 1]
        self.more = len(found) > limits.max_members
        """Whether there are more members than the limits allow; those are not in `members`."""
        self.members = [member for member in found[: limits.max_members] if member.packed or member.name[-1:] != "/"]
        if not found:
            raise PartError(Reason.CORRUPT, "no zip directory and no members")

    def _is_there(self, member: Member) -> bool:
        if member.offset < 0:
            return False
        self._stream.seek(member.offset)
        return raw.read_upto(self._stream, len(_LOCAL)) == _LOCAL

    def read(self, member: Member) -> Iterator[bytes]:
        """The member's content, some 64 KiB at a time. Raises PartError, after all that could be unpacked."""
        if member.encrypted:
            raise PartError(Reason.ENCRYPTED, "encrypted zip member")
        out = 0
        packed = min(member.packed, self._size)
        for data in self._unpack(member):
            out += len(data)
            if out > self._limits.max_part:
                yield data[: len(data) - (out - self._limits.max_part)]
                raise PartError(Reason.LIMIT, f"unpacks to more than {self._limits.max_part} bytes")
            yield data
            if out > self._limits.ratio_after and out > self._limits.max_ratio * packed:
                raise PartError(Reason.LIMIT, f"unpacks to more than {self._limits.max_ratio} times its packed size")

    def _unpack(self, member: Member) -> Iterator[bytes]:
        import zipfile

        if self._zip is None or member.info is None:
            yield from self._inflate(member)
            return
        try:
            part = self._zip.open(member.info)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, struct.error, EOFError) as error:
            # The directory and the local header disagree: other readers go by the header, so both are looked at.
            yield from self._inflate(member)
            raise PartError(Reason.CORRUPT, f"zip directory and member disagree ({type(error).__name__})") from error
        given = 0
        with part:
            try:
                while data := part.read(_PIECE):
                    given += len(data)
                    yield data
                return
            except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
                damage = PartError(Reason.CORRUPT, f"damaged zip member ({type(error).__name__})")
        for data in self._inflate(member):  # a wrong checksum withholds the last piece, which is there all the same
            if len(data) > given:
                yield data[given:]
            given = max(0, given - len(data))
        raise damage

    def _inflate(self, member: Member) -> Iterator[bytes]:
        """What stands behind a local header, with nothing asked of the directory."""
        self._stream.seek(member.offset)
        header = raw.read_upto(self._stream, 30)
        if len(header) < 30 or not header.startswith(_LOCAL):
            raise PartError(Reason.CORRUPT, "no local header where the zip directory says")
        method, length, extra = struct.unpack_from("<8xH16xHH", header)
        if method not in (0, 8):
            raise PartError(Reason.UNSUPPORTED, f"zip method {method}")
        at = member.offset + 30 + length + extra
        left = min(member.packed, self._size - at)
        unpacker = zlib.decompressobj(-15)
        while left > 0:
            self._stream.seek(at)
            packed = raw.read_upto(self._stream, min(_PIECE, left))
            if not packed:
                break
            at += len(packed)
            left -= len(packed)
            if method == 0:
                yield packed
                continue
            while packed:
                try:
                    data = unpacker.decompress(packed, _PIECE)
                except zlib.error as error:
                    raise PartError(Reason.CORRUPT, "damaged zip member") from error
                if data:
                    yield data
                packed = unpacker.unconsumed_tail
            if unpacker.eof:
                return
        if method == 8:
            raise PartError(Reason.CORRUPT, "zip member is cut short")

    def outside(self) -> list[tuple[str, bytes]]:
        """What stands before the first member, behind the directory and in the comment, named for display."""
        self._stream.seek(max(0, self._size - _END_SIZE - _MAX_COMMENT))
        tail = raw.read_upto(self._stream, _END_SIZE + _MAX_COMMENT)
        found = []
        at = tail.rfind(_END)
        if at >= 0 and at + _END_SIZE <= len(tail):
            end = at + _END_SIZE
            (length,) = struct.unpack_from("<H", tail, end - 2)
            found += [("zip comment", tail[end : end + length]), ("data behind the archive", tail[end + length :])]
        first = min((member.offset for member in self.members), default=0)
        if first:
            self._stream.seek(0)
            found.append(("data before the archive", raw.read_upto(self._stream, min(first, self._limits.max_part))))
        return [(name, data) for name, data in found if data.strip(b"\0 \t\r\n")]


def _member(info: zipfile.ZipInfo) -> Member:
    name = info.orig_filename
    if not info.flag_bits & 0x800:  # written before names were UTF-8, or by one who did not say that they are
        name = name.encode("cp437", "replace").decode("utf-8", "backslashreplace")
    name = name.encode("utf-8", "backslashreplace").decode()
    return Member(name, info.header_offset, info.compress_size, bool(info.flag_bits & _ENCRYPTED), info)


def _salvage(stream: BinaryIO, size: int, most: int) -> list[Member]:
    """Members by their local headers, wherever in the file those stand; each reaches up to the next at most."""
    offsets: list[int] = []
    at = 0
    while at < size and len(offsets) <= most:
        stream.seek(at)
        piece = raw.read_upto(stream, 16 * _PIECE)
        hit = piece.find(_LOCAL)
        while hit >= 0:
            offsets.append(at + hit)
            hit = piece.find(_LOCAL, hit + 4)
        if len(piece) < 16 * _PIECE:
            break
        at += len(piece) - len(_LOCAL) + 1
    members = []
    for offset, end in zip(offsets[:most], [*offsets[1:], size], strict=False):
        stream.seek(offset)
        header = raw.read_upto(stream, 30)
        if len(header) < 30:
            break
        flags, method, packed, length, extra = struct.unpack_from("<6xHH8xI4xHH", header)
        if method not in (0, 8):
            continue
        name = raw.read_upto(stream, length).decode("utf-8", "backslashreplace")
        room = max(0, end - offset - 30 - length - extra)
        known = packed if packed and not flags & 8 else room
        members.append(Member(name, offset, min(known, room), bool(flags & _ENCRYPTED), None))
    return members
