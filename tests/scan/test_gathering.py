"""Sets of files: what adds up, what counts once, and when there is something to say. The findings are made up."""

from __future__ import annotations

import os
import random
import tracemalloc
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.fingerprint import Alphabet
from dlp.match.passage import CHANCE, WEIGHT
from dlp.model import (
    Also,
    Coverage,
    Document,
    Finding,
    Level,
    PassageFinding,
    Result,
    SetFinding,
    SourceSpan,
    Span,
    Subject,
    Verdict,
)
from dlp.policy.policy import default_policy
from dlp.scan import gathering
from dlp.scan.gathering import Gathering, Symbols

SYMBOLS = 10_000
PLAN = Document("plan", "plan.md", "confidential", 1)
RECIPE = Document("recipe", "recipe.md", "trade-secret", 1)


def passage(
    start: int,
    end: int,
    document: Document = PLAN,
    *,
    evidence: int = -1,
    rarity: int = -1,
    confidence: Level = Level.HIGH,
    similarity: float = 1.0,
    share: float | None = None,
    excerpt: str = "t•• p•••",
    also: tuple[Also, ...] = (),
) -> PassageFinding:
    evidence = end - start if evidence < 0 else evidence
    return PassageFinding(
        provenance=("f",),
        document=document,
        severity=Level.LOW,
        confidence=confidence,
        span=Span(0, end - start, 1, 1, "line 1"),
        source_span=SourceSpan(start, end, "line 1"),
        length=end - start,
        evidence=evidence,
        rarity=evidence if rarity < 0 else rarity,
        similarity=similarity,
        rare_share=1.0,
        document_share=min(1.0, (end - start) / SYMBOLS),
        evidence_share=min(1.0, evidence / SYMBOLS) if share is None else share,
        excerpt=excerpt,
        also=also,
    )


def judge(findings: list[Finding]) -> Verdict:
    return default_policy().decide(Subject(""), findings, ()).verdict


def text_of(_: Document) -> Mapping[Alphabet, int]:
    return {Alphabet.TEXT: SYMBOLS}


def told(files: Mapping[str, list[PassageFinding]], symbols: Symbols = text_of) -> list[tuple[str, SetFinding]]:
    """What there is to say of files by path."""
    gathered = Gathering(judge, symbols)
    for path, findings in files.items():
        verdict = judge(list(findings))
        gathered.add(Result(path, (path,), verdict, (), Coverage.COMPLETE, tuple(findings), ()))
    return list(gathered.findings())


def of_parts(*parts: tuple[int, int]) -> dict[str, list[PassageFinding]]:
    return {f"out/{number}": [passage(*each)] for number, each in enumerate(parts)}


def shares(found: list[tuple[str, SetFinding]]) -> list[float]:
    return [round(each.share, 4) for _, each in found]


def test_a_tenth_in_each_of_ten_files_is_all_of_it() -> None:
    ((folder, found),) = told(of_parts(*((at, at + 1000) for at in range(0, SYMBOLS, 1000))))
    assert folder == "out"
    assert (found.document, found.evidence, round(found.share, 9), found.files) == (PLAN, SYMBOLS, 1.0, 10)
    assert (found.severity, found.confidence) == (Level.CRITICAL, Level.HIGH)
    assert [(each.path, each.evidence, round(each.share, 9)) for each in found.pieces] == [
        (f"out/{number}", 1000, 0.1) for number in range(10)
    ]


def test_the_same_tenth_in_ten_files_is_one_tenth() -> None:
    assert told(of_parts(*[(3000, 4000)] * 10)) == []


def test_the_same_tenth_with_other_edges_and_edits_is_one_tenth() -> None:
    files = of_parts(*((3000 + each, 4000 + each) for each in range(10)))
    files["out/edited"] = [passage(2990, 4020, evidence=700, similarity=0.7)]
    assert told(files) == []


def test_what_overlaps_counts_once() -> None:
    assert shares(told(of_parts((0, 3000), (2000, 5000), (4500, 6000)))) == [0.6]


def test_passages_of_one_file_count_once_too() -> None:
    files = {"a": [passage(0, 2000), passage(1000, 2000)], "b": [passage(5000, 7000)]}
    assert shares(told(files)) == [0.4]


