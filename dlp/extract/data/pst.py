"""Outlook data files (PST, OST): their strings. Outlook hides what it keeps by replacing each byte by another one; that
is undone. The structure of folders and messages is not followed, and that is said.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from dlp.extract import raw
from dlp.extract.binary import raw_readings
from dlp.extract.prefixed import prefixed_strings
from dlp.extract.wide import wide_strings
from dlp.limits import Limits
from dlp.model import Blob, Mark, Reason, Skipped, Text

_SHOWN = bytes.fromhex(
    "47f1b4e60b6a7248854e9eebe2f89453e0bba002e85a09abdbe3bac67cc310dd39059630f53760828cc9134a6b1df3fb"
    "8f2697ca911701c4322d6e3195ffd923d1005e79dc443b1a28c5615720903d83b943be67d2464276c06d5b7eb20f1629"
    "3ca903540dda5ddff6b7c762cd8d06d3695c86d614f7a56675acb1e94521700c879f74a4224c6fbf1f56aa2eb3783350"
    "b0a392bccf191ca763cb1e4d3e4b1b9b4fe7f0eead3ab55904ea40552551e57a893868527bfc27aed7bdfa07f4cc8e5f"
    "ef359c842b15d5773449b6120a7f7188fd9d18417d93d8582ccefe24afdeb836c8a180a69998a82f0e816573e4c2a28a"
    "d4e111d0088b2af2ed9a643fc16cf9ec"
)
"""What each stored byte stands for: [MS-PST] 5.1, the third of its tables."""

_PERMUTED, _CYCLIC = 1, 2
_UNICODE = 20
"""The lowest version of the form with wide figures."""


class PstExtractor:
    """Reads Outlook data files as strings."""

    types = frozenset({"pst"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The plain bytes and their strings; then, where they are hidden, the strings behind them. Raises OSError."""
        yield from raw_readings(blob)
        blob.stream.seek(0)
        head = raw.read_upto(blob.stream, 520)
        wide = len(head) >= 12 and int.from_bytes(head[10:12], "little") >= _UNICODE
        method = head[513 if wide else 461] if len(head) == 520 else 0
        if method == _PERMUTED:
            yield Text(blob.provenance, "text", _shown(blob), [Mark(0, "hidden bytes")])
            for reading in (wide_strings, prefixed_strings):
                marks: list[Mark] = []
                found = reading(_shown(blob), marks)
                if (first := next(found, None)) is not None:
                    yield Text(blob.provenance, "text", itertools.chain((first,), found), marks)
        if method == _CYCLIC:
            yield Skipped(blob.provenance, Reason.ENCRYPTED, "Outlook data file with high encryption")
        else:
            detail = "Outlook data file: its strings were read, its messages and attachments not as such"
            yield Skipped(blob.provenance, Reason.UNSUPPORTED, detail)


def _shown(blob: Blob) -> Iterator[bytes]:
    blob.stream.seek(0)
    for chunk in raw.read_chunks(blob.stream):
        yield bytes(chunk).translate(_SHOWN)
