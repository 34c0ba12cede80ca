"""The background that is shipped: it opens, and knows boilerplate from what somebody wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlp.fingerprint import Familiar, fold, weigh
from dlp.fingerprint.background import pack, unpack

FOLDER = Path(__file__).resolve().parents[2] / "fingerprints"
DATA = (FOLDER / "background.bin").read_bytes()

BOILERPLATE = (
    "This Agreement shall be governed by and construed in accordance with the laws of the State of New York.",
    "This Agreement may be executed in one or more counterparts, each of which shall be deemed an original, but all of "
    "which together shall constitute one and the same instrument.",
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated "
    "documentation files",
    "Unless required by applicable law or agreed to in writing, software distributed under the License is distributed "
    'on an "AS IS" BASIS, without warranties or conditions of any kind',
)
SPECIFIC = (
    "Brunhilde's turbine blades crack at 41,500 rpm because the Gdansk foundry skips the second anneal.",
    "Marketing will move the Kestrel launch to late October unless Odile finds another aluminium supplier by Friday.",
)


@pytest.fixture(scope="module")
def table() -> Familiar:
    return unpack(DATA)


def share(table: Familiar, sentence: str) -> float:
    """How much of a symbol each symbol weighs, 0 to 1."""
    symbols = fold(sentence.encode())
    return sum(weigh([table], symbols)) / len(symbols) / 16


def test_it_is_small_and_its_table_not_too_full(table: Familiar) -> None:
    assert len(DATA) < 4_000_000
    assert 0.05 < table.fill <= 0.3


@pytest.mark.parametrize("sentence", BOILERPLATE)
def test_boilerplate_weighs_little(table: Familiar, sentence: str) -> None:
    assert share(table, sentence) < 0.25


@pytest.mark.parametrize("sentence", SPECIFIC)
def test_a_sentence_of_ones_own_weighs_most_of_its_length(table: Familiar, sentence: str) -> None:
    assert share(table, sentence) > 0.5


def test_what_is_packed_comes_out_again() -> None:
    assert pack(unpack(DATA)) == DATA


def test_what_is_not_this_version_or_damaged_is_refused() -> None:
    for damaged in (b"", DATA[:20], b"X" + DATA[1:], DATA[:8] + b"\x02" + DATA[9:], DATA[:-1]):
        with pytest.raises(ValueError, match="not a background of this version"):
            unpack(damaged)
    for at in (100, 1000, len(DATA) - 1):
        with pytest.raises(ValueError, match="damaged"):
            unpack(DATA[:at] + bytes([DATA[at] ^ 1]) + DATA[at + 1 :])
