"""Valid values of every checksum, and near misses that the scheme promises to tell apart.

What a value consists of is said by a template: a string in which each `?` is a check character. The check characters
are those that the validator accepts; that it accepts the right ones is held by published numbers (test_known.py).
"""

from __future__ import annotations

import hashlib
import itertools
import random
import string
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final, NamedTuple

from dlp.rule.validators import VALIDATORS
from dlp.rule.validators.payment import _IBANS

Chance = random.Random
DIGITS: Final = string.digits
UPPER: Final = string.ascii_uppercase


class Scheme(NamedTuple):
    """`check`: characters that a `?` may be. `singles`: whether every change of one digit is caught, `swaps`: whether
    every exchange of two digits side by side; `spared`: differences of two digits whose exchange is not caught."""

    template: Callable[[Chance], str]
    check: str = DIGITS
    singles: bool = True
    swaps: bool = True
    spared: frozenset[int] = frozenset()


def d(chance: Chance, size: int) -> str:
    return "".join(chance.choices(DIGITS, k=size))


def a(chance: Chance, size: int, letters: str = UPPER) -> str:
    return "".join(chance.choices(letters, k=size))


def born(chance: Chance, form: str = "%y%m%d", first: int = 1940, last: int = 2007) -> str:
    day = date(first, 1, 1) + timedelta(chance.randrange((last - first) * 365))
    return day.strftime(form)


def upto(chance: Chance, low: int, high: int, size: int) -> str:
    return f"{chance.randint(low, high):0{size}}"


def card_template(chance: Chance) -> str:
    prefix = chance.choice(
        "4 51 55 2221 2720 34 37 6011 65 36 3095 3528 3589 62 6759 2200 6521 5067 606282 9792".split()  # noqa: SIM905
    )
    size = {"34": 15, "37": 15, "36": 14, "3095": 14, "62": chance.choice((16, 19))}.get(prefix, 16)
    return prefix + d(chance, size - len(prefix) - 1) + "?"


def iban_template(chance: Chance, country: str = "") -> str:
    country = country or chance.choice(sorted(_IBANS))
    kinds = {"n": DIGITS, "a": UPPER, "c": DIGITS + UPPER}
    out, size = "", ""
    for each in _IBANS[country]:
        if each.isdigit():
            size += each
        else:
            out, size = out + a(chance, int(size), kinds[each]), ""
    return f"{country}??{out}"


def steuer_id(chance: Chance) -> str:
    while True:
        ten = chance.sample(DIGITS, 10)
        ten[chance.randrange(10)] = chance.choice(ten)
        if ten[0] != "0" and len(set(ten)) == 9:
            return "".join(ten) + "?"


def gstin(chance: Chance) -> str:
    return upto(chance, 1, 37, 2) + a(chance, 3) + "P" + a(chance, 1) + d(chance, 4) + a(chance, 1) + "1Z?"


def curp(chance: Chance) -> str:
    state = chance.choice(["AS", "BC", "DF", "JC", "MC", "NL", "VZ"])
    return f"{a(chance, 1)}A{a(chance, 2)}{born(chance)}{chance.choice('HM')}{state}{a(chance, 3, 'BCDFGHJKLM')}0?"


def checked(part: str) -> str:
    """With the check digit of ICAO Doc 9303-3, 4.9."""
    values = [0 if each == "<" else int(each, 36) for each in part]
    return part + str(sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10)


def mrz_template(chance: Chance) -> str:
    names = f"{a(chance, 7)}<<{a(chance, 5)}<{a(chance, 4)}"
    document, day, end = checked(a(chance, 1) + d(chance, 8)), checked(born(chance)), checked(born(chance))
    own = checked(f"{d(chance, 6):<<14}")
    return f"P<UTO{names:<<39}\n{document}UTO{day}F{end}{own}{checked(document + day + end + own)[-1]}"


LUHN: Final = frozenset((9,))
HALF: Final = frozenset((5,))

