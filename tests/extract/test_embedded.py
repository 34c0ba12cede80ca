"""Archives in the middle of something else."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import zipfile

import pytest

from .samples import read

NOISE = bytes(range(256)) * 10


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("n.txt", "hidden words")
    return out.getvalue()


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(b"hidden words"), bz2.compress(b"hidden words"), lzma.compress(b"hidden words"), _zip()],
    ids=["gzip", "bzip2", "xz", "zip"],
)
@pytest.mark.parametrize("behind", [0, 100_000])
def test_an_archive_between_other_bytes_is_read(packed: bytes, behind: int) -> None:
    texts, _ = read(NOISE + packed + bytes(behind) + NOISE, "a.bin")
    assert any("hidden words" in text.text for text in texts)


@pytest.mark.parametrize(
    "magic",
    [b"\x1f\x8b\x08", b"\x1f\x8b\x08\xff", b"BZh", b"BZh9", b"\xfd7zXZ\0", b"\xfd7zXZ\0\0\1"],
)
def test_the_magics_that_a_program_holds_are_no_archives(magic: bytes) -> None:
    plain = read(NOISE + bytes(40) + NOISE, "a.bin")[1]
    assert read(NOISE + magic + bytes(40) + NOISE, "a.bin")[1] == plain


def test_noise_holds_no_archives() -> None:
    data = NOISE + random.Random(5).randbytes(2_000_000)
    assert {each.reason for each in read(data, "a.bin")[1]} <= {each.reason for each in read(data[:70_000], "a.bin")[1]}
