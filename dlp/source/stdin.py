"""Standard input, or any other stream that can be read only once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from dlp.model import Reason, Skipped
from dlp.source.opening import DESCRIPTOR, skip_reason
from dlp.source.seam import Item

NAME = "-"
_CHUNK = 1 << 20


class StdinSource:
    """One item, named `-`, with all that `stream` holds.

    The stream is read to its end at once, here, into a temporary file that has no name (in `TMPDIR`,
    mode 0600, made by `O_TMPFILE` where the system can): readers need to seek, and workers that are
    forked later have it open as `/dev/fd/N`. So a source of this kind must be made before the first
    worker is forked, and closed (or dropped) after the last result.

    max_file_size: bytes; of a longer stream nothing is kept, and it is a `Skipped`.
    """

    def __init__(self, stream: BinaryIO, *, max_file_size: int | None = None) -> None:
        import tempfile  # 3 ms that only this source costs

        self._found: Item | Skipped
        self._spool = tempfile.TemporaryFile(prefix="dlp-", buffering=0)  # noqa: SIM115 - closed by close()
        try:
            self._found = self._copy(stream, max_file_size)
        except OSError as error:  # a full disk, most often
            reason, detail = skip_reason(error)
            self._found = Skipped((NAME,), reason, f"while it was copied to a temporary file: {detail}")
        except BaseException:
            self.close()
            raise
        if isinstance(self._found, Skipped):
            self.close()

    def _copy(self, stream: BinaryIO, limit: int | None) -> Item | Skipped:
        size = 0
        while chunk := stream.read(_CHUNK if limit is None else min(_CHUNK, limit + 1 - size)):
            size += len(chunk)
            if limit is not None and size > limit:
                return Skipped((NAME,), Reason.TOO_LARGE, f"more than {limit:,} bytes, which is the limit")
            rest = memoryview(chunk)
            while rest:
                rest = rest[self._spool.write(rest) :]
        path = DESCRIPTOR + str(self._spool.fileno()).encode()
        return Item(path, NAME, NAME, size)

    def items(self) -> Iterator[Item | Skipped]:
        """The one item, or why there is none."""
        yield self._found

    def close(self) -> None:
        """Give the copy back to the system. May be called twice."""
        self._spool.close()
