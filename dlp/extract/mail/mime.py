"""The structure of a mail: which parts it has, and where each one stands. Nothing is decoded that need not be.

No byte belongs to no part: what stands before, between and behind the parts is a part of its own. Boundaries that are
missing or wrong are looked for; a part that cannot be taken apart is one text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from dlp.extract.mail import transfer
from dlp.extract.mail.mime_headers import Fields, parameters, read_fields

MAX_NESTED = 50
"""Multiparts inside one another, without a message between them."""

_GUESS = re.compile(rb"(?:^|\n)--([^\r\n\s-][^\r\n]{0,200}?)[ \t]*+\r?\n(?=[!-9;-~]{1,60}:)")
_GUESS_WITHIN = 1 << 20
_TYPE = re.compile(r"\s*([^\s;/]+)/([^\s;]+)")


class Part(msgspec.Struct):
    """One part. `label`: `body`, `part 2.1` or what stands outside all parts; `kind`: its content type, in lower case;
    its body is `data[start:end]`, still in `encodings`, which lists what the header names, mostly one."""

    label: str
    fields: Fields
    kind: str
    parameters: dict[str, str]
    encodings: list[str]
    data: bytes
    start: int
    end: int
    group: str
    """The label, or, for one of several alternatives, that of them together."""
    head: int
    """Where its header begins."""
    deep: bool = False
    """It is a multipart so deep inside others that it is not taken apart with them, but for itself."""
    container: bool = False

    @property
    def filename(self) -> str:
        """As the sender names it; for display only. Empty where there is none."""
        for value in self.fields.all("content-disposition"):
            if name := parameters(value).get("filename"):
                return name
        return self.parameters.get("name", "")


def parts(data: bytes, start: int, end: int, most: int) -> Iterator[Part]:
    """The parts of the message in `data[start:end]` in their order, each container before what it holds; the message
    itself is the first, labelled `body`. A container is taken apart into `most` parts, and a rest."""
    whole = _part(data, start, end, "body", "", "text/plain")
    if not whole.fields and _GUESS.match(data, start, end):  # parts without the head of their message
        whole.kind = "multipart/mixed"
    stack = [whole]
    depths = [0]
    while stack:
        part = stack.pop()
        depth = depths.pop()
        if part.kind.startswith("multipart/"):
            inside = _inside(part, depth, most)
            if inside:
                part.container = True
                stack += reversed(inside)
                depths += [depth + 1] * len(inside)
        yield part


def _part(data: bytes, start: int, end: int, label: str, group: str, default: str) -> Part:
    fields, at = read_fields(data, start, end)
    kind, given = default, {}
    for value in fields.all("content-type"):
        match = _TYPE.match(value)
        # Of several content types the one counts that has parts to show: readers differ, and this one hides nothing.
        if match and (kind == default or match[1].lower() == "multipart"):
            kind, given = f"{match[1]}/{match[2]}".lower(), parameters(value)
    encodings = list(dict.fromkeys(_token(value) for value in fields.all("content-transfer-encoding")))
    return Part(label, fields, kind, given, encodings or [""], data, at, end, group or label, start)


def _token(value: str) -> str:
    """`base64` of `(a comment) "base64"; x=y`."""
    bare = re.sub(r"\([^()]*\)", " ", value[:200]).partition(";")[0]
    return bare.strip(" \t\"'.").lower()


def _inside(part: Part, depth: int, most: int) -> list[Part]:
    """The parts of a multipart; none where no boundary is found."""
    data, start, end = part.data, part.start, part.end
    for encoding in part.encodings:
        decoded = transfer.decode(data[start:end], encoding) if encoding in ("base64", "quoted-printable") else None
        if decoded and b"--" in decoded[0]:  # which no standard allows and every reader does
            data, start, end = decoded[0], 0, len(decoded[0])
    boundary = part.parameters.get("boundary", "").encode("utf-8", "replace").rstrip()
    pieces = list(_split(data, start, end, boundary, most)) if boundary else []
    if len(pieces) < 2:
        guess = _GUESS.search(data, start, min(end, start + _GUESS_WITHIN))
        pieces = list(_split(data, start, end, guess[1], most)) if guess else []
    if len(pieces) < 2:
        return []
    if depth >= MAX_NESTED:
        part.deep = True
        return []
    default = "message/rfc822" if part.kind == "multipart/digest" else "text/plain"
    stem = part.label.removeprefix("part ") + "." if part.label.startswith("part ") else ""
    group = part.group if part.kind == "multipart/alternative" or part.group != part.label else ""
    found = []
    number = 0
    for outside, begin, stop in pieces:
        if not outside:
            number += 1
            found.append(_part(data, begin, stop, f"part {stem}{number}", group, default))
        elif data[begin:stop].strip():
            where = f"behind part {stem}{number}" if number else f"before part {stem}1"
            found.append(Part(where, Fields(), "text/plain", {}, [""], data, begin, stop, where, begin))
    return found


def _split(data: bytes, start: int, end: int, boundary: bytes, most: int) -> Iterator[tuple[bool, int, int]]:
    """Whether it lies outside of the parts, begin and end of each stretch between the boundary's lines."""
    delimiter = b"--" + boundary
    outside, begin = True, start
    at = start
    count = 0
    while (hit := data.find(delimiter, at, end)) >= 0 and count < most:
        at = hit + len(delimiter)
        if hit > start and data[hit - 1] not in b"\r\n":
            continue
        stop = data.find(b"\n", at, end)
        stop = end if stop < 0 else stop
        rest = data[at : min(stop, at + 80)].strip()
        if rest not in (b"", b"--"):
            continue
        close = hit
        if close > begin and data[close - 1] == 10:
            close -= 1
        if close > begin and data[close - 1] == 13:
            close -= 1
        yield outside, begin, close
        count += 1
        outside, begin = rest == b"--", min(end, stop + 1)
        at = begin
    yield outside or count == most, begin, end
