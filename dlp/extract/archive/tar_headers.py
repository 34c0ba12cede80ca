"""The headers of a tar archive: of every flavour, with what goes before a member's own header."""

from __future__ import annotations

import re
import struct

import msgspec

from dlp.extract.archive.listing import display
from dlp.extract.unpacking import Forward, PartError
from dlp.model import Reason

BLOCK = 512
ZEROS = bytes(BLOCK)
MAX_EXTRA = 1 << 20
"""Bytes of one long name or one extended header."""

_CHECKSUM = re.compile(rb"[ \0]*[0-7]{1,7}[ \0]*")
_TYPES = frozenset(b"\x000123456789ABDEFGIKLMNSVXgx")
_PIECES_OF_MAP = ("GNU.sparse.offset", "GNU.sparse.numbytes")
_SPARSE = struct.Struct("12s12s")


class Header(msgspec.Struct):
    """A member as its headers have it. `said`: values of extended headers, owners, links. `holes`: the map of a
    sparse member, (offset, length) of its data, and `real` its size with holes; `packed_map`: the map stands at the
    start of the data."""

    kind: str
    name: str
    size: int
    link: str = ""
    said: tuple[str, ...] = ()
    data: list[tuple[int, int]] | None = None
    real: int = 0
    packed_map: bool = False


def is_header(block: bytes) -> bool:
    """Whether `block` is a header, by its checksum (in either of the two ways it is computed)."""
    if len(block) < BLOCK or block[156] not in _TYPES or not _CHECKSUM.fullmatch(block, 148, 156):
        return False
    told = _octal(block[148:156])
    rest = block[:148] + b" " * 8 + block[156:BLOCK]
    total = sum(rest)
    return told == total or told == total - 256 * sum(byte > 127 for byte in rest)


def _octal(field: bytes) -> int:
    """A number in octal, or, with the highest bit set, in base 256. Raises PartError."""
    if field[:1] in (b"\x80", b"\xff"):
        return max(0, int.from_bytes(field[1:], "big")) if field[0] == 0x80 else 0
    digits = field.partition(b"\0")[0].strip(b" \0")
    try:
        return int(digits or b"0", 8)
    except ValueError as error:
        raise PartError(Reason.CORRUPT, "a tar header with a number that is none") from error


def _words(field: bytes) -> str:
    return display(field.partition(b"\0")[0])


class Headers:
    """Reads headers off a stream that stands at one."""

    def __init__(self, stream: Forward) -> None:
        self.stream = stream
        self._global: dict[str, str] = {}

    def next(self) -> Header | None:
        """The next member's; None where no header stands. Leaves the stream at the member's data. Raises PartError
        behind what cannot be read."""
        local: dict[str, str] = {}
        said: list[str] = []
        long_name = long_link = ""
        for _ in range(32):  # more in front of one member is nothing that anybody writes
            block = self.stream.peek(BLOCK)
            if not is_header(block):
                if local or long_name or long_link:
                    raise PartError(Reason.CORRUPT, "an extended tar header without a member")
                return None
            self.stream.read(BLOCK)
            kind = chr(block[156])
            if kind in "LKxgX":
                words = self._extra(_octal(block[124:136]))
                if kind == "L":
                    long_name = _words(words)
                elif kind == "K":
                    long_link = _words(words)
                else:
                    records = _records(words)
                    said += (f"{key}={value}" for key, value in records)
                    (self._global if kind == "g" else local).update(records)
                    if figures := [value for key, value in records if key in _PIECES_OF_MAP]:
                        local["GNU.sparse.map"] = ",".join(figures)
                continue
            header = self._plain(block, kind)
            header.said += tuple(said)
            merged = {**self._global, **local}
            header.name = long_name or merged.get("GNU.sparse.name") or merged.get("path") or header.name
            header.link = long_link or merged.get("linkpath") or header.link
            if _is_number(size := merged.get("size", "")):
                header.size = int(size)
            _pax_sparse(header, merged, local)
            return header
        raise PartError(Reason.LIMIT, "too many extended tar headers in front of one member")

    def _extra(self, size: int) -> bytes:
        if size > MAX_EXTRA:
            self.stream.skip(size + -size % BLOCK)
            raise PartError(Reason.LIMIT, f"an extended tar header of {size} bytes")
        data = self.stream.read(size)
        self.stream.skip(-size % BLOCK)
        if len(data) < size:
            raise PartError(Reason.CORRUPT, "an extended tar header is cut short")
        return data

    def _plain(self, block: bytes, kind: str) -> Header:
        name = _words(block[:100])
        said: tuple[str, ...] = ()
        if block[257:262] == b"ustar":
            said = (_words(block[265:297]), _words(block[297:329]))
            prefix = _words(block[345:500]) if block[257:263] == b"ustar\0" else ""
            name = f"{prefix}/{name}" if prefix else name
        header = Header(kind, name, _octal(block[124:136]), _words(block[157:257]), said)
        if kind == "S":
            header.real = _octal(block[483:495])
            header.data = self._map(block, 386, 4, bool(block[482]))
        return header

    def _map(self, block: bytes, at: int, count: int, more: bool) -> list[tuple[int, int]]:
        """The map of an old GNU sparse member, with the blocks that continue it."""
        found = []
        while True:
            for offset, length in _SPARSE.iter_unpack(block[at : at + 24 * count]):
                if offset[:1] not in (b"\0", b""):
                    found.append((_octal(offset), _octal(length)))
            if not more:
                return found
            block = self.stream.read(BLOCK)
            if len(block) < BLOCK or len(found) > MAX_EXTRA // 24:
                raise PartError(Reason.CORRUPT, "the map of a sparse tar member is cut short")
            at, count, more = 0, 21, bool(block[504])


