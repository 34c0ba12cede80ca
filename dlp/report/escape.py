"""Making others' text safe to write: names, details and excerpts come from whoever wrote the scanned files."""

from __future__ import annotations

import re
from typing import Final


def encodable(text: str) -> str:
    """`text` without lone surrogates, so that UTF-8 can hold it.

    One that stands for a byte of an undecodable name (U+DC80 to U+DCFF) becomes `\\xNN`, as in
    provenances; any other becomes `\\uNNNN`. Everything else is kept.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(_surrogate(c) if "\ud800" <= c <= "\udfff" else c for c in text)
    return text


def _surrogate(char: str) -> str:
    code = ord(char)
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


# `str.isprintable` already refuses controls, formats (bidi, zero-width, tags), surrogates, unassigned and private
# characters, and every space but one. These pass it and are shown as nothing, or as a space.
BLANK: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
_SIMPLE: Final = re.compile(r"[ -~\xa1-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e]*")
"""Printable, one column each and no marks: letters of Latin and punctuation. Nearly every text is, and is told fast."""

_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_MARKS = 2  # two marks on a letter are writing (Vietnamese, Hebrew); more can paint over the lines around


def visible(text: str) -> str:
    """`text` as one printable line: what could move, hide or reorder what a terminal shows is escaped.

    Backslashes are kept as they are: this is for reading, and Windows' paths are full of them. Formats
    for programs hold the exact text.
    """
    if _SIMPLE.fullmatch(text):
        return text
    from unicodedata import category

    parts: list[str] = []
    marks = _MARKS  # a mark at the very start would sit on whatever the report wrote before it
    for char in text:
        if not char.isprintable() or char in BLANK:
            parts.append(_escaped(char))
            marks = 0
        elif category(char) in ("Mn", "Me"):
            marks += 1
            parts.append(char if marks <= _MARKS else _escaped(char))
        else:
            parts.append(char)
            marks = 0
    return "".join(parts)


def _escaped(char: str) -> str:
    code = ord(char)
    if char in _SHORT:
        return _SHORT[char]
    if code < 0x80:
        return f"\\x{code:02x}"
    if "\ud800" <= char <= "\udfff":
        return _surrogate(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def cut(text: str, length: int) -> str:
    """`text` in at most `length` characters (at least 1), its end cut for `…`."""
    return text if len(text) <= length else text[: length - 1] + "…"


def columns(text: str) -> int:
    """How many columns of a terminal `text` takes; it must be `visible`."""
    if _SIMPLE.fullmatch(text):
        return len(text)
    return sum(map(_columns, text))


def _columns(char: str) -> int:
    from unicodedata import category, east_asian_width

    if category(char) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(char) in ("W", "F") else 1


def clip(text: str, width: int) -> str:
    """`text` in at most `width` columns (at least 1), its middle cut for `…`: of a path, both ends tell most."""
    if columns(text) <= width:
        return text
    left = (width - 1) // 2
    return _fitting(text, left) + "…" + _fitting(text[::-1], width - 1 - left)[::-1]


def clip_end(text: str, width: int) -> str:
    """`text` in at most `width` columns (at least 1), its end cut for `…`."""
    return text if columns(text) <= width else _fitting(text, width - 1) + "…"


def _fitting(text: str, width: int) -> str:
    """The longest start of `text` that takes at most `width` columns."""
    taken = 0
    for at, char in enumerate(text):
        taken += _columns(char)
        if taken > width:
            return text[:at]
    return text
