"""What was packed, unpacked within bounds: a record may have been made to become anything."""

from __future__ import annotations

import zlib


def inflated(packed: bytes, most: int) -> bytes:
    """What a zlib stream unpacks to: `most` bytes at most, whatever it was made to become. Raises ValueError."""
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(packed, most + 1)
    except zlib.error:
        raise ValueError("not a zlib stream") from None
    if len(plain) > most or not unpacker.eof or unpacker.unused_data:
        raise ValueError("not one zlib stream of that size")
    return plain
