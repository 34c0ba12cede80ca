"""What counts as evidence, and the shares that a finding states."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.match.passage import LIKELY
from dlp.model import PassageFinding, Verdict
from dlp.registry.store import COMMON
from dlp.scan import pipeline

from .conftest import SECRET
from .engine import Engine, folded, prose

NOTHING: tuple[PassageFinding, ...] = ()
PARAGRAPH = prose(100, 60)
MINE, YOURS = prose(101, 60), prose(102, 60)


@settings(max_examples=150, deadline=None)
@given(
    cuts=st.lists(st.tuples(st.integers(0, len(SECRET)), st.integers(0, 600)), max_size=6),
    between=st.lists(st.integers(2, 1 << 30), min_size=6, max_size=6),
)
def test_shares_lie_between_nothing_and_all(
    registered: Engine, cuts: list[tuple[int, int]], between: list[int]
) -> None:
    pieces = [SECRET[start : start + size] + prose(seed, 9) for (start, size), seed in zip(cuts, between, strict=False)]
    for each in registered.passages(" ".join(pieces)):
        assert 0 < each.similarity <= 1
        assert 0 < each.rare_share <= 1
        assert 0 < each.document_share <= 1
        assert 0 < each.evidence <= each.length
        assert each.span.start < each.span.end


def test_a_whole_copy_is_all_of_the_document(engine: Engine) -> None:
    engine.register(PARAGRAPH)
    (found,) = engine.passages(PARAGRAPH.upper())
    assert (found.similarity, found.rare_share) == (1.0, 1.0)
    assert 0.9 < found.document_share <= 1.0
    assert engine.scan(PARAGRAPH).verdict == Verdict.BLOCK


def test_a_quarter_of_a_document_is_a_quarter_of_it_however_often_it_is_said(engine: Engine) -> None:
    parts = [prose(110 + part, 100) for part in range(4)]
    engine.register("\n".join(parts))
    expected = len(folded(parts[2])) / len(folded("\n".join(parts)))
    for times in (1, 3):
        found = engine.passages(f"\n{YOURS}\n".join([parts[2]] * times))
        assert len(found) == times
        assert [each.document_share for each in found] == pytest.approx([expected] * times, abs=0.03)


def test_a_half_that_was_rewritten_shows_in_the_similarity(engine: Engine) -> None:
    words = PARAGRAPH.split()
    engine.register(PARAGRAPH)
    (found,) = engine.passages(" ".join(words[:20] + MINE.split()[:20] + words[40:]))
    assert found.similarity == pytest.approx(2 / 3, abs=0.12)
    assert found.rare_share == 1.0


def test_background_is_no_evidence_and_counts_again_when_it_is_taken_out(engine: Engine) -> None:
    engine.register(PARAGRAPH + MINE)
    before = engine.passages(PARAGRAPH)
    assert len(before) == 1
    engine.register(PARAGRAPH, name="template", background=True)
    assert engine.passages(PARAGRAPH) == NOTHING
    assert len(engine.passages(MINE)) == 1
    engine.remove("template")
    assert engine.passages(PARAGRAPH) == before


def test_background_within_a_passage_lessens_its_rare_share_and_leaves_it_whole(engine: Engine) -> None:
    engine.register(f"{MINE} {PARAGRAPH} {YOURS}")
    engine.register(PARAGRAPH, background=True)
    (found,) = engine.passages(f"{MINE} {PARAGRAPH} {YOURS}")
    assert found.similarity > 0.95
    assert found.rare_share == pytest.approx(2 / 3, abs=0.1)


@pytest.mark.parametrize("documents", [COMMON, COMMON + 1])
def test_what_more_than_ten_documents_share_is_no_evidence(engine: Engine, documents: int) -> None:
    engine.register(*(f"{prose(200 + number, 50)} {PARAGRAPH}" for number in range(documents)))
    result = engine.scan(PARAGRAPH)
    if documents <= COMMON:
        assert sum(1 + len(each.also) for each in result.findings) == documents
        assert result.verdict == Verdict.BLOCK
    else:  # at its edge a document may select a shingle that the others do not: one or two of those may count
        assert max((each.evidence for each in result.findings), default=0) < LIKELY
        assert result.verdict in (Verdict.ALLOW, Verdict.AUDIT)
    (own,) = engine.passages(prose(203, 50))
    assert own.document.name == "document-3"


@pytest.mark.parametrize("versions", [2, 10, 64, 65, 200])
def test_versions_of_a_document_count_as_one_and_give_one_finding(engine: Engine, versions: int) -> None:
    engine.register(*(f"{PARAGRAPH} {prose(300 + number, 30)}" for number in range(versions)), name="plan")
    (found,) = engine.passages(f"{YOURS} {PARAGRAPH} {MINE}")
    assert found.document.name == "plan"
    assert found.rare_share == 1.0
    assert found.evidence > 0.9 * len(folded(PARAGRAPH))


def test_the_version_that_has_most_of_a_passage_is_named(engine: Engine) -> None:
    words = PARAGRAPH.split()
    old = " ".join([*words[:30], "something", "else", "stood", "here", *words[30:]])
    engine.register(old, PARAGRAPH, old + " " + MINE, name="plan")
    (found,) = engine.passages(PARAGRAPH)
    assert (found.document.version, found.similarity) == (2, 1.0)
    assert [each.document.version for each in engine.passages(MINE)] == [3]


def test_a_passage_of_two_documents_of_one_label_is_one_finding_that_names_both(engine: Engine) -> None:
    engine.register(f"{MINE} {PARAGRAPH}", f"{PARAGRAPH} {YOURS}")
    (found,) = engine.passages(PARAGRAPH)
    (other,) = found.also
    assert sorted([found.document.name, other.document.name]) == ["document-0", "document-1"]
    assert other.similarity == found.similarity == 1.0
    assert abs((other.source_span.end - other.source_span.start) - len(PARAGRAPH)) < 30


def test_a_passage_of_documents_of_two_labels_is_a_finding_for_each(engine: Engine) -> None:
    engine.register(f"{MINE} {PARAGRAPH}", label="trade-secret")
    engine.register(f"{PARAGRAPH} {YOURS}", label="internal")
    found = engine.passages(PARAGRAPH)
    assert sorted(each.document.label for each in found) == ["internal", "trade-secret"]
    assert all(not each.also for each in found)


def test_a_document_that_was_removed_is_found_no_more(engine: Engine) -> None:
    engine.register(PARAGRAPH, name="one")
    engine.register(MINE, name="two")
    engine.remove("one")
    assert [each.document.name for each in engine.passages(PARAGRAPH + MINE)] == ["two"]


def test_of_very_many_findings_the_heaviest_are_listed_and_all_are_judged(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = [prose(1000 + number, 20 + number) for number in range(12)]
    engine.register(*documents)
    whole = engine.scan("\n".join(documents))
    monkeypatch.setattr(pipeline, "MAX_FINDINGS", 4)
    monkeypatch.setattr(pipeline, "MAX_REASONS", 1)
    cut = engine.scan("\n".join(documents))
    assert cut.verdict == whole.verdict == Verdict.BLOCK
    assert [each.document.name for each in cut.findings] == [f"document-{number}" for number in (8, 9, 10, 11)]
    assert cut.reasons == (whole.reasons[0], f"and {len(whole.reasons) - 1} more passages or parts")


def test_all_of_very_many_documents_in_one_file_is_no_smaller_a_leak(engine: Engine) -> None:
    documents = [prose(1000 + number, 60) for number in range(300)]
    engine.register(*documents)
    result = engine.scan("\n".join(documents))
    assert len({each.document.name for each in result.findings}) == 300
    assert result.verdict == Verdict.BLOCK
