"""fingerprints/FORMAT.md against the bytes: a second reader that knows the page and nothing of the engine."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
import struct
import zlib
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dlp.fingerprint import Alphabet, background, fold, split_words
from dlp.registry.catalogue import State
from dlp.registry.records import KeptText, Outline, Registered, WordSketch
from dlp.registry.schema import FORMAT
from dlp.registry.segment import SegmentInfo
from dlp.registry.store import Store
from dlp.registry.term_list import TermList
from dlp.registry.transfer import End, Header, OneDocument, Piece, import_store
from dlp.registry.writer import Writer

from .golden.make import NAMES, TERMS, make
from .making import (
    KEY,
    check_kept,
    document,
    faults,
    fingerprint,
    found,
    new_store,
    register,
    register_list,
    terms_of,
    text,
)

GOLDEN = Path(__file__).parent / "golden"
PAGE = Path(__file__).parents[2] / "fingerprints/FORMAT.md"


# The second reader. Section numbers are those of the page.


def derive(purpose: bytes, salt: bytes = b"") -> bytes:  # 3
    return hashlib.blake2b(len(purpose).to_bytes(2, "big") + purpose + salt, key=KEY, digest_size=32).digest()


def unseal(key: bytes, sealed: bytes, place: bytes) -> Any:  # 3
    return msgspec.msgpack.decode(AESGCM(key).decrypt(sealed[:12], sealed[12:], place))


def unpack(data: bytes, n: int) -> list[int]:  # 5
    at, key, keys = (n + 1) // 2, 0, []
    for i in range(n):
        length = data[i // 2] >> 4 if i % 2 else data[i // 2] & 15
        key += int.from_bytes(data[at : at + length], "little")
        at += length
        keys.append(key)
    assert at == len(data)
    return keys


def read_segment(folder: str, info: dict[str, Any]) -> list[tuple[int, int]]:  # 5
    data = Path(folder, "segments", info["id"] + ".seg").read_bytes()
    assert data[:8] == b"DLPSEG1\n"
    cipher = AESGCM(derive(b"segment", bytes.fromhex(info["id"])))
    total = info["keys_size"] + 8 * info["entries"]
    place = f"segment {info['id']} {info['alphabet']} {info['entries']} {info['keys_size']}".encode()
    at, number, blocks = 8, 0, []
    for size in (info["keys_size"], 8 * info["entries"]):
        plain = b""
        while len(plain) < size:
            number += 1
            sealed = data[at : at + min(1 << 18, size - len(plain)) + 16]
            plain += cipher.decrypt(number.to_bytes(12, "big"), sealed, place + total.to_bytes(8, "big"))
            at += len(sealed)
        blocks.append(plain)
    assert at == len(data) == 8 + total + 16 * number
    return list(zip(unpack(blocks[0], info["entries"]), struct.unpack(f"<{info['entries']}Q", blocks[1]), strict=True))


def read_outline(outline: dict[str, Any]) -> list[list[int]]:  # 4
    numbers, value, shift = [], 0, 0
    for byte in zlib.decompress(outline["packed"]):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(-(value + 1) // 2 if value % 2 else value // 2)
            value = shift = 0
    rows = outline["rows"]
    columns = []
    for at in range(0, 4 * rows, rows):
        columns.append([sum(numbers[at : at + i + 1]) for i in range(rows)])
    return columns


class Read(NamedTuple):
    """What is in a store."""

    state: dict[str, Any]
    documents: dict[int, Any]
    outlines: dict[int, Any]
    sketches: dict[int, list[tuple[int, int]]]
    texts: dict[int, str]
    terms: dict[int, list[tuple[bytes, int]]]
    familiar: bytes | None
    entries: list[tuple[int, int]]


def read_sketch(sketch: dict[str, Any]) -> list[tuple[int, int]]:  # 8
    """(code, length) of each row."""
    lengths = zlib.decompress(sketch["lengths"])
    return list(zip(struct.unpack(f"<{len(lengths)}H", sketch["codes"]), lengths, strict=True))


def read_text(text: dict[str, Any]) -> str:  # 4
    plain = zlib.decompress(text["packed"])
    assert len(plain) == text["size"]
    return plain.decode()


def read_terms(terms: dict[str, Any]) -> list[tuple[bytes, int]]:  # 4
    """Symbols and words of each."""
    plain, words = zlib.decompress(terms["packed"]), zlib.decompress(terms["words"])
    *symbols, end = plain.split(b"\n")
    assert (len(plain), end, symbols) == (terms["size"], b"", sorted(set(symbols)))
    return list(zip(symbols, words, strict=True))


def terms_digest(terms: list[tuple[bytes, int]]) -> bytes:  # 4
    data = b"".join(symbols + b"\n" for symbols, _ in terms) + bytes(words for _, words in terms)
    return hashlib.blake2b(data, digest_size=32, person=b"dlp terms").digest()


def code_of(word: bytes) -> int:  # 8
    """Of a word of folded letters."""
    letters = re.findall(b"[^\x80-\xbf][\x80-\xbf]*", word)
    stem = 0xCBF29CE484222325
    for symbol in b"".join(letters[:5]):
        stem = (stem ^ symbol) * 0x100000001B3 % 2**64
    return (stem * 0x9E3779B97F4A7C15 % 2**64 >> 52) * 16 + min(len(letters), 8)


def table_of(folded: Iterable[bytes], words: int) -> bytes:  # 9
    """The table of grams of folded texts."""
    table = bytearray(8 * words)
    for symbols in folded:
        for k in (6, 8, 12, 20):
            for at in range(len(symbols) - k + 1):
                m = (shingle(symbols[at : at + k]) + k * 0x9E3779B97F4A7C15) % 2**64
                for _ in range(2):
                    m = (m ^ m >> 32) * 0xD6E8FEB86659FD93 % 2**64
                m ^= m >> 32
                word = (m >> 32) * words >> 32
                for bit in (64 * word + m % 64, 64 * word + m // 64 % 64):
                    table[bit // 8] |= 1 << bit % 8
    return bytes(table)


def read_store(folder: str) -> Read:  # 4
    with closing(sqlite3.connect(os.path.join(folder, "catalogue.sqlite"))) as db:
        assert db.execute("PRAGMA application_id").fetchone() == (0x444C5053,)
        (version,) = db.execute("PRAGMA user_version").fetchone()
        assert version in (2, 3)
        one, store, check, sealed = db.execute("SELECT one, store, key_check, sealed FROM state").fetchone()
        rows = db.execute("SELECT ordinal, sealed FROM documents").fetchall()
        parts = {
            t: db.execute(f"SELECT ordinal, sealed FROM {t}").fetchall()
            for t in ("outlines", "sketches", "texts", "terms")[: version + 1]
        }
        grams = db.execute("SELECT one, sealed FROM familiar").fetchall()
    assert (one, check) == (1, derive(b"check", store)[:16])
    key = derive(b"catalogue", store)
    state = unseal(key, sealed, b"state")
    assert state["store_id"] == store.hex()
    documents = {n: unseal(key, record, b"document %d" % n) for n, record in rows}
    outlines, sketches, texts, terms = (
        {n: unseal(key, record, f"{table} {n} ".encode() + documents[n]["digest"]) for n, record in rows_of}
        for table in ("outlines", "sketches", "texts", "terms")
        for rows_of in [parts.get(table, [])]
    )
    familiar = None
    if state["familiar"]:
        ((one, sealed),) = grams
        familiar = unseal(key, sealed, b"familiar %d" % state["familiar"])
    assert bool(grams) == bool(state["familiar"])
    digests = [
        hashlib.blake2b(n.to_bytes(8, "big") + record, key=derive(b"rows", store), digest_size=32) for n, record in rows
    ]
    total = sum(int.from_bytes(each.digest(), "big") for each in digests) % 2**256
    assert (state["documents"], state["rows"]) == (len(rows), total.to_bytes(32, "big"))
    for each in documents.values():
        data = b"\0" * bool(each.get("terms")) + each["name"].encode()
        name = hashlib.blake2b(data, key=derive(b"name"), digest_size=16)
        assert each["id"] == name.hexdigest()[:16]
    entries = [entry for info in state["segments"] for entry in read_segment(folder, info)]
    return Read(
        state,
        documents,
        outlines,
        {n: read_sketch(each) for n, each in sketches.items()},
        {n: read_text(each) for n, each in texts.items()},
        {n: read_terms(each) for n, each in terms.items()},
        familiar,
        entries,
    )


def read_export(path: Path) -> list[dict[str, Any]]:  # 10
    data = path.read_bytes()
    assert data[:8] in (b"DLPEXP1\n", b"DLPEXP2\n")
    cipher = AESGCM(derive(b"export", data[8:24]))
    at, records = 24, []
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        nonce = (len(records) + 1).to_bytes(12, "big")
        sealed = data[at + 4 : at + 4 + size]
        records.append(msgspec.msgpack.decode(cipher.decrypt(nonce, sealed, b"export" + bytes(8))))
        at += 4 + size
    return records


def shingle(symbols: bytes) -> int:  # 7
    k = len(symbols)
    return sum(symbol * pow(0xD1342543DE82EF95, k - 1 - i, 2**64) for i, symbol in enumerate(symbols)) % 2**64


def _shingles(folded: bytes) -> dict[int, int]:  # 7
    """Position → key of all shingles of a text."""
    return {at: shingle(folded[at : at + 16]) for at in range(len(folded) - 15)}


def test_a_store_can_be_read_by_the_page_alone(tmp_path: Path) -> None:
    folder = new_store(tmp_path / "store")
    with Writer(folder, KEY) as writer:
        for seed in range(12):
            kinds = {"background": seed in (2, 6), "keep_text": seed % 4 == 0}
            register(writer, f"doc {seed}", text(seed), label="l", owner="o", **kinds)
            writer.commit()
        writer.remove([3])
        register(writer, "doc 5", text(5), label="m", owner="o")
        register_list(writer, "names", TERMS)
    state, documents, outlines, sketches, texts, terms, familiar, entries = read_store(folder)
    assert state["scales"] == [{"alphabet": "text", "k": 16, "w": 13}, {"alphabet": "bytes", "k": 32, "w": 32}]
    assert (state["fold_version"], state["next_ordinal"], state["documents"]) == (1, 13, 12)
    listed = documents.pop(12)
    assert terms == {12: sorted((fold(term.encode()), words) for term, words in TERMS.items())}
    assert (listed["terms"], listed["digest"], listed["version"]) == (3, terms_digest(terms[12]), 1)
    assert (listed["symbols"], listed["entries"], outlines.pop(12)) == ({}, 0, {})
    assert set(documents) == set(outlines) == set(range(12)) - {3}
    assert {posting >> 32 for _, posting in entries} == set(range(12))
    assert set(sketches) == set(documents) - {2, 6}
    assert {n: text(n) for n in (0, 2, 4, 6, 8)} == texts
    assert familiar == table_of([fold(text(n).encode()) for n in (2, 6)], 2**19 // 64)
    for ordinal, each in documents.items():
        content = text(ordinal)
        assert each["name"] == f"doc {ordinal}"
        assert each["digest"] == hashlib.blake2b(content.encode(), digest_size=32).digest()
        assert (each["label"], each["background"]) == ("m" if ordinal == 5 else "l", ordinal in (2, 6))
        words = [fold(word.encode()) for word in content.split()]
        assert sketches.get(ordinal, []) == ([] if each["background"] else [(code_of(w), len(w)) for w in words])
        assert (each["words"], each["keeps_text"]) == (len(sketches.get(ordinal, [])), ordinal in texts)
        folded = fold(content.encode())  # what folding is, its own table says
        assert each["symbols"] == {"text": len(folded)}
        mine = {posting & 0xFFFFFFFF: key for key, posting in entries if posting >> 32 == ordinal}
        shingles = _shingles(folded)
        assert mine == {position: shingles[position] for position in mine}
        positions, offsets, lengths, lines = read_outline(outlines[ordinal]["text"])
        assert sorted(mine) == positions
        assert each["entries"] == outlines[ordinal]["text"]["rows"] == len(mine)
        assert set(lines) == {0}
        for position, offset, length in zip(positions, offsets, lengths, strict=True):
            span = content[position + offset : position + offset + length]
            assert fold(span.encode()) == folded[position : position + 16]


@pytest.mark.parametrize("version", [2, 3])
def test_the_golden_stores_open_and_match(tmp_path: Path, version: int) -> None:
    folder = shutil.copytree(GOLDEN / f"store_v{version}", tmp_path / "store")
    assert faults(folder) == []
    _holds_what_was_put_in(folder, lists=version > 2)
    assert _version(folder) == version
    with Writer(folder, KEY) as writer:
        assert writer.add(document(NAMES[2], text(2), label="secret", owner="ann"), []).what == "known"
        assert register(writer, NAMES[1], text(6)).document.version == 3
        writer.compact()
        assert _version(folder) == version
        made = register_list(writer, "names.txt", {"Kondor": 1, "Albatros": 1})
        assert made.what == ("version" if version > 2 else "new")
    assert _version(folder) == 3
    assert faults(folder) == []
    store = Store(folder, KEY)
    assert terms_of(store) == {f"names.txt@{made.document.version}": {fold(b"Kondor"), fold(b"Albatros")}}
    store.close()


def _version(folder: str) -> int:
    with closing(sqlite3.connect(os.path.join(folder, "catalogue.sqlite"))) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.parametrize("version", [2, 3])
def test_the_golden_exports_can_be_taken_in(tmp_path: Path, version: int) -> None:
    folder = new_store(tmp_path / "store")
    with Writer(folder, KEY) as writer:
        assert import_store(writer, KEY, str(GOLDEN / f"exported_v{version}")) == (4 + (version > 2), 0)
    assert faults(folder) == []
    _holds_what_was_put_in(folder, lists=version > 2)


def _holds_what_was_put_in(folder: str, lists: bool) -> None:
    store = Store(folder, KEY)
    try:
        assert [fold(term.encode()) in terms for terms in terms_of(store).values() for term in TERMS] == [
            True
        ] * 3 * lists
        documents = [each for each in store.documents.values() if not each.terms]
        listed = {(e.name, e.version, e.label, e.owner, e.background) for e in documents}
        assert listed == {
            (NAMES[1], 1, "secret", "ann", False),
            (NAMES[1], 2, "secret", "ann", False),
            (NAMES[2], 1, "secret", "ann", False),
            (NAMES[3], 1, "secret", "ann", True),
        }
        for seed, expected in {1: {(NAMES[1], 1)}, 2: {(NAMES[2], 1)}, 3: set(), 4: set(), 5: {(NAMES[1], 2)}}.items():
            assert found(store, text(seed)) == expected
        ordinal = next(n for n, each in store.documents.items() if each.name == NAMES[2])
        places = store.places(ordinal, Alphabet.TEXT)
        assert places is not None
        span = places.span(0, store.documents[ordinal].symbols[Alphabet.TEXT])
        assert span.start < 60
        assert 220 < span.end <= len(text(2))
        assert span.locator == "line 1"
        assert {each.name: store.text(n) for n, each in store.documents.items() if each.keeps_text} == {
            NAMES[2]: text(2),
            NAMES[3]: text(3),
        }
        check_kept(store)
    finally:
        store.close()


def test_the_golden_bytes_are_what_is_written_today(tmp_path: Path) -> None:
    """Not the whole catalogue, which depends on SQLite's version, nor what is packed, which depends on zlib's."""
    make(str(tmp_path))
    golden, today = GOLDEN / "store_v3", tmp_path / "store_v3"
    names = sorted(os.listdir(golden / "segments"))
    assert sorted(os.listdir(today / "segments")) == names
    for name in names:
        assert (today / "segments" / name).read_bytes() == (golden / "segments" / name).read_bytes()
    rows = []
    for folder in (golden, today):
        with closing(sqlite3.connect(folder / "catalogue.sqlite")) as db:
            rows.append(
                [db.execute(f"SELECT * FROM {table}").fetchall() for table in ("state", "documents", "familiar")]
            )
    assert rows[0] == rows[1]


@pytest.mark.parametrize("version", [2, 3])
def test_an_exported_file_can_be_read_by_the_page_alone(version: int) -> None:
    header, *records, end = read_export(GOLDEN / f"exported_v{version}")
    assert (header["type"], header["fold_version"]) == ("header", 1)
    assert end == {"type": "end", "documents": 4 + (version > 2)}
    documents = {each["ordinal"]: each for each in records if each["type"] == "document"}
    pieces = [each for each in records if each["type"] == "entries"]
    assert len(records) == len(documents) + len(pieces)
    lists = [documents.pop(n) for n, each in list(documents.items()) if each.get("terms")]
    expected = sorted((fold(term.encode()), words) for term, words in TERMS.items())
    assert [read_terms(each["terms"]) for each in lists] == [expected] * (version > 2)
    assert [each["document"]["digest"] for each in lists] == [terms_digest(expected)] * (version > 2)
    assert {each["document"]["name"] for each in documents.values()} == {NAMES[1], NAMES[2], NAMES[3]}
    got: dict[int, set[int]] = {}
    for piece in pieces:
        keys = unpack(piece["keys"], piece["entries"])
        for key, posting in zip(keys, struct.unpack(f"<{piece['entries']}Q", piece["postings"]), strict=True):
            got.setdefault(posting >> 32, set()).add(key)
    assert set(got) == set(documents)
    taken = fingerprint(text(2))
    assert got[1] == set(struct.unpack(f"<{len(taken.keys) // 8}Q", taken.keys))
    assert read_outline(documents[1]["outlines"]["text"])[0] == list(memoryview(taken.positions).cast("I"))
    by_name = {(each["document"]["name"], each["document"]["version"]): each for each in documents.values()}
    assert {name: len(read_sketch(each["sketch"])) for name, each in by_name.items() if each["sketch"]} == {
        (NAMES[1], 1): 40,
        (NAMES[2], 1): 40,
        (NAMES[1], 2): 40,
    }
    assert {name: read_text(each["text"]) for name, each in by_name.items() if each["text"]} == {
        (NAMES[2], 1): text(2),
        (NAMES[3], 1): text(3),
    }


def test_the_shipped_table_can_be_read_by_the_page_alone() -> None:
    data = (Path(background.__file__).parent / "background.bin").read_bytes()
    magic, version, folding, bits, count, *lengths = struct.unpack_from("<8sIIQI4I", data)
    head = struct.calcsize("<8sIIQI4I")
    assert (magic, version, folding, count, lengths) == (b"DLPFAMIL", 1, 1, 4, [6, 8, 12, 20])
    table = data[head + 16 :]
    assert bits == 8 * len(table)
    assert data[head : head + 16] == hashlib.blake2b(table, digest_size=16).digest()
    assert table == background.shipped().to_bytes()


@pytest.mark.parametrize(
    "content", ["Größe ist 42, nicht ½", "\uff26ull-\u200bwidth, ﷺ", "漢字 kanji ไทย", "w\u0301or\u00add"]
)
def test_codes_of_any_script_are_as_the_page_says(content: str) -> None:
    codes, lengths, starts, ends = split_words(content.encode())
    data = content.encode()
    for code, length, start, end in zip(codes, lengths, starts, ends, strict=True):
        word = fold(data[start:end])
        expected = code_of(word)
        if content[0] == "漢" and word[:1] >= b"\xe0":
            expected = expected // 16 * 16 + 4
        assert (code, length) == (expected, len(word))


def test_the_page_names_every_table_and_every_field() -> None:
    page = PAGE.read_text()
    with closing(sqlite3.connect(GOLDEN / "store_v3/catalogue.sqlite")) as db:
        for (sql,) in db.execute("SELECT sql FROM sqlite_schema"):
            plain = " ".join(sql.split()).replace(" NOT NULL", "").replace("( ", "(").replace(" )", ")")
            assert plain in page
    assert f"describes format {FORMAT} " in page
    for record in (
        State,
        SegmentInfo,
        Registered,
        Outline,
        WordSketch,
        KeptText,
        TermList,
        Header,
        OneDocument,
        Piece,
        End,
    ):
        for field in msgspec.structs.fields(record):
            assert re.search(rf"`[^`]*\b{field.name}\b[^`]*`", page), f"{record.__name__}.{field.name}"
