"""What `compress` packs (`.Z`): LZW with codes of 9 to 16 bits, unpacked in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

from dlp.extract.archive.packers import Source
from dlp.extract.unpacking import PartError
from dlp.model import Reason

_CLEAR = 256
_PIECE = 1 << 16
_MAX_HISTORY = 64 << 20
"""Bytes that may come out before the table of entries is full: 65,279 codes that double nothing stay far below."""


def lzw(source: Source) -> Iterator[bytes]:
    """The one stream that there can be. Raises PartError, after all before the damage."""
    header = source.exactly(3)
    if len(header) < 3:
        raise PartError(Reason.CORRUPT, "packed data is cut short")
    most, blocks = header[2] & 31, bool(header[2] & 128)
    if not 9 <= most <= 16:
        raise PartError(Reason.UNSUPPORTED, f"compress with codes of {most} bits")
    table = _Table(most, blocks)
    out = bytearray()
    # Eight codes at a time, as many bytes as a code has bits: a code's width changes between such groups only.
    while table.trouble is None and (group := source.exactly(table.width)):
        table.run(group, out)
        if len(out) >= _PIECE:
            yield bytes(out)
            out.clear()
    if out:
        yield bytes(out)
    if table.trouble is not None:
        raise table.trouble


class _Table:
    """Every entry is the one before it with the byte that came next, so it stands in what came out: a place and a
    length. Strings of their own would be 2 GB where all bytes are alike."""

    def __init__(self, most: int, blocks: bool) -> None:
        self._most = most
        self._blocks = blocks
        self.trouble: PartError | None = None
        self._clear()

    def _clear(self) -> None:
        self.width = 9
        self._history = bytearray(range(256))
        self._starts = list(range(256)) + [0] * self._blocks
        self._lengths = [1] * 256 + [0] * self._blocks
        self._last = -1
        self._last_length = 0

    def run(self, group: bytes, out: bytearray) -> None:
        """Adds what the codes in `group` stand for. Where the width changes, the rest of the group is padding."""
        width = self.width
        bits = int.from_bytes(group, "little")
        mask = (1 << width) - 1
        starts, lengths, history = self._starts, self._lengths, self._history
        for _ in range(len(group) * 8 // width):
            code = bits & mask
            bits >>= width
            if code == _CLEAR and self._blocks:
                self._clear()
                return
            known = len(starts)
            grows = self._last >= 0 and known < 1 << self._most
            if code > known or (code == known and not grows):
                self.trouble = PartError(Reason.CORRUPT, "packed data is damaged (no such code)")
                return
            if grows:
                starts.append(self._last)
                lengths.append(self._last_length + 1)
            start, length = starts[code], lengths[code]
            if code == known:  # the entry that is just being made: it ends as it begins
                history.append(history[start])
                entry = history[start : start + length]
                del history[-1]
            else:
                entry = history[start : start + length]
            out += entry
            if known < 1 << self._most:
                self._last, self._last_length = len(history), length
                history += entry
                if len(history) > _MAX_HISTORY:
                    self.trouble = PartError(Reason.LIMIT, "compress with too long entries")
                    return
            if grows and len(starts) > mask and width < self._most:
                self.width += 1
                return
