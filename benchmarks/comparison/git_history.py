"""Scanning the history of repositories beside kingfisher, with secrets on and shingles registered.

Repositories are made on the machine: the releases of large projects of PyPI, fetched by pip as wheels, become the
commits of one (`--into DIR` keeps both, and they are made once); `--repository PATH` names others, this project's own
among them. Kingfisher is installed as in secrets_speed.py (`--trees DIR` says where) and validates nothing. Both run in
turn, write JSON into a file and know of no folder of the user's. `--staged` besides measures a staged change in a
repository of 50,000 files.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from apart import plant, token, write_rule
from secrets_speed import CODES, Comparison, Tools, others
from trees import default_folder

sys.path.append(str(Path(__file__).parents[1] / "speed"))
from data import secrets
from measure import MB, Bench, dlp, in_turn, median, ratio, show

RELEASES = {
    "django": "2.0 2.0.5 2.1 2.1.5 2.2 2.2.5 2.2.12 3.0 3.0.5 3.1 3.1.5 3.2 3.2.5 3.2.12 4.0 4.0.5 4.1 4.1.5 4.2 4.2.5 "
    "4.2.11 5.0 5.0.4 5.1 5.1.4 5.2",
    "sympy": "1.5 1.6 1.7 1.8 1.9 1.10 1.11 1.12 1.13.0",
    "networkx": "2.4 2.5 2.6 2.7 2.8 3.0 3.1 3.2 3.3 3.4",
    "boto3": "1.20.0 1.24.0 1.28.0 1.34.0",
}
GIT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
Row = tuple[str, str, str]
Files = Mapping[str, bytes]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", metavar="DIR", default="", help="keep what is fetched and made  [a temporary folder]")
    parser.add_argument("--trees", metavar="DIR", default=default_folder(), help="where kingfisher is  [%(default)s]")
    parser.add_argument("--repository", metavar="PATH", action="append", default=[], help="instead of made ones")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each command  [%(default)s]")
    parser.add_argument("--shingles", type=int, default=1_000_000, help="registered  [%(default)s]")
    parser.add_argument("--staged", action="store_true", help="a staged change in 50,000 files, too")
    parser.add_argument("--without", action="store_true", help="measure dlp alone, and install nothing")
    parser.add_argument("--smoke", action="store_true", help="a short run over a tiny history that checks the results")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as folder:
        if given.smoke:
            given.rounds, given.shingles, given.staged = 1, 20_000, True
        tools = Tools("", "", "was not asked for")
        if not (given.without or given.smoke):
            tools = others(given.trees, install=True)
        comparison = Comparison(folder, given.trees, tools)
        bench = comparison.bench
        secrets(bench.path("documents"), given.shingles)
        bench.run([dlp(), "init"])
        bench.run([dlp(), "register", "--quiet", "--label", "trade-secret", bench.path("documents")])
        rules = ["--rules-only", write_rule(bench)] if given.smoke else []
        into = given.into or folder
        repositories = given.repository or ([_tiny(into)] if given.smoke else list(_made(into)))
        rows: list[Row] = []
        for repository in repositories:
            rows += _history(comparison, os.path.abspath(repository), rules, given.rounds, given.smoke)
        if given.staged:
            rows += _staged(bench, 500 if given.smoke else 50_000, rules, given.rounds)
        show(f"histories, {given.rounds} runs in turn", rows, smoke=given.smoke)


def _history(comparison: Comparison, repository: str, rules: list[str], rounds: int, smoke: bool) -> list[Row]:
    bench, kingfisher = comparison.bench, comparison.tools.kingfisher
    ours = [dlp(), "scan", "--no-progress", *rules, "-f", "json", "-o", comparison.report("dlp")]
    ours += ["--git-history", repository]
    jobs = {"dlp": lambda: bench.run(ours, CODES["dlp"])}
    if kingfisher:
        theirs = [kingfisher, "scan", repository, "--no-validate", "--no-update-check", "-q", "-f", "json"]
        theirs += ["-o", comparison.report("kingfisher")]
        jobs["kingfisher"] = lambda: bench.run(theirs, CODES["kingfisher"])
    runs = in_turn(jobs, rounds)
    if smoke and not comparison.findings("dlp"):
        sys.exit("the token that was committed and taken out again was not found")
    count, size = _objects(repository)
    rows = [(f"{os.path.basename(repository)}: {count:,} objects, {size / MB:,.0f} MB of blobs", "", "")]
    for tool, each in runs.items():
        figures = f"{median([run.wall for run in each]):7.2f} s, CPU {median([run.cpu for run in each]):6.2f} s"
        rows.append((f"  {tool}", f"{figures}, {max(run.peak for run in each) / MB:4.0f} MB a process", ""))
    if kingfisher:
        wall, cpu = (ratio(runs["dlp"], runs["kingfisher"], what)[0] for what in ("wall", "cpu"))
        peak = max(run.peak for run in runs["dlp"]) / max(run.peak for run in runs["kingfisher"])
        rows.append(("  dlp / kingfisher: wall", f"{wall:7.2f}, CPU {cpu:.2f}", "0.6 or less"))
        rows.append(("  dlp / kingfisher: peak", f"{peak:7.2f}", "0.5 or less"))
    return rows


def _staged(bench: Bench, files: int, rules: list[str], rounds: int) -> list[Row]:
    """One staged change among so many files."""
    place = bench.path("many")
    content = {f"d{number % 200}/f{number}.txt": b"number %d\n" % number for number in range(files)}
    _import(place, [content])
    _git(place, "reset", "-q", "--hard")
    Path(place, "d0", "f0.txt").write_text(f'GITHUB_TOKEN = "{token()}"\n', encoding="ascii")
    _git(place, "add", "d0/f0.txt")
    command = [dlp(), "scan", "--no-progress", *rules, "--staged", place]
    runs = in_turn({"dlp": lambda: bench.run(command, (1,))}, max(rounds, 1))
    walls = [run.wall for run in runs["dlp"]]
    return [(f"--staged, {files:,} files", f"{median(walls):7.2f} s (best {min(walls):.2f} s)", "0.5 s or less")]


def _made(into: str) -> Iterator[str]:
    """Two repositories, of one project and of all."""
    wheels = os.path.join(into, "wheels")
    for project, versions in RELEASES.items():
        for version in versions.split():
            if not list(Path(wheels).glob(f"*-{version}-*.whl")) or not _wheels(wheels, project, version):
                _fetch(wheels, project, version)
    for name, projects in (("django", ["django"]), ("four", list(RELEASES))):
        place = os.path.join(into, f"{name}.git-work")
        if not os.path.exists(place):
            found = [_wheels(wheels, project, each)[0] for project in projects for each in RELEASES[project].split()]
            _import(place, (_unpacked(path) for path in found))
        yield place


def _wheels(wheels: str, project: str, version: str) -> list[Path]:
    return [each for each in Path(wheels).glob("*.whl") if each.name.lower().startswith(f"{project}-{version}-")]


def _fetch(wheels: str, project: str, version: str) -> None:
    print(f"fetching {project} {version}", flush=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "-d", wheels]
    subprocess.run([*command, "--python-version", "3.12", f"{project}=={version}"], check=True)


def _unpacked(path: Path) -> Files:
    with zipfile.ZipFile(path) as wheel:
        names = [each for each in wheel.namelist() if not each.endswith("/") and ".dist-info/" not in each]
        return {each: wheel.read(each) for each in names}


def _tiny(into: str) -> str:
    """A history of eight commits; one of them brings in a token, the next takes it out."""
    chance = random.Random(1)
    lines = [b"x%d = %d\n" % (number, chance.randrange(9)) for number in range(6_000)]
    base = {f"f{number}.py": b"".join(lines[300 * number : 300 * number + 300]) for number in range(20)}
    commits = []
    for number in range(8):
        base = base | {f"f{number}.py": base[f"f{number}.py"] + b"# more\n"}
        leak = {"token.py": Path(plant(into)).read_bytes()} if number == 4 else {}
        commits.append(base | leak)
    place = os.path.join(into, "tiny")
    _import(place, commits)
    return place


def _import(place: str, commits: Iterator[Files] | list[Files]) -> None:
    """A repository whose commits hold these files, packed as a server would."""
    subprocess.run(["git", "init", "-q", "-b", "main", place], check=True, env=os.environ | GIT)
    command = ["git", "-C", place, "fast-import", "--quiet"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ | GIT) as process:
        assert process.stdin
        write = process.stdin.write
        last: Files = {}
        for number, files in enumerate(commits, 1):
            message = b"release %d" % number
            write(b"commit refs/heads/main\nmark :%d\n" % number)
            write(b"committer R <r@example.org> %d +0000\n" % (1_600_000_000 + number * 86_400))
            write(b"data %d\n%s\n" % (len(message), message))
            if number > 1:
                write(b"from :%d\n" % (number - 1))
            for path in last.keys() - files.keys():
                write(b"D %s\n" % path.encode())
            for path, content in files.items():
                if last.get(path) != content:
                    write(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content))
            last = files
    if process.returncode:
        sys.exit("git fast-import failed")
    _git(place, "repack", "-adfq", "--window=50")


def _git(place: str, *arguments: str) -> str:
    command = ["git", "-C", place, *arguments]
    return subprocess.run(command, check=True, env=os.environ | GIT, capture_output=True, text=True).stdout


def _objects(repository: str) -> tuple[int, int]:
    """(objects, bytes of blobs)."""
    told = _git(repository, "cat-file", "--batch-all-objects", "--batch-check", "--unordered").splitlines()
    parts = [line.split() for line in told]
    return len(parts), sum(int(size) for _, kind, size in parts if kind == "blob")


if __name__ == "__main__":
    main()
