"""Tokens of clouds, code hosts and registries."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.rule.validators.tokens import (
    VALIDATORS,
    aws_bedrock_key,
    aws_cluster_token,
    aws_key_id,
    aws_registry_password,
    aws_ses_password,
    cloudflare_tunnel,
    crc32_base62,
    gitlab_routable,
    jfrog_reference,
    pypi_macaroon,
    teamcity_token,
)

CHANCE = bytes(37 * number % 251 for number in range(1, 33))
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def base36(number: int, width: int) -> str:
    out = ""
    while number:
        number, rest = divmod(number, 36)
        out = DIGITS[rest] + out
    return out.rjust(width, "0")


def routable(payload: bytes, version: str, prefix: str = "glpat-") -> str:
    text = b64url(CHANCE[:16] + payload + bytes([len(payload)]))
    head = f"{prefix}{text}.{version}{base36(len(text), 2)}"
    return head + base36(zlib.crc32(head.encode()), 7)


def field(kind: int, data: bytes) -> bytes:
    return bytes([kind, len(data)]) + data


def macaroon(location: bytes = b"pypi.org", signature: bytes = CHANCE) -> str:
    caveat = field(2, b'{"permissions":"user","version":1}') + b"\0"
    data = b"\2" + field(1, location) + field(2, CHANCE[:24]) + b"\0" + caveat + b"\0" + field(6, signature)
    return "pypi-" + b64url(data)


@pytest.mark.parametrize(
    "value",
    # The first two are published examples, of GitHub's documentation and of a report about npm's new format.
    ["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", "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"],
)
def test_crc32_base62(value: str) -> None:
    assert crc32_base62(value)
    assert not crc32_base62(value[:-1] + "x")
    assert not crc32_base62(value.replace("V", "W", 1))


def test_gitlab_routable() -> None:
    for version in ("", "01."):
        value = routable(b"c:1\no:1\nu:2s", version)
        assert gitlab_routable(value)
        assert not gitlab_routable(value[:-1] + ("0" if value[-1] != "0" else "1"))
        assert not gitlab_routable(value.replace("glpat-", "glpat-A"))
    assert gitlab_routable("glpat-bzox79Of-KE9FD2LjoXXF4CvyxA.0r03gxo7s"), "a published example"
    assert gitlab_routable(routable(b"o:1\nr:7", "01.", "glrt-"))
    assert gitlab_routable(routable(b"o:1\nr:7", "01.", "glrt-t1_"))
    assert not gitlab_routable("glpat-no-dot")


def test_aws_key_id() -> None:
    assert aws_key_id("AKIAQYLPMN5HHHFPZAM2")
    assert aws_key_id("AKIAIVTQ5XB2M7RZ3D6A"), "the old form holds no account"
    assert not aws_key_id("AKIAQYLPMN5HHHFPZAM")
    assert not aws_key_id("AKIAQYLPMN5HHHFPZA10"), "0 and 1 are no digits to the base 32"
    assert not aws_key_id("AKIA7777777777777777")
    assert not aws_key_id("AKIA7QX5W2ZV3RLM6TNB"), "an account of thirteen digits"


def test_aws_ses_password() -> None:
    assert aws_ses_password(b64(b"\4" + CHANCE))
    assert not aws_ses_password(b64(b"\3" + CHANCE))
    assert not aws_ses_password(b64(b"\4" + CHANCE[1:]))


def test_aws_bedrock_key() -> None:
    assert aws_bedrock_key("ABSK" + b64(b"BedrockAPIKey-w7x2-at-413377654321:" + CHANCE))
    assert aws_bedrock_key("bedrock-api-key-" + b64(b"bedrock.amazonaws.com/?Action=CallWithBearerToken"))
    assert not aws_bedrock_key("ABSK" + b64(CHANCE))


def test_aws_registry_password_and_cluster_token() -> None:
    assert aws_registry_password(b64(json.dumps({"payload": b64(CHANCE)}).encode()))
    assert not aws_registry_password(b64(b'{"paid": 1}'))
    assert aws_cluster_token("k8s-aws-v1." + b64url(b"https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity"))
    assert not aws_cluster_token("k8s-aws-v1." + b64url(CHANCE))


def test_pypi_macaroon() -> None:
    assert pypi_macaroon(macaroon())
    assert pypi_macaroon(macaroon(b"test.pypi.org"))
    assert not pypi_macaroon(macaroon(signature=CHANCE[1:]))
    assert not pypi_macaroon(macaroon()[:-8])
    assert not pypi_macaroon("pypi-" + b64url(b"\2\1\xff\xff\xff\xff\xff\xff"))


def test_cloudflare_tunnel() -> None:
    fields = {"a": "5ab4e9d0a1", "t": "d1c9b3a7", "s": b64(CHANCE)}
    assert cloudflare_tunnel(b64(json.dumps(fields).encode()))
    assert not cloudflare_tunnel(b64(b'{"a": 1, "t": "x", "s": "y"}'))
    assert not cloudflare_tunnel(b64(b"[1]"))


def test_jfrog_reference() -> None:
    assert jfrog_reference(b64(b"reftkn:01:1767225600:a8Kd02mXq7Zr"))
    assert not jfrog_reference(b64(b"reftkn:one:a8Kd02mXq7Zr"))


def test_teamcity_token() -> None:
    header = b64url(b'{"typ": "TCV2"}')
    assert teamcity_token(f"{header}.{b64url(CHANCE)}.{b64url(CHANCE)}")
    other = b64url(b'{"typ": "JWT"}')
    assert not teamcity_token(f"{other}.{b64url(CHANCE)}.{b64url(CHANCE)}")
    assert not teamcity_token(f"{header}.{b64url(CHANCE)}")


@given(st.text() | st.text(alphabet="AZaz09+/=_-.", max_size=200))
def test_none_raises(value: str) -> None:
    for name, validator in VALIDATORS.items():
        assert validator(value) in (True, False), name
