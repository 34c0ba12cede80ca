"""Pictures in Office documents before 2007 ([MS-ODRAW]), as blobs.

They are found by their records' heads wherever those stand: which stream holds the drawings differs by program, and
a picture that no drawing shows is still there.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator

import msgspec

from dlp.model import Blob, Provenance

_METAFILES = {0xF01A: "emf", 0xF01B: "wmf", 0xF01C: "pict"}
_BITMAPS = {0xF01D: "jpg", 0xF01E: "png", 0xF01F: "dib", 0xF029: "tif", 0xF02A: "jpg"}
_NAMES = _METAFILES | _BITMAPS
_TWO_DIGESTS = frozenset({0x3D5, 0x217, 0x543, 0x46B, 0x6E3, 0x6E1, 0x7A9, 0x6E5})
"""Instances of records that have a second digest before the picture."""
_SIGNS = {"jpg": (b"\xff\xd8",), "png": (b"\x89PNG",), "tif": (b"II", b"MM"), "dib": (b"\x28\0\0\0",)}
_MOST = 64 << 20
"""Bytes that a packed metafile may unpack to."""


class Picture(msgspec.Struct, frozen=True):
    """A picture, and where its record stands."""

    begins: int
    end: int
    kind: str
    content: bytes


def find(data: bytes) -> list[Picture]:
    """Every picture in `data`, in order and apart."""
    found: list[Picture] = []
    heads = sorted(at - 2 for kind in _NAMES for at in _all(data, kind.to_bytes(2, "little")))
    for at in heads:
        if (found and at < found[-1].end) or at + 8 > len(data):
            continue
        instance, kind, size = struct.unpack_from("<HHI", data, at)
        if instance & 0xF or size < 17 or at + 8 + size > len(data):
            continue
        content = _content(instance >> 4, kind, data[at + 8 : at + 8 + size])
        if content:
            found.append(Picture(at, at + 8 + size, _NAMES[kind], content))
    return found


def blobs(pictures: list[Picture], provenance: Provenance) -> Iterator[Blob]:
    """The pictures, named `picture N`."""
    for number, picture in enumerate(pictures, 1):
        place = (*provenance, f"picture {number}.{picture.kind}")
        yield Blob(place, io.BytesIO(picture.content), len(picture.content))


def outside(data: bytes, pictures: list[Picture]) -> Iterator[bytes]:
    """What stands between the pictures."""
    at = 0
    for picture in pictures:
        yield data[at : picture.begins]
        at = picture.end
    yield data[at:]


def _all(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark, 2)
    while at >= 0:
        yield at
        at = data.find(mark, at + 2)


def _content(instance: int, kind: int, body: bytes) -> bytes:
    """The picture in a record's body; b"" where the bytes are none, and the head was one by chance."""
    digests = 32 if instance in _TWO_DIGESTS else 16
    if kind in _BITMAPS:
        content = body[digests + 1 :]
        return content if content.startswith(_SIGNS[_BITMAPS[kind]]) else b""
    if len(body) < digests + 34:
        return b""
    packed = body[digests + 34 :]
    if body[digests + 32] != 0:  # 0: packed, 0xFE: not
        return packed if body[digests + 32] == 0xFE else b""
    try:
        return zlib.decompressobj().decompress(packed, _MOST)
    except zlib.error:
        return b""
