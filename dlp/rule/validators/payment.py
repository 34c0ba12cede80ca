"""Cards and bank accounts: card numbers by issuer, what a card's stripe says, IBAN, BIC, routing numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from dlp.rule.validators.checksums import compact, digits, dotted, dull, luhn_sum, remainder

_ANY: Final = range(12, 20)
_ISSUERS: Final[tuple[tuple[str, str, tuple[int, ...]], ...]] = (
    # name, ranges of the first digits, lengths (ISO/IEC 7812-1 and what the schemes publish)
    ("visa", "4", (16, 19)),
    ("mastercard", "51-55 2221-2720", (16,)),
    ("amex", "34 37", (15,)),
    ("discover", "6011 644-649 65", (16, 17, 18, 19)),
    ("diners", "300-305 3095 36 38 39", (14, 16, 19)),
    ("jcb", "3528-3589", (16, 17, 18, 19)),
    ("unionpay", "62 810-817", (16, 17, 18, 19)),
    ("maestro", "5018 5020 5038 5893 6304 6390 6703 6706 6709 6759 6761-6763 6771", tuple(_ANY)),
    ("mir", "2200-2204", (16, 17, 18, 19)),
    ("rupay", "60 65 81 82 508 353 356", (16,)),
    (
        "elo",
        "401178 401179 431274 438935 451416 457393 457631 457632 504175 506699-506778 509000-509999 627780 636297 "
        "636368 650031-650033 650035-650051 650405-650439 650485-650538 650541-650598 650700-650718 650720-650727 "
        "650901-650978 651652-651679 655000-655019 655021-655058",
        (16,),
    ),
    ("hipercard", "606282 637095 637568 637599 637609 637612", (16,)),
    ("verve", "506099-506198 507865-507964 650002-650027", (16, 18, 19)),
    ("troy", "9792", (16,)),
    ("dankort", "5019 4571", (16,)),
    ("uzcard", "8600", (16,)),
    ("humo", "9860", (16,)),
    ("belkart", "9112", (16,)),
    ("meeza", "5078", (16,)),
    ("naranja", "589562", (16,)),
    ("cabal", "604201-604219 603522 589657", (16,)),
    ("interpayment", "636", (16, 17, 18, 19)),
)

_TESTS: Final = frozenset(
    """
    4111111111111111 4242424242424242 4000056655665556 5555555555554444 5105105105105100 2223003122003222
    5200828282828210 378282246310005 371449635398431 378734493671000 6011111111111117 6011000990139424
    6011981111111113 3056930009020004 36227206271667 30569309025904 38520000023237 3566002020360505
    3530111333300000 6200000000000005 6200000000000047 6205500000000000004 4012888888881881 4000000000000002
    4000000000000069 4000000000000127 4000000000000119 4000000000009995 4000000000003220 4000002500003155
    4000002760003184 4000000000000077 4000000000000101 4000000000000341 4000000000000259 4988438843884305
    4166676667666746 4646464646464644 4444333322221111 4000160000000004 5454545454545454 5500000000000004
    5555341244441115 5577000055770004 2222400070000005 5555444433331111 2222410740360010 5136333333333335
    340000000000009 370000000000002 374251018720018 6011601160116611 6445644564456445 30000000000004
    36006666333344 3569990010095841 4917610000000000 4035501000000008 4360000001000005 4508750015741019
    4009348888881881 4005519200000004 4012000033330026 4012000077777777 4217651111111119 4500600000000061
    4007702835532454 4005550000000001 5431111111111111 5424000000000015 4007000000027 4012888818888 370000000000010
    4222222222222 5019717010103742 6331101999990016 3088000000000017 4701322211111234 4761739001010119
    371260714673002 371544868764018 378267515471109 4000111111111115 4023898493988028 4117101010101010
    4229989100000000 4229989500000006 4229989700000004 4229989800000003 4229989900000002 6062820524845321
    6304000000000000 5066991111111118
    """.split()  # noqa: SIM905 - a list of quoted numbers is harder to keep
)
"""Numbers that payment services give out for tests."""


def _ranges(text: str) -> list[tuple[int, int, int]]:
    """(how many digits, first, last) for each range."""
    out = []
    for each in text.split():
        low, _, high = each.partition("-")
        out.append((len(low), int(low), int(high or low)))
    return out


_BY_LENGTH: Final[dict[int, list[tuple[int, int, int]]]] = {
    size: [each for _, ranges, lengths in _ISSUERS if size in lengths for each in _ranges(ranges)] for size in _ANY
}


def _issued(bare: str) -> bool:
    return any(low <= int(bare[:size]) <= high for size, low, high in _BY_LENGTH.get(len(bare), ()))


def card(value: str) -> bool:
    """A payment card number (ISO/IEC 7812-1): a range and length that a scheme issues, Luhn's check digit; none of the
    numbers given out for tests, no row of a table."""
    found = digits(value, *_ANY)
    bare = "".join(map(str, found))
    if len(set(found)) < 5 or luhn_sum(found) % 10 or bare in _TESTS or not _issued(bare):
        return False
    groups = [int(each) for each in re.findall(r"\d+", value)]
    if len(groups) == 1:
        return len(bare) == 16 or bare[0] != "4"  # longer ones of Visa are rarer than 64-bit numbers
    return max(groups) - min(groups) > 100


def card_test(value: str) -> bool:
    """A card number that a payment service gives out for tests."""
    return compact(value) in _TESTS


_TRACK1: Final = re.compile(r"%?B(\d{12,19})\^[^^]{2,26}\^(\d{4})\d{3}")
_TRACK2: Final = re.compile(r";?(\d{12,19})[=D](\d{4})\d{3}")


def track(value: str) -> bool:
    """Track 1 or 2 of a card's stripe (ISO/IEC 7813): number, month of expiry, service code."""
    found = _TRACK1.match(value) or _TRACK2.match(value)
    if not found or not "01" <= found[2][2:] <= "12":
        return False
    bare = list(map(int, found[1]))
    return luhn_sum(bare) % 10 == 0 and _issued(found[1])


