"""What may be said of a value that must not be told: a keyed digest."""

from __future__ import annotations

import hashlib

SIZE = 12
"""Bytes of a digest: among 10^9 values, two with the same have a chance of 10^-11."""


class Digests:
    """The same value has the same digest under one key; without the key nobody can try values."""

    def __init__(self, key: bytes) -> None:
        """`key`: 16 to 64 bytes."""
        self._blank = hashlib.blake2b(key=key, digest_size=SIZE, person=b"dlp value")

    def of(self, value: str) -> bytes:
        """SIZE bytes; `.hex()` is how findings spell it."""
        digest = self._blank.copy()
        digest.update(value.encode("utf-8", "surrogatepass"))
        return digest.digest()
