"""Strings that stand right behind a byte with their length, as in protocol buffers, class files, compiled Python, CBOR
and MessagePack. Where that byte is a letter or a digit, it sticks to the string, and a rule that asks for a word's
beginning would not see it; so these strings are read once more, without what sticks to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dlp.extract.wide import windows
from dlp.model import Mark

_SHORTEST = 16
_STICKING = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-+/=.")
"""Bytes before or behind a value that a rule may take for a part of it."""

_CLASSES = bytes(ord("p") if 0x20 <= byte < 0x7F else ord("x") for byte in range(256))
_NEEDLE = b"p" * (_SHORTEST + 1)
_RUN = re.compile(rb"[\x20-\x7e]*+")
_LONGEST = 1 << 13
"""Bytes of a run at whose beginning a length may stand: tags, lengths and strings by turns."""

_TAGS = frozenset({*range(0x22, 0x7F, 8), ord("x")})
"""What stands before a length: of a field that is a string in a protocol buffer, of a string in marshal and CBOR."""

_TAIL = 2
"""Bytes behind the last string of a run: the tag of what follows."""

_NEAR = 4096


def prefixed_strings(chunks: Iterable[bytes | bytearray | memoryview], marks: list[Mark]) -> Iterator[bytes]:
    """Each on a line, as UTF-8. A mark says near which byte they stand, of the bytes that were given."""
    written, marked, base = 0, -_NEAR, 0
    buffer = b""
    for data, last in windows(chunks):
        buffer = buffer + data if buffer else data
        out = []
        resume = len(buffer)
        for start, end in _runs(buffer):
            if end == len(buffer) and not last and end - start < _LONGEST:
                resume = start
                break
            for at, string in _strings(buffer, start, end):
                if base + at - marked >= _NEAR:
                    marked = base + at
                    marks.append(Mark(written, f"string near byte {marked}"))
                out.append(string)
                written += len(string) + 1
        if out:
            yield b"\n".join(out) + b"\n"
        if resume == len(buffer):
            resume = max(0, resume - len(_NEEDLE))
        base += resume
        buffer = buffer[resume:]


def _runs(data: bytes) -> Iterator[tuple[int, int]]:
    """Where runs of printable letters begin and end, those that may begin with a length."""
    classes = data.translate(_CLASSES)
    at = 0
    while (start := classes.find(_NEEDLE, at)) >= 0:
        match = _RUN.match(data, start)
        at = match.end() if match else start + len(_NEEDLE)
        if (
            at == len(data) or data[start] < at - start or data[start + 1] < at - start - 1
        ):  # else there is no room for so many
            yield start, at


def _strings(data: bytes, start: int, end: int) -> list[tuple[int, bytes]]:
    """The strings of a run, one behind another: each behind a length, and that perhaps behind a tag. None, unless they
    make up all of it: any letter is a length of something."""
    before = {start: (-1, 0)}
    """Places that can be reached: from where, and where that string began."""
    waiting = [start]
    while waiting:
        at = waiting.pop()
        if end - at <= _TAIL:
            return _path(data, before, at, end)
        if at - start >= _LONGEST:
            continue
        for begin in (at + 1, at + 2) if data[at] in _TAGS else (at + 1,):
            size = data[begin - 1]
            if size >= _SHORTEST and begin + size <= end and begin + size not in before:
                before[begin + size] = (at, begin)
                waiting.append(begin + size)
    return []


def _path(data: bytes, before: dict[int, tuple[int, int]], at: int, end: int) -> list[tuple[int, bytes]]:
    """The strings that lead to `at`, those to which something sticks."""
    found = []
    while before[at][0] >= 0:
        stop = at
        at, begin = before[stop]
        if data[begin - 1] in _STICKING or (stop < end and data[stop] in _STICKING):
            found.append((begin, data[begin:stop]))
    return found[::-1]
