"""The algorithms of check digits, for values of digits and letters. Nothing here knows whose number it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import cycle, pairwise
from typing import Final

LONGEST: Final = 256
"""Characters of a value that is looked at; no number is that long."""

_SEPARATORS: Final = dict.fromkeys(map(ord, " \t\n\r-./()\u00a0\u2010\u2011\u2013\u202f"))

ALPHANUMERIC: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def compact(value: str) -> str:
    """Without the signs that people write between groups, in capitals; empty if it is too long for a number."""
    return value.translate(_SEPARATORS).upper() if len(value) <= LONGEST else ""


def digits(value: str, *lengths: int) -> list[int]:
    """The digits of a value that has nothing else but separators; none where it has others or not as many as one of
    `lengths`."""
    bare = compact(value)
    if not bare.isascii() or not bare.isdigit() or (lengths and len(bare) not in lengths):
        return []
    return [ord(each) - 48 for each in bare]


def shaped(value: str, pattern: re.Pattern[str]) -> str:
    """The compacted value if it has the shape, else nothing."""
    bare = compact(value)
    return bare if bare.replace("Ñ", "").isascii() and pattern.fullmatch(bare) else ""


def number(values: Sequence[int]) -> int:
    """What the digits say."""
    total = 0
    for each in values:
        total = 10 * total + each
    return total


def dotted(values: Sequence[int], weights: Sequence[int]) -> int:
    """The sum of products; weights begin anew where there are too few."""
    return sum(value * weight for value, weight in zip(values, cycle(weights), strict=False))


def flat(values: Sequence[int]) -> bool:
    """One digit again and again."""
    return len(set(values)) <= 1


def not_dull(value: str) -> bool:
    """Not one digit again and again, nor counting up or down."""
    found = digits(value)
    return len(found) > 1 and not dull(found)


def dull(values: Sequence[int]) -> bool:
    """One digit again and again, or counting up or down: passes many a checksum and is nobody's number."""
    steps = {(after - before) % 10 for before, after in pairwise(values)}
    return len(steps) <= 1 and steps <= {0, 1, 9}


def real_date(year: int, month: int, day: int) -> bool:
    """Whether the calendar has it, within what somebody alive or their parents were born in."""
    try:
        return date(1850, 1, 1) <= date(year, month, day) <= date(2099, 12, 31)
    except ValueError:
        return False


def two_digit_date(year: int, month: int, day: int) -> bool:
    """A date whose century is not known: 29 February passes if one of them has it."""
    return real_date(1900 + year, month, day) or real_date(2000 + year, month, day)


def luhn_sum(values: Sequence[int]) -> int:
    """ISO/IEC 7812-1, annex B; 0 modulo 10 where the check digit is right."""
    total = 0
    for place, each in enumerate(reversed(values)):
        total += each if place % 2 == 0 else 2 * each - 9 if each > 4 else 2 * each
    return total


def luhn(value: str) -> bool:
    """Digits with a check digit by ISO/IEC 7812-1, annex B (Luhn)."""
    found = digits(value)
    return len(found) > 1 and any(found) and luhn_sum(found) % 10 == 0


def mod97(value: str) -> bool:
    """Letters and digits that leave 1, by ISO/IEC 7064, MOD 97-10; letters count from 10."""
    bare = compact(value)
    return len(bare) > 2 and bare.isascii() and bare.isalnum() and remainder(bare, 97) == 1


def remainder(bare: str, modulus: int) -> int:
    """Of the number that letters and digits make, letters counting from 10 and taking two places."""
    return int("".join(str(ALPHANUMERIC.index(each)) for each in bare)) % modulus


def iso7064_hybrid(values: Sequence[int], modulus: int) -> bool:
    """ISO/IEC 7064, hybrid systems: MOD 11,10 with `modulus` 10, MOD 37,36 with 36. The last value checks."""
    product = modulus
    for each in values[:-1]:
        product = (product + each) % modulus or modulus
        product = product * 2 % (modulus + 1)
    return len(values) > 1 and (product + values[-1]) % modulus == 1


def mod11_10(value: str) -> bool:
    """Digits with a check digit by ISO/IEC 7064, MOD 11,10."""
    return iso7064_hybrid(digits(value), 10)


def mod37_36(value: str) -> bool:
    """Letters and digits with a check character by ISO/IEC 7064, MOD 37,36."""
    bare = compact(value)
    return bool(bare) and bare.isascii() and bare.isalnum() and iso7064_hybrid(list(map(ALPHANUMERIC.index, bare)), 36)


def mod11_2(value: str) -> bool:
    """Digits with a check character, 0 to 9 or X, by ISO/IEC 7064, MOD 11-2."""
    bare = compact(value)
    body, last = bare[:-1], bare[-1:]
    if not body.isascii() or not body.isdigit() or last not in "0123456789X":
        return False
    total = 0
    for each in body:
        total = (total + int(each)) * 2 % 11
    return (total + "0123456789X".index(last)) % 11 == 1


_TURNS: Final = tuple(
    tuple(
        (j + k) % 5 if j < 5 and k < 5 else 5 + (j + k) % 5 if j < 5 else 5 + (j - k) % 5 if k < 5 else (j - k) % 5
        for k in range(10)
    )
    for j in range(10)
)
"""Turns and mirrorings of a pentagon, one after another."""

_STEP: Final = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _permuted(times: int, value: int) -> int:
    for _ in range(times):
        value = _STEP[value]
    return value


_PERMUTATIONS: Final = tuple(tuple(_permuted(times, value) for value in range(10)) for times in range(8))


def verhoeff_sum(values: Sequence[int]) -> int:
    """0 where the last digit is right."""
    total = 0
    for place, each in enumerate(reversed(values)):
        total = _TURNS[total][_PERMUTATIONS[place % 8][each]]
    return total


def verhoeff(value: str) -> bool:
    """Digits with a check digit by J. Verhoeff, Error Detecting Decimal Codes (1969)."""
    found = digits(value)
    return len(found) > 1 and any(found) and verhoeff_sum(found) == 0


_QUASIGROUP: Final = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip


def damm(value: str) -> bool:
    """Digits with a check digit by H. M. Damm, Total anti-symmetrische Quasigruppen (2004)."""
    found = digits(value)
    at = 0
    for each in found:
        at = int(_QUASIGROUP[at][each])
    return len(found) > 1 and any(found) and at == 0


def ean(values: Sequence[int]) -> bool:
    """GS1 General Specifications, 7.9: weights 3 and 1 from the right."""
    return bool(values) and dotted(values[::-1], (1, 3)) % 10 == 0


def icao731(bare: str) -> int:
    """The check digit of ICAO Doc 9303-3, 4.9: weights 7, 3, 1; `<` counts 0, letters from 10."""
    return dotted([0 if each == "<" else ALPHANUMERIC.index(each) for each in bare], (7, 3, 1)) % 10


VALIDATORS: Final[Mapping[str, Callable[[str], bool]]] = {
    "luhn": luhn,
    "mod97": mod97,
    "mod11-10": mod11_10,
    "mod37-36": mod37_36,
    "mod11-2": mod11_2,
    "verhoeff": verhoeff,
    "damm": damm,
    "not-dull": not_dull,
}
