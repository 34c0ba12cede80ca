"""Pages, Numbers and Keynote: archives of the kind that is written since 2013, XML of the kind before.

What the archives say is told as lines, without the order of the pages; the preview, where there is one, is a blob
like every other part.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterator

from dlp.extract.archive.package import PartError
from dlp.extract.office import zipped
from dlp.extract.office.iwa import IwaReader
from dlp.extract.office.xml_part import Refused
from dlp.extract.office.xml_words import Vocabulary, XmlWords
from dlp.limits import Limits
from dlp.model import Blob, Reason, Skipped, Text

_APPLE = Vocabulary(
    paragraphs=frozenset({"p"}),
    attributes=frozenset(
        {"string", "s", "v", "displayname", "workspace-name", "cell-date", "href", "title", "author", "value"}
    ),
    names=frozenset({"tabular-model", "slide", "author"}),
    blanks={"br": "\n", "lnbr": "\n", "crbr": "\n", "tab": "\t", "pgbr": "\n", "sectbr": "\n", "layoutbr": "\n"},
    spaced=True,
)
_SEALED = frozenset({25451, 25452})
"""Zip methods that iWork gives to what a password protects."""

_PIECE = 1 << 16


class IworkExtractor:
    """Reads iWork's packages."""

    types = frozenset({"iwork"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The text (marks `Index/Slide-3` for an archive, `index paragraph N` for XML), then other parts as blobs."""
        yield from zipped.items(blob, limits, "iWork document", _plan)


def _plan(contents: zipped.Contents) -> Iterator[zipped.Part]:
    members = contents.package.members
    sealed = [member for member in members if member.method in _SEALED]
    if sealed or contents.member(".iwpv2") or contents.member(".iwph"):
        detail = "iWork document: no password"
        contents.skipped.append(Skipped(contents.blob.provenance, Reason.ENCRYPTED, detail))
    xml = set(contents.xml((".xml", ".apxl", ".xml.gz", ".apxl.gz")))
    for member in members:
        name = member.name.lower()
        place = zipped.place_of(member.name.removesuffix(".iwa").removesuffix(".gz"))
        if member in sealed:
            continue
        if name.endswith(".iwa"):
            yield zipped.Part(member, functools.partial(IwaReader, place))
        elif member in xml and not name.endswith(".gz"):
            yield contents.words(member, place, _APPLE)
        elif member in xml:
            yield zipped.Part(member, functools.partial(_Unzipped, contents, place))


class _Unzipped(XmlWords):
    """XML that is packed once more."""

    def __init__(self, contents: zipped.Contents, place: str) -> None:
        super().__init__(contents.limits.max_xml_depth, contents.told, place, _APPLE)
        self._limits = contents.limits
        self._unpacker = zlib.decompressobj(31)
        self._packed = self._out = 0

    def feed(self, data: bytes, last: bool = False) -> None:
        self._packed += len(data)
        while data:
            try:
                plain = self._unpacker.decompress(data, _PIECE)
            except zlib.error as error:
                raise Refused("damaged gzip data") from error
            self._out += len(plain)
            limits = self._limits
            if self._out > min(limits.max_part, max(limits.ratio_after, limits.max_ratio * self._packed)):
                raise PartError(Reason.LIMIT, "gzip data that unpacks to more than the limits allow")
            if plain:
                super().feed(plain)
            data = self._unpacker.unconsumed_tail
        if last:
            super().feed(b"", last=True)