_IBANS: Final[dict[str, str]] = dict(
    pair.split(":")
    for pair in """
    AD:8n12c AE:19n AL:8n16c AT:16n AZ:4a20c BA:16n BE:12n BG:4a6n8c BH:4a14c BI:23n BR:23n1a1c BY:4c4n16c CH:5n12c
    CR:18n CY:8n16c CZ:20n DE:18n DJ:23n DK:14n DO:4c20n EE:16n EG:25n ES:20n FI:14n FK:2a12n FO:14n FR:10n11c2n
    GB:4a14n GE:2a16n GI:4a15c GL:14n GR:7n16c GT:24c HN:4a20n HR:17n HU:24n IE:4a14n IL:19n IQ:4a15n IS:22n
    IT:1a10n12c JO:4a4n18c KW:4a22c KZ:3n13c LB:4n20c LC:4a24c LI:5n12c LT:16n LU:3n13c LV:4a13c LY:21n MC:10n11c2n
    MD:20c ME:18n MK:3n10c2n MN:16n MR:23n MT:4a5n18c MU:4a19n3a NI:4a20n NL:4a10n NO:11n OM:3n16c PK:4a16c PL:24n
    PS:4a21c PT:21n QA:4a21c RO:4a16c RS:18n RU:14n15c SA:2n18c SC:4a20n3a SD:14n SE:20n SI:15n SK:20n SM:1a10n12c
    SO:19n ST:21n SV:4a20n TL:19n TN:20n TR:6n16c UA:6n19c VA:18n VG:4a16n XK:16n YE:4a4n18c
    """.split()  # noqa: SIM905 - as above
)
"""The part behind the check digits, by country: n digits, a letters, c either."""

_CLASSES: Final = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}
_IBAN: Final = {
    country: re.compile(
        country + r"\d\d" + re.sub(r"(\d+)([nac])", lambda part: f"{_CLASSES[part[2]]}{{{part[1]}}}", structure)
    )
    for country, structure in _IBANS.items()
}


def iban_countries() -> Mapping[int, list[str]]:
    """Countries by the length of their IBANs."""
    out: dict[int, list[str]] = {}
    for country, structure in _IBANS.items():
        out.setdefault(4 + sum(map(int, re.findall(r"\d+", structure))), []).append(country)
    return out


def iban(value: str) -> bool:
    """ISO 13616-1 and the SWIFT IBAN registry: length and structure of the country, MOD 97-10."""
    bare = compact(value)
    structure = _IBAN.get(bare[:2])
    if structure is None or not structure.fullmatch(bare) or not 2 <= int(bare[2:4]) <= 98:
        return False
    return len(set(bare[4:])) >= 3 and remainder(bare[4:] + bare[:4], 97) == 1


COUNTRIES: Final = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
    CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB
    GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE
    KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT
    MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU
    RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
    UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 - a list of quoted codes is harder to keep
)
"""ISO 3166-1, and Kosovo."""

_BIC: Final = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z2-9][A-NP-Z0-9](?:[A-WY-Z0-9][A-Z0-9]{2}|XXX)?")


def bic(value: str) -> bool:
    """ISO 9362: four letters, a country, the place, perhaps the branch."""
    return bool(_BIC.fullmatch(value)) and value[4:6] in COUNTRIES


def aba(value: str) -> bool:
    """A routing transit number of the American Bankers Association: district and check digit (weights 3, 7, 1)."""
    found = digits(value, 9)
    if not found or dull(found):
        return False
    district = 10 * found[0] + found[1]
    known = 1 <= district <= 12 or 21 <= district <= 32 or 61 <= district <= 72 or district == 80
    return known and dotted(found, (3, 7, 1)) % 10 == 0


def clabe(value: str) -> bool:
    """Mexican account numbers (CLABE, Banco de México, circular 2019/95): weights 3, 7, 1, each product modulo 10."""
    found = digits(value, 18)
    if not found or dull(found) or not any(found[:3]):
        return False
    total = sum(each * weight % 10 for each, weight in zip(found[:17], (3, 7, 1) * 6, strict=False))
    return (10 - total % 10) % 10 == found[17]


def cbu(value: str) -> bool:
    """Argentine account numbers (CBU, BCRA communication A 2622): two blocks, each with a check digit."""
    found = digits(value, 22)
    if not found or dull(found):
        return False
    return all((block[-1] + dotted(block[-2::-1], (3, 1, 7, 9))) % 10 == 0 for block in (found[:8], found[8:]))


_IFSC: Final = re.compile(r"[A-Z]{4}0[A-Z0-9]{6}")


def ifsc(value: str) -> bool:
    """Codes of Indian bank branches (Reserve Bank of India): four letters, 0, six characters."""
    return bool(_IFSC.fullmatch(value)) and any(map(str.isdigit, value[5:]))


VALIDATORS: Final[Mapping[str, Callable[[str], bool]]] = {
    "card": card,
    "card-test": card_test,
    "track": track,
    "iban": iban,
    "bic": bic,
    "aba": aba,
    "clabe": clabe,
    "cbu": cbu,
    "ifsc": ifsc,
}
