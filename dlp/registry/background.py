"""The grams of a store's background, and how they follow its documents.

Background documents keep their text, sealed, so that the table of their grams can be made anew when one is removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dlp.fingerprint import Alphabet, Familiar, fold
from dlp.fingerprint.reference_familiar import ORDERS
from dlp.registry.records import Added, Registered

if TYPE_CHECKING:
    from dlp.registry.store import Store

BITS_A_SYMBOL = 16
"""Of the table, for each symbol of the background: at most 8 are set."""

LEAST_BITS = 1 << 19
MOST_BITS = 1 << 30
"""128 MB: some 60 MB of background; more of it makes more text familiar by chance."""

PIECE = 1 << 20
"""Bytes of a text that are folded at a time."""

FULL = 0.4
"""Share of bits set from which on the table is made anew, and larger. With BITS_A_SYMBOL for each symbol at most
1 - exp(-1/2) = 0.393 are: so a full one is too small for its texts, and making it anew doubles it at least."""


def familiar_after(store: Store, added: Mapping[int, Added], removed: Sequence[int]) -> bytes | None:
    """The table as it is after a change; empty where no text is left that it could be made of, None where the change
    does not touch it. Raises StoreCorrupt, StoreTooNew."""
    removed_too = {ordinal for ordinal in removed if _counts(store.documents[ordinal])}
    fresh = [each for each in added.values() if _counts(each.document)]
    if not fresh and not removed_too:
        return None
    there = None if removed_too else store.familiar()
    if there:
        _add(there, (each.text.unpack() for each in fresh if each.text))
        table = there.to_bytes()
        if there.fill < FULL or len(table) * 8 >= MOST_BITS:
            return table
    kept = [ordinal for ordinal, each in store.documents.items() if _counts(each) and ordinal not in removed_too]
    if not kept and not fresh:
        return b""
    size = sum(store.documents[ordinal].symbols.get(Alphabet.TEXT, 0) for ordinal in kept)
    size += sum(each.document.symbols.get(Alphabet.TEXT, 0) for each in fresh)
    bits = LEAST_BITS
    while bits < min(size * BITS_A_SYMBOL, MOST_BITS):
        bits *= 2
    made = Familiar(bits)
    _add(made, (text for ordinal in kept if (text := store.kept_text(ordinal))))
    _add(made, (each.text.unpack() for each in fresh if each.text))
    return made.to_bytes()


def _counts(document: Registered) -> bool:
    """Whether the document's grams are in the table: one of bytes, or one imported without its text, has none."""
    return document.background and document.keeps_text


def _add(table: Familiar, texts: Iterable[bytes]) -> None:
    """In pieces: to fold all of a long text would take twice its size again."""
    for text in texts:
        before, at = b"", 0
        while at < len(text):
            to = min(at + PIECE, len(text))
            while to < len(text) and text[to] & 0xC0 == 0x80:
                to += 1  # what a character folds to does not depend on its neighbours
            symbols = before + fold(memoryview(text)[at:to])
            table.add(symbols)
            before, at = symbols[1 - ORDERS[-1] :], to
