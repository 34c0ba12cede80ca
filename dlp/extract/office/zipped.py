"""Documents that are zip packages (Office, OpenDocument, EPUB, iWork): one way to read them all.

One text: the parts that hold words, in reading order, each with its tracked deletions, hidden runs and speaking
attribute values behind it. Parts that are something else, embedded files among them, are blobs; so is XML that does
not parse, for its words stand in it all the same. A format says which parts come first and who reads them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

from dlp.extract.archive.listing import Listing
from dlp.extract.archive.package import Member, Package, PartError
from dlp.extract.archive.zip import member_content
from dlp.extract.marking import Marker
from dlp.extract.office.xml_part import Refused
from dlp.extract.office.xml_words import WORD, Told, Vocabulary, XmlWords
from dlp.limits import Limits
from dlp.model import Blob, Mark, Reason, Skipped, Text

XML = (".xml", ".rels", ".vml")
"""How the names of parts end that are XML in every package of Office."""

_USUAL = re.compile(
    r"(?:[\w.\[\]-]+/)*(?:image|media|thumbnail|oleObject|printerSettings|vbaProject|activeX|font|hdphoto|calcChain|"
    r"mimetype|Microsoft_|preview|binaryIndex|sheet)[\w-]*(?:\.\w{2,5})?",
    re.IGNORECASE,
)
"""Names that programs give to parts; others are told, for a name can give a secret away, too."""

SMALL = 4 << 20
"""Bytes of a part that is read whole, for what it says of other parts."""

class Reader(Protocol):
    """Reads one part, fed piece by piece."""

    @property
    def piece(self) -> int:
        """Bytes it wants at a time: what it reads in one piece is held in memory."""
        ...

    def feed(self, data: bytes, last: bool = False) -> None:
        """The next piece. Raises Refused; what was read before can be taken all the same."""
        ...

    def finish(self) -> None:
        """There is no more."""
        ...

    def take(self, marker: Marker) -> bytes:
        """The words since the last call, as UTF-8; b"" if there are none."""
        ...


class Part(NamedTuple):
    """A part that holds words. `member` None: words that are known only after the parts before."""

    member: Member | None
    open: Callable[[], Reader]


class Contents:
    """A package with all that the readers of its parts share."""

    def __init__(self, blob: Blob, package: Package, limits: Limits) -> None:
        self.blob = blob
        self.package = package
        self.limits = limits
        self.told = Told()
        self.skipped: list[Skipped] = []
        self.others: list[Member] = []
        """What becomes a blob."""
        self.found: list[tuple[str, bytes]] = []
        """Content that stood encoded inside parts, and how it is called."""
        self._named: dict[str, Member] = {}
        for member in package.members:
            self._named.setdefault(plain(member.name), member)

    def member(self, name: str) -> Member | None:
        """The member of that name, whatever its case and its slashes."""
        return self._named.get(plain(name))

    def xml(self, endings: tuple[str, ...] = XML) -> list[Member]:
        """The members that are XML by their names; what a Macintosh keeps beside a file (`._name`) is none."""
        return [
            member
            for member in self.package.members
            if member.name.lower().endswith(endings) and not member.name.rpartition("/")[2].startswith("._")
        ]

    def small(self, name: str) -> bytes:
        """The beginning of a part, SMALL bytes at most; b"" if there is none. Damage is said when all of it is read."""
        member = self.member(name)
        data = bytearray()
        if member is not None:
            try:
                for piece in self.package.read(member):
                    data += piece
                    if len(data) >= SMALL:
                        break
            except PartError:
                return bytes(data)
        return bytes(data[:SMALL])

    def words(self, member: Member, place: str, vocabulary: Vocabulary = WORD) -> Part:
        """A part whose XML is read in the usual way."""
        return Part(member, lambda: XmlWords(self.limits.max_xml_depth, self.told, place, vocabulary))

    def skip(self, member: Member, reason: Reason, detail: str) -> None:
        self.skipped.append(Skipped((*self.blob.provenance, member.name), reason, detail))

    def chunks(self, parts: Iterable[Part], marks: list[Mark]) -> Iterator[bytes]:
        """The text of all parts."""
        marker = Marker(marks)
        for member, opened in parts:
            reader = opened()
            try:
                if member is not None:
                    yield from self._read(member, reader, marker)
            except (PartError, Refused) as error:
                assert member is not None
                reason = error.reason if isinstance(error, PartError) else Reason.CORRUPT
                self.skip(member, reason, str(error))
                if isinstance(error, Refused):
                    self.others.append(member)
            reader.finish()
            while words := reader.take(marker):
                yield words

    def _read(self, member: Member, reader: Reader, marker: Marker) -> Iterator[bytes]:
        empty = True
        for data in self.package.read(member):
            empty = False
            for at in range(0, len(data), reader.piece):
                reader.feed(data[at : at + reader.piece])
                while words := reader.take(marker):
                    yield words
        if not empty:  # an empty part is no XML, and has nothing to hide
            reader.feed(b"", last=True)


def items(
    blob: Blob,
    limits: Limits,
    what: str,
    plan: Callable[[Contents], Iterable[Part]],
    refine: Callable[[str], str] | None = None,
) -> Iterator[Text | Blob | Skipped]:
    """All that a package holds: its text, what could not be read, its other parts as blobs.

    `what`: the format as a person calls it. `plan`: which parts hold words, in reading order; what it leaves out is a
    blob, what it puts into `skipped` is said.
    """
    size = blob.stream.seek(0, io.SEEK_END)
    try:
        package = Package(blob.stream, size, limits)
    except PartError as error:
        yield Skipped(blob.provenance, error.reason, f"{what}: {error.detail}")
        return
    if package.salvaged:
        detail = f"broken zip directory: {len(package.members)} members, some found by their own headers only"
        yield Skipped(blob.provenance, Reason.CORRUPT, detail)
    if package.more:
        yield Skipped(blob.provenance, Reason.LIMIT, f"more than {limits.max_members} members in the zip file")
    contents = Contents(blob, package, limits)
    parts = list(plan(contents))
    planned = {part.member for part in parts if part.member is not None}
    contents.others += [member for member in package.members if member not in planned]
    marks: list[Mark] = []
    yield Text(blob.provenance, "text", contents.chunks(parts, marks), marks, refine)
    yield from contents.skipped
    for member in contents.others:
        yield from member_content(blob, package, member)
    for name, data in contents.found + package.outside():
        yield Blob((*blob.provenance, name), io.BytesIO(data), len(data))
    listing = Listing(blob.provenance)
    for member in package.members:
        if member.said or not (member in planned or _USUAL.fullmatch(member.name)):
            listing.add(member.name, *member.said)
    yield from listing.texts()


def plain(name: str) -> str:
    """A name as packages compare them: without a leading slash, slashes all one way, in lower case."""
    return name.replace("\\", "/").lstrip("/").lower()


def place_of(name: str, folder: str = "") -> str:
    """`word/header1.xml` as a person would say it, `folder` being `word/`: `header1`. Relations come under `_rels/`."""
    name = name.removeprefix(folder)
    if name.endswith(".rels"):
        head, _, tail = name.rpartition("_rels/")
        name = f"_rels/{head}{tail}"
    else:
        name = name.removesuffix(".xml")
    return "".join(each if each.isprintable() else "?" for each in name[:200])
