"""The table of the background's grams follows its documents: what is added, removed, imported."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dlp.fingerprint import Familiar, Scanner, fold, rarity, weigh
from dlp.registry import background
from dlp.registry.background import BITS_A_SYMBOL, FULL, LEAST_BITS
from dlp.registry.records import KeptText
from dlp.registry.store import Store
from dlp.registry.transfer import export_store, import_store
from dlp.registry.writer import Writer

from .making import KEY, check_kept, document, faults, fingerprint, names, new_store, register, table_of, text


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return new_store(tmp_path / "store", (1, 2))


def _table(folder: str) -> Familiar | None:
    store = Store(folder, KEY)
    try:
        check_kept(store)
        return store.familiar()
    finally:
        store.close()


def _weight(folder: str, content: str) -> int:
    """What a text proves beside the store's background."""
    table = _table(folder)
    return rarity(weigh([table] if table else [], fold(content.encode())))


def _evidence(folder: str, content: str) -> int:
    store = Store(folder, KEY)
    try:
        (index,) = store.indexes().values()
        scanner = Scanner(index)
        return sum(run[-2] for run in [*scanner.feed(content.encode()), *scanner.finish()])
    finally:
        store.close()


def test_background_takes_weight_from_its_text_and_removing_it_gives_it_back(folder: str) -> None:
    secret, clause = text(1), text(60)
    before = _weight(folder, clause)
    assert before > 100
    assert _evidence(folder, secret) > 200
    with Writer(folder, KEY) as writer:
        register(writer, "clause", clause, background=True)
        register(writer, "template", secret, background=True)
    assert _weight(folder, clause) < before / 10
    assert _weight(folder, secret) < before / 10
    assert _evidence(folder, secret) == 0
    with Writer(folder, KEY) as writer:
        writer.remove([2])
    assert _weight(folder, clause) == before
    assert _weight(folder, secret) < before / 10
    with Writer(folder, KEY) as writer:
        writer.remove([3])
    assert _weight(folder, secret) == _weight(folder, clause) == before
    assert _evidence(folder, secret) > 200
    assert _table(folder) is None
    assert faults(folder) == []


def test_other_changes_leave_the_grams_as_they_are(folder: str) -> None:
    with Writer(folder, KEY) as writer:
        register(writer, "clause", text(60), background=True)
    store = Store(folder, KEY)
    made = store.state.familiar
    with Writer(folder, KEY) as writer:
        register(writer, "doc 4", text(4))
        writer.commit()
        register(writer, "clause", text(60), background=True, label="other")
        writer.commit()
        writer.remove([0])
        writer.compact()
    store.refresh()
    assert store.state.familiar == made == 3
    assert store.state.generation == 7
    store.close()
    assert names(folder) == {"doc 2", "doc 4", "clause"}


def test_a_table_that_is_full_is_made_anew_and_larger_and_only_then(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "LEAST_BITS", 64)
    read = []
    kept_text = Store.kept_text
    monkeypatch.setattr(Store, "kept_text", lambda store, n: read.append(n) or kept_text(store, n))
    sizes = []
    with Writer(folder, KEY) as writer:
        for number in range(40):
            read.clear()
            register(writer, f"clause {number}", text(100 + number), background=True)
            writer.commit()
            table = writer.store.familiar()
            assert table is not None
            assert table.fill < FULL
            sizes.append(8 * len(table.to_bytes()))
            anew = number == 0 or sizes[-1] > sizes[-2]
            assert len(read) == (number if anew else 0), "the texts are read again only for a larger table"
            assert sizes[-1] * 2 > 240 * (number + 1) * BITS_A_SYMBOL * 0.9
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 7
    check = _table(folder)
    assert check is not None
    assert check.to_bytes() == table_of([text(100 + number) for number in range(40)], sizes[-1])


def test_a_table_never_passes_its_largest_size(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "LEAST_BITS", 64)
    monkeypatch.setattr(background, "MOST_BITS", 4096)
    for number in range(5):
        with Writer(folder, KEY) as writer:
            register(writer, f"clause {number}", text(100 + number), background=True)
        table = _table(folder)
        assert table is not None
        assert 8 * len(table.to_bytes()) == 4096
    assert table.fill > FULL


def test_a_text_is_the_same_in_pieces(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = "Grüße, 漢字 und ﷺ \N{MATHEMATICAL FRAKTUR SMALL A}. " * 3 + text(1)
    whole = table_of([content], LEAST_BITS)
    for piece in (1, 2, 3, 7, 19, 20, 21, 1000):
        monkeypatch.setattr(background, "PIECE", piece)
        table = Familiar(LEAST_BITS)
        background._add(table, [content.encode()])
        assert table.to_bytes() == whole


def test_background_without_a_text_is_background_by_its_shingles(folder: str) -> None:
    with Writer(folder, KEY) as writer:
        writer.add(document("plain", text(1), background=True), [fingerprint(text(1))])
    assert _table(folder) is None
    assert _evidence(folder, text(1)) == 0
    assert faults(folder) == []
    with Writer(folder, KEY) as writer:
        register(writer, "clause", text(60), background=True)
        writer.remove([2])
    assert _table(folder) is not None


@pytest.mark.parametrize("with_text", [True, False])
def test_an_exported_store_carries_texts_only_where_they_were_asked_for(tmp_path: Path, with_text: bool) -> None:
    made = new_store(tmp_path / "made", (1, 2, 3, 4), background=(2,))
    path = str(tmp_path / "exported")
    store = Store(made, KEY)
    assert {each.name for each in store.documents.values() if each.keeps_text} == {"doc 2", "doc 3"}
    assert export_store(store, KEY, path, with_text=with_text) == 4
    store.close()
    other = new_store(tmp_path / "other", (5, 6), background=(6,))
    with Writer(other, KEY) as writer:
        assert import_store(writer, KEY, path) == (4, 0)
    assert faults(other) == []
    assert names(other) == {f"doc {n}" for n in range(1, 7)}
    store = Store(other, KEY)
    texts = {each.name: store.text(n) for n, each in store.documents.items()}
    assert texts == {
        "doc 1": None,
        "doc 2": text(2) if with_text else None,
        "doc 3": text(3) if with_text else None,
        "doc 4": None,
        "doc 5": None,
        "doc 6": text(6),
    }
    assert {each.name for each in store.documents.values() if each.words} == {"doc 1", "doc 3", "doc 4", "doc 5"}
    table = store.familiar()
    assert table is not None
    assert table.to_bytes() == table_of([text(n) for n in ((2, 6) if with_text else (6,))], 8 * len(table.to_bytes()))
    store.close()
    assert _evidence(other, text(2)) == 0
    with Writer(other, KEY) as writer:
        assert import_store(writer, KEY, path) == (0, 4)


def test_only_with_texts_is_an_exported_file_as_large(tmp_path: Path) -> None:
    content = text(1, 20_000)
    made = new_store(tmp_path / "made")
    with Writer(made, KEY) as writer:
        register(writer, "long", content, keep_text=True)
    store = Store(made, KEY)
    for with_text in (False, True):
        export_store(store, KEY, str(tmp_path / str(with_text)), with_text=with_text)
    store.close()
    more = os.path.getsize(tmp_path / "True") - os.path.getsize(tmp_path / "False")
    assert abs(more - len(KeptText.of(content.encode()).packed)) < 100
