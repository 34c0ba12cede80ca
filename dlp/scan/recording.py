"""Recording what is scanned: the place where results, reports' shapes, files and incidents meet."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import BinaryIO

import msgspec

from dlp.incident import evidence, sealing
from dlp.incident.evidence import FILE
from dlp.incident.folder import Folder
from dlp.incident.incidents import Sealed
from dlp.incident.notify.queue import Notifier
from dlp.incident.recording import Action, Described, Recorder, Taken
from dlp.incident.settings import Settings
from dlp.model import File, PatternFinding, Result, SetFinding
from dlp.policy.policy import Policy
from dlp.registry.store import Store
from dlp.report.encoding import encode
from dlp.report.escape import encodable, visible
from dlp.report.excerpt import redact
from dlp.report.json_public import public
from dlp.source.opening import Unreadable, descriptor_of, open_file
from dlp.whole_files import written_whole

LONGEST_TITLE = 200

BATCH = 64
"""Results recorded in one transaction, while more come than can be recorded one by one."""


def recorder(
    folder: Folder,
    wanted: Settings,
    policy: Callable[[Result], Policy],
    store: Callable[[], Store | None],
    *,
    masked: bool = True,
    actions: Sequence[Action] = (),
    tell: Callable[[str], None] = lambda _: None,
) -> Recorder:
    """`wanted`: of the folder; `policy`: which one judged a result; `store`: what is registered. `masked`: whether
    results hide values as much as the engine does unasked; if not, it is done here. `tell`: the user, what goes wrong
    beside recording.

    Raises IncidentsMissing, IncidentsUnsafe, IncidentsError."""
    keeper = FileKeeper(folder, wanted.evidence.most)

    def described(result: Result) -> Described:
        return describe(result if masked else _masked(result), policy(result), store())

    def told(problem: str) -> None:
        tell(visible(problem))

    every = (Notifier(wanted.targets), *actions)
    return Recorder(folder.log(), described, keeper=keeper, actions=every, anchor=wanted.anchor, tell=told)


def describe(result: Result, policy: Policy, store: Store | None) -> Described:
    """What an incident says of a result."""
    of_files = any(isinstance(each, SetFinding) for each in result.findings)
    located = bool(result.location) and descriptor_of(result.location) is None and not result.origin.blob
    path = os.path.abspath(result.path) if located or of_files else result.path
    classes: set[str] = set()
    for each in result.findings:
        classes.update(each.tags if isinstance(each, PatternFinding) else (each.document.label,))
        classes.update(policy.classes_of(each))
    return Described(
        path=encodable(path),
        title=encodable(result.reasons[0][:LONGEST_TITLE]) if result.reasons else "",
        classes=sorted(map(encodable, classes - {""})),
        policy=f"{policy.digest[:16]} {encodable(policy.where)}",
        registry=f"{store.state.store_id} generation {store.state.generation}" if store else "",
        result=encode(public(msgspec.structs.replace(result, suppressed=()))),
    )


def _masked(result: Result) -> Result:
    findings = tuple(
        msgspec.structs.replace(each, excerpt=redact(each.excerpt)) if isinstance(each, PatternFinding) else each
        for each in result.findings
    )
    return msgspec.structs.replace(result, findings=findings)


class Recording:
    """The incidents of one scan, written a batch at a time."""

    def __init__(self, recorder: Recorder, clock: Callable[[], float]) -> None:
        self._recorder = recorder
        self._clock = clock
        self._waiting: list[Result] = []
        self._since = 0.0
        self.taken = self.new = 0
        """Results recorded, and those of them that are incidents of their own or were reopened or changed."""

    def add(self, result: Result) -> None:
        """Takes a result if it is an incident. Raises IncidentsError, for this one or an earlier one."""
        if not self._recorder.wants(result):
            return
        self._waiting.append(result)
        if len(self._waiting) == 1:
            self._since = self._clock()
        if len(self._waiting) >= BATCH or self._clock() - self._since > 0.25:
            self.flush()

    def flush(self) -> None:
        """Records what waits. Raises IncidentsError."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._count(self._recorder.take_all(waiting))

    def _count(self, taken: Sequence[Taken]) -> None:
        self.taken += len(taken)
        self.new += sum(each.news for each in taken)


class FileKeeper:
    """Keeps files whole, sealed, in the folder `evidence/`."""

    def __init__(self, folder: Folder, most: int) -> None:
        """`most`: bytes of one file."""
        self._folder = folder.evidence
        self._review = folder.review()
        self._most = most

    def keep(self, result: Result) -> tuple[Sealed | None, str]:
        if not result.location or result.origin.blob:
            return None, "there is no file of its own to keep"
        try:
            with open_file(result.location) as stream:
                if os.fstat(stream.fileno()).st_size > self._most:
                    return None, f"the file is not kept: it has more than {self._most:,} bytes (config.yaml: largest)"
                return self._sealed(stream, result.file)
        except Unreadable as error:
            return None, f"the file is not kept: {error.detail}"

    def _sealed(self, stream: BinaryIO, scanned: File | None) -> tuple[Sealed | None, str]:
        name = os.urandom(16).hex() + ".box"
        try:
            with written_whole(os.path.join(self._folder, name)) as target:
                made = sealing.seal_stream(stream, target, self._review, FILE)
        except OSError as error:
            return None, f"the file is not kept: {error.strerror}"
        sealed = Sealed(made.sealed, made.sealed_bytes, name, made.content)
        if scanned is not None and scanned.digest not in ("", made.content):
            return sealed, "the file was changed after it was scanned: what is kept is not what was judged"
        return sealed, ""

    def drop(self, sealed: Sealed) -> None:
        with suppress(OSError):
            os.unlink(evidence.path_of(self._folder, sealed))
