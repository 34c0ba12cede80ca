"""A helper process of the daemon: a Python of its own, given its arguments and a pipe for what it has to tell.

What may hang or die (a network file system, a thread of a library) does so in a process of its own, and the daemon
itself stays without threads, so that it can fork the workers that read files. It is started anew and not forked: SQLite
and the libraries that watch do not bear that.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import Any, Final, Generic, TypeVar

import msgspec

HEADER: Final = 4
MAX_FRAME: Final = 64 << 20
_READ: Final = 1 << 18

_CODE: Final = (
    "import sys; from importlib import import_module; module, life, out, *sys.path = sys.argv[1:]; "
    "import_module(module).main(int(life), int(out))"
)
"""Without the current folder on the path: somebody may have put modules of theirs there."""

T = TypeVar("T")


class Child(Generic[T]):
    """The daemon's side. Messages of the type `kind` come from the process."""

    def __init__(self, kind: Any, module: str, arguments: msgspec.Struct) -> None:
        """Starts `main(life, out)` of `module`, which gets `arguments` by `received`. It ends when `life` can be read
        from, which is when the daemon has ended or let go of it, and writes frames to `out` (see `send`). Raises
        OSError."""
        self._decode = msgspec.msgpack.Decoder(kind).decode
        self._buffer = bytearray()
        life, self._life = os.pipe()
        self.messages, out = os.pipe()
        os.set_blocking(self.messages, False)
        try:
            command = [sys.executable, "-I", "-c", _CODE, module, str(life), str(out), *sys.path]
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=(life, out),
                start_new_session=True,  # Ctrl-C is the daemon's
            )
        except BaseException:
            os.close(self._life)
            os.close(self.messages)
            raise
        finally:
            os.close(life)
            os.close(out)
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError), self._process.stdin as pipe:
            pipe.write(msgspec.msgpack.encode(arguments))
        self.ended = False
        """Whether the process has closed its pipe."""

    def read(self) -> list[T]:
        """The messages that have come. Raises ValueError for what is none."""
        messages = []
        while not self.ended:
            try:
                chunk = os.read(self.messages, _READ)
            except BlockingIOError:
                break
            self.ended = not chunk
            self._buffer += chunk
            while len(self._buffer) >= HEADER:
                end = HEADER + int.from_bytes(self._buffer[:HEADER], "little")
                if end > MAX_FRAME:
                    raise ValueError("a message is too long")
                if len(self._buffer) < end:
                    break
                messages.append(self._decode(self._buffer[HEADER:end]))
                del self._buffer[:end]
            if len(chunk) < _READ:
                break
        return messages

    def close(self) -> None:
        """Ends the process. May be called again."""
        if self._life < 0:
            return
        os.close(self._life)
        os.close(self.messages)
        self._life = -1
        self._process.kill()
        self._process.wait()


def received(kind: type[T]) -> T:
    """In the process: its arguments."""
    return msgspec.msgpack.decode(sys.stdin.buffer.read(), type=kind)


def send(out: int, message: Any) -> None:
    """In the process: one message. Waits until the daemon takes it; where that is gone, the process ends."""
    body = msgspec.msgpack.encode(message)
    rest = memoryview(len(body).to_bytes(HEADER, "little") + body)
    try:
        while rest:
            rest = rest[os.write(out, rest) :]
    except OSError:
        os._exit(0)
