"""The words of an XML part: text by paragraph, and beside it what attributes, field codes, tracked deletions and
hidden runs say. A paragraph of shown and hidden words is told beside as a whole, too: either may be what counts.

Built on expat alone, fed piece by piece. A document type declaration is refused: Office never writes one, and
entities are what it is good for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_PARAGRAPHS = frozenset({"p"})
_BLANKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": "\u00ad"}
_RUNS = frozenset({"t", "delText", "instrText", "delInstrText"})
_BESIDE = frozenset({"delText", "instrText", "delInstrText"})

_NO = frozenset({"0", "false", "off"})

_SPEAKING_ATTRIBUTES = frozenset({"descr", "title", "alt", "tooltip", "author", "string", "displayText", "prompt"})
_SPEAKING_ELEMENTS = frozenset(
    {"docVar", "default", "statusText", "helpText", "listEntry", "listItem", "alias", "tag", "textpath", "docPart"}
)
_SENTENCE = 30
_SENTENCE_BLANKS = 6  # "Grid Table 6 Colorful Accent 1" has 5, and stands in every document of Word
_DULL = re.compile(r"[\d.,:;%#+\-\s]*|[0-9A-Fa-f\-{}]{6,}|true|false|on|off|auto|none", re.IGNORECASE)
_SCHEMAS = ("http://schemas.", "https://schemas.", "http://purl.org/", "http://www.w3.org/", "urn:schemas-")
_REMEMBERED = 100_000


class Refused(Exception):
    """The part is not XML that we go on reading; the text says why, and quotes nothing."""


class XmlWords:
    """Feed it a part; take `lines` and empty it as you go; at the end take `beside`.

    Both hold (paragraph number, words), paragraphs counted from 1 as their elements begin, 0 outside all of them.
    A paragraph inside another one (a text box) follows the one that it stands in, so no words are torn.
    """

    def __init__(self, max_depth: int, seen: set[str]) -> None:
        """`seen`: strings that need not be told `beside` again, shared by the parts of one document."""
        from xml.parsers import expat

        self.lines: list[tuple[int, str]] = []
        self.beside: list[tuple[int, str]] = []
        self._seen = seen
        self._max_depth = max_depth
        self._depth = 0
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
        self._local: dict[str, str] = {}
        self._error = expat.ExpatError
        self._message: Callable[[int], str] = expat.ErrorString
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.CommentHandler = self._comment
        parser.StartDoctypeDeclHandler = self._doctype
        self._parser = parser

    def feed(self, data: bytes, last: bool = False) -> None:
        """The next piece. Raises Refused; what was read before stays in `lines` and `beside`."""
        try:
            self._parser.Parse(data, last)
        except self._error as error:
            why = self._message(error.code) or "error"
            raise Refused(f"XML: {why} at line {error.lineno}") from error
        except (LookupError, ValueError) as error:  # a charset that Python does not know, or that is none
            raise Refused("XML in an unknown charset") from error

    def finish(self) -> None:
        """Closes what a broken part left open."""
        self._flush_loose()
        while self._open:
            self._close()
        self._flush_closed()
        self.beside += self._hidden + self._whole
        self._hidden.clear()
        self._whole.clear()

    def _doctype(self, *_: Any) -> None:
        raise Refused("XML with a document type declaration")

    def _start(self, tag: str, attributes: list[str]) -> None:
        self._depth += 1
        if self._depth > self._max_depth:
            raise Refused(f"more than {self._max_depth} XML elements inside one another")
        local = self._local.get(tag)
        if local is None:
            local = self._local[tag] = tag.rpartition(":")[2]
        if self._loose:
            self._flush_loose()
        if local in _PARAGRAPHS:
            self._count += 1
            self._open.append((self._count, [], []))
        elif local == "r":
            self._runs.append(bool(self._runs) and self._runs[-1])
        elif local in _RUNS:
            self._in_run = True
            if local in _BESIDE:
                self._side = []
        elif local in _BLANKS and self._open:
            self._put(_BLANKS[local])
        elif local == "sym":
            self._symbol(attributes)
        elif local == "vanish" and self._runs:
            self._runs[-1] = not _NO.intersection(attributes[1::2])
        if attributes:
            self._attributes(local, attributes)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        local = self._local[tag]
        if local in _RUNS:
            self._in_run = False
            if local in _BESIDE and self._side is not None:
                self._tell_beside("".join(self._side), always=local == "delText")
                self._side = None
        elif local in _PARAGRAPHS:
            self._close()
            if not self._open:
                self._flush_closed()
        else:
            if local == "r":
                self._runs.pop()
            if self._loose:
                self._flush_loose()

    def _characters(self, text: str) -> None:
        if self._side is not None:
            self._side.append(text)
        elif not self._in_run and text.isspace():  # the indenting of pretty-printed XML
            return
        elif self._open:
            self._put(text)
        else:
            self._loose.append(text)

    def _put(self, text: str) -> None:
        """The next piece of the paragraph that we are in."""
        _, parts, hidden = self._open[-1]
        if self._runs and self._runs[-1]:
            hidden.append(len(parts))
        parts.append(text)

    def _comment(self, text: str) -> None:
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
        speaking = local in _SPEAKING_ELEMENTS
        seen = self._seen
        for index in range(1, len(attributes), 2):
            value = attributes[index]
            if len(value) < 2 or value in seen:
                continue
            if (
                speaking
                or attributes[index - 1].rpartition(":")[2] in _SPEAKING_ATTRIBUTES
                or (len(value) >= _SENTENCE and value.count(" ") >= _SENTENCE_BLANKS)
                or "://" in value
                or value.startswith("mailto:")
            ):
                self._tell_beside(value)

    def _tell_beside(self, value: str, always: bool = False) -> None:
        """`always`: also what was told before; a deleted sentence is a place of its own."""
        if not always:
            if value in self._seen or _DULL.fullmatch(value) or value.startswith(_SCHEMAS):
                return
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen.add(value)
        number = self._open[-1][0] if self._open else 0
        if always and self.beside and self.beside[-1][0] == number and number:
            value = self.beside.pop()[1] + value  # the runs of one paragraph's deletion belong together
        self.beside.append((number, value))

    def _flush_loose(self) -> None:
        if self._loose:
            self.lines.append((0, "".join(self._loose)))
            self._loose.clear()

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
        self._closed.sort()
        self.lines += [line for line in self._closed if line[1]]
        self._closed.clear()
