"""What starting costs: `dlp --help` and the scan of one small file, beside importing click."""

from __future__ import annotations

import argparse
import sys
import tempfile

from data import secrets
from measure import Bench, dlp, in_turn, median, ratio, show


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shingles", type=int, default=1_000_000, help="registered  [%(default)s]")
    parser.add_argument("--rounds", type=int, default=25, help="runs of each command  [%(default)s]")
    parser.add_argument("--smoke", action="store_true", help="two short runs that check the results")
    given = parser.parse_args()
    if given.smoke:
        given.shingles, given.rounds = 20_000, 2
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as folder:
        bench = Bench(folder)
        size = secrets(bench.path("secrets"), given.shingles)
        bench.make_store()
        bench.run([dlp(), "register", "--quiet", "--label", "trade-secret", bench.path("secrets")])
        with open(bench.path("small.txt"), "w", encoding="ascii") as file:
            file.write("Minutes of the meeting on Monday: nothing that anybody would have to hide.\n" * 20)
        with (
            open(bench.path("secrets", "secret-000001.txt"), "rb") as source,
            open(bench.path("leak.txt"), "wb") as file,
        ):
            file.write(source.read(1_000))
        if b"secret-000001.txt" not in bench.output([dlp(), "scan", bench.path("leak.txt")], expect=(1,)):
            sys.exit("the copied beginning of a registered document was not found")

        jobs = {
            "click": [sys.executable, "-c", "import click"],
            "help": [dlp(), "--help"],
            "scan": [dlp(), "scan", bench.path("small.txt")],
            "leak": [dlp(), "scan", bench.path("leak.txt")],
        }
        runs = in_turn(
            {name: (lambda command=command: bench.run(command, (0, 1))) for name, command in jobs.items()}, given.rounds
        )
        rows = [("registered", f"{given.shingles:,} shingles of {size / 1e6:.1f} MB of text", "")]
        for name, what, target in (
            ("help", "dlp --help", "2 or less"),
            ("scan", "scan of one small file", "6 or less"),
            ("leak", "scan of one small file with a passage", ""),
        ):
            middle, best = ratio(runs[name], runs["click"], "wall")
            seconds = median([run.wall for run in runs[name]])
            value = f"{middle:.2f} x import click (best to best {best:.2f}); {seconds * 1000:.0f} ms"
            rows.append((what, value, target))
        seconds = median([run.wall for run in runs["click"]])
        rows.append(("python -c 'import click'", f"{seconds * 1000:.0f} ms", ""))
        show(f"start-up, median of {given.rounds} runs in turn", rows, smoke=given.smoke)


if __name__ == "__main__":
    main()
