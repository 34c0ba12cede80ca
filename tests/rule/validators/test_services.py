"""Tokens of services for payments, chat, mail, marketing and office work."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.rule.validators.services import (
    VALIDATORS,
    calendly_jwt,
    discord_token,
    hubspot_personal_key,
    intercom_token,
    matrix_token,
    monday_jwt,
    moralis_jwt,
    nostr_secret,
    pinata_jwt,
    printify_jwt,
)

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def checked(head: str) -> str:
    number, out = zlib.crc32(head.encode()), ""
    while number:
        number, rest = divmod(number, 62)
        out = DIGITS[rest] + out
    return f"{head}_{out.rjust(6, '0')}"


def signed(claims: object) -> str:
    parts = (json.dumps({"alg": "HS256"}), json.dumps(claims), "a signature of some length")
    return ".".join(b64(part.encode()) for part in parts)


@pytest.mark.parametrize(
    "head", ["syt_YWxpY2U_kZqPmWxRtYbNcVdLsGhJ", "mat_Kq8ZtPw3LmXv7RbN2cYd5GhJ9sFtQe", "mpt_Kq8ZtPw3"]
)
def test_matrix_tokens_end_in_the_checksum_of_all_before(head: str) -> None:
    token = checked(head)
    assert matrix_token(token)
    assert not matrix_token(token[:-1] + ("a" if token[-1] != "a" else "b"))
    assert not matrix_token("x" + token)


def test_a_checksum_that_is_short_is_filled_with_zeros() -> None:
    head = next(f"syt_{n}" for n in range(10_000) if zlib.crc32(f"syt_{n}".encode()) < 62**5)
    token = checked(head)
    assert token.rpartition("_")[2].startswith("0")
    assert matrix_token(token)


def test_a_discord_token_begins_with_a_number() -> None:
    rest = ".GkPzQ1.x7Yc2vWq9LmT4nRb8KsJ5hFd3GpZ6eXa0uVo1B"
    assert discord_token(b64(b"1069482015537283103") + rest)
    assert discord_token(b64(b"80351110224678912") + rest)
    assert not discord_token(b64(b"somebody's name here") + rest)
    assert not discord_token(b64(b"99999999999999999999") + rest)
    assert not discord_token(b64(b"01069482015537283103") + rest)


def test_an_intercom_token_says_so() -> None:
    inner = b"tok:3f9c1a2b_7d4e_4c1a_9b8f_5e6d7c8b9a01:1:0"
    assert intercom_token(base64.b64encode(inner).decode())
    assert not intercom_token(base64.b64encode(inner.replace(b"tok", b"key")).decode())
    assert not intercom_token(base64.b64encode(inner[:-4]).decode())


def test_a_personal_key_of_hubspot_begins_with_its_region() -> None:
    inner = b"\n$na1-5f2c-8a1d-4e3b-9c7f-2d6a8b4c0e11\x12\x04abcd"
    assert hubspot_personal_key(base64.b64encode(inner).decode())
    assert not hubspot_personal_key(base64.b64encode(inner.replace(b"na1", b"xx1")).decode())


def test_nostr_secret_of_the_specification() -> None:
    secret = "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5"
    assert nostr_secret(secret)
    assert not nostr_secret(secret[:-1] + "q")
    assert not nostr_secret("npub" + secret[4:])
    assert not nostr_secret(secret[:-1])


@pytest.mark.parametrize(
    ("accepts", "claims"),
    [
        (calendly_jwt, {"iss": "https://auth.calendly.com", "user_uuid": "x"}),
        (monday_jwt, {"tid": 1, "aai": 11, "uid": 2, "iad": "2024-01-01", "per": "me:write"}),
        (moralis_jwt, {"nonce": "a", "orgId": "1", "userId": "2"}),
        (pinata_jwt, {"scopedKeyKey": "a", "scopedKeySecret": "b"}),
        (printify_jwt, {"scopes": ["shops.manage", "shops.read"]}),
    ],
)
def test_tokens_with_claims_of_their_own(accepts: object, claims: dict[str, object]) -> None:
    assert callable(accepts)
    assert accepts(signed(claims))
    assert not accepts(signed({"sub": "somebody"}))
    assert not accepts(signed([1]))
    assert not accepts(signed(claims).partition(".")[2])
    assert not accepts("a.b.c")


def test_scopes_that_are_no_list() -> None:
    assert not printify_jwt(signed({"scopes": "shops.read"}))
    assert not printify_jwt(signed({"scopes": [{}, 7]}))


@given(st.text() | st.text(alphabet="nsec1_.=AZaz09", max_size=70))
def test_no_validator_raises(value: str) -> None:
    for accepts in VALIDATORS.values():
        assert accepts(value) in (True, False)
