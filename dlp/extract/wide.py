"""Strings of UTF-16 and UTF-32 inside other bytes: what programs, registry hives, shortcuts and databases of Windows
and Java keep their text in.

The bytes are mapped to classes first, so that what begins a string is a literal that `find` looks for at gigabytes a
second; only where it is found does an expression run. 250 MB/s of programs, 400 of noise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dlp.model import Mark

WINDOW = 1 << 18
"""Bytes looked at at a time: they and their classes stay in the second-level cache."""

_LONGEST = 1 << 18
"""Bytes of one string that are waited for; a longer one is passed on in pieces."""

_NEAR = 4096
"""Bytes that one mark speaks for."""

_PRINTABLE = frozenset({9, 10, 13, *range(0x20, 0x7F), *range(0xA0, 0xFF)})


def _classes(**members: Iterable[int]) -> bytes:
    table = bytearray(b"x" * 256)
    for letter, values in members.items():
        for value in values:
            table[value] = ord(letter)
    return bytes(table)


_LATIN = _classes(p=(9, 10, 13, *range(0x20, 0x7F)), o=(0,))
_HIGH = _classes(g=(*range(3, 7), *range(9, 15)), c=(0x30, *range(0x4E, 0xA0)), k=range(0xAC, 0xD8))
"""The high bytes of alphabets from Greek to those of India and around, of ideographs and kana, of Hangul."""

_NARROW_NEEDLE = b"popopopopo"
_UTF32_NEEDLE = b"pooopooopooopooopooo"
_SCRIPT_NEEDLES = (b"g" * 5, b"c" * 14, b"k" * 6)
_NARROW_RUN = re.compile(rb"(?:[\t\n\r\x20-\x7e\xa0-\xfe]\x00|[\x10-\x27\x30-\x3a\xac]\x20)*+", re.DOTALL)
_UTF32_RUN = re.compile(rb"(?:[\t\n\r\x20-\x7e\xa0-\xfe]\x00\x00\x00|.[\x01-\x06\x20]\x00\x00)*+", re.DOTALL)
_LITTLE_RUN = re.compile(
    rb"(?:[\t\n\r\x20-\x7e\xa0-\xfe]\x00|.[\x03-\x06\x09-\x0e\x20\x30\x4e-\x9f\xac-\xd7\xff])*+", re.DOTALL
)
_BIG_RUN = re.compile(
    rb"(?:\x00[\t\n\r\x20-\x7e\xa0-\xfe]|[\x03-\x06\x09-\x0e\x20\x30\x4e-\x9f\xac-\xd7\xff].)*+", re.DOTALL
)
_ASCII_RUN = re.compile(rb"[\t\n\r\x20-\x7e]*+")

_Found = tuple[int, int, str, int]
"""A string: where it begins and ends in the window, its words, and the parity of its letters' low bytes; -1 for strings
of UTF-32, which nothing else overlaps."""


def wide_strings(chunks: Iterable[bytes | bytearray | memoryview], marks: list[Mark]) -> Iterator[bytes]:
    """The strings, each on a line, as UTF-8. A mark says near which byte they stand, of the bytes that were given."""
    written = 0
    marked = -_NEAR
    buffer = b""
    base = 0
    """Where the window begins: always even, so that parity tells byte orders apart."""
    resume = 0
    for data, last in windows(chunks):
        buffer = buffer + data if buffer else data
        found, open_from = _search(buffer, base, resume, last)
        out = []
        for start, _, words, _ in found:
            at = base + start
            if at - marked >= _NEAR:
                marked = at - at % _NEAR
                marks.append(Mark(written, f"UTF-16 text near byte {at}"))
            out.append(words)
            written += len(words) + 1
        if out:
            yield ("\n".join(out) + "\n").encode("utf-8", "replace")
        keep = max(0, open_from - 2) & ~1
        resume = open_from - keep
        base += keep
        buffer = buffer[keep:]


def windows(chunks: Iterable[bytes | bytearray | memoryview]) -> Iterator[tuple[bytes, bool]]:
    """The bytes in pieces of at least `WINDOW`, and whether it is the last one; an empty one may be the last."""
    parts: list[bytes] = []
    have = 0
    for chunk in chunks:
        parts.append(bytes(chunk))
        have += len(chunk)
        if have >= WINDOW:
            yield b"".join(parts), False
            parts.clear()
            have = 0
    yield b"".join(parts), True


def _search(data: bytes, base: int, resume: int, last: bool) -> tuple[list[_Found], int]:
    """The strings in `data` from `resume` on, and from where on `data` must be looked at again with what follows."""
    end = len(data)
    classes = data.translate(_LATIN)
    found = list(_narrow(data, classes, base, resume))
    found += _four_bytes(data, classes, resume)
    found += _scripts(data, resume)
    found.sort(key=lambda each: (each[0], -each[1]))
    open_from = end if last else max(resume, end - 64)
    kept: list[_Found] = []
    for each in found:
        if kept and each[0] < kept[-1][1] and each[3] == kept[-1][3]:  # letters of Latin inside another script
            if each[1] - each[0] > kept[-1][1] - kept[-1][0]:
                kept[-1] = each
            continue
        kept.append(each)
    if not last:
        while kept and kept[-1][1] >= end - 4 and end - kept[-1][0] < _LONGEST:
            open_from = min(open_from, kept.pop()[0])
        if kept:
            open_from = max(open_from, kept[-1][1])
    return kept, open_from


def _narrow(data: bytes, classes: bytes, base: int, resume: int) -> Iterator[_Found]:
    """Strings of Latin letters in UTF-16: a zero stands behind each letter, or, shifted by one, before it."""
    end = len(data)
    at = resume
    while (hit := classes.find(_NARROW_NEEDLE, at)) >= 0:
        start = hit
        while start - 2 >= at and data[start - 1] == 0 and data[start - 2] in _PRINTABLE:
            start -= 2
        match = _NARROW_RUN.match(data, start)
        stop = match.end() if match else hit + len(_NARROW_NEEDLE)
        big = start > 0 and data[start - 1] == 0 and stop < end and data[stop] in _PRINTABLE and (base + start) % 2 == 1
        # A letter behind the last zero is the string's last one in big-endian order, and somebody else's in the other.
        words = data[start - 1 : stop + 1].decode("utf-16-be", "replace") if big else ""
        yield start, stop, words or data[start:stop].decode("utf-16-le", "replace"), start % 2
        at = stop


def _four_bytes(data: bytes, classes: bytes, resume: int) -> Iterator[_Found]:
    at = resume
    while (hit := classes.find(_UTF32_NEEDLE, at)) >= 0:
        start = hit
        while start - 4 >= at and data[start - 3 : start] == b"\0\0\0" and data[start - 4] in _PRINTABLE:
            start -= 4
        match = _UTF32_RUN.match(data, start)
        stop = match.end() if match else hit + len(_UTF32_NEEDLE)
        words = data[start:stop].decode("utf-32-le", "replace")
        if start >= 3 and data[start - 3 : start] == b"\0\0\0" and data[stop : stop + 1] and start % 4 == 3:
            words += chr(data[stop]) if data[stop] in _PRINTABLE else ""  # big-endian, shifted by three
        yield start, stop, words, -1
        at = stop


def _scripts(data: bytes, resume: int) -> Iterator[_Found]:
    """Strings of other scripts: high bytes of one script stand in a row in every second byte."""
    for parity in (0, 1):
        high = data[parity::2].translate(_HIGH)
        for needle in _SCRIPT_NEEDLES:
            yield from _of_script(data, high, needle, parity, resume)


def _of_script(data: bytes, high: bytes, needle: bytes, parity: int, resume: int) -> Iterator[_Found]:
    """Nothing but where it stands tells the order of such a string: it is taken for one that begins at an even byte."""
    run, codec = (_LITTLE_RUN, "utf-16-le") if parity else (_BIG_RUN, "utf-16-be")
    place = (resume + 1) // 2
    while (hit := high.find(needle, place)) >= 0:
        start = 2 * hit
        plain = _ASCII_RUN.match(data, start + 2)
        if plain and plain.end() - start >= 2 * len(needle) - 2:  # letters of ASCII are bytes of ideographs, too
            place = max(hit + 1, plain.end() // 2)
            continue
        while start - 2 >= 2 * place and (before := run.match(data, start - 2, start)) and before.end() == start:
            start -= 2
        match = run.match(data, start)
        stop = max(match.end() if match else 0, 2 * hit + 2)
        yield start, stop, data[start:stop].decode(codec, "replace"), 1 - parity
        place = stop // 2
