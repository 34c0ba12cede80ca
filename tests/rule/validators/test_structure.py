"""Secrets that are known by their structure."""

from __future__ import annotations

import base64
import json
import struct

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from dlp.rule.validators.structure import VALIDATORS

NONE = serialization.NoEncryption()
EC = ec.generate_private_key(ec.SECP256R1())


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey, form: str = "PKCS8") -> str:
    return key.private_bytes(serialization.Encoding.PEM, getattr(serialization.PrivateFormat, form), NONE).decode()


def body(text: str) -> str:
    return text.split("-----")[2]


def token(header: object, payload: object, signature: bytes = bytes(range(7, 39))) -> str:
    return ".".join([b64url(json.dumps(header).encode()), b64url(json.dumps(payload).encode()), b64url(signature)])


@pytest.mark.parametrize("name", sorted(VALIDATORS))
@given(value=st.text(max_size=300))
def test_it_never_raises(name: str, value: str) -> None:
    assert VALIDATORS[name](value) in (True, False)


@pytest.mark.parametrize("name", sorted(VALIDATORS))
@pytest.mark.parametrize("value", ["", "=", "a", "a" * 100_000, "$" * 5_000, "pass" * 30_000, "\ud800", "\x00" * 40])
def test_nor_at_extremes(name: str, value: str) -> None:
    assert VALIDATORS[name](value) is False


@pytest.mark.parametrize("name", sorted(VALIDATORS))
@given(data=st.binary(max_size=200))
def test_nor_at_what_decodes(name: str, data: bytes) -> None:
    for value in (b64(data), b64url(data), "eyJ" + b64url(data) + ".e30." + b64url(data), "{SSHA}" + b64(data)):
        assert VALIDATORS[name](value) in (True, False)


@pytest.mark.parametrize(
    "value", ["xK9mQ2w", "Winter2024!", "sunflower", "Ro0m$Key-77", "$ecr3t-Ru1n", "gT5%nb", "80347215"]
)
def test_a_real_password(value: str) -> None:
    assert VALIDATORS["real-password"](value)


PLACEHOLDERS = """
    password pass PASSWORD P@ssw0rd! s3cr3t changeme123 my-secret-password hunter2 postgres dbpass your_password_here
    ${DB_PASS} $PW $(pass) <password> <your-password> {{pw}} {password} [password] #{pw} %s %(pw)s %PASS% %d ***** ....
    process.env.PW os.environ['PW'] vault:secret/db 12345678 aaaa abcdefgh 9876543 abc x
"""


@pytest.mark.parametrize("value", PLACEHOLDERS.split())
def test_a_placeholder(value: str) -> None:
    assert not VALIDATORS["real-password"](value)
    assert not VALIDATORS["url-password"](value)
    assert not VALIDATORS["strong-password"](value)


def test_a_password_in_a_url_is_unquoted() -> None:
    assert VALIDATORS["url-password"]("k%40Rt7%21xe")
    assert not VALIDATORS["url-password"]("p%40ssw0rd")


def test_a_strong_password_is_long_and_mixed() -> None:
    assert VALIDATORS["strong-password"]("bT7-qUx92Lm")
    assert not VALIDATORS["strong-password"]("sunflower")
    assert not VALIDATORS["strong-password"]("xK9mQ2w")


def test_a_mixed_token_is_no_name() -> None:
    assert VALIDATORS["mixed-token"]("q8Zt2LmX0vRb7NcY4sKd")
    assert not VALIDATORS["mixed-token"]("MyServiceAccountName2")
    assert not VALIDATORS["mixed-token"]("internal-deployment-cluster-01")


@pytest.mark.parametrize("text", [pem(EC), pem(EC, "TraditionalOpenSSL"), pem(ed25519.Ed25519PrivateKey.generate())])
def test_a_pem_body_however_it_is_wrapped(text: str) -> None:
    inner = body(text)
    for form in (
        inner,
        inner.replace("\n", "\\n"),
        inner.replace("\n", "\\\\n"),
        inner.replace("\n", "\r\n    "),
        inner.replace("\n", " "),
        inner.replace("\n", "\n# "),
        inner.replace("\n", '\\n" +\n    "'),
        inner.replace("\n", "&#10;"),
        inner.replace("\n", "%0A").replace("+", "%2B").replace("/", "%2F"),
    ):
        assert VALIDATORS["pem-body"](form)
    assert not VALIDATORS["pem-body"](inner[:50])
    assert not VALIDATORS["pem-body"]("MIIEowIBAAKCAQEA" + "A" * 100)


def test_an_openssh_key_says_whether_it_is_locked() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    opened = body(pem(key, "OpenSSH"))
    assert VALIDATORS["openssh-open"](opened)
    assert VALIDATORS["openssh-open"](opened.replace("\n", "\\n"))
    assert not VALIDATORS["openssh-locked"](opened)
    data = bytearray(base64.b64decode("".join(opened.split())))
    locked = b64(bytes(data[:15] + struct.pack(">I", 10) + b"aes256-ctr" + data[23:]))
    assert VALIDATORS["openssh-locked"](locked)
    assert not VALIDATORS["openssh-open"](locked)


def test_pem_in_base64() -> None:
    assert VALIDATORS["pem-in-base64"](b64(pem(EC).encode()))
    public = EC.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert not VALIDATORS["pem-in-base64"](b64(public))
    locked = EC.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    assert not VALIDATORS["pem-in-base64"](b64(locked))


