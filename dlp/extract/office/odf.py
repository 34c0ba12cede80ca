"""OpenDocument (odt, ods, odp, odg and their templates, as packages or as one flat XML file) and its forerunner sxw.

One text: content with its tracked changes and comments, then styles (headers, footers, master pages), metadata,
macros, embedded objects. What the manifest calls encrypted is said.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from dlp.extract import raw
from dlp.extract.archive.package import Member
from dlp.extract.office import flat, zipped
from dlp.extract.office.odf_words import OdfWords
from dlp.extract.office.xml_elements import elements
from dlp.extract.office.xml_words import Told
from dlp.limits import Limits
from dlp.model import Blob, Reason, Skipped, Text

_FIRST = ("content.xml", "styles.xml", "meta.xml")
_XML = (*zipped.XML, ".rdf", ".xlb", ".xlc")


class OdfExtractor:
    """Reads OpenDocument packages, and flat files of the same."""

    types = frozenset({"odf"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The text (marks `paragraph N` for the content, `Sheet1!B7` and `Sheet1!B7 comment` for spreadsheets,
        `styles paragraph N` and the like for other parts), then pictures, scripts and other parts as blobs."""
        head = raw.read_upto(blob.stream, raw.HEAD)
        blob.stream.seek(0)
        if flat.is_flat(head):
            cells = b"opendocument.spreadsheet" in head
            found: list[tuple[str, bytes]] = []
            words = OdfWords(limits.max_xml_depth, Told(), "content" if cells else "", found, cells)
            yield from flat.items(blob, "OpenDocument file", words, found)
        else:
            yield from zipped.items(blob, limits, "OpenDocument file", _plan)


def _plan(contents: zipped.Contents) -> Iterator[zipped.Part]:
    sealed = _sealed(contents)
    kind = contents.small("mimetype")
    cells = b"spreadsheet" in kind or b".calc" in kind
    for member in sorted(contents.xml(_XML), key=_rank):
        if member in sealed:
            continue
        place = "" if member.name == "content.xml" and not cells else zipped.place_of(member.name)
        yield zipped.Part(member, functools.partial(_words, contents, place, cells and _rank(member) == 0))


def _words(contents: zipped.Contents, place: str, cells: bool) -> OdfWords:
    return OdfWords(contents.limits.max_xml_depth, contents.told, place, contents.found, cells)


def _rank(member: Member) -> int:
    return _FIRST.index(member.name) if member.name in _FIRST else len(_FIRST)


def _sealed(contents: zipped.Contents) -> set[Member]:
    """The parts that the manifest calls encrypted, says each."""
    found: set[Member] = set()
    name = ""
    for each in elements(contents.small("META-INF/manifest.xml")):
        if each.name == "file-entry":
            name = each.attributes.get("full-path", "")
        elif each.name == "encryption-data":
            member = contents.member(name)
            if member is not None and member not in found:
                found.add(member)
                contents.skip(member, Reason.ENCRYPTED, "OpenDocument file: no password")
    return found
