"""Familiar text: both kernels tell it alike, what was added weighs little, and a weight is local."""

from __future__ import annotations

import random
from itertools import pairwise
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.fingerprint import _kernel, reference_familiar
from dlp.fingerprint.reference_familiar import ORDERS, WEIGHTS

from .twins import chances

BOTH = [_kernel, reference_familiar]
LONGEST = ORDERS[-1]
WHOLE, LEAST = WEIGHTS[0], WEIGHTS[-1]


def symbols(chance: random.Random, size: int) -> bytes:
    """Words from a short list, some repeated, some of any byte: grams of every order recur, and some do not."""
    words = [
        chance.randbytes(chance.randint(1, 9)) if chance.random() < 0.1 else word
        for word in (b"the", b"agreement", b"party", b"of", b"shall", b"aaaaaaaaaaaaaaaaaaaaaaaa", b"\0\0\0\0", b"\xff")
    ]
    out = bytearray()
    while len(out) < size:
        out += chance.choice(words)
    return bytes(out[:size])


def sizes() -> st.SearchStrategy[int]:
    # On both sides of the orders and of the kernel's blocks of 256.
    return st.one_of(st.integers(0, 60), st.integers(250, 262), st.integers(505, 520))


def bits() -> st.SearchStrategy[int]:
    return st.sampled_from((1, 2, 3, 5, 64, 1000)).map(lambda words: 64 * words)


@given(chances(), bits(), bits(), st.lists(sizes(), max_size=4))
@settings(deadline=None)
def test_both_kernels_make_the_same_tables(
    chance: random.Random, size: int, once_size: int, lengths: list[int]
) -> None:
    documents = [symbols(chance, length) for length in lengths]
    made = []
    for kernel in BOTH:
        added, repeated, once = kernel.Familiar(size), kernel.Familiar(size), kernel.Familiar(once_size)
        for document in documents:
            added.add(document)
            repeated.add_repeated(document, once)
        made.append([(table.to_bytes(), table.fill) for table in (added, repeated, once)])
    assert made[0] == made[1]


@given(chances(), st.lists(st.tuples(bits(), sizes()), max_size=3), sizes())
@settings(deadline=None)
def test_both_kernels_weigh_alike(chance: random.Random, tables: list[tuple[int, int]], size: int) -> None:
    known = [(bits, symbols(chance, length)) for bits, length in tables]
    text = symbols(chance, size)
    made = []
    for kernel in BOTH:
        familiar = [kernel.Familiar(bits) for bits, _ in known]
        for table, (_, added) in zip(familiar, known, strict=True):
            table.add(added)
        made.append(kernel.weigh(familiar, text))
    assert made[0] == made[1]
    assert len(made[0]) == size


@pytest.mark.parametrize("kernel", BOTH)
@given(chances(), st.integers(0, 300))
@settings(deadline=None, max_examples=25)
def test_what_was_added_weighs_least_from_its_twentieth_symbol(
    kernel: ModuleType, chance: random.Random, size: int
) -> None:
    text = symbols(chance, size)
    table = kernel.Familiar(1 << 16)
    table.add(text)
    weights = kernel.weigh([table], text)
    assert weights[LONGEST - 1 :] == bytes([LEAST]) * max(0, size - LONGEST + 1)
    assert all(WHOLE >= weight >= LEAST for weight in weights)


@pytest.mark.parametrize("kernel", BOTH)
def test_what_was_never_added_weighs_whole(kernel: ModuleType) -> None:
    chance = random.Random(1)
    table = kernel.Familiar(1 << 20)
    table.add(chance.randbytes(2000))
    assert 0 < table.fill < 0.02
    weights = kernel.weigh([table], chance.randbytes(5000))
    assert weights.count(WHOLE) > 4990
    assert kernel.weigh([], b"anything") == bytes([WHOLE]) * 8


@pytest.mark.parametrize("kernel", BOTH)
@given(chances(), st.integers(0, 300), st.integers(0, 300))
@settings(deadline=None, max_examples=25)
def test_a_weight_depends_on_nineteen_symbols_before_and_none_after(
    kernel: ModuleType, chance: random.Random, before: int, size: int
) -> None:
    text = symbols(chance, size)
    table = kernel.Familiar(64 * 50)
    table.add(symbols(chance, 100))
    alone = kernel.weigh([table], text)
    within = kernel.weigh([table], symbols(chance, before) + text + symbols(chance, 30))[before : before + size]
    assert within[LONGEST - 1 :] == alone[LONGEST - 1 :]
    assert all(there <= here for there, here in zip(within, alone, strict=True))  # context only makes familiar


@pytest.mark.parametrize("kernel", BOTH)
def test_only_what_stands_in_two_documents_is_taken(kernel: ModuleType) -> None:
    chance = random.Random(2)
    shared, own, other = (chance.randbytes(200) for _ in range(3))
    table, once = kernel.Familiar(1 << 18), kernel.Familiar(1 << 18)
    table.add_repeated(own + shared + own, once)  # twice in one document is once
    assert table.fill == 0
    table.add_repeated(other + shared, once)
    assert set(kernel.weigh([table], shared)[LONGEST - 1 :]) == {LEAST}
    assert kernel.weigh([table], own + other).count(WHOLE) > 390


@pytest.mark.parametrize("kernel", BOTH)
def test_several_tables_weigh_as_one_that_holds_all(kernel: ModuleType) -> None:
    chance = random.Random(3)
    first, second = chance.randbytes(100), chance.randbytes(100)
    tables = [kernel.Familiar(1 << 16) for _ in range(3)]
    tables[0].add(first)
    tables[1].add(second)
    tables[2].add(first)
    tables[2].add(second)
    text = first + second + chance.randbytes(100)
    assert kernel.weigh(tables[:2], text) == kernel.weigh(tables[2:], text)


@pytest.mark.parametrize("kernel", BOTH)
def test_a_table_is_its_bytes(kernel: ModuleType) -> None:
    table = kernel.Familiar(64 * 9)
    table.add(b"this agreement shall be governed")
    again = kernel.Familiar.from_bytes(table.to_bytes())
    assert again.to_bytes() == table.to_bytes()
    assert len(table.to_bytes()) == 72
    assert again.fill == table.fill > 0


@pytest.mark.parametrize("kernel", BOTH)
def test_impossible_sizes_and_a_table_as_its_own_first_are_refused(kernel: ModuleType) -> None:
    for size in (-64, 0, 1, 65, 64 * ((1 << 32) + 1)):
        with pytest.raises(ValueError, match="multiple of 64 bits"):
            kernel.Familiar(size)
    for data in (b"", b"1234567"):
        with pytest.raises(ValueError, match="multiple of 64 bits"):
            kernel.Familiar.from_bytes(data)
    table = kernel.Familiar(64)
    with pytest.raises(ValueError, match="of its own"):
        table.add_repeated(b"some text", table)


def test_orders_rise_and_weights_fall() -> None:
    assert all(shorter < longer for shorter, longer in pairwise(ORDERS))
    assert all(rarer > commoner for rarer, commoner in pairwise(WEIGHTS))
    assert len(WEIGHTS) == len(ORDERS) + 1