def test_a_key_in_der() -> None:
    for form in ("PKCS8", "TraditionalOpenSSL"):
        der = EC.private_bytes(serialization.Encoding.DER, getattr(serialization.PrivateFormat, form), NONE)
        assert VALIDATORS["der-private-key"](b64(der))
    public = EC.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert not VALIDATORS["der-private-key"](b64(public))


def test_a_token_of_json() -> None:
    good = token({"alg": "HS256"}, {"uid": 4711})
    assert VALIDATORS["jwt"](good)
    assert not VALIDATORS["jwt"](good.rpartition(".")[0] + ".")
    assert not VALIDATORS["jwt"](token({"typ": "JWT"}, {"uid": 4711}))
    assert not VALIDATORS["jwt"](token({"alg": "none"}, {"uid": 4711}))
    assert not VALIDATORS["jwt"](token({"alg": "HS256"}, ["uid"]))
    assert not VALIDATORS["jwt"](token({"alg": "HS256"}, {"sub": "1234567890", "name": "John Doe"}))
    header = b64url(json.dumps({"alg": "dir", "enc": "A256GCM"}).encode())
    assert VALIDATORS["jwe"](f"{header}..c2l4dGVlbg.ZGF0YQ.dGFn")
    assert not VALIDATORS["jwe"](good + ".a.b")


def test_basic_authentication() -> None:
    assert VALIDATORS["basic-auth"](b64(b"deploy:xK9mQ2w"))
    assert VALIDATORS["basic-auth"](b64("müller:Größe-77".encode()))
    for text in (b"user:password", b"nocolon", b"\x00\x01:\x02\x03\x04\x05", b"a:${PW}"):
        assert not VALIDATORS["basic-auth"](b64(text))


def test_passwords_in_base64() -> None:
    assert VALIDATORS["base64-password"](b64(b"xK9mQ2w"))
    assert VALIDATORS["base64-password"](b64("xK9mQ2w".encode("utf-16-le")))
    assert not VALIDATORS["base64-password"](b64(b"password"))
    assert VALIDATORS["unattend-password"](b64("xK9mQ2wPassword".encode("utf-16-le")))
    assert VALIDATORS["unattend-password"](b64("xK9mQ2wAdministratorPassword".encode("utf-16-le")))
    assert not VALIDATORS["unattend-password"](b64("xK9mQ2w".encode("utf-16-le")))
    assert VALIDATORS["cpassword"](b64(bytes(range(32))))
    assert not VALIDATORS["cpassword"](b64(bytes(range(30))))


def test_an_entry_of_a_kubernetes_secret() -> None:
    assert VALIDATORS["kubernetes-data"](b64(b"xK9mQ2w-4"))
    assert VALIDATORS["kubernetes-data"](b64(pem(EC).encode()))
    assert not VALIDATORS["kubernetes-data"](b64(b"-----BEGIN CERTIFICATE-----\nMIIB"))
    assert not VALIDATORS["kubernetes-data"](b64(b"changeme"))
    assert not VALIDATORS["kubernetes-data"]("mysecretname")
    assert not VALIDATORS["kubernetes-data"]("applicationnamespace")
    assert VALIDATORS["docker-config"](b64(b'{"auths": {"r.io": {"auth": "YTpi"}}}'))
    assert not VALIDATORS["docker-config"](b64(b'{"auths": {}}'))


def test_hashes() -> None:
    assert VALIDATORS["bcrypt"]("$2b$12$GhvMmNVjRW29ulnudl.LbuAnUtN/LRfe1JsBm1Xu6LE3059z5Tr8m")
    assert not VALIDATORS["bcrypt"]("$2b$99$GhvMmNVjRW29ulnudl.LbuAnUtN/LRfe1JsBm1Xu6LE3059z5Tr8m")
    assert VALIDATORS["crypt-hash"]("$1$qR7x$8Tr3nVbX0zLq6YmKcW2sP1")
    assert not VALIDATORS["crypt-hash"]("$1$salt$aaaaaaaaaaaaaaaaaaaaaa")
    assert VALIDATORS["ldap-hash"]("{SSHA}" + b64(bytes(range(28))))
    assert VALIDATORS["ldap-hash"]("{SHA}" + b64(bytes(range(20))))
    assert not VALIDATORS["ldap-hash"]("{SHA}" + b64(bytes(range(24))))


def test_type_7_unveils() -> None:
    key = "dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"
    hidden = "08" + "".join(f"{ord(char) ^ ord(key[8 + i]):02X}" for i, char in enumerate("xK9mQ2w"))
    assert VALIDATORS["cisco-type7"](hidden)
    assert not VALIDATORS["cisco-type7"]("08FFFFFFFFFFFF")


def test_other_containers() -> None:
    entry = struct.pack(">HH5sH4s", 1, 5, b"R.ORG", 4, b"host") + bytes(30)
    tab = b"\x05\x02" + struct.pack(">i", len(entry)) + entry
    assert VALIDATORS["keytab"](b64(tab))
    assert not VALIDATORS["keytab"](b64(b"\x05\x01" + tab[2:]))
    assert VALIDATORS["otp-seed"]("KZ7QT2MWPX4LDRUB")
    assert not VALIDATORS["otp-seed"]("JBSWY3DPEHPK3PXP")
    assert VALIDATORS["rclone-obscured"](b64url(bytes(range(24))))
    assert VALIDATORS["wireguard-key"](b64(bytes(range(32))))
    assert not VALIDATORS["wireguard-key"](b64(bytes(range(31))))
    assert VALIDATORS["jwk-number"](b64url(bytes(range(32))))
    assert VALIDATORS["saml"](b64(b'<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">'))
    assert not VALIDATORS["saml"](b64(b"<html><body>Response</body></html>"))
