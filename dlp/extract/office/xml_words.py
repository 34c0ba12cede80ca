"""The words of an XML part: text by paragraph, and beside it what attributes, field codes, tracked deletions and
hidden runs say. A paragraph of shown and hidden words is told beside as a whole, too: either may be what counts.

Which elements are paragraphs, and whose attributes speak, is a format's vocabulary.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from dlp.extract.marking import Marker
from dlp.extract.office.xml_part import XmlPart

_BLANKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": "\u00ad"}
_RUNS = frozenset({"t", "delText", "instrText", "delInstrText"})
_BESIDE = frozenset({"delText", "instrText", "delInstrText"})

_NO = frozenset({"0", "false", "off"})

_CODED = re.compile(r"_x([0-9A-Fa-f]{4})_")

_SENTENCE = 30
_SENTENCE_BLANKS = 6  # "Grid Table 6 Colorful Accent 1" has 5, and stands in every document of Word
_DULL = re.compile(
    r"[\d.,:;%#+\-\s]{0,8}|[\dA-F]{6,8}|\{?[\dA-F]{8}(?:-[\dA-F]{4}){3}-[\dA-F]{12}\}?|rId\d+|02[\dA-F]{18}|true|false|on|off|auto|none",
    re.IGNORECASE,
)
"""Short figures, colours and identifiers that programs give."""
_NUMBERED = re.compile(r"[A-Za-z][A-Za-z ]{0,40}[ _-]?\d{1,9}")
_NAMES = re.compile(r"[\w./\\ -]{0,120}\.(?:xml|rels|vml|bin|png|jpe?g|gif|emf|wmf|css|xhtml)", re.IGNORECASE)
_TOKEN = 16
_SCHEMAS = (
    *("http://schemas.", "https://schemas.", "http://purl.org/", "http://www.w3.org/", "urn:schemas-", "urn:oasis:"),
    *("urn:org:", "urn:microsoft", "http://openoffice.org/2", "http://docs.oasis-open.org/", "http://ns.adobe.com/"),
    *("http://www.daisy.org/z3986", "http://www.idpf.org/2", "http://developer.apple.com/"),
)
_REMEMBERED = 100_000


class Vocabulary(NamedTuple):
    """Which elements and attributes of a format carry words; all names are local ones, without a namespace."""

    paragraphs: frozenset[str] = frozenset({"p"})
    """Elements whose words belong together; others' words are lines of their own."""
    attributes: frozenset[str] = frozenset()
    """Attributes whose values are told wherever they stand."""
    elements: frozenset[str] = frozenset()
    """Elements all of whose attributes are told."""
    names: frozenset[str] = frozenset()
    """Elements whose attribute `name` is told, unless it is one that the program gave: `Picture 3`."""
    blanks: dict[str, str] = _BLANKS
    """Empty elements that stand for characters."""
    numbered: bool = True
    """Whether a paragraph's number belongs to its place; where parts are small, their names must do."""
    spaced: bool = False
    """Whether words stand in a paragraph itself, and blanks between its elements count, as in a book's pages; else they
    stand in elements that say so, and blanks are indenting."""
    apart: bool = False
    """Whether a paragraph inside another one parts that one's words: a text box does not, a block of a page does."""
    declared: bool = False
    """Whether a document type declaration is usual: a book's pages have one. Entities of one's own never are."""


WORD = Vocabulary(
    attributes=frozenset(
        {"descr", "title", "alt", "tooltip", "author", "string", "displayText", "prompt", "instr", "initials"}
    ),
    elements=frozenset(
        {
            *("docVar", "default", "statusText", "helpText", "listEntry", "listItem", "alias", "tag", "textpath"),
            *("docPart", "tblCaption", "tblDescription", "query", "connectString", "udl", "mailSubject", "ocxPr"),
            *("addressFieldName", "smartTagPr", "attr", "control"),
        }
    ),
    names=frozenset({"docPr", "cNvPr", "property"}),
)


class Told:
    """What the parts of one document have said beside their text, and need not say again."""

    __slots__ = ("known", "seen")

    def __init__(self) -> None:
        self.seen: set[str] = set()
        """Strings that were told."""
        self.known: set[str] = set()
        """Attributes that do not speak on their own, and values of theirs that were looked at: an element that has
        nothing else needs no second look."""


