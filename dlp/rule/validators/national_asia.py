"""Identifiers of persons in Asia: east, south-east and south."""

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
    mod11_2,
    number,
    real_date,
    shaped,
    two_digit_date,
    verhoeff_sum,
)

_CN: Final = re.compile(r"[1-9]\d{16}[0-9X]")
_CN_PROVINCES: Final = frozenset(
    (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83)
)


def cn_resident_id(value: str) -> bool:
    """Chinese resident identity number (GB 11643-1999): region, date of birth, serial, ISO/IEC 7064 MOD 11-2."""
    bare = shaped(value, _CN)
    if not bare or int(bare[:2]) not in _CN_PROVINCES:
        return False
    return real_date(int(bare[6:10]), int(bare[10:12]), int(bare[12:14])) and mod11_2(bare)


_HK: Final = re.compile(r"[A-Z]{1,2}\d{6}[0-9A]")


def hk_hkid(value: str) -> bool:
    """Hong Kong identity card (Immigration Department): letters from 10, a missing one 36, weights 9 to 1, by 11."""
    bare = shaped(value, _HK)
    if not bare or flat(list(map(int, bare[-7:-1]))):
        return False
    values = [36] * (9 - len(bare)) + list(map(ALPHANUMERIC.index, bare))
    return dotted(values, range(9, 0, -1)) % 11 == 0


_TW: Final = re.compile(r"[A-Z][1289A-D]\d{8}")
_TW_ORDER: Final = "ABCDEFGHJKLMNPQRSTUVXYWZIO"


def tw_id(value: str) -> bool:
    """Taiwanese identity number and those of foreigners, old and new (Household Registration, National Immigration
    Agency): the letter counts 10 to 35, weights 1, 9, 8 to 1, modulo 10."""
    bare = shaped(value, _TW)
    if not bare or flat(list(map(int, bare[2:]))):
        return False
    letter = 10 + _TW_ORDER.index(bare[0])
    second = int(bare[1]) if bare[1].isdigit() else (10 + _TW_ORDER.index(bare[1])) % 10
    values = [letter // 10, letter % 10, second, *map(int, bare[2:])]
    return dotted(values, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)) % 10 == 0