SCHEMES: Final[dict[str, Scheme]] = {
    "luhn": Scheme(lambda c: d(c, c.randint(8, 18)) + "?", spared=LUHN),
    "mod97": Scheme(lambda c: d(c, c.randint(6, 20)) + "??"),
    "mod11-10": Scheme(lambda c: d(c, c.randint(6, 20)) + "?", swaps=False),
    "mod37-36": Scheme(lambda c: a(c, c.randint(6, 20), UPPER + DIGITS) + "?", UPPER + DIGITS, swaps=False),
    "mod11-2": Scheme(lambda c: d(c, c.randint(6, 20)) + "?", DIGITS + "X"),
    "verhoeff": Scheme(lambda c: d(c, c.randint(6, 20)) + "?"),
    "damm": Scheme(lambda c: d(c, c.randint(6, 20)) + "?"),
    "card": Scheme(card_template, spared=LUHN),
    "iban": Scheme(iban_template),
    "aba": Scheme(lambda c: upto(c, 1, 12, 2) + d(c, 6) + "?", spared=HALF),
    "clabe": Scheme(lambda c: "0" + upto(c, 2, 99, 2) + d(c, 14) + "?", spared=HALF),
    "cbu": Scheme(lambda c: d(c, 7) + "?" + d(c, 13) + "?", spared=HALF),
    "gb-nhs": Scheme(lambda c: d(c, 9) + "?"),
    "gb-utr": Scheme(lambda c: "?" + d(c, 9), singles=False, swaps=False),
    "gb-chi": Scheme(lambda c: born(c, "%d%m%y") + d(c, 3) + "?"),
    "ie-pps": Scheme(lambda c: d(c, 7) + "?" + c.choice(["", a(c, 1, "ABCDEFGHI")]), "WABCDEFGHIJKLMNOPQRSTUV"),
    "fr-nir": Scheme(
        lambda c: c.choice("12") + born(c, "%y%m") + upto(c, 1, 95, 2) + upto(c, 1, 900, 3) + "123" + "??"
    ),
    "fr-spi": Scheme(lambda c: c.choice("0123") + d(c, 9) + "???"),
    "de-steuer-id": Scheme(steuer_id, swaps=False),
    "de-personalausweis": Scheme(lambda c: "L" + d(c, 2) + a(c, 1, "XTHJK") + d(c, 5) + "?", spared=HALF),
    "de-rvnr": Scheme(lambda c: "15" + born(c, "%d%m%y") + a(c, 1) + d(c, 2) + "?", singles=False, swaps=False),
    "de-kvnr": Scheme(lambda c: a(c, 1) + d(c, 8) + "?", swaps=False),
    "at-svnr": Scheme(lambda c: upto(c, 100, 999, 3) + "?" + born(c, "%d%m%y")),
    "ch-ahv": Scheme(lambda c: "756" + d(c, 9) + "?", spared=HALF),
    "nl-bsn": Scheme(lambda c: upto(c, 1, 9, 1) + d(c, 7) + "?"),
    "be-rrn": Scheme(lambda c: born(c, last=1999) + upto(c, 1, 900, 3) + "??", singles=False, swaps=False),
    "lu-matricule": Scheme(lambda c: born(c, "%Y%m%d") + d(c, 3) + "??"),
    "it-codice-fiscale": Scheme(
        lambda c: a(c, 6) + born(c, "%y") + a(c, 1, "ABCDEHLMPRST") + upto(c, 1, 28, 2) + "F" + d(c, 3) + "?",
        UPPER,
        swaps=False,
    ),
    "it-partita-iva": Scheme(lambda c: upto(c, 1, 9_999_999, 7) + upto(c, 1, 100, 3) + "?", spared=LUHN),
    "es-dni": Scheme(lambda c: d(c, 8) + "?", UPPER),
    "es-nie": Scheme(lambda c: c.choice("XYZ") + d(c, 7) + "?", UPPER),
    "es-cif": Scheme(lambda c: c.choice("ABEH") + d(c, 7) + "?", spared=LUHN),
    "es-nuss": Scheme(
        lambda c: upto(c, 1, 50, 2) + upto(c, 10_000_000, 99_999_999, 8) + "??", singles=False, swaps=False
    ),
    "pt-nif": Scheme(lambda c: c.choice("12") + d(c, 7) + "?", singles=False, swaps=False),
    "pt-cc": Scheme(lambda c: d(c, 9) + "ZY" + "?", spared=LUHN),
    "gr-afm": Scheme(lambda c: upto(c, 1, 99, 2) + d(c, 6) + "?", singles=False, swaps=False),
    "gr-amka": Scheme(lambda c: born(c, "%d%m%y") + d(c, 4) + "?", spared=LUHN),
    "cy-tic": Scheme(lambda c: "1" + d(c, 7) + "?", UPPER, swaps=False),
    "tr-tckn": Scheme(lambda c: upto(c, 1, 9, 1) + d(c, 8) + "??", swaps=False),
    "tr-vkn": Scheme(lambda c: d(c, 9) + "?", swaps=False),
    "fi-hetu": Scheme(lambda c: born(c, "%d%m%y", last=1999) + "-" + upto(c, 2, 899, 3) + "?", DIGITS + UPPER),
    "se-personnummer": Scheme(lambda c: born(c) + "-" + upto(c, 1, 999, 3) + "?", spared=LUHN),
    "se-organisationsnummer": Scheme(lambda c: "556" + d(c, 3) + "-" + d(c, 3) + "?", spared=LUHN),
    "no-fodselsnummer": Scheme(lambda c: born(c, "%d%m%y") + d(c, 3) + "??"),
    "dk-cpr-checked": Scheme(lambda c: born(c, "%d%m%y", last=1999) + "-" + upto(c, 1, 399, 3) + "?"),
    "is-kennitala": Scheme(
        lambda c: born(c, "%d%m%y", last=1999) + upto(c, 20, 99, 2) + "?9", singles=False, swaps=False
    ),
    "baltic-code": Scheme(lambda c: c.choice("34") + born(c, last=1999) + d(c, 3) + "?", singles=False, swaps=False),
    "lv-personas-kods": Scheme(
        lambda c: born(c, "%d%m%y", last=1999) + "1" + d(c, 3) + "?", singles=False, swaps=False
    ),
    "pl-pesel": Scheme(lambda c: born(c, last=1999) + d(c, 4) + "?", singles=True, swaps=False),
    "pl-nip": Scheme(lambda c: upto(c, 100, 999, 3) + d(c, 6) + "?", swaps=False),
    "pl-regon": Scheme(lambda c: d(c, 8) + "?", singles=False, swaps=False),
    "pl-dowod": Scheme(lambda c: a(c, 3) + "?" + d(c, 5), spared=HALF, swaps=False),
    "pl-paszport": Scheme(lambda c: a(c, 2) + "?" + d(c, 6), swaps=False),
    "cz-rodne-cislo": Scheme(lambda c: born(c, first=1955) + "/" + d(c, 3) + "?", singles=False, swaps=False),
    "cz-ico": Scheme(lambda c: d(c, 7) + "?", singles=False, swaps=False),
    "hu-szemelyi": Scheme(lambda c: c.choice("12") + born(c, last=1996) + d(c, 3) + "?", singles=False, swaps=False),
    "hu-taj": Scheme(lambda c: d(c, 8) + "?", swaps=False),
    "hu-adoazonosito": Scheme(lambda c: "8" + upto(c, 20_000, 55_000, 5) + d(c, 3) + "?"),
    "ro-cnp": Scheme(
        lambda c: c.choice("12") + born(c) + upto(c, 1, 46, 2) + d(c, 3) + "?", singles=False, swaps=False
    ),
    "bg-egn": Scheme(lambda c: born(c, last=1999) + d(c, 3) + "?", singles=False, swaps=False),
    "bg-lnch": Scheme(lambda c: d(c, 9) + "?", swaps=False),
    "hr-oib": Scheme(lambda c: d(c, 10) + "?", swaps=False),
    "jmbg": Scheme(lambda c: born(c, "%d%m9%y", last=1999) + d(c, 5) + "?", swaps=False),
    "si-davcna": Scheme(lambda c: upto(c, 1, 9, 1) + d(c, 6) + "?", singles=False, swaps=False),
    "ru-inn": Scheme(lambda c: upto(c, 1, 92, 2) + d(c, 8) + "??", singles=False, swaps=False),
    "ru-inn-organisation": Scheme(lambda c: upto(c, 1, 92, 2) + d(c, 7) + "?", singles=False, swaps=False),
    "ru-snils": Scheme(lambda c: upto(c, 2, 200, 3) + d(c, 6) + "??", singles=False, swaps=False),
    "ua-rnokpp": Scheme(lambda c: upto(c, 20_000, 39_000, 5) + d(c, 4) + "?", singles=False, swaps=False),
    "ua-unzr": Scheme(lambda c: born(c, "%Y%m%d") + "-" + d(c, 4) + "?", spared=HALF),
    "md-idnp": Scheme(lambda c: "2" + d(c, 11) + "?", spared=HALF),
    "kz-iin": Scheme(lambda c: born(c, last=1999) + c.choice("34") + d(c, 4) + "?", swaps=False, singles=False),
    "by-personal": Scheme(lambda c: "3" + born(c, "%d%m%y") + "A" + d(c, 3) + "PB?", spared=HALF),
    "ca-sin": Scheme(lambda c: c.choice("1234567") + d(c, 7) + "?", spared=LUHN),
    "ca-health-on": Scheme(lambda c: upto(c, 1, 9, 1) + d(c, 8) + "?", spared=LUHN),
    "br-cpf": Scheme(lambda c: d(c, 9) + "??", swaps=False, singles=False),
    "br-cnpj": Scheme(lambda c: a(c, 8, DIGITS + UPPER) + "0001" + "??", swaps=False, singles=False),
    "br-pis": Scheme(lambda c: "12" + d(c, 8) + "?", singles=False, swaps=False),
    "ar-cuit": Scheme(lambda c: c.choice(["20", "27"]) + "-" + d(c, 8) + "-?", swaps=False),
    "cl-rut": Scheme(lambda c: upto(c, 5_000_000, 26_000_000, 8) + "-?", DIGITS + "K"),
    "co-nit": Scheme(lambda c: c.choice("89") + d(c, 8) + "-?", singles=False, swaps=False),
    "mx-curp": Scheme(curp, singles=False, swaps=False),
    "mx-rfc": Scheme(lambda c: a(c, 4) + born(c) + a(c, 2) + "?", DIGITS + "A"),
    "mx-nss": Scheme(lambda c: upto(c, 1, 97, 2) + d(c, 8) + "?", spared=LUHN),
    "pe-ruc": Scheme(lambda c: c.choice(["10", "20"]) + d(c, 8) + "?", singles=False, swaps=False),
    "uy-ci": Scheme(lambda c: c.choice("12345") + d(c, 6) + "-?", singles=False, swaps=False),
    "uy-rut": Scheme(lambda c: "21" + upto(c, 1, 999_999, 6) + "00" + d(c, 1) + "?", swaps=False),
    "ec-cedula": Scheme(lambda c: upto(c, 1, 24, 2) + c.choice("012345") + d(c, 6) + "?", spared=LUHN),
    "do-cedula": Scheme(lambda c: "0" + upto(c, 1, 99, 2) + d(c, 7) + "?", spared=LUHN),
    "ve-rif": Scheme(lambda c: c.choice("VJ") + d(c, 8) + "?", singles=False, swaps=False),
    "py-ruc": Scheme(lambda c: "8" + d(c, 7) + "-?", singles=False, swaps=False),
    "cn-resident-id": Scheme(lambda c: "110105" + born(c, "%Y%m%d") + d(c, 3) + "?", DIGITS + "X"),
    "hk-hkid": Scheme(lambda c: a(c, 1) + d(c, 6) + "?", DIGITS + "A"),
    "tw-id": Scheme(lambda c: a(c, 1) + c.choice("12") + d(c, 7) + "?", singles=False, swaps=False),
    "jp-my-number": Scheme(lambda c: d(c, 11) + "?", singles=False, swaps=False),
    "kr-rrn": Scheme(lambda c: born(c, last=1999) + "-" + c.choice("12") + d(c, 5) + "?", singles=False, swaps=False),
    "kr-brn": Scheme(lambda c: d(c, 9) + "?", singles=False, swaps=False),
    "sg-nric": Scheme(lambda c: c.choice("STFGM") + d(c, 7) + "?", UPPER),
    "th-id": Scheme(lambda c: upto(c, 1, 8, 1) + d(c, 11) + "?", singles=False, swaps=False),
    "in-aadhaar": Scheme(lambda c: c.choice("23456789") + d(c, 10) + "?"),
    "in-gstin": Scheme(gstin, DIGITS + UPPER, swaps=False),
    "il-id": Scheme(lambda c: upto(c, 1, 39, 3) + d(c, 5) + "?", spared=LUHN),
    "ir-melli": Scheme(lambda c: upto(c, 1, 600, 3) + d(c, 6) + "?", singles=False, swaps=False),
    "ae-emirates-id": Scheme(lambda c: "784-" + born(c, "%Y") + "-" + d(c, 7) + "-?", spared=LUHN),
    "sa-id": Scheme(lambda c: c.choice("12") + d(c, 8) + "?", spared=LUHN),
    "kw-civil-id": Scheme(lambda c: "2" + born(c, last=1999) + d(c, 4) + "?"),
    "za-id": Scheme(lambda c: born(c) + d(c, 4) + "08?", spared=LUHN),
    "mu-id": Scheme(lambda c: a(c, 1) + born(c, "%d%m%y") + d(c, 6) + "?", DIGITS + "ABCDEFG"),
    "au-tfn": Scheme(lambda c: upto(c, 100, 999, 3) + d(c, 5) + "?"),
    "au-medicare": Scheme(lambda c: c.choice("23456") + d(c, 7) + "?1", singles=False, swaps=False),
    "au-abn": Scheme(lambda c: "??" + d(c, 9)),
    "nz-ird": Scheme(lambda c: upto(c, 10, 149, 3) + d(c, 5) + "?", singles=False, swaps=False),
    "nz-nhi": Scheme(lambda c: a(c, 3, "ABCDEFGHJKLMNPQRSTUVWXYZ") + d(c, 3) + "?", singles=False, swaps=False),
    "mrz": Scheme(mrz_template, spared=HALF),
    "vin": Scheme(
        lambda c: "1HG" + a(c, 5, "ABCDEFGH123") + "?" + a(c, 2, "ABC123") + d(c, 6), DIGITS + "X", swaps=False
    ),
    "imei": Scheme(lambda c: "35" + d(c, 12) + "?", spared=LUHN),
    "npi": Scheme(lambda c: "1" + d(c, 8) + "?", spared=LUHN),
    "dea": Scheme(lambda c: c.choice("ABFM") + a(c, 1) + d(c, 6) + "?", singles=False, swaps=False),
}
"""By the names of the validators. What is not here has no check digit, or is in generate_wallets.py."""


