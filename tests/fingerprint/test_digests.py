# ruff: noqa: RUF001 - other scripts are part of what is pinned
"""What stores contain, pinned: these digests change only together with FOLD_VERSION or the store's format.

A store that was made by yesterday's kernel must match with today's, so a change here is a change for every user.
"""

from __future__ import annotations

import hashlib
from array import array

import pytest

from dlp.fingerprint import BYTES_SCALE, TEXT_SCALE, _kernel, reference
from dlp.fingerprint.odds import odds

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
    TEXT_SCALE: "83f0a013668685820e1658ff818a2947acb67aa51e6636bba154364e614d52bc",
    BYTES_SCALE: "008d9d3318508c10f64d5c45bf670b43f7f3313d9bd51385fea62494069bb711",
}
PACKED = "0fd2d9a5f766a573ebfc25758304e26c1ef36b2d8b69ab7489e9c4ded1ad9b3d"
RUNS = "82c2e5a0fc27cc4a1d1035c44eaa2641500fc308c53c17d41770aac48141ca1b"
WORDS = "25800b159d1f03b38e273d19fc6cea51268ad48bd950adb53f2127fdebf24dc8"
ALIGNED = "21d934ec5029a92893644999be63e8f0432942f32a37b6b3d3fc75774706eed1"


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


def test_words_are_what_they_were() -> None:
    for kernel in (_kernel, reference):
        assert digest(*(column.tobytes() for column in kernel.split_words(DATA))) == WORDS


def test_passages_are_what_they_were() -> None:
    """Every fifth word of a stretch is another one's, some are left out, and some change places."""
    document = DATA[:24_000].replace(b",", b" ").replace(b".", b" ").split()
    edited = document[900:1500]
    edited[::5] = document[1800:][: len(edited[::5])]
    del edited[33::41]
    edited[90:180] = edited[120:180] + edited[90:120]
    text = b" ".join(document[3000:3400] + edited + document[3400:3600])
    for kernel in (_kernel, reference):
        selector = kernel.Selector(TEXT_SCALE)
        selector.feed(DATA[:24_000])
        keys, positions, *_ = selector.finish()
        keys, postings = kernel.sort_entries(keys, array("Q", positions), 4)
        scanner = kernel.Scanner(kernel.Index(TEXT_SCALE, [(keys, postings)], array("I", [0]), 1, 1))
        runs = kernel.Runs()
        runs.extend(scanner.feed(text))
        runs.extend(scanner.finish())
        codes, lengths, _, _ = kernel.split_words(DATA[:24_000])
        found, left = kernel.Aligner(odds()).align(text, 0, runs, {0: kernel.Sketch(codes, lengths)}, 40)
        assert found
        assert digest(repr((found, sorted(left))).encode()) == ALIGNED
