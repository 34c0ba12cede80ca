"""A folder of incidents with its quarantine, files as a scan tells of them, and what must hold of both at any time."""

from __future__ import annotations

import atexit
import functools
import hashlib
import os
import shutil
import tempfile
import traceback
from collections.abc import Callable, Sequence
from os import _exit
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from dlp.incident import folder as incidents
from dlp.incident.incidents import Who
from dlp.incident.quarantine import records
from dlp.incident.quarantine.containing import Quarantine, place_of
from dlp.incident.quarantine.folder import Folder
from dlp.incident.quarantine.records import Record, State
from dlp.incident.quarantine.restoring import Restoring
from dlp.incident.quarantine.resuming import resume
from dlp.incident.sealing import open_stream
from dlp.incident.settings import Containing
from dlp.model import File

REVIEW = X25519PrivateKey.from_private_bytes(bytes(range(32)))
WHO = Who(0, "ann", "host")
NAME = "report.docx"
CONTENT = b"the secret recipe\n" * 1000
MESSAGE = "Share it by the vault instead."


class Place:
    """A folder of incidents, and a channel beside it with one file that is to be contained."""

    def __init__(self, base: Path, *, channel: Path | None = None, content: bytes = CONTENT) -> None:
        self.base = base
        self.incidents = str(base / "incidents")
        self.channel = channel or base / "channel"
        self.channel.mkdir(parents=True, exist_ok=True)
        self.file = self.channel / NAME
        self.file.write_bytes(content)
        self.content = content
        shutil.copytree(_made(), self.incidents)

    @property
    def vault(self) -> Path:
        return self.base / "incidents" / "quarantine"

    def open(self, settings: Containing | None = None, **given: Any) -> Quarantine:
        opened = incidents.Folder(self.incidents)
        made = Folder(str(self.vault))
        trusted = given.pop("trusted", [os.fsencode(self.channel)])
        return Quarantine(made, opened.log(), opened.review(), WHO, settings, trusted, **given)

    def restoring(self) -> Restoring:
        return Restoring(self.open())

    def contain(self, path: Path | None = None, **given: Any) -> Any:
        """Contains the file, as it is now."""
        path = path or self.file
        file = given["file"] if "file" in given else facts(path)
        return self.open().contain(os.fsencode(path), file, "INC-1", MESSAGE)

    def records(self) -> Sequence[Record]:
        with incidents.Folder(self.incidents, writing=False).database.reading() as db:
            return records.listed(db)

    def log(self) -> list[str]:
        """The kinds of the log's entries."""
        return [row[0] for row in incidents.Folder(self.incidents).database.execute("SELECT kind FROM log")]


@functools.cache
def _made() -> str:
    """A folder of incidents, to be copied."""
    base = tempfile.mkdtemp(prefix="dlp-incidents-")
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    path = os.path.join(base, "incidents")
    incidents.create(path, REVIEW.public_key()).close()
    return path


def facts(path: Path) -> File:
    """What a scan tells of a file."""
    status = os.lstat(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    times = status.st_mtime_ns, status.st_ctime_ns
    return File(status.st_size, *times, status.st_dev, status.st_ino, status.st_uid, digest=digest)


def start(work: Callable[[], object]) -> int:
    """Does `work` in a forked child, and says its id. The child ends with 0 once it is done, 1 for an exception."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001  # a child must not go on as a test
        traceback.print_exc()
    finally:
        _exit(code)


def finish(child: int) -> int:
    """How it ended; a signal is negative."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def whole(place: Place) -> set[str]:
    """Where the file's content is, whole: `place`, `held` (plain, and nobody else can look), `sealed` (and on record).

    Checks that whatever is sealed on record can be opened, and is the file."""
    found = set()
    for path in place.channel.rglob("*"):
        if path.is_file() and not path.name.startswith(".dlp-restored-") and path.read_bytes() == place.content:
            found.add("held" if path.parent.name.startswith(".dlp-held-") else "place")
            if path.parent.name.startswith(".dlp-held-"):
                assert path.parent.stat().st_mode & 0o077 == 0
    if place.vault.exists():
        assert place.vault.stat().st_mode & 0o077 == 0
        for path in place.vault.glob("*.held"):
            assert path.read_bytes() == place.content
            found.add("held")
    for record in place.records():
        if record.state in (State.SEALED, State.QUARANTINED, State.RESTORING):
            with open(place.vault / f"{record.id}.sealed", "rb") as sealed:
                assert b"".join(open_stream(sealed, REVIEW, place_of(record.id))) == place.content
            found.add("sealed")
    return found


def settle(place: Place) -> str:
    """Goes on with what was cut short, checks that nothing is left of it, and says where the file is."""
    resume(place.open())
    found = whole(place)
    assert len(found) == 1, found
    (where,) = found
    left = {path.relative_to(place.base) for path in place.base.rglob("*") if path.name.endswith((".part", ".held"))}
    assert not left
    assert not list(place.channel.rglob(".dlp-*"))
    kept = sorted(path.name for path in place.vault.glob("*.sealed"))
    states = [record.state for record in place.records()]
    notices = [path.name for path in place.channel.rglob("*.quarantined*.txt")]
    if where == "place":
        assert kept == []
        assert State.QUARANTINED not in states
        assert notices == []
    else:
        (record,) = [record for record in place.records() if record.state == State.QUARANTINED]
        assert kept == [f"{record.id}.sealed"]
        assert [os.fsencode(name) for name in notices] == [record.notice_name]
    return where
