"""The records of Excel's binary parts (xlsb), and the strings in them.

Source: [MS-XLSB] 2.1.4 (records), 2.5.166 (XLWideString). A record that lies ends the reading; it is never trusted
with more than the part holds.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from dlp.extract.office.xml_part import Refused

_PART = re.compile(
    r"xl/(?:workbook|styles|sharedstrings\d*|comments\d*|connections|metadata|externallinks/.*|tables/.*|pivot.*/.*"
    r"|querytables/.*|threadedcomments/.*|persons/.*|slicer.*/.*|timeline.*/.*|revisions/.*|dialogsheets/.*"
    r"|chartsheets/.*|(?:work|macro)sheets/.*)\.bin"
)
_LEAST = 2
_LOOKED_AT = 24
_LONGEST = 1 << 24


def is_part(name: str) -> bool:
    """Whether a part of that (plain) name holds records; others that end in `.bin` are files of other programs."""
    return _PART.fullmatch(name) is not None and not name.rpartition("/")[2].startswith("binaryindex")


class Records:
    """Cuts a part, fed piece by piece, into records."""

    def __init__(self) -> None:
        self._left = bytearray()
        self._wanted = 1
        """Bytes that there must be for another record."""

    def feed(self, data: bytes, last: bool = False) -> Iterator[tuple[int, bytes]]:
        """The records (type, content) that are complete by now. Raises Refused for one that is cut short or longer
        than 16 MB."""
        if self._left:
            self._left += data
            if len(self._left) < self._wanted and not last:
                return
            data = bytes(self._left)
        at = 0
        size = len(data)
        self._wanted = 1
        while at < size:
            begin = at
            kind = data[at]
            at += 1
            if kind & 0x80 and at < size:
                kind = (kind & 0x7F) | (data[at] & 0x7F) << 7
                at += 1
            length = shift = 0
            ended = False
            while at < size and shift < 28 and not ended:
                length |= (data[at] & 0x7F) << shift
                ended = data[at] < 0x80
                shift += 7
                at += 1
            if length > _LONGEST or (shift == 28 and not ended):
                raise Refused("a binary record longer than any is")
            if not ended or at + length > size:
                self._wanted = at + length - begin if ended else 1
                at = begin
                break
            yield kind, data[at : at + length]
            at += length
        self._left = bytearray(data[at:])
        if last and self._left:
            raise Refused("a binary record is cut short")


def string(data: bytes, at: int) -> tuple[str, int]:
    """A string with its length in 4 bytes before it, and where it ends; "" where none can be."""
    if at + 4 > len(data):
        return "", len(data)
    (count,) = struct.unpack_from("<I", data, at)
    if count == 0xFFFFFFFF:
        return "", at + 4
    end = at + 4 + 2 * count
    if end > len(data):
        return "", len(data)
    return data[at + 4 : end].decode("utf-16-le", "replace"), end


def strings_in(data: bytes) -> list[str]:
    """Every string of two characters or more that stands in a record with its length before it, as far as it looks
    like words. Linear in the record's length."""
    found = []
    at = 0
    size = len(data)
    while at + 4 <= size:
        end = 0
        (count,) = struct.unpack_from("<I", data, at)
        if _LEAST <= count <= (size - at - 4) // 2:
            start, end = at + 4, at + 4 + 2 * count
        elif data[at] == 0x17:  # a string in a formula: its length has 2 bytes
            (count,) = struct.unpack_from("<H", data, at + 1)
            if _LEAST <= count <= (size - at - 3) // 2:
                start, end = at + 3, at + 3 + 2 * count
        if end and _is_words(data[start : min(end, start + 2 * _LOOKED_AT)]):
            found.append(data[start:end].decode("utf-16-le", "replace"))
            at = end
        else:
            at += 1
    return found


def _is_words(data: bytes) -> bool:
    text = data.decode("utf-16-le", "replace")
    return "\ufffd" not in text[:-1] and all(each.isprintable() or each in "\t\r\n" for each in text)
