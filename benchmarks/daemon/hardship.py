"""The daemon where it goes without: without room, without rights, with a million files to remember, and for a week.

`full` and `readonly` need a file system of their own, for which this runs itself in a namespace (unshare)."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from watch import BODY, Daemon, burst

from dlp.daemon.database import Database
from dlp.daemon.ledger import Entry, Ledger, Version
from dlp.model import Verdict

NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")

POWERLESS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
"""Even root may then read only what its rights allow."""

WORDS = 120_000
"""Different ones, of which documents are made."""


def full(files: int) -> str:
    """The disk that holds the state is full for a while."""
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as home, _mounted(home) as state:
        daemon = Daemon(home, "--no-rules")
        daemon.start()
        first = burst(daemon, files)
        daemon.quiet()
        ballast = os.path.join(state, "ballast")
        _fill(ballast)
        second = _more(daemon, files, "second")
        told = daemon.until(lambda state: any("cannot be written" in str(each) for each in _problems(state)))
        os.unlink(ballast)
        daemon.until(lambda state: bool(state["healthy"]) and state["known"] == 2 * files)
        _each_once(daemon, [*first, *second])
        return f"{2 * files:,} files judged, each once; told meanwhile: {_problems(told)[0].rpartition(': ')[2]}"


def readonly(files: int) -> str:
    """The disk that holds the state is read-only from the start."""
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as home, _mounted(home) as state:
        daemon = Daemon(home, "--no-rules")
        daemon.start()
        expected = burst(daemon, files)
        daemon.quiet()
        daemon.end(signal.SIGTERM)
        subprocess.run(["mount", "-o", "remount,ro", state], check=True)
        ran = subprocess.run(daemon.dlp("watch", daemon.out), env=daemon.environment, capture_output=True, text=True)
        if ran.returncode != 2 or "Traceback" in ran.stderr:
            raise SystemExit(f"it ended with {ran.returncode}: {ran.stderr}")
        subprocess.run(["mount", "-o", "remount,rw", state], check=True)
        expected += _more(daemon, files, "later")
        daemon.start()
        daemon.quiet()
        _each_once(daemon, expected)
        return f"refused: {ran.stderr.strip().splitlines()[-1]}; then {2 * files:,} files judged, each once"


def denied(files: int) -> str:
    """Folders and files that may not be read for a while."""
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as home:
        out = os.path.join(home, "out")
        config = os.path.join(home, "config.yaml")
        with open(config, "w") as file:
            file.write(
                f"version: 1\nreconcile: 1s\nrules: {{use: false}}\nchannels: [{{name: out, folders: [{out}]}}]\n"
            )
        daemon = Daemon(home, "--config", config, folders=False, within=POWERLESS)
        shut, locked = os.path.join(out, "shut"), os.path.join(out, "locked")
        daemon.start()
        elsewhere = os.path.join(home, "elsewhere")
        os.mkdir(elsewhere)
        for number in range(files):
            _write(os.path.join(elsewhere, f"f{number}"), number)
        os.chmod(elsewhere, 0)
        os.rename(elsewhere, shut)
        inside = [os.path.join(shut, f"f{number}") for number in range(files)]
        _write(locked, 2)
        os.chmod(locked, 0)
        state = daemon.until(lambda state: bool(state["skipped"]))
        if "denied" not in state["skipped"]:  # type: ignore[operator]  # of JSON
            raise SystemExit(f"it is not told that it may not be read: {state['skipped']}")
        os.chmod(shut, 0o700)
        os.chmod(locked, 0o600)
        daemon.until(lambda state: int(str(state["known"])) >= files + 1)
        daemon.quiet()
        daemon.end(signal.SIGTERM)
        missing = [path for path in [*inside, locked] if path not in daemon.told()]
        if missing:
            raise SystemExit(f"{len(missing)} files were not judged once they could be read")
        return f"told that they may not be read; {files + 1:,} files judged once they might"


def known(files: int, shingles: int, rules: bool) -> str:
    """Memory with so many files that were judged and so many shingles that are registered."""
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as home:
        daemon = Daemon(home, *([] if rules else ["--no-rules"]))
        _register(daemon, home, shingles)
        daemon.start()
        daemon.end(signal.SIGTERM)
        _remember(daemon, home, files)
        daemon.start(ready=False)
        peak = 0.0
        while True:
            peak = max(peak, daemon.memory())
            state = daemon.state()
            if state and state["comparison"] and not state["comparing"]:
                break
            time.sleep(0.3)
        if state["known"] != files or state["judged"]:
            raise SystemExit(f"{state['known']} are known, and {state['judged']} were judged again")
        extra = _more(daemon, 200, "new")
        daemon.quiet()
        peak = max(peak, daemon.memory())
        time.sleep(1)
        before = daemon.cpu()
        time.sleep(10)
        idle, memory = (daemon.cpu() - before) / 10, daemon.memory()
        daemon.end(signal.SIGTERM)
        seconds = state["comparison"]["seconds"]  # type: ignore[index]  # of JSON
        return (
            f"{files:,} files, {shingles:,} shingles{', all rules' if rules else ''}: {memory / 1e6:.0f} MB, at most "
            f"{peak / 1e6:.0f} MB; all compared in {seconds:.0f} s; idle {idle:.2%} of a core; {len(extra)} new judged"
        )


def churn(versions: int) -> str:
    """Files and folders that come, change, move and go: what some thousand a day come to in a week."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as home:
        daemon = Daemon(home, "--no-rules")
        daemon.start()
        seen: list[float] = []
        begun = time.monotonic()
        steps = 10
        for step in range(steps):
            for number in range(versions // steps):
                folder = os.path.join(daemon.out, f"d{chance.randrange(100)}")
                path = os.path.join(folder, f"f{chance.randrange(20)}")
                kind = chance.random()
                if kind < 0.03:
                    shutil.rmtree(folder, ignore_errors=True)
                elif kind < 0.1 and os.path.exists(path):
                    os.rename(path, path + ".moved")
                else:
                    os.makedirs(folder, exist_ok=True)
                    _write(path, step * versions + number)
            daemon.quiet()
            seen.append(daemon.memory())
        seconds = time.monotonic() - begun
        state = daemon.quiet()
        there = sum(len(names) for _, _, names in os.walk(daemon.out))
        daemon.end(signal.SIGTERM)
        if int(str(state["known"])) < there:  # those of folders that came back at once are forgotten by a comparison
            raise SystemExit(f"{there} files are there, {state['known']} are known")
        return (
            f"{versions:,} changes in {seconds:.0f} s, {state['judged']:,} verdicts, {there:,} files in the end, "
            f"{state['known']:,} known; memory {' '.join(f'{each / 1e6:.0f}' for each in seen)} MB after each tenth"
        )


@contextmanager
def _mounted(home: str) -> Iterator[str]:
    """The state's folder, small and of its own."""
    path = os.path.join(home, "state")
    os.mkdir(path, 0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", path], check=True)
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def _fill(path: str) -> None:
    with open(path, "wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def _more(daemon: Daemon, count: int, name: str) -> list[str]:
    paths = [os.path.join(daemon.out, f"{name}{number}") for number in range(count)]
    for number, path in enumerate(paths):
        _write(path, number)
    return paths


def _write(path: str, number: int) -> None:
    with open(path, "w") as file:
        file.write(f"{number} {BODY}")


def _problems(state: dict[str, object]) -> list[str]:
    return list(map(str, state["problems"]))  # type: ignore[call-overload]  # of JSON


def _each_once(daemon: Daemon, expected: list[str]) -> None:
    daemon.quiet()
    daemon.end(signal.SIGTERM)
    told = daemon.told()
    wrong = [path for path in expected if told[path] != 1]
    if wrong:
        raise SystemExit(f"{len(wrong)} files were not told once, as {wrong[0]}: {told[wrong[0]]} times")


def _register(daemon: Daemon, home: str, shingles: int) -> None:
    """Random text; one of seven symbols begins a shingle that is kept."""
    chance = random.Random(2)
    words = ["".join(chance.choices("bcdfghklmnprstvwaeiou", k=7)) for _ in range(WORDS)]
    texts = os.path.join(home, "texts")
    os.mkdir(texts)
    left = shingles
    while left > 0:
        with open(os.path.join(texts, f"{left}.txt"), "w") as file:
            file.write(" ".join(chance.choices(words, k=min(left, 20_000) + 8)))
        left -= 20_000
    for command in (["init"], ["register", "--label", "trade-secret", texts]):
        subprocess.run(daemon.dlp(*command), env=daemon.environment, check=True, capture_output=True)


def _remember(daemon: Daemon, home: str, files: int) -> None:
    """Files that are there, and what would stand in the ledger had they been judged."""
    database = Database(os.path.join(home, "state", "state.sqlite"))
    generation = database.read("SELECT value FROM facts WHERE name = 'generation'")[0][0]
    ledger = Ledger(database)
    rows: list[tuple[bytes, Entry]] = []
    for number in range(files):
        folder = os.path.join(daemon.out, str(number // 1000))
        if number % 1000 == 0:
            os.mkdir(folder)
        path = os.path.join(folder, f"a report of some kind {number}.docx")
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        entry = Entry(Version.of(os.lstat(path)), os.urandom(32), Verdict.ALLOW, os.urandom(16), int(generation))
        rows.append((os.fsencode(os.path.realpath(path)), entry))
        if len(rows) == 5000 or number == files - 1:
            ledger.put(rows)
            database.commit()
            rows.clear()
    database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000, help="of full, readonly and denied  [%(default)s]")
    parser.add_argument("--known", type=int, default=1_000_000, help="files that were judged  [%(default)s]")
    parser.add_argument("--shingles", type=int, default=1_000_000, help="[%(default)s]")
    parser.add_argument("--rules", action="store_true", help="known: with the rules that are shipped")
    parser.add_argument("--versions", type=int, default=140_000, help="changes of churn  [%(default)s]")
    parser.add_argument("--only", action="append", help="one of: full, readonly, denied, known, churn")
    parser.add_argument("--smoke", action="store_true", help="one short run that checks the results")
    given = parser.parse_args()
    if given.smoke:
        given.files, given.known, given.shingles, given.versions = 50, 500, 2000, 200
    jobs: dict[str, tuple[Callable[[], str], tuple[str, ...]]] = {
        "full": (lambda: full(given.files), (*NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt")),
        "readonly": (lambda: readonly(given.files), (*NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt")),
        "denied": (lambda: denied(given.files), (*POWERLESS, "true")),
        "known": (lambda: known(given.known, given.shingles, given.rules), ()),
        "churn": (lambda: churn(given.versions), ()),
    }
    for name in given.only or list(jobs):
        work, needed = jobs[name]
        if needed and not _can(needed):
            print(f"{name:<10} left out: this system does not allow {needed[0]}", flush=True)
        elif needed[: len(NAMESPACE)] == NAMESPACE and "DLP_BENCHMARK_INSIDE" not in os.environ:
            again = [*NAMESPACE, sys.executable, __file__, "--only", name, "--files", str(given.files)]
            subprocess.run(again, env={**os.environ, "DLP_BENCHMARK_INSIDE": "1"}, check=True)
        else:
            print(f"{name:<10} {work()}", flush=True)


def _can(command: tuple[str, ...]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    main()
