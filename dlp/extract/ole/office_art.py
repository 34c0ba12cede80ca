"""Pictures in Office documents before 2007 ([MS-ODRAW]), as blobs.

They are found by their records' heads wherever those stand: which stream holds the drawings differs by program, and
a picture that no drawing shows is still there.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator

import msgspec

from dlp.extract.archive.packers import Source, inflate
from dlp.extract.unpacking import bounded, once
from dlp.limits import Limits
from dlp.model import Blob, Provenance

_METAFILES = {0xF01A: "emf", 0xF01B: "wmf", 0xF01C: "pict"}
_BITMAPS = {0xF01D: "jpg", 0xF01E: "png", 0xF01F: "dib", 0xF029: "tif", 0xF02A: "jpg"}
_NAMES = _METAFILES | _BITMAPS
_HEAD = re.compile(rb"[\x1a-\x1f\x29\x2a]\xf0", re.DOTALL)
_TWO_DIGESTS = frozenset({0x3D5, 0x217, 0x543, 0x46B, 0x6E3, 0x6E1, 0x7A9, 0x6E5})
"""Instances of records that have a second digest before the picture."""
_SIGNS = {"jpg": (b"\xff\xd8",), "png": (b"\x89PNG",), "tif": (b"II", b"MM"), "dib": (b"\x28\0\0\0",)}


class Picture(msgspec.Struct, frozen=True):
    """A picture, where its record stands, and its bytes, packed or not."""

    begins: int
    end: int
    kind: str
    content: bytes
    packed: bool


def find(data: bytes) -> list[Picture]:
    """Every picture in `data`, in order and apart."""
    found: list[Picture] = []
    for head in _HEAD.finditer(data, 2):
        at = head.start() - 2
        if (found and at < found[-1].end) or at + 8 > len(data):
            continue
        instance, kind, size = struct.unpack_from("<HHI", data, at)
        if instance & 0xF or size < 17 or at + 8 + size > len(data):
            continue
        begins, packed = _content(data, at + 8, instance >> 4, kind)
        if begins:
            end = at + 8 + size
            found.append(Picture(at, end, _NAMES[kind], data[begins:end], packed))
    return found


def blobs(pictures: list[Picture], provenance: Provenance, limits: Limits) -> Iterator[Blob]:
    """The pictures, named `picture N`."""
    for number, picture in enumerate(pictures, 1):
        place = (*provenance, f"picture {number}.{picture.kind}")
        if picture.packed:
            yield unpacked(place, picture.content, limits)
        else:
            yield Blob(place, io.BytesIO(picture.content), len(picture.content))


def unpacked(provenance: Provenance, packed: bytes, limits: Limits) -> Blob:
    """What stands packed as zlib packs, as a blob."""
    content = inflate(Source(io.BytesIO(packed)), zlib.MAX_WBITS)
    return Blob(provenance, once(bounded(content, lambda: len(packed), limits, limits.max_part)), -1)


def outside(data: bytes, pictures: list[Picture]) -> Iterator[bytes]:
    """What stands between the pictures."""
    at = 0
    for picture in pictures:
        yield data[at : picture.begins]
        at = picture.end
    yield data[at:]


def _content(data: bytes, at: int, instance: int, kind: int) -> tuple[int, bool]:
    """Where in a record's body the picture begins, and whether it is packed; 0 where the bytes are none, and the head
    was one by chance."""
    digests = 32 if instance in _TWO_DIGESTS else 16
    if kind in _BITMAPS:
        begins = at + digests + 1
        return (begins if data.startswith(_SIGNS[_BITMAPS[kind]], begins) else 0), False
    begins = at + digests + 34
    form = data[begins - 2 : begins - 1]
    if form == b"\xfe":
        return begins, False
    packed = (
        form == b"\0" and data[begins : begins + 1] == b"\x78" and int.from_bytes(data[begins : begins + 2]) % 31 == 0
    )
    return (begins if packed else 0), packed
