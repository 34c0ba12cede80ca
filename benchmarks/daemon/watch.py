"""The daemon under load, with real files and real events: that every file is judged and none twice, how soon after it
is closed, how many a second, what an idle daemon takes, and what a killed or stopped one loses."""

from __future__ import annotations

import argparse
import atexit
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence

BODY = "The tide gauge at the old quay was read every hour, and the figures went into the harbour's book. " * 20
PATIENCE = 900.0


class Daemon:
    """`dlp watch` over a folder of its own."""

    def __init__(self, home: str, *arguments: str, folders: bool = True, within: Sequence[str] = ()) -> None:
        """`folders`: whether its folder is named to it; if not, a configuration does. `within`: a command that runs the
        one given behind it."""
        self.home, self.out = home, os.path.join(home, "out")
        os.makedirs(self.out)
        self._arguments = [*arguments, *([self.out] if folders else [])]
        self._within = within
        self.environment = {**os.environ, "HOME": home, "DLP_STATE": os.path.join(home, "state")}
        self.process: subprocess.Popen[bytes] | None = None

    def dlp(self, *arguments: str) -> list[str]:
        return [sys.executable, "-c", "from dlp.cli import main\nmain()", *arguments]

    def start(self, *, ready: bool = True) -> None:
        command = [
            *self._within,
            *self.dlp("watch", "-f", "jsonl", "--all", "--log-format", "json", *self._arguments),
        ]
        with open(os.path.join(self.home, "told"), "ab") as told, open(os.path.join(self.home, "log"), "ab") as log:
            self.process = subprocess.Popen(command, env=self.environment, stdout=told, stderr=log)
        atexit.register(self.process.kill)
        if ready:
            self.until(lambda state: state["healthy"] and not state["comparing"])

    def end(self, number: int) -> None:
        assert self.process
        self.process.send_signal(number)
        self.process.wait()

    def state(self) -> dict[str, object] | None:
        done = subprocess.run(self.dlp("status", "-f", "json"), env=self.environment, capture_output=True)
        return json.loads(done.stdout) if done.stdout else None

    def until(self, true: Callable[[dict[str, object]], bool]) -> dict[str, object]:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            state = self.state()
            if state and true(state):
                return state
            time.sleep(0.2)
        raise SystemExit(f"it did not come about: {self.state()}")

    def quiet(self) -> dict[str, object]:
        time.sleep(0.7)
        waiting = ("queue", "settling", "reading", "comparing")
        return self.until(lambda state: not any(state[each] for each in waiting))

    def told(self) -> Counter[str]:
        with open(os.path.join(self.home, "told"), "rb") as file:
            lines = [json.loads(line) for line in file.read().split(b"\n")[:-1] if line.startswith(b'{"path"')]
        return Counter(each["path"] for each in lines)

    def family(self) -> list[int]:
        """The daemon and its helpers."""
        assert self.process
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
            return [self.process.pid, *map(int, file.read().split())]

    def cpu(self) -> float:
        """Seconds of processor time that they took."""
        ticks = 0
        for pid in self.family():
            with open(f"/proc/{pid}/stat") as file:
                ticks += sum(map(int, file.read().rpartition(")")[2].split()[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Bytes that they take, what they share counted once (PSS)."""
        total = 0
        for pid in self.family():
            with open(f"/proc/{pid}/smaps_rollup") as file:
                total += next(int(line.split()[1]) for line in file if line.startswith("Pss:")) * 1024
        return total


def burst(daemon: Daemon, count: int) -> list[str]:
    """Files in one folder."""
    paths = [os.path.join(daemon.out, f"f{number}") for number in range(count)]
    for number, path in enumerate(paths):
        _write(path, number)
    return paths


def nested(daemon: Daemon, count: int) -> list[str]:
    """Files in fresh folders inside one another, ten in each."""
    paths = []
    for number in range(count):
        folder = os.path.join(daemon.out, f"a{number // 1000}", f"b{number // 100}", f"c{number // 10}")
        os.makedirs(folder, exist_ok=True)
        paths.append(os.path.join(folder, f"f{number}"))
        _write(paths[-1], number)
    return paths


def renamed(daemon: Daemon, count: int) -> list[str]:
    """Files that are written under another name, as sync clients do."""
    paths = [os.path.join(daemon.out, f"f{number}") for number in range(count)]
    for number, path in enumerate(paths):
        _write(path + ".part", number)
        os.rename(path + ".part", path)
    return paths


def moved_in(daemon: Daemon, count: int) -> list[str]:
    """A tree that is made elsewhere."""
    elsewhere = Daemon(os.path.join(daemon.home, "elsewhere"))
    made = nested(elsewhere, count)
    os.rename(elsewhere.out, os.path.join(daemon.out, "in"))
    return [os.path.join(daemon.out, "in", os.path.relpath(path, elsewhere.out)) for path in made]


def stopped(daemon: Daemon, count: int) -> list[str]:
    """Files that come while the daemon is stopped: more than the kernel's queue holds, where they are many."""
    family = daemon.family()
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    try:
        return burst(daemon, count)
    finally:
        for pid in family:
            os.kill(pid, signal.SIGCONT)


def linked(daemon: Daemon, count: int) -> list[str]:
    """Files with two names each."""
    paths = burst(daemon, count // 2)
    for path in list(paths):
        os.link(path, path + ".link")
        paths.append(path + ".link")
    return paths


CASES = {each.__name__: each for each in (burst, nested, renamed, moved_in, stopped, linked)}


def _write(path: str, number: int) -> None:
    with open(path, "w") as file:
        file.write(f"{number} {BODY}")


def complete(name: str, count: int) -> str:
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as home:
        daemon = Daemon(home, "--no-rules")
        daemon.start()
        begun = time.monotonic()
        expected = CASES[name](daemon, count)
        written = time.monotonic() - begun
        daemon.until(lambda state: int(str(state["known"])) >= len(expected))
        state = daemon.quiet()
        seconds = time.monotonic() - begun
        daemon.end(signal.SIGTERM)
        told = daemon.told()
        missing = sum(path not in told for path in expected)
        twice = sum(told[path] > 1 for path in expected)
        if missing:
            raise SystemExit(f"{name}: {missing} of {len(expected)} files were not judged")
        lost = state["overflows"]
        return f"{len(expected):,} judged, {twice} twice; written in {written:.1f} s, done after {seconds:.1f} s, " + (
            f"hints lost {lost} times, {count / seconds:,.0f} files/s"
        )


def latency(count: int, rate: float) -> str:
    """Seconds from close to verdict, at `rate` files a second: from when a file was written to when it was told of."""
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as home:
        daemon = Daemon(home, "--no-rules")
        daemon.start()
        told = open(os.path.join(home, "told"), "rb")  # noqa: SIM115  # as long as the folder
        os.set_blocking(told.fileno(), False)
        closed: dict[str, float] = {}
        seconds: list[float] = []
        begun, rest = time.monotonic(), b""
        while len(seconds) < count and time.monotonic() - begun < count / rate + 60:
            if len(closed) < count and time.monotonic() >= begun + len(closed) / rate:
                path = os.path.join(daemon.out, f"f{len(closed)}")
                _write(path, len(closed))
                with open(path, "a") as file:
                    file.write(BODY * 4)
                closed[path] = time.monotonic()
            *lines, rest = (rest + told.read()).split(b"\n")
            now = time.monotonic()
            seconds += [now - closed[json.loads(line)["path"]] for line in lines if line.startswith(b'{"path"')]
            time.sleep(0.002)
        told.close()
        daemon.end(signal.SIGTERM)
        if len(seconds) < count:
            raise SystemExit(f"only {len(seconds)} of {count} files were told of")
        seconds.sort()
        half, most = seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.99)]
        return f"p50 {half:.3f} s, p99 {most:.3f} s, {count} files of 10 kB"


def idle(folders: int, seconds: float) -> str:
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as home:
        daemon = Daemon(home, "--no-rules")
        for number in range(folders):
            os.makedirs(os.path.join(daemon.out, str(number // 300), str(number)))
        daemon.start()
        time.sleep(1)
        before = daemon.cpu()
        time.sleep(seconds)
        share = (daemon.cpu() - before) / seconds
        memory = daemon.memory()
        daemon.end(signal.SIGTERM)
        return f"{share:.3%} of a core over {seconds:.0f} s, {memory / 1e6:.0f} MB, {folders:,} folders"


def killed(times: int, tear: int, seed: int) -> str:
    """kill -9 at random under load. Every `tear`th time the journal is torn off anywhere, worse than a power cut does:
    what was synced of it may be gone, too; then the state is unfit and made anew, and all is told once more."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as home:
        daemon = Daemon(home, "--no-rules")
        paths = []
        for kill in range(times):
            daemon.start(ready=False)
            for _ in range(20):
                paths.append(os.path.join(daemon.out, f"f{len(paths)}"))
                _write(paths[-1], len(paths))
            time.sleep(chance.uniform(0.2, 1.5))
            daemon.end(signal.SIGKILL)
            if tear and kill % tear == 0:
                _tear(os.path.join(home, "state", "state.sqlite-wal"), chance)
        daemon.start()
        state = daemon.quiet()
        daemon.end(signal.SIGTERM)
        told = daemon.told()
        missing = sum(path not in told for path in paths)
        if missing or state["known"] != len(paths):
            raise SystemExit(f"{missing} of {len(paths)} files have no verdict; {state['known']} are known")
        again = sum(told.values()) - len(told)
        return f"{times} kills: {len(paths):,} files judged, none missing; {again} verdicts told once more"


def _tear(path: str, chance: random.Random) -> None:
    if os.path.exists(path) and (size := os.path.getsize(path)):
        os.truncate(path, chance.randrange(size))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000, help="files of a case  [%(default)s]")
    parser.add_argument("--folders", type=int, default=100_000, help="folders that are watched idly  [%(default)s]")
    parser.add_argument("--seconds", type=float, default=60, help="of being idle  [%(default)s]")
    parser.add_argument("--kills", type=int, default=300, help="[%(default)s]")
    parser.add_argument("--tear", type=int, default=3, help="every so many kills, the journal; 0: never  [%(default)s]")
    parser.add_argument("--seed", type=int, default=1, help="[%(default)s]")
    parser.add_argument("--only", action="append", choices=[*CASES, "latency", "idle", "killed"], help="these alone")
    parser.add_argument("--smoke", action="store_true", help="one short run that checks the results")
    given = parser.parse_args()
    latencies = 1500
    if given.smoke:
        given.files, given.folders, given.seconds, given.kills, latencies = 200, 50, 0.5, 2, 20
    jobs: dict[str, Callable[[], str]] = {
        name: lambda name=name: complete(name, given.files) for name in CASES  # type: ignore[misc]
    }
    jobs["latency"] = lambda: latency(latencies, 50)
    jobs["idle"] = lambda: idle(given.folders, given.seconds)
    jobs["killed"] = lambda: killed(given.kills, given.tear, given.seed)
    names = given.only or (["burst", "stopped", "latency", "idle", "killed"] if given.smoke else list(jobs))
    for name in names:
        print(f"{name:<10} {jobs[name]()}", flush=True)


if __name__ == "__main__":
    main()
