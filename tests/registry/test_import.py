"""An exported file is taken in whole or refused; and a sketch may say what it will, alignment only finds less by it."""

from __future__ import annotations

import random
import zlib
from array import array
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from dlp.errors import StoreCorrupt
from dlp.fingerprint import Aligner, Scanner, Sketch
from dlp.fingerprint.odds import odds
from dlp.registry import transfer
from dlp.registry.records import MOST_ROWS, KeptText, Outline, WordSketch
from dlp.registry.store import Store
from dlp.registry.term_list import TermList
from dlp.registry.transfer import OneDocument, export_store, import_store
from dlp.registry.writer import Writer

from .making import KEY, faults, names, new_store, text

replace = msgspec.structs.replace


def _with(**changes: object) -> Callable[[OneDocument], OneDocument]:
    return lambda record: replace(record, **changes)


BOMB = zlib.compress(bytes(50_000_000))
LIES: dict[str, Callable[[OneDocument], OneDocument]] = {
    "a sketch without lengths": _with(sketch=WordSketch(b"ab" * 9, zlib.compress(b""))),
    "a sketch of half a code": _with(sketch=WordSketch(b"abc", zlib.compress(b"\1"))),
    "a sketch that grows": _with(sketch=WordSketch(b"ab" * 9, BOMB)),
    "a sketch of no length": _with(sketch=WordSketch(b"ab", zlib.compress(b"\0"))),
    "a sketch that is none": _with(sketch=WordSketch(b"ab", b"ab")),
    "a text that grows": _with(text=KeptText(BOMB, 9)),
    "a text of no size": _with(text=KeptText(zlib.compress(b"abc"), 1 << 60)),
    "an outline that grows": _with(outlines={"text": Outline(1, BOMB, ())}),
    "an outline without rows": _with(outlines={"text": Outline(0, zlib.compress(b""), ())}),
    "terms that grow": _with(terms=TermList(BOMB, 9, zlib.compress(b"\1"))),
    "terms that are none": _with(terms=TermList(b"ab", 2, zlib.compress(b"\1"))),
    "terms of no size": _with(terms=TermList(zlib.compress(b"abc\n"), 1 << 60, zlib.compress(b"\1"))),
    "terms too few": _with(terms=TermList(zlib.compress(b"abc\n"), 4, zlib.compress(b"\1\1"))),
    "a term too short": _with(terms=TermList(zlib.compress(b"ab\n"), 3, zlib.compress(b"\1"))),
    "a term without end": _with(terms=TermList(zlib.compress(b"abc\nabcd"), 8, zlib.compress(b"\1"))),
    "an outline of too many": _with(outlines={"text": Outline(1 << 50, BOMB, ())}),
}


def _exported(
    folder: str, path: str, lie: Callable[[OneDocument], OneDocument], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        honest = transfer._records
        patch.setattr(
            transfer,
            "_records",
            lambda *given: (lie(each) if isinstance(each, OneDocument) else each for each in honest(*given)),
        )
        store = Store(folder, KEY)
        export_store(store, KEY, path, with_text=True)
        store.close()


@pytest.mark.parametrize("kind", LIES)
def test_a_file_that_a_scan_could_not_unpack_is_refused_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    made = new_store(tmp_path / "made", (1, 2, 3), background=(2,))
    path = str(tmp_path / "exported")
    _exported(made, path, LIES[kind], monkeypatch)
    folder = new_store(tmp_path / "store", (4,))
    with pytest.raises(StoreCorrupt, match="exported is damaged"), Writer(folder, KEY) as writer:
        import_store(writer, KEY, path)
    assert faults(folder) == []
    assert names(folder) == {"doc 4"}
    _exported(made, path, lambda each: each, monkeypatch)
    with Writer(folder, KEY) as writer:
        assert import_store(writer, KEY, path) == (3, 0)
    assert names(folder) == {"doc 1", "doc 2", "doc 3", "doc 4"}


def test_what_a_record_says_of_its_sketch_and_text_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_store(tmp_path / "made", (1, 2), background=(2,))
    path = str(tmp_path / "exported")

    def lie(record: OneDocument) -> OneDocument:
        return replace(record, sketch=None, text=None, document=replace(record.document, words=77, keeps_text=True))

    _exported(made, path, lie, monkeypatch)
    folder = new_store(tmp_path / "store")
    with Writer(folder, KEY) as writer:
        assert import_store(writer, KEY, path) == (2, 0)
    store = Store(folder, KEY)
    assert {(each.words, each.keeps_text) for each in store.documents.values()} == {(0, False)}
    assert store.familiar() is None
    store.close()
    assert faults(folder) == []


def _lying(pick: random.Random, words: int) -> Sketch:
    return Sketch(array("H", pick.randbytes(2 * words)), array("B", bytes(pick.choices(range(1, 256), k=words))))


def test_alignment_survives_sketches_of_other_texts_and_of_wrong_lengths(tmp_path: Path) -> None:
    """Nothing is read beyond what there is (the sanitizers' build of the fuzzers watches the same code)."""
    folder = new_store(tmp_path / "store", (1,))
    store = Store(folder, KEY)
    (index,) = store.indexes().values()
    content = ("before " * 50 + text(1) + " between " * 50 + text(1)).encode()
    honest = store.sketches([0])[0]
    record = store.catalogue.sketches(store.documents)[0]
    codes, lengths = array("H"), zlib.decompress(record.lengths)
    codes.frombytes(record.codes)
    pick = random.Random(5)
    liars = [_lying(pick, words) for words in (1, 2, 3, 10, 39, 40, 41, 1000, 100_000)]
    liars += [Sketch(codes[:words], array("B", lengths[:words])) for words in (1, 5, 20, 39)]
    liars += [Sketch(codes, array("B", bytes([length]) * 40)) for length in (1, 5, 7, 255)]
    liars += [Sketch(codes * 2500, array("B", b"\xff" * 100_000))]
    liars += [Sketch(array("H", bytes(2 * MOST_ROWS)), array("B", b"\xff" * MOST_ROWS))]
    for sketch in [honest, *liars]:
        scanner = Scanner(index)
        runs = scanner.feed(content)
        runs.extend(scanner.finish())
        assert len(runs) == 2
        found, left = Aligner(odds()).align(content, 0, runs, {0: sketch}, 40)
        if sketch is honest:
            assert len(found) + len(left) == 2
        for each in found:
            assert 0 <= each[3] < each[4] <= len(content)
            assert 0 <= each[5] < each[6] <= len(content)
            assert each[1] <= each[2] < 1 << 32
    store.close()


def test_places_bear_whatever_positions_they_are_asked_for(tmp_path: Path) -> None:
    folder = new_store(tmp_path / "store", (1,))
    store = Store(folder, KEY)
    places = store.places(0, next(iter(store.documents[0].symbols)))
    assert places is not None
    last = len(text(1))
    for start in (0, 1, 100, 239, 240, 10_000, 2**32 - 1):
        for more in (1, 5, 50, 2**31):
            span = places.span(start, start + more)
            assert 0 <= span.start < span.end <= last + 64
    store.close()
