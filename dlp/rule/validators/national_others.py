"""Identifiers of persons in the Middle East, Africa and Oceania."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from dlp.rule.validators.checksums import (
    digits,
    dotted,
    dull,
    flat,
    luhn_sum,
    number,
    real_date,
    shaped,
    two_digit_date,
)


def il_id(value: str) -> bool:
    """Israeli identity number (Population Registry): nine digits, Luhn."""
    found = digits(value, 9)
    return bool(found) and not dull(found) and any(found[:4]) and luhn_sum(found) % 10 == 0


def ir_melli(value: str) -> bool:
    """Iranian national code (Civil Registration): weights 10 to 2, modulo 11."""
    found = digits(value, 10)
    if not found or dull(found) or not any(found[:3]):
        return False
    rest = dotted(found[:9], range(10, 1, -1)) % 11
    return found[9] == (rest if rest < 2 else 11 - rest)


def ae_emirates_id(value: str) -> bool:
    """Emirates ID (ICP): 784, year of birth, seven digits, Luhn."""
    found = digits(value, 15)
    return found[:3] == [7, 8, 4] and 1900 <= number(found[3:7]) <= 2060 and luhn_sum(found) % 10 == 0


def sa_id(value: str) -> bool:
    """Saudi national identity and residence number (Absher): 1 or 2, eight digits, Luhn."""
    found = digits(value, 10)
    return bool(found) and found[0] in (1, 2) and not dull(found) and not flat(found[1:9]) and luhn_sum(found) % 10 == 0


def kw_civil_id(value: str) -> bool:
    """Kuwaiti civil number (PACI): century, date of birth, serial, weights 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2."""
    found = digits(value, 12)
    if not found or found[0] not in (1, 2, 3):
        return False
    if not real_date(1700 + 100 * found[0] + number(found[1:3]), number(found[3:5]), number(found[5:7])):
        return False
    return 11 - dotted(found[:11], (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11 == found[11]


def eg_national_id(value: str) -> bool:
    """Egyptian national number (Civil Status Organization): century, date of birth, governorate, serial. How its check
    digit is made has not been published."""
    found = digits(value, 14)
    if not found or found[0] not in (2, 3):
        return False
    governorate = number(found[7:9])
    known = 1 <= governorate <= 4 or 11 <= governorate <= 35 or governorate == 88
    return known and real_date(1700 + 100 * found[0] + number(found[1:3]), number(found[3:5]), number(found[5:7]))


def za_id(value: str) -> bool:
    """South African identity number (Identification Act 68 of 1997): date of birth, serial, citizenship, Luhn."""
    found = digits(value, 13)
    return (
        bool(found)
        and found[10] in (0, 1, 2)
        and two_digit_date(number(found[:2]), number(found[2:4]), number(found[4:6]))
        and luhn_sum(found) % 10 == 0
    )


def au_tfn(value: str) -> bool:
    """Australian tax file number (ATO): weights 1, 4, 3, 7, 5, 8, 6, 9, 10, modulo 11; old ones have eight digits."""
    found = digits(value, 8, 9)
    if not found or dull(found) or not any(found[:3]):
        return False
    weights = (1, 4, 3, 7, 5, 8, 6, 9, 10) if len(found) == 9 else (10, 7, 8, 4, 6, 3, 5, 1)
    return dotted(found, weights) % 11 == 0


def au_medicare(value: str) -> bool:
    """Australian Medicare card (Services Australia): 2 to 6, weights 1, 3, 7, 9, then issue, perhaps person."""
    found = digits(value, 10, 11)
    if not found or not 2 <= found[0] <= 6 or flat(found[1:8]) or found[9] == 0:
        return False
    return dotted(found[:8], (1, 3, 7, 9)) % 10 == found[8]


def au_abn(value: str) -> bool:
    """Australian Business Number (ATO): one off the first digit, weights 10, 1, 3 to 19, modulo 89."""
    found = digits(value, 11)
    if not found or found[0] == 0 or dull(found):
        return False
    return dotted([found[0] - 1, *found[1:]], (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)) % 89 == 0


def nz_ird(value: str) -> bool:
    """New Zealand IRD number (Inland Revenue, specification of numbers): modulo 11 in two tries."""
    found = digits(value, 8, 9)
    if not found or not 10_000_000 <= number(found) <= 200_000_000 or dull(found):
        return False
    nine = [0] * (9 - len(found)) + found
    check = -dotted(nine[:8], (3, 2, 7, 6, 5, 4, 3, 2)) % 11
    if check == 10:
        check = -dotted(nine[:8], (7, 4, 3, 2, 5, 2, 7, 6)) % 11
    return check == nine[8]


_NHI: Final = re.compile(r"[A-HJ-NP-Z]{3}\d{4}")


def nz_nhi(value: str) -> bool:
    """New Zealand NHI number (HISO 10046): letters without I and O from 1, weights 7 to 2, modulo 11."""
    bare = shaped(value, _NHI)
    if not bare or flat(list(map(int, bare[3:]))):
        return False
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    values = [1 + letters.index(each) for each in bare[:3]] + list(map(int, bare[3:6]))
    rest = dotted(values, range(7, 1, -1)) % 11
    return rest != 0 and (11 - rest) % 10 == int(bare[6])


def mu_id(value: str) -> bool:
    """Mauritian identity number (Civil Status Division): letter, date of birth, serial, check character modulo 17."""
    bare = value.strip().upper()
    if not re.fullmatch(r"[A-Z]\d{12}[0-9A-G]", bare):
        return False
    if not two_digit_date(int(bare[5:7]), int(bare[3:5]), int(bare[1:3])):
        return False
    order = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return order[(17 - dotted([order.index(each) for each in bare[:13]], range(14, 1, -1)) % 17) % 17] == bare[13]


VALIDATORS: Final[Mapping[str, Callable[[str], bool]]] = {
    "il-id": il_id,
    "ir-melli": ir_melli,
    "ae-emirates-id": ae_emirates_id,
    "sa-id": sa_id,
    "kw-civil-id": kw_civil_id,
    "eg-national-id": eg_national_id,
    "za-id": za_id,
    "mu-id": mu_id,
    "au-tfn": au_tfn,
    "au-medicare": au_medicare,
    "au-abn": au_abn,
    "nz-ird": nz_ird,
    "nz-nhi": nz_nhi,
}
