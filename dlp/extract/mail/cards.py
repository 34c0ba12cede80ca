"""Contacts and calendars (vCard, iCalendar): lines unfolded, values decoded, what is in base64 as blobs."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from dlp.extract import raw
from dlp.extract.marking import Marker
from dlp.extract.text import TextExtractor
from dlp.limits import Limits
from dlp.model import Blob, Mark, Reason, Skipped, Text


class CardExtractor:
    """Reads vcf and ics files."""

    types = frozenset({"card"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """One text (marks `line 12`), then the blobs, named by their property and line."""
        from dlp.extract.mail import transfer
        from dlp.extract.mail.mime_headers import in_charset

        data = raw.read_upto(blob.stream, limits.max_part + 1)
        blob.stream.seek(0)
        if len(data) > limits.max_part:
            yield from TextExtractor().extract(blob, limits)
            detail = f"card: more than {limits.max_part} bytes, its encoded values were not read"
            yield Skipped(blob.provenance, Reason.LIMIT, detail)
            return
        text: list[tuple[str, str]] = []
        blobs: list[tuple[str, bytes]] = []
        for number, line in _unfolded(data):
            head, _, value = line.partition(b":")
            name, *given = head.decode("utf-8", "replace").lower().split(";")
            encodings = {each.removeprefix("encoding=").strip('"') for each in given}
            place = f"line {number}"
            if encodings & {"b", "base64"}:
                content, whole = transfer.base64(value)
                if content:
                    blobs.append((f"{name} in line {number}", content))
                line = head + b":" if whole else line
            elif "quoted-printable" in encodings:
                label = next((each[8:] for each in given if each.startswith("charset=")), "utf-8")
                content, whole = transfer.quoted_printable(value)
                if not whole:
                    text.append((place, line.decode("utf-8", "replace")))
                text.append((place, f"{head.decode('utf-8', 'replace')}:{in_charset(content, label)}"))
                continue
            text.append((place, _value(in_charset(line, "utf-8"))))
        marks: list[Mark] = []
        yield Text(blob.provenance, "text", iter((Marker(marks).chunk(text),)), marks)
        for name, content in blobs:
            yield Blob((*blob.provenance, name), io.BytesIO(content), len(content))


def _value(line: str) -> str:
    if "\\" not in line:
        return line
    return re.sub(r"\\([nN,;:\\])", lambda match: "\n" if match[1] in "nN" else match[1], line)


def _unfolded(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each line with those that continue it, and its number from 1."""
    gathered: list[bytes] = []
    begun = 1
    soft = False
    for number, line in enumerate(data.splitlines(), 1):
        if gathered and (soft or line[:1] in (b" ", b"\t")):
            gathered.append(line if soft else line[1:])
        else:
            if gathered:
                yield begun, b"".join(gathered)
            gathered, begun = [line], number
            quoted = b"QUOTED-PRINTABLE" in line.partition(b":")[0].upper()
        soft = quoted and line.endswith(b"=")
        if soft:
            gathered[-1] = gathered[-1][:-1]
    if gathered:
        yield begun, b"".join(gathered)
