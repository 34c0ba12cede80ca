"""Whether a value was drawn by a machine: by its characters, and by how letters follow one another in it.

For each two letters the table has how often the second follows the first in the words and identifiers of public source
code, in half bits above chance: `m` is as often as chance has it, each letter further half a bit more. Counted over
6,000 files of widely used packages.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise
from typing import Final

_TABLE: Final = (
    "fmonehlalcipmpamaporkjgikfqjjipfgcokgrhhpjdnohpcbakapdkfpeepmannhcrganjpmbbaiaoijmsjifrhekijoialnimfefib"
    "mhopkkkdhdemmphlirqnekhmgcpeihpoeasadnhhqeenklndadlaohfgrhmnpaamlnmiapnjnebcherhffsadapaghjiqganlnkaaaka"
    "mkommlmacaenmrplclopelajakqcbdrfdcncfebkqggcqfqdfedbmjiktgkeqccmilkhdjqkmdlahapiglrheeqaepfephaemmmhcana"
    "rlfhrdfapdgjmgpqadljmaeahaodoppkqgneihgkmgafpqkkabgbjjmmgjkcjfjnnrmnaqmmnkmhddqcgiqgfknagpffpnaqmoledaka"
    "ibigifcabbanihggfkkjvafecepgklsikdpajimkphalonkjfalamcnhrifnpajkjhmnghoroeifkapekgrgfnrabjgeoiaonmlehdmb"
    "mnmmmilamaaonqhnapppecagaaraggtahdqaahkfmhahjfegbagaradjqefoqaiifopfaoogcajgaangpiqjcipfgjlagqbgireeamld"
    "mlmjoijcnaenoomrbjqnggkaiipedjtddeoabkiipbdchdjbdbko"
)
_CHANCE: Final = ord("m")
_RUNS: Final = re.compile("[a-z]{2,}")
_FEWEST: Final = 4
"""Pairs of letters that say something."""


def wordiness(value: str) -> float:
    """Bits a pair of letters above chance: words and identifiers have about 1.2, drawn letters about -2; 0 where there
    are too few pairs to tell."""
    total = count = 0
    for run in _RUNS.findall(value.lower()):
        codes = [ord(char) - 97 for char in run]
        count += len(codes) - 1
        total += sum(ord(_TABLE[26 * one + other]) - _CHANCE for one, other in pairwise(codes))
    return total / 2 / count if count >= _FEWEST else 0.0


def entropy(value: str | bytes) -> float:
    """Shannon's, in bits a character."""
    size = len(value)
    return -sum(count / size * math.log2(count / size) for count in Counter(value).values()) if size else 0.0
