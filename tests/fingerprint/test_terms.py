"""Registered terms: found alike by both kernels and by a plain reference, wherever the text is cut."""

from __future__ import annotations

import random
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.fingerprint import _kernel, reference
from dlp.fingerprint.reference_terms import LEAST, LOOK, MARGIN, MOST, SPREAD

from .twins import UNKIND, chances, kernels, texts, unkind_text

BOTH = [_kernel, reference]
Hits = list[tuple[int, int, int]]


def lines(terms: list[bytes]) -> bytes:
    return b"".join(term + b"\n" for term in terms)


def folded(*terms: str) -> list[bytes]:
    return [reference.fold(term.encode()) for term in terms]


def find(kernel: ModuleType, terms: list[bytes], data: bytes, sizes: tuple[int, ...] = (), seed: int = 0) -> Hits:
    """All hits of folded terms. `sizes`: of the windows that the text is shown in, beyond MARGIN."""
    made, chance = kernel.Terms(lines(terms)), random.Random(seed)
    found: Hits = []
    at, state = 0, -1
    while True:
        size = MARGIN + chance.choice(sizes) if sizes else len(data)
        last = at + size >= len(data)
        hits, used, state = made.find(data[at : at + size], state, last)
        walk = iter(hits)
        found += [(term, at + start, at + end) for term, start, end in zip(walk, walk, walk, strict=True)]
        at += used
        if last:
            assert at == len(data)
            return found


def some_terms(chance: random.Random, data: bytes) -> list[bytes]:
    """Some that the text has, some that it nearly has; one of them twice."""
    symbols = reference.fold(data)
    _, lengths, _, _ = reference.split_words(data)
    begins = [sum(lengths[:word]) for word in range(min(len(lengths), 400))]
    made = folded("abc", "aaa", "ababab")
    for _ in range(chance.choice((3, 30))):
        if not begins:
            break
        begin = chance.choice(begins)
        end = chance.choice(begins) if chance.random() < 0.5 else begin + chance.randrange(1, 40)
        if LEAST <= end - begin <= MOST:
            made.append(symbols[begin:end])
    made = [each for each in made if len(each) >= LEAST]
    return [*made, made[-1]]


@given(texts(), chances())
@settings(deadline=None)
def test_both_kernels_find_the_same_terms(data: bytes, chance: random.Random) -> None:
    terms = some_terms(chance, data)
    assert find(_kernel, terms, data) == find(reference, terms, data)


@given(chances(), st.sampled_from([(1,), (1, 2, 3, 7), (300, 5000)]))
@settings(deadline=None, max_examples=25)
def test_the_same_terms_are_found_wherever_the_text_is_cut(chance: random.Random, sizes: tuple[int, ...]) -> None:
    data = unkind_text(chance, chance.choice((5000, 9000, 30_000)))
    if sizes[0] == 1:
        data = data[: MARGIN + 400]
    terms = some_terms(chance, data)
    whole = find(_kernel, terms, data)
    for kernel in kernels():
        assert find(kernel, terms, data) == whole
        assert find(kernel, terms, data, sizes) == whole
    assert find(reference, terms, data) == whole
    assert find(reference, terms, data, (3000,)) == whole


@pytest.mark.parametrize("broken", UNKIND)
def test_bytes_that_are_no_text_are_passed_alike(broken: bytes) -> None:
    for data in (broken + b"abc" + broken, b"ab" + broken + b"c", b"abc " + broken * 50 + b"abc"):
        assert find(_kernel, folded("abc"), data) == find(reference, folded("abc"), data)


