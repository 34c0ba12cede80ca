"""What a way of telling must offer."""

from __future__ import annotations

from typing import Protocol

from dlp.incident.notify.message import Message


class NotSent(Exception):
    """It did not get through. `str` says why, and holds nothing of the message. `wait`: seconds that the other side
    asks for; `final`: to try again is of no use."""

    def __init__(self, why: str, *, wait: float = 0.0, final: bool = False) -> None:
        super().__init__(why)
        self.wait = wait
        self.final = final


class Way(Protocol):
    """Sends messages to one target. What it has open may be used by one thread."""

    def send(self, message: Message) -> None:
        """Returns when the other side has it, as far as that can be known. Bounded in time. Raises NotSent."""
        ...

    def close(self) -> None: ...
