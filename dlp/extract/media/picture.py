"""Pictures: the words beside the picture, in whatever block of its format, and what stands behind its end.

The picture itself is read by `dlp.extract.media.ocr` where that was asked for; else a `Skipped` says that it was not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dlp.extract.binary import plain_bytes, raw_strings
from dlp.extract.media.boxes import box_pieces
from dlp.extract.media.exif import tiff_pieces
from dlp.extract.media.jpeg import jpeg_pieces
from dlp.extract.media.metafile import emf_pieces, wmf_pieces
from dlp.extract.media.ocr import picture_pieces, why_not
from dlp.extract.media.picture_containers import (
    bmp_pieces,
    eps_pieces,
    gif_pieces,
    icon_pieces,
    psd_pieces,
    riff_pieces,
)
from dlp.extract.media.png import png_pieces
from dlp.extract.pieces import Damaged, Piece, Window, behind, told
from dlp.extract.unpacking import budget_of
from dlp.limits import Limits
from dlp.model import Blob, Provenance, Reason, Skipped, Text

_Parser = Callable[[Provenance, Window, list[int]], Iterator[Piece]]


def _tiff(provenance: Provenance, window: Window, end: list[int]) -> Iterator[Piece]:
    return tiff_pieces(provenance, window, "TIFF")


def _nothing(provenance: Provenance, window: Window, end: list[int]) -> Iterator[Piece]:
    yield from ()


_PARSERS: tuple[tuple[bytes, str, _Parser], ...] = (
    (b"\xff\xd8\xff", "JPEG", jpeg_pieces),
    (b"\x89PNG\r\n\x1a\n", "PNG", png_pieces),
    (b"\x8aMNG\r\n\x1a\n", "MNG", png_pieces),
    (b"\x8bJNG\r\n\x1a\n", "JNG", png_pieces),
    (b"GIF8", "GIF", gif_pieces),
    (b"II", "TIFF", _tiff),
    (b"MM", "TIFF", _tiff),
    (b"8BPS", "PSD", psd_pieces),
    (b"RIFF", "WebP", riff_pieces),
    (b"BM", "BMP", bmp_pieces),
    (b"\0\0\1\0", "icon", icon_pieces),
    (b"\0\0\2\0", "cursor", icon_pieces),
    (b"\xd7\xcd\xc6\x9a", "WMF", wmf_pieces),
    (b"\1\0\x09\0\0\3", "WMF", wmf_pieces),
    (b"\1\0\0\0", "EMF", emf_pieces),
    (b"\xc5\xd0\xd3\xc6", "EPS", eps_pieces),
)
_DRAWN = frozenset({"WMF", "EMF"})
"""Formats whose words are letters, not pixels."""

ICON = 4096
"""Bytes of a picture in a text that is a sign or an ornament: that its pixels were not read is not said."""

_BEHIND = 1 << 28
"""Bytes behind a picture that are looked at."""


class PictureExtractor:
    """Reads what stands beside the pixels."""

    types = frozenset({"image"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The plain bytes, one text of all metadata (marks name the field: `EXIF artist`), blobs inside and behind the
        picture, the plain bytes as text; and a `Skipped` for the picture itself, but for an icon that is spelled in a
        text and has nothing beside its pixels. Raises OSError."""
        yield plain_bytes(blob)
        name, parser = parser_of(Window(blob.stream).at(0, 48))
        bare = blob.spelled and blob.size <= ICON
        for item in told(blob, _pieces(blob, parser, limits), limits):
            yield item
            bare = bare and isinstance(item, Text) and not item.marks
        yield from raw_strings(blob)
        if name in _DRAWN:
            return
        if name == "DjVu":
            detail = "DjVu: its hidden text is packed and not read"
            yield Skipped(blob.provenance, Reason.UNSUPPORTED, detail)
        if why := why_not(limits):
            if not bare:
                yield Skipped(blob.provenance, Reason.PICTURE, f"{name} image: {why}")
        else:
            yield from told(blob, picture_pieces(blob.provenance, blob.stream, limits, budget_of(limits)), limits)


def parser_of(head: bytes) -> tuple[str, _Parser]:
    """The format's name, and what reads it."""
    for magic, name, parser in _PARSERS:
        if head.startswith(magic):
            return name, parser
    if head[4:8] in (b"ftyp", b"jP  "):
        return "JPEG 2000" if head[4:6] == b"jP" else "HEIF", box_pieces
    return ("DjVu" if head.startswith(b"AT&TFORM") else "unknown"), _nothing


def _pieces(blob: Blob, parser: _Parser, limits: Limits) -> Iterator[Piece]:
    window = Window(blob.stream)
    end: list[int] = []
    try:
        yield from parser(blob.provenance, window, end)
    except Damaged as error:
        yield Skipped(blob.provenance, Reason.CORRUPT, str(error))
    if end and end[0] < window.size:
        more = window.size - end[0]
        yield from behind(blob.provenance, "data behind the image", window.at(end[0], min(more, _BEHIND)))
        if more > _BEHIND:
            detail = f"only {_BEHIND} of {more} bytes behind the image were looked at for what they are"
            yield Skipped(blob.provenance, Reason.LIMIT, detail)
