"""The archives of Pages, Numbers and Keynote (`.iwa`): blocks of Snappy, and in them messages of Protocol Buffers,
whose fields that are words are told. Numbers and dates of tables are told, too.

Nobody publishes the messages' meaning; a field is taken for words when it is UTF-8 without control characters, and
else for a message of its own. Sources: Snappy's format_description.txt, Protocol Buffers' encoding; which fields of
a table's rows hold cells is known from files.
"""

from __future__ import annotations

import datetime
import struct
from collections.abc import Iterator

from dlp.extract.marking import Marker
from dlp.extract.office.xml_part import Refused

_BLOCK = 1 << 24
_HEADER = 1 << 20
_MESSAGE = 64 << 20
_DEPTH = 60
_TILE = 6002
"""The type of a message that holds rows of a table."""

_EPOCH = datetime.datetime(2001, 1, 1)


class IwaReader:
    """Reads one archive: one line for each field of words, all with one place."""

    piece = 1 << 16

    def __init__(self, place: str) -> None:
        self._place = place
        self._packed = bytearray()
        self._plain = bytearray()
        self._wanted: list[tuple[int, int]] = []
        """Type and length of the messages that come next, the next one last."""
        self._lines: list[tuple[str, str]] = []

    def feed(self, data: bytes, last: bool = False) -> None:
        """Raises Refused for what is no such archive, or is cut short."""
        packed = self._packed
        packed += data
        at = 0
        while at + 4 <= len(packed):
            length = int.from_bytes(packed[at + 1 : at + 4], "little")
            if packed[at]:
                raise Refused("no block of an iWork archive")
            if at + 4 + length > len(packed):
                break
            self._plain += unsnap(bytes(packed[at + 4 : at + 4 + length]))
            at += 4 + length
            self._messages()
        del packed[:at]
        if last and (self._packed or self._plain or self._wanted):
            raise Refused("an iWork archive is cut short")

    def finish(self) -> None:
        """What is left of a broken archive is read as one message."""
        if self._plain:
            self._told(bytes(self._plain), 0)
            self._plain.clear()

    def take(self, marker: Marker) -> bytes:
        return marker.taken(self._lines)

    def _messages(self) -> None:
        """Reads the messages that are complete by now: a header that names their types and lengths, then they."""
        plain = self._plain
        at = 0
        while self._wanted or at < len(plain):
            if self._wanted:
                kind, length = self._wanted[-1]
                if length > _MESSAGE:
                    raise Refused("a message longer than any is")
                if at + length > len(plain):
                    break
                self._told(bytes(plain[at : at + length]), kind)
                self._wanted.pop()
                at += length
                continue
            length, begins = _number(plain, at)
            if length > _HEADER:
                raise Refused("a header longer than any is")
            if begins < 0 or begins + length > len(plain):
                break
            self._wanted = [
                _header(value)
                for number, value in _fields(bytes(plain[begins : begins + length]))
                if number == 2 and isinstance(value, bytes)
            ][::-1]
            at = begins + length
        del plain[:at]

    def _told(self, message: bytes, kind: int) -> None:
        if kind == _TILE:
            for text in _rows(message):
                self._lines.append((self._place, text))
        for text in _words(message):
            self._lines.append((self._place, text))


