"""Identifiers of persons in southern Europe: Italy, Spain, Portugal, Greece, Cyprus, Turkey."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from dlp.rule.validators.checksums import (
    ALPHANUMERIC,
    digits,
    dotted,
    dull,
    flat,
    luhn_sum,
    number,
    shaped,
    two_digit_date,
)

_D: Final = "[0-9LMNPQRSTUV]"
_CF: Final = re.compile(rf"[A-Z]{{6}}{_D}{{2}}[ABCDEHLMPRST]{_D}{{2}}[A-Z]{_D}{{3}}[A-Z]")
_CF_ODD: Final = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
"""What A to Z count in odd places; 0 to 9 count as A to J."""

_OMOCODIA: Final = str.maketrans("LMNPQRSTUV", "0123456789")


def _cf_value(char: str) -> int:
    return int(char) if char.isdigit() else ord(char) - 65


def it_codice_fiscale(value: str) -> bool:
    """Italian tax code (DM 23 December 1976), letters in place of digits included: check letter modulo 26."""
    bare = shaped(value, _CF)
    if sum(map(str.isdigit, bare)) < 3 or value not in (value.upper(), value.lower()):
        return False
    day = int(bare[9:11].translate(_OMOCODIA))
    month = 1 + "ABCDEHLMPRST".index(bare[8])
    if not two_digit_date(int(bare[6:8].translate(_OMOCODIA)), month, day - 40 if day > 40 else day):
        return False
    values = list(map(_cf_value, bare[:15]))
    total = sum(_CF_ODD[each] for each in values[::2]) + sum(values[1::2])
    return total % 26 == ord(bare[15]) - 65


def it_partita_iva(value: str) -> bool:
    """Italian VAT number (DPR 633/1972, art. 35): seven digits, the office, Luhn's check digit."""
    found = digits(value, 11)
    if not found or not any(found[:7]):
        return False
    office = number(found[7:10])
    return luhn_sum(found) % 10 == 0 and (1 <= office <= 100 or office in (120, 121, 888, 999))


_DNI_LETTERS: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
_DNI: Final = re.compile(r"\d{8}[A-HJ-NP-TV-Z]")
_NIE: Final = re.compile(r"[XYZ]\d{7}[A-HJ-NP-TV-Z]")
_CIF: Final = re.compile(r"[ABCDEFGHJNPQRSUVW]\d{7}[0-9A-J]")


def es_dni(value: str) -> bool:
    """Spanish identity number (Real Decreto 1553/2005): eight digits, letter by the rest of 23."""
    bare = shaped(value, _DNI)
    return bool(bare) and not flat(list(map(int, bare[:8]))) and _DNI_LETTERS[int(bare[:8]) % 23] == bare[8]


def es_nie(value: str) -> bool:
    """Spanish number of foreigners (Real Decreto 557/2011): X, Y or Z count 0, 1, 2; letter by the rest of 23."""
    bare = shaped(value, _NIE)
    if not bare or flat(list(map(int, bare[1:8]))):
        return False
    return _DNI_LETTERS[int(str("XYZ".index(bare[0])) + bare[1:8]) % 23] == bare[8]


def es_cif(value: str) -> bool:
    """Spanish tax number of organisations (Orden EHA/451/2008): Luhn over seven digits, as digit or letter."""
    bare = shaped(value, _CIF)
    if not bare or flat(list(map(int, bare[1:8]))):
        return False
    check = -luhn_sum([*map(int, bare[1:8]), 0]) % 10
    wanted = {"JABCDEFGHI"[check]} if bare[0] in "NPQRSW" else {str(check)}
    if bare[0] in "CDFGJUV":
        wanted.add("JABCDEFGHI"[check])
    return bare[8] in wanted


def es_nuss(value: str) -> bool:
    """Spanish social security number (TGSS): province, eight digits, the rest of 97."""
    found = digits(value, 12)
    if not found or not (1 <= number(found[:2]) <= 53 or number(found[:2]) == 66) or dull(found):
        return False
    province, serial = number(found[:2]), number(found[2:10])
    body = province * 10**7 + serial if serial < 10**7 else province * 10**8 + serial
    return body % 97 == number(found[10:])


def pt_nif(value: str) -> bool:
    """Portuguese tax number (Decreto-Lei 14/2013): first digit, weights 9 to 2, modulo 11."""
    found = digits(value, 9)
    if not found or found[0] in (0, 4) or dull(found):
        return False
    check = 11 - dotted(found[:8], range(9, 1, -1)) % 11
    return found[8] == (0 if check > 9 else check)


_PT_CC: Final = re.compile(r"\d{9}[A-Z0-9]{2}\d")


def pt_cc(value: str) -> bool:
    """Portuguese citizen card (AMA, validação do número de documento): Luhn with letters from 10."""
    bare = shaped(value, _PT_CC)
    return bool(bare) and not bare.isdigit() and luhn_sum(list(map(ALPHANUMERIC.index, bare))) % 10 == 0


def gr_afm(value: str) -> bool:
    """Greek tax number (ΑΑΔΕ): powers of two, modulo 11, modulo 10."""
    found = digits(value, 9)
    if not found or not any(found[:4]) or dull(found):
        return False
    return dotted(found[:8], (256, 128, 64, 32, 16, 8, 4, 2)) % 11 % 10 == found[8]


def gr_amka(value: str) -> bool:
    """Greek social security number (ΗΔΙΚΑ): date of birth, serial, Luhn's check digit."""
    found = digits(value, 11)
    return (
        bool(found)
        and luhn_sum(found) % 10 == 0
        and two_digit_date(number(found[4:6]), number(found[2:4]), number(found[:2]))
    )


_CY: Final = re.compile(r"[013-59]\d{7}[A-Z]")
_CY_ODD: Final = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)


def cy_tic(value: str) -> bool:
    """Cypriot tax number (Tax Department): digits in odd places by a table, letter by the rest of 26."""
    bare = shaped(value, _CY)
    if not bare or flat(list(map(int, bare[:8]))):
        return False
    values = list(map(int, bare[:8]))
    return (sum(_CY_ODD[each] for each in values[::2]) + sum(values[1::2])) % 26 == ord(bare[8]) - 65


def tr_tckn(value: str) -> bool:
    """Turkish identity number (NVİ): eleven digits, the last two check."""
    found = digits(value, 11)
    if not found or found[0] == 0 or dull(found[:9]):
        return False
    tenth = (7 * sum(found[0:9:2]) - sum(found[1:8:2])) % 10
    return found[9] == tenth and sum(found[:10]) % 10 == found[10]


def tr_vkn(value: str) -> bool:
    """Turkish tax number (GİB): powers of two of the shifted digits, each modulo 9."""
    found = digits(value, 10)
    if not found or dull(found):
        return False
    total = 0
    for place, each in enumerate(found[:9], 1):
        shifted = (each + 10 - place) % 10
        total += 9 if shifted == 9 else shifted * 2 ** (10 - place) % 9
    return -total % 10 == found[9]


VALIDATORS: Final[Mapping[str, Callable[[str], bool]]] = {
    "it-codice-fiscale": it_codice_fiscale,
    "it-partita-iva": it_partita_iva,
    "es-dni": es_dni,
    "es-nie": es_nie,
    "es-cif": es_cif,
    "es-nuss": es_nuss,
    "pt-nif": pt_nif,
    "pt-cc": pt_cc,
    "gr-afm": gr_afm,
    "gr-amka": gr_amka,
    "cy-tic": cy_tic,
    "tr-tckn": tr_tckn,
    "tr-vkn": tr_vkn,
}
