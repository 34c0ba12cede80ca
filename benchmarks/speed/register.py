"""Registering text: megabytes per second of processor time, for large documents and for ten thousand in one call."""

from __future__ import annotations

import argparse
import sys
import tempfile

from data import secrets
from measure import MB, Bench, dlp, median, show


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100, help="megabytes of text in each case  [%(default)s]")
    parser.add_argument("--documents", type=int, default=10_000, help="of the second case  [%(default)s]")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes  [%(default)s]")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each case  [%(default)s]")
    parser.add_argument("--smoke", action="store_true", help="one short run that checks the results")
    given = parser.parse_args()
    if given.smoke:
        given.size, given.documents, given.rounds = 1, 200, 1
    rows = []
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as folder:
        bench = Bench(folder)
        for name, documents in (("large", 10), ("many", given.documents)):
            size = secrets(bench.path(name), given.size * 113_000, documents)
            command = [dlp(), "register", "--quiet", "--no-progress", "--label", "trade-secret"]
            command += ["-j", str(given.jobs), bench.path(name)]
            runs = []
            for _ in range(given.rounds):
                bench.make_store()
                runs.append(bench.run(command))
            _check(bench, documents)
            cpu, wall = median([run.cpu for run in runs]), median([run.wall for run in runs])
            what = f"{documents:,} documents of {size / documents / 1000:,.0f} kB"
            rows += [
                (what, f"{size / MB:.0f} MB, -j {given.jobs}", ""),
                ("  text a CPU second, all processes", f"{size / MB / cpu:.1f} MB", "20 MB or more"),
                ("  wall time", f"{wall:.2f} s, {size / MB / wall:.0f} MB/s, {documents / wall:,.0f} documents/s", ""),
                ("  peak memory of a process", f"{max(run.peak for run in runs) / MB:.0f} MB", ""),
            ]
    show("registering", rows, smoke=given.smoke)


def _check(bench: Bench, documents: int) -> None:
    said = bench.output([dlp(), "fingerprints", "verify"], expect=(0,)).decode()
    if f"{documents} documents" not in said:
        sys.exit(f"registered {documents} documents; the store says: {said}")


if __name__ == "__main__":
    main()
