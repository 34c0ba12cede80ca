"""OLE compound files: the storages and streams of a file within a file, read within bounds.

Own code, for what matters here is what a usual reader passes over: streams that no storage names, chains that end too
early, sectors that belong to nothing. No chain is longer than the file has sectors, so a circle ends, and the streams
together may read the file a few times over, so a thousand streams in one place cost no more.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from dlp.extract import raw
from dlp.extract.unpacking import PartError
from dlp.limits import Limits
from dlp.model import Reason

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST = 0xFFFFFFFA
"""Sector numbers from here on say: end of chain, free, used by the tables."""
_HEADER = 512
_ENTRY = 128
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_READINGS = 4
"""How often all streams together may read the file."""
_PIECE = 1 << 20


class Entry(msgspec.Struct, frozen=True):
    """A storage or stream. `path`: names from the root's child down to its own; `lost`: no storage names it."""

    number: int
    path: tuple[str, ...]
    is_stream: bool
    start: int
    size: int
    lost: bool


class Compound:
    """The directory of a compound file. `entries` stand in its order; `cut` says that tables or directory are broken,
    `more` that there are more entries, or deeper ones, than the limits allow: they are left out, or lose their path."""

    def __init__(self, stream: BinaryIO, size: int, limits: Limits) -> None:
        """Raises PartError where there is no header, or no directory."""
        self._stream = stream
        self._size = size
        self._limits = limits
        self.cut = self.more = False
        stream.seek(0)
        header = raw.read_upto(stream, _HEADER)
        if len(header) < _HEADER or not header.startswith(MAGIC):
            raise PartError(Reason.CORRUPT, "no header of a compound file")
        self._shift, self._mini_shift = struct.unpack_from("<HH", header, 30)
        if self._shift not in (9, 12) or self._mini_shift > self._shift:
            raise PartError(Reason.CORRUPT, "sectors of an odd size")
        self._sector = 1 << self._shift
        self._sectors = max(0, -(-size // self._sector) - 1)
        """Whole and begun sectors behind the header's."""
        fats, directory, self._cutoff, minis, _, more, _ = struct.unpack_from("<II4xIIIII", header, 44)
        self._used = bytearray(self._sectors)
        self._budget = _READINGS * size + (1 << 20)
        self._fat = self._table(header, fats, more)
        self._mini_fat = _words(self._chained(minis, self._sectors))
        self._mini: bytes | None = None
        self._mini_used = bytearray()
        self._slack: list[bytes] = []
        data = self._chained(directory, self._sectors)
        if not data:
            raise PartError(Reason.CORRUPT, "no directory in the compound file")
        self._root_start, self._root_size = _LAST, 0
        self._names = data
        self.entries = self._directory(data)

    def _table(self, header: bytes, count: int, more: int) -> array[int]:
        """The table of which sector follows which."""
        numbers = list(struct.unpack_from("<109I", header, 76))
        seen: set[int] = set()
        while more < self._sectors and more not in seen:
            seen.add(more)
            self._used[more] = 1
            block = self._read_sectors(more, 1)
            numbers += _words(block)[:-1]
            more = _words(block)[-1] if len(block) == self._sector else _LAST
        most = self._sectors * 4 // self._sector + 2  # more sectors of the table than that could tell nothing
        fat = array("I")
        for number in numbers:
            if number >= self._sectors or len(fat) * 4 >= most * self._sector:
                self.cut = self.cut or number < _LAST
                continue
            self._used[number] = 1
            fat += _words(self._read_sectors(number, 1))
        self.cut = self.cut or len(fat) * 4 < min(count, most) * self._sector
        return fat

    def _read_sectors(self, first: int, count: int) -> bytes:
        self._stream.seek((first + 1) << self._shift)
        return raw.read_upto(self._stream, count << self._shift)

    def _chained(self, first: int, most: int) -> bytes:
        """At most `most` sectors from `first` on. A chain in a circle is read up to there, or again."""
        runs: list[list[int]] = []
        number = first
        left = min(most, self._sectors)
        while left > 0 and number < self._sectors:
            self._used[number] = 1
            if runs and number == runs[-1][0] + runs[-1][1]:
                runs[-1][1] += 1
            elif runs and number == first:
                break
            else:
                runs.append([number, 1])
            left -= 1
            number = self._fat[number] if number < len(self._fat) else _LAST
        return b"".join(self._read_sectors(start, count) for start, count in runs)

    def _directory(self, data: bytes) -> list[Entry]:
        count = min(len(data) // _ENTRY, self._limits.max_members + 1)
        self.more = count < len(data) // _ENTRY
        kinds, names, links, places = [], [], [], []
        for number in range(count):
            entry = data[number * _ENTRY : (number + 1) * _ENTRY]
            length, kind = struct.unpack_from("<HB", entry, 64)
            name = entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
            start, size = struct.unpack_from("<IQ", entry, 116)
            names.append(name.partition("\0")[0] or f"stream {number}")
            kinds.append(kind)
            links.append(struct.unpack_from("<III", entry, 68))
            places.append((start, size if self._shift == 12 else size & 0xFFFFFFFF))
        paths: dict[int, tuple[str, ...]] = {0: ()}
        open_: list[tuple[int, tuple[str, ...]]] = [(links[0][2], ())] if count else []
        while open_:
            number, parent = open_.pop()
            if number >= count or number in paths:
                self.cut = self.cut or number < _LAST
                continue
            if len(parent) >= 2 * self._limits.max_depth:
                self.more = True
                continue
            left, right, child = links[number]
            paths[number] = (*parent, names[number])
            open_ += ((left, parent), (right, parent))
            if kinds[number] == _STORAGE:
                open_.append((child, paths[number]))
        if count:
            self._root_start, self._root_size = places[0]
        entries = []
        for number in range(1, count):
            if kinds[number] not in (_STORAGE, _STREAM):
                continue
            path = paths.get(number)
            start, size = places[number]
            is_stream = kinds[number] == _STREAM
            entries.append(Entry(number, path or (names[number],), is_stream, start, size, path is None))
        return entries

    def read(self, entry: Entry) -> bytes:
        """A stream's content. Raises Short with as much as there is, PartError where it may not be read."""
        most = min(entry.size, self._limits.max_part)
        self._budget -= min(most, self._size)
        if self._budget < 0:
            raise PartError(Reason.LIMIT, f"streams that are {_READINGS} times as large as their file")
        if entry.size < self._cutoff:
            data = self._read_mini(entry.start, most)
        else:
            data = self._chained(entry.start, -(-most // self._sector))
        if most == entry.size and data[most:].strip(b"\0"):
            self._slack.append(data[most:])
        data = data[:most]
        if len(data) < entry.size:
            if most < entry.size and len(data) == most:
                raise Short(data, Reason.LIMIT, f"more than {self._limits.max_part} bytes in a stream")
            raise Short(data, Reason.CORRUPT, f"stream has {len(data)} of {entry.size} bytes")
        return data

    def _read_mini(self, first: int, most: int) -> bytes:
        if self._mini is None:
            room = min(self._root_size, self._limits.max_part)
            self._mini = self._chained(self._root_start, -(-room // self._sector))
            self._mini_used = bytearray(len(self._mini) >> self._mini_shift)
        step = 1 << self._mini_shift
        parts = []
        number = first
        left = -(-most // step)
        while left > 0 and number < len(self._mini_used):
            self._mini_used[number] = 1
            parts.append(self._mini[number * step : (number + 1) * step])
            number = self._mini_fat[number] if number < len(self._mini_fat) else _LAST
            left -= 1
        return b"".join(parts)

    def rest(self) -> Iterator[bytes]:
        """What belongs to no stream that was read, a MiB at a time: the rest of the header's sector, the directory with
        all names, free sectors, and what is behind the ends of streams in their last sectors."""
        self._stream.seek(_HEADER)
        yield raw.read_upto(self._stream, self._sector - _HEADER)
        yield self._names
        first = 0
        most = _PIECE >> self._shift
        while (first := self._used.find(0, first)) >= 0:
            end = self._used.find(1, first, first + most)
            if end < 0:
                end = min(first + most, self._sectors)
            yield self._read_sectors(first, end - first)
            first = end
        if self._mini is not None:
            step = 1 << self._mini_shift
            free = [index for index, used in enumerate(self._mini_used) if not used]
            yield b"".join(self._mini[index * step : (index + 1) * step] for index in free)
        yield from self._slack

    def behind(self) -> bytes:
        """What stands behind the last sector that anything belongs to; at most `max_part` bytes."""
        first = self._used.rfind(1) + 1
        room = min((self._sectors - first) << self._shift, self._limits.max_part)
        return self._read_sectors(first, -(-room // self._sector)) if room > 0 else b""


class Short(PartError):
    """A stream that is shorter than its directory says; `data` is what there is."""

    def __init__(self, data: bytes, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.data = data


def _words(data: bytes) -> array[int]:
    """Whole little-endian words of 32 bits."""
    return array("I", struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))
