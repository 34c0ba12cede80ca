"""Registered terms: how fast texts are searched for them, what registering them takes, and what a scan's start does.

Terms and texts are made of the same made-up words, so that many words of a text begin a term, and few are one: harder
than most texts. Times are of the CPU.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence

from measure import MB, Bench, dlp, in_turn, median, ratio, show

from dlp.fingerprint import KERNEL, Terms, fold

WORDS = 20_000
PIECE = 1 << 18


def made_words(chance: random.Random) -> list[str]:
    syllables = [a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "en", "ar", "is")]
    return ["".join(chance.choices(syllables, k=chance.choice((2, 2, 3, 4)))) for _ in range(WORDS)]


def made_terms(count: int, words: Sequence[str], chance: random.Random) -> list[str]:
    """Names of one to three words that are no other word together; of one word, with a number."""
    made: dict[str, None] = {}
    known = {fold(word.encode()) for word in words}
    while len(made) < count:
        parts = chance.choices(words, k=chance.choice((1, 2, 2, 3)))
        if len(parts) == 1:
            parts.append(str(chance.randrange(10**6)))
        if fold("".join(parts).encode()) not in known:
            made[" ".join(parts).title()] = None
    return list(made)


def made_text(size: int, words: Sequence[str], chance: random.Random) -> bytes:
    """In which no term stands: a letter that none has ends every other word."""
    out: list[str] = []
    length = 0
    while length < size:
        line = chance.choices(words, k=12)
        line[::2] = [word + "q" for word in line[::2]]
        out.append(" ".join(line) + ".\n")
        length += len(out[-1])
    return "".join(out).encode()[:size]


def search(terms: Terms, text: bytes) -> tuple[int, float]:
    """(hits, bytes for each CPU second), the best of three."""
    best, view, count = 0.0, memoryview(text), 0
    for _ in range(3):
        begun, at, state, count = time.process_time(), 0, -1, 0
        while at < len(text):
            end = min(at + PIECE, len(text))
            hits, used, state = terms.find(view[at:end], state, end == len(text))
            at += used
            count += len(hits) // 3
        best = max(best, len(text) / (time.process_time() - begun))
    return count, best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--terms", type=float, default=1e5, help="registered  [%(default)s]")
    parser.add_argument("--megabytes", type=float, default=40, help="of text  [%(default)s]")
    parser.add_argument("--rounds", type=int, default=11, help="runs of each command  [%(default)s]")
    parser.add_argument("--smoke", action="store_true", help="a short run that checks the results")
    given = parser.parse_args()
    if given.smoke:
        given.terms, given.megabytes, given.rounds = 2000, 1, 1
    chance = random.Random(1)
    words = made_words(chance)
    listed = made_terms(int(given.terms), words, chance)
    text = made_text(int(given.megabytes * MB), words, chance)
    symbols = sorted({fold(each.encode()) for each in listed})
    begun = time.process_time()
    terms = Terms(b"".join(each + b"\n" for each in symbols))
    building = time.process_time() - begun
    hits, speed = search(terms, text)
    dense = "; ".join(chance.choices(listed, k=max(1, len(text) // 200))).encode()
    many, speed_of_many = search(terms, dense)
    if hits or many < len(text) // 200:
        sys.exit(f"{hits} terms were found in a text that has none, {many} in one that is made of them")
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as folder:
        bench = Bench(folder)
        bench.make_store()
        with open(bench.path("terms.txt"), "w", encoding="utf-8") as file:
            file.write("\n".join(listed) + "\n")
        with open(bench.path("small.txt"), "w", encoding="utf-8") as file:
            file.write(f"Minutes of the meeting on Monday, with {listed[0].upper()} and nobody else.\n")
        scan = [dlp(), "scan", "--no-rules", bench.path("small.txt")]
        empty = {"click": [sys.executable, "-c", "import click"], "none": scan}
        runs = in_turn(
            {name: (lambda c=command: bench.run(c, (0, 1))) for name, command in empty.items()}, given.rounds
        )
        registering = bench.run([dlp(), "register", "--quiet", "--terms", bench.path("terms.txt")])
        if b"terms.txt" not in bench.output(scan, expect=(0, 1)):
            sys.exit("a registered term was not found")
        empty["all"] = empty.pop("none")
        with_terms = in_turn({name: (lambda c=c: bench.run(c, (0, 1))) for name, c in empty.items()}, given.rounds)
    before = ratio(runs["none"], runs["click"], "wall")[0]
    after = ratio(with_terms["all"], with_terms["click"], "wall")[0]
    seconds = median([run.wall for run in with_terms["all"]])
    show(
        f"{len(listed):,} registered terms, kernel {KERNEL}",
        [
            ("searching text without terms", f"{speed / MB:.0f} MB for each CPU second", "50 MB or more"),
            (
                "searching text made of terms",
                f"{speed_of_many / MB:.0f} MB, {many / len(dense) * MB:,.0f} hits a MB",
                "",
            ),
            ("making ready what is searched for", f"{building * 1000:.0f} ms", ""),
            ("registering them", f"{registering.wall:.1f} s", ""),
            ("scan of one small file", f"{seconds * 1000:.0f} ms; {after:.2f} x import click", "500 ms or less"),
            ("the same without them", f"{before:.2f} x import click", ""),
            ("peak memory of that scan", f"{max(run.peak for run in with_terms['all']) / MB:.0f} MB", ""),
        ],
        smoke=given.smoke,
    )


if __name__ == "__main__":
    main()
