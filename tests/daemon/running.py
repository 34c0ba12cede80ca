"""A daemon, run as a user runs it, over folders of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dlp.daemon.control import ask
from dlp.daemon.state import State
from dlp.errors import DlpError

from ..cli.running import Dlp

PATIENCE = 60.0


class Daemon:
    """`dlp watch` over `folder`, with its output in files; it can be ended and started anew."""

    def __init__(self, dlp: Dlp, home: Path, *arguments: object, hook: str = "", within: Sequence[str] = ()) -> None:
        """`within`: a command that runs the one given behind it."""
        self._within = within
        self.folder, self.state = home / "outbox", home / "state"
        self.folder.mkdir(exist_ok=True)
        self._dlp, self._hook = dlp, hook
        self._arguments = arguments or ("--no-rules", "--all", "-j", 1, self.folder)
        self._out, self._err = home / "out.jsonl", home / "err.jsonl"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, ready: bool = True) -> None:
        command = self._dlp.command(
            "watch", "-f", "jsonl", "--log-format", "json", "--state", self.state, *self._arguments, hook=self._hook
        )
        command = [*self._within, *command]
        with open(self._out, "ab") as out, open(self._err, "ab") as err:
            self.process = subprocess.Popen(command, stdout=out, stderr=err, env=self._dlp.environment)
        if ready:
            self.until(lambda state: state.comparison is not None and not state.comparing)

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self.process = None
        return code

    def now(self) -> State | None:
        """What it says of itself; None while it says nothing."""
        assert self.process is not None
        assert self.process.poll() is None, self._err.read_text()
        try:
            return ask(str(self.state), "status", 10)
        except DlpError:
            return None

    def until(self, true: Callable[[State], bool]) -> State:
        """Waits for something to come about."""
        end = time.monotonic() + PATIENCE
        state = None
        while time.monotonic() < end:
            state = self.now()
            if state is not None and true(state):
                return state
            time.sleep(0.05)
        raise AssertionError(f"it did not come about: {state}\n{self._err.read_text()[-4000:]}")

    def quiet(self) -> State:
        """Waits until nothing is left to be judged, for as long as hints take to come."""
        time.sleep(0.3)
        return self.until(lambda state: not (state.queue or state.settling or state.reading or state.comparing))

    @property
    def results(self) -> list[dict[str, Any]]:
        """What it has told so far; a line that is being written is left out."""
        lines = self._out.read_bytes().split(b"\n")[:-1]
        return [each for line in lines if line and "path" in (each := json.loads(line))]

    @property
    def told(self) -> Counter[str]:
        """How often each path was told of, relative to the folder."""
        return Counter(os.path.relpath(each["path"], self.folder) for each in self.results)

    @property
    def verdicts(self) -> dict[str, str]:
        """The last of each path."""
        return {os.path.relpath(each["path"], self.folder): each["verdict"] for each in self.results}

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._err.read_bytes().split(b"\n")[:-1] if line.startswith(b"{")]

    def heard(self, event: str) -> bool:
        return any(each["event"] == event for each in self.events)


@contextmanager
def running(daemon: Daemon) -> Iterator[Daemon]:
    daemon.start()
    try:
        yield daemon
    finally:
        if daemon.process is not None:
            daemon.process.kill()
            daemon.process.wait()
