# ruff: noqa: RUF001 - other scripts are part of what is pinned
"""What stores contain, pinned: these digests change only together with FOLD_VERSION or the store's format.

A store that was made by yesterday's kernel must match with today's, so a change here is a change for every user.
"""

from __future__ import annotations

import hashlib
from array import array

import pytest

from dlp.fingerprint import BYTES_SCALE, TEXT_SCALE, _kernel, reference

from .twins import kernels, scan

LETTERS = (
    "etaoinshrdlucmfwygpbvkxjqz",
    "оеаинтсрвлкмдпуяыьгзбчйхжшю",
    "的一是不了人我在有他这中大来上国",
    "가나다라마바사아자차카타파하각난",
    "αβγδεζηθικλμνξοπρσςτυφχψω",
    "אבגדהוזחטיכלמנסעפצקרשת",
    "äöüßéèêçñåø",
    "ﬁﷺ①Ⅷ\u0301\u200bＡ９𝐀",
)


def corpus() -> bytes:
    """Some ten thousand words, made by a generator of its own, so that no library decides what is pinned."""
    state, words = 20240229, []
    for _ in range(10_000):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        letters = LETTERS[(state >> 60) % 8 if state >> 56 & 3 == 0 else 0]
        length, shape = 2 + (state >> 50) % 8, state >> 40 & 31
        word = "".join(letters[(state >> 5 * i) % len(letters)] for i in range(length))
        word = word.upper() if shape == 0 else word.capitalize() if shape < 4 else word
        words.append(word + " ,.\n"[state >> 33 & 3])
    return "".join(words).encode() + bytes(range(256)) * 3


DATA = corpus()
FOLDED = "8bd0019bfd87ec1392d1d857ccdcd3fc88030c93699e14f157b787cde31b8a9c"
SELECTED = {
    TEXT_SCALE: "6cbf6497979de6600c46bf9c9ad7f6ab363e7577bb8a6f362bbf29de7effc309",
    BYTES_SCALE: "008d9d3318508c10f64d5c45bf670b43f7f3313d9bd51385fea62494069bb711",
}
PACKED = "7c26865c0b9f3ef6cf2663390eb5c5c0ae649226d4b712d72afb4832c3dc5cb7"
RUNS = "47570a0b78044b9f3d615920ccf89b98ffb089890dec0542f9e79edff41c750e"


def digest(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()


def test_folded_text_is_what_it_was() -> None:
    for kernel in (reference, *kernels()):
        assert digest(kernel.fold(DATA)) == FOLDED


@pytest.mark.parametrize("scale", SELECTED)
def test_selected_shingles_are_what_they_were(scale: reference.Scale) -> None:
    for kernel in kernels():
        selector = kernel.Selector(scale)
        selector.feed(DATA)
        assert digest(*(column.tobytes() for column in selector.finish())) == SELECTED[scale]


def test_stored_blocks_are_what_they_were() -> None:
    selector = _kernel.Selector(TEXT_SCALE)
    selector.feed(DATA)
    keys, *outline = selector.finish()
    keys, postings = _kernel.sort_entries(keys, array("Q", outline[0]), 4)
    for kernel in (_kernel, reference):
        assert digest(kernel.pack_keys(keys), postings.tobytes(), kernel.pack_outline(*outline)) == PACKED


def test_runs_are_what_they_were() -> None:
    for kernel in kernels():
        selector = kernel.Selector(TEXT_SCALE)
        selector.feed(DATA[:60_000])
        keys, positions, *_ = selector.finish()
        entries = kernel.sort_entries(keys, array("Q", positions), 4)
        scanner = kernel.Scanner(kernel.Index(TEXT_SCALE, [entries], array("I", [0]), 1, 1))
        carrier = DATA[50_000:70_000] + DATA[1000:3000] + DATA[:500].upper() + DATA[2000:2200]
        assert digest(repr(scan(kernel, scanner, [carrier])).encode()) == RUNS
