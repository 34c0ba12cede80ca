"""What is kept of a text is what the text is: in whatever pieces it comes, and with whatever beside it."""

from __future__ import annotations

import struct
import time
import zlib
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.fingerprint import TEXT_SCALE, Alphabet, Selector, fold, split_words
from dlp.limits import Limits
from dlp.model import Mark, Text
from dlp.registry.records import MOST_ROWS, KeptText, Outline, WordSketch
from dlp.scan import keeping, registering
from dlp.scan.keeping import FILLER, Keep, Kept, Words
from dlp.scan.registering import APART, Taken, fingerprint
from dlp.source.seam import Item

ALL = Keep(sketch=True, text=True)
PIECES = "abc déßﷺ漢字 ,.-\n\t\u200b\u0301\u00ad\N{MATHEMATICAL FRAKTUR SMALL A}ไทย한글0\N{GRINNING FACE}"
CONTENT = st.text(st.sampled_from(PIECES), max_size=120) | st.text(max_size=60)
BROKEN = st.lists(CONTENT.map(lambda each: each.encode("utf-8", "surrogatepass")) | st.binary(max_size=4)).map(b"".join)


def _words(data: bytes, sizes: list[int], keep: Keep = ALL) -> Words:
    words, at = Words(keep), 0
    while at < len(data):
        size = sizes[at % len(sizes)]
        words.feed(data[at : at + size])
        at += size
    words.finish()
    return words


