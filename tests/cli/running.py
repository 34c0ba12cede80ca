"""The command, run as a user runs it: in a process of its own, with a store of its own."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
EXAMPLES = PROJECT / "examples"

FORMULA = (EXAMPLES / "secrets/hx7-formulation.md").read_text()
LEAK = FORMULA[600:1800]
"""About 200 words of a registered document."""

HARMLESS = (EXAMPLES / "outbox/minutes.md").read_text()


class Ran:
    """What came of one call."""

    def __init__(self, code: int, out: bytes, err: bytes) -> None:
        self.code, self.raw, self.raw_err = code, out, err
        self.out, self.err = out.decode("utf-8", "replace"), err.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.raw.splitlines()]

    @property
    def verdicts(self) -> dict[str, str]:
        """By name of the file; of a report in JSON."""
        return {os.path.basename(each["path"]): each["verdict"] for each in self.json["results"]}

    @property
    def reasons(self) -> dict[str, list[str]]:
        """Why what was not read was not, by name of the file; of a report in JSON."""
        return {
            os.path.basename(each["path"]): [skipped["reason"] for skipped in each["skipped"]]
            for each in self.json["results"]
            if each["skipped"]
        }


class Dlp:
    """Calls `dlp` with a store in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store, self.key = folder / "store", folder / "store.key"
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("NO_COLOR", "FORCE_COLOR", "TERM") and not name.startswith(("DLP_", "XDG_", "PYTHONIO"))
        } | {"HOME": str(folder), "DLP_STORE": str(self.store), "DLP_KEY_FILE": str(self.key)}
        self.environment["DLP_CACHE"] = os.environ["DLP_CACHE"]

    def command(self, *arguments: object, hook: str = "") -> list[str | bytes]:
        """`hook`: Python to run before the command, in its process."""
        code = f"{hook}\nfrom dlp.cli import main\nmain()"
        given = [each if isinstance(each, bytes) else str(each) for each in arguments]
        return [sys.executable, "-c", code, *given]

    def __call__(
        self,
        *arguments: object,
        stdin: bytes = b"",
        hook: str = "",
        environment: dict[str, str] | None = None,
        **options: Any,
    ) -> Ran:
        done = subprocess.run(
            self.command(*arguments, hook=hook),
            input=stdin,
            capture_output=True,
            env=self.environment | (environment or {}),
            timeout=60,
            **options,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: object, hook: str = "", **options: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(*arguments, hook=hook),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            **options,
        )

    def on_a_terminal(self, *arguments: object, environment: dict[str, str] | None = None, hook: str = "") -> Ran:
        """With standard output and error on a terminal of 100 columns; what it showed is `out`."""
        parent, child = pty.openpty()
        running = subprocess.Popen(
            self.command(*arguments, hook=hook),
            stdin=subprocess.DEVNULL,
            stdout=child,
            stderr=child,
            env=self.environment | {"TERM": "xterm", "COLUMNS": "100"} | (environment or {}),
        )
        os.close(child)
        shown = bytearray()
        try:
            while more := os.read(parent, 1 << 16):
                shown += more
        except OSError:  # Linux ends a terminal that nobody has open any more so
            pass
        os.close(parent)
        return Ran(running.wait(30), bytes(shown), b"")


def until(true: Callable[[], bool]) -> None:
    """Waits for something to come about."""
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


def interrupted(running: subprocess.Popen[bytes], ready: Callable[[], bool], number: int = signal.SIGINT) -> Ran:
    """What came of a command that gets a signal once `ready`."""
    until(ready)
    running.send_signal(number)
    out, err = running.communicate(timeout=30)
    return Ran(running.returncode, out, err)


BEGUN = """if True:
    import threading, time
    from dlp.scan.member import Member
    give = Member.give
    def told(self, batch):
        before = self.reported + len(self.pending)
        give(self, batch)
        for place, item in enumerate(batch):
            if item.name.endswith("slow"):
                def wait(number=before + place, path=item.path):
                    while self._slot[0] < number:
                        time.sleep(0.005)
                    open(path + b".begun", "w").close()
                threading.Thread(target=wait, daemon=True).start()
    Member.give = told
"""
"""A hook: `slow.begun` says that a worker is at the file `slow`. The worker itself can write nothing."""

SLOW = (
    BEGUN
    + """if True:
    from dlp.scan.pipeline import Pipeline
    plain = Pipeline.scan
    def scan(self, item):
        if item.name.endswith("slow"):
            time.sleep(60)
        return plain(self, item)
    Pipeline.scan = scan
"""
)
"""A hook: files named `slow` take a minute, and `slow.begun` says that it has begun."""

CRASH = """if True:
    import os
    from dlp.scan.pipeline import Pipeline
    plain = Pipeline.scan
    def scan(self, item):
        if item.name.endswith("crash"):
            os.kill(os.getpid(), 9)
        return plain(self, item)
    Pipeline.scan = scan
"""
"""A hook: the worker that reads a file named `crash` is killed."""
