"""A screen: keyed, shortened hashes of registered shingles. It says that registered text is there, and not of what
document, in which order or where. fingerprints/FORMAT.md has it byte by byte."""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from dlp.errors import StoreCorrupt, StoreTooNew, UsageError
from dlp.fingerprint import BACKGROUND, FOLD_VERSION, TEXT_SCALE, Alphabet, pack_keys, unpack_keys
from dlp.registry.places import load_key
from dlp.registry.seal import derive
from dlp.registry.store import COMMON, Store
from dlp.whole_files import read_whole, written_whole

MAGIC: Final = b"DLPSCRN"
VERSION: Final = b"1"
TAG: Final = 32
SPARE: Final = 20
"""Bits of a hash beyond what the number of shingles asks for: another text's shingle is taken for one of them once in
2^20 to 2^21 times."""

MAX_SIZE: Final = 1 << 30


class Section(msgspec.Struct, frozen=True, array_like=True):
    """The shingles of one label: `entries` hashes of `bits` bits, sorted and packed as keys of a segment."""

    label: str
    bits: int
    entries: int
    packed: bytes


class Body(msgspec.Struct, frozen=True, array_like=True):
    fold_version: int
    k: int
    w: int
    sections: list[Section]


class Screen:
    """Ready to be asked."""

    def __init__(self, key: bytes, sections: Sequence[Section]) -> None:
        """Raises ValueError for what is packed wrongly."""
        self._blank = hashlib.blake2b(key=derive(key, b"screen"), digest_size=8)
        self.labels = [(each.label, 64 - each.bits, unpack_keys(each.packed, each.entries)) for each in sections]

    def label(self, shingle: int) -> int:
        """Which label it is of, by number; -1 where it is none."""
        hashed = _hash(self._blank, shingle)
        for number, (_, shift, there) in enumerate(self.labels):
            short = hashed >> shift
            at = bisect_left(there, short)
            if at < len(there) and there[at] == short:
                return number
        return -1


def _hash(blank: hashlib.blake2b, shingle: int) -> int:
    made = blank.copy()
    made.update(shingle.to_bytes(8, "little"))
    return int.from_bytes(made.digest(), "little")


def screen_bytes(key: bytes, shingles: Mapping[str, set[int]]) -> bytes:
    """The file's bytes. `shingles`: by label."""
    blank = hashlib.blake2b(key=derive(key, b"screen"), digest_size=8)
    sections = []
    for label, own in sorted(shingles.items()):
        bits = min(64, len(own).bit_length() + SPARE)
        hashes = array("Q", sorted({_hash(blank, each) >> (64 - bits) for each in own}))
        sections.append(Section(label, bits, len(hashes), pack_keys(hashes)))
    body = msgspec.msgpack.encode(Body(FOLD_VERSION, TEXT_SCALE.k, TEXT_SCALE.w, sections))
    return MAGIC + VERSION + _tag(key, body) + body


def _tag(key: bytes, body: bytes) -> bytes:
    return hashlib.blake2b(MAGIC + VERSION + body, key=derive(key, b"screen tag"), digest_size=TAG).digest()


def evidence(store: Store) -> dict[str, set[int]]:
    """The shingles of text that are evidence, by their documents' label; of two labels, the first by name. Those of the
    background, and of more than ten documents, are left out. Raises StoreCorrupt."""
    segments = store.segments(Alphabet.TEXT)
    groups, _ = store.groups()
    labels = {ordinal: each.label for ordinal, each in store.documents.items()}
    where: dict[int, set[int]] = {}
    for keys, postings in segments:
        for key, posting in zip(keys, postings, strict=True):
            if posting >> 32 in labels:
                where.setdefault(key, set()).add(posting >> 32)
    found: dict[str, set[int]] = {}
    for key, ordinals in where.items():
        own = {groups[each] for each in ordinals}
        if BACKGROUND not in own and len(own) <= COMMON:
            found.setdefault(min(labels[each] for each in ordinals), set()).add(key)
    return found


def screen_from(data: bytes, key: bytes, where: str) -> Screen:
    """Raises StoreCorrupt, StoreTooNew: another key, a torn or tampered file, another version."""
    if not data.startswith(MAGIC):
        raise StoreCorrupt(f"{where} is no screen; make one with: dlp fingerprints export --screen")
    begin = len(MAGIC) + 1
    if data[len(MAGIC) : begin] != VERSION:
        raise StoreTooNew(f"{where}: a screen of another version; make it anew with: dlp fingerprints export --screen")
    body = data[begin + TAG :]
    if data[begin : begin + TAG] != _tag(key, body):
        raise StoreCorrupt(f"{where} is torn or tampered with, or the key is not the one that it was made with")
    try:
        read = msgspec.msgpack.decode(body, type=Body)
        if (read.fold_version, read.k, read.w) != (FOLD_VERSION, TEXT_SCALE.k, TEXT_SCALE.w):
            raise StoreTooNew(f"{where}: folded or cut otherwise; make it anew with: dlp fingerprints export --screen")
        return Screen(key, read.sections)
    except (msgspec.DecodeError, ValueError):
        raise StoreCorrupt(f"{where} is damaged") from None


def load_screen(path: str, environment: Mapping[str, str]) -> Screen:
    """The key is of $DLP_SCREEN_KEY (base64), else of the file beside it that ends in `.key`. Raises KeyMissing,
    UsageError, StoreCorrupt, StoreTooNew."""
    given = environment.get("DLP_SCREEN_KEY")
    key = load_key(None, {"DLP_KEY": given}) if given else load_key(path + ".key", {})
    data = read_whole(path, MAX_SIZE)
    if len(data) > MAX_SIZE:
        raise UsageError(f"{path}: a screen has at most {MAX_SIZE >> 20} MiB")
    return screen_from(data, key, path)


def write_screen(path: str, key: bytes, shingles: Mapping[str, set[int]]) -> int:
    """A new file, whole or not at all; returns its bytes. Raises UsageError."""
    data = screen_bytes(key, shingles)
    try:
        with written_whole(path, 0o666) as file:
            file.write(data)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    return len(data)
