"""The grams of a store's background, and how they follow its documents.

Background documents keep their text, sealed, so that the table of their grams can be made anew when one is removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dlp.fingerprint import Familiar, fold
from dlp.registry.records import Added

if TYPE_CHECKING:
    from dlp.registry.store import Store

BITS_A_SYMBOL = 16
"""Of the table, for each symbol of the background: at most 8 are set."""

LEAST_BITS = 1 << 19
MOST_BITS = 1 << 30
"""128 MB: some 60 MB of background; more of it makes more text familiar by chance."""

FULL = 0.35
"""Share of bits set from which on the table is made anew, and larger."""


def familiar_after(store: Store, added: Mapping[int, Added], removed: Sequence[int]) -> bytes | None:
    """The table as it is after a change; None where the change does not touch the background."""
    removed_too = {ordinal for ordinal in removed if store.documents[ordinal].background}
    fresh = [each for each in added.values() if each.document.background]
    if not fresh and not removed_too:
        return None
    if not removed_too and store.state.familiar:
        table = Familiar.from_bytes(store.catalogue.familiar(store.state.familiar))
        _add(table, (each.text.unpack() for each in fresh if each.text))
        if table.fill < FULL or len(table.to_bytes()) * 8 >= MOST_BITS:
            return table.to_bytes()
    kept = [ordinal for ordinal, each in store.documents.items() if each.background and ordinal not in removed_too]
    size = sum(sum(store.documents[ordinal].symbols.values()) for ordinal in kept)
    size += sum(sum(each.document.symbols.values()) for each in fresh)
    bits = LEAST_BITS
    while bits < min(size * BITS_A_SYMBOL, MOST_BITS):
        bits *= 2
    table = Familiar(bits)
    _add(table, (text.encode() for ordinal in kept if (text := store.text(ordinal))))
    _add(table, (each.text.unpack() for each in fresh if each.text))
    return table.to_bytes()


def _add(table: Familiar, texts: Iterable[bytes]) -> None:
    for text in texts:
        table.add(fold(text))