@pytest.mark.parametrize("evidence", [SYMBOLS, SYMBOLS // 2], ids=["all of it counts", "half of it is background"])
def test_beside_a_whole_copy_excerpts_say_nothing(evidence: int) -> None:
    """Though of an excerpt that lies in no background all is evidence, and of the whole copy half."""
    files = of_parts(*((at, at + 500) for at in range(0, SYMBOLS, 1000)))
    assert told({**files, "whole": [passage(0, SYMBOLS, evidence=evidence)]}) == []
    assert told({"a": [passage(0, SYMBOLS, evidence=evidence)], "b": [passage(0, SYMBOLS, evidence=evidence)]}) == []


def test_a_whole_copy_in_more_pieces_than_are_listed_is_a_whole_copy() -> None:
    listed = [passage(at, at + 100, share=1.0) for at in range(0, 5000, 100)]
    assert told({"whole": listed, **of_parts((6000, 7000), (8000, 9000))}) == []


def test_what_is_scattered_over_all_of_it_hides_no_excerpts() -> None:
    """A file with every tenth word or so spans the whole document, and has little of it."""
    files = of_parts(*((at, at + 1000) for at in range(0, SYMBOLS, 1000)))
    assert shares(told({"decoy": [passage(0, SYMBOLS, evidence=1500, similarity=0.15)], **files})) == [1.0]


def test_one_file_is_no_set() -> None:
    assert told({"a": [passage(0, 1000), passage(2000, 5000)], "b": []}) == []


@pytest.mark.parametrize(("more", "speaks"), [(251, True), (249, False)])
def test_a_quarter_more_of_a_tenth_of_the_document_is_said_though_the_verdict_is_no_stricter(
    more: int, speaks: bool
) -> None:
    first, second = passage(0, 1000), passage(5000, 5000 + more)
    assert judge([first]) == Verdict.QUARANTINE
    assert bool(told({"a": [first], "b": [second]})) == speaks


def test_less_than_a_tenth_of_the_document_is_said_only_for_a_stricter_verdict() -> None:
    milder, stricter = of_parts((0, 250), (1000, 1250)), of_parts((0, 350), (1000, 1350))
    assert [judge(each) for files in (milder, stricter) for each in files.values()] == [Verdict.WARN] * 4
    assert told(milder) == []
    assert shares(told(stricter)) == [0.07]


@pytest.mark.parametrize(("more", "speaks"), [(61, True), (50, False)])
def test_a_stricter_verdict_takes_a_tenth_more_than_any_file_has(more: int, speaks: bool) -> None:
    """Less is what other text beside the same passage moves its edges by."""
    files = of_parts((0, 560), (100, 560 + more))
    assert bool(told(files)) == speaks


def test_passages_that_may_be_chance_do_not_add_up() -> None:
    pieces = [passage(at, at + CHANCE - 1, RECIPE) for at in range(0, SYMBOLS, 50)]
    assert told({f"{number}": [each] for number, each in enumerate(pieces)}) == []
    pieces = [passage(at, at + CHANCE, RECIPE) for at in range(0, SYMBOLS, 50)]
    assert shares(told({f"{number}": [each] for number, each in enumerate(pieces)})) == [0.48]


def test_ordinary_wording_does_not_add_up() -> None:
    clauses = {f"{at}": [passage(at, at + 400, rarity=99, confidence=Level.MEDIUM)] for at in range(0, SYMBOLS, 500)}
    assert told(clauses) == []
    prose = {f"{at}": [passage(at, at + 400, rarity=101, confidence=Level.MEDIUM)] for at in range(0, SYMBOLS, 500)}
    assert shares(told(prose)) == [0.8]


def test_phrases_of_a_long_document_in_a_million_files_are_not_a_leak() -> None:
    phrases = {f"{at}": [passage(at, at + 40, RECIPE, confidence=Level.MEDIUM)] for at in range(0, 5000, 250)}
    assert judge([passage(0, 800, RECIPE)]) == Verdict.BLOCK
    assert told(phrases) == []
    sure = {f"{at}": [passage(at, at + 40, RECIPE)] for at in range(0, 5000, 250)}
    assert shares(told(sure)) == [0.08]


def test_what_adds_up_may_be_allowed_alone() -> None:
    internal = Document("plan", "plan", "internal", 1)
    files = {f"{at}": [passage(at, at + 60, internal)] for at in range(0, SYMBOLS, 100)}
    assert {judge(list(each)) for each in files.values()} == {Verdict.ALLOW}
    ((_, found),) = told(files)
    assert (round(found.share, 4), judge([found])) == (0.6, Verdict.WARN)


def test_two_documents_are_two_sets_the_gravest_first() -> None:
    files = {f"{at}": [passage(at, at + 1000), passage(at, at + 500, RECIPE)] for at in range(0, SYMBOLS, 1000)}
    found = told(files)
    assert [each.document for _, each in found] == [RECIPE, PLAN]
    assert shares(found) == [0.5, 1.0]


def versions(start: int, end: int, version: int) -> PassageFinding:
    return passage(start, end, Document("plan", "plan", "confidential", version))


def test_pieces_of_versions_of_a_document_add_up_and_the_one_with_most_is_named() -> None:
    parts = {f"{at}": [versions(at, at + 1000, 2 if at < 6000 else 1)] for at in range(0, SYMBOLS, 1000)}
    ((_, found),) = told(parts)
    assert (found.document.version, round(found.share, 4), found.files) == (2, 1.0, 10)
    assert told({"old": [versions(1000, 3000, 1)], "new": [versions(1000, 3000, 2)]}) == []


def test_versions_lie_on_one_another_by_where_a_stretch_stands_in_the_whole() -> None:
    def twice(document: Document) -> Mapping[Alphabet, int]:
        return {Alphabet.TEXT: SYMBOLS * document.version}

    first = versions(1000, 3000, 1)
    again, more = (passage(at, at + 4000, versions(0, 1, 2).document, share=0.2) for at in (2000, 6000))
    assert told({"a": [first], "b": [again]}, twice) == []
    assert shares(told({"a": [first], "b": [more]}, twice)) == [0.4]


def also(start: int, end: int, document: Document) -> Also:
    return Also(document, SourceSpan(start, end, ""), 1.0, (end - start) / SYMBOLS)


def test_a_document_that_is_only_named_beside_another_is_told_where_it_is_worse() -> None:
    other = Document("other", "other", "confidential", 1)
    parts = range(0, SYMBOLS, 1000)
    files = {f"{at}": [passage(at, at + 1000, also=(also(at, at + 1000, other),))] for at in parts}
    assert [each.document for _, each in told(files)] == [PLAN]

    def small(document: Document) -> Mapping[Alphabet, int]:
        return {Alphabet.TEXT: SYMBOLS // 10 if document == other else 100 * SYMBOLS}

    def pieces(size: int) -> dict[str, list[PassageFinding]]:
        more = {at: (also(at // 10, at // 10 + size, other),) for at in parts}
        return {f"{at}": [passage(at, at + size, share=size / SYMBOLS / 100, also=more[at])] for at in parts}

    assert [each.document for _, each in told(pieces(55), small)] == [other, PLAN]  # it is half of the one only
    assert [each.document for _, each in told(pieces(45), small)] == [PLAN]


def test_pieces_add_up_where_a_document_is_named_first_in_one_file_and_beside_in_another() -> None:
    other = Document("other", "other", "confidential", 1)
    files = {
        "a": [passage(0, 3000, also=(also(5000, 8000, other),))],
        "b": [passage(8000, 10_000, other)],
    }
    assert [(each.document, round(each.share, 4)) for _, each in told(files)] == [(other, 0.5)]


def test_bytes_weigh_less_and_a_document_of_both_kinds_is_told_once() -> None:
    def both(_: Document) -> Mapping[Alphabet, int]:
        return {Alphabet.TEXT: SYMBOLS, Alphabet.BYTES: SYMBOLS * WEIGHT}

    def plain(at: int) -> PassageFinding:
        return passage(at * WEIGHT, (at + 1000) * WEIGHT, evidence=1000, excerpt="")

    ((_, found),) = told({f"{at}": [plain(at)] for at in range(0, 4000, 1000)}, both)
    assert (found.evidence, round(found.share, 4)) == (4000, 0.4)
    files = {f"{at}": [plain(at), passage(at, at + 1000)] for at in range(0, 4000, 1000)}
    assert shares(told(files, both)) == [0.4]


def test_a_document_that_is_no_longer_registered_is_no_set() -> None:
    assert told(of_parts((0, 3000), (5000, 8000)), lambda _: {}) == []
    removed = {"a": [passage(0, 0, evidence=3000)], "b": [passage(0, 0, evidence=3000)]}
    assert told(removed) == []


@pytest.mark.parametrize(
    ("paths", "folder"),
    [
        (["out/a", "out/b"], "out"),
        (["./out/a", "./out/b"], "./out"),
        (["out/a", "out/more/b"], "out"),
        (["out/one/a", "./out/two/b"], "out"),
        (["a", "b"], "."),
        (["out/a", "b"], "."),
        (["outer/a", "out/b"], "."),
        (["../x/a", "../y/b"], ".."),
        (["../../x/a", "../y/b"], "../.."),
        (["../x/a", "b"], ".."),
        (["/srv/x/a", "/srv/y/b"], "/srv"),
        (["/srv/x/../y/a", "/srv/y/b"], "/srv/y"),
        (["/a", "/b"], "/"),
        (["{here}/in/a", "in/b"], "{here}/in"),
        (["{here}/in/a", "in/b", "more/c"], "{here}"),
    ],
)
def test_the_path_is_the_deepest_folder_that_holds_all_the_files(paths: list[str], folder: str) -> None:
    here = os.getcwd()
    files = {each.format(here=here): [passage(at * 2000, at * 2000 + 1500)] for at, each in enumerate(paths)}
    for order in (list(files.items()), list(files.items())[::-1]):
        ((found, _),) = told(dict(order))
        assert found == folder.format(here=here)


PARTS = st.tuples(st.integers(0, SYMBOLS - 1), st.integers(1, 3000), st.floats(0.2, 1), st.floats(0.2, 1))
FILES = st.lists(st.lists(PARTS, max_size=4), max_size=8)


def made(files: list[list[tuple[int, int, float, float]]]) -> dict[str, list[PassageFinding]]:
    return {
        f"d{number % 3}/{number}": [
            passage(
                start,
                min(start + size, SYMBOLS),
                evidence=int((min(start + size, SYMBOLS) - start) * dense * similarity),
                similarity=similarity,
                confidence=Level.HIGH if size % 2 else Level.LOW,
            )
            for start, size, dense, similarity in parts
        ]
        for number, parts in enumerate(files)
    }


@given(FILES, st.randoms(use_true_random=False))
def test_the_order_of_the_files_does_not_matter(
    files: list[list[tuple[int, int, float, float]]], chance: random.Random
) -> None:
    parts = list(made(files).items())
    expected = told(dict(parts))
    chance.shuffle(parts)
    assert told(dict(parts)) == expected


@given(FILES)
def test_a_set_has_no_less_than_its_best_file_and_no_more_than_all_of_them(
    files: list[list[tuple[int, int, float, float]]],
) -> None:
    parts = made(files)
    for _, found in told(parts):
        assert found.files >= 2
        assert found.pieces[0].share < found.share <= 1
        assert found.share <= sum(each.evidence for findings in parts.values() for each in findings) / SYMBOLS + 1e-9
        assert [each.share for each in found.pieces] == sorted((each.share for each in found.pieces), reverse=True)
        assert told({**parts, **{f"again/{path}": each for path, each in parts.items()}})[0][1].share == found.share


def test_memory_does_not_grow_with_the_files() -> None:
    gathered = Gathering(judge, text_of)

    def add(first: int, count: int) -> None:
        for number in range(first, first + count):
            at = 37 * number % (SYMBOLS - 50)
            result = Result(
                f"out/{number}", (), Verdict.ALLOW, (), Coverage.COMPLETE, (passage(at, at + 30 + number % 20),), ()
            )
            gathered.add(result)

    add(0, 2000)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    add(2000, 8000)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 100_000
    ((_, found),) = gathered.findings()
    assert (found.files, len(found.pieces)) == (10_000, gathering.PIECES)
    assert found.share > 0.95


def test_of_very_many_documents_those_with_least_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "KEPT", 300)
    gathered = Gathering(judge, text_of)

    def add(path: str, finding: PassageFinding) -> None:
        gathered.add(Result(path, (), Verdict.ALLOW, (), Coverage.COMPLETE, (finding,), ()))

    add("a", passage(0, 2000))
    for number in range(200):
        add(f"{number}", passage(0, 100, Document(f"{number}", "n", "public", 1)))
        assert len(gathered._sets) <= 20
    add("b", passage(5000, 7000))
    assert [each.document for _, each in gathered.findings()] == [PLAN]


def test_a_set_is_no_part_of_what_is_gathered() -> None:
    ((folder, found),) = told(of_parts((0, 3000), (5000, 8000)))
    gathered = Gathering(judge, text_of)
    for path in ("a", "b"):
        gathered.add(Result(path, (folder,), Verdict.ALLOW, (), Coverage.COMPLETE, (found,), ()))
    assert list(gathered.findings()) == []


def test_paths_are_kept_as_they_were_given(tmp_path: Path) -> None:
    files = {f"{tmp_path}/{name}": [passage(at, at + 2000)] for at, name in ((0, "x y"), (5000, "z"))}
    ((folder, found),) = told(files)
    assert folder == str(tmp_path)
    assert [each.path for each in found.pieces] == [f"{tmp_path}/x y", f"{tmp_path}/z"]
