"""Secrets that are known by their structure: tokens that decode, key files, passwords that are no placeholders."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Final
from urllib.parse import unquote

from dlp.rule.randomness import entropy
from dlp.rule.validators.encodings import base64_of, json_object
from dlp.rule.validators.stand_ins import LONGEST, STAND_INS

MAX_VALUE: Final = 4_096
"""Characters of a match; no validator looks at more."""

_LEET: Final = str.maketrans("013457@$!", "oieastasi")

_INTERPOLATED: Final = re.compile(
    r"""
      \$[A-Za-z_]\w{0,60}\Z                 # $NAME
    | \$[({\[]                              # ${NAME} $(command)
    | [{<\[(%]{1,3}\ ?[A-Za-z_.$@][^\n]{0,80}?[\])}>%]{1,3}[sd]?\Z      # {name} <name> [name] %NAME% %(name)s
    | \{\{|\}\}|<%|%>|\#\{|@\{|@@
    | %[-\d.]{0,4}[sdvqrx@]\Z
    | %\d?\$?s
    | [*•.·…?_-]{3,}\Z                      # ***** ….
    | (?i:process\.env|os\.environ|getenv|ENV\[|env\(|config[.\[(]|params[.\[]|props[.\[]|self\.|this\.|args[.\[])
    | (?i:vault:|secret:|ref\+|arn:aws:|ENC\[|ENC\(|op://|ssm:|keyring:|file://)
    """,
    re.VERBOSE,
)
_INSIDE: Final = re.compile(r"\$\{|\{\{|#\{|\$\(|<%|\}\}|…|\.\.\.")
_GAP: Final = re.compile(r"\\+[nrt]|&#[xX]?[0-9a-fA-F]{1,4};|%0[AaDd]|<br ?/?>")


def _decoded(value: str, *, url: bool = False) -> bytes | None:
    """Base64 that is not too long, spaces around it or none; None if it is none."""
    text = value.strip()
    return base64_of(text, url=url) if len(text.rstrip("=")) <= 3 * MAX_VALUE else None


def _text(data: bytes | None, encoding: str = "utf-8") -> str | None:
    """What the bytes say, if it can be printed."""
    if not data:
        return None
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return text if all(char.isprintable() or char in "\r\n\t" for char in text) else None


def _of_words(value: str) -> bool:
    """Nothing but words that stand for a password, digits and punctuation between them: `my-password1`, `P@ssw0rd!`."""
    plain = value.lower()
    folded = plain.translate(_LEET)
    size = len(plain)
    # For each place that words, digits and punctuation lead to: whether a word was among them.
    reached: list[bool | None] = [None] * (size + 1)
    reached[0] = False
    for at in range(size):
        word = reached[at]
        if word is None:
            continue
        if not plain[at].isalpha():
            reached[at + 1] = bool(reached[at + 1]) or word
        for end in range(at + 1, min(at + LONGEST, size) + 1):
            if plain[at:end] in STAND_INS or folded[at:end] in STAND_INS:
                reached[end] = True
    return bool(reached[size])


def _trivial(value: str) -> bool:
    """One or two characters over and over, or a row of neighbours: `aaaa`, `123456`, `abcdef`, `987654`."""
    if len(set(value)) <= 2:
        return True
    steps = [ord(b) - ord(a) for a, b in pairwise(value)]
    return all(step in (0, 1, -9) for step in steps) or all(step in (0, -1, 9) for step in steps)


def real_password(value: str) -> bool:
    """A password that somebody uses: no placeholder, no variable, no word such as `password` or `changeme`."""
    text = value.strip()
    if not 4 <= len(text) <= 512:
        return False
    return not (_INTERPOLATED.match(text) or _INSIDE.search(text) or _trivial(text) or _of_words(text))


def url_password(value: str) -> bool:
    """The same for a password in a URL, where `%40` is an `@`."""
    return real_password(value) and real_password(unquote(value[:MAX_VALUE]))


def strong_password(value: str) -> bool:
    """One that a person or a program has made to be hard: eight characters or more, of several kinds."""
    text = unquote(value[:MAX_VALUE])
    if len(text) < 8 or not real_password(text):
        return False
    kinds = (str.islower, str.isupper, str.isdigit, lambda char: not char.isalnum())
    return sum(any(kind(char) for char in text) for kind in kinds) >= 2 and entropy(text) >= 2.9


def mixed_token(value: str) -> bool:
    """Letters and digits mixed as chance mixes them, so no word, no path, no name in camel case."""
    if len(value) > MAX_VALUE or not real_password(value):
        return False
    digits = sum(char.isdigit() for char in value)
    letters = sum(char.isalpha() for char in value)
    if not digits or not letters or entropy(value) < 3.0:
        return False
    # Words joined by - _ . or a change of case are names, not tokens.
    parts = (part.lower() for part in re.findall(r"[A-Z]?[a-z]{3,}|[A-Z]{4,}", value))
    return sum(len(part) for part in parts if _pronounceable(part)) <= 0.6 * len(value)


def _pronounceable(word: str) -> bool:
    """Whether vowels and consonants alternate as in words."""
    vowels = sum(char in "aeiouy" for char in word)
    return 4 * vowels >= len(word) and not re.search(r"[^aeiouy]{4}|[aeiou]{3}", word)


def _pem(value: str) -> str:
    """The base64 of a PEM body, whatever it is wrapped in: escapes, indentation, quotes, comment signs."""
    text = _GAP.sub(" ", value[:MAX_VALUE])
    if "%2" in text or "%3" in text:
        text = unquote(text)
    words = re.split(r"[^A-Za-z0-9+/=]+", text)
    return "".join(word for word in words if word not in ("+", "="))


def pem_body(value: str) -> bool:
    """Base64 of 44 bytes or more that look like chance."""
    body = _pem(value)
    if len(body) < 60 or entropy(body) < 4.0:
        return False
    core = body.partition("=")[0]
    return _decoded(core[: len(core) // 4 * 4]) is not None


def _openssh_cipher(value: str) -> bytes | None:
    """The cipher that an OpenSSH key names; None if the body is no such key."""
    body = _pem(value)
    data = _decoded(body[:120].partition("=")[0]) or b""
    magic = b"openssh-key-v1\x00"
    if not data.startswith(magic) or len(data) < len(magic) + 8:
        return None
    size = int.from_bytes(data[len(magic) : len(magic) + 4], "big")
    return data[len(magic) + 4 : len(magic) + 4 + min(size, 40)]


def openssh_open(value: str) -> bool:
    """An OpenSSH private key that no passphrase protects."""
    return pem_body(value) and _openssh_cipher(value) in (None, b"none")


def openssh_locked(value: str) -> bool:
    """An OpenSSH private key with a passphrase."""
    return pem_body(value) and _openssh_cipher(value) not in (None, b"none")


def pem_in_base64(value: str) -> bool:
    """Base64 of a PEM private key, not an encrypted one."""
    body = re.sub(r"\\+[nr]|\s+", "", value[:MAX_VALUE]).partition("=")[0]
    data = _decoded(body[: len(body) // 4 * 4]) or b""
    head, _, rest = data.decode("latin-1").partition("PRIVATE KEY")
    return bool(rest) and "ENCRYPTED" not in head + rest[:100] and pem_body(rest.lstrip("-").partition("-----END")[0])


def der_private_key(value: str) -> bool:
    """Base64 of a PKCS#1, PKCS#8 or SEC 1 key: a sequence whose length is that of the value, and a version."""
    data = _decoded(re.sub(r"\s+", "", value))
    if data is None or len(data) < 46 or data[0] != 0x30:
        return False
    extra = data[1] & 0x7F if data[1] & 0x80 else 0
    if extra > 3:
        return False
    size = int.from_bytes(data[2 : 2 + extra], "big") if extra else data[1]
    start = 2 + extra
    return 0 <= start + size - len(data) <= 2_000 and data[start : start + 3] in (b"\x02\x01\x00", b"\x02\x01\x01")


def _jose_header(part: str) -> dict[str, object] | None:
    return json_object(_decoded(part, url=True))


def jwt(value: str) -> bool:
    """A signed JSON Web Token: the header names an algorithm, the payload is an object, and it is not the one that
    every introduction shows."""
    parts = value.split(".")
    if len(value) > MAX_VALUE or len(parts) != 3 or not parts[2]:
        return False
    header, payload = _jose_header(parts[0]), json_object(_decoded(parts[1], url=True))
    if header is None or payload is None or not isinstance(header.get("alg"), str) or header["alg"] in ("none", ""):
        return False
    if entropy(parts[2]) < 3.0 or _decoded(parts[2], url=True) is None:
        return False
    return not (payload.get("sub") == "1234567890" or payload.get("name") == "John Doe")


def jwe(value: str) -> bool:
    """An encrypted one: five parts, and a header that names both algorithms."""
    parts = value.split(".")
    if len(value) > MAX_VALUE or len(parts) != 5:
        return False
    header = _jose_header(parts[0])
    return header is not None and isinstance(header.get("alg"), str) and isinstance(header.get("enc"), str)


def jwk_number(value: str) -> bool:
    """A number of a JSON Web Key, such as its private exponent: 16 bytes or more of base64url that look like chance."""
    data = _decoded(value, url=True)
    return data is not None and len(data) >= 16 and entropy(data) >= 3.3


def basic_auth(value: str) -> bool:
    """Base64 of `user:password`, and the password is no placeholder."""
    text = _text(_decoded(value)) or _text(_decoded(value), "latin-1")
    if text is None or ":" not in text or "\n" in text:
        return False
    user, _, password = text.partition(":")
    return len(user) <= 256 and real_password(password) and not _INTERPOLATED.match(user)


def base64_password(value: str) -> bool:
    """Base64 of a password in UTF-8 or UTF-16 that is no placeholder."""
    data = _decoded(value)
    text = _text(data, "utf-16-le") if data and len(data) % 2 == 0 and data[1:2] == b"\x00" else _text(data)
    return text is not None and "\n" not in text and real_password(text)


def unattend_password(value: str) -> bool:
    """A password as setup answer files hide it: UTF-16 with the element's name behind it, in base64."""
    data = _decoded(value)
    if data is None or len(data) % 2:
        return False
    text = _text(data, "utf-16-le")
    return text is not None and any(
        text.endswith(name) and real_password(text.removesuffix(name)) for name in ("AdministratorPassword", "Password")
    )


def cpassword(value: str) -> bool:
    """A password of Group Policy Preferences: base64 of whole AES blocks."""
    data = _decoded(value)
    return data is not None and 16 <= len(data) <= 1_024 and len(data) % 16 == 0 and entropy(data) >= 3.0


def kubernetes_data(value: str) -> bool:
    """An entry of a Kubernetes Secret: base64 of a text that is no placeholder and no certificate, or of a binary
    key."""
    if len(value) % 4:
        return False
    data = _decoded(value)
    if data is None or len(data) < 6:
        return False
    text = _text(data)
    if text is None:
        return len(data) >= 32 and any(not char.isalnum() for char in value.rstrip("=")) and entropy(data) >= 4.0
    if text.startswith("-----BEGIN "):
        return "PRIVATE KEY" in text[:60]
    return real_password(text.strip())


def docker_config(value: str) -> bool:
    """Base64 of a Docker configuration with credentials in it."""
    data = _decoded(value)
    return data is not None and b'"auths"' in data and (b'"auth"' in data or b'"password"' in data)


def bcrypt(value: str) -> bool:
    """The cost is one that exists, and the last characters leave no bits over."""
    found = re.fullmatch(r"\$2[abxy]\$(\d\d)\$([./A-Za-z0-9]{53})", value)
    if found is None or not 4 <= int(found[1]) <= 31:
        return False
    # 128 bits of salt leave two bits in the 22nd character, 184 of hash leave four in the 53rd.
    return found[2][21] in ".Oeu" and entropy(found[2]) >= 3.5


def crypt_hash(value: str) -> bool:
    """The digest of a crypt(3) string looks like chance."""
    digest = value.rpartition("$")[2]
    return len(digest) >= 13 and entropy(digest) >= 3.3


def ldap_hash(value: str) -> bool:
    """`{SSHA}…` and its like: base64 of the digest and, where the scheme has one, a salt."""
    found = re.fullmatch(r"\{(\w{3,10})\}([A-Za-z0-9+/]{20,200}={0,2})", value)
    data = _decoded(found[2]) if found else None
    if found is None or data is None:
        return False
    scheme = found[1].upper()
    sizes = {"SHA": 20, "SSHA": 20, "MD5": 16, "SMD5": 16, "SHA256": 32, "SSHA256": 32, "SHA512": 64, "SSHA512": 64}
    size = sizes.get(scheme)
    if size is None:
        return False
    return size < len(data) <= size + 64 if scheme.startswith(("SS", "SM")) else len(data) == size


def cisco_type7(value: str) -> bool:
    """A password of type 7 unveils as text: an offset up to 15 in the key that all devices share."""
    key = "dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"
    if not re.fullmatch(r"\d\d(?:[0-9A-Fa-f]{2}){4,60}", value) or int(value[:2]) > 52:
        return False
    offset = int(value[:2])
    data = bytes.fromhex(value[2:])
    return all(32 <= byte ^ ord(key[(offset + i) % len(key)]) < 127 for i, byte in enumerate(data))


def keytab(value: str) -> bool:
    """Base64 of a Kerberos keytab: version 5.2, then an entry whose lengths fit."""
    text = value.rstrip("=")
    data = _decoded(text[: len(text) // 4 * 4])
    if data is None or len(data) < 30 or data[:2] != b"\x05\x02":
        return False
    size = int.from_bytes(data[2:6], "big")
    components = int.from_bytes(data[6:8], "big")
    realm = int.from_bytes(data[8:10], "big")
    return 20 <= size <= 1_024 and 1 <= components <= 5 and 1 <= realm <= 255


def otp_seed(value: str) -> bool:
    """Base32 of ten bytes or more."""
    text = value.replace("%3D", "").replace("%3d", "").replace(" ", "").rstrip("=").upper()
    if not 16 <= len(text) <= 256 or not re.fullmatch(r"[A-Z2-7]+", text):
        return False
    # The seeds of introductions: "Hello!" and "12345678901234567890".
    return text not in _OTP_SAMPLES and entropy(text) >= 2.5


_OTP_SAMPLES: Final = ("JBSWY3DPEHPK3PXP", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")


def rclone_obscured(value: str) -> bool:
    """As rclone hides passwords: base64url of 16 bytes of IV and the text."""
    data = _decoded(value, url=True)
    return data is not None and len(data) >= 20 and entropy(data) >= 3.5


def saml(value: str) -> bool:
    """Base64 (and deflated, perhaps) of a SAML response or assertion."""
    text = re.sub(r"\s+", "", unquote(value[:MAX_VALUE], "latin-1")).partition("=")[0]
    data = _decoded(text[: len(text) // 4 * 4]) or b""
    if data and not data.lstrip().startswith(b"<"):
        try:
            data = zlib.decompressobj(-15).decompress(data, 4_096)
        except zlib.error:
            return False
    return any(word in data for word in (b"Response", b"Assertion")) and (b"SAML" in data or b"saml" in data)


def wireguard_key(value: str) -> bool:
    """Base64 of 32 bytes that look like chance."""
    data = _decoded(value)
    return data is not None and len(data) == 32 and entropy(data) >= 3.5


VALIDATORS: Final[Mapping[str, Callable[[str], bool]]] = {
    "base64-password": base64_password,
    "basic-auth": basic_auth,
    "bcrypt": bcrypt,
    "cisco-type7": cisco_type7,
    "cpassword": cpassword,
    "crypt-hash": crypt_hash,
    "der-private-key": der_private_key,
    "docker-config": docker_config,
    "jwe": jwe,
    "jwk-number": jwk_number,
    "jwt": jwt,
    "keytab": keytab,
    "kubernetes-data": kubernetes_data,
    "ldap-hash": ldap_hash,
    "mixed-token": mixed_token,
    "openssh-locked": openssh_locked,
    "openssh-open": openssh_open,
    "otp-seed": otp_seed,
    "pem-body": pem_body,
    "pem-in-base64": pem_in_base64,
    "rclone-obscured": rclone_obscured,
    "real-password": real_password,
    "saml": saml,
    "strong-password": strong_password,
    "unattend-password": unattend_password,
    "url-password": url_password,
    "wireguard-key": wireguard_key,
}