def unsnap(data: bytes) -> bytearray:
    """A block of Snappy, unpacked. Raises Refused where it is damaged or unpacks to more than 16 MB."""
    length, at = _number(data, 0)
    if at < 0 or length > _BLOCK:
        raise Refused("a Snappy block of impossible length")
    out = bytearray()
    size = len(data)
    while at < size:
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            count = tag >> 2
            if count >= 60:
                more = count - 59
                count = int.from_bytes(data[at : at + more], "little")
                at += more
            count += 1
            if at + count > size:
                raise Refused("a Snappy block is cut short")
            out += data[at : at + count]
            at += count
        else:
            if tag & 3 == 1:
                count = (tag >> 2 & 7) + 4
                back = (tag >> 5) << 8 | (data[at] if at < size else 0)
                at += 1
            else:
                count = (tag >> 2) + 1
                width = 2 if tag & 3 == 2 else 4
                back = int.from_bytes(data[at : at + width], "little")
                at += width
            start = len(out) - back
            if back == 0 or start < 0:
                raise Refused("a Snappy block points before its beginning")
            if back >= count:
                out += out[start : start + count]
            else:
                out += (out[start:] * (count // back + 1))[:count]
        if len(out) > length:
            raise Refused("a Snappy block is longer than it says")
    return out


def _number(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """A variable-length number and where it ends; -1 for one that is cut short."""
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    return value, -1


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message, as far as they are right; a field that is none has the number -1."""
    at = 0
    size = len(data)
    while at < size:
        key, at = _number(data, at)
        kind = key & 7
        if at < 0 or key < 8:
            break
        if kind == 0:
            value, at = _number(data, at)
            if at < 0:
                break
            yield key >> 3, value
        elif kind in (1, 5):
            width = 8 if kind == 1 else 4
            if at + width > size:
                break
            yield key >> 3, data[at : at + width]
            at += width
        elif kind == 2:
            length, at = _number(data, at)
            if at < 0 or at + length > size:
                break
            yield key >> 3, data[at : at + length]
            at += length
        else:
            break
    else:
        return
    yield -1, 0


def _header(data: bytes) -> tuple[int, int]:
    """Type and length of a message."""
    values = dict(_fields(data))
    kind, length = values.get(1), values.get(3)
    return (kind if isinstance(kind, int) else 0), (length if isinstance(length, int) else 0)


def _words(message: bytes) -> Iterator[str]:
    """All words in a message and in the messages in it, in their order."""
    stack = [_fields(message)]
    while stack:
        field = next(stack[-1], None)
        if field is None:
            stack.pop()
            continue
        value = field[1]
        if not isinstance(value, bytes) or len(value) < 2:
            continue
        text = _text(value)
        if text is not None:
            yield text
        elif len(stack) < _DEPTH:
            stack.append(_fields(value))


def _text(value: bytes) -> str | None:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    if text.isprintable():
        return text
    for each in text:
        if not each.isprintable() and each not in "\n\r\t\u2028\u2029\u00a0\u00ad\ufeff\ufffc\u200b\u0004\u0005\u000e":
            return None
    return None if text[0] in "\n\x12\x1a" and len(text) > 1 and len(value) == 2 + value[1] else text


def _rows(tile: bytes) -> Iterator[str]:
    """The numbers and dates in a tile's rows, a row a line."""
    for number, row in _fields(tile):
        if number != 5 or not isinstance(row, bytes):
            continue
        parts = dict(_fields(row))
        cells, offsets = parts.get(6, parts.get(3)), parts.get(7, parts.get(4))  # the second are of before 2015
        if not isinstance(cells, bytes) or not isinstance(offsets, bytes):
            continue
        scale = 4 if parts.get(8) else 1
        places = struct.unpack_from(f"<{len(offsets) // 2}H", offsets)
        told = [text for at in places if at != 0xFFFF and (text := _cell(cells, at * scale))]
        if told:
            yield "\t".join(told)


def _cell(cells: bytes, at: int) -> str:
    """The value of a cell: a decimal, a double or a date. Words stand in lists of their own."""
    if at + 12 > len(cells):
        return ""
    kind = cells[at]
    (flags,) = struct.unpack_from("<I", cells, at + (8 if kind == 5 else 4))
    at += 12
    if kind == 5:
        if flags & 1 and at + 16 <= len(cells):
            return _decimal(cells[at : at + 16])
        number, date = 2, 4
    elif kind in (3, 4):
        at += 4 * (flags & 0xD9E).bit_count()
        number, date = 0x20, 0x40
    else:
        return ""
    if not flags & (number | date) or at + 8 > len(cells):
        return ""
    (value,) = struct.unpack_from("<d", cells, at)
    if flags & number:
        return f"{value:.15g}"
    return f"{_EPOCH + datetime.timedelta(seconds=value):%Y-%m-%d %H:%M:%S}" if abs(value) < 6e10 else ""


def _decimal(data: bytes) -> str:
    """A decimal of 128 bits."""
    exponent = ((data[15] & 0x7F) << 7 | data[14] >> 1) - 0x1820
    digits = int.from_bytes(data[:14], "little") | (data[14] & 1) << 112
    sign = "-" if data[15] & 0x80 else ""
    if 0 <= exponent < 40:
        return f"{sign}{digits * 10**exponent}"
    if -40 < exponent < 0:
        whole, part = divmod(digits, 10**-exponent)
        return f"{sign}{whole}.{part:0{-exponent}}".rstrip("0").rstrip(".")
    return f"{sign}{digits}e{exponent}"
