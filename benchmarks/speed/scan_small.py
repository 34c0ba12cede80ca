"""Scanning many small text files against what is registered: processor time for each, less that of only reading it,
and what the rules take besides."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time

from data import Carriers, secrets
from measure import MB, Bench, Run, dlp, in_turn, median, show

_READ = """
import os, sys
names = []
for folder, _, files in os.walk(sys.argv[1]):
    names += [os.path.join(folder, name) for name in files]
before = os.times()
for name in names:
    handle = os.open(name, os.O_RDONLY)
    os.read(handle, os.fstat(handle).st_size)
    os.close(handle)
after = os.times()
print(after.user - before.user + after.system - before.system)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=50_000, help="files of 200 to 10,000 bytes  [%(default)s]")
    parser.add_argument("--shingles", type=int, default=1_000_000, help="registered  [%(default)s]")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes  [%(default)s]")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each command  [%(default)s]")
    parser.add_argument("--smoke", action="store_true", help="one short run that checks the results")
    given = parser.parse_args()
    if given.smoke:
        given.files, given.shingles, given.rounds = 500, 20_000, 1
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as folder:
        bench = Bench(folder)
        secrets(bench.path("secrets"), given.shingles)
        os.mkdir(bench.path("small"))
        size = Carriers(3_000).small(bench.path("small"), given.files)
        bench.make_store()
        bench.run([dlp(), "register", "--quiet", "--label", "trade-secret", bench.path("secrets")])
        _check(bench, given.files)
        _measure(bench, given, size)


def _measure(bench: Bench, given: argparse.Namespace, size: int) -> None:
    plain = [dlp(), "scan", "--no-progress", "-j", str(given.jobs), bench.path("small")]
    scan = [*plain, "--no-rules"]

    def read() -> Run:
        begun = time.perf_counter()
        seconds = float(bench.output([sys.executable, "-c", _READ, bench.path("small")]))
        return Run(time.perf_counter() - begun, seconds, 0, 0)

    jobs = {"scan": lambda: bench.run(scan), "read": read, "rules": lambda: bench.run(plain)}
    runs = in_turn(jobs, given.rounds)
    each = 1e6 / given.files
    ours = [run.cpu * each for run in runs["scan"]]
    more = [(a.cpu - b.cpu) * each for a, b in zip(runs["scan"], runs["read"], strict=True)]
    rules = [(a.cpu - b.cpu) * each for a, b in zip(runs["rules"], runs["scan"], strict=True)]
    seconds = median([run.wall for run in runs["scan"]])
    show(
        "scan of small files",
        [
            ("files", f"{given.files:,}, {size / MB:.0f} MB, {given.shingles:,} shingles, -j {given.jobs}", ""),
            ("CPU a file, less reading", f"{median(more):.1f} us (least {min(more):.1f})", "60 us or less"),
            ("CPU a file", f"{median(ours):.1f} us (least {min(ours):.1f})", ""),
            ("files a second", f"{given.files / seconds:,.0f}", "16,000 or more"),
            ("CPU a file for the rules besides", f"{median(rules):.1f} us", ""),
            ("peak memory of a process", f"{max(run.peak for run in runs['scan']) / MB:.0f} MB", ""),
        ],
        smoke=given.smoke,
    )


def _check(bench: Bench, files: int) -> None:
    """Every file has a result, and none of them is more than allowed."""
    report = json.loads(bench.output([dlp(), "scan", "--all", "-f", "json", bench.path("small")]))
    results = report["results"]
    if len(results) != files or any(each["verdict"] != "allow" or each["skipped"] for each in results):
        sys.exit(f"{files} files that hold nothing, and {len(results)} results: not all of them say so")


if __name__ == "__main__":
    main()
