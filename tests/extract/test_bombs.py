"""Files that are made to cost more than they weigh: each ends within its limits, with a reason, and memory to match.

The reading process may take `MEMORY` bytes of address space beyond what it starts with; a bomb that needs more fails.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import resource
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

import brotli
import lz4.frame
import pytest
import zstandard

from dlp.extract.recursion import extract
from dlp.limits import MIB, Limits
from dlp.model import Reason, Skipped, Text

from .samples import blob, docx, paragraph, read
from .samples_archives import (
    WORDS,
    compressed_by_lzw,
    deflated,
    gzipped,
    tarred,
    zip_end,
    zip_entry,
    zip_member,
    zipped,
)
from .test_zip import where

MEMORY = 700 * MIB


@pytest.fixture(autouse=True)
def _bounded_memory() -> Iterator[None]:
    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


def cost(data: bytes, limits: Limits | None = None, name: str = "bomb") -> tuple[int, int, list[Skipped]]:
    """(bytes of text, texts, what was not read), with nothing kept."""
    size = texts = 0
    skipped = []
    for item in extract(blob(data, name), limits or Limits()):
        if isinstance(item, Text):
            texts += 1
            size += sum(len(chunk) for chunk in item.chunks)
        else:
            skipped.append(item)
    return size, texts, skipped


def reasons(skipped: list[Skipped]) -> set[Reason]:
    return {each.reason for each in skipped}


def zeros(pack: object, size: int) -> bytes:
    """`size` zeros, packed piece by piece."""
    out = bytearray()
    for _ in range(size // MIB):
        out += pack.compress(bytes(MIB))  # type: ignore[attr-defined]
    return bytes(out + pack.flush())  # type: ignore[attr-defined]


GIB = 1 << 30
PACKED = {
    "gzip": lambda: zeros(zlib.compressobj(9, zlib.DEFLATED, 31), 256 * MIB),
    "bzip2": lambda: zeros(bz2.BZ2Compressor(), 128 * MIB),
    "xz": lambda: zeros(lzma.LZMACompressor(preset=0), 128 * MIB),
    "lzma": lambda: zeros(lzma.LZMACompressor(lzma.FORMAT_ALONE, preset=0), 64 * MIB),
    "zstd": lambda: zeros(zstandard.ZstdCompressor().compressobj(), GIB),
    "lz4": lambda: lz4.frame.compress(bytes(256 * MIB)),
    "brotli": lambda: brotli.compress(bytes(64 * MIB), quality=5),
    "compress": lambda: compressed_by_lzw(bytes(3 * MIB)),
}


@pytest.mark.parametrize("kind", PACKED)
def test_a_stream_of_zeros(kind: str) -> None:
    data = PACKED[kind]()
    size, _, skipped = cost(data, name="x.br" if kind == "brotli" else "x")
    assert reasons(skipped) == {Reason.LIMIT}
    assert any("times its packed size" in each.detail for each in skipped)
    assert size < 3 * max(2 * MIB, 101 * len(data))


@pytest.mark.parametrize("kind", ["gzip", "zstd", "xz"])
def test_a_stream_of_zeros_with_any_ratio_ends_with_the_budget(kind: str) -> None:
    limits = Limits(max_ratio=10**9, max_part=GIB, max_unpacked=64 * MIB)
    size, _, skipped = cost(PACKED[kind](), limits)
    assert reasons(skipped) == {Reason.LIMIT}
    assert "all levels together" in skipped[-1].detail
    assert 64 * MIB <= size <= 3 * 64 * MIB


@pytest.mark.parametrize("spare", [0, -1])
def test_the_budget_is_exact(spare: int) -> None:
    content = WORDS * 1000
    data = zipped({"a.txt": content, "b.txt.gz": gzip.compress(content), "c.txt": content})
    need = sum(info.file_size for info in zipfile.ZipFile(io.BytesIO(data)).infolist()) + len(content)
    texts, skipped = read(data, limits=Limits(max_unpacked=need + spare))
    assert reasons(skipped) == (set() if spare == 0 else {Reason.LIMIT})
    last = max(texts, key=lambda text: (text.provenance[-1] == "c.txt", len(text.data)))
    assert len(last.data) == len(content) + spare


@pytest.mark.parametrize("spare", [0, -1])
@pytest.mark.parametrize("pack", [gzipped, lambda data: zipped({"a": data})])
def test_the_ratio_is_exact(spare: int, pack) -> None:  # type: ignore[no-untyped-def]
    content = b"a" * (2 * MIB)
    data = pack(content)
    packed = len(data) if data[:2] != b"PK" else zipfile.ZipFile(io.BytesIO(data)).infolist()[0].compress_size
    ratio = -(-len(content) // packed)
    _, skipped = read(data, limits=Limits(max_ratio=ratio + spare))
    assert reasons(skipped) == (set() if spare == 0 else {Reason.LIMIT})
    _, skipped = read(data, limits=Limits(max_ratio=1, ratio_after=len(content) + spare))
    assert reasons(skipped) == (set() if spare == 0 else {Reason.LIMIT})


@pytest.mark.parametrize("spare", [0, -1])
@pytest.mark.parametrize("pack", [gzipped, lambda data: zipped({"a": data}), lambda data: gzipped(tarred({"a": data}))])
def test_a_part_is_exact(spare: int, pack) -> None:  # type: ignore[no-untyped-def]
    content = WORDS * 180_000  # an archive as large as this is not held as a whole
    texts, skipped = read(pack(content), limits=Limits(max_part=len(content) + spare, max_ratio=10**6))
    assert reasons(skipped) == (set() if spare == 0 else {Reason.LIMIT})
    assert max(len(text.data) for text in texts if text.provenance[-1] != "sample") == len(content) + spare


@pytest.mark.parametrize("depth", [17, 16])
def test_depth_is_exact(depth: int) -> None:
    data = WORDS
    for _ in range(16):
        data = gzipped(data)
    texts, skipped = read(data, limits=Limits(max_depth=depth))
    assert reasons(skipped) == (set() if depth == 17 else {Reason.LIMIT})
    assert bool(where(texts, WORDS)) == (depth == 17)


def test_gzip_in_gzip_without_end() -> None:
    data = WORDS
    for _ in range(400):
        data = gzipped(data)
    _, _, skipped = cost(data)
    assert [each.reason for each in skipped] == [Reason.LIMIT]
    assert len(skipped[0].provenance) == 18


def test_zips_in_zips_as_in_42() -> None:
    """Five levels of sixteen each, with 4 GB at the bottom of every branch: 4.5 PB."""
    bottom = zipped({"0.dll": b"0" * (8 * MIB)})
    data = bottom
    for _ in range(5):
        data = zipped({f"lib {n}.zip": data for n in range(16)})
    size, texts, skipped = cost(data)
    assert reasons(skipped) == {Reason.LIMIT}
    assert texts <= 4 * 10_001
    assert size < 3 * 400 * MIB


def test_zips_in_zips_end_with_the_number_of_members() -> None:
    data = zipped({"0.txt": WORDS})
    for _ in range(5):
        data = zipped({f"{n}.zip": data for n in range(16)})
    _, texts, skipped = cost(data, Limits(max_members=500))
    assert reasons(skipped) == {Reason.LIMIT}
    assert texts <= 4 * 501


def test_a_zip_that_lists_one_member_many_times() -> None:
    """All entries point at one local header: the bytes are there once, and come out ten thousand times."""
    content = bytes(MIB)
    packed = deflated(content)
    member = zip_member(b"a", content, method=8, packed=packed)
    entry = zip_entry(b"a", content, 0, method=8, packed=len(packed))
    data = member + zip_end(entry * 9000, 9000, len(member))
    size, _, skipped = cost(data, Limits(max_unpacked=50 * MIB, max_ratio=10**4))
    assert reasons(skipped) == {Reason.LIMIT}
    assert size <= 3 * 51 * MIB


def overlapping(count: int, kernel: bytes) -> bytes:
    """After David Fifield: each member is a stored block that quotes the next local header, and runs into it."""
    packed = deflated(kernel)
    body = zip_member(b"last", kernel, method=8, packed=packed)
    entries = [(b"last", zlib.crc32(kernel), len(kernel), len(packed), len(body))]
    content = kernel
    for number in range(count):
        quoted = body[: len(body) - entries[-1][3]]
        content = quoted + content
        inner = b"\0" + struct.pack("<HH", len(quoted), len(quoted) ^ 0xFFFF) + body
        body = zip_member(b"%06d" % number, content, method=8, packed=inner)
        entries.append((b"%06d" % number, zlib.crc32(content), len(content), len(inner), len(body)))
    listed = b"".join(
        zip_entry(name, b"", len(body) - back, method=8, crc=crc, packed=small, unpacked=large)
        for name, crc, large, small, back in entries
    )
    return body + zip_end(listed, len(entries), len(body))


def test_members_that_overlap() -> None:
    data = overlapping(60, b"the kernel " * 5 + bytes(20 * MIB))
    assert len(data) < MIB
    assert len(zipfile.ZipFile(io.BytesIO(data)).read("000059")) > 20 * MIB
    size, _, skipped = cost(data, Limits(max_unpacked=40 * MIB))
    assert reasons(skipped) == {Reason.LIMIT}
    assert size <= 3 * 41 * MIB
    texts, _ = read(data, limits=Limits(max_unpacked=8 * MIB, max_part=MIB))
    assert any(b"the kernel" in text.data for text in texts)


def test_a_zip_that_holds_itself() -> None:
    """Whatever is inside is found to be the same again: the depth ends it."""
    # The whole file is its own first member's data, as far as the sizes can say so: stored, from offset 0.
    head = zip_member(b"r/r.zip", b"", method=0, packed=b"", sizes=(1000, 1000))
    data = head + WORDS.ljust(2000)
    _, _, skipped = cost(data)
    assert skipped
    window = zip_member(b"a.zip", data)
    for _ in range(40):
        window = zip_member(b"a.zip", window)
    _, _, skipped = cost(window + zip_end(zip_entry(b"a.zip", b"", 0, packed=len(window)), 1, len(window)))
    assert Reason.LIMIT in reasons(skipped) or Reason.CORRUPT in reasons(skipped)


def test_a_million_members_of_zip() -> None:
    member = zip_member(b"a", b"")
    entry = zip_entry(b"a", b"", 0)
    data = member + zip_end(entry * 10**6, 10**6, len(member))
    _, texts, skipped = cost(data)
    assert reasons(skipped) == {Reason.LIMIT}
    assert texts < 100


@pytest.mark.parametrize("form", ["tar", "ar", "cpio"])
def test_a_million_members_of_what_streams_by(form: str) -> None:
    if form == "tar":
        data = gzipped(tarred({"a": b"x"})[:1024] * 30_000)
    elif form == "ar":
        data = b"!<arch>\n" + (b"a/".ljust(48) + b"0".ljust(10) + b"`\n") * 10**6
    else:
        data = (b"070701" + b"0" * 88 + b"00000002" + b"0" * 8 + b"a\0") * 10**6
    limits = Limits(max_ratio=10**6)
    _, texts, skipped = cost(data, limits)
    assert reasons(skipped) == {Reason.LIMIT}
    assert "10000" in skipped[0].detail
    assert texts <= 2 * 10_010


def test_a_sparse_member_of_100_gb() -> None:
    from .test_tar import END, old_sparse

    data = old_sparse([(0, b"planted at the start"), (100 * GIB, b"planted at the end")], 100 * GIB + 18)
    texts, skipped = read(data + END)
    assert where(texts, b"planted at the start")
    assert where(texts, b"planted at the end")
    assert [each.reason for each in skipped] == [Reason.LIMIT]


def test_a_member_that_says_100_gb_and_is_not_there() -> None:
    info = tarfile.TarInfo("a")
    info.size = 100 * GIB
    data = info.tobuf() + WORDS * 99
    texts, skipped = read(data)
    assert Reason.CORRUPT in reasons(skipped)
    assert where(texts, WORDS)


def test_small_holes_without_number() -> None:
    from .test_tar import END, old_sparse

    pieces = [(n * MIB, b"word") for n in range(2000)]
    size, _, skipped = cost(old_sparse(pieces, 2000 * MIB) + END)
    assert reasons(skipped) == {Reason.LIMIT}
    assert size < 3 * 400 * MIB


def test_streams_without_number() -> None:
    for pack in (gzipped, bz2.compress, lzma.compress, zstandard.compress, lz4.frame.compress):
        data = pack(b"") * 20_000 + pack(WORDS)
        texts, skipped = read(data)
        assert where(texts, WORDS)
        assert not skipped


def test_blocks_of_zstd_without_number() -> None:
    frame = b"\x28\xb5\x2f\xfd\0\x58" + b"\0\0\0" * 400_000 + b"\1\0\0"
    _, skipped = read(frame)
    assert not skipped


def test_a_window_that_takes_gigabytes() -> None:
    frame = b"\x28\xb5\x2f\xfd\0" + bytes((21 << 3,)) + b"\1\0\0"
    _, skipped = read(frame)
    assert skipped
    huge = b"\x5d" + struct.pack("<I", 0xFFFFFFFF) + b"\xff" * 8 + bytes(40)
    _, skipped = read(huge)
    assert skipped


def test_names_without_end() -> None:
    data = gzipped(WORDS, b"n" * 10**7)
    _, skipped = read(data)
    assert skipped
    entry = zip_entry(b"a", WORDS, 0, comment=b"c" * 65535)
    member = zip_member(b"a", WORDS)
    size, _, skipped = cost(member + zip_end(entry * 1200, 1200, len(member)))
    assert reasons(skipped) == {Reason.LIMIT}
    assert size <= 70 * MIB


def test_a_document_that_is_a_bomb() -> None:
    parts = {f"word/media/{n}.bin": bytes(MIB) for n in range(60)}
    size, _, skipped = cost(docx(paragraph("body"), parts), Limits(max_unpacked=20 * MIB))
    assert reasons(skipped) == {Reason.LIMIT}
    assert size <= 3 * 21 * MIB
    huge = docx(paragraph("body"), {f"word/{n}.xml": b"<a>" + b" " * MIB + b"</a>" for n in range(60)})
    _, _, skipped = cost(huge, Limits(max_unpacked=20 * MIB, max_ratio=10**6))
    assert Reason.LIMIT in reasons(skipped)
    assert "all levels together" in skipped[-1].detail


def test_time_has_a_limit() -> None:
    data = zipped({f"{n}.txt": WORDS for n in range(5)})
    texts, skipped = read(data, limits=Limits(seconds=120))
    assert not skipped
    texts, skipped = read(data, limits=Limits(seconds=-1, bytes_per_second=10**9))
    assert [each.reason for each in skipped] == [Reason.TIMEOUT]
    assert not texts
