"""The words in a picture, by optical character recognition where that was asked for and `dlp[ocr]` is installed: models
that come with the package, no network. Some seconds of computing a page.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, BinaryIO

from dlp.extract.pieces import Piece
from dlp.extract.unpacking import Budget
from dlp.limits import Limits
from dlp.model import Provenance, Reason, Skipped

_SMALLEST = 16
"""Pixels of a side below which nothing can be read."""

PICTURES = 20
"""Pictures of one file that are read where nothing else is said."""

SECONDS = 60.0
"""Wall time that a picture may take; a page full of small print takes 16 s of computing."""

MEMORY = 3 << 30
"""Bytes of address space that a worker needs for it; the models and what they run on take 1.4 GB of it."""

NO_OCR = "text in a picture is not read"


def is_installed() -> bool:
    """Whether pictures can be read here; does not load what reads them."""
    import importlib.util

    return importlib.util.find_spec("rapidocr_onnxruntime") is not None


def why_not(limits: Limits) -> str:
    """Why a picture is not read; empty: it can be."""
    if not limits.ocr_pictures:
        return NO_OCR
    return "" if is_installed() else f"{NO_OCR}; install dlp[ocr]"


def picture_pieces(provenance: Provenance, stream: BinaryIO, limits: Limits, budget: Budget) -> Iterator[Piece]:
    """The lines of each frame, in reading order, `picture line 3`, or `picture 2 line 3` where there are several; and
    what was not read. Raises nothing for what the picture holds, but MemoryError."""
    import PIL
    import PIL.Image

    stream.seek(0)
    try:
        image = PIL.Image.open(stream)
        frames = int(getattr(image, "n_frames", 1))
    except (PIL.UnidentifiedImageError, PIL.Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        yield Skipped(provenance, Reason.PICTURE, f"{NO_OCR}: it could not be opened ({type(error).__name__})")
        return
    with image:
        for frame in range(frames):
            if budget.pictures >= limits.ocr_pictures:
                detail = f"{NO_OCR}: more than {limits.ocr_pictures} pictures in this file"
                yield Skipped(provenance, Reason.PICTURE, detail)
                return
            budget.pictures += 1
            budget.on_time()
            try:
                image.seek(frame)
                pixels = _pixels(image, limits.max_pixels)
            except _TooLarge as error:
                yield Skipped(provenance, Reason.LIMIT, f"{NO_OCR}: {error}")
                continue
            except (OSError, ValueError, SyntaxError, EOFError, PIL.Image.DecompressionBombError) as error:
                yield Skipped(provenance, Reason.PICTURE, f"{NO_OCR}: it is damaged ({type(error).__name__})")
                return
            if pixels is None:
                continue
            name = f"picture {frame + 1}" if frames > 1 else "picture"
            for number, words in enumerate(_lines(pixels), 1):
                yield f"{name} line {number}", words


class _TooLarge(Exception):
    """The picture has too many pixels."""


def _pixels(image: Any, most: int) -> Any:
    """As OpenCV wants them, blue first; None for a picture too small to read. Transparency becomes white."""
    import numpy
    import PIL.Image

    width, height = image.size
    if width * height > most:
        raise _TooLarge(f"{width} x {height} pixels, more than {most}")
    if min(width, height) < _SMALLEST:
        return None
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        white = PIL.Image.new("RGBA", image.size, "white")
        image = PIL.Image.alpha_composite(white, clear)
    return numpy.ascontiguousarray(numpy.asarray(image.convert("RGB"))[:, :, ::-1])


def _lines(pixels: Any) -> Iterator[str]:
    found, _ = _engine()(pixels)
    for _, words, _ in found or ():
        yield str(words)


@functools.cache
def _engine() -> Any:
    """One thread: a scan has a worker for each processor."""
    from rapidocr_onnxruntime import RapidOCR

    return RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)
