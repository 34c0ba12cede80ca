"""Whether the log is what was written: each entry, their order, their signatures, and what else was made of them."""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
from collections.abc import Sequence

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from dlp.errors import ConfigError
from dlp.incident import evidence
from dlp.incident.chain import COLUMNS, ZERO, head_statement, statement
from dlp.incident.database import Database
from dlp.incident.incidents import Sealed
from dlp.incident.keys import verifies
from dlp.incident.projecting import Projection
from dlp.incident.quarantine.opening import NAME as QUARANTINE
from dlp.incident.quarantine.verifying import faults as quarantine_faults

MOST_FAULTS = 100
"""That are told, the first ones; further ones are counted."""

HEAD = re.compile(r"dlp-head 1\nnumber ([0-9]{1,18})\nhash ([0-9a-f]{64})\n")


class Fault(msgspec.Struct, frozen=True):
    """What is wrong, and at which entry; 0 where it is of none."""

    number: int
    problem: str


class Verified(msgspec.Struct, frozen=True):
    """`entries`: how many there are; `vouched`: the number of the last one that a good signature vouches for; `notes`:
    what is odd and no fault. Faults of the chain come first; others often follow from them."""

    entries: int
    vouched: int
    hash: str
    faults: tuple[Fault, ...]
    further: int
    notes: tuple[str, ...]


class Anchored(msgspec.Struct, frozen=True):
    """A head as it was kept elsewhere."""

    number: int
    hash: str


def anchored(text: str, where: str) -> Anchored:
    """Of `NUMBER:HASH`, or of what `dlp incidents head` prints. Raises ConfigError."""
    number, _, digest = text.strip().partition(":")
    if number.isascii() and number.isdigit() and len(number) < 19 and re.fullmatch("[0-9a-f]{64}", digest):
        return Anchored(int(number), digest)
    found = HEAD.search(text)
    if not found:
        raise ConfigError(f"{where} is no head: write NUMBER:HASH, or name a file of what dlp incidents head printed")
    return Anchored(int(found[1]), found[2])


def verify(
    database: Database, folder: str, key: Ed25519PublicKey, pem: bytes, anchors: Sequence[Anchored] = ()
) -> Verified:
    """Reads all of it. `folder`: of kept files; `pem`: the public key's file. Raises IncidentsDamaged where the
    database itself cannot be read, IncidentsError."""
    taken = quarantine_faults(database, os.path.join(os.path.dirname(database.path), QUARANTINE))
    with database.reading() as db:
        verifying = _Verifying(db, folder, key, pem, {each.number: each.hash for each in anchors})
        return verifying.verified(taken)


