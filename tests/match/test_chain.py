"""Chains: what runs become one passage, and that no order, repetition or number of them changes the outcome."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.fingerprint.reference import Run
from dlp.match import chain
from dlp.match.chain import GAP, Chains, Covered, Passage, chained, union


def run(start: int, source: int, length: int, evidence: int | None = None, document: int = 0) -> Run:
    rare = length if evidence is None else evidence
    end = start + length
    return (document, source, start, end, start, end, 0, start, start, end, 0, 1, rare, b"x")


def figures(passages: list[Passage]) -> list[tuple[int, ...]]:
    return [(p.start, p.end, p.source, p.source_end, p.agreed, p.evidence) for p in passages]


def of(*runs: Run) -> list[tuple[int, ...]]:
    return figures(chained([Passage(each) for each in runs]))


RUNS = st.lists(
    st.builds(run, st.integers(0, 1500), st.integers(0, 1500), st.integers(20, 300), st.integers(20, 20)), max_size=14
)


def test_a_run_alone_is_a_passage() -> None:
    assert of(run(100, 7, 40, 20)) == [(100, 140, 7, 47, 40, 20)]


@pytest.mark.parametrize("side", ["text", "document", "both"])
def test_a_gap_of_so_many_symbols_is_bridged_and_a_longer_one_is_not(side: str) -> None:
    for gap, count in ((GAP, 1), (GAP + 1, 2)):
        text = gap if side != "document" else 0
        source = gap if side != "text" else 0
        assert len(of(run(0, 0, 50), run(50 + text, 50 + source, 50))) == count


def test_a_run_far_back_in_the_document_begins_a_passage_of_its_own() -> None:
    assert len(of(run(0, 1000, 50), run(60, 0, 50))) == 2


def test_what_was_inserted_counts_for_the_length_and_not_for_the_agreement() -> None:
    assert of(run(0, 0, 50), run(80, 50, 50)) == [(0, 130, 0, 100, 100, 100)]


def test_overlapping_runs_count_each_symbol_once() -> None:
    assert of(run(0, 0, 60), run(40, 45, 60)) == [(0, 100, 0, 105, 100, 100)]


def test_a_run_in_the_gap_of_another_passage_counts_with_it() -> None:
    far = 5000
    (found,) = of(run(0, 0, 50), run(60, far, 100), run(170, 60, 50))
    assert found[:2] == (0, 220)
    assert found[4:] == (200, 200)


def test_the_same_text_from_two_places_of_a_document_counts_once() -> None:
    assert [each[4:] for each in of(run(0, 0, 80), run(0, 5000, 80), run(0, 9000, 70))] == [(80, 80)]


def test_of_two_passages_that_could_go_on_the_one_on_the_same_diagonal_does() -> None:
    passages = chained([Passage(run(0, 0, 50)), Passage(run(10, 150, 60)), Passage(run(80, 80, 50))])
    assert figures(passages)[0][:2] == (0, 130)


@given(RUNS, st.randoms())
def test_the_order_of_the_runs_means_nothing(runs: list[Run], chance: random.Random) -> None:
    shuffled = list(runs)
    chance.shuffle(shuffled)
    assert of(*runs) == of(*shuffled)


@given(RUNS)
def test_passages_are_apart_in_order_and_cover_every_run(runs: list[Run]) -> None:
    passages = chained([Passage(each) for each in runs])
    assert all(one.end <= other.start for one, other in itertools.pairwise(passages))
    assert union((each[2], each[3]) for each in runs) == union(
        (max(start, p.start), min(end, p.end))
        for p in passages
        for start, end in union((each[2], each[3]) for each in runs)
        if start < p.end and p.start < end
    )


@given(RUNS)
def test_agreement_is_exactly_the_symbols_of_the_runs_and_evidence_no_more(runs: list[Run]) -> None:
    covered = sum(end - start for start, end in union((each[2], each[3]) for each in runs))
    passages = chained([Passage(each) for each in runs])
    assert sum(each.agreed for each in passages) == covered
    for each in passages:
        assert 0 < each.evidence <= each.agreed <= each.end - each.start
        assert each.source < each.source_end
        assert union(each.sources)[0][0] >= each.source
        assert union(each.sources)[-1][1] <= each.source_end


@given(RUNS, st.integers(1, 5))
def test_documents_do_not_touch_one_another(runs: list[Run], documents: int) -> None:
    chains = Chains()
    for document in range(documents):
        chains.add([(document, *each[1:]) for each in runs])
    found = {document: figures(passages) for document, passages in chains.passages().items()}
    assert found == ({document: of(*runs) for document in range(documents)} if runs else {})


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(1, 30)), max_size=30), st.lists(st.integers(1, 9)))
def test_chaining_as_runs_come_gives_what_chaining_at_the_end_gives(
    gaps: list[tuple[int, int]], cuts: list[int]
) -> None:
    runs: list[Run] = []
    at = 0
    for gap, length in gaps:
        at += gap
        runs.append(run(at, at, length + 20))
        at += length + 20
    whole, flushed = Chains(), Chains()
    whole.add(runs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "BUFFERED", 4)
        for cut in [*cuts, len(runs)]:
            flushed.add(runs[:cut])
            runs = runs[cut:]
    expected, found = whole.passages(), flushed.passages()
    assert {each: figures(passages) for each, passages in found.items()} == {
        each: figures(passages) for each, passages in expected.items()
    }


def test_a_passage_of_very_many_runs_is_counted_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [run(at, at, 30, 20) for at in range(0, 40_000, 40)]
    whole = of(*runs)
    monkeypatch.setattr(chain, "STRETCHES", 8)
    assert of(*runs) == whole == [(0, 39_990, 0, 39_990, 30_000, 20_000)]


STRETCHES = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda each: (each[0], sum(each))))


@given(STRETCHES)
def test_a_union_is_disjoint_ascending_and_covers_the_same(stretches: list[tuple[int, int]]) -> None:
    made = union(stretches)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(made))
    assert [at for start, end in made for at in range(start, end)] == sorted(
        {at for start, end in stretches for at in range(start, end)}
    )


@given(STRETCHES, st.integers(0, 60), st.integers(1, 40))
def test_what_is_covered_is_what_the_union_has(stretches: list[tuple[int, int]], start: int, size: int) -> None:
    covered = Covered()
    for one, other in stretches:
        covered.add(one, other)
    expected = {at for one, other in stretches for at in range(one, other)} & set(range(start, start + size))
    assert covered.shared(start, start + size) == len(expected)
