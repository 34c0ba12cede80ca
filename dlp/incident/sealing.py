"""Sealing to the review key: whoever has its public half can write, and only who has the private half can read.

A sealed box is

    "DLPBOX1\\n" ‖ ephemeral X25519 public key (32 bytes) ‖ sealed chunks

under the key HKDF-SHA256(shared secret, salt = ephemeral key ‖ review key, info = "dlp box 1 " ‖ place, 32 bytes).
Chunks are AES-256-GCM, of CHUNK bytes each but for the last, which may be shorter or empty; a chunk's nonce is its
number from 0 (11 bytes, big-endian) and a byte that is 1 for the last. So none can be exchanged, left out or cut off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dlp.errors import IncidentsDamaged, IncidentsSealed

MAGIC = b"DLPBOX1\n"
PUBLIC = 32
CHUNK = 1 << 18
TAG = 16


class Digests(msgspec.Struct, frozen=True):
    """Of what was sealed: SHA-256 in hexadecimal digits, and bytes, of the content and of the sealed box."""

    content: str
    content_bytes: int
    sealed: str
    sealed_bytes: int


def seal(data: bytes, review: X25519PublicKey, place: bytes) -> bytes:
    """`data` in a box. `place`: what it is, which must be said again to open it."""
    return b"".join(boxed(_cut(data), review, place))


def _cut(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), CHUNK):
        yield data[at : at + CHUNK]


def seal_stream(source: BinaryIO, target: BinaryIO, review: X25519PublicKey, place: bytes) -> Digests:
    """All that is left of `source`, in a box that is written to `target`. Raises OSError."""
    content, sealed = hashlib.sha256(), hashlib.sha256()
    sizes = [0, 0]

    def chunks() -> Iterator[bytes]:
        while chunk := _full(source):
            content.update(chunk)
            sizes[0] += len(chunk)
            yield chunk

    for piece in boxed(chunks(), review, place):
        sealed.update(piece)
        sizes[1] += len(piece)
        target.write(piece)
    return Digests(content.hexdigest(), sizes[0], sealed.hexdigest(), sizes[1])


def _full(source: BinaryIO, size: int = CHUNK) -> bytes:
    """`size` bytes, or what is left."""
    parts: list[bytes] = []
    missing = size
    while missing and (part := source.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def boxed(chunks: Iterable[bytes], review: X25519PublicKey, place: bytes) -> Iterator[bytes]:
    """A box, in pieces. `chunks` have CHUNK bytes each but for the last."""
    ephemeral = X25519PrivateKey.generate()
    public = ephemeral.public_key().public_bytes_raw()
    cipher = AESGCM(_key(ephemeral.exchange(review), public, review, place))
    yield MAGIC + public
    number, held = 0, None
    for chunk in chunks:
        if held is not None:
            yield cipher.encrypt(_nonce(number, last=False), held, None)
            number += 1
        held = chunk
    yield cipher.encrypt(_nonce(number, last=True), held or b"", None)


def open_box(sealed: bytes, review: X25519PrivateKey, place: bytes) -> bytes:
    """What is in a box. Raises IncidentsSealed for another key or place, IncidentsDamaged for what is no box."""
    import io

    return b"".join(open_stream(io.BytesIO(sealed), review, place))


def open_stream(source: BinaryIO, review: X25519PrivateKey, place: bytes) -> Iterator[bytes]:
    """What is in a box, in pieces; it is whole only once the iterator ends. Raises as `open_box` does, and OSError."""
    head = source.read(len(MAGIC) + PUBLIC)
    if len(head) != len(MAGIC) + PUBLIC or not head.startswith(MAGIC):
        raise IncidentsDamaged("what should be sealed evidence is no sealed box")
    public = head[len(MAGIC) :]
    try:
        shared = review.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:  # a point of small order
        raise IncidentsDamaged("what should be sealed evidence is no sealed box") from None
    cipher = AESGCM(_key(shared, public, review.public_key(), place))
    number, held = 0, _full(source, CHUNK + TAG)
    while True:
        following = _full(source, CHUNK + TAG)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), held, None)
        except InvalidTag:
            raise IncidentsSealed(
                "the review key does not open this: it is another one than the evidence was sealed to, or the evidence "
                "was changed; dlp incidents verify tells which"
            ) from None
        if not following:
            return
        number, held = number + 1, following


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _key(shared: bytes, public: bytes, review: X25519PublicKey, place: bytes) -> bytes:
    salt = public + review.public_bytes_raw()
    return HKDF(hashes.SHA256(), 32, salt, b"dlp box 1 " + place).derive(shared)
