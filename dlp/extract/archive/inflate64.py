"""Deflate64, which Windows packs files of more than 2 GB with: deflate with a window of 64 KiB and longer matches.

No library of a permissive licence unpacks it, and zlib does not; this is the plain algorithm, at some MB a second.
"""

from __future__ import annotations

from collections.abc import Iterator

from dlp.extract.archive.packers import Source
from dlp.extract.unpacking import PartError
from dlp.model import Reason

_WINDOW = 1 << 16
_PIECE = 1 << 16
_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
_Table = dict[int, int]


def _lengths() -> list[tuple[int, int]]:
    """(base, extra bits) of the codes from 257 on. The last one differs from deflate's."""
    found, base = [(n, 0) for n in range(3, 11)], 11
    for extra in range(1, 6):
        for _ in range(4):
            found.append((base, extra))
            base += 1 << extra
    return [*found, (3, 16)]


def _distances() -> list[tuple[int, int]]:
    found, base = [(n, 0) for n in range(1, 5)], 5
    for extra in range(1, 15):
        for _ in range(2):
            found.append((base, extra))
            base += 1 << extra
    return found


_LENGTH_CODES = _lengths()
_DISTANCE_CODES = _distances()


class _Bits:
    """Bits of the source, the lowest first."""

    __slots__ = ("_source", "count", "value")

    def __init__(self, source: Source) -> None:
        self._source = source
        self.value = 0
        self.count = 0

    def need(self, count: int) -> None:
        """At least `count` bits; zeros behind the end, which `take` refuses."""
        while self.count < count:
            data = self._source.take(4)
            if not data:
                return
            self.value |= int.from_bytes(data, "little") << self.count
            self.count += 8 * len(data)

    def take(self, count: int) -> int:
        if self.count < count:
            self.need(count)
            if self.count < count:
                raise PartError(Reason.CORRUPT, "packed data is cut short")
        found = self.value & ((1 << count) - 1)
        self.value >>= count
        self.count -= count
        return found

    def decode(self, table: _Table) -> int:
        """A symbol. The table's keys are (1 << length | code), the code's first bit the lowest but for the mark."""
        if self.count < 15:
            self.need(15)
        value = self.value
        code = 1
        for length in range(1, min(15, self.count) + 1):
            code = code << 1 | value & 1
            value >>= 1
            if code in table:
                self.value = value
                self.count -= length
                return table[code]
        raise PartError(Reason.CORRUPT, "packed data is damaged")


def _table(lengths: list[int]) -> _Table:
    """Canonical codes by a one and their bits, most significant first."""
    table: _Table = {}
    code = 0
    for length in range(1, 16):
        code <<= 1
        for symbol, its in enumerate(lengths):
            if its == length:
                if code >> length:
                    raise PartError(Reason.CORRUPT, "packed data is damaged")
                table[1 << length | code] = symbol
                code += 1
    return table


_FIXED = (_table([8] * 144 + [9] * 112 + [7] * 24 + [8] * 8), _table([5] * 32))


def inflate64(source: Source) -> Iterator[bytes]:
    """As `packers.inflate`."""
    bits = _Bits(source)
    out = bytearray()
    sent = 0
    last = False
    try:
        while not last:
            last = bool(bits.take(1))
            kind = bits.take(2)
            if kind == 3:
                raise PartError(Reason.CORRUPT, "packed data is damaged")
            steps = _stored(bits, out) if kind == 0 else _block(bits, out, *(_FIXED if kind == 1 else _tables(bits)))
            for _ in steps:
                yield bytes(out[sent:])
                del out[: max(0, len(out) - _WINDOW)]
                sent = len(out)
    except PartError:
        yield bytes(out[sent:])
        raise
    yield bytes(out[sent:])
    source.give_back(bits.count // 8)


def _stored(bits: _Bits, out: bytearray) -> Iterator[None]:
    bits.take(bits.count % 8)
    length = bits.take(16)
    if bits.take(16) != length ^ 0xFFFF:
        raise PartError(Reason.CORRUPT, "packed data is damaged")
    for _ in range(length):
        out.append(bits.take(8))
    yield


def _tables(bits: _Bits) -> tuple[_Table, _Table]:
    literals, distances, codes = bits.take(5) + 257, bits.take(5) + 1, bits.take(4) + 4
    lengths = [0] * 19
    for index in range(codes):
        lengths[_ORDER[index]] = bits.take(3)
    table = _table(lengths)
    found: list[int] = []
    while len(found) < literals + distances:
        symbol = bits.decode(table)
        if symbol < 16:
            found.append(symbol)
        elif symbol == 16:
            if not found:
                raise PartError(Reason.CORRUPT, "packed data is damaged")
            found += [found[-1]] * (3 + bits.take(2))
        else:
            found += [0] * (3 + bits.take(3) if symbol == 17 else 11 + bits.take(7))
    return _table(found[:literals]), _table(found[literals : literals + distances])


def _block(bits: _Bits, out: bytearray, literals: _Table, distances: _Table) -> Iterator[None]:
    """Yields whenever there is a piece to be sent, and at the end."""
    limit = len(out) + _PIECE
    while (symbol := bits.decode(literals)) != 256:
        if symbol < 256:
            out.append(symbol)
        else:
            if symbol > 285:
                raise PartError(Reason.CORRUPT, "packed data is damaged")
            base, extra = _LENGTH_CODES[symbol - 257]
            length = base + bits.take(extra)
            base, extra = _DISTANCE_CODES[bits.decode(distances)]
            distance = base + bits.take(extra)
            if distance > len(out):
                raise PartError(Reason.CORRUPT, "packed data is damaged")
            piece = out[len(out) - distance : len(out) - distance + length]
            out += (piece * (length // len(piece) + 1))[:length]
        if len(out) > limit:
            yield
            limit = len(out) + _PIECE
    yield
