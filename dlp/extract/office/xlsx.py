"""Excel workbooks (xlsx, xlsm, xltx, xlam, xlsb): every part of the package, the sheets first, in their order.

One text: cells as rows, shown ones and hidden ones alike, formulas that hold words behind their row, each sheet's
headers, validations and links behind the sheet; then comments, drawings, charts, defined names, connections, pivot
caches, properties. Strings that no cell refers to come last.
"""

from __future__ import annotations

from collections.abc import Iterator

from dlp.extract.office import zipped
from dlp.limits import Limits
from dlp.model import Blob, Skipped, Text


class XlsxExtractor:
    """Reads SpreadsheetML packages, with parts in XML or in Excel's binary records."""

    types = frozenset({"xlsx", "xlsb"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The text (marks `Sheet1!B7` for cells, `Sheet1!B7 comment`, `sheet Sheet1` for what stands round the cells,
        a part's name for others), then embedded blobs."""
        from dlp.extract.office.workbook import plan  # with ten others, which only workbooks need

        yield from zipped.items(blob, limits, "Excel workbook", plan)
