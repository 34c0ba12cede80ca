"""Telling of incidents, in a process of its own: whom to tell may hang, and then nothing else does."""

from __future__ import annotations

import os
import threading
import time
from typing import Final

import msgspec

from dlp.daemon.child import Child, received, send
from dlp.daemon.log import Log
from dlp.errors import DlpError

LONGEST_PAUSE: Final = 60.0
"""Seconds until the process is started anew, at most."""


class Arguments(msgspec.Struct, frozen=True):
    """`folder`: of the incidents."""

    folder: str


class Round(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """What one round of sending came to. `problems`: by target."""

    incidents: int
    problems: dict[str, str]


class Over(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Why nothing can be sent."""

    problem: str


Message = Round | Over


def main(life: int, out: int) -> None:
    """In the process."""
    folder = received(Arguments).folder
    threading.Thread(target=_send, args=(folder, out), daemon=True).start()
    os.read(life, 1)  # nothing ever comes; it ends when the daemon has ended
    os._exit(0)


def _send(path: str, out: int) -> None:
    from dlp.incident import settings
    from dlp.incident.folder import Folder
    from dlp.incident.notify.sender import Sender, Sent

    def told(made: Sent) -> None:
        send(out, Round(made.incidents, dict(made.problems)))

    try:
        with Folder(path) as folder:
            Sender(folder.log(), settings.load(path).targets).run_until(threading.Event(), told)
    except DlpError as error:
        send(out, Over(str(error)))
    except Exception as error:  # noqa: BLE001  # told by its type, since nobody else sees it
        send(out, Over(f"a defect: {type(error).__name__}"))
    os._exit(0)


class Sending:
    """The daemon's side, for one folder of incidents."""

    def __init__(self, folder: str, log: Log) -> None:
        self._folder, self._log = folder, log
        self._child: Child[Message] | None = None
        self._start_at = 0.0
        self._failures = 0
        self.problem = ""
        """Why nobody can be told of anything now; empty for nothing."""

    @property
    def descriptors(self) -> list[int]:
        return [self._child.messages] if self._child else []

    def look(self) -> None:
        """Everything that has come; a process that has ended is started anew."""
        now = time.monotonic()
        if self._child is None:
            if now >= self._start_at:
                self._child = Child(Message, __name__, Arguments(self._folder))
            return
        try:
            messages = self._child.read()
        except ValueError:
            messages = [Over("it says what makes no sense")]
        for message in messages:
            if isinstance(message, Over):
                self._lose(message.problem, now)
                return
            self._failures, self.problem = 0, ""
            for name, problem in message.problems.items():
                self._log.warning("not-told", f"incidents wait to be told of: {problem}", target=name)
        if self._child.ended:
            self._lose("its process has ended", now)

    def _lose(self, why: str, now: float) -> None:
        self.close()
        self._failures += 1
        wait = min(LONGEST_PAUSE, 2.0**self._failures)
        self._start_at = now + wait
        self._log.error("sending-lost", f"telling of incidents is begun anew in {wait:g} seconds: {why}")
        self.problem = why

    def close(self) -> None:
        """What was on its way is sent again, under the same id."""
        if self._child:
            self._child.close()
            self._child = None