@given(BROKEN, st.lists(st.integers(1, 9) | st.just(1000), min_size=1, max_size=5), st.sampled_from([1, 5, 1 << 16]))
def test_words_are_those_of_the_whole_text_wherever_it_is_cut(data: bytes, sizes: list[int], piece: int) -> None:
    """Also within characters, and in text without white space."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeping, "PIECE", piece)
        words = _words(data, sizes)
    codes, lengths, _, _ = split_words(data)
    assert (words.codes, words.lengths) == (codes, lengths)
    assert sum(lengths) == len(fold(data))


@given(BROKEN, st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_a_kept_text_has_the_characters_that_the_outline_counts(data: bytes, sizes: list[int]) -> None:
    """Each byte but a continuation is one, also in what is not UTF-8; and it folds to the same symbols."""
    text = _words(data, sizes).text.decode()
    assert len(text) == sum(byte & 0xC0 != 0x80 for byte in data)
    assert fold(text.encode()) == fold(data)
    try:
        assert text == data.decode()
    except UnicodeDecodeError:
        assert "\N{REPLACEMENT CHARACTER}" in text or len(text.encode()) < len(data)


@pytest.mark.parametrize("content", ["x" * 100_000, "漢" * 50_000, "a-" * 50_000, "word," * 20_000, "ﷺ" * 20_000])
def test_text_without_white_space_is_split_as_a_whole(content: str) -> None:
    data = content.encode()
    words = _words(data, [4099])
    codes, lengths, _, _ = split_words(data)
    assert (words.codes, words.lengths) == (codes, lengths)


@pytest.mark.parametrize("filling", [" ", "\u0301", "\u200b", ".", "\N{GRINNING FACE}"])
def test_a_word_and_megabytes_of_nothing_cost_no_more_than_other_text(filling: str) -> None:
    """All symbols are in some word, though a word that goes on after thousands of marks is two."""
    data = b"begin" + (filling * 1_000_000).encode() + b"end"
    began = time.process_time()
    words = _words(data, [4096])
    assert time.process_time() - began < 3
    assert list(words.lengths) == [5, 3]
    assert list(words.codes) == [*split_words(b"begin")[0], *split_words(b"end")[0]]


def _document(parts: list[str], keep: Keep = ALL) -> tuple[registering._Columns, Kept]:
    """As `registering.fingerprint` goes about the texts of one document."""
    columns, kept = registering._Columns(TEXT_SCALE), Kept(keep)
    for number, part in enumerate(parts):
        selector, words = Selector(TEXT_SCALE), Words(keep)
        selector.feed(part.encode())
        words.feed(part.encode())
        assert columns.fits(selector)
        characters = columns.characters
        columns.add(Text((f"part {number}",), "text", iter(()), [Mark(0, f"part {number}")]), selector)
        kept.add(words, columns.symbols - selector.symbols, characters)
    return columns, kept


def _rows(sketch: WordSketch) -> list[tuple[int, int]]:
    codes = struct.unpack(f"<{len(sketch.codes) // 2}H", sketch.codes)
    return list(zip(codes, zlib.decompress(sketch.lengths), strict=True))


PARTS = [
    "The first part, of some length, and with an end that no shingle reaches: .... ----",
    "Der zweite Teil: Größe, Maße, 漢字 und noch mehr davon.\n\n",
    "x" * 300,
    "The fourth part is only here to be the last of them all.   ",
]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_texts_of_one_document_are_apart_and_stand_where_its_columns_say(count: int) -> None:
    columns, kept = _document(PARTS[:count])
    sketch, text = kept.records()
    assert sketch is not None
    assert text is not None
    rows = _rows(sketch)
    assert rows.count((FILLER, APART)) == count - 1
    assert sum(length for _, length in rows) == columns.symbols
    assert columns.length == columns.symbols - APART * (count - 1)
    at = base = 0
    for part in PARTS[:count]:
        assert sum(length for _, length in rows[:at]) == base
        codes, lengths, _, _ = split_words(part.encode())
        assert rows[at : at + len(codes)] == list(zip(codes, lengths, strict=True))
        at += len(codes) + 1
        base += sum(lengths) + APART
    plain = text.unpack().decode()
    folded = [fold(part.encode()) for part in PARTS]
    _, positions, starts, ends, _ = columns.columns
    begins = [0]
    for each in folded:
        begins.append(begins[-1] + len(each) + APART)
    for position, start, end in zip(positions, starts, ends, strict=True):
        part = max(n for n in range(count) if begins[n] <= position)
        inside = position - begins[part]
        shingle = fold(plain[start:end].encode())  # and the rest of the characters that it begins and ends in
        assert folded[part][inside : inside + TEXT_SCALE.k] in shingle
        assert len(shingle) <= TEXT_SCALE.k + 2
    assert plain.endswith(PARTS[count - 1])


def test_a_document_of_very_many_texts_is_kept_in_time_that_grows_with_it() -> None:
    part = "Some words that are long enough to have a shingle, or two of them. " * 4
    times = []
    for count in (1_000, 4_000):
        began = time.process_time()
        _, kept = _document([part] * count)
        times.append(time.process_time() - began)
    _, text = kept.records()
    assert text is not None
    assert text.size > 4_000 * 250
    assert times[1] < 10 * times[0] + 0.2


@pytest.mark.parametrize("words", [9, 10, 11, 25])
def test_a_sketch_ends_where_it_may_grow_no_more(monkeypatch: pytest.MonkeyPatch, words: int) -> None:
    monkeypatch.setattr(keeping, "MOST_WORDS", 10)
    monkeypatch.setattr(keeping, "PIECE", 16)
    part = " ".join(f"word{number}" for number in range(words))
    _, kept = _document([part, part])
    sketch, text = kept.records()
    assert sketch is not None
    assert text is not None
    codes, lengths, _, _ = split_words(part.encode())
    rows = [*zip(codes, lengths, strict=True), (FILLER, APART)]
    assert _rows(sketch) == rows[:10]
    assert text.unpack().decode().endswith(part), "the text has a limit of its own"


@pytest.mark.parametrize("most", [*range(96, 110), 140, *range(200, 212)])
def test_a_long_text_is_kept_from_its_beginning(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(keeping, "MOST_TEXT", most)
    monkeypatch.setattr(keeping, "PIECE", 16)
    part = "Ein Text von Länge: 漢字, und der Rest davon. Noch mehr, bis es genug ist; fast, fast, fast am Ende."
    columns, kept = _document([part, part])
    _, text = kept.records()
    monkeypatch.undo()
    _, whole = _document([part, part])[1].records()
    assert text is not None
    assert whole is not None
    expected = whole.unpack()[:most].decode("utf-8", "ignore").encode()
    assert text.unpack() == expected
    assert text.size <= most
    assert columns.symbols > 150, "what is not kept is fingerprinted all the same"


@pytest.mark.parametrize("keep", [Keep(False, False), Keep(True, False), Keep(False, True), Keep(True, True)])
def test_what_is_not_asked_for_is_not_kept(tmp_path: Path, keep: Keep) -> None:
    (tmp_path / "file.txt").write_text("A text that is long enough to be registered by itself.\n" * 3)
    taken = _taken(tmp_path / "file.txt", keep)
    assert (taken.sketch is not None, taken.text is not None) == (keep.sketch, keep.text)
    if taken.text:
        assert taken.text.unpack() == (tmp_path / "file.txt").read_bytes()


def _taken(path: Path, keep: Keep) -> Taken:
    item = Item(str(path).encode(), path.name, path.name, path.stat().st_size)
    return fingerprint(item, Limits(), frozenset(), keep)


def test_of_a_file_that_is_no_text_nothing_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "picture.bin"
    path.write_bytes(bytes(i * i % 251 for i in range(5_000)))
    taken = _taken(path, ALL)
    assert [each.alphabet for each in taken.fingerprints] == [Alphabet.BYTES]
    assert (taken.sketch, taken.text) == (None, None)


# What a store or an exported file may hold that nobody wrote by this program.


@pytest.mark.parametrize(
    "sketch",
    [
        WordSketch(b"", zlib.compress(b"")),
        WordSketch(b"abc", zlib.compress(b"\1")),
        WordSketch(b"abcd", zlib.compress(b"\1")),
        WordSketch(b"abcd", zlib.compress(b"\1\1\1")),
        WordSketch(b"abcd", zlib.compress(b"\1\0")),
        WordSketch(b"abcd", zlib.compress(b"\1\1")[:-1]),
        WordSketch(b"abcd", zlib.compress(b"\1\1") + b"x"),
        WordSketch(b"abcd", b"\1\1"),
        WordSketch(b"abcd", zlib.compress(b"\1" * 100_000_000)),
        WordSketch(b"ab" * (MOST_ROWS + 1), zlib.compress(b"\1" * (MOST_ROWS + 1))),
    ],
    ids=range(10),
)
def test_what_is_no_sketch_is_refused_without_unpacking_more_than_one(sketch: WordSketch) -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match=r"."):
        sketch.unpack()
    assert time.process_time() - began < 0.5


def test_the_longest_sketch_has_positions_of_32_bits() -> None:
    assert MOST_ROWS * 255 < 1 << 32
    assert len(WordSketch.of(array("H", [15]) * 1000, array("B", [255]) * 1000).unpack()) == 1000


@pytest.mark.parametrize(
    "text",
    [
        KeptText(zlib.compress(b"abc"), 2),
        KeptText(zlib.compress(b"abc"), 4),
        KeptText(zlib.compress(b"abc")[:-1], 3),
        KeptText(b"abc", 3),
        KeptText(zlib.compress(b"abc"), -1),
        KeptText(zlib.compress(bytes(100_000_000)), 3),
        KeptText(zlib.compress(bytes(100_000_000)), 100_000_000),
    ],
    ids=range(7),
)
def test_what_is_no_kept_text_is_refused(text: KeptText) -> None:
    with pytest.raises(ValueError, match=r"."):
        text.unpack()


@pytest.mark.parametrize(
    "outline",
    [
        Outline(0, zlib.compress(b""), ()),
        Outline(-1, zlib.compress(b""), ()),
        Outline(1 << 40, zlib.compress(bytes(40)), ()),
        Outline(1, zlib.compress(bytes(100_000_000)), ()),
        Outline(1, zlib.compress(bytes(3)), ()),
        Outline(1, bytes(4), ()),
    ],
    ids=range(6),
)
def test_what_is_no_outline_is_refused(outline: Outline) -> None:
    with pytest.raises(ValueError, match=r"."):
        outline.unpack(Alphabet.TEXT)
