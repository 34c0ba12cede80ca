"""Secrets of devices, hosted services and secret stores."""

from __future__ import annotations

import base64
import json
import os
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.rule.validators.devices import (
    VALIDATORS,
    age_key,
    cisco_type6,
    community,
    elastic_api_key,
    fortinet_password,
    grafana_api_key,
    grafana_cloud_token,
    grafana_token,
    juniper_type9,
    key_of_32_bytes,
    neptune_token,
    onepassword_service_token,
    paloalto_api_key,
    paloalto_secret,
    sentry_org_token,
    supabase_anon,
    supabase_service_role,
)

FAMILIES = ("QzF3n6/9CAtpu0O", "B1IREhcSyrleKvMW8LXx", "7N-dVbwsY2g4oaJZGUDj", "iHkq.mPf5T")
LETTERS = "".join(FAMILIES)
WEIGHTS = ((1, 4, 32), (1, 16, 32), (1, 8, 32), (1, 64), (1, 32), (1, 4, 16, 128), (1, 32, 64))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def packed(**fields: object) -> str:
    return b64(json.dumps(fields).encode())


def scrambled(text: str, chance: random.Random) -> str:
    """As Junos writes it."""
    before = chance.choice(LETTERS)
    filler = next(3 - number for number, family in enumerate(FAMILIES) if before in family)
    out = before + "".join(chance.choices(LETTERS, k=filler))
    for number, char in enumerate(text):
        code, gaps = ord(char), []
        for weight in reversed(WEIGHTS[number % 7]):
            gaps.insert(0, code // weight)
            code %= weight
        for gap in gaps:
            before = LETTERS[(LETTERS.index(before) + gap + 1) % len(LETTERS)]
            out += before
    return "$9$" + out


@pytest.mark.parametrize("name", sorted(VALIDATORS))
@given(value=st.text(max_size=300))
def test_it_never_raises(name: str, value: str) -> None:
    assert VALIDATORS[name](value) in (True, False)


@pytest.mark.parametrize("name", sorted(VALIDATORS))
@pytest.mark.parametrize("value", ["", "=", "a", "a" * 100_000, "$9$" + "Q" * 100_000, "\ud800", "\x00" * 40])
def test_nor_at_extremes(name: str, value: str) -> None:
    assert VALIDATORS[name](value) is False


@pytest.mark.parametrize("name", sorted(VALIDATORS))
@given(data=st.binary(max_size=200))
def test_nor_at_what_decodes(name: str, data: bytes) -> None:
    text = b64(data)
    for value in (
        text,
        "glc_" + text,
        "ops_" + text,
        "sntrys_" + text + "_" + text,
        "-AQ==" + text,
        f"a.{b64url(data)}.b",
    ):
        assert VALIDATORS[name](value) in (True, False)


@given(text=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=60), seed=st.integers())
def test_what_junos_scrambles_decodes(text: str, seed: int) -> None:
    value = scrambled(text, random.Random(seed))
    assert juniper_type9(value)
    assert not juniper_type9(value[:-1])
    assert not juniper_type9(value.replace("$9$", "$8$"))


@pytest.mark.parametrize("value", ["$9$FNkC3/t1IcevLuOWx", "$9$o1aGiPfz/Cuk.tO"])
def test_known_values_of_junos(value: str) -> None:
    assert juniper_type9(value)


def test_type6_is_base_41() -> None:
    data = bytes(range(3, 33))
    value = ""
    for at in range(0, len(data), 2):
        number = data[at] << 8 | data[at + 1]
        value += chr(0x41 + number // 1681) + chr(0x41 + number // 41 % 41) + chr(0x41 + number % 41)
    assert cisco_type6(value)
    assert not cisco_type6(value[:-2])
    assert not cisco_type6("i" * 21)
    assert not cisco_type6("ABCDEF")


def test_grafana_tokens_end_in_a_checksum() -> None:
    head = "glsa_" + "q7Zr2Vx9Lk4Mb8Tw1Nc6Hd3Js5Fg0PyA"
    value = head + "_" + zlib.crc32(head.encode()).to_bytes(4, "little").hex()
    assert grafana_token(value)
    assert not grafana_token(value[:-1] + ("0" if value[-1] != "0" else "1"))
    assert not grafana_token(value.upper())


def test_tokens_that_are_json() -> None:
    assert grafana_cloud_token("glc_" + packed(o="652992", n="acme", k="c3J7Zx", m={"r": "eu"}))
    assert not grafana_cloud_token("glc_" + packed(o="652992"))
    assert grafana_api_key(packed(k="q7Zr2Vx9", n="ci", id=1))
    assert not grafana_api_key(packed(n="ci", id=1))
    assert onepassword_service_token("ops_" + packed(signInAddress="acme.1password.com", userAuth={}).rstrip("="))
    assert not onepassword_service_token("ops_" + packed(userAuth={}))
    assert sentry_org_token("sntrys_" + packed(iat=1.5, url="https://sentry.io") + "_" + "k" * 43)
    assert not sentry_org_token("sntrys_" + packed(url="https://sentry.io") + "_" + "k" * 43)
    assert neptune_token(packed(api_address="https://app.neptune.ai", api_key="91142a2d-57ba"))
    assert not neptune_token(packed(api_address="https://app.neptune.ai"))
    assert not neptune_token(b64(b"[" * 3_000))


@pytest.mark.parametrize("role", ["service_role", "anon"])
def test_roles_of_supabase(role: str) -> None:
    value = ".".join([b64url(b'{"alg":"HS256"}'), b64url(json.dumps({"role": role}).encode()), "c2ln"])
    assert supabase_service_role(value) is (role == "service_role")
    assert supabase_anon(value) is (role == "anon")


def test_elastic_keys_are_an_id_and_a_key() -> None:
    assert elastic_api_key(b64(b"VuaCfGcBCdbkQm-e5aOx:ui2lp2axTNmsyakw9tvNnw"))
    assert not elastic_api_key(b64(b"elastic:changeme"))


def test_age_keys_have_a_checksum() -> None:
    value = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
    assert age_key(value)
    assert age_key(value.lower())
    assert not age_key(value.capitalize())
    assert not age_key(value.replace("GFPQ", "GFPP"))
    assert not age_key(value[:-1])


def test_keys_of_32_bytes() -> None:
    assert key_of_32_bytes(b64(bytes(range(60, 92))))
    assert not key_of_32_bytes(b64(bytes(32)))
    assert not key_of_32_bytes(b64(bytes(range(60, 91))))


def test_what_fortios_scrambles() -> None:
    assert fortinet_password(b64(os.urandom(36)))
    assert not fortinet_password("c2hvcnQ=")


def test_what_panos_scrambles() -> None:
    value = "-AQ==" + b64(bytes(range(20))) + b64(bytes(range(32)))
    assert paloalto_secret(value)
    assert paloalto_api_key(b64(value.encode()))
    assert not paloalto_secret(value[:-4])
    assert not paloalto_api_key(b64(value[:-4].encode()))


@pytest.mark.parametrize(("value", "real"), [("Kp7vneTz", True), ("public", False), ("XXXXXX", False), ("aaaa", False)])
def test_communities(value: str, real: bool) -> None:
    assert community(value) is real
