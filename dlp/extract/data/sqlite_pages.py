"""SQLite's file format, read page by page: b-trees, overflow chains, records. Nothing in a database is ever run.

Every page is visited once, and what is read altogether is bounded by the file's size, whatever its pointers say.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from dlp.extract.pieces import Damaged, Window

MAGIC = b"SQLite format 3\0"
_LEAF_TABLE, _INNER_TABLE, _LEAF_INDEX, _INNER_INDEX = 0x0D, 0x05, 0x0A, 0x02
_CODECS = {1: "utf-8", 2: "utf-16-le", 3: "utf-16-be"}
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_MAX_COLUMNS = 32_767

Value = str | bytes | int | float | None
Row = tuple[int, list[Value]]
"""The rowid, 0 where there is none, and the values."""


class Pages:
    """The pages of a database, wherever they are kept: `fetch` gives one by its number, empty where there is none."""

    def __init__(self, fetch: Callable[[int], bytes], size: int, reserved: int, count: int, codec: str) -> None:
        """`size` of a page; `reserved` bytes at its end hold nothing; `count`: the highest number."""
        self._fetch = fetch
        self.usable = size - reserved
        self.count = count
        self.codec = codec
        self.seen = bytearray(count + 1)
        self.damaged = 0
        """Pages, cells and chains that could not be followed."""
        self._left = 2 * size * count + (1 << 20)
        if self.usable < 480:
            raise Damaged("SQLite: an impossible page size")

    def page(self, number: int) -> bytes:
        """Its content; empty where there is no such page, or it was visited before. It is marked as visited."""
        if not 0 < number <= self.count or self.seen[number]:
            self.damaged += 1
            return b""
        self.seen[number] = 1
        return self._fetch(number)

    def deleted(self) -> Iterator[tuple[int, Iterator[Row]]]:
        """The rows of leaves that no tree leads to, by the pages' numbers: free pages keep what stood on them."""
        for number in range(1, self.count + 1):
            if not self.seen[number] and self.is_leaf(page := self._fetch(number), 0):
                self.seen[number] = 1
                yield number, self.leaf(page, 0)

    def rows(self, root: int) -> Iterator[Row]:
        """All rows of the b-tree, in the order of its keys, as far as it holds together."""
        waiting = [root]
        while waiting:
            number = waiting.pop()
            if number < 0:  # a cell between two pages of an index
                continue
            page = self.page(number)
            if not page:
                continue
            begin = 100 if number == 1 else 0
            kind = page[begin]
            if kind in (_LEAF_TABLE, _LEAF_INDEX):
                yield from self.leaf(page, begin)
            elif kind in (_INNER_TABLE, _INNER_INDEX):
                children = []
                for at in self._cells(page, begin, 12):
                    children.append(int.from_bytes(page[at : at + 4], "big"))
                    if kind == _INNER_INDEX:
                        yield from self._cell(page, at + 4, index=True)
                children.append(int.from_bytes(page[begin + 8 : begin + 12], "big"))
                waiting += reversed(children)
            else:
                self.damaged += 1

    def leaf(self, page: bytes, begin: int) -> Iterator[Row]:
        """The rows of one leaf."""
        index = page[begin] == _LEAF_INDEX
        for at in self._cells(page, begin, 8):
            yield from self._cell(page, at, index)

    def is_leaf(self, page: bytes, begin: int) -> bool:
        """Whether it looks like a leaf of a table that has rows."""
        return len(page) > begin + 8 and page[begin] == _LEAF_TABLE and page[begin + 3 : begin + 5] != b"\0\0"

    def _cells(self, page: bytes, begin: int, header: int) -> tuple[int, ...]:
        count = int.from_bytes(page[begin + 3 : begin + 5], "big")
        room = (len(page) - begin - header) // 2
        if count > room:
            self.damaged += 1
            count = room
        return () if count <= 0 else struct.unpack_from(f">{count}H", page, begin + header)

    def _cell(self, page: bytes, at: int, index: bool) -> Iterator[Row]:
        """The row of a cell, if it is one."""
        try:
            size, at = varint(page, at)
            rowid = 0
            if not index:
                rowid, at = varint(page, at)
            yield rowid, record(self._payload(page, at, size, index), self.codec)
        except (IndexError, struct.error, Damaged):
            self.damaged += 1

    def _payload(self, page: bytes, at: int, size: int, index: bool) -> bytes:
        usable = self.usable
        most = (usable - 12) * 64 // 255 - 23 if index else usable - 35
        local = size
        if size > most:
            least = (usable - 12) * 32 // 255 - 23
            local = least + (size - least) % (usable - 4)
            if local > most:
                local = least
        self._left -= local
        if self._left < 0 or at + local > len(page):
            raise Damaged("SQLite: cells overlap, or reach outside their page")
        if local == size:
            return page[at : at + size]
        parts = [page[at : at + local]]
        following = int.from_bytes(page[at + local : at + local + 4], "big")
        rest = size - local
        while rest > 0:
            more = self.page(following)
            if not more:
                break  # what there is of the row is read all the same
            parts.append(more[4 : 4 + min(rest, usable - 4)])
            rest -= usable - 4
            following = int.from_bytes(more[:4], "big")
        return b"".join(parts)


def of_database(window: Window) -> Pages:
    """The pages of a database file. Raises Damaged."""
    head = window.at(0, 100)
    if len(head) < 100 or not head.startswith(MAGIC):
        raise Damaged("SQLite: no header")
    (size,) = struct.unpack_from(">H", head, 16)
    size = 65536 if size == 1 else size
    if size < 512 or size & (size - 1):
        raise Damaged("SQLite: an impossible page size")
    codec = _CODECS.get(head[59], "utf-8")
    count = (window.size + size - 1) // size
    return Pages(lambda number: window.at((number - 1) * size, size), size, head[20], count, codec)


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where the next thing begins. Raises IndexError."""
    byte = data[at]
    if byte < 0x80:
        return byte, at + 1
    value = byte & 0x7F
    for step in range(1, 8):
        byte = data[at + step]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + step + 1
    value = value << 8 | data[at + 8]
    return value - (1 << 64) if value >> 63 else value, at + 9


def record(data: bytes, codec: str) -> list[Value]:
    """The values of a record; those of one that is cut short, as far as they go. Raises IndexError, Damaged."""
    size, at = varint(data, 0)
    if not 0 < size <= len(data):
        raise Damaged("SQLite: no record")
    values: list[Value] = []
    place = size
    length = len(data)
    while at < size and len(values) < _MAX_COLUMNS:
        kind = data[at]
        if kind < 0x80:
            at += 1
        else:
            kind, at = varint(data, at)
        if kind >= 12:
            end = place + (kind - 12 >> 1)
            if kind & 1:
                values.append(data[place:end].decode(codec, "replace"))
            else:
                values.append(data[place:end])
        elif kind in _INTEGERS:
            end = place + _INTEGERS[kind]
            values.append(int.from_bytes(data[place:end], "big", signed=True))
        elif kind == 7:
            end = place + 8
            values.append(struct.unpack_from(">d", data, place)[0] if end <= length else None)
        elif kind in (0, 8, 9):
            end = place
            values.append(None if kind == 0 else kind - 8)
        else:
            raise Damaged("SQLite: an unknown type of value")
        place = end
        if place > length:
            if codec == "utf-8" and kind < 12:
                values.pop()
            break
    return values
