"""Segments stay few, and what was removed leaves the disk."""

from __future__ import annotations

import os
import random
import struct
from array import array
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlp.fingerprint import Alphabet
from dlp.registry import writer as writing
from dlp.registry.segment import Entries, SegmentInfo, read_segment, write_segment
from dlp.registry.store import Store
from dlp.registry.writer import FAN, Writer, postings_of, tier

from .making import KEY, document, faults, fingerprint, found, names, new_store, register, text

KEYS = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 300), max_size=300).map(sorted)


@given(KEYS, st.sampled_from(Alphabet))
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_a_segment_reads_as_it_was_written(tmp_path: Path, keys: list[int], alphabet: Alphabet) -> None:
    entries = array("Q", keys), array("Q", reversed(keys))
    info = write_segment(str(tmp_path), KEY, alphabet, entries)
    assert read_segment(str(tmp_path), KEY, info) == entries
    assert os.path.getsize(tmp_path / info.file_name) == info.sealed_size
    assert (info.entries, info.plain_size) == (len(keys), info.keys_size + 8 * len(keys))


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 2**32 - 1), max_size=20))
def test_a_posting_is_its_document_and_its_position(ordinal: int, positions: list[int]) -> None:
    assert list(postings_of(ordinal, array("I", positions))) == [ordinal << 32 | each for each in positions]