class _Verifying:
    def __init__(
        self, db: sqlite3.Connection, folder: str, key: Ed25519PublicKey, pem: bytes, anchors: dict[int, str]
    ) -> None:
        self._db, self._folder, self._key, self._pem, self._anchors = db, folder, key, pem, anchors
        self._faults: list[Fault] = []
        self._further = 0
        self._notes: list[str] = []
        self._projection = Projection()
        self._signed: list[int] = []
        """Numbers of the entries that have a signature."""
        self._without: list[int] = []
        """Of those that have no body."""
        self._back: list[int] = []
        """Of those that are earlier than the one before."""
        self._last, self._hash, self._entries = 0, ZERO, 0

    def _fault(self, number: int, problem: str) -> None:
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(Fault(number, problem))
        else:
            self._further += 1

    def verified(self, further: Sequence[tuple[int, str]]) -> Verified:
        """`further`: faults (entry, what) that were found elsewhere."""
        self._structure()
        self._chain()
        vouched = self._signatures()
        self._head()
        for number in self._projection.may_lack(self._without):
            self._fault(number, "its body is gone, and no entry says that it was purged")
        for number, digest in self._anchors.items():
            if number > self._last:
                self._fault(self._last, f"the log ends here, and a head of entry {number} was anchored: it was cut off")
            elif digest:
                self._fault(number, "it is not the entry that was anchored: the log was rewritten")
        for number, problem in self._projection.differences(self._db):
            self._fault(number, problem)
        self._evidence()
        for number, problem in further:
            self._fault(number, problem)
        if self._back:
            first = ", ".join(map(str, self._back[:5]))
            more = f" and {len(self._back) - 5:,} more" if len(self._back) > 5 else ""
            self._notes.append(f"the clock was set back before entry {first}{more}")
        faults, notes = tuple(self._faults), tuple(self._notes)
        return Verified(self._entries, vouched, self._hash.hex(), faults, self._further, notes)

    def _structure(self) -> None:
        for name, kind in self._db.execute("SELECT name, type FROM sqlite_master WHERE type IN ('trigger', 'view')"):
            self._fault(0, f"the database has a {kind} {name!r}, which nobody made for it")
        for (problem,) in self._db.execute("PRAGMA integrity_check(10)"):
            if problem != "ok":
                self._fault(0, f"the database is damaged: {problem}")

    def _chain(self) -> None:
        sha256, take = hashlib.sha256, self._projection.take
        previous, expected, before = ZERO, 1, None
        signed, without, anchors = self._signed, self._without, self._anchors
        for number, time, kind, digest, body, hash_, signature in self._db.execute(
            f"SELECT {COLUMNS} FROM log ORDER BY number"
        ):
            self._entries += 1
            if number != expected:
                upto = number - 1
                missing = f"entry {upto} is" if upto == expected else f"entries {expected} to {upto} are"
                self._fault(expected, f"{missing} missing")
            expected = number + 1
            if not (
                type(digest) is bytes and type(hash_) is bytes and type(time) is int and type(kind) is str
                and (body is None or type(body) is bytes) and (signature is None or type(signature) is bytes)
            ):  # fmt: skip
                self._fault(number, "it is not an entry's shape")
                previous = hash_ if type(hash_) is bytes else ZERO
                continue
            text = statement(previous, number, time, kind, digest)
            if signature is not None:
                signed.append(number)
                text += signature
            if sha256(text).digest() != hash_:
                self._fault(number, "it, or its place behind the entry before it, was changed")
            previous = hash_
            if number in anchors and hash_.hex() == anchors[number]:
                anchors[number] = ""
            if before is not None and time < before:
                self._back.append(number)
            before = time
            if body is None:
                without.append(number)
            elif sha256(body).digest() != digest:
                self._fault(number, "its body was changed")
            else:
                try:
                    take(number, time, kind, body)
                except (ValueError, msgspec.MsgspecError) as error:
                    self._fault(number, f"what it says makes no sense: {error}")
                if number == 1:
                    self._first(kind, body)
        self._last, self._hash = expected - 1, previous

    def _first(self, kind: str, body: bytes) -> None:
        begun = msgspec.json.decode(body)
        said = begun.get("signing") if kind == "init" and isinstance(begun, dict) else None
        if said != self._pem.decode("ascii", "replace"):
            self._fault(1, "the log was begun under another key than the public key at hand")

    def _signatures(self) -> int:
        """The last entry that a good signature vouches for: what comes before it, it vouches for, too. So the last
        signature is enough; where it is not good, the first that is not is looked for by halves."""
        signed = self._signed
        if signed and self._good(signed[-1]):
            good = len(signed)
        else:
            low, high = 0, len(signed)
            while low < high:
                middle = (low + high) // 2
                if self._good(signed[middle]):
                    low = middle + 1
                else:
                    high = middle
            good = low
            if good < len(signed):
                after = signed[good - 1] + 1 if good else 1
                which = f"entry {after}" if after == signed[good] else f"entries {after} to {signed[good]}"
                self._fault(after, f"{which} may be forged: the signature of entry {signed[good]} is not good")
        vouched = signed[good - 1] if good else 0
        if good == len(signed) and vouched < self._last:
            which = f"entries {vouched + 1} to {self._last}"
            self._fault(vouched + 1, f"{which} are not signed: something was cut off or added")
        return vouched

    def _good(self, number: int) -> bool:
        rows = self._db.execute(
            "SELECT number, hash, time, kind, digest, signature FROM log WHERE number BETWEEN ? AND ? ORDER BY number",
            (number - 1, number),
        ).fetchall()
        previous = rows[0][1] if len(rows) == 2 else ZERO
        _, _, time, kind, digest, signature = rows[-1]
        if not all(isinstance(each, bytes) for each in (previous, digest)):
            return False
        return verifies(self._key, signature, statement(previous, number, time, kind, digest))

    def _head(self) -> None:
        row = self._db.execute("SELECT number, hash, signature FROM head").fetchone()
        if row is None:
            self._fault(0, "the log's head is missing")
            return
        number, digest, signature = row
        if not (isinstance(number, int) and isinstance(digest, bytes)):
            self._fault(0, "the log's head is not a head's shape")
        elif not verifies(self._key, signature, head_statement(number, digest)):
            self._fault(self._last, "the log's head is forged: its signature is not good")
        elif number > self._last:
            self._fault(self._last, f"the log ends here, and its head says {number}: it was cut off")
        elif (number, digest) != (self._last, self._hash):
            self._fault(self._last, f"the log does not end as its head says, with entry {number}")

    def _evidence(self) -> None:
        sealed = self._projection.sealed
        wanted = {number: excerpts for number, (excerpts, _) in sealed.items() if excerpts}
        for number, box in self._db.execute("SELECT number, sealed FROM evidence"):
            expected = wanted.pop(number, None)
            if expected is None:
                self._fault(number, "there is evidence of it that it does not tell of")
            elif not isinstance(box, bytes) or hashlib.sha256(box).hexdigest() != expected.sha256:
                self._fault(number, "its evidence was changed")
        for number in wanted:
            self._fault(number, "its evidence is gone, and no entry says that it was purged")
        files = {file.name: (number, file) for number, (_, file) in sealed.items() if file}
        for number, file in files.values():
            self._file(number, file)
        try:
            left = sorted(set(os.listdir(self._folder)) - set(files))
        except OSError as error:
            self._fault(0, f"the folder {self._folder} cannot be read: {error.strerror}")
            return
        if left:
            self._notes.append(f"left over in {self._folder}, of recording that was stopped: {len(left):,} files")

    def _file(self, number: int, file: Sealed) -> None:
        try:
            digest, _ = evidence.digest(evidence.path_of(self._folder, file))
        except OSError as error:
            self._fault(number, f"the file kept with it cannot be read: {error.strerror}")
        else:
            if digest != file.sha256:
                self._fault(number, "the file kept with it was changed")
