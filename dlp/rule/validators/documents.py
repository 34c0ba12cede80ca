"""Passports, licences, vehicles and devices, and identifiers in health care."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from dlp.rule.validators.checksums import (
    compact,
    digits,
    dotted,
    dull,
    flat,
    icao731,
    luhn_sum,
    number,
    shaped,
    two_digit_date,
)

_STATE: Final = r"[A-Z]{3}|[A-Z]<<|[A-Z]{2}<"
_TD3: Final = re.compile(
    rf"[PV][A-Z<](?:{_STATE})[A-Z<]{{39}}([A-Z0-9<]{{9}})([0-9])([A-Z<]{{3}})(\d{{6}})(\d)[MFX<](\d{{6}})(\d)([A-Z0-9<]{{14}})([0-9<])([0-9<])"
)
_TD2: Final = re.compile(
    rf"[ACIVP][A-Z<](?:{_STATE})[A-Z<]{{31}}([A-Z0-9<]{{9}})([0-9<])([A-Z<]{{3}})(\d{{6}})(\d)[MFX<](\d{{6}})(\d)([A-Z0-9<]{{7}})([0-9<])"
)
_TD1: Final = re.compile(
    rf"[ACI][A-Z<](?:{_STATE})([A-Z0-9<]{{9}})([0-9<])([A-Z0-9<]{{15}})(\d{{6}})(\d)[MFX<](\d{{6}})(\d)([A-Z<]{{3}})([A-Z0-9<]{{11}})(\d)[A-Z<]{{30}}"
)


def mrz(value: str) -> bool:
    """Machine readable zone of a passport, visa or card (ICAO Doc 9303, parts 4 to 7): the check digits of number, date
    of birth and expiry; of visas no more, else that over all as well."""
    bare = re.sub(r"\s+|\\[rn]", "", value[:200])
    for shape in (_TD3, _TD2):
        found = shape.fullmatch(bare)
        if found:
            document, check, _, born, born_check, expires, expiry_check, optional, *last = found.groups()
            parts = ((document, check), (born, born_check), (expires, expiry_check))
            if not all(_checked(*part) for part in parts):
                return False
            if bare[0] == "V":
                return True
            own = last[0] if shape is _TD3 else ""
            whole = f"{document}{check}{born}{born_check}{expires}{expiry_check}{optional}{own}"
            return icao731(whole) == int(last[-1] if last[-1] != "<" else "0")
    found = _TD1.fullmatch(bare)
    if not found:
        return False
    document, check, first, born, born_check, expires, expiry_check, _, second, last_check = found.groups()
    dates = _checked(born, born_check) and _checked(expires, expiry_check)
    numbered = check == "<" or _checked(document, check)
    whole = f"{document}{check}{first}{born}{born_check}{expires}{expiry_check}{second}"
    return dates and numbered and icao731(whole) == int(last_check)


def _checked(part: str, check: str) -> bool:
    return check.isdigit() and icao731(part) == int(check)


_GB_LICENCE: Final = re.compile(r"[A-Z]{1,5}9{0,4}\d[0156]\d[0-3]\d\d[A-Z9]{2}[0-9A-Z][A-Z]{2}")


def gb_driving_licence(value: str) -> bool:
    """British driver number (DVLA, INF1d): five letters of the surname, date of birth with women's month and 50,
    initials; the check characters are not published."""
    bare = shaped(value, _GB_LICENCE)
    if len(bare) != 16:
        return False
    month, day = int(bare[6:8]), int(bare[8:10])
    return two_digit_date(int(bare[5] + bare[10]), month - 50 if month > 50 else month, day)


_VIN: Final = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_VIN_VALUES: Final = dict(
    zip(
        "0123456789ABCDEFGHJKLMNPRSTUVWXYZ", (*range(10), *range(1, 9), 1, 2, 3, 4, 5, 7, 9, *range(2, 10)), strict=True
    )
)


def vin(value: str) -> bool:
    """Vehicle identification number (ISO 3779; check digit of 49 CFR 565): weights 8 to 2, 10, 0, 9 to 2, modulo 11."""
    bare = shaped(value, _VIN)
    if not bare or bare[8] not in "0123456789X" or sum(map(str.isdigit, bare[13:])) < 3 or bare.isdigit():
        return False
    total = dotted([_VIN_VALUES[each] for each in bare], (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2))
    return "0123456789X"[total % 11] == bare[8]


def imei(value: str) -> bool:
    """Number of a mobile device (3GPP TS 23.003, annex B): reporting body, serial, Luhn."""
    found = digits(value, 15)
    return bool(found) and not dull(found) and any(found[:6]) and not flat(found[:8]) and luhn_sum(found) % 10 == 0


def npi(value: str) -> bool:
    """American National Provider Identifier (45 CFR 162.406): ten digits, Luhn with 80840 in front."""
    found = digits(value, 10)
    return bool(found) and found[0] in (1, 2) and not dull(found) and luhn_sum([8, 0, 8, 4, 0, *found]) % 10 == 0


_DEA: Final = re.compile(r"[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}")


def dea(value: str) -> bool:
    """American DEA number (21 CFR 1301): odd digits and twice the even ones, modulo 10."""
    bare = shaped(value, _DEA)
    if not bare or flat(list(map(int, bare[2:]))):
        return False
    found = list(map(int, bare[2:]))
    return (sum(found[0:6:2]) + 2 * sum(found[1:6:2])) % 10 == found[6]


_MBI_A: Final = "AC-HJKMNP-RT-Y"
_MBI: Final = re.compile(rf"[1-9][{_MBI_A}][0-9{_MBI_A}]\d[{_MBI_A}][0-9{_MBI_A}]\d[{_MBI_A}]{{2}}\d\d")


def us_mbi(value: str) -> bool:
    """American Medicare Beneficiary Identifier (CMS, Understanding the MBI): eleven places, each of its kind."""
    bare = compact(value)
    return bool(_MBI.fullmatch(bare)) and bare != "1EG4TE5MK73" and bare != "1EG4TE5MK72"


def passport_number(value: str) -> bool:
    """Number of a passport beside its label: digits, perhaps letters in front; not one digit only."""
    bare = compact(value)
    numbers = [int(each) for each in bare if each.isascii() and each.isdigit()]
    return 6 <= len(bare) <= 12 and len(numbers) >= 5 and not dull(numbers) and number(numbers) > 0


VALIDATORS: Final[Mapping[str, Callable[[str], bool]]] = {
    "mrz": mrz,
    "gb-driving-licence": gb_driving_licence,
    "vin": vin,
    "imei": imei,
    "npi": npi,
    "dea": dea,
    "us-mbi": us_mbi,
    "passport-number": passport_number,
}