def jp_my_number(value: str) -> bool:
    """Japanese Individual Number (ministerial ordinance 85 of 2014, art. 5): weights 6 to 2, 7 to 2, modulo 11."""
    found = digits(value, 12)
    if not found or dull(found):
        return False
    rest = dotted(found[:11], (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return found[11] == (0 if rest <= 1 else 11 - rest)


_KR_LAST: Final = 201_005
"""Day from which on numbers are given out without a check digit."""


def kr_rrn(value: str) -> bool:
    """Korean resident and foreigner registration number (주민등록법 시행규칙): date, sex and century, check
    digit modulo 11; those given out from October 2020 on have none."""
    found = digits(value, 13)
    if not found or flat(found[7:]):
        return False
    century = {9: 1800, 0: 1800, 1: 1900, 2: 1900, 5: 1900, 6: 1900}.get(found[6], 2000)
    born = number(found[:6])
    if not real_date(century + number(found[:2]), number(found[2:4]), number(found[4:6])):
        return False
    if century == 2000 and born >= _KR_LAST:
        return True
    base = 13 if found[6] in (5, 6, 7, 8) else 11
    return (base - dotted(found[:12], (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10 == found[12]


_SG: Final = re.compile(r"[STFGM]\d{7}[A-Z]")


def sg_nric(value: str) -> bool:
    """Singaporean NRIC and FIN (ICA): weights 2, 7 to 2, an offset and letters by the series, modulo 11."""
    bare = shaped(value, _SG)
    if not bare or flat(list(map(int, bare[1:8]))):
        return False
    total = dotted(list(map(int, bare[1:8])), (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(bare[0], 0)
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "M": "XWUTRQPNJLK"}.get(bare[0], "XWUTRQPNMLK")
    return letters[total % 11] == bare[8]


_MY_PLACES: Final = frozenset((*range(1, 17), *range(21, 69), *range(71, 80), *range(82, 94), 98, 99))


def my_nric(value: str) -> bool:
    """Malaysian MyKad (JPN): date of birth, place of birth, serial; there is no check digit."""
    found = digits(value, 12)
    return (
        bool(found)
        and number(found[6:8]) in _MY_PLACES
        and any(found[8:])
        and two_digit_date(number(found[:2]), number(found[2:4]), number(found[4:6]))
    )


def th_id(value: str) -> bool:
    """Thai identity number (Department of Provincial Administration): weights 13 to 2, modulo 11."""
    found = digits(value, 13)
    if not found or found[0] == 0 or dull(found):
        return False
    return (11 - dotted(found[:12], range(13, 1, -1)) % 11) % 10 == found[12]


def id_nik(value: str) -> bool:
    """Indonesian NIK (UU 23/2006; Permendagri 72/2022): region, date with women's day and 40, serial."""
    found = digits(value, 16)
    if not found or not 11 <= number(found[:2]) <= 96 or not any(found[2:4]) or not any(found[4:6]):
        return False
    day = number(found[6:8])
    return any(found[12:]) and two_digit_date(number(found[10:12]), number(found[8:10]), day - 40 if day > 40 else day)


def vn_cccd(value: str) -> bool:
    """Vietnamese citizen number (Nghị định 137/2015): province, sex and century, year of birth, six digits."""
    found = digits(value, 12)
    if not found or not 1 <= number(found[:3]) <= 96 or flat(found[6:]):
        return False
    year = 1900 + 100 * (found[3] // 2) + number(found[4:6])
    return 1900 <= year <= 2060


def in_aadhaar(value: str) -> bool:
    """Indian Aadhaar (UIDAI, UID numbering scheme): twelve digits, the first 2 to 9, check digit of Verhoeff."""
    found = digits(value, 12)
    return bool(found) and found[0] > 1 and found != found[::-1] and verhoeff_sum(found) == 0


_PAN: Final = re.compile(r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]")


def in_pan(value: str) -> bool:
    """Indian Permanent Account Number (Income Tax Department): the fourth letter tells the kind of holder."""
    bare = shaped(value, _PAN)
    return bool(bare) and bare[5:9] != "0000" and bare[:5] != "ABCPE"


_GSTIN: Final = re.compile(r"\d\d[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]")


def in_gstin(value: str) -> bool:
    """Indian GSTIN (CBIC): state, PAN, entity, Z, check character modulo 36."""
    bare = shaped(value, _GSTIN)
    if not bare or not (1 <= int(bare[:2]) <= 38 or int(bare[:2]) in (97, 99)):
        return False
    total = 0
    for place, each in enumerate(bare[:14]):
        product = ALPHANUMERIC.index(each) * (1 + place % 2)
        total += product // 36 + product % 36
    return ALPHANUMERIC[-total % 36] == bare[14]


def pk_cnic(value: str) -> bool:
    """Pakistani CNIC (NADRA): province and district, family, sex; there is no published check digit."""
    found = digits(value, 13)
    return bool(found) and 1 <= found[0] <= 8 and any(found[1:5]) and not flat(found[5:12])


_LK: Final = re.compile(r"\d{9}[VX]|(?:19|20)\d{10}")


def lk_nic(value: str) -> bool:
    """Sri Lankan NIC (Department for Registration of Persons): year and day of birth, women's and 500, serial."""
    bare = shaped(value, _LK)
    if not bare:
        return False
    day = int(bare[2:5] if len(bare) == 10 else bare[4:7])
    return 1 <= (day - 500 if day > 500 else day) <= 366


def bd_nid(value: str) -> bool:
    """Bangladeshi NID (Election Commission): ten, thirteen or, with the year in front, seventeen digits."""
    found = digits(value, 10, 13, 17)
    return bool(found) and not dull(found) and (len(found) < 17 or 1900 <= number(found[:4]) <= 2030)


def kr_brn(value: str) -> bool:
    """Korean business registration number (국세청): weights 1, 3, 7, 1, 3, 7, 1, 3, 5, modulo 10."""
    found = digits(value, 10)
    if not found or dull(found):
        return False
    total = dotted(found[:9], (1, 3, 7, 1, 3, 7, 1, 3, 5)) + found[8] * 5 // 10
    return -total % 10 == found[9]


VALIDATORS: Final[Mapping[str, Callable[[str], bool]]] = {
    "cn-resident-id": cn_resident_id,
    "hk-hkid": hk_hkid,
    "tw-id": tw_id,
    "jp-my-number": jp_my_number,
    "kr-rrn": kr_rrn,
    "kr-brn": kr_brn,
    "sg-nric": sg_nric,
    "my-nric": my_nric,
    "th-id": th_id,
    "id-nik": id_nik,
    "vn-cccd": vn_cccd,
    "in-aadhaar": in_aadhaar,
    "in-pan": in_pan,
    "in-gstin": in_gstin,
    "pk-cnic": pk_cnic,
    "lk-nic": lk_nic,
    "bd-nid": bd_nid,
}
