"""A channel that holds, with rsync and syncthing at its other end: secrets and clean files are dropped into it, the
daemon is killed and started again in between, and what arrives is counted. Tools that are not installed are left out.

rsync runs again and again, so it may look in the few milliseconds between a file's closing and its holding: those
secrets are counted, too. While the daemon is dead nothing is dropped: what is dead holds nothing."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress

CLEAN = "The tide gauge at the old quay was read every hour, and the figures went into the harbour's book. " * 20
SECRET = (
    "The compound is stirred at sixty one degrees for nine hours, then quenched with chilled brine and filtered twice; "
    "the yield rises by a fifth where the second wash carries a trace of cerium nitrate and the vessel is never opened "
    "before the mixture has come down to thirty degrees, as the assistants at the Lindholm works found by accident. "
) * 3
PERIOD = 0.3
PATIENCE = 120.0


class Daemon:
    """`dlp watch` over `home/out`, which it holds."""

    def __init__(self, home: str, *arguments: str) -> None:
        self.home, self.out, self._arguments = home, os.path.join(home, "out"), arguments
        os.makedirs(self.out)
        names = {"DLP_STORE": "store", "DLP_KEY_FILE": "store.key", "DLP_INCIDENTS": "incidents", "DLP_STATE": "state"}
        self.environment = {**os.environ, "HOME": home, **{key: os.path.join(home, at) for key, at in names.items()}}
        document = os.path.join(home, "process.txt")
        _write(document, SECRET)
        for command in (("init",), ("register", "--label", "trade-secret", document), ("incidents", "init")):
            subprocess.run(self._dlp(*command), env=self.environment, check=True, capture_output=True)
        _write(
            os.path.join(home, "config.yaml"),
            "version: 1\nrules: {use: false}\nincidents: incidents\nstate: state\n"
            "channels: [{name: out, folders: [out], actions: [quarantine], hold: true, settle: 500ms}]\n",
        )
        self.process: subprocess.Popen[bytes] | None = None

    def _dlp(self, *arguments: str) -> list[str]:
        return [sys.executable, "-c", "from dlp.cli import main\nmain()", *arguments]

    def start(self) -> None:
        command = self._dlp("watch", "--config", os.path.join(self.home, "config.yaml"), *self._arguments)
        with open(os.path.join(self.home, "log"), "ab") as log:
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        self.until(lambda state: bool(state["healthy"]))

    def end(self, number: int) -> None:
        assert self.process
        self.process.send_signal(number)
        self.process.wait()

    def until(self, true: Callable[[dict[str, object]], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            done = subprocess.run(self._dlp("status", "-f", "json"), env=self.environment, capture_output=True)
            if done.stdout and true(json.loads(done.stdout)):
                return
            time.sleep(0.2)
        with open(os.path.join(self.home, "log"), encoding="utf-8", errors="replace") as file:
            raise SystemExit(f"it did not come about:\n{file.read()[-3000:]}")

    def quiet(self) -> None:
        waiting = ("queue", "settling", "reading", "comparing", "held")
        time.sleep(0.5)
        self.until(lambda state: not any(state[each] for each in waiting))


class Rsync:
    """Copies again and again, and never deletes."""

    def __init__(self, home: str, out: str) -> None:
        self.there = os.path.join(home, "other")
        loop = 'while :; do rsync -a "$0/" "$1/" 2>/dev/null; sleep "$2"; done'
        self._process = subprocess.Popen(["sh", "-c", loop, out, self.there, str(PERIOD)], start_new_session=True)

    def close(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class Syncthing:
    """Two of them; the one at the other end keeps what is deleted."""

    def __init__(self, home: str, out: str) -> None:
        self.there = os.path.join(home, "other")
        os.makedirs(self.there)
        homes = [os.path.join(home, f"syncthing{number}") for number in (1, 2)]
        ports = [random.randint(20000, 29999), random.randint(30000, 39999)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        for each in homes:
            subprocess.run(["syncthing", f"-generate={each}"], check=True, **quiet)  # type: ignore[call-overload]
        ids = [
            subprocess.run(
                ["syncthing", f"-home={each}", "-device-id"], check=True, capture_output=True, text=True
            ).stdout.strip()
            for each in homes
        ]
        self._processes = []
        for number, (each, folder) in enumerate(zip(homes, (out, self.there), strict=True)):
            os.makedirs(os.path.join(folder, ".stfolder"))
            _write(os.path.join(each, "config.xml"), _settings(folder, number, ids, ports))
            command = ["syncthing", f"-home={each}", "-no-browser", "-no-restart"]
            self._processes.append(subprocess.Popen(command, **quiet))  # type: ignore[call-overload]

    def close(self) -> None:
        for each in self._processes:
            each.kill()
            each.wait()


def _settings(folder: str, own: int, ids: list[str], ports: list[int]) -> str:
    """Nothing but the two of them, on this machine."""
    devices = "".join(
        f'<device id="{id}"><address>tcp://127.0.0.1:{port}</address></device>'
        for id, port in zip(ids, ports, strict=True)
    )
    members = "".join(f'<device id="{id}"></device>' for id in ids)
    return (
        f'<configuration version="35"><folder id="trial" path="{folder}" type="sendreceive" rescanIntervalS="3600" '
        f'fsWatcherEnabled="true" fsWatcherDelayS="1" ignorePerms="false">{members}'
        f"<ignoreDelete>{'true' if own else 'false'}</ignoreDelete></folder>{devices}"
        '<gui enabled="false"></gui><options>'
        f"<listenAddress>tcp://127.0.0.1:{ports[own]}</listenAddress><globalAnnounceEnabled>false"
        "</globalAnnounceEnabled><localAnnounceEnabled>false</localAnnounceEnabled><relaysEnabled>false"
        "</relaysEnabled><natEnabled>false</natEnabled><urAccepted>-1</urAccepted><crashReportingEnabled>false"
        "</crashReportingEnabled><startBrowser>false</startBrowser></options></configuration>"
    )


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def trial(
    kind: type[Rsync] | type[Syncthing], files: int, kills: int, seed: int, *arguments: str
) -> tuple[int, int, int]:
    """Clean files that arrived as they were, those that did not, and secrets that arrived."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as home:
        daemon = Daemon(home, *arguments)
        daemon.start()
        other = kind(home, daemon.out)
        try:
            clean: dict[str, str] = {}
            for batch in range(kills + 1):
                for number in range(files // (kills + 1)):
                    name = f"{batch}-{number}"
                    folder = os.path.join(daemon.out, f"f{dice.randrange(5)}")
                    os.makedirs(folder, exist_ok=True)
                    if dice.random() < 0.3:
                        _write(os.path.join(folder, f"leak-{name}"), f"{name}\n{SECRET}")
                    else:
                        clean[f"{os.path.basename(folder)}/fine-{name}"] = f"{name}\n{CLEAN}"
                        _write(os.path.join(folder, f"fine-{name}"), f"{name}\n{CLEAN}")
                    time.sleep(dice.random() * 0.04)
                time.sleep(dice.random() * 0.3 + 0.05)
                if batch < kills:
                    daemon.end(signal.SIGKILL)
                    daemon.start()
            daemon.quiet()
            there = _arrived(other.there, clean)
            daemon.end(signal.SIGTERM)
        finally:
            other.close()
            if daemon.process and daemon.process.poll() is None:
                daemon.end(signal.SIGKILL)
    leaks = sum("Lindholm" in text for text in there.values())
    intact = sum(there.get(name) == text for name, text in clean.items())
    return intact, len(clean) - intact, leaks


def _arrived(folder: str, wanted: dict[str, str]) -> dict[str, str]:
    """What is at the other end, once all that may come is there."""
    end = time.monotonic() + PATIENCE
    found: dict[str, str] = {}
    while time.monotonic() < end:
        found = {}
        for at, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(at, name)
                with suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
                    found[os.path.relpath(path, folder)] = file.read()
        if all(found.get(name) == text for name, text in wanted.items()):
            break
        time.sleep(0.5)
    time.sleep(2.0)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fanotify", action="store_true", help="opening waits for verdicts, too (root)")
    parser.add_argument("--smoke", action="store_true", help="a few files and one kill")
    given = parser.parse_args()
    files, kills = (24, 1) if given.smoke else (given.files, given.kills)
    arguments = ["--fanotify"] if given.fanotify else []
    wrong = False
    for name, kind in (("rsync", Rsync), ("syncthing", Syncthing)):
        if shutil.which(name) is None:
            print(f"{name}: not installed")
            continue
        intact, damaged, leaks = trial(kind, files, kills, given.seed, *arguments)
        print(f"{name}: {intact:,} clean files arrived intact, {damaged:,} did not; {leaks:,} secrets arrived")
        wrong |= damaged > 0 or (kind is Syncthing and leaks > 0)
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
