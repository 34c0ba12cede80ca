"""The background that is shipped: which grams are common in contracts and licences, made by
fingerprints/make_background.py.

The file: `DLPFAMIL`, then u32 format version, u32 fold version, u64 bits, u32 number of orders, u32 each order (all
little-endian), 16 bytes of BLAKE2b over the table, then the table's bytes. It holds marks of grams, bits of a hash, and
no text.
"""

from __future__ import annotations

import hashlib
import os
import struct
from functools import cache

from dlp.fingerprint import Familiar
from dlp.fingerprint.parameters import FOLD_VERSION
from dlp.fingerprint.reference_familiar import ORDERS

MAGIC = b"DLPFAMIL"
VERSION = 1
HEADER = struct.Struct(f"<8sIIQI{len(ORDERS)}I")
DIGEST = 16


def pack(table: Familiar) -> bytes:
    """The file's bytes for a table."""
    data = table.to_bytes()
    return _head(len(data)) + _digest(data) + data


def _head(size: int) -> bytes:
    return HEADER.pack(MAGIC, VERSION, FOLD_VERSION, 8 * size, len(ORDERS), *ORDERS)


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=DIGEST).digest()


def unpack(data: bytes) -> Familiar:
    """The table of such a file. Raises ValueError where it is of another version, folding or orders, or damaged."""
    begin = HEADER.size + DIGEST
    if data[: HEADER.size] != _head(max(len(data) - begin, 0)):
        raise ValueError("not a background of this version: make it anew with fingerprints/make_background.py")
    if data[HEADER.size : begin] != _digest(data[begin:]):
        raise ValueError("the background is damaged")
    return Familiar.from_bytes(data[begin:])


@cache
def shipped() -> Familiar:
    """3 MiB; read when a passage is first found."""
    with open(os.path.join(os.path.dirname(__file__), "background.bin"), "rb") as file:
        return unpack(file.read())
