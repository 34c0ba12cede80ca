"""Better places for findings in Word documents, by python-docx: `table 2, row 3, column 1 (paragraph 40)`.

Too slow to be asked for every paragraph; asked once a document and only if something was found in it.
"""

from __future__ import annotations

import re
from typing import Any, BinaryIO

MAX_SIZE = 32 << 20
"""Bytes of a file whose places are looked up; in a larger one the paragraph's number must do."""

_PARAGRAPH = re.compile(r"paragraph (\d+)")
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


class Places:
    """Turns `paragraph N` of the body into a place that a person finds."""

    def __init__(self, stream: BinaryIO) -> None:
        """`stream`: the package; it must be open still when `refine` is called first."""
        self._stream = stream
        self._places: dict[int, str] | None = None

    def refine(self, locator: str) -> str:
        """`paragraph 12, under the heading in paragraph 9`; `locator` itself where nothing better is known.

        Never quotes the document: reports show places in the clear. Never raises.
        """
        body = _PARAGRAPH.fullmatch(locator)
        if body is None:
            return locator
        if self._places is None:
            try:
                self._places = _places(self._stream)
            except Exception:  # noqa: BLE001  # our own walk reads more than python-docx does; the number is right anyway
                self._places = {}
        return self._places.get(int(body[1]), locator)


def _places(stream: BinaryIO) -> dict[int, str]:
    import docx

    if stream.seek(0, 2) > MAX_SIZE:
        return {}
    stream.seek(0)
    document = docx.Document(stream)
    headings = {
        style.style_id
        for style in document.styles
        if style.name and re.match("heading|title", style.name, re.IGNORECASE)
    }
    root = document.element
    tables = {table: number for number, table in enumerate(root.iter(_WORD + "tbl"), 1)}
    rows = _numbered(root, "tr", "tbl")
    cells = _numbered(root, "tc", "tr")
    places = {}
    heading = 0
    for number, paragraph in enumerate(root.iter(_WORD + "p"), 1):
        style = paragraph.find(f"{_WORD}pPr/{_WORD}pStyle")
        if style is not None and style.get(_WORD + "val") in headings:
            heading = number
            places[number] = f"paragraph {number}, a heading"
        elif (cell := next(paragraph.iterancestors(_WORD + "tc"), None)) is not None:
            row = next(cell.iterancestors(_WORD + "tr"))
            table = next(row.iterancestors(_WORD + "tbl"))
            at = f"table {tables[table]}, row {rows[row]}, column {cells[cell]}"
            places[number] = f"{at} (paragraph {number})"
        elif heading:
            places[number] = f"paragraph {number}, under the heading in paragraph {heading}"
    return places


def _numbered(root: Any, tag: str, within: str) -> dict[Any, int]:
    """Every element `tag` with its number, from 1, in the nearest `within` round it."""
    counts: dict[Any, int] = {}
    numbers = {}
    for element in root.iter(_WORD + tag):
        parent = next(element.iterancestors(_WORD + within), root)
        numbers[element] = counts[parent] = counts.get(parent, 0) + 1
    return numbers
