"""A segment: sorted shingles with their postings, in one sealed file that never changes.

fingerprints/FORMAT.md has it byte by byte.
"""

from __future__ import annotations

import errno
import os
from array import array
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from typing import BinaryIO

import msgspec

from dlp.errors import StoreCorrupt, StoreError, StoreFull
from dlp.fingerprint import Alphabet, pack_keys, unpack_keys
from dlp.registry.seal import CHUNK, TAG, Broken, ChunkSeal, derive
from dlp.whole_files import sync_folder

MAGIC = b"DLPSEG1\n"


class SegmentInfo(msgspec.Struct, frozen=True):
    """What the catalogue says of a segment. `keys_size`: bytes of the packed keys."""

    id: str
    alphabet: Alphabet
    entries: int
    keys_size: int

    @property
    def file_name(self) -> str:
        return self.id + ".seg"

    @property
    def plain_size(self) -> int:
        """Bytes of keys and postings before sealing."""
        return self.keys_size + 8 * self.entries

    @property
    def sealed_size(self) -> int:
        """Bytes of the whole file."""
        chunks = -(-self.keys_size // CHUNK) + -(-8 * self.entries // CHUNK)
        return len(MAGIC) + self.plain_size + TAG * chunks


Entries = tuple["array[int]", "array[int]"]
"""Keys and postings (u64 each), in the order of the keys."""


def new_id() -> str:
    return os.urandom(16).hex()


def _sealer(key: bytes, info: SegmentInfo) -> ChunkSeal:
    place = f"segment {info.id} {info.alphabet} {info.entries} {info.keys_size}".encode()
    return ChunkSeal(derive(key, b"segment", bytes.fromhex(info.id)), place, info.plain_size)


def write_segment(folder: str, key: bytes, alphabet: Alphabet, entries: Entries) -> SegmentInfo:
    """A new segment file, whole and on the disk when this returns. The catalogue does not name it yet.

    Raises StoreFull, StoreError.
    """
    keys, postings = entries
    packed = pack_keys(keys)
    info = SegmentInfo(new_id(), alphabet, len(keys), len(packed))
    final = os.path.join(folder, info.file_name)
    temporary = final + ".tmp"
    sealer = _sealer(key, info)
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(handle, "wb") as file:
            file.write(MAGIC)
            for data in (memoryview(packed), memoryview(postings).cast("B")):
                for chunk in sealer.close(data):
                    file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, final)
        sync_folder(folder)
    except OSError as error:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise failed_write(error, folder) from error
    return info


def failed_write(error: OSError, folder: str) -> StoreError:
    """StoreFull for a disk or quota without room, else a StoreError that says what the system said."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StoreFull(f"no room left for the store in {folder} ({error.strerror}); what was registered is kept")
    return StoreError(f"cannot write to the store in {folder}: {error.strerror}; what was registered is kept")


def read_segments(folder: str, key: bytes, infos: Iterable[SegmentInfo]) -> Iterator[Entries]:
    """Keys and postings of each. All files are opened before the first is read, so that a writer who takes merged
    segments away can hardly come between. Raises StoreCorrupt where a file is gone, torn or not what was sealed."""
    with ExitStack() as stack:
        files = [(info, stack.enter_context(_open(folder, info))) for info in infos]
        for info, file in files:
            yield _read(file, key, info)
            file.close()


def read_segment(folder: str, key: bytes, info: SegmentInfo) -> Entries:
    """Keys and postings of one segment. Raises StoreCorrupt."""
    (entries,) = read_segments(folder, key, [info])
    return entries


def _open(folder: str, info: SegmentInfo) -> BinaryIO:
    path = os.path.join(folder, info.file_name)
    try:
        return open(path, "rb")
    except FileNotFoundError:
        raise StoreCorrupt(f"segment gone: {path}; {MEND}") from None
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from None


def _read(file: BinaryIO, key: bytes, info: SegmentInfo) -> Entries:
    try:
        size = os.fstat(file.fileno()).st_size
        if size != info.sealed_size:
            raise StoreCorrupt(f"torn segment: {file.name} has {size} bytes, not {info.sealed_size}; {MEND}")
        if file.read(len(MAGIC)) != MAGIC:
            raise StoreCorrupt(f"{file.name} is no segment; {MEND}")
        sealer = _sealer(key, info)
        keys = unpack_keys(_plain(file, sealer, info.keys_size), info.entries)
        postings = array("Q")
        for chunk in _chunks(file, sealer, 8 * info.entries):
            postings.frombytes(chunk)
    except (Broken, ValueError):
        raise StoreCorrupt(f"segment tampered with or damaged: {file.name}; {MEND}") from None
    except OSError as error:
        raise StoreError(f"cannot read {file.name}: {error.strerror}") from None
    return keys, postings


MEND = "restore the store from a backup, or make a new one and register again"


def _chunks(file: BinaryIO, sealer: ChunkSeal, size: int) -> Iterator[bytes]:
    for at in range(0, size, CHUNK):
        yield sealer.open(file.read(min(CHUNK, size - at) + TAG))


def _plain(file: BinaryIO, sealer: ChunkSeal, size: int) -> bytearray:
    plain = bytearray()
    for chunk in _chunks(file, sealer, size):
        plain += chunk
    return plain
