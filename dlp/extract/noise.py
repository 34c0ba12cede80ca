"""Whether bytes are as even as encrypted or packed ones: then no text stands in them that could be read."""

from __future__ import annotations

from collections import Counter
from typing import BinaryIO

from dlp.extract import raw

_LOW = bytes(range(128))
_LEAST = 1024
"""Bytes that can be told from chance."""


def looks_sealed(stream: BinaryIO, size: int) -> bool:
    """Whether the stream is, in its middle or half way from there to either end. 3 ms a place."""
    if size <= 2 * raw.HEAD:
        return _even_at(stream, max(0, (size - raw.HEAD) // 2))
    return any(_even_at(stream, max(0, size * quarter // 4 - raw.HEAD // 2)) for quarter in (2, 3, 1))


def _even_at(stream: BinaryIO, at: int) -> bool:
    stream.seek(at)
    return is_even(raw.read_upto(stream, raw.HEAD))


def is_even(data: bytes) -> bool:
    """Whether its bytes are spread as evenly as by chance, or nearly so: by the sum of squares that is 255 in the mean
    for noise of any length, some hundreds for packed data, and far more than the length for anything with a form."""
    if len(data) < _LEAST:
        return False
    low = len(data) - len(data.translate(None, _LOW))
    if (2 * low - len(data)) ** 2 >= (400 + len(data) / 8) * len(data):  # of two halves of the bytes the sum is less
        return False
    expected = len(data) / 256
    counts = Counter(data)
    squares = sum((counts[byte] - expected) ** 2 for byte in range(256)) / expected
    return 100 < squares < 400 + len(data) / 8  # evener than chance is what was counted out
