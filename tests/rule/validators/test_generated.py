"""Every checksum: generated values pass, near misses do not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.rule.validators import VALIDATORS, checksums, contact, documents, payment, wallets
from dlp.rule.validators import national_americas as americas
from dlp.rule.validators import national_asia as asia
from dlp.rule.validators import national_east as east
from dlp.rule.validators import national_north as north
from dlp.rule.validators import national_others as others
from dlp.rule.validators import national_south as south
from dlp.rule.validators import national_west as west

from .generate import SCHEMES, chance, near_misses, singles, swaps, valid
from .generate_wallets import WALLETS

FAMILIES = (checksums, contact, documents, payment, wallets, americas, asia, east, north, others, south, west)
NAMES = sorted(name for family in FAMILIES for name in family.VALIDATORS)

WITHOUT = {
    "altcoin", "bitcoin",
    "bd-nid", "bic", "birth-date", "bitcoin-cash", "card-test", "dk-cpr", "eg-national-id", "email", "ethereum-plain",
    "gb-driving-licence", "gb-nino", "id-nik", "ifsc", "in-pan", "lk-nic", "my-nric", "not-dull", "passport-number",
    "phone-international", "phone-national", "pk-cnic", "ca-ramq", "solana", "track", "us-ein", "us-itin", "us-mbi",
    "us-ssn", "vn-cccd",
}  # fmt: skip
"""Known by their shape alone, or held by published values only."""


def test_every_checksum_has_a_generator() -> None:
    assert set(NAMES) == {*SCHEMES, *WALLETS, *WITHOUT}


@pytest.mark.parametrize("name", sorted(SCHEMES))
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32))
def test_valid_values_pass_and_near_misses_do_not(name: str, seed: int) -> None:
    value = valid(name, chance((name, seed)))
    assert VALIDATORS[name](value)
    passed = [each for each in near_misses(name, value) if VALIDATORS[name](each)]
    assert not passed, value


@pytest.mark.parametrize("name", sorted(SCHEMES))
def test_most_near_misses_are_caught(name: str) -> None:
    changed = swapped = changes = exchanges = 0
    for seed in range(30):
        value = valid(name, chance((name, seed)))
        one, two = list(singles(value)), list(swaps(value))
        changes, exchanges = changes + len(one), exchanges + len(two)
        changed += sum(map(VALIDATORS[name], one))
        swapped += sum(map(VALIDATORS[name], two))
    assert changed <= 0.12 * changes
    assert swapped <= 0.3 * exchanges


@pytest.mark.parametrize("name", sorted(WALLETS))
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32), at=st.integers(0, 10**6))
def test_wallets_pass_and_a_changed_character_does_not(name: str, seed: int, at: int) -> None:
    value = WALLETS[name](chance((name, seed)))
    assert VALIDATORS[name](value)
    if name not in ("bip39-seed", "solana-keypair"):
        at %= len(value)
        other = "k" if value[at] != "k" else "m"
        assert not VALIDATORS[name](value[:at] + other + value[at + 1 :])


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60)
@given(value=st.one_of(st.text(max_size=80), st.text("0123456789 -./ABCXYZ<+@²٣", max_size=40)))
def test_nothing_raises(name: str, value: str) -> None:
    assert VALIDATORS[name](value) in (True, False)
    assert VALIDATORS[name](value * 100) in (True, False)
