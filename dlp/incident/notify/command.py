"""A program of the user's own, which gets the message as JSON on its standard input."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress

from dlp.incident.notify.message import Message, public
from dlp.incident.notify.seam import NotSent
from dlp.incident.notify.targets import Command

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
"""Of the environment: no key of the store gets there."""


class CommandWay:
    """One target."""

    def __init__(self, target: Command) -> None:
        self._target = target

    def send(self, message: Message) -> None:
        run = self._target.run
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        try:
            process = subprocess.Popen(
                run, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env=environment, cwd="/", start_new_session=True,
            )  # fmt: skip
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it has a NUL in it"
            raise NotSent(f"{run[0]} cannot be run: {why}") from None
        try:
            process.communicate(public(message), timeout=self._target.seconds)
        except subprocess.TimeoutExpired:
            raise NotSent(f"{run[0]} did not end within {self._target.seconds:g} seconds") from None
        finally:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # with what it started
                process.communicate()
        if process.returncode:
            raise NotSent(f"{run[0]} ended with {process.returncode}")

    def close(self) -> None:
        """Nothing is kept open."""
