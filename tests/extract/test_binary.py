from __future__ import annotations

import bz2
import os
import random
import zlib

import pytest

from dlp.extract.noise import is_even
from dlp.model import Reason

from .samples import read

WORDS = b"plain words in a program that nobody packed\0"
MIXED = bytes(random.Random(1).choices(range(256), k=300)) + WORDS


@pytest.mark.parametrize("size", [1024, 4096, 65536])
def test_noise_and_packed_data_are_told_from_data_with_a_form(size: int) -> None:
    chance = random.Random(size)
    noise = chance.randbytes(size)
    words = " ".join(str(chance.random()) for _ in range(20_000)).encode()
    assert is_even(noise)
    for packed in (zlib.compress(words), bz2.compress(words)):
        middle = len(packed) // 2 - size // 2
        assert is_even(packed[middle : middle + size])
    assert not is_even(words[:size])
    assert not is_even(bytes(chance.choices(range(128), k=size)))
    assert not is_even(bytes(size))
    assert not is_even(bytes(range(256)) * (size // 256))
    with open(os.__file__, "rb") as file:
        assert not is_even(file.read()[:size])


def test_what_looks_sealed_is_said() -> None:
    texts, skipped = read(b"\1head" + random.Random(1).randbytes(9000))
    assert [(each.reason, each.detail) for each in skipped] == [
        (Reason.UNSUPPORTED, "unknown binary format: encrypted or packed, by the look of its bytes")
    ]
    assert texts[0].alphabet == "bytes"


@pytest.mark.parametrize(
    "magic",
    [b"Salted__", b"LUKS\xba\xbe\0\1", b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5", b"age-encryption.org/v1\n\0"],
)
def test_encrypted_files_are_said(magic: bytes) -> None:
    assert [each.reason for each in read(magic + b"\0" + MIXED)[1]] == [Reason.ENCRYPTED]


@pytest.mark.parametrize("magic", [b"Obj\1\0", b"ORC\0", b"\x89HDF\r\n\x1a\n\0", b"CWS\n\0", b"hsqs\0"])
def test_data_files_with_packed_blocks_are_said(magic: bytes) -> None:
    assert [each.reason for each in read(magic + MIXED)[1]] == [Reason.UNSUPPORTED]


@pytest.mark.parametrize(
    "magic",
    [
        b"\x7fELF\2\1\1\0",
        b"\xca\xfe\xba\xbe\0\0\0\x34",
        b"dex\n035\0",
        b"regf\0\0\0\0",
        b"\x4c\0\0\0\1\x14\2\0",
        b"\0\0\0\1Bud1\0",
        b"\x93NUMPY\1\0",
        b"\x80\4\x95\0",
        b"\0\1\0\0\0\x0c",
    ],
)
def test_formats_that_show_all_their_words_are_read_whole(magic: bytes) -> None:
    texts, skipped = read(magic + MIXED + "wide words of it".encode("utf-16-le") + b"\1\1")
    assert not skipped
    assert any("plain words in a program" in text.text for text in texts)
    assert any("wide words of it" in text.text for text in texts)


def test_a_program_with_packed_content_is_said() -> None:
    code = bytes(random.Random(1).choices(range(128), k=1 << 16))
    noise = random.Random(2).randbytes(1 << 16)
    for first in (1, 3, 5):
        data = b"\x7fELF\2\1\1\0" + code * first + noise * 2 + code * (6 - first)
        assert [each.reason for each in read(data)[1]] == [Reason.UNSUPPORTED]
    assert not read(b"\x7fELF\2\1\1\0" + code * 8)[1]


@pytest.mark.parametrize("data", [b"\x7fELF\2\1\1\0" + bytes(50) + b"UPX!" + MIXED, b"wOF2\0\1\0\0" + MIXED])
def test_packed_programs_and_fonts_are_said(data: bytes) -> None:
    assert [each.reason for each in read(data)[1]] == [Reason.UNSUPPORTED]
