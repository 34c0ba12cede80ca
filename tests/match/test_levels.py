"""Severity and confidence, on both sides of every threshold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.match.passage import LIKELY, POSSIBLE, SURE, confidence, severity
from dlp.model import Level

ORDER = list(Level)


@pytest.mark.parametrize(
    ("weight", "level"),
    [(1, "low"), (LIKELY - 1, "low"), (LIKELY, "medium"), (SURE - 1, "medium"), (SURE, "high"), (10**9, "high")],
)
def test_confidence_grows_with_the_weight(weight: int, level: str) -> None:
    assert confidence(weight, weight) == level


@pytest.mark.parametrize(
    ("rarity", "level"), [(POSSIBLE - 1, "low"), (POSSIBLE, "medium"), (LIKELY - 1, "medium"), (LIKELY, "high")]
)
def test_words_that_agree_one_by_one_are_not_enough(rarity: int, level: str) -> None:
    assert confidence(rarity, 10**9) == level


@pytest.mark.parametrize(
    ("length", "share", "level"),
    [
        (99, 0.0, "low"),
        (100, 0.0, "medium"),
        (599, 0.249, "medium"),
        (600, 0.0, "high"),
        (1, 0.25, "high"),
        (4999, 0.799, "high"),
        (5000, 0.0, "critical"),
        (1, 0.8, "critical"),
    ],
)
def test_severity_grows_with_the_length_and_with_the_share(length: int, share: float, level: str) -> None:
    assert severity(length, share) == level


@given(st.integers(1, 9000), st.integers(0, 500), st.floats(0, 1), st.floats(0, 1))
def test_more_is_never_less_severe(length: int, more: int, share: float, other: float) -> None:
    low, high = sorted((share, other))
    assert ORDER.index(severity(length, low)) <= ORDER.index(severity(length + more, high))
