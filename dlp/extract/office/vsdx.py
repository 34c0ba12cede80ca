"""Visio drawings (vsdx, vsdm, vstx, vssx): every part of the package, pages first, in their order; then masters and
all other parts. What shapes say in their data, comments and links stands behind each page."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from dlp.extract.office import zipped
from dlp.extract.office.relations import relation_of, relations
from dlp.extract.office.xml_elements import elements
from dlp.extract.office.xml_words import Vocabulary, XmlWords
from dlp.limits import Limits
from dlp.model import Blob, Skipped, Text

_DRAWING = Vocabulary(
    paragraphs=frozenset({"p", "Text", "CommentEntry"}),
    attributes=frozenset({"descr", "title", "alt", "Name", "Prompt", "Initials", "Title", "Formula", "Command"}),
    elements=frozenset({"DataConnection", "DataRecordSet", "DataColumn", "AuthorEntry"}),
    names=frozenset({"property"}),
    spaced=True,
    numbered=False,
)
_CELLS = frozenset({"Value", "Prompt", "Label", "Description", "Address", "SubAddress", "ExtraInfo", "Comment"})


class VsdxExtractor:
    """Reads Visio's packages."""

    types = frozenset({"vsdx"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The text (marks `page 2` from 1 on, `master 3`, a part's name for others), then embedded blobs."""
        yield from zipped.items(blob, limits, "Visio drawing", _plan)


def _plan(contents: zipped.Contents) -> Iterator[zipped.Part]:
    planned = set()
    for kind, index in (("page", "visio/pages/pages.xml"), ("master", "visio/masters/masters.xml")):
        related = relations(contents, index)
        keys = [relation_of(each) for each in elements(contents.small(index)) if each.name == "Rel"]
        targets = [related[key].target for key in keys if key in related]
        for number, target in enumerate(dict.fromkeys(targets), 1):
            member = contents.member(target)
            if member is not None and member not in planned:
                planned.add(member)
                yield zipped.Part(member, functools.partial(VisioWords, contents, f"{kind} {number}"))
    for member in contents.xml():
        if member not in planned:
            place = zipped.place_of(member.name, "visio/")
            yield zipped.Part(member, functools.partial(VisioWords, contents, place))


class VisioWords(XmlWords):
    """Marks all words of a page with one place, and knows in which cells of a shape's sheet words stand."""

    def __init__(self, contents: zipped.Contents, place: str) -> None:
        super().__init__(contents.limits.max_xml_depth, contents.told, place, _DRAWING)
        self._speaking |= {"Cell"}

    def _attributes(self, local: str, attributes: list[str]) -> None:
        if local == "Cell" and "V" in attributes:
            names = dict(zip(attributes[::2], attributes[1::2], strict=True))
            if names.get("N") in _CELLS or names.get("U") == "STR":
                self._tell_beside(names["V"])
                return
        super()._attributes(local, attributes)
