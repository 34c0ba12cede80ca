"""Mutations that reach what is packed: of a zip archive one member is changed, and its checksum is right again."""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from collections.abc import Callable

Change = Callable[[bytes, int], bytes]
"""Bytes, and how many there may be at most, to other bytes."""

MEMBERS = 40
"""Members of an archive that is taken apart; what has more is changed as it stands."""

UNPACKED = 1 << 20
"""Bytes of all members that are unpacked."""

REPACKED = 1 << 17
"""Bytes that a changed member may have."""

LONGEST = 200
"""Bytes that are repeated, at most."""


def changed(data: bytes, most: int, seed: int, change: Change) -> bytes:
    """`data` with `change` made somewhere in it: three times out of four inside what it packs. Once in a hundred, a
    few of its bytes are repeated up to some length: what is not linear, and what nests, shows in that."""
    chance = random.Random(seed)
    if data[:4] == b"PK\x03\x04" and chance.randrange(4):
        try:
            made = _zip(data, most, chance, change)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, OSError, EOFError):
            return change(data, most)
        if made is not None and len(made) <= most:
            return made
    if data and not chance.randrange(100):
        return _repeated(data, most, chance)
    return change(data, most)


def _repeated(data: bytes, most: int, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    piece = data[start : start + chance.randint(1, chance.choice((4, 20, LONGEST)))]
    room = max(0, chance.choice((most // 64, most // 16, most)) - len(data))  # the longest are slow to search on from
    return data[:start] + piece * (room // len(piece)) + data[start:]


def _zip(data: bytes, most: int, chance: random.Random, change: Change) -> bytes | None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        entries = old.infolist()
        if not 0 < len(entries) <= MEMBERS or sum(entry.file_size for entry in entries) > UNPACKED:
            return None
        chosen = chance.choice(entries)
        for entry in entries:
            content = old.read(entry)
            if entry is chosen:
                content = changed(content, REPACKED, chance.getrandbits(32), change)
            packing = zipfile.ZIP_STORED if entry.filename == "mimetype" else zipfile.ZIP_DEFLATED
            new.writestr(zipfile.ZipInfo(entry.filename), content, packing)
    return out.getvalue()
