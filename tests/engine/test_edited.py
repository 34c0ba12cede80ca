"""Edited text: what is changed in a copy, and what of it is found all the same."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.match import passage
from dlp.model import Level
from dlp.registry.writer import Writer
from dlp.scan.keeping import Keep
from dlp.scan.registering import Registration
from dlp.source.files import FileSource

from .conftest import SECRET
from .engine import KEY, LIMITS, Engine, Listener, folded, prose

DOCUMENT = prose(500, 400)
WORDS = DOCUMENT.split()


def edited_copy(words: list[str], seed: int, share: float) -> str:
    """Of every hundred words about so many replaced, inserted, left out or exchanged with the next."""
    chance = random.Random(seed)
    strange = iter(prose(seed + 10_000, len(words) + 1).split())
    out: list[str] = []
    for word in words:
        if chance.random() >= share:
            out.append(word)
            continue
        kind = chance.randrange(4)
        if kind == 0:
            out.append(next(strange))
        elif kind == 1:
            out += [word, next(strange)]
        elif kind == 2 and out:
            out.insert(-1, word)
    return " ".join(out)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1 << 32), share=st.floats(0.05, 0.3), at=st.integers(0, 250))
def test_an_edited_excerpt_is_one_passage_where_it_is(document: Engine, seed: int, share: float, at: int) -> None:
    copy = edited_copy(WORDS[at : at + 120], seed, share)
    before, after = prose(seed + 1, 80)[::-1], prose(seed + 2, 80)[::-1]  # of other words: there are only 740
    (found,) = document.passages(f"{before}\n{copy}\n{after}")
    assert found.confidence == Level.HIGH
    assert abs(found.span.start - len(before) - 1) < 60
    assert abs(found.span.end - len(before) - 1 - len(copy)) < 60
    source = DOCUMENT[found.source_span.start : found.source_span.end]
    assert len(set(source.split()) & set(WORDS[at : at + 120])) > 80
    assert found.similarity > 0.5


def test_every_fifth_word_replaced_is_still_found(document: Engine) -> None:
    """With every third one replaced nothing is left to look closer at: SECURITY.md says so."""
    words = WORDS[100:300]
    strange = prose(9, len(words)).split()
    words[::5] = strange[: len(words[::5])]
    found = document.passages(" ".join(words))
    assert max(each.rarity for each in found) >= passage.SURE


def test_sentences_in_another_order_are_one_passage(document: Engine) -> None:
    sentences = DOCUMENT.split(". ")[5:15]
    random.Random(3).shuffle(sentences)
    found = document.passages(". ".join(sentences))
    assert sum(each.length for each in found) > 0.9 * len(folded(". ".join(sentences)))


def test_a_digest_of_a_document_is_found_as_one_passage(engine: Engine) -> None:
    parts = [prose(700 + number, 60) for number in range(12)]
    engine.register("\n".join(parts), name="report")
    digest = " ".join(word for part in parts for word in part.split()[10:22])
    found = engine.passages(f"{prose(1, 60)}\n{digest}\n{prose(2, 60)}")
    assert {each.document.name for each in found} == {"report"}
    assert sum(each.length for each in found) > 0.8 * len(folded(digest))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(10, 1 << 32))
def test_other_text_of_the_same_vocabulary_is_no_passage_of_confidence(document: Engine, seed: int) -> None:
    assert all(each.confidence == Level.LOW for each in document.passages(prose(seed, 600)))


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(0, 6000), max_size=10), seed=st.integers(0, 1000))
def test_where_a_chunk_ends_makes_no_difference_to_edited_text(edited: Listener, cuts: list[int], seed: int) -> None:
    content = f"{prose(seed, 200)}\n{edited_copy(SECRET.split()[:150], seed, 0.15)}\n{prose(seed + 1, 200)}".encode()
    places = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})
    chunks = [content[begin:end] for begin, end in itertools.pairwise(places)]
    assert edited.passages(chunks) == edited.passages([content])


def test_a_passage_at_the_edge_of_a_window_is_found(document: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passage, "WINDOW", 1 << 17)
    copy = edited_copy(WORDS[50:250], 4, 0.15)
    for length in range(120_000, 136_000, 2_300):
        before = (prose(5, 26_000) + " ")[:length].rsplit(" ", 1)[0]
        listener = Listener(document)
        content = f"{before}\n{copy}\n{prose(6, 9_000)}".encode()
        found = listener.passages([content[at : at + 4096] for at in range(0, len(content), 4096)])
        assert sum(each.length for each in found) > 0.8 * len(folded(copy))
        main = max(found, key=lambda each: each.length)
        text = content.decode()
        assert main.span.line == text.count("\n", 0, main.span.start) + 1
        assert main.span.column == main.span.start - (text.rfind("\n", 0, main.span.start) + 1) + 1


def test_without_a_sketch_what_agrees_to_the_letter_is_found(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    path = tmp_path / "plain"
    path.write_text(DOCUMENT)
    with Writer(engine.store, KEY) as writer:
        call = Registration(
            writer, label="trade-secret", owner="", name="plain", background=False, jobs=1, limits=LIMITS,
            keep=Keep(sketch=False),
        )  # fmt: skip
        list(call.outcomes(FileSource([str(path)])))
    (verbatim,) = engine.passages(" ".join(WORDS[100:160]))
    assert verbatim.confidence == Level.HIGH
    copy = edited_copy(WORDS[100:220], 1, 0.2)
    assert sum(each.evidence for each in engine.passages(copy)) < 0.9 * len(folded(copy))


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    engine = Engine(tmp_path_factory.mktemp("document"))
    engine.register(DOCUMENT, name="document")
    return engine


@pytest.fixture(scope="module")
def edited(registered: Engine) -> Listener:
    return Listener(registered)
