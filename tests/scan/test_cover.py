"""Stretches laid over one another along a document."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.scan import cover
from dlp.scan.cover import Cover

STRETCH = st.tuples(st.integers(0, 60), st.integers(1, 30), st.integers(1, 5))


@given(st.lists(STRETCH, max_size=20), st.randoms(use_true_random=False))
def test_a_cover_holds_the_densest_at_each_place(
    stretches: list[tuple[int, int, int]], chance: random.Random
) -> None:
    expected = [0] * 100
    whole = Cover()
    for start, size, density in stretches:
        whole.add(start, start + size, density)
        for at in range(start, start + size):
            expected[at] = max(expected[at], density)
    assert whole.evidence() == sum(expected)
    chance.shuffle(stretches)
    again = Cover()
    for start, size, density in stretches:
        again.add(start, start + size, density)
    assert again._parts == whole._parts
    part = Cover()
    part.add(20, 50, 1)
    assert whole.within(part) == sum(expected[20:50])


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_cover_of_very_many_stretches_stays_small_and_never_holds_more(
    shuffled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cover, "STRETCHES", 200)
    places = list(range(0, 4000, 10))
    if shuffled:
        random.Random(1).shuffle(places)
    whole = Cover()
    for at in 2 * places:
        whole.add(at, at + 9, 0.9 + at % 7 / 70)
        assert len(whole) <= 200
    expected = sum(9 * (0.9 + at % 7 / 70) for at in places)
    assert (0.5 if shuffled else 0.9) * expected <= whole.evidence() <= 1.001 * expected
