"""From the queue to the ledger: what is read, and what becomes of what was found."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Sequence
from typing import Final

import msgspec

from dlp.daemon.intake import Intake
from dlp.daemon.judging import Judging
from dlp.daemon.ledger import Entry, Ledger, Version
from dlp.daemon.log import Log
from dlp.daemon.queue import Queue, Task
from dlp.daemon.splits import Splits
from dlp.daemon.state import Counts
from dlp.daemon.telling import Teller
from dlp.errors import DlpError
from dlp.incident.quarantine.moving import NotMoved, said
from dlp.model import Contained, Origin, Reason, Result, SetFinding, Skipped, Verdict
from dlp.scan.gathering import Gathering
from dlp.scan.pool import Failure, Outcome
from dlp.source.opening import display, skip_reason
from dlp.source.seam import Item

POISON: Final = 10
"""Times that a file may have been begun with, and the daemon have ended, before it is read no more."""

PASSING: Final = frozenset({Reason.CRASHED, Reason.TIMEOUT, Reason.MEMORY, Reason.IO_ERROR})
"""Reasons that may be of the machine and not of the file: it is read again, some times."""

BACK_OFF: Final = 2.0
"""Seconds before the second attempt; each further one waits twice as long."""

LATER: Final = 30.0
"""Seconds until a verdict that could not be acted on is tried again."""

STILL_HELD: Final = 300.0
"""Seconds until what is held and can be neither put back nor taken away is tried again."""

RESTLESS: Final = 5
"""Times that a file may change while it is read; then it is judged as it was read, and that is said."""


class Reading(msgspec.Struct, frozen=True):
    """A file that is being read. `heard`: when the last hint of it came; None where a comparison found it."""

    version: Version
    channel: str
    attempts: int
    heard: float | None = None


class Verdicts:
    """Raises StateBroken and StateBusy, as the Database does."""

    def __init__(
        self, judging: Judging, generation: int, ledger: Ledger, queue: Queue, teller: Teller, counts: Counts, log: Log
    ) -> None:
        self.reading: dict[bytes, Reading] = {}
        self._judging = judging
        self._holding = judging.holding
        self._generation = generation
        self._ledger = ledger
        self._queue = queue
        self._teller = teller
        self._counts = counts
        self._log = log
        self._restless: dict[bytes, int] = {}
        self._said: dict[bytes, bytes] = {}
        """What was told and is not committed, by path: where that fails it is not told twice."""
        self._written: list[bytes] = []
        """Those of them that are in the transaction under way, unless one was undone since (`_undone`)."""
        self._undone = ledger.undone
        self.intake: Intake
        self.splits: Splits
        queue.add(self._holding.resume())
        for path in self._holding.strays():
            log.error("stray", "what lies where files are held is nobody's; look at it", path=display(path))

    def begin(self, tasks: Sequence[Task]) -> list[Item]:
        """Those of them that are to be read, with all that is known before; the others are done."""
        items: list[Item] = []
        done: list[bytes] = []
        known = self._ledger.of([task.path for task in tasks])
        for task in tasks:
            if task.path in self.reading:
                continue
            path, heard = task.path, self.intake.hinted.pop(task.path, None)
            found = self._found(task, known.get(path))
            if isinstance(found, Reading):
                held = self._hold(path, found.version, known.get(path))
                if held:
                    self._queue.add([(held, found.version.size)])
                    done.append(path)
                    continue
                if self._holding.origin(path):
                    item: Item | Skipped | None = self._holding.item(path, found.version.size)
                else:
                    item = self._judging.sources[found.channel].look(path)
                if isinstance(item, Item):
                    self.reading[path] = msgspec.structs.replace(found, heard=heard)
                    origin = self._judging.origins[found.channel]
                    items.append(Item(item.path, item.name, item.relative, item.size, origin))
                elif item is not None:
                    self.unread(path, item, found.version)
                else:
                    done.append(path)
            elif isinstance(found, Skipped):
                self.unread(path, found)
            else:
                done.append(path)
        if done:
            self._queue.done(done)
        return items

    def _hold(self, path: bytes, version: Version, entry: Entry | None) -> bytes | None:
        try:
            return self.intake.hold(path, version, entry)
        except (OSError, NotMoved) as error:
            why = said(error) if isinstance(error, OSError) else str(error)
            self._log.error("not-held", f"a file is judged where it is, since it cannot be held: {why}",
                            path=display(path))  # fmt: skip
            return None

    def _found(self, task: Task, before: Entry | None) -> Reading | Skipped | None:
        """What is to be read; None for what is not there, or was judged as it is."""
        root, place = self.intake.root_of(task.path), self._holding.origin(task.path) or task.path
        try:
            status = os.lstat(task.path)
        except (FileNotFoundError, NotADirectoryError):
            self._ledger.forget([task.path])
            self._holding.forget(task.path)
            return None
        except OSError as error:
            return Skipped((display(place),), *skip_reason(error))
        version = Version.of(status)
        if root is None or stat.S_ISDIR(status.st_mode) or self.intake.current(before, version):
            return None
        if task.attempts >= POISON:
            detail = f"it was begun with {task.attempts} times, and never came to an end"
            return Skipped((display(place),), Reason.CRASHED, detail)
        return Reading(version, root.channel.name, task.attempts)

    def unread(self, path: bytes, skipped: Skipped, version: Version | None = None) -> None:
        """What is no file that can be read."""
        root = self.intake.root_of(path)
        if root is None:
            return
        name = root.channel.name
        if version is None:
            try:
                version = Version.of(os.lstat(path))
            except OSError:
                version = Version(0, 0, 0, 0, 0)
        item = Item(path, skipped.provenance[0], "", 0, self._judging.origins[name])
        result = self._judging.pipelines[name].result(item, (), (skipped,), read=False)
        self._conclude(path, version, msgspec.structs.replace(result, location=path), None)

    def take(self, outcome: Outcome) -> None:
        """What came of one item that `begin` gave."""
        item, path = outcome.item, outcome.item.path
        reading = self.reading.pop(path)
        self._counts.failures += isinstance(outcome.payload, Failure)
        if isinstance(outcome.payload, Failure) and self._tried_again(path, outcome.payload, reading):
            return
        result = self._judging.pipelines[item.origin.channel].outcome(outcome)
        try:
            after: Version | None = Version.of(os.lstat(path))
        except OSError:
            after = None
        if after is None and any(each.reason == Reason.VANISHED for each in result.skipped):
            self._ledger.forget([path])
            self._holding.forget(path)
            self._queue.done([path])
            return
        version: Version | None = reading.version
        if after is None:
            version = None
        elif after != version or (result.file and Version.of_file(result.file) != version):
            if self._waited_for(path, result):
                return
            result = self._changed(item, result)
            version = reading.version.unsure()
        self._restless.pop(path, None)
        self._conclude(path, version, result, reading.heard)

    def _tried_again(self, path: bytes, failure: Failure, reading: Reading) -> bool:
        if failure.reason not in PASSING or reading.attempts + 1 >= self._judging.configuration.attempts:
            return False
        wait = BACK_OFF * 2**reading.attempts
        self._log.warning("again", f"not read, to be tried again: {failure.detail}", path=display(path))
        self._queue.again(path, wait, failed=True)
        return True

    def _waited_for(self, path: bytes, result: Result) -> bool:
        """Whether a file that changed while it was read is judged when it is whole. What was found in it counts."""
        times = self._restless.get(path, 0) + 1
        now = time.monotonic()
        self._queue.done([path])
        self.intake.wait(path, False, now, now)
        if times >= RESTLESS or result.verdict.rank >= Verdict.WARN.rank:
            return False
        self._restless[path] = times
        return True

    def _changed(self, item: Item, result: Result) -> Result:
        skipped = Skipped((item.name,), Reason.CHANGED, "it was written to while it was read")
        pipeline = self._judging.pipelines[item.origin.channel]
        judged = pipeline.result(item, result.findings, (*result.skipped, skipped), read=True)
        return msgspec.structs.replace(judged, file=result.file, location=result.location)

    def _conclude(self, path: bytes, version: Version | None, result: Result, heard: float | None) -> None:
        """`version`: that the result is of; None where the file is gone."""
        held = self._holding.origin(path)
        if held is not None:
            self._conclude_held(path, held, version, result, heard)
            return
        digest = bytes.fromhex(result.file.digest) if result.file and result.file.digest else b""
        told = _told(result)
        before = self._ledger.of([path]).get(path)
        same = before and version and before.version.content_like(version)
        if not (same and before and before.digest == digest and before.told == told):
            key = _key(path, version, digest, told)
            if self._said.get(path) != key:
                try:
                    result = self._tell(path, key, result)
                except DlpError as error:
                    self._log.error("not-acted", f"to be tried again: {error}", path=display(path))
                    self._queue.again(path, LATER, failed=False)
                    return
                self._said[path] = key
                latency = None if heard is None else time.monotonic() - heard
                self._counts.add(result, result.file.size if result.file else 0, latency)
        self._queue.done([path])
        state = result.containment.state if result.containment else None
        if state == Contained.CHANGED:
            now = time.monotonic()
            self.intake.wait(path, False, now, now)
        elif version is None or state in (Contained.QUARANTINED, Contained.HELD):
            self._ledger.forget([path])
        else:
            self._ledger.put([(path, Entry(version, digest, result.verdict, told, self._generation))])
        self._check()
        self._written.append(path)

    def _conclude_held(
        self, path: bytes, place: bytes, version: Version | None, result: Result, heard: float | None
    ) -> None:
        """The same of what is held as `path` and belongs to `place`: back to its place, or away. It is told and acted
        on however often it comes here: nothing is put back that was not acted on."""
        digest = bytes.fromhex(result.file.digest) if result.file and result.file.digest else b""
        told = _told(result)
        try:
            result = msgspec.structs.replace(result, location=place)
            result = self._tell(place, _key(place, version, digest, told), result, lies=path)
        except DlpError as error:
            self._log.error("not-acted", f"to be tried again: {error}", path=display(place))
            self._queue.again(path, LATER, failed=False)
            return
        latency = None if heard is None else time.monotonic() - heard
        self._counts.add(result, result.file.size if result.file else 0, latency)
        state = result.containment.state if result.containment else None
        if version is None or state == Contained.QUARANTINED:
            self._holding.forget(path)
            self._queue.done([path])
            self._ledger.forget([place])
        elif state in (Contained.FAILED, Contained.HELD):
            self._queue.again(path, STILL_HELD, failed=False)
        elif state == Contained.CHANGED:
            now = time.monotonic()
            self._queue.done([path])
            self.intake.wait(path, False, now, now)
        elif self._release(path, version, Entry(version, digest, result.verdict, told, self._generation)):
            self._queue.done([path])
        else:
            self._queue.again(path, STILL_HELD, failed=False)

    def _release(self, path: bytes, version: Version, entry: Entry) -> bool:
        """Whether what is held is back in its place, or beside it."""
        place = self._holding.origin(path)
        try:
            back = self._holding.release(path)
            now = Version.of(os.lstat(back))
        except FileNotFoundError:  # somebody has deleted it, here or there
            self._holding.forget(path)
            return True
        except (OSError, NotMoved) as error:
            why = said(error) if isinstance(error, OSError) else str(error)
            self._log.error("still-held", f"a file that may go stays held: {why}", path=display(place or path))
            return False
        if back != place:
            self._log.warning("put-beside", "a file has its name by now, so what was held is put beside it",
                              path=display(back))  # fmt: skip
        if now.content_like(version):
            sure = entry.version == entry.version.unsure()
            self._ledger.put([(back, entry if sure else msgspec.structs.replace(entry, version=now))])
        else:
            moment = time.monotonic()
            self.intake.wait(back, False, moment, moment)
        return True

    def _tell(self, path: bytes, key: bytes, result: Result, lies: bytes = b"") -> Result:
        told = self._teller.tell(result, lies)
        for together in self.splits.add(result.origin.channel, key, result):
            self._counts.add(self._teller.tell(together), 0, None)
        return told

    def end(self) -> None:
        """Tells of what is left."""
        if held := len(self._holding):
            self._log.warning("held", "files stay held until the next start", files=held)

    def committed(self) -> None:
        """All that was done is written down, but for what was undone: that is done again, and not told."""
        self._check()
        for path in self._written:
            self._said.pop(path, None)
        self._written.clear()

    def _check(self) -> None:
        if self._ledger.undone != self._undone:
            self._undone = self._ledger.undone
            self._written.clear()

    # --- what Splits asks for --------------------------------------------------------------------

    def gathering(self, channel: str) -> Gathering:
        return self._judging.pipelines[channel].gathering(self._judging.origins[channel])

    def together(self, channel: str, folder: str, finding: SetFinding) -> Result:
        """The result for files that have a document together."""
        item = Item(b"", folder, folder, 0, self._judging.origins.get(channel, Origin(channel)))
        return self._judging.pipelines[channel].result(item, (finding,), (), read=True)


def _told(result: Result) -> bytes:
    """Of what is said of a file: as long as it is the same, and the file, it is not said again."""
    digest = hashlib.blake2b(f"{result.verdict} {result.coverage}".encode(), digest_size=8)
    for reason in result.reasons:
        digest.update(b"\0" + reason.encode("utf-8", "surrogatepass"))
    return digest.digest()


def _key(path: bytes, version: Version | None, digest: bytes, told: bytes) -> bytes:
    body = msgspec.msgpack.encode((path, version, digest, told))
    return hashlib.blake2b(body, digest_size=16).digest()
