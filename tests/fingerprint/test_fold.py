# ruff: noqa: RUF001 - look-alikes are what is tested
"""Folding: the same in both kernels, and blind to case, width, marks, look-alikes and what cannot be seen."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from dlp.fingerprint import _kernel, reference
from dlp.fingerprint.reference_fold import symbols_of

from .twins import UNKIND, kernels, texts

CHARACTERS = [chr(c) for c in range(sys.maxunicode + 1) if not 0xD800 <= c <= 0xDFFF]


def fold(text: str) -> bytes:
    return _kernel.fold(text.encode())


@given(texts(9000))
@settings(deadline=None, max_examples=80)
def test_both_kernels_fold_any_bytes_alike(data: bytes) -> None:
    expected = reference.fold(data)
    for kernel in kernels():
        assert kernel.fold(data) == expected


@pytest.mark.parametrize("shift", range(9))
def test_what_is_not_utf8_folds_to_nothing_wherever_it_stands(shift: int) -> None:
    for broken in UNKIND:
        data = b"q" * shift + broken + b"Q" * 70 + broken
        for kernel in kernels():
            assert kernel.fold(data) == reference.fold(data) == b"q" * (shift + 70)


def test_every_character_folds_alike_in_both_kernels() -> None:
    # Each alone, between letters so that the wide path begins and ends beside it.
    for kernel in kernels():
        for start in range(0, len(CHARACTERS), 4096):
            block = CHARACTERS[start : start + 4096]
            text = "q".join(block).encode()
            expected = b"q".join(symbols_of.__wrapped__(ord(c)) for c in block)
            if kernel.fold(text) != expected:
                wrong = [hex(ord(c)) for c in block if kernel.fold(c.encode()) != reference.fold(c.encode())]
                raise AssertionError(f"folded otherwise: {wrong}")


def test_the_kernel_folds_a_character_alone_as_within_a_text() -> None:
    joined = b"".join(_kernel.fold(c.encode()) for c in CHARACTERS)
    assert joined == _kernel.fold("".join(CHARACTERS).encode())


def variants() -> Iterator[tuple[str, str]]:
    """A character and another spelling of it, as this Python's Unicode has them."""
    for c in CHARACTERS:
        for other in (c.upper(), c.lower(), c.casefold(), c.title()):
            if other != c:
                yield c, other
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            if (other := unicodedata.normalize(form, c)) != c:
                yield c, other


def test_case_and_normal_form_of_a_character_do_not_matter() -> None:
    wrong = []
    for c, other in variants():
        if (not fold(c) and unicodedata.category(c)[0] in "LN") or not all(
            fold(x) or unicodedata.category(x)[0] not in "LN" for x in other
        ):
            continue  # Python knows of a newer Unicode than the table
        if fold(c) != fold(other):
            wrong.append((c, other))
    assert wrong == []


@given(texts())
@settings(deadline=None, max_examples=60)
def test_normal_form_of_a_text_does_not_matter(data: bytes) -> None:
    text = data.decode(errors="ignore")
    folded = {fold(unicodedata.normalize(form, text)) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    assert folded == {fold(text)}


def test_what_cannot_be_seen_folds_to_nothing() -> None:
    unseen = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u180e\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    unseen += "\u2066\u2067\u2068\u2069\ufe00\ufe0f\U000e0100\U000e0041\u034f\u0000\u001f\u007f\u0085"
    spaces = " \t\r\n\u000b\u000c\u00a0\u1680\u2000\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
    assert fold(unseen + spaces) == b""


def test_marks_and_punctuation_fold_to_nothing() -> None:
    kept = [
        c for c in CHARACTERS if fold(c) and unicodedata.category(c) in ("Cc", "Cf", "Mc", "Me", "Mn", "Pd", "Po", "Zs")
    ]
    # A mark that is compatibility-equivalent to a letter is that letter.
    assert [c for c in kept if not any(x.isalpha() for x in unicodedata.normalize("NFKC", c.casefold()))] == []


def test_full_width_and_styled_letters_are_their_plain_ones() -> None:
    for i in range(26):
        plain = fold(chr(ord("a") + i))
        for first in (0xFF21, 0xFF41, 0x1D400, 0x1D5D4, 0x24B6, 0x24D0, 0x1F130):
            assert fold(chr(first + i)) == plain
    for i in range(10):
        for first in (0xFF10, 0x1D7CE, 0x1D7D8, 0x1FBF0):
            assert fold(chr(first + i)) == fold(str(i))


@pytest.mark.parametrize(
    ("latin", "alike"),
    [
        ("ABEKMHOPCTyXaeopcyx", "АВЕКМНОРСТуХаеорсух"),  # Cyrillic
        ("sijSIJ", "ѕіјЅІЈ"),
        ("hqwd", "һԛԝԁ"),
        ("ABEZHIKMNOPTYXov", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧον"),  # Greek
        ("hnouq", "հոօսզ"),  # Armenian
        ("ABCDEGHJKLMPRSTVWZ", "ᎪᏴᏟᎠᎬᏀᎻᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᏃ"),  # Cherokee
        ("0O1lI5sS8B", "oоlІ1sѕЅ8В"),
    ],
)
def test_look_alike_letters_are_one(latin: str, alike: str) -> None:
    assert len(latin) == len(alike)
    wrong = [(a, b, fold(a), fold(b)) for a, b in zip(latin, alike, strict=True) if fold(a) != fold(b)]
    assert wrong == []


def test_ten_digits_stay_ten() -> None:
    assert len({fold(digit) for digit in "0123456789"}) == 10