def valid(name: str, chance: Chance) -> str:
    """A value that the validator takes."""
    scheme, accepts = SCHEMES[name], VALIDATORS[name]
    while True:
        pieces = scheme.template(chance).split("?")
        for checks in _checks(scheme, pieces):
            value = "".join(itertools.chain.from_iterable(zip(pieces, (*checks, ""), strict=True)))
            if accepts(value):
                return value


def _checks(scheme: Scheme, pieces: list[str]) -> Iterator[tuple[str, ...]]:
    return itertools.product(scheme.check, repeat=len(pieces) - 1)


def singles(value: str) -> Iterator[str]:
    """Every change of one digit."""
    for at, each in enumerate(value):
        if each in DIGITS:
            for other in DIGITS:
                if other != each:
                    yield value[:at] + other + value[at + 1 :]


def swaps(value: str, spared: frozenset[int] = frozenset()) -> Iterator[str]:
    """Every exchange of two digits side by side; not of those whose difference is one of `spared`."""
    for at, (each, other) in enumerate(itertools.pairwise(value)):
        if each in DIGITS and other in DIGITS and each != other and abs(int(each) - int(other)) not in spared:
            yield value[:at] + other + each + value[at + 2 :]


def near_misses(name: str, value: str) -> Iterator[str]:
    """What the scheme promises to catch."""
    scheme = SCHEMES[name]
    if scheme.singles:
        yield from singles(value)
    if scheme.swaps:
        yield from swaps(value, scheme.spared)


def chance(seed: object) -> Chance:
    """The same for the same seed, on every machine."""
    return random.Random(hashlib.sha256(repr(seed).encode()).digest())
