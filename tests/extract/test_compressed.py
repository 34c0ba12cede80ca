from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zlib

import lz4.frame
import pytest
import zstandard

from dlp.extract.archive.packers import Source, inflate
from dlp.extract.detect import detect_stream
from dlp.limits import Limits
from dlp.model import Reason

from .samples import docx, paragraph, read
from .samples_archives import PACKERS, WORDS, compressed_by_lzw, deflated, gzipped, tarred
from .test_zip import where

LONG = b"".join(b"%d %d words\n" % (n, n * n % 977) for n in range(40_000))
ENDLESS = ("brotli", "compress", "lz4-legacy")
"""Formats that do not tell where they end, or, of brotli, have a name that says that all is of it."""
FORMATS = [(kind, suffix, pack) for kind, (suffix, pack) in PACKERS.items()]


@pytest.mark.parametrize(("kind", "suffix", "pack"), FORMATS)
@pytest.mark.parametrize("content", [WORDS, LONG + WORDS])
def test_what_is_packed_is_read(kind: str, suffix: str, pack, content: bytes) -> None:  # type: ignore[no-untyped-def]
    data = pack(content)
    name = "notes.txt" + suffix
    assert detect_stream(data[:65536], io.BytesIO(data), name) == kind
    texts, skipped = read(data, name)
    assert not skipped
    assert where(texts, WORDS) == [(name, "notes.txt")]
    assert any(text.data == content for text in texts)


