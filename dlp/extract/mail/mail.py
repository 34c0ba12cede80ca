"""Mail (RFC 822, MIME) and web archives (mhtml): one message with all its parts."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from dlp.extract import charset, raw
from dlp.limits import Limits
from dlp.model import Blob, Reason, Skipped, Text

_COUNT = rb"[0-9]{1,12}(?=[ \t]*+\r?\n)"


class MailExtractor:
    """Reads one message."""

    types = frozenset({"mail"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The headers (marks `header Subject`, `part 2 header Content-Type`), then the parts (provenances `body`,
        `part 2`, and below it the file name that the sender gives)."""
        from dlp.extract.mail.messages import read_message

        data = raw.read_upto(blob.stream, limits.max_part + 1)
        if len(data) > limits.max_part:
            yield Skipped(blob.provenance, Reason.LIMIT, f"mail: more than {limits.max_part} bytes, read as it stands")
            blob.stream.seek(0)
            yield Text(blob.provenance, "text", raw.read_chunks(blob.stream), [])
            return
        data = data.removeprefix(charset.UTF8_BOM)
        start, end = len(data) - len(data.lstrip(b" \t\r\n")), len(data)
        if counted := re.compile(_COUNT).match(data, start):  # Apple Mail: a count before, a property list behind
            start = data.index(b"\n", counted.end()) + 1
            if data.startswith((b"<?xml", b"<!DOCTYPE"), start + int(counted[0])):
                end = start + int(counted[0])
        yield from read_message(data, start, end, blob.provenance, limits)
        if data[end:].strip():
            yield Blob((*blob.provenance, "data behind the message"), io.BytesIO(data[end:]), len(data) - end)
