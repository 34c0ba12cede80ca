"""What is in a message: every header of every part decoded, every text part read, everything else a
blob that its content tells the type of, whatever its header says.

A part is decoded when its turn comes. What a header says wrongly about its part costs nothing: the part is then read
as it stands as well.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from dlp.extract import charset, raw
from dlp.extract.charset_names import codec_of, shifts
from dlp.extract.detect import detect
from dlp.extract.mail import openpgp, transfer
from dlp.extract.mail.mime import Part, parts
from dlp.extract.mail.mime_headers import parameters
from dlp.extract.marking import Marker
from dlp.extract.markup import html
from dlp.extract.text import is_plain_utf8
from dlp.limits import Limits
from dlp.model import Blob, Mark, Provenance, Reason, Skipped, Text

AS_IT_STANDS = "encoded text as it stands"
"""The locator of a part that says wrongly how it is encoded."""

_YENC = b"=ybegin "
_SHORT = 1024
_NUMBERED = re.compile(r'(\bboundary="?)[=_.\-]{2,40}[0-9]{10,25}[=_.\-]{0,40}(?=["; ]|$)', re.IGNORECASE)
"""A boundary that is a random number, which may look like that of a payment card. It was used up taking parts apart."""


def read_message(
    data: bytes, start: int, end: int, provenance: Provenance, limits: Limits
) -> Iterator[Text | Blob | Skipped]:
    """Everything in the message in `data[start:end]`."""
    first = data.find(b"\r", start, end)
    if first >= 0 and data[first + 1 : first + 2] != b"\n" and data.find(b"\n", start, first) < 0:
        data = re.sub(rb"\r(?!\n)", b"\n", data[start:end])  # as old Macintoshes ended lines
        start, end = 0, len(data)
    found: list[Part] = []
    more = False
    for part in parts(data, start, end, limits.max_members + 1):
        if len(found) >= limits.max_members:
            more = True
            break
        found.append(part)
    marks: list[Mark] = []
    yield Text(provenance, "text", _headers(found, Marker(marks)), marks)
    for part in found:
        yield from _part(part, provenance, limits)
    if more:
        yield Skipped(provenance, Reason.LIMIT, f"mail: more than {limits.max_members} parts, read as they stand")
        yield Text(provenance, "text", iter((data[found[-1].end : end],)), [Mark(0, "the parts that are too many")])


def _headers(found: list[Part], marker: Marker) -> Iterator[bytes]:
    for part in found:
        stem = "" if part.label == "body" else part.label + " "
        lines = []
        for field in part.fields:
            place = f"{stem}header {field.name}"
            text = field.text
            if part.container and field.key == "content-type":
                text = _NUMBERED.sub(r"\1...", text)
            lines.append((place, f"{field.name}: {text}"))
            if "*" in text or "=?" in text or b"=?" in field.value:
                lines += [(place, f"{name}: {value}") for name, value in parameters(text).items() if value not in text]
        if lines:
            yield marker.chunk(lines)


def _part(part: Part, provenance: Provenance, limits: Limits) -> Iterator[Text | Blob | Skipped]:
    if part.container:
        return
    body = part.data[part.start : part.end]
    if not body.strip():
        return
    where = (*provenance, part.label)
    if part.kind == "message/partial":
        detail = "one piece of a message that was sent in several"
        yield Skipped(where, Reason.UNSUPPORTED, f"mail: {detail}; the others are not in this file")
    elif part.kind == "message/external-body":
        yield Skipped(where, Reason.UNSUPPORTED, "mail: a part whose content is not in this file")
    elif part.deep:
        content = part.data[part.head : part.end]
        yield Blob((*where, "message.eml"), io.BytesIO(content), len(content))
        return
    lies = False
    for encoding in part.encodings:
        decoded = transfer.decode(body, encoding)
        if decoded is None:
            yield Skipped(where, Reason.UNSUPPORTED, "mail: unknown transfer encoding; the part is read as it stands")
        content, whole = decoded or (body, True)
        encoded = content is not body
        lies = lies or not whole
        if not content:
            continue
        if _YENC in content and _is_shown(part):
            content, files = transfer.yenc(content)
            for name, data in files:
                yield Blob((*where, name), io.BytesIO(data), len(data))
            if not content:
                continue
        kind = detect(content[: raw.HEAD])
        # Octets that are nothing known may be what a text gives that was never encoded; `x=DEAD` gives even letters.
        lies = lies or (encoded and (kind == "binary" or (len(body) <= _SHORT and encoding != "base64")))
        if (kind in ("text", "html") or (kind == "markup" and part.kind == "text/html")) and _is_shown(part):
            codec = codec_of(part.parameters.get("charset", "")) or ""
            text, doubtful = _in_utf8(content, codec)
            lies = lies or (encoded and doubtful)
            if text is not None:
                yield from _text(part, text, provenance, limits, kind == "html" or part.kind.endswith("html"))
                if doubtful:
                    yield Blob(where, io.BytesIO(content), len(content))
                continue
        yield Blob((*where, *_name(part)), io.BytesIO(content), len(content))
    if lies or len(part.encodings) > 1:
        yield Text(where, "text", iter((body,)), [Mark(0, AS_IT_STANDS)], again=True)


def _is_shown(part: Part) -> bool:
    """Whether it is text of the message, and not a file beside it."""
    return (part.kind.startswith("text/") or part.kind == "message/external-body") and not part.filename


def _name(part: Part) -> tuple[str, ...]:
    """What to call a blob below its part's label."""
    name = part.filename
    if part.kind in ("message/rfc822", "message/global", "message/news"):
        return (name if name.lower().endswith(".eml") else f"{name or 'message'}.eml",)
    return (name,) if name else ()


def _text(part: Part, text: bytes, provenance: Provenance, limits: Limits, is_html: bool) -> Iterator[
    Text | Blob | Skipped
]:
    where = (*provenance, part.group)
    if is_html:
        marks: list[Mark] = []
        yield Text(where, "text", html.words(iter((text,)), marks, "" if part.group == part.label else "html "), marks)
    else:
        if part.parameters.get("format", "").lower() == "flowed" and part.parameters.get("delsp", "").lower() == "yes":
            text = re.sub(rb" \r?\n(?!-- )", b"", text)  # words are broken where no space was
        yield Text(where, "text", iter((text,)), [])
    if openpgp.ARMOUR in text:
        yield from openpgp.armoured(text, where, limits)


def _in_utf8(content: bytes, codec: str) -> tuple[bytes | None, bool]:
    """The text as UTF-8, None where only its own charset detection can tell; and whether it is to be read as a blob
    besides, for its charset may be another one."""
    if not (codec and shifts(codec)) and is_plain_utf8(content):
        return content.removeprefix(charset.UTF8_BOM), False
    if not codec or codec.startswith("utf_8"):
        return None, True
    try:
        text = content.decode(codec)
    except UnicodeError:
        return None, True
    found = None if shifts(codec) else charset.narrow(content[: raw.HEAD], last=len(content) <= raw.HEAD)
    return text.encode("utf-8", "replace"), found is None or found.codec is None or found.codec != codec
