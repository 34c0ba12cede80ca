"""The odds that alignment goes by, as tables of whole numbers, so that both kernels compute the same.

A passage keeps a share of a document's words (its *faith*). A word that both sides have stands in a copy with
probability p' = faith + (1 - faith) p, and without one with p = 1 - exp(-frequency * length), where `length` is how
many words the other side has. Its odds are ln(p' / p); those of a word that only one side has are ln(1 - faith). A
word that is paired beside its neighbour is seldom so by chance: its p is then nearer to the frequency alone.
"""

from __future__ import annotations

import math
from array import array
from functools import cache
from typing import NamedTuple

LEVELS = 40
"""Classes of frequency, two an octave, in units of 2^-24; the lowest stands for all below."""

LENGTHS = 32
"""Classes of length, two an octave."""

FAITHS = 32

UNIT = 16
"""Odds are given in sixteenths of a natural logarithm."""

COMMON_TEXT = 2703
"""Words of unseen text that a frequency is smoothed with; see kernel/align.c."""

_ORDINARY = (0.01, 0.01, 0.01, 0.005, 0.001, 0.0004, 0.0002, 0.0001, 0.0001)
"""How frequent a word of so many letters usually is, where nothing else is known; from 0 to 8 letters and more."""

_PRIOR = 0.3
_CHAINED = 0.0139
"""Probability that the next word, too, is the same by chance."""

_TRUST = 0.3864
"""How far that counts: 0 not at all, 1 wholly."""

_MOST_FAITH = 0.9593


class Odds(NamedTuple):
    """`single` and `chained`: i16 [faith][length][level]; `missing`: i16 [faith]; `weight`: u8 [length][level],
    hundredths; `prior`: u32 [16], words << 16 of COMMON_TEXT by rank."""

    single: array[int]
    chained: array[int]
    missing: array[int]
    weight: bytes
    prior: array[int]


@cache
def odds() -> Odds:
    """The tables; 40 ms the first time."""
    frequencies = [2 ** ((level + 2.5) / 2 - 24) for level in range(LEVELS)]
    lengths = [2 ** ((length + 0.5) / 2) for length in range(LENGTHS)]
    chances = [[min(1 - math.exp(-f * n), 0.95) for f in frequencies] for n in lengths]
    usual = [[min(f + _CHAINED, p * 0.9) for f, p in zip(frequencies, row, strict=True)] for row in chances]
    single, chained, missing = array("h"), array("h"), array("h")
    log = math.log
    logs = [[(log(p), log(u)) for p, u in zip(*rows, strict=True)] for rows in zip(chances, usual, strict=True)]
    for step in range(FAITHS):
        faith = min((step + 0.5) / FAITHS, _MOST_FAITH)
        missing.append(round(UNIT * log(1 - faith)))
        for row, log_row in zip(chances, logs, strict=True):
            for p, (log_p, log_u) in zip(row, log_row, strict=True):
                copied = log(faith + (1 - faith) * p)
                single.append(round(UNIT * (copied - log_p)))
                chained.append(round(UNIT * (copied - _TRUST * log_u - (1 - _TRUST) * log_p)))
    weight = bytes(round(100 * (1 - p)) for row in chances for p in row)
    prior = array("I", [int(COMMON_TEXT * _PRIOR * each * 65536) for each in _ORDINARY])
    prior.extend([0] * (16 - len(prior)))
    return Odds(single, chained, missing, weight, prior)
