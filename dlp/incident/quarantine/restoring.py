"""Giving files back, and deleting what is not wanted any more."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from dlp.errors import IncidentsDamaged, IncidentsError, IncidentsExists, IncidentsMissing
from dlp.incident.chain import Appending
from dlp.incident.quarantine import notice, records
from dlp.incident.quarantine.attributes import Attributes, write_attributes
from dlp.incident.quarantine.containing import Quarantine, place_of, public
from dlp.incident.quarantine.moving import NotMoved, closing, open_parent, path_of, put, said, status_of
from dlp.incident.quarantine.records import Allowance, Record, State
from dlp.incident.sealing import open_box, open_stream

_TEMPORARY = b".dlp-restored-"


class Restoring:
    """What may be done with files in a quarantine by whoever is in charge of it."""

    def __init__(self, quarantine: Quarantine) -> None:
        self._quarantine = quarantine
        self._folder, self._log = quarantine.folder, quarantine.log
        self._who = quarantine.by

    def restore(
        self,
        id: str,
        review: X25519PrivateKey,
        *,
        to: bytes | None = None,
        force: bool = False,
        reason: str = "",
        until: int | None = None,
    ) -> tuple[Record, list[str]]:
        """Puts a file back with all that it had; its record, and what could not be put back of its attributes.

        to: another place; a folder, or the path of a file. force: replace what stands there. until: let this content
            stay wherever it stands until then (microseconds since 1970): it is released.

        The sealed copy is deleted when the file is in its place, on the disk. Raises IncidentsMissing, IncidentsExists,
        IncidentsSealed, IncidentsDamaged, IncidentsError."""
        with self._folder.locked():
            record = self.find(id)
            if record.state != State.QUARANTINED:
                raise IncidentsError(f"{id} is {record.state}, not in quarantine")
            with self._target(record, to) as (place, name):
                there = status_of(place, name)
                if there is not None and (not force or stat.S_ISDIR(there.st_mode)):
                    kind = "a folder" if stat.S_ISDIR(there.st_mode) else "something"
                    hint = "" if stat.S_ISDIR(there.st_mode) else " or --force to replace it"
                    raise IncidentsExists(f"{id}: {kind} stands in its place; give --to for another one{hint}")
                return self._restore(record, review, place, name, force, reason, until)

    def _restore(
        self,
        record: Record,
        review: X25519PrivateKey,
        place: int,
        name: bytes,
        force: bool,
        reason: str,
        until: int | None,
    ) -> tuple[Record, list[str]]:
        id = record.id
        record = msgspec.structs.replace(
            record,
            state=State.RESTORING,
            to=os.path.join(path_of(place), name),
            to_inode=0,
            reason=reason,
            until=until or 0,
        )
        self.write(record, "restoring")  # before anything is plain
        try:
            failed, inode = self._plain_copy(record, review, place)
            record = msgspec.structs.replace(record, to_inode=inode)
            with self._log.appending() as transaction:
                records.write(transaction, record)
                if record.until:  # before it is there: else it could be taken away again at once
                    self._allow(transaction, record)
            if force:
                os.rename(temporary_name(id), name, src_dir_fd=place, dst_dir_fd=place)
            else:
                put(place, temporary_name(id), place, name)
            os.fsync(place)
        except BaseException as error:
            self.back(record, place)
            if isinstance(error, FileExistsError):
                raise IncidentsExists(f"{id}: something stands in its place by now; give --to, or --force") from None
            if isinstance(error, OSError):
                raise IncidentsError(f"{id} cannot be put there: {said(error)}") from None
            raise
        return self.restored(record), failed

    def _allow(self, transaction: Appending, record: Record) -> None:
        allowed = Allowance(record.digest, record.until, record.id, record.reason, self._who.user)
        records.allow(transaction, allowed)
        transaction.append("allowance", {**msgspec.structs.asdict(allowed), "by": self._who})

    def _plain_copy(self, record: Record, review: X25519PrivateKey, place: int) -> tuple[list[str], int]:
        """Under a temporary name in its place, with its attributes, on the disk; its inode."""
        temporary, digest = temporary_name(record.id), hashlib.sha256()
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=place)
        attributes = _attributes(record, review)
        with self._folder.reading(record.id) as source:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            handle = os.open(temporary, flags, 0o600, dir_fd=place)
            with open(handle, "wb") as target:
                for chunk in open_stream(source, review, place_of(record.id)):
                    digest.update(chunk)
                    target.write(chunk)
                target.flush()
                if digest.hexdigest() != record.digest:
                    raise IncidentsDamaged(f"the sealed copy of {record.id} is not what its record says")
                failed = write_attributes(handle, attributes)
                os.fsync(handle)
                return failed, os.fstat(handle).st_ino

    def back(self, record: Record, place: int) -> None:
        """Undoes what was begun."""
        with suppress(FileNotFoundError):
            os.unlink(temporary_name(record.id), dir_fd=place)
        self.stay(record)

    def stay(self, record: Record) -> None:
        """In quarantine."""
        with self._log.appending() as transaction:
            records.disallow(transaction, record.id)
            record = msgspec.structs.replace(
                record, state=State.QUARANTINED, to=b"", to_inode=0, reason="", until=0
            )
            records.write(transaction, record)
            transaction.append("not-restored", {**public(record), "by": self._who})

    def restored(self, record: Record) -> Record:
        """The file is in its place."""
        state = State.RELEASED if record.until else State.RESTORED
        record = msgspec.structs.replace(record, state=state, ended=self._quarantine.now(), ended_by=self._who)
        self._remove_notice(record)
        self.write(record, state.value)
        self._folder.drop(record.id)
        return record

    def _remove_notice(self, record: Record) -> None:
        """Where it is as it was put there."""
        if not record.notice_name:
            return
        with suppress(OSError, NotMoved), closing(open_parent(record.path)[0]) as place:
            if notice.stands(place, record.notice_name, record.notice):
                os.unlink(record.notice_name, dir_fd=place)

    @contextmanager
    def _target(self, record: Record, to: bytes | None) -> Iterator[tuple[int, bytes]]:
        """The folder that a file is to be put in, open, and its name there."""
        name = os.path.basename(record.path)
        try:
            if to is None:
                place, name = open_parent(record.path)
            elif os.path.isdir(to):
                place = os.open(to, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            else:
                place, name = open_parent(to, [os.path.dirname(to)])
        except NotMoved as error:
            raise IncidentsError(f"{record.id} cannot be put there: {error}") from None
        except OSError as error:
            raise IncidentsError(
                f"{record.id} cannot be put there: its folder cannot be opened ({said(error)}); give --to"
            ) from None
        with closing(place):
            yield place, name

    def purge(self, id: str, reason: str = "") -> Record:
        """Deletes what was sealed; the record stays. Raises IncidentsMissing, IncidentsError."""
        with self._folder.locked():
            record = self.find(id)
            if record.state != State.QUARANTINED:
                raise IncidentsError(f"{id} is {record.state}, not in quarantine")
            record = msgspec.structs.replace(
                record, state=State.PURGED, ended=self._quarantine.now(), ended_by=self._who, reason=reason
            )
            self.write(record, "purged")
            self._folder.drop(id)
            return record

    def find(self, id: str) -> Record:
        """Raises IncidentsMissing."""
        with self._log.database.reading() as db:
            record = records.find(db, id)
        if record is None:
            raise IncidentsMissing(f"{id} is not in the quarantine; `dlp quarantine list --all` shows what is, and was")
        return record

    def write(self, record: Record, kind: str) -> None:
        """Changes a record, and logs an entry of that kind."""
        with self._log.appending() as transaction:
            records.write(transaction, record)
            to = record.to.decode("utf-8", "backslashreplace")
            transaction.append(kind, {**public(record), "by": self._who, "to": to, "reason": record.reason})


def _attributes(record: Record, review: X25519PrivateKey) -> Attributes:
    """Raises IncidentsSealed, IncidentsDamaged."""
    try:
        return msgspec.msgpack.decode(open_box(record.attributes, review, place_of(record.id)), type=Attributes)
    except msgspec.MsgspecError:
        raise IncidentsDamaged(f"the attributes of {record.id} are damaged") from None


def temporary_name(id: str) -> bytes:
    return _TEMPORARY + id.encode()
