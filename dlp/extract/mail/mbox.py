"""Mailboxes: several messages in one file, each behind a line that begins with `From `. Only one message is in memory
at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from dlp.extract import raw
from dlp.limits import Limits
from dlp.model import Blob, Mark, Reason, Skipped, Text

_PIECE = 1 << 20
_LONGEST = 1024
_FROM = rb"^From [^\r\n]{0,300}[0-9]:[0-9]{2}[^\r\n]{0,100}\r?\n(?=>?From |[!-9;-~]{1,80}[ \t]*+:|\r?\n)"


class MboxExtractor:
    """Reads any number of messages."""

    types = frozenset({"mbox"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """As a mail, each message below a provenance `message 12`, counted from 1."""
        from dlp.extract.mail.messages import read_message

        number = 0
        for start, end in _messages(blob.stream):
            blob.stream.seek(start)
            data = raw.read_upto(blob.stream, min(end - start, limits.max_part))
            if not data.strip():
                continue
            number += 1
            where = (*blob.provenance, f"message {number}")
            if end - start > limits.max_part:
                yield Skipped(where, Reason.LIMIT, f"mail: more than {limits.max_part} bytes, the rest was not read")
                yield Text(where, "text", iter((data,)), [Mark(0, "as it stands")])
            else:
                yield from read_message(data, 0, len(data), where, limits)


def _messages(stream: BinaryIO) -> Iterator[tuple[int, int]]:
    """Where each message begins and ends. The stream may be moved between two of them."""
    start, at = 0, 0
    while True:
        stream.seek(at)
        piece = raw.read_upto(stream, _PIECE)
        last = len(piece) < _PIECE
        for match in re.finditer(_FROM, piece, re.MULTILINE):
            begin = at + match.start()
            if begin <= start or (match.start() == 0 and at):  # seen before, or no line's beginning
                continue
            yield start, begin
            start = begin
        if last:
            break
        # A line that this piece cuts is looked at again as a whole, and so is the line break before it.
        line = piece.rfind(b"\n", 0, _PIECE - _LONGEST) + 1
        at += line or _PIECE - _LONGEST
    end = at + len(piece)
    if end > start:
        yield start, end
