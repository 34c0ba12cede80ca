"""Books (epub): the pages in reading order, then whatever other XML there is: table of contents, metadata, notes.

A book's pages may be protected; what the package says of it is said.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from urllib.parse import unquote

from dlp.extract.archive.package import Member
from dlp.extract.office import zipped
from dlp.extract.office.relations import join
from dlp.extract.office.xml_elements import elements
from dlp.extract.office.xml_words import Vocabulary, XmlWords
from dlp.limits import Limits
from dlp.model import Blob, Reason, Skipped, Text

_BOOK = Vocabulary(
    paragraphs=frozenset(
        {
            *("p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "th", "dt", "dd", "div", "pre", "blockquote"),
            *("caption", "figcaption", "title", "text", "style", "script"),
        }
    ),
    attributes=frozenset({"alt", "title", "content", "summary", "placeholder", "value", "aria-label", "href"}),
    elements=frozenset({"meta", "reference"}),
    blanks={"br": "\n", "hr": "\n"},
    spaced=True,
    apart=True,
    declared=True,
)
_XML = (*zipped.XML, ".xhtml", ".html", ".htm", ".opf", ".ncx", ".smil")
_ENCRYPTED = "META-INF/encryption.xml"
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
"""What hides no words: the spelling of embedded fonts."""


class EpubExtractor:
    """Reads EPUB 2 and 3."""

    types = frozenset({"epub"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The text (marks `OEBPS/chapter1.xhtml paragraph N`), then pictures and other parts as blobs."""
        yield from zipped.items(blob, limits, "EPUB book", _plan)


def _plan(contents: zipped.Contents) -> Iterator[zipped.Part]:
    sealed = _sealed(contents)
    planned: set[Member] = set()
    roots = [each for each in elements(contents.small("META-INF/container.xml")) if each.name == "rootfile"]
    pages: list[str] = []
    for root in roots:
        pages += _pages(contents, root.attributes.get("full-path", ""))
    ordered = [member for page in pages if (member := contents.member(page)) is not None]
    for member in [*ordered, *contents.xml(_XML)]:
        if member not in planned and member not in sealed:
            planned.add(member)
            place = zipped.place_of(member.name)
            yield zipped.Part(member, functools.partial(_words, contents, place))


def _words(contents: zipped.Contents, place: str) -> XmlWords:
    return XmlWords(contents.limits.max_xml_depth, contents.told, place, _BOOK)


def _pages(contents: zipped.Contents, package: str) -> list[str]:
    """The names of the pages in the order that the package document gives."""
    folder = package.rpartition("/")[0]
    parts = elements(contents.small(package))
    items = {
        each.attributes.get("id", ""): join(folder, unquote(each.attributes.get("href", "").partition("#")[0]))
        for each in parts
        if each.name == "item"
    }
    keys = [each.attributes.get("idref", "") for each in parts if each.name == "itemref"]
    return [items[key] for key in keys if key in items]


def _sealed(contents: zipped.Contents) -> set[Member]:
    """The parts that are encrypted, says each."""
    found: set[Member] = set()
    method = ""
    for each in elements(contents.small(_ENCRYPTED)):
        if each.name == "EncryptionMethod":
            method = each.attributes.get("Algorithm", "")
        elif each.name == "CipherReference" and not method.startswith(_FONTS):
            member: Member | None = contents.member(unquote(each.attributes.get("URI", "")))
            if member is not None and member not in found:
                found.add(member)
                contents.skip(member, Reason.ENCRYPTED, "EPUB book: this part is protected")
    return found
