"""Every carrier, container, encoding and hidden corner, beside kingfisher.

Into each one a token of GitHub's form and some sixty words of a registered document are planted (`tests/matrix/`, which
holds each case and needs its libraries: `pip install .[dev]`). Ours is one scan with that document registered and the
token's rule; kingfisher's has its rules as they come and validates nothing. Kingfisher is installed by pip, pinned,
into a virtual environment of its own below DIR.

A case is found if all of it is: both, for nearly every carrier. What is not found must be said not to have been read
whole; `SILENT` is what is passed over, of which `BEYOND` in `tests/matrix/cases.py` has each with its reason. Cases
that nobody can read without a password, or without eyes, count apart.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "comparison"))
sys.path.insert(0, str(Path(__file__).parents[2]))
from secrets_speed import others
from trees import default_folder

from dlp.match.values import Digests
from tests.matrix import running
from tests.matrix.cases import BEYOND, CASES
from tests.matrix.plant import Case

SMOKE = 40
"""One case of so many in a short run."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="WORDS", default="", help="only cases whose names hold this")
    parser.add_argument("--tools", metavar="DIR", default=default_folder(), help="for kingfisher  [%(default)s]")
    parser.add_argument("--without", action="store_true", help="without kingfisher; installs nothing")
    parser.add_argument("--missed", action="store_true", help="list only what is not found")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes  [%(default)s]")
    parser.add_argument("--smoke", action="store_true", help="a few cases, and the results checked")
    given = parser.parse_args()
    cases = [case for case in CASES if given.only in case.id]
    if given.smoke:
        cases = cases[::SMOKE]
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as name:
        folder = Path(name)
        written = running.write(cases, folder / "cases")
        store = running.registered(folder)
        begun = time.perf_counter()
        results = running.scan(store, folder / "cases", given.jobs)
        seconds = time.perf_counter() - begun
        ours = running.outcomes(results, written, Digests(store.value_key))
        tools = None if given.without or given.smoke else others(given.tools, install=True)
        theirs = _kingfisher(tools.kingfisher, folder) if tools and tools.kingfisher else None
    for case in cases:
        if module := running.missing(case):
            print(f"  left out, for {module} is not installed: {case.id}")
    rows = [_row(case, ours[case.id], theirs) for case in written.values()]
    _show([row for row in rows if not given.missed or row[2] != "found"], theirs is not None)
    silent = _totals(list(written.values()), ours, theirs, seconds)
    if given.smoke and (silent or not any(ours[case.id].found(case) for case in written.values())):
        sys.exit("a planted token was passed over in silence")


Row = tuple[str, str, str, str, str]


def _row(case: Case, ours: running.Outcome, theirs: set[str] | None) -> Row:
    """Family, case, what became of it, a mark for token and passage each, kingfisher's mark."""

    def mark(what: str) -> str:
        return "-" if what not in case.holds else "yes" if getattr(ours, what) else "no"

    state = "found" if ours.found(case) else "said" if ours.said else "SILENT"
    token = "-" if "token" not in case.holds else "yes" if theirs and case.plant.token in theirs else "no"
    return case.family, case.id.partition(": ")[2], state, f"{mark('token'):6}{mark('passage')}", token


def _kingfisher(binary: str, folder: Path) -> set[str]:
    """The values that it finds."""
    report = folder / "kingfisher.json"
    command = [binary, "scan", os.fspath(folder / "cases"), "--no-validate", "--git-history", "none"]
    subprocess.run([*command, "--no-update-check", "-q", "-f", "json", "-o", os.fspath(report)], capture_output=True)
    found = json.loads(report.read_bytes())["findings"]
    return {each["finding"]["snippet"] for each in found}


def _show(rows: Sequence[Row], beside: bool) -> None:
    width = max([len(row[1]) for row in rows], default=10)
    print(f"{'family':<10}{'case':<{width + 2}}{'':8}{'token passage':<15}{'kingfisher' if beside else ''}")
    for family, case, state, marks, theirs in rows:
        print(f"{family:<10}{case:<{width + 2}}{state:8}{marks:<15}{theirs if beside else ''}".rstrip())


def _totals(
    cases: Sequence[Case], ours: dict[str, running.Outcome], theirs: set[str] | None, seconds: float
) -> list[Case]:
    """Prints them by family; returns what was passed over in silence for no known reason."""
    families = list(dict.fromkeys(case.family for case in cases))
    heads = ("family", "cases", "found", "said", "silent", "token", "kingfisher")
    print("\n" + "".join(f"{head:>11}" if at else f"{head:<12}" for at, head in enumerate(heads)))
    silent = [case for case in cases if not ours[case.id].found(case) and not ours[case.id].said]
    for family in [*families, "all"]:
        row = [case for case in cases if case.readable and family in (case.family, "all")]
        found = [case for case in row if ours[case.id].found(case)]
        tokens = [case for case in row if "token" in case.holds]
        quiet = [case for case in row if case in silent]
        theirs_found = sum(case.plant.token in theirs for case in tokens) if theirs is not None else 0
        figures = [len(row), len(found), len(row) - len(found) - len(quiet), len(quiet)]
        shares = [f"{sum(ours[case.id].token for case in tokens)}/{len(tokens)}"]
        shares.append(f"{theirs_found}/{len(tokens)}" if theirs is not None else "")
        print(f"{family:<12}" + "".join(f"{each:>11}" for each in [*figures, *shares]).rstrip())
    readable = [case for case in cases if case.readable]
    share = sum(ours[case.id].found(case) for case in readable) / max(1, len(readable))
    sealed = [case for case in cases if not case.readable]
    said = sum(bool(ours[case.id].said) for case in sealed)
    print(
        f"\nfound {share:.1%} of {len(readable)} (target: 95 % or more); passed over in silence: {len(silent)} (none)"
    )
    for case in silent:
        print(f"  {case.id}: {BEYOND.get(case.id, 'no reason is known')}")
    print(f"of {len(sealed)} that cannot be read, {said} said; scanned in {seconds:.1f} s")
    return [case for case in silent if case.id not in BEYOND]


if __name__ == "__main__":
    main()
