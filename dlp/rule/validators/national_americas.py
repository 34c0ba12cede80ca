"""Identifiers of persons in the Americas."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from dlp.rule.validators.checksums import compact, digits, dotted, dull, flat, luhn_sum, number, shaped, two_digit_date

_PUBLISHED: Final = frozenset({78_051_120, 219_099_999, 457_555_462, 123_456_789, 987_654_321, 111_223_333})
"""Numbers that were printed in advertisements, and those that stand for any."""


def us_ssn(value: str) -> bool:
    """American Social Security number (20 CFR 422.103; SSA on randomization): areas 000, 666 and 900 on, group 00 and
    serial 0000 are never given out; 123-45 stands for any number."""
    found = digits(value, 9)
    if not found or number(found) in _PUBLISHED or flat(found) or found[:5] == [1, 2, 3, 4, 5]:
        return False
    area, group, serial = number(found[:3]), number(found[3:5]), number(found[5:])
    return 0 < area < 900 and area != 666 and group > 0 and serial > 0


def us_itin(value: str) -> bool:
    """American individual taxpayer number (IRS, Publication 1915): 9, and groups that are given out."""
    found = digits(value, 9)
    group = number(found[3:5])
    known = 50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or 94 <= group <= 99
    return bool(found) and found[0] == 9 and known and not flat(found)


_EIN_UNUSED: Final = frozenset((0, 7, 8, 9, 17, 18, 19, 28, 29, 49, 69, 70, 78, 79, 89, 96, 97))


def us_ein(value: str) -> bool:
    """American employer number (IRS, how EINs are assigned): prefixes of the campuses."""
    found = digits(value, 9)
    return bool(found) and number(found[:2]) not in _EIN_UNUSED and not dull(found)


def ca_sin(value: str) -> bool:
    """Canadian Social Insurance Number (Service Canada): Luhn; 0 and 8 do not begin one of a person."""
    found = digits(value, 9)
    return bool(found) and found[0] not in (0, 8) and not dull(found) and luhn_sum(found) % 10 == 0


def ca_health_on(value: str) -> bool:
    """Ontario health card (Ministry of Health, HCV reference manual): ten digits, Luhn, perhaps a version code."""
    bare = re.sub(r"[A-Z]{1,2}$", "", compact(value))
    found = digits(bare, 10)
    return bool(found) and found[0] != 0 and not dull(found) and luhn_sum(found) % 10 == 0


_RAMQ: Final = re.compile(r"[A-Z]{4}\d{8}")


def ca_ramq(value: str) -> bool:
    """Quebec health insurance number (RAMQ): letters of the name, date of birth, women's month and 50."""
    bare = shaped(value, _RAMQ)
    if not bare:
        return False
    month = int(bare[6:8])
    return two_digit_date(int(bare[4:6]), month - 50 if month > 50 else month, int(bare[8:10]))


def _mod11_tail(values: list[int], weights: tuple[int, ...]) -> int:
    rest = dotted(values, weights) % 11
    return 0 if rest < 2 else 11 - rest


def br_cpf(value: str) -> bool:
    """Brazilian CPF (Receita Federal, IN 1548/2015): two check digits, modulo 11."""
    found = digits(value, 11)
    if not found or dull(found):
        return False
    first = _mod11_tail(found[:9], tuple(range(10, 1, -1)))
    return found[9] == first and found[10] == _mod11_tail(found[:10], tuple(range(11, 1, -1)))


_CNPJ: Final = re.compile(r"[0-9A-Z]{12}\d\d")
_CNPJ_WEIGHTS: Final = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)


def br_cnpj(value: str) -> bool:
    """Brazilian CNPJ, with letters as from July 2026 (Receita Federal, IN 2229/2024): characters count their ASCII code
    less 48, two check digits, modulo 11."""
    bare = shaped(value, _CNPJ)
    if not bare or len(set(bare)) == 1:
        return False
    values = [ord(each) - 48 for each in bare]
    first = _mod11_tail(values[:12], _CNPJ_WEIGHTS[1:])
    return values[12] == first and values[13] == _mod11_tail(values[:13], _CNPJ_WEIGHTS)


