"""Signed messages and certificates: CMS (p7m, p7s, PKCS #7), X.509, PKCS #8 and #12, as DER, BER or PEM.

One walk over the ASN.1, bounded and without recursion: every character string is text, the signed content is a blob,
octets that are ASN.1 themselves are walked into, and what is encrypted is said.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator

import msgspec

from dlp.extract import raw
from dlp.limits import Limits
from dlp.model import Blob, Mark, Reason, Skipped, Text

_PEM_BODY = rb"-----BEGIN [A-Z0-9 #]{3,40}-----[ \t]*\r?\n([^-]*)"
_MAX_NODES = 200_000
_MAX_DEPTH = 100

_ENCRYPTED = {
    "1.2.840.113549.1.7.3": "enveloped message",
    "1.2.840.113549.1.7.4": "signed and enveloped message",
    "1.2.840.113549.1.7.6": "encrypted data",
    "1.2.840.113549.1.9.16.1.23": "enveloped message",
    "1.2.840.113549.1.5.13": "private key under a password",
    "1.2.840.113549.1.12.10.1.2": "private key under a password",
    "1.2.840.113549.1.5.3": "private key under a password",
    "1.2.840.113549.1.5.10": "private key under a password",
    "1.2.840.113549.1.12.1.3": "private key under a password",
    "1.2.840.113549.1.12.1.6": "private key under a password",
}
_COMPRESSED = "1.2.840.113549.1.9.16.1.9"
_STRINGS = {
    12: "utf-8",
    18: "ascii",
    19: "ascii",
    20: "latin-1",
    21: "latin-1",
    22: "latin-1",
    25: "latin-1",
    26: "ascii",
    27: "latin-1",
    28: "utf-32-be",
    30: "utf-16-be",
}


class _Node(msgspec.Struct):
    """An element: class and tag, where its content begins and ends (-1: where its end mark stands)."""

    kind: int
    tag: int
    start: int
    end: int
    content: bool = False
    """Whether octets directly in it are the content of a message: it is tagged [0] and stands behind a type."""
    packed: bool = False
    pieces: list[bytes] | None = None
    """Of a string in pieces: those, as they come."""
    type: str = ""
    """The object identifier that its last child is."""


class CmsExtractor:
    """Reads ASN.1."""

    types = frozenset({"der", "cms"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The strings as one text, the signed content as a blob, and what is encrypted."""
        from dlp.extract.mail import transfer

        data, skipped = raw.read_part(blob, limits, "ASN.1")
        yield from skipped
        if data[:1] != b"\x30":
            blob.stream.seek(0)
            yield Text(blob.provenance, "text", raw.read_chunks(blob.stream), [])
            ders = [transfer.base64(body[1])[0] for body in re.finditer(_PEM_BODY, data)] or [transfer.base64(data)[0]]
        else:
            ders = [data]
        for der in ders:
            yield from _read(blob, der, limits)


def _read(blob: Blob, der: bytes, limits: Limits) -> Iterator[Text | Blob | Skipped]:
    walk = _Walk(der)
    walk.run()
    if walk.lines:
        text = "\n".join(walk.lines).encode("utf-8", "replace")
        yield Text(blob.provenance, "text", iter((text,)), [Mark(0, "names and attributes")])
    for packed, content in walk.contents:
        if packed:
            unpacker = zlib.decompressobj()
            most = min(limits.max_part, max(limits.ratio_after, limits.max_ratio * len(content)))
            try:
                content = unpacker.decompress(content, most)
            except zlib.error:
                yield Skipped(blob.provenance, Reason.CORRUPT, "CMS: damaged packed content")
                continue
            if not unpacker.eof:
                yield Skipped(blob.provenance, Reason.LIMIT, f"CMS: content unpacks to more than {most} bytes")
        if content:
            yield Blob((*blob.provenance, "content"), io.BytesIO(content), len(content))
    if walk.rest:
        rest = b"\n".join(walk.rest)
        yield Text(blob.provenance, "text", iter((rest,)), [Mark(0, "other bytes")])
    for what in walk.encrypted:
        yield Skipped(blob.provenance, Reason.ENCRYPTED, f"CMS: {what}")
    if walk.flaw:
        yield Skipped(blob.provenance, walk.flaw[0], f"ASN.1: {walk.flaw[1]}")


