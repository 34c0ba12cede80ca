"""The cells of a spreadsheet as text: one row a line, tabs between the cells, each cell a place: `Sheet1!B7`."""

from __future__ import annotations

import re

from dlp.extract.marking import Marker

_PLAIN = re.compile(r"\w+")
_TELLING = re.compile(r'["\[]|\d{6}')
_MAX_NAME = 60


class Cells:
    """Put cells in, row by row; take the text."""

    __slots__ = ("_formulas", "_places", "_prefix", "_texts", "_within")

    def __init__(self, sheet: str) -> None:
        """`sheet`: the name, as the workbook has it; of a hostile one only the beginning is shown."""
        self._prefix = f"{quoted(sheet)}!"
        self._places: list[str] = []
        self._texts: list[str] = []
        self._formulas: list[tuple[str, str]] = []
        self._within = ""
        """The place of the last cell of the row that we are in."""

    def rename(self, sheet: str) -> None:
        """The cells to come are of another sheet."""
        self.end_row()
        self._prefix = f"{quoted(sheet)}!"

    def place(self, where: str) -> str:
        """How a cell is told."""
        return self._prefix + where

    def put(self, where: str, text: str) -> None:
        """The next cell of the row, `where` being `B7`."""
        self._within = place = self._prefix + where
        self._places.append(place)
        self._texts.append(text + "\t")

    def formula(self, where: str, formula: str) -> None:
        """A cell's formula, told at the row's end if there is more in it than operators and other cells."""
        if _TELLING.search(formula):
            self._formulas.append((self._prefix + where, f"={formula}\n"))

    def end_row(self) -> None:
        if self._within:
            if self._texts:
                self._texts[-1] = self._texts[-1][:-1] + "\n"
            else:
                self._places.append(self._within)
                self._texts.append("\n")
            self._within = ""
        for place, text in self._formulas:
            self._places.append(place)
            self._texts.append(text)
        self._formulas.clear()

    def take(self, marker: Marker) -> bytes:
        """What was put in since the last call."""
        return marker.taken_pieces(self._places, self._texts)


def quoted(sheet: str) -> str:
    """A sheet's name as formulas have it: in quotes unless it is one word."""
    sheet = "".join(each if each.isprintable() else "?" for each in sheet[:_MAX_NAME])
    return sheet if _PLAIN.fullmatch(sheet) else f"'{sheet}'"


def column(number: int) -> str:
    """The letters of a column, counted from 0: `AB` for 27."""
    letters = ""
    number += 1
    while number > 0:
        number, letter = divmod(number - 1, 26)
        letters = chr(65 + letter) + letters
    return letters
