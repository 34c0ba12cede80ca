# ruff: noqa: RUF001 - a text of several scripts
"""Winnowing: the same in both kernels, wherever the text is cut; and what is promised of the selection."""

from __future__ import annotations

import random
import string
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.fingerprint import BYTES_SCALE, TEXT_SCALE, Alphabet, Scale, Selector, _kernel, reference

from .twins import chances, kernels, pieces, scales, select, texts


@given(texts(), scales(), chances())
@settings(deadline=None, max_examples=80)
def test_both_kernels_select_alike(data: bytes, scale: Scale, chance: random.Random) -> None:
    expected = select(reference, scale, [data])
    assert select(reference, scale, pieces(data, chance)) == expected
    for kernel in kernels():
        assert select(kernel, scale, pieces(data, chance)) == expected


@pytest.mark.parametrize("scale", [TEXT_SCALE, BYTES_SCALE, Scale(Alphabet.TEXT, 64, 64), Scale(Alphabet.BYTES, 8, 2)])
def test_both_kernels_select_alike_in_a_long_text(scale: Scale) -> None:
    chance = random.Random(7)
    data = "\n".join("".join(chance.choices("abc дёж中文 é", k=500)) for _ in range(40)).encode() + bytes(3000)
    expected = select(reference, scale, [data])
    for kernel in kernels():
        assert select(kernel, scale, pieces(data, chance)) == expected


@given(st.data(), scales(text=True), chances())
@settings(deadline=None, max_examples=80)
def test_any_t_shared_symbols_share_a_selected_key(data: st.DataObject, scale: Scale, chance: random.Random) -> None:
    letters = data.draw(st.sampled_from(("ab", "abcdefghij", "абвгд", string.ascii_lowercase)))
    shared = "".join(chance.choices(letters, k=scale.threshold))
    around = ["".join(chance.choices(letters, k=chance.randrange(200))) for _ in range(4)]
    # Other marks, case and white space around and within; symbols of t letters are at least t bytes.
    one = f"{around[0]}{shared.upper()}{around[1]}"
    other = f"{around[2]}. {' '.join(shared)}\n{around[3]}"
    keys = [set(select(_kernel, scale, [text.encode()])[0][0]) for text in (one, other)]
    assert keys[0] & keys[1]


@given(scales(), chances())
@settings(deadline=None, max_examples=60)
def test_every_w_shingles_in_a_row_hold_a_selected_one(scale: Scale, chance: random.Random) -> None:
    text = "".join(chance.choices(string.ascii_lowercase, k=600))
    if scale.alphabet == Alphabet.BYTES and scale.k < 20:
        text = string.ascii_lowercase * 20  # else too little variety to be selected at all
        if scale.k < 8:
            return
    positions = select(_kernel, scale, [text.encode()])[0][1]
    edges = [-1, *positions, len(text) - scale.k + 1]
    assert max(b - a for a, b in pairwise(edges)) <= scale.w


def test_density_is_about_two_of_w_plus_one() -> None:
    text = "".join(random.Random(3).choices(string.ascii_lowercase, k=200_000)).encode()
    for w in (5, 13, 32):
        columns, symbols = select(_kernel, Scale(Alphabet.TEXT, 20, w), [text])
        assert symbols / len(columns[0]) == pytest.approx((w + 1) / 2, rel=0.03)


def test_a_text_shorter_than_t_selects_nothing_and_one_of_t_selects() -> None:
    text = "the quick brown fox jumps over the lazy dog".replace(" ", "").encode()
    t = TEXT_SCALE.threshold
    assert select(_kernel, TEXT_SCALE, [text[: t - 1]])[0][0] == []
    assert len(select(_kernel, TEXT_SCALE, [text[:t]])[0][0]) == 1


def test_padding_is_never_selected_in_bytes() -> None:
    for data in (bytes(5000), b"\xff\x00" * 5000, b"abcdefg" * 700):
        assert select(_kernel, BYTES_SCALE, [data])[0][0] == []
    assert select(_kernel, BYTES_SCALE, [b"abcdefgh" * 700])[0][0]


def test_places_are_those_of_the_shingles() -> None:
    text = "Ein Süßes,\n\nеин Ключ — 中文 ﷺ \u200bund\u0301 noch etwas mehr Text, über drei\nZeilen hin."
    keys, positions, starts, ends, lines = select(_kernel, Scale(Alphabet.TEXT, 6, 1), [text.encode()])[0]
    folded = reference.fold(text.encode())
    assert positions == list(range(len(folded) - 5))
    for key, position, start, end, line in zip(keys, positions, starts, ends, lines, strict=True):
        shingle = folded[position : position + 6]
        assert reference.shingle_hash(shingle) == key
        assert shingle in reference.fold(text[start:end].encode())
        assert shingle not in reference.fold(text[start + 1 : end].encode())
        assert shingle not in reference.fold(text[start : end - 1].encode())
        assert text[:start].count("\n") == line


@pytest.mark.parametrize("kernel", [_kernel, reference])
@pytest.mark.parametrize(("k", "w"), [(0, 1), (1, 0), (65, 1), (1, 65), (-1, 1)])
def test_a_scale_beyond_the_bounds_is_refused(kernel: object, k: int, w: int) -> None:
    make: type[Selector] = kernel.Selector  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="k and w are 1 to 64"):
        make(Scale(Alphabet.TEXT, k, w))
