"""Archives: how fast what is in them is read, beside the plain library's unpacking of the same members.

Ours is the whole reading: every member is unpacked, its checksum tested, its type told and its text given; the library
(zipfile, tarfile, gzip, bz2, lzma, zstandard) unpacks to memory and throws it away. Times are of the CPU; a figure is
the median of the ratios of neighbouring runs.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import lzma
import random
import statistics
import tarfile
import time
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import zstandard
from measure import MB, show

from dlp.extract.recursion import extract
from dlp.limits import MIB, Limits
from dlp.model import Blob, Skipped

LIMITS = Limits(max_unpacked=4096 * MIB, max_members=10**6, max_text=4096 * MIB, max_ratio=1000)
TARGET = 0.7


def made_files(size: int, chance: random.Random) -> dict[str, bytes]:
    """Texts of 1 KB to 400 KB, `size` bytes together, half of them small."""
    words = ["".join(chance.choices("etaoinshrdlu", k=chance.randrange(2, 10))) for _ in range(20_000)]
    files: dict[str, bytes] = {}
    left = size
    while left > 0:
        length = int(1000 * 400 ** chance.random())
        text = " ".join(chance.choices(words, k=length // 6)).encode()
        files[f"folder {len(files) % 20}/file {len(files)}.txt"] = text
        left -= len(text)
    return files


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def unzip(data: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return sum(len(archive.read(info)) for info in archive.infolist())


def untar(opened: Callable[[io.BytesIO], Any], data: bytes) -> int:
    size = 0
    with opened(io.BytesIO(data)) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        for info in archive:
            file = archive.extractfile(info)
            size += len(file.read()) if file else 0
    return size


def ours(data: bytes, name: str) -> int:
    """Bytes of text without names and other lists. Raises SystemExit if anything was not read."""
    size = 0
    for item in extract(Blob((name,), io.BytesIO(data), len(data)), LIMITS):
        if isinstance(item, Skipped):
            raise SystemExit(f"not read: {item}")
        count = sum(len(chunk) for chunk in item.chunks)
        size += 0 if item.marks else count
    return size


def seconds(call: Callable[[], int], expected: int) -> float:
    begun = time.process_time()
    if (size := call()) != expected:
        raise SystemExit(f"{size} bytes, and not {expected}")
    return time.process_time() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=60, help="of texts in each archive  [%(default)s]")
    parser.add_argument("--rounds", type=int, default=7, help="runs of each  [%(default)s]")
    parser.add_argument("--smoke", action="store_true", help="a short run that checks the results")
    given = parser.parse_args()
    if given.smoke:
        given.megabytes, given.rounds = 1, 1
    files = made_files(int(given.megabytes * MB), random.Random(1))
    total = sum(map(len, files.values()))
    tar = tarred(files)
    joined = b"\n".join(files.values())
    packed: dict[str, tuple[bytes, Callable[[bytes], int], int]] = {
        "x.zip": (zipped(files), unzip, total),
        "x.tar": (tar, lambda data: untar(lambda stream: stream, data), total),
        "x.tar.gz": (gzip.compress(tar, 6), lambda data: untar(gzip.open, data), total),
        "x.tar.bz2": (bz2.compress(tar), lambda data: untar(bz2.open, data), total),
        "x.tar.xz": (lzma.compress(tar, preset=2), lambda data: untar(lzma.open, data), total),
        "x.tar.zst": (
            zstandard.compress(tar),
            lambda data: untar(zstandard.open, data),
            total,
        ),
        "x.txt.gz": (gzip.compress(joined, 6), lambda data: len(gzip.decompress(data)), len(joined)),
    }
    rows = []
    for name, (data, plain, size) in packed.items():
        pairs = []
        for _ in range(given.rounds):
            theirs = seconds(lambda plain=plain, data=data: plain(data), size)  # type: ignore[misc]
            pairs.append((theirs, seconds(lambda data=data, name=name: ours(data, name), size)))  # type: ignore[misc]
        ratio = statistics.median(a / b for a, b in pairs)
        speed = size / min(b for _, b in pairs) / MB
        target = f"at least {TARGET}" if name in ("x.zip", "x.tar.gz") else ""
        rows.append((name, f"{speed:6.0f} MB/s of text, {ratio:.2f} x the plain library", target))
    show(f"{len(files)} texts, {total / MB:.0f} MB", rows, smoke=given.smoke)


if __name__ == "__main__":
    main()
