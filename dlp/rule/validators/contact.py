"""Ways to reach somebody: e-mail addresses, telephone numbers; and when they were born."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from dlp.rule.validators.checksums import real_date

_NOBODY: Final = frozenset(
    """
    noreply no-reply donotreply do-not-reply no_reply bounce bounces mailer-daemon postmaster abuse hostmaster webmaster
    info support help sales contact admin administrator root security press marketing hello team office billing
    service privacy legal jobs careers feedback git hg svn user username someone somebody nobody name you your me email
    mail foo bar baz test tester example user1 user2 localpart mailman listserv subscribe unsubscribe notifications
    notification newsletter news alerts alert daemon builder builds ci dev devs dev-null null maintainers contributors
    """.split()  # noqa: SIM905 - a list of quoted words is harder to keep
)
"""Who answers for a role or for nobody."""

_RESERVED: Final = re.compile(
    r"(?:^|\.)(?:example\.(?:com|net|org|edu|[a-z]{2}|co\.uk|com\.au)|(?:your|my)?(?:domain|company|email|mail|host|site|org)"
    r"\.(?:com|net|org|tld)|test\.(?:com|org|net)|foo\.(?:com|org|net|bar)|bar\.(?:com|org|net)|acme\.(?:com|org)"
    r"|email\.tld|localhost\.localdomain|noreply\.github\.com|sentry\.io|ingest\.sentry\.io"
    r"|[a-z0-9-]+\.(?:example|test|invalid|localhost|local|internal|lan|localdomain|corp|home|intranet))$"
)
"""RFC 2606, RFC 6761, and what documentation writes besides."""

_NO_DOMAIN: Final = frozenset(
    """
    png jpg jpeg gif svg webp ico css scss less js mjs cjs ts tsx jsx json html htm xml yml yaml toml rst txt rb go
    java kt cs php bat lock map min conf cfg ini log sql dll exe gz tar whl deb rpm pdf doc docx service socket target
    timer mount slice scope device local
    """.split()  # noqa: SIM905 - as above
)
"""What follows the last full stop of a file's name and is no domain."""

_EMAIL: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24})"
)


def email(value: str) -> bool:
    """An address of somebody (RFC 5321): not of a role, of a domain that is reserved (RFC 2606, RFC 6761), or the name
    of a file, package or host."""
    if len(value) > 254 or not (found := _EMAIL.fullmatch(value)):
        return False
    user, domain = value[: found.start(1) - 1].lower(), found[1].lower()
    if user.startswith(".") or user.endswith(".") or ".." in user or not any(map(str.isalpha, user)):
        return False
    if user in _NOBODY or re.split(r"[+._-]", user)[0] in ("noreply", "donotreply", "mailer", "bounce", "bounces"):
        return False
    return domain.rpartition(".")[2] not in _NO_DOMAIN and not _RESERVED.search(domain)


def phone_international(value: str) -> bool:
    """A telephone number with + and the country's code (ITU-T E.164), in a range that is given out."""
    import phonenumbers

    if len(value) > 40 or not value.lstrip().startswith(("+", "00", "(+")):
        return False
    text = value.strip().replace("(0)", "").replace("(+", "(").lstrip("(")
    text = text if text.startswith("+") else "+" + text.removeprefix("00")
    try:
        parsed = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return False
    national = str(parsed.national_number)
    return (
        bool(phonenumbers.is_valid_number(parsed))
        and len(set(national)) > 2
        and not _fictitious(parsed.country_code or 0, national)
    )


def _fictitious(country: int, national: str) -> bool:
    """Ranges kept for films and books: North America 555, Britain 7700 900."""
    return (country == 1 and national[3:6] == "555") or (country == 44 and national.startswith("7700900"))


_NATIONAL: Final = (
    "US",
    "GB",
    "DE",
    "FR",
    "ES",
    "IT",
    "NL",
    "IN",
    "BR",
    "AU",
    "JP",
    "PL",
    "SE",
    "MX",
    "CN",
    "CH",
    "AT",
    "BE",
)


def phone_national(value: str) -> bool:
    """A telephone number without the country's code, as one of the larger countries gives it out."""
    import phonenumbers

    if len(value) > 40:
        return False
    for region in _NATIONAL:
        try:
            parsed = phonenumbers.parse(value, region)
        except phonenumbers.NumberParseException:
            continue
        national = str(parsed.national_number)
        if phonenumbers.is_valid_number(parsed):
            return len(set(national)) > 2 and not _fictitious(parsed.country_code or 0, national)
    return False


_DATE: Final = re.compile(r"(\d{1,4})[-/. ](\d{1,2}|[A-Za-z]{3,9}\.?)[-/. ](\d{2,4})")


def birth_date(value: str) -> bool:
    """A date that somebody alive may be born on."""
    found = _DATE.fullmatch(value.strip()) if len(value) < 40 else None
    if not found:
        return False
    first, middle, last = found[1], found[2], found[3]
    year, day = (int(first), int(last)) if len(first) == 4 else (int(last), int(first))
    if len(first) == 4 and len(last) > 2:
        return False
    year += 0 if year > 99 else 1900 if year > 26 else 2000
    if not 1905 <= year <= 2035:
        return False
    if not middle.isdigit():
        return 1 <= day <= 31
    return real_date(year, int(middle), day) or real_date(year, day, int(middle))


VALIDATORS: Final[Mapping[str, Callable[[str], bool]]] = {
    "email": email,
    "phone-international": phone_international,
    "phone-national": phone_national,
    "birth-date": birth_date,
}
