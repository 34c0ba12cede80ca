"""Makes the table of what is common in program code: which four bytes stand in it how often.

    python rules/make_grams.py FOLDER ... [--out FILE]

Of each FOLDER all text files of at most 200 kB are counted, up to 60 MB, in an order that depends on their paths alone.
The table that is shipped was counted over the trees `a` and `d` of benchmarks/comparison/trees.py. Its form is
described where it is read, in dlp/rule/grams.py.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from dlp.rule.grams import LEAST, STEPS

MOST = 60_000_000
LARGEST = 200_000


def texts(folders: list[Path]) -> Iterator[bytes]:
    paths = [(path.relative_to(folder).as_posix(), path) for folder in folders for path in folder.rglob("*")]
    for _, path in sorted(paths, key=lambda each: hashlib.sha256(each[0].encode()).digest()):
        if path.is_file() and path.stat().st_size <= LARGEST and b"\0" not in (data := path.read_bytes()):
            yield data.lower()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", metavar="FOLDER", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "dlp" / "rule" / "grams.bin")
    given = parser.parse_args()
    counts: Counter[bytes] = Counter()
    size = 0
    for data in texts(given.folders):
        counts.update(data[at : at + 4] for at in range(len(data) - 3))
        size += len(data)
        if size >= MOST:
            break
    rates = {gram: count * 1e6 / size for gram, count in counts.items()}
    common = {gram: rate for gram, rate in rates.items() if rate >= LEAST}
    packed = b"".join(gram + bytes((round(STEPS * math.log2(common[gram])),)) for gram in sorted(common))
    given.out.write_bytes(zlib.compress(packed, 9))


if __name__ == "__main__":
    main()
