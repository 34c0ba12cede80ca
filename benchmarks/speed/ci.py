"""What a commit waits for, and what a screen costs.

`dlp scan --staged` in a repository of many files, first with an empty cache (rules are compiled), then again: seconds
by the clock, the median. A screen of random shingles: bytes for each, wrong answers, questions a second.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dlp.registry.screen import screen_bytes, screen_from

RUN = [sys.executable, "-c", "from dlp.cli import main; main()"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--shingles", type=int, default=1_000_000)
    arguments = parser.parse_args()
    files, shingles = (200, 5_000) if arguments.smoke else (arguments.files, arguments.shingles)
    staged(files, 1 if arguments.smoke else 7)
    screen(shingles)


def staged(files: int, repeat: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "repository"
        for number in range(files):
            (folder / str(number // 500)).mkdir(parents=True, exist_ok=True)
            (folder / str(number // 500) / f"{number}.txt").write_text(f"file {number}\n")
        git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b", "-c", "gc.auto=0"]
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
            subprocess.run([*git, *command], check=True)
        (folder / "new.py").write_text("print('something new')\n" * 50)
        subprocess.run([*git, "add", "-A"], check=True)
        environment = os.environ | {"DLP_CACHE": name + "/cache", "HOME": name}
        took = []
        for _ in range(1 + repeat):
            begun = time.perf_counter()
            command = [*RUN, "scan", "--staged", "--no-record", "--quiet", str(folder)]
            subprocess.run(command, env=environment, check=True, stderr=subprocess.DEVNULL)
            took.append(time.perf_counter() - begun)
        print(f"staged, {files:,} files: first {took[0]:.2f} s, later {statistics.median(took[1:]):.2f} s")


def screen(count: int) -> None:
    chance = random.Random(1)
    key = bytes(32)
    own = {chance.getrandbits(64) for _ in range(count)}
    data = screen_bytes(key, {"secret": own})
    made = screen_from(data, key, "screen")
    asked = 2 * count
    begun = time.process_time()
    wrong = sum(made.label(chance.getrandbits(64)) >= 0 for _ in range(asked))
    rate = asked / (time.process_time() - begun)
    print(f"screen, {count:,} shingles: {len(data) / count:.2f} bytes each, {wrong} wrong of {asked:,}, {rate:,.0f}/s")


if __name__ == "__main__":
    main()
