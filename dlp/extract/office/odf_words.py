"""The XML of OpenDocument: paragraphs as usual; in spreadsheets cells, with their places, formulas and values."""

from __future__ import annotations

from dlp.extract.marking import Marker
from dlp.extract.office.flat import FlatWords
from dlp.extract.office.sheet_cells import Cells, column
from dlp.extract.office.xml_words import Told, Vocabulary

_OPEN = Vocabulary(
    paragraphs=frozenset({"p", "h"}),
    attributes=frozenset(
        {
            *("string-value", "string-value-if-true", "string-value-if-false", "label", "current-value", "value"),
            *("title", "help-text", "formula", "condition", "description", "display-name", "href", "alt", "content"),
            *("connection-resource", "command", "initial-creator", "date-value", "user-name", "source-name"),
        }
    ),
    names=frozenset({"table", "named-range", "named-expression", "user-field-decl", "user-defined"}),
    blanks={"tab": "\t", "line-break": "\n", "s": " "},
    spaced=True,
    declared=True,
)
_CELLS = frozenset({"table-cell", "covered-table-cell"})
_VALUES = ("string-value", "date-value", "time-value", "value", "boolean-value")
_LONG = 9
_MOST = 1 << 24


class OdfWords(FlatWords):
    """Paragraphs by their numbers. With `cells` the cells of tables are marked `Sheet1!B7`, a comment in one
    `Sheet1!B7 comment`; repeated cells are told once."""

    def __init__(
        self, max_depth: int, told: Told, place: str, found: list[tuple[str, bytes]], cells: bool = False
    ) -> None:
        """`found`: where embedded files go that stand in the XML itself, encoded."""
        super().__init__(max_depth, told, place, found, _OPEN, ("binary-data",))
        self._in_sheets = cells
        self._cells = Cells("")
        self._row = self._column = 0
        self._rows = self._columns = 1
        """How often the row and the cell that we are in are repeated."""
        self._shown: list[str] | None = None
        """The lines of the cell that we are in."""
        self._values: dict[str, str] = {}
        self._notes = 0
        self._starts["annotation"] = self._note
        self._ends["annotation"] = self._end_note
        if cells:
            self._starts |= {"table": self._table, "table-row": self._table_row}
            self._starts |= dict.fromkeys(_CELLS, self._start_cell)
            self._ends |= {"table-row": self._end_table_row} | dict.fromkeys(_CELLS, self._cell)

    def _note(self, _: list[str]) -> None:
        self._notes += 1

    def _end_note(self) -> None:
        self._notes -= 1

    def _table(self, attributes: list[str]) -> None:
        self._cells.rename(_by_local(attributes).get("name", ""))
        self._row = 0

    def _table_row(self, attributes: list[str]) -> None:
        self._rows = _count(_by_local(attributes).get("number-rows-repeated"))
        self._row += 1
        self._column = 0

    def _end_table_row(self) -> None:
        self._cells.end_row()
        self._row += self._rows - 1

    def _start_cell(self, attributes: list[str]) -> None:
        self._values = values = _by_local(attributes)
        self._columns = _count(values.get("number-columns-repeated"))
        self._shown = []

    def _attributes(self, local: str, attributes: list[str]) -> None:
        if not (self._in_sheets and local in _CELLS):
            super()._attributes(local, attributes)

    def _flush_closed(self) -> None:
        if self._shown is None:
            super()._flush_closed()
            return
        self._closed.sort()
        lines = [line for _, line in self._closed if line]
        self._closed.clear()
        if self._notes:
            place = f"{self._cells.place(self._address())} comment"
            self._lines += [(place, line) for line in lines]
        else:
            self._shown += lines

    def _address(self) -> str:
        return f"{column(self._column)}{self._row}"

    def _cell(self) -> None:
        """Ends a cell: what is shown, and the value behind it where that says more."""
        shown, self._shown = self._shown, None
        text = "\n".join(shown or [])
        where = self._address()
        values = self._values
        value = next((values[name] for name in _VALUES if name in values), "")
        if not text:
            text = value
        elif value not in text and ("date-value" in values or sum(map(str.isdigit, value)) >= _LONG):
            text += f" ({value})"
        if text:
            self._cells.put(where, text)
        if formula := values.get("formula"):
            self._cells.formula(where, formula.removeprefix("of:").removeprefix("="))
        self._column += self._columns

    def finish(self) -> None:
        super().finish()
        if self._shown is not None:
            self._cell()
        self._cells.end_row()

    def take(self, marker: Marker) -> bytes:
        return self._cells.take(marker) or super().take(marker)


def _by_local(attributes: list[str]) -> dict[str, str]:
    return {
        name.rpartition(":")[2]: value for name, value in zip(attributes[::2], attributes[1::2], strict=True)
    }


def _count(repeated: str | None) -> int:
    return min(int(repeated), _MOST) if repeated and repeated.isdecimal() and len(repeated) < 10 else 1
