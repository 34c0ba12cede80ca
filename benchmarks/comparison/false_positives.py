"""What the patterns find in five well-known packages, where there is nothing to find: each rule's false alarms.

The tree is d/ of trees.py: text files of published source, whose keys and cards are made up, for tests and manuals.
`--show N` prints N findings of each rule, or of those that `--only` names, with their masked excerpts, to be judged.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from apart import check, patterns, plant, scan, set_apart, write_rule
from trees import default_folder, require, smoke

sys.path.append(str(Path(__file__).parents[1] / "speed"))
from measure import MB, Bench

LEVELS = ("high", "medium", "low")
TARGET = "1 or less"
PER = 20 * MB

Found = dict[str, list[tuple[str, Mapping[str, Any]]]]
"""Of each rule, the paths and findings."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trees", metavar="DIR", default=default_folder(), help="made by trees.py  [%(default)s]")
    parser.add_argument("--show", metavar="N", type=int, default=0, help="print N findings of each rule")
    parser.add_argument("--only", metavar="RULE", action="append", default=[], help="this rule; may be repeated")
    parser.add_argument("--rules", metavar="FILE", action="append", default=[], help="dlp has these rules, too")
    parser.add_argument("--confidence", choices=LEVELS, help="only findings of this confidence")
    parser.add_argument("--smoke", action="store_true", help="a short run over a tiny tree that checks the results")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as folder:
        if given.smoke:
            given.trees = os.path.join(folder, "trees")
            smoke(given.trees)
            plant(os.path.join(given.trees, "d"))
            given.show = 1
        else:
            require(given.trees, "d")
        tree = os.path.join(given.trees, "d")
        lines = _scan(folder, tree, given.rules, smoke=given.smoke)
        summary = lines.pop()["summary"]
        if not summary["complete"]:
            sys.exit("the scan was cut short")
        found = _by_rule(lines, given.only, given.confidence)
        if given.smoke and "benchmark-token" not in found:
            sys.exit("the token that was planted in the tree was not found")
        _table(found, summary["files"], summary["bytes"], smoke=given.smoke)
        if given.show:
            for line in _examples(found, tree, given.show):
                print(line)


def _scan(folder: str, tree: str, rules: list[str], *, smoke: bool) -> list[dict[str, Any]]:
    """What the scan writes: a line for each file that has something, and the summary."""
    bench = Bench(folder)
    set_apart(bench)
    command = scan([write_rule(bench)] if smoke else [os.path.abspath(path) for path in rules])
    check(bench, command)
    return [json.loads(line) for line in bench.output([*command, "--format", "jsonl", tree]).splitlines()]


def _by_rule(lines: list[dict[str, Any]], rules: list[str], confidence: str | None) -> Found:
    found: Found = defaultdict(list)
    for line in lines:
        for each in patterns(line):
            if (not rules or each["rule"] in rules) and confidence in (None, each["confidence"]):
                found[each["rule"]].append((line["path"], each))
    return found


def _table(found: Found, files: int, size: int, *, smoke: bool) -> None:
    """Each rule by its findings, and the sum. A finding is one value in one file, or for a rule that counts all
    of them; its places are all times that it stands there."""
    note = "  (a smoke test: too little data for the figures to mean anything)" if smoke else ""
    print(f"patterns in {files:,} files, {size / MB:.0f} MB, that hold nothing{note}")
    width = max((len(rule) for rule in found), default=8)
    print(f"  {'rule':<{width}} {'per MB':>8} {'findings':>9} {'places':>8}" + "".join(f"{each:>8}" for each in LEVELS))
    total: Counter[str] = Counter()
    for rule, each in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        counts = Counter(finding["confidence"] for _, finding in each)
        counts["places"] = sum(finding["count"] for _, finding in each)
        counts["findings"] = len(each)
        total += counts
        print(f"  {rule:<{width}} {_row(counts, size)}")
    print(f"  {'all':<{width}} {_row(total, size)}")
    for level in LEVELS:
        target = f"   (target: {TARGET})" if level == "high" else ""
        print(f"  {level} confidence, for each 20 MB: {total[level] * PER / size:.2f}{target}")


def _row(counts: Counter[str], size: int) -> str:
    levels = "".join(f"{counts[level]:>8,}" for level in LEVELS)
    return f"{counts['findings'] * MB / size:>8.3f} {counts['findings']:>9,} {counts['places']:>8,}{levels}"


def _examples(found: Found, tree: str, number: int) -> Iterator[str]:
    """So many findings of each rule, taken evenly from all of them."""
    for rule, each in sorted(found.items()):
        yield f"\n{rule}"
        step = max(1, len(each) // number)
        for path, finding in each[::step][:number]:
            where = f"{os.path.relpath(path, tree)}:{finding['span']['line']}"
            yield f"  {where}  {finding['confidence']} {finding['severity']} {finding['count']}x"
            yield f"    {finding['excerpt']!r}"


if __name__ == "__main__":
    main()
