"""Identifiers of persons in central and eastern Europe and Central Asia."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from dlp.rule.validators.checksums import (
    ALPHANUMERIC,
    compact,
    digits,
    dotted,
    dull,
    flat,
    icao731,
    iso7064_hybrid,
    number,
    real_date,
    shaped,
    two_digit_date,
)


def pl_pesel(value: str) -> bool:
    """Polish PESEL (ustawa o ewidencji ludności, art. 15): date with the century in the month, weights 1, 3, 7, 9."""
    found = digits(value, 11)
    if not found or dotted(found, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10:
        return False
    month = number(found[2:4])
    century = {0: 1900, 1: 2000, 2: 2100, 3: 2200, 4: 1800}[month // 20]
    return real_date(century + number(found[:2]), month % 20, number(found[4:6]))


def pl_nip(value: str) -> bool:
    """Polish tax number (ustawa o zasadach ewidencji podatników): weights 6, 5, 7, 2 to 7, modulo 11."""
    found = digits(value, 10)
    if not found or not any(found[:3]) or dull(found):
        return False
    return dotted(found[:9], (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11 == found[9]


def pl_regon(value: str) -> bool:
    """Polish statistical number of businesses, nine or fourteen digits (GUS), modulo 11, modulo 10."""
    found = digits(value, 9, 14)
    if not found or dull(found[:9]) or dotted(found[:8], (8, 9, 2, 3, 4, 5, 6, 7)) % 11 % 10 != found[8]:
        return False
    return len(found) == 9 or dotted(found[:13], (2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8)) % 11 % 10 == found[13]


_PL_CARD: Final = re.compile(r"[A-Z]{3}\d{6}")
_PL_PASS: Final = re.compile(r"[A-Z]{2}\d{7}")


def pl_dowod(value: str) -> bool:
    """Number of a Polish identity card (rozporządzenie MSWiA): letters from 10, weights 7, 3, 1, the fourth checks."""
    bare = shaped(value, _PL_CARD)
    return bool(bare) and not flat(list(map(int, bare[3:]))) and icao731(bare[:3] + bare[4:]) == int(bare[3])


def pl_paszport(value: str) -> bool:
    """Number of a Polish passport: letters from 10, weights 7, 3, 1 without the third place, which checks."""
    bare = shaped(value, _PL_PASS)
    if not bare or flat(list(map(int, bare[2:]))):
        return False
    return dotted(list(map(ALPHANUMERIC.index, bare)), (7, 3, 9, 1, 7, 3, 1, 7, 3)) % 10 == 0


def cz_rodne_cislo(value: str) -> bool:
    """Czech and Slovak birth number (zákon 133/2000 Sb., § 13): women's month and 50, modulo 11; nine digits before
    1954."""
    found = digits(value, 9, 10)
    if not found or dull(found):
        return False
    year, month, day = number(found[:2]), number(found[2:4]), number(found[4:6])
    month -= 70 if month > 70 else 50 if month > 50 else 20 if month > 20 else 0
    if len(found) == 9:
        return year < 54 and any(found[6:]) and real_date(1900 + year, month, day)
    century = 1900 if year >= 54 else 2000
    return real_date(century + year, month, day) and number(found[:9]) % 11 % 10 == found[9]


def hu_szemelyi(value: str) -> bool:
    """Hungarian personal number (1996. évi XX. törvény): sex and century, date, serial, check digit modulo 11."""
    found = digits(value, 11)
    if not found or not 1 <= found[0] <= 8:
        return False
    year, month, day = number(found[1:3]), number(found[3:5]), number(found[5:7])
    if not two_digit_date(year, month, day):
        return False
    falling, rising = dotted(found[:10], range(10, 0, -1)) % 11, dotted(found[:10], range(1, 11)) % 11
    return found[10] == (rising if found[0] <= 2 and year < 97 else falling)


def hu_taj(value: str) -> bool:
    """Hungarian social security number (TAJ; 1996. évi XX. törvény): weights 3 and 7, modulo 10."""
    found = digits(value, 9)
    return bool(found) and not dull(found) and dotted(found[:8], (3, 7)) % 10 == found[8]


def hu_adoazonosito(value: str) -> bool:
    """Hungarian tax number of persons (1996. évi XX. törvény): 8, days since 1867, serial, weights 1 to 9."""
    found = digits(value, 10)
    if not found or found[0] != 8 or not 0 < number(found[1:6]) < 60_000:
        return False
    return dotted(found[:9], range(1, 10)) % 11 == found[9]


def ro_cnp(value: str) -> bool:
    """Romanian personal code (Legea 105/1996): sex and century, date, county, serial, weights 279146358279."""
    found = digits(value, 13)
    if not found or found[0] == 0:
        return False
    century = {1: 1900, 2: 1900, 3: 1800, 4: 1800, 5: 2000, 6: 2000}.get(found[0], 1900)
    county = number(found[7:9])
    if not real_date(century + number(found[1:3]), number(found[3:5]), number(found[5:7])):
        return False
    if not (1 <= county <= 48 or county in (51, 52, 70) or 80 <= county <= 83):
        return False
    rest = dotted(found[:12], (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return found[12] == (1 if rest == 10 else rest)


def bg_egn(value: str) -> bool:
    """Bulgarian ЕГН (ЗГР, чл. 11): month and 20 before 1900, and 40 from 2000; modulo 11, modulo 10."""
    found = digits(value, 10)
    if not found:
        return False
    month = number(found[2:4])
    century = {0: 1900, 1: 1800, 2: 2000}.get((month - 1) // 20 if month else -1)
    if century is None or not real_date(century + number(found[:2]), (month - 1) % 20 + 1, number(found[4:6])):
        return False
    return dotted(found[:9], (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10 == found[9]


def bg_lnch(value: str) -> bool:
    """Bulgarian number of foreigners (ЛНЧ): weights 21 to 1, modulo 10."""
    found = digits(value, 10)
    return bool(found) and not dull(found) and dotted(found[:9], (21, 19, 17, 13, 11, 9, 7, 3, 1)) % 10 == found[9]


def hr_oib(value: str) -> bool:
    """Croatian OIB (Zakon o osobnom identifikacijskom broju): ISO/IEC 7064, MOD 11,10."""
    found = digits(value, 11)
    return bool(found) and not dull(found) and iso7064_hybrid(found, 10)


def jmbg(value: str) -> bool:
    """JMBG, EMŠO, ЕМБГ of the successors of Yugoslavia (law of 1977): date, region, serial, weights 7 to 2."""
    found = digits(value, 13)
    if not found:
        return False
    year = number(found[4:7])
    year += 1000 if year >= 800 else 2000
    if not real_date(year, number(found[2:4]), number(found[:2])):
        return False
    check = -dotted(found[:12], (7, 6, 5, 4, 3, 2)) % 11
    return check == found[12]


def si_davcna(value: str) -> bool:
    """Slovenian tax number (Zakon o davčni službi): weights 8 to 2, modulo 11."""
    found = digits(value, 8)
    if not found or found[0] == 0 or dull(found):
        return False
    check = 11 - dotted(found[:7], range(8, 1, -1)) % 11
    return check != 11 and check % 10 == found[7]


_INN_11: Final = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_12: Final = (3, *_INN_11)


def ru_inn(value: str) -> bool:
    """Russian tax number of a person (приказ ФНС ЕД-7-14/559): twelve digits, two check digits modulo 11."""
    found = digits(value, 12)
    return (
        bool(found)
        and any(found[:2])
        and not dull(found)
        and dotted(found[:10], _INN_11) % 11 % 10 == found[10]
        and dotted(found[:11], _INN_12) % 11 % 10 == found[11]
    )


def ru_inn_organisation(value: str) -> bool:
    """Russian tax number of an organisation, ten digits: weights 2, 4, 10, 3, 5, 9, 4, 6, 8."""
    found = digits(value, 10)
    return (
        bool(found)
        and any(found[:2])
        and not dull(found)
        and dotted(found[:9], (2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10 == found[9]
    )


def ru_snils(value: str) -> bool:
    """Russian СНИЛС (постановление Правления ПФР 192п): weights 9 to 1, modulo 101."""
    found = digits(value, 11)
    if not found or number(found[:9]) <= 1_001_998 or flat(found[:9]):
        return False
    return dotted(found[:9], range(9, 0, -1)) % 101 % 100 == number(found[9:])


def ua_rnokpp(value: str) -> bool:
    """Ukrainian РНОКПП (наказ Мінфіну 822): days since 1899, serial, check digit modulo 11, modulo 10."""
    found = digits(value, 10)
    if not found or not 1 <= number(found[:5]) <= 60_000 or dull(found):
        return False
    return dotted(found[:9], (-1, 5, 7, 9, 4, 6, 10, 5, 7)) % 11 % 10 == found[9]


def ua_unzr(value: str) -> bool:
    """Ukrainian UNZR (Cabinet resolution 784 of 2015): date, serial, check digit by 7, 3, 1."""
    found = digits(value, 13)
    if not found or not real_date(number(found[:4]), number(found[4:6]), number(found[6:8])):
        return False
    return dotted(found[:12], (7, 3, 1)) % 10 == found[12]


def md_idnp(value: str) -> bool:
    """Moldovan IDNP (HG 333/2002): thirteen digits, the first 2 or 0, weights 7, 3, 1."""
    found = digits(value, 13)
    return bool(found) and found[0] in (0, 2) and not dull(found) and dotted(found[:12], (7, 3, 1)) % 10 == found[12]


def kz_iin(value: str) -> bool:
    """Kazakh ИИН (law 223-III): date, century and sex, serial, check digit modulo 11 in two tries."""
    found = digits(value, 12)
    if not found or not 1 <= found[6] <= 6:
        return False
    century = 1800 + 100 * ((found[6] - 1) // 2)
    if not real_date(century + number(found[:2]), number(found[2:4]), number(found[4:6])):
        return False
    check = dotted(found[:11], range(1, 12)) % 11
    if check == 10:
        check = dotted(found[:11], (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)) % 11
    return check == found[11]


_BY: Final = re.compile(r"[1-6]\d{6}[ABCEHKM]\d{3}(?:PB|BA|BI)\d")


def by_personal(value: str) -> bool:
    """Belarusian identification number (указ 294 of 2008): sex and century, date, region, serial, citizenship; weights
    7, 3, 1, letters from 10."""
    bare = shaped(value, _BY)
    if not bare or not two_digit_date(int(bare[5:7]), int(bare[3:5]), int(bare[1:3])):
        return False
    return icao731(bare[:13]) == int(bare[13])


def cz_ico(value: str) -> bool:
    """Czech and Slovak IČO of businesses (zákon 111/2009 Sb.): weights 8 to 2, modulo 11."""
    found = digits(compact(value), 8)
    return bool(found) and not dull(found) and (11 - dotted(found[:7], range(8, 1, -1)) % 11) % 10 == found[7]


VALIDATORS: Final[Mapping[str, Callable[[str], bool]]] = {
    "pl-pesel": pl_pesel,
    "pl-nip": pl_nip,
    "pl-regon": pl_regon,
    "pl-dowod": pl_dowod,
    "pl-paszport": pl_paszport,
    "cz-rodne-cislo": cz_rodne_cislo,
    "hu-szemelyi": hu_szemelyi,
    "hu-taj": hu_taj,
    "hu-adoazonosito": hu_adoazonosito,
    "ro-cnp": ro_cnp,
    "bg-egn": bg_egn,
    "bg-lnch": bg_lnch,
    "hr-oib": hr_oib,
    "jmbg": jmbg,
    "si-davcna": si_davcna,
    "ru-inn": ru_inn,
    "ru-inn-organisation": ru_inn_organisation,
    "ru-snils": ru_snils,
    "ua-rnokpp": ua_rnokpp,
    "ua-unzr": ua_unzr,
    "md-idnp": md_idnp,
    "kz-iin": kz_iin,
    "by-personal": by_personal,
    "cz-ico": cz_ico,
}
