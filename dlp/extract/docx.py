"""Word documents (docx, docm, dotx, dotm): every part of the package, by our own walk.

One text: the body first, then headers, footers, notes, comments, properties and whatever XML there is, each with
its tracked deletions, hidden runs, field codes and attribute values behind it. Parts that are not XML, embedded
files among them, are blobs; so is XML that does not parse, for its words stand in it all the same.
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Iterator

from dlp.extract.docx_places import Places
from dlp.extract.marking import Marker
from dlp.extract.package import Member, Package, PartError
from dlp.extract.xml_words import Refused, XmlWords
from dlp.limits import Limits
from dlp.model import Blob, Mark, Reason, Skipped, Text

_MAIN = re.compile(r"/?(?:word/)?document\d*\.xml", re.IGNORECASE)
_XML = (".xml", ".rels", ".vml")


class DocxExtractor:
    """Reads WordprocessingML packages."""

    types = frozenset({"docx"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The text (marks `paragraph N` for the body, `header1 paragraph N` and the like for other parts), then
        embedded blobs. N counts the part's paragraph elements from 1, empty ones and those of text boxes included.
        """
        size = blob.stream.seek(0, io.SEEK_END)
        try:
            package = Package(blob.stream, size, limits)
        except PartError as error:
            yield Skipped(blob.provenance, error.reason, f"Word document: {error.detail}")
            return
        if package.salvaged:
            detail = f"broken zip directory: {len(package.members)} members, some found by their own headers only"
            yield Skipped(blob.provenance, Reason.CORRUPT, detail)
        if package.more:
            yield Skipped(blob.provenance, Reason.LIMIT, f"more than {limits.max_members} members in the zip file")
        words = _Words(blob, package, limits)
        marks: list[Mark] = []
        refine = functools.cache(Places(blob.stream).refine)
        yield Text(blob.provenance, "text", words.chunks(marks), marks, refine)
        yield from words.skipped
        for member in words.others:
            yield from _as_blob(blob, package, member)
        for name, data in package.outside():
            yield Blob((*blob.provenance, name), io.BytesIO(data), len(data))


def _as_blob(blob: Blob, package: Package, member: Member) -> Iterator[Blob | Skipped]:
    """The member's content, as much as can be unpacked, and what is missing."""
    provenance = (*blob.provenance, member.name)
    content = io.BytesIO()
    try:
        for data in package.read(member):
            content.write(data)
    except PartError as error:
        yield Skipped(provenance, error.reason, error.detail)
    if size := content.tell():
        content.seek(0)
        yield Blob(provenance, content, size)


class _Words:
    """The words of all XML parts, in reading order; and what else was met on the way."""

    def __init__(self, blob: Blob, package: Package, limits: Limits) -> None:
        self._blob = blob
        self._package = package
        self._limits = limits
        self._seen: set[str] = set()
        self.skipped: list[Skipped] = []
        xml = [member for member in package.members if member.name.lower().endswith(_XML)]
        self._parts = sorted(xml, key=_rank)
        self.others = [member for member in package.members if not member.name.lower().endswith(_XML)]

    def chunks(self, marks: list[Mark]) -> Iterator[bytes]:
        marker = Marker(marks)
        for member in self._parts:
            yield from self._part(member, marker)

    def _part(self, member: Member, marker: Marker) -> Iterator[bytes]:
        words = XmlWords(self._limits.max_xml_depth, self._seen)
        place = "" if _rank(member) == 0 else _part_name(member.name)
        try:
            for data in self._package.read(member):
                words.feed(data)
                if words.lines:
                    yield _take(words.lines, place, marker)
            words.feed(b"", last=True)
        except (PartError, Refused) as error:
            reason = error.reason if isinstance(error, PartError) else Reason.CORRUPT
            provenance = (*self._blob.provenance, member.name)
            self.skipped.append(Skipped(provenance, reason, str(error)))
            if isinstance(error, Refused):
                self.others.append(member)
        words.finish()
        if words.lines:
            yield _take(words.lines, place, marker)
        if words.beside:
            yield _take(words.beside, place, marker)


def _take(lines: list[tuple[int, str]], place: str, marker: Marker) -> bytes:
    """The lines as UTF-8, marked; empties the list."""
    data = marker.chunk(
        (f"{place} paragraph {number}".strip() if number else place or "document", line) for number, line in lines
    )
    lines.clear()
    return data


def _rank(member: Member) -> int:
    """The body, then what Word shows of the rest, then properties and relations."""
    if _MAIN.fullmatch(member.name):
        return 0
    return 1 if member.name.startswith("word/") and not member.name.endswith(".rels") else 2


def _part_name(name: str) -> str:
    """`word/header1.xml` as a person would say it: `header1`."""
    return name.removeprefix("word/").removesuffix(".xml")
