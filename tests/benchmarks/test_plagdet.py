"""The scorer measures as PAN defines it."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st


def _load() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks/accuracy/plagdet.py"
    spec = importlib.util.spec_from_file_location("plagdet", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["plagdet"] = module
    spec.loader.exec_module(module)
    return module


plagdet = _load()
CASE = plagdet.Alignment("a", "x", 100, 200, 1000, 1100)


def moved(near: int, far: int, size: int = 100, source: str = "x") -> object:
    return plagdet.Alignment("a", source, near, near + size, far, far + size)


alignments = st.builds(
    lambda near, far, size, far_size, source: plagdet.Alignment("a", source, near, near + size, far, far + far_size),
    st.integers(0, 300),
    st.integers(0, 300),
    st.integers(1, 100),
    st.integers(1, 100),
    st.sampled_from("xy"),
)


def test_a_perfect_detection_scores_one() -> None:
    assert plagdet.score([CASE], [CASE]) == (1.0, 1.0, 1.0, 1.0)


def test_nothing_detected_and_nothing_to_detect_score_nothing() -> None:
    assert plagdet.score([CASE], []).plagdet == 0.0
    assert plagdet.score([], [CASE]).plagdet == 0.0


def test_a_detection_must_overlap_on_both_sides_and_in_the_same_source() -> None:
    assert plagdet.score([CASE], [moved(100, 5000)]).recall == 0.0
    assert plagdet.score([CASE], [moved(100, 1000, source="y")]).recall == 0.0
    assert plagdet.score([CASE], [moved(199, 1099)]).recall == pytest.approx(0.01)


def test_half_a_case_is_half_the_recall_at_full_precision() -> None:
    result = plagdet.score([CASE], [moved(100, 1000, 50)])
    assert (result.precision, result.recall, result.granularity) == (1.0, 0.5, 1.0)
    assert result.plagdet == pytest.approx(2 / 3)


def test_a_case_found_in_pieces_costs_granularity() -> None:
    result = plagdet.score([CASE], [moved(100, 1000, 50), moved(150, 1050, 50)])
    assert (result.precision, result.recall, result.granularity) == (1.0, 1.0, 2.0)
    assert result.plagdet == pytest.approx(1 / math.log2(3))


def test_overlapping_detections_count_a_character_once() -> None:
    assert plagdet.score([CASE], [moved(100, 1000, 60), moved(110, 1010, 60)]).recall == pytest.approx(0.7)


def test_detections_without_a_case_cost_precision_only() -> None:
    result = plagdet.score([CASE], [CASE, moved(5000, 5000)])
    assert (result.precision, result.recall) == (0.5, 1.0)


@given(st.lists(alignments, min_size=1, max_size=6), st.lists(alignments, max_size=6))
def test_any_score_keeps_within_its_bounds(cases: list[object], detections: list[object]) -> None:
    result = plagdet.score(cases, detections)
    assert 0.0 <= result.plagdet <= 1.0
    assert 0.0 <= result.precision <= 1.0
    assert 0.0 <= result.recall <= 1.0
    assert result.granularity >= 1.0
    mirrored = plagdet.score(detections, cases)
    assert mirrored.precision == pytest.approx(result.recall)
    assert mirrored.recall == pytest.approx(result.precision)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8), st.integers(0, 50), st.integers(1, 20))
def test_covered_counts_what_a_set_of_characters_counts(
    stretches: list[tuple[int, int]], start: int, size: int
) -> None:
    marked = {character for low, high in stretches for character in range(low, high)}
    expected = len(marked & set(range(start, start + size)))
    assert plagdet.covered(stretches, start, start + size) == expected
