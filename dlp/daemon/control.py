"""Asking a running daemon: a socket in its state folder, one question and one answer a connection, both JSON.

The folder is the user's alone (mode 0700), so only they can ask.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable
from typing import Final

import msgspec

from dlp.daemon.state import State
from dlp.errors import DlpError, UsageError

NAME: Final = "control"
MOST: Final = 1 << 20
"""Bytes of a question or an answer."""

PATIENCE: Final = 0.2
"""Seconds that the daemon waits for a question: who asks is at hand."""

_LONGEST: Final = 100
"""Bytes of a path that a socket can be named by: 103 on some systems."""


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`what`: `status` or `reload`."""

    what: str


class Answer(msgspec.Struct, frozen=True):
    """`problem`: why it could not be done."""

    state: State | None = None
    problem: str = ""


class Control:
    """The daemon's end."""

    def __init__(self, folder: str) -> None:
        """Raises OSError."""
        self._folder = folder
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        path = os.path.join(folder, NAME)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)  # of a daemon that was killed: the lock says that it is no more
        try:
            with _named(folder) as name:
                self._socket.bind(name)
            os.chmod(path, 0o600)
            self._socket.listen(8)
            self._socket.setblocking(False)
        except BaseException:
            self._socket.close()
            raise

    def fileno(self) -> int:
        return self._socket.fileno()

    def serve(self, answer: Callable[[Question], Answer]) -> None:
        """Answers those who ask now."""
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:  # nobody (any more)
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(PATIENCE)
                try:
                    question = msgspec.json.decode(_received(connection), type=Question)
                except msgspec.DecodeError:  # no question of ours: whoever asks it hears nothing
                    continue
                connection.sendall(msgspec.json.encode(answer(question)))

    def close(self) -> None:
        self._socket.close()
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(self._folder, NAME))


def ask(folder: str, what: str, seconds: float) -> State:
    """The state of the daemon whose state folder this is, after it has done what it was asked for. Raises UsageError
    where none runs, DlpError where it does not answer or could not do it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(seconds)
        try:
            with _named(folder) as name:
                connection.connect(name)
            connection.sendall(msgspec.json.encode(Question(what)))
            connection.shutdown(socket.SHUT_WR)
            answer = msgspec.json.decode(_received(connection), type=Answer)
        except (FileNotFoundError, ConnectionRefusedError):
            raise UsageError(f"no daemon runs with its state in {folder}; start one with: dlp watch") from None
        except TimeoutError:
            raise DlpError(f"the daemon with its state in {folder} has not answered for {seconds:g} seconds") from None
        except (OSError, msgspec.DecodeError) as error:
            raise DlpError(f"the daemon with its state in {folder} cannot be asked: {error}") from None
    if answer.problem or answer.state is None:
        raise DlpError(answer.problem or "the daemon did not say")
    return answer.state


def _received(connection: socket.socket) -> bytes:
    data = bytearray()
    while len(data) < MOST and (chunk := connection.recv(1 << 16)):
        data += chunk
    return bytes(data)


@contextlib.contextmanager
def _named(folder: str):  # type: ignore[no-untyped-def]
    """A short name of the socket in `folder`."""
    path = os.path.join(folder, NAME)
    if len(os.fsencode(path)) <= _LONGEST:
        yield path
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{handle}/{NAME}"
    finally:
        os.close(handle)
