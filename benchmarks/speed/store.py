"""What the store takes: bytes for each shingle and each word of registered text, and the time and memory to open it."""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import sys
import tempfile
from array import array
from contextlib import closing

from data import secrets
from measure import MB, Bench, dlp, median, show

from dlp.fingerprint import SCALES, Alphabet, sort_entries
from dlp.registry.places import load_key
from dlp.registry.records import Fingerprint, KeptText, Registered
from dlp.registry.schema import PARTS
from dlp.registry.writer import Writer

POSTING = 8
"""Bytes of a posting: a document and a position."""

_OPEN = """
import os, resource, sys, time
from dlp.fingerprint import Scanner
from dlp.registry.places import load_key
from dlp.registry.store import Store

def peak():
    if not sys.platform.startswith("linux"):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open("/proc/self/status") as file:  # getrusage counts the memory of the process that started this one, too
        return 1024 * int(next(line for line in file if line.startswith("VmHWM")).split()[1])

before = peak()
begun = time.perf_counter()
store = Store(sys.argv[1], load_key(None, os.environ))
scanners = [Scanner(index) for index in store.indexes().values()]
print(time.perf_counter() - begun, peak() - before)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shingles", type=int, default=1_000_000, help="of real text  [%(default)s]")
    parser.add_argument("--large", action="store_true", help="open stores of 10 and 100 million random shingles, too")
    parser.add_argument("--rounds", type=int, default=7, help="openings  [%(default)s]")
    parser.add_argument("--smoke", action="store_true", help="one short run that checks the results")
    given = parser.parse_args()
    if given.smoke:
        given.shingles, given.rounds = 20_000, 1
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as folder:
        bench = Bench(folder)
        rows = _text(bench, given)
        for entries in (10_000_000, 100_000_000) if given.large else ():
            bench.make_store()
            _fill(bench, entries)
            rows += _opening(bench, entries, 3)
    show("the store", rows, smoke=given.smoke)


def _text(bench: Bench, given: argparse.Namespace) -> list[tuple[str, str, str]]:
    secrets(bench.path("secrets"), given.shingles)
    words = size = 0
    for name in os.listdir(bench.path("secrets")):
        with open(bench.path("secrets", name), "rb") as file:
            text = file.read()
        words, size = words + len(text.split()), size + len(text)
    bench.make_store()
    bench.run([dlp(), "register", "--quiet", "--label", "trade-secret", bench.path("secrets")])
    said = bench.output([dlp(), "fingerprints", "verify"], expect=(0,)).decode()
    shingles = int(said.split(",", 1)[1].split()[0].replace(",", ""))
    segments = sum(entry.stat().st_size for entry in os.scandir(bench.path("store", "segments")))
    whole = segments + os.path.getsize(bench.path("store", "catalogue.sqlite"))
    parts = _parts(bench)
    if not given.shingles // 2 < shingles < given.shingles * 2:
        sys.exit(f"expected about {given.shingles} shingles; the store says: {said}")
    return [
        ("registered", f"{size / MB:.1f} MB of text, {words:,} words, {shingles:,} shingles", ""),
        ("bytes a shingle beyond its posting", f"{whole / shingles - POSTING:.2f}", "8 or less"),
        ("  the same without sketches (--no-sketch)", f"{(whole - parts['sketches']) / shingles - POSTING:.2f}", ""),
        ("  of these in segments", f"{segments / shingles - POSTING:.2f}", ""),
        ("  of these in outlines", f"{parts['outlines'] / shingles:.2f}", ""),
        ("  of these in sketches", f"{parts['sketches'] / shingles:.2f}", ""),
        ("bytes of store a word of text", f"{whole / words:.1f}", ""),
        ("  of these in sketches", f"{parts['sketches'] / words:.2f}", ""),
        ("  and with --keep-text, more", f"{_kept_text(bench) / words:.2f}", ""),
        ("store, against the text", f"{whole / size:.2f}", ""),
        *_opening(bench, shingles, given.rounds),
    ]


def _parts(bench: Bench) -> dict[str, int]:
    """Bytes of the catalogue's records, by table."""
    with closing(sqlite3.connect(bench.path("store", "catalogue.sqlite"))) as db:
        return {
            table: db.execute(f"SELECT coalesce(sum(length(sealed)), 0) FROM {table}").fetchone()[0] for table in PARTS
        }


def _kept_text(bench: Bench) -> int:
    """Bytes of the same documents' texts, as `register --keep-text` would keep them."""
    total = 0
    for name in os.listdir(bench.path("secrets")):
        with open(bench.path("secrets", name), "rb") as file:
            total += len(KeptText.of(file.read()).packed)
    return total


def _opening(bench: Bench, entries: int, rounds: int) -> list[tuple[str, str, str]]:
    """Open the store and make what a scan needs, in a fresh process each time."""
    answers = [bench.output([sys.executable, "-c", _OPEN, bench.path("store")]).split() for _ in range(rounds + 1)][1:]
    seconds = median([float(answer[0]) for answer in answers])
    value = f"{seconds * 1000:.0f} ms, {max(int(answer[1]) for answer in answers) / MB:.0f} MB"
    return [(f"opening {entries:,} shingles", value, "")]


def _fill(bench: Bench, entries: int) -> None:
    """Documents of a million random shingles each: what opening costs does not depend on what they stand for."""
    scale = SCALES[0]
    key = load_key(None, bench.environment)
    with Writer(bench.path("store"), key) as writer:
        for number in range(entries // 1_000_000):
            source = random.Random(number)
            keys = array("Q", source.randbytes(8_000_000))
            positions = array("I", range(0, 7_000_000, 7))
            keys, _ = sort_entries(keys, array("Q", bytes(8_000_000)), 1)
            columns = [keys, positions, positions, positions, array("I", bytes(4_000_000))]
            made = Fingerprint.of(scale, 7_000_000, columns, ())
            document = Registered(
                id="", name=f"document {number}", label="trade-secret", owner="", version=0, background=False,
                size=8_000_000, digest=source.randbytes(32), symbols={Alphabet.TEXT: 7_000_000},
                entries=len(keys), registered=0,
            )  # fmt: skip
            writer.add(document, [made])


if __name__ == "__main__":
    main()
