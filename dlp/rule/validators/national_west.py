"""Identifiers of persons in western Europe: Britain, Ireland, France, Germany, Austria, Switzerland, Benelux."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from dlp.rule.validators.checksums import (
    digits,
    dotted,
    dull,
    ean,
    flat,
    icao731,
    iso7064_hybrid,
    luhn_sum,
    number,
    real_date,
    shaped,
    two_digit_date,
    verhoeff_sum,
)

_NINO: Final = re.compile(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]")


def gb_nino(value: str) -> bool:
    """British National Insurance number (HMRC, NIM39110): letters that are given out, six digits, A to D."""
    bare = shaped(value, _NINO)
    return bool(bare) and not flat([int(each) for each in bare[2:8]])


def gb_nhs(value: str) -> bool:
    """NHS number (NHS Data Dictionary): ten digits, weights 10 to 2, modulo 11."""
    found = digits(value, 10)
    return bool(found) and not dull(found) and dotted(found, range(10, 0, -1)) % 11 == 0


def gb_utr(value: str) -> bool:
    """Unique Taxpayer Reference (HMRC, modulus checking of tax references): the first of ten digits checks."""
    found = digits(value, 10)
    if not found or dull(found):
        return False
    rest = dotted(found[1:], (6, 7, 8, 9, 10, 5, 4, 3, 2)) % 11
    return "21987654321"[rest] == str(found[0])


_CHI_LENGTH: Final = 10


def gb_chi(value: str) -> bool:
    """Scottish CHI number (NHS Scotland): date of birth, serial, check digit as the NHS number has it."""
    found = digits(value, _CHI_LENGTH)
    return (
        bool(found)
        and dotted(found, range(10, 0, -1)) % 11 == 0
        and two_digit_date(number(found[4:6]), number(found[2:4]), number(found[:2]))
    )


_PPS: Final = re.compile(r"\d{7}[A-W][A-IW]?")


def ie_pps(value: str) -> bool:
    """Irish PPS number (Social Welfare Consolidation Act 2005; Revenue): weights 8 to 2 and 9, modulo 23."""
    bare = shaped(value, _PPS)
    if not bare or flat([int(each) for each in bare[:7]]):
        return False
    letters = "WABCDEFGHIJKLMNOPQRSTUV"
    total = dotted([int(each) for each in bare[:7]], range(8, 1, -1)) + 9 * letters.index(bare[8:] or "W")
    return letters[total % 23] == bare[7]


_NIR: Final = re.compile(r"[1-478]\d\d(?:0[1-9]|1[0-2]|[23]\d|4[0-2]|[5-9]\d)(?:\d\d|2[AB])\d{8}")


def fr_nir(value: str) -> bool:
    """French social security number with its key (décret 82-103; INSEE): 97 less the rest of 97, Corsica 2A and 2B."""
    bare = shaped(value, _NIR)
    if not bare or len(set(bare)) < 5:
        return False
    department = bare[5:7]
    plain = bare[:5] + {"2A": "19", "2B": "18"}.get(department, department) + bare[7:]
    return department != "00" and 97 - int(plain[:13]) % 97 == int(plain[13:]) and bare[7:10] != "000"


def fr_spi(value: str) -> bool:
    """French tax number (DGFiP, numéro fiscal de référence): thirteen digits, the last three are the rest of 511."""
    found = digits(value, 13)
    return bool(found) and found[0] <= 3 and not dull(found) and number(found[:10]) % 511 == number(found[10:])


def de_steuer_id(value: str) -> bool:
    """German tax identifier (§ 139b AO; BZSt): one digit twice or three times, ISO/IEC 7064 MOD 11,10."""
    found = digits(value, 11)
    if not found or found[0] == 0 or not iso7064_hybrid(found, 10):
        return False
    often = sorted(Counter(found[:10]).values(), reverse=True)
    return often[0] in (2, 3) and often[1] == 1


_AUSWEIS: Final = re.compile(r"[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}\d")


def de_personalausweis(value: str) -> bool:
    """Serial number of a German identity card or passport with its check digit (PAuswV; ICAO Doc 9303: 7, 3, 1)."""
    bare = shaped(value, _AUSWEIS)
    return bool(bare) and sum(map(str.isdigit, bare[:9])) >= 2 and icao731(bare[:9]) == int(bare[9])


_RVNR: Final = re.compile(r"\d{8}[A-Z]\d{3}")


def de_rvnr(value: str) -> bool:
    """German pension insurance number (VKVV § 2): area, date of birth, initial, serial, check digit."""
    bare = shaped(value, _RVNR)
    if not bare or not 1 <= int(bare[2:4]) <= 81 or not two_digit_date(int(bare[6:8]), int(bare[4:6]), 1):
        return False
    letter = f"{ord(bare[8]) - 64:02}"
    values = [int(each) for each in bare[:8] + letter + bare[9:11]]
    products = [a * b for a, b in zip(values, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True)]
    return sum(each // 10 + each % 10 for each in products) % 10 == int(bare[11])


_KVNR: Final = re.compile(r"[A-Z]\d{9}")


def de_kvnr(value: str) -> bool:
    """German health insurance number (§ 290 SGB V): a letter, eight digits, a check digit with weights 1 and 2."""
    bare = shaped(value, _KVNR)
    if not bare or flat([int(each) for each in bare[1:]]):
        return False
    values = [int(each) for each in f"{ord(bare[0]) - 64:02}{bare[1:9]}"]
    products = [each * (1 + place % 2) for place, each in enumerate(values)]
    return sum(each // 10 + each % 10 for each in products) % 10 == int(bare[9])


def at_svnr(value: str) -> bool:
    """Austrian social insurance number (§ 460d ASVG): serial, check digit, date of birth; months 13 to 15 stand in."""
    found = digits(value, 10)
    if not found or found[0] == 0:
        return False
    day, month, year = number(found[4:6]), number(found[6:8]), number(found[8:])
    if not (two_digit_date(year, month, day) or (13 <= month <= 15 and 1 <= day <= 31)):
        return False
    return dotted(found, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)) % 11 == found[3]


def ch_ahv(value: str) -> bool:
    """Swiss AHV number (AHVV Art. 133bis): 756, nine digits, check digit of EAN-13."""
    found = digits(value, 13)
    return found[:3] == [7, 5, 6] and not flat(found[3:12]) and ean(found)


def nl_bsn(value: str) -> bool:
    """Dutch citizen service number (Wet algemene bepalingen burgerservicenummer): weights 9 to 2 and -1, modulo 11."""
    found = digits(value, 9)
    return bool(found) and not dull(found) and any(found[:2]) and dotted(found, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def be_rrn(value: str) -> bool:
    """Belgian national number (arrêté royal of 3 April 1984), and BIS numbers: 97 less the rest of 97."""
    found = digits(value, 11)
    if not found:
        return False
    month, day = number(found[2:4]), number(found[4:6])
    plausible = month % 20 <= 12 and month < 60 and day <= 31 and number(found[6:9]) >= 1
    body, check = number(found[:9]), number(found[9:])
    return plausible and any(found[:6]) and check in (97 - body % 97, 97 - (2 * 10**9 + body) % 97)


def lu_matricule(value: str) -> bool:
    """Luxembourg's identification number (règlement grand-ducal of 21 December 1987, as of 2013): date of birth,
    serial, a digit of Luhn and one of Verhoeff, each over the eleven before them."""
    found = digits(value, 13)
    return (
        bool(found)
        and real_date(number(found[:4]), number(found[4:6]), number(found[6:8]))
        and luhn_sum(found[:12]) % 10 == 0
        and verhoeff_sum([*found[:11], found[12]]) == 0
    )


VALIDATORS: Final[Mapping[str, Callable[[str], bool]]] = {
    "gb-nino": gb_nino,
    "gb-nhs": gb_nhs,
    "gb-utr": gb_utr,
    "gb-chi": gb_chi,
    "ie-pps": ie_pps,
    "fr-nir": fr_nir,
    "fr-spi": fr_spi,
    "de-steuer-id": de_steuer_id,
    "de-personalausweis": de_personalausweis,
    "de-rvnr": de_rvnr,
    "de-kvnr": de_kvnr,
    "at-svnr": at_svnr,
    "ch-ahv": ch_ahv,
    "nl-bsn": nl_bsn,
    "be-rrn": be_rrn,
    "lu-matricule": lu_matricule,
}