class _Walk:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.lines: list[str] = []
        self.contents: list[tuple[bool, bytes]] = []
        self.rest: list[bytes] = []
        """Octets that are neither text nor ASN.1: key material mostly, or what somebody put in its place."""
        self.encrypted: list[str] = []
        self.flaw: tuple[Reason, str] | None = None

    def run(self) -> None:
        data = self._data
        stack: list[_Node] = [_Node(0, 16, 0, len(data))]
        at = 0
        for _ in range(_MAX_NODES):
            while stack and 0 <= stack[-1].end <= at:
                at = self._close(stack.pop(), at)
            if not stack or at >= len(data):
                break
            if data[at : at + 2] == b"\0\0" and stack[-1].end < 0:
                at = self._close(stack.pop(), at) + 2
                continue
            try:
                first, tag, start, length = _header(data, at)
            except IndexError:
                self._spoilt(at, "an element cut short")
                break
            outer = stack[-1]
            limit = next((node.end for node in reversed(stack) if node.end >= 0), len(data))
            if length >= 0 and start + length > limit:
                self._spoilt(at, "an element longer than what it stands in")
                length = limit - start
                if length < 0:
                    break
            end = start + length if length >= 0 else -1
            kind = first >> 6
            if first & 0x20:
                content = kind == 2 and tag == 0 and outer.type != ""
                packed = outer.packed or (content and outer.type == _COMPRESSED)
                outer.type = ""
                pieces = outer.pieces
                if kind == 0 and tag == 4 and pieces is None:
                    pieces, content = [], outer.content
                if len(stack) >= _MAX_DEPTH:
                    self.flaw = (Reason.LIMIT, f"more than {_MAX_DEPTH} elements inside one another")
                    self.rest.append(data[at:])
                    break
                stack.append(_Node(kind, tag, start, end, content, packed, pieces))
                at = start
            elif end < 0:
                self._spoilt(at, "a string without an end")
                break
            else:
                at = self._leaf(kind, tag, start, end, outer)
        else:
            self.flaw = (Reason.LIMIT, f"more than {_MAX_NODES} elements")
            self.rest.append(data[at:])

    def _spoilt(self, at: int, why: str) -> None:
        if self.flaw is None:  # what stands behind the first flaw holds that behind any other
            self.flaw = (Reason.CORRUPT, why)
            self.rest.append(self._data[at:])

    def _close(self, node: _Node, at: int) -> int:
        if node.pieces:
            whole = b"".join(node.pieces)
            node.pieces.clear()
            self._octets(whole, node.content, node.packed)
        return at

    def _leaf(self, kind: int, tag: int, start: int, end: int, outer: _Node) -> int:
        """Takes what a string, a number or the like says; gives where to go on: inside it, if it is ASN.1 itself."""
        data = self._data
        outer.type = ""
        if outer.pieces is not None and (tag == 4 or kind == 2):
            outer.pieces.append(data[start:end])
        elif kind == 0 and tag == 6:
            outer.type = oid = _oid(data[start:end])
            if (what := _ENCRYPTED.get(oid)) and what not in self.encrypted:
                self.encrypted.append(what)
        elif kind == 0 and tag in _STRINGS:
            self.lines.append(data[start:end].decode(_STRINGS[tag], "replace"))
        elif kind == 0 and tag == 4:
            if not outer.content and end - start > 4 and data[start] in (0x30, 0x31) and _fits(data, start, end):
                return start
            self._octets(data[start:end], outer.content, outer.packed)
        else:
            self._other(data[start:end])
        return end

    def _octets(self, octets: bytes, content: bool, packed: bool) -> None:
        if content:
            self.contents.append((packed, octets))
        else:
            self._other(octets)

    def _other(self, octets: bytes) -> None:
        if octets.isascii() and len(octets) >= 4 and (text := octets.decode()).isprintable():
            self.lines.append(text)  # addresses, times, and what carries a tag of its own
        elif len(octets) >= 4:
            self.rest.append(octets)


def _fits(data: bytes, start: int, end: int) -> bool:
    """Whether one element fills `data[start:end]`."""
    try:
        _, _, begin, length = _header(data, start)
    except IndexError:
        return False
    return length >= 0 and begin + length == end


def _header(data: bytes, at: int) -> tuple[int, int, int, int]:
    """First byte, tag, where the content begins, and its length (-1: up to an end mark). Raises IndexError."""
    first = data[at]
    tag = first & 31
    at += 1
    if tag == 31:
        tag = 0
        for _ in range(4):
            byte = data[at]
            at += 1
            tag = tag << 7 | byte & 127
            if not byte & 128:
                break
    length = data[at]
    at += 1
    if length == 0x80:
        return first, tag, at, -1
    if length & 0x80:
        count = length & 127
        if count > 8 or at + count > len(data):
            raise IndexError
        length = int.from_bytes(data[at : at + count])
        at += count
    return first, tag, at, length


def _oid(octets: bytes) -> str:
    numbers: list[int] = []
    value = 0
    for byte in octets[:40]:
        value = value << 7 | byte & 127
        if not byte & 128:
            numbers.append(value)
            value = 0
    if not numbers:
        return ""
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))