def _records(data: bytes) -> list[tuple[str, str]]:
    """`17 path=some/name\\n` and so on; what is not written like that ends it."""
    found = []
    at = 0
    while at < len(data):
        space = data.find(b" ", at, at + 12)
        if space < 0 or not data[at:space].isdigit():
            break
        end = at + int(data[at:space])
        key, is_one, value = data[space + 1 : end - 1].partition(b"=")
        if end <= space + 1 or not is_one:
            break
        found.append((display(key), display(value)))
        at = end
    if rest := data[at:].strip(b"\0"):
        found.append(("rest", display(rest)))
    return found


def _is_number(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) <= 20


def _pax_sparse(header: Header, merged: dict[str, str], local: dict[str, str]) -> None:
    """The three ways in which GNU tar writes sparse members into extended headers."""
    real = local.get("GNU.sparse.realsize") or local.get("GNU.sparse.size") or ""
    if not _is_number(real):
        return
    header.real = int(real)
    if merged.get("GNU.sparse.major") == "1":
        header.packed_map = True
        return
    figures = local.get("GNU.sparse.map", "").split(",")
    if len(figures) >= 2 and all(map(_is_number, figures)):
        numbers = [int(each) for each in figures]
        header.data = list(zip(numbers[::2], numbers[1::2], strict=False))


def read_map(stream: Forward, size: int) -> tuple[list[tuple[int, int]], int]:
    """The map at the start of a member's data of `size` bytes, and the bytes that it takes. Raises PartError."""
    numbers: list[int] = []
    used = 0
    rest = b""
    count = -1
    while count < 0 or len(numbers) < 2 * count:
        if used >= min(size, MAX_EXTRA):
            raise PartError(Reason.CORRUPT, "the map of a sparse tar member does not end")
        block = stream.read(BLOCK)
        used += len(block)
        if len(block) < BLOCK:
            raise PartError(Reason.CORRUPT, "the map of a sparse tar member is cut short")
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > BLOCK:
            raise PartError(Reason.CORRUPT, "the map of a sparse tar member is damaged")
        for line in lines:
            if count >= 0 and len(numbers) == 2 * count:
                break
            if not line.isdigit() or len(line) > 20:
                raise PartError(Reason.CORRUPT, "the map of a sparse tar member is damaged")
            if count < 0:
                count = int(line)
            else:
                numbers.append(int(line))
    return list(zip(numbers[::2], numbers[1::2], strict=True)), used
