"""Word documents (docx, docm, dotx, dotm, and either kind of one XML file): every part, by our own walk.

One text: the body first, then headers, footers, notes, comments, properties and whatever XML there is.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from dlp.extract import raw
from dlp.extract.archive.package import Member
from dlp.extract.office import flat, zipped
from dlp.extract.office.docx_places import Places
from dlp.extract.office.xml_words import WORD, Told
from dlp.limits import Limits
from dlp.model import Blob, Skipped, Text

_MAIN = re.compile(r"/?(?:word/)?document\d*\.xml", re.IGNORECASE)


class DocxExtractor:
    """Reads WordprocessingML packages."""

    types = frozenset({"docx"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The text (marks `paragraph N` for the body, `header1 paragraph N` and the like for other parts), then
        embedded blobs. N counts the part's paragraph elements from 1, empty ones and those of text boxes included.
        """
        head = raw.read_upto(blob.stream, raw.HEAD)
        if flat.is_flat(head):
            found: list[tuple[str, bytes]] = []
            words = flat.FlatWords(limits.max_xml_depth, Told(), "", found, WORD, ("binaryData", "binData"))
            yield from flat.items(blob, "Word document", words, found)
            return
        refine = functools.cache(Places(blob.stream).refine)
        yield from zipped.items(blob, limits, "Word document", _plan, refine)


def _plan(contents: zipped.Contents) -> Iterator[zipped.Part]:
    for member in sorted(contents.xml(), key=_rank):
        yield contents.words(member, "" if _rank(member) == 0 else zipped.place_of(member.name, "word/"))


def _rank(member: Member) -> int:
    """The body, then what Word shows of the rest, then properties and relations."""
    if _MAIN.fullmatch(member.name):
        return 0
    return 1 if member.name.startswith("word/") and not member.name.endswith(".rels") else 2
