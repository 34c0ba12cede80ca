"""Identifiers of persons in northern Europe: the Nordic and Baltic countries."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from dlp.rule.validators.checksums import (
    compact,
    digits,
    dotted,
    dull,
    luhn_sum,
    number,
    real_date,
    two_digit_date,
)

_HETU: Final = re.compile(r"(\d\d)(\d\d)(\d\d)([-+A-FU-Y])(\d{3})([0-9A-FHJ-NPR-Y])")
_CENTURIES: Final = {"+": 1800, **dict.fromkeys("-UVWXY", 1900), **dict.fromkeys("ABCDEF", 2000)}


def fi_hetu(value: str) -> bool:
    """Finnish identity code (laki 661/2009, asetus 128/2010 and 892/2022): date, mark of the century, check by 31."""
    found = _HETU.fullmatch(value.strip().upper()) if len(value) < 20 else None
    if not found:
        return False
    day, month, year, century, serial, check = found.groups()
    if not real_date(_CENTURIES[century] + int(year), int(month), int(day)) or int(serial) < 2:
        return False
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(day + month + year + serial) % 31] == check


def se_personnummer(value: str) -> bool:
    """Swedish personal number (folkbokföringslagen 1991:481, 18 §) and coordination number (day and 60): Luhn."""
    found = digits(value.replace("+", ""), 10, 12)
    if not found:
        return False
    ten = found[-10:]
    year, month, day = number(ten[:2]), number(ten[2:4]), number(ten[4:6])
    day -= 60 if day > 60 else 0
    dated = two_digit_date(year, month, day) if len(found) == 10 else real_date(number(found[:4]), month, day)
    return dated and any(ten[6:9]) and luhn_sum(ten) % 10 == 0


def no_fodselsnummer(value: str) -> bool:
    """Norwegian birth number and D number (folkeregisterforskriften § 2-2-1 ff.), those of 2032 on included."""
    found = digits(value, 11)
    if not found:
        return False
    day, month, year = number(found[:2]), number(found[2:4]), number(found[4:6])
    day -= 40 if day > 40 else 0
    month -= 80 if month > 80 else 40 if month > 40 else 0
    if not two_digit_date(year, month, day):
        return False
    first = dotted(found[:9], (3, 7, 6, 1, 8, 9, 4, 5, 2)) + found[9]
    return first % 11 in (0, 1, 2, 3) and dotted(found, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def _dk_date(found: list[int]) -> bool:
    day, month, year, seventh = number(found[:2]), number(found[2:4]), number(found[4:6]), found[6]
    if seventh <= 3:
        century = 1900
    elif seventh in (4, 9):
        century = 2000 if year <= 36 else 1900
    else:
        century = 2000 if year <= 57 else 1800
    return real_date(century + year, month, day - 60 if day > 60 else day)


def dk_cpr(value: str) -> bool:
    """Danish CPR number (CPR-loven; CPR-kontoret, personnummeret i CPR): a date whose century the seventh digit tells.
    Numbers since 2007 may do without the check digit."""
    found = digits(value, 10)
    return bool(found) and any(found[6:]) and _dk_date(found)


def dk_cpr_checked(value: str) -> bool:
    """As dk_cpr, with the check digit that most have: weights 4, 3, 2, 7 to 1, modulo 11."""
    return dk_cpr(value) and dotted(digits(value), (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def is_kennitala(value: str) -> bool:
    """Icelandic kennitala (lög 140/2019): date (day and 40 for organisations), serial, check digit, century."""
    found = digits(value, 10)
    if not found or found[9] not in (8, 9, 0):
        return False
    day = number(found[:2])
    century = {8: 1800, 9: 1900, 0: 2000}[found[9]]
    if not real_date(century + number(found[4:6]), number(found[2:4]), day - 40 if day > 40 else day):
        return False
    return dotted(found[:9], (3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def baltic_code(value: str) -> bool:
    """Estonian isikukood (EVS 585) and Lithuanian asmens kodas (VIII-1368): century and sex, date, serial, check digit
    modulo 11 in two tries."""
    found = digits(value, 11)
    if not found or not 1 <= found[0] <= 8:
        return False
    century = 1800 + 100 * ((found[0] - 1) // 2)
    if not real_date(century + number(found[1:3]), number(found[3:5]), number(found[5:7])):
        return False
    check = dotted(found[:10], (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if check == 10:
        check = dotted(found[:10], (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return check == found[10]


def lv_personas_kods(value: str) -> bool:
    """Latvian personas kods (Fizisko personu reģistra likums): date and century with a check digit, or, since 2017, 32
    and nine digits."""
    found = digits(value, 11)
    if not found:
        return False
    if found[0] == 3 and 2 <= found[1] <= 9:
        return not dull(found[2:])
    century = {0: 1800, 1: 1900, 2: 2000}.get(found[6])
    if century is None or not real_date(century + number(found[4:6]), number(found[2:4]), number(found[:2])):
        return False
    return (1 + dotted(found[:10], (10, 5, 8, 4, 2, 1, 6, 3, 7, 9))) % 11 % 10 == found[10]


def se_organisationsnummer(value: str) -> bool:
    """Swedish number of organisations (lagen 1974:174): the third digit at least 2, Luhn."""
    bare = compact(value)
    found = digits(bare, 10)
    return bool(found) and found[2] >= 2 and not dull(found) and luhn_sum(found) % 10 == 0


VALIDATORS: Final[Mapping[str, Callable[[str], bool]]] = {
    "fi-hetu": fi_hetu,
    "se-personnummer": se_personnummer,
    "no-fodselsnummer": no_fodselsnummer,
    "dk-cpr": dk_cpr,
    "dk-cpr-checked": dk_cpr_checked,
    "is-kennitala": is_kennitala,
    "baltic-code": baltic_code,
    "lv-personas-kods": lv_personas_kods,
    "se-organisationsnummer": se_organisationsnummer,
}
