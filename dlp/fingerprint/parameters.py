"""What decides which shingles a text has. Stamped in every store: stores with other parameters do not mix."""

from __future__ import annotations

import enum

import msgspec

FOLD_VERSION = 1
"""Of the fold table; see fingerprints/make_fold_table.py."""

GONE = 0xFFFFFFFF
"""Group of a document that was removed."""

BACKGROUND = 0xFFFFFFFE
"""Group of a document whose shingles are no evidence."""


class Alphabet(enum.StrEnum):
    """What a symbol is: a byte of the folded text, or a byte of the file."""

    TEXT = "text"
    BYTES = "bytes"


class Scale(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One winnowing of one alphabet: shingles of k symbols, one selected of any w in a row.

    1 <= k <= 64, 1 <= w <= 64. A run of hits is unbroken agreement only while w <= k.
    """

    alphabet: Alphabet
    k: int
    w: int

    @property
    def threshold(self) -> int:
        """t: any t symbols in a row hold a selected shingle."""
        return self.k + self.w - 1


TEXT_SCALE = Scale(Alphabet.TEXT, 16, 13)
"""t = 28 folded symbols: five or six English words, ten ideographs."""

BYTES_SCALE = Scale(Alphabet.BYTES, 32, 32)
"""t = 63 bytes."""

SCALES = (TEXT_SCALE, BYTES_SCALE)
