"""How often something stands in program code: what is found often is nothing to go by.

`grams.bin` has each four bytes that stand at least LEAST times in a megabyte of public source code, in lower case:
packed by zlib, five bytes each, in ascending order: the four, and STEPS times the logarithm (base 2) of how often.
`rules/make_grams.py` makes it.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Collection
from importlib.resources import files
from typing import Final

LEAST: Final = 8
"""Times in a megabyte."""

STEPS: Final = 4

_UNKNOWN: Final = LEAST / 4
"""What four bytes count that are not in the table."""

_SHORT: Final = (0.0, 1e6, 3000.0, 12.0)
"""What pieces of one, two and three bytes count besides."""


@functools.lru_cache(maxsize=100_000)
def rate(literal: bytes) -> float:
    """How often a literal in lower case stands in a megabyte of program code, at most: about. Where it is long, it is
    rarer than its rarest four bytes."""
    known = _rates()
    if len(literal) < 4:
        return known.get(literal, 0.0) + _SHORT[len(literal)]
    least = min(known.get(literal[at : at + 4], _UNKNOWN) for at in range(len(literal) - 3))
    return least * 4 / len(literal)


def rates(literals: Collection[bytes]) -> float:
    """The same of any of several."""
    return sum(map(rate, literals))


def rarest(literal: bytes) -> int:
    """Where in a literal its rarest four bytes begin; one of many such, the first."""
    places = range(max(min(len(literal) - 3, 250), 1))
    return min(places, key=lambda at: rate(literal[at : at + 4]))


@functools.cache
def _rates() -> dict[bytes, float]:
    """Of four bytes, and of what such begin with."""
    packed = zlib.decompress(files("dlp.rule").joinpath("grams.bin").read_bytes())
    made: dict[bytes, float] = {}
    for at in range(0, len(packed), 5):
        gram, often = packed[at : at + 4], 2 ** (packed[at + 4] / STEPS)
        made[gram] = often
        for size in (1, 2, 3):
            made[gram[:size]] = made.get(gram[:size], 0.0) + often
    return made
