"""Scanning a gigabyte of large text files against a million shingles, beside one b2sum over the same files."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile

from data import FORMS, Carriers, secrets
from measure import MB, Bench, digest_command, dlp, in_turn, median, ratio, show

LIMIT = 300 * MB
"""Bytes of memory that one process may take, whatever the size of a file."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", help="keep the data here, and use what is there  [a temporary folder]")
    parser.add_argument("--size", type=int, default=1000, help="megabytes of text in all  [%(default)s]")
    parser.add_argument("--files", type=int, default=10, help="files they are spread over  [%(default)s]")
    parser.add_argument("--shingles", type=int, default=1_000_000, help="registered  [%(default)s]")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes  [%(default)s]")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each command  [%(default)s]")
    parser.add_argument("--smoke", action="store_true", help="one short run that checks the results")
    given = parser.parse_args()
    if given.smoke:
        given.size, given.files, given.shingles, given.rounds = 8, 2, 20_000, 1
    if given.folder:
        os.makedirs(given.folder, exist_ok=True)
        _measure(Bench(os.path.abspath(given.folder)), given)
    else:
        with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as folder:
            _measure(Bench(folder), given)


def _measure(bench: Bench, given: argparse.Namespace) -> None:
    _make(bench, given)
    bench.make_store()
    bench.run([dlp(), "register", "--quiet", "--label", "trade-secret", bench.path("secrets")])
    _check(bench)
    rows = [("text", f"{given.size} MB, {given.shingles:,} shingles registered, -j {given.jobs}", "")]
    for name, what, target in (
        ("many", f"{given.files} files", "1.5 or less"),
        ("one", "one file", ""),
        ("line", "one file, one line", ""),
        ("utf-8", "one file, UTF-8 with accents and quotes", ""),
        ("cp1252", "one file, the same in cp1252", ""),
    ):
        paths = [bench.path(name, each) for each in sorted(os.listdir(bench.path(name)))]
        tool, digest = digest_command(paths)
        scan = [dlp(), "scan", "--no-progress", "-j", str(given.jobs), bench.path(name)]
        runs = in_turn({"scan": lambda: bench.run(scan), "digest": lambda: bench.run(digest)}, given.rounds)  # noqa: B023
        ours, theirs = runs["scan"], runs["digest"]
        wall, best = ratio(ours, theirs, "wall")
        cpu, _ = ratio(ours, theirs, "cpu")
        speed = given.size / median([run.wall for run in ours])
        peak = max(run.peak for run in ours)
        rows += [
            (f"{what}: wall time, {tool} = 1", f"{wall:.2f} (best to best {best:.2f}); {speed:.0f} MB/s", target),
            (f"{what}: CPU time, {tool} = 1", f"{cpu:.2f}; {median([run.cpu for run in ours]):.2f} s", ""),
            (f"{what}: peak memory of a process", f"{peak / MB:.0f} MB", "under 300 MB"),
        ]
        if peak >= LIMIT:
            sys.exit(f"{what}: a process took {peak / MB:.0f} MB")
    show("scan of large files", rows, smoke=given.smoke)


def _make(bench: Bench, given: argparse.Namespace) -> None:
    stamp = f"{given.size} {given.files} {given.shingles}"
    if os.path.exists(bench.path("stamp")):
        with open(bench.path("stamp"), encoding="ascii") as file:
            if file.read() == stamp:
                return
    for name in ("many", "one", "planted", "secrets", *FORMS):
        shutil.rmtree(bench.path(name), ignore_errors=True)
        if name != "secrets":
            os.mkdir(bench.path(name))
    secrets(bench.path("secrets"), given.shingles)
    carriers = Carriers(given.size * 1000 // 170 if given.smoke else 6_000)
    each = given.size * MB // given.files
    for number in range(given.files):
        carriers.write(bench.path("many", f"{number}.txt"), each, number)
    carriers.write(bench.path("one", "one.txt"), given.size * MB, 100)
    for form in FORMS:
        carriers.write(bench.path(form, "one.txt"), given.size * MB, 101, form=form)
    with open(bench.path("secrets", "secret-000003.txt"), "rb") as file:
        passage = file.read()[200:1_200]
    carriers.write(bench.path("planted", "planted.txt"), each, 102, plant=passage)
    with open(bench.path("stamp"), "w", encoding="ascii") as file:
        file.write(stamp)


def _check(bench: Bench) -> None:
    """The planted passage is found, whole; nothing is found in the other texts."""
    planted = bench.path("planted", "planted.txt")
    report = json.loads(bench.output([dlp(), "scan", "-f", "json", planted]))
    found = [finding for result in report["results"] for finding in result["findings"]]
    longest = max(found, key=lambda finding: int(finding["length"]), default=None)
    if not longest or longest["document"]["name"] != "secret-000003.txt":
        sys.exit(f"planted a passage of secret-000003.txt, found {longest}")
    length = longest["span"]["end"] - longest["span"]["start"]
    if not 940 <= length <= 1_000:
        sys.exit(f"planted 1,000 characters, found {length}")
    for name in ("many", "one", *FORMS):
        report = json.loads(bench.output([dlp(), "scan", "--all", "-f", "json", bench.path(name)]))
        if any(result["verdict"] != "allow" or result["skipped"] for result in report["results"]):
            sys.exit(f"something was found in {name}, where nothing is")


if __name__ == "__main__":
    main()
