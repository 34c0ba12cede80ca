"""Edited, reordered, repeated and hidden copies: how many passages they are, and what they cost."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.limits import Limits
from dlp.model import Coverage, Result, Verdict

from .conftest import SECRET
from .engine import Engine, folded, prose

PARAGRAPH = prose(100, 120)
WORDS = PARAGRAPH.split()


@settings(max_examples=60, deadline=None)
@given(at=st.integers(20, 90), kind=st.sampled_from(["insert", "delete", "replace"]), count=st.integers(1, 8))
def test_an_edit_leaves_one_passage(edited: Engine, at: int, kind: str, count: int) -> None:
    new = prose(900 + at, count).split()
    text = " ".join(WORDS[:at] + (new if kind != "delete" else []) + WORDS[at + (count if kind != "insert" else 0) :])
    (found,) = edited.passages(text)
    assert found.length > 0.8 * len(folded(text))
    assert found.similarity < 1.0


def test_an_edit_in_every_ninth_word_leaves_one_passage(edited: Engine) -> None:
    words = list(WORDS)
    words[::9] = ["xyzzy"] * len(words[::9])
    (found,) = edited.passages(" ".join(words))
    assert 0.2 < found.similarity < 0.95


def test_paragraphs_in_another_order_are_a_passage_each(engine: Engine) -> None:
    parts = [prose(120 + part, 120) for part in range(4)]
    engine.register("\n\n".join(parts))
    found = engine.passages("\n\n".join(parts[part] for part in (2, 0, 3, 1)))
    starts = [each.source_span.start for each in found]
    assert len(found) == 4
    assert [sorted(starts).index(start) for start in starts] == [2, 0, 3, 1]
    assert min(each.document_share for each in found) > 0.9


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 800), st.integers(20, 200)), min_size=1, max_size=6))
def test_no_two_passages_of_a_document_overlap(registered: Engine, cuts: list[tuple[int, int]]) -> None:
    words = SECRET.split()
    found = registered.passages(" ".join(" ".join(words[at : at + size]) for at, size in cuts))
    assert found
    assert all(one.span.end <= other.span.start for one, other in itertools.pairwise(found))


def test_a_paragraph_ten_thousand_times_lists_the_bounded_number_and_the_whole_share(engine: Engine) -> None:
    engine.register(f"{PARAGRAPH} {prose(5, 100)}", f"{PARAGRAPH} {prose(6, 100)}", name="plan")
    fill = [prose(2000 + number, 80) for number in range(20)]
    result = engine.scan("\n".join(f"{PARAGRAPH}\n{fill[number % 20]}" for number in range(10_000)))
    assert len(result.findings) <= 2 * Limits().max_passages
    assert result.verdict == Verdict.BLOCK
    assert result.findings[0].document_share == pytest.approx(0.55, abs=0.1)


def test_a_long_document_with_an_edit_in_every_tenth_word_is_one_passage(engine: Engine) -> None:
    words = prose(7, 100_000).split()
    engine.register(" ".join(words))
    words[::10] = ["zqxj"] * len(words[::10])
    (found,) = engine.passages(" ".join(words))
    assert found.document_share == pytest.approx(found.similarity, abs=0.02)


@pytest.mark.parametrize("period", ["a", "ab", "secret", "0123456789", PARAGRAPH[:70]])
def test_periodic_text_is_found_once_and_is_no_burden(engine: Engine, period: str) -> None:
    assert engine.register(period * (2000 // len(period))) == ["new"]
    assert engine.passages(period * (40_000 // len(period)))
    assert len(engine.passages(f"{prose(8, 40)} {period * (200 // len(period) + 1)} {prose(9, 40)}")) == 1


def test_fifty_words_in_fifty_thousand_are_found_where_they_are(engine: Engine) -> None:
    engine.register(PARAGRAPH)
    carrier = prose(10, 50_000).split()
    text = " ".join(carrier[:31_000] + WORDS[30:80] + carrier[31_000:])
    (found,) = engine.passages(text)
    assert text.index(" ".join(WORDS[30:80])) <= found.span.start + 40
    assert found.length > 0.8 * len(folded(" ".join(WORDS[30:80])))


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 1 << 40))
def test_other_text_of_the_same_words_is_clean(registered: Engine, seed: int) -> None:
    clean = Result("scanned", ("scanned",), Verdict.ALLOW, (), Coverage.COMPLETE, (), ())
    assert registered.scan(prose(seed, 400)) == clean


def test_random_bytes_are_clean(registered: Engine) -> None:
    assert not registered.passages(b"\0" + random.Random(1).randbytes(300_000))


def test_fewer_than_k_symbols_are_clean(registered: Engine) -> None:
    assert not registered.passages(SECRET[:20])


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    engine = Engine(tmp_path_factory.mktemp("edited"))
    engine.register(PARAGRAPH, name="paragraph")
    return engine