class XmlWords(XmlPart):
    """Feed it a part, `finish` it, and `take` what was read as you go.

    A line is (paragraph number, words), paragraphs counted from 1 as their elements begin, 0 outside all of them.
    A paragraph inside another one (a text box) follows the one that it stands in, so no words are torn. What stands
    beside the text comes at the part's end.
    """

    def __init__(self, max_depth: int, told: Told, place: str, vocabulary: Vocabulary = WORD) -> None:
        """`told`: shared by the parts of one document. `place`: the part as a person would say it, "" for the body; it
        stands before the paragraph's number."""
        super().__init__(max_depth, vocabulary.declared)
        self.place = place
        self._vocabulary = vocabulary
        self._lines: list[tuple[str, str]] = []
        """Place and words."""
        self._beside: list[tuple[int, str]] = []
        self._told = told
        self._known = told.known
        self._speaking = vocabulary.elements | vocabulary.names | {"Relationship"}
        self._count = 0
        self._open: list[tuple[int, list[str], list[int]]] = []
        """Paragraphs: number, pieces, and which of the pieces are hidden."""
        self._runs: list[bool] = []
        """Of the runs that we are in, whether each is hidden."""
        self._hidden: list[tuple[int, str]] = []
        self._whole: list[tuple[int, str]] = []
        self._closed: list[tuple[int, str]] = []
        self._loose: list[str] = []
        self._side: list[str] | None = None
        self._in_run = False
        self._starts: dict[str, Callable[[list[str]], None]] = {
            "r": self._run,
            "sym": self._symbol,
            "vanish": self._vanish,
            **dict.fromkeys(_RUNS, self._shown_text),
            **dict.fromkeys(_BESIDE, self._side_text),
            **dict.fromkeys(vocabulary.paragraphs, self._paragraph),
        }
        """What the beginning of an element does, by its local name; most do nothing."""
        self._ends: dict[str, Callable[[], None]] = {
            "r": self._end_run,
            **dict.fromkeys(_RUNS, self._end_text),
            "delText": self._end_deleted,
            **dict.fromkeys(vocabulary.paragraphs, self._end_paragraph),
        }
        self._parser.CommentHandler = self._tell_beside
        self._parser.ProcessingInstructionHandler = self._instruction

    def finish(self) -> None:
        """Closes what a broken part left open, and lets what stands beside the text follow it."""
        for tag in self._local:
            self._name(tag)
        self._flush_loose()
        while self._open:
            self._close()
        self._flush_closed()
        for lines in (self._beside, self._hidden, self._whole):
            self._lines += [(self._where(number), line) for number, line in lines]
            lines.clear()

    def take(self, marker: Marker) -> bytes:
        """The lines so far as UTF-8, marked `PLACE paragraph N`; b"" if there are none."""
        return marker.taken(self._lines)

    def _where(self, number: int) -> str:
        """The place of a line in paragraph `number`."""
        if number and self._vocabulary.numbered:
            return f"{self.place} paragraph {number}".lstrip()
        return self.place or "document"

    def _start(self, tag: str, attributes: list[str]) -> None:
        self._depth += 1
        if self._depth > self._max_depth:
            raise self._too_deep()
        local = self._local[tag]
        if self._loose:
            self._flush_loose()
        if local in self._starts:
            self._starts[local](attributes)
        elif local in self._vocabulary.blanks and self._open:
            self._put(self._vocabulary.blanks[local])
        if attributes and (local in self._speaking or not self._known.issuperset(attributes)):
            self._attributes(local, attributes)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        local = self._local[tag]
        if self._loose:
            self._flush_loose()
        if local in self._ends:
            self._ends[local]()

    def _paragraph(self, _: list[str]) -> None:
        self._count += 1
        if self._vocabulary.apart and self._open:
            self._put("\n")
        self._open.append((self._count, [], []))

    def _end_paragraph(self) -> None:
        self._close()
        if not self._open:
            self._flush_closed()

    def _run(self, _: list[str]) -> None:
        self._runs.append(bool(self._runs) and self._runs[-1])

    def _end_run(self) -> None:
        self._runs.pop()

    def _vanish(self, attributes: list[str]) -> None:
        if self._runs:
            self._runs[-1] = not _NO.intersection(attributes[1::2])

    def _shown_text(self, _: list[str]) -> None:
        self._in_run = True

    def _side_text(self, _: list[str]) -> None:
        self._in_run = True
        self._side = []

    def _end_text(self, deleted: bool = False) -> None:
        self._in_run = False
        if self._side is not None:
            self._tell_beside("".join(self._side), always=deleted)
            self._side = None

    def _end_deleted(self) -> None:
        self._end_text(deleted=True)

    def _characters(self, text: str) -> None:
        if self._side is not None:
            self._side.append(text)
        elif not self._in_run and text.isspace():  # the indenting of pretty-printed XML
            if self._vocabulary.spaced and self._open:
                self._put(" ")
        elif self._open and (self._in_run or self._vocabulary.spaced):
            self._put(text)
        else:
            self._loose.append(text)

    def _put(self, text: str) -> None:
        """The next piece of the paragraph that we are in."""
        _, parts, hidden = self._open[-1]
        if self._runs and self._runs[-1]:
            hidden.append(len(parts))
        parts.append(text)

    def _instruction(self, _: str, text: str) -> None:
        self._tell_beside(text)

    def _symbol(self, attributes: list[str]) -> None:
        """`w:sym`: a character by its number in a font; symbol fonts have theirs at F000."""
        for name, value in zip(attributes[::2], attributes[1::2], strict=True):
            if name.endswith("char") and self._open and re.fullmatch("[0-9A-Fa-f]{1,4}", value):
                code = int(value, 16)
                self._put(chr(code - 0xF000 if 0xF020 <= code <= 0xF0FF else code))

    def _attributes(self, local: str, attributes: list[str]) -> None:
        """Keeps alt texts, titles and the like, links, and any value as long as a sentence.

        Style, font and bookmark names are left out: they are the same in thousands of unrelated documents.
        """
        vocabulary = self._vocabulary
        known = self._known
        if len(known) >= _REMEMBERED:
            known.clear()
        speaking = local in vocabulary.elements
        for index in range(1, len(attributes), 2):
            name = attributes[index - 1]
            value = attributes[index]
            if speaking or (name not in known and name.rpartition(":")[2] in vocabulary.attributes):
                if len(value) > 1:
                    self._tell_beside(value)
                continue
            if name not in known:
                known.add(name)
                self._name(name)
            if value in known:
                continue
            if ":" not in value and value not in vocabulary.attributes:  # else it would silence that attribute
                known.add(value)
            size = len(value)
            if (
                "@" in value
                or "://" in value
                or (size >= _TOKEN and any(len(word) >= _TOKEN and _is_token(word) for word in value.split()))
                or (size >= _SENTENCE and value.count(" ") >= _SENTENCE_BLANKS)
            ):
                self._tell_beside(value)
        if local in vocabulary.names:
            for index in range(0, len(attributes), 2):
                name = attributes[index + 1]
                if attributes[index].rpartition(":")[2] == "name" and not _NUMBERED.fullmatch(name):
                    self._tell_beside(name)
        elif local == "Relationship" and "External" in attributes and "Target" in attributes:
            self._tell_beside(attributes[attributes.index("Target") + 1])

    def _name(self, name: str) -> None:
        """Nobody's names of elements and attributes look like a key, but for one who hides it there."""
        if len(name) >= _TOKEN and _is_token(local := name.rpartition(":")[2]):
            self._tell_beside(local)

    def _tell_beside(self, value: str, always: bool = False) -> None:
        """`always`: also what was told before; a deleted sentence is a place of its own."""
        if not always:
            seen = self._told.seen
            if value in seen or _DULL.fullmatch(value) or value.startswith(_SCHEMAS):
                return
            if len(seen) >= _REMEMBERED:
                seen.clear()
            seen.add(value)
        number = self._open[-1][0] if self._open else 0
        if always and self._beside and self._beside[-1][0] == number and number:
            value = self._beside.pop()[1] + value  # the runs of one paragraph's deletion belong together
        self._beside.append((number, value))

    def _flush_loose(self) -> None:
        """Words outside of paragraphs are lines; where words stand in elements of their own, what else there is in a
        paragraph, such as where a picture is, stands beside it."""
        if self._loose:
            text = "".join(self._loose)
            self._loose.clear()
            if self._open:
                self._tell_beside(text)
            else:
                self._lines.append((self._where(0), text))

    def _close(self) -> None:
        """Ends the innermost paragraph."""
        number, parts, hidden = self._open.pop()
        if hidden:
            self._hidden.append((number, "".join([parts[index] for index in hidden])))
            if len(hidden) < len(parts):
                self._whole.append((number, "".join(parts)))
            for index in hidden:
                parts[index] = ""
        self._closed.append((number, "".join(parts)))

    def _flush_closed(self) -> None:
        if len(self._closed) > 1:
            self._closed.sort()
        self._lines += [(self._where(number), line) for number, line in self._closed if line.strip()]
        self._closed.clear()


def _is_token(value: str) -> bool:
    """Whether it may be a key or a password: one word of letters and figures, and not the name of a part."""
    return (
        " " not in value
        and any(map(str.isdigit, value))
        and (value.isdigit() or any(map(str.isalpha, value)))
        and ";" not in value
        and "," not in value
        and not _NAMES.fullmatch(value)
        and not _NUMBERED.fullmatch(value)
    )


def decode(text: str) -> str:
    """A spreadsheet's `_x000D_` as the character that it stands for."""
    return _CODED.sub(lambda found: chr(int(found[1], 16)), text)
