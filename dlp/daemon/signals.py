"""What the system asks of the daemon, taken when it has time for it."""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import Final

TAKEN: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Signals:
    """A context manager: while it is entered, signals are noted and do nothing else."""

    def __init__(self) -> None:
        self.descriptor, self._noted = os.pipe()
        """Can be read from when there are any."""
        os.set_blocking(self.descriptor, False)
        os.set_blocking(self._noted, False)
        self._before = {number: signal.signal(number, self._note) for number in TAKEN}

    def _note(self, number: int, frame: FrameType | None) -> None:
        try:
            os.write(self._noted, bytes([number]))
        except BlockingIOError:
            return  # thousands wait to be seen already

    def take(self) -> bytes:
        """Their numbers, in the order in which they came."""
        try:
            return os.read(self.descriptor, 4096)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        """As it was before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self.descriptor)
        os.close(self._noted)
