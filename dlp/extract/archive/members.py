"""A member of an archive that streams by, as a blob."""

from __future__ import annotations

import io
from collections.abc import Iterator

from dlp.extract import raw
from dlp.extract.unpacking import Forward, once
from dlp.model import Blob, Provenance, Reason, Skipped


def member(stream: Forward, provenance: Provenance, size: int) -> Iterator[Blob | Skipped]:
    """The next `size` bytes of `stream`, which stands behind them afterwards, whoever read how much; and whether some
    are missing."""
    end = stream.position + size
    if size <= raw.HEAD:
        data = stream.read(size)
        if data:
            yield Blob(provenance, io.BytesIO(data), len(data))
    else:
        yield Blob(provenance, once(stream.pieces(size)), -1)
    if stream.position < end:
        stream.skip(end - stream.position)
    if stream.position < end:
        yield Skipped(provenance, Reason.CORRUPT, "archive member is cut short")