@pytest.mark.parametrize(("kind", "suffix", "pack"), FORMATS)
def test_what_is_cut_short_is_read_as_far_as_it_goes_and_said(kind: str, suffix: str, pack) -> None:  # type: ignore[no-untyped-def]
    data = pack(LONG)
    texts, skipped = read(data[: len(data) * 2 // 3], "x" + suffix)
    if kind not in ("lz4-legacy", "bzip2"):  # one block holds all of it
        assert any(text.data and LONG.startswith(text.data[: len(text.data) // 2]) for text in texts)
    if kind == "compress":  # nothing in it tells where it ends
        return
    assert Reason.CORRUPT in {each.reason for each in skipped}


@pytest.mark.parametrize(("kind", "suffix", "pack"), [each for each in FORMATS if each[0] not in ENDLESS])
def test_data_behind_is_read(kind: str, suffix: str, pack) -> None:  # type: ignore[no-untyped-def]
    texts, skipped = read(pack(LONG) + b"planted behind\n", "x" + suffix)
    assert where(texts, b"planted behind") == [("x" + suffix, "data behind the archive")]
    assert not skipped


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress, lz4.frame.compress])
def test_streams_behind_one_another_are_one_content(pack) -> None:  # type: ignore[no-untyped-def]
    texts, skipped = read(pack(b"the first ha") + pack(b"lf and the second\n") + pack(b""))
    assert not skipped
    assert where(texts, b"the first half and the second")


def test_padding_between_streams() -> None:
    of_xz = lzma.compress(b"one ") + bytes(8) + lzma.compress(b"two")
    of_gzip = gzipped(b"one ") + bytes(700) + gzipped(b"two")
    for data in (of_xz, of_gzip):
        texts, skipped = read(data)
        assert where(texts, b"one two")
        assert not skipped


def test_names_comments_and_extra_fields_of_gzip_are_text() -> None:
    extra = b"ap" + struct.pack("<H", 7) + b"planted"
    data = gzipped(WORDS, b"planted-name", b"planted comment", extra) + gzipped(b"", b"second-name")
    texts, skipped = read(data)
    assert not skipped
    for planted in ("planted-name", "planted comment", "second-name", "appl", "planted"):
        header = next(text for text in texts if text.marks and text.marks[0].locator == "header")
        assert planted in header.text or planted == "appl"
        assert header.provenance == ("sample",)


def test_frames_that_are_to_be_passed_over_are_read() -> None:
    frame = struct.pack("<II", 0x184D2A53, 17) + b"planted in frames"
    for data in (
        zstandard.compress(b"one ") + frame + zstandard.compress(b"two"),
        frame + zstandard.compress(b"one two"),
        lz4.frame.compress(b"one ") + frame + lz4.frame.compress(b"two"),
    ):
        texts, skipped = read(data)
        assert not skipped
        assert where(texts, b"one two")
        assert where(texts, b"planted in frames") == [("sample", "skippable frame")]


def test_a_dictionary_that_is_not_there_is_said() -> None:
    samples = [b"planted %d words in a sample %d" % (n, n * n) for n in range(2000)]
    dictionary = zstandard.train_dictionary(4000, samples)
    data = zstandard.ZstdCompressor(dict_data=dictionary).compress(WORDS)
    _, skipped = read(data, "x.zst")
    assert [each.reason for each in skipped] == [Reason.UNSUPPORTED]
    assert "dictionary" in skipped[0].detail


def test_a_wrong_checksum_is_said_and_read_all_the_same() -> None:
    data = bytearray(gzipped(WORDS))
    data[-5] ^= 1
    texts, skipped = read(bytes(data))
    assert where(texts, WORDS)
    assert [each.reason for each in skipped] == [Reason.CORRUPT]


def test_damage_loses_what_is_behind_it_only() -> None:
    data = bytearray(gzipped(LONG))
    data[len(data) // 2] ^= 0x55
    texts, skipped = read(bytes(data), "x.gz")
    found = max((text.data for text in texts if text.provenance == ("x.gz", "x")), key=len)
    assert len(found) > 0.4 * len(LONG)
    assert found[: len(LONG) // 3] == LONG[: len(LONG) // 3]
    assert Reason.CORRUPT in {each.reason for each in skipped}


def test_documents_inside_are_read() -> None:
    texts, skipped = read(gzip.compress(docx(paragraph("inner", " words"))), "a.docx.gz")
    assert not skipped
    assert where(texts, b"inner words") == [("a.docx.gz", "a.docx")]


def test_a_tar_in_a_packed_file_is_named_so() -> None:
    texts, skipped = read(gzip.compress(tarred({"a.txt": WORDS})), "x.tgz")
    assert not skipped
    assert where(texts, WORDS) == [("x.tgz", "x.tar", "a.txt")]


def test_lzw_with_every_width_of_code() -> None:
    chance = random.Random(3)
    data = bytes(chance.choices(b"abcdefgh \n", k=400_000))
    for most in (9, 12, 16):
        texts, skipped = read(compressed_by_lzw(data, most), "x.Z")
        assert any(text.data == data for text in texts)
        assert not skipped
    alike = b"a" * 300_000
    texts, _ = read(compressed_by_lzw(alike), "x.Z", Limits(max_ratio=10_000))
    assert any(text.data == alike for text in texts)


def test_a_large_tar_in_gzip_streams_by() -> None:
    """Larger than what is held of one content in any case."""
    big = LONG * 35 + b"planted at the end of the large one"
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as archive:
        for name, content in (("big.bin", big), ("a.txt", WORDS)):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    texts, skipped = read(out.getvalue() + b"planted behind", "x.tar.gz")
    assert not skipped
    assert where(texts, WORDS) == [("x.tar.gz", "x.tar", "a.txt")]
    assert where(texts, b"planted at the end") == [("x.tar.gz", "x.tar", "big.bin")]
    assert where(texts, b"planted behind") == [("x.tar.gz", "data behind the archive")]
    texts, skipped = read(out.getvalue()[: len(out.getvalue()) // 2], "x.tar.gz")
    assert {each.reason for each in skipped} == {Reason.CORRUPT}
    assert not where(texts, WORDS)


@pytest.mark.parametrize(("wbits", "pack"), [(15, zlib.compress), (31, gzip.compress), (-15, deflated)])
def test_inflating_takes_every_frame_of_deflate(wbits: int, pack) -> None:  # type: ignore[no-untyped-def]
    source = Source(io.BytesIO(pack(LONG) + b"behind"))
    assert b"".join(inflate(source, wbits)) == LONG
    assert b"".join(source.rest()) == b"behind"
