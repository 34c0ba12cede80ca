"""Every object of a PDF, whether anything refers to it or not: strings in dictionaries, and what is packed in streams.

pdfium gives what its functions are about. Here is what they pass over: forms' defaults, scripts of events, XMP,
structure, private data of applications, what draws notes, and objects of earlier revisions. What pages draw now is left
to pdfium, and so are pictures, fonts and attached files.
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct
import zlib
from collections import Counter
from collections.abc import Collection, Generator, Iterator
from io import BytesIO

import msgspec

from dlp.extract import charset
from dlp.extract.marking import Marker
from dlp.extract.pdf.pdf_drawn import Pages
from dlp.extract.pdf.pdf_strings import REFERENCE, drawn, strings, text_of, unseen
from dlp.extract.unpacking import PartError, bounded
from dlp.limits import Limits
from dlp.model import Blob, Mark, Reason, Skipped, Text

MAX_OBJECTS = 200_000
SHORTEST = 4
"""Characters of a string that is told; shorter ones are keys and numbers."""

_HEAD = re.compile(rb"(\d{1,10})\s{1,9}\d{1,5}\s{1,9}$")
_STREAM = re.compile(rb"\bstream(?:\r\n|\n|\r)")
_FILTERS = re.compile(rb"/(?:Filter|F)\s{0,9}(\[[\s/A-Za-z0-9]{0,500}\]|/[A-Za-z0-9]{1,40})")
_NAME = re.compile(rb"/([A-Za-z0-9]{1,40})")
_LEFT_OUT = re.compile(
    rb"/Subtype\s{0,9}/(?:Image|Type1C|CIDFontType0C|OpenType)|/Length1\b|/Type\s{0,9}/(?:XRef|CMap)|"
    rb"/FunctionType|/ShadingType"
)
_FILE = re.compile(rb"/Type\s{0,9}/EmbeddedFile")
_FILES = re.compile(rb"/EF\s{0,9}<<([\s\w/]{0,500})>>")
_OBJECTS_IN = re.compile(rb"/Type\s{0,9}/ObjStm")
_FIRST = re.compile(rb"/First\s{0,9}(\d{1,10})")
_ACTUAL = re.compile(rb"/(?:ActualText|Alt|E)\s{0,9}[(<]")
_DRAWS = re.compile(rb"(?:Tj|TJ|['\"])(?:\s|$)")
_PROFILE = b"acsp"
_CODES = b"begincmap"
_DATE = re.compile(r"D:\d{4}")
_PICTURES = frozenset((b"DCTDecode", b"DCT", b"JPXDecode", b"CCITTFaxDecode", b"CCF", b"JBIG2Decode"))
_SLOW = 256 << 10
"""Bytes of a stream packed by LZW that are unpacked: 100 MB at most come of them, in a second or so."""
_PIECE = 1 << 16


def digest(content: bytes) -> bytes:
    """By which attached files are known again."""
    return hashlib.blake2b(content, digest_size=16).digest()


class _Object(msgspec.Struct):
    """`body` is without its stream."""

    number: int
    body: bytes
    stream: bytes | None = None


def beside(
    blob: Blob, data: bytes, limits: Limits, told: Collection[str], files: Collection[bytes], pages: int
) -> Generator[Text | Blob | Skipped, None, bool]:
    """One text of all that is not in `told`, each object's marked `object N`; streams of XML, and attached files whose
    digest is not in `files`, as blobs; and what was not read. `data` is the file without encryption, `pages` the number
    of those that pdfium has read.

    Returns whether pages say that what they draw stands for something else."""
    walk = _Objects(data, limits, told, files, pages)
    marks: list[Mark] = []
    yield Text(blob.provenance, "text", walk.chunks(marks), marks)
    for number, content in walk.blobs:
        yield Blob((*blob.provenance, f"object {number}"), BytesIO(content), len(content))
    if walk.more:
        yield Skipped(
            blob.provenance, Reason.LIMIT, f"more than {MAX_OBJECTS} objects; the rest was not looked through"
        )
    for reason, count in walk.unread.items():
        detail = f"{count} {'object is' if count == 1 else 'objects are'} not read whole beside the pages"
        yield Skipped(blob.provenance, reason, detail)
    return walk.alternate


class _Objects:
    """A walk over all objects."""

    def __init__(
        self, data: bytes, limits: Limits, told: Collection[str], files: Collection[bytes], pages: int
    ) -> None:
        self._data = data
        self._count = pages
        self._limits = limits
        self._told = told
        self._files = files
        self.blobs: list[tuple[int, bytes]] = []
        self.more = False
        self.alternate = False
        self.unread: dict[Reason, int] = {}

    def chunks(self, marks: list[Mark]) -> Iterator[bytes]:
        marker = Marker(marks)
        found, last = self._objects()
        files = {
            int(one[1])
            for each in found
            for match in _FILES.finditer(each.body)
            for one in REFERENCE.finditer(match[1])
        }
        read = yield from self._pages_read(found, marker)
        for each in found:
            now = last[each.number] is each
            if each.stream is not None and (each.number in files or _FILE.search(each.body)):
                self._attached(each)
                continue
            place = f"object {each.number}{'' if now else ', replaced later'}"
            lines = [(place, line) for line in self._lines(each, each.number in read) if self._new(line)]
            if lines:
                yield marker.chunk(lines)

    def _pages_read(self, found: list[_Object], marker: Marker) -> Generator[bytes, None, set[int]]:
        """The objects whose drawing pdfium has read; yields what else there is in their streams."""
        times = Counter(each.number for each in found)
        single = {each.number: each for each in found if times[each.number] == 1}
        pages = Pages(self._data, {number: each.body for number, each in single.items()}, self._count)
        lines: list[tuple[str, str]] = []

        def content_of(number: int) -> bytes | None:
            stream = single[number].stream if number in single else None
            return None if stream is None else self._unpacked(single[number])

        def seen(number: int) -> bytes | None:
            content = content_of(number)
            return None if content is None or unseen(content) else content

        read = pages.contents() & single.keys()
        calling = set()
        for number in read:
            if content := content_of(number):
                lines += ((f"object {number}", line) for line in self._beside_drawing(content) if self._new(line))
                if b"Do" in content:
                    calling.add(number)
        for number, content in pages.forms(calling, seen):
            lines += ((f"object {number}", line) for line in self._beside_drawing(content) if self._new(line))
            read.add(number)
        if lines:
            yield marker.chunk(lines)
        return read

    def _objects(self) -> tuple[list[_Object], dict[int, _Object]]:
        """All of them in their order, those in packed streams of objects too; and the last of each number."""
        found: list[_Object] = []
        for each in self._plain():
            found.append(each)
            if each.stream is not None and _OBJECTS_IN.search(each.body):
                found += self._inner(each)
                each.stream = None
            if len(found) > MAX_OBJECTS:
                self.more = True
                break
        return found, {each.number: each for each in found}

    def _plain(self) -> Iterator[_Object]:
        data = self._data
        at = data.find(b"obj")
        number, start = -1, 0
        while at >= 0:
            head = _HEAD.search(data, max(0, at - 36), at) if data[at - 3 : at] != b"end" else None
            if head:
                if number >= 0:
                    yield _object(number, data[start : head.start()])
                number, start = int(head[1]), at + 3
            at = data.find(b"obj", at + 3)
        if number >= 0:
            yield _object(number, data[start:])

    def _inner(self, holder: _Object) -> list[_Object]:
        first = _FIRST.search(holder.body)
        content = self._unpacked(holder)
        if first is None or content is None:
            return []
        start = int(first[1])
        numbers = [int(each) for each in content[:start].split()[: 2 * MAX_OBJECTS] if each.isdigit()]
        places = list(zip(numbers[::2], numbers[1::2], strict=False))
        ends = [*(place for _, place in places[1:]), len(content)] if places else []
        return [
            _Object(number, content[start + place : start + end])
            for (number, place), end in zip(places, ends, strict=True)
        ]

    def _lines(self, each: _Object, read: bool) -> Iterator[str]:
        """`read`: pdfium has read what it draws, and its stream has been looked at."""
        yield from (text_of(string) for _, _, string in strings(each.body))
        if read or each.stream is None or _LEFT_OUT.search(each.body):
            return
        content = self._unpacked(each)
        if not content or content[36:40] == _PROFILE or _CODES in content or is_font(content):
            return
        if content.lstrip()[:1] == b"<":
            self.blobs.append((each.number, content))
        elif _DRAWS.search(content):
            yield from drawn(content)
        elif charset.few_controls(content[:4096]) and not _is_drawing(content[:4096]):
            yield content.decode("utf-8", "replace")
        elif content.startswith((b"\xfe\xff", b"\xff\xfe")):
            yield text_of(content)

    def _beside_drawing(self, content: bytes) -> Iterator[str]:
        """What a page's content says that pdfium does not give."""
        self.alternate = self.alternate or b"ActualText" in content
        if _ACTUAL.search(content):
            yield from _named(content)
        if unseen(content):
            yield from drawn(content)

    def _attached(self, each: _Object) -> None:
        content = self._unpacked(each)
        if content and digest(content) not in self._files:
            self.blobs.append((each.number, content))

    def _unpacked(self, each: _Object) -> bytes | None:
        """What a stream holds; None where its packing is not known."""
        assert each.stream is not None
        named = _FILTERS.search(each.body)
        names = _NAME.findall(named[1]) if named else []
        content = each.stream
        if _PICTURES.intersection(names):
            return None
        for name in names:
            try:
                content = self._step(name, content)
            except PartError as error:
                self.unread[error.reason] = self.unread.get(error.reason, 0) + 1
                return None
            except ValueError:  # no digits: as much as there is of them stands in the plain bytes
                return None
        return content

    def _step(self, name: bytes, content: bytes) -> bytes:
        if name in (b"FlateDecode", b"Fl"):
            return b"".join(bounded(_inflated(content), lambda: len(content), self._limits, self._limits.max_part))
        if name in (b"ASCII85Decode", b"A85"):
            return base64.a85decode(content.strip().removeprefix(b"<~").partition(b"~>")[0])
        if name in (b"ASCIIHexDecode", b"AHx"):
            digits = b"".join(content.partition(b">")[0].split())
            return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
        if name in (b"LZWDecode", b"LZW"):
            if len(content) > _SLOW:
                raise PartError(Reason.LIMIT, f"more than {_SLOW} bytes packed by LZW")
            from pdfminer.lzw import lzwdecode

            return lzwdecode(content)
        if name in (b"RunLengthDecode", b"RL"):
            from pdfminer.runlength import rldecode

            return rldecode(content)
        raise PartError(Reason.UNSUPPORTED, "packed in an unknown way")

    def _new(self, line: str) -> bool:
        return len(line) >= SHORTEST and line not in self._told and not _DATE.match(line)


