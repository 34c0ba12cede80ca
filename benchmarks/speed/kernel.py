"""The speed of the kernel alone: folding, rolling and probing text that is in memory and holds nothing registered.

    python benchmarks/speed/kernel.py [--shingles 1e8] [--json] [--smoke]

Figures are ratios to `hashlib.blake2b` over the same bytes, since that tells more than the megabytes a second of some
machine: scanning and hashing take turns, and the best turn of each counts, in CPU time of the thread, so that other
work on the machine disturbs little. 10^8 shingles take 3 GB of memory and some 20 s to make.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import random
import sys
import time
from array import array
from collections.abc import Callable
from itertools import accumulate

from dlp.fingerprint import KERNEL, TEXT_SCALE, Index, Scanner, Selector, sort_entries

LATIN = "eeeeeeeeeeeetttttttttaaaaaaaaooooooooiiiiiiinnnnnnnsssssshhhhhhrrrrrrddddlllluuucccmmmwwffggyyppbbvkjxqz"
CYRILLIC = "ооооооооооееееееееааааааааииииииинннннннттттттсссссррррввввллллккмммддппууяыьгзбчйхжшюцщэф"
TURN = 13
"""Selected hashes are the largest of w = 13: sorted, they are the 13th roots of even numbers."""


def words(letters: str, seed: int) -> Callable[[int], list[str]]:
    """Draws from 10,000 words, of which few are frequent, with lengths as in English."""
    chance = random.Random(seed)
    lengths = chance.choices(range(1, 15), (3, 9, 12, 13, 13, 12, 11, 9, 7, 5, 3, 2, 1, 1), k=10_000)
    vocabulary = ["".join(chance.choices(letters, k=length)) for length in lengths]
    frequent = list(accumulate(1 / (rank + 3) for rank in range(len(vocabulary))))
    return lambda n: chance.choices(vocabulary, cum_weights=frequent, k=n)


def prose(letters: str, size: int, seed: int) -> bytes:
    """Sentences and paragraphs of such words, at least `size` bytes."""
    chance, draw, out, have = random.Random(seed + 1), words(letters, seed), [], 0
    while have < size:
        sentences = []
        for _ in range(chance.randint(1, 9)):
            said = draw(chance.randint(4, 26))
            if len(said) > 9:
                said[len(said) // 2] += ","
            sentences.append(" ".join([said[0].capitalize(), *said[1:]]))
        paragraph = ". ".join(sentences) + ".\n\n"
        # Lines of some 80 characters, as most files have them.
        line = "\n".join(paragraph[at : at + 80] for at in range(0, len(paragraph), 80)).encode()
        out.append(line)
        have += len(line)
    return b"".join(out)


def chinese(size: int, seed: int) -> bytes:
    """Ideographs, of which few are frequent, with punctuation and paragraphs; at least `size` bytes."""
    chance = random.Random(seed)
    signs = [chr(each) for each in chance.sample(range(0x4E00, 0x9FA0), 4000)] + list(
        "\uff0c\uff0c\uff0c\uff0c\uff0c\u3002\u3002\u3002\n"
    )
    frequent = list(accumulate([1 / (rank + 30) for rank in range(4000)] + [0.05] * 9))
    return "".join(chance.choices(signs, cum_weights=frequent, k=size // 3 + 1)).encode()


def selected_keys(n: int) -> array[int]:
    """n keys distributed as those of a store, ascending: random gaps, whose means follow the curve in steps."""
    steps = min(n, 1000)
    chance = random.Random(n)
    # Below the first step the curve is too steep for a straight line.
    keys = array("Q", sorted(int((chance.random() / steps) ** (1 / TURN) * 2**64) for _ in range(n // steps)))
    end = keys[-1]
    gaps = [-math.log((i + 0.5) / 256) for i in range(256)]  # exponentially distributed, as between random numbers
    mean = sum(gaps) / 256
    for step in range(2, steps + 1):
        many = n * step // steps - n * (step - 1) // steps
        # Stops a little short of 2^64, since a step may turn out longer than meant.
        unit = max(0, (step / steps) ** (1 / TURN) * 0.9998 * 2**64 - end) / many / mean
        scaled = [int(gap * unit) for gap in gaps]
        made = array("Q", accumulate(map(scaled.__getitem__, os.urandom(many)), initial=end))
        end = made[-1]
        keys.extend(made[1:])
    return keys


def seconds(job: Callable[[], object]) -> float:
    begun = time.thread_time()
    job()
    return time.thread_time() - begun


def scan(index: Index, text: bytes) -> None:
    scanner = Scanner(index)
    runs = [*scanner.feed(text), *scanner.finish()]
    if len(runs) > 5:  # a chance hit is possible, but not many
        raise SystemExit(f"{len(runs)} runs found where there are none: not a measurement of text without hits")


def select(documents: list[bytes]) -> int:
    """Registers each document for itself; the number of shingles selected."""
    total = 0
    for document in documents:
        selector = Selector(TEXT_SCALE)
        selector.feed(document)
        total += len(selector.finish()[0])
    return total


def measure(shingles: int, megabytes: int, turns: int) -> dict[str, float | str | int]:
    """Figures by name; ratios unless the name says otherwise."""
    size = megabytes * 1_000_000
    part = min(size, 16_000_000)
    texts = {
        "ascii": prose(LATIN, part, 1) * (size // part),
        "cyrillic": prose(CYRILLIC, part, 2) * (size // part),
        "chinese": chinese(part, 3) * (size // part),
    }
    documents = [texts["ascii"][at : at + 200_000] for at in range(0, part, 200_000)]
    keys = selected_keys(shingles)
    index = Index(TEXT_SCALE, [(keys, array("Q", bytes(8 * shingles)))], array("I", [0]), 1, 8)

    best: dict[str, float] = {}
    for _ in range(turns):
        jobs: dict[str, Callable[[], object]] = {"blake2b": lambda: hashlib.blake2b(texts["ascii"]).digest()}
        jobs |= {name: lambda text=text: scan(index, text) for name, text in texts.items()}
        jobs["select"] = lambda: select(documents)
        for name, job in jobs.items():
            best[name] = min(seconds(job), best.get(name, math.inf))
    speed = {name: len(texts[name]) / best[name] for name in texts}
    blake2b = len(texts["ascii"]) / best["blake2b"]

    entries = array("Q", os.urandom(8 * min(shingles, 1_000_000)))
    sorting = seconds(lambda: sort_entries(entries, array("Q", range(len(entries))), 4))
    return {
        "kernel": KERNEL,
        "shingles": shingles,
        "scan_to_blake2b": speed["ascii"] / blake2b,
        "cyrillic_to_ascii": speed["cyrillic"] / speed["ascii"],
        "chinese_to_ascii": speed["chinese"] / speed["ascii"],
        "scan_mb_per_s": speed["ascii"] / 1e6,
        "blake2b_mb_per_s": blake2b / 1e6,
        "select_mb_per_s": sum(map(len, documents)) / best["select"] / 1e6,
        "sort_ns_per_entry": sorting / len(entries) * 1e9,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the kernel against hashlib.blake2b.")
    parser.add_argument("--shingles", type=lambda text: int(float(text)), default=1_000_000, help="registered (1e6)")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.add_argument("--smoke", action="store_true", help="one short turn, to see that it runs")
    arguments = parser.parse_args()
    if arguments.shingles < 1:
        parser.error("--shingles: at least one")
    size = (min(arguments.shingles, 10_000), 1, 1) if arguments.smoke else (arguments.shingles, 64, 7)
    figures = measure(*size)
    if arguments.json:
        lines = [json.dumps(figures)]
    else:
        lines = [
            f"{name:20} {f'{value:.2f}' if isinstance(value, float) else value}" for name, value in figures.items()
        ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
