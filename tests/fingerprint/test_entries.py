"""Entries and outlines: sorting, thinning and packing are the same in both kernels and can be undone."""

from __future__ import annotations

import random
from array import array
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.fingerprint import BACKGROUND, GONE, _kernel, reference

from .twins import chances

U64 = st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 300), st.integers(2**64 - 300, 2**64 - 1))
U32 = st.one_of(st.integers(0, 2**32 - 1), st.integers(0, 300))
BOTH = [_kernel, reference]


@given(st.lists(st.tuples(U64, st.integers(0, 5), U32), max_size=60), st.integers(1, 4))
def test_both_kernels_sort_alike(rows: list[tuple[int, int, int]], most: int) -> None:
    keys = [key for key, _, _ in rows]
    postings = [document << 32 | position for _, document, position in rows]
    made = [kernel.sort_entries(array("Q", keys), array("Q", postings), most) for kernel in BOTH]
    assert made[0] == made[1]


@given(chances(), st.integers(1, 64), st.integers(0, 63))
@settings(deadline=None, max_examples=25)
def test_both_kernels_sort_many_keys_alike(chance: random.Random, bits: int, shift: int) -> None:
    # Keys that differ in some bits only: passes that have nothing to do; and sizes on both sides of any threshold.
    n = chance.choice((255, 257, 4095, 20000))
    keys = [(chance.getrandbits(bits) << shift) & reference.MASK for _ in range(n)]
    postings = [i // 5 << 32 | i for i in range(n)]
    made = [kernel.sort_entries(array("Q", keys), array("Q", postings), 2) for kernel in BOTH]
    assert made[0] == made[1]


@given(
    st.lists(st.tuples(U64, st.integers(0, 6), U32), max_size=60), st.lists(st.sampled_from((0, 1, GONE, BACKGROUND)))
)
def test_both_kernels_drop_the_same_entries(rows: list[tuple[int, int, int]], groups: list[int]) -> None:
    keys = [key for key, _, _ in rows]
    postings = [document << 32 | position for _, document, position in rows]
    made = [kernel.live_entries(array("Q", keys), array("Q", postings), array("I", groups[:5])) for kernel in BOTH]
    assert made[0] == made[1]


@given(st.lists(U64, max_size=60).map(sorted))
def test_packed_keys_unpack_to_themselves(keys: list[int]) -> None:
    packed = {kernel.pack_keys(array("Q", keys)) for kernel in BOTH}
    assert len(packed) == 1
    data = packed.pop()
    for kernel in BOTH:
        assert kernel.unpack_keys(data, len(keys)) == array("Q", keys)


def answer(kernel: ModuleType, name: str, data: bytes, n: int) -> object:
    try:
        return getattr(kernel, name)(data, n)
    except ValueError as error:
        return str(error)


@given(st.binary(max_size=60), st.integers(0, 20))
@settings(max_examples=400)
def test_both_kernels_unpack_or_refuse_any_bytes_alike(data: bytes, n: int) -> None:
    for name in ("unpack_keys", "unpack_outline"):
        assert answer(_kernel, name, data, n) == answer(reference, name, data, n)


@given(st.lists(U64, min_size=1, max_size=40).map(sorted), st.data())
def test_both_kernels_judge_damaged_keys_alike(keys: list[int], data: st.DataObject) -> None:
    packed = bytearray(_kernel.pack_keys(array("Q", keys)))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    cut = bytes(packed[: data.draw(st.integers(len(packed) - 2, len(packed)))])
    assert answer(_kernel, "unpack_keys", cut, len(keys)) == answer(reference, "unpack_keys", cut, len(keys))


@given(st.lists(st.tuples(U32, U32, U32, U32), max_size=40))
def test_outlines_unpack_to_themselves(rows: list[tuple[int, ...]]) -> None:
    columns = [array("I", [row[i] for row in rows]) for i in range(4)]
    packed = {kernel.pack_outline(*columns) for kernel in BOTH}
    assert len(packed) == 1
    data = packed.pop()
    for kernel in BOTH:
        assert list(kernel.unpack_outline(data, len(rows))) == columns


@given(st.lists(st.tuples(U32, U32, U32, U32), min_size=1, max_size=20), st.data())
def test_both_kernels_judge_damaged_outlines_alike(rows: list[tuple[int, ...]], data: st.DataObject) -> None:
    packed = bytearray(_kernel.pack_outline(*(array("I", [row[i] for row in rows]) for i in range(4))))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    cut = bytes(packed[: data.draw(st.integers(max(0, len(packed) - 2), len(packed)))])
    assert answer(_kernel, "unpack_outline", cut, len(rows)) == answer(reference, "unpack_outline", cut, len(rows))


@pytest.mark.parametrize("kernel", BOTH)
@pytest.mark.parametrize("name", ["unpack_keys", "unpack_outline"])
def test_a_number_that_the_block_cannot_hold_is_refused_before_memory_is_taken(kernel: ModuleType, name: str) -> None:
    for n in (100, 2**40, 2**61, 2**62, 2**63 + 1):
        with pytest.raises(ValueError, match="not a "):
            getattr(kernel, name)(b"\0" * 9, n)


@pytest.mark.parametrize("kernel", BOTH)
def test_columns_of_different_length_are_refused(kernel: ModuleType) -> None:
    long, short = array("Q", [1, 2]), array("Q", [1])
    with pytest.raises(ValueError, match="differ in number"):
        kernel.sort_entries(long, short, 1)
    with pytest.raises(ValueError, match="differ in number"):
        kernel.live_entries(long, short, array("I"))
    with pytest.raises(ValueError, match="differ in length"):
        kernel.pack_outline(array("I", [1]), array("I", [1]), array("I", [1]), array("I"))
