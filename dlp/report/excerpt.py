"""Masked excerpts: enough to recognise a place by, too little to learn what stands there."""

from __future__ import annotations

import re
from typing import Final

from dlp.report.escape import BLANK, visible

LIMIT: Final = 60
"""Characters of an excerpt, when nothing else is asked for."""

_SHORTEST = 4
"""Letters a word must have for its first to be shown: `s e c r e t` and `P1 x` would stand there in full otherwise."""

_HEAD, _TAIL = 2, 1  # the excerpt's shares before and after a cut: a place is recognised by how it begins
_READ = 40  # characters read for each one shown: white space shrinks, so an excerpt may need more than its length
_SHOWS_NOTHING: Final = re.compile(r"[^\x21-\x7e\s]")
"""What may show nothing: anything but ASCII and white space is looked at."""

_PART: Final = re.compile(r"[^\s.,;:()/%\-'\"]+")
"""What is masked as one: all but the punctuation that is shown. Any other symbol may be part of a password or a sign
that says too much."""


REDACTED: Final = 85
"""Percent of a value that are hidden, when nothing else is asked for."""

_MOST_SHOWN = 4
"""Characters of a value that are shown, when nothing else is asked for: enough to tell a kind of key by its prefix."""

_MOST_DOTS = 24


def redact(value: str, percent: int = REDACTED) -> str:
    """The beginning of a value, `percent` of its characters hidden; one line, printable. 0 shows all that LONGEST
    leaves room for."""
    shown = len(value) * (100 - percent) // 100
    if percent == REDACTED:
        shown = min(shown, _MOST_SHOWN)
    dots = "•" * min(len(value) - shown, _MOST_DOTS)
    return visible(value[: min(shown, LONGEST)]) + (dots if shown <= LONGEST else "…")


LONGEST: Final = 500
"""Characters of a value that are ever shown."""


def mask(text: str, limit: int = LIMIT) -> str:
    """`text` with every letter, digit and symbol as `•`, but for the first letter of words of four or more.

    At most `limit` characters (at least 12), one line, printable; a longer text loses its middle for ` … `.
    Only its two ends are read, so a text of any length costs the same. No two letters or digits that follow one
    another in `text` ever follow one another in the answer.

    Raises `ValueError` for a smaller limit.
    """
    if limit < 12:
        raise ValueError(f"an excerpt needs 12 characters or more, not {limit}")
    reach = limit * _READ
    cut = len(text) > 2 * reach
    head = _masked(text[:reach] if cut else text)
    if not cut and len(head) <= limit:
        return head
    tail = _masked(text[-reach:]) if cut else head
    after = (limit - 3) * _TAIL // (_HEAD + _TAIL)
    before = limit - 3 - after
    return f"{_start(head, before)} … {_end(tail, after)}".strip()


def _masked(text: str) -> str:
    """One line, without the characters that show nothing."""
    return _PART.sub(_masked_part, " ".join(_SHOWS_NOTHING.sub(_shown, text).split()))


def _shown(found: re.Match[str]) -> str:
    char = found.group()
    return char if char.isprintable() and char not in BLANK else ""


def _masked_part(found: re.Match[str]) -> str:
    part = found.group()
    shown = len(part) >= _SHORTEST and part[0].isalpha() and not _holds_words(part[0])
    return part[0] + "•" * (len(part) - 1) if shown else "•" * len(part)


def _holds_words(char: str) -> bool:
    """Whether `char` is of the blocks whose single characters can stand for several letters, or a whole sentence."""
    return "\ufb00" <= char <= "\uffff"


def _start(masked: str, size: int) -> str:
    """At most `size` characters from the start, ending with a whole word where one ends there."""
    if len(masked) <= size:
        return masked
    cut = masked.rfind(" ", 0, size + 1)
    return masked[: cut if cut > 0 else size]


def _end(masked: str, size: int) -> str:
    """At most `size` characters from the end, beginning with a whole word where one begins there."""
    if len(masked) <= size:
        return masked
    cut = masked.find(" ", len(masked) - size - 1)
    return masked[cut + 1 :] if 0 <= cut < len(masked) - 1 else masked[-size:]