class _Sizes(Writer):
    """Only the merging, with segments that are nothing but their size."""

    def __init__(self) -> None:
        self._segments, self._key = "", b""
        self.written = 0

    def _merge(self, parts: object, more: Entries) -> Entries:
        total = sum(each.entries for each in parts) + len(more[0])  # type: ignore[attr-defined]
        return range(total), range(total)  # type: ignore[return-value]

    def after(self, sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> list[SegmentInfo]:
        def write(folder: str, key: bytes, alphabet: Alphabet, entries: Entries) -> SegmentInfo:
            self.written += len(entries[0])
            return SegmentInfo(os.urandom(16).hex(), alphabet, len(entries[0]), 0)

        monkeypatch.setattr(writing, "write_segment", write)
        segments: list[SegmentInfo] = []
        for size in sizes:
            segments = self._merged(segments, Alphabet.TEXT, (range(size), range(size)))  # type: ignore[arg-type]
            tiers = [tier(each.entries) for each in segments]
            assert max(map(tiers.count, tiers)) < FAN
        return segments


@pytest.mark.parametrize("kind", ["one by one", "equal", "mixed", "falling"])
def test_many_small_registrations_leave_few_segments_and_rewrite_little(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    pick = random.Random(1)
    sizes = {
        "one by one": [1] * 5_000,
        "equal": [1_000] * 5_000,
        "mixed": [int(8 ** pick.uniform(0, 7)) for _ in range(3_000)],
        "falling": [8**n for n in range(9, 0, -1) for _ in range(FAN - 1)],
    }[kind]
    merging = _Sizes()
    segments = merging.after(sizes, monkeypatch)
    assert sum(each.entries for each in segments) == sum(sizes)
    tiers = tier(sum(sizes)) + 1
    assert len(segments) < FAN * tiers
    assert merging.written <= tiers * sum(sizes)


def test_segments_that_were_merged_are_gone_and_all_documents_still_match(tmp_path: Path) -> None:
    folder = new_store(tmp_path / "store", range(3 * FAN))
    assert names(folder) == {f"doc {n}" for n in range(3 * FAN)}
    segments = os.listdir(os.path.join(folder, "segments"))
    assert len(segments) < 2 * FAN
    assert faults(folder) == []


def _everything(folder: str) -> bytes:
    parts = []
    for root, _, files in os.walk(folder):
        parts += [name.encode() + b"\0" + Path(root, name).read_bytes() for name in files]
    return b"\0".join(parts)


def test_nothing_of_a_document_is_in_the_store_in_plain(tmp_path: Path) -> None:
    folder = new_store(tmp_path / "store")
    content = text(77)
    made, taken = (
        document("Operation Nachtigall.docx", content, label="crown-jewel", owner="Zephyrine"),
        fingerprint(content),
    )
    with Writer(folder, KEY) as writer:
        got = writer.add(made, [taken]).document
        identity = got.id
    plain = _everything(folder)
    keys = [taken.keys[at : at + 8] for at in range(0, len(taken.keys), 8)]
    assert len(keys) > 20
    secrets = [
        b"Nachtigall",
        b"crown-jewel",
        b"Zephyrine",
        identity.encode(),
        made.digest,
        made.digest.hex().encode(),
        taken.outline.packed[2:18],
        content[:12].encode(),
        content.replace(" ", "")[:12].encode(),
        KEY,
        *keys,
        *(key[::-1] for key in keys),
        *(key[:5] for key in keys),
        struct.pack("<III", 0, made.symbols[Alphabet.TEXT], 0),
    ]
    assert [secret for secret in secrets if secret in plain] == []
    assert b"state" in plain, "what is in plain is what SQLite needs: the names of its tables"


def test_after_compact_the_shingles_of_removed_documents_are_gone(tmp_path: Path) -> None:
    folder = new_store(tmp_path / "store", range(60))
    with Writer(folder, KEY) as writer:
        writer.remove(range(5, 60))
        assert any(posting >> 32 >= 5 for _, postings in writer.store.segments(Alphabet.TEXT) for posting in postings)
        removed_rows = os.path.getsize(os.path.join(folder, "catalogue.sqlite"))
        before, after = writer.compact()
        assert after < before
        ((keys, postings),) = writer.store.segments(Alphabet.TEXT)
    assert {posting >> 32 for posting in postings} == set(range(5))
    gone = {key for seed in range(5, 60) for key in array("Q", fingerprint(text(seed)).keys)}
    assert gone.isdisjoint(keys)
    assert names(folder) == {f"doc {n}" for n in range(5)}
    assert os.path.getsize(os.path.join(folder, "catalogue.sqlite")) < removed_rows
    assert faults(folder) == []


def test_a_removed_documents_sealed_row_is_overwritten_at_once(tmp_path: Path) -> None:
    folder = new_store(tmp_path / "store", range(3))
    with Writer(folder, KEY) as writer:
        sealed = writer.store.catalogue._db.execute("SELECT sealed FROM documents WHERE ordinal = 1").fetchone()[0]
        assert sealed in _everything(folder)
        writer.remove([1])
        assert sealed not in _everything(folder)
        assert sealed[28:44] not in _everything(folder)


def test_removing_all_and_compacting_leaves_an_empty_store_that_can_be_filled_again(tmp_path: Path) -> None:
    folder = new_store(tmp_path / "store", range(3))
    with Writer(folder, KEY) as writer:
        writer.remove([0, 1, 2])
        writer.compact()
        assert writer.store.state.segments == ()
        register(writer, "doc 1", text(1))
    store = Store(folder, KEY)
    assert list(store.documents) == [3]
    assert found(store, text(1)) == {("doc 1", 1)}
    store.close()


def test_a_shingle_that_a_document_repeats_is_kept_four_times(tmp_path: Path) -> None:
    folder = new_store(tmp_path / "store")
    with Writer(folder, KEY) as writer:
        register(writer, "again", "the very same words and nothing but the very same words come here " * 40)
        register(writer, "doc 1", text(1))
        writer.compact()
        ((keys, _),) = writer.store.segments(Alphabet.TEXT)
    counts = {key: keys.count(key) for key in keys}
    assert set(counts.values()) == {1, 4}


def test_a_document_that_nothing_could_match_is_refused(tmp_path: Path) -> None:
    made, taken = document("short", text(1)), fingerprint(text(1))
    folder = new_store(tmp_path / "store")
    torn = [
        writing.msgspec.structs.replace(taken, keys=taken.keys[:-8]),
        writing.msgspec.structs.replace(taken, positions=taken.positions + b"\0"),
        fingerprint("short"),
    ]
    with Writer(folder, KEY) as writer:
        for fingerprints in ([], *([each] for each in torn), [taken, torn[0]]):
            with pytest.raises(ValueError, match="no whole fingerprint for short"):
                writer.add(made, fingerprints)
        assert writer.add(made, [taken]).what == "new"
    assert names(folder) == {"short"}
