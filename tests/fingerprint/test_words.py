"""Words: split alike by both kernels, whatever the text; the same words however they are spelled."""

from __future__ import annotations

import random
from array import array
from types import ModuleType

import pytest
from hypothesis import given, settings

from dlp.fingerprint import _kernel, reference
from dlp.fingerprint.reference_words import FILLER, IDEOGRAPH, MOST, RANKS, stem, stem_symbols

from .twins import UNKIND, chances, kernels, texts, unkind_text

BOTH = [_kernel, reference]


def words(text: str) -> list[str]:
    data = text.encode()
    _, _, starts, ends = _kernel.split_words(data)
    return [data[start:end].decode() for start, end in zip(starts, ends, strict=True)]


def codes(text: str) -> list[int]:
    return list(_kernel.split_words(text.encode())[0])


@given(texts())
@settings(deadline=None)
def test_both_kernels_split_the_same_words(data: bytes) -> None:
    assert _kernel.split_words(data) == reference.split_words(data)


@given(chances())
@settings(deadline=None, max_examples=20)
def test_long_texts_are_split_alike_across_batches(chance: random.Random) -> None:
    data = unkind_text(chance, 20_000)
    expected = reference.split_words(data)
    for kernel in kernels():
        assert kernel.split_words(data) == expected


@given(texts())
@settings(deadline=None)
def test_words_hold_all_symbols_in_order_and_are_as_long_as_they_say(data: bytes) -> None:
    made, lengths, starts, ends = _kernel.split_words(data)
    symbols = _kernel.fold(data)
    assert sum(lengths) == len(symbols)
    at = before = 0
    for code, length, start, end in zip(made, lengths, starts, ends, strict=True):
        assert before <= start < end <= len(data)
        assert _kernel.fold(data[start:end]) == symbols[at : at + length]
        assert code >> 4 == stem(symbols[at : at + length])
        assert code & 15 < RANKS
        at, before = at + length, end


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One two,three", ["One", "two", "three"]),
        ("line\nbreak\ttab\u00a0space", ["line", "break", "tab", "space"]),
        ("e\u0301te\u0301 na\u00efve", ["e\u0301te", "na\u00efve"]),  # a mark at the end is no symbol
        ("co\u00adope\u200bra\u2060tion", ["co\u00adope\u200bra\u2060tion"]),
        ("ab\u202ecd\u202c ef", ["ab\u202ecd", "ef"]),
        ("well\u2013known\u2026", ["well", "known"]),
        ("中文字abc", ["中", "文", "字", "abc"]),
        ("ひらカタ", ["ひ", "ら", "カ", "タ"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("слово،ещё", ["слово", "ещё"]),
        ("a\U0001f600b", ["a", "b"]),
        ("", []),
        (" .,\n", []),
    ],
)
def test_words_end_where_a_reader_sees_it(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_spelling_does_not_change_a_word() -> None:
    plain = codes("cooperation of the Turbine Department")
    for text in (
        "COOPERATION OF THE TURBINE DEPARTMENT",
        "co\u00adopera\u200btion of\u2060 the tur\u00adbine, depart\u200cment",
        "coöperation of the turbine department",
        "cооperаtion of the turbine department",  # noqa: RUF001 - Cyrillic o and a are the point
        "ｃｏｏｐｅｒａｔｉｏｎ ｏｆ the turbine department",  # noqa: RUF001 - and full-width letters
    ):
        assert codes(text) == plain


def test_a_word_is_its_first_letters_and_how_many_it_has() -> None:
    assert codes("turbine") == codes("turbish")
    assert codes("turbine") != codes("turbines")  # one more letter, up to eight
    assert codes("turbines") == codes("turbineshaft")
    assert codes("turbine")[0] >> 4 == codes("turbines")[0] >> 4
    assert codes("turbine")[0] >> 4 != codes("tarbine")[0] >> 4
    assert codes("中")[0] & 15 == IDEOGRAPH
    assert codes("word")[0] & 15 == 4


def test_a_long_word_is_cut_and_its_length_fits_a_byte() -> None:
    data = "\ufdfb".encode() * 5000 + b"a" * 1000
    for kernel in BOTH:
        _, lengths, _, _ = kernel.split_words(data)
        assert all(MOST <= length <= 255 for length in lengths[:-1])
        assert sum(lengths) == len(reference.fold(data))


@pytest.mark.parametrize(
    "unit", ["\ufdfa", "\ufdfb", "\u3300", "中a", "a ", " ", "\u00ad", "a\u00ad", "\U0001f600", "ﬁ"]
)
def test_no_text_has_more_words_or_symbols_than_there_is_room_for(unit: str) -> None:
    for many in (1, 2, 3, 500, 4096, 4097, 30_000):
        data = unit.encode() * many
        made = _kernel.split_words(data)
        assert len(made[0]) <= len(data) // 2 + 1
        if many < 5000:
            assert made == reference.split_words(data)


@pytest.mark.parametrize("broken", UNKIND)
def test_bytes_that_are_no_text_are_split_alike(broken: bytes) -> None:
    for data in (broken, b"ab" + broken + b"cd", broken * 50, ("中" * 2000).encode() + broken):
        assert _kernel.split_words(data) == reference.split_words(data)


def test_a_stem_is_made_of_five_letters_at_most() -> None:
    assert stem_symbols(b"abc") == 3
    assert stem_symbols(b"abcdefg") == 5
    assert stem_symbols("äbcdefg".encode()) == 6
    assert stem(b"abcdefg") == stem(b"abcdexyz") != stem(b"abcdxyz")


@pytest.mark.parametrize("kernel", BOTH)
def test_a_sketch_has_words_and_refuses_what_contradicts_itself(kernel: ModuleType) -> None:
    assert len(kernel.Sketch(array("H"), b"")) == 0
    assert len(kernel.Sketch(array("H", [1, FILLER]), bytes([1, 255]))) == 2
    with pytest.raises(ValueError, match="differ in number"):
        kernel.Sketch(array("H", [1]), b"")
