"""The log: entries, each of which names the hash of the one before it; the last of each transaction is signed.

An entry's *statement* is a few lines of text, made for being verified with public tools:

    dlp-log 1
    previous 5d41…            hash of the entry before, 64 zeros for the first
    number 17
    time 1764003148123456     microseconds since 1970, UTC
    kind incident
    body 2c26…                SHA-256 of the body

Its signature (Ed25519) is of the statement, and its hash is SHA-256 of statement and signature, one behind the other;
so one good signature vouches for every entry before it. A body may be purged: its digest stays, and with it the chain.

Beside the entries stands the *head*: number and hash of the last entry, signed. Only the newest is kept. Who cuts the
log and has no key therefore cannot say where it ends.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dlp.errors import IncidentsDamaged
from dlp.incident.database import Database
from dlp.incident.incidents import ABOUT, EVENTS

ZERO = bytes(32)

KIND = re.compile(r"[a-z][a-z-]{0,39}\Z")

SET_BACK = 1_000_000
"""Microseconds that a clock may be behind the last entry before an entry says so."""

_encode = msgspec.json.Encoder().encode


class Entry(msgspec.Struct, frozen=True):
    """One entry. `body` is JSON, None once it is purged; `signature` None for all but a transaction's last."""

    number: int
    time: int
    kind: str
    digest: bytes
    body: bytes | None
    hash: bytes
    signature: bytes | None


COLUMNS = "number, time, kind, digest, body, hash, signature"


def statement(previous: bytes, number: int, time: int, kind: str, digest: bytes) -> bytes:
    """What is hashed and signed."""
    return (
        f"dlp-log 1\nprevious {previous.hex()}\nnumber {number}\ntime {time}\nkind {kind}\nbody {digest.hex()}\n"
    ).encode()


def head_statement(number: int, hash: bytes) -> bytes:
    """What the head's signature is of."""
    return f"dlp-head 1\nnumber {number}\nhash {hash.hex()}\n".encode()


class Head(msgspec.Struct, frozen=True):
    """Where the log ends."""

    number: int
    hash: bytes
    signature: bytes


def head_of(db: Database) -> Head:
    """Raises IncidentsDamaged where there is none."""
    row = db.execute("SELECT number, hash, signature FROM head").fetchone()
    if row is None or not isinstance(row[0], int) or not all(isinstance(each, bytes) for each in row[1:]):
        raise IncidentsDamaged(f"the log in {db.folder} has no head; see: dlp incidents verify")
    return Head(*row)


class Appending:
    """One transaction that adds to the log, and to tables beside it by `db`."""

    def __init__(self, db: sqlite3.Connection, last: tuple[int, bytes, int], now: int) -> None:
        """`last`: number, hash and time of the last entry; zeros where there is none."""
        self.db = db
        self.number, self._hash, before = last
        self.time = now
        """Microseconds since 1970, of all that this transaction adds."""
        self._pending: tuple[int, int, str, bytes, bytes] | None = None
        """The entry that is not written yet, since it may be the last."""
        self._statement = b""
        if self.number and before - now > SET_BACK:
            self.append("clock", {"behind": before - now})

    def append(self, kind: str, body: object) -> int:
        """Adds an entry, and says its number. `body`: what becomes an object of JSON. A few random bytes are put
        first: of a body that was purged nobody can then confirm a guess. One that names an `incident` is an event of
        that; those that change it are noted with the change (`incidents.put`)."""
        if not KIND.match(kind):
            raise ValueError(f"{kind!r} is no kind of entry")
        data = _encode(body)
        if not data.startswith(b"{"):
            raise ValueError("a body is an object")
        salt = b'{"salt":"%s"%s' % (os.urandom(12).hex().encode(), b"" if data == b"{}" else b",")
        data = salt + data[1:]
        self._write(None)
        self.number += 1
        self._pending = (self.number, self.time, kind, hashlib.sha256(data).digest(), data)
        self._statement = statement(self._hash, *self._pending[:4])
        if kind not in EVENTS and (incident := ABOUT.decode(data).incident):
            self.db.execute("INSERT INTO events SELECT ordinal, ? FROM incidents WHERE id = ?", (self.number, incident))
        return self.number

    def _write(self, signer: Ed25519PrivateKey | None) -> None:
        if self._pending is None:
            return
        signature = signer.sign(self._statement) if signer else None
        self._hash = hashlib.sha256(self._statement + (signature or b"")).digest()
        self.db.execute("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)", (*self._pending, self._hash, signature))
        self._pending = None

    def finish(self, signer: Ed25519PrivateKey) -> None:
        """Signs the last entry, and the head."""
        if self._pending is None:
            return
        self._write(signer)
        signature = signer.sign(head_statement(self.number, self._hash))
        self.db.execute(
            "INSERT INTO head (one, number, hash, signature) VALUES (1, ?1, ?2, ?3)"
            " ON CONFLICT (one) DO UPDATE SET number = ?1, hash = ?2, signature = ?3",
            (self.number, self._hash, signature),
        )


class Log:
    """The log of one folder, for who may add to it."""

    def __init__(
        self, database: Database, signer: Ed25519PrivateKey, clock: Callable[[], int] = time.time_ns
    ) -> None:
        """`clock`: nanoseconds since 1970."""
        self.database = database
        self._signer = signer
        self._clock = clock

    def sign(self, text: bytes) -> bytes:
        """Ed25519, by the key that signs the log. `text` must be neither an entry's nor a head's statement."""
        if text.startswith(b"dlp-"):
            raise ValueError("what begins so is the log's to sign")
        return self._signer.sign(text)

    @contextmanager
    def appending(self) -> Iterator[Appending]:
        """A transaction: all that is added in it is there, on the disk, when it is over, or nothing of it.

        Raises IncidentsFull, IncidentsLocked, IncidentsDamaged, IncidentsError."""
        with self.database.transaction() as db:
            made = Appending(db, self._last(db), self._clock() // 1000)
            yield made
            made.finish(self._signer)

    def _last(self, db: sqlite3.Connection) -> tuple[int, bytes, int]:
        row = db.execute("SELECT number, hash, time FROM log ORDER BY number DESC LIMIT 1").fetchone()
        head = db.execute("SELECT number, hash FROM head").fetchone()
        if (row and row[:2]) != head:
            raise IncidentsDamaged(
                f"the log in {self.database.folder} does not end where its head says; see: dlp incidents verify"
            )
        return row or (0, ZERO, 0)


def entries(db: sqlite3.Connection, first: int = 1, last: int | None = None) -> Iterator[Entry]:
    """Those numbered `first` to `last`."""
    bound = last if last is not None else (1 << 63) - 1
    query = f"SELECT {COLUMNS} FROM log WHERE number BETWEEN ? AND ? ORDER BY number"
    for row in db.execute(query, (first, bound)):
        yield Entry(*row)