def br_pis(value: str) -> bool:
    """Brazilian PIS, PASEP, NIS and NIT (Caixa Econômica Federal): weights 3, 2, 9 to 2, modulo 11."""
    found = digits(value, 11)
    if not found or found[0] == 0 or dull(found):
        return False
    return found[10] == _mod11_tail(found[:10], (3, 2, 9, 8, 7, 6, 5, 4, 3, 2))


_CUIT_KINDS: Final = frozenset((20, 23, 24, 25, 26, 27, 30, 33, 34))


def ar_cuit(value: str) -> bool:
    """Argentine CUIT and CUIL (AFIP, RG 10/1997): kind of person, document, weights 5, 4, 3, 2, 7 to 2, modulo 11."""
    found = digits(value, 11)
    if not found or number(found[:2]) not in _CUIT_KINDS or flat(found[2:10]):
        return False
    return dotted(found, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


_RUT: Final = re.compile(r"\d{7,8}[0-9K]")


def cl_rut(value: str) -> bool:
    """Chilean RUT and RUN (Registro Civil): weights 2 to 7 from the right, modulo 11, K for 10."""
    bare = shaped(value, _RUT)
    if not bare or flat(list(map(int, bare[:-1]))):
        return False
    check = -dotted([int(each) for each in reversed(bare[:-1])], (2, 3, 4, 5, 6, 7)) % 11
    return "0123456789K"[check] == bare[-1]


def co_nit(value: str) -> bool:
    """Colombian NIT with its check digit (DIAN, Orden Administrativa 4 of 1989): prime weights, modulo 11."""
    found = digits(value, 9, 10, 11)
    if not found or dull(found):
        return False
    rest = dotted(found[-2::-1], (3, 7, 13, 17, 19, 23, 29, 37, 41, 43)) % 11
    return found[-1] == (rest if rest < 2 else 11 - rest)


_CURP: Final = re.compile(
    r"[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX]"
    r"(?:AS|BC|BS|CC|CL|CM|CS|CH|DF|DG|GT|GR|HG|JC|MC|MN|MS|NT|NL|OC|PL|QT|QR|SP|SL|SR|TC|TS|TL|VZ|YN|ZS|NE)"
    r"[B-DF-HJ-NP-TV-Z]{3}[0-9A-Z]\d"
)
_CURP_ORDER: Final = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"


def mx_curp(value: str) -> bool:
    """Mexican CURP (DOF of 18 October 2021, instructivo normativo): name, date, sex, state, check digit."""
    bare = shaped(value, _CURP)
    if not bare or not two_digit_date(int(bare[4:6]), int(bare[6:8]), int(bare[8:10])):
        return False
    return -dotted(list(map(_CURP_ORDER.index, bare[:17])), range(18, 1, -1)) % 10 == int(bare[17])


_RFC: Final = re.compile(r"[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{2}[0-9A]")
_RFC_ORDER: Final = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"


def mx_rfc(value: str) -> bool:
    """Mexican RFC (SAT, Código Fiscal art. 27): name, date, homonym key, check digit; not the generic ones."""
    bare = shaped(value, _RFC)
    if (
        not bare
        or bare in ("XAXX010101000", "XEXX010101000")
        or not two_digit_date(int(bare[-9:-7]), int(bare[-7:-5]), int(bare[-5:-3]))
    ):
        return False
    check = -dotted(list(map(_RFC_ORDER.index, bare[:-1].rjust(12))), range(13, 1, -1)) % 11
    return "0123456789A"[check] == bare[-1]


def mx_nss(value: str) -> bool:
    """Mexican social security number (IMSS): eleven digits, Luhn."""
    found = digits(value, 11)
    return bool(found) and any(found[:2]) and not dull(found) and luhn_sum(found) % 10 == 0


def pe_ruc(value: str) -> bool:
    """Peruvian RUC (SUNAT): kind of taxpayer, weights 5, 4, 3, 2, 7 to 2, modulo 11."""
    found = digits(value, 11)
    if not found or number(found[:2]) not in (10, 15, 16, 17, 20) or flat(found[2:]):
        return False
    return (11 - dotted(found[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 10 == found[10]


def uy_ci(value: str) -> bool:
    """Uruguayan identity card (DNIC): weights 2, 9, 8, 7, 6, 3, 4, modulo 10."""
    found = digits(value, 7, 8)
    return (
        bool(found)
        and not dull(found)
        and -dotted(found[:-1], (2, 9, 8, 7, 6, 3, 4)[8 - len(found) :]) % 10 == found[-1]
    )


def uy_rut(value: str) -> bool:
    """Uruguayan RUT (DGI): twelve digits, weights 4, 3, 2, 9 to 2, modulo 11."""
    found = digits(value, 12)
    if not found or not 1 <= number(found[:2]) <= 22 or not any(found[2:8]) or found[8:10] != [0, 0]:
        return False
    return -dotted(found[:11], (4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)) % 11 == found[11]


def ec_cedula(value: str) -> bool:
    """Ecuadorian cédula, or RUC of a person (Registro Civil; SRI): province, third digit below 6, Luhn."""
    found = digits(value, 10, 13)
    if not found or (len(found) == 13 and not any(found[10:])):
        return False
    province = number(found[:2])
    known = 1 <= province <= 24 or province == 30
    return known and found[2] < 6 and not dull(found) and luhn_sum(found[:10]) % 10 == 0


def do_cedula(value: str) -> bool:
    """Dominican cédula (JCE): eleven digits, Luhn."""
    found = digits(value, 11)
    return bool(found) and any(found[:3]) and not dull(found) and luhn_sum(found) % 10 == 0


_RIF: Final = re.compile(r"[VEJPGC]\d{9}")


def ve_rif(value: str) -> bool:
    """Venezuelan RIF (SENIAT): kind of taxpayer, weights 3, 2, 7 to 2, modulo 11."""
    bare = shaped(value, _RIF)
    if not bare or flat(list(map(int, bare[1:9]))):
        return False
    kind = {"V": 4, "E": 8, "J": 12, "C": 12, "P": 16, "G": 20}[bare[0]]
    check = 11 - (kind + dotted(list(map(int, bare[1:9])), (3, 2, 7, 6, 5, 4, 3, 2))) % 11
    return int(bare[9]) == (0 if check > 9 else check)


def py_ruc(value: str) -> bool:
    """Paraguayan RUC (SET, Decreto 1961/2009): weights from 2 from the right, modulo 11."""
    found = digits(value, 6, 7, 8, 9)
    if not found or dull(found):
        return False
    rest = dotted(found[-2::-1], range(2, 11)) % 11
    return found[-1] == (0 if rest < 2 else 11 - rest)


VALIDATORS: Final[Mapping[str, Callable[[str], bool]]] = {
    "us-ssn": us_ssn,
    "us-itin": us_itin,
    "us-ein": us_ein,
    "ca-sin": ca_sin,
    "ca-health-on": ca_health_on,
    "ca-ramq": ca_ramq,
    "br-cpf": br_cpf,
    "br-cnpj": br_cnpj,
    "br-pis": br_pis,
    "ar-cuit": ar_cuit,
    "cl-rut": cl_rut,
    "co-nit": co_nit,
    "mx-curp": mx_curp,
    "mx-rfc": mx_rfc,
    "mx-nss": mx_nss,
    "pe-ruc": pe_ruc,
    "uy-ci": uy_ci,
    "uy-rut": uy_rut,
    "ec-cedula": ec_cedula,
    "do-cedula": do_cedula,
    "ve-rif": ve_rif,
    "py-ruc": py_ruc,
}
