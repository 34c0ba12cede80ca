"""Sheets of xlsx workbooks: cells by a walk of their own, which is short, and all that stands round them as XML is
usually read."""

from __future__ import annotations

import re

from dlp.extract.marking import Marker
from dlp.extract.office.sheet_cells import Cells, column, quoted
from dlp.extract.office.sheet_formats import Formats
from dlp.extract.office.sheet_strings import Strings
from dlp.extract.office.xml_words import Told, Vocabulary, XmlWords, decode

EXCEL = Vocabulary(
    paragraphs=frozenset({"p", "si", "is", "text"}),
    attributes=frozenset(
        {
            *("descr", "title", "alt", "tooltip", "author", "string", "displayText", "display", "location", "prompt"),
            *("promptTitle", "error", "errorTitle", "displayName", "caption", "comment", "description", "command"),
            *("connection", "sourceFile", "url", "userName", "user", "formula", "instr"),
        }
    ),
    elements=frozenset(
        {
            *("sheet", "definedName", "tableColumn", "dataField", "cacheField", "pivotField", "worksheetSource"),
            *("scenario", "inputCells", "protectedRange", "connection", "dbPr", "webPr", "textPr", "olapPr"),
            *("sheetName", "ddeLink", "ddeItem", "oleLink", "userInfo", "item", "formControlPr", "slicer"),
            *("slicerCache", "person", "ocxPr", "queryTableField", "cacheHierarchy"),
        }
    ),
    names=frozenset({"property", "cNvPr"}),
    numbered=False,
)
PIVOT = EXCEL._replace(elements=EXCEL.elements | {"s", "n", "d", "e", "r"})
"""A pivot table keeps what it counts, and may be the last to do so."""

_CELL = re.compile(r"[A-Z]{1,3}[0-9]{1,7}")


class SheetWords(XmlWords):
    """Marks cells as `Sheet1!B7`, and what stands elsewhere in the sheet's part with the sheet's name."""

    def __init__(self, max_depth: int, told: Told, sheet: str, strings: Strings, formats: Formats) -> None:
        super().__init__(max_depth, told, f"sheet {quoted(sheet)}", EXCEL)
        self._cells = Cells(sheet)
        self._strings = strings
        self._formats = formats
        self._text: list[str] = []
        self._inline: list[str] = []
        self._value = self._formula = self._type = ""
        self._style = 0
        self._reference = ""
        self._row = self._column = 0
        self._starts["sheetData"] = self._data

    @property
    def piece(self) -> int:  # type: ignore[override]  # what a cell refers to decides how much is read at once
        return self._strings.piece

    def _data(self, _: list[str]) -> None:
        self._parser.StartElementHandler = self._start_in_data
        self._parser.EndElementHandler = self._end_in_data
        self._parser.CharacterDataHandler = self._text.append

    def _start_in_data(self, tag: str, attributes: list[str]) -> None:
        self._depth += 1
        if self._depth > self._max_depth:
            raise self._too_deep()
        local = self._local[tag]
        if local == "c":
            self._reference = self._type = ""
            self._style = 0
            for index in range(0, len(attributes), 2):
                name = attributes[index]
                if name == "r":
                    self._reference = attributes[index + 1]
                elif name == "t":
                    self._type = attributes[index + 1]
                elif name == "s":
                    style = attributes[index + 1]
                    self._style = int(style) if style.isdecimal() and len(style) < 9 else 0
        elif local == "row":
            self._row += 1
            self._column = 0
            if attributes and attributes[0] == "r" and attributes[1].isdecimal() and len(attributes[1]) < 9:
                self._row = int(attributes[1])
        elif attributes and local not in ("f", "v", "is", "t"):
            self._attributes(local, attributes)
        if self._text:
            self._ended("")

    def _end_in_data(self, tag: str) -> None:
        self._depth -= 1
        local = self._local[tag]
        if self._text:
            self._ended(local)
        if local == "c":
            self._cell()
        elif local == "row":
            self._cells.end_row()
        elif local == "sheetData":
            self._cells.end_row()
            self._parser.StartElementHandler = self._start
            self._parser.EndElementHandler = self._end
            self._parser.CharacterDataHandler = self._characters

    def _ended(self, local: str) -> None:
        """What stands before the end of `local`, or before the beginning of another element."""
        text = "".join(self._text)
        self._text.clear()
        if local == "v":
            self._value += text
        elif local == "f":
            self._formula = text
        elif local == "t" or not text.isspace():
            self._inline.append(text)

    def _cell(self) -> None:
        value = self._value
        self._column += 1
        if not (value or self._inline or self._formula):
            return
        where = self._reference
        if not _CELL.fullmatch(where):
            where = f"{column(self._column - 1)}{self._row}"
        if value:
            value = self._shown(value)
        if self._inline:
            value += decode("".join(self._inline))
            self._inline.clear()
        if value:
            self._cells.put(where, value)
        if self._formula:
            self._cells.formula(where, self._formula)
            self._formula = ""
        self._value = ""

    def _shown(self, value: str) -> str:
        kind = self._type
        if kind == "s":
            try:
                return self._strings.get(int(value))
            except ValueError:
                self._strings.missing += 1
                return ""
        if kind in ("", "n"):
            return self._formats.show(value, self._style)
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(value, value)
        return decode(value) if "_x" in value else value

    def finish(self) -> None:
        if self._text:
            self._ended("")
        self._cell()
        self._cells.end_row()
        super().finish()

    def take(self, marker: Marker) -> bytes:
        return self._cells.take(marker) or super().take(marker)


class CommentWords(XmlWords):
    """Comments of a sheet, threaded or not, with the cells that they hang on: `Sheet1!B7 comment`."""

    def __init__(self, max_depth: int, told: Told, sheet: str) -> None:
        self._prefix = quoted(sheet)
        self._reference = ""
        super().__init__(max_depth, told, f"comments of sheet {self._prefix}", EXCEL)
        self._starts["comment"] = self._starts["threadedComment"] = self._comment

    def _comment(self, attributes: list[str]) -> None:
        if "ref" in attributes:
            reference = attributes[attributes.index("ref") + 1]
            self._reference = reference if _CELL.fullmatch(reference) else ""

    def _where(self, number: int) -> str:
        return f"{self._prefix}!{self._reference} comment" if self._reference else self.place
