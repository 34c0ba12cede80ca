"""Pages of a PDF that have no text, drawn as pictures, so that they can be read as such."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dlp.extract.unpacking import budget_of
from dlp.limits import Limits
from dlp.model import Blob, Reason, Skipped

if TYPE_CHECKING:
    import pypdfium2

_SCALE = 200 / 72
"""Pixels per point: 200 to the inch, at which small print can be read."""


def drawn(
    blob: Blob, document: pypdfium2.PdfDocument, numbers: Sequence[int], limits: Limits
) -> Iterator[Blob | Skipped]:
    """A blob for each page of `numbers` (from 1), `page 4 as a picture`, as many as may be read."""
    import pypdfium2

    budget = budget_of(limits)
    for index, number in enumerate(numbers):
        if budget.pictures >= limits.ocr_pictures:
            detail = f"more than {limits.ocr_pictures} pictures in this file: {len(numbers) - index} pages not read"
            yield Skipped(blob.provenance, Reason.IMAGES_ONLY, detail)
            return
        budget.on_time()
        try:
            data = _page(document, number, limits.max_pixels)
        except pypdfium2.PdfiumError:
            yield Skipped(blob.provenance, Reason.CORRUPT, f"pdfium cannot draw page {number}")
            continue
        yield Blob((*blob.provenance, f"page {number} as a picture"), io.BytesIO(data), len(data))


def _page(document: pypdfium2.PdfDocument, number: int, most: int) -> bytes:
    """As BMP, which costs nothing to write."""
    page = document.get_page(number - 1)
    try:
        width, height = page.get_size()
        scale = min(_SCALE, (most / max(1.0, width * height)) ** 0.5 * 0.99)
        image = page.render(scale=scale).to_pil()
    finally:
        page.close()
    out = io.BytesIO()
    image.convert("RGB").save(out, "BMP")
    return out.getvalue()
