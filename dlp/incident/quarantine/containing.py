"""Taking files into the quarantine."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing as to_be_closed
from contextlib import contextmanager

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from dlp.errors import IncidentsError
from dlp.incident.chain import Log
from dlp.incident.incidents import Who
from dlp.incident.quarantine import notice, records
from dlp.incident.quarantine.attributes import Attributes, read_attributes
from dlp.incident.quarantine.folder import Folder
from dlp.incident.quarantine.holding import Held, hold
from dlp.incident.quarantine.moving import (
    NotMoved,
    closing,
    open_content,
    open_parent,
    path_of,
    said,
    same_file,
)
from dlp.incident.quarantine.records import Record, State
from dlp.incident.sealing import Digests, seal, seal_stream
from dlp.incident.settings import Containing
from dlp.model import Contained, Containment, File

TRIES = 3
"""Times that a file is sealed anew since it changed meanwhile."""


class Changed(NotMoved):
    """A file that is not what was scanned."""


class Quarantine:
    """The quarantine of one folder of incidents, for who may add to it. Not to be used after a fork."""

    def __init__(
        self,
        folder: Folder,
        log: Log,
        review: X25519PublicKey,
        by: Who,
        settings: Containing | None = None,
        trusted: Sequence[bytes] = (),
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """review: to whom contents are sealed. by: who does it, for the record. trusted: folders as they were named,
        up to which links are followed (`moving.open_parent`). clock: nanoseconds since 1970."""
        self.folder = folder
        self.log = log
        self.by = by
        self._review = review
        self._settings = settings or Containing()
        self._trusted = trusted
        self._clock = clock

    def contain(
        self, path: bytes, file: File | None, incident: str = "", message: str = "", lies: bytes = b""
    ) -> Containment:
        """Takes a file out of its place, if it is still what was scanned; what became of it, whatever happens to it.

        file: what was told of it when it was scanned; None for what could not be read, which then is whatever stands
            there. message: the policy's, for the notice. lies: where the file is now; empty for in its place.

        Its descriptor is the file's from here on: no other can be moved in its stead."""
        try:
            allowed = self._allowed(file.digest) if file and file.digest else None
            if allowed:
                return allowed
            with self.folder.locked(), self._place(path, lies) as place:
                return self._take(place, path, lies, file, incident, message)
        except NotMoved as error:
            return Containment(Contained.CHANGED if isinstance(error, Changed) else Contained.FAILED, "", str(error))
        except IncidentsError as error:
            return Containment(Contained.FAILED, "", str(error))
        except OSError as error:
            return Containment(Contained.FAILED, "", said(error))

    def _allowed(self, digest: str) -> Containment | None:
        """What is left where it is."""
        with self.log.database.reading() as db:
            if records.is_notice(db, digest):
                return Containment(Contained.NOTICE)
            allowance = records.allowance(db, digest, self.now())
        return Containment(Contained.RELEASED, allowance.id, allowance.reason) if allowance else None

    @contextmanager
    def _place(self, path: bytes, lies: bytes) -> Iterator[int | None]:
        """The folder of a file; None where that is gone while the file is held."""
        try:
            place, _ = open_parent(path, self._trusted)
        except OSError:
            if not lies:
                raise
            yield None
            return
        with closing(place):
            yield place

    def _take(
        self, place: int | None, path: bytes, lies: bytes, file: File | None, incident: str, message: str
    ) -> Containment:
        source, name = open_parent(lies or path, self._trusted)
        with closing(source), closing(open_content(source, name)) as content:
            _check(os.fstat(content), file)
            record = self._begin(place, path, lies, content, file.digest if file else "", incident, message)
            try:
                held = hold(source, name, self.folder, record.id)
            except OSError:
                self.forget(record.id)
                raise
            with to_be_closed(held):
                return self.finish(record, held, content, source, place)

    def _begin(
        self, place: int | None, path: bytes, lies: bytes, content: int, digest: str, incident: str, message: str
    ) -> Record:
        """Puts on record what is about to be done."""
        status, taken, name = os.fstat(content), self.now(), os.path.basename(path)
        with self.log.appending() as transaction:
            kept, quota = records.kept_bytes(transaction.db), self._settings.most
            if quota is not None and kept + status.st_size > quota:
                raise NotMoved(
                    f"the quarantine has {kept:,} of at most {quota:,} bytes; make room with: dlp quarantine purge"
                )
            id = records.new_id()
            while records.find(transaction.db, id):
                id = records.new_id()
            text = notice.text_of(name, id, incident, message, self._settings.contact, taken)
            record = Record(
                id=id,
                state=State.MOVING,
                path=path if place is None else os.path.join(path_of(place), name),
                incident=incident,
                taken=taken,
                by=self.by,
                size=status.st_size,
                digest=digest,
                inode=status.st_ino,
                folder_inode=0 if place is None else os.fstat(place).st_ino,
                links=status.st_nlink,
                notice=text if self._settings.notice else "",
                lay=lies,
            )
            records.write(transaction, record)
        return record

    def finish(
        self, record: Record, held: Held, content: int, source: int | None, place: int | None
    ) -> Containment:
        """Seals what is held, or puts it back. `source`: the folder that it was taken from, `place`: that it belongs
        to; None where one is gone."""
        try:
            there = held.status()
            if there is None or not same_file(there, os.fstat(content)):
                raise Changed("another file was put in its place while it was being moved")
            if source is not None:
                held.sync(source)
            attributes = read_attributes(content)
            sealed = self._seal(record, content)
            if record.digest and sealed.content != record.digest and source is not None:
                raise Changed("its content is no longer what was scanned")
            record = self._sealed(record, sealed, attributes)
        except (OSError, NotMoved, IncidentsError) as error:
            return self.undo(record, held, source, error)
        return self.settle(record, held, place, (attributes.owner, attributes.group))

    def _seal(self, record: Record, content: int) -> Digests:
        """The sealed copy, of content that stayed as it was all the while. Raises Changed, NotMoved, OSError."""
        with open(content, "rb", buffering=0, closefd=False) as source:
            for _ in range(TRIES):
                before = os.fstat(content)
                source.seek(0)
                try:
                    with self.folder.writing(record.id) as target:
                        sealed = seal_stream(source, target, self._review, place_of(record.id))
                except OSError as error:
                    raise NotMoved(f"it cannot be sealed: {said(error)}") from error
                after = os.fstat(content)
                if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
                    return sealed
        raise Changed("somebody keeps writing to it")

    def _sealed(self, record: Record, sealed: Digests, attributes: Attributes) -> Record:
        """From here on the sealed copy is the file."""
        changed = bool(record.digest) and sealed.content != record.digest
        record = msgspec.structs.replace(
            record,
            state=State.SEALED,
            size=sealed.content_bytes,
            digest=sealed.content,
            sealed_bytes=sealed.sealed_bytes,
            sealed_digest=sealed.sealed,
            attributes=seal(msgspec.msgpack.encode(attributes), self._review, place_of(record.id)),
            remark="it had changed since it was scanned, and its folder is gone" if changed else "",
        )
        noted = hashlib.sha256(notice.encoded(record.notice)).hexdigest() if record.notice else ""
        with self.log.appending() as transaction:
            records.write(transaction, record, noted)
            transaction.append("quarantined", {**public(record), "sealed": record.sealed_digest, "notice": noted})
        return record

    def settle(self, record: Record, held: Held | None, place: int | None, owner: tuple[int, int]) -> Containment:
        """Deletes what was held, and puts the notice in its place."""
        remarks = [record.remark] if record.remark else []
        if held is not None:
            try:
                held.delete()
            except OSError as error:
                return Containment(Contained.QUARANTINED, record.id, f"its plain copy is still held: {said(error)}")
        if record.links > 1:
            remarks.append(f"{record.links - 1} other names of the file remain (hard links)")
        there = b""
        if record.notice and place is None:
            remarks.append("no notice: its folder is gone")
        elif record.notice and place is not None:
            try:
                there = notice.place(
                    place, os.path.basename(record.path), record.id, record.notice, self._settings.notice, owner
                )
            except OSError as error:
                remarks.append(f"no notice: {said(error)}")
        remark = "; ".join(remarks)
        record = msgspec.structs.replace(record, state=State.QUARANTINED, notice_name=there, remark=remark)
        with self.log.appending() as transaction:
            records.write(transaction, record)
        return Containment(Contained.QUARANTINED, record.id, remark)

    def undo(self, record: Record, held: Held, source: int | None, why: Exception) -> Containment:
        """Puts what is held back to where it was taken from."""
        reason = said(why) if isinstance(why, OSError) else str(why)
        try:
            if source is None:
                raise NotMoved("its folder is gone")
            name = os.path.basename(record.source)
            there = held.put_back(source, name)
            self.folder.drop(record.id)
        except (OSError, NotMoved) as error:
            problem = said(error) if isinstance(error, OSError) else str(error)
            return Containment(Contained.HELD, record.id, f"{reason}; and it cannot be put back: {problem}")
        self.forget(record.id)
        if there != name:
            reason += f"; something has its name by now, so it is {there.decode('utf-8', 'backslashreplace')}"
        return Containment(Contained.CHANGED if isinstance(why, Changed) else Contained.FAILED, "", reason)

    def forget(self, id: str) -> None:
        with self.log.appending() as transaction:
            records.remove(transaction, id)

    def now(self) -> int:
        """Microseconds since 1970."""
        return self._clock() // 1000


def _check(status: os.stat_result, file: File | None) -> None:
    """That a file is the one that was scanned, as far as its status tells. Raises Changed."""
    if file is None:
        return
    if (status.st_dev, status.st_ino) != (file.device, file.inode):
        raise Changed("another file stands in its place")
    if status.st_size != file.size:
        raise Changed("its size is no longer what was scanned")
    # With a digest, times need not be believed: what is sealed is compared.
    if not file.digest and (status.st_mtime_ns, status.st_ctime_ns) != (file.modified, file.changed):
        raise Changed("it was changed since it was scanned")


def place_of(id: str) -> bytes:
    """What sealed boxes of a record are bound to."""
    return b"quarantine " + id.encode()


def public(record: Record) -> dict[str, object]:
    """What the log tells of a record."""
    return {
        "id": record.id,
        "incident": record.incident,
        "path": record.path.decode("utf-8", "backslashreplace"),
        "size": record.size,
        "digest": record.digest,
        "by": record.by,
    }
