from __future__ import annotations

import marshal
import random

import pytest

from dlp.extract.prefixed import prefixed_strings
from dlp.extract.wide import WINDOW
from dlp.model import Mark

from .samples import read


def found(data: bytes, piece: int = 1 << 16) -> list[str]:
    marks: list[Mark] = []
    pieces = (data[at : at + piece] for at in range(0, len(data), piece))
    return b"".join(prefixed_strings(pieces, marks)).decode().splitlines()


def field(number: int, words: str) -> bytes:
    """A string of a protocol buffer."""
    return bytes([number << 3 | 2, len(words)]) + words.encode()


@pytest.mark.parametrize("size", range(16, 127))
def test_a_string_behind_its_length_is_read_without_it(size: int) -> None:
    words = "~" * size
    sticks = bytes([size]).isalnum() or chr(size) in "_-+/=."
    assert found(b"\0\1" + bytes([size]) + words.encode() + b"\0\2") == ([words] if sticks else [])


def test_tags_before_and_behind_a_string_do_not_stick_to_it() -> None:
    first, second = "y" * 60, "z" * 48
    data = b"\1\2" + field(8, first) + field(9, second) + field(10, "a") + b"\0"
    assert found(data) == [first, second]


def test_constants_of_compiled_programs() -> None:
    words = "q" * 77
    data = marshal.dumps(("", words, b"bytes", words + "!", 7))
    assert found(b"\0" + data)[0] == words


def test_text_is_seldom_taken_for_lengths_and_strings() -> None:
    chance = random.Random(3)
    lines = [" ".join(chance.choice(["alpha", "beta", "gamma", "delta"]) for _ in range(40)) for _ in range(200)]
    assert len(found("\0".join(lines).encode())) < 70


@pytest.mark.parametrize("before", [WINDOW - 40, WINDOW - 2, WINDOW])
@pytest.mark.parametrize("piece", [999, WINDOW])
def test_windows_make_no_difference(before: int, piece: int) -> None:
    data = bytes(before) + b"P" + b"x" * 80 + b"\0"
    assert found(data, piece) == ["x" * 80]


def test_the_recursion_reads_a_value_without_its_length() -> None:
    texts, _ = read(b"\x7fELF\2\1\1\0" + b"h" + b"k" * 104 + b"\0")
    assert [text.place("k" * 104) for text in texts if text.text.startswith("k")] == ["string near byte 9"]
