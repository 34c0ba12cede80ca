"""Numbers of a spreadsheet as a person sees them, as far as it matters what they say: dates, leading zeros, digits in
groups (`000-00-0000`). Everything else stays the number that is stored, without the rounding errors of its spelling.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable

from dlp.extract.office.xml_elements import Element

MOST = 1 << 16
"""Cell styles of a workbook; Excel allows 64,000."""

_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_ASIDE = re.compile(r'"[^"]{0,99}"|\\.|_.|\*.|\[[^\]]{0,99}\]')
_GROUPED = re.compile(r'(?:[0#?]|[-() /.+]|\\.|"[^"]{0,20}"|_.)+', re.DOTALL)
_PIECE = re.compile(r'[0#?]|\\.|"[^"]*"|_.|.', re.DOTALL)
_LAST_DAY = 2_957_003  # the last of the year 9999, counted from 1904
_LONG = 17


class Formats:
    """What each cell style makes of a number."""

    def __init__(self, codes: Iterable[tuple[int, str]], styles: Iterable[int], from_1904: bool) -> None:
        """`codes`: number formats of the workbook's own, by id; `styles`: the format's id of every cell style."""
        known = dict(codes)
        self._base = datetime.datetime(1904, 1, 1) if from_1904 else datetime.datetime(1899, 12, 30)
        kinds: dict[int, list[str] | str | None] = {}
        self._kinds: list[list[str] | str | None] = []
        for number in styles:
            if number not in kinds:
                kinds[number] = "date" if number in _BUILT_IN_DATES else _kind(known.get(number, ""))
            self._kinds.append(kinds[number])

    @classmethod
    def of(cls, parts: list[Element], from_1904: bool) -> Formats:
        """From the elements of the part `styles.xml`."""
        codes = []
        styles: list[int] = []
        within = False
        for name, attributes in parts:
            if name == "numFmt":
                codes.append((_number(attributes.get("numFmtId")), attributes.get("formatCode", "")))
            elif name == "xf" and within and len(styles) < MOST:
                styles.append(_number(attributes.get("numFmtId")))
            elif name in ("cellXfs", "cellStyles", "cellStyleXfs", "dxfs"):
                within = name == "cellXfs"
        return cls(codes, styles, from_1904)

    def show(self, value: str, style: int) -> str:
        """The number as it is seen; whatever is no number stays as it is."""
        kind = self._kinds[style] if 0 <= style < len(self._kinds) else None
        if kind is None and len(value) < _LONG and "E" not in value:
            return value
        if len(value) > 400:
            return value
        try:
            number = float(value)
        except ValueError:
            return value
        if kind == "date" and 0 <= number < _LAST_DAY:
            return self._date(number)
        if isinstance(kind, list) and number.is_integer() and 0 <= number < 1e15:
            return _group(kind, f"{number:.0f}")
        return exact(value, number)

    def _date(self, number: float) -> str:
        moment = self._base + datetime.timedelta(seconds=round(number * 86_400))
        if number < 1:
            return moment.strftime("%H:%M:%S")
        text = f"{moment.year:04}-{moment.month:02}-{moment.day:02}"
        return text if number.is_integer() else f"{text} {moment:%H:%M:%S}"


def exact(value: str, number: float) -> str:
    """A number without exponent where it is whole, and as short as it can be said."""
    if number.is_integer() and abs(number) < 1e22:
        return value if value.isdigit() else f"{number:.0f}"
    return repr(number)


def _kind(code: str) -> list[str] | str | None:
    """`date`; the pieces of a format that groups digits; None for all others."""
    code = code[:255].partition(";")[0]
    letters = _ASIDE.sub("", code).lower()
    if any(letter in letters for letter in "ymdhs") and "general" not in letters and not re.search("[0#?]", letters):
        return "date"
    if letters.count("0") > 1 and _GROUPED.fullmatch(code) and "." not in letters:
        return _PIECE.findall(code)
    return None


def _group(pieces: list[str], digits: str) -> str:
    """The digits put into a format's places, from the right."""
    out: list[str] = []
    rest = digits
    places = sum(piece in "0#?" for piece in pieces)
    for piece in reversed(pieces):
        if piece in "0#?":
            places -= 1
            if rest:
                out.append(rest[-1])
                rest = rest[:-1]
            elif piece == "0":
                out.append("0")
            if not places and rest:  # more digits than places: the leftmost place takes them all
                out.append(rest)
                rest = ""
        elif piece[0] == "\\":
            out.append(piece[1])
        elif piece[0] == '"':
            out.append(piece[1:-1])
        elif piece[0] == "_":
            out.append(" ")
        else:
            out.append(piece)
    out.reverse()
    return "".join(out)


def _number(value: str | None) -> int:
    return int(value) if value and value.isdecimal() and len(value) < 10 else 0
