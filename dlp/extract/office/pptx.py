"""PowerPoint presentations (pptx, pptm, potx, ppsx): every part of the package, slides first, in the order they are
shown in, each with its notes, comments, charts and diagrams; hidden slides among them. Then layouts, masters and all
other parts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlp.extract.archive.package import Member
from dlp.extract.office import zipped
from dlp.extract.office.relations import relation_of, relations
from dlp.extract.office.xml_elements import elements
from dlp.extract.office.xml_words import Vocabulary, XmlWords
from dlp.limits import Limits
from dlp.model import Blob, Skipped, Text

SLIDES = Vocabulary(
    attributes=frozenset(
        {"descr", "title", "alt", "tooltip", "author", "string", "prompt", "userName", "initials", "instr"}
    ),
    elements=frozenset({"tag", "cmAuthor", "author", "custShow", "section", "ocxPr", "snd"}),
    names=frozenset({"property", "cNvPr"}),
    numbered=False,
)
_OF_SLIDE = {
    "notesSlide": "notes",
    "comments": "comments",
    "chart": "chart",
    "chartEx": "chart",
    "diagramData": "diagram",
    "diagramDrawing": "diagram",
    "vmlDrawing": "drawing",
    "tags": "tags",
}
_SHARED = re.compile(r"ppt/(slide|notes|handout)(layouts|masters)/\D*(\d*)\.xml")


class PptxExtractor:
    """Reads PresentationML packages."""

    types = frozenset({"pptx"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The text (marks `slide 3`, `slide 3 (hidden)`, `slide 3 notes`, `slide layout 2`, a part's name for others),
        then embedded blobs. Slides are counted from 1 as they are shown, hidden ones included."""
        yield from zipped.items(blob, limits, "PowerPoint presentation", _plan)


def _plan(contents: zipped.Contents) -> Iterator[zipped.Part]:
    main = next(
        (each.target for each in relations(contents, "").values() if each.kind == "officeDocument"),
        "ppt/presentation.xml",
    )
    related = relations(contents, main)
    keys = [relation_of(each) for each in elements(contents.small(main)) if each.name == "sldId"]
    slides = [related[key].target for key in keys if key in related]
    slides += [each.target for each in related.values() if each.kind == "slide"]
    planned: set[Member] = set()
    xml = set(contents.xml())

    def part(member: Member | None, place: str) -> Iterator[zipped.Part]:
        if member is not None and member in xml and member not in planned:
            planned.add(member)
            yield zipped.Part(member, lambda: SlideWords(contents, place))

    for number, slide in enumerate(dict.fromkeys(slides), 1):
        yield from part(contents.member(slide), f"slide {number}")
        for each in relations(contents, slide).values():
            if each.kind in _OF_SLIDE:
                yield from part(contents.member(each.target), f"slide {number} {_OF_SLIDE[each.kind]}")
    for member in contents.package.members:
        yield from part(member, _place(member.name))


def _place(name: str) -> str:
    shared = _SHARED.fullmatch(zipped.plain(name))
    return f"{shared[1]} {shared[2][:-1]} {shared[3]}".strip() if shared else zipped.place_of(name, "ppt/")


class SlideWords(XmlWords):
    """Marks all its words with one place: a slide is small enough."""

    def __init__(self, contents: zipped.Contents, place: str) -> None:
        super().__init__(contents.limits.max_xml_depth, contents.told, place, SLIDES)
        self._starts["sld"] = self._slide

    def _slide(self, attributes: list[str]) -> None:
        if "show" in attributes and attributes[attributes.index("show") + 1] in ("0", "false"):
            self.place += " (hidden)"
