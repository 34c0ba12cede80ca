"""Lists of terms: known by their name and by what they say; a new one takes the place of the old, of nothing else."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from dlp.errors import StoreCorrupt
from dlp.fingerprint import fold
from dlp.registry.store import Store
from dlp.registry.term_list import MOST_TERMS, TermList
from dlp.registry.transfer import MAGIC, MAGIC_TERMS, export_store, import_store
from dlp.registry.writer import Writer

from .making import KEY, faults, names, new_store, older_format, register, register_list, terms_of, text

TWO = {"Falcon": 1, "Albatros Nest": 2}


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return new_store(tmp_path / "store", (1,))


def _terms(folder: str) -> dict[str, set[bytes]]:
    store = Store(folder, KEY)
    try:
        return terms_of(store)
    finally:
        store.close()


def test_a_changed_list_takes_the_place_of_the_old_one(folder: str) -> None:
    with Writer(folder, KEY) as writer:
        assert register_list(writer, "names", TWO).what == "new"
        assert register_list(writer, "names", TWO).what == "known"
        again = register_list(writer, "names", TWO, label="other")
        assert (again.what, again.document.version, again.document.label) == ("relabelled", 1, "other")
        assert register_list(writer, "more", {"Kondor": 1}).what == "new"
        changed = register_list(writer, "names", {"Falcon": 1})
        assert (changed.what, changed.document.version) == ("version", 2)
        back = register_list(writer, "names", TWO)
        assert (back.what, back.document.version) == ("version", 3)
        assert register_list(writer, "another name", TWO).what == "known"
    assert _terms(folder) == {"names@3": {fold(b"Falcon"), fold(b"AlbatrosNest")}, "more@1": {fold(b"Kondor")}}
    assert faults(folder) == []
    with Writer(folder, KEY) as writer:
        assert register_list(writer, "names", {"Eagle": 1}).document.version == 4
        lists = [n for n, each in writer.store.documents.items() if each.name == "names"]
        assert [each.version for each in writer.remove(lists)] == [4]
        assert register_list(writer, "names", {"Eagle": 1}).what == "new"
        writer.compact()
    assert names(folder) == {"doc 1", "more of 1", "names of 1"}
    assert faults(folder) == []


def test_a_list_and_a_document_of_one_name_have_nothing_to_do_with_each_other(folder: str) -> None:
    with Writer(folder, KEY) as writer:
        made = register_list(writer, "plan", TWO).document
        assert (made.version, made.terms, made.symbols, made.entries) == (1, 2, {}, 0)
        assert register(writer, "plan", text(2)).document.version == 1
        assert made.id not in {each.id for each in writer.store.documents.values() if not each.terms}
    assert names(folder) == {"doc 1", "plan", "plan of 2"}


def test_a_store_of_the_older_format_takes_a_list_and_is_newer_then(tmp_path: Path) -> None:
    folder = new_store(tmp_path / "store")
    older_format(folder)
    beside = Store(folder, KEY)
    with Writer(folder, KEY) as writer:
        register(writer, "a", text(2))
        register_list(writer, "names", TWO)
    assert beside.refresh()
    assert set(terms_of(beside)) == {"names@1"}
    beside.close()
    assert faults(folder) == []


def test_a_reader_who_opened_before_a_list_was_replaced_finds_none(folder: str) -> None:
    with Writer(folder, KEY) as writer:
        register_list(writer, "names", TWO)
    reader = Store(folder, KEY)
    (ordinal,) = reader.lists
    with Writer(folder, KEY) as writer:
        register_list(writer, "names", {"Falcon": 1})
    assert reader.terms(ordinal) is None
    reader.close()


def test_exported_lists_are_taken_in_and_those_of_one_name_stay_beside_each_other(folder: str, tmp_path: Path) -> None:
    path, plain = str(tmp_path / "exported"), str(tmp_path / "plain")
    store = Store(folder, KEY)
    export_store(store, KEY, plain)
    store.close()
    with Writer(folder, KEY) as writer:
        register_list(writer, "names", TWO)
    store = Store(folder, KEY)
    export_store(store, KEY, path)
    store.close()
    assert (Path(plain).read_bytes()[:8], Path(path).read_bytes()[:8]) == (MAGIC, MAGIC_TERMS)
    other = new_store(tmp_path / "other")
    with Writer(other, KEY) as writer:
        register_list(writer, "names", {"Kondor": 1})
        assert import_store(writer, KEY, path) == (2, 0)
        assert import_store(writer, KEY, path) == (0, 2)
    assert set(_terms(other)) == {"names@1", "names@2"}
    with Writer(other, KEY) as writer:
        assert register_list(writer, "names", {"Eagle": 1}).document.version == 3
    assert set(_terms(other)) == {"names@3"}
    assert faults(other) == []


def test_a_list_that_says_another_number_of_terms_is_noticed(folder: str) -> None:
    with Writer(folder, KEY) as writer:
        register_list(writer, "names", TWO)
        (ordinal,) = writer.store.lists
        writer.store.documents[ordinal] = msgspec.structs.replace(writer.store.documents[ordinal], terms=3)
        with pytest.raises(StoreCorrupt, match="a list of terms"):
            writer.store.terms(ordinal)


def test_a_list_has_an_order_and_bounds() -> None:
    made = TermList.of({b"bbb": 300, b"aaa": 1})
    assert made.unpack() == (b"aaa\nbbb\n", bytes([1, 255]))
    assert made.digest == TermList.of({b"aaa": 1, b"bbb": 999}).digest != TermList.of({b"aaa": 2, b"bbb": 999}).digest
    with pytest.raises(ValueError, match="too many"):
        TermList.of({b"%07d" % n: 1 for n in range(MOST_TERMS + 1)})
    with pytest.raises(ValueError, match="too many"):
        TermList.of({b"a" * (65 << 20): 1})
