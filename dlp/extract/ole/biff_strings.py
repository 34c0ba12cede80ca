"""Strings of a workbook before xlsx: lengths, letters of one or two bytes, and the cuts between records.

A string that goes on in a further record says there anew how wide its letters are.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator


class Pieces:
    """Reads strings across the bodies of a record and of those that continue it."""

    def __init__(self, parts: list[bytes], at: int) -> None:
        self._parts = parts
        self._part = 0
        self._at = at

    def at_end(self) -> bool:
        while self._part < len(self._parts) and self._at >= len(self._parts[self._part]):
            self._part += 1
            self._at = 0
        return self._part >= len(self._parts)

    def take(self, size: int) -> bytes:
        """The next bytes, across cuts. Raises IndexError where there are not so many."""
        part = self._parts[self._part] if self._part < len(self._parts) else b""
        if self._at + size <= len(part):
            self._at += size
            return part[self._at - size : self._at]
        taken = b""
        while len(taken) < size:
            if self.at_end():
                raise IndexError("cut short")
            more = self._parts[self._part][self._at : self._at + size - len(taken)]
            self._at += len(more)
            taken += more
        return taken

    def letters(self, count: int, wide: int) -> str:
        """`count` letters. Raises IndexError where there are not so many."""
        text = []
        while count > 0:
            if self._part < len(self._parts) and self._at >= len(self._parts[self._part]):
                if self.at_end():
                    raise IndexError("cut short")
                wide = self._parts[self._part][0] & 1
                self._at = 1
            if self._part >= len(self._parts):
                raise IndexError("cut short")
            run = self._parts[self._part][self._at : self._at + (count << wide)]
            if wide and len(run) % 2 and len(run) < count << wide:  # half a letter before a cut: a broken file
                run = run[:-1]
                self._at += 1
            self._at += len(run)
            count -= len(run) >> wide
            text.append(run.decode("utf-16-le" if wide else "latin-1", "replace"))
        return "".join(text)

    def rich_string(self) -> str:
        """A string of the shared table, with the phonetic one that may stand behind it."""
        count, flags = struct.unpack("<HB", self.take(3))
        runs = struct.unpack("<H", self.take(2))[0] if flags & 8 else 0
        extra = struct.unpack("<I", self.take(4))[0] if flags & 4 else 0
        text = self.letters(count, flags & 1)
        self.take(4 * runs)
        if extra:
            phonetic = self.take(extra)
            sound = phonetic[14:].decode("utf-16-le", "ignore").rstrip("\0") if extra > 14 else ""
            if sound.isprintable() and sound:
                text += "\n" + sound
        return text


def long_string(parts: list[bytes], at: int) -> str:
    """A string of BIFF8 whose length has two bytes."""
    pieces = Pieces(parts, at)
    count, flags = struct.unpack("<HB", pieces.take(3))
    if flags & 8:
        pieces.take(2)
    if flags & 4:
        pieces.take(4)
    return pieces.letters(count, flags & 1)


def short_string(body: bytes, at: int, count: int | None = None) -> tuple[str, int]:
    """A string of BIFF8 whose length, unless given, has one byte; and where it ends."""
    if count is None:
        count = body[at]
        at += 1
    wide = body[at] & 1
    end = at + 1 + (count << wide)
    if end > len(body):
        raise IndexError("cut short")
    return body[at + 1 : end].decode("utf-16-le" if wide else "latin-1", "replace"), end


def byte_string(parts: list[bytes], at: int, width: int, codec: str) -> str:
    """A string of BIFF5, whose length has `width` bytes."""
    pieces = Pieces(parts, at)
    count = int.from_bytes(pieces.take(width), "little")
    return pieces.take(count).decode(codec, "replace")


def literals(formula: bytes, wide: bool, codec: str) -> Iterator[str]:
    """Strings that stand in a formula. Its tokens are not followed: a string is known by its head and its letters."""
    at = formula.find(b"\x17")
    while 0 <= at < len(formula) - 2:
        count = formula[at + 1]
        begins = at + (3 if wide else 2)
        double = wide and formula[at + 2] == 1
        run = formula[begins : begins + count * (2 if double else 1)]
        if count > 1 and len(run) == count * (2 if double else 1) and (not wide or formula[at + 2] < 2):
            text = run.decode("utf-16-le" if double else "latin-1" if wide else codec, "replace")
            if text.isprintable():
                yield text
                at += len(run)
        at = formula.find(b"\x17", at + 1)
