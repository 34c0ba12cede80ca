"""Strings as PDF writes them, in objects and in what draws pages."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SIGNS = re.compile(rb"\\.|[()]", re.DOTALL)
REFERENCE = re.compile(rb"(\d{1,10})\s{1,9}\d{1,5}\s{1,9}R")
"""The number of an object that is referred to."""
SIMPLE = re.compile(rb"\(([^()\\]*+(?:\\.[^()\\]*+)*+)\)", re.DOTALL)
_HEX = re.compile(rb"(?<!<)<([0-9A-Fa-f\s]{4,65536})>")
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|\r\n|(.))", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"", b"f": b"\n", b"\n": b"", b"\r": b""}
_BETWEEN = re.compile(rb"\s{0,64}(-?\d{1,9}(?:\.\d{0,9})?)?\s{0,64}")
_MARKS = (b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le"), (b"\xef\xbb\xbf", "utf-8")
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\f\r")
_HIGH = bytes(range(127, 256))
_WIDE_GAP = -150.0
"""Thousandths of the font's size to the right: as good as a blank."""

_ZERO = re.compile(rb"(?:^|\s)[+-]?(?:0+\.?0*|\.0+)\s+$")
_FLAT = re.compile(rb"0\.?" + rb"\s++[+-]?\.?0[.0]*+" * 3 + rb"\s++\S{1,20}+\s++\S{1,20}+\s++(?:cm|Tm)\b")
"""A matrix that leaves nothing of what is drawn."""

Found = tuple[int, int, bytes]
"""Where it begins and ends, brackets included, and its bytes."""


def literals(data: bytes) -> list[Found]:
    """What stands in round brackets, brackets inside brackets as part of it. Linear, whatever `data` is."""
    if b"(" not in data:
        return []
    simple = [(match.start(), match.end(), match[1]) for match in SIMPLE.finditer(data)]
    if data.count(b"(") == len(simple) + sum(string.count(b"(") for _, _, string in simple if b"\\" in string):
        return [(start, end, unescaped(string)) for start, end, string in simple]
    found = []
    depth = start = 0
    for sign in _SIGNS.finditer(data):
        what = sign[0]
        if what == b"(":
            if not depth:
                start = sign.end()
            depth += 1
        elif what == b")" and depth:
            depth -= 1
            if not depth:
                found.append((start - 1, sign.end(), unescaped(data[start : sign.start()])))
    return found


def unescaped(data: bytes) -> bytes:
    if b"\\" not in data:
        return data
    return _ESCAPE.sub(_one, data)


def _one(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return bytes([int(match[1], 8) & 0xFF])
    sign = match[2] or b"\n"
    return _ESCAPED.get(sign, sign)


def strings(data: bytes) -> list[Found]:
    """All strings of an object, in round or angle brackets, in their order."""
    found = literals(data)
    if b"<" not in data:
        return found
    at = 0
    rest = []
    for start, end, _ in [*found, (len(data), len(data), b"")]:
        for match in _HEX.finditer(data, at, start):
            digits = b"".join(match[1].split())
            rest.append((match.start(), match.end(), bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())))
        at = end
    return sorted(found + rest) if rest else found


def text_of(string: bytes) -> str:
    """What a string says; empty for one that is no text, as keys and digests are."""
    for mark, codec in _MARKS:
        if string.startswith(mark):
            return string[len(mark) :].decode(codec, "replace")
    plain = len(string.translate(None, _CONTROLS))
    ascii_ = len(string.translate(None, _HIGH))
    noise = 16 * (len(string) - plain) > len(string) or 5 * (len(string) - ascii_) > 2 * len(string)
    return "" if noise else string.decode("latin-1")


def drawn(data: bytes) -> Iterator[str]:
    """Lines that a page's content draws: the strings of one operator are one line, as far as their font spells
    characters as they are."""
    line: list[str] = []
    before = 0
    for start, end, string in strings(data):
        between = _BETWEEN.fullmatch(data, before, start) if line else None
        if line and not between:
            yield "".join(line)
            line = []
        elif between and between[1] and float(between[1]) < _WIDE_GAP:
            line.append(" ")
        line.append(text_of(string))
        before = end
    if line:
        yield "".join(line)


def unseen(data: bytes) -> bool:
    """Whether a page's content has letters of no size or no width: pdfium does not give them."""
    # Few sizes are used, many times: what stands before each operator is looked at once.
    sizes = {part[-16:] for operator in (b"Tf", b"Tz") for part in data.split(operator)[:-1]}
    return bool(_FLAT.search(data)) or any(map(_ZERO.search, sizes))