def places(terms: list[str], text: str) -> list[str]:
    """What is found, as it stands in the text."""
    data = text.encode()
    found = find(_kernel, folded(*terms), data)
    assert found == find(reference, folded(*terms), data)
    return [data[start:end].decode() for _, start, end in found]


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("Project Falcon", "the PROJECT-FALCON, a project  falcon.", ["PROJECT-FALCON", "project  falcon"]),
        ("Project Falcon", "Project\r\n\t Falcon ProjectFalcon", ["Project\r\n\t Falcon", "ProjectFalcon"]),
        ("Project Falcon", "P.R.O.J.E.C.T. F-A-L-C-O-N", ["P.R.O.J.E.C.T. F-A-L-C-O-N"]),
        ("falcon", "falconry gyrfalcon falcon9 myFalconKey Falcons", []),
        ("falcon", "falcon_key; (falcon) “falcon”/falcon", ["falcon"] * 4),
        ("falcon", "fal\u00adcon f\u200ba\u200blcon fаlcоn ＦＡＬＣＯＮ fálcòn", None),  # noqa: RUF001 - look-alikes
        ("東京計画", "これは東京計画です", ["東京計画"]),
        ("東京計画", "東京\n計画と東京計", ["東京\n計画"]),
        ("ABC計画", "XABC計画 ABC計画X", ["ABC計画"]),
        ("แผน", "นี่คือแผนลับ", ["แผน"]),
        ("계획", "비밀계획 계획", ["계획"]),  # Korean parts its words
        ("aaa", "a a a a", ["a a a", "a a a"]),
        ("fi x", "ﬁ x", ["ﬁ x"]),
        ("C4H10", "C₄H₁₀ and C4-H10", ["C₄H₁₀", "C4-H10"]),
    ],
)
def test_a_term_is_whole_words_however_they_are_written(term: str, text: str, found: list[str] | None) -> None:
    assert places([term], text) == (text.split() if found is None else found)


def test_terms_within_terms_and_equal_ones_are_all_found_in_order() -> None:
    terms = folded("falcon", "projectfalcon", "falcon", "falconnest")
    for kernel in BOTH:
        assert find(kernel, terms, b"project falcon nest") == [(1, 0, 14), (0, 8, 14), (2, 8, 14), (3, 8, 19)]


def test_a_term_spreads_so_far_and_no_further() -> None:
    for kernel in BOTH:
        for more, found in ((0, 1), (1, 0)):
            data = b"project" + b" " * (SPREAD - 13 + more) + b"falcon"
            assert len(find(kernel, folded("projectfalcon"), data + b" and so on" * 2000, (1, 700))) == found


def test_invisible_characters_part_words_when_there_are_many_of_them() -> None:
    for kernel in BOTH:
        for many, found in ((LOOK // 2, 0), (LOOK // 2 + 1, 1)):
            data = b"falcon" + "\u00ad".encode() * many + b"ry"
            assert len(find(kernel, folded("falcon"), data)) == found
            assert len(find(kernel, folded("falcon"), data + b" x" * 5000, (1, 2, 3))) == found


def test_the_longest_term_is_found_and_none_is_longer_or_shorter() -> None:
    letters = bytes(random.Random(1).choices(reference.fold(b"abcdefgh"), k=MOST))
    for kernel in BOTH:
        assert find(kernel, [letters], b"x " + letters + b" x") == [(0, 2, MOST + 2)]
        assert find(kernel, [letters], letters + b"x") == []
        for wrong in (b"ab\n", b"\n", letters + b"a\n", b"abcd", b"abc\nabcd", b"\nabc\n"):
            with pytest.raises(ValueError, match="3 to 1024 symbols"):
                kernel.Terms(wrong)
        assert len(kernel.Terms(b"")) == 0
        assert kernel.Terms(b"").find(b"anything", -1, True)[0].tolist() == []
        made = kernel.Terms(b"abc\nabcd\n")
        assert (len(made), made.symbols(0), made.symbols(1)) == (2, b"abc", b"abcd")
        with pytest.raises(IndexError):
            made.symbols(2)


def test_many_hits_and_many_terms() -> None:
    chance = random.Random(3)
    terms = sorted({bytes(chance.choices(reference.fold(b"abcdef"), k=chance.randrange(3, 30))) for _ in range(5000)})
    data = b" ".join(chance.choice(terms) for _ in range(4000))
    found = find(_kernel, terms, data, (20_000,))
    assert found == find(reference, terms, data)
    assert len(found) >= 4000