def _object(number: int, data: bytes) -> _Object:
    begin = _STREAM.search(data)
    if not begin:
        return _Object(number, data)
    end = data.rfind(b"endstream")
    return _Object(number, data[: begin.start()], data[begin.end() : end if end > begin.end() else len(data)])


def is_font(content: bytes) -> bool:
    """Whether it is an OpenType or TrueType font that nobody calls one, and nothing else behind it."""
    if not content.startswith((b"\0\1\0\0", b"true", b"OTTO")):
        return False
    tables = content[12 : 12 + 16 * int.from_bytes(content[4:6], "big")]
    places = [struct.unpack_from(">II", tables, at + 8) for at in range(0, len(tables) - 15, 16)]
    end = max((offset + length for offset, length in places), default=0)
    return end <= len(content) <= end + 3


def _is_drawing(start: bytes) -> bool:
    """Whether it draws lines: much of it is numbers."""
    parts = start.split()
    return 3 * sum(part[:1] in b"-.0123456789" for part in parts) > len(parts)


def _named(content: bytes) -> Iterator[str]:
    """What a page's content says of its pictures and spellings."""
    starts = {match.end() - 1 for match in _ACTUAL.finditer(content)}
    yield from (text_of(string) for start, _, string in strings(content) if start in starts)


def _inflated(data: bytes) -> Iterator[bytes]:
    """As far as it can be unpacked: what stands behind an error, or is not there, was nobody's text."""
    unpacker = zlib.decompressobj()
    try:
        for at in range(0, len(data), _PIECE):
            packed = data[at : at + _PIECE]
            while packed and not unpacker.eof:
                yield unpacker.decompress(packed, 1 << 18)
                packed = unpacker.unconsumed_tail
            if unpacker.eof:
                return
    except zlib.error:
        return
